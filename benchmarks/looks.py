"""What settling a drawn seizure costs in full views, against opening each distinct picture; without and with decisions for generation runs.

Run: `python -m benchmarks.looks SEIZURE --case CASE`, where SEIZURE holds `evidence/` and `truth.json` as `safelight demo` draws them, and CASE is
the case that was made of it.

The truth: the subject of each picture (hills, sea, houses, ...), see `looks_truth`. The task: a person pursues one subject, and says of each picture
yes or no; each of the seven subjects is pursued once, so that none is picked.

Who looks: no person, but a reader of the previews that the workbench hands out at each step (the region: the middle), see `looks_reader`. It goes
from step to step as far as the colour one, and says what it sees only where it was wrong in at most one of 200 such answers on other drawings;
else it asks for the full view, which tells the truth. That shows what the steps below the full one leave to be told on drawn pictures, and nothing
about people or about real material. The bound above it is counted too: a full view for each look that the pages ask for.

A group is decided by its representative; each member of another opinion is looked at by itself. A line with a digest on a list of known material
is settled by that match.

A generation run is decided as on its page: those proposed are looked at; if they all got the same answer, it is given to all members that nothing
sets apart, unseen, else each is looked at. What that gets wrong is counted by the truth of each member. **A seizure drawn by `safelight demo` is
the worst case for it: the subject of a picture is drawn without regard to the prompt that it carries, so that a run shows what chance brings.**
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from benchmarks.looks_reader import SIDE, STEPS, Floats, Reader, region_of, taught
from benchmarks.looks_truth import subjects
from PIL import Image
from sqlalchemy import select

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.generation import stored_runs
from safelight.case.record import location_from_row
from safelight.case.reviewing import RevealStep
from safelight.decode.limits import Limits
from safelight.decode.previewing import NoPictureError, PreviewAsked
from safelight.demo.scenes import SUBJECTS
from safelight.model import MediaKind
from safelight.review.lines import queue_lines, queue_state
from safelight.review.runs import proposed, run_members_told
from safelight.review.wellness import StepForm, load_wellness
from safelight.workbench.pixels import NotThereError, PreviewDesk

NOBODY: Final = ""
"""Stands for a person who has decided nothing yet."""


@dataclass(frozen=True, slots=True)
class Look:
    """One picture that must be looked at, and the members that its decision is stored for."""

    sha256: str
    members: Sequence[str]


@dataclass(frozen=True, slots=True)
class RunLooks:
    """A generation run: whom to look at first, and the looks that are spared when they agree."""

    first: Sequence[str]
    spared: Sequence[Look]


@dataclass(slots=True)
class Tally:
    """What one pursuit of one subject came to over a sample.

    Attributes:
        full: Full views. `at`: answers by the step that told. `wrong`: of those below the full view.
        unseen: Members decided with a run. `missed`: those of the subject among them that got no. `mistaken`: others that got yes.
        runs_decided: Runs whose members were decided unseen.
    """

    full: int = 0
    at: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STEPS, 0))
    wrong: int = 0
    unseen: int = 0
    missed: int = 0
    mistaken: int = 0
    runs_decided: int = 0

    @property
    def below(self) -> int:
        """Answers below the full view."""
        return sum(self.at.values())


@dataclass(frozen=True, slots=True)
class Sight:
    """The reader with what it was shown: `scores` by picture and step. Pictures without a known subject need the full view."""

    reader: Reader
    truth: Mapping[str, str]
    scores: Mapping[str, Sequence[Floats]]

    def look(self, sha256: str, subject: str, tally: Tally) -> bool:
        """Looks at one picture; whether the reader says that it shows the subject."""
        known = sha256 in self.truth
        step, said = self.reader.told(self.scores[sha256], subject) if known else (None, False)
        right = known and self.truth[sha256] == subject
        if step is None:
            tally.full += 1
            return right
        tally.at[step] += 1
        tally.wrong += said != right
        return said

    def decide(self, run: RunLooks, subject: str, tally: Tally) -> None:
        """Looks at those proposed, and decides for the run or looks at each."""
        said = {self.look(one, subject, tally) for one in run.first}
        if len(said) > 1:
            for one in run.spared:
                self.look(one.sha256, subject, tally)
            return
        (answer,) = said
        tally.runs_decided += 1
        for member in (member for one in run.spared for member in one.members if member in self.truth):
            tally.unseen += 1
            tally.missed += not answer and self.truth[member] == subject
            tally.mistaken += answer and self.truth[member] != subject


def looks(case: Case) -> tuple[list[Look], int, int]:
    """(what must be looked at, pictures that a match with a digest settles, all distinct pictures)."""
    opinion, media = tables.opinion.c, tables.media.c
    chosen = select(opinion.sha256, opinion.opinion).order_by(opinion.run_id)
    judged = {row["sha256"]: row["opinion"] for row in case.stream(chosen)}
    images = {row["sha256"] for row in case.stream(select(media.sha256).where(media.kind == MediaKind.IMAGE))}
    found, settled = [], 0
    for line in queue_lines(case, queue_state(case)):
        head = str(line["sha256"])
        if head not in images:
            continue
        group: Any = line["group"]
        members = [one["sha256"] for one in group["members"]] if group else [head]
        apart = [one for one in members if judged.get(one) != judged.get(head)]
        alike = [one for one in members if judged.get(one) == judged.get(head)]
        matches: Any = line["matches"]
        if any(one["role"] == "known" and one["how"] != "pdq" for one in matches):
            settled += len(alike)
        else:
            found.append(Look(head, alike))
        found += [Look(one, [one]) for one in apart]
    return found, settled, len(images)


def by_run(case: Case, wanted: Sequence[Look]) -> tuple[list[RunLooks], list[Look]]:
    """(runs whose decision spares at least one look, the looks that no run has to do with).

    A look is spared when all that its decision is stored for is decided with the run; a group that reaches beyond stays a look of its own.
    """
    open_still = {look.sha256: look for look in wanted}
    found = []
    for run in stored_runs(case):
        alike = run_members_told(case, run.number, NOBODY).alike
        names = {one.sha256 for one in alike}
        here = [open_still[name] for name in sorted(names & open_still.keys())]
        first = [one.sha256 for one in proposed([one for one in alike if one.sha256 in open_still])]
        spared = [look for look in here if look.sha256 not in first and names.issuperset(look.members)]
        # One that stands for a group beyond the run is decided with that group, at no further look.
        taken = {*first, *(look.sha256 for look in spared)}
        if spared:
            found.append(RunLooks(first, spared))
            for name in taken:
                del open_still[name]
    return found, list(open_still.values())


def counted(seizure: Path, directory: Path, sample: int, sampled_runs: int, teach: int, seed: int) -> dict[str, Any]:
    """Everything that is printed; see the head of this file."""
    forms = dict(load_wellness().steps)
    truth = subjects(seizure)
    with Case.open(directory) as case, PreviewDesk(Limits(memory_bytes=2 << 30)) as desk:
        wanted, settled, images = looks(case)
        runs, alone = by_run(case, wanted)
        told: dict[str, Any] = {
            "distinct_pictures": images, "looks": len(wanted), "settled_by_digest": settled, "looks_alone": len(alone), "runs": len(runs),
            "looks_in_runs": sum(len(run.first) + len(run.spared) for run in runs),
            "looks_if_every_run_is_decided": len(alone) + sum(len(run.first) for run in runs),
            "runs_of_one_subject": sum(len(_shown_by(run, truth)) == 1 for run in runs),
            "groups_of_more_than_one_subject": sum(len({truth[one] for one in look.members if one in truth}) > 1 for look in wanted),
            "one_in_if_each_look_is_a_full_view": round(images / max(1, len(wanted)), 2),
            "run_decisions_where_each_look_tells_the_truth": by_truth(runs, len(alone), truth),
        }  # fmt: skip
        if not teach:
            return told
        reader = taught(forms, teach, seed)
        rng = np.random.default_rng(seed)
        some_runs = [runs[place] for place in _drawn(rng, len(runs), sampled_runs)]
        some = [alone[place] for place in _drawn(rng, len(alone), sample)]
        shown = {name for run in some_runs for name in (*run.first, *(look.sha256 for look in run.spared))}
        shown |= {look.sha256 for look in some}
        sight = Sight(reader, truth, {name: _scores(case, desk, forms, reader, name) for name in sorted(shown)})
    return {
        **told, "taught_on": teach, "looked_at_alone": len(some), "runs_looked_at": len(some_runs),
        "without_truth": sum(name not in truth for name in shown),
        "without_run_decisions": _pursued(sight, some, some_runs, len(alone), len(runs), images, decide_runs=False),
        "with_run_decisions": _pursued(sight, some, some_runs, len(alone), len(runs), images, decide_runs=True),
    }  # fmt: skip


def by_truth(runs: Sequence[RunLooks], alone: int, truth: Mapping[str, str]) -> dict[str, Any]:
    """What run decisions spare and get wrong where every look tells the truth; over all runs, no sample and no reader.

    `looks_mean` is of the seven pursuits. `missed`: members of the subject that got no unseen; `mistaken`: others that got yes.
    """
    # No scores: each look is a full view, which tells the truth.
    sight, tallies = Sight(Reader({}, {}), truth, _Nothing()), {subject: Tally() for subject in SUBJECTS}
    for subject, tally in tallies.items():
        for run in runs:
            sight.decide(run, subject, tally)
    unseen = sum(one.unseen for one in tallies.values())
    wrong = sum(one.missed + one.mistaken for one in tallies.values())
    return {
        "looks_mean": round(alone + _mean(one.full for one in tallies.values())),
        "runs_decided_mean": round(_mean(one.runs_decided for one in tallies.values())),
        "decided_unseen": unseen, "missed": sum(one.missed for one in tallies.values()), "mistaken": sum(one.mistaken for one in tallies.values()),
        "wrong_of_decided_unseen": _share(wrong, unseen), "of_the_subject_in_runs": sum(name in truth for run in runs for name in _names(run)),
    }  # fmt: skip


class _Nothing(dict[str, Sequence[Floats]]):
    """No preview of anything."""

    def __missing__(self, _name: str) -> Sequence[Floats]:
        return ()


def _names(run: RunLooks) -> tuple[str, ...]:
    return (*run.first, *(one for look in run.spared for one in look.members))


def _shown_by(run: RunLooks, truth: Mapping[str, str]) -> set[str]:
    return {truth[one] for one in _names(run) if one in truth}


def _drawn(rng: np.random.Generator, of: int, count: int) -> list[int]:
    return sorted(rng.choice(of, min(count, of), replace=False).tolist()) if of else []


def _pursued(
    sight: Sight, some: Sequence[Look], some_runs: Sequence[RunLooks], alone: int, runs: int, images: int, *, decide_runs: bool
) -> dict[str, Any]:  # fmt: skip
    """Each subject pursued once; full views are those of the sample, of single looks and of runs, each brought to its whole."""
    by_subject, errors = {}, Tally()
    wrong = below = 0
    for subject in SUBJECTS:
        single, run_tally = Tally(), Tally()
        for look in some:
            sight.look(look.sha256, subject, single)
        for run in some_runs:
            if decide_runs:
                sight.decide(run, subject, run_tally)
            else:
                for name in (*run.first, *(look.sha256 for look in run.spared)):
                    sight.look(name, subject, run_tally)
        views = single.full * alone / max(1, len(some)) + run_tally.full * runs / max(1, len(some_runs))
        by_subject[subject] = {
            "full_views": round(views), "one_in": round(images / max(1.0, views), 1), "wrong_below_full": single.wrong + run_tally.wrong,
            "below_full": single.below + run_tally.below, "runs_decided": run_tally.runs_decided, "decided_unseen": run_tally.unseen,
            "missed_of_those": run_tally.missed, "mistaken_of_those": run_tally.mistaken,
            "settled_at": {step: single.at[step] + run_tally.at[step] for step in STEPS},
        }  # fmt: skip
        wrong, below = wrong + single.wrong + run_tally.wrong, below + single.below + run_tally.below
        errors.unseen, errors.missed = errors.unseen + run_tally.unseen, errors.missed + run_tally.missed
        errors.mistaken += run_tally.mistaken
    mean = _mean(one["full_views"] for one in by_subject.values())
    return {
        "full_views_mean": round(mean), "one_in_mean": round(images / max(1.0, mean), 1),
        "one_in_worst": min(one["one_in"] for one in by_subject.values()),
        "wrong_of_answers_below_full": _share(wrong, below), "decided_unseen": errors.unseen, "missed": errors.missed, "mistaken": errors.mistaken,
        "wrong_of_decided_unseen": _share(errors.missed + errors.mistaken, errors.unseen), "by_subject": by_subject,
    }  # fmt: skip


def _mean(values: Iterable[int]) -> float:
    return float(np.mean(list(values)))


def _share(part: int, whole: int) -> float:
    return round(part / max(1, whole), 4)


def _scores(
    case: Case, desk: PreviewDesk, forms: dict[RevealStep, StepForm], reader: Reader, sha256: str
) -> list[Floats]:
    """The scores of one picture at each step, from the previews that the workbench hands out; none when it cannot be shown."""
    file = tables.media_file
    rows = case.rows(select(file).where(file.c.sha256 == sha256).order_by(file.c.path).limit(8))
    places = sorted((location_from_row(row) for row in rows), key=lambda place: place.depth)
    found = []
    for step in STEPS:
        form, reading = forms[step], reader.readings[step]
        asked = PreviewAsked(
            longest_px=form.longest_px, blur_px=form.blur_px, colour=form.colour, region=region_of(step)
        )
        try:
            with Image.open(io.BytesIO(desk.show(sha256, places, asked))) as shown:
                given = reading.words.features(shown.resize((SIDE, SIDE), Image.Resampling.BOX))
        except (NoPictureError, NotThereError):
            return []
        found.append(reading.scores(given[None])[0])
    return found


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("seizure", type=Path, help="holds evidence/ and truth.json")
    parser.add_argument("--case", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=1_000, help="looks that no run has to do with, drawn by chance")
    parser.add_argument("--runs", type=int, default=100, help="generation runs that are looked at, drawn by chance")
    parser.add_argument(
        "--teach",
        type=int,
        default=4_000,
        help="drawings that the reader of previews is taught on; 0: only what needs no reader is counted",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = counted(given.seizure, given.case, given.sample, given.runs, given.teach, given.seed)
    print(json.dumps(found) if given.json else json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
