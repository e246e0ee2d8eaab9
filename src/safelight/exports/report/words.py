"""The fixed words of the report. `docs/what-a-result-means.md` is their long form."""

from __future__ import annotations

from typing import Final

from safelight.model import Basis, MediaKind, Opinion, Outcome, Strength

__all__ = ["BASES", "BEST_READ_FIRST", "KINDS", "LIMITS", "NOT_SHOWN", "OPINIONS", "OUTCOMES", "SCALE", "opinion_label"]

KINDS: Final[dict[str, str]] = {
    MediaKind.IMAGE: "Images",
    MediaKind.VIDEO: "Videos (frames not examined)",
    MediaKind.AUDIO: "Sound files (not examined)",
    MediaKind.ARCHIVE: "Archives",
    MediaKind.OTHER: "Other files",
}
"""Kinds of content, in the order of the report."""

OPINIONS: Final[dict[str, str]] = {
    Opinion.CAPTURED: "Captured by a camera",
    Opinion.EDITED: "Edited by hand",
    Opinion.AI_EDITED: "Edited by AI",
    Opinion.UNDETERMINED: "Undetermined",
    Opinion.GENERATED: "Generated",
    "": "No opinion stored",
}
"""Opinions, in the order of the report."""

BASES: Final[dict[str, tuple[str, str]]] = {
    Basis.SIGNED: ("Signed", "a cryptographic signature over the content; the signer can be mistaken or deceived"),
    Basis.DECLARED: ("Declared", "what software wrote into the file; anybody can write, copy or remove it"),
    Basis.WATERMARK: ("Watermark", "a pattern in the pixels; it can be transplanted, and is lost in editing"),
    Basis.TRACE: ("Trace", "structure that a process leaves behind; other processes leave similar structure"),
    Basis.STATISTICAL: ("Statistical", "a model trained on examples; false alarms at a measured rate"),
}
"""What an opinion can rest on, and how that is wrong."""

OUTCOMES: Final[dict[str, str]] = {
    Outcome.FOUND: "Found",
    Outcome.NOTHING_FOUND: "Nothing found",
    Outcome.COULD_NOT_LOOK: "Could not look",
    Outcome.DID_NOT_RUN: "Did not run",
}
"""The four results of a reader, kept apart."""

SCALE: Final[tuple[tuple[Strength, str, str], ...]] = (
    (Strength.WEAK, "2 to 10", "0.3 to 1"),
    (Strength.MODERATE, "10 to 100", "1 to 2"),
    (Strength.MODERATELY_STRONG, "100 to 1,000", "2 to 3"),
    (Strength.STRONG, "1,000 to 10,000", "3 to 4"),
    (Strength.VERY_STRONG, "10,000 to 1,000,000", "4 to 6"),
    (Strength.EXTREMELY_STRONG, "above 1,000,000", "6 and more"),
)
"""The verbal scale (ENFSI guideline for evaluative reporting, 2015): word, likelihood ratio, its log10."""

BEST_READ_FIRST: Final = (
    "This report orders the work of a person; it does not replace it. It closes no item, and a figure of 0 never means that nothing is there. "
    "It holds no image, no preview and no prompt."
)

NOT_SHOWN: Final = (
    (
        "Nothing is dismissed. No result closes an item, removes it or hides it. “Generated” only moves an item to a later place in the queue: a "
        "generated image can show a real child, be trained on one, or be made from a photograph of one."
    ),
    (
        "“Found nothing”, “could not look”, “did not run” and “undetermined” are four different results. None of them says anything about what a "
        "picture shows."
    ),
    "Finding no match says nothing: a picture on no list is one that nobody has listed yet, or an altered one.",
    (
        "A match by digest says that the bytes are the same (MD5 and SHA-1 can be made to collide on purpose by somebody who prepares both files). A "
        "match by likeness (PDQ) says that two pictures look alike in coarse structure; pictures of different things can match, so a person looks."
    ),
    "Whether a list is right is the statement of its owner, not of Safelight.",
    (
        "“Captured by a camera” does not mean real or authentic: screens and prints can be photographed, and it says nothing about what happened in "
        "front of the camera."
    ),
    "Unsigned metadata can be written, copied and removed by anybody, in both directions. Marks are lost by a screenshot or by a messenger.",
    (
        "A likelihood ratio is not the probability that a statement is true: that also depends on everything else known in the case. In this version "
        "the ratios of metadata findings are assigned by rule and capped; they are not measured."
    ),
    "Near-duplicates look alike. That does not say that they show the same place, person or event.",
    "Safelight sets no category and files no report. A person decides.",
)
"""What the results do not show."""

LIMITS: Final = (
    "Videos and sound files are listed and digested; nothing in them is examined.",
    "No learned detector runs. An image without metadata and without a match is undetermined.",
    "Disk images are not opened. Archives of formats that are not named in the documentation are digested, not opened.",
    "Times of files are those that the file system or the archive states; they are not checked.",
    "The custody log is hash-chained, not sealed with a key: keep its head somewhere else.",
)
"""Limits of this version."""


def opinion_label(opinion: str | None) -> str:
    """The words for an opinion."""
    return OPINIONS.get(opinion or "", opinion or "")
