"""Readers of origin. Adding one is a file here and a line in `READERS`; they run in this order.

Each says of its carrier what an investigator and a court ask: the class attributes of `OriginReader`, from which `docs/carriers.md` is made.
"""

from __future__ import annotations

from typing import ClassVar, Final, Protocol

from safelight.decode.content import Reader
from safelight.registry import Registry

__all__ = ["CAMERA_READER", "DOCUMENTATION", "PIXEL_TRACES", "READERS", "OriginReader"]


class OriginReader(Reader, Protocol):
    """A reader of this room: all that a reader says of itself, and of the carrier that it reads.

    Attributes:
        where: In which containers and which parts of them it lies. `keys`: the names under which it stands.
        weighs: What it supports and how strongly, by what is found.
        survives: What it survives and what removes it. `faked_by`: the least that it takes to forge it.
    """

    where: ClassVar[str]
    keys: ClassVar[str]
    weighs: ClassVar[str]
    survives: ClassVar[str]
    faked_by: ClassVar[str]


DOCUMENTATION: Final = (
    "name", "version", "looks_for", "where", "keys", "weighs", "survives", "faked_by", "silence_means", "source", "checked_on", "cost",
)  # fmt: skip
"""Every attribute that a reader of this room must have, each a text that is not empty."""

CAMERA_READER: Final = "safelight.origin.readers.camera:CameraReader"
"""Runs only where cameras are enrolled and asked for."""

READERS: Final = Registry(
    "origin reader",
    (
        "safelight.origin.readers.c2pa:C2paReader",
        "safelight.origin.readers.a1111:A1111Reader",
        "safelight.origin.readers.comfyui:ComfyUiReader",
        "safelight.origin.readers.swarmui:SwarmUiReader",
        "safelight.origin.readers.stabilitymatrix:StabilityMatrixReader",
        "safelight.origin.readers.tensorart:TensorArtReader",
        "safelight.origin.readers.civitai:CivitaiReader",
        "safelight.origin.readers.invokeai:InvokeAiReader",
        "safelight.origin.readers.novelai:NovelAiReader",
        "safelight.origin.readers.fooocus:FooocusReader",
        "safelight.origin.readers.drawthings:DrawThingsReader",
        "safelight.origin.readers.easydiffusion:EasyDiffusionReader",
        "safelight.origin.readers.huggingface:HuggingFaceReader",
        "safelight.origin.readers.midjourney:MidjourneyReader",
        "safelight.origin.readers.stealth:StealthReader",
        "safelight.origin.readers.paths:PathsReader",
        "safelight.origin.readers.watermarks:WatermarkReader",
        "safelight.origin.readers.iptc:IptcReader",
        "safelight.origin.readers.tc260:Tc260Reader",
        "safelight.origin.readers.samsung:SamsungReader",
        "safelight.origin.readers.grok:GrokReader",
        "safelight.origin.readers.stamps:StampReader",
        "safelight.origin.readers.bindings:BindingReader",
        "safelight.origin.readers.edits:EditReader",
        "safelight.origin.readers.capture:CaptureReader",
        "safelight.origin.readers.thumbnail:ThumbnailReader",
        "safelight.origin.readers.structure:StructureReader",
        "safelight.origin.readers.quantisation:QuantisationReader",
        "safelight.origin.readers.jpegsaved:JpegSavedReader",
        "safelight.origin.readers.jpegtwice:JpegTwiceReader",
        "safelight.origin.readers.enlarged:EnlargedReader",
        "safelight.origin.readers.mosaic:MosaicReader",
        CAMERA_READER,
        "safelight.origin.detector.reader:DetectorReader",
    ),
)

PIXEL_TRACES: Final = frozenset(
    {
        "safelight.origin.readers.jpegsaved:JpegSavedReader",
        "safelight.origin.readers.jpegtwice:JpegTwiceReader",
        "safelight.origin.readers.enlarged:EnlargedReader",
        "safelight.origin.readers.mosaic:MosaicReader",
    }
)
"""Readers that take milliseconds from every picture and support little or nothing by themselves: triage runs them only when asked to."""
