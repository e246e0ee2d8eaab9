"""One pass over one file: keeps blocks within the limits and says what it could not keep."""

from __future__ import annotations

import zlib
from typing import Final

from safelight.decode.containers.block import BlockKind, FrameFacts, MetadataBlock, place
from safelight.decode.containers.quantisation import QuantisationTable
from safelight.decode.limits import Limits
from safelight.decode.window import Source
from safelight.model import Finding, Outcome

__all__ = ["READER", "VERSION", "Gathering", "problem"]

READER: Final = "metadata"
VERSION: Final = "1"

_PROBLEMS_MAX: Final = 64
_STEPS_MAX: Final = 200_000
_COMPRESSED_SHARE: Final = 4  # one compressed block may use at most this part of the whole budget
_TRAILER_WHOLE_BYTES: Final = 16 << 20
_TRAILER_END_BYTES: Final = 1 << 20
_INFLATE_STEP_BYTES: Final = 1 << 20
_SMALL_STEP_BYTES: Final = 256
_EMBEDDED_HEAD_BYTES: Final = 4096


def problem(what: str, where: str, kept: str) -> Finding:
    """A finding that says what could not be read of the metadata, where, and what was kept all the same."""
    return Finding(
        reader=READER,
        version=VERSION,
        outcome=Outcome.COULD_NOT_LOOK,
        what=what,
        where=where,
        does_not_show="What the part that was not read says; a damaged or oversized part is no sign of origin.",
        details={"kept": kept},
    )


class Gathering:
    """What one pass has gathered so far. Walkers add to it; it keeps the limits.

    Attributes:
        blocks: The blocks kept, in the order of the file (joined blocks after the walk).
        problems: What could not be read.
        frame: What the headers say of the picture; None when they say nothing.
        tables: JPEG quantisation tables.
        tiff: Whether the file itself is a TIFF, so that its directories are its EXIF.
        transform: How the container says the picture must be turned (HEIF `irot`, `imir`), in words; else empty.
        box_orientation: The EXIF orientation that turns the picture likewise; 1 when it says nothing.
        trailer_start: Where what lies behind the end of the picture begins, in bytes; None when nothing does.
    """

    def __init__(self, limits: Limits) -> None:
        self.blocks: list[MetadataBlock] = []
        self.problems: list[Finding] = []
        self.frame: FrameFacts | None = None
        self.tables: list[QuantisationTable] = []
        self.tiff = False
        self.transform = ""
        self.box_orientation = 1
        self.trailer_start: int | None = None
        self._bytes_left = limits.metadata_bytes
        self._bytes_limit = limits.metadata_bytes
        self._blocks_limit = limits.metadata_blocks
        self._left_out = 0
        self._left_out_first = ""
        self._problems_left_out = 0
        self._inflate_left = limits.metadata_bytes
        self._steps_left = _STEPS_MAX

    def step(self) -> bool:
        """Counts one chunk, segment or box; false, and said so once, when a file holds more of them than any real one does."""
        self._steps_left -= 1
        if not self._steps_left:
            self.problem(
                f"The file consists of more than {_STEPS_MAX} parts; metadata behind them is not looked for.",
                "",
                "every part before",
            )
        return self._steps_left > 0

    @property
    def bytes_left(self) -> int:
        """How many more bytes of metadata can be kept; 0 also when no more blocks can be."""
        return self._bytes_left if len(self.blocks) < self._blocks_limit else 0

    def problem(self, what: str, where: str, kept: str) -> None:
        """Notes what could not be read; past a number of problems they are only counted."""
        if len(self.problems) < _PROBLEMS_MAX:
            self.problems.append(problem(what, where, kept))
        else:
            self._problems_left_out += 1

    def add(
        self,
        kind: BlockKind,
        container: str,
        key: str,
        offset: int,
        data: bytes,
        *,
        data_offset: int | None = None,
        encoding: str = "",
    ) -> None:
        """Keeps one block, or what of it fits."""
        self.take(kind, container, key, offset, data, 0, len(data), data_offset=data_offset, encoding=encoding)

    def take(
        self,
        kind: BlockKind,
        container: str,
        key: str,
        offset: int,
        source: Source,
        start: int,
        stop: int,
        *,
        data_offset: int | None = None,
        encoding: str = "",
        whole_bytes: int | None = None,
    ) -> None:
        """Keeps `source[start:stop]` as one block, or what of it fits. Copies no more than it keeps."""
        size = max(0, min(stop, len(source)) - start)
        if len(self.blocks) >= self._blocks_limit or (size and not self._bytes_left):
            if not self._left_out:
                self._left_out_first = place(container, key, offset)
            self._left_out += 1
            return
        if size > self._bytes_left:
            self.problem(
                f"A metadata block of {size} bytes exceeds what may be kept of one file ({self._bytes_limit} bytes in all).",
                place(container, key, offset),
                f"its first {self._bytes_left} bytes",
            )
            size = self._bytes_left
        self._bytes_left -= size
        self.blocks.append(
            MetadataBlock(
                kind, container, key, offset, source[start : start + size], data_offset, encoding, whole_bytes
            )
        )

    def embedded(
        self, container: str, key: str, offset: int, data: Source, start: int, size: int, *, verbatim: bool = True
    ) -> None:
        """Notes a file inside the file, `size` bytes from `start` on: where it lies, how large it is, and its first 4 KiB.

        What lies outside of `data` is noted with no bytes. `verbatim` says whether `data` is the file itself.
        """
        inside = 0 <= start < len(data) and size > 0
        stop = min(start + size, start + _EMBEDDED_HEAD_BYTES) if inside else 0
        self.take(
            BlockKind.EMBEDDED,
            container,
            key,
            min(max(offset, 0), len(data)),
            data,
            start if inside else 0,
            stop,
            data_offset=start if inside and verbatim else None,
            whole_bytes=max(0, size),
        )

    def trailer(self, container: str, data: Source, start: int) -> None:
        """Keeps what lies behind the end of the picture: whole up to 16 MiB, else its first and last MiB."""
        size = len(data) - start
        if size <= 0:
            return
        self.trailer_start = start
        if size <= min(_TRAILER_WHOLE_BYTES, self._bytes_left):
            self.take(BlockKind.TRAILER, container, "", start, data, start, len(data), data_offset=start)
            return
        part = min(_TRAILER_END_BYTES, self._bytes_left // 2)
        self.problem(
            f"{size} bytes lie behind the end of the picture, more than is kept of them.",
            place(container, "", start),
            f"the first and the last {part} bytes",
        )
        self.take(BlockKind.TRAILER, container, "start", start, data, start, start + part, data_offset=start)
        end = len(data) - part
        self.take(BlockKind.TRAILER, container, "end", end, data, end, len(data), data_offset=end)

    def inflate(self, source: Source, start: int, stop: int, where: str) -> bytes:
        """Inflates zlib data within the limits; whatever came out before an error or a bound is returned.

        What is inflated counts even if it is not kept, so that many small bombs cost no more than one.
        """
        bound = min(self.bytes_left, self._inflate_left, max(1, self._bytes_limit // _COMPRESSED_SHARE))
        if bound <= 0:
            self.problem(
                "Compressed metadata was not inflated: the bound for one file was reached.", where, "nothing of it"
            )
            return b""
        pending = source[start : min(stop, start + bound + 1024)]
        found, whole, error = _inflated(pending, bound, max(1, len(pending)))
        if error:
            # What one call gave before its error is lost, so that small steps come nearer to the damage.
            found, _, _ = _inflated(pending, bound, _SMALL_STEP_BYTES)
        self._inflate_left -= len(found)
        if error:
            self.problem(
                f"Compressed metadata cannot be inflated: {error}.", where, f"the {len(found)} bytes before the damage"
            )
        elif len(found) > bound:
            self.problem(
                f"Compressed metadata inflates to more than {bound} bytes, which is all that may be kept of it.",
                where,
                f"its first {bound} bytes",
            )
        elif not whole:
            self.problem("Compressed metadata ends too early.", where, f"the {len(found)} bytes that it gave")
        return found[:bound]

    def finish(self) -> None:
        """Says how much was left out in all. To be called once, when the walk is over."""
        if self._left_out:
            self.problems.append(
                problem(
                    f"{self._left_out} metadata blocks were not kept: the file holds more than {self._blocks_limit} blocks "
                    f"or {self._bytes_limit} bytes of metadata.",
                    f"first left out: {self._left_out_first}",
                    f"the first {len(self.blocks)} blocks",
                )
            )
        if self._problems_left_out:
            self.problems.append(
                problem(
                    f"{self._problems_left_out} further problems were met while reading the metadata.",
                    "",
                    f"the first {_PROBLEMS_MAX} problems are listed",
                )
            )


def _inflated(source: bytes, bound: int, step_bytes: int) -> tuple[bytes, bool, str]:
    """Inflates up to one byte more than `bound`; says whether the stream came to its end, and what error stopped it."""
    inflater = zlib.decompressobj()
    parts: list[bytes] = []
    size = 0
    try:
        for start in range(0, len(source), step_bytes):
            pending = source[start : start + step_bytes]
            while pending and size <= bound and not inflater.eof:
                parts.append(inflater.decompress(pending, min(_INFLATE_STEP_BYTES, bound + 1 - size)))
                size += len(parts[-1])
                pending = inflater.unconsumed_tail
    except zlib.error as error:
        return b"".join(parts), False, str(error)
    return b"".join(parts), inflater.eof, ""
