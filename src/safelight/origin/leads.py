"""Leads: which values of a finding tie its file to other files, to a machine or to a person.

In: one finding. Out: its leads, from the keys that readers share in `Finding.details`. Nothing here weighs anything: a lead says nothing on
origin, everybody can write one into a file, and a public model links nobody.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final

from safelight.model import Finding, Lead, LeadKind, Outcome
from safelight.origin.texts import parsed_json

__all__ = ["LEADS_MAX", "comparable", "lead_key", "leads_of"]

LEADS_MAX: Final = 500
"""Leads that one finding gives at most; texts of evidence can list names without end."""

_VALUE_CHARS: Final = 1_000
_PROMPT_CHARS: Final = 1 << 16
_ITEMS: Final = 200

_KINDS: Final[dict[str, LeadKind]] = {
    "model": LeadKind.MODEL,
    "refiner_model": LeadKind.MODEL,
    "model_hash": LeadKind.MODEL_HASH,
    "input_images": LeadKind.INPUT_IMAGE,
    "input_image_hash": LeadKind.INPUT_IMAGE,
    "user": LeadKind.USER,
    "service_user": LeadKind.USER,
    "authors": LeadKind.USER,
    "prompt_writer": LeadKind.USER,
    "host_paths": LeadKind.HOST_PATH,
    "original_path": LeadKind.HOST_PATH,
    "captured_with": LeadKind.DEVICE,
    "devices": LeadKind.DEVICE,
    "software": LeadKind.SOFTWARE,
    "generator": LeadKind.GENERATOR,
    "job_id": LeadKind.JOB_ID,
    "image_id": LeadKind.JOB_ID,
    "produce_id": LeadKind.JOB_ID,
    "propagate_id": LeadKind.JOB_ID,
    "content_id": LeadKind.JOB_ID,
    "hosted_nodes": LeadKind.API_NODE,
    "content_producer": LeadKind.PRODUCER_CODE,
    "content_propagator": LeadKind.PRODUCER_CODE,
    "workflow": LeadKind.WORKFLOW,
    "seed": LeadKind.SEED,
    "seeds": LeadKind.SEED,
    "prompt": LeadKind.PROMPT,
    "full_prompt": LeadKind.PROMPT,
    "character_prompts": LeadKind.PROMPT,
    "negative_prompt": LeadKind.NEGATIVE_PROMPT,
}
"""What the texts under these keys of `Finding.details` are, single ones or lists of them."""

_NAMED: Final = {
    "loras": (LeadKind.LORA, LeadKind.LORA_HASH),
    "embeddings": (LeadKind.EMBEDDING, LeadKind.EMBEDDING_HASH),
}
_PARTS: Final = {"model": LeadKind.MODEL_HASH, "lora": LeadKind.LORA_HASH, "embed": LeadKind.EMBEDDING_HASH}
_NUMBERS: Final = ("air", "modelVersionId", "modelFileId", "modelId")
_HASHES: Final = frozenset({LeadKind.MODEL_HASH, LeadKind.LORA_HASH, LeadKind.EMBEDDING_HASH})
_FILES: Final = frozenset({LeadKind.MODEL, LeadKind.LORA, LeadKind.EMBEDDING, LeadKind.INPUT_IMAGE})
_LORA: Final = re.compile(r"<(?:lora|lyco):([^:<>\n]{1,200})[:>]")
_EMBEDDING: Final = re.compile(r"(?:^|(?<=[\s,(]))embedding:([^\s,():]{1,200})")
_ENDING: Final = re.compile(r"\.(?:safetensors|sft|ckpt|pt|pth|bin|gguf|onnx)$")
_PREFIX: Final = re.compile(r"^(?:0x|[a-z0-9_]{1,20}:)(?=[0-9a-f])")
_AUTO_V2: Final = 10


def leads_of(finding: Finding, sha256: str) -> list[Lead]:
    """The leads of a finding, each different value once, in the order of its details; none of a finding that could not look.

    Args:
        finding: Of any reader, plug-ins included. `sha256`: the media that it is on.
    """
    if finding.outcome is not Outcome.FOUND:
        return []
    found: dict[tuple[LeadKind, str], None] = {}
    for kind, value in _values(finding.details):
        text = value.strip("\0 \t\r\n")[: _PROMPT_CHARS if kind.folded else _VALUE_CHARS]
        if text:
            found.setdefault((kind, text.lower() if kind in _HASHES else text))
        if len(found) >= LEADS_MAX:
            break
    return [
        Lead(kind=kind, value=value, sha256=sha256, reader=finding.reader, where=finding.where) for kind, value in found
    ]


def comparable(kind: LeadKind, value: str) -> str:
    """The form in which two values of one kind are the same.

    The dialects write the same thing differently: a model with or without its folder and ending, its SHA-256 whole or only the first 10
    digits (AutoV2). Names of users and files are compared without regard to capitals.
    """
    if kind in _HASHES:
        return _PREFIX.sub("", value.lower())[:_AUTO_V2]
    if kind in _FILES:
        name = re.split(r"[\\/]", value.casefold())[-1]
        name = _ENDING.sub("", name) if kind is not LeadKind.INPUT_IMAGE else name.removesuffix(" [input]")
        return name.strip() or value.casefold()
    return value.casefold() if kind is LeadKind.USER else value


def lead_key(kind: LeadKind, value: str) -> bytes:
    """16 bytes that stand for the comparable form of a value."""
    return hashlib.sha256(comparable(kind, value).encode("utf-8", "surrogatepass")).digest()[:16]


def _values(details: Mapping[str, Any]) -> Iterator[tuple[LeadKind, str]]:
    for key, value in details.items():
        if (kind := _KINDS.get(key)) is not None:
            for text in _texts(value):
                yield kind, text
                if kind.folded:
                    yield from _in_prompt(text)
        elif key in _NAMED:
            yield from _named(value, *_NAMED[key])
        elif key == "resources":
            yield from _resources(value)
        elif isinstance(value, dict):
            yield from _inner(key, value)
        elif key == "manifests":
            yield from _manifests(value)


def _texts(value: Any) -> Iterator[str]:
    for item in islice(value, _ITEMS) if isinstance(value, list) else (value,):
        if isinstance(item, str):
            yield item


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (item for item in value[:_ITEMS] if isinstance(item, dict))


def _in_prompt(text: str) -> Iterator[tuple[LeadKind, str]]:
    """LoRAs and embeddings that a prompt calls by name."""
    for kind, pattern in ((LeadKind.LORA, _LORA), (LeadKind.EMBEDDING, _EMBEDDING)):
        for match in islice(pattern.finditer(text, 0, _PROMPT_CHARS), _ITEMS):
            yield kind, match[1]


def _named(value: Any, name: LeadKind, digest: LeadKind) -> Iterator[tuple[LeadKind, str]]:
    """Names, alone or with their hashes."""
    for text in _texts(value):
        yield name, text
    for item in _dicts(value):
        for kind, said in ((name, item.get("name")), (digest, item.get("hash"))):
            if isinstance(said, str):
                yield kind, said


def _resources(value: Any) -> Iterator[tuple[LeadKind, str]]:
    """Models of a platform's catalogue, by address or by the most exact number."""
    for text in _texts(value):
        yield LeadKind.RESOURCE, text
    for item in _dicts(value):
        for key in _NUMBERS:
            number = item.get(key)
            if isinstance(number, str | int) and not isinstance(number, bool) and str(number).strip():
                yield LeadKind.RESOURCE, str(number) if key == "air" else f"{key} {number}"
                break


def _inner(key: str, value: Mapping[str, Any]) -> Iterator[tuple[LeadKind, str]]:
    if key in {"producer_code", "propagator_code"}:
        yield from ((LeadKind.PRODUCER_CODE, text) for text in _texts(value.get("code")))
    elif key == "signer":
        names = [text for name in ("organisation", "common_name") for text in _texts(value.get(name)) if text]
        if names:
            yield LeadKind.SIGNER, ", ".join(dict.fromkeys(names))
    elif key == "settings":
        yield from ((LeadKind.USER, text) for text in _texts(value.get("user")))
        yield from _hashes(value.get("hashes"))


def _hashes(text: Any) -> Iterator[tuple[LeadKind, str]]:
    """The setting "Hashes" of the A1111 family: `{"model": "...", "lora:name": "...", "embed:name": "..."}`."""
    hashes = parsed_json(text) if isinstance(text, str) else None
    for name, digest in islice(hashes.items(), _ITEMS) if isinstance(hashes, dict) else ():
        kind = _PARTS.get(str(name).partition(":")[0])
        if kind is not None and isinstance(digest, str):
            yield kind, digest


def _manifests(value: Any) -> Iterator[tuple[LeadKind, str]]:
    """Labels of manifests: a file and what was made from it name the same one."""
    for item in _dicts(value):
        yield from ((LeadKind.MANIFEST, text) for text in _texts(item.get("label")))
        for part in _dicts(item.get("ingredients")):
            yield from ((LeadKind.MANIFEST, text) for text in _texts(part.get("manifest")))
