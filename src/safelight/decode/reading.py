"""The one read of a file: its bytes into memory and its three digests, from one pass over the descriptor.

In: an open, read-only descriptor. Out: the bytes (or the head of a file that is too large to hold), MD5, SHA-1 and SHA-256 of
everything that could be read, and a finding for what could not. Only `pread` is used: the descriptor's offset stays as it is.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from safelight.model import Finding, Outcome

__all__ = ["Reading", "read_and_digest"]

_STEP_BYTES: Final = 1 << 20
_HEAD_BYTES: Final = 4 << 20
_PROGRESS_BYTES: Final = 64 << 20
_READER: Final = "reading"
_VERSION: Final = "1"


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What one read of one file gave.

    Attributes:
        data: The bytes that were read; only the head of a file above the limit.
        size_bytes: Number of bytes that were digested.
        md5, sha1, sha256: Lower-case hex, over those bytes.
        findings: What could not be read.
    """

    data: bytes
    size_bytes: int
    md5: str
    sha1: str
    sha256: str
    findings: tuple[Finding, ...]


def read_and_digest(descriptor: int, content_bytes: int, progress: Callable[[], None]) -> Reading:
    """Reads a file once, from its start.

    Args:
        descriptor: Open for reading, seekable; not closed here.
        content_bytes: Size up to which the file is held in memory whole.
        progress: Called after every 64 MiB.

    Raises:
        OSError: Not even the first byte could be read.
    """
    stated_bytes = os.fstat(descriptor).st_size
    whole = stated_bytes <= content_bytes
    held_bytes = stated_bytes if whole else min(_HEAD_BYTES, content_bytes)
    # BytesIO hands out the very object that it was given when the length fits: the file is read into it with no copy.
    holder = io.BytesIO(bytes(held_bytes))
    digests = (
        hashlib.md5(usedforsecurity=False),
        hashlib.sha1(usedforsecurity=False),
        hashlib.sha256(usedforsecurity=False),
    )
    offset, unread = 0, None
    scratch = memoryview(bytearray(0 if whole else _STEP_BYTES))
    with holder.getbuffer() as held:
        while offset < stated_bytes:
            into_memory = whole or offset + _STEP_BYTES <= held_bytes
            with held[offset : offset + _STEP_BYTES] if into_memory else scratch[: stated_bytes - offset] as target:
                try:
                    got = os.preadv(descriptor, [target], offset)
                except OSError as error:
                    if offset == 0:
                        raise
                    unread = error.strerror or str(error)
                    break
                if got == 0:
                    unread = "the file ends there"
                    break
                for digest in digests:
                    digest.update(target[:got])
                if not into_memory and offset < held_bytes:
                    count = min(got, held_bytes - offset)
                    held[offset : offset + count] = target[:count]
            offset += got
            if offset // _PROGRESS_BYTES != (offset - got) // _PROGRESS_BYTES:
                progress()
    data = holder.getvalue()
    if offset < len(data):
        data = data[:offset]
    findings = () if unread is None else (_cut_short(offset, stated_bytes, unread),)
    md5, sha1, sha256 = (digest.hexdigest() for digest in digests)
    return Reading(data, offset, md5, sha1, sha256, findings)


def _cut_short(offset: int, stated_bytes: int, why: str) -> Finding:
    return Finding(
        reader=_READER,
        version=_VERSION,
        outcome=Outcome.COULD_NOT_LOOK,
        what=f"Reading stopped after {offset} of {stated_bytes} bytes: {why}. Digests and all else are of the bytes before.",
        where=f"offset {offset}",
        does_not_show="The digests are not those of the whole file, so that lists of whole files cannot match it.",
        details={"read_bytes": offset, "stated_bytes": stated_bytes},
    )
