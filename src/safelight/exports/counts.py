"""Statistics of a case: counts alone, for `safelight trends` and for whoever asks how many. No path, no hash, no prompt, no name of a person.

The counts are exact and small cells stand in them: they are for the unit. What is published is made by `trends`, which suppresses those.
A generator is counted under a name from a list, never under the text that a file states, which anybody can write.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final

import orjson

from safelight import __version__
from safelight.case.read import CaseReader
from safelight.errors import OutputError
from safelight.exports.exporting import Request
from safelight.exports.gate import origin_of
from safelight.exports.items import Item, iter_items, iter_unread
from safelight.exports.writing import Content
from safelight.model import HashSetRole

__all__ = ["GENERATORS", "SCHEMA", "Statistics", "month_of", "named"]

SCHEMA: Final = "safelight.statistics/1"

GENERATORS: Final = (
    "ComfyUI", "InvokeAI", "Fooocus", "SwarmUI", "Easy Diffusion", "Draw Things", "NovelAI", "Midjourney", "AUTOMATIC1111", "Stability Matrix",
    "TensorArt", "Civitai", "Diffusers", "Leonardo", "Ideogram", "Recraft", "Grok", "Sora", "DALL-E", "GPT-4o", "ChatGPT", "OpenAI", "Adobe Firefly",
    "Adobe Photoshop", "Bing", "Microsoft", "Gemini", "Imagen", "Veo", "Google", "Samsung Galaxy AI", "FLUX", "Stable Diffusion", "Stability AI",
)  # fmt: skip
"""Names under which generators are counted: the first that stands in what a file states. All others are `other`."""

_NONE, _OTHER = "none stated", "other"
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
_MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")
# A file system can state any year: without bounds a hostile image of one would fill the table.
_YEARS: Final = range(1990, 2101)

_TABLES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "opinion": ("Distinct contents by how they came to be, as the software weighs it.", ("kind", "opinion", "strength")),
    "basis": ("Distinct contents by all that their opinion rests on.", ("opinion", "basis")),
    "generator": ("Distinct contents by the generator that they state, which can be forged.", ("opinion", "generator")),
    "format": ("Distinct contents by media type, told by content.", ("opinion", "media_type")),
    "month": (
        "Distinct contents by the month (UTC) of the earliest time of change that is recorded where they lie now; copying can set it.",
        ("opinion", "month"),
    ),
    "match": ("Distinct contents that match a list, once for each role and way of matching.", ("opinion", "role", "how")),
    "decided": (
        "Distinct contents on which people agree, by what they named and the origin under which they go out.",
        ("origin", "scheme", "category"),
    ),
    "review": ("Distinct contents by what became of them in review.", ("state",)),
}  # fmt: skip


class Statistics:
    """Counts of the case."""

    name: ClassVar[str] = "statistics"
    what: ClassVar[str] = "counts as JSON, for trends: no paths, hashes or prompts"
    submission: ClassVar[bool] = False
    variants: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def contents(case: CaseReader, output: Path, request: Request) -> Mapping[Path, Content]:
        """One file: `output`, or `statistics.json` in it when that is a directory."""
        record = orjson.dumps(_record(case), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        return {output / "statistics.json" if output.is_dir() else output: record}

    @staticmethod
    def check(path: Path, written: Path) -> None:
        """It says what it counts, and contents add up in every table that counts each once.

        Raises:
            OutputError: It does not.
        """
        try:
            found = orjson.loads(written.read_bytes())
            total, tables = found["contents"], found["tables"]
            right = found["schema"] == SCHEMA and list(tables) == list(_TABLES)
            for name, table in tables.items():
                keys = [*_TABLES[name][1], "contents"]
                right = right and all(list(row) == keys and row["contents"] > 0 for row in table["rows"])
            for name in ("opinion", "basis", "generator", "format", "month", "review"):
                right = right and sum(row["contents"] for row in tables[name]["rows"]) == total
        except (ValueError, KeyError, TypeError, AttributeError):
            right = False
        if not right:
            raise OutputError(f"{path} did not come out right.", kept="What was there before is still there.")


def _record(case: CaseReader) -> dict[str, Any]:
    counted: dict[str, Counter[tuple[str, ...]]] = {name: Counter() for name in _TABLES}
    contents = places = 0
    for item in iter_items(case):
        contents += 1
        places += len(item.places)
        for name, key in _cells(item):
            counted[name][key] += 1
    unread = sum(1 for _ in iter_unread(case))
    return {
        "schema": SCHEMA, "safelight": __version__, "case": case.case_id(),
        "contents": contents, "places": places, "places_without_digest": unread,
        "counts": "A content counts once, however many places it lies in. The counts are exact: small ones may point at persons.",
        "tables": {
            name: {"what": what, "rows": [
                {**dict(zip(columns, key, strict=True)), "contents": count} for key, count in sorted(counted[name].items())
            ]}
            for name, (what, columns) in _TABLES.items()
        },
    }  # fmt: skip


def _cells(item: Item) -> list[tuple[str, tuple[str, ...]]]:
    """The cell of each table in which the item counts."""
    opinion = item.opinion
    said = str(opinion.opinion) if opinion is not None else "not weighed"
    stated = opinion.generator if opinion is not None else None
    basis = "+".join(opinion.basis) if opinion is not None and opinion.basis else "none"
    found = [
        ("opinion", (str(item.kind), said, str(opinion.strength) if opinion is not None else "none")),
        ("basis", (said, basis)),
        ("generator", (said, named(stated))),
        ("format", (said, item.media_type if _MEDIA_TYPE.fullmatch(item.media_type) else _OTHER)),
        ("month", (said, month_of(item))),
        ("review", (_state(item),)),
    ]
    found += [
        ("match", (said, role, how))
        for role, how in sorted({(str(match.role), str(match.how)) for match in item.matches})
    ]
    settled = item.standing.settled() if item.standing is not None else None
    if settled is not None:
        words = (word if _CODE.fullmatch(word) else _OTHER for word in (settled.scheme, settled.category))
        found.append(("decided", (str(origin_of(item)), *words)))
    return found


def named(generator: str | None) -> str:
    """The name from the list under which a generator counts."""
    if not generator:
        return _NONE
    folded = generator.casefold()
    return next((name for name in GENERATORS if name.casefold() in folded), _OTHER)


def month_of(item: Item) -> str:
    """`YYYY-MM` of the earliest time of change that is recorded for its places; `unknown` when there is none."""
    times = [place.modified_ns for place in item.places if place.modified_ns is not None]
    try:
        moment = datetime.fromtimestamp(min(times) // 1_000_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return "unknown"
    return f"{moment:%Y-%m}" if moment.year in _YEARS else "outside of 1990 to 2100"


def _state(item: Item) -> str:
    standing = item.standing
    if standing is None or not standing.categories:
        known = any(match.role is HashSetRole.KNOWN for match in item.matches)
        return "undecided, known to a list" if known else "undecided"
    return "decided" if standing.settled() is not None else "not agreed, or another look was asked for"
