"""The main job: sources to a ranked case and a report, in the order of the stages."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from safelight.case.case import Case
from safelight.case.judged import judged_by_other_lists, list_states
from safelight.case.placement import check_placement
from safelight.decode.wall import Wall
from safelight.errors import CaseError, SourceError
from safelight.model import JsonValue
from safelight.pipeline.generation import find_generation_runs
from safelight.pipeline.intake import Intake
from safelight.pipeline.plan import limits_of, plan_of, settings_record, versions_of
from safelight.pipeline.progress import Progress
from safelight.pipeline.scenes import link_scenes
from safelight.pipeline.stages import check_lists, group_media, match_media, order_queue
from safelight.settings import Settings

__all__ = ["TriageResult", "result_record", "triage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageResult:
    """What a run did.

    Attributes:
        files: Places taken in by this run. `skipped`: places that an earlier run had done; members of archives that
            are done are not met again and not counted.
        problems: Places or media of this run of which something could not be looked at.
        unreadable: Places of the whole case that could not be read at all, whichever run met them.
        lists: How many hash sets were asked; with 0 no match says nothing. `matches`, `groups`, `queue`: Lengths of what the stages stored.
        reports: The files that were written.
    """

    files: int
    skipped: int
    problems: int
    unreadable: int
    lists: int
    matches: int
    groups: int
    queue: int
    reports: tuple[Path, ...]


def result_record(result: TriageResult, directory: Path) -> dict[str, JsonValue]:
    """The result as one JSON object, schema `safelight.triage/1`."""
    record: dict[str, JsonValue] = {"schema": "safelight.triage/1", "case": str(directory)}
    record.update(
        {
            name: getattr(result, name)
            for name in ("files", "skipped", "problems", "unreadable", "lists", "matches", "groups", "queue")
        }
    )
    record["reports"] = [str(path) for path in result.reports]
    return record


def triage(
    sources: Sequence[Path],
    directory: Path,
    settings: Settings,
    progress: Progress,
    *,
    hashset_store: Path,
    hashset_names: tuple[str, ...] | None = None,
    report: bool = True,
) -> TriageResult:
    """Runs the main job; a second run on the same case resumes and adds.

    Args:
        sources: Files and folders to take in; each must exist.
        directory: The case directory; made when absent.
        settings: The settings in force.
        progress: Told how far the run has come.
        hashset_store: Directory of the hash sets. `hashset_names`: the lists to use; every list when None.
        report: Whether to write the report.

    Raises:
        SourceError: A source is missing.
        CaseError: The case cannot be used, lies in a source, or the disk is full; what was stored before is kept.
        HashSetError, SettingsError, WallError, OutputError: As their names say.
    """
    raw_sources = [_absolute(source) for source in sources]
    check_placement(directory, raw_sources)
    check_lists(hashset_store, hashset_names, settings)
    limits = limits_of(settings)
    with Case.create_or_open(directory, actor=settings.examiner) as case:
        resumed = case.media_file_count() > 0
        intake = Intake(case, limits, progress, resumed=resumed)
        versions = versions_of(settings)
        with Wall(plan_of(settings), limits, settings.worker_count, known=intake.known, on_event=progress.note) as wall:
            run_id = case.begin_run(
                command="triage",
                sources=raw_sources,
                settings=settings_record(settings),
                versions=versions,
                isolation=wall.isolation,
            )
            with _ended_on_error(case, run_id, intake):
                if resumed:
                    _say_what_other_lists_judged(case, run_id, versions, progress)
                intake.run(wall, run_id, raw_sources)
        with _ended_on_error(case, run_id, intake):
            matches = match_media(case, run_id, hashset_store, hashset_names, settings, progress)
            groups = group_media(case, run_id, settings, progress)
            find_generation_runs(case, run_id, progress)
            if settings.scenes:
                link_scenes(case, run_id, progress)
            queue = order_queue(case, run_id, settings, progress)
            lists = len(case.stage_details("match")["lists"]["sets"])
        counts = {
            "files": intake.count.done, "skipped": intake.count.skipped, "problems": intake.count.problems,
            "unreadable": case.unreadable_count(), "lists": lists, "matches": matches, "groups": groups, "queue": queue,
        }  # fmt: skip
        case.end_run(run_id, outcome="done", counts=counts)
        reports: tuple[Path, ...] = ()
        if report:
            from safelight.exports.report import write_report

            reports = tuple(write_report(case, directory))
            digests: dict[str, JsonValue] = {
                path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in reports
            }
            # Logged after the report, which names the head of the log as it was before.
            case.log("report-written", {"run": run_id, "sha256": digests})
        return TriageResult(**counts, reports=reports)


def _say_what_other_lists_judged(case: Case, run_id: int, versions: Mapping[str, str], progress: Progress) -> None:
    """Notes that earlier runs judged signatures by other trust lists; what they found stays as it is, and is not judged again."""
    other = judged_by_other_lists(case, versions)
    if not other:
        return
    media = sum(judged.media for judged in other)
    runs: list[JsonValue] = [{"run": one.run, "media": one.media, "lists": dict(one.lists)} for one in other]
    case.log("trust-lists-changed", {"run": run_id, "judged": runs, "now": dict(list_states(versions))})
    progress.note(
        f"The trust lists are not those by which the C2PA manifests of {media:,} media were judged before (run "
        f"{', '.join(str(one.run) for one in other)}). Those findings stay as they are; to have them judged by the lists in force, take their "
        "sources into a new case. The custody log says so."
    )


@contextmanager
def _ended_on_error(case: Case, run_id: int, intake: Intake) -> Iterator[None]:
    """Writes into the case that the run did not end well, and lets the error go on."""
    try:
        yield
    except BaseException as error:
        outcome = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        # The disk may be full: then the first error, which says so, is the one to show.
        with suppress(CaseError):
            case.end_run(
                run_id, outcome=outcome, counts={"files": intake.count.done, "problems": intake.count.problems}
            )
        raise


def _absolute(source: Path) -> bytes:
    raw = os.fsencode(os.path.abspath(source))  # noqa: PTH100 - Path.resolve would follow links
    try:
        os.lstat(raw)
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        raise SourceError(
            f"The source {source} does not exist."
            if missing
            else f"The source {source} cannot be used: {error.strerror}.",
            kept="Nothing was changed.",
            advice=f"Check the path{'' if missing else ' and the right to read its folder'}, or attach the disk.",
        ) from error
    return raw
