"""China's label for generated content (GB 45438-2025), in every place where the guides of TC260 and the services put it.

The code of the provider names a company and, where it registered one, its application: a lead, and the same in every file of that service.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final, NamedTuple

from safelight.decode.containers.block import BlockKind
from safelight.decode.content import Content
from safelight.model import Basis, Finding, JsonValue, Strength, Supports
from safelight.origin.aigc import AigcLabel, Meaning, ProviderCode, aigc_label
from safelight.origin.statements import facts
from safelight.origin.texts import carried_texts, shown

__all__ = ["Tc260Reader"]

_PRODUCER: Final = "TC260 producer"
_LABELS_MAX: Final = 20
_SEGMENT_MARKS: Final = (b"AIGC", b"aigc", b"ContentProducer")


class _Weight(NamedTuple):
    """What a value of Label supports, how strongly, and in words."""

    supports: Supports
    strength: Strength
    words: str


_WEIGHTS: Final = {
    Meaning.GENERATED: _Weight(Supports.GENERATED, Strength.STRONG, "it is generated or made with generated content"),
    # A service that spreads content writes 2 when its user says so, and 3 when its own detector does: neither made the picture.
    Meaning.POSSIBLY: _Weight(Supports.GENERATED, Strength.MODERATE, "its user declared it as generated"),
    # A detector whose rates nobody stated carries no item out of "undetermined".
    Meaning.SUSPECTED: _Weight(Supports.NOTHING, Strength.NONE, "a service suspects that it is generated"),
}
_UNKNOWN: Final = _Weight(Supports.NOTHING, Strength.NONE, "nothing that the standard knows")
# Tencent Cloud's form has no Label: it is written by the service that generates.
_NO_LABEL: Final = _Weight(Supports.GENERATED, Strength.MODERATELY_STRONG, "a service made it")


class Tc260Reader:
    """Reads the label, and takes apart who made and who spread the content by it."""

    name: ClassVar[str] = "tc260"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "the label AIGC of China's standard GB 45438-2025, and the codes of who made and spread it"
    )
    silence_means: ClassVar[str] = (
        "no such label is there; services outside China write none, and saving again removes it"
    )
    cost: ClassVar[str] = "about 0.1 ms a file, most of it texts that other readers use too"
    source: ClassVar[str] = (
        "GB 45438-2025 annex E; TC260-PG-20252A (provider codes), 20257A, 20259A, 202510A (places); GB 32100-2015 (credit codes); Tencent "
        "Cloud's own form as seen in files"
    )
    checked_on: ClassVar[str] = (
        "2 real files of Doubao and 5 synthetic ones: all read, the company named where its code is known; a sixth (AVI) holds no label; "
        "14 places drawn by tests; 788 files that no generator made: none said to be"
    )
    where: ClassVar[str] = (
        "XMP; PNG text; EXIF UserComment and ImageDescription; JPEG application segment; keys of MP4; tags of Matroska and audio; INFO of AVI; "
        "onMetaData of FLV"
    )
    keys: ClassVar[str] = "AIGC (XMP: TC260:AIGC), a JSON object with Label, ContentProducer, ProduceID and four more"
    weighs: ClassVar[str] = (
        "generated: strong for Label 1, moderate for 2 (a user's word), moderately strong without Label; nothing for 3 (a service's suspicion)"
    )
    survives: ClassVar[str] = "copying and mailing; not saving again by most programs, a screenshot, or most platforms"
    faked_by: ClassVar[str] = "writing the label with any metadata editor; the code of a company is public"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each different label."""
        seen: set[AigcLabel] = set()
        for key, text, where in _places(content):
            label = aigc_label(text, key)
            if label is None or label in seen or label.is_template:
                continue
            seen.add(label)
            yield self._found(label, where)
            if len(seen) == _LABELS_MAX:
                return

    def _found(self, label: AigcLabel, where: str) -> Finding:
        unsaid = _NO_LABEL if label.service_provider else _UNKNOWN
        weight = unsaid if label.meaning is None else _WEIGHTS[label.meaning]
        maker = _named(label.producer, label.content_producer) or label.service_provider.strip()
        who = f" by {shown(maker, 60)}" if maker else ""
        damaged = " The text is damaged; what is left of it was read." if label.damaged else ""
        said = f"Label {shown(label.label, 20)}" if label.label else "no Label"
        supports = weight.supports
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"China's label for generated content ({said}) says{who}: {weight.words}.{damaged}",
            where=where,
            supports=supports,
            basis=None if supports is Supports.NOTHING else Basis.DECLARED,
            strength=weight.strength,
            could_be_faked_by=self.faked_by,
            does_not_show=(
                "Whether the whole picture was generated or part of a photograph: the label does not tell. Codes of signatures in it "
                "are not checked."
            ),
            details=_details(label, None if supports is Supports.NOTHING else maker or _PRODUCER),
        )


def _places(content: Content) -> Iterator[tuple[str, str, str]]:
    """Key, text and place of everything that can hold a label."""
    yield from carried_texts(content)
    for block in content.metadata.of(BlockKind.APP):
        if any(mark in block.data[:4096] for mark in _SEGMENT_MARKS):
            yield "", block.text, block.where


def _named(code: ProviderCode | None, text: str) -> str:
    """The company behind a code where it is known; what stands there where it is a plain name."""
    if code is None:
        return text.strip()[:200]
    return code.company or ""


def _details(label: AigcLabel, generator: str | None) -> dict[str, JsonValue]:
    return facts(
        generator=generator,
        label=label.label,
        content_producer=label.content_producer,
        produce_id=label.produce_id,
        content_propagator=label.content_propagator,
        propagate_id=label.propagate_id,
        service_provider=label.service_provider,
        service_user=label.service_user,
        time=label.time,
        content_id=label.content_id,
        producer_code=_parts(label.producer),
        propagator_code=_parts(label.propagator),
        reserved_code1=label.reserved_code1[:1000],
        reserved_code2=label.reserved_code2[:1000],
        has_security_data=label.has_security_data or None,
        other=dict[str, JsonValue](label.other),
    )


def _parts(code: ProviderCode | None) -> dict[str, JsonValue]:
    """A provider code taken apart, as a lead to who registered it."""
    if code is None:
        return {}
    return facts(
        code=code.code, credit_code=code.credit_code, company=code.company, region=code.region, application=code.application
    )  # fmt: skip
