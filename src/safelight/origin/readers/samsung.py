"""Samsung's photo editor: what it notes behind the picture when generative tools of Galaxy AI were used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Final

from safelight.decode.containers.block import BlockKind
from safelight.decode.content import Content
from safelight.model import Basis, Finding, Strength, Supports
from safelight.origin.statements import facts, text_of
from safelight.origin.texts import parsed_json

__all__ = ["SamsungReader"]

_CONTAINER: Final = "Samsung SEF"
_NAMES: Final = frozenset({"PEg_Info", "PhotoEditor_Re_Edit_Data"})
_KIND: Final = re.compile(r'\\*"genAIType\\*"\s{0,8}:\s{0,8}\\*"?(-?\d{1,9})')
_DEPTH_MAX: Final = 4
_ITEMS_MAX: Final = 200
_KINDS_MAX: Final = 16


class SamsungReader:
    """Reads the blocks of a Samsung trailer that the photo editor writes."""

    name: ClassVar[str] = "samsung"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the notes of Samsung's photo editor, and in them whether a generative tool was used"
    silence_means: ClassVar[str] = (
        "no such note is there; sending and saving again removes it, and only this editor writes it"
    )
    cost: ClassVar[str] = "under 0.01 ms a file: the trailer that the metadata pass has found"
    source: ClassVar[str] = (
        "the trailer's form as ExifTool documents it; PEg_Info and genAIType as observed in files of Galaxy phones (Samsung documents neither)"
    )
    checked_on: ClassVar[str] = (
        "2 real files of Galaxy AI and 1 synthetic: 3 read as edited by AI; 1 synthetic with genAIType 0 and 788 files that no generator "
        "made: none"
    )
    where: ClassVar[str] = "Samsung SEF trailer behind the end of JPEG and PNG, box sefd of HEIC and MP4"
    keys: ClassVar[str] = "PEg_Info (0x0D91), PhotoEditor_Re_Edit_Data (0x0BA1): genAIType, a number above 0"
    weighs: ClassVar[str] = "ai-edited, strong; genAIType 0 and notes without it: edited, weak"
    survives: ClassVar[str] = "copying and mailing as a file; not sending by messengers, saving again, or a screenshot"
    faked_by: ClassVar[str] = "appending the trailer to any file, which takes a short program"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for all notes of the editor."""
        kinds: dict[int, None] = {}
        places: list[str] = []
        notes: dict[str, Any] = {}
        for block in content.metadata.of(BlockKind.TEXT):
            if not block.container.startswith(_CONTAINER) or block.key not in _NAMES:
                continue
            places.append(block.where)
            value = parsed_json(block.text)
            if isinstance(value, dict):
                notes = value | notes
            kinds |= dict.fromkeys(_kinds(value) if value is not None else _picked(block.text))
        if not places:
            return
        # Below zero is no tool that was ever seen.
        generative = [kind for kind in kinds if kind > 0]
        what = (
            "Samsung's photo editor notes that a generative tool was used"
            if generative
            else "Samsung's photo editor left its notes, which name no generative tool"
        )
        yield Finding(
            reader=self.name,
            version=self.version,
            what=f"{what}{f' (genAIType {generative[0]})' if generative else ''}.",
            where="; ".join(places[:3]),
            supports=Supports.AI_EDITED if generative else Supports.EDITED,
            basis=Basis.DECLARED,
            strength=Strength.STRONG if generative else Strength.WEAK,
            could_be_faked_by=self.faked_by,
            does_not_show=(
                "What was added or changed, or whether the picture was a photograph before: the numbers of the tools are not documented."
                if generative
                else "What was changed: the editor also only crops and turns."
            ),
            details=facts(
                generator="Samsung Galaxy AI" if generative else None,
                gen_ai_types=[*generative] or None,
                original_path=text_of(notes.get("originalPath")),
                connector_type=text_of(notes.get("connectorType")),
                gen_image_version=text_of(notes.get("genImageVersion")),
            ),
        )


def _kinds(value: Any) -> Iterator[int]:
    """Every genAIType in a JSON value, also in JSON within its texts."""
    pending, found = [(value, 0)], 0
    for _ in range(_ITEMS_MAX):
        if not pending or found == _KINDS_MAX:
            return
        one, depth = pending.pop()
        if isinstance(one, dict):
            for key, item in list(one.items())[:_ITEMS_MAX]:
                if key == "genAIType" and (number := _number(item)) is not None:
                    found += 1
                    yield number
                elif depth < _DEPTH_MAX:
                    pending.append((item, depth + 1))
        elif isinstance(one, list) and depth < _DEPTH_MAX:
            pending.extend((item, depth + 1) for item in one[:_ITEMS_MAX])
        elif isinstance(one, str) and "genAIType" in one:
            pending.append((parsed_json(one), depth + 1))


def _number(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,9}", value.strip()):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 31 else None


def _picked(text: str) -> Iterator[int]:
    """The same from a text that is no whole JSON."""
    for number, found in enumerate(_KIND.finditer(text)):
        if number == _KINDS_MAX:
            return
        yield int(found[1])
