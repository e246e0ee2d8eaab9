"""The grammar of "parameters" texts: what its writers write comes back, and no text takes long."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.origin.carriers import PARAMETERS, RECIPE

from safelight.origin.parameters import SETTINGS_MAX, Parameters, parse_parameters

SLOW_S = 20.0
CHARS = 1 << 20

PLAIN = "a hill\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"


def quoted(value: str) -> str:
    """As `quote` of the web UI does it."""
    return json.dumps(value, ensure_ascii=False) if any(sign in value for sign in ',\n:"') else value


line = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=40).map(str.strip)
prompts = st.lists(line.filter(lambda text: not text.startswith(("Negative prompt:", "Steps:"))), max_size=4).map(
    lambda lines: "\n".join(lines).strip()
)
names = st.from_regex(r"[A-Z][a-z]{2,8}( [a-z0-9]{1,6}){0,2}", fullmatch=True).filter(
    lambda name: name.lower() not in {"steps", "seed", "sampler"}
)
values = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=30).map(str.strip)
settings_of = st.dictionaries(names, values.filter(lambda value: value[:1] not in {"{", "["}), max_size=8)


@given(prompts, prompts, st.integers(1, 150), st.integers(-1, (1 << 64) - 1), settings_of)
def test_what_the_web_ui_writes_comes_back(
    prompt: str, negative: str, steps: int, seed: int, extra: dict[str, str]
) -> None:
    settings = {"Steps": str(steps), "Sampler": "Euler a", "Seed": str(seed), **extra}
    last = ", ".join(f"{name}: {quoted(value)}" for name, value in settings.items())
    text = "\n".join([prompt, *([f"Negative prompt: {negative}"] if negative else []), last]).strip()
    found = parse_parameters(text)
    assert found is not None
    assert (found.prompt, found.negative_prompt, found.complete) == (prompt, negative, True)
    wanted: dict[str, str] = {}
    for name, value in settings.items():
        wanted.setdefault(name.lower(), value)
    assert found.settings == wanted


def test_a_drawn_recipe_comes_back() -> None:
    found = parse_parameters(PARAMETERS)
    assert found is not None
    assert (found.prompt, found.negative_prompt) == (RECIPE.prompt, RECIPE.negative_prompt)
    assert found.settings["seed"] == str(RECIPE.seed)
    assert found.settings["model"] == RECIPE.model
    assert list(found.settings)[:3] == ["steps", "sampler", "cfg scale"]


@pytest.mark.parametrize(
    ("tail", "name", "value"),
    [
        (
            ', Lora hashes: "one: 0123456789ab, two: ba9876543210"',
            "lora hashes",
            "one: 0123456789ab, two: ba9876543210",
        ),
        (', Template: "a \\"hill\\",\\na: b"', "template", 'a "hill",\na: b'),
        (', Note: "a \\q b"', "note", "a \\q b"),
        (
            ', Hashes: {"model": "0123456789", "lora:x": "ab, cd"}, Version: v1',
            "hashes",
            '{"model": "0123456789", "lora:x": "ab, cd"}',
        ),
        (
            ', Civitai resources: [{"type":"checkpoint","modelVersionId":1}]',
            "civitai resources",
            '[{"type":"checkpoint","modelVersionId":1}]',
        ),
        (', ControlNet 0: "Module: canny, Weight: 1"', "controlnet 0", "Module: canny, Weight: 1"),
        (", Broken: {not json, Version: v1.2", "version", "v1.2"),
        (', Open: "no end, Version: v1.2', "version", "v1.2"),
        (", Seed: 2, Empty: , Version: v1.2", "empty", ""),
        ("\nVersion: v1.2", "version", "v1.2"),
        (", Größe: gross", "größe", "gross"),
    ],
)
def test_values_as_their_writers_put_them(tail: str, name: str, value: str) -> None:
    found = parse_parameters(PLAIN + tail)
    assert found is not None
    assert found.settings[name] == value
    assert found.settings["seed"] == "1"


def test_the_last_line_of_settings_counts_and_the_first_mark_of_the_negative_prompt() -> None:
    text = f"he said:\n{PLAIN}\nNegative prompt: dull\nNegative prompt: grey\nSteps: 30, Sampler: DDIM, Seed: 9"
    found = parse_parameters(text)
    assert found is not None
    assert found.settings == {"steps": "30", "sampler": "DDIM", "seed": "9"}
    assert found.prompt == f"he said:\n{PLAIN}"
    assert found.negative_prompt == "dull\nNegative prompt: grey"


@pytest.mark.parametrize(
    "text",
    [
        "", "a hill", "Steps: 20", "Steps: three, Sampler: x, Seed: 1", "Steps: 20, Seed: 1, Size: 512x512, Colour: red", "Steps: 20, Sampler: x",
        "Steps: 20, Sampler: x, Seed: many", "Knitting\nSteps: 4, Needles: 3, Size: M, Model: shawl, Wool: red",
        "resolution: 300 dpi\nparameters: grey", "No Steps: 20, Sampler: x, Seed: 1", "\0\0\n\n",
    ],
)  # fmt: skip
def test_what_is_not_of_the_grammar_is_left_alone(text: str) -> None:
    assert parse_parameters(text) is None


def test_line_breaks_of_windows_and_padding_are_taken_off() -> None:
    assert parse_parameters("\0" + PLAIN.replace("\n", "\r\n") + "\0\0") == parse_parameters(PLAIN)
    assert parse_parameters("Negative prompt: dull\n" + PLAIN.split("\n")[1]) == Parameters(
        "", "dull", {"steps": "20", "sampler": "Euler a", "cfg scale": "7", "seed": "1", "size": "512x512"}
    )


def test_more_settings_than_anybody_writes_are_cut_and_said() -> None:
    text = PLAIN + "".join(f", Name {number}: {number}" for number in range(3 * SETTINGS_MAX))
    found = parse_parameters(text)
    assert found is not None
    assert not found.complete
    assert len(found.settings) == SETTINGS_MAX


@given(st.text(st.sampled_from('\n\0\\",:{}[] \tStepsNgativ promd1<lra>'), max_size=300))
def test_no_text_raises(text: str) -> None:
    for whole in (text, PLAIN + text, text + PLAIN):
        parse_parameters(whole)


@pytest.mark.parametrize(
    "unit",
    [
        "\n",
        "\t",
        " ",
        "\n\t",
        "\nSteps:",
        "\nSteps: 1",
        "Steps: 1,",
        "\nSteps:\n",
        "\nNegative prompt:",
        ",",
        ", ",
        "\na: ",
        ',a:"',
        ',a:"\\"',
        ",a:[",
        ',a:{"a":',
        ",a:[[",
        "{",
        "[",
        '"',
        "\\",
        "a",
        "1",
        ":",
        ',k:["',
        "\nSteps: 1, Seed: 1, Sampler: x",
        "\ud800",
        "é",
        "<lora:",
        "<lora:a:",
    ],
)
def test_no_long_text_takes_long(unit: str) -> None:
    long = unit * (CHARS // len(unit))
    for text in (long, PLAIN + long, PLAIN + ", " + long, long + "\n" + PLAIN):
        start = time.process_time()
        parse_parameters(text)
        assert time.process_time() - start < SLOW_S
