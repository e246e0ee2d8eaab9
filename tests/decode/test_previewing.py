"""Previews: nothing sharper than was asked leaves the worker, nothing but samples is believed, and a broken worker costs one preview."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os

import numpy as np
import pytest
from PIL import Image
from tests.decode.walls import SMALL_LIMITS, children, memory_file

from safelight.decode import previewing
from safelight.decode.preview_service import PICTURE_HEAD, shielded
from safelight.decode.previewing import NoPictureError, PreviewAsked, PreviewWall, held
from safelight.decode.protocol import ProtocolError

SHIELD = PreviewAsked(longest_px=96, blur_px=6.0, colour=False)
FULL = PreviewAsked(longest_px=400, blur_px=0.0, colour=True)


def checks(width: int = 600, height: int = 400, square: int = 4) -> np.ndarray:
    rows, columns = np.mgrid[0:height, 0:width]
    grey = (((rows // square + columns // square) % 2) * 255).astype(np.uint8)
    return np.stack([grey, np.zeros_like(grey), 255 - grey], axis=2)


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def test_the_shield_leaves_nothing_fine() -> None:
    made = shielded(checks(square=12), longest_px=96, blur_px=6.0, colour=False, region=None)
    assert made.shape == (64, 96)
    assert np.ptp(made.astype(int)) <= 6
    assert np.ptp(shielded(checks(square=12), longest_px=600, blur_px=0, colour=True, region=None).astype(int)) == 255


def test_a_small_picture_is_blurred_by_as_large_a_share() -> None:
    whole = np.zeros((24, 24, 3), np.uint8)
    whole[:, 12:] = 255
    made = shielded(whole, longest_px=96, blur_px=6.0, colour=False, region=None)
    assert made.shape == (24, 24) and 20 < int(made[12, 10]) < 128 < int(made[12, 13]) < 235


def test_a_region_is_cut_from_the_picture() -> None:
    whole = np.zeros((100, 200, 3), np.uint8)
    whole[25:50, 100:150] = 200
    made = shielded(whole, longest_px=320, blur_px=0, colour=False, region=(0.5, 0.25, 0.75, 0.5))
    assert made.shape == (25, 50) and (made == 200).all()
    assert shielded(whole, longest_px=320, blur_px=0, colour=False, region=(1.0, 1.0, 1.0, 1.0)).shape == (1, 1)


def test_previews_come_through_the_wall_and_go_with_it() -> None:
    before = children()
    whole = memory_file(png(checks()))
    nothing, torn = memory_file(b"no picture at all"), memory_file(png(checks())[:400])
    with PreviewWall(SMALL_LIMITS) as wall:
        full, shield = (Image.open(io.BytesIO(wall.preview(whole, asked))) for asked in (FULL, SHIELD))
        assert (full.size, full.mode, shield.size, shield.mode) == ((400, 267), "RGB", (96, 64), "L")
        with pytest.raises(NoPictureError, match=r"not decoded|listed and digested|could not"):
            wall.preview(nothing, FULL)
        try:
            wall.preview(torn, FULL)
        except NoPictureError as error:
            assert str(error)
        assert wall.preview(whole, SHIELD)
    assert children() == before
    for descriptor in (whole, nothing, torn):
        os.close(descriptor)


def test_a_lost_worker_costs_one_preview() -> None:
    whole = memory_file(png(checks()))
    with PreviewWall(SMALL_LIMITS) as wall:
        first = wall.preview(whole, SHIELD)
        assert wall._worker is not None
        os.kill(wall._worker.pid, 9)
        with pytest.raises(NoPictureError, match="lost"):
            wall.preview(whole, SHIELD)
        assert wall.preview(whole, SHIELD) == first
    os.close(whole)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "without a head"),
        (PICTURE_HEAD.pack(97, 10, 1) + bytes(970), "larger than was asked"),
        (PICTURE_HEAD.pack(10, 0, 1), "larger than was asked"),
        (PICTURE_HEAD.pack(10, 10, 3) + bytes(300), "other colours"),
        (PICTURE_HEAD.pack(10, 10, 1) + bytes(99), "another number of samples"),
        (PICTURE_HEAD.pack(10, 10, 1) + bytes(101), "another number of samples"),
    ],
)
def test_a_reply_is_believed_only_in_its_form(body: bytes, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        previewing._file(body, SHIELD)


def test_what_is_held_cannot_change_and_is_digested() -> None:
    source = memory_file(b"some bytes")
    memory, sha256 = held(source, 100)
    assert sha256 == hashlib.sha256(b"some bytes").hexdigest()
    assert fcntl.fcntl(memory, fcntl.F_GET_SEALS) & fcntl.F_SEAL_WRITE
    with pytest.raises(OSError, match="Operation not permitted"):
        os.pwrite(memory, b"x", 0)
    with pytest.raises(OSError, match="larger than 9 bytes"):
        held(source, 9)
    os.close(memory)
    os.close(source)
