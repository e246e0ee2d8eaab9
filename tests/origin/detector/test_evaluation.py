"""The protocol cannot be fooled: scorers that know only sizes or contents look good raw and are exposed where these are matched."""

from __future__ import annotations

import numpy as np
import pytest

from safelight.origin.detector.evaluation import Evaluation, Picture, control_scores, evaluate


def _drawn(count: int = 600, seed: int = 3) -> tuple[list[Picture], np.ndarray, dict[str, np.ndarray]]:
    """Two classes that differ in size and in colour, mostly; and a trace that only the class decides."""
    random = np.random.default_rng(seed)
    pictures, thumbnails = [], np.zeros((count, 48, 48, 3), np.uint8)
    size, warmth, trace = (np.zeros(count) for _ in range(3))
    for number in range(count):
        generated = number % 2 == 0
        fold = number // 2 % 3
        large, warm = (random.random() < (0.85 if generated else 0.15) for _ in range(2))
        side = int(random.integers(700, 1100)) if large else int(random.integers(300, 700))
        warmth[number] = random.normal(150 if warm else 90, 12)
        size[number] = side
        trace[number] = random.normal(1.5 if generated else 0.0)
        thumbnails[number] = np.clip(random.normal((warmth[number], 110, 110), 10, (48, 48, 3)), 0, 255)
        label = "generated" if generated else "photo" if number % 20 != 1 else "art"
        kind = f"family {fold}" if generated else label
        source = f"{'g' if generated else 'p'}{fold}-{number % 7}"
        pictures.append(
            Picture(
                sha256=f"{number:064x}",
                label=label,
                family=kind,
                source=source,
                fold=fold,
                width_px=side,
                height_px=side,
            )
        )
    return pictures, thumbnails, {"size": size, "warmth": warmth, "trace": trace}


@pytest.fixture(scope="module")
def drawn() -> tuple[list[Picture], np.ndarray, dict[str, np.ndarray]]:
    return _drawn()


def _measured(drawn: tuple[list[Picture], np.ndarray, dict[str, np.ndarray]], what: str) -> Evaluation:
    pictures, thumbnails, known = drawn
    return evaluate(pictures, {"A": known[what], "B": known[what]}, thumbnails, draws=40)


def _value(found: Evaluation, matching: str) -> float:
    return found.row("scorer", "B", matching).auc.value


def test_a_scorer_of_sizes_looks_good_raw_and_is_exposed_when_sizes_are_matched(drawn) -> None:
    found = _measured(drawn, "size")
    assert _value(found, "raw") > 0.8
    assert _value(found, "content-and-size-matched") < 0.62


def test_a_scorer_of_contents_looks_good_raw_and_is_exposed_when_contents_are_matched(drawn) -> None:
    found = _measured(drawn, "warmth")
    assert _value(found, "raw") > 0.8
    assert _value(found, "content-matched") < 0.62
    assert not found.beats_the_thumbnail


def test_a_scorer_of_a_trace_keeps_what_it_has_and_beats_the_thumbnail(drawn) -> None:
    found = _measured(drawn, "trace")
    assert all(_value(found, matching) > 0.8 for matching in ("raw", "content-matched", "content-and-size-matched"))
    assert found.beats_the_thumbnail
    assert found.held_out.error < 0.1


def test_the_controls_are_shown_and_are_near_chance_where_they_are_matched(drawn) -> None:
    found = _measured(drawn, "trace")
    assert found.row("size", "B", "raw").auc.value > 0.8
    assert found.row("thumbnail", "B", "raw").auc.value > 0.8
    assert abs(found.row("thumbnail", "B", "content-matched").auc.value - 0.5) < 0.05


def test_a_control_learns_nothing_from_what_its_fold_tests() -> None:
    pictures, thumbnails, _ = _drawn(300)
    before = control_scores(pictures, thumbnails)
    flipped = [
        one if one.fold != 1 else Picture(
            sha256=one.sha256, label="photo" if one.generated else "generated", family=one.family, source=one.source,
            fold=1, width_px=one.width_px, height_px=one.height_px,
        )
        for one in pictures
    ]  # fmt: skip
    after = control_scores(flipped, thumbnails)
    tested = [number for number, one in enumerate(pictures) if one.fold == 1]
    assert np.array_equal(before["size"][tested], after["size"][tested])
    assert np.array_equal(before["thumbnail"][tested], after["thumbnail"][tested])


def test_thresholds_are_fixed_in_b_and_hold_in_a(drawn) -> None:
    pictures, thumbnails, known = drawn
    found = evaluate(pictures, {"A": known["trace"] + 1.0, "B": known["trace"]}, thumbnails, draws=20)
    alarms = {share.condition: share.share for share in found.fixed if share.of == "photo" and share.level == 0.05}
    assert alarms["B"] <= 0.05 < alarms["A"]


def test_pictures_without_a_score_are_left_out_and_hard_negatives_are_told_apart(drawn) -> None:
    pictures, thumbnails, known = drawn
    scores = known["trace"].copy()
    scores[:100] = np.nan
    found = evaluate(pictures, {"B": scores}, thumbnails, draws=20)
    row = found.row("scorer", "B", "raw")
    assert row.generated + row.photographs == sum(one.label != "art" for one in pictures[100:])
    assert {share.of for share in found.hard} == {"all hard negatives", "art"}
