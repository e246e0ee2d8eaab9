"""The IPTC digital source type and the properties on AI systems, in XMP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.decode.metadata import XmpPacket
from safelight.model import Basis, Finding, JsonValue, Strength, Supports
from safelight.origin.texts import shown

__all__ = ["SOURCE_TYPES", "IptcReader", "source_type"]

_PREFIX: Final = "/digitalsourcetype/"
_NAMESPACE: Final = "http://iptc.org/std/Iptc4xmpExt/"

SOURCE_TYPES: Final[dict[str, tuple[Supports, Strength, str]]] = {
    "trainedalgorithmicmedia": (Supports.GENERATED, Strength.STRONG, "made by a trained model"),
    "compositewithtrainedalgorithmicmedia": (Supports.AI_EDITED, Strength.STRONG, "edited with a trained model"),
    # The published guidance of C2PA once spelled it so, and writers followed.
    "compositedwithtrainedalgorithmicmedia": (Supports.AI_EDITED, Strength.STRONG, "edited with a trained model"),
    # A composite can hold parts of photographs beside the generated ones.
    "compositesynthetic": (Supports.AI_EDITED, Strength.STRONG, "a composite with generated parts"),
    "digitalcapture": (Supports.CAPTURED, Strength.MODERATE, "captured by a camera"),
    "computationalcapture": (Supports.CAPTURED, Strength.MODERATE, "captured by a camera that merges frames"),
    "negativefilm": (Supports.CAPTURED, Strength.MODERATE, "scanned from a negative"),
    "positivefilm": (Supports.CAPTURED, Strength.MODERATE, "scanned from a transparency"),
    "print": (Supports.CAPTURED, Strength.WEAK, "scanned from a print"),
    "algorithmicallyenhanced": (Supports.EDITED, Strength.MODERATE, "altered by an algorithm that is not generative"),
    "humanedits": (Supports.EDITED, Strength.MODERATE, "edited by hand"),
    "minorhumanedits": (Supports.EDITED, Strength.MODERATE, "edited by hand in small ways"),
    "compositecapture": (Supports.EDITED, Strength.MODERATE, "a composite of captures"),
    "composite": (Supports.EDITED, Strength.MODERATE, "a composite"),
    "trainedalgorithmicdata": (Supports.NOTHING, Strength.NONE, "data made by a trained model"),
    "algorithmicmedia": (Supports.NOTHING, Strength.NONE, "made by a procedure, not by a trained model"),
    "digitalart": (Supports.NOTHING, Strength.NONE, "digital art"),
    "digitalcreation": (Supports.NOTHING, Strength.NONE, "made by hand with digital tools"),
    "virtualrecording": (Supports.NOTHING, Strength.NONE, "recorded of a virtual event"),
    "screencapture": (Supports.NOTHING, Strength.NONE, "a screenshot"),
    "datadrivenmedia": (Supports.NOTHING, Strength.NONE, "made from data"),
    "softwareimage": (Supports.NOTHING, Strength.NONE, "made by software"),
    "empty": (Supports.NOTHING, Strength.NONE, "the writer did not say"),
}
"""Every term of the vocabulary that we know, in lower case: what it supports, how strongly, and its meaning in words."""

_FACTS: Final = {
    "AISystemUsed": "generator",
    "AISystemVersionUsed": "generator_version",
    "AIPromptInformation": "prompt",
    "AIPromptWriterName": "prompt_writer",
}
_TYPES: Final = frozenset({"DigitalSourceType", "DigitalSourcefileType"})
_FAKED: Final = "writing the property with any metadata editor"
_DOES_NOT_SHOW: Final = "Who wrote it, or whether it is true."


def source_type(value: str) -> str | None:
    """The term of a digital source type in lower case, from its URI or its bare name; None when it is no term that we know."""
    text = value.strip().lower()
    _, prefix, term = text.rpartition(_PREFIX)
    term = (term if prefix else text).strip("/").partition("#")[0]
    return term if term in SOURCE_TYPES else None


class IptcReader:
    """Reads Iptc4xmpExt:DigitalSourceType and the AI properties beside it."""

    name: ClassVar[str] = "iptc"
    version: ClassVar[str] = "2"
    looks_for: ClassVar[str] = (
        "the IPTC digital source type in XMP, and the AI system, its version, the prompt and its writer that IPTC 2025.1 names"
    )
    silence_means: ClassVar[str] = "no such statement is there; most photographs and most generated pictures carry none"
    cost: ClassVar[str] = "about 0.01 ms a file: XMP that the metadata pass has found"
    source: ClassVar[str] = (
        "IPTC Photo Metadata Standard 2025.1; IPTC NewsCodes, scheme digitalsourcetype of 2024-09-17"
    )
    checked_on: ClassVar[str] = (
        "9 files that state a source type or an AI system (3 real, 6 synthetic): all read as stated; 788 files that no generator made: "
        "none said to be"
    )

    where: ClassVar[str] = "XMP of any container"
    keys: ClassVar[str] = (
        "Iptc4xmpExt:DigitalSourceType (and DigitalSourcefileType), AISystemUsed, AISystemVersionUsed, AIPromptInformation, AIPromptWriterName"
    )
    weighs: ClassVar[str] = (
        "by the term: generated or ai-edited, strong; captured or edited, moderate; AI properties without a term: generated, moderately strong"
    )
    survives: ClassVar[str] = (
        "copying, mailing and editors that keep XMP; some platforms; not messengers or a screenshot"
    )
    faked_by: ClassVar[str] = _FAKED

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each statement of a source type, or one for the AI properties of a packet that states none."""
        for packet in content.metadata.xmp_packets:
            facts = _facts(packet)
            stated = [item for item in packet.properties if item.name in _TYPES]
            for item in stated:
                yield self._stated(item.value, f"{packet.block.where}, {item.path}", facts)
            if not stated and any(name in facts for name in _FACTS.values()):
                yield self._system(f"{packet.block.where}, AI properties", facts)

    def _stated(self, value: str, where: str, facts: dict[str, JsonValue]) -> Finding:
        term = source_type(value)
        if term is None:
            supports, strength, what = Supports.NOTHING, Strength.NONE, "is not one that this version knows"
        else:
            supports, strength, meaning = SOURCE_TYPES[term]
            what = f"says: {meaning}"
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"The IPTC digital source type {what}.",
            where=where,
            supports=supports,
            basis=None if supports is Supports.NOTHING else Basis.DECLARED,
            strength=strength,
            could_be_faked_by=_FAKED,
            does_not_show=_DOES_NOT_SHOW,
            details={"digital_source_type": value.strip(), **facts},
        )

    def _system(self, where: str, facts: dict[str, JsonValue]) -> Finding:
        system = facts.get("generator")
        named = f" ({shown(system)})" if isinstance(system, str) else ""
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"IPTC properties name the AI system or the prompt that the picture was made with{named}.",
            where=where,
            supports=Supports.GENERATED,
            basis=Basis.DECLARED,
            strength=Strength.MODERATELY_STRONG,
            could_be_faked_by=_FAKED,
            does_not_show=f"{_DOES_NOT_SHOW} Whether the whole picture was generated or part of a photograph: no source type is stated.",
            details=facts,
        )


def _facts(packet: XmpPacket) -> dict[str, JsonValue]:
    facts: dict[str, JsonValue] = {}
    for item in packet.properties:
        if item.name in _FACTS and item.namespace.startswith(_NAMESPACE) and item.value.strip():
            facts.setdefault(_FACTS[item.name], item.value.strip())
        elif item.name == "CreatorTool" and item.value.strip():
            facts.setdefault("software", item.value.strip())
    return facts
