"""The section on leads: values that files share and that tie them to each other, to a machine or to a person. Prompts are never printed."""

from __future__ import annotations

from typing import Final

from safelight.exports.report.blocks import Block, caveat, section, table, text
from safelight.exports.report.facts import LEADS_OF_A_KIND, Facts
from safelight.exports.report.saying import say
from safelight.exports.report.text import count_text, figure, shown
from safelight.model import LeadKind

__all__ = ["leads"]

_WORDS: Final[dict[LeadKind, str]] = {
    LeadKind.USER: say("User name or account"),
    LeadKind.HOST_PATH: say("Path on a computer"),
    LeadKind.DEVICE: say("Camera or telephone"),
    LeadKind.INPUT_IMAGE: say("Input image"),
    LeadKind.JOB_ID: say("Number of an order or picture"),
    LeadKind.MANIFEST: say("Manifest"),
    LeadKind.WORKFLOW: say("Workflow"),
    LeadKind.LORA: say("LoRA"),
    LeadKind.LORA_HASH: say("Hash of a LoRA"),
    LeadKind.EMBEDDING: say("Embedding"),
    LeadKind.EMBEDDING_HASH: say("Hash of an embedding"),
    LeadKind.MODEL: say("Model"),
    LeadKind.MODEL_HASH: say("Hash of a model"),
    LeadKind.RESOURCE: say("Model on a platform"),
    LeadKind.API_NODE: say("Hosted service"),
    LeadKind.PRODUCER_CODE: say("Registered maker"),
    LeadKind.SIGNER: say("Signer of a manifest"),
    LeadKind.SEED: say("Seed"),
}

_ORDER: Final = {kind: number for number, kind in enumerate(_WORDS)}  # the most telling first


def leads(facts: Facts) -> Block:
    """The values of each kind that most contents share."""
    title = say("Leads that contents share")
    if not facts.leads:
        return section(
            "leads",
            title,
            text(say("No two contents share a model, LoRA, user name, path or other value that was read.")),
        )
    return section(
        "leads",
        title,
        text(
            say(
                "Values in metadata that at least two contents share, of each kind the {limit} that most share. "
                "`safelight show CASE --leads` prints all, with the files that hold them. Prompts can be searched there "
                "and are not printed here.",
                limit=LEADS_OF_A_KIND,
            )
        ),
        table(
            say("{value}, kinds that tell most first", value=count_text(len(facts.leads), "value")),
            [(say("Kind"), "text", 4), (say("Value"), "code", 9), (say("Contents"), "number", 2)],
            [
                (_WORDS[one.kind], shown(one.value, 160), figure(one.media))
                for one in sorted(facts.leads, key=lambda one: (_ORDER[one.kind], -one.media, one.value))
            ],
        ),
        caveat(
            say(
                "A lead says nothing on how a picture came to be, can be written into any file, and is copied from file to file. What everybody can "
                "have, as a public model, links nobody; how rare a value is must be found out elsewhere."
            )
        ),
    )
