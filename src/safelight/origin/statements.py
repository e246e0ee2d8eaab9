"""What a generator's own text states, made into a finding: the part that the readers of the dialects share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from safelight.decode.content import Reader
from safelight.model import Basis, Finding, JsonValue, Outcome, Strength, Supports
from safelight.origin.texts import shown

__all__ = [
    "CHANGED",
    "ENLARGED",
    "FROM_TEXT",
    "LISTED",
    "REPLACED",
    "How",
    "facts",
    "listed_loras",
    "not_read",
    "seed_of",
    "stated",
    "text_of",
]

LISTED: Final = 200
"""Names of one kind that a finding lists at most."""

_SEED: Final = re.compile(r"[0-9]{1,20}")
_FAKED: Final = "writing the text into any file, which takes seconds and no special tool"
_DOES_NOT_SHOW: Final = (
    "That this very file came from that program: the text can be copied, and the picture changed afterwards."
)


class How(NamedTuple):
    """How the picture was made, as the text says: what that supports, and in words."""

    supports: Supports
    words: str


FROM_TEXT: Final = How(Supports.GENERATED, "text to image")
CHANGED: Final = How(Supports.AI_EDITED, "an input image was changed by a model (image to image)")
REPLACED: Final = How(Supports.AI_EDITED, "part of an input image was replaced (inpainting)")
ENLARGED: Final = How(Supports.AI_EDITED, "an input image was enlarged by a model")


def stated(
    reader: Reader,
    generator: str | None,
    how: How,
    where: str,
    details: Mapping[str, JsonValue],
    *,
    strength: Strength = Strength.STRONG,
    unsaid: str = "",
) -> Finding:
    """The finding on one text.

    Args:
        reader: Who read it. `generator`: the name to report; None when the text does not say.
        how: How the picture was made. `where`: where the text lies.
        details: Facts under the keys of `Finding.details`; the generator is added.
        unsaid: A sentence on what this dialect leaves open, for `does_not_show`.
    """
    named = shown(generator, 60) if generator else "a generator that does not name itself"
    return Finding(
        reader=reader.name,
        version=reader.version,
        what=f"Generation parameters as {named} writes them: {shown(how.words, 300)}.",
        where=where,
        supports=how.supports,
        basis=Basis.DECLARED,
        strength=strength,
        could_be_faked_by=_FAKED,
        does_not_show=f"{_DOES_NOT_SHOW} {unsaid}".rstrip(),
        details=facts(generator=generator) | dict(details),
    )


def not_read(reader: Reader, where: str) -> Finding:
    """The finding that a text of this dialect is too long to be taken apart."""
    return Finding(
        reader=reader.name,
        version=reader.version,
        outcome=Outcome.COULD_NOT_LOOK,
        what="A text that may hold generation parameters is too long to be read.",
        where=where,
        does_not_show="What that text says.",
    )


def facts(**named: JsonValue) -> dict[str, JsonValue]:
    """The facts that there are: those that are None, empty or blank are left out."""
    kept = {key: value.strip() if isinstance(value, str) else value for key, value in named.items()}
    return {key: value for key, value in kept.items() if value not in (None, "", [], {})}


def text_of(value: Any) -> str | None:
    """A JSON value that is a text with something in it, without blanks around it."""
    return (value.strip() or None) if isinstance(value, str) else None


def seed_of(value: Any) -> str | None:
    """A seed as text: a whole number of up to 20 digits, or such a text. Negative ones ask for any seed and name none."""
    if isinstance(value, str):
        return value.strip() if _SEED.fullmatch(value.strip()) else None
    if isinstance(value, float):
        # Above 2^53 a float no longer says which whole number was meant.
        return str(int(value)) if value.is_integer() and 0 <= value < 1 << 53 else None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64 else None


def listed_loras(pairs: Iterable[tuple[Any, Any]]) -> list[JsonValue]:
    """LoRAs as `Finding.details` lists them, from pairs of name and hash; pairs without a name are left out, the hash may be missing."""
    named: dict[str, str | None] = {}
    for name, digest in pairs:
        if (said := text_of(name)) is not None and len(named) < LISTED:
            named.setdefault(said, text_of(digest))
    return [{"name": name, "hash": digest} for name, digest in named.items()]
