"""Names that real manifests use, put together."""

from __future__ import annotations

from typing import Any

import pytest

from safelight.model import MediaKind
from safelight.origin.generators import Named, name_generator, names_a_model, software_of
from safelight.origin.manifests import Action, Certificate, Manifest, Program

GOOGLE = "Google Gemini, Veo or another Google model (Google Generative AI)"


@pytest.mark.parametrize(
    ("signer", "program", "agent", "description", "name"),
    [
        ("OpenAI", "ChatGPT", "GPT-4o", "", "OpenAI ChatGPT (GPT-4o)"),
        ("OpenAI OpCo, LLC", "Sora", "Sora", "", "OpenAI Sora"),
        ("Adobe Inc.", "Adobe_Firefly", "Adobe Firefly", "", "Adobe Firefly"),
        ("Adobe Inc.", "Adobe Photoshop", "Adobe Firefly", "", "Adobe Photoshop generative fill or another Firefly tool (Adobe Firefly)"),
        ("Black Forest Labs Inc.", "Black Forest Labs API", "Flux.2", "", "Black Forest Labs FLUX.2"),
        ("Google LLC", "Google C2PA Core Generator Library", "", "Created by Google Generative AI.", GOOGLE),
        ("Microsoft Corporation", "Microsoft_Responsible_AI", "Bing Image Creator", "", "Microsoft Bing Image Creator"),
        ("Samsung Galaxy", "Galaxy S25", "Photo assist", "", "Samsung Galaxy AI (Photo assist)"),
        ("Amazon Web Services, Inc.", "c2pa-rs", "Titan Image Generator", "", "Amazon Web Services Titan Image Generator"),
        ("Samsung Galaxy", "Galaxy S26 Ultra", "Drawing assist", "", "Samsung Galaxy AI (Drawing assist)"),
        ("OpenAI OpCo, LLC", "OpenAI-API", "DALL·E", "", "OpenAI DALL·E"),
        ("OpenAI", "OpenAI-API", "OpenAI-API", "", "OpenAI-API"),
        ("OpenAI", "ChatGPT", "DALL·E", "", "OpenAI ChatGPT (DALL·E)"),
        ("OpenAI", "DALL·E", "DALL·E", "", "OpenAI DALL·E"),
        ("Adobe Inc.", "Adobe Photoshop (Beta)", "Adobe Firefly", "", "Adobe Photoshop generative fill or another Firefly tool (Adobe Firefly)"),
        ("Adobe Inc.", "Adobe Photoshop", "Gemini 2.5 Flash Image", "", "Adobe Photoshop (Gemini 2.5 Flash Image)"),
        ("Adobe Inc.", "Adobe_Express", "Adobe Firefly", "", "Adobe Express (Adobe Firefly)"),
        ("Adobe Inc.", "Adobe_Firefly", "Adobe Firefly Image 5", "", "Adobe Firefly Image 5"),
        ("Black Forest Labs Inc.", "Black Forest Labs API", "FLUX.1 Kontext [pro]", "", "Black Forest Labs FLUX.1 Kontext [pro]"),
        ("Black Forest Labs Inc.", "Black Forest Labs API", "FLUX1.1 [pro]", "", "Black Forest Labs FLUX1.1 [pro]"),
        ("House Ltd", "c2patool", "", "Made by hand.", "House"),
        ("", "c2pa-rs", "", "", ""),
    ],
)  # fmt: skip
def test_names(signer: str, program: str, agent: str, description: str, name: str) -> None:
    action = Action("c2pa.created", agent=Program(agent), description=description)
    manifest = Manifest(
        "a", programs=(Program(program, "1"),), actions=(action,), signer=Certificate(organisation=signer)
    )
    assert name_generator(manifest, action).generator == (name or None)


@pytest.mark.parametrize(
    ("kind", "models"),
    [
        (MediaKind.IMAGE, "Gemini"),
        (MediaKind.VIDEO, "Veo"),
        (MediaKind.AUDIO, "Lyria"),
        (MediaKind.OTHER, "Gemini, Veo"),
    ],
)
def test_google_names_no_model_so_that_the_kind_of_file_leaves_several(kind: MediaKind, models: str) -> None:
    action = Action("c2pa.created", description="Created by Google Generative AI.")
    library = Program("Google C2PA Core Generator Library", "1")
    manifest = Manifest("a", programs=(library,), actions=(action,), signer=Certificate(organisation="Google LLC"))
    named = name_generator(manifest, action, kind)
    assert named.generator == f"Google {models} or another Google model (Google Generative AI)"
    assert named.model is None


def test_a_certificate_made_on_the_spot_names_only_itself() -> None:
    signer = Certificate(
        organisation="Self-signed ephemeral certificate",
        common_name="xAI Grok Imagine",
        issuer_common_name="c2pa-ephemeral-ca.local",
    )
    action = Action("c2pa.created", agent=Program("Grok Imagine"))
    assert (
        name_generator(Manifest("a", programs=(Program("c2pa-rs", "1"),), signer=signer), action).generator
        == "xAI Grok Imagine"
    )


def test_model_version_and_prompt() -> None:
    stated: dict[str, Any] = {"c2pa.ai_generated_content": {"model": "Flux.2", "prompt": "a hill"}}
    action = Action("c2pa.created", agent=Program("Adobe Firefly"), parameters={"com.adobe.firefly.version": "5\n"})
    named = name_generator(Manifest("a", programs=(Program("X", "9"),), assertions=stated), action)
    assert (named.model, named.prompt, named.version) == ("Flux.2", "a hill", "5\\x0a")
    placeholder: dict[str, Any] = {"c2pa.ai_generated_content": {"prompt": "AI generated image"}}
    assert name_generator(Manifest("a", assertions=placeholder), action).prompt is None
    plain = name_generator(Manifest("a", programs=(Program("X", "9"),)), Action("c2pa.edited", agent=Program("Brush")))
    assert (plain.model, plain.prompt, plain.version) == (None, None, "9")
    assert plain.operation is None
    asked = Action("c2pa.created", parameters={"com.adobe.firefly.operation": "text_to_image"})
    assert name_generator(Manifest("a"), asked).operation == "text_to_image"
    odd: dict[str, Any] = {"c2pa.ai_generated_content": {"model": 3, "prompt": ["a"]}}
    assert name_generator(Manifest("a", assertions=odd), None) == Named()


def test_libraries_are_no_software() -> None:
    manifest = Manifest("a", programs=(Program("c2pa-rs", "1"), Program("Toy Paint", "2")))
    assert software_of(manifest) == Program("Toy Paint", "2")
    assert software_of(Manifest("a", programs=(Program("adobe_c2pa", "1"),))) == Program()


def test_names_of_models() -> None:
    for name in (
        "Bing Image Creator",
        "Image Creator from Designer",
        "DALL·E",
        "dall-e 3",
        "AI Generated Image",
        "FLUX.1",
        "Midjourney",
    ):
        assert names_a_model(name), name
    for name in ("Adobe Photoshop", "Pixel Camera", "Soraya's camera", "Influx 3", "GIMP", "Fluxbox", ""):
        assert not names_a_model(name), name
