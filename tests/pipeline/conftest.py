"""A small drawn seizure, and a way to run the real command on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def command(*words: object) -> list[str]:
    """The command line as a user's shell would start it."""
    return [sys.executable, "-m", "safelight", *(str(word) for word in words)]


@pytest.fixture(scope="session")
def seizure(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawn seizure: evidence/, lists/, truth.json."""
    from safelight.demo.seizure import draw_seizure

    directory = tmp_path_factory.mktemp("seizure")
    draw_seizure(directory, files=60, seed=3)
    return directory


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a user with nothing but empty stores of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAFELIGHT_")}
    return {
        **kept,
        "SAFELIGHT_HASHSET_STORE": str(tmp_path / "hashsets"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Runs `safelight` and returns what it printed."""

    def call(*words: object, timeout_s: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*words), env=environment, capture_output=True, text=True, timeout=timeout_s, check=False
        )

    return call
