"""A match no longer stands when its list has withdrawn the entry, or when the list is gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.case.records import digest, matches

from safelight.exports.withdrawn import withdrawn_since
from safelight.hashsets.store import HashSetStore
from safelight.model import MatchHow


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The list that the matches are with."""
    list_file = tmp_path / "list.txt"
    list_file.write_text("".join(f"{digest(number)}\n" for number in range(3)))
    with HashSetStore(tmp_path / "store") as opened:
        opened.import_file(list_file, name="harbours", kind=MatchHow.SHA256)
    return tmp_path / "store"


def test_what_stands_is_not_withdrawn(store: Path) -> None:
    withdrawn = withdrawn_since(store)
    assert [withdrawn(match) for match in matches(range(3))] == [False, False, False]


def test_an_entry_that_was_withdrawn_is_told_and_the_others_are_not(store: Path) -> None:
    with HashSetStore(store) as opened:
        opened.withdraw("harbours", digest(1))
    withdrawn = withdrawn_since(store)
    assert [withdrawn(match) for match in matches(range(3))] == [False, True, False]


def test_an_entry_that_the_list_does_not_hold_and_a_list_that_is_gone_stand_no_more(store: Path) -> None:
    (one,) = matches([1])
    assert withdrawn_since(store)(replace(one, entry=digest(9)))
    assert withdrawn_since(store)(replace(one, hashset="another"))
    with HashSetStore(store) as opened:
        opened.remove("harbours")
    assert withdrawn_since(store)(one)


def test_where_there_is_no_store_nothing_is_known_to_be_withdrawn(tmp_path: Path) -> None:
    withdrawn = withdrawn_since(tmp_path / "absent")
    assert not any(withdrawn(match) for match in matches(range(3)))
    assert not (tmp_path / "absent").exists()
