"""Repeats the examination of one media with the settings that were recorded, and says what differs and why it may.

Nothing is added to the findings of the case: what was found then stays what was found then. A finding that does not come back is no
proof of a fault; the versions that changed since are named beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import orjson
from sqlalchemy import select

from safelight.case import tables
from safelight.case.read import CaseReader
from safelight.case.record import finding_from_row, location_from_row, media_row, opinion_from_row
from safelight.custody.chain import canonical
from safelight.decode.wall import Reply, Wall
from safelight.errors import CaseError, SourceError, WallError
from safelight.evidence import file_at
from safelight.model import Finding, Location
from safelight.origin.opinion import weigh
from safelight.pipeline.plan import limits_of, plan_of, versions_of
from safelight.settings import Settings

__all__ = ["Difference", "Rerun", "rerun"]

_PRINTS = ("media_type", "kind", "width_px", "height_px", "frames", "pdq", "pdq_quality", "pdq_nearest512", "pdq_nearest512_quality",
           "pdq_oriented", "pdq_oriented_quality", "pdq_dihedral")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it was.

    Attributes:
        what: `finding-gone`, `finding-new`, `reader`, `media` or `opinion`. `name`: of the reader or of the field.
        then, now: As recorded, and as found now; None where there is none.
        why: What changed since that bears on it, in words.
    """

    what: str
    name: str
    then: Any
    now: Any
    why: str


@dataclass(frozen=True, slots=True)
class Rerun:
    """What a repetition found.

    Attributes:
        sha256: The media. `run`: the run that examined it. `place`: where its bytes were read now.
        repeated: Findings that came back exactly. `differences`: everything that did not.
        changed_versions: By name, the version then and now, only those that differ.
        settings_left_out: Recorded settings that this version does not know any more.
    """

    sha256: str
    run: int
    place: str
    repeated: int
    differences: tuple[Difference, ...]
    changed_versions: Mapping[str, tuple[str | None, str | None]]
    settings_left_out: tuple[str, ...]


def rerun(case: CaseReader, sha256: str, current: Settings) -> Rerun:
    """Examines a media again.

    Args:
        case: Open for reading. `sha256`: of a media in it, whole. `current`: the settings of this machine, for what is no matter of
            the examination: where hash sets, models and trust lists lie.

    Raises:
        CaseError: The media is not in the case.
        SourceError: Its bytes are not attached.
        WallError: The workers cannot be started, or the examination did not end.
    """
    rows = case.rows(select(tables.media).where(tables.media.c.sha256 == sha256))
    if not rows:
        raise CaseError(f"{sha256} is not in the case.", advice="`safelight show CASE` lists what is.")
    media = dict(rows[0])
    run_row = case.rows(select(tables.run).where(tables.run.c.id == media["run_id"]))[0]
    recorded = orjson.loads(run_row["details"])
    settings, left_out = _settings_of(recorded["settings"], current)
    with Wall(plan_of(settings), limits_of(settings), 1) as wall:
        place, descriptor = _open(case, sha256, wall, settings)
        wall.submit(1, descriptor)
        reply = _reply(wall)
    if reply.digests is None or reply.digests.sha256 != sha256:
        raise SourceError(
            f"{place.full_display()} holds other bytes now.",
            kept="The case is as it was.",
            advice="Attach the evidence as it was seized.",
        )
    if reply.examination is None:
        raise WallError(
            "The examination did not come to its end: " + " ".join(finding.what for finding in reply.findings),
            kept="The case is as it was.",
            advice="Run `safelight doctor`.",
        )
    versions = versions_of(settings)
    then_versions = {str(name): str(value) for name, value in recorded.get("versions", {}).items()}
    names = sorted(name for name in {*versions, *then_versions} if versions.get(name) != then_versions.get(name))
    changed = {name: (then_versions.get(name), versions.get(name)) for name in names}
    found = _Comparison(changed, left_out)
    found.media(media, media_row(reply.examination, media["run_id"]))
    repeated = found.findings(_findings(case, sha256, media["run_id"]), reply.examination.findings)
    found.readers(
        {str(name): (version, outcome) for name, version, outcome in orjson.loads(media["runs"])},
        {item.reader: (item.version, str(item.outcome)) for item in reply.examination.runs},
    )
    found.opinion(_opinion(case, sha256, media["run_id"]), asdict(weigh(reply.examination.findings)))
    return Rerun(sha256, media["run_id"], place.full_display(), repeated, tuple(found.differences), changed, left_out)


class _Comparison:
    """Gathers what differs."""

    def __init__(self, changed: Mapping[str, tuple[str | None, str | None]], left_out: tuple[str, ...]) -> None:
        self.differences: list[Difference] = []
        self._changed = changed
        self._left_out = left_out

    def _why(self, reader: str = "") -> str:
        own = self._changed.get(f"reader {reader}")
        if own is not None:
            return f"the reader {reader} was {own[0] or 'not there'} then and is {own[1] or 'not there'} now"
        causes = [name for name in self._changed if not name.startswith("reader ")]
        causes += [f"the setting {name}" for name in self._left_out]
        if causes:
            return f"the reader did not change; these did: {', '.join(causes)}"
        return "no version and no setting changed: look into it"

    def media(self, then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
        for name in _PRINTS:
            if then[name] != now[name]:
                self.differences.append(Difference("media", name, then[name], now[name], self._why()))

    def findings(self, then: list[Finding], now: tuple[Finding, ...]) -> int:
        waiting: dict[str, list[Finding]] = {}
        for finding in now:
            waiting.setdefault(_text(finding), []).append(finding)
        repeated = 0
        for finding in then:
            if same := waiting.get(_text(finding)):
                same.pop()
                repeated += 1
            else:
                self.differences.append(
                    Difference("finding-gone", finding.reader, _plain(finding), None, self._why(finding.reader))
                )
        for finding in (each for same in waiting.values() for each in same):
            self.differences.append(
                Difference("finding-new", finding.reader, None, _plain(finding), self._why(finding.reader))
            )
        return repeated

    def readers(self, then: Mapping[str, tuple[str, str]], now: Mapping[str, tuple[str, str]]) -> None:
        for name in sorted({*then, *now}):
            if then.get(name) != now.get(name):
                self.differences.append(Difference("reader", name, then.get(name), now.get(name), self._why(name)))

    def opinion(self, then: Mapping[str, Any] | None, now: Mapping[str, Any]) -> None:
        before, after = orjson.loads(canonical(dict(then or {}))), orjson.loads(canonical(dict(now)))
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                why = self._why()
                self.differences.append(Difference("opinion", name, before.get(name), after.get(name), why))


def _settings_of(recorded: Mapping[str, Any], current: Settings) -> tuple[Settings, tuple[str, ...]]:
    """The recorded settings, and the names of those that are no longer known."""
    known = {item.name: getattr(current, item.name) for item in fields(Settings)}
    here = {"workers", "examiner", "hashset_store", "queue_rules", *(name for name in known if name.endswith("_store"))}
    values = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in recorded.items()
        if name in known and name not in here
    }
    return Settings(**{**known, **values}), tuple(sorted(set(recorded) - set(known)))


def _open(case: CaseReader, sha256: str, wall: Wall, settings: Settings) -> tuple[Location, int]:
    file = tables.media_file
    chosen = select(file).where(file.c.sha256 == sha256).order_by(file.c.path, file.c.revision.desc()).limit(20)
    reasons = []
    for row in case.rows(chosen):
        place = location_from_row(row)
        try:
            return place, file_at(place, wall.unpack, limits_of(settings))
        except OSError as error:
            reasons.append(f"{place.full_display()}: {(error.strerror or str(error)).rstrip('.')}.")
    raise SourceError(
        f"The bytes of {sha256} are not attached. {' '.join(reasons)}",
        kept="The case is as it was.",
        advice="Attach the evidence where it lay when it was read.",
    )


def _reply(wall: Wall) -> Reply:
    while wall.outstanding:
        for reply in wall.wait(1.0):
            return reply
    raise WallError("No worker answered.", advice="Run `safelight doctor`.")


def _findings(case: CaseReader, sha256: str, run: int) -> list[Finding]:
    finding = tables.finding
    chosen = select(finding).where(finding.c.sha256 == sha256, finding.c.run_id == run).order_by(finding.c.id)
    return [finding_from_row(row) for row in case.rows(chosen)]


def _opinion(case: CaseReader, sha256: str, run: int) -> dict[str, Any] | None:
    opinion = tables.opinion
    rows = case.rows(select(opinion).where(opinion.c.sha256 == sha256, opinion.c.run_id == run))
    return asdict(opinion_from_row(rows[0])) if rows else None


def _plain(finding: Finding) -> dict[str, Any]:
    return {**asdict(finding), "details": dict(finding.details)}


def _text(finding: Finding) -> str:
    """A finding as the case stores it, so that both sides went the same way."""
    return canonical(_plain(finding))
