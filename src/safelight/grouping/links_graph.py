"""What cases share, as JSON (schema `safelight.link/1`) and as a GraphML graph. Neither holds pixels or the text of a prompt.

GraphML: http://graphml.graphdrawing.org/specification.html. Cases and shared traces are nodes; an edge says in how many media of the
case a trace is; near-duplicates are edges between cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from safelight.grouping.links import KINDS, Links, SharedTrace
from safelight.grouping.links_scenes import SHARED
from safelight.grouping.sources import MEASURED
from safelight.model import JsonValue, display_text

__all__ = ["SCHEMA", "graphml", "link_record", "trace_title"]

SCHEMA: Final = "safelight.link/1"

_KEYS: Final = (
    ("type", "node", "string"), ("kind", "node", "string"), ("key", "node", "string"), ("label", "node", "string"), ("rarity", "node", "string"),
    ("cases", "node", "int"), ("media", "all", "long"), ("relation", "edge", "string"), ("pairs", "edge", "long"),
)  # fmt: skip
_KEY_DIGITS: Final = 12


def trace_title(trace: SharedTrace, chars: int = 80) -> str:
    """How a trace is told in one line: its label, or the first digits of its key; prompts are folded."""
    if trace.label:
        shown = display_text(trace.label.encode("utf-8", "backslashreplace"))
        return shown if len(shown) <= chars else f"{shown[: chars - 1]}…"
    folded = " (text folded)" if trace.kind == "prompt" else ""
    return f"{KINDS[trace.kind][0]} {trace.key[:_KEY_DIGITS]}{folded}"


def link_record(links: Links) -> dict[str, JsonValue]:
    """Everything as one JSON object; cases are named by their letters."""
    letter = [case.letter for case in links.cases]
    cases: list[JsonValue] = [
        {"letter": case.letter, "name": case.name, "case_id": case.case_id, "media": case.media, "head": case.head}
        for case in links.cases
    ]
    shared: list[JsonValue] = [
        {"cases": [letter[one], letter[two]], "kind": kind, "shared": number, "public": links.public.get((one, two, kind), 0)}
        for (one, two, kind), number in sorted(links.totals.items(), key=lambda item: (*item[0][:2], list(KINDS).index(item[0][2])))
    ]  # fmt: skip
    traces: list[JsonValue] = [
        {
            "kind": trace.kind, "key": trace.key, "label": trace.label or None, "rarity": str(trace.rarity),
            "held": [{"case": letter[place], "media": media} for place, media in trace.held],
        }
        for trace in links.traces
    ]  # fmt: skip
    totals: list[JsonValue] = [
        {
            "cases": [letter[item.first_case], letter[item.second_case]], "media": [item.first_media, item.second_media], "pairs": item.pairs,
        }
        for item in links.near_totals
    ]  # fmt: skip
    pairs: list[JsonValue] = [
        {"cases": [letter[item.first_case], letter[item.second_case]], "sha256": [item.first, item.second], "distance": item.distance}
        for item in links.near
    ]  # fmt: skip
    scenes: JsonValue = None
    if links.scenes_compared is not None:
        counted: list[JsonValue] = [
            {"cases": [letter[one], letter[two]], "kind": kind, "links": number}
            for (one, two, kind), number in sorted(links.scene_totals.items())
        ]
        listed: list[JsonValue] = [
            {
                "cases": [letter[item.first_case], letter[item.second_case]],
                "kind": str(item.link.kind),
                "sha256": [item.link.sha256, item.link.other],
                "words": item.link.words,
                "inliers": item.link.inliers,
                "share": item.link.share,
                "other_share": item.link.other_share,
                "matrix": list(item.link.matrix) if item.link.matrix else None,
                "grid": item.link.grid or None,
                "other_grid": item.link.other_grid or None,
            }
            for item in links.scenes
        ]
        scenes = {
            "compared": [*links.scenes_compared],
            "totals": counted,
            "links": listed,
            "limits": f"{SHARED} {MEASURED}",
        }
    near: dict[str, JsonValue] = {"distance_bits": links.distance_bits, "totals": totals, "pairs": pairs}
    return {
        "schema": SCHEMA, "cases": cases, "shared": shared, "traces": traces, "left_out": {**links.left_out}, "near_duplicates": near,
        "scenes": scenes,
    }  # fmt: skip


def graphml(links: Links) -> bytes:
    """The graph, as UTF-8; the same links give the same bytes."""
    return "".join(f"{line}\n" for line in _lines(links)).encode("utf-8", "backslashreplace")


def _lines(links: Links) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
    for name, on, kind in _KEYS:
        yield f'<key id="{name}" for="{on}" attr.name="{name}" attr.type="{kind}"/>'
    yield '<graph id="links" edgedefault="undirected">'
    for case in links.cases:
        label = f"{case.letter}: {display_text(case.name.encode('utf-8', 'backslashreplace'))}"
        yield _element("node", {"id": f"case-{case.letter}"}, {"type": "case", "label": label, "media": case.media})
    for trace in links.traces:
        data: dict[str, str | int] = {
            "type": "trace", "kind": trace.kind, "key": trace.key, "label": trace_title(trace, 1_000), "rarity": str(trace.rarity),
            "cases": len(trace.held),
        }  # fmt: skip
        yield _element("node", {"id": f"{trace.kind}-{trace.key}"}, data)
    for trace in links.traces:
        for place, media in trace.held:
            ends = {"source": f"case-{links.cases[place].letter}", "target": f"{trace.kind}-{trace.key}"}
            yield _element("edge", ends, {"relation": "holds", "media": media})
    for total in links.near_totals:
        if total.pairs:
            ends = {
                "source": f"case-{links.cases[total.first_case].letter}",
                "target": f"case-{links.cases[total.second_case].letter}",
            }
            yield _element("edge", ends, {"relation": "near-duplicates", "pairs": total.pairs})
    for (one, two, kind), number in sorted(links.scene_totals.items()):
        ends = {"source": f"case-{links.cases[one].letter}", "target": f"case-{links.cases[two].letter}"}
        yield _element("edge", ends, {"relation": kind, "pairs": number})
    yield "</graph>"
    yield "</graphml>"


def _element(name: str, attributes: dict[str, str], data: dict[str, str | int]) -> str:
    named = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    held = "".join(f'<data key="{key}">{escape(str(value))}</data>' for key, value in data.items())
    return f"<{name}{named}>{held}</{name}>"
