"""Time stamps of an authority (RFC 3161) on the head of a custody log: proof that the log was so at that time.

The request is a file that is carried to an authority, or to a service on this machine; the answer comes back as a file. Nothing here goes
to a network.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from safelight.custody.answers import in_order
from safelight.errors import CustodyError
from safelight.model import JsonValue

__all__ = ["STAMPED", "STAMP_ASKED", "Stamp", "check_stamp", "make_request", "message_of", "read_roots", "stamp_record"]

STAMP_ASKED: Final = "time-stamp-asked"
"""The action of the event that names the head a time stamp is asked for: the head before it."""

STAMPED: Final = "time-stamped"
"""The action of the event that holds the answer."""

_DAMAGED: Final = (
    ValueError, KeyError, TypeError, OverflowError, UnsupportedAlgorithm, x509.InvalidVersion, x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)  # fmt: skip
"""What the libraries raise on damaged input."""

_SHA256: Final = "2.16.840.1.101.3.4.2.1"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One time stamp.

    Attributes:
        head: The head of the log that it is for. `time_utc`: the authority's time.
        authority: As the stamp names it. `trusted`: whether it chains to a root that was given.
    """

    head: str
    time_utc: str
    authority: str
    trusted: bool


def message_of(case_id: str, head: str) -> bytes:
    """What is stamped."""
    return f"safelight custody head {head} of case {case_id}".encode()


def make_request(case_id: str, head: str) -> bytes:
    """A time-stamp request in DER. It has no nonce, so that the answer can be fetched by hand at any time."""
    return (
        TimestampRequestBuilder()
        .hash_algorithm(HashAlgorithm.SHA256)
        .data(message_of(case_id, head))
        .nonce(nonce=False)
        .cert_request(cert_request=True)
        .build()
        .as_bytes()
    )


def stamp_record(case_id: str, head: str, answer: bytes) -> dict[str, JsonValue]:
    """What goes into the log for an answer.

    Raises:
        CustodyError: The answer is none, was refused, or is for something else.
    """
    read = _read(answer)
    if isinstance(read, str) or read.digest != _digest(case_id, head):
        why = read if isinstance(read, str) else "it is for something else"
        raise CustodyError(
            f"The answer is no time stamp for the head that was asked about: {why}.",
            kept="Nothing was added to the log.",
            advice="Make a new request with `safelight custody timestamp CASE --request FILE` and have that one answered.",
        )
    response = base64.b64encode(answer).decode()
    return {"head": head, "response_base64": response, "time_utc": read.time_utc, "authority": read.authority}


def check_stamp(details: Mapping[str, Any], case_id: str, roots: Sequence[x509.Certificate]) -> Stamp | str:
    """The stamp of one event, or what is wrong with it.

    Args:
        details: Of the event. `case_id`: of the case. `roots`: certificates of authorities that are trusted; without any, the stamp is
            checked to be for this head, and not who made it.
    """
    try:
        head, answer = details["head"], base64.b64decode(details["response_base64"], validate=True)
    except (KeyError, TypeError, ValueError):
        return "it holds no time stamp"
    read = _read(answer)
    if isinstance(read, str) or not isinstance(head, str) or read.digest != _digest(case_id, head):
        return "its time stamp is not for the head that it names"
    if roots:
        try:
            VerifierBuilder(roots=list(roots)).build().verify_message(read.response, message_of(case_id, head))
        except (VerificationError, *_DAMAGED) as error:
            return f"its time stamp does not hold against the given roots ({error})"
    return Stamp(head, read.time_utc, read.authority, bool(roots))


def read_roots(content: bytes) -> list[x509.Certificate]:
    """Certificates from a PEM file.

    Raises:
        CustodyError: There is none in it.
    """
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError as error:
        raise CustodyError(f"The file of root certificates holds none: {error}.", advice="Give a PEM file.") from error


@dataclass(frozen=True, slots=True)
class _Answer:
    """What an answer says. `digest`: of what it is for; empty for another digest than SHA-256."""

    response: TimeStampResponse
    digest: bytes
    time_utc: str
    authority: str


def _read(answer: bytes) -> _Answer | str:
    """An answer, read to its end; why not, in words, for one that is damaged or that refuses.

    The library reads its parts only when they are asked for, so that each of them can turn out to be damaged. It takes DER only, of which
    `answers` mends what authorities get wrong. What the log keeps is the answer as it came.
    """
    try:
        response = decode_timestamp_response(in_order(answer))
        if response.status != 0:
            return f"the authority refused it ({response.status})"
        imprint = response.tst_info.message_imprint
        digest = imprint.message if imprint.hash_algorithm.dotted_string == _SHA256 else b""
        time = response.tst_info.gen_time.strftime("%Y-%m-%dT%H:%M:%SZ")
        return _Answer(response, digest, time, _authority(response))
    except _DAMAGED as error:
        return f"it cannot be read ({error or type(error).__name__})"


def _digest(case_id: str, head: str) -> bytes:
    return hashlib.sha256(message_of(case_id, head)).digest()


def _authority(response: TimeStampResponse) -> str:
    name = response.tst_info.name
    if isinstance(name, x509.DirectoryName):
        return name.value.rfc4514_string()
    certificates = [x509.load_der_x509_certificate(der) for der in sorted(response.signed_data.certificates)]
    leaves = [each for each in certificates if not _is_authority(each)]
    return (leaves or certificates)[0].subject.rfc4514_string() if certificates else "not named"


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
