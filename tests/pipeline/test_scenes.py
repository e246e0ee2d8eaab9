"""A photograph and pictures made from it, taken in by the real command: linked, placed, shown and drawn."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image, PngImagePlugin
from tests.grouping.scene_pictures import busy
from tests.pipeline.conftest import Run

PARAMETERS = (
    "hills\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 640x480, Model hash: abcdef1234, Model: hills"
)


def _generated(picture: Image.Image, path: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", PARAMETERS)
    picture.save(path, pnginfo=text)


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    folder.mkdir()
    busy(1).save(folder / "holiday.jpg", quality=92)
    busy(2).save(folder / "other.jpg", quality=92)
    edit = busy(1).copy()
    edit.paste(busy(3).crop((0, 0, 300, 480)), (0, 0))
    _generated(edit.transpose(Image.Transpose.FLIP_LEFT_RIGHT), folder / "made.png")
    _generated(busy(4), folder / "alone.png")
    Image.new("RGB", (200, 200), "grey").save(folder / "flat.png")
    return folder


def test_the_photograph_behind_a_generated_picture_is_found_and_comes_first(
    evidence: Path, tmp_path: Path, run: Run
) -> None:
    case = tmp_path / "case"
    done = run("triage", evidence, "--case", case)
    assert done.returncode == 0, done.stderr
    queue = [json.loads(line) for line in run("show", case, "--json").stdout.splitlines()]
    rules = {line["path"]: line["rule"] for line in queue}
    assert rules["holiday.jpg"] == "behind-artificial" and rules["made.png"] == "made-from-photograph"
    assert rules["other.jpg"] == "undetermined" and rules["alone.png"] == "generated"
    assert {line["path"] for line in queue[:2]} == {"holiday.jpg", "made.png"}
    by_path = {line["path"]: line["sha256"] for line in queue}

    drawn = tmp_path / "map.svg"
    why = json.loads(run("show", case, "--json", "--why", by_path["made.png"], "--map", drawn).stdout)
    (link,) = why["scenes"]
    assert (link["kind"], link["role"], link["path"]) == ("source-photograph", "first", "holiday.jpg")
    assert "mirrored" in link["words"] and 0.3 < link["share"] < 0.8
    ET.parse(drawn)
    text = run("show", case, "--why", by_path["holiday.jpg"]).stdout
    assert "made.png" in text and "Seen from the other" in text
    report = (case / "report.html").read_text("utf-8")
    assert "Pictures that share part of a scene" in report and "4 images were compared" in report
    assert run("verify", case).returncode == 0


def test_the_photograph_behind_a_generated_picture_is_found_in_another_case(
    evidence: Path, tmp_path: Path, run: Run
) -> None:
    there = tmp_path / "elsewhere"
    there.mkdir()
    (evidence / "holiday.jpg").rename(there / "holiday.jpg")
    one, two = tmp_path / "one", tmp_path / "two"
    for source, case in ((evidence, one), (there, two)):
        assert run("triage", source, "--case", case, "--no-report").returncode == 0
    drawn = tmp_path / "links.svg"
    done = run("link", one, two, "--scenes", "--json", "-o", drawn)
    assert done.returncode == 0, done.stderr
    scenes = json.loads(done.stdout)["scenes"]
    assert scenes["compared"] == [3, 1] and scenes["totals"] == [
        {"cases": ["A", "B"], "kind": "source-photograph", "links": 1}
    ]
    (link,) = scenes["links"]
    assert link["cases"] == ["A", "B"] and "mirrored" in link["words"] and 0.3 < link["share"] < 0.8
    assert len(link["matrix"]) == 6 and len(link["grid"]) == 64
    assert b"may be its photograph" in drawn.read_bytes()
    text = run("link", two, one, "--scenes").stdout
    assert f"source-photograph  B {link['sha256'][0]}  A {link['sha256'][1]}" in text
    assert "Measured: of" in text and "not that one was made from the other" in text
    assert "was not looked for; --scenes does it" in run("link", one, two).stdout


def test_without_scenes_nothing_is_compared_and_the_queue_stands(evidence: Path, tmp_path: Path, run: Run) -> None:
    case = tmp_path / "case"
    done = run("triage", evidence, "--case", case, "--no-scenes")
    assert done.returncode == 0, done.stderr
    assert "comparing scenes" not in done.stderr
    rules = {
        line["path"]: line["rule"]
        for line in (json.loads(text) for text in run("show", case, "--json").stdout.splitlines())
    }
    assert rules["holiday.jpg"] == "undetermined" and rules["made.png"] == "generated" and len(rules) == 5
    assert run("verify", case).returncode == 0
    # Asked for later, they are found out of what the next run reads; the pictures that are done have no features.
    assert run("triage", evidence, "--case", case).returncode == 0


def test_traces_in_the_pixels_are_looked_for_when_asked(evidence: Path, tmp_path: Path, run: Run) -> None:
    def readers(*words: str) -> set[str]:
        case = tmp_path / f"case{len(words)}"
        assert run("triage", evidence, "--case", case, "--no-scenes", "--no-report", *words).returncode == 0
        lines = [json.loads(text) for text in run("show", case, "--json").stdout.splitlines()]
        sha256 = next(line["sha256"] for line in lines if line["path"] == "alone.png")
        why = json.loads(run("show", case, "--json", "--why", sha256).stdout)
        return {item["reader"] for item in why["readers"]}

    without, asked = readers(), readers("--traces")
    traces = {"jpeg-saved", "jpeg-twice", "enlarged", "mosaic"}
    assert asked - without == traces and without < asked
    inspected = json.loads(run("inspect", evidence / "alone.png", "--json").stdout)
    assert traces <= {item["reader"] for item in inspected["readers"]}
