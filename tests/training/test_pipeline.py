"""What training reads is what the product looks at."""

from __future__ import annotations

import csv
import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.detector.corpus import corpus
from PIL import Image
from training.__main__ import card, steps
from training.cached import Cache
from training.saving import crop_for_training, frame_for_training, middle

from safelight.origin.detector.conditions import cropped, drawn
from safelight.origin.detector.views import Preprocessing, crop_corners, frame_view, shrunk, tensor, views
from training import cache as command

SIDES = ((400, 400), (300, 520), (120, 140), (1500, 1300))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("corpus")
    random = np.random.default_rng(0)
    rows = []
    for number, (height, width) in enumerate(SIDES):
        path = root / f"{number}.png"
        Image.fromarray(random.integers(0, 256, (height, width, 3), np.uint8)).save(path)
        rows.append(
            {
                "file": path.name, "label": "generated" if number % 2 else "photo", "generator": "sdxl", "source": f"s{number}",
                "source_path": path.name, "width": width, "height": height, "format": "PNG",
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
        )  # fmt: skip
    with (root / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return root


def test_a_crop_of_training_is_the_tensor_that_the_product_makes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["cache", str(folder / "manifest.csv"), str(folder / "cache"), str(folder)])
    assert command.main() == 0
    cache = Cache(folder / "cache")
    assert [item.sha256 for item in cache.items] == [item.sha256 for item in corpus(folder / "manifest.csv", folder)]
    wanted = Preprocessing(side_px=128, crops=1, frame=False, longest_px=1024)
    same = 0
    for number, item in enumerate(cache.items):
        pixels = command.decoded(item.path)
        assert pixels is not None
        assert cache.full[number].tolist() == list(pixels.shape[:2])
        shown = cropped(pixels, drawn(item.sha256, "crop"))
        piece = np.asarray(cache.piece(number, 1))
        if min(shrunk(shown, 1024).shape[:2]) < 128:
            continue
        ours = middle(piece, 128)
        product = views(shown, wanted)[0]
        # The middle of the middle: rounding of an odd rest can move it by a pixel.
        shifted = [product, *(np.roll(product, step, axis) for step in (-1, 1) for axis in (0, 1))]
        assert any(np.array_equal(ours[1:-1, 1:-1], one[1:-1, 1:-1]) for one in shifted)
        if np.array_equal(ours, product):
            assert np.array_equal(tensor(ours[None], wanted), tensor(views(shown, wanted), wanted))
            same += 1
    assert same >= 2


@pytest.mark.parametrize("size", [(288, 288), (288, 150), (97, 288), (40, 40)])
def test_random_saving_gives_the_asked_size_and_can_be_had_again(size: tuple[int, int]) -> None:
    piece = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    for seed in range(6):
        first, second = (crop_for_training(piece, 128, np.random.default_rng(seed)) for _ in range(2))
        assert first.shape == (128, 128, 3)
        assert np.array_equal(first, second)
    assert frame_for_training(np.zeros((288, 288, 3), np.uint8), 128, np.random.default_rng(0)).shape == (128, 128, 3)


@pytest.mark.parametrize("size", [(700, 1300), (1500, 1300), (140, 900), (128, 128)])
def test_both_views_of_training_are_those_of_the_product(size: tuple[int, int]) -> None:
    """The middle crop number by number; the frame, which is cached larger and shrunk once more, but for the rounding of that."""
    height, width = size
    coarse = np.random.default_rng(3).integers(0, 256, (height // 10, width // 10, 3), np.uint8)
    pixels = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    wanted = Preprocessing(side_px=128, crops=1, longest_px=1024)
    product = tensor(views(pixels, wanted), wanted)
    small = shrunk(pixels, command.LONGEST_PX)
    (top, left), *_ = crop_corners(*small.shape[:2], command.SIDE_PX, 1)
    piece = middle(small[top : top + command.SIDE_PX, left : left + command.SIDE_PX], 128)
    ours = tensor(piece[None], wanted)[0]
    # The middle of the middle: rounding of an odd rest can move it by a pixel.
    shifted = [np.roll(ours, (down, across), (1, 2)) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    assert any(np.array_equal(product[1][:, 1:-1, 1:-1], one[:, 1:-1, 1:-1]) for one in shifted)
    frame = tensor(frame_view(frame_view(small, command.SIDE_PX), 128)[None], wanted)
    assert np.abs(frame - product[:1]).mean() < 0.02 * product.std()


def test_everything_behind_the_card_is_made_once_and_in_order(tmp_path: Path) -> None:
    manifest, work, page = tmp_path / "m.csv", tmp_path / "work", tmp_path / "card.md"
    work.mkdir()
    first = list(steps(manifest, work, [tmp_path], ["minosse=python3"], 50))
    assert [step[0] for step in first] == [
        "training.cache", "training.features", "training.extract", "training.order", "training.pack", "benchmarks.detector.peers",
    ]  # fmt: skip
    for step in first:
        source = Path(*step[0].split("."))
        file = source / "__main__.py" if source.is_dir() else source.with_suffix(".py")
        text = (Path(__file__).parents[2] / file).read_text()
        assert all(f'"{word}"' in text for word in step if word.startswith("--")), step
    for name in ("items.json", "features.onnx", "scores.npz", *(f"features-{one}.npy" for one in "AB")):
        (work / name).touch()
    extract, pack = steps(manifest, work, [tmp_path], [], 50)
    assert extract == ["training.extract", str(work), str(work / "features.onnx"), "--conditions", "C,R"]
    assert pack == ["training.pack", str(work), str(work / "shipped")]
    assert "--peers" not in card(manifest, work, [tmp_path], page)
    (work / "peers.npz").touch()
    assert "--peers" in card(manifest, work, [tmp_path], page)
