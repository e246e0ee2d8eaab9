"""AUTOMATIC1111's web UI and its relatives, by the "parameters" text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Basis, Finding, JsonValue, Strength, Supports
from safelight.origin.parameters import Parameters, parse_parameters
from safelight.origin.texts import carried_texts

__all__ = ["A1111Reader"]

_LORA: Final = re.compile(r"<lora:([^:>]{1,200})(?::[^>]{0,40})?>")
_HASHED: Final = re.compile(r"([^:,]{1,200}):\s*([0-9a-fA-F]{6,64})")

# What the Version setting of each relative looks like, most special first.
_VERSIONS: Final = (
    (re.compile(r"^ComfyUI"), "ComfyUI"),
    (re.compile(r"^Fooocus\b"), "Fooocus"),
    (re.compile(r"^stable-diffusion\.cpp", re.IGNORECASE), "stable-diffusion.cpp"),
    (re.compile(r"^f\d.*RC-latest"), "reForge"),
    (re.compile(r"^(?:f\d|neo\b|classic\b)"), "Forge"),
    (re.compile(r"^v?\d+\.\d+"), "Automatic1111"),
    (re.compile(r"^[0-9a-f]{7,40}$"), "Automatic1111"),
)

_INPAINTING: Final = frozenset({"mask blur", "inpaint area", "masked area padding", "masked content"})
_HIRES: Final = frozenset({"hires upscale", "hires upscaler", "hires steps", "hires resize", "hires resize-1"})
_KEYS: Final = frozenset({"parameters", "usercomment", "comment", "description", "imagedescription", "prompt", ""})


class A1111Reader:
    """Reads the "parameters" text wherever it lies."""

    name: ClassVar[str] = "a1111"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "the parameters text of AUTOMATIC1111's web UI, Forge, reForge, SD.Next, Fooocus, stable-diffusion.cpp and others"
    )
    silence_means: ClassVar[str] = "no such text is there; saving again, uploading or a screenshot removes it"
    cost: ClassVar[str] = "well under 1 ms a file: texts that the metadata pass has found"
    source: ClassVar[str] = (
        "public behaviour of AUTOMATIC1111/stable-diffusion-webui, lllyasviel/stable-diffusion-webui-forge, vladmandic/sdnext"
    )
    checked_on: ClassVar[str] = (
        "see benchmarks/carriers.py: files of A1111, Forge, reForge and SD.Next as PNG, JPEG and WebP"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for each different parameters text."""
        seen: set[str] = set()
        for key, text, where in carried_texts(content):
            if key.lower() not in _KEYS or "Steps:" not in text or text in seen:
                continue
            seen.add(text)
            parameters = parse_parameters(text)
            if parameters is not None:
                yield self._finding(parameters, where)

    def _finding(self, found: Parameters, where: str) -> Finding:
        settings = found.settings
        generator, version = _generator(settings)
        supports, how = _made_how(settings)
        said = generator or "a generator that does not name itself"
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"Generation parameters as {said} writes them: {how}.",
            where=where,
            supports=supports,
            basis=Basis.DECLARED,
            strength=Strength.STRONG,
            could_be_faked_by="writing the text into any file, which takes seconds and no special tool",
            does_not_show="That this very file came from that program: the text can be copied, and the picture changed afterwards.",
            details=_details(found, generator, version),
        )


def _generator(settings: dict[str, str]) -> tuple[str | None, str | None]:
    version = settings.get("version") or None
    if app := settings.get("app"):
        return app, version
    if version is None:
        # The first versions wrote none. A model named with its file's extension is a habit of other programs.
        return (
            None if settings.get("model", "").endswith((".safetensors", ".ckpt", ".gguf")) else "Automatic1111"
        ), None
    name = next((name for pattern, name in _VERSIONS if pattern.search(version)), None)
    return name or version.split()[0][:60], version


def _made_how(settings: dict[str, str]) -> tuple[Supports, str]:
    names = set(settings)
    if names & _INPAINTING:
        return Supports.AI_EDITED, "part of an input image was replaced (inpainting)"
    operations = settings.get("operations", "").lower()
    if "img2img" in operations or (
        "denoising strength" in names and not names & _HIRES and "txt2img" not in operations
    ):
        return Supports.AI_EDITED, "an input image was used (image to image)"
    return Supports.GENERATED, "text to image"


def _details(found: Parameters, generator: str | None, version: str | None) -> dict[str, JsonValue]:
    settings = found.settings
    details: dict[str, JsonValue] = {"settings": dict(settings)}
    named = {
        "generator": generator, "generator_version": version, "model": settings.get("model"), "model_hash": settings.get("model hash"),
        "seed": settings.get("seed"), "sampler": settings.get("sampler"), "prompt": found.prompt, "negative_prompt": found.negative_prompt,
    }  # fmt: skip
    details.update({name: value for name, value in named.items() if value})
    loras: dict[str, str | None] = dict.fromkeys(_LORA.findall(found.prompt))
    for name, digest in _HASHED.findall(settings.get("lora hashes", "")):
        loras[name.strip()] = digest.lower()
    if loras:
        details["loras"] = [{"name": name, "hash": digest} for name, digest in loras.items()]
    return details
