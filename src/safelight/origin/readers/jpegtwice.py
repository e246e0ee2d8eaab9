"""That the pixels of a JPEG were saved as JPEG before, with other steps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding, JsonValue
from safelight.origin.luma import is_picture, stored_luma
from safelight.origin.opinion import FALSE_ALARMS_KEY
from safelight.origin.twice import Twice, earlier_saving

__all__ = ["JpegTwiceReader"]

_FALSE_AT_MOST: Final = 0.008
"""Share of pictures saved once that show it, measured, with 95 % confidence: none of those. `_PICTURES`: so many."""

_PICTURES: Final = 389
_MEASURED: Final = f"Measured: none of {_PICTURES} pictures that were saved once shows this, so that at most {_FALSE_AT_MOST:.1%} do so falsely."


class JpegTwiceReader:
    """Looks for the steps of an earlier saving in the cosine coefficients."""

    name: ClassVar[str] = "jpeg-twice"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the steps of an earlier saving as JPEG, on the same grid, in the coefficients of a JPEG"
    where: ClassVar[str] = "the luma of a JPEG, in up to 2,048 of its blocks"
    keys: ClassVar[str] = "none"
    weighs: ClassVar[str] = (
        "nothing: cameras' files are saved again by messengers, platforms and galleries, and generated pictures likewise; of JPEGs of the "
        "corpus as they are 5 of 75 photographs, 2 of 41 edited ones and 16 of 37 generated ones show it"
    )
    survives: ClassVar[str] = (
        "until the picture is scaled, or cut off the grid of 8 pixels; saved once more, the last but one saving is what shows"
    )
    faked_by: ClassVar[str] = (
        "saving as JPEG twice, which anybody can do; removed by scaling a little, or by saving much coarser"
    )
    silence_means: ClassVar[str] = (
        "no earlier saving stands out: saved once, twice with the same or nearly the same quality, finer before than now, or on another grid; "
        "too small or too flat to tell. JPEGs above 4.5 million pixels, and those in CMYK or without luma, are not looked at"
    )
    source: ClassVar[str] = (
        "Lukáš and Fridrich, Estimation of primary quantization matrix in double compressed JPEG images, 2003; Popescu and Farid, Statistical "
        "tools for digital forensics, 2004; Thai, Cogranne and Retraint, JPEG quantization step estimation, 2017"
    )
    checked_on: ClassVar[str] = (
        "30 photographs of known history (benchmarks/traces.py): found in 300 of 300 that were saved at quality 60 to 90 and then finer, the "
        "earlier quality named within 2; in 38 of 300 that were saved finer first, rightly named in 21; in none of 150 where the saving was "
        "the only one; and, of pictures that were not looked at before, photographed, generated, drawn and scanned, in none of 1,945 such "
        "savings of 389 (at most 0.8 % of pictures, with 95 % confidence)"
    )
    cost: ClassVar[str] = "3 to 4 ms of CPU on a busy machine a JPEG, beside the decoding"

    def applies(self, content: Content) -> bool:
        """Whether this is a JPEG with luma, and not a large one."""
        coding = content.pixels.jpeg_coding if is_picture(content) else None
        return coding is not None and coding.colours in {"Gray", "YCbCr"}

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields at most one finding."""
        if not self.applies(content):
            return
        table = next((one for one in content.metadata.quantisation_tables if one.identifier == 0), None)
        luma = stored_luma(content) if table is not None else None
        found = earlier_saving(luma, table.values) if table is not None and luma is not None else None
        if found is None or not found.found:
            return
        now = table.ijg_quality if table is not None else None
        yield Finding(
            reader=self.name,
            version=self.version,
            what=f"The pixels were saved as JPEG before, {_how(found)}, and again on the same grid{_now(now)}. {_MEASURED}",
            where=self.where,
            could_be_faked_by=self.faked_by,
            does_not_show="How the picture came to be, and whether anything in it was changed between the two savings.",
            details={
                "earlier_quality": found.quality,
                "quality": now,
                "steps": [_step(one) for one in found.steps],
                "support_ln": round(found.support, 2),
                "blocks": found.blocks,
                FALSE_ALARMS_KEY: _FALSE_AT_MOST,
                "validated_on": _PICTURES,
            },
        )


def _how(found: Twice) -> str:
    return (
        "with other steps"
        if found.quality is None
        else f"with steps like those of the IJG library at about quality {found.quality}"
    )


def _now(quality: int | None) -> str:
    return "" if quality is None else f" at quality {quality}"


def _step(one: tuple[int, int, int, int]) -> JsonValue:
    row, column, now, before = one
    return {"row": row, "column": column, "step": now, "earlier_step": before}
