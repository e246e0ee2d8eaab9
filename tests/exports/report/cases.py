"""Cases made by hand for the report: every kind of content, every state, and text that a stranger wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.case.case import Case
from safelight.case.record import FileRecord
from safelight.case.reviewing import Decision, Exposure, RevealStep
from safelight.case.scenes import add_scene_links
from safelight.custody.keys import UnitKey
from safelight.custody.seals import seal_details
from safelight.model import (
    Basis,
    Examination,
    Finding,
    Fingerprints,
    Group,
    HashSetRole,
    Location,
    Match,
    MatchHow,
    MediaFile,
    MediaKind,
    Opinion,
    OriginOpinion,
    Outcome,
    PdqHash,
    ReaderRun,
    SceneLink,
    SceneLinkKind,
    Strength,
    Supports,
)

PROMPT = "a lighthouse at dusk, PROMPT-THAT-IS-NEVER-PRINTED"
HOSTILE = (
    b"<img src=x onerror=alert(1)>.jpg",
    b"</style><script>alert(2)</script>.png",
    "boat\u202egpj.exe".encode(),
    b"two\nlines.jpg",
    b"#let x = read(\"/etc/passwd\") $x^2$ *b* `c` @d <e> \\ [f].png",
    b"{{ 7*7 }}{% raw %}.jpg",
    b"Bl\xe4tter.jpg",
    "海の写真 صورة 🏔️.jpg".encode(),
    ("z" + "\u0302" * 40 + ".jpg").encode(),
    b"long/" + b"n" * 3_000 + b".jpg",
    b"&amp;&lt;.jpg",
)  # fmt: skip
SOURCES = (b"/evidence/first", b"/evidence/second <b>")


def digest(number: int) -> str:
    """SHA-256 of the content with this number."""
    return hashlib.sha256(b"%d" % number).hexdigest()


def clock() -> Callable[[], str]:
    """A clock that ticks once a second, the same in every test."""
    ticks = count()
    return lambda: f"2026-03-04T05:{next(ticks) // 60 % 60:02d}:{next(ticks) % 60:02d}.000000Z"


def place(name: bytes, *, source: bytes = SOURCES[0], members: tuple[bytes, ...] = (), size: int = 10) -> MediaFile:
    """A place."""
    return MediaFile(location=Location(source, (name, *members)), size_bytes=size, modified_ns=1)


def content(
    number: int, *, kind: MediaKind = MediaKind.IMAGE, read: bool = True, findings: tuple[Finding, ...] = ()
) -> Examination:
    """A content of a kind; an image has a hash when its pixels were read, of low quality for every tenth."""
    text = b"%d" % number
    media_type = {
        MediaKind.IMAGE: "image/png", MediaKind.VIDEO: "video/mp4", MediaKind.AUDIO: "audio/mpeg", MediaKind.ARCHIVE: "application/zip",
        MediaKind.OTHER: "application/octet-stream",
    }[kind]  # fmt: skip
    read = read and kind is MediaKind.IMAGE
    quality = 20 if number % 10 == 9 else 90
    prints = Fingerprints(pdq=PdqHash(hashlib.sha256(b"pdq" + text).hexdigest(), quality)) if read else None
    outcome = Outcome.FOUND if read else Outcome.COULD_NOT_LOOK if kind is MediaKind.IMAGE else Outcome.DID_NOT_RUN
    return Examination(
        sha256=digest(number), sha1=hashlib.sha1(text).hexdigest(), md5=hashlib.md5(text).hexdigest(), size_bytes=1_000 + number,
        media_type=media_type, kind=kind, width_px=64 if kind is MediaKind.IMAGE else None, height_px=48 if kind is MediaKind.IMAGE else None,
        fingerprints=prints, findings=findings,
        runs=(ReaderRun("pixels", "1", outcome), ReaderRun("a1111", "1", Outcome.NOTHING_FOUND)),
    )  # fmt: skip


def unseen(what: str, *, reader: str = "pixels", outcome: Outcome = Outcome.COULD_NOT_LOOK) -> Finding:
    """A finding of what could not be looked at."""
    return Finding(reader=reader, version="1", what=what, outcome=outcome)


def opinion(word: Opinion, *basis: Basis, conflicts: tuple[str, ...] = (), log10_lr: float = 3.5) -> OriginOpinion:
    """An opinion; a generated one carries the prompt."""
    if word is Opinion.UNDETERMINED:
        return OriginOpinion(opinion=word, log10_lr=0.0, strength=Strength.NONE)
    return OriginOpinion(
        opinion=word, log10_lr=log10_lr, strength=Strength.STRONG if log10_lr >= 3 else Strength.WEAK, basis=basis or (Basis.DECLARED,),
        generator="A <b>generator</b>" if word is Opinion.GENERATED else None, prompt=PROMPT if word is Opinion.GENERATED else None,
        captured_with="ACME Cam" if word is Opinion.CAPTURED else None, conflicts=conflicts,
    )  # fmt: skip


def begin(case: Case) -> int:
    """Begins a run."""
    isolation = {
        "system-call filter": {"in_force": True, "detail": "allow-list"},
        "thread limit": {"in_force": False, "detail": "<i>not here</i>"},
        "proof": {"open a socket": "refused: Operation not permitted", "open for writing": "NOT refused"},
    }
    return case.begin_run(
        command="triage", sources=list(SOURCES), settings={"workers": 2, "examiner": "", "readers": []},
        versions={"safelight": "0.1.0", "system": "Linux"}, isolation=isolation,  # type: ignore[arg-type]
    )  # fmt: skip


def records() -> Iterator[FileRecord]:
    """40 contents of every kind and opinion, their copies, hostile names, and places that could not be read."""
    words = (Opinion.CAPTURED, Opinion.GENERATED, Opinion.UNDETERMINED, Opinion.AI_EDITED, Opinion.EDITED)
    for number in range(30):
        word = words[number % 5]
        basis = (Basis.SIGNED, Basis.DECLARED) if number % 6 == 0 else (Basis.DECLARED,)
        conflicts = (f"capture says <b>captured</b> but a1111 says generated, number {number}",) if number == 0 else ()
        read = number != 7 and number != 12
        findings = () if read else (unseen(f"The pixels could not be decoded at byte {number * 1000}."),)
        weighed = opinion(word, *basis, conflicts=conflicts, log10_lr=0.5 if number % 4 else 3.5)
        name = HOSTILE[number] if number < len(HOSTILE) else b"pictures/%03d.png" % number
        examined = content(number, read=read, findings=findings)
        yield FileRecord(place(name), digest(number), examined, weighed, (), done=True)
    none = opinion(Opinion.UNDETERMINED)
    for number, kind in enumerate((MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.OTHER, MediaKind.OTHER), 30):
        finding = unseen(f"Listed and digested ({kind}), not examined.", outcome=Outcome.DID_NOT_RUN)
        yield FileRecord(
            place(b"others/%d" % number),
            digest(number),
            content(number, kind=kind, findings=(finding,)),
            none,
            (),
            done=True,
        )
    # Copies in the second source, one of them on two places.
    for number in (1, 2, 3):
        yield FileRecord(place(b"copy/%d.png" % number, source=SOURCES[1]), digest(number), None, None, (), done=True)
    yield FileRecord(place(b"copy/again.png", source=SOURCES[1]), digest(1), None, None, (), done=True)
    # An archive that broke off, with one member that was read and two that were not.
    broken = unseen(
        "The archive could not be read to its end: 'CRC' at 812. The members before are kept.", reader="archive"
    )
    yield FileRecord(place(b"a.zip"), digest(40), content(40, kind=MediaKind.ARCHIVE), none, (broken,), done=True)
    yield FileRecord(place(b"a.zip", members=(b"in.png",)), digest(41), content(41), none, (), done=True)
    for number in range(2):
        locked = unseen("The member is encrypted; its name is kept.", reader="archive")
        yield FileRecord(place(b"a.zip", members=(b"locked%d" % number,)), None, None, None, (locked,), done=True)
    denied = unseen("The file could not be opened: Permission denied.", reader="evidence")
    yield FileRecord(place(b"denied"), None, None, None, (denied, denied), done=True)
    link = unseen(
        "This is a symbolic link; it was listed and not followed.", reader="evidence", outcome=Outcome.DID_NOT_RUN
    )
    yield FileRecord(place(b"link"), None, None, None, (link,), done=True)


def matches() -> Iterator[Match]:
    """Known and irrelevant lists, exact and near, one content on several."""
    for number, role, how, distance in (
        (0, HashSetRole.KNOWN, MatchHow.SHA256, 0), (0, HashSetRole.KNOWN, MatchHow.PDQ, 4), (0, HashSetRole.IRRELEVANT, MatchHow.MD5, 0),
        (1, HashSetRole.KNOWN, MatchHow.PDQ, 31), (1, HashSetRole.KNOWN, MatchHow.PDQ, 12), (3, HashSetRole.IRRELEVANT, MatchHow.MD5, 0),
    ):  # fmt: skip
        hashset = "unit <known>" if role is HashSetRole.KNOWN else "system files"
        yield Match(
            sha256=digest(number), hashset=hashset, bank="bank\u202e1", role=role, how=how, distance=distance, label="label & 1", entry="0" * 64,
            variant="full" if how is MatchHow.PDQ else "",
        )  # fmt: skip


def groups() -> list[Group]:
    """A mixed group and one of undetermined pictures; representatives first."""
    return [
        Group(
            kind="near-duplicate",
            representative=digest(5),
            members=((digest(5), 0), (digest(6), 9), (digest(8), 31)),
            distance_bits=31,
        ),
        Group(
            kind="near-duplicate",
            representative=digest(17),
            members=((digest(17), 0), (digest(22), 2)),
            distance_bits=31,
        ),
    ]


LISTS = {
    "distance_bits": 31, "entries_of_low_quality_left_out": 1,
    "sets": [{"name": "unit <known>", "role": "known", "counts": {"sha256": 3, "pdq": 2}, "sha256": "ab" * 32}],
}  # fmt: skip


def build(directory: Path, *, stages: bool = True, ended: bool = True) -> Path:
    """A whole case; without its stages or its end on request."""
    from safelight.review.queue import build_queue
    from safelight.review.rules import load_rules

    with Case.create_or_open(directory, actor="Examiner <one>", clock=clock()) as case:
        run_id = begin(case)
        archive = place(b"a.zip").location.key
        case.record(run_id, list(records()), finished=[archive])
        if stages:
            case.add_matches(run_id, matches(), state=LISTS)  # type: ignore[arg-type]
            case.add_groups(run_id, groups(), distance_bits=31)
            build_queue(case, run_id, load_rules(None))
        if ended:
            case.end_run(run_id, outcome="done", counts={"files": 44})
    return directory


DETECTED = Finding(
    reader="detector", version="1+0123456789ab", what="The model drawn 1 gave the score 3, weak support.", supports=Supports.GENERATED,
    basis=Basis.STATISTICAL, strength=Strength.WEAK, where="the pixels", could_be_faked_by="computed changes",
    does_not_show="Whether it is harmless.",
    details={
        "model": "drawn 1", "model_sha256": "cd" * 32, "condition": "png 512", "score": 3.0, "abstained": False, "false_alarms_at_most": 0.0234,
    },
)  # fmt: skip


def reviewed(directory: Path) -> Path:
    """The whole case after people worked on it: decisions, views, a link, a model's score; then sealed, handed over and received."""
    ada, grace = (
        UnitKey(name, Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))
        for number, name in enumerate(("Ada", "Grace \u202e<b>"), 1)
    )
    build(directory)
    with Case.create_or_open(directory, actor="Examiner <one>", clock=clock()) as case:
        run_id = begin(case)
        examined = replace(
            content(50, findings=(DETECTED,)), runs=(ReaderRun("detector", DETECTED.version, Outcome.FOUND),)
        )
        abstains = replace(DETECTED, supports=Supports.NOTHING, basis=None, strength=Strength.NONE, details={
            "model": "drawn 1", "model_sha256": "cd" * 32, "condition": "png 512", "score": 3.0, "abstained": True,
        })  # fmt: skip
        unsure = replace(
            content(51, findings=(abstains,)), runs=(ReaderRun("detector", DETECTED.version, Outcome.FOUND),)
        )
        none = opinion(Opinion.UNDETERMINED)
        case.record(run_id, [FileRecord(place(b"scored/%d.png" % number), digest(number), made, none, (), done=True)
                             for number, made in ((50, examined), (51, unsure))])  # fmt: skip
        link = SceneLink(
            kind=SceneLinkKind.SOURCE_PHOTOGRAPH, sha256=digest(1), other=digest(22), words="shares about 43 % of its scene", inliers=40, share=0.43,
            other_share=0.4, matrix=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0), grid="a" * 64, other_grid="a" * 64,
        )  # fmt: skip
        add_scene_links(case, run_id, [link], compared=20, not_compared=11, form="test")
        case.end_run(run_id, outcome="done", counts={})
        first = Decision(
            sha256=digest(2), person="reviewer <one>", scheme="yes-no", category="no", label="No & none", origin=Opinion.CAPTURED,
            possible_real_victim=True, second_review=True, note="Two\nlines \u202eof a note.",
        )  # fmt: skip
        case.decide([first])
        case.decide([replace(first, person="reviewer two", second_review=False, possible_real_victim=False, note="")])
        for number, step, seconds in (
            (2, RevealStep.SHARPER, 1.5),
            (2, RevealStep.FULL, 4.0),
            (12, RevealStep.FULL, None),
        ):
            shown = Exposure(sha256=digest(number), person="reviewer two", step=step, in_full=step is RevealStep.FULL)
            act = case.begin_exposure(shown)
            if seconds is not None:
                case.end_exposure(act, person="reviewer two", seconds=seconds)
        for key, action, to in ((ada, "sealed", None), (ada, "handed-over", grace.public), (grace, "received", None)):
            said = partial(seal_details, key, action, case_id=case.case_id(), time_utc="2026-03-04T06:00:00Z", to=to)
            case.log_about_head(action, lambda head, said=said: said(head=head))  # type: ignore[misc]
        case.log("note", {})
    return directory
