"""The slot: what every decoder in it promises."""

from __future__ import annotations

from typing import Any

import pytest
from tests.origin.watermarks.marking import content, drawn, encoded

from safelight.origin.watermarks.slot import DECODERS, Mark, NotLooked

each = pytest.mark.parametrize("decoder_type", list(DECODERS), ids=lambda decoder_type: decoder_type.name)


@each
def test_documentation_is_there(decoder_type: Any) -> None:
    for attribute in ("name", "version", "looks_for", "silence_means", "cost", "source", "checked_on"):
        assert getattr(decoder_type, attribute).strip()
    assert decoder_type.silence_means.startswith("nothing")


@each
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\xff\xff\xff\xffWEBP",
        encoded(drawn(31))[:3000],
        encoded(drawn(31), "JPEG")[:900],
    ],
)
def test_damaged_files_give_nothing_or_the_reason(decoder_type: Any, data: bytes) -> None:
    try:
        assert list(decoder_type().decode(content(data))) == []
    except NotLooked as reason:
        assert reason.why


@each
def test_an_unmarked_picture_gives_nothing(decoder_type: Any) -> None:
    assert list(decoder_type().decode(content(encoded(drawn(32))))) == []


def test_outside_decoders_come_after_ours() -> None:
    assert DECODERS.with_extra(("unit:Decoder",)).names == (*DECODERS.names, "unit:Decoder")


def test_a_mark_of_unknown_chance_supports_nothing_unless_it_says_so() -> None:
    mark = Mark(
        scheme="s",
        message="m",
        bits_matched=1,
        bits_total=1,
        chance=None,
        where="w",
        could_be_faked_by="f",
        does_not_show="d",
    )
    assert mark.supports == "nothing"
