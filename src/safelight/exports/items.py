"""Everything that a case holds on each media, one media after the other, for the formats that write them all.

The tables are read side by side in the order of the SHA-256, from one moment of the case, so that memory does not grow with the number of
media and no two lines of an export can contradict each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Generic, TypeVar

import orjson
from sqlalchemy import and_, select

from safelight.case import tables
from safelight.case.covered import snapshot
from safelight.case.newest import newest_files, newest_opinions
from safelight.case.read import CaseReader, SnapshotReader
from safelight.case.record import finding_from_row, fingerprints_from_row, location_from_row, opinion_from_row
from safelight.case.reviewing import Exposure, Standing, exposure_from_row, iter_standings
from safelight.model import (
    Finding,
    Fingerprints,
    HashSetRole,
    Match,
    MatchHow,
    MediaFile,
    MediaKind,
    OriginOpinion,
    Outcome,
    ReaderRun,
)

__all__ = ["Item", "Side", "Unread", "iter_items", "iter_unread", "one_moment"]

_T = TypeVar("_T")
_END: Final = "~"  # Behind every SHA-256.


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One media with everything that is known of it.

    Attributes:
        sha256: Lower-case hex; likewise `sha1` and `md5`.
        fingerprints: None when the pixels were not read. `runs`: every reader that was asked, with its outcome.
        places: Where it lies now, ordered by path; none when every place holds something else by now.
        findings: On the content. `place_findings`: on the places, those of their newest revisions.
        opinion: The newest; None when it was never weighed.
        matches: Of the newest matching, best first as they were stored.
        representative: SHA-256 of the picture that stands for its near-duplicate group, and the distance to it in bits; None without group.
        standing: What people decided; None when nobody did.
        exposures: Each act of showing it to somebody.
    """

    sha256: str
    sha1: str
    md5: str
    size_bytes: int
    media_type: str
    kind: MediaKind
    width_px: int | None
    height_px: int | None
    frames: int | None
    fingerprints: Fingerprints | None
    runs: tuple[ReaderRun, ...]
    places: tuple[MediaFile, ...]
    findings: tuple[Finding, ...]
    place_findings: tuple[Finding, ...]
    opinion: OriginOpinion | None
    matches: tuple[Match, ...]
    representative: tuple[str, int] | None
    standing: Standing | None
    exposures: tuple[Exposure, ...]

    @property
    def viewed_in_full(self) -> bool:
        """Whether any person was shown the whole picture unblurred."""
        return any(item.in_full for item in self.exposures)


@dataclass(frozen=True, slots=True)
class Unread:
    """A place whose content could not be digested, with the findings that say why."""

    place: MediaFile
    findings: tuple[Finding, ...]


@contextmanager
def one_moment(case: CaseReader) -> Iterator[SnapshotReader]:
    """The case as it lies now, whatever another process writes meanwhile."""
    with snapshot(case) as connection:
        yield SnapshotReader(case, connection)


def iter_items(
    case: CaseReader, wanted: Callable[[Standing | None, OriginOpinion | None], bool] = lambda _standing, _opinion: True
) -> Iterator[Item]:
    """Every media, ordered by SHA-256. Memory: one media.

    Args:
        case: At one moment. `wanted`: of which media to make an item, by what people decided and what the software thinks; of all by default.
    """
    media = tables.media
    sides = _sides(case)
    for row in case.stream(select(media).order_by(media.c.sha256)):
        sha256 = row["sha256"]
        standing = next(iter(sides.standings.take(sha256)), None)
        opinion = next(map(opinion_from_row, sides.opinions.take(sha256)), None)
        if not wanted(standing, opinion):
            continue
        yield Item(
            sha256=sha256, sha1=row["sha1"], md5=row["md5"], size_bytes=row["size_bytes"], media_type=row["media_type"],
            kind=MediaKind(row["kind"]), width_px=row["width_px"], height_px=row["height_px"], frames=row["frames"],
            fingerprints=fingerprints_from_row(row),
            runs=tuple(ReaderRun(name, version, Outcome(outcome)) for name, version, outcome in orjson.loads(row["runs"])),
            places=tuple(map(_place, sides.places.take(sha256))),
            findings=tuple(map(finding_from_row, sides.findings.take(sha256))),
            place_findings=tuple(map(finding_from_row, sides.place_findings.take(sha256))),
            opinion=opinion,
            matches=tuple(map(_match, sides.matches.take(sha256))),
            representative=next(((str(each["representative"]), each["distance"]) for each in sides.groups.take(sha256)), None),
            standing=standing,
            exposures=tuple(map(exposure_from_row, sides.exposures.take(sha256))),
        )  # fmt: skip


def iter_unread(case: CaseReader) -> Iterator[Unread]:
    """Every place without a digest, ordered by path."""
    file, finding = newest_files(), tables.finding
    same = and_(finding.c.location_key == file.c.location_key, finding.c.revision == file.c.revision)
    chosen = (
        select(file, *(finding.c[name].label(f"f_{name}") for name in _FINDING))
        .select_from(file.outerjoin(finding, same))
        .where(file.c.sha256.is_(None))
        .order_by(file.c.path, file.c.location_key, finding.c.id)
    )
    for _, rows in groupby(case.stream(chosen), key=lambda row: bytes(row["location_key"])):
        together = list(rows)
        found = [{name: row[f"f_{name}"] for name in _FINDING} for row in together if row["f_reader"] is not None]
        yield Unread(_place(together[0]), tuple(map(finding_from_row, found)))


_FINDING: Final = (
    "reader", "version", "what", "outcome", "supports", "basis", "place", "strength", "could_be_faked_by", "does_not_show", "details",
)  # fmt: skip


class Side(Generic[_T]):
    """One table beside the media: rows in the order of the SHA-256, handed out for one media after the other."""

    def __init__(self, rows: Iterable[_T], key: Any = None) -> None:
        self._rows = iter(rows)
        self._key = key or (lambda row: row["sha256"])
        self._step()

    def _step(self) -> None:
        self._row = next(self._rows, None)
        self._at: str = _END if self._row is None else self._key(self._row)

    def take(self, sha256: str) -> list[_T]:
        """The rows of this media. Media are asked for in their order; rows of media that are not there are passed over."""
        while self._at < sha256:
            self._step()
        found: list[_T] = []
        while self._at == sha256 and self._row is not None:
            found.append(self._row)
            self._step()
        return found


@dataclass(frozen=True, slots=True)
class _Sides:
    places: Side[Any]
    findings: Side[Any]
    place_findings: Side[Any]
    opinions: Side[Any]
    matches: Side[Any]
    groups: Side[Any]
    standings: Side[Standing]
    exposures: Side[Any]


def _sides(case: CaseReader) -> _Sides:
    file, opinion = newest_files(), newest_opinions()
    finding, match, shown, ends = tables.finding, tables.match, tables.exposure, tables.exposure_end
    group, member = tables.media_group, tables.group_member
    same_place = and_(finding.c.location_key == file.c.location_key, finding.c.revision == file.c.revision)
    same_group = and_(group.c.run_id == member.c.run_id, group.c.number == member.c.number)
    return _Sides(
        places=Side(case.stream(
            select(file).where(file.c.sha256.is_not(None)).order_by(file.c.sha256, file.c.path, file.c.location_key)
        )),
        findings=Side(case.stream(
            select(finding).where(finding.c.sha256.is_not(None)).order_by(finding.c.sha256, finding.c.id)
        )),
        place_findings=Side(case.stream(
            select(file.c.sha256, *(finding.c[name] for name in _FINDING)).select_from(file.join(finding, same_place))
            .where(file.c.sha256.is_not(None)).order_by(file.c.sha256, file.c.path, finding.c.id)
        )),
        opinions=Side(case.stream(select(opinion).order_by(opinion.c.sha256))),
        matches=Side(case.stream(
            select(match).where(match.c.run_id == case.current("match")).order_by(match.c.sha256, match.c.id)
        )),
        groups=Side(case.stream(
            select(member.c.sha256, member.c.distance, group.c.representative).select_from(member.join(group, same_group))
            .where(member.c.run_id == case.current("group"), group.c.kind == "near-duplicate").order_by(member.c.sha256)
        )),
        standings=Side(iter_standings(case), key=lambda standing: standing.sha256),
        exposures=Side(case.stream(
            select(shown, ends.c.seconds).outerjoin(ends, shown.c.id == ends.c.exposure).order_by(shown.c.sha256, shown.c.id)
        )),
    )  # fmt: skip


def _place(row: Any) -> MediaFile:
    return MediaFile(
        location=location_from_row(row), size_bytes=row["size_bytes"], modified_ns=row["modified_ns"], accessed_ns=row["accessed_ns"],
        changed_ns=row["changed_ns"], created_ns=row["created_ns"],
    )  # fmt: skip


def _match(row: Any) -> Match:
    return Match(
        sha256=row["sha256"], hashset=row["hashset"], bank=row["bank"], role=HashSetRole(row["role"]), how=MatchHow(row["how"]),
        distance=row["distance"], label=row["label"], entry=row["entry"], variant=row["variant"],
    )  # fmt: skip
