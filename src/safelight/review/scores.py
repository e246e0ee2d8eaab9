"""Places whose items stand in the order of a learned model's score, where the rules ask for that.

A score is no evidence and changes no place: it only says which of the items of one place are looked at first. Scores of different models are
never compared: in each place those of one model count, of the model that scored most of its items. What has no score that counts stands where
the middle one would, so that it is neither pushed down nor drawn forward for having none.
"""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from safelight.review.spilling import Sorter

__all__ = ["ByScore", "Score", "float_in_order", "score_of"]

_PLACE: Final = struct.Struct(">I")
_FLOAT: Final = struct.Struct(">d")
_BITS: Final = struct.Struct(">Q")
_SIGN_BIT: Final = 1 << 63
_ALL_BITS: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Score:
    """What a model gave a picture: `value`, higher for more likely generated; `model_sha256`, of its file; `model`, as its card names it."""

    value: float
    model_sha256: str
    model: str


def score_of(details: Mapping[str, Any]) -> Score | None:
    """The score in the details of a detector's finding.

    None where the picture lies outside the range in which the model was validated, where the model is a classifier of another kind (`says`), and
    where the details hold no finite number or no digest. A model that abstains because nothing says what its score is worth as evidence still orders.
    """
    value, digest = details.get("score"), details.get("model_sha256")
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    if (
        details.get("outside_range", details.get("abstained")) is not False
        or "says" in details
        or not isinstance(digest, str)
        or not digest
    ):
        return None
    return Score(float(value), digest, str(details.get("model") or digest[:12]))


class ByScore:
    """Holds back the items of some places until all are there, and then says where in their place they stand.

    Args:
        places: Those that are ordered so. `sorter`: makes an empty sorter; three are used, two at a time.
        shown: Makes a model's name safe to print.
    """

    def __init__(self, places: Collection[int], sorter: Callable[[], Sorter], shown: Callable[[str], str]) -> None:
        self._places = frozenset(places)
        self._shown = shown
        self._scored, self._others, self._waiting = sorter(), sorter(), sorter()
        self._counts: Counter[tuple[int, str]] = Counter()

    def takes(self, place: int) -> bool:
        """Whether items of this place are to be handed in."""
        return place in self._places

    def add(self, place: int, score: Score | None, head: bytes, tail: bytes, line: list[Any]) -> None:
        """Takes one item: `head` and `tail` are its key before and behind the score, `line` anything that JSON can hold."""
        content = orjson.dumps([head.hex(), tail.hex(), score.model if score else "", line])
        if score is None:
            self._others.add(_PLACE.pack(place), content)
            return
        self._counts[place, score.model_sha256] += 1
        self._scored.add(_key(place, score), content)

    def drain(self) -> Iterator[tuple[bytes, list[Any], str]]:
        """Yields for every item its whole key, its line, and the sentence that says what the score did; empty where nothing was scored.

        The middle score is that of the middle item, the lower of two.
        """
        chosen: dict[int, tuple[str, int]] = {}
        for (place, digest), count in sorted(self._counts.items()):
            if count > chosen.get(place, ("", 0))[1]:
                chosen[place] = digest, count
        middle: dict[int, tuple[bytes, str]] = {}
        seen: Counter[int] = Counter()
        for key, content in self._scored.drain():
            (place,) = _PLACE.unpack_from(key)
            digest, count = chosen[place]
            score = key[-_FLOAT.size :]
            if key[_PLACE.size : -_FLOAT.size] != digest.encode():
                self._waiting.add(key[: _PLACE.size], content)
                continue
            head, tail, model, line = orjson.loads(content)
            if seen[place] == (count - 1) // 2:
                middle[place] = score, model
            seen[place] += 1
            said = f" Within its place it stands by the score of the model {self._shown(model)}, lower first."
            yield bytes.fromhex(head) + score + bytes.fromhex(tail), line, f"{said} A score is no evidence."
        for sorter in (self._others, self._waiting):
            for key, content in sorter.drain():
                head, tail, _, line = orjson.loads(content)
                score, model = middle.get(_PLACE.unpack(key)[0], (bytes(_FLOAT.size), ""))
                said = (
                    f" Others of its place stand by the score of the model {self._shown(model)}; it has none that counts, and stands at the "
                    "middle one. A score is no evidence."
                    if model
                    else ""
                )
                yield bytes.fromhex(head) + score + bytes.fromhex(tail), line, said


def float_in_order(value: float) -> bytes:
    """A float as bytes of the same order: the sign bit turned, and all others too where it was set (IEEE 754, section 5.10)."""
    (bits,) = _BITS.unpack(_FLOAT.pack(value + 0.0))
    return _BITS.pack(bits ^ _ALL_BITS if bits & _SIGN_BIT else bits | _SIGN_BIT)


def _key(place: int, score: Score) -> bytes:
    return _PLACE.pack(place) + score.model_sha256.encode() + float_in_order(score.value)
