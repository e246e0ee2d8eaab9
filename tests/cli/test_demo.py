"""`safelight demo`: drawn on the spot, run again, and never over something else."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.cli.conftest import Call

from safelight.cli import triage as triage_command
from safelight.hashsets import HashSetStore


@pytest.fixture
def without_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report is tested where it is made; here it would only take time."""
    run = triage_command.run_triage

    def bare(*words: object, **given: object) -> int:
        return run(*words, **{**given, "report": False})  # type: ignore[arg-type]

    monkeypatch.setattr(triage_command, "run_triage", bare)


@pytest.mark.usefixtures("without_report")
def test_drawn_taken_in_and_taken_in_again(call: Call, tmp_path: Path) -> None:
    ended = call("demo", "here", "--files", "20", "-q")
    assert ended.code == 0
    assert sorted(path.name for path in (tmp_path / "here").iterdir()) == [
        "case",
        "evidence",
        "hashsets",
        "lists",
        "truth.json",
    ]
    truth = json.loads((tmp_path / "here" / "truth.json").read_text())
    with HashSetStore(tmp_path / "here" / "hashsets", create=False) as store:
        assert {info.name: sum(info.counts.values()) for info in store.sets()} == {
            item["name"]: item["entries"] for item in truth["lists"]
        }
    lines = dict(line.split(":", 1) for line in ended.out.splitlines())
    assert int(lines["Matches with lists"].split()[0]) > 0
    assert "nothing was dropped" in lines["To be reviewed"]
    assert "on purpose" in ended.err, "what cannot be read in it is there on purpose, and said"
    assert not Path(os.environ["SAFELIGHT_HASHSET_STORE"]).exists(), "the unit's own store is left alone"

    # An import that was interrupted is made good by the next run.
    with HashSetStore(tmp_path / "here" / "hashsets") as store:
        store.remove(truth["lists"][0]["name"])
    again = call("demo", "here", "--files", "20")
    assert again.code == 0 and "is there already" in again.err
    assert "Files taken in:      0 (" in again.out and "were done before" in again.out
    with HashSetStore(tmp_path / "here" / "hashsets", create=False) as store:
        assert len(store.sets()) == len(truth["lists"])


def test_a_folder_with_something_else_is_left_alone(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.jpg").write_bytes(b"x")
    ended = call("demo", "mine")
    assert (ended.code, ended.out) == (10, "") and "not empty" in ended.err and "Next:" in ended.err
    assert os.listdir(tmp_path / "mine") == ["photo.jpg"]


def test_wrong_numbers_are_wrong_usage(call: Call) -> None:
    assert call("demo", "here", "--files", "3").code == 2
    assert call("demo", "here", "--seed", "x").code == 2
    assert not Path("here").exists()


def test_a_place_that_cannot_be_written(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    ended = call("demo", "file/below", "--files", "20")
    assert ended.code == 10 and "Next:" in ended.err
