"""Fingerprints of one content, inside a worker: one decode, one pass over its pixels for the hashes, one for the local features."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.decode.content import Content
from safelight.decode.pixels import LumaPlane
from safelight.fingerprint.features import FORM, pack
from safelight.fingerprint.pdq import PdqTransform, View, transforms
from safelight.model import Finding, Fingerprints, Outcome

__all__ = ["fingerprint", "fingerprint_and_features"]

_MIN_SIDE_PX: Final = 1024
"""Shorter side of a scaled decode: at 1,024 both PDQ variants stay within 4 and 8 bits of the references on photographs."""

_UNSURE_BITS: Final = 4.0
"""Bits of nearest-512 PDQ that a scaled decode may be expected to change; above, the image is decoded once more at full size.

Heavy grain changes more than 8 bits otherwise: nearest-512 picks single pixels, and a scaled decode holds the mean of several.
"""

_GRAINY_BITS: Final = 1.6
"""Bits of a JPEG for each pixel from which on it is decoded at full size at once, since it is likely that it has to be.

Most of the time of decoding goes into the bits, which a scaled decode reads too: at 12 megapixels the full size costs 7 ms more, a second
decode 55. So this pays from one picture in eight on; of 24 photographs above it (0.7 megapixels or more,
taken at half size), 6 would be decoded twice.
"""

_NOISE_ROWS: Final = 64

_FULL, _NEAREST = View(), View(nearest512=True)


def fingerprint(content: Content, *, dihedral: bool) -> tuple[Fingerprints | None, tuple[Finding, ...]]:
    """Computes both PDQ variants from one decode.

    Args:
        content: The file. `dihedral`: also hash the eight flips and rotations.

    Returns:
        (fingerprints, findings); None when the pixels could not be decoded (the findings are in `content.pixels.problems`).
    """
    prints, _ = _hashed(content, dihedral)
    return prints, ()


def fingerprint_and_features(content: Content, *, dihedral: bool) -> tuple[Fingerprints | None, tuple[Finding, ...]]:
    """As `fingerprint`, and the local features from the same decode: some 16 ms more for a picture.

    Where only the local features failed, the hashes stand and a finding says so.
    """
    prints, plane = _hashed(content, dihedral)
    if prints is None or plane is None:
        return None, ()
    features, findings = _features(plane)
    return replace(prints, features=features), findings


def _hashed(content: Content, dihedral: bool) -> tuple[Fingerprints | None, LumaPlane | None]:
    plane = content.pixels.luma(_side_px(content))
    if plane is None:
        return None, None
    orientation = content.pixels.orientation
    views = (_FULL, _NEAREST) if orientation == 1 else (_FULL, _NEAREST, View(orientation=orientation))
    made = transforms(plane.pixels, plane.full_width_px, plane.full_height_px, views)
    if plane.scale > 1 and made[1].hash().matchable and _unsure_bits(plane, made[1]) > _UNSURE_BITS:
        whole = content.pixels.luma(min(plane.full_width_px, plane.full_height_px))
        if whole is not None:
            made = transforms(whole.pixels, whole.full_width_px, whole.full_height_px, views)
    prints = Fingerprints(
        pdq=made[0].hash(),
        pdq_nearest512=made[1].hash(),
        pdq_oriented=made[2].hash() if orientation != 1 else None,
        pdq_dihedral=made[0].dihedral() if dihedral else (),
    )
    return prints, plane


def _side_px(content: Content) -> int:
    """The shorter side that is asked for first."""
    coding = content.pixels.jpeg_coding
    if coding is None or 8 * content.size_bytes < _GRAINY_BITS * coding.width_px * coding.height_px:
        return _MIN_SIDE_PX
    return max(_MIN_SIDE_PX, min(coding.width_px, coding.height_px))


def _features(plane: LumaPlane) -> tuple[bytes | None, tuple[Finding, ...]]:
    import cv2

    from safelight.fingerprint.extraction import find_features

    try:
        return pack(find_features(_halved(plane.pixels))), ()
    except cv2.error as error:
        finding = Finding(
            reader="features",
            version=FORM,
            outcome=Outcome.COULD_NOT_LOOK,
            what="The local features could not be found; pictures that share part of the scene with this one are not found either.",
            does_not_show="Whether there is such a picture.",
            details={"error": str(error)[:200]},
        )
        return None, (finding,)


def _halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey as large as a scaled decode of it would be at least: shrinking by two is much quicker than by an odd factor."""
    import cv2

    height, width = pixels.shape[:2]
    while pixels.ndim == 2 and min(height, width) >= 2 * _MIN_SIDE_PX:
        height, width = -(-height // 2), -(-width // 2)
        pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return pixels


def _unsure_bits(plane: LumaPlane, nearest: PdqTransform) -> float:
    """How many bits of nearest-512 PDQ the scaling is likely to have changed.

    The grain that is left in the scaled pixels tells how far a single pixel lay from the mean that replaced it: n pixels of
    independent grain have a mean with an n-th of the variance. The filter averages 64 of the sampled pixels for each sample.
    """
    rows = plane.pixels[:: max(1, len(plane.pixels) // _NOISE_ROWS)].astype(np.int16)
    # The second difference is blind to slopes; that of independent noise has six times its variance.
    second = rows[:, 2:] - 2 * rows[:, 1:-1] + rows[:, :-2]
    variance = float(np.mean(np.square(second, dtype=np.float32))) / 6
    return nearest.bits_changed_by((variance * (plane.scale**2 - 1) / 64) ** 0.5)
