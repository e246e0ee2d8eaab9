"""The trust lists that ship are the published ones, byte for byte, and the package carries them."""

from __future__ import annotations

import hashlib
import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from cryptography import x509

from safelight.origin import trust
from safelight.origin.trust import shipped_lists

FOLDER = resources.files(trust)
INDEX = tomllib.loads((FOLDER / "lists.toml").read_text("utf-8"))
PUBLISHED = {
    "official.pem": "C2PA-TRUST-LIST.pem",
    "official-tsa.pem": "C2PA-TSA-TRUST-LIST.pem",
    "interim-anchors.pem": "interim/cct_anchors.pem",
    "interim-allowed.pem": "interim/cct_allowed.pem",
    "interim-usages.cfg": "interim/store.cfg",
}


def certificates(pem: str) -> list[x509.Certificate]:
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", pem, re.DOTALL)
    return [x509.load_pem_x509_certificate(block.encode()) for block in blocks]


def test_every_file_is_named_with_its_digest_date_source_and_licence() -> None:
    assert set(INDEX["digests"]) == set(PUBLISHED)
    for name, digest in INDEX["digests"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest, name
    for entry in (*INDEX["signers"], *INDEX["time_stamps"]):
        assert re.fullmatch(r"20\d\d-\d\d-\d\d", entry["date"])
        assert entry["source"]
        assert entry["licence"]


def test_the_official_list_comes_first() -> None:
    lists = shipped_lists()
    assert [one.name for one in lists.signers] == ["official", "interim"]
    assert [one.date for one in lists.signers] == ["2026-08-21", "2025-12-29"]
    assert [len(certificates(one.anchors)) for one in lists.signers] == [30, 27]
    assert len(certificates(lists.signers[1].allowed)) == 117
    assert [len(certificates(one.anchors)) for one in lists.time_stamps] == [22, 27]


def test_the_interim_list_has_nothing_newer_than_its_date() -> None:
    interim = shipped_lists().signers[1]
    newest = max(one.not_valid_before_utc for one in certificates(interim.anchors + interim.allowed))
    assert newest.date().isoformat() == interim.date


@pytest.mark.shared
def test_the_lists_are_the_published_ones(shared: Path) -> None:
    for ours, theirs in PUBLISHED.items():
        assert (FOLDER / ours).read_bytes() == (shared / "carriers" / "trust" / theirs).read_bytes(), ours
