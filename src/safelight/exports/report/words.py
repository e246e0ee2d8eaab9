"""The fixed words of the report. `docs/what-a-result-means.md` is their long form."""

from __future__ import annotations

from typing import Final

from safelight.exports.report.saying import say
from safelight.model import Basis, MediaKind, Opinion, Outcome, Strength

__all__ = [
    "BASES",
    "BEST_READ_FIRST",
    "KINDS",
    "KIND_NAMES",
    "LIMITS",
    "MODEL_RAN",
    "NOT_SHOWN",
    "NO_MODEL_RAN",
    "OPINIONS",
    "OUTCOMES",
    "SCALE",
    "STRENGTHS",
    "WORDS",
    "opinion_label",
]

KINDS: Final[dict[str, str]] = {
    MediaKind.IMAGE: say("Images"),
    MediaKind.VIDEO: say("Videos (frames not examined)"),
    MediaKind.AUDIO: say("Sound files (not examined)"),
    MediaKind.ARCHIVE: say("Archives"),
    MediaKind.OTHER: say("Other files"),
}
"""Kinds of content, in the order of the report."""

KIND_NAMES: Final[dict[str, str]] = {**KINDS, MediaKind.VIDEO: say("Videos"), MediaKind.AUDIO: say("Sound files")}
"""The same without what was not examined of them."""

OPINIONS: Final[dict[str, str]] = {
    Opinion.CAPTURED: say("Captured by a camera"),
    Opinion.EDITED: say("Edited by hand"),
    Opinion.AI_EDITED: say("Edited by AI"),
    Opinion.UNDETERMINED: say("Undetermined"),
    Opinion.GENERATED: say("Generated"),
    "": say("No opinion stored"),
}
"""Opinions, in the order of the report."""

BASES: Final[dict[str, tuple[str, str]]] = {
    Basis.SIGNED: (
        say("Signed"),
        say("a cryptographic signature over the content; the signer can be mistaken or deceived"),
    ),
    Basis.DECLARED: (say("Declared"), say("what software wrote into the file; anybody can write, copy or remove it")),
    Basis.WATERMARK: (say("Watermark"), say("a pattern in the pixels; it can be transplanted, and is lost in editing")),
    Basis.TRACE: (say("Trace"), say("structure that a process leaves behind; other processes leave similar structure")),
    Basis.STATISTICAL: (say("Statistical"), say("a model trained on examples; false alarms at a measured rate")),
}
"""What an opinion can rest on, and how that is wrong."""

STRENGTHS: Final[dict[str, str]] = {
    Strength.WEAK: say("Weak"),
    Strength.MODERATE: say("Moderate"),
    Strength.MODERATELY_STRONG: say("Moderately strong"),
    Strength.STRONG: say("Strong"),
    Strength.VERY_STRONG: say("Very strong"),
    Strength.EXTREMELY_STRONG: say("Extremely strong"),
}
"""Strengths, as titles."""

WORDS: Final[dict[str, str]] = {
    str(word): say(str(word))
    for word in ("known", "irrelevant", *Basis, *Strength, "likeness", "was interrupted", "failed", "did not end")
}
"""Single words of the program's own that stand in sentences."""

OUTCOMES: Final[dict[str, str]] = {
    Outcome.FOUND: say("Found"),
    Outcome.NOTHING_FOUND: say("Nothing found"),
    Outcome.COULD_NOT_LOOK: say("Could not look"),
    Outcome.DID_NOT_RUN: say("Did not run"),
}
"""The four results of a reader, kept apart."""

SCALE: Final[tuple[tuple[Strength, str, str], ...]] = (
    (Strength.WEAK, say("2 to 10"), say("0.3 to 1")),
    (Strength.MODERATE, say("10 to 100"), say("1 to 2")),
    (Strength.MODERATELY_STRONG, say("100 to 1,000"), say("2 to 3")),
    (Strength.STRONG, say("1,000 to 10,000"), say("3 to 4")),
    (Strength.VERY_STRONG, say("10,000 to 1,000,000"), say("4 to 6")),
    (Strength.EXTREMELY_STRONG, say("above 1,000,000"), say("6 and more")),
)
"""The verbal scale (ENFSI guideline for evaluative reporting, 2015): word, likelihood ratio, its log10."""

ESCAPED: Final = "Characters that the fonts of this PDF lack are printed as backslash escapes; the HTML report shows them as they are."

TRANSLATED: Final = (
    "Translated from the English report, which counts where the two differ; no lawyer of this language has read the translation. What readers "
    "found, reasons, rules and names stand as the case holds them."
)

BEST_READ_FIRST: Final = say(
    "This report orders the work of a person; it does not replace it. It closes no item, and a figure of 0 never means that nothing is there. "
    "It holds no image, no preview and no prompt."
)

NOT_SHOWN: Final = (
    (
        say(
            "Nothing is dismissed. No result closes an item, removes it or hides it. “Generated” only moves an item to a later place in the queue: a "
            "generated image can show a real child, be trained on one, or be made from a photograph of one."
        )
    ),
    (
        say(
            "“Found nothing”, “could not look”, “did not run” and “undetermined” are four different results. None of them says anything about what a "
            "picture shows."
        )
    ),
    say("Finding no match says nothing: a picture on no list is one that nobody has listed yet, or an altered one."),
    (
        say(
            "A match by digest says that the bytes are the same (MD5 and SHA-1 can be made to collide on purpose by somebody who prepares "
            "both files). A "
            "match by likeness (PDQ) says that two pictures look alike in coarse structure; pictures of different things can match, so a "
            "person looks."
        )
    ),
    say("Whether a list is right is the statement of its owner, not of Safelight."),
    (
        say(
            "“Captured by a camera” does not mean real or authentic: screens and prints can be photographed, and it says nothing about "
            "what happened in "
            "front of the camera."
        )
    ),
    say(
        "Unsigned metadata can be written, copied and removed by anybody, in both directions. Marks are lost by a screenshot or by a messenger."
    ),
    (
        say(
            "A likelihood ratio is not the probability that a statement is true: that also depends on everything else known in the case. "
            "In this version "
            "the ratios of metadata findings are assigned by rule and capped; they are not measured."
        )
    ),
    say("Near-duplicates look alike. That does not say that they show the same place, person or event."),
    say("Safelight sets no category and files no report. A person decides."),
)
"""What the results do not show."""

LIMITS: Final = (
    say("Videos and sound files are listed and digested; nothing in them is examined."),
    say(
        "Disk images are not opened. Archives of formats that are not named in the documentation are digested, not opened."
    ),
    say("Times of files are those that the file system or the archive states; they are not checked."),
    say(
        "The custody log is hash-chained. Unless it is sealed with a key, which `safelight verify` says, keep its head somewhere else."
    ),
)
"""Limits of this version."""

NO_MODEL_RAN: Final = say("No learned detector ran. An image without metadata and without a match is undetermined.")
MODEL_RAN: Final = say(
    "A learned detector that the unit turned on ran. What it says holds for the conditions in which it was measured: see the error rates."
)


def opinion_label(opinion: str | None) -> str:
    """The words for an opinion."""
    return OPINIONS.get(opinion or "", opinion or "")
