"""The command line, called as a user calls it, in this process; and a few files to call it on."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from safelight.cli import group

PARAMETERS = (
    "hills at dusk\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 18446744073709551615, Size: 640x480, "
    "Model hash: abcdef1234, Model: hills_v1, Version: v1.9.0"
)
"""What a generator writes; the seed does not fit into a float or into 63 bits."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Call = Callable[..., Ended]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs a command in an empty user's home; the working directory is the test's own."""
    for name in [name for name in os.environ if name.startswith("SAFELIGHT_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("SAFELIGHT_HASHSET_STORE", str(home / "hashsets"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Ended:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            group.run([str(word) for word in words])
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return Ended(int(ended.value.code or 0), shown.out, shown.err)

    return run


def drawn(size: tuple[int, int] = (640, 480), seed: int = 1) -> Image.Image:
    """A smooth, bland picture whose PDQ can be matched."""
    noise = np.random.default_rng(seed).integers(0, 256, (12, 16, 3), np.uint8)
    return Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with `generated.png`, which carries parameters, and `plain.jpg`, which carries nothing."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", PARAMETERS)
    drawn().save(folder / "generated.png", pnginfo=info)
    drawn(seed=2).save(folder / "plain.jpg", quality=90)
    return folder
