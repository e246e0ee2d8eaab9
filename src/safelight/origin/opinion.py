"""Weighs findings on origin into one opinion.

Each finding's word of strength stands for a likelihood ratio. Within one basis only the strongest finding for a statement counts: two
readings of the same metadata are not two witnesses. Different bases add up (their logarithms do), under a cap for each. The
ratios of metadata findings are assigned by rule, not measured; the caps say how far an unsigned statement can carry at most, since
it can be written and removed in both directions. What speaks for another origin is subtracted and named as a conflict.

Verbal scale: ENFSI, "Guideline for evaluative reporting in forensic science" (2015): weak 2-10, moderate 10-100, moderately strong
100-1,000, strong 1,000-10,000, very strong 10,000-1,000,000, extremely strong above.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from safelight.model import Basis, Finding, JsonValue, Opinion, OriginOpinion, Outcome, Strength, Supports

__all__ = ["CAP_LOG10_LR", "STRENGTH_LOG10_LR", "THRESHOLD_LOG10_LR", "verbal", "weigh"]

STRENGTH_LOG10_LR: Final[dict[Strength, float]] = {
    Strength.NONE: 0.0,
    Strength.WEAK: 0.5,
    Strength.MODERATE: 1.5,
    Strength.MODERATELY_STRONG: 2.5,
    Strength.STRONG: 3.5,
    Strength.VERY_STRONG: 5.0,
    Strength.EXTREMELY_STRONG: 6.0,
}
"""What a reader's word counts for: the middle of its band."""

CAP_LOG10_LR: Final[dict[Basis, float]] = {
    Basis.SIGNED: 6.0,
    Basis.WATERMARK: 5.0,
    Basis.DECLARED: 3.5,
    Basis.TRACE: 2.0,
    Basis.STATISTICAL: 2.0,
}
"""Most that all findings of one basis can count for."""

THRESHOLD_LOG10_LR: Final = 0.5
"""Support below which the opinion stays undetermined."""

_MOST: Final = 6.0
_BANDS: Final = (
    (1_000_000, Strength.EXTREMELY_STRONG),
    (10_000, Strength.VERY_STRONG),
    (1_000, Strength.STRONG),
    (100, Strength.MODERATELY_STRONG),
    (10, Strength.MODERATE),
    (2, Strength.WEAK),
)

# Statements that can be true of one file together: an edited photograph was captured first.
_ADDS_TO: Final[dict[Supports, frozenset[Supports]]] = {
    Supports.GENERATED: frozenset(),
    Supports.AI_EDITED: frozenset({Supports.CAPTURED, Supports.EDITED, Supports.GENERATED}),
    Supports.EDITED: frozenset({Supports.CAPTURED}),
    Supports.CAPTURED: frozenset(),
}

_STATEMENTS: Final = (Supports.AI_EDITED, Supports.GENERATED, Supports.EDITED, Supports.CAPTURED)
"""When two have equal support the earlier is stated: the mistake that costs most is to call a photograph generated."""

_FACTS: Final = ("generator", "generator_version", "model", "seed", "prompt")

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
_NOTHING_LIMIT: Final = (
    "Nothing was found that says how the file came to be; that says nothing either way, since marks are easily lost."
)
_UNREAD_LIMIT: Final = "Part of the file could not be looked at; what it would have shown is not known."


def weigh(findings: Sequence[Finding]) -> OriginOpinion:
    """Weighs the findings on one media.

    Args:
        findings: In any order; the result does not depend on it.

    Returns:
        The opinion. `log10_lr` is between 0 and 6; 0 with the strength "none" when undetermined.
    """
    ordered = sorted(findings, key=_sort_key)
    speaking = [finding for finding in ordered if _speaks(finding)]
    support = {statement: _support(speaking, statement) for statement in _STATEMENTS}
    best = max(_STATEMENTS, key=lambda statement: (support[statement], -_STATEMENTS.index(statement)))
    against = [
        statement
        for statement in _STATEMENTS
        if statement is not best and statement not in _ADDS_TO[best] and support[statement] > 0
    ]
    # A stated AI edit explains both a prompt and a camera; only what it does not explain speaks against it.
    ratio = round(support[best] - max((support[statement] for statement in against), default=0.0), 6)
    conflicts = tuple(_conflict(speaking, best, statement) for statement in against)
    unread = any(finding.outcome is Outcome.COULD_NOT_LOOK for finding in ordered)
    if ratio < THRESHOLD_LOG10_LR:
        limits = (_NOTHING_LIMIT,) if not speaking else tuple(_LIMITS[basis] for basis in _bases(speaking, best))
        return OriginOpinion(
            opinion=Opinion.UNDETERMINED, log10_lr=0.0, strength=Strength.NONE, conflicts=conflicts,
            limits=(*limits, *((_UNREAD_LIMIT,) if unread else ())), **_facts(speaking, best),  # type: ignore[arg-type]
        )  # fmt: skip
    bases = _bases(speaking, best)
    limits = tuple(_LIMITS[basis] for basis in bases)
    limits += (_CAPTURED_LIMIT,) if best in {Supports.CAPTURED, Supports.EDITED} else (_GENERATED_LIMIT,)
    return OriginOpinion(
        opinion=Opinion(best.value), log10_lr=ratio, strength=verbal(ratio), basis=bases, conflicts=conflicts,
        limits=(*limits, *((_UNREAD_LIMIT,) if unread else ())), **_facts(speaking, best),
    )  # fmt: skip


def verbal(log10_lr: float) -> Strength:
    """The word for a likelihood ratio; "none" below 2."""
    ratio = 10.0 ** min(max(log10_lr, 0.0), _MOST)
    return next((word for least, word in _BANDS if ratio >= least), Strength.NONE)


def _speaks(finding: Finding) -> bool:
    return finding.supports is not Supports.NOTHING and finding.basis is not None and finding.outcome is Outcome.FOUND


def _support(findings: Sequence[Finding], statement: Supports) -> float:
    by_basis: dict[Basis, float] = {}
    for finding in findings:
        if finding.supports is statement and finding.basis is not None:
            worth = min(STRENGTH_LOG10_LR[finding.strength], CAP_LOG10_LR[finding.basis])
            by_basis[finding.basis] = max(by_basis.get(finding.basis, 0.0), worth)
    return min(_MOST, sum(by_basis.values()))


def _bases(findings: Sequence[Finding], statement: Supports) -> tuple[Basis, ...]:
    worth: dict[Basis, float] = {}
    for finding in findings:
        if finding.supports is statement and finding.basis is not None and finding.strength is not Strength.NONE:
            worth[finding.basis] = max(worth.get(finding.basis, 0.0), STRENGTH_LOG10_LR[finding.strength])
    return tuple(sorted(worth, key=lambda basis: (-worth[basis], basis.value)))


def _conflict(findings: Sequence[Finding], best: Supports, other: Supports) -> str:
    first, second = (_strongest(findings, statement) for statement in (best, other))
    return f"{first.reader} supports {best.value} ({first.what}) but {second.reader} supports {other.value} ({second.what})"


def _strongest(findings: Sequence[Finding], statement: Supports) -> Finding:
    return max(
        (item for item in findings if item.supports is statement), key=lambda item: STRENGTH_LOG10_LR[item.strength]
    )


def _facts(findings: Sequence[Finding], best: Supports) -> dict[str, str | None]:
    """Names and numbers, from the findings behind the opinion first, strongest first; nothing is guessed."""
    ranked = sorted(
        findings, key=lambda item: (item.supports is not best, -STRENGTH_LOG10_LR[item.strength], _sort_key(item))
    )
    facts = {name: _first(ranked, name) for name in _FACTS}
    # A version belongs to the generator that stated it, not to the one that another reader names.
    owner = next((item for item in ranked if _said(item.details.get("generator")) is not None), None)
    if owner is not None:
        facts["generator_version"] = _said(owner.details.get("generator_version"))
    return {
        **facts,
        "captured_with": _first([item for item in ranked if item.supports is Supports.CAPTURED], "captured_with"),
    }


def _first(findings: Sequence[Finding], name: str) -> str | None:
    return next((said for item in findings if (said := _said(item.details.get(name))) is not None), None)


def _said(value: JsonValue) -> str | None:
    return value if isinstance(value, str) and value else None


def _sort_key(finding: Finding) -> tuple[str, ...]:
    return (
        finding.reader, finding.version, finding.what, finding.where, finding.supports.value, str(finding.basis),
        finding.strength.value, finding.outcome.value, repr(sorted(finding.details.items(), key=lambda item: item[0])),
    )  # fmt: skip
