"""A real 200-megapixel HEIC passes within the default limits; a smaller one of the same build is examined in every run."""

from __future__ import annotations

import os

import pytest
from tests.decode.large_heic import grid_heic
from tests.decode.walls import examine

from safelight.decode.limits import Limits
from safelight.decode.wall import Wall, WorkPlan
from safelight.model import Examination

PLAN = WorkPlan(fingerprinter="safelight.fingerprint.examiner:fingerprint")


def check(columns: int, rows: int, limits: Limits) -> Examination:
    with Wall(PLAN, limits, 1) as wall:
        (reply,) = examine(wall, [grid_heic(columns, rows)], timeout_s=limits.wall_s * 2)
    examination = reply.examination
    assert examination is not None
    assert examination.findings == ()
    assert (examination.width_px, examination.height_px) == (columns * 512, rows * 512)
    assert examination.media_type == "image/heic"
    assert examination.fingerprints is not None
    assert examination.fingerprints.pdq is not None
    assert examination.fingerprints.pdq.matchable
    return examination


def test_a_tiled_heic() -> None:
    check(4, 3, Limits())


@pytest.mark.skipif(
    "SAFELIGHT_TEST_LARGE" not in os.environ, reason="takes 15 s and 2 GiB; set SAFELIGHT_TEST_LARGE to run it"
)
def test_a_200_megapixel_heic() -> None:
    check(32, 24, Limits())
