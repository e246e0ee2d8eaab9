"""Readers of origin. Adding one is a file here and a line in `READERS`; they run in this order."""

from __future__ import annotations

from typing import Final

from safelight.registry import Registry

__all__ = ["READERS"]

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
    ),
)
