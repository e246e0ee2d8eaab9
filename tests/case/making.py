"""Cases whose media say how they were made, for the tests of generation runs and of links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.case.records import begin, digest, examination, place, record

from safelight.case.case import Case
from safelight.model import (
    Basis,
    Finding,
    Fingerprints,
    JsonValue,
    MediaFile,
    OriginOpinion,
    PdqHash,
    Strength,
    Supports,
)

_DAY_NS = 86_400 * 1_000_000_000


def made(number: int, details: dict[str, JsonValue], *, pdq: str = "", modified_ns: int | None = None) -> Any:
    """The record of a generated image with these details in its finding, and nothing else."""
    finding = Finding(
        reader="comfyui", version="1", what="A graph.", supports=Supports.GENERATED, basis=Basis.DECLARED, where="tEXt prompt",
        strength=Strength.STRONG, details=details,
    )  # fmt: skip
    base = record(number)
    assert isinstance(base.opinion, OriginOpinion)
    named = {key: details.get(key) for key in ("generator", "model", "seed", "prompt")}
    examined = replace(examination(number), findings=(finding,))
    if pdq:
        examined = replace(examined, fingerprints=Fingerprints(pdq=PdqHash(pdq, 90)))
    file: MediaFile = place(number, modified_ns=modified_ns if modified_ns is not None else 20_000 * _DAY_NS + number)
    opinion = replace(base.opinion, **named)  # type: ignore[arg-type]
    return replace(base, examination=examined, opinion=opinion, media_file=file)


def fill_making(case: Case, records: list[Any]) -> int:
    """Stores them in one run, which stays open; returns its number."""
    run_id = begin(case)
    case.record(run_id, records)
    return run_id


__all__ = ["digest", "fill_making", "made"]
