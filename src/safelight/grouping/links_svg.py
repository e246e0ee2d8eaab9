"""What cases share, as a drawing: cases on a circle, a line between two that share something, what they share beside it in words.

The drawing holds no pixels of evidence, no script and no reference to anything outside. It can be read without it: the description says
everything that is drawn, no meaning lies in colour alone, and text has a contrast of more than 7 : 1 (WCAG 2.2, 1.4.6).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape

from safelight.grouping.links import KINDS, Links, kind_words
from safelight.model import SceneLinkKind, display_text

__all__ = ["pair_words", "svg"]

_SIDE: Final = 960
_MIDDLE: Final = _SIDE / 2
_RADIUS: Final = 330
_CASE_RADIUS: Final = 30
_LINE_HEIGHT: Final = 22
_NAME_CHARS: Final = 60
_PAIRS_DRAWN: Final = 40
_STYLE: Final = (
    "text{font-family:sans-serif;font-size:15px;fill:#111}.case{fill:#fff;stroke:#111;stroke-width:2}"
    ".link{stroke:#333}.public{stroke:#333;stroke-dasharray:3 6}.number{fill:#fff;stroke:#333}"
)


_SCENES: Final = {
    SceneLinkKind.SOURCE_PHOTOGRAPH: (
        "{number:,} picture that shares part of a scene with what may be its photograph",
        "{number:,} pairs of a picture and what may be the photograph behind it",
    ),
    SceneLinkKind.SAME_PICTURE: ("{number:,} pair that shares part of a picture", "{number:,} pairs that share part of a picture"),
    SceneLinkKind.SAME_FRAME: ("{number:,} pair with the same text or screen around it", "{number:,} pairs with the same text or screen around them"),
    SceneLinkKind.INPUT_NAME: ("{number:,} file that a workflow names", "{number:,} files that a workflow names"),
}  # fmt: skip


def pair_words(links: Links, one: int, two: int) -> list[str]:
    """What two cases share, one kind an entry; public traces are told apart, near-duplicates and scenes come last. Empty when nothing is."""
    found = []
    for kind in KINDS:
        number = links.totals.get((one, two, kind), 0)
        public = links.public.get((one, two, kind), 0)
        if number:
            said = "all of them public" if public == number else f"{public:,} of them public"
            found.append(kind_words(kind, number) + (f" ({said})" if public else ""))
    found.extend(
        f"near-duplicates: {total.first_media:,} in {links.cases[one].letter}, {total.second_media:,} in {links.cases[two].letter}"
        for total in links.near_totals
        if (total.first_case, total.second_case) == (one, two) and total.pairs
    )
    found.extend(
        _SCENES[kind][number != 1].format(number=number)
        for kind in SceneLinkKind
        if (number := links.scene_totals.get((one, two, kind), 0))
    )
    return found


def svg(links: Links) -> bytes:
    """The drawing, as UTF-8; the same links give the same bytes."""
    pairs = [
        (one, two, words)
        for one in range(len(links.cases))
        for two in range(one + 1, len(links.cases))
        if (words := pair_words(links, one, two))
    ]
    pairs.sort(key=lambda pair: -_weight(links, pair[0], pair[1]))
    told = [_sentence(links, pair) for pair in pairs] or ["No two of these cases share anything that was compared."]
    rows = [line for number, pair in enumerate(pairs[:_PAIRS_DRAWN], 1) for line in _row(links, number, pair)]
    if len(pairs) > _PAIRS_DRAWN:
        rows.append(
            f"{len(pairs) - _PAIRS_DRAWN:,} further pairs that share something are in the description and in the JSON."
        )
    names = [f"{case.letter}  {_name(case.name)}, {case.media:,} contents" for case in links.cases]
    height = _SIDE + _LINE_HEIGHT * (len(names) + len(rows) + 4)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {height}" role="img" aria-labelledby="title description">',
        f'<title id="title">Links between {len(links.cases)} cases</title>',
        f'<desc id="description">{escape(" ".join(told))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect width="{_SIDE}" height="{height}" fill="#fff"/>',
        *_drawn(links, pairs[:_PAIRS_DRAWN]),
        *_text(["Cases", *names, "", "What they share", *(rows or told)]),
        "</svg>",
    ]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


def _sentence(links: Links, pair: tuple[int, int, list[str]]) -> str:
    one, two, words = pair
    return f"{links.cases[one].letter} and {links.cases[two].letter} share {'; '.join(words)}."


def _row(links: Links, number: int, pair: tuple[int, int, list[str]]) -> Iterator[str]:
    line = f"{number}.  {links.cases[pair[0]].letter} and {links.cases[pair[1]].letter}: "
    for place, words in enumerate(pair[2]):
        words += ";" if place < len(pair[2]) - 1 else "."
        if len(line) + len(words) > 110:
            yield line
            line = "      "
        line += words + " "
    yield line


def _weight(links: Links, one: int, two: int) -> int:
    """How many traces tie two cases, public ones left out."""
    number = sum(links.totals.get((one, two, kind), 0) - links.public.get((one, two, kind), 0) for kind in KINDS)
    number += sum(links.scene_totals.get((one, two, kind), 0) for kind in SceneLinkKind)
    return number + sum(
        total.pairs for total in links.near_totals if (total.first_case, total.second_case) == (one, two)
    )


def _drawn(links: Links, pairs: list[tuple[int, int, list[str]]]) -> Iterator[str]:
    places = [
        (
            _MIDDLE + _RADIUS * math.sin(2 * math.pi * place / len(links.cases)),
            _MIDDLE - _RADIUS * math.cos(2 * math.pi * place / len(links.cases)),
        )
        for place in range(len(links.cases))
    ]
    marks = []
    for number, (one, two, _) in enumerate(pairs, 1):
        (x1, y1), (x2, y2) = places[one], places[two]
        weight = _weight(links, one, two)
        manner = f'class="link" stroke-width="{1.5 + math.log10(weight):.1f}"' if weight else 'class="public"'
        yield f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {manner}/>'
        # Not in the middle, where all lines of a circle meet.
        x, y = x1 + 0.4 * (x2 - x1), y1 + 0.4 * (y2 - y1)
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="13" class="number"/>')
        marks.append(f'<text x="{x:.1f}" y="{y + 5:.1f}" text-anchor="middle">{number}</text>')
    yield from marks
    for case, (x, y) in zip(links.cases, places, strict=True):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_CASE_RADIUS}" class="case"/>'
        yield f'<text x="{x:.1f}" y="{y + 5:.1f}" text-anchor="middle" font-weight="bold">{case.letter}</text>'


def _text(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        yield f'<text x="40" y="{_SIDE + _LINE_HEIGHT * (number + 1)}" xml:space="preserve">{escape(line)}</text>'


def _name(name: str) -> str:
    shown = display_text(name.encode("utf-8", "backslashreplace"))
    return shown if len(shown) <= _NAME_CHARS else f"…{shown[1 - _NAME_CHARS :]}"
