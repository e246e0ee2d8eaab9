"""That the pixels of a file were saved as JPEG before, which the file itself no longer says; and cut since, where the grid lies elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode import formats
from safelight.decode.content import Content
from safelight.model import Finding
from safelight.origin.grid import Grid, grid_of
from safelight.origin.luma import is_picture, stored_luma

__all__ = ["JpegSavedReader"]

_CHANCE_MAX: Final = 1e-6


class JpegSavedReader:
    """Looks for the grid of an earlier JPEG in pixels."""

    name: ClassVar[str] = "jpeg-saved"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the 8 x 8 grid that an earlier saving as JPEG left in the pixels"
    where: ClassVar[str] = "the luma of the first frame, as stored"
    keys: ClassVar[str] = "none"
    weighs: ClassVar[str] = (
        "nothing: photographs and generated pictures are saved as JPEG alike; it says what a missing carrier is worth"
    )
    survives: ClassVar[str] = "cropping and saving without loss; not scaling, and not another JPEG"
    faked_by: ClassVar[str] = "saving as JPEG, which anybody can do; removed by scaling a little"
    silence_means: ClassVar[str] = (
        "no grid stands out: never saved as JPEG, scaled since, or too small or too flat to tell; JPEG files are not looked at, since in them an "
        "earlier grid is hidden by their own: 4 of 120 found, and as many seen where there was none"
    )
    source: ClassVar[str] = (
        "after Nikoukhah and others, ZERO: a local JPEG grid origin detector based on the number of DCT zeros, IPOL 2021"
    )
    checked_on: ClassVar[str] = (
        "100 photographs of known history (in benchmarks/traces.py): the grid found in its place in 596 of 600 that were saved at quality 60 to "
        "98 and cut, in none of 400 that were never saved (as they were or enlarged); 1 of 100 PNGs of generators"
    )
    cost: ClassVar[str] = "5 to 6 ms of CPU a picture, beside the decoding that fingerprints need anyway"

    def applies(self, content: Content) -> bool:
        """Whether this is a picture and no JPEG."""
        return is_picture(content) and content.format is not formats.JPEG

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields at most one finding."""
        luma = stored_luma(content) if self.applies(content) else None
        found = None if luma is None else grid_of(luma)
        if found is None or found.chance > _CHANCE_MAX:
            return
        cut = " and were cut since" if (found.left_px, found.top_px) != (0, 0) else ""
        name = content.format.name
        yield self._finding(
            f"The pixels were saved as JPEG before they became this {name}{cut}: their blocks of 8 x 8 begin {_place(found)}.",
            found,
        )

    def _finding(self, what: str, found: Grid) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            what=what,
            where=self.where,
            could_be_faked_by=self.faked_by,
            does_not_show="How the picture came to be. Metadata and invisible marks that the earlier file had can be lost by this.",
            details={
                "left_px": found.left_px,
                "top_px": found.top_px,
                "votes": found.votes,
                "windows": found.windows,
                "p_value": found.chance,
            },
        )


def _place(found: Grid) -> str:
    return (
        "at its corner"
        if (found.left_px, found.top_px) == (0, 0)
        else f"{found.left_px} px from its left and {found.top_px} px from its top"
    )
