"""The weighing of findings: whatever is found, in whatever order, the opinion keeps its promises."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.model import Basis, Finding, Opinion, Outcome, Strength, Supports
from safelight.origin.opinion import (
    BOUND_KEY,
    CAP_LOG10_LR,
    FALSE_ALARMS_KEY,
    STRENGTH_LOG10_LR,
    THRESHOLD_LOG10_LR,
    WRAPS_KEY,
    verbal,
    weigh,
)

UNREAD = "Part of the file could not be looked at; what it would have shown is not known."
NOT_RUN = "Part of the examination did not run; what it would have shown is not known."
INCOMPATIBLE = {
    frozenset({Supports.GENERATED, Supports.CAPTURED}),
    frozenset({Supports.GENERATED, Supports.EDITED}),
}


def found(
    supports: Supports,
    basis: Basis | None = Basis.DECLARED,
    strength: Strength = Strength.STRONG,
    reader: str = "r",
    **details: object,
) -> Finding:
    return Finding(
        reader=reader, version="1", what=f"{reader} saw it.", supports=supports, basis=basis, strength=strength, details=details  # type: ignore[arg-type]
    )  # fmt: skip


details = st.fixed_dictionaries(
    {},
    optional={
        "generator": st.sampled_from(["one", "two", ""]),
        "model": st.sampled_from(["", "p", "q"]),
        "seed": st.sampled_from(["1", "2", "", None, 3]),
        "prompt": st.sampled_from(["", "p", "q"]),
        "captured_with": st.sampled_from(["camera", 7]),
        WRAPS_KEY: st.sampled_from(["one", "two", "", 7]),
        "generator_version": st.sampled_from(["v1", "v2"]),
        FALSE_ALARMS_KEY: st.sampled_from([0.0, 0.01, 0.5, True, "0", None]),
        BOUND_KEY: st.floats(allow_nan=True, allow_infinity=True)
        | st.integers(-3, 9)
        | st.sampled_from([True, "2", None]),
    },
)
findings = st.builds(
    Finding,
    reader=st.sampled_from(["a", "b", "c"]),
    version=st.just("1"),
    what=st.sampled_from(["Seen.", "Seen again.", "x" * 5000]),
    where=st.sampled_from(["here", "there"]),
    outcome=st.sampled_from(list(Outcome)),
    supports=st.sampled_from(list(Supports)),
    basis=st.sampled_from(list(Basis)) | st.none(),
    strength=st.sampled_from(list(Strength)),
    details=details,
)
many = st.lists(findings, max_size=7)


@given(many, st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_matter(seen: list[Finding], chance: object) -> None:
    mixed = list(seen)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert weigh(mixed) == weigh(seen)


@given(many)
def test_the_opinion_stays_within_its_bounds(seen: list[Finding]) -> None:
    opinion = weigh(seen)
    assert 0.0 <= opinion.log10_lr <= 6.0
    assert math.isfinite(opinion.log10_lr)
    assert opinion.limits
    if opinion.opinion is Opinion.UNDETERMINED:
        assert (opinion.log10_lr, opinion.strength, opinion.basis) == (0.0, Strength.NONE, ())
    else:
        assert opinion.log10_lr >= THRESHOLD_LOG10_LR
        assert opinion.strength is verbal(opinion.log10_lr) is not Strength.NONE
        assert opinion.basis
        assert opinion.log10_lr <= sum(CAP_LOG10_LR[basis] for basis in opinion.basis) + 1e-6


@given(many, findings)
def test_a_contrary_finding_never_raises_support(seen: list[Finding], more: Finding) -> None:
    before, after = weigh(seen), weigh([*seen, more])
    contrary = (
        frozenset({Supports(before.opinion.value), more.supports})
        if before.opinion is not Opinion.UNDETERMINED
        else frozenset()
    )
    if after.opinion is before.opinion and contrary in INCOMPATIBLE:
        assert after.log10_lr <= before.log10_lr


@given(many)
def test_two_statements_that_cannot_both_be_true_are_named(seen: list[Finding]) -> None:
    supported = {item.supports for item in seen if _counts(item)}
    opinion = weigh(seen)
    for pair in INCOMPATIBLE:
        if pair <= supported and Supports.AI_EDITED not in supported:
            assert any("supports generated" in line for line in opinion.conflicts)


def _counts(item: Finding) -> bool:
    bound = item.details.get(BOUND_KEY)
    bounded = item.basis is not Basis.STATISTICAL or (
        isinstance(bound, int | float) and not isinstance(bound, bool) and bound > 0
    )
    speaks = item.outcome is Outcome.FOUND and item.basis is not None and item.supports is not Supports.NOTHING
    return speaks and bounded and item.strength is not Strength.NONE


@given(many, st.sampled_from([Supports.AI_EDITED, Supports.EDITED, Supports.CAPTURED]))
def test_generated_never_wins_a_tie(seen: list[Finding], other: Supports) -> None:
    mirrored = [found(Supports.GENERATED, item.basis, item.strength, **item.details) for item in seen if item.basis]
    mirrored += [found(other, item.basis, item.strength, **item.details) for item in seen if item.basis]
    assert weigh(mirrored).opinion is not Opinion.GENERATED


@given(many)
def test_what_could_not_be_looked_at_becomes_a_limit(seen: list[Finding]) -> None:
    could_not = Finding(reader="wall", version="1", what="Stopped.", outcome=Outcome.COULD_NOT_LOOK)
    did_not = Finding(reader="pixels", version="1", what="Not run.", outcome=Outcome.DID_NOT_RUN)
    plain, more = weigh(seen), weigh([*seen, could_not, did_not])
    assert {UNREAD, NOT_RUN} <= set(more.limits)
    assert (UNREAD in plain.limits) == any(item.outcome is Outcome.COULD_NOT_LOOK for item in seen)
    assert (more.opinion, more.log10_lr, more.conflicts) == (plain.opinion, plain.log10_lr, plain.conflicts)


@given(st.lists(st.sampled_from(list(Strength)), min_size=1, max_size=6), st.sampled_from(list(Basis)))
def test_one_basis_alone_never_passes_its_cap(strengths: list[Strength], basis: Basis) -> None:
    opinion = weigh(
        [
            found(Supports.GENERATED, basis, strength, **{BOUND_KEY: 6.0, FALSE_ALARMS_KEY: 0.0})
            for strength in strengths
        ]
    )
    assert opinion.log10_lr <= CAP_LOG10_LR[basis]
    assert opinion.log10_lr == pytest.approx(
        min(CAP_LOG10_LR[basis], max(STRENGTH_LOG10_LR[strength] for strength in strengths))
    )


@pytest.mark.parametrize(
    ("bound", "log10_lr"),
    [(1.2, 1.2), (0.4, 0.0), (9, 2.0), (None, 0.0), (True, 0.0), ("2", 0.0), (float("nan"), 0.0), (-1, 0.0)],
)
def test_a_statistical_finding_is_worth_what_its_validation_supports(bound: object, log10_lr: float) -> None:
    measured = {BOUND_KEY: bound, FALSE_ALARMS_KEY: 0.004}
    opinion = weigh([found(Supports.GENERATED, Basis.STATISTICAL, Strength.EXTREMELY_STRONG, **measured)])
    assert opinion.log10_lr == log10_lr
    assert (opinion.opinion is Opinion.GENERATED) == (log10_lr > 0)
    unbounded = not isinstance(bound, int | float) or isinstance(bound, bool) or not bound > 0
    assert unbounded == any("not counted" in limit for limit in opinion.limits)


@pytest.mark.parametrize("share", [0.011, 1.0, -0.1, None, True, "0", float("nan")])
def test_a_statistical_finding_alone_carries_no_opinion_unless_few_false_alarms_were_measured(share: object) -> None:
    finding = found(Supports.GENERATED, Basis.STATISTICAL, Strength.STRONG, **{BOUND_KEY: 1.5, FALSE_ALARMS_KEY: share})
    alone = weigh([finding])
    assert (alone.opinion, alone.log10_lr, alone.basis) == (Opinion.UNDETERMINED, 0.0, ())
    assert any("carries an opinion only where" in limit for limit in alone.limits)
    joined = weigh([finding, found(Supports.GENERATED, Basis.TRACE, Strength.MODERATE)])
    assert joined.opinion is Opinion.GENERATED
    assert joined.log10_lr == 3.0


@pytest.mark.parametrize(
    ("log10_lr", "word"),
    [
        (0.0, Strength.NONE), (0.3, Strength.NONE), (math.log10(2), Strength.WEAK), (0.99, Strength.WEAK), (1.0, Strength.MODERATE),
        (2.0, Strength.MODERATELY_STRONG), (3.0, Strength.STRONG), (4.0, Strength.VERY_STRONG), (5.99, Strength.VERY_STRONG),
        (6.0, Strength.EXTREMELY_STRONG),
    ],
)  # fmt: skip
def test_the_verbal_scale_is_that_of_enfsi(log10_lr: float, word: Strength) -> None:
    assert verbal(log10_lr) is word


@given(st.sampled_from(list(Strength)))
def test_a_word_counts_for_a_number_of_its_own_band(word: Strength) -> None:
    assert verbal(STRENGTH_LOG10_LR[word]) is word


def test_nothing_found_is_said_to_say_nothing() -> None:
    opinion = weigh([])
    assert opinion.opinion is Opinion.UNDETERMINED
    assert opinion.limits == (
        "Nothing was found that says how the file came to be; that says nothing either way, since marks are easily lost.",
    )


@pytest.mark.parametrize("strength", [Strength.WEAK, Strength.MODERATE])
def test_a_prompt_on_a_file_with_camera_data_is_not_called_generated(strength: Strength) -> None:
    prompt = found(Supports.GENERATED, reader="a1111", seed="7", prompt="a hill")
    camera = found(Supports.CAPTURED, Basis.DECLARED, strength, reader="capture", captured_with="Canon EOS 6D")
    opinion = weigh([prompt, camera])
    assert opinion.opinion is Opinion.UNDETERMINED
    assert opinion.conflicts == (
        "a1111 supports generated (a1111 saw it), but capture supports captured (capture saw it).",
    )
    assert (opinion.seed, opinion.prompt, opinion.captured_with) == ("7", "a hill", "Canon EOS 6D")
    assert opinion.limits == (
        "Unsigned metadata can be written, copied and removed by anybody, in both directions.",
        "What was found speaks for different origins, and no side outweighs the others enough for an opinion.",
    )


def test_a_signature_still_counts_against_camera_data() -> None:
    signed = found(Supports.GENERATED, Basis.SIGNED, Strength.VERY_STRONG, reader="c2pa")
    opinion = weigh([signed, found(Supports.GENERATED), found(Supports.CAPTURED, strength=Strength.MODERATE)])
    assert (opinion.opinion, opinion.log10_lr) == (Opinion.GENERATED, 3.5)
    assert len(opinion.conflicts) == 1


def test_a_signed_capture_that_carries_a_prompt_is_a_conflict() -> None:
    opinion = weigh(
        [
            found(Supports.CAPTURED, Basis.SIGNED, Strength.VERY_STRONG, "c2pa"),
            found(Supports.GENERATED, reader="a1111"),
        ]
    )
    assert (opinion.opinion, opinion.log10_lr, opinion.strength) == (Opinion.CAPTURED, 1.5, Strength.MODERATE)
    assert opinion.conflicts == ("c2pa supports captured (c2pa saw it), but a1111 supports generated (a1111 saw it).",)


def test_an_edit_by_ai_explains_both_a_camera_and_a_prompt() -> None:
    opinion = weigh(
        [
            found(Supports.AI_EDITED),
            found(Supports.CAPTURED, strength=Strength.MODERATE, captured_with="X"),
            found(Supports.GENERATED),
        ]
    )
    assert (opinion.opinion, opinion.log10_lr, opinion.conflicts, opinion.captured_with) == (
        Opinion.AI_EDITED,
        3.5,
        (),
        "X",
    )


def test_a_photograph_that_an_editor_saved_stays_a_photograph() -> None:
    camera, editor = (
        found(Supports.CAPTURED, strength=Strength.MODERATE),
        found(Supports.EDITED, strength=Strength.WEAK),
    )
    opinion = weigh([camera, editor])
    assert (opinion.opinion, opinion.log10_lr, opinion.conflicts) == (Opinion.CAPTURED, 1.5, ())
    assert any(
        limit.startswith("It was edited or saved again, or marks of capture were put") for limit in opinion.limits
    )
    stronger = weigh([camera, found(Supports.EDITED, Basis.SIGNED, Strength.STRONG)])
    assert (stronger.opinion, stronger.log10_lr) == (Opinion.EDITED, 3.5)


def test_different_bases_add_up_under_the_most() -> None:
    seen = [
        found(Supports.GENERATED, basis, Strength.EXTREMELY_STRONG, **{BOUND_KEY: 2.0})
        for basis in (Basis.SIGNED, Basis.WATERMARK)
    ]
    assert weigh(seen).log10_lr == 6.0
    two = weigh([found(Supports.GENERATED), found(Supports.GENERATED, Basis.TRACE, Strength.MODERATE)])
    assert (two.log10_lr, two.basis) == (5.0, (Basis.DECLARED, Basis.TRACE))


def test_different_seeds_are_named() -> None:
    seen = [
        found(Supports.GENERATED, reader="a1111", seed="0"),
        found(Supports.GENERATED, reader="comfyui", seed="106744160813738"),
    ]
    assert weigh(seen).conflicts == ("Different seeds are named: a1111 0, comfyui 106744160813738.",)
    assert weigh([seen[0], seen[0]]).conflicts == ()


def test_facts_come_from_what_carries_the_opinion_first() -> None:
    strong = found(Supports.GENERATED, Basis.SIGNED, Strength.VERY_STRONG, "c2pa", generator="Signed generator")
    weak = found(Supports.GENERATED, reader="a1111", generator="Other", generator_version="9", model="m", seed="5")
    for seen in itertools.permutations([strong, weak]):
        opinion = weigh(seen)
        assert (opinion.generator, opinion.generator_version) == ("Signed generator", None)
        assert (opinion.model, opinion.seed) == ("m", "5")


def test_a_generator_that_runs_another_gives_the_name() -> None:
    inner = found(Supports.GENERATED, reader="a", generator="Inner", generator_version="1", seed="7")
    outer = found(Supports.GENERATED, reader="z", generator="Outer", generator_version="2", wraps="inner", seed="7")
    for seen in itertools.permutations([inner, outer]):
        opinion = weigh(seen)
        assert (opinion.generator, opinion.generator_version, opinion.seed) == ("Outer", "2", "7")
    nameless = found(Supports.GENERATED, reader="z", wraps="Inner")
    assert weigh([inner, nameless]).generator == "Inner"


def test_what_is_stated_better_keeps_its_name() -> None:
    signed = found(Supports.GENERATED, Basis.SIGNED, Strength.VERY_STRONG, reader="z", generator="Inner")
    outer = found(Supports.GENERATED, reader="a", generator="Outer", wraps="Inner")
    assert weigh([signed, outer]).generator == "Inner"
    both = [
        found(Supports.GENERATED, reader="a", generator="One", wraps="Two"),
        found(Supports.GENERATED, reader="b", generator="Two", wraps="One"),
    ]
    assert weigh(both).generator == "One"
