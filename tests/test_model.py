"""The record types."""

from __future__ import annotations

import dataclasses
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight import model
from safelight.model import Location, PdqHash, display_text


@given(st.binary(max_size=60))
def test_display_text_is_one_printable_line(raw: bytes) -> None:
    shown = display_text(raw)
    assert bool(shown) == bool(raw)
    shown.encode("utf-8")
    assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown)


def test_invisible_characters_are_shown() -> None:
    assert display_text("a\u202eb\u200bc\n\U000e0001".encode()) == "a\\u202eb\\u200bc\\x0a\\U000e0001"
    assert display_text(b"caf\xe9.png") == "caf\\xe9.png"
    assert display_text("café 写真.png".encode()) == "café 写真.png"


_parts = st.lists(st.binary(max_size=12), min_size=1, max_size=4).map(tuple)


@given(st.binary(max_size=12), _parts, st.binary(max_size=12), _parts)
def test_keys_tell_places_apart(
    source: bytes, parts: tuple[bytes, ...], other: bytes, others: tuple[bytes, ...]
) -> None:
    same = (source, parts) == (other, others)
    assert (Location(source, parts).key == Location(other, others).key) == same


def test_location_is_shown_with_its_archives() -> None:
    place = Location(b"/case/disk", (b"DCIM/a.zip",)).inside(b"b.tar").inside(b"c.png")
    assert place.depth == 2
    assert place.display() == "DCIM/a.zip!/b.tar!/c.png"
    assert place.full_display() == "/case/disk/DCIM/a.zip!/b.tar!/c.png"
    assert Location(b"/case/one.png", (b"",)).display() == "one.png"
    assert Location(b"/case/one.zip", (b"", b"x.png")).full_display() == "/case/one.zip!/x.png"


@pytest.mark.parametrize("quality", [0, 49, 50, 100])
def test_low_quality_is_not_matched(quality: int) -> None:
    assert PdqHash("0" * 64, quality).matchable == (quality >= 50)


def test_every_record_is_frozen_and_no_value_dismisses() -> None:
    for name in model.__all__:
        item = getattr(model, name)
        if dataclasses.is_dataclass(item):
            assert item.__dataclass_params__.frozen, name  # type: ignore[union-attr]
        elif isinstance(item, type) and issubclass(item, str):
            values = {str(value) for value in item}  # type: ignore[attr-defined]
            assert not values & {"safe", "clean", "ignore", "ignored", "harmless", "dismissed", "real"}
