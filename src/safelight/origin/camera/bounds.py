"""From which energy on a picture counts as of a sensor, and what that is worth: no more than was measured (benchmarks/camera.py).

In noise alone the highest of the millions of correlations that are looked at has an energy of 25 to 35. The threshold is that of the
large-scale test of Goljan, Fridrich and Filler (2009), a million pictures of 6,896 cameras, in which at most 2.4 of 100,000 mismatches passed 60;
what is claimed here is what was measured here.
"""

from __future__ import annotations

import math
from typing import Final

from safelight.model import Strength
from safelight.origin.detector.calibration import at_least, at_most
from safelight.origin.opinion import verbal

__all__ = [
    "FALSE_MATCHES_AT_MOST",
    "LOG10_LR_BOUND",
    "MISMATCHED_PICTURES",
    "STRENGTH",
    "THRESHOLD_PCE",
]

THRESHOLD_PCE: Final = 60.0
"""Peak-to-correlation energy above which a picture is said to carry the pattern of a sensor."""

MISMATCHED_PICTURES: Final = 600
"""Pictures of other origin that were looked for against each of 4 enrolled cameras; none reached the threshold."""

_CAMERAS, _LOOKED, _FOUND = 3, 22, 20
"""Enrolled cameras of which photographs were held out, these photographs as they were, and those of them that reached it; some of each camera did."""

FALSE_MATCHES_AT_MOST: Final = at_most(0, MISMATCHED_PICTURES)
"""Upper limit, with 95 % confidence, of the share of pictures of other origin that reach the threshold; a picture counts once."""

# Photographs of one camera are found or missed together, so that what a match is worth is bounded by the few cameras, not by their photographs.
LOG10_LR_BOUND: Final = round(math.log10(at_least(_CAMERAS, _CAMERAS) * _FOUND / _LOOKED / FALSE_MATCHES_AT_MOST), 2)
"""Most that a match can be worth, by the size of that set; log10 of a likelihood ratio."""

STRENGTH: Final[Strength] = verbal(LOG10_LR_BOUND)
"""The same in words."""
