"""The report as one JSON document, which both templates draw."""

from __future__ import annotations

from safelight.exports.report.blocks import Block
from safelight.exports.report.facts import Facts
from safelight.exports.report.leads import leads
from safelight.exports.report.making import making
from safelight.exports.report.material import examined, summary
from safelight.exports.report.method import custody, limits, method, not_shown
from safelight.exports.report.queue import head_of_queue
from safelight.exports.report.results import groups, matches, origin
from safelight.exports.report.saying import ENGLISH, Locale, joined, locale_of, say
from safelight.exports.report.scenes import scenes
from safelight.exports.report.text import shown, time_text
from safelight.exports.report.unread import not_examined
from safelight.exports.report.words import ESCAPED, TRANSLATED
from safelight.model import JsonValue

__all__ = ["document"]


def document(facts: Facts, locale: Locale | None = None) -> Block:
    """Writes the report. It depends on nothing but the facts and the locale, so the same case gives the same document.

    Args:
        facts: Of the case. `locale`: language; English when None.
    """
    locale = locale or locale_of(ENGLISH)
    log = facts.custody
    translated: list[JsonValue] = [[say("Language"), say(TRANSLATED), "text"]] if locale.name != ENGLISH else []
    made: Block = {
        "title": say("Report on a case"),
        "time_utc": log.last_utc,
        "head": log.head,
        "version": facts.version,
        "lang": locale.name,
        "words": {
            "all": say("All"),
            "share": say("Share"),
            "missing": say("missing"),
            "names": say("Names"),
            "escaped": say(ESCAPED),
            # Of this report: elsewhere the word is for what files hold.
            "sections": say("{of_report}Contents", of_report=""),
            "running": say("Safelight report, head of the custody log"),
            "page": say("Page"),
            "of": say("of"),
        },
        "about": [
            [say("Case"), log.case_id or say("not recorded"), "code"],
            [say("State of the case"), time_text(log.last_utc) or say("nothing recorded"), "text"],
            [
                say("Examined by"),
                joined(", ", (shown(actor, 80) for actor in log.actors)) or say("not recorded"),
                "text",
            ],
            [say("Written by"), say("Safelight {version}", version=facts.version), "text"],
            [say("Head of the custody log"), log.head or say("missing"), "code"],
            *translated,
        ],
        "sections": [
            summary(facts),
            examined(facts),
            not_examined(facts),
            matches(facts),
            origin(facts),
            groups(facts),
            scenes(facts),
            making(facts),
            leads(facts),
            head_of_queue(facts),
            method(facts),
            custody(facts),
            not_shown(),
            limits(),
        ],
    }
    told: Block = locale.told(made)
    return told
