"""Heads of Project VIC files: the two data models, their contexts word for word, and which category scheme the numbers of a file are of.

Importers are strict about the context: IPED takes a hash set only when the context is the first key and reads exactly `.../2.0.xml/Default/
$metadata#Media` or `.../1.3.xml#Media`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Final

from safelight.case.reviewing import Decision
from safelight.review.schemes import SHIPPED, load_scheme

__all__ = ["MODELS", "VARIANTS", "Model", "category_number", "header_of", "scheme_of"]

VARIANTS: Final = ("US", "UK", "CUSTOM", "Default")
"""The headers of model 2.0. In model 1.3 they say only which scheme the numbers are of: its head is the same for all."""

_SCHEMES: Final = {"US": "vics-us", "UK": "caid-uk"}
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,8}")
_HEADS: Final = (
    re.compile(r"http://github\.com/VICSDATAMODEL/ProjectVic/DataModels/(2\.0)\.xml/([A-Za-z]+)/\$metadata#(Cases|Media)", re.IGNORECASE),
    re.compile(r"http://github\.com/ICMEC/ProjectVic/DataModels/(1\.[123])\.xml()#(Cases|Media)", re.IGNORECASE),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Model:
    """One data model: its version, the name of its first key, and whether media have metadata of their own."""

    version: str
    context_key: str
    has_metadata: bool

    def context(self, variant: str, entities: str) -> str:
        """The value of the first key.

        Args:
            variant: One of `VARIANTS`. `entities`: `Cases` or `Media`.
        """
        if self.has_metadata:
            return f"http://github.com/VICSDATAMODEL/ProjectVic/DataModels/{self.version}.xml/{variant}/$metadata#{entities}"
        return f"http://github.com/ICMEC/ProjectVic/DataModels/{self.version}.xml#{entities}"


MODELS: Final = {
    "2.0": Model("2.0", "@odata.context", has_metadata=True),
    "1.3": Model("1.3", "odata.metadata", has_metadata=False),
}


def header_of(context: object) -> tuple[str, str, str] | None:
    """(version, variant, entities) of a context; the variant is empty in model 1, None for what is no context of Project VIC."""
    for pattern in _HEADS:
        if isinstance(context, str) and (found := pattern.fullmatch(context)):
            return found[1], found[2], found[3].capitalize()
    return None


def scheme_of(variant: str, asked: str, schemes: Collection[str]) -> str:
    """The category scheme that the numbers in a file are of; empty when there is none.

    Args:
        variant: Of the header. `US` and `UK` have a scheme of their own; the others take the one that was asked for.
        asked: The scheme that the export is limited to. `schemes`: of the decisions in the file; the only one counts when none was asked for.
    """
    if variant in _SCHEMES:
        return _SCHEMES[variant]
    return asked or (next(iter(schemes)) if len(schemes) == 1 else "")


def category_number(decision: Decision | None, scheme: str) -> int | None:
    """The category as a number: only that of a decision in the scheme of the file, and only where its code is a whole number of that scheme."""
    if decision is None or not scheme or decision.scheme != scheme or not _NUMBER.fullmatch(decision.category):
        return None
    codes = _codes(scheme)
    return int(decision.category) if codes is None or decision.category in codes else None


@cache
def _codes(scheme: str) -> frozenset[str] | None:
    """The codes of a scheme that comes with Safelight; None for one that only the unit knows."""
    return frozenset(each.code for each in load_scheme(scheme).categories) if scheme in SHIPPED else None
