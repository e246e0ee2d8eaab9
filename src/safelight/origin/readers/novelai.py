"""NovelAI: the Comment that it writes into text chunks, EXIF and the lowest bits of alpha, and the signature within it.

`signed_hash` is an Ed25519 signature over the bytes of red, green and blue, row by row, and the Comment's JSON without that key. It covers
nothing else: neither the other texts (description, model) nor alpha. Source of the form and of the public key: NovelAI/novelai-image-metadata.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, ClassVar, Final, NamedTuple

from safelight.decode.content import Content
from safelight.decode.metadata import BlockKind
from safelight.decode.stored import stored_pixels
from safelight.model import Basis, Finding, JsonValue, Outcome, Strength, Supports
from safelight.origin.statements import (
    CHANGED,
    FROM_TEXT,
    LISTED,
    REPLACED,
    How,
    facts,
    not_read,
    seed_of,
    stated,
    text_of,
)
from safelight.origin.stealth import SIGNATURES
from safelight.origin.texts import JSON_CHARS, CarriedText, carried_texts, parsed_json

__all__ = ["PUBLIC_KEY", "NovelAiReader"]

PUBLIC_KEY: Final = base64.b64decode("Y2JcQAOhLwzwSDUJPNgL04nS0Tbqm7cSRc4xk0vRMic=")
"""NovelAI's Ed25519 key, as its public repository gives it."""

_NAME: Final = "NovelAI"
_MARKS: Final = ("signed_hash", "v4_prompt", "request_type", "uc", "noise_schedule", "uncond_scale")
_KINDS: Final = {"PromptGenerateRequest": FROM_TEXT, "Img2ImgRequest": CHANGED, "NativeInfillingRequest": REPLACED}
_KEYS: Final = ("title", "description", "software", "source", "comment")
_EXIF_KEYS: Final = {"usercomment": "comment", "imagedescription": "description", "software": "source"}


class _Text(NamedTuple):
    """What one carrier says: the texts by the names that PNG gives them, and where the Comment lies."""

    texts: dict[str, str]
    where: str

    @property
    def names_itself(self) -> bool:
        return any(self.texts.get(key, "").startswith(_NAME) for key in ("software", "source", "title"))


class NovelAiReader:
    """Reads the Comment of each carrier once and checks its signature against the pixels."""

    name: ClassVar[str] = "novelai"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "the Comment of NovelAI in PNG text, WebP EXIF or the lowest bits of alpha, and NovelAI's signature over it and the pixels"
    )
    silence_means: ClassVar[str] = "no such text is there; saving again as JPEG, uploading or a screenshot removes it"
    cost: ClassVar[str] = "about 0.02 ms a file; where a signature is there, the decoding of the whole picture"
    source: ClassVar[str] = "NovelAI/novelai-image-metadata (form, key); public behaviour of NovelAI since 2022"
    checked_on: ClassVar[str] = (
        "6 files (1 real, 5 transplanted into drawn pixels): 6 read, 4 of 4 seeds right, and the signatures of the transplanted ones refused; a "
        "valid signature only on files signed in the tests with a key of their own"
    )
    where: ClassVar[str] = "PNG text, EXIF of WebP, stealth pnginfo in alpha"
    keys: ClassVar[str] = (
        "Title, Description, Software, Source, Comment; in Comment: seed, sampler, uc, v4_prompt, request_type, signed_hash"
    )
    weighs: ClassVar[str] = (
        "signed: very strong where the signature fits these pixels and this text; else declared: strong, and moderately strong where NovelAI is "
        "not named, nothing but the name is there, or the signature does not fit"
    )
    survives: ClassVar[str] = (
        "copying and mailing; the text in alpha also a program that drops text chunks and saves without loss; the signature no change of a "
        "pixel; nothing survives JPEG, scaling or a screenshot"
    )
    faked_by: ClassVar[str] = (
        "writing the text into any file; the signature: NovelAI's secret key, or having the service process a picture that is not its own"
    )

    def __init__(self, public_key: bytes = PUBLIC_KEY) -> None:
        """Checks signatures against `public_key`, 32 bytes."""
        self._key = public_key

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields for each different Comment what it states, and what came of its signature."""
        seen: set[str] = set()
        for said in _carried(content):
            text = said.texts.get("comment", "")
            if text in seen:
                continue
            seen.add(text)
            if len(text) > JSON_CHARS:
                yield not_read(self, said.where)
                continue
            comment = parsed_json(text)
            if isinstance(comment, dict) and "Comment" in comment:
                comment = parsed_json(text_of(comment["Comment"]) or "")
            known = comment if isinstance(comment, dict) and _is_comment(comment) else {}
            if said.names_itself or "signed_hash" in known or "v4_prompt" in known:
                yield from self._findings(content, said, known)

    def _findings(self, content: Content, said: _Text, comment: dict[str, Any]) -> Iterator[Finding]:
        how = _how(comment)
        signed = text_of(comment.get("signed_hash"))
        valid = self._check(content, said.texts["comment"]) if signed else None
        details = facts(
            model=said.texts.get("source"), model_hash=_last_word(said.texts.get("source")),
            prompt=text_of(comment.get("prompt")) or said.texts.get("description"),
        )  # fmt: skip
        strength = Strength.STRONG if said.names_itself and comment else Strength.MODERATELY_STRONG
        if valid is False:
            strength = Strength.MODERATELY_STRONG
        unsaid = "" if "request_type" in comment else "Whether an input image was used: this version does not say."
        yield stated(self, _NAME, how, said.where, _facts(comment) | details, strength=strength, unsaid=unsaid)
        if valid:
            yield self._signed(said.where, how, comment)
        elif valid is False:
            yield self._refused(said.where)
        elif signed:
            yield self._unchecked(said.where)

    def _signed(self, where: str, how: How, comment: dict[str, Any]) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"NovelAI's signature over the pixels and the generation parameters is valid: {how.words}.",
            where=where,
            supports=how.supports,
            basis=Basis.SIGNED,
            strength=Strength.VERY_STRONG,
            could_be_faked_by="NovelAI's secret key, or having NovelAI's service process the picture",
            does_not_show="Anything about what is not signed: the description, the name of the model, alpha and every other text.",
            details=facts(generator=_NAME, signature="valid") | _facts(comment),
        )

    def _refused(self, where: str) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            what="NovelAI's signature does not fit these pixels and this text.",
            where=where,
            does_not_show="Whether the pixels or the text were changed after signing, or the text was made for another picture, or with another key.",
            details={"signature": "does not fit"},
        )

    def _unchecked(self, where: str) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            outcome=Outcome.COULD_NOT_LOOK,
            what="NovelAI's signature was not checked: the pixels cannot be had as they were signed.",
            where=where,
            does_not_show="Whether the signature is valid.",
        )

    def _check(self, content: Content, text: str) -> bool | None:
        """Whether the signature is valid; None where it cannot be checked."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        pixels = stored_pixels(content) if content.complete else None
        if pixels is None:
            return None
        try:
            # What was signed is the text as Python's own writer puts it, in the order of the keys as they stand.
            comment = json.loads(text)
            if "Comment" in comment:
                comment = json.loads(comment["Comment"])
            signature = base64.b64decode(comment.pop("signed_hash"), validate=True)
            signed = pixels[:, :, :3].tobytes() + json.dumps(comment).encode()
            Ed25519PublicKey.from_public_bytes(self._key).verify(signature, signed)
        except (InvalidSignature, ValueError, TypeError, RecursionError):
            return False
        return True


def _carried(content: Content) -> Iterator[_Text]:
    """What text chunks say together, then each EXIF, then the text in the pixels."""
    chunks: dict[str, CarriedText] = {}
    for key, text, block in content.metadata.texts():
        if block.kind is BlockKind.TEXT and key.lower() in _KEYS:
            chunks.setdefault(key.lower(), CarriedText(key, text, block.where))
    if chunks:
        where = chunks.get("comment", next(iter(chunks.values()))).where
        yield _Text({key: item.text.strip("\0 \t\r\n") for key, item in chunks.items()}, where)
    exif: dict[str, CarriedText] = {}
    for item in carried_texts(content):
        if item.key.lower() in _EXIF_KEYS and item.where.endswith(f", {item.key}"):
            exif.setdefault(_EXIF_KEYS[item.key.lower()], item)
        elif item.key in SIGNATURES and isinstance(value := parsed_json(item.text), dict):
            texts = {key.lower(): held for key, one in value.items() if key.lower() in _KEYS and (held := text_of(one))}
            yield _Text(texts, item.where)
    if "comment" in exif:
        yield _Text({key: item.text.strip("\0 ") for key, item in exif.items()}, exif["comment"].where)


def _is_comment(comment: dict[str, Any]) -> bool:
    return {"steps", "sampler", "seed"} <= comment.keys() and any(mark in comment for mark in _MARKS)


def _how(comment: dict[str, Any]) -> How:
    kind = text_of(comment.get("request_type"))
    if kind is None:
        return FROM_TEXT
    # Reference pictures are put before it, with a plus sign.
    last = kind.rpartition("+")[2]
    return _KINDS.get(last) or How(Supports.AI_EDITED, f"a request of the kind {kind[:80]}")


def _facts(comment: dict[str, Any]) -> dict[str, JsonValue]:
    return facts(
        seed=seed_of(comment.get("seed")), sampler=text_of(comment.get("sampler")), prompt=text_of(comment.get("prompt")),
        negative_prompt=text_of(comment.get("uc")), generation_mode=text_of(comment.get("request_type")),
        character_prompts=_characters(comment.get("v4_prompt")),
    )  # fmt: skip


def _characters(value: Any) -> list[JsonValue]:
    caption = value.get("caption") if isinstance(value, dict) else None
    listed = caption.get("char_captions") if isinstance(caption, dict) else None
    texts = (
        [text_of(one.get("char_caption")) for one in listed[:LISTED] if isinstance(one, dict)]
        if isinstance(listed, list)
        else []
    )
    return [text for text in texts if text]


def _last_word(source: str | None) -> str | None:
    """The hash at the end of the model's name: `NovelAI Diffusion V4.5 4BDE2A90`."""
    word = (source or "").rpartition(" ")[2]
    return word if len(word) == 8 and set(word) <= set("0123456789ABCDEF") else None
