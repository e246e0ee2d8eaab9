"""Lines of the queue that are known to be done for a person, so that they are not asked of the case again on every page.

Work goes on at the end of a long row of lines that are done, and some lines are left open on the way: a page that began at the first of them would
ask the case of every line between. Only that a line is done is kept; that one is open is always asked.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClosedLines"]

_TRIED: Final = 200


class ClosedLines:
    """Kept for each person by rank. For several threads.

    Args:
        lines: Length of the queue.
    """

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._done: dict[str, NDArray[np.bool_]] = {}
        self._age = 0
        self._turn = threading.Lock()

    def age(self) -> int:
        """Changes with `forget`; to be read before the case is asked, and given to `close`."""
        with self._turn:
            return self._age

    def candidates(self, person: str, first: int) -> list[int]:
        """The next ranks from `first` on that are not known to be done, a page or a few of them at most."""
        with self._turn:
            done = self._done.get(person)
            if done is None:
                return list(range(first, min(self._lines, first + _TRIED - 1) + 1))
            return [int(place) + first for place in np.flatnonzero(~done[first - 1 :])[:_TRIED]]

    def close(self, person: str, ranks: Iterable[int], age: int) -> None:
        """The case said that these are done, when it was asked at `age`; passed over if lines were opened since."""
        with self._turn:
            if age == self._age:
                done = self._done.setdefault(person, np.zeros(self._lines, bool))
                done[[rank - 1 for rank in ranks if rank <= self._lines]] = True

    def forget(self) -> None:
        """Lines may be open again, for anybody: a decision was taken back, or another look is asked for. To be called after that is stored."""
        with self._turn:
            self._done.clear()
            self._age += 1
