"""`safelight camera`: from enrolling to a lead in a case, behind the real wall."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Call
from tests.origin.camera.sensors import Sensor, as_jpeg


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    folder = tmp_path / "photographs"
    folder.mkdir()
    own = Sensor(31)
    for number in range(20):
        (folder / f"{number}.jpg").write_bytes(as_jpeg(own.luma(number)))
    (tmp_path / "items").mkdir()
    (tmp_path / "items" / "own.jpg").write_bytes(as_jpeg(own.luma(50), 85))
    (tmp_path / "items" / "other.jpg").write_bytes(as_jpeg(Sensor(32).luma(50), 85))
    return folder


def test_from_enrolling_to_removing(call: Call, tmp_path: Path, photographs: Path) -> None:
    assert "No camera is enrolled" in call("camera", "list").out
    few = call("camera", "enrol", "Phone 1", photographs / "0.jpg", "-q")
    assert (few.code, few.out) == (14, "")
    assert "at least 20" in few.err
    made = call("camera", "enrol", "Phone 1", photographs, "--workers", 1, "-q")
    assert made.code == 0
    assert "Enrolled Phone 1: 20 photographs of 800 x 608" in made.out
    assert call("camera", "enrol", "Phone 1", photographs, "-q").code == 14
    listed = json.loads(call("camera", "list", "--json").out)
    assert (listed["schema"], listed["name"], listed["photographs"]) == ("safelight.camera/1", "Phone 1", 20)

    asked = ("--camera", "Phone 1", "--no-hashsets", "--workers", 1)
    (seen,) = [json.loads(line) for line in call("inspect", "items/own.jpg", *asked, "--json").out.splitlines()]
    (finding,) = [one for one in seen["findings"] if one["reader"] == "camera"]
    assert finding["supports"] == "captured"
    assert finding["details"]["camera_sha256"] == listed["digest"]
    assert finding["details"]["pce"] > finding["details"]["threshold"]
    (unasked,) = [
        json.loads(line) for line in call("inspect", "items/own.jpg", "--no-hashsets", "--json").out.splitlines()
    ]
    assert "camera" not in {one["reader"] for one in unasked["readers"]}

    assert call("triage", "items", "--case", "case", *asked, "--no-scenes", "--no-report", "-q").code == 0
    leads = call("show", "case", "--leads", "--kind", "device", "--holders").out
    assert f"Phone 1 (sensor {listed['digest'][:16]})" in leads
    assert "own.jpg" in leads and "other.jpg" not in leads

    (tmp_path / "home" / "data" / "safelight" / "cameras" / "Phone 1.json").write_text("{")
    assert "cannot be used" in call("camera", "list").out
    assert call("inspect", "items/own.jpg", *asked).code == 14
    assert "Removed Phone 1" in call("camera", "remove", "Phone 1").out
    assert call("camera", "remove", "Phone 1").code == 14
    assert call("inspect", "items/own.jpg", *asked).code == 14
