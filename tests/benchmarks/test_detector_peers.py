"""Other people's detectors as processes: what they answer, that they may decline or die, and what stands beside the model."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from benchmarks.detector import beside
from benchmarks.detector.corpus import Item
from benchmarks.detector.peers import __main__ as command
from benchmarks.detector.process import Process

from safelight.origin.detector.evaluation import Picture

# A package that is installed nowhere, and a program of its own that asks for paths as the peer's does.
PROGRAM = """
import sys, logging
from PIL import Image
while True:
    path = input("\\nEnter a path to an image (or 'exit' to quit): ").strip()
    if path == "exit":
        break
    picture = Image.open(path)
    if min(picture.size) < 64:
        logging.error("too small")
    else:
        print(f"\\nAI-Likelihood: {picture.getpixel((0, 0))[0] / 255}")
"""
RULES = """
from PIL import Image
class Found:
    def __init__(self, score): self.score = score
def analyze_path(path):
    print("a word of its own on standard output")
    level = Image.open(path).getpixel((0, 0))[0]
    if level == 13: raise RuntimeError("unlucky")
    if level == 66: raise SystemExit(3)
    return Found(level / 255)
"""


def _flat(level: int, side_px: int = 80) -> np.ndarray:
    return np.full((side_px, side_px, 3), level, np.uint8)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, files in {
        "prnu": {"__init__.py": "", "ai_predictor.py": PROGRAM},
        "minosse": {"__init__.py": RULES},
    }.items():
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
        (tmp_path / f"{name}-0.9.dist-info").mkdir()
        (tmp_path / f"{name}-0.9.dist-info" / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.9\n"
        )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


def test_a_program_of_its_own_is_asked_as_a_person_would_and_may_decline(installed: Path) -> None:
    peer = Process("prnu", sys.executable)
    assert peer.version == "0.9"
    assert peer(_flat(51)) == pytest.approx(0.2)
    assert np.isnan(peer(_flat(51, 32)))
    assert peer(_flat(255)) == 1.0
    assert peer.reasons == {"declined": 1}
    assert peer.cpu_s >= 0
    peer.close()


def test_what_a_peer_raises_is_no_score_and_what_it_prints_does_no_harm(installed: Path) -> None:
    peer = Process("minosse", sys.executable)
    assert peer(_flat(102)) == pytest.approx(0.4)
    assert np.isnan(peer(_flat(13)))
    assert peer.reasons == {"RuntimeError: unlucky": 1}
    assert peer(_flat(0)) == 0.0
    with pytest.raises(EOFError, match="minosse"):
        peer(_flat(66))
    peer.close()


def test_a_peer_that_is_not_there_or_does_not_answer_is_told(installed: Path) -> None:
    with pytest.raises(ValueError, match="sahu65 does not start"):
        Process("sahu65", sys.executable)
    (installed / "minosse" / "__init__.py").write_text("def analyze_path(path):\n    import time\n    time.sleep(60)\n")
    slow = Process("minosse", sys.executable, patience_s=20.0)
    slow._patience_s = 0.2
    with pytest.raises(TimeoutError, match="minosse"):
        slow(_flat(1))
    slow._process.kill()
    slow.close()


def _items(count: int = 600, path: Path = Path()) -> list[Item]:
    labels = ("generated", "photo", "photo", "art")
    return [
        Item(
            sha256=f"{number * 7919 % count:064x}", path=path, label=labels[number % 4], generator="", family=labels[number % 4],
            source=f"s{number % 11}", fold=None if number % 10 == 9 else number % 3, width_px=80, height_px=80, form="PNG",
        )
        for number in range(count)
    ]  # fmt: skip


def test_every_beginning_of_the_sample_has_all_folds_and_classes_in_their_shares() -> None:
    items = _items()
    order = command.drawn_order(items)
    assert order == command.drawn_order(items[::-1])
    tested = [item for item in items if item.fold is not None]
    assert Counter(item.sha256 for item in order) == Counter(item.sha256 for item in tested)
    whole = Counter((item.fold, item.label) for item in tested)
    for length in (60, 150, 400):
        part = Counter((item.fold, item.label) for item in order[:length])
        for stratum, count in whole.items():
            assert abs(part[stratum] - count * length / len(tested)) <= 1.5


def test_a_run_that_was_cut_short_goes_on_and_asks_nothing_twice(
    installed: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from PIL import Image

    Image.fromarray(_flat(102)).save(tmp_path / "one.png")
    items = _items(40, tmp_path / "one.png")
    monkeypatch.setattr(command, "corpus", lambda *_: items)
    asked = []
    real = Process.__call__
    monkeypatch.setattr(Process, "__call__", lambda self, pixels: asked.append(1) or real(self, pixels))
    keep = tmp_path / "peers.npz"
    for sample, wanted in ((6, 12), (10, 20), (10, 20)):
        arguments = [
            "peers",
            "m.csv",
            ".",
            "--keep",
            str(keep),
            "--peer",
            f"minosse={sys.executable}",
            "--conditions",
            "A,B",
        ]
        monkeypatch.setattr(sys, "argv", [*arguments, "--sample", str(sample)])
        assert command.main() == 0
        assert len(asked) == wanted
    (peer,) = beside.read_peers(keep, [item.sha256 for item in items])
    assert (peer.name, peer.version) == ("minosse", "0.9")
    assert peer.asked["B"].sum() == 10
    assert np.isfinite(peer.scores["B"]).sum() == 10
    assert np.isnan(peer.scores["B"][~peer.asked["B"]]).all()
    with pytest.raises(SystemExit, match="other pictures"):
        command.Kept(keep, items[1:])


def _rows(text: list[str], name: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in text if line.startswith(f"| {name} ")]


def test_a_peer_stands_beside_the_model_on_the_same_pictures_only() -> None:
    random = np.random.default_rng(0)
    count = 900
    pictures = [
        Picture(
            sha256=f"{number:064x}", label=("generated", "photo", "art")[number % 3], family=f"f{number % 3}-{number % 5}",
            source=f"s{number % 3}-{number % 7}",
            fold=number % 4, width_px=100, height_px=100,
        )
        for number in range(count)
    ]  # fmt: skip
    made = np.array([one.generated for one in pictures])
    good, controls = (
        random.normal(size=count) + 3.0 * made,
        {name: random.normal(size=count) for name in ("size", "thumbnail")},
    )
    declined = np.arange(count) % 2 == 0
    asked = np.ones(count, np.bool_)
    peers = [
        beside.Peer(
            name="knower", version="1", scores={"A": good, "B": good, "C": good}, asked=dict.fromkeys("ABC", asked), cpu_ms=np.array([5.0, 7.0])
        ),
        beside.Peer(
            name="half", version="2", scores={"B": np.where(declined, np.nan, random.normal(size=count))}, asked={"B": asked}, cpu_ms=np.zeros(0)
        ),
    ]  # fmt: skip
    text = list(beside.lines(pictures, {"A": good, "B": good}, controls, peers, draws=20))
    told = _rows(text, "knower")
    assert [row[1] for row in told[:2]] == ["A", "B"]
    assert told[1][2:4] == ["600 of 600", "300 / 300"]
    assert float(told[1][4].split()[0]) > 0.95
    assert told[1][4] == told[1][7]
    half = _rows(text, "half")
    assert half[0][2:4] == ["300 of 600", "150 / 150"]
    assert float(half[0][4].split()[0]) < 0.62
    assert float(half[0][7].split()[0]) > 0.95
    assert half[1][3:5] == ["-", "-"]
    (chance,) = _rows(text, "random order")
    assert [float(cell.split()[0]) for cell in chance[1:]] == [0.5, 0.5, 0.1, 0.25, 0.5]
    order = {name: float(_rows(text, name)[-1][2].split()[0]) for name in ("the model", "knower", "half")}
    assert order["the model"] == order["knower"] > 0.9
    assert abs(order["half"] - 0.5) < 0.1
