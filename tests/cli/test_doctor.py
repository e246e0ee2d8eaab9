"""`safelight doctor`: what is installed and which wall is really in force."""

from __future__ import annotations

import hashlib
import json
import os
from functools import partial
from pathlib import Path

import pytest
from tests.cli.conftest import Call
from tests.hashsets.lists import MD5

from safelight import __version__
from safelight.decode.wall import Wall
from safelight.origin.readers import READERS
from safelight.settings import Settings

REPOSITORY = str(Path(__file__).resolve().parents[2])


def test_one_json_object_with_everything(call: Call, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(MD5)
    call("hashset", "import", "list.txt", "--name", "unit")
    ended = call("doctor", "--json")
    record = json.loads(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert set(record) == {
        *(
            "schema",
            "versions",
            "wall",
            "settings",
            "readers",
            "watermark_decoders",
            "formats",
            "hashset_store",
            "hashsets",
        )
    }
    assert record["watermark_decoders"] == []
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


def test_decoders_of_watermarks_that_the_settings_name(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "corner.bin").write_bytes(b"drawn on")
    entry = "tests.origin.watermarks.plug_ins:Corner="
    monkeypatch.setattr("safelight.decode.wall.Wall", partial(Wall, extra_paths=(REPOSITORY,)))
    monkeypatch.setenv("SAFELIGHT_WATERMARK_DECODERS", f"{entry}{tmp_path / 'corner.bin'}")
    said = call("doctor").out
    digest = hashlib.sha256(b"drawn on").hexdigest()
    assert (
        f"\n  corner 2.1 (tests.origin.watermarks.plug_ins:Corner, weights {tmp_path / 'corner.bin'} of 8 bytes, SHA-256 {digest})\n"
        in said
    )
    record = json.loads(call("doctor", "--json").out)
    assert [one["weights_sha256"] for one in record["watermark_decoders"]] == [digest]
    monkeypatch.setenv("SAFELIGHT_WATERMARK_DECODERS", f"{entry}/no/such/file")
    ended = call("doctor")
    assert (ended.code, ended.out) == (8, "") and "No such file" in ended.err
    (tmp_path / "corner.bin").write_bytes(b"broken")
    monkeypatch.setenv("SAFELIGHT_WATERMARK_DECODERS", f"{entry}{tmp_path / 'corner.bin'}")
    ended = call("doctor")
    assert (ended.code, ended.out) == (9, "") and "8 bytes of weights are needed" in ended.err
