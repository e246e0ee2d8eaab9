"""The demo: a benign seizure, drawn on the spot.

In: a folder, a number of files, a seed. Out: files as they lie on a seized disk (photograph-like, generated, edited, copied, packed,
damaged), hash lists of some of them, and the truth about each. Everything is drawn by code: landscapes, seas, houses, shapes,
abstract animals and textures. It must never draw people, never use a file from elsewhere, and never write outside that folder.
"""
