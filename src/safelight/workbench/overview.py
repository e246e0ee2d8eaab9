"""The figures of the overview page: each a chart and the table that says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from markupsafe import Markup
from sqlalchemy import func, select

from safelight.case import stage_summary, summary, tables
from safelight.case.lead_search import shared_leads
from safelight.case.newest import newest_files
from safelight.case.read import CaseReader
from safelight.exports.report.words import BASES, OPINIONS
from safelight.model import LeadKind
from safelight.workbench.charts import Block, bars, block_map, columns

__all__ = ["Figure", "figures"]

_ROWS: Final = 12
_GROUPS: Final = 60
_DAY_NS: Final = 86_400 * 1_000_000_000
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its title, the chart, the same as rows, what it does not say, and the head of the first column of its rows."""

    title: str
    chart: Markup
    rows: Sequence[tuple[str, int]]
    note: str = ""
    column: str = "Value"


def figures(case: CaseReader) -> list[Figure]:
    """Counts of distinct contents, unless a title says otherwise."""
    opinions: Counter[str] = Counter()
    for item in summary.opinions(case):
        opinions[OPINIONS[item.opinion or ""]] += item.contents
    bases: Counter[str] = Counter()
    for basis in summary.bases(case):
        bases[" + ".join(BASES[one][0] for one in basis.basis) or "Nothing"] += basis.contents
    named, others, rest = summary.generators(case, _ROWS)
    if others:
        named = [*named, (f"{others:,} others", rest)]
    lists, _ = stage_summary.list_counts(case, _ROWS)
    matches = [(f"{one.hashset}: {one.label or one.role} ({one.how})", one.contents) for one in lists]
    formats = [(f"{one.kind}: {one.media_type}", one.contents) for one in summary.formats(case)]
    devices = [(one.value, one.media) for one in shared_leads(case, kinds=[LeadKind.DEVICE], limit=_ROWS)]
    groups = stage_summary.group_facts(case, _GROUPS, mixed=False)
    found = [
        _bars("Opinion on origin", _most(opinions), "An opinion orders the queue. None of them closes an item."),
        _bars("What the opinions rest on", _most(bases), "Declared: what software wrote into the file."),
        _bars("Generator that is named", named, "Anybody can write a name into a file."),
        _bars("Matches with lists", matches, "Contents by list, label and way."),
        _bars("Format, told by content", _cut(formats)),
        _bars("Device that is named", devices, "Files with camera data only."),
        _times(case),
    ]
    judged = _opinions(case, [group.representative for group in groups])
    blocks = [Block(group.representative, group.size, judged.get(group.representative, "")) for group in groups]
    title = "Largest groups of near-duplicates"
    rows = [(f"{block.sha256[:12]}: {OPINIONS[block.opinion]}", block.size) for block in blocks]
    note = "Each square leads to its group. Area: members. C captured, G generated, A edited by AI, E edited by hand, U undetermined."
    return [*found, Figure(title, block_map(title, blocks), rows, note, "Group: opinion on its representative")]


def _opinions(case: CaseReader, sha256s: Sequence[str]) -> dict[str, str]:
    opinion = tables.opinion.c
    chosen = select(opinion.sha256, opinion.opinion).where(opinion.sha256.in_(list(sha256s))).order_by(opinion.run_id)
    return {row["sha256"]: row["opinion"] for row in case.rows(chosen)}


def _bars(title: str, rows: Sequence[tuple[str, int]], note: str = "") -> Figure:
    return Figure(title, bars(title, rows), rows, note)


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return _cut(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _cut(rows: list[tuple[str, int]]) -> list[tuple[str, int]]:
    rest = rows[_ROWS:]
    return [*rows[:_ROWS], (f"{len(rest):,} others", sum(number for _, number in rest))] if rest else rows


def _times(case: CaseReader) -> Figure:
    """Places by the month of the time of last change that the file system or archive states."""
    file = newest_files()
    day = file.c.modified_ns // _DAY_NS
    months: Counter[str] = Counter()
    for row in case.rows(
        select(day.label("day"), func.count().label("n")).where(file.c.modified_ns.is_not(None)).group_by(day)
    ):
        try:
            months[f"{_FIRST + timedelta(days=int(row['day'])):%Y-%m}"] += row["n"]
        except OverflowError:
            months["no calendar date"] += row["n"]
    title = "Places by month of last change"
    rows = sorted(months.items())
    return Figure(title, columns(title, rows), rows, "Times can be set to anything.", "Month")
