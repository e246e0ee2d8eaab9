"""A generation run as something that a person can decide: who is in it, who must not be decided with it, and which few to look at.

Files of a run say of themselves that they were made alike; that says nothing on what they show. So a person looks at some of them before deciding
for the rest, and whatever sets a member apart from the others takes it out of any decision on the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any, Final

import numpy as np
import orjson
from sqlalchemy import and_, or_, select

from safelight.case import scenes, tables
from safelight.case.generation import STAGE
from safelight.case.newest import newest_opinions
from safelight.case.read import CaseReader
from safelight.case.reviewing import RevealStep
from safelight.custody.chain import storable
from safelight.model import MediaKind, Outcome, SceneLinkKind, Supports

__all__ = ["PROPOSED", "RunMember", "Runs", "looked_at", "nearest", "proposed", "run_members_told"]

PROPOSED: Final = (3, 7)
"""Fewest and most members that are proposed for a look; between them about the root of how many there are."""

_MEMBER: Final = tables.generation_member
_SHARED: Final = (SceneLinkKind.SOURCE_PHOTOGRAPH, SceneLinkKind.SAME_PICTURE)
_CAMERA_READER: Final = "camera"


@dataclass(frozen=True, slots=True)
class RunMember:
    """One member.

    Attributes:
        opinion: On its origin, "" for none. `prompt`: as the opinion took it; text that can harm, never shown without an act.
        pdq: Its 256 bits in hex, None where it has none.
        apart: Why it is never decided with the run, in words; empty when nothing sets it apart.
    """

    sha256: str
    opinion: str
    prompt: str
    pdq: str | None
    apart: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Runs:
    """The members of one run: `alike` can be decided together, `apart` never."""

    alike: tuple[RunMember, ...]
    apart: tuple[RunMember, ...]


def run_members_told(case: CaseReader, number: int, person: str) -> Runs:
    """Reads the members of a run, those that are set apart by themselves; in the order of their SHA-256s.

    A member is set apart that is no picture; that has another opinion on its origin than most, or one with conflicts; that is on any list; of which
    anything says that a camera took it; that shares a scene with a picture outside the run; that somebody flagged; or that this person decided
    by itself.
    """
    run, here = case.current(STAGE), and_(_MEMBER.c.run_id == case.current(STAGE), _MEMBER.c.number == number)
    judged, media = newest_opinions(), tables.media
    joined = _MEMBER.join(media, _MEMBER.c.sha256 == media.c.sha256).outerjoin(
        judged, _MEMBER.c.sha256 == judged.c.sha256
    )
    columns = _MEMBER.c.sha256, media.c.kind, media.c.pdq, judged.c.opinion, judged.c.prompt, judged.c.conflicts
    rows = case.rows(select(*columns).select_from(joined).where(here).order_by(_MEMBER.c.sha256))
    counted = Counter(row["opinion"] or "" for row in rows)
    # Of opinions that are held of as many, the one that is first by name: the choice must not change from page to page.
    most = min(counted, key=lambda name: (-counted[name], name), default="")
    told: dict[str, list[str]] = {}
    for sha256, words in _told_apart(case, run, number, person):
        told.setdefault(sha256, []).append(words)
    alike: list[RunMember] = []
    apart: list[RunMember] = []
    for row in rows:
        reasons = ["no picture"] if row["kind"] != MediaKind.IMAGE else []
        reasons += ["another opinion than most"] if (row["opinion"] or "") != most else []
        reasons += ["conflicting statements on its origin"] if orjson.loads(row["conflicts"] or "[]") else []
        reasons += told.get(row["sha256"], [])
        one = RunMember(
            row["sha256"], row["opinion"] or "", row["prompt"] or "", row["pdq"], tuple(dict.fromkeys(reasons))
        )
        (apart if reasons else alike).append(one)
    return Runs(tuple(alike), tuple(apart))


def _told_apart(case: CaseReader, run: int, number: int, person: str) -> list[tuple[str, str]]:
    """(member, what sets it apart) from matches, findings, links and decisions."""
    match, finding, link, decision = tables.match.c, tables.finding.c, tables.scene_link.c, tables.decision.c
    inside = select(_MEMBER.c.sha256).where(_MEMBER.c.run_id == run, _MEMBER.c.number == number)
    standing = decision.event.not_in(select(tables.decision_withdrawn.c.act))
    of_scenes = link.run_id == case.current(scenes.STAGE), link.kind.in_(_SHARED)
    flags = or_(decision.possible_real_victim == 1, decision.second_review == 1)
    camera = or_(finding.supports == Supports.CAPTURED, finding.reader == _CAMERA_READER)
    asked: list[tuple[Any, str]] = [
        (select(match.sha256).where(match.run_id == case.current("match"), match.sha256.in_(inside)), "on a list"),
        (
            select(finding.sha256).where(finding.sha256.in_(inside), camera, finding.outcome == Outcome.FOUND),
            "a trace of a camera",
        ),
        (
            select(link.sha256).where(link.sha256.in_(inside), link.other.not_in(inside), *of_scenes),
            "shares a scene with a picture outside the run",
        ),
        (
            select(link.other.label("sha256")).where(link.other.in_(inside), link.sha256.not_in(inside), *of_scenes),
            "shares a scene with a picture outside the run",
        ),
        (select(decision.sha256).where(decision.sha256.in_(inside), standing, flags, _not_by_run(run, number)), "flagged"),
        (
            select(decision.sha256).where(
                decision.sha256.in_(inside), standing, decision.person == storable(person),
                decision.representative.is_(None), _not_by_run(run, number),
            ),
            "decided by itself",
        ),
    ]  # fmt: skip
    return [(row["sha256"], words) for chosen, words in asked for row in case.rows(chosen.distinct())]


def _not_by_run(run: int, number: int) -> Any:
    """That a decision was not made for this run as a whole: what an act for all of them says of each sets none apart."""
    decision, other = tables.decision.c, tables.decision.alias().c
    inside = select(_MEMBER.c.sha256).where(_MEMBER.c.run_id == run, _MEMBER.c.number == number)
    together = select(other.event).where(other.representative.in_(inside), other.sha256.in_(inside))
    return decision.event.not_in(together)


def proposed(members: Sequence[RunMember], seen: Container[str] = ()) -> list[RunMember]:
    """A few to look at, spread over prompts and over how the pictures look; the same ones whenever it is asked.

    One after the other: of the prompt that fewest of those chosen have, the member that lies furthest (in bits) from all that were chosen.
    What the person looked at already (`seen`, SHA-256s) is chosen first, so that nobody is sent to look again because another was set apart.
    """
    fewest, most = PROPOSED
    count = min(len(members), max(fewest, min(most, isqrt(len(members)))))
    if not count:
        return []
    bits = _bits(members)
    names = {prompt: place for place, (prompt, _) in enumerate(Counter(one.prompt for one in members).most_common())}
    prompts = np.array([names[one.prompt] for one in members])
    # The first is the one that is nearest to what most look like.
    chosen = [place for place, one in enumerate(members) if one.sha256 in seen][:count]
    if not chosen:
        chosen = [int(np.where(prompts == 0, (bits != (bits.mean(0) > 0.5)).sum(1), bits.shape[1] + 1).argmin())]
    far = np.min([(bits != bits[place]).sum(1) for place in chosen], axis=0)
    while len(chosen) < count:
        had = np.bincount(prompts[chosen], minlength=len(names))[prompts]
        rank = far - had * (bits.shape[1] + 1)
        rank[chosen] = np.iinfo(rank.dtype).min
        chosen.append(int(rank.argmax()))
        far = np.minimum(far, (bits != bits[chosen[-1]]).sum(1))
    return [members[place] for place in chosen]


def nearest(members: Sequence[RunMember], looked: Sequence[RunMember]) -> dict[str, str]:
    """For each member that was not looked at, the one of those looked at that is nearest to it in bits; of equals the first."""
    seen, others = {one.sha256 for one in looked}, _bits(looked)
    return {
        one.sha256: looked[int((others != own).sum(1).argmin())].sha256
        for one, own in zip(members, _bits(members), strict=True)
        if one.sha256 not in seen
    }


def looked_at(case: CaseReader, number: int, person: str) -> dict[str, bool]:
    """The members of which this person asked for more than the shielded picture, and whether any was shown to them in full."""
    shown = tables.exposure.c
    inside = select(_MEMBER.c.sha256).where(_MEMBER.c.run_id == case.current(STAGE), _MEMBER.c.number == number)
    steps = shown.step.not_in((RevealStep.SHIELDED, RevealStep.TEXT))
    chosen = select(shown.sha256, shown.in_full).where(
        shown.person == storable(person), steps, shown.sha256.in_(inside)
    )
    found: dict[str, bool] = {}
    for row in case.rows(chosen):
        found[row["sha256"]] = found.get(row["sha256"], False) or bool(row["in_full"])
    return found


def _bits(members: Sequence[RunMember]) -> Any:
    """One row of 256 bits a member; zeros for one without."""
    packed = [bytes.fromhex(one.pdq) if one.pdq else bytes(32) for one in members]
    return np.unpackbits(np.frombuffer(b"".join(packed), np.uint8).reshape(len(packed), 32), axis=1)
