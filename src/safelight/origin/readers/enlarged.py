"""That the pixels of a picture were enlarged, by a period that interpolation leaves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding, JsonValue
from safelight.origin.enlarged import enlargement_of
from safelight.origin.luma import is_picture, stored_luma

__all__ = ["EnlargedReader"]

_CHANCE_MAX: Final = 1e-20


class EnlargedReader:
    """Looks for the period of interpolated pixels."""

    name: ClassVar[str] = "enlarged"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the period that enlarging by interpolation leaves in rows and columns alike"
    where: ClassVar[str] = "the luma of the first frame, as stored"
    keys: ClassVar[str] = "none"
    weighs: ClassVar[str] = "nothing: cameras, phones, editors and generators all enlarge"
    survives: ClassVar[str] = "cropping, saving without loss, and mostly a fine JPEG; not scaling once more"
    faked_by: ClassVar[str] = "enlarging, which anybody can do; removed by shrinking again"
    silence_means: ClassVar[str] = (
        "no period stands out: not enlarged, enlarged by a network, a whole number or a factor like 4/3 or 1.6 whose period JPEG has too, shrunk or "
        "coarsely saved since, or under 256 px; JPEGs above 4.5 million pixels are not looked at"
    )
    source: ClassVar[str] = (
        "Gallagher, Detection of linear and cubic interpolation in JPEG compressed images, 2005; Kirchner, Fast and reliable resampling "
        "detection, 2008"
    )
    checked_on: ClassVar[str] = (
        "60 photographs of known history (benchmarks/traces.py): seen in 240 of 240 that were enlarged by 1.15, 1.25, 1.4 or 1.9, in 187 of them "
        "after JPEG 95 and 121 after JPEG 85; in none of 120 that were never enlarged, 1 of 60 that were shrunk, and 3 of 60 camera files as they are"
    )
    cost: ClassVar[str] = "5 to 7 ms of CPU a picture, beside the decoding that fingerprints need anyway"

    def applies(self, content: Content) -> bool:
        """Whether this is a picture, and no large JPEG."""
        return is_picture(content)

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields at most one finding."""
        luma = stored_luma(content) if self.applies(content) else None
        found = None if luma is None else enlargement_of(luma)
        if found is None or found.chance > _CHANCE_MAX:
            return
        factors: list[JsonValue] = list(found.factors)
        by = " or ".join(f"{factor:.3g}" for factor in found.factors)
        yield Finding(
            reader=self.name,
            version=self.version,
            what=f"The pixels were enlarged, by a factor of {by} if that was below 4.",
            where=self.where,
            could_be_faked_by=self.faked_by,
            does_not_show="How the picture came to be, and who enlarged it: cameras do so too.",
            details={"frequency": round(found.frequency, 5), "factors": factors, "p_value": found.chance},
        )
