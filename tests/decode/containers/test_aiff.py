"""AIFF and AIFF-C: texts, comments, tags, and what is damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.media import AIGC, MEDIA, aiff, aiff_chunk, aiff_comments, frame, id3
from tests.decode.containers.samples import xmp

from safelight.decode import formats
from safelight.decode.limits import Limits
from safelight.decode.metadata import BlockKind, Metadata, collect
from safelight.model import MediaKind


def read(data: bytes, limits: Limits | None = None) -> Metadata:
    return collect(data, formats.sniff(data), limits or Limits())


@pytest.mark.parametrize("name", ["aiff", "aiff-c"])
def test_the_format_is_told(name: str) -> None:
    form = formats.sniff(MEDIA[name])
    assert (form.name, form.kind) == ("AIFF", MediaKind.AUDIO)
    assert formats.sniff(b"FORM\0\0\0\4ILBM") is formats.UNKNOWN
    assert formats.sniff(MEDIA["wave rf64"].replace(b"RF64", b"BW64")) is formats.WAV


@given(
    st.lists(st.tuples(st.sampled_from(["NAME", "AUTH", "(c)", "ANNO"]), st.text(min_size=1, max_size=60)), max_size=5)
)
def test_texts_come_back_wherever_they_stand(texts: list[tuple[str, str]]) -> None:
    texts = [(key, text.removeprefix("\ufeff").rstrip("\0")) for key, text in texts]
    made = [aiff_chunk(key.ljust(4).encode(), text.encode()) for key, text in texts]
    for data in (aiff(*made), aiff(after=b"".join(made), form=b"AIFC")):
        found = read(data)
        assert [(key, text) for key, text, _ in found.texts()] == texts
        assert not found.problems
        for block in found.blocks:
            assert block.data_offset is not None
            assert data[block.data_offset :].startswith(block.data)


def test_a_tag_a_packet_and_comments() -> None:
    data = aiff(
        aiff_comments(b"a hill", b"odd"),
        aiff_chunk(b"APPL", b"XMP " + xmp()),
        after=aiff_chunk(b"ID3 ", id3(frame("TXXX", b"\3AIGC\0" + AIGC.encode()))),
    )
    found = read(data)
    assert [(block.container, text) for _, text, block in found.texts()] == [
        ("AIFF COMT", "a hill"),
        ("AIFF COMT", "odd"),
        ("ID3v2 TXXX", AIGC),
    ]
    assert [one.value for one in found.xmp] == ["Test drawing 1"]
    assert not found.problems


def test_what_is_unknown_is_kept_and_sound_is_not() -> None:
    found = read(
        aiff(aiff_chunk(b"APPL", b"pdosa note"), aiff_chunk(b"odd?", b"\1\2\3"), aiff_chunk(b"MIDI", b"\xf0\xf7"))
    )
    assert [(block.kind, block.key) for block in found.blocks] == [
        (BlockKind.TEXT, "pdos"),
        (BlockKind.APP, "odd?"),
        (BlockKind.APP, "MIDI"),
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (aiff(after=aiff_chunk(b"ANNO", b"a long annotation"))[:-8], "shorter than its header says"),
        (aiff(after=b"ANNO\0\0\1\0cut"), "cut off"),
        (aiff(aiff_chunk(b"COMT", b"\0\3\0\0\0\0\0\0\0\2ab")), "break off"),
        (aiff(aiff_chunk(b"COMT", b"\xff\xff")), "break off"),
    ],
)
def test_damage_is_named(data: bytes, words: str) -> None:
    assert any(words in problem.what for problem in read(data).problems)


def test_what_lies_behind_the_end_is_kept() -> None:
    found = read(aiff() + b"\1behind")
    assert [block.data for block in found.of(BlockKind.TRAILER)] == [b"\1behind"]


def test_limits_hold() -> None:
    data = aiff(*(aiff_chunk(b"ANNO", b"x" * 100) for _ in range(50)))
    found = read(data, Limits(metadata_bytes=1000, metadata_blocks=20))
    assert sum(len(block.data) for block in found.blocks) <= 1000
    assert found.problems
