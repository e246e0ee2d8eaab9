"""Writes `docs/carriers.md` from the readers themselves, by `python -m safelight.origin.carriers_page > docs/carriers.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Final

from safelight.model import Strength, Supports
from safelight.origin.aigc import COMPANIES
from safelight.origin.readers import READERS, OriginReader
from safelight.origin.readers.iptc import SOURCE_TYPES
from safelight.origin.stamps import STAMPS

__all__ = ["page"]

_FIELDS: Final = (
    ("where", "Where"),
    ("keys", "Keys"),
    ("weighs", "Strength"),
    ("survives", "Survives"),
    ("faked_by", "Faked by"),
    ("silence_means", "Silence means"),
    ("source", "Source"),
    ("checked_on", "Checked on"),
    ("cost", "Cost"),
)
_HEAD: Final = """# Carriers of origin

What each reader of origin looks at, how much it weighs, what the mark survives and how it is faked. This page is generated from the readers:
`python -m safelight.origin.carriers_page > docs/carriers.md`. How the findings are weighed is told in
[what a result means](what-a-result-means.md).

Unsigned marks can be written, copied and removed by anybody, in both directions. Silence of every reader says nothing on origin.
"""


def page() -> str:
    """The whole page as Markdown; the same readers give the same page."""
    readers: list[type[OriginReader]] = list(READERS)
    parts = [_HEAD, "## Readers at a glance\n", _table(("Reader", "Looks for", "Strength"), _glance(readers))]
    parts.extend(_section(reader) for reader in readers)
    parts += [
        "## Stamps\n\nThe stamps that `stamps` knows; each must fill its whole field.\n",
        _table(("Generator", "Fields", "Must stand there (regular expression)", "Supports", "Source"), _stamps()),
        "## Digital source types\n\nWhat `iptc` and `c2pa` make of each term.\n",
        _table(("Term", "Means", "Supports"), _terms()),
        "## Providers by social credit code\n\nCodes that `tc260` gives a company for; others are kept as they stand.\n",
        _table(("Code", "Company"), ((f"`{code}`", company) for code, company in sorted(COMPANIES.items()))),
    ]
    return "\n".join(parts)


def _glance(readers: Iterable[type[OriginReader]]) -> Iterator[tuple[str, ...]]:
    for reader in readers:
        yield f"[{reader.name}](#{reader.name})", reader.looks_for, reader.weighs


def _section(reader: type[OriginReader]) -> str:
    lines = [f"## {reader.name}\n", f"Looks for {reader.looks_for}. Version {reader.version}.\n"]
    lines += [f"- **{title}:** {_shown(getattr(reader, name))}" for name, title in _FIELDS]
    return "\n".join(lines) + "\n"


def _stamps() -> Iterator[tuple[str, ...]]:
    for stamp in STAMPS:
        keys = ", ".join(sorted(stamp.keys))
        yield (
            stamp.generator or "(a fact)",
            keys,
            f"`{stamp.pattern.pattern}`",
            _supports(stamp.supports, stamp.strength),
            stamp.source,
        )


def _terms() -> Iterator[tuple[str, ...]]:
    for term, (supports, strength, meaning) in SOURCE_TYPES.items():
        yield term, meaning, _supports(supports, strength)


def _supports(supports: Supports, strength: Strength) -> str:
    return "nothing" if supports is Supports.NOTHING else f"{supports.value}, {strength.value}"


def _shown(text: str) -> str:
    return " ".join(text.split())


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return (
        "\n".join("| " + " | ".join(_shown(cell).replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"
    )


if __name__ == "__main__":
    sys.stdout.write(page())
