"""Text hidden in the lowest bits of the pixels."""

from __future__ import annotations

import gzip
import io
import os
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from tests.decode.containers.mutation import mutated
from tests.decode.containers.samples import png_chunk

from safelight.decode.containers.edge import left_edge
from safelight.decode.content import Content
from safelight.decode.limits import Limits
from safelight.decode.stored import stored_pixels
from safelight.origin.stealth import SIGNATURES, StealthText, can_hide, hidden_in, hidden_text

TEXT = "a lighthouse on a cliff テスト\nSteps: 20, Sampler: Euler, Seed: 7"


def landscape(width: int, height: int, channels: int = 4) -> NDArray[np.uint8]:
    """Hills and noise, opaque."""
    noise = np.random.default_rng(7).integers(0, 256, (height, width, channels), dtype=np.uint8)
    noise[:, :, :3] //= 4
    noise[:, :, :3] += (np.arange(width, dtype=np.uint8) // 2)[None, :, None]
    if channels == 4:
        noise[:, :, 3] = 255
    return noise


def payload(signature: str, text: str) -> bytes:
    held = text.encode()
    if signature.endswith("comp"):
        held = gzip.compress(held, mtime=0)
    return signature.encode() + struct.pack(">I", 8 * len(held)) + held


def hide(pixels: NDArray[np.uint8], held: bytes, *, alpha: bool) -> NDArray[np.uint8]:
    """The way of the web UI: bit by bit, x in the outer loop, y in the inner one."""
    bits = iter("".join(f"{byte:08b}" for byte in held))
    out = pixels.copy()
    height, width, _ = out.shape
    for x in range(width):
        for y in range(height):
            for channel in (3,) if alpha else (0, 1, 2):
                bit = next(bits, None)
                if bit is None:
                    return out
                out[y, x, channel] = out[y, x, channel] & 0xFE | int(bit)
    assert next(bits, None) is None, "the picture is too small"
    return out


def saved(pixels: NDArray[np.uint8], kind: str = "PNG", **options: object) -> bytes:
    into = io.BytesIO()
    Image.fromarray(pixels).save(into, kind, **options)
    return into.getvalue()


def content(data: bytes, limits: Limits | None = None) -> Content:
    return Content(data, len(data), limits or Limits())


@pytest.mark.parametrize("signature", SIGNATURES)
@pytest.mark.parametrize("size", [(200, 160), (300, 40), (400, 7), (2000, 1), (20, 500)])
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_every_signature_in_pictures_of_every_shape(signature: str, size: tuple[int, int], kind: str) -> None:
    alpha = "png" in signature
    pixels = hide(landscape(*size), payload(signature, TEXT), alpha=alpha)
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    found = hidden_text(content(saved(pixels, kind, **options)))
    assert found is not None
    assert (found.key, found.text, found.trouble) == (signature, TEXT, "")
    channels = "alpha" if alpha else "red, green and blue"
    assert found.where.startswith(f"lowest bits of {channels}, {8 * (len(payload(signature, TEXT)) - 19)} bits")


def test_colours_without_alpha_and_alpha_beside_lossy_colours() -> None:
    held = payload("stealth_rgbinfo", TEXT)
    assert hidden_text(content(saved(hide(landscape(100, 90, 3), held, alpha=False)))) == StealthText(
        "stealth_rgbinfo",
        TEXT,
        f"lowest bits of red, green and blue, {8 * len(TEXT.encode())} bits down the columns from the upper left corner on",
    )
    held = payload("stealth_pngcomp", TEXT)
    lossy = hidden_text(content(saved(hide(landscape(100, 90), held, alpha=True), "WEBP", quality=60)))
    assert lossy is not None
    assert lossy.text == TEXT


def test_grey_with_alpha_and_interlaced() -> None:
    held = payload("stealth_pnginfo", TEXT)
    pixels = hide(landscape(100, 90), held, alpha=True)
    grey = Image.fromarray(pixels).convert("LA")
    into = io.BytesIO()
    grey.save(into, "PNG")
    found = hidden_text(content(into.getvalue()))
    assert found is not None
    assert found.text == TEXT
    interlaced = bytearray(saved(pixels))
    interlaced[28] = 1
    assert can_hide(bytes(interlaced))  # such a picture has to be decoded to know


@given(
    st.integers(1, 40), st.integers(1, 300), st.sampled_from([2, 3, 4]), st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 4), min_size=1, max_size=8), st.integers(1, 5000),
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_the_left_edge_is_that_of_the_decoder(
    width: int, height: int, channels: int, seed: int, filters: list[int], chunk_bytes: int
) -> None:
    # The rows are noise whatever their filter says, so that every filter meets every value.
    noise = np.random.default_rng(seed).integers(0, 256, (height, 1 + width * channels), dtype=np.uint8)
    noise[:, 0] = [filters[row % len(filters)] for row in range(height)]
    colour = {2: 4, 3: 2, 4: 6}[channels]
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    packed = zlib.compress(noise.tobytes(), 1)
    parts = [png_chunk(b"IDAT", packed[at : at + chunk_bytes]) for at in range(0, len(packed), chunk_bytes)]
    data = b"\x89PNG\r\n\x1a\n" + head + b"".join(parts) + png_chunk(b"IEND", b"")
    edge = left_edge(data)
    assert edge is not None
    decoded = np.asarray(Image.open(io.BytesIO(data)))
    assert list(edge) == [decoded[row, 0].tobytes() for row in range(height)]


@given(st.binary(max_size=400), st.integers(0, 2))
def test_the_edge_of_any_bytes_ends(data: bytes, kind: int) -> None:
    head = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 9, 8, 6, 0, 0, 0))
    held = (data, png_chunk(b"IDAT", data), png_chunk(b"IDAT", zlib.compress(data)))[kind]
    edge = left_edge(head + held)
    assert edge is not None
    assert len(list(edge)) <= 9


def test_pictures_without_a_text_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr("safelight.origin.stealth.stored_pixels", refuse)
    for channels in (3, 4):
        assert hidden_text(content(saved(landscape(300, 200, channels)))) is None
    for plain in (landscape(300, 200)[:, :, 0], (landscape(300, 200)[:, :, 0] > 9)):
        assert hidden_text(content(saved(plain))) is None
    assert hidden_text(content(saved(landscape(300, 200, 3), "WEBP", quality=90))) is None
    assert hidden_text(content(saved(landscape(300, 200, 3), "JPEG"))) is None


def test_a_signature_must_be_whole_and_in_its_own_channels() -> None:
    for signature, alpha in (("stealth_pnginfo", False), ("stealth_rgbinfo", True), ("stealth_pnginfp", True)):
        pixels = hide(landscape(100, 90), payload(signature, TEXT), alpha=alpha)
        assert hidden_in(pixels) is None
        assert hidden_text(content(saved(pixels))) is None
    assert hidden_in(landscape(3, 3)) is None


def test_lengths_that_cannot_be_and_damage_keep_what_can_be_read() -> None:
    plain = b"stealth_pnginfo" + struct.pack(">I", 0xFFFFFFFF) + b"a text"
    found = hidden_in(hide(np.zeros((20, 30, 4), np.uint8), plain, alpha=True))
    assert found is not None
    assert found.text.startswith("a text")
    assert found.trouble == "it states 4294967295 bits, more than the 448 that the picture holds"
    packed = gzip.compress(TEXT.encode() * 50, mtime=0)
    for held, trouble in (
        (packed[:-20], "its compressed data end too early"),
        (b"no gzip" + packed, "it cannot be decompressed (Error -3 while decompressing data: incorrect header check)"),
    ):
        whole = b"stealth_pngcomp" + struct.pack(">I", 8 * len(held)) + held
        found = hidden_in(hide(landscape(100, 90), whole, alpha=True))
        assert found is not None
        assert found.trouble == trouble
    assert found.text == ""
    # What follows the text (NovelAI puts error correction there) is not part of it.
    found = hidden_in(hide(landscape(100, 90), payload("stealth_pngcomp", TEXT) + b"\0\0\0\x10xy", alpha=True))
    assert found is not None
    assert (found.text, found.trouble) == (TEXT, "")


def test_a_bomb_is_bounded() -> None:
    held = gzip.compress(bytes(100 << 20), mtime=0)
    whole = b"stealth_pngcomp" + struct.pack(">I", 8 * len(held)) + held
    bits = np.unpackbits(np.frombuffer(whole, np.uint8))
    pixels = np.zeros((1000, 1000, 4), np.uint8)
    pixels[:, :, 3] = np.resize(bits, 1_000_000).reshape(1000, 1000).T
    found = hidden_in(pixels)
    assert found is not None
    assert len(found.text) == 16 << 20
    assert found.trouble.startswith("it decompresses to more than")


def test_what_cannot_be_looked_at_is_told() -> None:
    data = saved(hide(landscape(100, 90), payload("stealth_pnginfo", TEXT), alpha=True))
    found = hidden_text(content(data, Limits(pixels=1000)))
    assert found == StealthText("", "", "lowest bits of the pixels", "the pixels cannot be decoded")
    head = struct.pack("<I", 0x3FFF << 14 | 0x3FFF)
    huge = b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8L" + struct.pack("<I", 18) + b"\x2f" + head + bytes(13)
    found = hidden_text(content(huge))
    assert found is not None
    assert (found.key, found.text) == ("", "")
    assert found.trouble.startswith("the picture has 268435456 pixels, more than")
    assert stored_pixels(content(b"\x89PNG\r\n\x1a\n" + bytes(50))) is None
    assert stored_pixels(content(saved(landscape(9, 9, 3), "JPEG"))) is None


def test_mutants_never_raise() -> None:
    chance = random.Random(7)
    pixels = hide(landscape(40, 130), payload("stealth_pngcomp", TEXT), alpha=True)
    for data in (saved(pixels), saved(pixels, "WEBP", lossless=True, exact=True)):
        for _ in range(1500):
            found = hidden_text(content(mutated(data, chance)))
            assert found is None or found.key in {*SIGNATURES, ""}


@pytest.mark.shared
def test_real_files(shared: Path) -> None:
    found = {}
    for folder in sorted((shared / "carriers" / "files").iterdir()):
        for path in sorted(folder.iterdir()):
            text = hidden_text(content(path.read_bytes()))
            if text is not None:
                assert text.trouble == "", path
                found.setdefault(folder.name, []).append(text)
    assert set(found) == {
        "a1111-stealth-alpha",
        "forge-stealth-transplant",
        "novelai-stealth-transplant",
        "novelai-png-transplant",
        "synth-stealth",
    }
    for name, texts in found.items():
        assert all(('"Comment"' if "novelai" in name else "Steps: ") in text.text for text in texts)


@pytest.mark.shared
def test_no_photograph_and_no_plain_picture_hides_any(shared: Path) -> None:
    for top, _, names in os.walk(shared / "corpus" / "files"):
        for name in names:
            data = Path(top, name).read_bytes()
            assert hidden_text(content(data)) is None, name


def test_bytes_behind_the_end_of_the_picture_data_and_rows_without_end() -> None:
    """The first once was read for ever; the second would be inflated into memory row by row."""
    head = b"\x89PNG\r\n\x1a\n"
    rows = (b"\0" + bytes((8, 8, 8, 255)) * 96) * 64
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 96, 64, 8, 6, 0, 0, 0))
    for rest in (b"", b"rest", b"\0" * 5000):
        data = head + header + png_chunk(b"IDAT", zlib.compress(rows) + rest) + png_chunk(b"IEND", b"")
        edge = left_edge(data)
        assert edge is not None
        assert list(edge) == [bytes((8, 8, 8, 255))] * 64
    wide = head + png_chunk(b"IHDR", struct.pack(">IIBBBBB", 1 << 30, 64, 8, 6, 0, 0, 0))
    assert left_edge(wide) is None
    assert not can_hide(wide)
