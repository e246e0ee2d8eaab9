"""What to call the program or service behind a C2PA manifest.

Manifests name it in up to five places (claim generator, software agent of the step, description, certificate, own assertions), and some
of these name only the library that wrote the manifest. The name given here is put together from what the file says; where a service
signs for several of its models and does not say which, the name says that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from safelight.model import MediaKind, display_text
from safelight.origin.manifests import Action, Certificate, Manifest, Program

__all__ = ["Named", "name_generator", "names_a_model", "software_of"]

_TEXT_CHARS: Final = 64 << 10

# Programs whose only work is to generate, by the names under which they appear in manifests; used where no digital source type is given.
_MODELS: Final = re.compile(
    r"\b(?:adobe[ _]firefly|bing image creator|image creator from (?:microsoft )?designer|image creator from bing|dall[·\-. ]?e|chatgpt|gpt-4o|"
    r"gpt-image|azure openai imagegen|openai|sora|midjourney|stable diffusion|stable image|sdxl|imagen|google generative ai|gemini|grok|"
    r"flux(?:[.\- ]\d[\w.]*)?|amazon (?:titan|nova)|titan image|nova canvas|ideogram|leonardo\.?ai|recraft|kling|veo|ai[- ]generated)\b",
    re.IGNORECASE,
)
# Names of libraries and tools that only write the manifest.
_WRITERS: Final = re.compile(
    r"^(?:c2pa(?:[-_. ](?:rs|python|node|js|web|tool|cli|test)\w*)?|c2patool|adobe[ _]c2pa|org\..*|com\..*|google c2pa core generator library|"
    r"microsoft[ _]responsible[ _]ai.*|truepic lens.*|claim generator|content authenticity sdk)$",
    re.IGNORECASE,
)
_LEGAL_FORM: Final = re.compile(
    r"[,.]?\s+(?:inc|llc|ltd|limited|corp|corporation|co|company|gmbh|opco|ag|bv|b\.v|sas|s\.a|plc)\.?(?=,|$)\.?",
    re.IGNORECASE,
)
_BY: Final = re.compile(r"\b(?:by|with|using) ([A-Z][\w.&-]*(?: [A-Z][\w.&-]*){0,4})")
_VERSION_KEYS: Final = ("com.adobe.firefly.version", "firefly.version", "version", "modelVersion")
# What a service of Adobe was asked to do: `text_to_image` and others.
_OPERATION: Final = "com.adobe.firefly.operation"
# What the service of Black Forest Labs puts in the place of the prompt.
_NO_PROMPT: Final = "ai generated image"
_SERVICE: Final = re.compile(r"[\s-]+API$")


class Named(NamedTuple):
    """The names to report; None where the manifest gives none."""

    generator: str | None = None
    version: str | None = None
    model: str | None = None
    prompt: str | None = None
    operation: str | None = None


def names_a_model(text: str) -> bool:
    """Whether a text names a program whose only work is to generate pictures, or says "AI generated"."""
    return _MODELS.search(text) is not None


def name_generator(manifest: Manifest, action: Action | None, kind: MediaKind = MediaKind.OTHER) -> Named:
    """Names the program behind a step of a model.

    Args:
        manifest: The manifest that states the step. `action`: the step, when there is one.
        kind: What the file is, for services that sign for models of pictures, of video and of sound alike.
    """
    program = software_of(manifest)
    agent = action.agent if action is not None else Program()
    if _WRITERS.match(agent.name):
        agent = Program()
    vendor = _vendor(manifest.signer)
    described = _BY.search(action.description) if action is not None else None
    name = _put_together(program.name, agent.name, vendor, described.group(1).rstrip(".") if described else "")
    if _GOOGLE.fullmatch(name):
        name = f"Google {_GOOGLE_MODELS.get(kind, 'Gemini, Veo')} or another Google model (Google Generative AI)"
    stated = _mapping(manifest.assertions.get("c2pa.ai_generated_content"))
    version = next(
        (action.parameters[key] for key in _VERSION_KEYS if action is not None and key in action.parameters), None
    )
    # The step's own program beside another is the model, where it is known as one ("GPT-4o" in ChatGPT).
    own = names_a_model(agent.name) and bool(program.name) and not _same(agent.name, program.name)
    model = _said(stated.get("model")) or (agent.name if own else None)
    return Named(
        generator=name or None,
        version=_line(version) if version else agent.version or program.version or None,
        model=model,
        prompt=_prompt(stated.get("prompt"))
        or (_said(action.parameters.get("prompt")) if action is not None else None),
        operation=_line(action.parameters[_OPERATION])
        if action is not None and _OPERATION in action.parameters
        else None,
    )


def software_of(manifest: Manifest) -> Program:
    """The program that wrote a manifest; without a name when only a library is named."""
    return next((one for one in manifest.programs if not _WRITERS.match(one.name)), Program())


def _spaced(name: str) -> str:
    # The older form of claims writes blanks as underscores.
    return name if " " in name else name.replace("_", " ")


def _put_together(program: str, agent: str, vendor: str, described: str) -> str:
    program = _SERVICE.sub("", _spaced(program))
    if agent and _same(program, vendor):
        program = ""
    if not program and not agent:
        name = described if described and _shares_word(described, vendor) else vendor
    elif not program or _contains(agent, program):
        name = agent
    elif not agent or _contains(program, agent):
        name = program
    else:
        name = f"{program} ({agent})"
    if _contains(vendor, name):
        name = vendor
    elif not _shares_word(name, vendor):
        name = f"{vendor} {name}"
    for pattern, brand in _BRANDS:
        if found := pattern.match(name):
            return found.expand(brand)
    return name


# Google's manifests say "Created by Google Generative AI." of every model of the house and name none of them.
_GOOGLE: Final = re.compile(r"Google(?: Generative AI)?")
_GOOGLE_MODELS: Final = {MediaKind.IMAGE: "Gemini", MediaKind.VIDEO: "Veo", MediaKind.AUDIO: "Lyria"}

# Families whose manifests do not say which member it was, or that are known under a name that the manifest does not use.
_BRANDS: Final = (
    (
        re.compile(r"Black Forest Labs flux[ .]([12](?:\.\d)?\b.{0,40})$", re.IGNORECASE),
        r"Black Forest Labs FLUX.\1",
    ),
    # The phone's own tools: Photo assist, Drawing assist, Sketch to image and others.
    (re.compile(r"(?:Samsung )?Galaxy .{0,60}?\(([^()]{1,60})\)$", re.IGNORECASE), r"Samsung Galaxy AI (\1)"),
    (
        re.compile(r"Adobe Photoshop(?: \(?(?:beta|web|on the web)\)?)? \(Adobe Firefly\)$", re.IGNORECASE),
        "Adobe Photoshop generative fill or another Firefly tool (Adobe Firefly)",
    ),
)


def _vendor(signer: Certificate) -> str:
    """The signer's house, without its legal form; a certificate that was made on the spot names it at best as its own name."""
    name = signer.common_name if signer.self_made else signer.organisation or signer.common_name
    if "@" in name:
        return ""
    return _LEGAL_FORM.sub("", name).strip(" ,.")


def _contains(longer: str, shorter: str) -> bool:
    return _plain(shorter) in _plain(longer)


def _same(one: str, other: str) -> bool:
    return _plain(one) == _plain(other)


def _shares_word(one: str, other: str) -> bool:
    """Whether two names share their first telling word: "Adobe Firefly" and "Adobe"."""
    words = {word for word in re.findall(r"\w+", other.lower()) if len(word) > 1}
    return not words or bool(words & set(re.findall(r"\w+", one.lower())))


def _plain(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())


def _line(text: str) -> str:
    return display_text(text[:200].encode("utf-8", "surrogatepass"))


def _said(value: Any) -> str | None:
    return value[:_TEXT_CHARS] if isinstance(value, str) and value.strip() else None


def _prompt(value: Any) -> str | None:
    said = _said(value)
    return None if said is None or said.strip().lower() == _NO_PROMPT else said


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
