from __future__ import annotations

from tests.conftest import REPOSITORY

from safelight.exports.report.words import BASES, KINDS, OPINIONS, OUTCOMES, SCALE
from safelight.model import Basis, MediaKind, Opinion, Outcome, Strength
from safelight.origin.opinion import verbal


def test_there_are_words_for_everything() -> None:
    assert set(KINDS) == set(MediaKind)
    assert set(OPINIONS) == {*Opinion, ""}
    assert set(BASES) == set(Basis)
    assert list(OUTCOMES) == list(Outcome)
    assert [word for word, _, _ in SCALE] == [word for word in Strength if word is not Strength.NONE]


def test_the_printed_scale_is_the_one_that_is_used() -> None:
    for word, _, bounds in SCALE:
        low = float(bounds.split()[0])
        assert verbal(low + 0.01) is word
    assert verbal(0.29) is Strength.NONE


def test_the_page_of_meaning_is_the_long_form() -> None:
    page = (REPOSITORY / "docs" / "what-a-result-means.md").read_text("utf-8")
    for word in (*(str(outcome) for outcome in Outcome), "assigned by rule", "representative", "head of the log"):
        assert word in page
