"""The HTML report: one file, no script, nothing from outside, and text that stays text."""

from __future__ import annotations

import base64
import hashlib
import html as entities
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from tests.exports.report.cases import PROMPT

from safelight.exports.report.document import document
from safelight.exports.report.facts import Facts
from safelight.exports.report.html import html
from safelight.model import JsonValue

_VOID = {"meta", "rect", "br", "link", "img", "input"}
_ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "nav", "section", "h1", "h2", "p", "ol", "ul", "li", "a", "dl", "dt",
    "dd", "div", "span", "strong", "bdi", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "svg", "rect",
}  # fmt: skip
_ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "aria-label", "aria-hidden", "scope", "role", "viewbox",
    "preserveaspectratio", "width", "height", "focusable", "x", "y",
}  # fmt: skip


class _Reader(HTMLParser):
    """Checks that every element is one of ours and closed, and gathers text, anchors and links."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.text: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _ALLOWED, tag
        for name, value in attrs:
            assert name in _ATTRIBUTES, (tag, name)
            if name == "id":
                self.ids.add(value or "")
            if name == "href":
                self.links.add(value or "")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(page: bytes) -> _Reader:
    """Parses a report."""
    reader = _Reader()
    reader.feed(page.decode())
    reader.close()
    assert not reader.open
    return reader


def strings(value: JsonValue, key: str = "") -> Iterator[str]:
    """Every text of a document that is meant to be read."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name not in {"kind", "manner", "name", "time_utc", "head"} or isinstance(item, dict):
                yield from strings(item, name)
    elif isinstance(value, list):
        # The last entry of a row of pairs, lines or `about` is the kind of its value.
        kinds = key in {"rows", "about"} and len(value) == 3 and str(value[2]) in {"text", "path", "code", "number"}
        for item in value[:2] if kinds else value:
            yield from strings(item, key)
    elif isinstance(value, str):
        yield from value.split("\n")


def test_everything_in_the_document_is_printed_as_text(facts: Facts) -> None:
    made = document(facts)
    page = html(made).decode()
    printed = set(read(page.encode()).text)
    wanted = [text for text in strings(made["sections"]) if text]
    assert len(wanted) > 400
    missing = [
        text for text in wanted if text not in printed and entities.escape(text) not in page and text not in page
    ]
    assert not missing


def test_names_from_evidence_stay_text(facts: Facts) -> None:
    page = html(document(facts)).decode()
    text = "".join(read(page.encode()).text)
    for name in (
        "<img src=x onerror=alert(1)>.jpg",
        "</style><script>alert(2)</script>.png",
        "{{ 7*7 }}{% raw %}.jpg",
        "&amp;&lt;.jpg",
    ):
        assert name in text
    assert "49" not in re.findall(r"\{\{[^}]*\}\}|49\{%", text)
    assert "\u202e" not in page and "\\u202e" in page
    assert "characters left out" in page


def test_the_policy_allows_the_one_style_sheet_and_nothing_else(facts: Facts) -> None:
    page = html(document(facts)).decode()
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert style and policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    rules = entities.unescape(policy[1]).split("; ")
    assert rules == ["default-src 'none'", f"style-src 'sha256-{digest}'", "base-uri 'none'", "form-action 'none'"]
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_nothing_is_loaded_from_anywhere(facts: Facts) -> None:
    page = html(document(facts)).decode()
    reader = read(page.encode())
    assert {link.removeprefix("#") for link in reader.links} == reader.ids
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    assert style
    assert "url(" not in style[1] and "@import" not in style[1]
    assert not re.search(r"https?://", page)


def test_no_prompt_and_no_picture_is_in_it(facts: Facts) -> None:
    page = html(document(facts)).decode()
    assert PROMPT not in page and "PROMPT-THAT" not in page
    assert "A prompt is recorded for 6 contents" in page
    assert "data:" not in page and "<img" not in page


def test_generated_never_reads_as_harmless(facts: Facts) -> None:
    text = "".join(read(html(document(facts))).text).lower()
    assert "“generated” does not close an item" in text
    for word in (
        "harmless",
        "no threat",
        "is clean",
        "are clean",
        "innocuous",
        "is safe",
        "can be ignored",
        "dismissed.",
    ):
        assert word not in text.replace("nothing is dismissed.", "")


def test_the_same_case_gives_the_same_bytes(facts: Facts, case: Any) -> None:
    from safelight.exports.report.facts import gather

    assert html(document(facts)) == html(document(gather(case)))
