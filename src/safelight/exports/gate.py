"""The gate before a submission: what may go into somebody else's database, in which part of it, and what was left out and why.

National databases are spoilt by items that nobody decided, by generated pictures among photographs, and by hashes that their source has
withdrawn. The gate lets through what people decided, keeps the kinds of origin apart, and counts everything that it holds back; it
never decides anything itself, and what it holds back stays in the case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from safelight.case.reviewing import Decision, Standing
from safelight.exports.items import Item
from safelight.model import Match, MatchHow, Opinion, OriginOpinion

__all__ = ["Gate", "LeftOut", "Passed", "origin_from", "origin_of"]

_UNDECIDED: Final = "nobody has decided it"
_DISAGREED: Final = "people disagree, or too few have voted"
_SECOND: Final = "another person was asked to look"
_OTHER_SCHEME: Final = "it was decided in another category scheme"
_WITHDRAWN: Final = "matches with entries that their list has withdrawn"


@dataclass(frozen=True, slots=True)
class Passed:
    """What the gate let through.

    Attributes:
        item: The media; its matches are those whose entry still stands.
        withdrawn: The matches whose entry was withdrawn since.
        decision: The decision that settles it; None for an undecided one that was asked for.
        origin: The part of the submission that it belongs to.
    """

    item: Item
    decision: Decision | None
    origin: Opinion
    withdrawn: tuple[Match, ...] = ()

    @property
    def buried(self) -> bool:
        """Whether a list of the unit had this very content, by a digest of its own, and has withdrawn it."""
        return any(match.how is not MatchHow.PDQ for match in self.withdrawn)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Why something was left out, and how many."""

    reason: str
    count: int


@dataclass(slots=True)
class Gate:
    """Decides what passes, and counts the rest.

    Attributes:
        undecided: Whether items that nobody has settled pass too; they carry no category then.
        votes: How many persons must have named the same category.
        scheme: Only decisions in this category scheme count; every scheme when empty.
        origins: Only these kinds of origin pass; all of them when empty.
        withdrawn: Says of a match whether its list has withdrawn the entry since.
    """

    undecided: bool = False
    votes: int = 1
    scheme: str = ""
    origins: frozenset[Opinion] = frozenset()
    withdrawn: Callable[[Match], bool] = field(default=lambda _match: False)
    _counts: Counter[str] = field(default_factory=Counter)

    def passing(self, items: Iterable[Item]) -> Iterator[Passed]:
        """What passes, in the order given."""
        for item in items:
            reason, decision = self._settled(item)
            origin = origin_of(item)
            if reason and not self.undecided:
                self._counts[reason] += 1
            elif self.origins and origin not in self.origins:
                self._counts[f"it is {origin}, which was not asked for"] += 1
            else:
                withdrawn = tuple(match for match in item.matches if self.withdrawn(match))
                standing = tuple(match for match in item.matches if match not in withdrawn)
                self._counts[_WITHDRAWN] += len(withdrawn)
                yield Passed(replace(item, matches=standing), decision, origin, withdrawn)

    def leave_out(self, reason: str) -> None:
        """Counts one thing that a format leaves out of what passed."""
        self._counts[reason] += 1

    def part(self, origin: Opinion) -> Gate:
        """The same gate for one kind of origin. It counts for itself: what is left out was counted when this one was asked."""
        return replace(self, origins=frozenset({origin}), _counts=Counter())

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What was left out so far, the most frequent reason first."""
        return tuple(LeftOut(reason, count) for reason, count in self._counts.most_common() if count)

    def _settled(self, item: Item) -> tuple[str, Decision | None]:
        standing = item.standing
        if standing is None or not standing.categories:
            return _UNDECIDED, None
        decision = standing.settled(self.votes)
        if decision is None:
            return (_SECOND if standing.second_review else _DISAGREED), None
        if self.scheme and decision.scheme != self.scheme:
            return _OTHER_SCHEME, None
        return "", decision


def origin_of(item: Item) -> Opinion:
    """The kind of origin under which an item goes out.

    What people said of it, where they said the same; undetermined, where they contradict each other; else the opinion.
    """
    return origin_from(item.standing, item.opinion)


def origin_from(standing: Standing | None, opinion: OriginOpinion | None) -> Opinion:
    """As `origin_of`, from what people decided and what the software thinks."""
    said = {decision.origin for decision in (standing.decisions if standing else ()) if decision.origin}
    if len(said) == 1:
        return said.pop()
    if said or opinion is None:
        return Opinion.UNDETERMINED
    return opinion.opinion
