"""What `safelight show --leads` prints: values that tie media to each other, most shared first. Prompts stay folded unless they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from safelight.model import LeadKind, display_text

if TYPE_CHECKING:
    from safelight.case.lead_search import Holder, LeadCount
    from safelight.case.read import CaseReader

__all__ = ["LeadsAsked", "print_leads"]

_DEFAULT_LIMIT: Final = 50
_FIRST: Final = 3
_CHARS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadsAsked:
    """What was asked for.

    Attributes:
        kinds: These kinds only, when there are any. `find`: values that hold this text.
        prompts: Whether prompts are shown as they are. `holders`: whether every media of a value is printed, not only the first.
        limit: So many values at most; 50 when None.
        as_json: One object a line (schemas safelight.lead/1, safelight.lead-holder/1).
    """

    kinds: tuple[LeadKind, ...] = ()
    find: str = ""
    prompts: bool = False
    holders: bool = False
    limit: int | None = None
    as_json: bool = False


def print_leads(case: CaseReader, directory: Path, asked: LeadsAsked) -> bool:
    """Prints the values to standard output; whether there were more than the limit."""
    from safelight.case.lead_search import holders, lead_totals, shared_leads

    limit = asked.limit or _DEFAULT_LIMIT
    # Asked for in particular, a value counts also where only one media has it.
    least = 1 if asked.find or asked.kinds else 2
    found = shared_leads(case, kinds=asked.kinds, find=asked.find, least=least, limit=limit + 1)
    if not asked.as_json:
        totals = lead_totals(case)
        held = ", ".join(f"{values:,} {kind}" for kind, (values, _) in totals.items()) or "none"
        print(f"{_line(str(directory))}: leads by the number of media that share them. Different values: {held}.")
        print("A lead says nothing on origin and can be written into any file; what everybody can have links nobody.")
        print()
        if not found:
            print("No such value is held by any media." if least == 1 else "No value is shared by two media.")
    for one in found[:limit]:
        if asked.as_json:
            print(orjson.dumps(_record(one, asked)).decode())
        else:
            print(f"{one.media:>7,} media  {one.kind:<15} {_shown(one.kind, one.value, asked)}")
        for number, holder in enumerate(holders(case, one.kind, one.key)):
            if asked.as_json and asked.holders:
                print(orjson.dumps(_holder(holder, asked)).decode())
            elif asked.holders or (number < _FIRST and not asked.as_json):
                _print_holder(holder)
            else:
                break
    return len(found) > limit


def _print_holder(holder: Holder) -> None:
    path = _line(holder.path) if holder.path is not None else "lies nowhere any more"
    print(f"{'':>15}{holder.lead.sha256[:16]}  {path}  ({_line(holder.lead.reader)}, {_line(holder.lead.where)})")


def _record(one: LeadCount, asked: LeadsAsked) -> dict[str, Any]:
    folded = one.kind.folded and not asked.prompts
    return {
        "schema": "safelight.lead/1", "kind": str(one.kind), "value": None if folded else one.value, "folded": folded,
        "key": one.key.hex(), "media": one.media,
    }  # fmt: skip


def _holder(holder: Holder, asked: LeadsAsked) -> dict[str, Any]:
    lead = holder.lead
    folded = lead.kind.folded and not asked.prompts
    return {
        "schema": "safelight.lead-holder/1", "kind": str(lead.kind), "value": None if folded else lead.value, "folded": folded,
        "sha256": lead.sha256, "reader": lead.reader, "where": lead.where, "path": holder.path,
    }  # fmt: skip


def _shown(kind: LeadKind, value: str, asked: LeadsAsked) -> str:
    if kind.folded and not asked.prompts:
        return f"(folded, {len(value):,} characters; --prompts shows it)"
    return _line(value)


def _line(text: str) -> str:
    shown = display_text(text.encode("utf-8", "surrogateescape"))
    return shown if len(shown) <= _CHARS else f"{shown[:_CHARS]}... ({len(shown):,} characters)"
