"""PDQ against a plain reference of our own, and against the public programs where they are at hand."""

from __future__ import annotations

import io
import os
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image
from tests.fingerprint.drawing import picture
from tests.fingerprint.reference_pdq import distance, reference_pdq

from safelight.decode.decoders import oriented
from safelight.fingerprint.pdq import PdqTransform, View, transform, transforms
from safelight.fingerprint.sampling import Sampling, bands

FULL, NEAREST = View(), View(nearest512=True)
SIZES = (
    (64, 64), (65, 127), (128, 128), (129, 257), (320, 240), (511, 513), (512, 512), (513, 512), (700, 300),
    (90, 1400), (1600, 70), (1023, 767), (1037, 1511),
)  # fmt: skip


def views(pixels: NDArray[np.uint8], *wanted: View) -> tuple[PdqTransform, ...]:
    return transforms(pixels, pixels.shape[1], pixels.shape[0], wanted)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_variants_are_those_of_the_reference(width: int, height: int) -> None:
    for seed in (width, height + 1):
        pixels = picture(width, height, seed)
        full, nearest = views(pixels, FULL, NEAREST)
        assert (full.hash().hash, full.hash().quality) == reference_pdq(pixels)
        assert (nearest.hash().hash, nearest.hash().quality) == reference_pdq(pixels, nearest512=True)
        assert transform(pixels, width, height).hash() == full.hash()
        assert transform(pixels, width, height, nearest512=True).hash() == nearest.hash()


def test_the_variants_differ_only_above_512_pixels() -> None:
    for width, height in ((512, 512), (300, 512), (513, 512), (200, 1500)):
        full, nearest = views(picture(width, height, 5, grain=12), FULL, NEAREST)
        assert (full.hash() == nearest.hash()) == (max(width, height) <= 512)


def test_grey_and_a_fourth_channel() -> None:
    pixels = picture(400, 333)
    grey = pixels[:, :, 1].copy()
    assert views(grey, FULL)[0].hash().hash == reference_pdq(grey)[0]
    assert views(np.dstack([grey, grey, grey]), FULL)[0].hash() == views(grey, FULL)[0].hash()
    alpha = np.random.default_rng(2).integers(0, 256, grey.shape, dtype=np.uint8)
    assert views(np.dstack([pixels, alpha]), FULL, NEAREST)[1].hash() == views(pixels, FULL)[0].hash()


@settings(max_examples=40, deadline=None)
@given(st.integers(64, 420), st.integers(64, 420), st.integers(0, 1000))
def test_any_size_hashes_as_the_reference(width: int, height: int, seed: int) -> None:
    pixels = picture(width, height, seed)
    found = views(pixels, FULL)[0].hash()
    hash_, quality = reference_pdq(pixels)
    assert found.quality == quality
    # One pair of coefficients may lie so near the median that the order of summing decides.
    assert quality < 50 or distance(found.hash, hash_) <= 2


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 90).flatmap(
        lambda height: st.integers(1, 90).flatmap(lambda width: arrays(np.uint8, (height, width, 3)))
    ),
    st.integers(1, 8),
)
def test_whatever_the_pixels_a_hash_has_64_digits_and_a_quality(pixels: NDArray[np.uint8], orientation: int) -> None:
    wanted = (FULL, NEAREST, View(orientation=orientation))
    first, again = views(pixels, *wanted), views(pixels, *wanted)
    for one, other in zip(first, again, strict=True):
        assert re.fullmatch("[0-9a-f]{64}", one.hash().hash)
        assert 0 <= one.hash().quality <= 100
        assert one.hash() == other.hash()
        assert one.dihedral()[0] == one.hash().hash
        assert len(one.dihedral()) == 8


@pytest.mark.parametrize("value", [0, 1, 127, 255])
def test_flat_pictures_have_quality_0(value: int) -> None:
    for width, height in ((5, 5), (64, 64), (640, 480), (3000, 9)):
        for shape in ((height, width), (height, width, 3)):
            pixels = np.full(shape, value, np.uint8)
            assert [each.quality for each in views(pixels, FULL, NEAREST)] == [0, 0]
            assert not views(pixels, FULL)[0].hash().matchable


def test_under_five_pixels_nothing_is_hashed() -> None:
    for shape in ((4, 900), (900, 4), (1, 1), (4, 4)):
        for made in views(picture(shape[1], shape[0]), FULL, NEAREST, View(orientation=6)):
            assert made.hash().hash == "0" * 64
            assert made.hash().quality == 0
            assert reference_pdq(picture(shape[1], shape[0])) == ("0" * 64, 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_view_is_that_of_the_turned_pixels(orientation: int) -> None:
    for width, height in ((301, 200), (640, 999), (64, 700)):
        pixels = picture(width, height, orientation)
        turned = np.ascontiguousarray(oriented(pixels, orientation))
        full, nearest, shown, shown_nearest = views(
            pixels, FULL, NEAREST, View(orientation=orientation), View(nearest512=True, orientation=orientation)
        )
        assert (shown.hash().hash, shown.hash().quality) == reference_pdq(turned)
        assert shown_nearest.hash().hash == reference_pdq(turned, nearest512=True)[0]
        assert (full.hash(), nearest.hash()) == tuple(each.hash() for each in views(pixels, FULL, NEAREST))


def test_dihedral_hashes_are_near_those_of_turned_pixels() -> None:
    turns = (
        lambda pixels: pixels, np.rot90, lambda pixels: np.rot90(pixels, 2), lambda pixels: np.rot90(pixels, 3),
        np.flipud, np.fliplr, lambda pixels: pixels.swapaxes(0, 1), lambda pixels: np.rot90(pixels, 2).swapaxes(0, 1),
    )  # fmt: skip
    for width, height in ((512, 512), (1280, 960), (1001, 667)):
        pixels = picture(width, height, width)
        hashes = views(pixels, FULL)[0].dihedral()
        for number, turn in enumerate(turns):
            really = reference_pdq(np.ascontiguousarray(turn(pixels)))[0]
            distances = [distance(one, really) for one in hashes]
            assert distances.index(min(distances)) == number
            assert distances[number] <= 20


def test_a_scaled_picture_hashes_almost_as_the_whole() -> None:
    for scale, (width, height) in ((2, (1533, 1029)), (4, (2050, 1999)), (8, (2303, 2101))):
        pixels = picture(width, height, scale, grain=2)
        rows, columns = -(-height // scale), -(-width // scale)
        padded = np.pad(pixels, ((0, rows * scale - height), (0, columns * scale - width), (0, 0)), mode="edge")
        means = padded.reshape(rows, scale, columns, scale, 3).mean(axis=(1, 3)).round().astype(np.uint8)
        (scaled,) = transforms(means, width, height, (FULL,))
        assert distance(scaled.hash().hash, reference_pdq(pixels)[0]) <= 4


def test_a_picture_of_a_few_very_long_rows_takes_little_memory() -> None:
    for shape in ((6, 2_000_000), (2_000_000, 6)):
        pixels = np.zeros(shape, np.uint8)
        pixels[: shape[0] // 2, : shape[1] // 2] = 200
        tracemalloc.start()
        views(pixels, FULL, NEAREST, View(orientation=5))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 150e6


def test_strips_do_not_change_the_hash() -> None:
    wide = picture(3000, 80, 6)
    pixels = np.repeat(wide, 12, axis=1)
    assert views(pixels, FULL)[0].hash().hash == reference_pdq(pixels)[0]


@given(st.integers(5, 3000), st.integers(1, 8), st.booleans(), st.booleans(), st.sampled_from([1, 2, 4, 8]))
@settings(max_examples=60, deadline=None)
def test_weights_sum_to_one_over_pixels_that_there_are(
    full_px: int, scale: int, nearest512: bool, mirrored: bool, group: int
) -> None:
    scaled_px = -(-full_px // scale)
    made = bands(full_px, scaled_px, (Sampling(False, False), Sampling(nearest512, mirrored)), group)
    assert len(made) == 64 // group
    for start, stop, weights in made:
        assert 0 <= start < stop <= scaled_px
        assert weights.shape == (2 * group, stop - start)
        assert (weights > -1e-7).all()
        assert np.allclose(weights.sum(axis=1), 1, atol=1e-5)


def test_bits_that_noise_would_change() -> None:
    made = views(picture(512, 512), FULL)[0]
    expected = [made.bits_changed_by(noise) for noise in (0.0, 0.1, 1.0, 10.0, 1e9)]
    assert expected[0] == 0
    assert expected == sorted(expected)
    assert expected[-1] == pytest.approx(128, abs=1)
    # Against real noise: coefficients are shaken and the bits counted.
    random = np.random.default_rng(1)
    for noise in (1.0, 4.0):
        changed = [
            distance(
                PdqTransform(made.coefficients + random.normal(0, noise, (16, 16)).astype(np.float32), 100).hash().hash,
                made.hash().hash,
            )
            for _ in range(300)
        ]
        assert made.bits_changed_by(noise) == pytest.approx(float(np.mean(changed)), rel=0.3)


# The public programs


def test_pdqhash_agrees() -> None:
    pdqhash = pytest.importorskip("pdqhash", reason="pdqhash is not installed (it is compiled on the spot)")
    for seed, (width, height) in enumerate(SIZES):
        pixels = picture(width, height, seed)
        made = views(pixels, FULL)[0]
        bits, quality = pdqhash.compute(pixels)
        assert (_hex(bits), quality) == (made.hash().hash, made.hash().quality)
        eight, _ = pdqhash.compute_dihedral(pixels)
        assert tuple(_hex(one) for one in eight) == made.dihedral()


@pytest.mark.shared
def test_the_reference_agrees_on_real_pictures(shared: Path) -> None:
    """A sample of the corpus; `pdqhash` too where it is installed."""
    try:
        import pdqhash
    except ImportError:
        pdqhash = None
    checked = 0
    for path in sorted((shared / "corpus" / "files").rglob("*.png"))[::16]:
        image = Image.open(path)
        if image.mode != "RGB" or image.width * image.height > 1_200_000:
            continue
        pixels = np.asarray(image)
        full, nearest = views(pixels, FULL, NEAREST)
        if not full.hash().matchable:
            continue
        assert (full.hash().hash, full.hash().quality) == reference_pdq(pixels)
        assert nearest.hash().hash == reference_pdq(pixels, nearest512=True)[0]
        assert pdqhash is None or _hex(pdqhash.compute(pixels)[0]) == full.hash().hash
        checked += 1
    assert checked >= 10


# Hashes that facebook/ThreatExchange publishes for pictures of its repository: those of its C++ program (pdq/wasm/test/TestData) and
# those of `pdqhash` (python-threatexchange, examples of PdqSignal and tests of pdq_hasher). The pictures are not ours to ship.
PUBLISHED = {
    "pdq/data/bridge-mods/aaa-orig.jpg": (
        "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22",
        "d8f8f0cee0f4a84f0637022a078f67f0b36e2ed596621e1d33e6339c4e9c9b22",
    ),
    "pdq/data/bridge-mods/shrink-a-lot.jpg": (
        "d0f8f1ccc0f4a84d0a370a3a228f67f0b36e2ed5b6623e1d33e6339c4e9c9b22",
        "d0f8f1ccc0f4a84d0a370a3a228f67f0b36e2ed5b6623e1d33e6339c4e9c9b22",
    ),
    "pdq/data/bridge-mods/square-512x512.jpg": (
        "d8f8f0cec0f4a84f0637022a278f67f0b36e2ed596621e1d33e6339c4e9c9b22",
        "d8f8f0cec0f4a84f0637022a278f67f0b36e2ed596621e1d33e6339c4e9c9b22",
    ),
    "pdq/data/misc-images/c.png": (
        "e64cc9d91c623882f8d1f1d9a398e78c9f199b3bd83924f2b7e11e0bf861b064",
        "e4cc89d91c623842f8d1f1d9a398e78c9f199a3bf87925f2b7e11e0bf061b064",
    ),
    "pdq/data/misc-images/wee.jpg": (
        "6227401f601ff4ccafcc9fad4b0d95d371a2eb7265a3285234d228ca94deeb2d",
        "6227401f601ff4ccafcc9fad4b0d95d371a2eb7265a3285234d228ca94deeb2d",
    ),
}


@pytest.mark.parametrize("path", PUBLISHED)
def test_published_hashes(path: str) -> None:
    folder = os.environ.get("SAFELIGHT_TEST_THREATEXCHANGE")
    if not folder:
        pytest.skip("set SAFELIGHT_TEST_THREATEXCHANGE to a checkout of facebook/ThreatExchange")
    pixels = np.asarray(Image.open(io.BytesIO((Path(folder) / path).read_bytes())).convert("RGB"))
    assert tuple(made.hash().hash for made in views(pixels, FULL, NEAREST)) == PUBLISHED[path]


def _hex(bits: NDArray[np.int64]) -> str:
    return f"{int(''.join(str(int(bit)) for bit in bits), 2):064x}"
