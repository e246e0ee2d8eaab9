"""A real case: a drawn seizure with markup in its names, texts and camera data, taken in by the command, and reviewed at the real server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")

from safelight.case.case import Case
from safelight.decode.limits import Limits
from safelight.review.schemes import load_scheme
from safelight.review.wellness import WellnessRules, load_wellness
from safelight.workbench.accounts import Accounts
from safelight.workbench.serving import Serving, serving

MARKUP = "<script>document.title='taken'</script>"
NOON = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`evidence/` and `case/`, which no test may change."""
    from safelight.demo.seizure import draw_seizure

    folder = tmp_path_factory.mktemp("workbench")
    draw_seizure(folder / "seizure", files=45, seed=5)
    evidence = folder / "seizure" / "evidence"
    texts = PngImagePlugin.PngInfo()
    texts.add_text(
        "parameters", f"a lighthouse {MARKUP}\nSteps: 20, Sampler: Euler, Seed: 7, Size: 80x60, Model: {MARKUP}"
    )
    Image.linear_gradient("L").resize((800, 600)).save(evidence / f"a {MARKUP.replace('/', '_')}.png", pnginfo=texts)
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Samsung", MARKUP
    exif.get_ifd(0x8769).update({0x829A: 0.01, 0x829D: 2.8, 0x8827: 100, 0x920A: 4.0, 0x9003: "2024:05:01 10:00:00"})
    Image.radial_gradient("L").resize((800, 600)).save(evidence / "camera.jpg", exif=exif)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAFELIGHT_")}
    environment = {**kept, "SAFELIGHT_HASHSET_STORE": str(folder / "none"), "XDG_CONFIG_HOME": str(folder / "config")}
    words = ["triage", str(evidence), "--case", str(folder / "case"), "-q", "--no-report", "--no-hashsets"]
    ended = subprocess.run(
        [sys.executable, "-m", "safelight", *words], env=environment, capture_output=True, text=True, timeout=300
    )
    assert ended.returncode in {0, 3}, ended.stderr
    return folder


@pytest.fixture
def directory(drawn: Path, tmp_path: Path) -> Path:
    """A case of the test's own; its evidence is attached."""
    return Path(shutil.copytree(drawn / "case", tmp_path / "case"))


class Session:
    """A running server and the case behind it."""

    def __init__(self, served: Serving, case: Case) -> None:
        self.url, self.case = served.url, case
        self.base = "/".join(served.url.split("/")[:3])


Open = Callable[..., "contextmanager[Session]"]


@contextmanager
def open_session(
    directory: Path, person: str = "Ada", *, scheme: str = "", rules: WellnessRules | None = None, votes: int = 1,
    now: Callable[[], datetime] = lambda: NOON, url: str | None = None, accounts: Accounts | None = None,
) -> Iterator[Session]:  # fmt: skip
    """Serves a case in threads of this process until the block ends."""
    with (
        Case.open(directory, read_only=False, url=url, actor=person) as case,
        serving(
            case, person, scheme=load_scheme(scheme), rules=rules or load_wellness(), limits=Limits(memory_bytes=2 << 30), votes=votes,
            now=now, accounts=accounts,
        ) as served,
    ):  # fmt: skip
        thread = threading.Thread(target=served.run, daemon=True)
        thread.start()
        try:
            give_up = time.monotonic() + 60
            while not served.server.started and time.monotonic() < give_up:
                time.sleep(0.01)
            assert served.server.started
            yield Session(served, case)
        finally:
            served.server.should_exit = True
            thread.join(30)
            assert not thread.is_alive()


@pytest.fixture
def session(directory: Path) -> Iterator[Session]:
    with open_session(directory) as made:
        yield made
