"""Lists of certificates made on the spot, as publishers write them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from tests.origin.signing import Authority

from safelight.origin.trust import shipped_lists
from safelight.origin.trust.bundle import Bundle, read_bundle

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
OFFICIAL = shipped_lists().signers[0].anchors


def renewed(authority: Authority) -> str:
    """The official list with one authority more."""
    return f"{OFFICIAL}\nSubject\tCN=Drawn\n{authority.pem}"


def written(folder: Path, text: str, name: str = "list.pem") -> Path:
    """The text as a file."""
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def bundle(folder: Path, text: str, name: str = "list.pem") -> Bundle:
    """The text as a checked bundle."""
    return read_bundle(written(folder, text, name), NOW)
