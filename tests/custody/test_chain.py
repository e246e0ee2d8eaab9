"""The chain by itself: whatever is changed, taken out, put in or moved is named."""

from __future__ import annotations

import math
import random
from dataclasses import fields, replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.custody.chain import GENESIS, Break, ChainCheck, Event, canonical, next_event, storable

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(categories=None)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(categories=None)), inner, max_size=3)
    ),
    max_leaves=8,
)
details = st.dictionaries(st.text(max_size=5), json_values, max_size=3)
texts = st.text(st.characters(categories=None), max_size=10)


@st.composite
def chains(draw: st.DrawFn) -> list[Event]:
    events: list[Event] = []
    for number in range(draw(st.integers(1, 8))):
        last = events[-1] if events else None
        events.append(
            next_event(
                last, time_utc=f"2026-01-01T00:00:{number:02d}.000000Z", actor=draw(texts), host=draw(texts), action="run-begun",
                details=draw(details),
            )
        )  # fmt: skip
    return events


def breaks(events: list[Event]) -> list[Break]:
    check = ChainCheck()
    return [found for event in events if (found := check.follow(event)) is not None]


@given(chains())
def test_a_chain_that_nobody_touched_is_whole(events: list[Event]) -> None:
    assert breaks(events) == []
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert events[0].previous == GENESIS


@given(chains(), st.data())
def test_a_changed_field_is_named_at_its_event(events: list[Event], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(events) - 1))
    name = data.draw(st.sampled_from([item.name for item in fields(Event)]))
    value: Any = getattr(events[place], name)
    other: Any = value + data.draw(st.integers(1, 9)) if name == "seq" else value + "x"
    events[place] = replace(events[place], **{name: other})
    found = breaks(events)
    assert found
    assert found[0].where == f"custody event {events[place].seq}"


@given(chains(), st.data())
def test_a_change_whose_digest_was_made_again_is_named_at_the_next_event(
    events: list[Event], data: st.DataObject
) -> None:
    if len(events) < 2:
        return
    place = data.draw(st.integers(0, len(events) - 2))
    changed = replace(events[place], action="something else")
    events[place] = replace(changed, digest=changed.expected_digest())
    assert [found.where for found in breaks(events)] == [f"custody event {place + 2}"]


@given(chains(), st.randoms(use_true_random=False))
def test_events_taken_out_put_in_or_moved_are_named(events: list[Event], chance: random.Random) -> None:
    if len(events) < 2:
        return
    place = chance.randrange(len(events) - 1)
    without = events[:place] + events[place + 1 :]
    assert f"event {place + 1} is missing" in breaks(without)[0].what
    doubled = [*events[: place + 1], *events[place:]]
    assert breaks(doubled)
    moved = list(events)
    moved[place], moved[place + 1] = moved[place + 1], moved[place]
    assert len(breaks(moved)) >= 2


@given(chains(), st.data())
def test_every_change_is_named_not_only_the_first(events: list[Event], data: st.DataObject) -> None:
    places = data.draw(st.sets(st.integers(0, len(events) - 1)))
    for place in places:
        events[place] = replace(events[place], action="something else")
    assert [found.where for found in breaks(events)] == [f"custody event {place + 1}" for place in sorted(places)]


def test_a_cut_off_end_is_not_seen_without_the_head() -> None:
    first = next_event(None, time_utc="t", actor="a", host="h", action="case-made", details={})
    second = next_event(first, time_utc="t", actor="a", host="h", action="run-begun", details={})
    assert breaks([first]) == []
    check = ChainCheck()
    check.follow(first)
    assert check.last is not None and check.last.digest != second.digest


@pytest.mark.parametrize("odd", [None, b"\x00", 1.5, "x", "\udcff"])
def test_a_field_of_the_wrong_sort_is_a_break_and_no_crash(odd: Any) -> None:
    first = next_event(None, time_utc="t", actor="a", host="h", action="case-made", details={})
    second = next_event(first, time_utc="t", actor="a", host="h", action="run-begun", details={})
    for name in [item.name for item in fields(Event)]:
        assert breaks([replace(first, **{name: odd}), second])


@given(details)
def test_canonical_takes_anything_and_is_stable(value: dict[str, Any]) -> None:
    text = canonical(value)
    assert text == canonical(dict(reversed(value.items())))
    assert text == canonical(orjson.loads(text))
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": None}, '{"a":null,"b":1}'),
        ({"a": math.nan, "b": -math.inf}, '{"a":"nan","b":"-inf"}'),
        ({"a": 2**64 - 1, "b": 2**64}, '{"a":18446744073709551615,"b":"0x10000000000000000"}'),
        ({"a": "\ud800"}, '{"a":"\\\\ud800"}'),
        ({"a": "\0"}, '{"a":"\\u0000"}'),
        ({"a": "\\u0000"}, '{"a":"\\\\u0000"}'),
    ],
)
def test_canonical_keeps_what_json_cannot_say(value: dict[str, Any], text: str) -> None:
    assert canonical(value) == text


@given(st.text(st.characters(categories=None)))
def test_storable_text_is_what_every_database_takes(text: str) -> None:
    stored = storable(text)
    assert "\0" not in stored
    stored.encode("utf-8")
    assert storable(stored) == stored
    if "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text):
        assert stored == text
