"""Whatever readers say fits the pipe afterwards, and what was cut says so."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.decode.bounding import FINDINGS, TEXT_CHARS, bounded, shortened, without_surrogates
from safelight.model import Finding

any_text = st.text(st.characters(), max_size=60)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text | st.binary(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(any_text | st.integers(), inner, max_size=5)
        | st.tuples(inner, inner)
        | st.frozensets(st.integers(), max_size=3)
    ),
    max_leaves=20,
)


def finding(**fields: object) -> Finding:
    return Finding(**{"reader": "r", "version": "1", "what": "w", **fields})  # type: ignore[arg-type]


@given(what=any_text, details=st.dictionaries(any_text, anything, max_size=6))
def test_any_finding_becomes_json_and_comes_back(what: str, details: dict[str, object]) -> None:
    (result,) = bounded([finding(what=what, details=details)])
    again = orjson.loads(orjson.dumps(result))
    assert again["what"] == without_surrogates(what)
    assert "truncated" not in result.details or "truncated" in details


@given(st.text(st.characters(), max_size=200))
def test_text_without_surrogates_is_utf_8(text: str) -> None:
    result = without_surrogates(text)
    assert result.encode("utf-8").decode("utf-8") == result
    if not any(0xD800 <= ord(char) < 0xE000 for char in text):
        assert result == text


def test_long_values_are_cut_and_said() -> None:
    (result,) = bounded([finding(what="x" * 10_000, details={"text": "y" * 2_000_000, "list": list(range(100_000))})])
    assert len(result.what) == TEXT_CHARS
    assert result.what.endswith("(cut)")
    assert result.details["truncated"]
    assert len(orjson.dumps(result)) < 600_000


def test_text_of_surrogates_does_not_grow_past_the_bound() -> None:
    (result,) = bounded([finding(what="\ud800" * TEXT_CHARS)])
    assert len(result.what) <= TEXT_CHARS


def test_too_many_findings_say_how_many_there_were() -> None:
    result = bounded([finding(what=str(number)) for number in range(FINDINGS + 5)])
    assert len(result) == FINDINGS
    assert result[-1].details["findings_left_out"] == 5
    few = shortened(result, 10)
    assert len(few) == 10
    assert few[-1].details["findings_left_out"] == FINDINGS - 10


def test_a_set_comes_out_in_one_order() -> None:
    orders = {
        tuple(bounded([finding(details={"set": set(values)})])[0].details["set"]) for values in ("abc", "cab", "bca")
    }  # type: ignore[arg-type]
    assert orders == {("a", "b", "c")}


@pytest.mark.parametrize(
    "broken",
    [
        "no finding",
        None,
        finding(what=None),
        finding(details=[1]),
        finding(outcome="fine"),
        finding(supports="certainly"),
        finding(basis="rumour"),
        finding(strength="enormous"),
    ],
)
def test_what_is_no_finding_is_refused(broken: object) -> None:
    with pytest.raises((AttributeError, TypeError, ValueError)):
        bounded([broken])  # type: ignore[list-item]
