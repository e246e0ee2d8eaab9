"""AIFF and AIFF-C: the texts, the ID3v2 tag and the XMP packet between the sound.

Source: Apple, Audio Interchange File Format 1.3 (NAME, AUTH, `(c) `, ANNO, COMT, APPL, SSND) and AIFF-C draft of 1991 (FVER); Adobe XMP
specification part 3 (APPL chunk with signature `XMP `); the chunk `ID3 ` as iTunes and other writers use it. The sound is passed over unread.
"""

from __future__ import annotations

from typing import Final

from safelight.decode.containers import id3, riff
from safelight.decode.containers.block import BlockKind, end_of_text, looks_like_text, place
from safelight.decode.containers.gathering import Gathering
from safelight.decode.containers.riff import Chunk
from safelight.decode.window import Source

__all__ = ["FORMS", "SIGNATURE", "gather"]

SIGNATURE: Final = b"FORM"
FORMS: Final = frozenset({b"AIFF", b"AIFC"})

_TEXTS: Final = frozenset({b"NAME", b"AUTH", b"(c) ", b"ANNO", b"AIGC"})
_OF_THE_SOUND: Final = frozenset({b"COMM", b"SSND", b"FVER", b"MARK", b"INST", b"AESD", b"PAD ", b"FLLR"})
_OTHER_MAX_BYTES: Final = 1 << 20
_TEXT_MAX_BYTES: Final = 4 << 20
_COMMENT_HEAD_BYTES: Final = 8


def gather(data: Source, into: Gathering) -> None:
    """Gathers the metadata of an AIFF or AIFF-C file."""
    form = "AIFC" if data[8:12] == b"AIFC" else "AIFF"
    stated = 8 + int.from_bytes(data[4:8], "big")
    end = min(stated, len(data))
    if stated > len(data):
        into.problem(
            "The file is shorter than its header says; metadata behind the break cannot be found.",
            place(form, "", 0),
            f"{len(data)} of {stated} bytes",
        )
    for chunk in riff.chunks(data, 12, end, order="big"):
        if not into.step():
            return
        if chunk.code not in _OF_THE_SOUND:
            _chunk(data, chunk, form, into)
    into.trailer(f"{form} trailer", data, end + (end & 1 if data[end : end + 1] == b"\x00" else 0))


def _chunk(data: Source, chunk: Chunk, form: str, into: Gathering) -> None:
    key, start, stop = chunk.code.decode("latin-1").strip(), chunk.start, chunk.stop
    if not chunk.whole:
        where = place(f"{form} chunk", key, chunk.offset)
        into.problem("A metadata chunk is cut off.", where, f"its first {stop - start} bytes")
    if chunk.code in {b"ID3 ", b"id3 "} and data.startswith(id3.SIGNATURE, start):
        id3.tag(data, start, stop, into)
    elif chunk.code in _TEXTS:
        stop = end_of_text(data, start, stop)
        into.take(BlockKind.TEXT, f"{form} chunk", key, chunk.offset, data, start, stop, data_offset=start)
    elif chunk.code == b"COMT":
        _comments(data, chunk, form, into)
    elif chunk.code == b"APPL":
        _application(data, chunk, form, into)
    else:
        _other(data, chunk, start, f"{form} chunk", key, into)


def _comments(data: Source, chunk: Chunk, form: str, into: Gathering) -> None:
    """Comments, each with a time and a marker before it."""
    number = int.from_bytes(data[chunk.start : min(chunk.start + 2, chunk.stop)], "big")
    position = chunk.start + 2
    for index in range(number):
        start = position + _COMMENT_HEAD_BYTES
        stop = start + int.from_bytes(data[start - 2 : min(start, chunk.stop)], "big")
        if start > chunk.stop or stop > chunk.stop or not into.step():
            where = place(f"{form} COMT", "", chunk.offset)
            into.problem("The comments break off.", where, f"{index} of {number} comments")
            return
        into.take(BlockKind.TEXT, f"{form} COMT", "", position, data, start, stop, data_offset=start)
        position = stop + (stop - start & 1)


def _application(data: Source, chunk: Chunk, form: str, into: Gathering) -> None:
    start = min(chunk.start + 4, chunk.stop)
    signature = data[chunk.start : start]
    if signature == b"XMP ":
        into.take(BlockKind.XMP, f"{form} APPL", "XMP", chunk.offset, data, start, chunk.stop, data_offset=start)
        return
    _other(data, chunk, start, f"{form} APPL", signature.decode("latin-1").strip(), into)


def _other(data: Source, chunk: Chunk, start: int, container: str, key: str, into: Gathering) -> None:
    """What has no meaning of its own here: text where it looks like it, else its first MiB."""
    stop = chunk.stop
    text = stop - start <= _TEXT_MAX_BYTES and looks_like_text(data[start:stop])
    if not text:
        stop = min(stop, start + _OTHER_MAX_BYTES)
    kind = BlockKind.TEXT if text else BlockKind.APP
    into.take(kind, container, key, chunk.offset, data, start, stop, data_offset=start)
