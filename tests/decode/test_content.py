"""What a reader is given: made at most once."""

from __future__ import annotations

import pytest

from safelight.decode.content import Content
from safelight.decode.limits import Limits


def test_what_is_asked_for_twice_is_made_once() -> None:
    made: list[Content] = []

    def make(content: Content) -> list[int]:
        made.append(content)
        return [content.size_bytes]

    one, other = Content(b"ab", 2, Limits()), Content(b"abc", 3, Limits())
    assert one.once(make) is one.once(make)
    assert (one.once(make), other.once(make)) == ([2], [3])
    assert made == [one, other]


def test_nothing_is_kept_too_and_errors_are_not() -> None:
    calls = []

    def nothing(_: Content) -> None:
        calls.append("nothing")

    def broken(_: Content) -> None:
        calls.append("broken")
        raise ValueError

    content = Content(b"", 0, Limits())
    content.once(nothing)
    content.once(nothing)
    for _ in range(2):
        with pytest.raises(ValueError):
            content.once(broken)
    assert calls == ["nothing", "broken", "broken"]
