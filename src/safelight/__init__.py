"""Safelight: triage of seized images for the people who protect children.

Rooms, from the top: `cli` > `pipeline` > `review`, `exports` > `case` > `custody` > `hashsets`, `origin`, `grouping` >
`fingerprint` > `evidence` > `decode` > `registry`, `settings`, `errors`, `model`. Imports run downwards only.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
