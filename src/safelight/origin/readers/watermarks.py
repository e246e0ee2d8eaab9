"""Watermarks in the pixels, by every decoder in the slot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from safelight.decode.content import Content, NotHeldError
from safelight.model import Basis, Finding, JsonValue, MediaKind, Outcome, Strength, Supports, display_text
from safelight.origin.watermarks.outside import OutsideDecoder
from safelight.origin.watermarks.slot import CHANCE_SURE, DECODERS, Mark, NotLooked, WatermarkDecoder
from safelight.registry import Registry

__all__ = ["OutsideWatermarkReader", "WatermarkReader"]

_TEXT_CHARS: Final = 200

# Chance for one picture -> strength. No stronger word than for a plain text in the file: anybody can write these marks.
_STRENGTHS: Final = ((CHANCE_SURE, Strength.STRONG), (1e-7, Strength.MODERATE), (1e-4, Strength.WEAK))


class WatermarkReader:
    """Runs the decoders of the slot on a picture's pixels.

    Args:
        decoders: Which ones; Safelight's own when left out.
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
        self._decoders: list[tuple[WatermarkDecoder, dict[str, JsonValue]]] = [(kind(), {}) for kind in decoders]

    def applies(self, content: Content) -> bool:
        """Whether this is a picture that at least one decoder looks at."""
        return content.format.kind is MediaKind.IMAGE and any(
            _applies(decoder, content) for decoder, _ in self._decoders
        )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each mark, and one for each decoder that could not look."""
        if content.format.kind is not MediaKind.IMAGE:
            return
        for decoder, told in self._decoders:
            if _applies(decoder, content):
                yield from _findings(self, decoder, told, content)


class OutsideWatermarkReader(WatermarkReader):
    """Runs the decoders that the setting `watermark_decoders` names; a reader of its own, so that what breaks them costs no other mark.

    Args:
        decoders: Each as `OutsideDecoder.record` gives it.

    Raises:
        Exception: Whatever a decoder raises while it is made: no run begins with one that is broken.
    """

    name = "watermark-plug-ins"
    version = "1"
    looks_for = "invisible watermarks by the decoders that the unit has brought"
    silence_means = "nothing: each decoder states what its own silence means"
    cost = "that of the decoders"
    source = "each decoder states its own"
    checked_on = "each decoder states its own"
    where = "the pixels"
    keys = "as each decoder states"
    weighs = WatermarkReader.weighs
    survives = "as each decoder states"
    faked_by = "as each mark states"

    def __init__(self, decoders: Sequence[Mapping[str, Any]]) -> None:
        self._decoders = []
        for one in map(OutsideDecoder.from_record, decoders):
            told: dict[str, JsonValue] = {"decoder_path": one.path}
            if one.weights:
                told["weights_sha256"] = one.weights_sha256
            self._decoders.append((one.made(), told))


def _applies(decoder: WatermarkDecoder, content: Content) -> bool:
    try:
        return bool(decoder.applies(content)) if hasattr(decoder, "applies") else True
    except (MemoryError, NotHeldError):
        raise
    except Exception:  # noqa: BLE001 - a decoder that cannot tell is asked to look, and reported when it fails there too
        return True


def _findings(
    reader: WatermarkReader, decoder: WatermarkDecoder, told: dict[str, JsonValue], content: Content
) -> Iterator[Finding]:
    told = {"decoder": decoder.name, "decoder_version": decoder.version, **told}
    try:
        for mark in decoder.decode(content):
            yield _found(reader, mark, told)
    except NotLooked as reason:
        yield _unseen(reader, reason.why, reason.outcome, told)
    except (MemoryError, NotHeldError):
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 - one decoder's failure must not keep the others from looking
        details: dict[str, JsonValue] = {**told, "error": type(error).__name__, "message": str(error)[:_TEXT_CHARS]}
        why = f"the decoder {_line(decoder.name)} failed ({type(error).__name__})"
        yield _unseen(reader, why, Outcome.COULD_NOT_LOOK, details)


def _found(reader: WatermarkReader, mark: Mark, told: dict[str, JsonValue]) -> Finding:
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


def _unseen(reader: WatermarkReader, why: str, outcome: Outcome, details: dict[str, JsonValue]) -> Finding:
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
