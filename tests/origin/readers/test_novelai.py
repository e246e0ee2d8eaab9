"""NovelAI's Comment and signature, on files signed on the spot with a key of the tests' own."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from numpy.typing import NDArray
from tests.origin.carriers import content, looked, png_texts
from tests.origin.dialects import DIALECTS, NEGATIVE, PROMPT, SEED, drawn, hidden, json_jpeg, novelai_comment, saved

from safelight.decode.content import Content, NotHeldError
from safelight.decode.limits import Limits
from safelight.model import Basis, Finding, Opinion, Outcome, Strength, Supports
from safelight.origin.opinion import weigh
from safelight.origin.readers.novelai import PUBLIC_KEY, NovelAiReader

SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
READER = NovelAiReader(SECRET.public_key().public_bytes_raw())
TEXTS = {"Software": "NovelAI", "Source": "NovelAI Diffusion V4.5 4BDE2A90", "Description": PROMPT}


def signed(pixels: NDArray[np.uint8], secret: Ed25519PrivateKey = SECRET, **changed: Any) -> str:
    """A Comment with the signature that its form asks for, written by hand from the published description."""
    comment = novelai_comment(**changed)
    rows = b"".join(bytes(pixel[:3]) for row in pixels.tolist() for pixel in row)
    comment["signed_hash"] = base64.b64encode(secret.sign(rows + json.dumps(comment).encode())).decode()
    return json.dumps(comment)


def by_basis(findings: list[Finding]) -> dict[Basis | None, Finding]:
    return {finding.basis: finding for finding in findings}


def test_the_key_is_one() -> None:
    assert len(PUBLIC_KEY) == 32
    Ed25519PublicKey.from_public_bytes(PUBLIC_KEY)


@pytest.mark.parametrize("channels", [3, 4])
def test_a_valid_signature_covers_pixels_and_comment_only(channels: int) -> None:
    pixels = drawn(channels)
    found = by_basis(looked(READER, saved(pixels, TEXTS | {"Comment": signed(pixels)})))
    seal = found[Basis.SIGNED]
    assert (seal.supports, seal.strength, seal.details["signature"]) == (
        Supports.GENERATED,
        Strength.VERY_STRONG,
        "valid",
    )
    assert (seal.details["seed"], seal.details["prompt"], seal.details["negative_prompt"]) == (
        str(SEED),
        PROMPT,
        NEGATIVE,
    )
    assert "model" not in seal.details
    assert found[Basis.DECLARED].details["model"] == TEXTS["Source"]
    opinion = weigh(list(found.values()))
    assert (opinion.opinion, opinion.generator, opinion.model) == (Opinion.GENERATED, "NovelAI", TEXTS["Source"])
    assert opinion.basis[0] is Basis.SIGNED


def test_alpha_and_other_texts_are_not_covered() -> None:
    pixels = drawn()
    text = signed(pixels)
    pixels[:, :, 3] = 17
    found = by_basis(looked(READER, saved(pixels, TEXTS | {"Comment": text, "Description": "another"})))
    assert Basis.SIGNED in found


@pytest.mark.parametrize("what", ["pixel", "seed", "order", "key", "length", "letters", "kind"])
def test_any_change_breaks_it(what: str) -> None:
    pixels = drawn()
    text = signed(pixels, SECRET if what != "key" else Ed25519PrivateKey.from_private_bytes(bytes(32)))
    comment = json.loads(text)
    match what:
        case "pixel":
            pixels[5, 5, 1] ^= 1
        case "seed":
            comment["seed"] += 1
        case "order":
            comment = dict(sorted(comment.items()))
        case "length":
            comment["signed_hash"] = comment["signed_hash"][:20]
        case "letters":
            comment["signed_hash"] = "no base64!"
        case "kind":
            comment["signed_hash"] = comment["signed_hash"][::-1]
    findings = looked(READER, saved(pixels, TEXTS | {"Comment": json.dumps(comment)}))
    found = by_basis(findings)
    assert set(found) == {Basis.DECLARED, None}
    assert (found[Basis.DECLARED].strength, found[None].details) == (
        Strength.MODERATELY_STRONG,
        {"signature": "does not fit"},
    )


def test_another_key_than_novelais_does_not_fit_by_default() -> None:
    pixels = drawn()
    data = saved(pixels, TEXTS | {"Comment": signed(pixels)})
    assert Basis.SIGNED not in by_basis(looked(NovelAiReader(), data))


def test_hidden_in_alpha_and_beside_it() -> None:
    pixels = drawn().repeat(3, 0).repeat(3, 1)
    text = signed(pixels)
    secret = hidden(pixels, json.dumps(TEXTS | {"Comment": text}))
    found = by_basis(looked(READER, saved(secret)))
    assert found[Basis.SIGNED].where.startswith("lowest bits of alpha")
    assert len(looked(READER, saved(secret, TEXTS | {"Comment": text}))) == 2
    other = looked(READER, saved(secret, TEXTS | {"Comment": json.dumps(novelai_comment(seed=5))}))
    assert [finding.details["seed"] for finding in other] == ["5", str(SEED), str(SEED)]
    webp = by_basis(looked(READER, saved(secret, kind="WEBP", lossless=True, exact=True)))
    assert Basis.SIGNED in webp


def test_what_cannot_be_checked_is_told() -> None:
    pixels = drawn()
    data = saved(pixels, TEXTS | {"Comment": signed(pixels)})
    # The examiner records this as "did not run".
    with pytest.raises(NotHeldError):
        list(READER.read(Content(data, len(data) + 1, Limits())))
    palette = png_texts(**TEXTS, Comment=signed(pixels))
    assert all(finding.basis is not Basis.SIGNED for finding in READER.read(content(palette)))
    jpeg = looked(READER, json_jpeg({"Comment": signed(pixels)}, Software=TEXTS["Source"]))
    assert [finding.outcome for finding in jpeg] == [Outcome.FOUND, Outcome.COULD_NOT_LOOK]


@pytest.mark.parametrize(
    ("kind", "supports"),
    [
        ("PromptGenerateRequest", Supports.GENERATED), ("Img2ImgRequest", Supports.AI_EDITED), ("NativeInfillingRequest", Supports.AI_EDITED),
        ("VibeTransfer+PromptGenerateRequest", Supports.GENERATED), ("VibeTransfer+Img2ImgRequest", Supports.AI_EDITED),
        ("SomethingNew", Supports.AI_EDITED),
    ],
)  # fmt: skip
def test_the_request_says_how(kind: str, supports: Supports) -> None:
    pixels = drawn()
    found = looked(READER, saved(pixels, TEXTS | {"Comment": signed(pixels, request_type=kind)}))
    assert [finding.supports for finding in found] == [supports, supports]


def test_characters_of_the_fourth_version_and_the_prompt_of_the_first() -> None:
    (finding,) = looked(READER, DIALECTS["novelai png"])
    assert (finding.details["character_prompts"], finding.details["model_hash"]) == (["a tree"], "4BDE2A90")
    old = {
        "steps": 28,
        "sampler": "k_euler_ancestral",
        "seed": 7,
        "strength": 0.69,
        "noise": 0.667,
        "scale": 11.0,
        "uc": "dull",
    }
    (first,) = looked(READER, png_texts(Software="NovelAI", Description="a hill", Comment=json.dumps(old)))
    assert (first.details["prompt"], first.details["seed"], first.supports) == ("a hill", "7", Supports.GENERATED)


def test_a_name_without_a_comment_is_worth_less() -> None:
    (finding,) = looked(READER, png_texts(Software="NovelAI", Description="a hill"))
    assert (finding.strength, finding.details["prompt"]) == (Strength.MODERATELY_STRONG, "a hill")
