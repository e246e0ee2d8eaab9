"""Text in MP4 and MOV files."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import AIGC, frame, id3
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


def value(payload: bytes) -> bytes:
    return box(b"data", struct.pack(">II", 1, 0) + payload)


def keyed(name: bytes = b"AIGC", handler: bytes = b"mdta") -> bytes:
    """Keys and list as they stand in a `meta` box."""
    hdlr = full_box(b"hdlr", bytes(4) + handler + bytes(13))
    keys = full_box(b"keys", struct.pack(">I", 1) + box(b"mdta", name))
    return hdlr + keys + box(b"ilst", box(struct.pack(">I", 1), value(AIGC.encode())))


def test_the_label_of_china_in_every_place_of_a_video() -> None:
    ftyp = box(b"ftyp", b"isom")
    bare = full_box(b"hdlr", bytes(4) + b"mdir" + bytes(13)) + box(b"ilst", value(AIGC.encode()))
    for where, key in (
        (box(b"moov", box(b"udta", full_box(b"meta", keyed()))), "AIGC"),
        (box(b"moov", box(b"meta", keyed())), "AIGC"),
        (box(b"moov", full_box(b"meta", keyed())), "AIGC"),
        (box(b"moov", box(b"trak", box(b"udta", full_box(b"meta", keyed())))), "AIGC"),
        (box(b"moov", box(b"trak", box(b"meta", keyed()))), "AIGC"),
        (full_box(b"meta", keyed()), "AIGC"),
        (box(b"udta", full_box(b"meta", keyed())), "AIGC"),
        (box(b"moov", box(b"udta", full_box(b"meta", bare))), ""),
    ):
        found = read(ftyp + box(b"mdat", b"no stream") + where)
        assert [(name, text) for name, text, _ in found.texts()] == [(key, AIGC)]
        assert not found.problems


def test_xml_and_id3_in_meta() -> None:
    hdlr = full_box(b"hdlr", bytes(4) + b"ID32" + bytes(13))
    tag = full_box(b"ID32", b"\x55\xc4" + id3(frame("TXXX", b"\3AIGC\0" + AIGC.encode())))
    meta = full_box(b"meta", hdlr + tag + full_box(b"xml ", xmp()) + full_box(b"xml ", b"<other/>"))
    found = read(box(b"ftyp", b"isom") + box(b"moov", meta))
    assert [(key, text) for key, text, _ in found.texts()] == [("AIGC", AIGC)]
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert ("xml", b"<other/>") in [(block.key, block.data) for block in found.of(BlockKind.APP)]


def test_a_huge_stream_is_passed_over_unread() -> None:
    stream = struct.pack(">I4sQ", 1, b"mdat", 16 + (64 << 20)) + bytes(64 << 20)
    found = read(box(b"ftyp", b"isom") + stream + box(b"moov", box(b"meta", keyed())))
    assert [text for _, text, _ in found.texts()] == [AIGC]
    assert sum(len(block.data) for block in found.blocks) < 1000


def test_the_size_of_the_track() -> None:
    frame = read(mp4()).frame
    assert frame is not None
    assert (frame.width_px, frame.height_px, frame.animated) == (320, 180, True)


@given(st.binary(max_size=200), st.sampled_from([b"meta", b"\xa9too", b"titl", b"XMP_"]))
def test_no_bytes_raise(data: bytes, kind: bytes) -> None:
    read(udta(box(kind, data)))
    read(udta(box(b"meta", bytes(4) + full_box(b"hdlr", bytes(21)) + box(b"keys", data) + box(b"ilst", data))))
