"""What is packed is what was learned, from the pixels of the product to the score. Training's own environment has what this takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.detector.corpus import Item
from PIL import Image

from safelight.origin.detector.card import read_card
from safelight.origin.detector.figures import auc
from safelight.origin.detector.network import Network, digest_of
from safelight.origin.detector.views import Preprocessing, tensor, views

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from training.features import Traces  # noqa: E402
from training.order import FAR, WANTED, Head, head  # noqa: E402
from training.pack import written  # noqa: E402

SIZES = ((16, 16), (1, 300), (90, 100), (128, 128), (300, 520), (1300, 1500), (2400, 3200))


def drawn(height: int, width: int, grey: bool = False) -> np.ndarray:
    random = np.random.default_rng(height)
    coarse = random.integers(0, 256, (max(1, height // 9), max(1, width // 9), 3), np.uint8)
    pixels = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    noisy = np.clip(pixels + random.integers(-8, 9, pixels.shape), 0, 255).astype(np.uint8)
    return np.repeat(noisy[:, :, :1], 3, axis=2) if grey else noisy


WIDTH = 806


def seen(pixels: np.ndarray, wanted: Preprocessing = WANTED) -> np.ndarray:
    """The traces as training has them, by torch, of the tensor that the product makes."""
    with torch.no_grad():
        return np.asarray(Traces()(torch.from_numpy(tensor(views(pixels, wanted), wanted)))[0].numpy())


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.stack([seen(drawn(*size, grey)) for size in SIZES for grey in (False, True)])


def test_the_packed_file_gives_the_score_of_the_head(rows: np.ndarray, tmp_path: Path) -> None:
    weight = np.random.default_rng(0).normal(0, 0.1, WIDTH).astype(np.float32)
    one = Head(mean=rows.mean(0), spread=rows.std(0) + 1e-6, weight=weight, bias=0.3)
    model = written(one, tmp_path / "first")
    card = read_card(tmp_path / "first" / "card.toml")
    assert card.only_orders
    network, said = Network(model, card), []
    for size in SIZES:
        for grey in (False, True):
            pixels = drawn(*size, grey)
            said.append(network.score(pixels))
            assert said[-1] == pytest.approx(one.scores(seen(pixels, card.preprocessing)[None])[0], abs=1e-3), size
    assert np.std(said) > 0.1
    again = written(one, tmp_path / "again")
    for name in ("model.onnx", "card.toml", "pinned.json"):
        assert digest_of(again.parent / name) == digest_of(model.parent / name)


def test_the_same_pictures_give_the_same_head_and_it_has_learned(rows: np.ndarray) -> None:
    random = np.random.default_rng(1)
    count = 240
    items = [
        Item(
            sha256=f"{one:064x}", path=Path("none"), label="generated" if one % 2 else "photo", generator="sdxl",
            family="sdxl" if one % 2 else "photo", source=f"source-{one % 8}", fold=0, width_px=100, height_px=100, form="PNG",
        )
        for one in range(count)
    ]  # fmt: skip
    made_up = np.array([item.generated for item in items])
    traces = rows.mean(0) + random.normal(0, 0.01, (count, WIDTH)).astype(np.float32)
    traces[:, :20] += 0.01 * made_up[:, None]
    made = {
        "sizes": random.integers(90, 110, (count, 2)), "thumbnails": random.integers(0, 256, (count, 48, 48, 3), np.uint8),
        "B": traces, "R": traces + random.normal(0, 0.002, traces.shape).astype(np.float32),
    }  # fmt: skip
    learn = np.arange(count)
    first, second = (head(made, items, learn) for _ in range(2))
    assert np.array_equal(first.weight, second.weight)
    assert first.bias == second.bias
    assert auc(first.scores(traces), made_up) > 0.9
    assert np.abs(first.scores(traces * 1e6)).max() <= FAR * np.abs(first.weight).sum() + abs(first.bias) + 1e-3
