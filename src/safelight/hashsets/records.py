"""Where the records of a JSON list lie, so that a reading that was cut off can go on between two of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

__all__ = ["RecordPlace", "find_place"]

# A text that goes on over many blocks is scanned from its start in each: fewer blocks cost less.
_BLOCK_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class RecordPlace:
    """The path to the records, as ijson writes it; `opening`: JSON that leads to them and holds one, `null`; empty where none can be told."""

    prefix: str
    opening: bytes = b""


def find_place(stream: Any, is_there: Callable[[str, str, Any], bool], default: str) -> RecordPlace:
    """Reads JSON until the first record shows where they lie.

    Args:
        stream: At the start of the JSON text. `is_there`: told (path, event, value) of ijson, whether the event is the beginning of the array
            of the records, or a key of one of them. `default`: the path that is returned where none shows.

    Raises:
        ijson.JSONError, ValueError: The text is not JSON or is cut off.
    """
    import ijson

    within: list[str] = []
    for prefix, kind, value in ijson.parse(stream, buf_size=_BLOCK_BYTES):
        if kind.startswith("start_"):
            within.append(kind)
        elif kind.startswith("end_"):
            within.pop()
        if is_there(prefix, kind, value):
            path = f"{prefix}.item" if kind == "start_array" else prefix
            return RecordPlace(path, _opening(path, within if kind == "start_array" else within[:-1]))
    return RecordPlace(default)


def _opening(path: str, within: list[str]) -> bytes:
    """The brackets and names that lead to a record; empty where names with dots, or records outside of any array, leave doubt."""
    names = path.split(".")
    if len(names) != len(within) or not within or within[-1] != "start_array":
        return b""
    steps = []
    for name, kind in zip(names, within, strict=True):
        if kind == "start_array" and name != "item":
            return b""
        steps.append(b"[" if kind == "start_array" else b"{" + orjson.dumps(name) + b":")
    return b"".join(steps) + b"null"
