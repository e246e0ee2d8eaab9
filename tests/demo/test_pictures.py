"""Single drawn pictures: they decode, carry what they say, and copies of them stay alike to a perceptual hash."""

from __future__ import annotations

import io
import json

import numpy as np
import pi_heif
import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from safelight.demo.pictures import COPIES, PICTURES, Brush, Made, draw_copy, draw_picture
from safelight.demo.prompts import draw_recipe
from safelight.demo.scenes import SUBJECTS, draw_scene
from safelight.fingerprint.pdq import transform


def _made(kind: str, number: int, **options: int) -> Made:
    return draw_picture(kind, Brush(np.random.default_rng([9, number]), draw_recipe(9, 1, number), **options))


def _opened(data: bytes) -> Image.Image:
    if data[4:12] == b"ftypheic":
        return pi_heif.open_heif(io.BytesIO(data)).to_pillow()
    return Image.open(io.BytesIO(data))


def _bits(picture: Image.Image) -> tuple[np.ndarray, int]:
    pixels = np.asarray(picture.convert("RGB"))
    found = transform(pixels, pixels.shape[1], pixels.shape[0]).hash()
    return np.unpackbits(np.frombuffer(bytes.fromhex(found.hash), np.uint8)), found.quality


@pytest.mark.parametrize("kind", PICTURES)
def test_every_kind_decodes_and_is_the_same_again(kind: str) -> None:
    made = _made(kind, 1)
    assert made.data == _made(kind, 1).data
    assert made.data != _made(kind, 2).data
    picture = _opened(made.data)
    picture.load()
    assert min(picture.size) >= 150


@pytest.mark.parametrize("kind", ["camera", "a1111", "stripped"])
def test_a_wanted_size_is_kept(kind: str) -> None:
    assert max(_opened(_made(kind, 3, long_side_px=360).data).size) == 360


def test_marks_are_in_the_files() -> None:
    camera = _opened(_made("camera", 4).data).getexif()
    assert camera[Base.Make] and camera[Base.Model]
    assert camera.get_ifd(IFD.Exif)[Base.ISOSpeedRatings] >= 100
    a1111 = _opened(_made("a1111", 4).data)
    recipe = draw_recipe(9, 1, 4)
    assert a1111.info["parameters"].startswith(recipe.prompt)  # type: ignore[union-attr]
    assert f"Seed: {recipe.seed}," in a1111.info["parameters"]  # type: ignore[operator]
    comfyui = _opened(_made("comfyui", 4).data)
    graph = json.loads(comfyui.info["prompt"])  # type: ignore[arg-type]
    assert graph["3"]["inputs"]["seed"] == recipe.seed
    assert graph[graph["3"]["inputs"]["positive"][0]]["inputs"]["text"] == recipe.prompt
    workflow = json.loads(comfyui.info["workflow"])  # type: ignore[arg-type]
    assert {node["type"] for node in workflow["nodes"]} == {node["class_type"] for node in graph.values()}
    comment = _opened(_made("webp", 4).data).getexif().get_ifd(IFD.Exif)[Base.UserComment]
    assert comment.startswith(b"UNICODE\0") and recipe.prompt in comment[8:].decode("utf-16-be")
    stripped = _opened(_made("stripped", 4).data)
    assert not stripped.getexif() and "comment" not in stripped.info


@pytest.mark.parametrize("how", COPIES)
def test_copies_stay_within_the_distance_that_matches(how: str) -> None:
    distances = []
    for number in range(8):
        source = _made("camera", 20 + number, long_side_px=1024).data
        before, quality = _bits(_opened(source))
        if quality < 50:
            continue
        copy = draw_copy(how, Brush(np.random.default_rng([3, number]), draw_recipe(9, 2, number)), source)
        assert copy.data != source
        distances.append(int((_bits(_opened(copy.data))[0] != before).sum()))
    assert len(distances) >= 4
    assert sorted(distances)[len(distances) // 2] <= 31


def test_different_scenes_are_not_alike() -> None:
    hashes = [_bits(draw_scene(np.random.default_rng([5, number]), 512, 384))[0] for number in range(40)]
    distances = [int((a != b).sum()) for place, a in enumerate(hashes) for b in hashes[:place]]
    assert min(distances) > 31


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("size", [(16, 16), (300, 40), (640, 480)])
def test_every_subject_is_drawn_at_every_size(subject: str, size: tuple[int, int]) -> None:
    picture = draw_scene(np.random.default_rng(1), *size, subject)
    assert picture.size == size and picture.mode == "RGB"
    assert np.asarray(picture).std() > 3
