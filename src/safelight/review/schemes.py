"""Category schemes: which categories a person can choose from. Data, never a rule: nothing here puts an item into one.

A unit brings its own as a TOML file of the form of those in `schemes/`. A label whose words could not be confirmed at their source is marked so.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from safelight.errors import SettingsError

__all__ = ["SHIPPED", "Category", "Scheme", "load_scheme"]

SHIPPED: Final = ("yes-no", "vics-us", "caid-uk", "inhope")
"""The schemes that come with Safelight, the one taken when none is named first."""

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_MOST: Final = 60
_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Category:
    """One category: its code as it goes into decisions and exports, its words, and whether those words were confirmed at their source."""

    code: str
    label: str
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Scheme:
    """One scheme; `source` says where its categories come from. `categories`: in the order in which they are offered."""

    name: str
    title: str
    source: str
    categories: tuple[Category, ...]

    def category(self, code: str) -> Category | None:
        """The category of this code; None when there is none."""
        return next((item for item in self.categories if item.code == code), None)


def load_scheme(named: str = "") -> Scheme:
    """Reads a scheme.

    Args:
        named: The name of a shipped one, or the path of a TOML file; the first shipped one when empty.

    Raises:
        SettingsError: There is no such scheme, or the file is wrong.
    """
    name = named or SHIPPED[0]
    try:
        if name in SHIPPED:
            text = resources.files("safelight.review").joinpath("schemes", f"{name}.toml").read_text("utf-8")
        else:
            text = Path(name).read_text("utf-8")
        content = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"The category scheme {name} cannot be read: {error}.",
            advice=f"Name a TOML file, or one of {', '.join(SHIPPED)}.",
        ) from error
    return _scheme(name, content)


def _scheme(where: str, content: dict[str, Any]) -> Scheme:
    unknown = set(content) - {"name", "title", "source", "category"}
    rows = content.get("category")
    if unknown or not isinstance(rows, list) or not 1 <= len(rows) <= _MOST:
        raise _wrong(where, f"it holds {min(unknown)!r}" if unknown else f"it needs 1 to {_MOST} [[category]]")
    categories = tuple(_category(where, row) for row in rows)
    codes = [item.code for item in categories]
    if len(set(codes)) != len(codes):
        raise _wrong(where, "two categories have one code")
    name, title, source = (content.get(key, "") for key in ("name", "title", "source"))
    for value in (name, title, source):
        if not isinstance(value, str) or len(value) > _CHARS:
            raise _wrong(where, f"name, title and source are texts of at most {_CHARS} characters")
    if not _CODE.fullmatch(name):
        raise _wrong(where, "its name is not made of letters, digits, dots, dashes and underscores")
    return Scheme(name, title or name, source, categories)


def _category(where: str, row: Any) -> Category:
    if not isinstance(row, dict) or set(row) - {"code", "label", "confirmed"}:
        raise _wrong(where, "a category has a code, a label and perhaps `confirmed`")
    code, label, confirmed = row.get("code"), row.get("label"), row.get("confirmed", True)
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        raise _wrong(where, f"a code is made of 1 to 32 letters, digits, dots, dashes and underscores, not {code!r}")
    if not isinstance(label, str) or not 0 < len(label) <= _CHARS or not isinstance(confirmed, bool):
        raise _wrong(
            where, f"the category {code} needs a label of at most {_CHARS} characters; `confirmed` is true or false"
        )
    return Category(code, label, confirmed)


def _wrong(where: str, what: str) -> SettingsError:
    return SettingsError(f"The category scheme {where} is wrong: {what}.", advice="Correct the file.")
