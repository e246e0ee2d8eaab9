"""The grammar of "parameters" texts, which AUTOMATIC1111's web UI writes and many others imitate.

    prompt, over any number of lines
    Negative prompt: as many lines again
    Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model hash: ..., Model: ..., Version: v1.10.1

Values with commas, colons or line breaks stand in double quotes, escaped as in JSON; some writers put bare JSON objects and arrays.
Source: the public behaviour of AUTOMATIC1111/stable-diffusion-webui (`modules/infotext_utils.py`) and its forks.

Every text is read in time that grows with its length only: texts of megabytes come from hostile files.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Final

__all__ = ["SETTINGS_MAX", "Parameters", "parse_parameters", "settings_of"]

SETTINGS_MAX: Final = 1000
"""Settings of one text that are read; real ones have up to about a hundred."""

# Blanks are bounded to their own line: a pattern that runs over line breaks is tried anew at each of them.
_STEPS: Final = re.compile(r"(?:^|\n)[ \t]*Steps:[ \t]*\d+(?:\.\d+)?[ \t]*(?:,|\n|$)")
_NEGATIVE: Final = re.compile(r"(?:^|\n)Negative prompt:[ ]?")
_BETWEEN: Final = re.compile(r"[\s,]*")
_NAME: Final = re.compile(r'(\w[^:,\n"{}]{0,80}?)[ \t]*:[ \t]*')
_QUOTED: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_BARE: Final = re.compile(r"[^,\n]*")
_ONWARD: Final = re.compile(r"[^,\n]*[,\n]?")
_SEED: Final = re.compile(r"-?\d{1,20}")
_WITNESSES: Final = frozenset(
    {"sampler", "cfg scale", "guidance", "guidance scale", "model hash", "app", "version", "schedule type"}
)
_JSON_TRIES: Final = 8
_DECODER: Final = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What such a text says.

    Attributes:
        prompt: As written, without blanks around it; likewise `negative_prompt`.
        settings: The settings by lower-case name in the order of the text; of a name that comes twice the first counts.
        complete: Whether all settings were read, up to `SETTINGS_MAX`.
    """

    prompt: str
    negative_prompt: str
    settings: dict[str, str] = field(default_factory=dict)
    complete: bool = True


def parse_parameters(text: str) -> Parameters | None:
    """Parses a text.

    Returns:
        None when it is not of this grammar: settings that begin with "Steps: number", hold a seed that is a whole number, and at
        least one more setting that no cooking recipe has.
    """
    text = text.strip("\0").replace("\r\n", "\n")
    # A prompt can quote such a line; the settings are the last one.
    start = max((found.start() for found in _STEPS.finditer(text)), default=None)
    if start is None:
        return None
    settings, complete = _settings(text, start)
    if _SEED.fullmatch(settings.get("seed", "")) is None or not _WITNESSES & settings.keys():
        return None
    before = text[:start]
    negative = _NEGATIVE.search(before)
    if negative is None:
        return Parameters(before.strip(), "", settings, complete)
    return Parameters(before[: negative.start()].strip(), before[negative.end() :].strip(), settings, complete)


def settings_of(text: str) -> dict[str, str]:
    """The settings of a text that is nothing but settings, by lower-case name; of at most `SETTINGS_MAX`."""
    return _settings(text.strip("\0"), 0)[0]


def _settings(text: str, position: int) -> tuple[dict[str, str], bool]:
    settings: dict[str, str] = {}
    tries = _JSON_TRIES
    for _ in range(2 * SETTINGS_MAX):
        position = _after(_BETWEEN, text, position)
        if position >= len(text):
            return settings, True
        if len(settings) >= SETTINGS_MAX:
            return settings, False
        named = _NAME.match(text, position)
        if named is None:
            position = _after(_ONWARD, text, position)
            continue
        position = named.end()
        value: str | None = None
        if text[position : position + 1] == '"':
            value, position = _quoted(text, position)
        elif text[position : position + 1] in {"{", "["} and tries:
            value, position = _object(text, position)
            tries -= value is None
        if value is None:
            end = _after(_BARE, text, position)
            value, position = text[position:end].strip(), end
        settings.setdefault(named[1].strip().lower(), value)
    return settings, position >= len(text)


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return max(found.end() if found else position, position)


def _quoted(text: str, position: int) -> tuple[str | None, int]:
    found = _QUOTED.match(text, position)
    if found is None:
        return None, position
    try:
        return str(json.loads(found[0], strict=False)), found.end()
    except ValueError:
        # Early versions escaped less than JSON asks for.
        return found[0][1:-1], found.end()


def _object(text: str, position: int) -> tuple[str | None, int]:
    try:
        _, end = _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError):
        return None, position
    return text[position:end], end
