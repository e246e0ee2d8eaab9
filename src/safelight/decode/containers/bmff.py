"""ISO base media files from the top: HEIF, AVIF, MP4, MOV, JPEG 2000 (JP2) and JPEG XL.

Source: ISO/IEC 14496-12 (box structure), ISO/IEC 15444-1 annex I and 15444-2 annex M (JP2 boxes), ISO/IEC 18181-2 (JPEG XL),
Adobe XMP specification part 3 (XMP box UUID), C2PA 2.2 annex A.5 (C2PA box UUID, purpose, offset of the Merkle box), Android
motion photo format 1.0 (`mpvd`), ExifTool's documentation of QuickTime tags (`sefd`).
"""

from __future__ import annotations

from typing import Final

from safelight.decode.containers import heif, quicktime, samsung
from safelight.decode.containers.block import BlockKind, FrameFacts, place
from safelight.decode.containers.boxes import Box, boxes, name_of
from safelight.decode.containers.gathering import Gathering
from safelight.decode.containers.jumbf import label
from safelight.decode.window import Source

__all__ = ["gather"]

_UUID_XMP: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_UUID_C2PA: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_UUID_EXIF: Final = b"JpgTiffExif->JP2"
_UUID_IPTC: Final = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_UUID_GEO: Final = bytes.fromhex("b14bf8bd083d4b43a5ae8cd7d5a6ce03")
_UUID_KINDS: Final = {_UUID_XMP: BlockKind.XMP, _UUID_IPTC: BlockKind.IPTC, _UUID_EXIF: BlockKind.EXIF}
_OF_THE_PICTURE: Final = frozenset(
    {b"mdat", b"free", b"skip", b"wide", b"moof", b"mfra", b"sidx", b"ssix", b"styp", b"prft", b"emsg", b"pdin",
     b"jP  ", b"JXL ", b"jp2c", b"jxlc", b"jxlp", b"jxll"}
)  # fmt: skip
_OTHER_MAX_BYTES: Final = 1 << 20
_C2PA_HEAD_MAX: Final = 64


def gather(data: Source, into: Gathering) -> None:
    """Gathers the metadata of a file made of boxes."""
    end = 0
    for box in boxes(data, 0, len(data)):
        if not into.step():
            return
        if end and not all(32 <= byte < 127 for byte in box.type):
            break
        end = box.stop
        if not box.whole:
            into.problem(
                "The file ends inside a box; metadata behind the break cannot be found.",
                place(f"BMFF {name_of(box.type)!a}", "", box.offset),
                "what is there of it",
            )
        if box.type not in _OF_THE_PICTURE:
            _box(data, box, into)
    into.trailer("BMFF trailer", data, end)


def _box(data: Source, box: Box, into: Gathering) -> None:
    container = f"BMFF {name_of(box.type).strip()}"
    start, stop = box.start, box.stop
    if box.type == b"meta":
        heif.gather(data, box, into)
        quicktime.gather_meta(data, box, into)
    elif box.type == b"moov":
        quicktime.gather(data, box, into)
        for inner in boxes(data, start, stop):
            if not into.step():
                return
            if inner.type == b"uuid":
                _uuid(data, inner, into)
    elif box.type == b"udta":
        quicktime.gather_user_data(data, box, into)
    elif box.type == b"sefd":
        samsung.gather(data, start, stop, into)
    elif box.type == b"mpvd":
        into.embedded(container, "motion photo", box.offset, data, start, stop - start)
    elif box.type == b"uuid":
        _uuid(data, box, into)
    elif box.type == b"jumb":
        into.take(
            BlockKind.JUMBF,
            container,
            label(data[box.offset : box.offset + 320]),
            box.offset,
            data,
            box.offset,
            stop,
            data_offset=box.offset,
        )
    elif box.type == b"xml ":
        into.take(BlockKind.XMP, container, "", box.offset, data, start, stop, data_offset=start)
    elif box.type == b"Exif":
        skip = heif.tiff_start(data, start, stop)
        into.take(BlockKind.EXIF, container, "", box.offset, data, skip, stop, data_offset=skip)
    elif box.type == b"brob":
        into.problem(
            "A metadata box is compressed with Brotli, which is not read.",
            place(container, "", box.offset),
            "its bytes",
        )
        into.take(BlockKind.APP, "BMFF box", "brob", box.offset, data, start, stop, data_offset=start)
    elif box.type == b"jp2h":
        _jp2_header(data, box, into)
    else:
        into.take(
            BlockKind.APP,
            "BMFF box",
            name_of(box.type),
            box.offset,
            data,
            start,
            min(stop, start + _OTHER_MAX_BYTES),
            data_offset=start,
        )


def _uuid(data: Source, box: Box, into: Gathering) -> None:
    start, stop = box.start, box.stop
    if box.uuid == _UUID_C2PA:
        purpose_end = data.find(b"\x00", start + 4, min(stop, start + _C2PA_HEAD_MAX))
        purpose = data[start + 4 : purpose_end].decode("latin-1") if purpose_end >= 0 else ""
        # The manifest's purpose is followed by the offset of the first Merkle box; only the manifest is a JUMBF store.
        payload = purpose_end + 9 if purpose in {"manifest", "original", "update"} else start
        kind = BlockKind.JUMBF if payload != start else BlockKind.APP
        into.take(kind, "BMFF uuid C2PA", purpose, box.offset, data, payload, stop, data_offset=payload)
        return
    kind = _UUID_KINDS.get(box.uuid, BlockKind.APP)
    key = {_UUID_XMP: "XMP", _UUID_IPTC: "IPTC", _UUID_EXIF: "Exif", _UUID_GEO: "GeoTIFF"}.get(box.uuid, box.uuid.hex())
    if kind is BlockKind.EXIF and data.startswith(b"Exif\x00\x00", start):
        start += 6
    if kind is BlockKind.APP:
        stop = min(stop, start + _OTHER_MAX_BYTES)
    into.take(kind, "BMFF uuid", key, box.offset, data, start, stop, data_offset=start)


def _jp2_header(data: Source, parent: Box, into: Gathering) -> None:
    for box in boxes(data, parent.start, parent.stop):
        if not into.step():
            return
        if box.type == b"ihdr" and box.stop - box.start >= 11 and into.frame is None:
            head = data[box.start : box.start + 11]
            into.frame = FrameFacts(
                height_px=int.from_bytes(head[0:4], "big"),
                width_px=int.from_bytes(head[4:8], "big"),
                components=int.from_bytes(head[8:10], "big"),
                bits=(head[10] & 0x7F) + 1 if head[10] != 0xFF else 0,
                coding="JPEG 2000",
            )
