"""The case: one directory with one database that holds what was found, and never pixels.

In: records from the stages. Out: streamed rows, counts, and the truth about what is done. It must never change or delete a
row that says what was found, and never report as done what is not stored.
"""
