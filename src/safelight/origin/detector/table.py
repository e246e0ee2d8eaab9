"""An evaluation in words: Markdown for the model card and for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from safelight.origin.detector.evaluation import MATCHINGS, Evaluation, Share
from safelight.origin.detector.figures import Figure

__all__ = ["figures_record", "lines", "table"]

_NAMES = {"scorer": "the model", "size": "control: size and aspect only", "thumbnail": "control: 48-px thumbnail"}


def lines(found: Evaluation) -> Iterator[str]:
    """Every figure, as Markdown; the false alarms first, since calling a photograph generated is the mistake that costs most."""
    yield "### False alarms at thresholds fixed once, in condition B"
    yield ""
    yield "Share of pictures above the threshold; 95 % upper limits, pictures taken as independent."
    yield ""
    yield from _fixed(found)
    yield ""
    yield "Hard negatives, condition B:"
    yield ""
    yield from _shares(found.hard)
    yield ""
    yield "Photographs of each fold at a threshold that was fixed on the other folds, which is what a new seizure gets:"
    yield ""
    yield from _shares(found.held_out.carried)
    yield ""
    yield "### Telling the classes apart, beside the two controls"
    yield ""
    yield "Intervals of 95 % are over sources and families. Matched: each generated picture with a photograph that a control scored alike."
    yield ""
    yield from _told_apart(found)
    yield ""
    yield "### Calibration"
    yield ""
    yield from _calibration(found)
    yield ""
    yield "Reliability, classes as many: what was stated on average, and what was so. Each bar is the share that was, `|` what was stated."
    yield ""
    yield from table(
        ("stated chance of generated", "share that was", "pictures", "0 to 1"),
        (
            (f"{stated:.2f}", f"{true:.2f}", str(count), f"`{_bar(stated, true)}`")
            for stated, true, count in found.held_out.reliability
        ),
    )
    yield ""
    yield "Bounds: from each score on, the most that it can be worth and the most false alarms, both with 95 % confidence."
    yield ""
    yield from table(
        ("score from", "log10 likelihood ratio at most", "false alarms at most"),
        ((f"{least:.3g}", f"{bound:.2f}", f"{most:.1%}") for least, bound, most in found.calibration.steps),
    )
    for title, shares in (
        ("By generator family", found.families),
        ("By source", found.sources),
        ("By resolution", found.resolutions),
    ):
        yield ""
        yield f"### {title}: share above the 5 % threshold, condition B"
        yield ""
        yield from _shares(shares)


def figures_record(found: Evaluation) -> dict[str, object]:
    """The chief figures, as JSON."""
    return {
        "rows": [
            {
                "scorer": row.scorer, "condition": row.condition, "matching": row.matching, "generated": row.generated,
                "photographs": row.photographs, "auc": _three(row.auc), "found": {str(level): _three(value) for level, value in row.found.items()},
            }
            for row in found.rows
        ],
        "false_alarms": [_share_record(share) for share in (*found.fixed, *found.hard, *found.held_out.carried)],
        "calibration_error": found.held_out.error,
        "calibration_floor": found.held_out.floor,
        "pooled_error": found.held_out.pooled_error,
        "bounds_hold": list(found.held_out.bounds_hold),
        "queue": _three(found.queue),
        "beats_the_thumbnail": found.beats_the_thumbnail,
    }  # fmt: skip


def _fixed(found: Evaluation) -> Iterator[str]:
    yield from table(
        ("condition", "false alarms wanted", "false alarms on photographs", "generated found"),
        (
            (photo.condition, f"{photo.level:.0%}", _of(photo), _of(made))
            for photo, made in zip(_only(found.fixed, "photo"), _only(found.fixed, "generated"), strict=True)
        ),
    )


def _told_apart(found: Evaluation) -> Iterator[str]:
    levels = sorted(found.rows[0].found, reverse=True)
    rows = sorted(
        found.rows, key=lambda row: (MATCHINGS.index(row.matching), row.scorer != "scorer", row.scorer, row.condition)
    )
    yield from table(
        ("pictures", "scorer", "condition", "generated / photographs", "AUC", *(f"found at {level:.0%}" for level in levels)),
        (
            (
                row.matching, _NAMES[row.scorer], row.condition, f"{row.generated} / {row.photographs}", str(row.auc),
                *(str(row.found[level]) for level in levels),
            )
            for row in rows
        ),
    )  # fmt: skip


def _calibration(found: Evaluation) -> Iterator[str]:
    kept, stated = found.held_out.bounds_hold
    calibration = found.calibration
    most, alarms = max(bound for _, bound, _ in calibration.steps), calibration.steps[-1][2]
    yield (
        f"- expected calibration error, each fold by a calibration from the others, before the bounds: {found.held_out.error:.3f} within "
        f"folds (a faultless calibration would show {found.held_out.floor:.3f} on as many pictures), {found.held_out.pooled_error:.3f} taken together"
    )
    yield f"- stated upper limits of false alarms that held on the fold they were not made from: {kept} of {stated}"
    yield (
        f"- most that a score can be worth: log10 likelihood ratio {most:.2f}; least: {calibration.low:.2f} "
        f"({calibration.generated} generated, {calibration.photographs} photographs); false alarms at the highest threshold at most {alarms:.1%}"
    )
    yield f"- queue, both classes mixed evenly: area under photographs found against items looked at {found.queue} (random order 0.5)"


def _shares(shares: Sequence[Share]) -> Iterator[str]:
    yield from table(
        ("pictures", "threshold for false alarms of", "above it", "95 % upper limit"),
        (
            (
                share.of,
                f"{share.level:.0%}",
                f"{share.share:.1%} ({share.above} of {share.total})",
                f"{share.at_most:.1%}",
            )
            for share in shares
        ),
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown, line by line."""
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _bar(stated: float, true: float) -> str:
    """Twenty places from 0 to 1."""
    marks = ["#" if (place + 0.5) / 20 <= true else "." for place in range(20)]
    marks[min(19, int(stated * 20))] = "|"
    return "".join(marks)


def _only(shares: Sequence[Share], of: str) -> list[Share]:
    return [share for share in shares if share.of == of]


def _of(share: Share) -> str:
    return f"{share.share:.1%} (at most {share.at_most:.1%})" if share.of == "photo" else f"{share.share:.1%}"


def _three(figure: Figure) -> list[float]:
    return [round(one, 4) for one in (figure.value, figure.low, figure.high)]


def _share_record(share: Share) -> dict[str, object]:
    return {
        "of": share.of, "condition": share.condition, "level": share.level, "above": share.above, "total": share.total,
        "at_most": round(share.at_most, 4),
    }  # fmt: skip
