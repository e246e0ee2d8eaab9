"""Fingerprints of one content, inside a worker: one decode, three hashes at most."""

from __future__ import annotations

from typing import Final

import numpy as np

from safelight.decode.content import Content
from safelight.decode.pixels import oriented
from safelight.fingerprint.pdq import transform
from safelight.model import Finding, Fingerprints

__all__ = ["fingerprint"]

_MIN_SIDE_PX: Final = 1024
"""Shorter side of a scaled decode: at 1,024 both PDQ variants stay within the bounds that `benchmarks/intake.py` measures."""


def fingerprint(content: Content, *, dihedral: bool) -> tuple[Fingerprints | None, tuple[Finding, ...]]:
    """Computes both PDQ variants from one decode.

    Args:
        content: The file. `dihedral`: also hash the eight flips and rotations.

    Returns:
        (fingerprints, findings); None when the pixels could not be decoded (the findings are in `content.pixels.problems`).
    """
    plane = content.pixels.luma(_MIN_SIDE_PX)
    if plane is None:
        return None, ()
    full = transform(plane.pixels, plane.full_width_px, plane.full_height_px)
    if max(plane.full_width_px, plane.full_height_px) > 512:
        nearest = transform(plane.pixels, plane.full_width_px, plane.full_height_px, nearest512=True)
    else:
        nearest = full
    shown = None
    orientation = content.pixels.orientation
    if orientation != 1:
        turned = np.ascontiguousarray(oriented(plane.pixels, orientation))
        sides = (plane.full_width_px, plane.full_height_px)
        shown = transform(turned, *(sides if orientation < 5 else sides[::-1])).hash()
    prints = Fingerprints(
        pdq=full.hash(),
        pdq_nearest512=nearest.hash(),
        pdq_oriented=shown,
        pdq_dihedral=full.dihedral() if dihedral else (),
    )
    return prints, ()
