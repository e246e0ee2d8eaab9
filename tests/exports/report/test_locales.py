"""Every sentence of the report is in each locale with the same values, English stays as it was, and what a case holds is never translated."""

from __future__ import annotations

import ast
import json
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import REPOSITORY
from tests.exports.odd import every_kind
from tests.exports.report.cases import build

from safelight.case.case import Case
from safelight.exports.exporting import Request, export_case
from safelight.exports.report import ReportFormat
from safelight.exports.report.document import document
from safelight.exports.report.facts import gather
from safelight.exports.report.html import html
from safelight.exports.report.saying import ENGLISH, LOCALES, Said, joined, locale_of, say
from safelight.exports.report.words import ESCAPED, TRANSLATED, WORDS
from safelight.grouping.sources import MEASURED

ROOM = REPOSITORY / "src" / "safelight" / "exports" / "report"
OTHERS = [name for name in LOCALES if name != ENGLISH]


def _worded(template: str) -> bool:
    """Whether there is anything to translate beside the values."""
    return re.search("[A-Za-z]", re.sub(r"\{[^}]*\}", "", template)) is not None


def _written() -> set[str]:
    """Every template that the code of the report names."""
    found = {ESCAPED, TRANSLATED, MEASURED, *WORDS} | {f"{{size:,.1f}} {unit}" for unit in ("kB", "MB", "GB", "TB")}
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            words = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if node.func.id == "say":
                found |= set(words[:1])
            elif node.func.id in {"count_text", "_left_out"} and words:
                found |= {f"{{number:,}} {words[0]}", f"{{number:,}} {words[-1] if len(words) > 1 else words[0] + 's'}"}
    return {each for each in found if _worded(each)}


def _values(template: str) -> set[str]:
    # A verb stands for a number of its own in English; other languages may say it with the number itself.
    return {name for _, name, _, _ in string.Formatter().parse(template) if name} - {"verb"}


@pytest.mark.parametrize("name", OTHERS)
def test_each_locale_has_every_sentence_with_the_same_values_and_no_other(name: str) -> None:
    sentences = locale_of(name).sentences
    # Beside them there may be signs between values, which languages set differently.
    assert {each for each in sentences if _worded(each)} == _written()
    for english, own in sentences.items():
        assert _values(own) == _values(english) and own.strip(), english
        assert (own[0] == " ", own[-1] == " ") == (english[0] == " ", english[-1] == " "), english
    assert {path.stem for path in (ROOM / "locales").iterdir()} == set(OTHERS)


def _sentences(value: Any) -> Iterator[Said]:
    if isinstance(value, Said):
        yield value
        yield from _sentences([*value.parts, *value.values.values()])
    elif isinstance(value, dict):
        yield from _sentences(list(value.values()))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _sentences(each)


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("locales")
    return [build(folder / "whole"), build(folder / "bare", stages=False, ended=False), every_kind(folder / "odd")]


@pytest.mark.parametrize("name", OTHERS)
def test_what_reports_say_is_translated_and_what_cases_hold_is_not(name: str, cases: list[Path]) -> None:
    locale = locale_of(name)
    for directory in cases:
        with Case.open(directory) as case:
            facts = gather(case)
        english, own = document(facts), document(facts, locale)
        assert {said.template for said in _sentences(english) if _worded(said.template)} <= set(locale.sentences)
        assert own["lang"] == name and not list(_sentences(own))
        assert own["about"][0][1] == english["about"][0][1]  # type: ignore[index, call-overload]
        assert locale.sentences[TRANSLATED] in json.dumps(own, ensure_ascii=False)
        assert TRANSLATED not in json.dumps(english)
        page, base = html(own).decode(), html(english).decode()
        paths = re.findall(r'<bdi class="path">([^<]+)</bdi>', base)
        assert all(each in page for each in paths if "(and " not in each and not each.startswith(("and ", "In no ")))
        assert f'<html lang="{name}">' in page and '<html lang="en">' in base


def test_english_is_the_default_and_each_locale_is_written_twice_alike(cases: list[Path], tmp_path: Path) -> None:
    made: dict[str, list[bytes]] = {}
    for name, request in (
        ("plain", Request()),
        ("en", Request(locale="en")),
        ("fr", Request(locale="fr")),
        ("again", Request(locale="fr")),
    ):
        (tmp_path / name).mkdir()
        with Case.open(cases[0]) as case:
            paths = export_case(case, ReportFormat, tmp_path / name, request, logged=False).paths
        made[name] = [path.read_bytes() for path in paths[:-1]]
    assert made["plain"] == made["en"] != made["fr"] == made["again"]
    assert b"Rapport sur un dossier" in made["fr"][0]


@given(st.integers(-(10**12), 10**12), st.floats(-1e6, 1e6), st.text(), st.lists(st.text(), max_size=4))
def test_a_sentence_is_its_english_text_and_keeps_data_as_it_is(
    number: int, share: float, data: str, parts: list[str]
) -> None:
    said = say("{number:,} of {share:.1f} {data}", number=number, share=share, data=data)
    assert said == f"{number:,} of {share:.1f} {data}" and joined(", ", parts) == ", ".join(parts)
    assert "a" + said + "b" == f"a{said}b" and isinstance("a" + said, Said)
    told = locale_of("fr").told([data, {"x": say("{data}", data=data)}, joined("", [data, data])])
    assert told == [data, {"x": data}, data + data]
    assert locale_of("en").told(said) is said


def test_numbers_are_written_as_the_language_does() -> None:
    locale = locale_of("fr")
    assert locale.told(say("{number:,} contents", number=1_234_567)) == "1\u202f234\u202f567 contenus"
    assert locale.told(say("{size:,.1f} kB", size=1234.5)) == "1\u202f234,5 ko"
    assert locale.told(say("Lists: none ({why}).", why="1,000 {x}")).endswith("(1,000 {x}).")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="no report"):
        locale_of("../fr")
