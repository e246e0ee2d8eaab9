"""The trace that interpolating the colours of a camera's sensor leaves in green."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Basis, Finding, Strength, Supports
from safelight.origin.luma import is_picture
from safelight.origin.mosaic import mosaic_of
from safelight.origin.opinion import BOUND_KEY, FALSE_ALARMS_KEY

__all__ = ["MosaicReader"]

_GENERATED: Final = 804
"""Generated pictures of half the sources, none of which shows it. `_FALSE_ALARMS_AT_MOST`: the share of them that may, with 95 % confidence."""

_FALSE_ALARMS_AT_MOST: Final = 0.0038
_LOG10_LR_BOUND: Final = 0.64
"""From the least share of photographs that show it, with 95 % confidence and allowing for how few sources they come from (1.7 %), and the above."""

_MEASURED: Final = (
    f"Measured: 32 of 635 photographs and none of {_GENERATED} generated pictures show this, so that at most {_FALSE_ALARMS_AT_MOST:.2%} of "
    "those do, with 95 % confidence."
)


class MosaicReader:
    """Looks for the chequer of a colour filter."""

    name: ClassVar[str] = "mosaic"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "the chequer that a camera's colour filter leaves in green, where every second pixel was interpolated"
    )
    where: ClassVar[str] = "the green of the middle 512 x 512 pixels of the first frame, as stored"
    keys: ClassVar[str] = "none"
    weighs: ClassVar[str] = (
        "captured, weak: a log10 likelihood ratio of at most 0.5, where the pictures it was validated on would support 0.64; less once "
        "generators or editors add it on purpose"
    )
    survives: ClassVar[str] = "cropping, saving without loss or as a fine JPEG; not scaling, a coarse JPEG or smoothing"
    faked_by: ClassVar[str] = (
        "sampling any picture as a filter would and interpolating it, a few lines of code; photographing a screen; removed by scaling a little"
    )
    silence_means: ClassVar[str] = (
        "nothing: most photographs do not show it, since they were scaled, smoothed or coarsely saved. Pictures in grey, and those with under "
        "100 blocks of 16 pixels that are not flat, show none; JPEGs above 4.5 million pixels and those in CMYK are not looked at"
    )
    source: ClassVar[str] = (
        "Popescu and Farid, Exposing digital forgeries in color filter array interpolated images, 2005; Gallagher and Chen, Image authentication by "
        "detecting traces of demosaicing, 2008"
    )
    checked_on: ClassVar[str] = (
        "the corpus as it is, the threshold above all generated pictures of half its sources, figures from the other half, seen in part by "
        "then (benchmarks/traces.py): 32 of 635 photographs, all in 2 sources of files as cameras wrote them; 0 of 804 generated pictures, 0 "
        "of 184 screenshots, scans and renderings, 0 of 162 edited photographs; in the first half 0 of 1,121 photographs and 0 of 705 "
        "generated pictures. Of 30 photographs filtered by code 30, after JPEG 98 30, after JPEG 95 16, after JPEG 85 4, shrunk 0; without a "
        "filter 0 of 30, enlarged twofold 1 of 90"
    )
    cost: ClassVar[str] = (
        "3 to 4 ms of CPU on a busy machine a picture, beside the decoding that fingerprints need anyway"
    )

    def applies(self, content: Content) -> bool:
        """Whether this is a picture, and no large JPEG and none without colour."""
        if not is_picture(content):
            return False
        coding = content.pixels.jpeg_coding
        return coding is None or coding.colours in {"YCbCr", "RGB"}

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields at most one finding."""
        stored = content.pixels.stored() if self.applies(content) else None
        found = None if stored is None or stored.ndim == 2 else mosaic_of(stored[:, :, 1])
        if found is None or not found.found:
            return
        yield Finding(
            reader=self.name,
            version=self.version,
            supports=Supports.CAPTURED,
            basis=Basis.STATISTICAL,
            strength=Strength.WEAK,
            what=(
                "Every second pixel of green is smoother, in a chequer, as where a camera interpolated what its colour filter left out. "
                f"{_MEASURED}"
            ),
            where=self.where,
            could_be_faked_by=self.faked_by,
            does_not_show=(
                "That the scene is real, or that nothing outside the middle was changed: whoever generates a picture can add it, and a screen can be "
                "photographed."
            ),
            details={
                "chequer_errors": round(found.chequer, 2),
                "stripe_errors": round(found.stripes, 2),
                "blocks": found.blocks,
                "validated_on": _GENERATED,
                BOUND_KEY: _LOG10_LR_BOUND,
                FALSE_ALARMS_KEY: _FALSE_ALARMS_AT_MOST,
            },
        )
