"""The report as one HTML file that needs no other file, no script and no network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from importlib import resources
from typing import Final

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from safelight.exports.report.blocks import Block

__all__ = ["html", "html_parts"]

_PIECES: Final = 256
"""Pieces of the template that are handed on together."""


def html(document: Block) -> bytes:
    """Draws the document. Everything in it is escaped; the policy in the head allows this one style sheet and nothing else."""
    return b"".join(html_parts(document))


def html_parts(document: Block) -> Iterator[bytes]:
    """The same in parts, one after the other; blocks and lines of the document may be iterators, which are read as the parts are."""
    folder = resources.files("safelight.exports.report")
    style = folder.joinpath("report.css").read_text("utf-8")
    # The policy names the digest of exactly what stands between the style tags.
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(folder.joinpath("report.html.j2").read_text("utf-8"))
    # The style sheet is ours and holds no "</style"; escaped it would not be what the policy names.
    parts = template.stream(report=document, style=Markup(style), policy=policy)  # noqa: S704
    parts.enable_buffering(_PIECES)
    for part in parts:
        yield part.encode()
