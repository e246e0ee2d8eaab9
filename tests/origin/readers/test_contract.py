"""What every registered reader promises, whoever wrote it."""

from __future__ import annotations

import random
import re
from typing import Any, Protocol

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import SAMPLES, jpeg, png, png_chunk, segment, xmp
from tests.origin.carriers import CARRIERS, PARAMETERS, content, looked, one_line, png_texts
from tests.origin.dialects import DIALECTS

from safelight.decode.bounding import bounded
from safelight.decode.examine import Examiner, reply_body
from safelight.decode.limits import Limits
from safelight.decode.reading import Reading
from safelight.decode.replies import ReplyChecker
from safelight.model import Finding, Outcome, Strength, Supports
from safelight.origin.readers import DOCUMENTATION, READERS, OriginReader

READER_TYPES = list(READERS)
GARBAGE = (
    b"",
    b"\0",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\xff\xff\xff\xffWEBP",
    b"II*\0\x08\0\0\0",
    bytes(5000),
    b"\xff" * 5000,
)

each = pytest.mark.parametrize("reader_type", READER_TYPES, ids=lambda reader_type: reader_type.name)


def holds(finding: Finding, reader: Any) -> None:
    assert (finding.reader, finding.version) == (reader.name, reader.version)
    assert finding.what
    assert one_line(finding.what)
    if finding.supports is Supports.NOTHING:
        assert (finding.basis, finding.strength) == (None, Strength.NONE)
    else:
        assert finding.outcome is Outcome.FOUND
        assert finding.basis is not None
        assert finding.strength is not Strength.NONE
        assert finding.could_be_faked_by
        assert finding.does_not_show
        assert finding.where
    assert bounded([finding])


def test_names_are_short_and_their_own() -> None:
    names = [reader_type.name for reader_type in READER_TYPES]
    assert len(names) == len(set(names))
    assert all(name.isascii() and name.islower() and len(name) <= 20 for name in names)


@each
def test_documentation_is_there(reader_type: Any) -> None:
    for attribute in DOCUMENTATION:
        said = getattr(reader_type, attribute)
        assert isinstance(said, str)
        assert said.strip()
        assert one_line(said)
    assert any(sign.isdigit() for sign in reader_type.checked_on)


def test_every_attribute_of_the_protocol_is_demanded() -> None:
    demanded = {
        name for one in OriginReader.__mro__ for name in vars(one).get("__annotations__", {}) if one is not Protocol
    }
    assert demanded == set(DOCUMENTATION)


@each
def test_what_it_weighs_names_every_strength_that_it_gives(reader_type: Any) -> None:
    """The page must not promise less or more than the findings on all carriers that are built here."""
    given = {
        finding.strength.value
        for data in CARRIERS.values()
        for finding in reader_type().read(content(data))
        if finding.supports is not Supports.NOTHING
    }
    for strength in given:
        # "moderately strong" and "very strong" are words of their own.
        assert re.search(rf"(?<!very )(?<!moderately )\b{strength}\b", reader_type.weighs), strength


@each
@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_gives_findings_or_nothing(reader_type: Any, garbage: bytes) -> None:
    for finding in reader_type().read(content(garbage)):
        holds(finding, reader_type)


@each
@given(st.binary(max_size=300))
def test_no_bytes_raise(reader_type: Any, data: bytes) -> None:
    for finding in reader_type().read(content(data)):
        holds(finding, reader_type)


@each
@pytest.mark.parametrize("name", [*CARRIERS, *SAMPLES])
def test_the_same_file_gives_the_same_findings(reader_type: Any, name: str) -> None:
    data = CARRIERS.get(name) or SAMPLES[name]
    first, second = list(reader_type().read(content(data))), list(reader_type().read(content(data)))
    assert first == second
    reader = reader_type()
    assert [*reader.read(content(data)), *reader.read(content(data))] == first * 2
    for finding in first:
        holds(finding, reader_type)


@each
def test_every_cut_of_a_carrier_gives_findings_or_nothing(reader_type: Any) -> None:
    chance = random.Random(7)
    for data in CARRIERS.values():
        for end in sorted(chance.randrange(len(data)) for _ in range(6)):
            for finding in reader_type().read(content(data[:end])):
                holds(finding, reader_type)


HOSTILE = {
    "surrogates in a prompt": png_texts(
        parameters="a\ud800b\0c\n" + PARAMETERS,
        prompt='{"1": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 2}}}',
    ),
    "surrogates in a graph": png_texts(
        prompt='{"1": {"class_type": "\\ud800\\u0000", "inputs": {"text": "\\udfff", "image": "\\ud83d"}}}'
    ),
    "controls in XMP": jpeg(
        [
            segment(
                0xE1,
                b"http://ns.adobe.com/xap/1.0/\0" + xmp("<ex:DigitalSourceType>\u202e\u0085</ex:DigitalSourceType>"),
            )
        ]
    ),
    "keys of controls": png(
        [png_chunk(b"tEXt", b"parameters\x1b\0" + PARAMETERS.encode()), png_chunk(b"tEXt", b"\xff\0{}")]
    ),
    "numbers without end": png_texts(
        prompt='{"1": {"class_type": "KSampler", "inputs": {"seed": 1e999, "steps": NaN, "denoise": 9'
        + "9" * 400
        + "}}}"
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_findings_of_hostile_texts_pass_the_pipe(name: str) -> None:
    data = HOSTILE[name]
    examiner = Examiner(None, READERS.names, dihedral=False, limits=Limits(), stage=lambda _stage: None)
    reading = Reading(data, len(data), "0" * 64, "0" * 40, "0" * 32, ())
    reply, out_of_memory = examiner.examine(reading, frozenset())
    assert not out_of_memory
    body = reply_body(reply | {"memory_bytes": 0, "out_of_memory": False}, Limits().reply_bytes)
    checked = ReplyChecker().done(body)
    assert not [finding for finding in checked.findings if "failed" in finding.what]
    assert len(checked.runs) == len(READER_TYPES)
    assert orjson.loads(body)


def test_the_readers_of_this_room_name_what_they_read() -> None:
    assert {reader_type.name for reader_type in READER_TYPES} >= {"a1111", "comfyui", "iptc", "capture"}
    assert {name.split()[0] for name in DIALECTS} <= {reader_type.name for reader_type in READER_TYPES}
    for name, data in CARRIERS.items():
        found = [finding for reader_type in READER_TYPES for finding in looked(reader_type(), data)]
        family = {"camera": "capture"}.get(name.split()[0], name.split()[0])
        assert any(finding.reader == family for finding in found), name
