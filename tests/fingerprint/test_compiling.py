"""The cache of compiled code: what is damaged in it is made again, and never ends a run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

_CODE = (
    "import sys\nfrom safelight.fingerprint.compiling import compiled\n"
    "@compiled\ndef once_more(number):\n    return number + 1\n"
    "print(once_more(41), sum(once_more.stats.cache_hits.values()))\n"
)


def _run(folder: Path) -> str:
    path = folder / "small.py"
    path.write_text(_CODE)
    words = {**os.environ, "XDG_CACHE_HOME": str(folder), "NUMBA_CACHE_DIR": ""}
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, env=words, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("ending", ["nbi", "nbc"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: b"",
        lambda raw: os.urandom(len(raw)),
        lambda raw: raw[:60] + b"\x00" + raw[61:90],
    ],
)
def test_a_damaged_cache_is_made_again(tmp_path: Path, ending: str, damage: Callable[[bytes], bytes]) -> None:
    assert (_run(tmp_path), _run(tmp_path)) == ("42 0", "42 1")
    hurt = list((tmp_path / "safelight" / "compiled").rglob(f"*.{ending}"))
    assert hurt
    for path in hurt:
        # Written beside and moved: a mapping of the old file must not change under anybody.
        beside = path.with_suffix(".new")
        beside.write_bytes(damage(path.read_bytes()))
        beside.replace(path)
    assert (_run(tmp_path), _run(tmp_path)) == ("42 0", "42 1")
