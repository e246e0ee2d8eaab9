"""Ogg pages: the comments of Vorbis, Opus, Speex, Theora and FLAC streams, and C2PA manifests.

Source: RFC 3533 (Ogg pages, lacing), Vorbis I section 5 and A.2, RFC 7845 section 5 (OpusTags), the Theora and Speex manuals
(comment headers), the Ogg mapping of RFC 9639 section 10.1 (FLAC), C2PA 2.3 annex A.3.5 (a stream of its own).
Packets that are not headers are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from safelight.decode.containers import flac, vorbis
from safelight.decode.containers.block import BlockKind, place
from safelight.decode.containers.flac import MetadataPart
from safelight.decode.containers.gathering import Gathering
from safelight.decode.window import Source

__all__ = ["SIGNATURE", "Page", "gather", "pages"]

SIGNATURE: Final = b"OggS"

_C2PA: Final = b"\x00c2pa"
_HEAD_BYTES: Final = 27
_CONTINUED: Final = 1
_FIRST: Final = 2
_STREAMS_MAX: Final = 64
_PACKETS_MAX: Final = 64
# How the first packet of a stream begins: the codec, how its comment packet begins, and how many packets of headers it has.
_CODECS: Final = (
    (b"\x01vorbis", "Vorbis", b"\x03vorbis", 3),
    (b"OpusHead", "Opus", b"OpusTags", 2),
    (b"\x80theora", "Theora", b"\x81theora", 3),
    (b"Speex   ", "Speex", b"", 2),
    (b"OVP80", "VP8", b"OVP80\x02\x20", 2),
    (b"\x7fFLAC", "FLAC", b"", _PACKETS_MAX),
)


class Page(NamedTuple):
    """One page: its flags, stream number, the sizes of its segments, and where its payload lies (`data[start:stop]`)."""

    flags: int
    stream: int
    lacing: bytes
    offset: int
    start: int
    stop: int
    whole: bool


def pages(data: Source, start: int = 0) -> Iterator[Page]:
    """Yields the pages from `start` on; ends where no page begins."""
    end = len(data)
    while data[start : start + 4] == SIGNATURE and start + _HEAD_BYTES <= end:
        count = data[start + 26]
        payload = start + _HEAD_BYTES + count
        lacing = data[start + _HEAD_BYTES : payload]
        stop = payload + sum(lacing)
        stream = int.from_bytes(data[start + 14 : start + 18], "little")
        yield Page(
            data[start + 5],
            stream,
            lacing,
            start,
            min(payload, end),
            min(stop, end),
            len(lacing) == count and stop <= end,
        )
        start = stop


class _Stream:
    """The headers of one logical stream: packets are joined until its codec has no more of them."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.codec = ""
        self.comment = b""
        self.wanted = 1
        self.packets = 0
        self._pieces: list[bytes] = []
        self._size = 0
        self._cut = False

    @property
    def done(self) -> bool:
        return self.packets >= self.wanted

    def take(self, data: Source, page: Page, into: Gathering) -> None:
        """Takes the segments of one page; a packet ends at a segment of fewer than 255 bytes."""
        position = page.start
        for size in page.lacing:
            room = into.bytes_left - self._size
            piece = data[position : min(position + size, page.stop, position + max(0, room))]
            if piece:
                self._pieces.append(piece)
                self._size += len(piece)
            self._cut = self._cut or len(piece) < size
            position += size
            if size < 255:
                self._packet(b"".join(self._pieces), into)
                self._pieces, self._size, self._cut = [], 0, False
                if self.done:
                    return

    def _packet(self, packet: bytes, into: Gathering) -> None:
        self.packets += 1
        where = place(f"Ogg {self.codec or 'stream'}", "", self.offset)
        if self._cut:
            into.problem(
                "A header packet is cut off or larger than what may be kept.", where, f"its first {len(packet)} bytes"
            )
        if self.packets == 1:
            self._first(packet, into)
        elif self.codec == "FLAC":
            self._flac(packet, into)
        elif self.packets == 2 and packet.startswith(self.comment):
            start = len(self.comment)
            vorbis.comments(packet, start, len(packet), into, f"Ogg {self.codec}", self.offset, verbatim=False)
        elif self.packets == 2:
            into.problem("The second packet of a stream is not its comments.", where, "nothing of it")

    def _first(self, packet: bytes, into: Gathering) -> None:
        for head, codec, comment, wanted in _CODECS:
            if packet.startswith(head):
                self.codec, self.comment, self.wanted = codec, comment, wanted
                return
        if packet.startswith(_C2PA):
            into.add(BlockKind.JUMBF, "Ogg C2PA", "", self.offset, packet[len(_C2PA) :])

    def _flac(self, packet: bytes, into: Gathering) -> None:
        if len(packet) < 4 or packet[0] == 0xFF:
            self.wanted = 0  # the first audio frame
            return
        part = MetadataPart(packet[0] & 0x7F, self.offset, 4, len(packet), True, bool(packet[0] & 0x80))
        flac.keep(packet, part, into, self.offset, verbatim=False)
        if part.last:
            self.wanted = 0


def gather(data: Source, into: Gathering) -> None:
    """Gathers the metadata of an Ogg file, also of streams chained behind the first."""
    streams: dict[int, _Stream] = {}
    end = _pages(data, 0, streams, into)
    while (following := data.find(SIGNATURE, end)) >= 0 and following + _HEAD_BYTES <= len(data):
        if not into.step():
            return
        into.problem(
            "Bytes that belong to no page stand before this one.",
            place("Ogg page", "", following),
            f"the page; {following - end} bytes were passed over",
        )
        end = _pages(data, following, streams, into)
    for stream in streams.values():
        if not stream.done:
            into.problem(
                "The header packets of a stream are not all there.",
                place(f"Ogg {stream.codec or 'stream'}", "", stream.offset),
                f"the first {stream.packets}",
            )
    into.trailer("Ogg trailer", data, end)


def _pages(data: Source, start: int, streams: dict[int, _Stream], into: Gathering) -> int:
    """Takes the pages that follow one another from `start` on; returns where the last one ends."""
    end = start
    for page in pages(data, start):
        if not into.step():
            return len(data)
        end = page.stop
        if not page.whole:
            into.problem(
                "The file ends inside a page; metadata behind the break cannot be found.",
                place("Ogg page", "", page.offset),
                "what is there of it",
            )
        if page.flags & _FIRST and not page.flags & _CONTINUED:
            if page.stream not in streams and len(streams) >= _STREAMS_MAX:
                into.problem(
                    "The file holds too many streams.",
                    place("Ogg page", "", page.offset),
                    f"the first {_STREAMS_MAX}",
                )
                return len(data)
            streams[page.stream] = _Stream(page.offset)
        stream = streams.get(page.stream)
        if stream is not None and not stream.done:
            stream.take(data, page, into)
    return end
