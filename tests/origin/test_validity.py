"""Codes of the library as four facts that do not colour one another."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from safelight.origin.manifests import Certificate, Manifest, Status
from safelight.origin.validity import Content, Facts, TimeStamp, facts_of, has_expired, stood_then

SIGNER = Certificate(
    organisation="House", common_name="House signer", issuer_organisation="Above", issuer_common_name="Above root",
    valid_from="2024-01-01T00:00:00+00:00", valid_until="2025-01-01T00:00:00+00:00",
)  # fmt: skip
WHOLE = ("claimSignature.validated", "assertion.dataHash.match")
IN_TIME, TOO_LATE = "2024-06-01T00:00:00+00:00", "2026-06-01T00:00:00+00:00"


def status(good: Sequence[str] = (), bad: Sequence[str] = (), neither: Sequence[str] = ()) -> Status:
    return Status(*(dict.fromkeys(codes, "") for codes in (good, neither, bad)))


def facts(
    good: Sequence[str] = WHOLE,
    bad: Sequence[str] = (),
    *,
    listed: str | None = "official",
    stamp: str = "",
    stamp_listed: bool | None = None,
    now: str = IN_TIME,
    neither: Sequence[str] = (),
    signer: Certificate = SIGNER,
) -> Facts:
    if stamp:
        good = (*good, "timeStamp.validated")
    manifest = Manifest("a", 2, signer=signer, stamped_at=stamp, status=status(good, bad, neither), checked_at=now)
    return facts_of(manifest, listed, stamp_listed)


def test_all_is_well() -> None:
    found = facts()
    assert (found.content, found.signature, found.trust.listed) == (Content.MATCHES, "valid", "official")
    assert found.sound
    assert found.time.stamp is TimeStamp.NONE
    assert found.time.certificate_had_expired is None


@pytest.mark.parametrize("kind", ["dataHash", "bmffHash", "boxesHash", "collectionHash"])
def test_content_is_one_question(kind: str) -> None:
    changed = facts(("claimSignature.validated",), (f"assertion.{kind}.mismatch",))
    assert (changed.content, changed.signature, changed.trust.listed) == (Content.DIFFERS, "valid", "official")
    assert not changed.intact
    assert facts(("claimSignature.validated", f"assertion.{kind}.match")).sound
    unchecked = facts(("claimSignature.validated",))
    assert unchecked.content is Content.NOT_CHECKED
    assert unchecked.intact
    assert not unchecked.sound


@pytest.mark.parametrize(
    "code",
    [
        "signingCredential.untrusted",
        "signingCredential.expired",
        "signingCredential.invalid",
        "claimSignature.outsideValidity",
    ],
)
def test_trouble_with_the_signer_says_nothing_of_content_or_signature(code: str) -> None:
    found = facts(bad=(code,), listed=None)
    assert (found.content, found.signature, found.trust.listed) == (Content.MATCHES, "valid", None)
    assert found.sound
    assert found.trust.why_not


def test_signature_and_statements() -> None:
    assert facts(("assertion.dataHash.match",), ("claimSignature.mismatch",)).signature == "not valid"
    assert facts(("assertion.dataHash.match",), ("claimSignature.missing",)).signature == "missing"
    assert not facts(("assertion.dataHash.match",)).intact
    assert facts(bad=("assertion.hashedURI.mismatch",)).changed


def test_unknown_failures_count_against_it_and_formal_ones_do_not() -> None:
    unknown = facts(bad=("claim.hardBindings.missing", "something.new"))
    assert unknown.unexplained == ("claim.hardBindings.missing", "something.new")
    assert unknown.intact
    assert not unknown.sound
    formal = facts(
        bad=(
            "claim.malformed",
            "assertion.action.ingredientMismatch",
            "cawg.x509.credential.untrusted",
            "ingredient.manifest.mismatch",
        )
    )
    assert formal.sound
    assert len(formal.formal) == 4
    assert facts(neither=("assertion.dataHash.additionalExclusionsPresent",)).excluded


@pytest.mark.parametrize(
    ("stamp", "stamp_listed", "now", "bad", "listed"),
    [
        (IN_TIME, None, IN_TIME, (), "official"),
        (IN_TIME, True, TOO_LATE, (), "official"),
        (IN_TIME, None, TOO_LATE, (), "official"),
        (IN_TIME, False, TOO_LATE, (), None),
        (IN_TIME, False, IN_TIME, (), "official"),
        (TOO_LATE, True, TOO_LATE, (), None),
        ("", None, TOO_LATE, ("signingCredential.expired",), None),
        ("", None, IN_TIME, ("signingCredential.ocsp.revoked",), None),
        ("", None, IN_TIME, ("signingCredential.invalid",), None),
    ],
)
def test_a_list_vouches_only_for_what_was_signed_in_time(
    stamp: str, stamp_listed: bool | None, now: str, bad: tuple[str, ...], listed: str | None
) -> None:
    found = facts(bad=bad, stamp=stamp, stamp_listed=stamp_listed, now=now)
    assert found.trust.listed == listed
    assert bool(found.trust.why_not) is (listed is None)
    assert found.sound


def test_time_stamps() -> None:
    assert facts(stamp=IN_TIME).time.stamp is TimeStamp.UNCHECKED
    assert facts(stamp=IN_TIME, stamp_listed=True).time.stamp is TimeStamp.LISTED
    assert facts(stamp=IN_TIME, stamp_listed=False).time.stamp is TimeStamp.UNLISTED
    assert facts(stamp=IN_TIME).time.certificate_had_expired is False
    assert facts(stamp=TOO_LATE).time.certificate_had_expired is True
    broken = facts(stamp=IN_TIME, neither=("timeStamp.mismatch",)).time
    assert (broken.stamp, broken.at) == (TimeStamp.BROKEN, "")
    odd = facts(stamp="yesterday").time
    assert odd.certificate_had_expired is None


def test_certificates_that_nobody_stands_behind() -> None:
    own = Certificate(organisation="X", common_name="x", issuer_organisation="X", issuer_common_name="x")
    spot = Certificate(
        common_name="Toy", issuer_common_name="c2pa-ephemeral-ca.local", issuer_organisation="Self-signed ephemeral CA"
    )
    for signer in (own, spot):
        found = facts(bad=("signingCredential.untrusted",), listed=None, signer=signer)
        assert found.trust.listed is None
        assert "bare stamp" in found.trust.why_not
    assert not SIGNER.self_made
    assert spot.shown == "Toy"


def test_whether_a_certificate_has_run_out() -> None:
    assert has_expired(Manifest("a", signer=SIGNER, checked_at=TOO_LATE))
    assert not has_expired(Manifest("a", signer=SIGNER, checked_at=IN_TIME))
    assert has_expired(Manifest("a", checked_at=IN_TIME))


def test_whether_an_ingredient_stood() -> None:
    trusted, untrusted = "signingCredential.trusted", "signingCredential.untrusted"
    assert stood_then(status((trusted,)), status())
    assert stood_then(status((), (untrusted,)), status((trusted,)))
    assert not stood_then(status((), (untrusted,)), status())
    assert not stood_then(status((trusted,)), status((), (untrusted,)))
    assert not stood_then(status((trusted,), ("assertion.dataHash.mismatch",)), status())
    assert not stood_then(status(), status())
