"""The grammar of "parameters" texts, which AUTOMATIC1111's web UI writes and many others imitate.

    prompt, over any number of lines
    Negative prompt: as many lines again
    Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model hash: ..., Model: ..., Version: v1.10.1

Values with commas or colons stand in double quotes, escaped as in JSON. Source: the public behaviour of AUTOMATIC1111/stable-diffusion-webui
and its forks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Parameters", "parse_parameters"]

_SETTINGS: Final = re.compile(r"(?:^|\n)\s*Steps:\s*\d+\s*(?:,|\n|$)")
_PAIR: Final = re.compile(r'\s*([A-Za-z][^:,\n"]{0,80}?):\s*("(?:\\.|[^"\\])*"|[^,\n]*)(?:,|\n|$)')
_NEGATIVE: Final = re.compile(r"(?:^|\n)Negative prompt:[ ]?")
_WITNESSES: Final = frozenset({"sampler", "cfg scale", "seed", "size", "model", "model hash", "app", "version"})
_CHARS: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Parameters:
    """What such a text says: the two prompts, and the settings by lower-case name, first value first."""

    prompt: str
    negative_prompt: str
    settings: dict[str, str] = field(default_factory=dict)


def parse_parameters(text: str) -> Parameters | None:
    """Parses a text.

    Returns:
        None when it is not of this grammar: a line of settings that begins with "Steps: number" and has at least two more
        settings that generators write.
    """
    text = text[:_CHARS].strip("\0").replace("\r\n", "\n")
    starts = [found.start() for found in _SETTINGS.finditer(text)]
    if not starts:
        return None
    # A prompt can quote such a line; the settings are the last one.
    line = text[starts[-1] :].lstrip("\n")
    settings: dict[str, str] = {}
    for name, value in _PAIR.findall(line):
        settings.setdefault(name.strip().lower(), _unquoted(value.strip()))
    if len(_WITNESSES & set(settings)) < 2:
        return None
    before = text[: starts[-1]]
    negatives = list(_NEGATIVE.finditer(before))
    if not negatives:
        return Parameters(before.strip(), "", settings)
    last = negatives[-1]
    return Parameters(before[: last.start()].strip(), before[last.end() :].strip(), settings)


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value
