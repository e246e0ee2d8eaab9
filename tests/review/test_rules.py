"""The rules file: what ships is complete, and every mistake in a unit's own is named with its rule."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.errors import SettingsError
from safelight.review.rules import CONDITIONS, FIELDS, LAST_PLACE, load_rules


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(text, "utf-8")
    return path


def one(tmp_path: Path, text: str) -> Path:
    return write(tmp_path, f'[[rule]]\nname = "mine"\nplace = 1\nreason = "R."\n{text}\n')


def test_the_rules_that_ship_are_read_whole() -> None:
    rules = load_rules(None)
    assert rules.source == "default rules of Safelight"
    assert rules.sha256 == hashlib.sha256(rules.text.encode()).hexdigest()
    assert rules.record() == {"source": rules.source, "sha256": rules.sha256, "text": rules.text}
    assert len({rule.name for rule in rules.rules}) == len(rules.rules) > 10


def test_the_digest_is_that_of_the_file_as_any_tool_computes_it(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    raw = b'label_order = ["2", "1"]\r\n[[rule]]\r\nname = "a"\r\nplace = 3\r\nreason = "R \xc3\xa9."\r\n'
    path.write_bytes(raw)
    rules = load_rules(path)
    assert rules.sha256 == hashlib.sha256(raw).hexdigest()
    assert rules.text.encode() == raw
    assert rules.label_order == {"2": 0, "1": 1}
    assert rules.source == str(path)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 1", "rule 1 (mine) has an unknown entry 'colour'"),
        ('within = "luck"', "`within` of rule 1 (mine) is 'luck'"),
        ("within = []", "`within` of rule 1 (mine)"),
        ("when = 3", "`when` of rule 1 (mine)"),
        ('when = { colour = "red" }', "rule 1 (mine) has an unknown condition 'colour'"),
        ('when = { kind = "picture" }', "'kind' of rule 1 (mine) has the word 'picture'"),
        ('when = { kind = ["image", "picture"] }', "has the word 'picture'"),
        ("when = { kind = [1] }", "'kind' of rule 1 (mine) is not a text"),
        ("when = { kind = [] }", "'kind' of rule 1 (mine) names nothing"),
    ],
)
def test_a_wrong_entry_is_named_with_its_rule(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_rules(one(tmp_path, text))
    assert named in caught.value.what
    assert caught.value.advice


@pytest.mark.parametrize(
    "reason",
    [
        "{colour}",
        "{}",
        "{0}",
        "{label",
        "label}",
        "{label.__class__}",
        "{label[0]}",
        "{label!r}",
        "{distance:>999999999}",
        "{label:{how}}",
    ],
)
def test_a_reason_can_hold_names_and_nothing_else(tmp_path: Path, reason: str) -> None:
    path = write(tmp_path, f'[[rule]]\nname = "mine"\nplace = 1\nreason = "{reason}"\n')
    with pytest.raises(SettingsError, match=r"rule 1 \(mine\)"):
        load_rules(path)


@pytest.mark.parametrize("place", ["-1", str(LAST_PLACE), '"1"', "true", "1.5"])
def test_a_place_is_a_whole_number_within_bounds(tmp_path: Path, place: str) -> None:
    with pytest.raises(SettingsError, match=r"rule 1 \(mine\) has no place"):
        load_rules(write(tmp_path, f'[[rule]]\nname = "mine"\nplace = {place}\nreason = "R."\n'))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no [[rule]]"),
        ("colour = 1", "unknown entry 'colour'"),
        ("rule = 3", "no [[rule]]"),
        ("rule = [3]", "rule 1 is not a table"),
        ('label_order = "1"\n', "label_order"),
        ('label_order = ["1", "1"]\n[[rule]]\nname="a"\nplace=1\nreason="r"', "label_order names '1' twice"),
        ('[[rule]]\nname="a"\nplace=1\nreason="r"\n[[rule]]\nname="a"\nplace=2\nreason="r"', "two rules are named 'a'"),
        ("[[rule]]\nplace=1\nreason='r'", "rule 1 (without a name)"),
        ("[[rule]]\nname='a'\nplace=1", "rule 1 (a) lacks"),
        ("not toml", "cannot be read"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str, named: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_rules(path)
    assert named in caught.value.what and str(path) in caught.value.what
    assert "Correct the file" in caught.value.advice


def test_a_missing_file_a_folder_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    for path in (tmp_path / "absent.toml", tmp_path, binary):
        with pytest.raises(SettingsError, match="cannot be read"):
            load_rules(path)


def test_every_name_and_condition_of_a_rule_is_in_the_text_that_ships() -> None:
    text = load_rules(None).text
    for name in FIELDS:
        assert f"{{{name}}}" in text
    for name, words in CONDITIONS.items():
        assert name in text
        assert all(word in text for word in words or ())


@given(st.text(max_size=200))
def test_any_text_is_rules_or_a_settings_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_rules(path)
    except SettingsError as error:
        assert error.advice
