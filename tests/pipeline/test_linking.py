"""Cases compared with each other: on either database, read only, the same every time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.case.making import digest, fill_making, made
from tests.databases import Database

from safelight.case.case import Case
from safelight.errors import CaseError
from safelight.pipeline.linking import _letter, link_cases

_PDQ = "f" * 32 + "0" * 32


def _second(directory: Path) -> Case:
    with Case.create_or_open(directory) as case:
        near = "f" * 31 + "0" * 33
        fill_making(
            case,
            [made(1, {"model": "terra"}), made(50, {"loras": ["grain"]}, pdq=near), made(51, {"loras": ["other"]})],
        )
    return Case.open(directory)


def test_a_case_on_a_server_and_one_in_a_file_are_compared(database: Database, tmp_path: Path) -> None:
    with database.write() as case:
        fill_making(
            case, [made(1, {"model": "terra"}), made(2, {"loras": ["grain"]}, pdq=_PDQ), made(3, {"loras": ["lone"]})]
        )
    other = tmp_path / "second"
    with database.read() as one, _second(other) as two:
        found = link_cases([("one", one), ("two", two)], distance_bits=31, limit=5)
        assert link_cases([("one", one), ("two", two)], distance_bits=31, limit=5) == found
        swapped = link_cases([("two", two), ("one", one)], distance_bits=31, limit=5)
    assert found.totals == {(0, 1, "media"): 1, (0, 1, "lora"): 1, (0, 1, "model"): 1}
    assert swapped.totals == found.totals
    assert [(trace.kind, trace.label) for trace in found.traces] == [
        ("media", ""),
        ("lora", "grain"),
        ("model", "terra"),
    ]
    assert [(pair.distance, pair.first, pair.second) for pair in found.near] == [(4, digest(2), digest(50))]
    assert (found.near_totals[0].first_media, found.near_totals[0].pairs) == (1, 1)
    assert [(case.letter, case.name, case.media) for case in found.cases] == [("A", "one", 3), ("B", "two", 3)]


def test_cases_are_left_as_they_are(tmp_path: Path) -> None:
    def state() -> dict[str, str]:
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(tmp_path.rglob("*.sqlite"))}

    _second(tmp_path / "a").close()
    _second(tmp_path / "b").close()
    before = state()
    with Case.open(tmp_path / "a") as one, Case.open(tmp_path / "b") as two:
        link_cases([("a", one), ("b", two)], distance_bits=31, limit=5)
    assert state() == before and len(before) == 2


def test_a_case_named_twice_is_refused(tmp_path: Path) -> None:
    with (
        _second(tmp_path / "a") as one,
        Case.open(tmp_path / "a") as again,
        pytest.raises(CaseError, match="same case"),
    ):
        link_cases([("a", one), ("again", again)], distance_bits=31, limit=5)


def test_letters_do_not_run_out() -> None:
    assert [_letter(place) for place in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]
