"""Unpacks archives inside a worker: ZIP, TAR (plain, gz, bz2, xz) and 7z.

In: an open, read-only descriptor of an archive. Out: one `Member` after another, each with its bytes in anonymous memory.
It must never write a file, follow a link in an archive, or go on past the limits.
"""
