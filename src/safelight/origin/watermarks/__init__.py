"""Watermarks: messages hidden in the pixels by the program that made a picture.

In: the stored pixels of one file, inside a worker. Out: marks, each with its message, how many of its bits were read, and how often chance alone
would give as much. Decoders that need no secret are here; those whose weights a unit has been given plug in through `slot`. It must never
conclude anything from the absence of a mark, and never report one without the rate at which unmarked pictures would show it.
"""
