"""Weighs findings on origin into one opinion.

Each finding's word of strength stands for a likelihood ratio. Within one basis only the strongest finding for a statement counts: two
readings of the same metadata are not two witnesses. Different bases add up (their logarithms do), under a cap for each. The
ratios of metadata findings are assigned by rule, not measured; the caps say how far an unsigned statement can carry at most, since
it can be written and removed in both directions. What speaks for another origin is subtracted and named as a conflict.

Calling a photograph generated is the mistake that costs most. Therefore "generated" wins no tie, and against evidence of capture unsigned
metadata do not count for it at all: whoever can paste a prompt onto one photograph can do so to every photograph.

Verbal scale: ENFSI, "Guideline for evaluative reporting in forensic science" (2015): weak 2-10, moderate 10-100, moderately strong
100-1,000, strong 1,000-10,000, very strong 10,000-1,000,000, extremely strong above.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from safelight.model import Basis, Finding, JsonValue, Opinion, OriginOpinion, Outcome, Strength, Supports

__all__ = [
    "BOUND_KEY",
    "CAP_LOG10_LR",
    "FALSE_ALARMS_KEY",
    "STRENGTH_LOG10_LR",
    "THRESHOLD_LOG10_LR",
    "WRAPS_KEY",
    "verbal",
    "weigh",
]

STRENGTH_LOG10_LR: Final[dict[Strength, float]] = {
    Strength.NONE: 0.0,
    Strength.WEAK: 0.5,
    Strength.MODERATE: 1.5,
    Strength.MODERATELY_STRONG: 2.5,
    Strength.STRONG: 3.5,
    Strength.VERY_STRONG: 5.0,
    Strength.EXTREMELY_STRONG: 6.0,
}
"""What a reader's word counts for: the middle of its band; the top word has no upper end and counts for its lower."""

CAP_LOG10_LR: Final[dict[Basis, float]] = {
    Basis.SIGNED: 6.0,
    Basis.WATERMARK: 5.0,
    Basis.DECLARED: 3.5,
    Basis.TRACE: 2.0,
    Basis.STATISTICAL: 2.0,
}
"""Most that all findings of one basis can count for."""

BOUND_KEY: Final = "log10_lr_bound"
"""The detail in which a statistical finding says how much its validation set can support at most; without it, it counts for nothing."""

FALSE_ALARMS_KEY: Final = "false_alarms_at_most"
"""The detail in which a statistical finding says which share of pictures of another origin reaches it at most, measured, with 95 % confidence."""

ALONE_FALSE_ALARMS: Final = 0.01
"""Measured share of false alarms up to which an opinion may rest on statistical findings alone."""

WRAPS_KEY: Final = "wraps"
"""The detail in which a finding names the generator that its own one runs inside, whose graph the file carries too."""

THRESHOLD_LOG10_LR: Final = 0.5
"""Support below which the opinion stays undetermined."""

_MOST: Final = 6.0
_CLAUSE_CHARS: Final = 300
_BANDS: Final = (
    (6.0, Strength.EXTREMELY_STRONG),
    (4.0, Strength.VERY_STRONG),
    (3.0, Strength.STRONG),
    (2.0, Strength.MODERATELY_STRONG),
    (1.0, Strength.MODERATE),
    (math.log10(2), Strength.WEAK),
)

_STATEMENTS: Final = (Supports.AI_EDITED, Supports.EDITED, Supports.CAPTURED, Supports.GENERATED)
"""When two have equal support the earlier is stated: it explains more of what was found, and "generated" comes last."""

# What a statement leaves room for: a photograph that AI edited was captured first, and may carry the prompt of the edit.
_EXPLAINS: Final[dict[Supports, frozenset[Supports]]] = {
    Supports.AI_EDITED: frozenset({Supports.CAPTURED, Supports.EDITED, Supports.GENERATED}),
    Supports.EDITED: frozenset({Supports.CAPTURED}),
    Supports.CAPTURED: frozenset({Supports.EDITED}),
    Supports.GENERATED: frozenset(),
}

_FACTS: Final = ("generator", "model", "seed", "prompt")

_LIMITS: Final[dict[Basis, str]] = {
    Basis.SIGNED: "A signature shows who vouched for the file and that it is unchanged since; the signer can be mistaken or deceived.",
    Basis.DECLARED: "Unsigned metadata can be written, copied and removed by anybody, in both directions.",
    Basis.WATERMARK: "A watermark can be transplanted, and is lost in ordinary editing.",
    Basis.TRACE: "Other processes leave similar traces.",
    Basis.STATISTICAL: "A statistical finding holds for the conditions it was validated in, with the error rates of its model card.",
}
_GENERATED_LIMIT: Final = "A generated or AI-edited picture can show, be trained on, or be made from a real person."
_CAPTURED_LIMIT: Final = (
    "Captured by a camera does not mean that the scene is real: screens and prints can be photographed."
)
_EDIT_LIMIT: Final = "It was edited or saved again, or marks of capture were put on another picture:"
_NEITHER_LIMIT: Final = (
    "What was found speaks for different origins, and no side outweighs the others enough for an opinion."
)
_NOTHING_LIMIT: Final = (
    "Nothing was found that says how the file came to be; that says nothing either way, since marks are easily lost."
)
_UNREAD_LIMIT: Final = "Part of the file could not be looked at; what it would have shown is not known."
_NOT_RUN_LIMIT: Final = "Part of the examination did not run; what it would have shown is not known."
_UNBOUNDED_LIMIT: Final = "A statistical finding that does not say what its validation set supports was not counted."
_ALONE_LIMIT: Final = (
    f"A statistical finding alone carries an opinion only where at most {ALONE_FALSE_ALARMS:.0%} false alarms were measured; here it is told and "
    "no more."
)


def weigh(findings: Sequence[Finding]) -> OriginOpinion:
    """Weighs the findings on one media.

    Args:
        findings: In any order; the result does not depend on it.

    Returns:
        The opinion. `log10_lr` is between 0 and 6; 0 with the strength "none" when undetermined. Names and numbers are given also
        then, from the findings that state them.
    """
    ordered = sorted(findings, key=_sort_key)
    speaking = [finding for finding in ordered if _speaks(finding)]
    worth = {statement: _worth(speaking, statement) for statement in _STATEMENTS}
    support = {statement: min(_MOST, math.fsum(by_basis.values())) for statement, by_basis in worth.items()}
    best = max(_STATEMENTS, key=lambda statement: (support[statement], -_STATEMENTS.index(statement)))
    against = [item for item in _STATEMENTS if item is not best and item not in _EXPLAINS[best] and support[item] > 0]
    ratio = round(support[best] - max((support[item] for item in against), default=0.0), 6)
    if best is Supports.GENERATED and set(worth[Supports.CAPTURED]) - {Basis.STATISTICAL}:
        unforged = math.fsum(value for basis, value in worth[best].items() if basis is not Basis.DECLARED)
        ratio = min(ratio, round(unforged - support[Supports.CAPTURED], 6))
    alone = set(worth[best]) == {Basis.STATISTICAL} and not _may_stand_alone(speaking, best)
    stated = ratio >= THRESHOLD_LOG10_LR and not alone
    bases = tuple(sorted(worth[best], key=lambda basis: (-worth[best][basis], basis.value)))
    limits = list(_limits_of_bases(bases, [worth[item] for item in against]))
    if not limits:
        limits.append(_NOTHING_LIMIT)
    if against and not stated:
        limits.append(_NEITHER_LIMIT)
    if alone:
        limits.append(_ALONE_LIMIT)
    if stated:
        limits.append(_CAPTURED_LIMIT if best in {Supports.CAPTURED, Supports.EDITED} else _GENERATED_LIMIT)
    if stated and best is Supports.CAPTURED and support[Supports.EDITED] > 0:
        limits.append(f"{_EDIT_LIMIT} {_strongest(speaking, Supports.EDITED).what}")
    return OriginOpinion(
        opinion=Opinion(best.value) if stated else Opinion.UNDETERMINED,
        log10_lr=ratio if stated else 0.0,
        strength=verbal(ratio) if stated else Strength.NONE,
        basis=bases if stated else (),
        conflicts=(*(_conflict(speaking, best, item) for item in against), *_two_seeds(speaking)),
        limits=(*limits, *_limits_of_looking(ordered)),
        **_facts(speaking, best),
    )


def verbal(log10_lr: float) -> Strength:
    """The word for a likelihood ratio, given as its log10; "none" below a ratio of 2."""
    return next((word for least, word in _BANDS if log10_lr >= least), Strength.NONE)


def _speaks(finding: Finding) -> bool:
    return finding.supports is not Supports.NOTHING and finding.basis is not None and finding.outcome is Outcome.FOUND


def _value(finding: Finding) -> float:
    """What one speaking finding counts for."""
    assert finding.basis is not None
    value = min(STRENGTH_LOG10_LR[finding.strength], CAP_LOG10_LR[finding.basis])
    if finding.basis is Basis.STATISTICAL:
        value = min(value, _bound(finding) or 0.0)
    return value


def _bound(finding: Finding) -> float | None:
    bound = finding.details.get(BOUND_KEY)
    if isinstance(bound, bool) or not isinstance(bound, int | float) or not bound > 0:
        return None
    return float(min(bound, _MOST))


def _may_stand_alone(findings: Sequence[Finding], statement: Supports) -> bool:
    shares = [
        item.details.get(FALSE_ALARMS_KEY) for item in findings if item.supports is statement and _value(item) > 0
    ]
    return any(
        isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= ALONE_FALSE_ALARMS
        for share in shares
    )


def _worth(findings: Sequence[Finding], statement: Supports) -> dict[Basis, float]:
    """What each basis counts for, where that is more than nothing."""
    worth: dict[Basis, float] = {}
    for finding in findings:
        value = _value(finding) if finding.supports is statement else 0.0
        if finding.basis is not None and value > worth.get(finding.basis, 0.0):
            worth[finding.basis] = value
    return worth


def _limits_of_bases(bases: Sequence[Basis], against: Sequence[Mapping[Basis, float]]) -> tuple[str, ...]:
    others = sorted({basis for worth in against for basis in worth} - set(bases))
    return tuple(_LIMITS[basis] for basis in (*bases, *others))


def _limits_of_looking(findings: Sequence[Finding]) -> tuple[str, ...]:
    outcomes = {finding.outcome for finding in findings}
    unbounded = any(item.basis is Basis.STATISTICAL and _speaks(item) and _bound(item) is None for item in findings)
    return (
        *((_UNREAD_LIMIT,) if Outcome.COULD_NOT_LOOK in outcomes else ()),
        *((_NOT_RUN_LIMIT,) if Outcome.DID_NOT_RUN in outcomes else ()),
        *((_UNBOUNDED_LIMIT,) if unbounded else ()),
    )


def _conflict(findings: Sequence[Finding], best: Supports, other: Supports) -> str:
    first, second = (_strongest(findings, statement) for statement in (best, other))
    return f"{first.reader} supports {best.value} ({_clause(first)}), but {second.reader} supports {other.value} ({_clause(second)})."


def _two_seeds(findings: Sequence[Finding]) -> tuple[str, ...]:
    """That readers name different seeds: one of the texts was not written for this picture, or names another step of its making."""
    named: dict[str, str] = {}
    for finding in findings:
        if (seed := _said(finding.details.get("seed"))) is not None:
            named.setdefault(seed, finding.reader)
    if len(named) < 2:
        return ()
    words = ", ".join(f"{reader} {seed[:40]}" for seed, reader in sorted(named.items(), key=lambda item: item[::-1]))
    return (f"Different seeds are named: {words}.",)


def _clause(finding: Finding) -> str:
    return finding.what[:_CLAUSE_CHARS].removesuffix(".")


def _strongest(findings: Sequence[Finding], statement: Supports) -> Finding:
    return max((item for item in findings if item.supports is statement), key=_value)


def _facts(findings: Sequence[Finding], best: Supports) -> dict[str, str | None]:
    """Names and numbers, from the findings behind the opinion first, strongest first; nothing is guessed."""
    ranked = sorted(findings, key=lambda item: (item.supports is not best, -_value(item), _sort_key(item)))
    facts = {name: _first(ranked, name) for name in _FACTS}
    # A version belongs to the generator that stated it, not to the one that another reader names.
    naming = [item for item in ranked if _said(item.details.get("generator")) is not None]
    wrapped = _wrapped(naming)
    owner = next((item for item in naming if _value(item) > wrapped.get(_name(item), -1.0)), None)
    facts["generator"] = None if owner is None else _said(owner.details.get("generator"))
    version = None if owner is None else _said(owner.details.get("generator_version"))
    captured = [item for item in ranked if item.supports is Supports.CAPTURED]
    return {**facts, "generator_version": version, "captured_with": _first(captured, "captured_with")}


def _wrapped(naming: Sequence[Finding]) -> dict[str, float]:
    """The names of generators of which another says that it runs them, and the most that one of those who say so counts for.

    Who wraps another is not wrapped itself: else two that name each other would leave no name.
    """
    wrapping = [item for item in naming if _said(item.details.get(WRAPS_KEY)) is not None]
    wrapped: dict[str, float] = {}
    for item in wrapping:
        inner = str(item.details[WRAPS_KEY]).casefold()
        wrapped[inner] = max(_value(item), wrapped.get(inner, 0.0))
    for item in wrapping:
        wrapped.pop(_name(item), None)
    return wrapped


def _name(finding: Finding) -> str:
    return str(finding.details["generator"]).casefold()


def _first(findings: Sequence[Finding], name: str) -> str | None:
    return next((said for item in findings if (said := _said(item.details.get(name))) is not None), None)


def _said(value: JsonValue) -> str | None:
    return value if isinstance(value, str) and value else None


def _sort_key(finding: Finding) -> tuple[str, ...]:
    return (
        finding.reader, finding.version, finding.what, finding.where, finding.supports.value, str(finding.basis), finding.strength.value,
        finding.outcome.value, repr(sorted(finding.details.items())), finding.could_be_faked_by, finding.does_not_show,
    )  # fmt: skip
