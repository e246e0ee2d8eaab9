"""Link files: equal values under one key are found, nothing else is learned, and a wrong key is no "nothing shared"."""

from __future__ import annotations

import hashlib
import hmac
import re

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.errors import SourceError
from safelight.grouping.links import Trace
from safelight.grouping.links_keyed import (
    Key,
    held_in,
    key_from_bytes,
    key_from_phrase,
    link_file_bytes,
    read_link_file,
    shared_digests,
)

_KEY = key_from_bytes(bytes(range(32)))
_OTHER = key_from_bytes(bytes(range(1, 33)))
_PHRASE = "harbour lantern pebble"


def _traces(*numbers: int, kind: str = "media") -> list[Trace]:
    return [Trace(kind, hashlib.sha256(b"%d" % number).hexdigest(), f"secret {number}", 1) for number in numbers]


def _file(traces: list[Trace], key: Key = _KEY) -> object:
    return read_link_file(link_file_bytes(traces, key, "2026-01-01T00:00:00+00:00")[0], "file")


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_what_both_hold_is_found_and_nothing_else(one: set[int], other: set[int]) -> None:
    first, second = _file(_traces(*one)), _file(_traces(*other))
    found = shared_digests(first, second)  # type: ignore[arg-type]
    expected = {"media": (len(one & other), len(one), len(other))} if one | other else {}
    assert found == expected
    held = held_in(first, _KEY, _traces(*other))  # type: ignore[arg-type]
    assert {trace.label for trace in held} == {f"secret {number}" for number in one & other}


def test_the_file_holds_no_value_and_nothing_in_the_order_of_the_values() -> None:
    traces = [*_traces(*range(20)), *_traces(1, 2, kind="prompt"), Trace("model", "ab" * 16, "base", 3, public=True)]
    data, counts = link_file_bytes(traces, _KEY, "2026-01-01T00:00:00+00:00")
    assert counts == {"media": 20, "prompt": 2}
    for trace in traces:
        assert trace.key.encode() not in data and trace.key[:16].encode() not in data
    assert b"secret" not in data and bytes(range(32)).hex().encode() not in data
    record = orjson.loads(data)
    assert set(record) == {"schema", "made_utc", "key", "check", "kinds"}
    for digests in record["kinds"].values():
        assert digests == sorted(digests) and all(re.fullmatch("[0-9a-f]{32}", digest) for digest in digests)


def test_digests_are_those_that_the_page_promises() -> None:
    secret = hmac.digest(bytes(range(32)), b"safelight link file 1/key", "sha256")
    of_kind = hmac.digest(secret, b"safelight link file 1/media", "sha256")
    value = hashlib.sha256(b"x").hexdigest()
    assert _KEY.digest("media", value) == hmac.digest(of_kind, bytes.fromhex(value), "sha256").hex()[:32]
    assert _KEY.digest("media", value) != _KEY.digest("prompt", value)
    assert "secret" not in repr(_KEY)


def test_other_keys_share_nothing_and_say_so() -> None:
    first, second = _file(_traces(1)), _file(_traces(1), _OTHER)
    assert not set(first.kinds["media"]) & set(second.kinds["media"])  # type: ignore[attr-defined]
    with pytest.raises(SourceError, match="different keys"):
        shared_digests(first, second)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match="not the one"):
        list(held_in(first, _OTHER, _traces(1)))  # type: ignore[arg-type]


def test_a_pass_phrase_needs_the_salt_of_the_file_and_gives_the_same_key_with_it() -> None:
    first = key_from_phrase(_PHRASE, lambda size: b"s" * size)
    file = _file(_traces(1), first)
    again = key_from_phrase(_PHRASE, lambda size: b"t" * size, file)  # type: ignore[arg-type]
    assert again.check == first.check
    assert key_from_phrase(_PHRASE, lambda size: b"t" * size).check != first.check


def test_weak_keys_are_refused() -> None:
    with pytest.raises(SourceError, match="at least 32"):
        key_from_bytes(bytes(31))
    with pytest.raises(SourceError, match="at least 12"):
        key_from_phrase("lighthouse", lambda size: bytes(size))


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "safelight.link-file/2"}, {"kinds": {"media": ["xyz"]}}, {"kinds": {"media": "ab" * 16}}, {"check": ""}, {"more": 1},
        {"key": {"from": "pass phrase", "salt": "00" * 16, "n": 1 << 30, "r": 8, "p": 1}}, {"key": {"from": "air"}},
    ],
)  # fmt: skip
def test_what_is_no_link_file_is_refused(change: dict[str, object]) -> None:
    record = orjson.loads(link_file_bytes(_traces(1), _KEY, "now")[0])
    with pytest.raises(SourceError, match="not a link file"):
        read_link_file(orjson.dumps(record | change), "file")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_in_words(raw: bytes) -> None:
    with pytest.raises(SourceError):
        read_link_file(raw, "file")
