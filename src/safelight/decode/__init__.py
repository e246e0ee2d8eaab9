"""The wall: the only code that parses evidence bytes, and it does so in worker processes.

In: an open, read-only descriptor of one file. Out: an `Examination`, or a breach that costs that one file.
It must never open a path, write, reach the network, start a program, or run in the process that holds the case.
"""
