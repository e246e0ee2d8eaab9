"""Items with odd names and every kind of finding, for the formats that go to other organisations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hypothesis import strategies as st
from tests.case.records import begin, decision, examination, exposure, matches, opinion, place, record
from tests.exports.report.cases import clock

from safelight.case.case import Case
from safelight.case.reviewing import Decision, RevealStep, Standing
from safelight.exports.gate import Passed, origin_of
from safelight.exports.items import Item
from safelight.model import (
    Basis,
    Finding,
    Location,
    MediaFile,
    MediaKind,
    Opinion,
    OriginOpinion,
    Outcome,
    ReaderRun,
    Strength,
    Supports,
)

NAMES = (
    b"a\x00b.png", b"two\nlines\r.png", b"\xff\xfe.png", "\U0001f3d4 mountain.png".encode(), "boat\u202egnp.exe".encode(), b"\xed\xa0\x80.png",
    "\ufffe\uffff.png".encode(), b"]]><x>&amp;.png", b"d/" * 600 + b"n" * 3_000 + b".png", b"=1+1.png", b"\x1b[2J.png", b"",
)  # fmt: skip

TEXT = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    ["\x00", "\ud800", "\uffff", "\U0001f3d4", "\u202e", "]]>", "&", "<", '"', "\\", ""]
)
RAW = st.binary(max_size=40) | st.sampled_from(NAMES)


def item(
    *, names: Iterable[bytes] = (b"plain.png",), text: str = "", decisions: tuple[Decision, ...] = (), number: int = 1
) -> Item:
    """One item whose names and texts are these."""
    made, said = examination(number), opinion(number)
    assert made.fingerprints is not None
    # Items of a case come without the local features.
    prints = replace(made.fingerprints, features=None)
    finding = Finding(
        reader="exif", version="1", what=f"A field says {text}.", supports=Supports.GENERATED, basis=Basis.DECLARED, where=f"EXIF {text}",
        strength=Strength.WEAK, could_be_faked_by=text, does_not_show=text, details={"model": text or "m", "model_hash": text, "note": text},
    )  # fmt: skip
    return Item(
        sha256=made.sha256, sha1=made.sha1, md5=made.md5, size_bytes=made.size_bytes, media_type=made.media_type, kind=made.kind,
        width_px=64, height_px=48, frames=1, fingerprints=prints, runs=made.runs,
        places=tuple(MediaFile(location=Location(b"/evidence", (name,)), size_bytes=1) for name in names),
        findings=(*made.findings, finding), place_findings=(finding,),
        opinion=replace(said, generator=text or None, model=text or None, prompt=text or None, conflicts=(text,), limits=(text, "A limit.")),
        matches=tuple(replace(each, bank=text, label=text, hashset=text or "list") for each in matches([number])),
        representative=None, standing=Standing(made.sha256, decisions) if decisions else None, exposures=(),
    )  # fmt: skip


def passed(one: Item) -> Passed:
    """The item, let through."""
    return Passed(one, one.standing.settled() if one.standing else None, origin_of(one))


ITEMS = st.builds(
    lambda names, text, word: item(
        names=names, text=text, decisions=(decision(1, category=word, label=text, scheme=text, origin=Opinion.GENERATED),)
    ),
    st.lists(RAW, max_size=3), TEXT, TEXT,
)  # fmt: skip

FINDINGS = tuple(
    Finding(
        reader=f"reader-{outcome}-{supports}", version="1.2", what="A fact.", outcome=outcome, supports=supports,
        basis=None if supports is Supports.NOTHING else basis, where="EXIF 0x9286",
        strength=Strength.NONE if supports is Supports.NOTHING else strength,
        details={"model": "drawn", "model_hash": "0123abcd", "model_sha256": "ab" * 32, "network": "drawn"},
    )
    for outcome, basis, strength, supports in zip(
        [*Outcome, *Outcome], [*Basis, *Basis], [*Strength, *Strength], [*Supports, *Supports], strict=False
    )
)  # fmt: skip


def every_kind(directory: Path) -> Path:
    """A case with every kind of opinion, finding, decision, place and exposure, and odd names."""
    with Case.create_or_open(directory, actor="Examiner", clock=clock()) as case:
        run = begin(case)
        records = []
        for number, name in enumerate(NAMES):
            word = list(Opinion)[number % len(Opinion)]
            said = OriginOpinion(
                opinion=word, log10_lr=0.0 if word is Opinion.UNDETERMINED else 1.5 + number, strength=Strength.MODERATE,
                basis=tuple(Basis)[: number % 5], generator="A generator", model="drawn", prompt="a lighthouse", captured_with="Camera",
                conflicts=("One says so, the other not.",) if number % 2 else (), limits=("Unsigned.",),
            )  # fmt: skip
            kind = list(MediaKind)[number % len(MediaKind)] if number > 6 else MediaKind.IMAGE
            made = replace(
                examination(number), findings=FINDINGS, kind=kind, media_type="image/png" if kind is MediaKind.IMAGE else "video/mp4",
                fingerprints=examination(number).fingerprints if kind is MediaKind.IMAGE else None,
                runs=(ReaderRun("pixels", "1", Outcome.FOUND), ReaderRun("c2pa", "1", Outcome.COULD_NOT_LOOK)),
            )  # fmt: skip
            where = MediaFile(
                location=Location(b"/evidence", (name,) if number % 3 else (b"a.zip", name or b"x")), size_bytes=5
            )
            records.append(record(number, media_file=where, examination=made, opinion=said))
        records.append(record(0, media_file=place(90), examination=None, opinion=None))
        records.append(record(91, opinion=None))
        case.record(run, records)
        case.add_matches(run, list(matches(range(3))), state={"sets": []})
        case.decide([decision(0, origin=Opinion.GENERATED, category="no")])
        case.decide([decision(1, origin=Opinion.CAPTURED, possible_real_victim=True, label="\u202e<&")])
        case.decide([decision(2, origin=Opinion.AI_EDITED)])
        case.decide([decision(3, origin=Opinion.GENERATED), decision(4), decision(7), decision(8)])
        case.decide([decision(3, origin=Opinion.CAPTURED, person="reviewer two")])
        case.decide([decision(5, second_review=True)])
        case.begin_exposure(exposure(0, step=RevealStep.FULL, in_full=True))
        case.begin_exposure(exposure(1, step=RevealStep.TEXT))
        case.begin_exposure(exposure(7, step=RevealStep.FULL, in_full=True))
        case.end_run(run, outcome="done", counts={})
    return directory
