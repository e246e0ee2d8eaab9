"""Our own CASE graphs back to items: everything that was written of a media, as JSON lines would give it.

Graphs of other tools are not read: they carry no record of ours, and nothing is guessed from their words.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from safelight.exports.case_uco.nodes import OWN
from safelight.exports.items import Item
from safelight.exports.jsonl_reading import item_from
from safelight.hashsets.entry import Rejected

__all__ = ["read_case_items"]

_LISTS: Final = {
    "safelight:finding": "findings", "safelight:placeFinding": "place_findings", "safelight:match": "matches",
    "safelight:decision": "decisions",
}  # fmt: skip


def read_case_items(path: Path) -> Iterator[Item | Rejected]:
    """Yields each item of a graph, or why it cannot be used. Memory: one item.

    Args:
        path: A file that `safelight export --format case-uco` wrote: the nodes of a media stand behind its file.

    Raises:
        OSError: It cannot be read.
    """
    import ijson

    row = 0
    try:
        with path.open("rb") as stream:
            context = next(ijson.items(stream, "@context"), None)
        if not isinstance(context, dict) or context.get("safelight") != OWN:
            yield Rejected(0, "the graph is not one that Safelight wrote")
            return
        with path.open("rb") as stream:
            record: dict[str, Any] | None = None
            for row, node in enumerate(ijson.items(stream, "@graph.item", use_float=True), 1):
                if "safelight:item" in node:
                    if record is not None:
                        yield _item(record, row)
                    record = orjson.loads(node["safelight:item"])
                    record = record if isinstance(record, dict) and record.get("sha256") is not None else None
                elif record is not None:
                    for name, place in _LISTS.items():
                        if name in node:
                            record.setdefault(place, []).append(orjson.loads(node[name]))
            if record is not None:
                yield _item(record, row)
    except (ijson.JSONError, orjson.JSONDecodeError, TypeError, AttributeError):
        yield Rejected(row + 1, "the graph breaks off or does not have the form")


def _item(record: dict[str, Any], row: int) -> Item | Rejected:
    for name in _LISTS.values():
        record.setdefault(name, [])
    for name in ("findings", "place_findings"):
        # Results stand by their tools; their numbers say in which order they were found.
        record[name].sort(key=lambda each: each["number"])
    try:
        return item_from(record)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        return Rejected(row, str(error) if type(error) is ValueError else "the item does not have the form")
