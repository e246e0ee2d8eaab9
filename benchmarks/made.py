"""Cases that are made up, record by record, for benchmarks that need many contents and no evidence. Text, names and hashes are invented."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from safelight import model
from safelight.case.record import FileRecord

__all__ = ["OPINIONS", "SOURCE", "listed", "name_of", "record"]

SOURCE = b"/evidence"
OPINIONS = (model.Opinion.GENERATED, model.Opinion.CAPTURED, model.Opinion.UNDETERMINED, model.Opinion.AI_EDITED)
_LIMIT = "Unsigned metadata can be written by anybody, and can be taken from another file."


def name_of(number: int) -> str:
    """SHA-256 of a content."""
    return hashlib.sha256(b"%d" % number).hexdigest()


def record(number: int, *, found_by: Sequence[str], asked: Sequence[str]) -> FileRecord:
    """One picture in one place; every fourth is generated, and in turn captured, undetermined and edited by AI.

    Args:
        found_by: Readers that found something, in this order. `asked`: all that were asked.
    """
    text, prompt = b"%d" % number, f"hills and a lighthouse at dusk, number {number}"
    opinion = OPINIONS[number % len(OPINIONS)]
    known = opinion is not model.Opinion.UNDETERMINED
    findings = tuple(
        model.Finding(
            reader=reader, version="1", what=f"Generation parameters are recorded by {reader}.", supports=model.Supports.GENERATED,
            basis=model.Basis.DECLARED, where="PNG tEXt parameters at 41", strength=model.Strength.STRONG, could_be_faked_by="A text editor.",
            does_not_show="That the text belongs to the picture.",
            details={"prompt": prompt, "seed": str(number), "sampler": "Euler a", "steps": 20},
        )
        for reader in found_by
    )  # fmt: skip
    examined = model.Examination(
        sha256=name_of(number), sha1=hashlib.sha1(text).hexdigest(), md5=hashlib.md5(text).hexdigest(), size_bytes=900_000 + number,
        media_type="image/png", kind=model.MediaKind.IMAGE, width_px=1024, height_px=768, frames=1, findings=findings,
        fingerprints=model.Fingerprints(
            pdq=model.PdqHash(hashlib.sha256(b"p" + text).hexdigest(), 100), pdq_nearest512=model.PdqHash(name_of(number), 100),
        ),
        runs=tuple(
            model.ReaderRun(reader, "1", model.Outcome.FOUND if reader in found_by else model.Outcome.NOTHING_FOUND) for reader in asked
        ),
    )  # fmt: skip
    judged = model.OriginOpinion(
        opinion=opinion, log10_lr=3.0 if known else 0.0, strength=model.Strength.STRONG if known else model.Strength.NONE,
        basis=(model.Basis.DECLARED,) if known else (), generator="ComfyUI" if known else None, model="drawn" if known else None,
        seed=str(number) if known else None, prompt=prompt if known else None, limits=(_LIMIT,),
    )  # fmt: skip
    place = model.MediaFile(
        location=model.Location(SOURCE, (b"folder %03d/\xe2\x98\x80 picture %07d.png" % (number // 400, number),)), size_bytes=900_000 + number,
        modified_ns=1_600_000_000_123_456_700 + number * 10**12, accessed_ns=1_700_000_000_000_000_000,
    )  # fmt: skip
    return FileRecord(place, examined.sha256, examined, judged, (), done=True)


def listed(numbers: Iterable[int]) -> Iterator[model.Match]:
    """Their matches with a list of known contents."""
    for number in numbers:
        yield model.Match(
            sha256=name_of(number), hashset="unit", bank="bank one", role=model.HashSetRole.KNOWN, how=model.MatchHow.SHA256, distance=0,
            label="1", entry=name_of(number), variant="",
        )  # fmt: skip
