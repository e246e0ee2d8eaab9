"""Seals: signed statements about the head of a custody log, each an event of the log that it seals.

A hash chain shows that nothing was changed by someone who did not rewrite everything after it. A seal closes that gap for all that
stands before it: whoever rewrites the log would have to sign it anew with the unit's key. Two seals of two persons around one head are a
handover: one that gives, naming the key of the other, and one that receives.

Signatures are Ed25519 (RFC 8032) over the schema, a line feed and the statement as canonical JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.custody.chain import Event, canonical
from safelight.custody.keys import PublicKey, UnitKey
from safelight.model import JsonValue

__all__ = ["ACTIONS", "SCHEMA", "Seal", "SealCheck", "seal_details", "sign", "signature_holds"]

SCHEMA: Final = "safelight.seal/1"

ACTIONS: Final = ("sealed", "handed-over", "received")
"""The actions of events that hold a seal."""


def sign(key: UnitKey, statement: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The statement with who signed it, and the signature."""
    signed: dict[str, JsonValue] = {
        **statement, "schema": SCHEMA, "signer": {"name": key.name, "public_key": key.public.hex},
    }  # fmt: skip
    return {**signed, "signature": key.private.sign(_message(signed)).hex()}


def seal_details(
    key: UnitKey, action: str, *, case_id: str, head: str, time_utc: str, to: PublicKey | None = None, note: str = ""
) -> dict[str, JsonValue]:
    """The details of an event that seals the log up to `head`.

    Args:
        key: Signs. `action`: one of `ACTIONS`. `case_id`, `head`: of the case. `time_utc`: of the signer's clock.
        to: Whose key may receive; for `handed-over`. `note`: what the signer wants to say.
    """
    statement: dict[str, JsonValue] = {
        "action": action,
        "case": case_id,
        "head": head,
        "time_utc": time_utc,
        "note": note,
    }
    if to is not None:
        statement["to"] = {"name": to.name, "public_key": to.hex}
    return {"seal": sign(key, statement)}


def signature_holds(signed: Mapping[str, Any]) -> PublicKey | None:
    """Whose signature the statement carries; None when it does not hold, whatever the reason."""
    try:
        signature = bytes.fromhex(signed["signature"])
        raw = bytes.fromhex(signed["signer"]["public_key"])
        # One signature has one form: in no other can it be written anew unseen.
        if signature.hex() != signed["signature"]:
            return None
        statement = {name: value for name, value in signed.items() if name != "signature"}
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, _message(statement))
        return PublicKey(str(signed["signer"]["name"]), raw)
    except (KeyError, TypeError, ValueError, InvalidSignature):
        return None


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal that holds.

    Attributes:
        seq: Number of its event: everything before it is sealed. `action`: one of `ACTIONS`.
        time_utc: When, as the signer's clock said. `by`: whose key signed. `to`: whose key was named to receive; None for others.
    """

    seq: int
    action: str
    time_utc: str
    by: PublicKey
    to: PublicKey | None = None


class SealCheck:
    """Follows the seals of one log.

    Args:
        trusted: Keys by which it must be sealed; any key when empty.

    Attributes:
        seals: Those that hold, in their order.
    """

    def __init__(self, trusted: tuple[PublicKey, ...] = ()) -> None:
        self.seals: list[Seal] = []
        self._trusted = {key.raw for key in trusted}

    def follow(self, event: Event, details: Mapping[str, Any]) -> str | None:
        """Takes the next event; returns what is wrong with its seal, if it has one."""
        if event.action not in ACTIONS:
            return None
        signed = details.get("seal")
        by = signature_holds(signed) if isinstance(signed, dict) else None
        if by is None or not isinstance(signed, dict):
            return "the signature of its seal does not hold"
        if signed.get("head") != f"{event.seq - 1}:{event.previous}" or signed.get("action") != event.action:
            return "its seal was made for another place in the log"
        if self._trusted and by.raw not in self._trusted:
            return f"it is sealed with the key {by.fingerprint}, which is none of those given"
        to = _key_of(signed.get("to"))
        if event.action == "received":
            gives = next((seal for seal in reversed(self.seals) if seal.action == "handed-over"), None)
            if gives is None or gives.to is None or gives.to.raw != by.raw:
                return "it receives what was not handed over to this key"
        self.seals.append(Seal(event.seq, event.action, str(signed.get("time_utc")), by, to))
        return None


def _key_of(value: Any) -> PublicKey | None:
    try:
        return PublicKey(str(value["name"]), bytes.fromhex(value["public_key"]))
    except (KeyError, TypeError, ValueError):
        return None


def _message(statement: Mapping[str, JsonValue]) -> bytes:
    return f"{SCHEMA}\n{canonical(statement)}".encode()
