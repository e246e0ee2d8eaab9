"""Traces of cameras and editors: thumbnails, parts beside the picture, quantisation tables."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import ultra_hdr
from tests.decode.containers.samples import jpeg, png, segment
from tests.origin.carriers import camera_exif, looked, note_for
from tests.origin.marks import MARKS, coded, scene, shrunk, with_thumbnail

from safelight.model import Basis, Finding, Outcome, Strength, Supports
from safelight.origin.readers.quantisation import QuantisationReader
from safelight.origin.readers.structure import StructureReader
from safelight.origin.readers.thumbnail import ThumbnailReader

THUMBNAIL = ThumbnailReader()
PICTURE = scene()


def compared(thumbnail: np.ndarray, picture: np.ndarray = PICTURE, **options: str) -> Finding:
    (finding,) = looked(THUMBNAIL, with_thumbnail(picture, coded(thumbnail), **options))
    return finding


def test_a_thumbnail_of_the_picture_is_weak_evidence_beside_a_camera() -> None:
    finding = compared(shrunk(PICTURE))
    assert (finding.supports, finding.basis, finding.strength) == (Supports.CAPTURED, Basis.TRACE, Strength.WEAK)


def test_without_a_camera_it_is_a_fact() -> None:
    finding = compared(shrunk(PICTURE), make="", model="")
    assert (finding.supports, finding.outcome) == (Supports.NOTHING, Outcome.FOUND)


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_a_thumbnail_of_another_picture_shows_an_edit(kind: int) -> None:
    finding = compared(shrunk(scene(kind=kind)))
    assert (finding.supports, finding.basis, finding.strength) == (Supports.EDITED, Basis.TRACE, Strength.WEAK)


def test_a_crop_shows_and_a_turn_does_not() -> None:
    assert compared(shrunk(PICTURE), PICTURE[:, 100:320]).supports is Supports.EDITED
    assert compared(shrunk(PICTURE), np.ascontiguousarray(np.rot90(PICTURE))).supports is Supports.CAPTURED


@pytest.mark.parametrize(("above", "below"), [(7, 6), (13, 0), (0, 13)])
def test_bars_of_cameras_are_no_other_shape(above: int, below: int) -> None:
    bars = [np.zeros((rows, 160, 3), np.uint8) for rows in (above, below)]
    assert compared(np.concatenate([bars[0], shrunk(PICTURE), bars[1]])).supports is Supports.CAPTURED


def test_flat_pictures_are_not_compared() -> None:
    grey = np.full((320, 480, 3), 90, np.uint8)
    assert "flat" in compared(shrunk(grey), grey).what


@pytest.mark.parametrize("thumbnail", [b"no picture", b"\xff\xd8\xff" + bytes(60), png(), coded(shrunk(PICTURE))[:700]])
def test_what_cannot_be_decoded_is_told(thumbnail: bytes) -> None:
    (finding,) = looked(THUMBNAIL, with_thumbnail(PICTURE, thumbnail))
    assert finding.outcome is Outcome.COULD_NOT_LOOK


def test_a_thumbnail_that_claims_to_be_huge_is_not_decoded() -> None:
    small = coded(shrunk(PICTURE))
    at = small.index(b"\xff\xc0") + 5
    (finding,) = looked(THUMBNAIL, with_thumbnail(PICTURE, small[:at] + b"\xff\xff\xff\xff" + small[at + 4 :]))
    assert finding.outcome is Outcome.COULD_NOT_LOOK


@given(st.integers(1, 40), st.integers(1, 40))
def test_thumbnails_of_any_size(width: int, height: int) -> None:
    assert compared(shrunk(PICTURE, width, height)).what


def test_parts_beside_a_camera_are_weak_evidence() -> None:
    plain = ultra_hdr()
    camera = segment(0xE1, b"Exif\0\0" + camera_exif(note=note_for("Canon")))
    # Behind the picture's own segments, so that the places that MPF names stay right.
    (finding,) = looked(StructureReader(), plain[:2] + camera + plain[2:])
    assert (finding.supports, finding.basis, finding.strength) == (Supports.CAPTURED, Basis.TRACE, Strength.WEAK)
    (alone,) = looked(StructureReader(), plain)
    assert (alone.supports, "gain map" in alone.what) == (Supports.NOTHING, True)


def test_parts_that_are_not_there_are_told() -> None:
    whole = MARKS["structure motion photo"]
    (finding,) = looked(StructureReader(), whole[: whole.index(b"ftyp") - 4])
    assert (finding.supports, "not there: motion photo" in finding.what) == (Supports.NOTHING, True)
    assert looked(StructureReader(), jpeg()) == []


@pytest.mark.parametrize("quality", [30, 75, 95])
def test_tables_are_facts(quality: int) -> None:
    (finding,) = looked(QuantisationReader(), jpeg(quality=quality))
    assert (finding.supports, finding.basis, finding.strength) == (Supports.NOTHING, None, Strength.NONE)
    assert f"quality {quality}." in finding.what
    (again,) = looked(QuantisationReader(), jpeg([segment(0xFE, b"a comment")], quality=quality))
    assert again.details["tables_sha256"] == finding.details["tables_sha256"]


def test_tables_of_another_program() -> None:
    plain = jpeg(quality=75)
    at = plain.index(b"\xff\xdb") + 5
    (finding,) = looked(QuantisationReader(), plain[: at + 3] + bytes((plain[at + 3] + 40,)) + plain[at + 4 :])
    assert (finding.details["ijg"], "not those" in finding.what) == (False, True)
    assert looked(QuantisationReader(), png()) == []
