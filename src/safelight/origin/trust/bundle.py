"""A bundle of certificates that a unit brings, checked before it is installed: whole PEM, certificates only, within bounds.

Such a file comes from the unit, not from evidence, and is read in the main process.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safelight.errors import SettingsError
from safelight.model import display_text

__all__ = ["BYTES_MAX", "CERTIFICATES_MAX", "Bundle", "fingerprints", "read_bundle"]

BYTES_MAX: Final = 1 << 20
"""Size of a bundle; the lists that ship are 29 to 247 kB."""

CERTIFICATES_MAX: Final = 2_000
"""Certificates of a bundle; the lists that ship hold 22 to 117."""

_BLOCK: Final = re.compile(r"-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]{1,65536}?-----END CERTIFICATE-----")
_ARMOUR: Final = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----")
_DATE: Final = re.compile(r"(?<![0-9-])(20[0-9]{2}-[01][0-9]-[0-3][0-9])(?![0-9-])")
_KEPT: Final = "Nothing was installed; the lists are as they were."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A checked bundle.

    Attributes:
        file: The file's name, safe to print. `pem`: its text as it is. `sha256`: over its bytes.
        fingerprints: SHA-256 of each different certificate, lower-case hex.
        authorities: How many of them may sign certificates. `expired`: how many have run out.
        stated_date: The newest day that the text around the certificates names, YYYY-MM-DD; None when there is none.
        newest_date: The day on which the newest certificate began.
    """

    file: str
    pem: str
    sha256: str
    fingerprints: frozenset[str]
    authorities: int
    expired: int
    stated_date: str | None
    newest_date: str


def read_bundle(path: Path, now: dt.datetime) -> Bundle:
    """Reads and checks a file.

    Args:
        path: The bundle. `now`: the present time, with its zone.

    Raises:
        SettingsError: It cannot be read, is too large, or is no list of certificates.
    """
    from cryptography import x509

    shown = display_text(os.fsencode(path))
    raw = _read(path, shown)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refused(shown, "it is no text", "Give the list in PEM form (BEGIN CERTIFICATE).") from error
    blocks = _BLOCK.findall(text)
    other = sorted({label for label in _ARMOUR.findall(text) if label != "CERTIFICATE"})
    if other:
        advice = "Give a file that holds certificates and nothing else; keep private keys out of it."
        raise _refused(shown, f"it holds something other than certificates ({', '.join(other[:3])})", advice)
    if any(text.count(f"-----{end} CERTIFICATE-----") != len(blocks) for end in ("BEGIN", "END")):
        raise _refused(shown, "a certificate in it is cut off or damaged", "Fetch the file again and compare its size.")
    if not blocks:
        raise _refused(shown, "it holds no certificate in PEM form", "Give the list as it is published, in PEM form.")
    if len(blocks) > CERTIFICATES_MAX:
        raise _refused(
            shown, f"it holds {len(blocks):,} certificates, more than {CERTIFICATES_MAX:,}", "Check the file."
        )
    found: dict[str, x509.Certificate] = {}
    for number, block in enumerate(blocks, 1):
        try:
            certificate = x509.load_pem_x509_certificate(block.encode("ascii"))
            found[_fingerprint(certificate)] = certificate
            certificate.not_valid_before_utc, certificate.not_valid_after_utc  # noqa: B018 - raises where they are damaged
        except ValueError as error:
            advice = "Fetch the file again; if it stays so, tell its publisher."
            raise _refused(shown, f"certificate {number} of {len(blocks)} cannot be read ({error})", advice) from error
    dates = [day for day in _DATE.findall(_BLOCK.sub("", text)) if _is_day(day) and day <= now.date().isoformat()]
    return Bundle(
        file=display_text(os.fsencode(path.name)),
        pem=text,
        sha256=hashlib.sha256(raw).hexdigest(),
        fingerprints=frozenset(found),
        authorities=sum(map(_is_authority, found.values())),
        expired=sum(one.not_valid_after_utc < now for one in found.values()),
        stated_date=max(dates, default=None),
        newest_date=max(one.not_valid_before_utc for one in found.values()).date().isoformat(),
    )


def fingerprints(pem: str) -> frozenset[str]:
    """SHA-256 of each certificate of a list that was checked before."""
    from cryptography import x509

    return frozenset(
        _fingerprint(x509.load_pem_x509_certificate(block.encode("ascii"))) for block in _BLOCK.findall(pem)
    )


def _read(path: Path, shown: str) -> bytes:
    try:
        with path.open("rb") as stream:
            raw = stream.read(BYTES_MAX + 1)
    except OSError as error:
        raise SettingsError(
            f"The file {shown} cannot be read: {error.strerror}.",
            kept=_KEPT,
            advice="Check its name and your right to read it.",
        ) from error
    if len(raw) > BYTES_MAX:
        raise _refused(shown, f"it is larger than {BYTES_MAX:,} bytes", "Check that it is the list and nothing else.")
    return raw


def _refused(shown: str, why: str, advice: str) -> SettingsError:
    return SettingsError(f"The file {shown} is no trust list that can be installed: {why}.", kept=_KEPT, advice=advice)


def _fingerprint(certificate: object) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    assert isinstance(certificate, x509.Certificate)
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


def _is_authority(certificate: object) -> bool:
    from cryptography import x509

    assert isinstance(certificate, x509.Certificate)
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _is_day(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True
