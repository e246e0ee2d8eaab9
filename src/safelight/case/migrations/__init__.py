"""Alembic migrations of a case, run by `safelight.case.schema` and never by hand.

A released revision never changes; a change of the tables is a new one, with a new `SCHEMA` and a new fixture (`python -m
tests.case.released`). Rows that are there keep their digests: a column that a revision adds to a covered table is left out of the
digests of events whose `schema` is older, which `covered_columns` must then be told.
"""
