"""The gate lets through what people settled, keeps kinds of origin apart, and counts all that it holds back."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.case.records import decision, digest, examination, matches, opinion

from safelight.case.reviewing import Decision, Standing
from safelight.exports.gate import Gate, origin_of
from safelight.exports.items import Item
from safelight.model import Opinion, OriginOpinion, Strength


def item(number: int, *decisions: Decision, said: OriginOpinion | None = None) -> Item:
    made = examination(number)
    return Item(
        sha256=made.sha256, sha1=made.sha1, md5=made.md5, size_bytes=made.size_bytes, media_type=made.media_type, kind=made.kind,
        width_px=made.width_px, height_px=made.height_px, frames=1, fingerprints=made.fingerprints, runs=made.runs, places=(),
        findings=made.findings, place_findings=(), opinion=said or opinion(number), matches=tuple(matches([number, number])),
        representative=None, standing=Standing(made.sha256, decisions) if decisions else None, exposures=(),
    )  # fmt: skip


VOTES = st.builds(
    lambda person, category, scheme, second, origin: decision(
        0, person=person, category=category, scheme=scheme, second_review=second, origin=origin
    ),
    st.sampled_from("abc"), st.sampled_from(["", "no", "yes"]), st.sampled_from(["one", "two"]), st.booleans(),
    st.sampled_from([None, *Opinion]),
)  # fmt: skip
ITEMS = st.lists(
    st.builds(lambda number, votes: item(number, *votes), st.integers(0, 9),
              st.lists(VOTES, max_size=3, unique_by=lambda vote: vote.person)), max_size=8,
)  # fmt: skip


@given(ITEMS, st.booleans(), st.integers(1, 3), st.sampled_from(["", "one"]), st.sets(st.sampled_from(list(Opinion))))
def test_what_does_not_pass_is_counted(
    items: list[Item], undecided: bool, votes: int, scheme: str, origins: set[Opinion]
) -> None:
    gate = Gate(undecided=undecided, votes=votes, scheme=scheme, origins=frozenset(origins))
    passed = list(gate.passing(items))
    assert len(passed) + sum(each.count for each in gate.left_out) == len(items)
    for each in passed:
        assert not origins or each.origin in origins
        if each.decision is None:
            assert undecided
            continue
        standing = each.item.standing
        assert standing is not None and each.decision in standing.decisions and each.decision.category
        named = {(one.scheme, one.category) for one in standing.decisions if one.category}
        assert named == {(each.decision.scheme, each.decision.category)}
        assert not scheme or each.decision.scheme == scheme


def test_undecided_items_are_held_back_and_never_get_a_category() -> None:
    items = [item(0), item(1, decision(1)), item(2, decision(2), decision(2, person="Ada", category="yes"))]
    strict, lax = Gate(), Gate(undecided=True)
    assert [each.item.sha256 for each in strict.passing(items)] == [digest(1)]
    assert {each.reason: each.count for each in strict.left_out} == {
        "nobody has decided it": 1, "people disagree, or too few have voted": 1,
    }  # fmt: skip
    assert [each.decision is None for each in lax.passing(items)] == [True, False, True]
    assert lax.left_out == ()


def test_withdrawn_entries_are_no_longer_passed_on_and_are_counted() -> None:
    gate = Gate(undecided=True, withdrawn=lambda match: match.label == "withdrawn")
    one, two = item(1).matches
    mixed = replace(item(1), matches=(replace(one, label="withdrawn"), two))
    passed = list(gate.passing([item(0), mixed]))
    assert passed[1].item.matches == (two,)
    assert [len(each.item.matches) for each in passed] == [2, 1]
    assert [(each.reason, each.count) for each in gate.left_out] == [
        ("matches with entries that their list has withdrawn", 1)
    ]


def test_what_people_say_of_the_origin_goes_before_the_opinion_and_their_contradiction_is_undetermined() -> None:
    says = [
        decision(0, person=name, origin=origin) for name, origin in (("a", Opinion.CAPTURED), ("b", Opinion.GENERATED))
    ]
    assert origin_of(item(0)) is Opinion.GENERATED
    assert origin_of(item(0, says[0])) is Opinion.CAPTURED
    assert origin_of(item(0, *says)) is Opinion.UNDETERMINED
    weighed = OriginOpinion(opinion=Opinion.EDITED, log10_lr=1.0, strength=Strength.WEAK)
    assert origin_of(item(0, decision(0), said=weighed)) is Opinion.EDITED
    assert origin_of(replace(item(0), opinion=None)) is Opinion.UNDETERMINED
