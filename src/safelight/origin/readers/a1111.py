"""AUTOMATIC1111's web UI and its relatives, by the "parameters" text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Basis, Finding, JsonValue, Strength, Supports
from safelight.origin.parameters import SETTINGS_MAX, Parameters, parse_parameters, settings_of
from safelight.origin.statements import LISTED, facts, listed_loras, text_of
from safelight.origin.stealth import SIGNATURES
from safelight.origin.texts import carried_texts, parsed_json, shown

__all__ = ["A1111Reader"]

_LORA: Final = re.compile(r"<lora:([^:>]{1,200})(?::[^>]{0,40})?>")
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{6,64}")
_FACT_CHARS: Final = 500

# What the Version setting of each relative looks like, most special first.
_VERSIONS: Final = (
    (re.compile(r"^ComfyUI", re.IGNORECASE), "ComfyUI"),
    (re.compile(r"^Fooocus\b"), "Fooocus"),
    (re.compile(r"^stable-diffusion\.cpp", re.IGNORECASE), "stable-diffusion.cpp"),
    # EasyReforge puts the base's version behind its own with a dash, reForge with a number of its own in between.
    (re.compile(r"^f\d+(?:\.\d+)*-v"), "EasyReforge"),
    (re.compile(r"^f\d.*RC-latest"), "reForge"),
    (re.compile(r"^(?:f\d|(?i:neo|classic)\b)"), "Forge"),
    (re.compile(r"^v?\d+\.\d+"), "Automatic1111"),
    (re.compile(r"^[0-9a-f]{7,40}$"), "Automatic1111"),
)
# Branches of Forge that say so; they are named as variants of it.
_VARIANTS: Final = (
    (re.compile(r"^neo\b", re.IGNORECASE), "Forge Neo"),
    (re.compile(r"^classic\b", re.IGNORECASE), "Forge Classic"),
)
# Settings that SD.Next wrote beside a bare commit before it named itself.
_SDNEXT: Final = frozenset({"parser", "backend", "operations", "pipeline"})
_FILE_ENDINGS: Final = (".safetensors", ".ckpt", ".gguf", ".sft", ".pt")

_INPAINTING: Final = frozenset({"mask blur", "inpaint area", "masked area padding", "masked content", "mask mode"})
_FROM_IMAGE: Final = frozenset({"init image size", "init image hash", "image cfg scale", "sd upscale upscaler"})
# What the page named "Extras" writes, which enlarges pictures and redraws faces in them.
_EXTRAS_KEYS: Final = frozenset({"postprocessing", "extras", "usercomment", ""})
_EXTRAS: Final = re.compile(r"\s*(?:Postprocess upscale|GFPGAN visibility:|CodeFormer visibility:)")
_NO_MODEL: Final = frozenset({"", "none", "lanczos", "nearest"})
_FACES: Final = ("GFPGAN", "CodeFormer")
# Beside these a denoising strength belongs to a second pass over the picture just made.
_SECOND_PASS: Final = re.compile(r"^(?:hires|first pass)")
_KEYS: Final = frozenset(
    {
        "parameters",
        "usercomment",
        "comment",
        "description",
        "imagedescription",
        "xpcomment",
        "\xa9cmt",
        "prompt",
        "",
        *SIGNATURES,
    }
)


class A1111Reader:
    """Reads the "parameters" text wherever it lies."""

    name: ClassVar[str] = "a1111"
    version: ClassVar[str] = "2"
    looks_for: ClassVar[str] = (
        "the parameters text of AUTOMATIC1111's web UI, Forge, reForge, EasyReforge, SD.Next, stable-diffusion.cpp and of programs that imitate it; "
        "what their Extras page writes of enlarging a picture or redrawing faces in it"
    )
    silence_means: ClassVar[str] = "no such text is there; saving again, uploading or a screenshot removes it"
    cost: ClassVar[str] = (
        "about 0.06 ms a file: texts that the metadata pass has found; and what the first reader pays for looking into the pixels, see stealth"
    )
    source: ClassVar[str] = (
        "public behaviour of AUTOMATIC1111/stable-diffusion-webui, lllyasviel/stable-diffusion-webui-forge, "
        "Panchovix/stable-diffusion-webui-reForge, vladmandic/sdnext, leejet/stable-diffusion.cpp and nkchocoai/ComfyUI-SaveImageWithMetaData"
    )
    checked_on: ClassVar[str] = (
        "40 files of A1111, Forge, reForge, EasyReforge and SD.Next (17 real, 13 transplanted, 10 synthetic; 4 hide it in the pixels): 40 read, "
        "40 generators and 36 of 36 seeds right; 788 files that no generator made: 0 findings"
    )
    where: ClassVar[str] = (
        "PNG tEXt, iTXt and zTXt before and after the picture data; EXIF UserComment in UTF-16 of either order, ASCII, UTF-8 or bare, and in "
        "IFD0; ImageDescription and XPComment; XMP description; comments of JPEG and GIF; tags of videos; stealth pnginfo in the pixels"
    )
    keys: ClassVar[str] = (
        "parameters, postprocessing, extras, UserComment, Comment, Description, ImageDescription, XPComment, ©cmt, prompt; in the text: Steps, "
        "Sampler, CFG scale, Seed, Model, Model hash, Lora hashes, TI hashes, Version, App, Civitai resources"
    )
    weighs: ClassVar[str] = (
        "generated or, with an input image, ai-edited: strong; moderately strong where a saving node of ComfyUI was told the text, and for the "
        "Extras page, which says nothing where a parameters text stands beside it"
    )
    survives: ClassVar[str] = (
        "copying, renaming, mailing and storage services that keep the bytes; not saving again by most editors, uploading to most platforms, "
        "messengers or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing the text into any file, which takes seconds and no special tool; copying it over from another file"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each different parameters text, and one for what the Extras page did."""
        seen: set[str] = set()
        extras: tuple[str, str] | None = None
        made = False
        for key, text, where in carried_texts(content):
            if extras is None and key.lower() in _EXTRAS_KEYS and _EXTRAS.match(text):
                extras = text, where
            if key.lower() not in _KEYS or "Steps:" not in text or text in seen:
                continue
            seen.add(text)
            parameters = parse_parameters(text)
            if parameters is not None:
                made = True
                yield self._finding(parameters, where)
        if extras is not None:
            yield self._changed(settings_of(extras[0]), extras[1], made)

    def _finding(self, found: Parameters, where: str) -> Finding:
        generator, version = _generator(found.settings)
        supports, how = _made_how(found.settings)
        said = shown(generator, 60) if generator else "a generator that does not name itself"
        # Within ComfyUI such a text is what a saving node was told, not what ran.
        told = generator == "ComfyUI"
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"Generation parameters as {said} writes them: {how}.",
            where=where,
            supports=supports,
            basis=Basis.DECLARED,
            strength=Strength.MODERATELY_STRONG if told else Strength.STRONG,
            could_be_faked_by="writing the text into any file, which takes seconds and no special tool",
            does_not_show="That this very file came from that program: the text can be copied, and the picture changed afterwards.",
            details=_details(found, generator, version),
        )

    def _changed(self, settings: dict[str, str], where: str, made: bool) -> Finding:
        upscaler = settings.get("postprocess upscaler", "")
        faces = [name for name in _FACES if _positive(settings.get(f"{name.lower()} visibility"))]
        by_model = upscaler.lower() not in _NO_MODEL
        steps = [f"enlarged by {shown(upscaler, 60)}" if by_model else "enlarged, by no model that is named"]
        if faces and not any(name.startswith("postprocess") for name in settings):
            steps = []
        steps += [f"its faces redrawn by {name}" for name in faces]
        # What a model made stays generated, however it was enlarged afterwards.
        speaks = (by_model or bool(faces)) and not made
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"Text of an Extras page, as Automatic1111 and its relatives write it: an image was put in and {', '.join(steps)}.",
            where=where,
            supports=Supports.AI_EDITED if speaks else Supports.NOTHING,
            basis=Basis.DECLARED if speaks else None,
            strength=Strength.MODERATELY_STRONG if speaks else Strength.NONE,
            could_be_faked_by="writing the text into any file, which takes seconds and no special tool",
            does_not_show="How the image that was put in came to be: it can be a photograph as well as a generated picture.",
            details={"settings": dict(settings), **facts(upscaler=upscaler, faces_by=list(faces))},
        )


def _generator(settings: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Name and version of what wrote the text; None where it does not say."""
    version = settings.get("version", "")[:_FACT_CHARS] or None
    if app := settings.get("app"):
        return app[:_FACT_CHARS], version
    if version is not None:
        name = next((name for pattern, name in _VERSIONS if pattern.search(version)), None)
        if name == "Automatic1111" and _SDNEXT & settings.keys():
            name = "SD.Next"
        return name or (version.split() or [version])[0], version
    if "civitai resources" in settings or "civitai metadata" in settings:
        return "Civitai", None
    names = list(settings)
    if "clip skip" in names and names[names.index("clip skip") - 1] == "seed" and _before(names, "model", "model hash"):
        # The order of the saving nodes made for ComfyUI; A1111 puts the size after the seed and the hash before the model.
        return "ComfyUI", None
    if settings.get("model", "").lower().endswith(_FILE_ENDINGS) or "cfg scale" not in settings:
        # A1111 names models without their file's ending, and always writes the scale.
        return None, None
    # The web UI wrote no version before 1.3.
    return "Automatic1111", None


def _before(names: list[str], first: str, second: str) -> bool:
    return first in names and second in names and names.index(first) < names.index(second)


def _made_how(settings: Mapping[str, str]) -> tuple[Supports, str]:
    names = settings.keys()
    operations = settings.get("operations", "").lower()
    if names & _INPAINTING or "inpaint" in operations:
        return Supports.AI_EDITED, "part of an input image was replaced (inpainting)"
    if names & _FROM_IMAGE or "img2img" in operations:
        return Supports.AI_EDITED, "an input image was used (image to image)"
    second_pass = any(_SECOND_PASS.match(name) for name in names) or "txt2img" in operations
    if not second_pass and _positive(settings.get("denoising strength")):
        return Supports.AI_EDITED, "an input image was used (image to image)"
    return Supports.GENERATED, "text to image"


def _positive(value: str | None) -> bool:
    """Whether a denoising strength is above 0: requests over the web UI's API write 0 where there was no input image."""
    if value is None:
        return False
    try:
        return float(value) != 0
    except ValueError:
        return True


def _details(found: Parameters, generator: str | None, version: str | None) -> dict[str, JsonValue]:
    settings = found.settings
    details: dict[str, JsonValue] = {"settings": dict(settings)}
    if not found.complete:
        details["settings_cut"] = f"only the first {SETTINGS_MAX} settings were read"
    named = {
        "generator": generator, "generator_version": version, "model": settings.get("model"), "model_hash": settings.get("model hash"),
        "seed": settings.get("seed"), "sampler": settings.get("sampler"), "prompt": found.prompt, "negative_prompt": found.negative_prompt,
    }  # fmt: skip
    details.update({name: value for name, value in named.items() if value})
    resources = _resources(settings.get("civitai resources", ""))
    checkpoint = next((one.get("modelName") for one in resources if one.get("type") in {"checkpoint", "model"}), None)
    if "model" not in details and (named_there := text_of(checkpoint)):
        details["model"] = named_there
    loras = dict.fromkeys(_LORA.findall(found.prompt)) | dict(_hashes(settings.get("lora hashes", "")))
    listed = listed_loras(
        [*loras.items(), *((one.get("modelName"), None) for one in resources if one.get("type") == "lora")]
    )
    variant = next(
        (name for pattern, name in _VARIANTS if generator == "Forge" and pattern.search(version or "")), None
    )
    lists: dict[str, JsonValue] = {
        "loras": listed,
        "embeddings": listed_loras(_hashes(settings.get("ti hashes", ""))),
        "resources": list[JsonValue](resources),
        "variant": variant,
    }
    details.update({name: value for name, value in lists.items() if value})
    return details


def _hashes(text: str) -> Iterator[tuple[str, str]]:
    """Names and hashes of "Lora hashes" and "TI hashes": `one: 0123456789ab, two: ...`."""
    for item in text.split(",", LISTED):
        name, _, digest = item.rpartition(":")
        if name.strip() and _DIGEST.fullmatch(digest.strip()):
            yield name.strip(), digest.strip().lower()


def _resources(text: str) -> list[dict[str, Any]]:
    """The models of Civitai's catalogue that its generator names."""
    value = parsed_json(text)
    return [one for one in value[:LISTED] if isinstance(one, dict)] if isinstance(value, list) else []
