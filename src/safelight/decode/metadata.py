"""One bounded pass over a file's bytes that yields every metadata block, whatever the container."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from safelight.decode import formats
from safelight.decode.containers import (
    aiff,
    bmff,
    flac,
    flv,
    gif,
    id3,
    jpeg,
    jumbf,
    matroska,
    ogg,
    photoshop,
    png,
    riff,
    tiff,
    trailers,
)
from safelight.decode.containers import iptc as iim
from safelight.decode.containers import xmp as xmp_packets
from safelight.decode.containers.block import BlockKind, FrameFacts, MetadataBlock, place
from safelight.decode.containers.gathering import Gathering, problem
from safelight.decode.containers.iptc import IptcDataset
from safelight.decode.containers.quantisation import QuantisationTable
from safelight.decode.containers.xmp import XmpProperty
from safelight.decode.exif import Exif, parse
from safelight.decode.formats import FileFormat
from safelight.decode.limits import Limits
from safelight.decode.window import Source, WindowClosedError
from safelight.model import Finding

__all__ = [
    "BlockKind",
    "Exif",
    "FrameFacts",
    "IptcDataset",
    "Metadata",
    "MetadataBlock",
    "QuantisationTable",
    "XmpPacket",
    "XmpProperty",
    "collect",
    "in_place",
]

_PARSED_MAX: Final = 16  # EXIF blocks and XMP packets of one file that are taken apart
_EXIF_PROBLEMS_MAX: Final = 8
# Formats that are turned by their EXIF. HEIF and AVIF turn by `irot` and `imir` instead: libheif applies them while decoding,
# Pillow's AVIF decoder does not.
_TURNED_BY_EXIF: Final = frozenset({formats.JPEG, formats.PNG, formats.WEBP, formats.TIFF})
_BOX_TYPES: Final = frozenset(
    {b"ftyp", b"jP  ", b"JXL ", b"moov", b"mdat", b"free", b"wide", b"skip", b"pnot", b"meta"}
)
_BY_SIGNATURE: Final[tuple[tuple[bytes, Callable[[Source, Gathering], None]], ...]] = (
    (matroska.SIGNATURE, matroska.gather),
    (flac.SIGNATURE, flac.gather),
    (ogg.SIGNATURE, ogg.gather),
    (id3.SIGNATURE, id3.gather),
    (flv.SIGNATURE, flv.gather),
    *((signature, riff.gather) for signature in riff.SIGNATURES),
)
_HEAD_BYTES: Final = 64
# Formats that can carry metadata and that no walker reads: nothing found in them is no finding.
_UNREAD: Final = frozenset(
    {formats.SVG, formats.EPS, formats.EXR, formats.HDR, formats.FLIF, formats.BPG, formats.CRW, formats.RAF, formats.X3F, formats.MRW,
     formats.ASF, formats.MPEG_PS, formats.MPEG_TS}
)  # fmt: skip


class XmpPacket(NamedTuple):
    """One XMP block and the properties in it."""

    block: MetadataBlock
    properties: tuple[XmpProperty, ...]


@dataclass(eq=False)
class Metadata:
    """Everything that one file's containers carry beside the picture. What needs parsing is parsed once, when first asked for.

    Attributes:
        blocks: Every block kept, in the order of the file; what was split over segments comes after the others.
        frame: What the headers say of the first picture; None when they say nothing.
        quantisation_tables: The quantisation tables of a JPEG in the order of the file; no evidence by themselves.
        transform: How a HEIF or AVIF says its picture must be turned (`irot`, `imir`), in words; else empty.
    """

    blocks: tuple[MetadataBlock, ...]
    frame: FrameFacts | None
    quantisation_tables: tuple[QuantisationTable, ...]
    transform: str
    _format: FileFormat
    _box_orientation: int
    _walk_problems: tuple[Finding, ...]
    _tiff: bytes | None

    def of(self, kind: BlockKind) -> tuple[MetadataBlock, ...]:
        """The blocks of one kind."""
        return tuple(block for block in self.blocks if block.kind is kind)

    def texts(self) -> Iterator[tuple[str, str, MetadataBlock]]:
        """Yields (key, text, block) of every text chunk and comment; EXIF and XMP have text of their own."""
        for block in self.blocks:
            if block.kind is BlockKind.TEXT or block.kind is BlockKind.COMMENT:
                yield block.key, block.text, block

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Everything of the metadata that could not be read, as could-not-look findings; parses whatever was not parsed yet."""
        return (*self._walk_problems, *self._exif_parsed[1], *self._xmp_parsed[1], *self._iptc_parsed[1])

    @property
    def exif(self) -> Exif | None:
        """The first EXIF of the file that can be read; for a TIFF its own directories."""
        found = self.exifs
        return found[0] if found else None

    @property
    def exifs(self) -> tuple[Exif, ...]:
        """Every EXIF of the file that can be read, at most 16."""
        return self._exif_parsed[0]

    @property
    def xmp(self) -> tuple[XmpProperty, ...]:
        """The properties of all XMP packets, in the order of the file."""
        packets = self.xmp_packets
        return (
            packets[0].properties
            if len(packets) == 1
            else tuple(one for packet in packets for one in packet.properties)
        )

    @property
    def xmp_packets(self) -> tuple[XmpPacket, ...]:
        """The XMP packets one by one, at most 16, with the place each lies in."""
        return self._xmp_parsed[0]

    @property
    def iptc(self) -> tuple[IptcDataset, ...]:
        """The IPTC-IIM datasets of all blocks."""
        return self._iptc_parsed[0]

    @cached_property
    def jumbf(self) -> bytes | None:
        """The C2PA manifest store, whole and joined; None when there is none. Other JUMBF boxes are only in `blocks`."""
        return next((block.data for block in self.of(BlockKind.JUMBF) if jumbf.is_c2pa(block.data)), None)

    @property
    def orientation(self) -> int:
        """The EXIF orientation, 1 to 8, that whoever shows the decoded pixels must apply.

        For JPEG, PNG, WebP and TIFF it is that of the EXIF; for AVIF it is what `irot` and `imir` amount to; for HEIF it is 1,
        because the decoder has applied them.
        """
        if self._format == formats.AVIF:
            return self._box_orientation
        if self._format not in _TURNED_BY_EXIF or self.exif is None:
            return 1
        return self.exif.orientation

    @cached_property
    def _exif_parsed(self) -> tuple[tuple[Exif, ...], tuple[Finding, ...]]:
        found: list[Exif] = []
        problems: list[Finding] = []
        blocks = self.of(BlockKind.EXIF)
        if self._tiff is not None:
            own = parse(self._tiff, 0, "TIFF")
            found.extend([own] if own else [])
        for block in blocks[:_PARSED_MAX]:
            one = parse(block.data, block.data_offset, block.where)
            if one is None:
                problems.append(
                    problem(
                        "An EXIF block does not start with a TIFF header.",
                        block.where,
                        f"its {len(block.data)} bytes, unread",
                    )
                )
            else:
                found.append(one)
        if len(blocks) > _PARSED_MAX:
            what = (
                f"The file holds {len(blocks)} EXIF blocks; those after the first {_PARSED_MAX} were not taken apart."
            )
            problems.append(problem(what, blocks[_PARSED_MAX].where, "their bytes"))
        for one in found:
            trouble = one.structure.problems
            problems.extend(
                problem(
                    f"EXIF is damaged: {what}", f"{one.where}, offset {offset} in its TIFF structure", "every other tag"
                )
                for what, offset in trouble[:_EXIF_PROBLEMS_MAX]
            )
            if len(trouble) > _EXIF_PROBLEMS_MAX:
                left = len(trouble) - _EXIF_PROBLEMS_MAX
                problems.append(problem(f"EXIF is damaged in {left} further places.", one.where, "every other tag"))
        return tuple(found), tuple(problems)

    @cached_property
    def _xmp_parsed(self) -> tuple[tuple[XmpPacket, ...], tuple[Finding, ...]]:
        packets: list[XmpPacket] = []
        problems: list[Finding] = []
        blocks = self.of(BlockKind.XMP)
        for block in blocks[:_PARSED_MAX]:
            found, trouble = xmp_packets.properties(block.data)
            packets.append(XmpPacket(block, found))
            if trouble:
                problems.append(
                    problem(
                        f"An XMP packet was not read whole: {trouble}.",
                        block.where,
                        f"the {len(found)} properties before",
                    )
                )
        if len(blocks) > _PARSED_MAX:
            what = (
                f"The file holds {len(blocks)} XMP packets; those after the first {_PARSED_MAX} were not taken apart."
            )
            problems.append(problem(what, blocks[_PARSED_MAX].where, "their bytes"))
        return tuple(packets), tuple(problems)

    @cached_property
    def _iptc_parsed(self) -> tuple[tuple[IptcDataset, ...], tuple[Finding, ...]]:
        found: list[IptcDataset] = []
        problems: list[Finding] = []
        blocks = self.of(BlockKind.IPTC)
        for block in blocks[:_PARSED_MAX]:
            datasets, trouble = iim.datasets(block.data)
            found.extend(datasets)
            if trouble:
                problems.append(
                    problem(
                        f"An IPTC block was not read whole: {trouble}.",
                        block.where,
                        f"the {len(datasets)} datasets before",
                    )
                )
        if len(blocks) > _PARSED_MAX:
            what = (
                f"The file holds {len(blocks)} IPTC blocks; those after the first {_PARSED_MAX} were not taken apart."
            )
            problems.append(problem(what, blocks[_PARSED_MAX].where, "their bytes"))
        return tuple(found), tuple(problems)


def _whole_walker(head: bytes) -> Callable[[bytes, Gathering], None] | None:
    """The walker for a file of which every byte may matter, by its own first bytes: one container holds many formats, listed and unlisted."""
    if head.startswith(b"\xff\xd8\xff"):
        return jpeg.gather
    if head.startswith(png.SIGNATURE):
        return png.gather
    if head.startswith((b"GIF87a", b"GIF89a")):
        return gif.gather
    if head.startswith((b"II", b"MM")) and head[4:8] not in _BOX_TYPES and tiff.is_tiff(head):
        return tiff.gather
    return photoshop.gather_document if head.startswith(photoshop.SIGNATURE) else None


def _jumping_walker(head: bytes, format: FileFormat) -> Callable[[Source, Gathering], None] | None:  # noqa: A002
    """The walker for a file that reads headers and jumps over what they head."""
    if head[4:8] in _BOX_TYPES:
        return bmff.gather
    if head.startswith(aiff.SIGNATURE) and head[8:12] in aiff.FORMS:
        return aiff.gather
    for signature, walker in _BY_SIGNATURE:
        if head.startswith(signature):
            return walker
    # An MPEG stream may have no tag before it, only at its end.
    return id3.gather if format == formats.MP3 else None


def in_place(data: Source, format: FileFormat) -> bool:  # noqa: A002 - the word of every room for it
    """Whether the metadata of a file are read where they lie, so that it need not be held: it has a walker, and that jumps."""
    head = data[:_HEAD_BYTES]
    return _whole_walker(head) is None and _jumping_walker(head, format) is not None


def collect(data: Source, format: FileFormat, limits: Limits) -> Metadata:  # noqa: A002
    """Collects the metadata blocks of a file in one pass. Never raises on any bytes.

    Args:
        data: The file; a window only where `in_place` says so.
        format: Its format, told by content; decides who applies the orientation.
        limits: `metadata_bytes` and `metadata_blocks` bound what is kept; what they cut off is named in `problems`.
    """
    into = Gathering(limits)
    head = data[:_HEAD_BYTES]
    whole, jumping = _whole_walker(head), _jumping_walker(head, format)
    if whole is not None and isinstance(data, bytes):
        whole(data, into)
        trailers.gather(data, into)
    elif jumping is not None:
        try:
            jumping(data, into)
            trailers.gather(data, into)
        except WindowClosedError as closed:
            what = f"The metadata of this large file were not read to their end: {closed.why}."
            into.problem(what, place(format.name, "", 0), f"the {len(into.blocks)} blocks read before")
    elif format in _UNREAD:
        into.problem(
            f"Metadata of {format.name} files are not read by this version.",
            place(format.name, "", 0),
            "nothing of them",
        )
    into.finish()
    return Metadata(
        blocks=tuple(into.blocks),
        frame=into.frame,
        quantisation_tables=tuple(into.tables),
        transform=into.transform,
        _format=format,
        _box_orientation=into.box_orientation,
        _walk_problems=tuple(into.problems),
        _tiff=data if into.tiff and isinstance(data, bytes) else None,
    )
