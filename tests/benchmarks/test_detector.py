"""The one command of the detector benchmark, on a drawn corpus: folds are clean, and a scorer of sizes is exposed."""

from __future__ import annotations

import csv
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.detector import __main__ as command
from benchmarks.detector.corpus import FOLDS, corpus, trained_on
from PIL import Image

FIELDS = ("file", "label", "generator", "source", "source_path", "width", "height", "format", "sha256")
GENERATORS = ("dalle2", "midjourney-v5", "dalle-mini", "ldm-txt2img", "sd15", "sdxl")


def size_of(pixels: np.ndarray) -> float:
    """A scorer that knows the size alone."""
    return float(pixels.shape[0] * pixels.shape[1])


def sharpness_of(pixels: np.ndarray) -> float:
    """A scorer that knows a trace: the drawn generated pictures are sharper."""
    return float(np.abs(np.diff(pixels.astype(int), axis=1)).mean())


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generated pictures are mostly larger, and all sharper; what they show is alike."""
    folder = tmp_path_factory.mktemp("corpus")
    random = np.random.default_rng(0)
    rows = []
    for number in range(600):
        generated = number % 2 == 0
        kind = number // 2 % 6
        side = int(
            random.integers(96, 128) if random.random() < (0.8 if generated else 0.2) else random.integers(64, 96)
        )
        noise = random.normal(128, 30, (side, side, 3))
        if generated:  # Columns that alternate: of them a thumbnail shows nothing.
            noise += np.where(np.arange(side) % 2, 25, -25)[None, :, None]
        path = folder / f"{number}.png"
        Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8)).save(path)
        label = "generated" if generated else "art" if number % 60 == 1 else "photo"
        rows.append(
            {
                "file": path.name, "label": label, "generator": GENERATORS[kind] if generated else "",
                "source": f"{'g' if generated else 'p'}{kind}-{number // 12 % 3}", "source_path": path.name, "width": side, "height": side,
                "format": "PNG", "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
        )  # fmt: skip
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    return folder


def peers_of(drawn: Path) -> Path:
    """What a peer that guesses has said of two hundred photographs and generated pictures."""
    items = [item for item in corpus(drawn / "manifest.csv", drawn) if item.fold is not None]
    plain = np.flatnonzero([not item.hard for item in items])[:200]
    asked = np.isin(np.arange(len(items)), plain)
    guess = np.where(asked, np.random.default_rng(1).random(len(items)), np.nan)
    path = drawn / "peers.npz"
    kept = {"score": guess, "asked": asked, "cpu_ms": guess}
    names = np.array([item.sha256 for item in items])
    said = {f"random|B|{name}": rows for name, rows in kept.items()}
    np.savez(path, sha256=names, **said, **{"random|version": np.array("1")})
    return path


def figures(
    drawn: Path, scorer: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *more: str
) -> dict[str, float]:
    """AUCs in condition B by matching; the card is written beside the pictures."""
    monkeypatch.setattr(command, "load", lambda _name: {"size": size_of, "sharpness": sharpness_of}[scorer])
    monkeypatch.setattr(
        sys,
        "argv",
        [
            "detector",
            str(drawn / "manifest.csv"),
            str(drawn),
            "--scorer",
            "a:b",
            "--conditions",
            "A,B",
            "--json",
            "--page",
            str(drawn / "card.md"),
            *more,
        ],
    )
    assert command.main() == 0
    record = json.loads(capsys.readouterr().out)
    return {
        row["matching"]: row["auc"][0] for row in record["rows"] if (row["scorer"], row["condition"]) == ("scorer", "B")
    }


def test_no_fold_learns_from_a_source_or_a_family_that_it_tests(drawn: Path) -> None:
    items = corpus(drawn / "manifest.csv", drawn)
    assert len(items) == 600
    for fold in FOLDS:
        tested, learned = [item for item in items if item.fold == fold], trained_on(items, fold)
        assert tested
        assert any(item.generated for item in tested)
        assert not {item.source for item in tested} & {item.source for item in learned}
        assert not {item.family for item in tested if item.generated} & {
            item.family for item in learned if item.generated
        }
    assert trained_on(items, None) == items


def test_a_scorer_of_sizes_is_exposed_and_one_of_a_trace_is_not(
    drawn: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    size = figures(drawn, "size", monkeypatch, capsys)
    assert size["raw"] > 0.7
    assert size["content-and-size-matched"] < 0.65
    card = (drawn / "card.md").read_text()
    assert "does not beat the thumbnail control" in card or "It does not ship" in card
    assert "| AUC, content-matched |" in card
    assert "### Peers" not in card
    sharpness = figures(drawn, "sharpness", monkeypatch, capsys, "--peers", str(peers_of(drawn)))
    assert min(sharpness.values()) > 0.9
    card = (drawn / "card.md").read_text()
    for heading in (
        "## Against the bar", "### False alarms at thresholds", "Hard negatives", "### Telling the classes apart", "### Calibration", "Reliability",
        "Bounds:", "### By generator family", "### By source", "### By resolution", "### Peers", "### Order of a queue",
    ):  # fmt: skip
        assert heading in card
    assert "| random 1 | B | 200 of 200 |" in card
    assert "| ms of CPU a file, median |" in card


def test_the_real_corpus_has_clean_folds_too(shared: Path) -> None:
    items = corpus(shared / "corpus" / "manifest.csv", shared / "corpus")
    for fold in FOLDS:
        tested, learned = [item for item in items if item.fold == fold], trained_on(items, fold)
        assert any(item.generated for item in tested)
        assert not {item.source for item in tested} & {item.source for item in learned}
