"""Watermarks in the pixels, by every decoder in the slot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Basis, Finding, JsonValue, MediaKind, Outcome, Strength, Supports, display_text
from safelight.origin.watermarks.slot import CHANCE_SURE, DECODERS, Mark, NotLooked, WatermarkDecoder
from safelight.registry import Registry, load

__all__ = ["DecoderReader", "WatermarkReader"]

_TEXT_CHARS: Final = 200
_DOCUMENTATION: Final = ("name", "version", "looks_for", "silence_means", "cost", "source", "checked_on")

# Chance for one picture -> strength. No stronger word than for a plain text in the file: anybody can write these marks.
_STRENGTHS: Final = ((CHANCE_SURE, Strength.STRONG), (1e-7, Strength.MODERATE), (1e-4, Strength.WEAK))


class WatermarkReader:
    """Runs the decoders of the slot on a picture's pixels.

    Args:
        decoders: Which ones; Safelight's own when left out. One that cannot be loaded or made is reported on every picture.
    """

    name: ClassVar[str] = "watermarks"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "invisible watermarks that can be read without a secret: dwtDct with the messages of Stable Diffusion 1 and 2, SDXL, FLUX, InvokeAI, "
        "Cremage and MindONE"
    )
    silence_means: ClassVar[str] = (
        "nothing: most programs write none, and resizing, turning, cropping and strong compression destroy them; JPEGs above 4.5 million "
        "pixels are not looked at, and in those of very coarse colour no mark could be read"
    )
    cost: ClassVar[str] = (
        "2.5 ms of CPU a file on average over photographs and generated pictures of mostly under 1 million pixels, beside the decoding that "
        "fingerprints need anyway; at most some 20 ms for pixels, and up to 60 ms for decoding a large JPEG once more"
    )
    source: ClassVar[str] = (
        "public behaviour of invisible-watermark 0.2.0; messages from the programs' public source code"
    )
    checked_on: ClassVar[str] = (
        "see benchmarks/watermarks.py and benchmarks/carriers.py: 2 files with a mark, 4 whose mark was lost, 2,979 pictures without one, and marks "
        "written into 48 pictures and saved in 12 ways"
    )
    where: ClassVar[str] = (
        "the pixels: blocks of 4 by 4 coefficients of a wavelet transform of a colour channel, over the first 2 million pixels"
    )
    keys: ClassVar[str] = (
        "messages of 136 (Stable Diffusion 1), 32 (2), 48 (SDXL) and 46 (FLUX) bits, and those of InvokeAI, Cremage and MindONE"
    )
    weighs: ClassVar[str] = (
        "generated, by how often a picture without the mark gives as many bits: strong up to 1 in 1,000,000,000, moderate up to 1 in "
        "10,000,000, weak up to 1 in 10,000, else nothing"
    )
    survives: ClassVar[str] = (
        "removal of all metadata and any saving without loss; most JPEG of quality 95, and of 90 where colour is not halved; not resizing, "
        "turning, cropping at the top or left, or strong compression"
    )
    faked_by: ClassVar[str] = "writing the mark into any picture with the public library, which takes seconds"

    def __init__(self, decoders: Registry = DECODERS) -> None:
        self._decoders: list[WatermarkDecoder] = []
        self._missing: list[tuple[str, str]] = []
        for name in decoders.names:
            try:
                self._decoders.append(load(name)())
            except Exception as error:  # noqa: BLE001 - a decoder from outside can fail in any way while it loads its weights; the others go on
                self._missing.append((name, type(error).__name__))

    def applies(self, content: Content) -> bool:
        """Whether this is a picture that at least one decoder looks at, or that one should have."""
        return content.format.kind is MediaKind.IMAGE and (
            bool(self._missing) or any(_applies(decoder, content) for decoder in self._decoders)
        )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each mark, and one for each decoder that could not look."""
        if content.format.kind is not MediaKind.IMAGE:
            return
        for decoder in self._decoders:
            if _applies(decoder, content):
                yield from _findings(self, decoder, content)
        for name, error in self._missing:
            why = f"the decoder {_line(name)} could not be made ready ({error})"
            yield _unseen(self, why, Outcome.COULD_NOT_LOOK, {"decoder": name, "error": error})


class DecoderReader:
    """A reader made of one decoder, by which a unit's own decoder is plugged in through the setting `readers`.

    A subclass sets `decoder` and nothing else; the documentation is the decoder's::

        class TrustMarkReader(DecoderReader):
            decoder = TrustMark
    """

    decoder: ClassVar[type[WatermarkDecoder]]
    name: ClassVar[str]
    version: ClassVar[str]
    looks_for: ClassVar[str]
    silence_means: ClassVar[str]
    cost: ClassVar[str]
    source: ClassVar[str]
    checked_on: ClassVar[str]

    def __init_subclass__(cls) -> None:
        for attribute in _DOCUMENTATION:
            setattr(cls, attribute, getattr(cls.decoder, attribute))

    def __init__(self) -> None:
        self._decoder = self.decoder()

    def applies(self, content: Content) -> bool:
        """Whether this is a picture that the decoder looks at."""
        return content.format.kind is MediaKind.IMAGE and _applies(self._decoder, content)

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each mark, or one that says why there was no looking."""
        if content.format.kind is MediaKind.IMAGE:
            yield from _findings(self, self._decoder, content)


def _applies(decoder: WatermarkDecoder, content: Content) -> bool:
    return bool(decoder.applies(content)) if hasattr(decoder, "applies") else True


def _findings(
    reader: WatermarkReader | DecoderReader, decoder: WatermarkDecoder, content: Content
) -> Iterator[Finding]:
    told: dict[str, JsonValue] = {"decoder": decoder.name, "decoder_version": decoder.version}
    try:
        for mark in decoder.decode(content):
            yield _found(reader, mark, told)
    except NotLooked as reason:
        yield _unseen(reader, reason.why, reason.outcome, told)
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one decoder's failure must not keep the others from looking
        details: dict[str, JsonValue] = {**told, "error": type(error).__name__, "message": str(error)[:_TEXT_CHARS]}
        why = f"the decoder {_line(decoder.name)} failed ({type(error).__name__})"
        yield _unseen(reader, why, Outcome.COULD_NOT_LOOK, details)


def _found(reader: WatermarkReader | DecoderReader, mark: Mark, told: dict[str, JsonValue]) -> Finding:
    chance = mark.chance
    if chance is not None and not 0.0 <= chance <= 1.0:
        raise ValueError(f"a chance of {chance}")
    strength = next((word for most, word in _STRENGTHS if chance is not None and chance <= most), Strength.NONE)
    supports = mark.supports if strength is not Strength.NONE else Supports.NOTHING
    details: dict[str, JsonValue] = {
        **mark.details,
        **told,
        "scheme": mark.scheme,
        "message": mark.message,
        "bits_matched": mark.bits_matched,
        "bits_total": mark.bits_total,
        "p_value": chance,
    }
    if mark.generator:
        details["generator"] = mark.generator
    speaks = supports is not Supports.NOTHING
    return Finding(
        reader=reader.name,
        version=reader.version,
        what=_sentence(mark),
        where=mark.where,
        supports=supports,
        basis=Basis.WATERMARK if speaks else None,
        strength=strength if speaks else Strength.NONE,
        could_be_faked_by=mark.could_be_faked_by,
        does_not_show=mark.does_not_show,
        details=details,
    )


def _sentence(mark: Mark) -> str:
    owner = f" of {_line(mark.generator)}" if mark.generator else ""
    read = f"{mark.bits_matched} of {mark.bits_total} bits of the {_line(mark.scheme)} watermark{owner}, {_line(mark.message)}, were read"
    if mark.chance is None:
        return f"{read}; how often a picture without it gives as much is not known."
    odds = f"at most once in {1 / max(mark.chance, 1e-300):.1e} pictures" if mark.chance < 1 else "in any picture"
    weaker = "; that is more than the 1 in a thousand million asked of a sure one" if mark.chance > CHANCE_SURE else ""
    return f"{read}; a picture without it gives as much {odds}{weaker}."


def _unseen(
    reader: WatermarkReader | DecoderReader, why: str, outcome: Outcome, details: dict[str, JsonValue]
) -> Finding:
    return Finding(
        reader=reader.name,
        version=reader.version,
        outcome=outcome,
        what=f"No watermark was looked for: {why}.",
        does_not_show="Whether there is one.",
        details=details,
    )


def _line(text: str) -> str:
    return display_text(text.encode("utf-8", "surrogatepass"))[:_TEXT_CHARS]
