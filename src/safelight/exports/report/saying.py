"""Sentences of the report that remember how they were made, so that they can be said in another language.

The report is written in English. A sentence is a text like any other, and knows its template and the values in it; a locale is a file that has
the same templates in its language. What comes from a case, such as names, reasons and words of readers, is data and stays as it is.
"""

from __future__ import annotations

import json
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from safelight.model import JsonValue

__all__ = ["ENGLISH", "LOCALES", "Locale", "Said", "counted", "joined", "locale_of", "say"]

ENGLISH: Final = "en"
LOCALES: Final = (ENGLISH, "fr", "da")
"""Languages that the report can be written in; each but English is a file in `locales`."""


class Said(str):
    """A text of the report in English, with what it was made of: a template and values, or parts and what stands between them.

    Attributes:
        template, values, parts: What it was made of. `forms`: the templates for one and for many, of a count; else empty.
    """

    __slots__ = ("forms", "parts", "template", "values")

    forms: tuple[str, ...]
    template: str
    values: Mapping[str, Any]
    parts: tuple[str, ...]

    def __add__(self, other: str) -> Said:
        return joined("", (self, other))

    def __radd__(self, other: str) -> Said:
        return joined("", (other, self))


def say(template: str, /, **values: Any) -> Said:
    """A sentence. The template is as of `str.format`; values are numbers, sentences, or data that stays as it is."""
    made = Said(template.format(**values))
    made.template, made.values, made.parts, made.forms = template, values, (), ()
    return made


def counted(one: str, many: str, number: int) -> Said:
    """A count of things: two sentences about `number`, of which each language takes the one that its grammar wants."""
    made = say(one if number == 1 else many, number=number)
    made.forms = one, many
    return made


def joined(separator: str, parts: Iterable[str]) -> Said:
    """As `str.join`, of sentences; the separator is a sentence where it holds a word."""
    pieces: list[str] = []
    for part in parts:
        pieces += (separator, part) if pieces and separator else (part,)
    made = Said("".join(pieces))
    made.template, made.values, made.parts, made.forms = "", {}, tuple(pieces), ()
    return made


class _Formatter(string.Formatter):
    """Writes numbers as the language does."""

    def __init__(self, thousands: str, decimal: str) -> None:
        self._signs = str.maketrans({",": thousands, ".": decimal})

    def format_field(self, value: Any, format_spec: str) -> Any:
        made = super().format_field(value, format_spec)
        return made.translate(self._signs) if isinstance(value, int | float) and not isinstance(value, bool) else made


@dataclass(frozen=True, slots=True)
class Locale:
    """A language of the report.

    Attributes:
        name: As of HTML. `sentences`: English template to template; none in English. `thousands` and `decimal`: signs in numbers.
        singular: Numbers that go with the singular; in French 0 does too.
    """

    name: str
    sentences: Mapping[str, str]
    thousands: str = ","
    decimal: str = "."
    singular: tuple[int, ...] = (1,)

    def told(self, value: Any) -> Any:
        """A JSON value with every sentence in it in this language."""
        if self.name == ENGLISH:
            return value
        if isinstance(value, Said):
            return self._sentence(value)
        if isinstance(value, list | tuple):
            return [self.told(each) for each in value]
        if isinstance(value, dict):
            return {name: self.told(each) for name, each in value.items()}
        if isinstance(value, Iterator):
            return map(self.told, value)
        return value

    def _sentence(self, said: Said) -> str:
        if said.parts:
            return "".join(str(self.told(part)) for part in said.parts)
        english = said.template
        if said.forms:
            one, many = said.forms
            english = one if said.values["number"] in self.singular else many
        template = self.sentences.get(english, english)
        values = {name: self.told(each) for name, each in said.values.items()}
        return str(_Formatter(self.thousands, self.decimal).vformat(template, (), values))


@cache
def locale_of(name: str) -> Locale:
    """A locale by its name.

    Raises:
        ValueError: There is none of that name.
    """
    if name not in LOCALES:
        raise ValueError(f"there is no report in the language {name!r}")
    if name == ENGLISH:
        return Locale(ENGLISH, {})
    read: dict[str, JsonValue] = json.loads(
        resources.files("safelight.exports.report").joinpath("locales", f"{name}.json").read_text("utf-8")
    )
    sentences, numbers = read["sentences"], read["numbers"]
    assert isinstance(sentences, dict) and isinstance(numbers, dict)
    singular = numbers["singular"]
    assert isinstance(singular, list)
    return Locale(
        name,
        {english: str(own) for english, own in sentences.items()},
        str(numbers["thousands"]),
        str(numbers["decimal"]),
        tuple(int(str(number)) for number in singular),
    )
