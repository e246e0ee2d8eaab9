"""Items with odd names, texts, times and sizes, drawn by Hypothesis; and what of them each format carries."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from safelight import model
from safelight.case.reviewing import Decision, Exposure, RevealStep, Standing
from safelight.exports.gate import Gate, Passed
from safelight.exports.items import Item

ODD_NAMES = (
    b"two\nlines\r\n\t.png", b"\xff\xfe\x80.png", "\U0001f3d4 mountain.png".encode(), "boat\u202egnp.exe".encode(), "\u200fright.png".encode(),
    b"\xed\xa0\x80 half.png", b"d/" * 1_500 + b"n" * 255, b"=1+1", b"'@x", b"a!/b", b"a\\u0041\\x41", b"C:\\x", b"", b"\x00", b"/", b";,\"'",
)  # fmt: skip
NAMES = st.binary(max_size=30) | st.sampled_from(ODD_NAMES)
# The case stores no lone surrogates and no zero characters.
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20) | st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "'=1",
        "\u202eabc",
        "a;b\nc",
        "\U0001f3d4",
        "\\u0041",
        "\u2028",
        "",
        "\ufeff",
        "\uff1dx",
    ]
)
WORDS = st.sampled_from(["1", "no", "vics-us", "caid-uk", "0", "5", "17", "01", "x y"]) | TEXTS
TIMES_NS = st.none() | st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1, -1, 1_700_000_000_123_456_789])
HEX = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
SIDES = st.none() | st.integers(1, 9_999)
PDQS = st.builds(model.PdqHash, HEX, st.integers(0, 100))


def decisions(sha256: str) -> Any:
    """One person's decision on a media."""
    return st.builds(
        Decision, sha256=st.just(sha256), person=st.sampled_from(["Ada", "Grace", "=Alan"]), scheme=WORDS, category=WORDS, label=TEXTS,
        origin=st.none() | st.sampled_from(model.Opinion), possible_real_victim=st.booleans(), second_review=st.booleans(), note=TEXTS,
        representative=st.none() | HEX, decided_utc=st.sampled_from(["2026-03-04T05:06:07.000000Z", "2025-01-01T00:00:00Z"]),
        act=st.integers(1, 99),
    )  # fmt: skip


FINDINGS = st.builds(
    model.Finding, reader=st.sampled_from(["a1111", "c2pa"]), version=TEXTS, what=TEXTS, outcome=st.sampled_from(model.Outcome),
    supports=st.sampled_from(model.Supports), basis=st.none() | st.sampled_from(model.Basis), where=TEXTS, strength=st.sampled_from(model.Strength),
    could_be_faked_by=TEXTS, does_not_show=TEXTS, details=st.dictionaries(st.sampled_from("abc"), TEXTS | st.integers(-9, 9) | st.none(), max_size=2),
)  # fmt: skip
OPINIONS = st.builds(
    model.OriginOpinion, opinion=st.sampled_from(model.Opinion), log10_lr=st.floats(-9, 9), strength=st.sampled_from(model.Strength),
    basis=st.lists(st.sampled_from(model.Basis), max_size=3).map(tuple),
    **{name: st.none() | TEXTS.filter(bool) for name in ("generator", "generator_version", "model", "seed", "prompt", "captured_with")},
    conflicts=st.lists(TEXTS, max_size=2).map(tuple), limits=st.lists(TEXTS, max_size=2).map(tuple),
)  # fmt: skip
PLACES = st.builds(
    lambda source, parts, size, times: model.MediaFile(
        location=model.Location(source, tuple(parts)), size_bytes=size, modified_ns=times[0], accessed_ns=times[1], changed_ns=times[2],
        created_ns=times[3],
    ),
    NAMES, st.lists(NAMES, min_size=1, max_size=3), st.none() | st.integers(0, 2**62), st.tuples(TIMES_NS, TIMES_NS, TIMES_NS, TIMES_NS),
)  # fmt: skip


@st.composite
def items(draw: st.DrawFn) -> Item:
    """One item as a case could hold it."""
    seed = draw(st.binary(max_size=4))
    sha256 = hashlib.sha256(seed).hexdigest()
    made = draw(st.lists(decisions(sha256), max_size=3, unique_by=lambda each: each.person))
    matches = draw(st.lists(
        st.builds(
            model.Match, sha256=st.just(sha256), hashset=TEXTS, bank=TEXTS, role=st.sampled_from(model.HashSetRole),
            how=st.sampled_from(model.MatchHow),
            distance=st.integers(0, 31), label=TEXTS, entry=HEX, variant=st.sampled_from(["", "full"]),
        ), max_size=2,
    ))  # fmt: skip
    return Item(
        sha256=sha256, sha1=hashlib.sha1(seed).hexdigest(), md5=hashlib.md5(seed).hexdigest(), size_bytes=draw(st.integers(0, 2**62)),
        media_type=draw(st.sampled_from(["image/png", "application/octet-stream"])), kind=draw(st.sampled_from(model.MediaKind)),
        width_px=draw(SIDES), height_px=draw(SIDES), frames=draw(st.sampled_from([None, 1, 9])),
        fingerprints=draw(st.none() | st.builds(
            model.Fingerprints, pdq=PDQS, pdq_nearest512=st.none() | PDQS, pdq_oriented=st.none() | PDQS,
            pdq_dihedral=st.sampled_from([(), ("ab" * 32, "cd" * 32)]),
        )),
        runs=tuple(draw(st.lists(st.builds(model.ReaderRun, TEXTS, TEXTS, st.sampled_from(model.Outcome)), max_size=2))),
        places=tuple(draw(st.lists(PLACES, max_size=3))), findings=tuple(draw(st.lists(FINDINGS, max_size=2))),
        place_findings=tuple(draw(st.lists(FINDINGS, max_size=1))), opinion=draw(st.none() | OPINIONS), matches=tuple(matches),
        representative=draw(st.none() | st.tuples(HEX, st.integers(0, 31))),
        standing=Standing(sha256, tuple(made)) if made else None,
        exposures=draw(st.sampled_from([(), (Exposure(sha256=sha256, person="Ada", step=RevealStep.FULL, in_full=True),)])),
    )  # fmt: skip


def passed(item: Item) -> Passed:
    """The item, let through whatever was decided."""
    return next(Gate(undecided=True).passing([item]))


def carried(item: Item, *, findings: bool, prompt: bool) -> Item:
    """What is left of an item in a format without exposures, flips and details; without findings and the prompt where it has none."""
    prints, opinion = item.fingerprints, item.opinion
    if opinion is not None and not prompt:
        opinion = replace(opinion, prompt=None)
    short = {
        name: tuple(replace(each, details={}) for each in getattr(item, name)) if findings else ()
        for name in ("findings", "place_findings")
    }
    return replace(
        item, fingerprints=replace(prints, pdq_dihedral=()) if prints is not None else None, opinion=opinion, exposures=(),
        runs=item.runs if findings else (), **short,
    )  # fmt: skip
