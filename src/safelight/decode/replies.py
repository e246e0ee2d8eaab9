"""What the parent believes of a worker's reply: nothing, until every field has been checked here.

In: the untrusted bytes of a frame's body. Out: our own record types. A reply that does not check raises `BadReplyError`; it costs
the file a finding and the worker its life. Pydantic is used only here, at this edge, with one validator a message.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from pydantic import JsonValue as AnyJson
from typing_extensions import TypedDict

from safelight.decode.archives.member import Member
from safelight.decode.bounding import FINDINGS, NAME_CHARS, TEXT_CHARS
from safelight.decode.protocol import BadReplyError
from safelight.model import (
    Basis,
    Finding,
    Fingerprints,
    JsonValue,
    MediaKind,
    Outcome,
    PdqHash,
    ReaderRun,
    Strength,
    Supports,
)

__all__ = ["CheckedDigests", "CheckedExamination", "CheckedReady", "ReplyChecker"]

_STRICT: Final = ConfigDict(extra="forbid", hide_input_in_errors=True)
_MEMBER_NAME_BYTES: Final = 1 << 16
_FEATURE_CHARS: Final = 1 << 13
_FEATURES_HEAD, _FEATURE_BYTES, _FEATURES = 4, 22, 256
"""As `safelight.fingerprint.features` packs them; compiled code later trusts that there are no more."""

_Name = Annotated[str, Field(max_length=NAME_CHARS)]
_Text = Annotated[str, Field(max_length=TEXT_CHARS)]
_Md5 = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
_Sha1 = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]
_Hex256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Size = Annotated[int, Field(strict=True, ge=0, lt=1 << 63)]
_Pixels = Annotated[int, Field(strict=True, ge=0, lt=1 << 40)]
_Time = Annotated[int, Field(strict=True, ge=-(1 << 63), lt=1 << 63)]


@with_config(_STRICT)
class _Finding(TypedDict):
    reader: _Name
    version: _Name
    what: _Text
    outcome: Outcome
    supports: Supports
    basis: Basis | None
    where: _Text
    strength: Strength
    could_be_faked_by: _Text
    does_not_show: _Text
    details: dict[str, AnyJson]


_Findings = Annotated[list[_Finding], Field(max_length=FINDINGS * 4)]


@with_config(_STRICT)
class _Pdq(TypedDict):
    hash: _Hex256
    quality: Annotated[int, Field(strict=True, ge=0, le=100)]


@with_config(_STRICT)
class _Fingerprints(TypedDict):
    pdq: _Pdq | None
    pdq_nearest512: _Pdq | None
    pdq_oriented: _Pdq | None
    pdq_dihedral: Annotated[list[_Hex256], Field(max_length=8)]
    features: Annotated[str, Field(max_length=_FEATURE_CHARS)] | None


@with_config(_STRICT)
class _Run(TypedDict):
    reader: _Name
    version: _Name
    outcome: Outcome


@with_config(_STRICT)
class _Digests(TypedDict):
    sha256: _Hex256
    sha1: _Sha1
    md5: _Md5
    size_bytes: _Size
    findings: _Findings


@with_config(_STRICT)
class _Done(TypedDict):
    media_type: Annotated[str, Field(max_length=120, pattern=r"^[a-z0-9.+-]+/[A-Za-z0-9.+-]+$")]
    kind: MediaKind
    width_px: _Pixels | None
    height_px: _Pixels | None
    frames: _Pixels | None
    fingerprints: _Fingerprints | None
    findings: _Findings
    runs: Annotated[list[_Run], Field(max_length=10_000)]
    memory_bytes: _Size
    out_of_memory: bool


@with_config(_STRICT)
class _Member(TypedDict):
    name: Annotated[str, Field(max_length=_MEMBER_NAME_BYTES * 2)] | None
    size_bytes: _Size | None
    modified_ns: _Time | None
    digests: tuple[_Hex256, _Sha1, _Md5] | None
    findings: _Findings


@with_config(_STRICT)
class _Ready(TypedDict):
    isolation: dict[str, AnyJson]
    readers: Annotated[list[tuple[_Name, _Name]], Field(max_length=10_000)]
    mode: Literal["examine", "unpack", "preview"]


@dataclass(frozen=True, slots=True)
class CheckedReady:
    """What a worker said when it was ready."""

    isolation: Mapping[str, JsonValue]
    readers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CheckedDigests:
    """The digests of one file, of the right form."""

    sha256: str
    sha1: str
    md5: str
    size_bytes: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class CheckedExamination:
    """All that a worker said of one file beyond its digests, of the right form."""

    media_type: str
    kind: MediaKind
    width_px: int | None
    height_px: int | None
    frames: int | None
    fingerprints: Fingerprints | None
    findings: tuple[Finding, ...]
    runs: tuple[ReaderRun, ...]
    memory_bytes: int
    out_of_memory: bool


class ReplyChecker:
    """The validators of all replies, built once."""

    def __init__(self) -> None:
        self._ready = TypeAdapter(_Ready)
        self._digests = TypeAdapter(_Digests)
        self._findings = TypeAdapter(_Findings)
        self._done = TypeAdapter(_Done)
        self._member = TypeAdapter(_Member)

    def ready(self, untrusted_body: bytes) -> CheckedReady:
        """Checks a worker's first message.

        Raises:
            BadReplyError: It does not have the form; likewise for every method here.
        """
        value = _check(self._ready, untrusted_body)
        return CheckedReady(value["isolation"], tuple(value["readers"]))

    def digests(self, untrusted_body: bytes) -> CheckedDigests:
        """Checks the digests of one file."""
        value = _check(self._digests, untrusted_body)
        return CheckedDigests(
            value["sha256"], value["sha1"], value["md5"], value["size_bytes"], _findings(value["findings"])
        )

    def unreadable(self, untrusted_body: bytes) -> tuple[Finding, ...]:
        """Checks the findings on a file that could not be read."""
        return _findings(_check(self._findings, untrusted_body))

    def done(self, untrusted_body: bytes) -> CheckedExamination:
        """Checks what was found in one file."""
        value = _check(self._done, untrusted_body)
        marks = value["fingerprints"]
        value["fingerprints"] = None if marks is None else Fingerprints(
            pdq=_pdq(marks["pdq"]),
            pdq_nearest512=_pdq(marks["pdq_nearest512"]),
            pdq_oriented=_pdq(marks["pdq_oriented"]),
            pdq_dihedral=tuple(marks["pdq_dihedral"]),
            features=_features(marks["features"]),
        )  # fmt: skip
        value["findings"] = _findings(value["findings"])
        value["runs"] = tuple(ReaderRun(**run) for run in value["runs"])
        return CheckedExamination(**value)

    def member(self, untrusted_body: bytes) -> Member:
        """Checks the header of one archive member."""
        value = _check(self._member, untrusted_body)
        try:
            name = None if value["name"] is None else base64.b64decode(value["name"], validate=True)
        except binascii.Error:
            raise BadReplyError("name: not base64") from None
        if name is not None and len(name) > _MEMBER_NAME_BYTES:
            raise BadReplyError("name: too long")
        return Member(
            name=name,
            size_bytes=value["size_bytes"],
            modified_ns=value["modified_ns"],
            digests=value["digests"],
            findings=_findings(value["findings"]),
        )


def _check(adapter: TypeAdapter[Any], untrusted_body: bytes) -> Any:
    try:
        return adapter.validate_json(untrusted_body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join(str(part)[:40] for part in first["loc"][:6])
        raise BadReplyError(f"{place or 'body'}: {first['msg'][:200]}") from None


def _findings(checked: Sequence[Any]) -> tuple[Finding, ...]:
    return tuple(Finding(**fields) for fields in checked)


def _features(checked: str | None) -> bytes | None:
    if checked is None:
        return None
    try:
        packed = base64.b64decode(checked, validate=True)
    except binascii.Error:
        raise BadReplyError("fingerprints.features: not base64") from None
    number, rest = divmod(len(packed) - _FEATURES_HEAD, _FEATURE_BYTES)
    if rest or not 0 <= number <= _FEATURES:
        raise BadReplyError("fingerprints.features: no whole number of features, or too many")
    return packed


def _pdq(checked: Any) -> PdqHash | None:
    return None if checked is None else PdqHash(checked["hash"], checked["quality"])
