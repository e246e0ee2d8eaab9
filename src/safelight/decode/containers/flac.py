"""FLAC metadata blocks: comments, pictures, application data.

Source: RFC 9639 section 8 (metadata blocks). C2PA 2.2 annex A.3 puts the manifest into an ID3v2 tag before the stream, which `id3`
reads; some writers use an APPLICATION block instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from safelight.decode.containers import jumbf, vorbis
from safelight.decode.containers.block import BlockKind, looks_like_text, place
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["SIGNATURE", "MetadataPart", "gather", "keep", "parts"]

SIGNATURE: Final = b"fLaC"

_APPLICATION: Final = 2
_COMMENTS: Final = 4
_CUE_SHEET: Final = 5
_PICTURE: Final = 6
_LAST: Final = 0x80
_TEXT_MAX_BYTES: Final = 4 << 20


class MetadataPart(NamedTuple):
    """One metadata block: `data[start:stop]` is its payload, `offset` where its header stands; `whole` unless the file ends in it."""

    type: int
    offset: int
    start: int
    stop: int
    whole: bool
    last: bool


def parts(data: Source, start: int, end: int) -> Iterator[MetadataPart]:
    """Yields the metadata blocks of `data[start:end]`, up to and including the one that is marked as the last."""
    while start + 4 <= end:
        head = data[start]
        stop = start + 4 + int.from_bytes(data[start + 1 : start + 4], "big")
        yield MetadataPart(head & 0x7F, start, start + 4, min(stop, end), stop <= end, bool(head & _LAST))
        if head & _LAST:
            return
        start = stop


def gather(data: Source, into: Gathering, start: int = 0) -> None:
    """Gathers the metadata of the FLAC stream whose `fLaC` stands at `start`."""
    last: MetadataPart | None = None
    for part in parts(data, start + len(SIGNATURE), len(data)):
        if not into.step():
            return
        last = part
        keep(data, part, into, part.offset)
    if last is None or not last.last or not last.whole:
        into.problem(
            "The metadata blocks do not go on to the last one; metadata behind the break cannot be found.",
            place("FLAC", "", last.offset if last else start),
            "every block before the break",
        )


def keep(data: Source, part: MetadataPart, into: Gathering, offset: int, *, verbatim: bool = True) -> None:
    """Keeps one metadata block; `offset` is where its carrier stands in the file, and `verbatim` whether `data` is the file."""
    start, stop = part.start, part.stop
    if part.type == _COMMENTS:
        vorbis.comments(data, start, stop, into, "FLAC VORBIS_COMMENT", offset, verbatim=verbatim)
    elif part.type == _PICTURE:
        vorbis.picture(data, start, stop, into, "FLAC PICTURE", offset, verbatim=verbatim)
    elif part.type == _APPLICATION and stop - start >= 4:
        _application(data, start, stop, into, offset, verbatim)
    elif part.type == _CUE_SHEET:
        at = start if verbatim else None
        into.take(BlockKind.APP, "FLAC CUESHEET", "", offset, data, start, stop, data_offset=at)


def _application(data: Source, start: int, stop: int, into: Gathering, offset: int, verbatim: bool) -> None:
    key = data[start : start + 4].decode("latin-1")
    start += 4
    kind = BlockKind.APP
    if jumbf.is_c2pa(data[start : min(stop, start + 320)]):
        kind = BlockKind.JUMBF
    elif stop - start <= _TEXT_MAX_BYTES and looks_like_text(data[start:stop]):
        kind = BlockKind.TEXT
    at = start if verbatim else None
    into.take(kind, "FLAC APPLICATION", key, offset, data, start, stop, data_offset=at)
