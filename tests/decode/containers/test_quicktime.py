"""Text in MP4 and MOV files."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import box, full_box, mp4, xmp

from safelight.decode import formats
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect


def read(data: bytes) -> Metadata:
    return collect(data, formats.sniff(data), Limits())


def udta(*boxes: bytes) -> bytes:
    return box(b"ftyp", b"qt  ") + box(b"moov", box(b"udta", b"".join(boxes)))


@given(
    st.dictionaries(
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40),
        st.text(max_size=100),
        max_size=5,
    )
)
def test_keys_come_back(values: dict[str, str]) -> None:
    found = read(mp4(keys={key: text.encode() for key, text in values.items()}))
    assert [(key, text) for key, text, _ in found.texts()] == [
        (key, text.removeprefix("\ufeff")) for key, text in values.items()
    ]
    assert not found.problems


def test_itunes_text_freeform_and_other_kinds_of_data() -> None:
    def value(kind: int, payload: bytes) -> bytes:
        return box(b"data", struct.pack(">II", kind, 0) + payload)

    free = box(b"----", full_box(b"mean", b"com.example") + full_box(b"name", b"prompt") + value(1, b"a hill"))
    wide = box(b"\xa9cmt", value(2, "a hill テスト".encode("utf-16-be")))
    cover = box(b"covr", value(13, b"\xff\xd8\xff"))
    hdlr = full_box(b"hdlr", bytes(4) + b"mdir" + bytes(13))
    found = read(udta(full_box(b"meta", hdlr + box(b"ilst", free + wide + cover))))
    assert [(key, text) for key, text, _ in found.texts()] == [
        ("com.example:prompt", "a hill"),
        ("©cmt", "a hill テスト"),
    ]
    assert [(block.key, block.data) for block in found.of(BlockKind.APP)] == [
        ("ftyp", b"qt  "),
        ("covr", b"\xff\xd8\xff"),
    ]


def test_user_data_of_quicktime_3gpp_and_xmp() -> None:
    found = read(
        udta(
            box(b"\xa9swr", struct.pack(">HH", 6, 0) + b"Test 1"),
            box(b"titl", bytes(4) + b"\x55\xc4" + b"a hill\0"),
            box(b"XMP_", xmp()),
            box(b"wflo", b"{}"),
        )
    )
    assert [(key, text.rstrip("\0")) for key, text, _ in found.texts()] == [("©swr", "Test 1"), ("titl", "a hill")]
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert ("wflo", b"{}") in [(block.key, block.data) for block in found.of(BlockKind.APP)]


def test_the_size_of_the_track() -> None:
    frame = read(mp4()).frame
    assert frame is not None
    assert (frame.width_px, frame.height_px, frame.animated) == (320, 180, True)


@given(st.binary(max_size=200), st.sampled_from([b"meta", b"\xa9too", b"titl", b"XMP_"]))
def test_no_bytes_raise(data: bytes, kind: bytes) -> None:
    read(udta(box(kind, data)))
    read(udta(box(b"meta", bytes(4) + full_box(b"hdlr", bytes(21)) + box(b"keys", data) + box(b"ilst", data))))
