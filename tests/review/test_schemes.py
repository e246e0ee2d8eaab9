"""Category schemes: data that a person chooses from; nothing in them decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.errors import SettingsError
from safelight.review.schemes import SHIPPED, load_scheme

GOOD = 'name = "own"\n[[category]]\ncode = "a"\nlabel = "A"\n'


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_schemes_hold_together(name: str) -> None:
    scheme = load_scheme(name)
    assert scheme.name == name and scheme.title and scheme.source
    assert scheme.categories and all(scheme.category(item.code) is item for item in scheme.categories)
    assert scheme.category("no such code") is None


def test_words_that_were_not_confirmed_are_marked() -> None:
    assert not any(item.confirmed for item in load_scheme("vics-us").categories)
    assert [item.code for item in load_scheme("caid-uk").categories if item.confirmed] == ["A", "B", "C"]
    assert load_scheme().name == "yes-no"


def test_a_unit_brings_its_own(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(GOOD)
    assert [(item.code, item.label, item.confirmed) for item in load_scheme(str(path)).categories] == [("a", "A", True)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "needs 1 to"),
        ("category = 3\nname = 'x'", "needs 1 to"),
        (GOOD + 'colour = "red"', "a category has"),
        ("strange = 1\n" + GOOD, "strange"),
        (GOOD + GOOD.partition("\n")[2], "one code"),
        (GOOD.replace('"a"', '"a b"'), "a code is made of"),
        (GOOD.replace('"A"', '""'), "needs a label"),
        (GOOD.replace('"own"', '"o w n"'), "its name"),
        ("title = 3\n" + GOOD, "are texts"),
        ("name = ", "cannot be read"),
    ],
)
def test_a_wrong_scheme_is_refused_and_says_why(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=words):
        load_scheme(str(path))
    with pytest.raises(SettingsError, match="cannot be read"):
        load_scheme(str(tmp_path / "nowhere"))
