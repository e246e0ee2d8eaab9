"""Settings: file < environment < flag."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.errors import SettingsError
from safelight.settings import Settings, load_settings


def test_file_then_environment_then_flag(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('workers = 3\npdq_distance_bits = 20\ndihedral = true\nreaders = ["a.b:C"]\n')
    settings = load_settings(
        {"pdq_distance_bits": 10, "workers": None}, environment={"SAFELIGHT_WORKERS": "4"}, file=file
    )
    assert (settings.workers, settings.pdq_distance_bits, settings.dihedral, settings.readers) == (
        4,
        10,
        True,
        ("a.b:C",),
    )


@pytest.mark.parametrize(
    "text",
    [
        "nonsense = 1",
        "workers = 'many'",
        "workers = true",
        "workers = 1.5",
        "pdq_distance_bits = 65",
        "wall_s = 0",
        "not toml",
        "dihedral = 7",
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text)
    with pytest.raises(SettingsError):
        load_settings(environment={}, file=file)


def test_a_named_file_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml"):
        load_settings(environment={"SAFELIGHT_SETTINGS": str(tmp_path / "absent.toml")})


@pytest.mark.parametrize(("text", "value"), [("1", True), ("yes", True), ("False", False), ("no", False)])
def test_switches_in_the_environment(text: str, value: bool) -> None:
    assert load_settings(environment={"SAFELIGHT_DIHEDRAL": text, "SAFELIGHT_SETTINGS": ""}).dihedral is value


def test_at_least_one_worker() -> None:
    assert Settings().worker_count >= 1
    assert Settings(workers=7).worker_count == 7
