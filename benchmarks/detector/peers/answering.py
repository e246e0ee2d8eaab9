"""The loop of an adapter. It needs nothing but Python, since it runs in the peer's environment."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib import metadata

__all__ = ["answer"]

Score = Callable[[str], "float | None"]


def answer(package: str, score: Score, clock: Callable[[], float] = time.process_time) -> int:
    """Answers each line of standard input, until there is none.

    Args:
        package: Its name as installed. `score`: of the file at a path; None where the peer declines.
        clock: Seconds of CPU that the peer has used so far.
    """
    # What a package prints on the way must not come between the answers.
    out, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps({"name": package, "version": metadata.version(package)}), file=out, flush=True)
    for line in sys.stdin:
        start = clock()
        try:
            found, why = score(json.loads(line)["path"]), "declined"
        except Exception as error:  # noqa: BLE001 - whatever a peer raises is its answer
            found, why = None, f"{type(error).__name__}: {error}"[:200]
        said = {"score": found, "why": "" if found is not None else why, "cpu_ms": (clock() - start) * 1000}
        print(json.dumps(said), file=out, flush=True)
    return 0
