"""Every carrier family that Safelight claims to read, one synthetic file each at least: what all readers together make of it.

None of these files was made by the program that it names: each is put together by code as that program's public behaviour or documentation
has it, so that a family of which no sample can be shared is tested all the same. Real samples are in the developers' shared carriers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pytest
from tests.decode.containers.media import flac, matroska, simple_tag
from tests.decode.containers.samples import iptc, jpeg, mp4, resource, segment
from tests.origin.carriers import CARRIERS, content, iptc_packet, png_texts
from tests.origin.signing import Authority, Signer, action, picture, signed

from safelight.model import Basis, Finding, Opinion, OriginOpinion
from safelight.origin.opinion import weigh
from safelight.origin.readers import READERS
from safelight.origin.readers.c2pa import C2paReader

GENERATED, AI_EDITED = Opinion.GENERATED, Opinion.AI_EDITED
AI = "trainedAlgorithmicMedia"
AI_PART = "compositeWithTrainedAlgorithmicMedia"
LINE = "a hill under snow\nNegative prompt: dull\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 512x512, Model: hills"


def all_findings(data: bytes, credentials: C2paReader | None = None) -> list[Finding]:
    readers = [credentials if credentials and one is C2paReader else one() for one in READERS]
    return [finding for reader in readers for finding in reader.read(content(data))]


def a1111(tail: str) -> bytes:
    return png_texts(parameters=f"{LINE}, {tail}")


def hosted(kind: str, **inputs: Any) -> bytes:
    """A graph in which a hosted service makes what is saved."""
    graph = {
        "1": {"class_type": kind, "inputs": {"prompt": "a hill under snow", "seed": 42, **inputs}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "out"}},
        "3": {"class_type": "LoadImage", "inputs": {"image": "input.png"}},
    }
    return png_texts(prompt=json.dumps(graph))


PROMPT = json.dumps(
    {
        "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "hills.safetensors"}},
        "2": {
            "class_type": "KSampler",
            "inputs": {"seed": 42, "steps": 20, "denoise": 1.0, "model": ["1", 0], "positive": ["3", 0]},
        },
        "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "a hill under snow", "clip": ["1", 1]}},
        "4": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}},
    }
)


class Told(NamedTuple):
    """The opinion to be reached, and the names in it."""

    opinion: Opinion
    generator: str | None
    model: str | None = None
    seed: str | None = None


UNSIGNED: Mapping[str, tuple[bytes, Told]] = {
    "AUTOMATIC1111": (a1111("Version: v1.10.1"), Told(GENERATED, "Automatic1111", "hills", "42")),
    "Forge": (a1111("Version: f2.0.1v1.10.1-previous-659-gc055f2d4"), Told(GENERATED, "Forge", "hills", "42")),
    "Forge Neo": (a1111("Version: neo-2.28"), Told(GENERATED, "Forge", "hills", "42")),
    "reForge": (a1111("Version: f1.0.0v2-v1.10.1RC-latest-2498-g5120e679"), Told(GENERATED, "reForge", "hills", "42")),
    "EasyReforge": (a1111("Version: f1.3.0-v1.10.1RC-latest-1038-g19395bf9"), Told(GENERATED, "EasyReforge", "hills", "42")),
    "SD.Next": (a1111("App: SD.Next, Version: 56a8aea, Operations: txt2img"), Told(GENERATED, "SD.Next", "hills", "42")),
    "SD.Next before it named itself": (a1111("Parser: full, Backend: Diffusers, Version: 5a7f2a9"), Told(GENERATED, "SD.Next", "hills", "42")),
    "stable-diffusion.cpp": (a1111("Version: stable-diffusion.cpp"), Told(GENERATED, "stable-diffusion.cpp", "hills", "42")),
    "stable-diffusion.cpp with a build": (
        a1111("Version: stable-diffusion.cpp master-1896b28"), Told(GENERATED, "stable-diffusion.cpp", "hills", "42"),
    ),
    "ComfyUI FLAC": (flac(fields={"prompt": PROMPT, "workflow": "{}"}), Told(GENERATED, "ComfyUI", "hills.safetensors", "42")),
    "ComfyUI WebM": (matroska([simple_tag("PROMPT", PROMPT)]), Told(GENERATED, "ComfyUI", "hills.safetensors", "42")),
    "ComfyUI MP4": (mp4(keys={"prompt": PROMPT.encode()}), Told(GENERATED, "ComfyUI", "hills.safetensors", "42")),
    "hosted OpenAI": (hosted("OpenAIGPTImage1"), Told(GENERATED, "ComfyUI", "OpenAIGPTImage1", "42")),
    "hosted OpenAI edit": (hosted("OpenAIGPTImage1", image=["3", 0]), Told(AI_EDITED, "ComfyUI", "OpenAIGPTImage1", "42")),
    "hosted BFL": (hosted("FluxProUltraImageNode"), Told(GENERATED, "ComfyUI", "FluxProUltraImageNode", "42")),
    "hosted Stability": (hosted("StabilityStableImageSD_3_5Node", model="sd3.5-large"), Told(GENERATED, "ComfyUI", "sd3.5-large", "42")),
    "hosted Google": (hosted("GeminiImageNode", model="gemini-2.5-flash-image"), Told(GENERATED, "ComfyUI", "gemini-2.5-flash-image", "42")),
    "hosted Pika": (hosted("PikaScenesV2_2"), Told(GENERATED, "ComfyUI", "PikaScenesV2_2", "42")),
    "hosted xAI": (hosted("GrokImageNode", model="grok-imagine"), Told(GENERATED, "ComfyUI", "grok-imagine", "42")),
    "Midjourney with a job ID only": (
        png_texts(Description="a hill under snow Job ID: 01234567-89ab-cdef-0123-456789abcdef"), Told(GENERATED, "Midjourney"),
    ),
    "Made with Google AI": (CARRIERS["stamps google xmp"], Told(GENERATED, "Google AI")),
    "Edited with Google AI": (CARRIERS["stamps google iim"], Told(AI_EDITED, "Google AI")),
    "Meta: the IPTC term, and the mark of the platform": (
        jpeg([segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + iptc_packet()),
              segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, iptc((2, 40, b"FBMD0a000a9b0100"))))]),
        Told(GENERATED, None),
    ),
    "IPTC 2025.1": (
        jpeg([segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + iptc_packet(
            extra='Iptc4xmpExt:AISystemUsed="Example" Iptc4xmpExt:AISystemVersionUsed="3.1" Iptc4xmpExt:AIPromptInformation="a hill"'))]),
        Told(GENERATED, "Example"),
    ),
    "Black Forest Labs, unsigned": (CARRIERS["stamps flux"], Told(GENERATED, "Black Forest Labs FLUX", "flux-dev")),
    "Photoshop's own log": (CARRIERS["edits log"], Told(AI_EDITED, "Adobe Photoshop generative fill")),
    "Microsoft, unsigned": (png_texts(Software="Bing Image Creator"), Told(GENERATED, "Microsoft Bing Image Creator")),
    "Amazon, unsigned": (png_texts(Software="Amazon Nova Canvas"), Told(GENERATED, "Amazon image generator", "Nova Canvas")),
    "TC260": (CARRIERS["tc260 xmp"], Told(GENERATED, "TC260 producer")),
    "Samsung": (CARRIERS["samsung PEg_Info"], Told(AI_EDITED, "Samsung Galaxy AI")),
    "xAI, unsigned": (CARRIERS["grok exif"], Told(GENERATED, "xAI Grok")),
    "stealth": (CARRIERS["stealth png"], Told(GENERATED, None)),
}  # fmt: skip


@pytest.mark.parametrize("family", UNSIGNED)
def test_unsigned_families(family: str) -> None:
    data, told = UNSIGNED[family]
    opinion = weigh(all_findings(data))
    assert opinion.opinion is told.opinion
    assert opinion.generator == told.generator
    assert opinion.model == told.model
    assert opinion.seed == told.seed


def test_branches_and_services_are_kept_as_facts() -> None:
    def details(family: str) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for finding in all_findings(UNSIGNED[family][0]):
            merged |= finding.details
        return merged

    assert details("Forge Neo")["variant"] == "Forge Neo"
    assert details("hosted OpenAI edit")["input_images"] == ["input.png"]
    assert details("hosted xAI")["hosted_nodes"] == ["GrokImageNode"]
    assert str(details("Meta: the IPTC term, and the mark of the platform")["platform_mark"]).startswith("FBMD")
    assert details("Midjourney with a job ID only")["job_id"] == "01234567-89ab-cdef-0123-456789abcdef"


class Service(NamedTuple):
    """How a service signs: the house on its certificate, the program that it names, and the step of its model."""

    house: str
    program: str
    step: dict[str, Any]
    told: Told


SIGNED: Mapping[str, Service] = {
    "OpenAI": Service("OpenAI", "ChatGPT", action("created", AI, "GPT-4o"), Told(GENERATED, "OpenAI ChatGPT (GPT-4o)", "GPT-4o")),
    "OpenAI Sora": Service("OpenAI OpCo, LLC", "Sora", action("created", AI, "Sora"), Told(GENERATED, "OpenAI Sora")),
    "Google": Service(
        "Google LLC", "Google C2PA Core Generator Library", action("created", AI, description="Created by Google Generative AI."),
        Told(GENERATED, "Google Gemini or another Google model (Google Generative AI)"),
    ),
    "Adobe Firefly": Service("Adobe Inc.", "Adobe_Firefly", action("created", AI, "Adobe Firefly"), Told(GENERATED, "Adobe Firefly")),
    "Photoshop generative fill": Service(
        "Adobe Inc.", "Adobe Photoshop", action("edited", AI_PART, "Adobe Firefly"),
        Told(AI_EDITED, "Adobe Photoshop generative fill or another Firefly tool (Adobe Firefly)", "Adobe Firefly"),
    ),
    "Microsoft Designer": Service(
        "Microsoft Corporation", "Microsoft_Responsible_AI/1.0", action("created", agent="Image Creator from Microsoft Designer"),
        Told(GENERATED, "Image Creator from Microsoft Designer"),
    ),
    "Microsoft Bing": Service(
        "Microsoft Corporation", "Microsoft_Responsible_AI/1.0", action("created", agent="Bing Image Creator", description="AI Generated Image"),
        Told(GENERATED, "Microsoft Bing Image Creator"),
    ),
    "Azure OpenAI": Service(
        "Microsoft Corporation", "c2pa-rs", action("created", AI, "Azure OpenAI ImageGen"), Told(GENERATED, "Microsoft Azure OpenAI ImageGen"),
    ),
    "Amazon Titan": Service(
        "Amazon Web Services, Inc.", "c2pa-rs", action("created", AI, "Titan Image Generator"),
        Told(GENERATED, "Amazon Web Services Titan Image Generator"),
    ),
    "Black Forest Labs": Service(
        "Black Forest Labs Inc.", "Black Forest Labs API", action("created", AI, "Flux.2"), Told(GENERATED, "Black Forest Labs FLUX.2", "Flux.2"),
    ),
    "Samsung": Service(
        "Samsung Galaxy", "Galaxy S25", action("edited", AI_PART, "Photo assist"), Told(AI_EDITED, "Samsung Galaxy AI (Photo assist)"),
    ),
    "xAI": Service("xAI", "c2pa-rs", action("created", AI, "Grok Imagine"), Told(GENERATED, "xAI Grok Imagine")),
}  # fmt: skip


@pytest.fixture(scope="module")
def by_house() -> Callable[[str], tuple[C2paReader, Signer]]:
    made: dict[str, tuple[C2paReader, Signer]] = {}

    def of(house: str) -> tuple[C2paReader, Signer]:
        if house not in made:
            authority = Authority(house)
            made[house] = C2paReader(authority.as_lists()), authority.signer(house)
        return made[house]

    return of


def _judged(
    service: Service, by_house: Callable[[str], tuple[C2paReader, Signer]], **more: Any
) -> tuple[OriginOpinion, list[Finding]]:
    reader, signer = by_house(service.house)
    data = signed(picture(), signer, [service.step], program=service.program, **more)
    findings = all_findings(data, reader)
    return weigh(findings), findings


@pytest.mark.parametrize("family", SIGNED)
def test_signed_families(family: str, by_house: Callable[[str], tuple[C2paReader, Signer]]) -> None:
    service = SIGNED[family]
    opinion, _ = _judged(service, by_house)
    assert opinion.opinion is service.told.opinion
    assert opinion.basis == (Basis.SIGNED,)
    assert opinion.generator == service.told.generator
    assert opinion.model == service.told.model


@pytest.mark.parametrize(
    ("algorithm", "product"),
    [("com.adobe.trustmark.P", "Adobe TrustMark"), ("com.digimarc.validate.1", "Digimarc"), ("com.google.synthid", "SynthID"),
     ("com.microsoft.invismark", "Microsoft InvisMark"), ("com.aiwatermark.pixelseal", "Meta Seal (AIWatermark)")],
)  # fmt: skip
def test_soft_bindings_name_a_watermark_and_do_not_make_a_picture_generated(
    algorithm: str, product: str, by_house: Callable[[str], tuple[C2paReader, Signer]]
) -> None:
    binding = {"label": "c2pa.soft-binding", "data": {"alg": algorithm, "blocks": [{"scope": {}, "value": "2*01"}]}}
    drawn = Service("House", "Drawing Program", action("created", "digitalArt"), Told(Opinion.UNDETERMINED, None))
    opinion, findings = _judged(drawn, by_house, assertions=[binding])
    assert opinion.opinion is Opinion.UNDETERMINED
    marks = [mark for finding in findings for mark in finding.details.get("watermarks_named", [])]  # type: ignore[union-attr]
    assert {mark["product"] for mark in marks} == {product}  # type: ignore[index,call-overload]


def test_no_file_says_more_without_its_mark(by_house: Callable[[str], tuple[C2paReader, Signer]]) -> None:
    """The same containers with an innocent text: silence, and nothing inferred from it."""
    innocent = [
        png_texts(parameters="a hill under snow"),
        flac(fields={"comment": "a song"}),
        matroska([simple_tag("COMMENT", "a film")]),
        mp4(keys={"prompt": b"{}"}),
        picture(),
    ]
    for data in innocent:
        assert weigh(all_findings(data)).opinion is Opinion.UNDETERMINED
