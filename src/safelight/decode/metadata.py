"""One bounded pass over a file's bytes that yields every metadata block, whatever the container."""

from __future__ import annotations

from dataclasses import dataclass, field

from safelight.decode.formats import FileFormat
from safelight.decode.limits import Limits

__all__ = ["BlockKind", "Metadata", "MetadataBlock", "collect"]
