"""Seals: a signature over the head of the log, and what no longer passes once anything before it was rewritten."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tests.case.records import fill, record
from tests.databases import Database

from safelight.case.case import Case
from safelight.case.verify import verify
from safelight.custody.chain import Event, next_event
from safelight.custody.keys import UnitKey
from safelight.custody.seals import seal_details, sign, signature_holds

ADA, GRACE = (
    UnitKey(name, Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))
    for number, name in enumerate(("Ada", "Grace"), 1)
)


def seal(case: Case, key: UnitKey, action: str = "sealed", **more: Any) -> None:
    case_id = case.case_id()
    case.log_about_head(
        action,
        lambda head: seal_details(key, action, case_id=case_id, head=head, time_utc="2026-01-02T03:04:05Z", **more),
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8,
)  # fmt: skip


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4), st.text(max_size=8), JSON)
def test_a_signature_holds_for_what_was_signed_and_for_nothing_else(
    statement: dict[str, Any], name: str, value: Any
) -> None:
    signed = sign(ADA, statement)
    assert signature_holds(orjson.loads(orjson.dumps(_storable(signed)))) == ADA.public
    changed = {**signed, name: value}
    if changed != signed and name != "signature":
        assert signature_holds(changed) is None
    assert signature_holds({**signed, "signer": {"name": "Ada", "public_key": GRACE.public.hex}}) is None
    assert signature_holds({**signed, "signature": "00" * 64}) is None


def _storable(value: Any) -> Any:
    """As the case stores it: canonical JSON, which a lone surrogate survives as an escape."""
    from safelight.custody.chain import canonical

    return orjson.loads(canonical(value))


@pytest.mark.parametrize(
    "broken", [{}, {"signature": 1}, {"signature": "zz", "signer": {}}, {"signer": None, "signature": ""}]
)
def test_what_is_no_seal_does_not_hold(broken: dict[str, Any]) -> None:
    assert signature_holds(broken) is None


def test_a_seal_is_found_with_who_signed_and_up_to_where(database: Database) -> None:
    with database.write() as case:
        fill(case)
        seal(case, ADA, note="End of the day.")
        case.log("something-later", {})
        found = verify(case)
    assert found.breaks == () and [(item.action, item.by) for item in found.seals] == [("sealed", ADA.public)]
    assert found.seals[0].seq == found.events - 1
    with database.read() as case:
        assert verify(case, keys=[ADA.public]).breaks == ()
        (wrong,) = verify(case, keys=[GRACE.public]).breaks[:1]
        assert "none of those given" in wrong.what


def test_a_case_without_a_seal_fails_where_one_is_demanded(database: Database) -> None:
    with database.write() as case:
        fill(case)
        assert verify(case).breaks == ()
        assert [item.where for item in verify(case, keys=[ADA.public]).breaks] == ["seals"]


def test_a_handover_needs_both_signatures(database: Database) -> None:
    with database.write() as case:
        fill(case)
        seal(case, ADA, "handed-over", to=GRACE.public)
        seal(case, GRACE, "received")
        found = verify(case)
        assert found.breaks == ()
        assert [(item.action, item.by.name, item.to and item.to.name) for item in found.seals] == [
            ("handed-over", "Ada", "Grace"), ("received", "Grace", None),
        ]  # fmt: skip
        seal(case, ADA, "received")
        (broken,) = verify(case).breaks
        assert "not handed over to this key" in broken.what


@dataclass
class Rewriter:
    """Somebody who can write to the whole database, but has no key: every event after a change is chained anew."""

    path: Path

    def rewrite(self, change: Any) -> None:
        names = ("seq", "time_utc", "actor", "host", "action", "details", "previous", "digest")
        with sqlite3.connect(self.path) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            before: Event | None = None
            for row in connection.execute(f"SELECT {', '.join(names)} FROM custody_event ORDER BY seq").fetchall():
                event = Event(**dict(zip(names, row, strict=True)))
                details = change(event, orjson.loads(event.details))
                before = next_event(
                    before,
                    time_utc=event.time_utc,
                    actor=event.actor,
                    host=event.host,
                    action=event.action,
                    details=details,
                )
                connection.execute(
                    "UPDATE custody_event SET details = ?, previous = ?, digest = ? WHERE seq = ?",
                    (before.details, before.previous, before.digest, event.seq),
                )
            assert before is not None
            connection.execute(
                "UPDATE meta SET value = ? WHERE name = 'custody_head'", (f"{before.seq}:{before.digest}",)
            )


def test_who_rewrites_the_whole_log_is_caught_by_the_seal_alone(tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case)
        seal(case, ADA)
        case.record(1, [record(40)])

    def change(event: Event, details: dict[str, Any]) -> dict[str, Any]:
        return {**details, "host": "another"} if event.action == "case-made" else details

    Rewriter(tmp_path / "case" / "case.sqlite").rewrite(change)
    with Case.open(tmp_path / "case") as case:
        breaks = [item for item in verify(case).breaks if "trigger" not in item.what]
    assert [item.what for item in breaks] == ["its seal was made for another place in the log"]


def test_a_seal_of_another_head_cannot_be_moved(database: Database) -> None:
    with database.write() as case:
        fill(case)
        case.log(
            "sealed",
            seal_details(ADA, "sealed", case_id=case.case_id(), head="1:" + "0" * 64, time_utc="2026-01-01T00:00:00Z"),
        )
        case.log("sealed", {"seal": {"signature": "00"}})
        case.log("sealed", {})
        whats = [item.what for item in verify(case).breaks]
    assert whats == ["its seal was made for another place in the log", *["the signature of its seal does not hold"] * 2]
