"""Everything that the report says, gathered from the case once, for HTML and PDF alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from safelight import __version__
from safelight.case import generation, lead_search, reasons, scenes, stage_summary, summary
from safelight.case.newest import Place, places_of
from safelight.case.read import CaseReader
from safelight.case.turns import turned_count
from safelight.errors import OutputError
from safelight.exports.report.custody_log import Custody, read_log
from safelight.exports.report.looking import Score, Shown, scores, shown_by_step
from safelight.model import LeadKind

__all__ = ["Facts", "gather"]

QUEUE_LINES: Final = 100
"""Lines of the queue that are printed."""

LEADS_OF_A_KIND: Final = 6
"""Values of one kind of lead that are printed."""

LEAD_KINDS: Final = tuple(
    kind for kind in LeadKind if not kind.folded and kind not in {LeadKind.GENERATOR, LeadKind.SOFTWARE}
)
"""Kinds of leads that are printed: generators and programs stand elsewhere, prompts nowhere."""

_TRIES: Final = 3
_MATCHES_OF_A_LINE: Final = 5
_PLACES_OF_A_REASON: Final = 3
_LIST_ROWS: Final = 60
_GENERATORS: Final = 15
_GROUPS: Final = 12
_RUNS: Final = 15
_LINKS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A case at one moment.

    Attributes:
        version: Of the Safelight that writes the report.
        reasons: Why things were not examined. `readers`: by (name, version), contents by outcome.
        lists, lists_left: Matches by list, and how many such rows were left out. `hashsets`: the state of the lists, as recorded.
        making_state, making: How far generation runs reach, and how many there are. `largest_runs`: the largest of them.
        leads: Of each kind the values that most contents share, no prompts.
        scene_state, scene_details, scene_totals: How far the comparing of scenes reaches, what it recorded, and its links by kind.
        scene_links: The strongest with a picture that may be a source photograph.
        turned: Members of groups that were found through a flip or a rotation.
        mixed_groups: The first groups that hold photographs and artificial pictures. `largest_groups`: the first of all.
        matches_left_out: Matches by likeness that the matching found and did not store, and of how many contents.
        rests_on: The runs whose matches and groups made the order, by stage, as recorded.
        rules: The queue by rule. `rules_record`: where the rules come from, and their digest. `head`: the first lines.
        places: Where the contents in `head`, `mixed_groups` and `largest_groups` lie.
        shown: What people were shown, by step. `scores`: what the unit's own models did, by model and condition.
    """

    version: str
    custody: Custody
    totals: summary.Totals
    sources: tuple[summary.SourceCount, ...]
    formats: tuple[summary.FormatCount, ...]
    opinions: tuple[summary.OpinionCount, ...]
    bases: tuple[summary.BasisCount, ...]
    generators: tuple[list[tuple[str, int]], int, int]
    reasons: tuple[reasons.Reason, ...]
    readers: dict[tuple[str, str], Counter[str]]
    runs: tuple[summary.RunFacts, ...]
    match_state: stage_summary.StageState
    matches: stage_summary.MatchTotals
    lists: tuple[stage_summary.ListCount, ...]
    lists_left: int
    hashsets: dict[str, Any]
    matches_left_out: tuple[int, int]
    group_state: stage_summary.StageState
    groups: stage_summary.GroupTotals
    turned: int
    mixed_groups: tuple[stage_summary.GroupFacts, ...]
    largest_groups: tuple[stage_summary.GroupFacts, ...]
    making_state: stage_summary.StageState
    making: generation.RunTotals
    largest_runs: tuple[generation.StoredRun, ...]
    leads: tuple[lead_search.LeadCount, ...]
    scene_state: stage_summary.StageState
    scene_details: dict[str, Any]
    scene_totals: dict[str, int]
    scene_links: tuple[dict[str, Any], ...]
    queue_state: stage_summary.StageState
    rests_on: dict[str, int]
    rules: tuple[stage_summary.RuleCount, ...]
    rules_record: dict[str, Any]
    head: tuple[stage_summary.QueueLine, ...]
    places: dict[str, Place]
    shown: tuple[Shown, ...]
    scores: tuple[Score, ...]

    @property
    def queue_lines(self) -> int:
        """All lines of the queue."""
        return sum(rule.lines for rule in self.rules)

    @property
    def undigested(self) -> int:
        """Places of which nothing was read."""
        return self.totals.places - self.totals.digested_places

    @property
    def unfinished_runs(self) -> tuple[summary.RunFacts, ...]:
        """Runs that did not end with `done`, unless a later run did: that one went on where they had stopped."""
        last_done = max((run.number for run in self.runs if run.outcome == "done"), default=0)
        return tuple(run for run in self.runs if run.number > last_done)

    @property
    def lists_used(self) -> int:
        """Lists that the last matching looked into."""
        return len(self.hashsets.get("sets", ()))


def gather(case: CaseReader) -> Facts:
    """Reads a case.

    Raises:
        OutputError: The case is being written to at the same time, so that its figures would not fit together.
    """
    for _ in range(_TRIES):
        before = case.head()
        facts = _gathered(case)
        # Every batch moves the head in the same transaction, so an unmoved head means that all figures are of one moment.
        if case.head() == before:
            return facts
    raise OutputError(
        "The case is being written to, so its figures do not hold still for a report.",
        kept="No report was written; an earlier one is still there.",
        advice="Wait until the run has ended, then run `safelight export CASE --format report`.",
    )


def _gathered(case: CaseReader) -> Facts:
    lists, lists_left = stage_summary.list_counts(case, _LIST_ROWS)
    mixed = stage_summary.group_facts(case, _GROUPS, mixed=True)
    largest = stage_summary.group_facts(case, _GROUPS, mixed=False)
    head = stage_summary.queue_head(case, QUEUE_LINES, _MATCHES_OF_A_LINE)
    wanted = [group.representative for group in (*mixed, *largest)]
    wanted += [member.sha256 for line in head for member in line.members]
    links = scenes.strongest_links(case, _LINKS)
    wanted += [link[name] for link in links for name in ("sha256", "other")]
    ordered = case.stage_details("queue")
    rules = dict(ordered.get("rules", {}))
    # The text of the rules stays in the case; its digest says which they were.
    rules.pop("text", None)
    match_state = stage_summary.stage_state(case, "match")
    custody, left_out = read_log(case, match_state.run)
    return Facts(
        version=__version__,
        custody=custody,
        totals=summary.totals(case),
        sources=tuple(summary.sources(case)),
        formats=tuple(summary.formats(case)),
        opinions=tuple(summary.opinions(case)),
        bases=tuple(summary.bases(case)),
        generators=summary.generators(case, _GENERATORS),
        reasons=tuple(reasons.reasons(case, _PLACES_OF_A_REASON)),
        readers=summary.reader_outcomes(case),
        runs=tuple(summary.runs(case)),
        match_state=match_state,
        matches=stage_summary.match_totals(case),
        lists=tuple(lists),
        lists_left=lists_left,
        hashsets=dict(case.stage_details("match").get("lists", {})),
        matches_left_out=left_out,
        group_state=stage_summary.stage_state(case, "group"),
        groups=stage_summary.group_totals(case),
        turned=turned_count(case),
        mixed_groups=tuple(mixed),
        largest_groups=tuple(largest),
        making_state=stage_summary.stage_state(case, generation.STAGE),
        making=generation.run_totals(case),
        largest_runs=tuple(generation.largest_runs(case, _RUNS)),
        leads=tuple(lead_search.strongest_leads(case, LEAD_KINDS, LEADS_OF_A_KIND)),
        scene_state=stage_summary.stage_state(case, scenes.STAGE),
        scene_details=case.stage_details(scenes.STAGE),
        scene_totals=scenes.scene_totals(case),
        scene_links=tuple(links),
        queue_state=stage_summary.stage_state(case, "queue"),
        rests_on=dict(ordered.get("rests_on", {})),
        rules=tuple(stage_summary.rule_counts(case)),
        rules_record=rules,
        head=tuple(head),
        places=places_of(case, wanted),
        shown=tuple(shown_by_step(case)),
        scores=tuple(scores(case)),
    )
