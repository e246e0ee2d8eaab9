"""The order: everything exactly once, the same whatever the order of the input, and urgent before less urgent."""

from __future__ import annotations

import itertools
import random
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.review.reference_order import reference_order

from safelight.model import HashSetRole, Match, MatchHow, MediaKind, Opinion, QueueItem
from safelight.review.order import ItemFacts, match_key, order_items
from safelight.review.rules import CONDITIONS, LAST_PLACE, Rule, RuleSet, load_rules
from safelight.review.scores import Score
from safelight.review.spilling import Sorter

DEFAULT = load_rules(None)
LABELS = ("", "1", "2", "other", "1\0", "1\x01", "\xe9", "\U0001f4f7", "\uffee", "\udcff")
PATHS = st.sampled_from(["a", "b", "a b", "a\0", "a\0\1", "a\1", "\xe9", "\uffee", "\U0001f4f7"])


def match(
    role: str = "known", how: str = "sha256", label: str = "", distance: int = 0, hashset: str = "harbours"
) -> Match:
    return Match(
        sha256="", hashset=hashset, bank="", role=HashSetRole(role), how=MatchHow(how), distance=distance, label=label, entry=""
    )  # fmt: skip


def facts(number: int, **fields: object) -> ItemFacts:
    item = ItemFacts(f"{number:064x}", None, f"folder/{number}.png", "image", "examined")
    for name, value in fields.items():
        setattr(item, name, value)
    return item


def order(
    items: list[ItemFacts], groups: list[list[str]] | None = None, rules: RuleSet = DEFAULT, *, memory_bytes: int = 600
) -> list[QueueItem]:
    """The queue, through sorters so small that most of it lies on disk."""
    representative = {sha256: group[0] for group in groups or [] for sha256 in group}
    for item in items:
        item.group = representative.get(item.sha256 or "")
    with tempfile.TemporaryDirectory() as directory:
        return list(order_items(items, rules, lambda: Sorter(Path(directory), memory_bytes=memory_bytes)))


def numbers(queue: list[QueueItem]) -> list[int]:
    return [int(item.sha256 or "-1", 16) for item in queue]


matches = st.builds(
    match,
    role=st.sampled_from(["known", "irrelevant"]),
    how=st.sampled_from(list(MatchHow)),
    label=st.sampled_from(LABELS),
    distance=st.integers(0, 31),
    hashset=st.sampled_from(["a", "b"]),
)


scores = st.builds(
    lambda value, digest: Score(value, digest, f"model {digest}"),
    st.sampled_from([0.0, -0.0, 0.2, 0.5, 0.500001, 1.0, -3.5, 1e300]),
    st.sampled_from(["ab", "ac"]),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[ItemFacts], list[list[str]], RuleSet]:
    """Items of every sort, groups that do not overlap, and the rules that ship or a handful of random ones."""
    order_of_labels = dict(zip(draw(st.permutations(["1", "2", "other"])), range(3), strict=True))
    items = []
    for number in range(draw(st.integers(0, 14))):
        if draw(st.integers(0, 4)) == 0:
            state = draw(st.sampled_from(["unreadable", "did-not-run", "examined"]))
            items.append(ItemFacts(None, b"%016d" % number, draw(PATHS), "place", state))
            continue
        item = facts(
            number,
            path=draw(PATHS),
            kind=draw(st.sampled_from([str(kind) for kind in MediaKind])),
            state=draw(st.sampled_from(["examined", "partly", "could-not-look", "did-not-run"])),
            opinion=draw(st.sampled_from([str(word) for word in Opinion])),
            log10_lr=draw(st.sampled_from([0.0, -0.0, 0.5, 2.0, 6.0, -0.5, -6.0, 1e-300, -1e300])),
        )
        item.score = draw(st.none() | scores)
        for one in draw(st.lists(matches, max_size=3)):
            item.consider(one, order_of_labels)
        items.append(item)
    media = [item.sha256 for item in items if item.sha256]
    groups: list[list[str]] = []
    for sha256 in draw(st.permutations(media)):
        if groups and draw(st.booleans()):
            groups[-1].append(sha256)
        elif draw(st.booleans()):
            groups.append([sha256])
    words = {name: sorted(allowed) if allowed else [*LABELS, "a", "b"] for name, allowed in CONDITIONS.items()}
    some = st.dictionaries(st.sampled_from(sorted(words)), st.none(), max_size=2)
    made = [
        Rule(
            f"rule-{number}",
            draw(st.integers(0, 5)),
            "Because of {label}.",
            {name: frozenset(draw(st.sets(st.sampled_from(words[name]), min_size=1))) for name in draw(some)},
            draw(st.booleans()),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    chosen = DEFAULT.rules if draw(st.booleans()) else tuple(made)
    return (
        items,
        [group for group in groups if len(group) > 1],
        replace(DEFAULT, rules=chosen, label_order=order_of_labels),
    )


@given(cases(), st.randoms(use_true_random=False))
def test_everything_exactly_once_in_an_order_that_the_input_does_not_change(
    case: tuple[list[ItemFacts], list[list[str]], RuleSet], chance: random.Random
) -> None:
    items, groups, rules = case
    queue = order(items, groups, rules)
    assert [item.rank for item in queue] == list(range(1, len(queue) + 1))
    assert sum(item.group_size for item in queue) == len(items)
    assert all(item.reason for item in queue)
    grouped = {sha256: tuple(group) for group in groups for sha256 in group}
    lone = [item for item in items if item.sha256 not in grouped]
    assert len(queue) == len(lone) + len(set(grouped.values()))
    for line in queue:
        if line.location_key is not None:
            assert line.sha256 is None and line.group_size == 1
        elif line.sha256 in grouped:
            group = grouped[line.sha256]
            assert line.sha256 == group[0] and line.group_size == len(group) and line.placed_by in group
        else:
            assert line.group_size == 1 and line.placed_by == line.sha256
    shown = [line.sha256 or line.location_key for line in queue]
    assert len(shown) == len(set(shown))

    shuffled = list(items)
    chance.shuffle(shuffled)
    chance.shuffle(groups)
    assert order(shuffled, groups, rules) == queue


@given(cases(), st.sampled_from([1, 300, 1 << 20]))
def test_the_order_is_that_of_the_plain_reference(
    case: tuple[list[ItemFacts], list[list[str]], RuleSet], memory_bytes: int
) -> None:
    items, groups, rules = case
    queue = order(items, groups, rules, memory_bytes=memory_bytes)
    assert queue == reference_order(items, rules)


@given(cases())
def test_a_group_stands_where_its_most_urgent_member_would(
    case: tuple[list[ItemFacts], list[list[str]], RuleSet],
) -> None:
    items, groups, rules = case
    alone = {line.sha256 or line.location_key: line for line in order(items, [], rules)}
    together = order(items, groups, rules)
    members = {group[0]: group for group in groups}
    best = []
    for line in together:
        group = members.get(line.sha256 or "", [line.sha256 or line.location_key])
        urgent = min((alone[name] for name in group), key=lambda one: one.rank)
        assert line.rule == urgent.rule
        assert line.placed_by == urgent.sha256
        best.append(urgent.rank)
    assert best == sorted(best)


@given(cases())
def test_the_rules_that_ship_take_everything_and_put_known_first_and_irrelevant_last(
    case: tuple[list[ItemFacts], list[list[str]], RuleSet],
) -> None:
    items, _, rules = case
    queue = order(items, [], replace(rules, rules=DEFAULT.rules))
    by_name = {item.sha256 or item.location_key: item for item in items}
    found = [by_name[line.sha256 or line.location_key] for line in queue]
    assert all(line.rule != "no-rule" for line in queue)
    ranks = [
        0 if item.known else 2 if item.irrelevant and item.irrelevant.how is not MatchHow.PDQ else 1 for item in found
    ]
    assert ranks == sorted(ranks)
    known = [item.known for item in found if item.known]
    keys = [match_key(one, rules.label_order)[:4] for one in known]
    assert keys == sorted(keys), "within the known: by label, exact before PDQ, nearer before farther"


def test_labels_come_in_the_order_that_the_unit_gave() -> None:
    rules = replace(DEFAULT, label_order={"B": 0, "A": 1})
    items = [facts(number, known=match(label=label)) for number, label in enumerate(["A", "Z", "B", "", "C"])]
    assert [order(items, [], rules)[place].reason.rsplit(" ", 1)[1] for place in range(5)] == [
        "B.", "A.", "none.", "C.", "Z.",
    ]  # fmt: skip


def test_a_near_match_of_an_urgent_label_comes_before_an_exact_one_of_a_lesser() -> None:
    rules = replace(DEFAULT, label_order={"1": 0, "2": 1})
    items = [
        facts(1, known=match(label="2")),
        facts(2, known=match(how="pdq", distance=30, label="1")),
        facts(3, known=match(how="pdq", distance=4, label="1")),
        facts(4, known=match(how="md5", label="1")),
    ]
    assert numbers(order(items, [], rules)) == [4, 3, 2, 1]


def test_the_unknown_come_in_the_order_of_their_origin() -> None:
    items = [
        facts(number, opinion=word)
        for number, word in enumerate(["generated", "undetermined", "ai-edited", "captured", "edited"])
    ]
    assert numbers(order(items)) == [3, 4, 2, 1, 0]


def test_strong_support_for_a_photograph_comes_first_and_for_a_generated_picture_last() -> None:
    items = [facts(number, opinion="captured", log10_lr=float(number)) for number in range(3)]
    items += [facts(10 + number, opinion="generated", log10_lr=float(number)) for number in range(3)]
    assert numbers(order(items)) == [2, 1, 0, 10, 11, 12]


def test_what_could_not_be_looked_at_is_listed_even_when_it_is_on_a_list_of_irrelevant_files() -> None:
    irrelevant = match("irrelevant", "sha1", hashset="system files")
    items = [
        facts(1, state="could-not-look", irrelevant=irrelevant),
        facts(2, opinion="generated"),
        facts(3, kind="other"),
    ]
    queue = order(items)
    assert numbers(queue) == [2, 3, 1]
    assert "stays in the queue" in queue[2].reason


def test_a_picture_that_only_looks_like_an_irrelevant_one_keeps_its_place() -> None:
    queue = order(
        [
            facts(1, opinion="captured", irrelevant=match("irrelevant", "pdq", distance=9, hashset="wallpapers")),
            facts(2),
        ]
    )
    assert numbers(queue) == [1, 2]
    assert "Looks like an entry of the list wallpapers" in queue[0].reason


def test_known_and_irrelevant_at_once_is_known_and_says_both() -> None:
    queue = order(
        [facts(1, irrelevant=match("irrelevant", hashset="system files"), known=match(hashset="harbours")), facts(2)]
    )
    assert numbers(queue) == [1, 2]
    assert "harbours" in queue[0].reason and "system files" in queue[0].reason


def test_a_group_of_which_only_some_are_irrelevant_stands_where_the_others_belong() -> None:
    items = [facts(1, irrelevant=match("irrelevant")), facts(2, opinion="captured"), facts(3, opinion="undetermined")]
    queue = order(items, [[items[0].sha256 or "", items[1].sha256 or ""]])
    assert numbers(queue) == [1, 3], "the representative is shown"
    assert queue[0].rule == "captured" and queue[0].placed_by == items[1].sha256
    assert f"Stands for 2 near-duplicates; the one that places it here is {'0' * 12}." in queue[0].reason


def test_what_no_rule_takes_comes_after_everything_and_says_so() -> None:
    rules = replace(DEFAULT, rules=(Rule("late", LAST_PLACE - 1, "Late.", {"opinion": frozenset({"captured"})}),))
    queue = order([facts(1), facts(2, opinion="captured")], [], rules)
    assert numbers(queue) == [2, 1]
    assert queue[1].rule == "no-rule" and "nothing is left out" in queue[1].reason


@pytest.mark.parametrize("hostile", ["line\nbreak", "\x1b[2Jred", "\u202etxt", "\udcff", "{label}", "x" * 5_000, "\0"])
def test_names_from_evidence_cannot_break_out_of_a_reason(hostile: str) -> None:
    shown = match(label=hostile, hashset=hostile)
    reasons = [
        order([facts(1, opinion="generated", generator=hostile)])[0].reason,
        order([facts(1, known=shown)])[0].reason,
        order([facts(1, irrelevant=replace(shown, role=HashSetRole.IRRELEVANT))])[0].reason,
    ]
    for reason in reasons:
        assert reason.isprintable() and len(reason) < 400
        reason.encode("utf-8")


def test_equal_items_are_told_apart_so_that_the_order_is_total() -> None:
    items = [facts(number, path="same") for number in range(5)]
    expected = numbers(order(items))
    for permutation in itertools.permutations(items):
        assert numbers(order(list(permutation))) == expected


def test_no_list_that_was_not_asked_is_named_in_a_reason() -> None:
    items = [facts(1, opinion="captured", strength="strong")]
    for asked, said in ((True, "On no known list; strong support"), (False, "No known list was asked; strong support")):
        with tempfile.TemporaryDirectory() as directory:
            (line,) = order_items(items, DEFAULT, lambda: Sorter(Path(directory)), asked=asked)
        assert line.reason.startswith(said)
