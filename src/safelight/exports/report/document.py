"""The report as one JSON document, which both templates draw."""

from __future__ import annotations

from safelight.exports.report.blocks import Block
from safelight.exports.report.facts import Facts
from safelight.exports.report.leads import leads
from safelight.exports.report.making import making
from safelight.exports.report.material import examined, not_examined, summary
from safelight.exports.report.method import custody, limits, method, not_shown
from safelight.exports.report.results import groups, head_of_queue, matches, origin
from safelight.exports.report.scenes import scenes
from safelight.exports.report.text import shown, time_text

__all__ = ["document"]


def document(facts: Facts) -> Block:
    """Writes the report. It depends on nothing but the facts, so the same case gives the same document."""
    log = facts.custody
    return {
        "title": "Report on a case",
        "time_utc": log.last_utc,
        "head": log.head,
        "version": facts.version,
        "about": [
            ["Case", log.case_id or "not recorded", "code"],
            ["State of the case", time_text(log.last_utc) or "nothing recorded", "text"],
            ["Examined by", ", ".join(shown(actor, 80) for actor in log.actors) or "not recorded", "text"],
            ["Written by", f"Safelight {facts.version}", "text"],
            ["Head of the custody log", log.head or "missing", "code"],
        ],
        "sections": [
            summary(facts), examined(facts), not_examined(facts), matches(facts), origin(facts), groups(facts), scenes(facts), making(facts),
            leads(facts), head_of_queue(facts), method(facts), custody(facts), not_shown(), limits(),
        ],
    }  # fmt: skip
