"""Adds, withdraws and asks for minutes on end, and shows that memory stays flat and every answer right.

Run: `python benchmarks/soak.py --minutes 10 --json`. Two ways at once: `index`, the index over hashes, which threads ask while one changes it;
`store`, lists imported, withdrawn from, removed and matched through a store of their own. One line every ten seconds; the last one says by
how much memory grew after the first fifth of the time, and the exit code is 1 when that is more than 5 % or an answer was wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from engines import Hashes, drawn, memory_mib


class IndexSoak:
    """An index of about `size` hashes; each turn adds some, withdraws as many, and knows what must be found."""

    def __init__(self, size: int) -> None:
        from safelight.fingerprint.hamming import HammingIndex

        self._chance = np.random.default_rng(5)
        self._held: list[tuple[int, Hashes]] = [(0, drawn(size, 6))]
        self._index = HammingIndex(self._held[0][1]).prepare()
        self._next = size
        self.asked = self.changed = self.wrong = 0

    def turn(self) -> None:
        size = int(self._chance.integers(1, 2_000))
        some = self._chance.integers(0, 256, (size, 32), np.uint8)
        self._index.add(some, np.arange(self._next, self._next + size))
        self._held.append((self._next, some))
        self._next += size
        self.changed += size
        if len(self._held) > 8:
            place = int(self._chance.integers(1, len(self._held)))
            _, gone = self._held.pop(place)
            self.wrong += self._index.withdraw(gone) != len(gone)
            self.wrong += len(self._index.within(gone[:50], 20)[0]) != 0
            self.changed += len(gone)
        for first, hashes in self._held[:: max(1, len(self._held) // 5)]:
            question = hashes[:20].copy()
            question[:, 0] ^= 0b10110
            rows, ids, bits = self._index.within(question, 31)
            self.wrong += not {(row, first + row) for row in range(len(question))} <= set(
                zip(rows.tolist(), ids.tolist(), strict=True)
            )
            self.asked += len(question)
            self.wrong += int(bits.min(initial=3)) != 3

    def ask(self, stop: threading.Event) -> None:
        """Asks for the first hashes, which are never withdrawn, until told to stop."""
        first = self._held[0][1]
        while not stop.is_set():
            rows, ids, _ = self._index.within(first[:100], 31)
            self.wrong += not {(row, row) for row in range(100)} <= set(zip(rows.tolist(), ids.tolist(), strict=True))
            self.asked += 100


class StoreSoak:
    """A store; each turn imports a list, asks for it, withdraws from it, and removes an old one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = 0
        self.asked = self.changed = self.wrong = 0

    def turn(self) -> None:
        from safelight.hashsets import HashSetStore
        from safelight.model import Fingerprints, PdqHash

        number = self._turn
        self._turn += 1
        hashes = drawn(3_000, 1_000 + number)
        path = self._folder / "list.csv"
        lines = [f"{row.tobytes().hex()[:32]},{row.tobytes().hex()},{number}" for row in hashes]
        path.write_text("\n".join(["md5,pdq,label", *lines]))
        with HashSetStore(self._folder / "store") as store:
            store.import_file(path, name=f"list {number % 4}")
            values = [row.tobytes().hex() for row in hashes[:60]]
            for value in values[:5]:
                store.withdraw(f"list {number % 4}", value)
            media = [
                (f"{row:064x}", "0" * 40, value[:32], Fingerprints(pdq=PdqHash(value, 90)))
                for row, value in enumerate(values)
            ]
            found = store.matcher(None, 31).match(media)
            # Five of them no longer match as PDQ; their MD5s were not withdrawn.
            self.wrong += len([match for match in found if match.label == str(number)]) != 60 + 55
            self.asked += 60
            self.changed += 6_005
            if number >= 3:
                # As many lists as there were: what goes on must need no more memory.
                store.remove(f"list {(number + 1) % 4}")


def main() -> None:
    """Runs the soak."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--n", type=int, default=100_000, help="hashes in the index")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    stop = threading.Event()
    with tempfile.TemporaryDirectory() as scratch:
        index, store = IndexSoak(given.n), StoreSoak(Path(scratch))
        threads = [threading.Thread(target=index.ask, args=(stop,), daemon=True) for _ in range(2)]
        for thread in threads:
            thread.start()
        started = shown = time.monotonic()
        memory: list[tuple[float, float]] = []
        try:
            while (now := time.monotonic()) - started < given.minutes * 60:
                index.turn()
                store.turn()
                if now - shown >= 10:
                    shown = now
                    memory.append((now - started, memory_mib()))
                    _print(_said(now - started, index, store), given.json)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        settled = [mib for at, mib in memory if at >= given.minutes * 60 / 5]
        half = len(settled) // 2 or 1
        growth = max(settled[half:], default=0.0) / max(max(settled[:half], default=1.0), 1.0) - 1
        wrong = index.wrong + store.wrong
        _print(
            {**_said(time.monotonic() - started, index, store), "growth": round(growth, 4), "wrong": wrong}, given.json
        )
        sys.exit(1 if wrong or growth > 0.05 else 0)


def _said(seconds: float, index: IndexSoak, store: StoreSoak) -> dict[str, Any]:
    return {
        "engine": "soak", "seconds": round(seconds), "memory_mb": round(memory_mib(), 1), "index_asked": index.asked, "index_changed": index.changed,
        "store_asked": store.asked, "store_changed": store.changed,
    }  # fmt: skip


def _print(row: dict[str, Any], as_json: bool) -> None:
    print(json.dumps(row) if as_json else ", ".join(f"{name} {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
