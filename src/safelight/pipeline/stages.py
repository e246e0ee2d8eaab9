"""The stages after intake, each over the whole case: matches, near-duplicates, queue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from safelight.case.case import Case
from safelight.model import PDQ_MIN_QUALITY, JsonValue, Match
from safelight.pipeline.progress import Progress, StageCount
from safelight.settings import Settings

__all__ = ["check_lists", "group_media", "match_media", "order_queue"]

_MATCH_BATCH = 2_000


def check_lists(store: Path, names: tuple[str, ...] | None, settings: Settings) -> None:
    """Makes sure, before hours of reading, that the lists that were named are there.

    Raises:
        HashSetError: One is not, or the store cannot be read.
    """
    from safelight.hashsets import HashSetStore

    if names or (names is None and HashSetStore.is_in(store)):
        with HashSetStore(store, create=False) as lists:
            lists.matcher(names, settings.pdq_distance_bits)


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
    from safelight.hashsets.near import NEAREST_KEPT

    count = StageCount("matching", total=case.media_count())
    if names == () or (names is None and not HashSetStore.is_in(store)):
        case.add_matches(
            run_id, (), state={"sets": [], "why": "no list was asked for" if names == () else "the store holds no list"}
        )
        return 0
    with HashSetStore(store, create=False) as lists:
        matcher = lists.matcher(names, settings.pdq_distance_bits)
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
        if matcher.left_out:
            left_out: dict[str, JsonValue] = {
                "run": run_id, "matches": matcher.left_out, "media": matcher.left_out_media, "kept_of_each_list_bank_and_label": NEAREST_KEPT,
            }  # fmt: skip
            case.log("matches-left-out", left_out)
            progress.note(
                f"{matcher.left_out:,} PDQ matches of {matcher.left_out_media:,} media are not stored: of each list, bank and label "
                f"the {NEAREST_KEPT} nearest are. The custody log says so."
            )
    return found


def group_media(case: Case, run_id: int, settings: Settings, progress: Progress) -> int:
    """Finds near-duplicates among the media with a PDQ that can be matched; stores the groups and returns how many.

    Where the case holds hashes of flips and rotations, members that are near only through one are found too, and told apart.
    """
    from safelight.case.turns import has_turns, turned_arrays
    from safelight.grouping.near import near_duplicates

    distance_bits, turns = settings.group_distance_bits, None
    if has_turns(case):
        from safelight.grouping.turns import turned_duplicates

        arrays = turned_arrays(case, PDQ_MIN_QUALITY)
        total = len(arrays[0])
        progress.update(StageCount("grouping", total=total))
        groups, turns = turned_duplicates(*arrays, distance_bits)
    else:
        sha256s, hashes = case.pdq_arrays(PDQ_MIN_QUALITY)
        total = len(sha256s)
        progress.update(StageCount("grouping", total=total))
        groups = near_duplicates(sha256s, hashes, distance_bits)
    case.add_groups(run_id, groups, distance_bits=distance_bits, turns=turns)
    progress.update(StageCount("grouping", done=total, total=total))
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
