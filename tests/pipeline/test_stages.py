"""Matching as a stage of the main job: which lists were asked, and what was left out."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import drawn
from tests.hashsets.lists import flipped

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def _log(case: Path) -> dict[str, dict[str, Any]]:
    with sqlite3.connect(f"file:{case / 'case.sqlite'}?mode=ro", uri=True) as connection:
        return {
            action: json.loads(text) for action, text in connection.execute("SELECT action, details FROM custody_event")
        }


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    drawn().save(folder / "a.png")
    return folder


def test_matches_that_are_not_stored_are_told_and_logged(source: Path, tmp_path: Path, run: Run) -> None:
    pdq = json.loads(run("inspect", "--json", source / "a.png").stdout)["pdq"]["hash"]
    rows = [f"{flipped(pdq, number % 10, 100 + number // 10)},crowd" for number in range(80)]
    (tmp_path / "list.csv").write_text("\n".join(["pdq,label", *rows, f"{flipped(pdq, *range(30))},far"]))
    assert run("hashset", "import", tmp_path / "list.csv", "--name", "unit").returncode == 0
    done = run("triage", source, "--case", tmp_path / "case", "--no-report", "--json", "-q")
    assert json.loads(done.stdout)["matches"] == 51, "the 50 nearest of the crowd, and the only one of the other label"
    assert "30 PDQ matches of 1 media are not stored" in done.stderr
    log = _log(tmp_path / "case")
    details = log["matches-left-out"]
    assert (details["matches"], details["media"], details["kept_of_each_list_bank_and_label"]) == (30, 1, 50)
    (asked,) = log["stage-match"]["lists"]["sets"]
    assert (asked["name"], asked["role"], asked["counts"], len(asked["sha256"])) == ("unit", "known", {"pdq": 81}, 64)
    assert run("verify", tmp_path / "case").returncode == 0
    (record,) = [json.loads(line) for line in run("inspect", "--json", source / "a.png").stdout.splitlines()]
    assert (len(record["matches"]), record["matches_left_out"]) == (51, 30)


def test_flips_are_matched_when_they_are_asked_for(source: Path, tmp_path: Path, run: Run) -> None:
    hashes = json.loads(run("inspect", "--json", "--dihedral", source / "a.png").stdout)["pdq_dihedral"]
    (tmp_path / "list.txt").write_text(f"pdq:{hashes[4]}\n")
    run("hashset", "import", tmp_path / "list.txt", "--name", "unit")
    for flag, count in (("--no-dihedral", 0), ("--dihedral", 1)):
        done = run("triage", source, "--case", tmp_path / flag, "--no-report", "--json", "-q", flag)
        assert json.loads(done.stdout)["matches"] == count
    with sqlite3.connect(f"file:{tmp_path / '--dihedral' / 'case.sqlite'}?mode=ro", uri=True) as connection:
        assert connection.execute("SELECT variant, distance FROM match_").fetchall() == [("dihedral", 0)]


def test_a_list_that_is_not_there_is_found_out_before_anything_is_read(source: Path, tmp_path: Path, run: Run) -> None:
    ended = run("triage", source, "--case", tmp_path / "case", "--hashset", "unit")
    assert ended.returncode == 6 and "no hash set store" in ended.stderr
    assert not (tmp_path / "case").exists()
    (tmp_path / "list.txt").write_text("0a" * 16)
    run("hashset", "import", tmp_path / "list.txt", "--name", "other")
    ended = run("triage", source, "--case", tmp_path / "case", "--hashset", "unit")
    assert ended.returncode == 6 and "Lists in the store: other." in ended.stderr
    assert not (tmp_path / "case").exists()


def test_no_list_is_told_from_no_match(source: Path, tmp_path: Path, run: Run) -> None:
    for name, words, why in (
        ("none", ["--no-hashsets"], "no list was asked for"),
        ("empty", [], "the store holds no list"),
    ):
        run("triage", source, "--case", tmp_path / name, "--no-report", "-q", *words)
        assert _log(tmp_path / name)["stage-match"]["lists"] == {"sets": [], "why": why}
