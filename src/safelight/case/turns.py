"""Flips and rotations in a case: the eight hashes of each media, and which members of groups were found through a turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import and_, func, select

from safelight.case import tables
from safelight.case.read import CaseReader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["has_turns", "turned_arrays", "turned_count", "turns_of"]

_EIGHT: Final = 8
_NONE: Final = "[]"
_CHUNK: Final = 500


def has_turns(case: CaseReader) -> bool:
    """Whether the hashes of flips and rotations were computed for any media."""
    media = tables.media.c
    return bool(case.rows(select(media.sha256).where(media.pdq_dihedral != _NONE).limit(1)))


def turned_arrays(case: CaseReader, min_quality: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_]]:
    """Every media with a PDQ of at least this quality, by SHA-256: SHA-256s (n, 32), hashes (n, 8, 32), and whether all eight are there (n,).

    Where only the hash as stored is there, it stands in all eight places.
    """
    import numpy as np

    media = tables.media.c
    sha256s, hashes, known = bytearray(), bytearray(), bytearray()
    chosen = select(media.sha256, media.pdq, media.pdq_dihedral).where(
        media.pdq.is_not(None), media.pdq_quality >= min_quality
    )
    for row in case.stream(chosen.order_by(media.sha256)):
        turned = orjson.loads(row["pdq_dihedral"])
        sha256s += bytes.fromhex(row["sha256"])
        known.append(len(turned) == _EIGHT)
        # The first is the hash as stored; it is taken from its own column, which the matching uses too.
        rest = turned[1:] if len(turned) == _EIGHT else [row["pdq"]] * (_EIGHT - 1)
        hashes += bytes.fromhex(row["pdq"] + "".join(rest))
    return (
        np.frombuffer(sha256s, np.uint8).reshape(-1, 32), np.frombuffer(hashes, np.uint8).reshape(-1, _EIGHT, 32),
        np.frombuffer(known, np.bool_),
    )  # fmt: skip


def turned_count(case: CaseReader) -> int:
    """How many members of the newest groups were found through a flip or a rotation."""
    turn: Any = tables.group_turn.c
    return int(case.rows(select(func.count().label("number")).where(turn.run_id == case.current("group")))[0]["number"])


def turns_of(case: CaseReader, run_id: int, sha256s: Sequence[str]) -> dict[str, str]:
    """Of these members of groups of a run, those that were found through a turn, and which it was."""
    turn = tables.group_turn.c
    found: dict[str, str] = {}
    for start in range(0, len(sha256s), _CHUNK):
        chosen = select(turn.sha256, turn.turn).where(
            and_(turn.run_id == run_id, turn.sha256.in_(sha256s[start : start + _CHUNK]))
        )
        found.update({row["sha256"]: row["turn"] for row in case.rows(chosen)})
    return found
