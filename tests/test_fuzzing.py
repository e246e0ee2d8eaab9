"""The command for long runs of fuzzing counts what it ran, and keeps what failed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from tests import fuzzing


def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], keep: Path, *words: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["fuzzing", "--inputs", "30", "--keep", str(keep), *words])
    code = fuzzing.main()
    return code, capfd.readouterr().out


def test_it_counts(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, said = run(monkeypatch, capfd, tmp_path / "kept", "--reader", "a1111", "--walker", "aiff")
    assert code == 0
    assert "reader a1111: 30 inputs, " in said
    assert "walker aiff: 30 inputs, " in said
    assert said.count(" 0 failures, ") == 2
    assert not (tmp_path / "kept").exists()


def _raise(*_: object) -> None:
    raise RuntimeError("as a reader must not")


def _abort(*_: object) -> None:
    os.abort()


def test_what_failed_is_counted_and_kept(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(fuzzing, "read_whole", _raise)
    code, said = run(monkeypatch, capfd, tmp_path, "--reader", "tc260")
    assert code == 1
    assert ", 30 failures, " in said
    assert said.count("FAILED with RuntimeError('as a reader must not')") == 20
    assert len(list(tmp_path.iterdir())) == 20


def test_a_process_that_ends_leaves_its_input(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(fuzzing, "looked_at_whole", _abort)
    code, said = run(monkeypatch, capfd, tmp_path, "--walker", "png")
    assert code == 1
    assert "walker png: ENDED with -6: " in said
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_size
