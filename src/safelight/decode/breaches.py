"""The words for a worker that was lost: what happened, to which part of the examination, and what was kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from safelight import __version__
from safelight.decode.hub import Loss
from safelight.decode.limits import Limits
from safelight.decode.stages import FIRST_READER_STAGE, PIXELS, STAGE_FINGERPRINT, STAGE_FORMAT, STAGE_GATHER
from safelight.model import Finding, JsonValue, Outcome

__all__ = ["WALL", "breach_finding", "cause_in_words", "changed_finding", "stage_name"]

WALL: Final = "wall"
"""Name under which a breach is reported."""

_SIGNALS: Final = {
    "SIGSYS": "it made a system call that no examination needs (code in the file may have tried to take it over)",
    "SIGXCPU": "it used up its CPU seconds",
    "SIGSEGV": "a decoder crashed (SIGSEGV)",
    "SIGBUS": "a decoder crashed (SIGBUS)",
    "SIGABRT": "a decoder gave up (SIGABRT)",
    "SIGFPE": "a decoder crashed (SIGFPE)",
    "SIGILL": "a decoder crashed (SIGILL)",
    "SIGKILL": "it was killed from outside, perhaps because memory ran out",
}


def cause_in_words(loss: Loss, limits: Limits) -> str:
    """Why a worker is gone, as the end of the sentence "the worker was lost: ..."."""
    if loss.cause == "deadline":
        return f"it did not answer within {limits.wall_s:g} seconds and was stopped"
    if loss.cause == "protocol":
        return f"its answer was not valid ({loss.detail}) and it was stopped"
    if loss.death.signal:
        return _SIGNALS.get(loss.death.signal, f"it was ended by {loss.death.signal}")
    if loss.death.exit_status is None or loss.death.exit_status < 0:
        return "it hung up and was stopped"
    return f"it ended by itself with status {loss.death.exit_status}"


def stage_name(stage: int, readers: Sequence[tuple[str, str]]) -> str:
    """The part of the examination with that number, which comes from the worker and can be anything."""
    fixed = {STAGE_FORMAT: "format", STAGE_FINGERPRINT: PIXELS, STAGE_GATHER: "picture size"}
    if stage in fixed:
        return fixed[stage]
    index = stage - FIRST_READER_STAGE
    return readers[index][0] if 0 <= index < len(readers) else "reading"


def breach_finding(loss: Loss, limits: Limits, part: str, kept: str) -> Finding:
    """The finding that a lost worker costs its file.

    Args:
        loss: What happened. `limits`: those in force. `part`: what was being done. `kept`: one sentence on what is left.
    """
    details: dict[str, JsonValue] = {"cause": loss.cause, "part": part}
    if loss.death.signal:
        details["signal"] = loss.death.signal
    return Finding(
        reader=WALL,
        version=__version__,
        outcome=Outcome.COULD_NOT_LOOK,
        what=f"The worker was lost during {part}: {cause_in_words(loss, limits)}. {kept}",
        where=part,
        does_not_show="Whether that part would have found anything.",
        details=details,
    )


def changed_finding() -> Finding:
    """The finding on a file that had other bytes when it was read again after a breach."""
    return Finding(
        reader=WALL,
        version=__version__,
        outcome=Outcome.COULD_NOT_LOOK,
        what="The file had other bytes when it was read again; the digests are those of the first time, and nothing else is kept.",
        does_not_show="What either content shows.",
    )
