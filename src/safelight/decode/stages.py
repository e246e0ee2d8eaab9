"""Numbers of the parts of one examination, as the worker writes them to the page that it shares with the parent."""

from __future__ import annotations

from typing import Final

__all__ = ["FIRST_READER_STAGE", "PIXELS", "STAGE_FINGERPRINT", "STAGE_FORMAT", "STAGE_GATHER", "STAGE_NONE"]

STAGE_NONE: Final = 0
STAGE_FORMAT: Final = 1
STAGE_FINGERPRINT: Final = 2
STAGE_GATHER: Final = 3
FIRST_READER_STAGE: Final = 8

PIXELS: Final = "pixels"
"""Name under which the fingerprinting of pixels is reported."""
