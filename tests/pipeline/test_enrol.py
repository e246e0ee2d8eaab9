"""Enrolling through the real wall."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from tests.origin.camera.sensors import Sensor, as_jpeg

from safelight.errors import CameraError, SourceError
from safelight.origin.camera.fingerprint import Fingerprint
from safelight.origin.camera.match import Matcher, Observed
from safelight.pipeline.enrol import LEAST_PHOTOGRAPHS, enrol
from safelight.settings import Settings

NOW = "2026-01-02T03:04:05Z"
SETTINGS = Settings(workers=1)
OWN = Sensor(21)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty good photographs, and what comes with them."""
    folder = tmp_path_factory.mktemp("photographs")
    for number in range(LEAST_PHOTOGRAPHS):
        (folder / f"{number:02}.jpg").write_bytes(as_jpeg(OWN.luma(number)))
    (folder / "copy.jpg").write_bytes((folder / "00.jpg").read_bytes())
    (folder / "cut.jpg").write_bytes(as_jpeg(OWN.luma(90))[:40_000])
    (folder / "larger.jpg").write_bytes(as_jpeg(Sensor(22, (640, 900)).luma(0)))
    (folder / "notes.txt").write_text("no picture")
    (folder / "small.jpg").write_bytes(as_jpeg(OWN.luma(91)[:100, :100]))
    return folder


def test_what_cannot_be_used_is_listed_and_left_out(photographs: Path) -> None:
    made = enrol("Phone 1", [photographs], SETTINGS, NOW)
    reasons = {path.rpartition("/")[2]: why for path, why in made.left_out}
    assert set(reasons) in (
        {"copy.jpg", "cut.jpg", "larger.jpg", "notes.txt", "small.jpg"},
        {"00.jpg", "cut.jpg", "larger.jpg", "notes.txt", "small.jpg"},
    )
    assert "damaged" in reasons["cut.jpg"]
    assert "900 x 640" in reasons["larger.jpg"] and "800 x 608" in reasons["larger.jpg"]
    assert "no picture" in reasons["notes.txt"]
    assert "smaller" in reasons["small.jpg"]
    camera = made.camera
    assert len(camera.references) == LEAST_PHOTOGRAPHS
    assert (camera.fingerprint.width_px, camera.fingerprint.height_px) == (800, 608)
    assert camera.agreement > 100
    matcher = Matcher(camera.fingerprint)
    assert matcher.correlate(Observed(OWN.luma(70))).pce > 100
    assert matcher.correlate(Observed(Sensor(23).luma(70))).pce < 60


def test_the_same_photographs_give_the_same_fingerprint(photographs: Path) -> None:
    files = sorted(photographs.glob("[0-9]*.jpg"))
    first = enrol("a", files, SETTINGS, NOW).camera
    second = enrol("b", files[::-1], Settings(workers=2), NOW).camera
    assert first.digest == second.digest
    assert first.references == second.references
    assert isinstance(first.fingerprint, Fingerprint)


def test_fewer_than_twenty_are_refused(photographs: Path) -> None:
    with pytest.raises(CameraError, match="There are 19 different photographs") as refused:
        enrol("a", sorted(photographs.glob("[0-9]*.jpg"))[1:], SETTINGS, NOW)
    assert "at least 20" in refused.value.what
    assert refused.value.kept == "Nothing was enrolled."


def test_damage_that_leaves_fewer_than_twenty_is_refused(photographs: Path, tmp_path: Path) -> None:
    folder = tmp_path / "some"
    shutil.copytree(photographs, folder)
    (folder / "05.jpg").write_bytes((folder / "05.jpg").read_bytes()[:40_000])
    with pytest.raises(CameraError, match="There are 19 different") as refused:
        enrol("a", [folder], SETTINGS, NOW)
    assert "damaged" in refused.value.what


def test_photographs_of_many_cameras_share_no_pattern(tmp_path: Path) -> None:
    for number in range(LEAST_PHOTOGRAPHS):
        (tmp_path / f"{number}.jpg").write_bytes(as_jpeg(Sensor(100 + number).luma(number)))
    with pytest.raises(CameraError, match="share no sensor pattern"):
        enrol("a", [tmp_path], SETTINGS, NOW)


def test_nothing_and_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CameraError, match="There are 0"):
        enrol("a", [tmp_path], SETTINGS, NOW)
    with pytest.raises(SourceError):
        enrol("a", [tmp_path / "absent"], SETTINGS, NOW)


def test_one_scene_from_one_place_is_one_photograph(tmp_path: Path) -> None:
    """What is shown would pass for a sensor if every reference showed it."""
    scene = OWN.luma(0).astype(np.int16)
    for number in range(25):
        noise = np.random.default_rng(number).normal(0, 3, scene.shape)
        (tmp_path / f"{number}.jpg").write_bytes(as_jpeg(np.clip(scene + noise, 0, 255).astype(np.uint8)))
    with pytest.raises(CameraError, match="There are 1 different photographs") as refused:
        enrol("a", [tmp_path], SETTINGS, NOW)
    assert "same scene" in refused.value.what
