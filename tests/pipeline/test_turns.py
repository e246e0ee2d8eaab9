"""Flips, rotations and generation runs in the main job, on pictures that are drawn and turned here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.case.making import digest, fill_making, made
from tests.databases import Database

from safelight.case.case import Case
from safelight.case.turns import has_turns, turned_arrays, turned_count, turns_of
from safelight.case.verify import verify
from safelight.model import Group

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A picture, its twin, the two turned, and one that is alone."""
    folder = tmp_path / "source"
    folder.mkdir()
    chance = np.random.default_rng(5)
    for name in ("a", "alone"):
        picture = Image.fromarray(chance.integers(0, 256, (7, 9, 3), np.uint8)).resize(
            (640, 480), Image.Resampling.BICUBIC
        )
        picture.save(folder / f"{name}.png")
        if name == "a":
            picture.save(folder / "a.jpg", quality=85)
            picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(folder / "mirrored.jpg", quality=85)
            picture.transpose(Image.Transpose.ROTATE_270).save(folder / "turned.jpg", quality=85)
    return folder


def test_turned_copies_are_in_the_group_with_their_turn(source: Path, tmp_path: Path, run: Run) -> None:
    case = tmp_path / "case"
    assert run("triage", source, "--case", case, "--dihedral", "--no-hashsets", "-q", "--workers", 1).returncode == 0
    with Case.open(case) as opened:
        sha256s = {row["path"]: row["sha256"] for row in opened.rows(_places())}
        found = turns_of(opened, opened.current("group"), list(sha256s.values()))
        assert turned_count(opened) == len(found)
        assert not verify(opened).breaks
    told = {path: found.get(sha256, "") for path, sha256 in sha256s.items()}
    assert told == {"a.png": "", "a.jpg": "", "alone.png": "", "mirrored.jpg": "left-right", "turned.jpg": "turned-90"}
    why = json.loads(run("show", case, "--json", "--why", sha256s["mirrored.jpg"]).stdout)
    assert {item["sha256"] for item in why["group"]["members"]} == set(sha256s.values()) - {sha256s["alone.png"]}
    assert {item["sha256"]: item["turn"] for item in why["group"]["members"] if item["turn"]} == found
    assert "found through a flip or a rotation" in (case / "report.html").read_text()
    text = run("show", case, "--why", sha256s["mirrored.jpg"]).stdout
    assert any(turn in text for turn in found.values())


def test_without_the_option_turned_copies_stand_apart(source: Path, tmp_path: Path, run: Run) -> None:
    case = tmp_path / "case"
    assert run("triage", source, "--case", case, "--no-hashsets", "-q", "--workers", 1, "--no-report").returncode == 0
    with Case.open(case) as opened:
        assert not has_turns(opened) and turned_count(opened) == 0


def test_turns_are_stored_with_their_group_and_covered(database: Database) -> None:
    with database.write() as case:
        run_id = fill_making(case, [made(number, {"model": "m"}) for number in range(4)])
        groups = [
            Group(
                kind="near-duplicate",
                representative=digest(0),
                members=((digest(0), 0), (digest(1), 3)),
                distance_bits=31,
            )
        ]
        case.add_groups(run_id, groups, distance_bits=31, turns={digest(1): "left-right"})
        assert turns_of(case, run_id, [digest(number) for number in range(4)]) == {digest(1): "left-right"}
        assert turned_count(case) == 1 and not verify(case).breaks


def test_hashes_of_turns_are_read_and_missing_ones_told(database: Database) -> None:
    with database.write() as case:
        fill_making(case, [made(number, {"model": "m"}) for number in range(3)])
        assert not has_turns(case)
        sha256s, hashes, known = turned_arrays(case, 50)
    assert (sha256s.shape, hashes.shape, known.tolist()) == ((3, 32), (3, 8, 32), [False] * 3)
    assert (hashes == hashes[:, :1]).all()


def _places() -> object:
    from sqlalchemy import select

    from safelight.case import tables

    return select(tables.media_file.c.path, tables.media_file.c.sha256)
