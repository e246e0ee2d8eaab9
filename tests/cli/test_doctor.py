"""`safelight doctor`: what is installed and which wall is really in force."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.cli.conftest import Call
from tests.hashsets.lists import MD5

from safelight import __version__
from safelight.origin.readers import READERS
from safelight.settings import Settings


def test_one_json_object_with_everything(call: Call, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(MD5)
    call("hashset", "import", "list.txt", "--name", "unit")
    ended = call("doctor", "--json")
    record = json.loads(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert set(record) == {"schema", "versions", "wall", "settings", "readers", "formats", "hashset_store", "hashsets"}
    assert record["schema"] == "safelight.doctor/1"
    assert record["versions"]["safelight"] == __version__ and "numpy" in record["versions"]
    assert set(record["settings"]) == set(Settings.__dataclass_fields__)
    assert [reader["name"] for reader in record["readers"]] == [reader.name for reader in READERS]
    assert all(
        reader[key]
        for reader in record["readers"]
        for key in ("looks_for", "silence_means", "cost", "checked_on", "source")
    )
    assert {"JPEG", "PNG", "HEIF"} <= set(record["formats"])
    assert record["hashsets"] == ["unit (known)"]
    assert record["wall"], "the isolation that a real worker reached"


def test_the_words_for_a_person(call: Call) -> None:
    ended = call("doctor")
    assert ended.code == 0
    for title in (
        "Versions:",
        "Wall:",
        "Settings:",
        "Readers, in order:",
        "Formats that are decoded:",
        "Hash sets in ",
    ):
        assert f"\n{title}" in f"\n{ended.out}"
    for reader in READERS:
        assert f"  {reader.name} {reader.version}: looks for " in ended.out
    assert not Path(os.environ["SAFELIGHT_HASHSET_STORE"]).exists(), "looking makes no store"


def test_settings_and_plug_ins_that_do_not_work_are_said(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAFELIGHT_READERS", "no_such_package.module:Reader")
    ended = call("doctor")
    assert (ended.code, ended.out) == (8, "") and "no_such_package" in ended.err
    monkeypatch.setenv("SAFELIGHT_READERS", "without-a-colon")
    assert call("doctor").code == 8


def test_settings_from_a_file_are_those_in_force(call: Call, tmp_path: Path) -> None:
    (tmp_path / "set.toml").write_text('examiner = "A. Person"\narchive_depth = 2\nworkers = 1\n')
    record = json.loads(call("doctor", "--json", "--settings", "set.toml").out)
    assert (record["settings"]["examiner"], record["settings"]["archive_depth"]) == ("A. Person", 2)
