"""The card of a model: what it wants as input, how its output becomes a score, and where it was validated. A TOML file beside the ONNX file.

name = "community-forensics"            # required; letters, digits, dots and dashes
version = "1"                           # required
licence = "MIT"                         # required: of the weights
sha256 = "..."                          # of the ONNX file; pinned when the model is added, refused when it differs
says = "generated"                      # "generated", or any other word for a classifier of another kind
only_orders = false                     # true: its score is told and orders the queue; it is never calibrated and supports nothing

[input]                                 # all optional
side_px = 384
crops = 4
frame = true
longest_px = 1024
mean = [0.485, 0.456, 0.406]
std = [0.229, 0.224, 0.225]
layout = "NCHW"                         # or "NHWC"

[output]                                # all optional
kind = "logit"                          # "logit", "probability", or "logits" of several classes
index = 0                               # which column says `says`
pooling = "mean"                        # over views: "mean" or "max"

[validated]                             # all optional: outside, the model abstains
least_side_px = 256
least_jpeg_quality = 60
flat_share_max = 0.5                    # of 8 x 8 blocks of one colour, as drawings and screenshots have them
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from safelight.errors import ModelError
from safelight.origin.detector.views import Preprocessing

__all__ = ["Card", "Range", "read_card"]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .-]{0,63}")
_CARD_BYTES_MAX: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Where a model was validated.

    Attributes:
        least_side_px: Shorter side of the picture as decoded. `least_jpeg_quality`: estimated from its tables, 1 to 100.
        flat_share_max: Share of 8 x 8 blocks of one colour, 0 to 1.
    """

    least_side_px: int = 256
    least_jpeg_quality: int = 60
    flat_share_max: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A model's card.

    Attributes:
        sha256: Of the ONNX file, lower-case hex; empty where the card does not say.
        says: What a high score says: "generated" for a detector, else a unit's own word, which is never weighed as evidence on origin.
        only_orders: Whether its score may order the queue and never be evidence, however well it did anywhere.
        kind: "logit", "probability" or "logits". `index`: column of the output. `pooling`: "mean" or "max". `layout`: "NCHW" or "NHWC".
    """

    name: str
    version: str
    licence: str
    sha256: str = ""
    says: str = "generated"
    only_orders: bool = False
    kind: str = "logit"
    index: int = 0
    pooling: str = "mean"
    layout: str = "NCHW"
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    validated: Range = field(default_factory=Range)


def read_card(path: Path) -> Card:
    """Reads a card.

    Raises:
        ModelError: The file cannot be read, or says something that a card cannot say.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_CARD_BYTES_MAX + 1)
        if len(data) > _CARD_BYTES_MAX:
            raise ValueError("it is too long")
        return _card(tomllib.loads(data.decode("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        why = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise ModelError(f"The card {path} cannot be used: {why}.", advice="docs/own-model.md shows a card.") from error


def _card(table: Mapping[str, Any]) -> Card:
    given, output, validated = (_table(table, name) for name in ("input", "output", "validated"))
    _known(table, {"name", "version", "licence", "sha256", "says", "only_orders", "input", "output", "validated"})
    _known(output, {"kind", "index", "pooling"})
    layout = str(given.pop("layout", "NCHW"))
    _known(given, set(Preprocessing.__slots__))
    _known(validated, set(Range.__slots__))
    for name in ("mean", "std"):
        if name in given:
            given[name] = tuple(float(one) for one in given[name])
            if len(given[name]) != 3:
                raise ValueError(f"{name} has three numbers")
    card = Card(
        name=str(table["name"]),
        version=str(table["version"]),
        licence=str(table["licence"]),
        sha256=str(table.get("sha256", "")).lower(),
        says=str(table.get("says", "generated")),
        only_orders=_flag(table, "only_orders"),
        kind=str(output.get("kind", "logit")),
        index=int(output.get("index", 0)),
        pooling=str(output.get("pooling", "mean")),
        layout=layout,
        preprocessing=Preprocessing(**given),
        validated=Range(**validated),
    )
    _check(card)
    return card


def _check(card: Card) -> None:
    for what, allowed in (
        (card.kind, {"logit", "probability", "logits"}),
        (card.pooling, {"mean", "max"}),
        (card.layout, {"NCHW", "NHWC"}),
    ):
        if what not in allowed:
            raise ValueError(f"{what!r} is none of {', '.join(sorted(allowed))}")
    if not _NAME.fullmatch(card.name) or not _WORD.fullmatch(card.says):
        raise ValueError("a name has up to 64 letters, digits, dots and dashes")
    if card.sha256 and not re.fullmatch(r"[0-9a-f]{64}", card.sha256):
        raise ValueError("sha256 has 64 hex digits")
    if not 0 <= card.index < 10_000:
        raise ValueError("index is a column of the output")


def _table(table: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = table.get(name, {})
    if not isinstance(found, dict):
        raise TypeError(f"{name} is a table")
    return dict(found)


def _flag(table: Mapping[str, Any], name: str) -> bool:
    found = table.get(name, False)
    if not isinstance(found, bool):
        raise TypeError(f"{name} is true or false")
    return found


def _known(table: Mapping[str, Any], names: set[str]) -> None:
    if unknown := sorted(set(table) - names):
        raise ValueError(f"unknown: {', '.join(unknown)}")
