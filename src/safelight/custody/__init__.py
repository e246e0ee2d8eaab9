"""Custody: the append-only, hash-chained log of every action, the seals of the unit on it, and time stamps of others.

In: what was done, by whom, when, with which versions and settings; keys of the unit. Out: events that each carry the digest of the one before,
and signed statements about their head. It must never lose, reorder or change an event, and never reach for a network. It knows no
database: `case` stores the events.
"""
