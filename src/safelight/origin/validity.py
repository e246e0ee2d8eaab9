"""What the checks of a C2PA manifest amount to: four facts, kept apart.

Whether the content is what was signed, whether the signature holds, who vouches for the signer, and when it was signed are four
different questions. The library's single word ("Invalid") covers a changed file as well as a certificate that merely ran out, so only its
codes are read here. Each code that is not known counts against the manifest.

Source: C2PA specification 2.2, section 15 (validation) and table of status codes, section 15.2.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from safelight.model import JsonValue
from safelight.origin.manifests import Certificate, Manifest, Status

__all__ = ["Content", "Facts", "Time", "TimeStamp", "Trust", "facts_of", "has_expired", "stood_then"]

_HARD_BINDING: Final = re.compile(
    r"^assertion\.(?:dataHash|bmffHash|boxesHash|collectionHash|multiAssetHash)\.(match|mismatch)$"
)
_CHANGED: Final = frozenset(
    {
        "assertion.hashedURI.mismatch",
        "assertion.missing",
        "assertion.undeclared",
        "assertion.inaccessible",
        "hashedURI.mismatch",
    }
)
_REVOKED: Final = frozenset({"signingCredential.ocsp.revoked", "signingCredential.revoked"})
_EXPIRED: Final = frozenset({"signingCredential.expired", "claimSignature.outsideValidity"})
_SIGNER: Final = frozenset(
    {
        "signingCredential.untrusted",
        "signingCredential.invalid",
        "claimSignature.mismatch",
        "claimSignature.missing",
        *_REVOKED,
        *_EXPIRED,
    }
)
# Failures that say that a manifest breaks a rule of form, or concern something else than this content: none casts doubt on it.
_FORMAL: Final = re.compile(
    r"^(?:assertion\.action\.|assertion\.metadata\.disallowed$|assertion\.ingredient\.malformed$|claim\.malformed$|cawg\.|ingredient\.|timeStamp\.|"
    r"manifest\.unreferenced$|manifest\.unknownProvenance$)"
)


class Content(StrEnum):
    """Whether the content is what was signed."""

    MATCHES = "matches"
    DIFFERS = "does not match"
    NOT_CHECKED = "not checked"


class TimeStamp(StrEnum):
    """What a time stamp is worth. Authorities are looked up only where trust in the signer depends on it."""

    NONE = "none"
    BROKEN = "not valid"
    UNLISTED = "valid, by an authority on no list"
    UNCHECKED = "valid, its authority was not looked up"
    LISTED = "valid, by a listed authority"


@dataclass(frozen=True, slots=True)
class Trust:
    """Who vouches for the signer.

    Attributes:
        listed: Name of the list that it is on; None when on none, or when being on it does not count.
        why_not: Why it does not count, in words; empty when it does.
    """

    listed: str | None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Time:
    """When it was signed.

    Attributes:
        at: ISO 8601, from the time stamp; empty when there is none that is valid. `stamp`: what it is worth; `by`: its authority.
        certificate_had_expired: Whether the certificate was outside its validity then; None when the time is not known.
    """

    at: str
    stamp: TimeStamp
    by: str
    certificate_had_expired: bool | None


@dataclass(frozen=True, slots=True)
class Facts:
    """The four facts, and what else the checks found.

    Attributes:
        signature: `valid`, `not valid`, `missing`.
        changed: Whether a statement of the manifest is not the one that was signed.
        excluded: Whether the signer left more of the file out of the hash than a manifest needs.
        unexplained: Failures that fit none of the facts and count against the manifest; `formal`: those that do not.
    """

    content: Content
    signature: str
    trust: Trust
    time: Time
    changed: bool
    excluded: bool
    unexplained: tuple[str, ...]
    formal: tuple[str, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing shows that the file or the manifest was changed after it was signed."""
        return self.content is not Content.DIFFERS and self.signature == "valid" and not self.changed

    @property
    def sound(self) -> bool:
        """Whether the content was checked and everything holds, trust in the signer left aside."""
        return self.intact and self.content is Content.MATCHES and not self.unexplained

    def details(self, signer: Certificate, date: str | None) -> dict[str, JsonValue]:
        """The facts as JSON; `date`: that of the list that the signer is on."""
        parts: dict[str, JsonValue] = {"content": self.content.value}
        if self.excluded:
            parts["content_note"] = "the signer left more of the file out of the hash than a manifest needs"
        parts["signature"] = self.signature
        whole = "as signed" if self.signature == "valid" else "under no valid signature"
        parts["statements"] = "changed after they were signed" if self.changed else whole
        named: dict[str, JsonValue] = {
            "organisation": signer.organisation, "unit": signer.unit, "common_name": signer.common_name,
            "issuer": signer.issuer_common_name or signer.issuer_organisation, "serial_number": signer.serial_number,
            "valid_from": signer.valid_from, "valid_until": signer.valid_until,
        }  # fmt: skip
        parts["signer"] = {
            "trusted_by": self.trust.listed,
            **({"list_date": date} if date else {}),
            **({"why_not": self.trust.why_not} if self.trust.why_not else {}),
            **({"self_made_certificate": True} if signer.self_made else {}),
            **{key: value for key, value in named.items() if value},
        }
        parts["time"] = {
            "signed_at": self.time.at or None,
            "time_stamp": self.time.stamp.value,
            **({"time_stamped_by": self.time.by} if self.time.by else {}),
            "certificate_had_expired": self.time.certificate_had_expired,
        }
        if self.unexplained or self.formal:
            parts["problems"] = [*self.unexplained, *self.formal]
        return parts


def facts_of(manifest: Manifest, listed: str | None, stamp_listed: bool | None) -> Facts:
    """Reads the facts of the active manifest.

    Args:
        manifest: The active manifest, checked against all lists together.
        listed: The first list that the signer is on, by its certificate alone.
        stamp_listed: Whether the time stamp's authority is on a list; None when that was not looked up.
    """
    good, bad = manifest.status.success, manifest.status.failure
    bindings = {found.group(1) for code in (*good, *bad) if (found := _HARD_BINDING.match(code))}
    content = (
        Content.DIFFERS if "mismatch" in bindings else Content.MATCHES if "match" in bindings else Content.NOT_CHECKED
    )
    signature = "valid" if "claimSignature.validated" in good and "claimSignature.mismatch" not in bad else "not valid"
    if "claimSignature.missing" in bad:
        signature = "missing"
    time = _time(manifest, stamp_listed)
    others = [code for code in bad if code not in _SIGNER and code not in _CHANGED and not _HARD_BINDING.match(code)]
    return Facts(
        content=content,
        signature=signature,
        trust=_trust(manifest, listed, time),
        time=time,
        changed=any(code in _CHANGED for code in bad),
        excluded=any(code.endswith("additionalExclusionsPresent") for code in manifest.status.informational),
        unexplained=tuple(code for code in others if not _FORMAL.match(code)),
        formal=tuple(code for code in others if _FORMAL.match(code)),
    )


def has_expired(manifest: Manifest) -> bool:
    """Whether the signer's certificate is outside its validity by now, so that only a time stamp can show that it signed in time."""
    return _outside(manifest.signer, manifest.checked_at) is not False


def stood_then(recorded: Status, now: Status) -> bool:
    """Whether an ingredient's manifest held, and its signer was trusted, when it was taken in, and nothing has come up since.

    Args:
        recorded: As the program that took it in judged it. `now`: the differences that were found when it was checked now.
    """
    trusted = "signingCredential.trusted"
    if any(not _FORMAL.match(code) for code in now.failure):
        return False
    held = [code for code in recorded.failure if not _FORMAL.match(code)]
    if trusted in now.success:
        held = [code for code in held if code not in {"signingCredential.untrusted", *_EXPIRED}]
    return not held and (trusted in now.success or trusted in recorded.success)


def _time(manifest: Manifest, stamp_listed: bool | None) -> Time:
    codes: Mapping[str, str] = {**manifest.status.success, **manifest.status.informational, **manifest.status.failure}
    stamped = {code for code in codes if code.startswith("timeStamp.")}
    if not stamped and not manifest.stamped_at:
        return Time("", TimeStamp.NONE, "", None)
    broken = {"timeStamp.mismatch", "timeStamp.malformed", "timeStamp.outsideValidity"} & stamped
    if broken or "timeStamp.validated" not in stamped:
        return Time("", TimeStamp.BROKEN, manifest.stamped_by, None)
    stamp = {None: TimeStamp.UNCHECKED, True: TimeStamp.LISTED, False: TimeStamp.UNLISTED}[stamp_listed]
    return Time(manifest.stamped_at, stamp, manifest.stamped_by, _outside(manifest.signer, manifest.stamped_at))


def _trust(manifest: Manifest, listed: str | None, time: Time) -> Trust:
    bad = manifest.status.failure
    if any(code in _REVOKED for code in bad):
        return Trust(None, "its certificate was revoked")
    if manifest.signer.self_made and listed is None:
        return Trust(None, "its certificate is one that it made itself, a bare stamp that anybody can make")
    if listed is None and any(code in _EXPIRED for code in bad):
        return Trust(
            None,
            "its certificate has expired and no time stamp shows that it signed before, so no list can vouch for it",
        )
    if listed is None:
        return Trust(None, "its certificate is on no list")
    if time.certificate_had_expired:
        return Trust(None, f"its certificate, on the {listed} list, was not valid at the time of the time stamp")
    if any(code in _EXPIRED for code in bad):
        return Trust(
            None, f"its certificate, on the {listed} list, has expired, and no time stamp shows that it signed before"
        )
    if time.stamp is TimeStamp.UNLISTED and has_expired(manifest):
        return Trust(
            None,
            f"its certificate, on the {listed} list, has expired, and the time stamp comes from an authority on no list",
        )
    if "signingCredential.invalid" in bad:
        return Trust(None, f"its certificate, on the {listed} list, is not fit for signing content")
    return Trust(listed)


def _outside(certificate: Certificate, at: str) -> bool | None:
    """Whether a time lies outside the certificate's validity; None when one of the three is not a time."""
    try:
        start, stop, then = (
            datetime.fromisoformat(text) for text in (certificate.valid_from, certificate.valid_until, at)
        )
        return not start <= then <= stop
    except (ValueError, TypeError):
        return None
