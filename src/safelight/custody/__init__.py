"""Custody: the append-only, hash-chained log of every action.

In: what was done, by whom, when, with which versions and settings. Out: events that each carry the digest of the one before.
It must never lose, reorder or change an event. It is pure: `case` stores the events, and a later seal will sign their head.
"""
