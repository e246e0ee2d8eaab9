"""Our own CASE graphs back to items: everything that was written of a media, as JSON lines would give it.

Graphs of other tools are not read: they carry no record of ours, and nothing is guessed from their words.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from safelight.errors import HashSetError
from safelight.exports.case_uco.nodes import OWN
from safelight.exports.items import Item
from safelight.exports.jsonl_reading import item_from
from safelight.hashsets.entry import Rejected
from safelight.hashsets.source import JsonText, ListFile

__all__ = ["looks_like_case", "read_case_items"]

_BLOCK_BYTES: Final = 1 << 18
_AHEAD_BYTES: Final = 64 << 20
_FORM: Final = "the item does not have the form"
_LISTS: Final = {
    "safelight:finding": "findings", "safelight:placeFinding": "place_findings", "safelight:match": "matches",
    "safelight:decision": "decisions",
}  # fmt: skip


def looks_like_case(head: bytes) -> bool:
    """Whether a file that begins so is a graph of ours: the context stands first, and names our own words."""
    return head.lstrip().startswith(b'{"@context"') and OWN.encode() in head.partition(b'"@graph"')[0]


def read_case_items(path: Path) -> Iterator[Item | Rejected]:
    """Yields each item of a graph, or why it cannot be used; places without a digest hold no item and are passed over. Memory: one item.

    Args:
        path: A file that `safelight export --format case-uco` wrote: the nodes of a media stand behind its file.

    Raises:
        HashSetError: The file cannot be read, or is no graph of ours.
        ijson.JSONError, UnicodeError: It is no JSON, or is cut off.
    """
    import ijson

    with ListFile(path) as file:
        if not looks_like_case(file.text_head):
            raise HashSetError(
                f"{path} is no graph of Safelight.",
                kept="Nothing was changed.",
                advice="Give what `safelight export` wrote.",
            )
        text = JsonText(file, _AHEAD_BYTES)
        row, begun, held = 0, 0, _Held()
        for row, node in enumerate(ijson.items(text, "@graph.item", buf_size=_BLOCK_BYTES, use_float=True), 1):
            if isinstance(node, dict) and "safelight:item" in node:
                text.mark()
                yield from held.item(begun)
                begun, held = row, _Held(node["safelight:item"])
            elif isinstance(node, dict):
                held.add(node)
        yield from held.item(begun)


class _Held:
    """The record of one item while its nodes go by.

    Args:
        said: What stands at its file; None before the first file.
    """

    def __init__(self, said: object = None) -> None:
        self._fault = ""
        self._record: dict[str, Any] | None = None
        try:
            found = orjson.loads(said) if isinstance(said, str) else None
        except orjson.JSONDecodeError:
            found = None
        if isinstance(found, dict):
            # A place without a digest says so itself.
            self._record = found if found.get("sha256") is not None else None
        elif said is not None:
            self._fault = _FORM

    def add(self, node: dict[str, Any]) -> None:
        """Takes what a node says of the item, if it says anything."""
        if self._record is None:
            return
        try:
            for name, place in _LISTS.items():
                if name in node:
                    self._record.setdefault(place, []).append(orjson.loads(node[name]))
        except (orjson.JSONDecodeError, AttributeError):
            self._fault = _FORM

    def item(self, row: int) -> Iterator[Item | Rejected]:
        """The item; why it cannot be used; or nothing where there is none."""
        if self._fault:
            yield Rejected(row, self._fault)
        elif self._record is not None:
            yield _item(self._record, row)


def _item(record: dict[str, Any], row: int) -> Item | Rejected:
    for name in _LISTS.values():
        record.setdefault(name, [])
    try:
        for name in ("findings", "place_findings"):
            # Results stand by their tools; their numbers say in which order they were found.
            record[name].sort(key=lambda each: each["number"])
        return item_from(record)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        return Rejected(row, str(error) if type(error) is ValueError else _FORM)
