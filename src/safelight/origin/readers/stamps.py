"""Stamps of services and programs in ordinary fields: IPTC credit, the name of the program, the maker. The list is in `origin.stamps`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.decode.exif import Exif, Ifd, Tag
from safelight.decode.metadata import BlockKind
from safelight.model import Basis, Finding, Strength, Supports
from safelight.origin.stamps import STAMPS, Stamp
from safelight.origin.statements import facts
from safelight.origin.texts import carried_texts, shown

__all__ = ["StampReader"]

_VALUE_CHARS: Final = 5000
_KEYS: Final = frozenset().union(*(stamp.keys for stamp in STAMPS))
_BY_KEY: Final = {key: tuple(stamp for stamp in STAMPS if key in stamp.keys) for key in _KEYS}
# IIM numbers are keys of their own kind: 2:110 credit, 2:40 special instructions, 2:65 originating program.
_IIM: Final = frozenset(key for key in _KEYS if ":" in key)
_RANK: Final = {strength: rank for rank, strength in enumerate(Strength)}
_FLUX: Final = re.compile(r"AI generated;(?P<how>\w{1,40}(?:;[\w.-]{1,40}){0,4})")


class StampReader:
    """Reads the fields, and the EXIF of Black Forest Labs' own programs, which is a stamp of three fields."""

    name: ClassVar[str] = "stamps"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "stamps of Google, Apple, Black Forest Labs, Luma, Reve, Ideogram, ByteDance, Adobe, OpenAI, Microsoft, Amazon and others in fields "
        "such as credit and program; marks of Meta's platforms and of Canva as facts"
    )
    silence_means: ClassVar[str] = "no such stamp is there; most services write none, and platforms remove it"
    cost: ClassVar[str] = "about 0.02 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = (
        "Google Photos help on AI edits; IPTC notes on generators; the reference programs of Black Forest Labs; files of the services as "
        "observed; each stamp names its own in the list"
    )
    checked_on: ClassVar[str] = (
        "7 synthetic files of the carrier set: 7 read and named; one drawn by tests for every stamp; 788 files that no generator made: none "
        "said to be. No real file with one of these stamps was at hand"
    )
    where: ClassVar[str] = "XMP, IPTC-IIM, EXIF IFD0, PNG text, keys of MP4"
    keys: ClassVar[str] = (
        "photoshop:Credit and IIM 2:110 (Google, Apple); CreatorTool, Software, Make (Reve, Ideogram and programs by name); Software, Make and "
        "Model together (Black Forest Labs); Source and Comment (Luma); aigc_info and JSON of exports (ByteDance); IIM 2:40 (Meta)"
    )
    weighs: ClassVar[str] = (
        "generated or ai-edited: strong for a stamp of its own, moderately strong for a program's bare name, moderate for labels of apps"
    )
    survives: ClassVar[str] = (
        "copying and mailing; editors that keep XMP and EXIF; not most platforms, messengers or a screenshot"
    )
    faked_by: ClassVar[str] = "writing the field with any metadata editor"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each stamp that a file carries; of one generator and statement only the strongest."""
        for exif in content.metadata.exifs:
            if (finding := self._flux(exif)) is not None:
                yield finding
                break
        best: dict[tuple[str, Supports], tuple[Stamp, str, dict[str, str]]] = {}
        for key, text, where in _fields(content):
            for stamp in _BY_KEY[key]:
                if (found := stamp.pattern.fullmatch(text)) is None:
                    continue
                named = (stamp.generator or stamp.words, stamp.supports)
                if named not in best or _RANK[stamp.strength] > _RANK[best[named][0].strength]:
                    best[named] = (stamp, where, {name: value for name, value in found.groupdict().items() if value})
        for stamp, where, details in best.values():
            yield self._found(stamp, where, details)

    def _found(self, stamp: Stamp, where: str, details: dict[str, str]) -> Finding:
        fact = stamp.supports is Supports.NOTHING
        of = f" ({stamp.generator})" if stamp.generator else ""
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"A stamp in the metadata{of} says: {stamp.words}.",
            where=where,
            supports=stamp.supports,
            basis=None if fact else Basis.DECLARED,
            strength=stamp.strength,
            could_be_faked_by=self.faked_by,
            does_not_show=(
                "How the picture came to be."
                if fact
                else "Who wrote it, or whether it is true; a picture that was changed afterwards keeps it."
            ),
            details=facts(generator=stamp.generator, **details),
        )

    def _flux(self, exif: Exif) -> Finding | None:
        """The EXIF of the reference programs for FLUX, which derived programs write on as it stands."""
        found = _FLUX.fullmatch((exif.software or "").strip())
        if found is None:
            return None
        made = exif.make or ""
        house = made.lower().startswith("black forest labs")
        changed = "txt2img" not in found["how"]
        flux = house or "flux" in found["how"].split(";")
        how = "an input image was changed by a model" if changed else "text to image"
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"EXIF says: AI generated, {shown(found['how'], 60)}: {how}.",
            where=f"{exif.where}, Software",
            supports=Supports.AI_EDITED if changed else Supports.GENERATED,
            basis=Basis.DECLARED,
            strength=Strength.STRONG,
            could_be_faked_by=self.faked_by,
            does_not_show="Which of the programs that derive from the reference program wrote it, or whether it is true.",
            details=facts(
                generator="Black Forest Labs FLUX" if flux else None,
                model=exif.model,
                prompt=exif.text(Ifd.PRIMARY, Tag.IMAGE_DESCRIPTION),
                software=exif.software,
            ),
        )


def _fields(content: Content) -> Iterator[tuple[str, str, str]]:
    """Key in lower case, value and place of every field that can hold a stamp."""
    for key, text, where in carried_texts(content):
        lower = key.lower().rpartition("/")[2]
        if lower in _BY_KEY and len(text) <= _VALUE_CHARS and (value := text.strip("\0 \t\r\n")):
            yield lower, value, where
    datasets = content.metadata.iptc
    if not datasets:
        return
    place = content.metadata.of(BlockKind.IPTC)[0].where
    for item in datasets:
        number = f"{item.record}:{item.dataset}"
        if number in _IIM and len(item.text) <= _VALUE_CHARS and (value := item.text.strip("\0 \t\r\n")):
            yield number, value, f"{place}, dataset {number}"
