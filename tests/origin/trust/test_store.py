"""Installed lists take the place of those that ship, whole or not at all, and go away again."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.origin.carriers import content as content_of
from tests.origin.signing import Authority, action, picture, signed
from tests.origin.trust.bundles import NOW, OFFICIAL, bundle, renewed

from safelight.errors import SettingsError
from safelight.model import Basis
from safelight.origin.readers.c2pa import C2paReader
from safelight.origin.trust import TrustLists, shipped_lists
from safelight.origin.trust.store import PARTS, TrustStore

UNIT = Authority("Drawn Works")


@pytest.fixture
def store(tmp_path: Path) -> TrustStore:
    return TrustStore(tmp_path / "data" / "trust")


def _files(store: TrustStore) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.directory.glob("*")} if store.directory.exists() else {}


def test_with_nothing_installed_those_that_ship_are_in_force_and_no_folder_is_made(store: TrustStore) -> None:
    assert store.lists() is None
    assert [(part.name, part.date, part.certificates) for part in store.parts()] == [
        ("official", "2026-08-21", 30), ("official-tsa", "2026-08-21", 22), ("interim", "2025-12-29", 27), ("interim-allowed", "2025-12-29", 117),
    ]  # fmt: skip
    assert "as shipped" in store.versions()["trust list official"]
    assert not store.directory.exists()


def test_a_newer_list_is_told_by_its_certificates_and_judges_from_then_on(store: TrustStore, tmp_path: Path) -> None:
    data = signed(picture(), UNIT.signer("Drawn Works"), [action("created", "trainedAlgorithmicMedia")])
    (before,) = C2paReader().read(content_of(data))
    change = store.update(bundle(tmp_path, f"# 2026-11-02\n{renewed(UNIT)}"), NOW)
    assert (change.part.name, change.part.date, change.added, change.removed) == ("official", "2026-11-02", 1, 0)
    lists = store.lists()
    assert lists is not None
    assert [(one.name, one.date) for one in lists.signers] == [("official", "2026-11-02"), ("interim", "2025-12-29")]
    assert lists.time_stamps == shipped_lists().time_stamps
    (after,) = C2paReader(lists).read(content_of(data))
    assert before.basis is Basis.DECLARED and after.basis is Basis.SIGNED
    assert after.details["signer"]["trusted_by"] == "official"  # type: ignore[index, call-overload]
    assert after.details["signer"]["list_date"] == "2026-11-02"  # type: ignore[index, call-overload]
    assert "installed 2026-11-20 from list.pem" in store.versions()["trust list official"]


def test_the_lists_go_to_a_worker_and_come_out_the_same(store: TrustStore, tmp_path: Path) -> None:
    store.update(bundle(tmp_path, renewed(UNIT)), NOW, date="2026-11-02")
    lists = store.lists()
    assert lists is not None
    assert TrustLists.from_record(json.loads(json.dumps(lists.record()))) == lists


def test_a_list_that_dropped_a_signer_says_so(store: TrustStore, tmp_path: Path) -> None:
    first, _, rest = OFFICIAL.partition("-----END CERTIFICATE-----\n")
    assert first and rest
    change = store.update(bundle(tmp_path, rest), NOW, date="2026-11-02")
    assert (change.added, change.removed, change.part.certificates) == (0, 1, 29)


def test_reset_brings_back_those_that_ship(store: TrustStore, tmp_path: Path) -> None:
    store.update(bundle(tmp_path, renewed(UNIT)), NOW, date="2026-11-02")
    allowed = shipped_lists().signers[1].allowed
    assert store.update(bundle(tmp_path, allowed), NOW).part.name == "interim-allowed"
    assert store.reset(["official-tsa"]) == []
    assert store.reset(["official"]) == ["official"]
    assert [part.name for part in store.parts() if part.installed_utc] == ["interim-allowed"]
    assert store.reset() == ["interim-allowed"] and store.lists() is None and store.reset() == []


@pytest.mark.parametrize(
    ("text", "options", "why"),
    [
        (UNIT.pem, {}, "shares no certificate"),
        (OFFICIAL, {"name": "official-tsa"}, "looks like the list official"),
        (OFFICIAL, {}, "older than that of the list in force"),
        (renewed(UNIT), {"date": "2026-11-21"}, "lies ahead"),
        (Authority("Drawn Works").signer("Leaf").chain.partition("-----END CERTIFICATE-----\n")[0] + "-----END CERTIFICATE-----\n",
         {"name": "official", "date": "2026-11-02"}, "vouch for nobody"),
        (OFFICIAL + shipped_lists().time_stamps[0].anchors + shipped_lists().signers[1].anchors + "\n", {"name": None}, "can be|older"),
    ],
)  # fmt: skip
def test_what_is_not_the_list_or_older_is_refused_and_nothing_changes(
    store: TrustStore, tmp_path: Path, text: str, options: dict[str, str], why: str
) -> None:
    store.update(bundle(tmp_path, shipped_lists().signers[1].allowed), NOW)
    before = _files(store)
    with pytest.raises(SettingsError, match=why) as caught:
        store.update(bundle(tmp_path, text), NOW, **options)  # type: ignore[arg-type]
    assert "list.pem" in caught.value.what and caught.value.kept and caught.value.advice
    assert _files(store) == before


def test_an_older_list_is_installed_when_asked_and_a_list_of_strangers_when_named(
    store: TrustStore, tmp_path: Path
) -> None:
    assert store.update(bundle(tmp_path, OFFICIAL), NOW, older=True).part.date == "2026-07-24"
    change = store.update(bundle(tmp_path, UNIT.pem), NOW, name="official", date="2026-11-02")
    assert (change.added, change.removed) == (1, 30)
    assert store.update(bundle(tmp_path, OFFICIAL), NOW, date="2026-11-03").part.name == "official"


def test_a_folder_that_cannot_be_written_keeps_the_list_that_was_there(store: TrustStore, tmp_path: Path) -> None:
    store.update(bundle(tmp_path, renewed(UNIT)), NOW, date="2026-11-02")
    other = TrustStore(tmp_path / "list.pem" / "trust")
    with pytest.raises(SettingsError, match="cannot be"):
        other.update(bundle(tmp_path, renewed(UNIT)), NOW, date="2026-11-03")
    part = next(part for part in store.parts() if part.name == "official")
    assert part.date == "2026-11-02"
    assert not [name for name in os.listdir(store.directory) if name.startswith(".new-")]


@pytest.mark.parametrize("damage", ["text", "version", "certificate", "place", "key"])
def test_an_installed_list_that_was_changed_is_named_and_never_judges(
    store: TrustStore, tmp_path: Path, damage: str
) -> None:
    store.update(bundle(tmp_path, renewed(UNIT)), NOW, date="2026-11-02")
    path = store.directory / "official.json"
    record = json.loads(path.read_text())
    match damage:
        case "text":
            path.write_text(path.read_text()[:-20])
        case "version":
            path.write_text(json.dumps({**record, "schema": "safelight.trust-list/9"}))
        case "certificate":
            path.write_text(json.dumps({**record, "pem": record["pem"] + Authority("Other").pem}))
        case "place":
            path.rename(store.directory / "interim.json")
        case "key":
            path.write_text(json.dumps({**record, "sources": "x"}))
    with pytest.raises(SettingsError, match="cannot be used") as caught:
        store.lists()
    assert "safelight trust reset" in caught.value.advice
    store.reset()
    assert store.lists() is None


def test_every_part_is_a_file_that_ships(store: TrustStore) -> None:
    assert {part.name for part in store.parts()} == set(PARTS)
    part = store.parts()[0]
    assert replace(part, installed_utc="2026-11-20T12:00:00Z", file="a.pem").in_words.endswith(
        "installed 2026-11-20 from a.pem"
    )
