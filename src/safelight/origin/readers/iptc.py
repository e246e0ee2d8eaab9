"""The IPTC digital source type, in XMP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Basis, Finding, JsonValue, Strength, Supports

__all__ = ["SOURCE_TYPES", "IptcReader", "source_type"]

_PREFIX: Final = "cv.iptc.org/newscodes/digitalsourcetype/"

SOURCE_TYPES: Final[dict[str, tuple[Supports, str]]] = {
    "trainedalgorithmicmedia": (Supports.GENERATED, "made by a trained model"),
    "compositesynthetic": (Supports.GENERATED, "a composite with synthetic parts"),
    "compositewithtrainedalgorithmicmedia": (Supports.AI_EDITED, "edited with a trained model"),
    "trainedalgorithmicdata": (Supports.NOTHING, "data made by a trained model"),
    "algorithmicmedia": (Supports.NOTHING, "made by a procedure, not by a trained model"),
    "algorithmicallyenhanced": (Supports.EDITED, "enhanced by an algorithm"),
    "digitalcapture": (Supports.CAPTURED, "captured by a camera"),
    "computationalcapture": (Supports.CAPTURED, "captured by a camera that computes its pictures"),
    "negativefilm": (Supports.CAPTURED, "scanned from a negative"),
    "positivefilm": (Supports.CAPTURED, "scanned from a positive"),
    "print": (Supports.CAPTURED, "scanned from a print"),
    "humanedits": (Supports.EDITED, "edited by hand"),
    "minorhumanedits": (Supports.EDITED, "edited by hand in small ways"),
    "compositecapture": (Supports.EDITED, "a composite of captures"),
    "composite": (Supports.EDITED, "a composite"),
    "digitalart": (Supports.NOTHING, "digital art"),
    "digitalcreation": (Supports.NOTHING, "made by hand with digital tools"),
    "virtualrecording": (Supports.NOTHING, "recorded in a virtual world"),
    "screencapture": (Supports.NOTHING, "a screenshot"),
    "datadrivenmedia": (Supports.NOTHING, "made from data"),
    "softwareimage": (Supports.NOTHING, "made by software"),
}
"""Every term of the controlled vocabulary that we know, in lower case: what it supports, and its meaning in words."""

_STRENGTH: Final = {
    Supports.GENERATED: Strength.STRONG,
    Supports.AI_EDITED: Strength.STRONG,
    Supports.CAPTURED: Strength.MODERATE,
    Supports.EDITED: Strength.MODERATE,
    Supports.NOTHING: Strength.NONE,
}


def source_type(value: str) -> str | None:
    """The term of a digital source type in lower case, from its URI or its bare name; None when it is no such term."""
    text = value.strip().lower()
    _, prefix, term = text.partition(_PREFIX)
    term = (term if prefix else text).strip("/")
    return term if term in SOURCE_TYPES else None


class IptcReader:
    """Reads Iptc4xmpExt:DigitalSourceType and the AI properties beside it."""

    name: ClassVar[str] = "iptc"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the IPTC digital source type in XMP"
    silence_means: ClassVar[str] = "no such statement is there; most photographs and most generated pictures carry none"
    cost: ClassVar[str] = "well under 1 ms a file: XMP that the metadata pass has found"
    source: ClassVar[str] = "IPTC Photo Metadata Standard 2025.1; IPTC NewsCodes digital source type"
    checked_on: ClassVar[str] = "see benchmarks/carriers.py: files with the property as attribute and as element"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each statement of a source type."""
        for packet in content.metadata.xmp_packets:
            system = {
                item.name: item.value
                for item in packet.properties
                if item.name.startswith("AI") or item.name == "CreatorTool"
            }
            for item in packet.properties:
                if item.name != "DigitalSourceType" or (term := source_type(item.value)) is None:
                    continue
                supports, meaning = SOURCE_TYPES[term]
                details: dict[str, JsonValue] = {"digital_source_type": item.value.strip()}
                if generator := system.get("AISystemUsed"):
                    details["generator"] = generator
                if generator_version := system.get("AISystemVersionUsed"):
                    details["generator_version"] = generator_version
                if prompt := system.get("AIPromptInformation"):
                    details["prompt"] = prompt
                if tool := system.get("CreatorTool"):
                    details["software"] = tool
                yield Finding(
                    reader=self.name,
                    version=self.version,
                    what=f"The IPTC digital source type says: {meaning}.",
                    where=f"{packet.block.where}, {item.path}",
                    supports=supports,
                    basis=Basis.DECLARED if supports is not Supports.NOTHING else None,
                    strength=_STRENGTH[supports],
                    could_be_faked_by="writing the property with any metadata editor",
                    does_not_show="Who wrote it, or whether it is true.",
                    details=details,
                )
