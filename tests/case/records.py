"""Records as the intake would hand them over, made by number: the same number always gives the same record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from safelight.case.case import Case
from safelight.case.generation import add_generation_runs, making_facts
from safelight.case.record import FileRecord
from safelight.case.reviewing import Decision, Exposure, RevealStep
from safelight.case.scenes import add_scene_links
from safelight.grouping.runs import generation_runs
from safelight.model import (
    Basis,
    Examination,
    Finding,
    Fingerprints,
    Group,
    HashSetRole,
    JsonValue,
    Location,
    Match,
    MatchHow,
    MediaFile,
    MediaKind,
    Opinion,
    OriginOpinion,
    Outcome,
    PdqHash,
    QueueItem,
    ReaderRun,
    SceneLink,
    SceneLinkKind,
    Strength,
    Supports,
)

SOURCE = b"/evidence"


def digest(number: int) -> str:
    """The SHA-256 of the content with this number."""
    return hashlib.sha256(b"%d" % number).hexdigest()


def place(number: int, *, name: bytes | None = None, modified_ns: int | None = None) -> MediaFile:
    """The place with this number."""
    time_ns = 1_700_000_000_000_000_000 + number if modified_ns is None else modified_ns
    return MediaFile(
        location=Location(SOURCE, (name or b"folder/%06d.png" % number,)),
        size_bytes=1_000 + number,
        modified_ns=time_ns,
        accessed_ns=time_ns,
        changed_ns=time_ns,
    )


def examination(number: int) -> Examination:
    """What was found in the content with this number."""
    text = b"%d" % number
    return Examination(
        sha256=digest(number),
        sha1=hashlib.sha1(text).hexdigest(),
        md5=hashlib.md5(text).hexdigest(),
        size_bytes=1_000 + number,
        media_type="image/png",
        kind=MediaKind.IMAGE,
        width_px=64,
        height_px=48,
        frames=1,
        fingerprints=Fingerprints(
            pdq=PdqHash(hashlib.sha256(b"pdq" + text).hexdigest(), 100),
            pdq_nearest512=PdqHash(hashlib.sha256(b"near" + text).hexdigest(), 90),
            features=bytes(4) + hashlib.sha256(b"feature" + text).digest()[:22],
        ),
        findings=(
            Finding(
                reader="a1111", version="1", what="Generation parameters are recorded.", supports=Supports.GENERATED,
                basis=Basis.DECLARED, where="tEXt parameters", strength=Strength.STRONG, could_be_faked_by="A text editor.",
                does_not_show="That the text belongs to the picture.",
                details={"prompt": f"a lighthouse at dusk, number {number}", "seed": str(number), "steps": 20, "cfg": 7.5},
            ),
        ),
        runs=(ReaderRun("pixels", "1", Outcome.FOUND), ReaderRun("a1111", "1", Outcome.FOUND), ReaderRun("c2pa", "1", Outcome.NOTHING_FOUND)),
    )  # fmt: skip


def opinion(number: int) -> OriginOpinion:
    """The opinion on the content with this number."""
    return OriginOpinion(
        opinion=Opinion.GENERATED, log10_lr=3.5 - number % 7 / 3, strength=Strength.STRONG, basis=(Basis.DECLARED,),
        generator="AUTOMATIC1111", model="drawn", seed=str(number), prompt=f"a lighthouse at dusk, number {number}",
        limits=("Unsigned metadata can be written by anybody.",),
    )  # fmt: skip


def record(number: int, **changes: object) -> FileRecord:
    """The place with this number, its content examined."""
    made = FileRecord(place(number), digest(number), examination(number), opinion(number), (), done=True)
    return replace(made, **changes)  # type: ignore[arg-type]


def unreadable(number: int, what: str = "The file could not be opened: Permission denied.") -> FileRecord:
    """The place with this number, which could not be read."""
    finding = Finding(reader="evidence", version="1", what=what, outcome=Outcome.COULD_NOT_LOOK, details={"errno": 13})
    return FileRecord(place(number), None, None, None, (finding,), done=True)


def link(number: int) -> FileRecord:
    """The place with this number, a link that was passed over."""
    finding = Finding(reader="evidence", version="1", what="This is a symbolic link.", outcome=Outcome.DID_NOT_RUN)
    return FileRecord(place(number), None, None, None, (finding,), done=True)


def begin(case: Case, command: str = "triage") -> int:
    """Begins a run."""
    return case.begin_run(
        command=command, sources=[SOURCE], settings={"workers": 2}, versions={"safelight": "0"}, isolation={"seccomp": True}
    )  # fmt: skip


def matches(numbers: Iterator[int] | range | list[int]) -> Iterator[Match]:
    """One match for each of these contents."""
    for number in numbers:
        yield Match(
            sha256=digest(number), hashset="harbours", bank="", role=HashSetRole.KNOWN, how=MatchHow.SHA256, distance=0,
            label="1", entry=digest(number),
        )  # fmt: skip


def group(numbers: range | list[int]) -> Group:
    """A group of these contents, the first as its representative."""
    first, *rest = numbers
    members = ((digest(first), 0), *((digest(number), 3) for number in rest))
    return Group(kind="near-duplicate", representative=digest(first), members=members, distance_bits=31)


def queue(numbers: range | list[int]) -> Iterator[QueueItem]:
    """A queue of these contents, in this order."""
    for rank, number in enumerate(numbers, 1):
        yield QueueItem(
            rank=rank, sha256=digest(number), location_key=None, rule="generated", reason=f"Reason {number}.", placed_by=digest(number)
        )  # fmt: skip


def decision(number: int, **changes: object) -> Decision:
    """What one reviewer decided of the content with this number."""
    made = Decision(
        sha256=digest(number), person="reviewer one", scheme="yes-no", category="no", label="No", note=f"Note {number}."
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def exposure(number: int, **changes: object) -> Exposure:
    """That the content with this number was shown, blurred, to one reviewer."""
    details: dict[str, JsonValue] = {"longest_px": 256, "blur": 8.0, "colour": False, "region": None}
    made = Exposure(sha256=digest(number), person="reviewer one", step=RevealStep.SHARPER, details=details)
    return replace(made, **changes)  # type: ignore[arg-type]


def fill(case: Case, count: int = 7, *, batch: int = 3) -> int:
    """A whole run over so many places; returns its number. Every covered table gets rows."""
    run_id = begin(case)
    records = [record(number) for number in range(count)]
    records += [unreadable(count), record(0, media_file=place(count + 1), examination=None, opinion=None)]
    archive = record(count + 2, done=False)
    for start in range(0, len(records), batch):
        case.record(run_id, records[start : start + batch])
    case.record(run_id, [archive], finished=[archive.media_file.location.key])
    rules: dict[str, JsonValue] = {"source": "test", "text": "", "sha256": ""}
    case.add_matches(run_id, matches(range(3)), state={"sets": []})
    case.add_groups(run_id, [group([0, 1, 2]), group([3, 4])], distance_bits=31, turns={digest(1): "left-right"})
    add_generation_runs(case, run_id, generation_runs(making_facts(case)))
    same = SceneLinkKind.SAME_PICTURE
    shared = [SceneLink(kind=same, sha256=digest(n), other=digest(n + 1), words="Half.", inliers=9 + n) for n in (0, 1)]
    add_scene_links(case, run_id, shared, compared=count, not_compared=0, form="sift128/1")
    case.add_queue(run_id, queue(range(count)), rules=rules)
    act = case.decide([decision(0), decision(1, representative=digest(0))])
    case.withdraw_decisions(act, person="reviewer one")
    case.decide([decision(2)])
    number = case.begin_exposure(exposure(2))
    case.end_exposure(number, person="reviewer one", seconds=1.5)
    case.end_run(run_id, outcome="done", counts={"files": count})
    return run_id
