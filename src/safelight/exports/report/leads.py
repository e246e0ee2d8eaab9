"""The section on leads: values that files share and that tie them to each other, to a machine or to a person. Prompts are never printed."""

from __future__ import annotations

from typing import Final

from safelight.exports.report.blocks import Block, caveat, section, table, text
from safelight.exports.report.facts import LEADS_OF_A_KIND, Facts
from safelight.exports.report.text import count_text, shown
from safelight.model import LeadKind

__all__ = ["leads"]

_WORDS: Final[dict[LeadKind, str]] = {
    LeadKind.USER: "User name or account",
    LeadKind.HOST_PATH: "Path on a computer",
    LeadKind.DEVICE: "Camera or telephone",
    LeadKind.INPUT_IMAGE: "Input image",
    LeadKind.JOB_ID: "Number of an order or picture",
    LeadKind.MANIFEST: "Manifest",
    LeadKind.WORKFLOW: "Workflow",
    LeadKind.LORA: "LoRA",
    LeadKind.LORA_HASH: "Hash of a LoRA",
    LeadKind.EMBEDDING: "Embedding",
    LeadKind.EMBEDDING_HASH: "Hash of an embedding",
    LeadKind.MODEL: "Model",
    LeadKind.MODEL_HASH: "Hash of a model",
    LeadKind.RESOURCE: "Model on a platform",
    LeadKind.API_NODE: "Hosted service",
    LeadKind.PRODUCER_CODE: "Registered maker",
    LeadKind.SIGNER: "Signer of a manifest",
    LeadKind.SEED: "Seed",
}

_ORDER: Final = {kind: number for number, kind in enumerate(_WORDS)}  # the most telling first


def leads(facts: Facts) -> Block:
    """The values of each kind that most contents share."""
    title = "Leads that contents share"
    if not facts.leads:
        return section(
            "leads", title, text("No two contents share a model, LoRA, user name, path or other value that was read.")
        )
    return section(
        "leads",
        title,
        text(
            f"Values in metadata that at least two contents share, of each kind the {LEADS_OF_A_KIND} that most share. `safelight show CASE "
            "--leads` prints all, with the files that hold them. Prompts can be searched there and are not printed here."
        ),
        table(
            f"{count_text(len(facts.leads), 'value')}, kinds that tell most first",
            [("Kind", "text", 4), ("Value", "code", 9), ("Contents", "number", 2)],
            [
                (_WORDS[one.kind], shown(one.value, 160), f"{one.media:,}")
                for one in sorted(facts.leads, key=lambda one: (_ORDER[one.kind], -one.media, one.value))
            ],
        ),
        caveat(
            "A lead says nothing on how a picture came to be, can be written into any file, and is copied from file to file. What everybody can "
            "have, as a public model, links nobody; how rare a value is must be found out elsewhere."
        ),
    )
