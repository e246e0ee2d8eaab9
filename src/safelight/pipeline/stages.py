"""The stages after intake, each over the whole case: matches, near-duplicates, queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from safelight.case.case import Case
from safelight.model import PDQ_MIN_QUALITY, Match
from safelight.pipeline.progress import Progress, StageCount
from safelight.settings import Settings

__all__ = ["group_media", "match_media", "order_queue"]

_MATCH_BATCH = 2_000


def match_media(
    case: Case, run_id: int, store: Path, names: tuple[str, ...] | None, settings: Settings, progress: Progress
) -> int:
    """Looks every media up in the lists and stores the matches; returns how many.

    Args:
        case: Open for writing. `run_id`: the running run.
        store: Directory of the hash sets. `names`: the lists to use; every list when None, no list when empty.
        settings: For the PDQ distance.
        progress: Told about every batch.

    Raises:
        HashSetError: A list that was named is not in the store.
    """
    from safelight.hashsets import HashSetStore

    count = StageCount("matching", total=case.media_count())
    if names == () or not store.is_dir():
        case.add_matches(
            run_id, (), state={"sets": [], "why": "no list was asked for" if names == () else "the store holds no list"}
        )
        return 0
    with HashSetStore(store) as lists:
        matcher = lists.matcher(list(names) if names is not None else None, settings.pdq_distance_bits)
        found = 0

        def matches() -> Iterator[Match]:
            nonlocal found
            for batch in case.iter_for_matching(_MATCH_BATCH):
                for match in matcher.match(batch):
                    found += 1
                    yield match
                count.done += len(batch)
                progress.update(count)

        case.add_matches(run_id, matches(), state=matcher.state)
    return found


def group_media(case: Case, run_id: int, settings: Settings, progress: Progress) -> int:
    """Finds near-duplicates among the media with a PDQ that can be matched; stores the groups and returns how many."""
    import numpy as np

    from safelight.grouping import near_duplicates

    sha256s, hashes, qualities = case.pdq_arrays()
    progress.update(StageCount("grouping", total=len(sha256s)))
    usable = np.flatnonzero(qualities >= PDQ_MIN_QUALITY)
    groups = near_duplicates([sha256s[row] for row in usable], hashes[usable], settings.group_distance_bits)
    case.add_groups(run_id, groups, distance_bits=settings.group_distance_bits)
    progress.update(StageCount("grouping", done=len(sha256s), total=len(sha256s)))
    return len(groups)


def order_queue(case: Case, run_id: int, settings: Settings, progress: Progress) -> int:
    """Orders everything in the case for review by the rules in force; stores the queue and returns its length."""
    from safelight.review.queue import build_queue
    from safelight.review.rules import load_rules

    progress.update(StageCount("ordering"))
    rules = load_rules(Path(settings.queue_rules) if settings.queue_rules else None)
    length = build_queue(case, run_id, rules)
    progress.update(StageCount("ordering", done=length, total=length))
    return length
