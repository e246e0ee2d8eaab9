"""The order by a learned model's score: photographs earlier, nothing lost, nothing pushed down for want of a score, and never more than an order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.case.records import begin, digest, examination, opinion, record
from tests.databases import Database
from tests.review.test_order import facts, numbers, order

from safelight.case.case import Case
from safelight.model import Finding, JsonValue, Opinion, Strength
from safelight.review.lines import queue_lines, queue_state
from safelight.review.queue import build_queue
from safelight.review.rules import RuleSet, load_rules
from safelight.review.scores import Score, float_in_order, score_of

DEFAULT = load_rules(None)
OFF = replace(DEFAULT, rules=tuple(replace(rule, by_score=False) for rule in DEFAULT.rules))


def details(**changes: JsonValue) -> dict[str, JsonValue]:
    return {"score": 0.25, "abstained": False, "outside_range": False, "model": "m 1", "model_sha256": "ab", **changes}


def scored(number: int, value: float | None, model: str = "ab") -> Finding:
    told = details(score=value, model_sha256=model, model=f"model {model}") if value is not None else {}
    return Finding(reader="detector", version="1", what="A score.", details=told)


def test_only_the_score_of_a_detector_inside_its_range_counts() -> None:
    assert score_of(details()) == Score(0.25, "ab", "m 1")
    assert score_of(details(abstained=True)) is not None, (
        "nothing says what it is worth as evidence, and it still orders"
    )
    for wrong in (
        details(outside_range=True), details(says="beach"), details(score=None), details(score=True), details(score="1"),
        details(score=float("nan")), details(score=float("inf")), details(model_sha256=""), details(model_sha256=7), {},
    ):  # fmt: skip
        assert score_of(wrong) is None
    without = {name: value for name, value in details(abstained=True).items() if name != "outside_range"}
    assert score_of(without) is None, "where nothing says why it abstained, it may be the range"


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_the_bytes_of_numbers_are_in_the_order_of_the_numbers(first: float, second: float) -> None:
    assert (float_in_order(first) < float_in_order(second)) == (first < second)


def test_lower_scores_come_first_and_what_has_none_stands_in_the_middle() -> None:
    values = {1: 0.9, 2: 0.1, 3: None, 4: 0.5, 5: 0.7, 6: 0.3}
    items = [facts(n, score=None if v is None else Score(v, "ab", "m 1")) for n, v in values.items()]
    queue = order(items)
    assert numbers(queue) == [2, 6, 3, 4, 5, 1], "the middle one is 4; 3 comes before it by its path"
    by_number = dict(zip(numbers(queue), queue, strict=True))
    assert "stands by the score of the model m 1, lower first" in by_number[1].reason
    assert "it has none that counts, and stands at the middle one" in by_number[3].reason
    assert all("A score is no evidence." in line.reason for line in queue)
    assert numbers(order(items, rules=OFF)) == [1, 2, 3, 4, 5, 6]
    assert not any("score" in line.reason for line in order(items, rules=OFF))


def test_scores_of_two_models_are_not_compared() -> None:
    items = [
        facts(n, score=Score(v, m, m))
        for n, v, m in ((1, 0.1, "b"), (2, 0.2, "b"), (3, 0.3, "b"), (4, 0.0, "a"), (5, 9, "a"))
    ]
    queue = order(items)
    assert numbers(queue) == [1, 2, 4, 5, 3], "4 and 5 stand at the middle score of the model that scored most"
    assert not any("model a" in line.reason for line in queue)


def test_a_score_moves_nothing_to_another_place_and_orders_no_other_tier() -> None:
    low, high = Score(0.0, "ab", "m"), Score(1.0, "ab", "m")
    items = [
        facts(1, opinion=Opinion.GENERATED, score=low), facts(2, opinion=Opinion.CAPTURED, score=high),
        facts(3, opinion=Opinion.CAPTURED, score=low), facts(4, score=high), facts(5, score=low),
    ]  # fmt: skip
    assert numbers(order(items)) == [2, 3, 5, 4, 1]
    everywhere = replace(DEFAULT, rules=tuple(replace(rule, by_score=True) for rule in DEFAULT.rules))
    assert numbers(order(items, rules=everywhere)) == [3, 2, 5, 4, 1]
    items[1].log10_lr = 2.0
    assert numbers(order(items, rules=everywhere)) == [2, 3, 5, 4, 1], "support first, then the score"


def test_a_unit_turns_it_off_and_on_in_its_rules_file(tmp_path: Path) -> None:
    named = {rule.name for rule in DEFAULT.rules if rule.by_score}
    assert named == {"undetermined", "undetermined-partly"}
    text = DEFAULT.text.replace('within = "score"\n', "")
    assert text != DEFAULT.text
    path = tmp_path / "rules.toml"
    path.write_text(text, "utf-8")
    off = load_rules(path)
    assert not any(rule.by_score for rule in off.rules)
    assert off.record()["text"] == text


def queue_numbers(case: Case, run_id: int, rules: RuleSet) -> list[int]:
    build_queue(case, run_id, rules)
    number = {digest(one): one for one in range(100)}
    return [number[str(line["sha256"])] for line in queue_lines(case, queue_state(case))]


def test_the_queue_of_a_case_reads_the_newest_score_of_each_media(database: Database) -> None:
    said: list[tuple[int, tuple[Finding, ...]]] = [
        (1, (scored(1, 0.9),)), (2, (scored(2, 0.2), scored(2, 0.8))), (3, (scored(3, None),)), (4, (scored(4, 0.1),)), (5, ()),
    ]  # fmt: skip
    with database.write() as case:
        run_id = begin(case)
        undetermined = {"opinion": Opinion.UNDETERMINED, "log10_lr": 0.0, "strength": Strength.NONE}
        case.record(
            run_id,
            [
                record(n, examination=replace(examination(n), findings=f), opinion=replace(opinion(n), **undetermined))
                for n, f in said
            ],
        )
        ordered = queue_numbers(case, run_id, DEFAULT)
    assert [n for n in ordered if n in {1, 2, 4}] == [4, 2, 1]
    assert sorted(ordered) == [1, 2, 3, 4, 5]
    assert ordered[0] == 4 and ordered[-1] == 1
