"""`safelight model`: the unit's own detector from the command line, behind the real wall."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.cli.conftest import Call
from tests.origin.detector.onnx_files import written

from safelight.origin.detector.store import SHIPPED

pytest.importorskip("onnxruntime")


def _pictures(root: Path) -> None:
    """Bright pictures stand for the generated ones; sizes and thumbnails of both classes are drawn alike, but for the brightness."""
    random = np.random.default_rng(0)
    for label, brightness in (("generated", 180), ("photographs", 120)):
        for source in range(3):
            folder = root / label / f"source-{source}"
            folder.mkdir(parents=True)
            for number in range(5):
                noise = random.normal(brightness, 40, (int(random.integers(70, 90)), int(random.integers(70, 90)), 3))
                Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8)).save(folder / f"{number}.png")


def test_from_adding_to_removing(call: Call, tmp_path: Path) -> None:
    written(tmp_path)
    _pictures(tmp_path)
    assert [line.split()[0] for line in call("model", "list").out.splitlines()] == [SHIPPED]
    added = call("model", "add", "means.onnx", "--card", "means.toml")
    assert added.code == 0
    assert "SHA-256" in added.out
    folders = ("--photographs", "photographs", "--generated", "generated", "--workers", 1, "-q")
    record = json.loads(call("model", "evaluate", "means", *folders, "--json").out)
    assert record["schema"] == "safelight.model-evaluation/1"
    assert record["left_out"] == 0
    raw = {(row["scorer"], row["matching"]): row["auc"][0] for row in record["rows"] if row["condition"] == "B"}
    assert raw["scorer", "raw"] > 0.9
    assert raw["thumbnail", "raw"] > 0.9
    # Brightness is what a thumbnail shows too: such a model is no evidence, and no calibration is kept for it.
    assert record["beats_the_thumbnail"] is False
    refused = call("model", "calibrate", "means", *folders)
    assert refused.code == 11
    assert "must not be used as evidence" in refused.out

    assert "not calibrated" in call("model", "use", "means").out
    picture = tmp_path / "generated" / "source-0" / "0.png"
    (seen,) = [json.loads(line) for line in call("inspect", picture, "--json", "--no-hashsets").out.splitlines()]
    (finding,) = [one for one in seen["findings"] if one["reader"] == "detector"]
    assert finding["supports"] == "nothing"
    assert finding["details"]["abstained"] is True
    assert isinstance(finding["details"]["score"], float)
    assert seen["origin"]["opinion"] == "undetermined"
    listed, shipped = [json.loads(line) for line in call("model", "list", "--json").out.splitlines()]
    assert (listed["name"], listed["in_use"], listed["calibrated"]) == ("means", True, False)
    assert (shipped["name"], shipped["in_use"], shipped["shipped"]) == (SHIPPED, False, True)

    assert call("model", "use", "--none").out == "No model examines.\n"
    assert call("model", "use").code == 2
    assert "Removed means" in call("model", "remove", "means").out
    assert call("model", "use", "means").code == 11


def test_the_model_that_ships_orders_and_is_no_evidence(call: Call, tmp_path: Path) -> None:
    assert "shipped, only orders" in call("model", "list").out
    assert "only orders" in call("model", "use", SHIPPED).out
    assert "in use" in call("model", "list").out
    _pictures(tmp_path)
    picture = tmp_path / "generated" / "source-0" / "0.png"
    (seen,) = [json.loads(line) for line in call("inspect", picture, "--json", "--no-hashsets").out.splitlines()]
    (finding,) = [one for one in seen["findings"] if one["reader"] == "detector"]
    assert (finding["supports"], finding["basis"], finding["strength"]) == ("nothing", None, "none")
    assert isinstance(finding["details"]["score"], float)
    assert finding["details"]["abstained"] is True
    assert "log10_lr" not in finding["details"]
    assert seen["origin"]["opinion"] == "undetermined"
    folders = ("--photographs", "photographs", "--generated", "generated", "--workers", 1, "-q")
    measured = json.loads(call("model", "evaluate", SHIPPED, *folders, "--json").out)
    assert (measured["model"], measured["left_out"]) == (SHIPPED, 0)
    refused = call("model", "calibrate", SHIPPED, *folders)
    assert refused.code == 11
    assert "only orders" in refused.err
    assert call("model", "remove", SHIPPED).code == 11
    assert call("model", "use", "--none").code == 0
    assert "in use" not in call("model", "list").out


def test_one_source_is_not_enough(call: Call, tmp_path: Path) -> None:
    written(tmp_path)
    call("model", "add", "means.onnx", "--card", "means.toml")
    for name in ("generated", "photographs"):
        (tmp_path / name / "only").mkdir(parents=True)
        Image.new("RGB", (80, 80)).save(tmp_path / name / "only" / "a.png")
    ended = call("model", "evaluate", "means", "--photographs", "photographs", "--generated", "generated", "-q")
    assert ended.code == 11
    assert "one source" in ended.err
