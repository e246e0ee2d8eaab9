"""The report as one JSON document, which both templates draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from safelight.case.read import CaseReader
from safelight.exports.report.annex import Annex, annex_blocks, annex_section
from safelight.exports.report.blocks import Block, section, text
from safelight.exports.report.custody import custody
from safelight.exports.report.facts import Facts
from safelight.exports.report.leads import leads
from safelight.exports.report.making import making
from safelight.exports.report.material import examined, summary
from safelight.exports.report.method import limits, method, not_shown
from safelight.exports.report.queue import head_of_queue
from safelight.exports.report.rates import rates
from safelight.exports.report.results import groups, matches, origin
from safelight.exports.report.saying import ENGLISH, Locale, joined, locale_of, say
from safelight.exports.report.scenes import scenes
from safelight.exports.report.text import shown, time_text
from safelight.exports.report.unread import not_examined
from safelight.exports.report.words import ESCAPED, TRANSLATED
from safelight.model import JsonValue

__all__ = ["annex_document", "document"]

_QUESTION_CHARS: Final = 4_000
_NAME_CHARS: Final = 200


def document(
    facts: Facts, locale: Locale | None = None, *, annex: Annex | None = None, stated: Mapping[str, str] | None = None
) -> Block:
    """Writes the report. It depends on nothing but what it is given, so the same case gives the same document.

    Args:
        facts: Of the case. `locale`: language; English when None.
        annex: Looked for; left out when None. `stated`: `question`, `unit` and `examiner`, each where somebody stated it.
    """
    stated = stated or {}
    rows = [
        (say("Unit"), shown(stated.get("unit", ""), _NAME_CHARS) or say("not stated"), "text"),
        (say("Examiner"), shown(stated.get("examiner", ""), _NAME_CHARS) or say("not stated"), "text"),
    ]
    sections = [
        _question(stated),
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
        rates(facts),
        custody(facts),
        not_shown(),
        limits(facts),
        annex_section(facts, annex or Annex("none")),
    ]
    return _told(facts, locale, say("Report on a case"), rows, sections)


def annex_document(case: CaseReader, facts: Facts, annex: Annex, locale: Locale | None = None) -> Block:
    """The annex as a document of its own. Its lines are read from the case as they are drawn; then `annex` has their counts."""
    lazy: Any = annex_blocks(case, facts, annex)
    only: Block = {"name": "annex", "title": say("Findings item by item"), "blocks": lazy}
    return _told(facts, locale, say("Annex to the report on a case"), [], [only])


def _question(stated: Mapping[str, str]) -> Block:
    question = stated.get("question", "")
    return section(
        "question",
        say("Question"),
        text(shown(question, _QUESTION_CHARS))
        if question
        else text(say("Nobody stated a question to Safelight. What follows describes the material and answers none.")),
    )


def _told(
    facts: Facts, locale: Locale | None, title: str, rows: Sequence[tuple[str, str, str]], sections: Sequence[Block]
) -> Block:
    locale = locale or locale_of(ENGLISH)
    log = facts.custody
    translated: list[JsonValue] = [[say("Language"), say(TRANSLATED), "text"]] if locale.name != ENGLISH else []
    rows_told: list[JsonValue] = [list(row) for row in rows]
    made: Block = {
        "title": title,
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
            *rows_told,
            [say("State of the case"), time_text(log.last_utc) or say("nothing recorded"), "text"],
            [
                say("Names in the custody log"),
                joined(", ", (shown(actor, 80) for actor in log.actors)) or say("not recorded"),
                "text",
            ],
            [say("Written by"), say("Safelight {version}", version=facts.version), "text"],
            [say("Head of the custody log"), log.head or say("missing"), "code"],
            *translated,
        ],
        "sections": list(sections),
    }
    told: Block = locale.told(made)
    return told
