"""What phones put beside the picture: the video of a motion photo, a gain map, depth, further pictures. Weak, and only beside a camera's data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.decode.metadata import BlockKind, MetadataBlock
from safelight.model import Basis, Finding, JsonValue, Strength, Supports
from safelight.origin.readers.capture import camera_named
from safelight.origin.texts import shown

__all__ = ["StructureReader"]

_KINDS: Final = (
    ("motion photo", re.compile(r"motion|micro ?video|^video/|mpv2", re.IGNORECASE)),
    ("gain map", re.compile(r"gain ?map|hdrgainmap", re.IGNORECASE)),
    ("depth", re.compile(r"depth|disparity|confidence", re.IGNORECASE)),
    ("further picture", re.compile(r"^picture (?:[2-9]|\d\d)|large thumbnail|multi-angle|panorama", re.IGNORECASE)),
)
_SAYS: Final = ("JPEG MPF", "XMP Container", "XMP MicroVideo", "Samsung SEF")
_LISTED: Final = 20


class StructureReader:
    """Reads which further files a picture says it brings, and whether they are there."""

    name: ClassVar[str] = "structure"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "motion photos, gain maps, depth and further pictures as phones store them"
    silence_means: ClassVar[str] = (
        "no such part is there; older cameras write none, and saving again or sending drops them"
    )
    cost: ClassVar[str] = "under 0.01 ms a file: parts that the metadata pass has found; none of them is opened"
    source: ClassVar[str] = (
        "CIPA DC-007 (MPF); Android motion photo 1.0, Ultra HDR 1.1; Google dynamic depth 1.0; ExifTool on Samsung trailers"
    )
    checked_on: ClassVar[str] = (
        "1 Ultra HDR file of a Pixel and 5 files of the corpus with MPF or a gain map: all told; 405 generated pictures: none"
    )
    where: ClassVar[str] = "MPF segment, XMP GCamera and Container, Samsung SEF trailer, behind the end of the picture"
    keys: ClassVar[str] = "MPEntry, Container:Directory, GCamera:MicroVideoOffset, MotionPhoto_Data"
    weighs: ClassVar[str] = "captured, weak, where camera data name a camera too; else nothing"
    survives: ClassVar[str] = "copying and mailing as a file; not saving again, messengers, most platforms"
    faked_by: ClassVar[str] = (
        "replacing the picture in a phone's file and keeping the rest, or writing such a file with a free library"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields at most one finding."""
        there: dict[str, MetadataBlock] = {}
        missing: dict[str, MetadataBlock] = {}
        listed: list[JsonValue] = []
        for block in content.metadata.of(BlockKind.EMBEDDED):
            kind = _kind(block)
            if kind is None:
                continue
            (there if block.data else missing).setdefault(kind, block)
            if len(listed) < _LISTED:
                name, size, found = shown(block.key, 80), block.whole_bytes, bool(block.data)
                listed.append({"kind": kind, "said_by": block.container, "name": name, "bytes": size, "there": found})
        if not listed:
            return
        camera = camera_named(content) if there else None
        first = next(iter((there or missing).values()))
        gone = [kind for kind in missing if kind not in there]
        what = (
            f"The file brings parts as phones store them: {', '.join(there)}."
            if there
            else "The file names parts as phones store them."
        )
        lost = f" It names parts that are not there: {', '.join(gone)}." if gone else ""
        yield Finding(
            reader=self.name,
            version=self.version,
            what=f"{what}{lost}",
            where=first.where,
            supports=Supports.CAPTURED if camera else Supports.NOTHING,
            basis=Basis.TRACE if camera else None,
            strength=Strength.WEAK if camera else Strength.NONE,
            could_be_faked_by=self.faked_by,
            does_not_show="That the parts belong to this picture, or that it is unedited: editors of phones keep them.",
            details={"parts": listed},
        )


def _kind(block: MetadataBlock) -> str | None:
    if not block.container.startswith(_SAYS):
        return None
    return next((kind for kind, pattern in _KINDS if pattern.search(block.key)), None)
