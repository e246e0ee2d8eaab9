"""Link files: what a case holds as keyed digests, so that two units learn whether they share anything before they show each other anything.

Each trace is told as the first 16 bytes of HMAC-SHA-256 (RFC 2104) under a key that the two units agree on; each kind of trace has a
key of its own, so that digests of different kinds cannot be compared. The key comes from a file of random bytes, or from a pass phrase
through scrypt (RFC 7914) with the salt that the link file names. Whoever has the key can try values against the file, one by one;
whoever has only the file can guess a weak pass phrase. How many traces of each kind there are is not hidden. Near-duplicates cannot be
compared: a keyed digest is equal or not.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from safelight.errors import SourceError
from safelight.grouping.links import KINDS, Trace
from safelight.model import JsonValue

__all__ = [
    "KEY_BYTES",
    "PHRASE_CHARS",
    "SCHEMA",
    "Key",
    "LinkFile",
    "held_in",
    "key_from_bytes",
    "key_from_phrase",
    "link_file_bytes",
    "read_link_file",
    "shared_digests",
]

SCHEMA: Final = "safelight.link-file/1"
KEY_BYTES: Final = 32
"""Fewest bytes of a key file."""

PHRASE_CHARS: Final = 12
"""Fewest characters of a pass phrase; five words taken by dice from a list of thousands are better."""

_SALT_BYTES: Final = 16
_SCRYPT: Final = {"n": 1 << 17, "r": 8, "p": 1}
_DIGEST_BYTES: Final = 16
_CONTEXT: Final = b"safelight link file 1/"
_FILE_BYTES: Final = 1 << 30

_Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class _Made(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    source: Literal["key file", "pass phrase"] = Field(alias="from")
    salt: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32})?$")] = ""
    n: Annotated[int, Field(ge=1 << 14, le=1 << 20)] = 1 << 17
    r: Annotated[int, Field(ge=8, le=16)] = 8
    p: Annotated[int, Field(ge=1, le=4)] = 1


class LinkFile(BaseModel):
    """A link file as read, checked; it comes from outside.

    Attributes:
        key: How the key is made. `check`: what the key gives for a fixed text; a wrong key gives another.
        made_utc: When the publisher made it. `kinds`: digests by kind, ascending.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["safelight.link-file/1"] = Field(alias="schema")
    made_utc: Annotated[str, StringConstraints(max_length=40)]
    key: _Made
    check: _Digest
    kinds: dict[str, list[_Digest]]


@dataclass(frozen=True, slots=True)
class Key:
    """A key, and how it is made, as the link file says it. Never printed."""

    secret: bytes = field(repr=False)
    made: dict[str, JsonValue]

    def digest(self, kind: str, key: str) -> str:
        """The keyed digest of one trace, 32 hex digits."""
        return _mac(_mac(self.secret, _CONTEXT + kind.encode()), bytes.fromhex(key)).hex()[: 2 * _DIGEST_BYTES]

    @property
    def check(self) -> str:
        """What tells this key from another."""
        return _mac(_mac(self.secret, _CONTEXT + b"check"), b"").hex()[: 2 * _DIGEST_BYTES]


def key_from_bytes(raw: bytes) -> Key:
    """The key that is in a key file.

    Raises:
        SourceError: It is too short.
    """
    if len(raw) < KEY_BYTES:
        raise SourceError(
            f"The key file holds {len(raw)} bytes; it must hold at least {KEY_BYTES}.",
            advice="Make one from random bytes.",
        )
    return Key(_mac(raw, _CONTEXT + b"key"), {"from": "key file"})


def key_from_phrase(phrase: str, random_bytes: Callable[[int], bytes], like: LinkFile | None = None) -> Key:
    """The key that a pass phrase gives.

    Args:
        phrase: Taken as it is, in UTF-8. `random_bytes`: gives the salt.
        like: A link file whose salt and cost are used, so that the two can be compared.

    Raises:
        SourceError: The pass phrase is too short.
    """
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    if len(phrase) < PHRASE_CHARS:
        raise SourceError(
            f"The pass phrase has {len(phrase)} characters; it must have at least {PHRASE_CHARS}.",
            advice="Choose several words at random: who has the file can try pass phrases.",
        )
    salt, cost = random_bytes(_SALT_BYTES), dict(_SCRYPT)
    if like is not None:
        salt, cost = bytes.fromhex(like.key.salt), {"n": like.key.n, "r": like.key.r, "p": like.key.p}
    secret = Scrypt(salt=salt, length=32, **cost).derive(phrase.encode())
    return Key(secret, {"from": "pass phrase", "salt": salt.hex(), **cost})


def link_file_bytes(traces: Iterable[Trace], key: Key, made_utc: str) -> tuple[bytes, dict[str, int]]:
    """The link file, and how many digests of each kind it holds.

    Args:
        traces: Of the case; public ones are left out, they link nobody.
    """
    kinds: dict[str, set[str]] = {}
    for trace in traces:
        if not trace.public:
            kinds.setdefault(trace.kind, set()).add(key.digest(trace.kind, trace.key))
    record: dict[str, Any] = {
        "schema": SCHEMA, "made_utc": made_utc, "key": key.made, "check": key.check,
        # In the order of the digests, which says nothing about the order of the values.
        "kinds": {kind: sorted(kinds[kind]) for kind in KINDS if kind in kinds},
    }  # fmt: skip
    data = orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    return data, {kind: len(kinds[kind]) for kind in KINDS if kind in kinds}


def read_link_file(raw: bytes, name: str) -> LinkFile:
    """Reads a link file of anybody.

    Args:
        raw: Its bytes. `name`: as a person knows it, for errors.

    Raises:
        SourceError: It is not one, or too large.
    """
    if len(raw) > _FILE_BYTES:
        raise SourceError(f"{name} is larger than {_FILE_BYTES >> 20} MiB.", advice="Ask for a new one.")
    try:
        return LinkFile.model_validate(orjson.loads(raw))
    except (orjson.JSONDecodeError, ValidationError) as error:
        why = "it is not JSON" if isinstance(error, orjson.JSONDecodeError) else "it does not have the form of one"
        raise SourceError(
            f"{name} is not a link file: {why}.", advice="`safelight link publish CASE -o FILE` makes one."
        ) from error


def shared_digests(one: LinkFile, other: LinkFile) -> dict[str, tuple[int, int, int]]:
    """By kind: digests that both hold, and how many each holds. No key is needed, and no value is learned.

    Raises:
        SourceError: They were made with different keys.
    """
    if not hmac.compare_digest(one.check, other.check):
        raise SourceError(
            "The two link files were made with different keys, so that nothing can be compared.",
            advice="Publish one of them anew with the key of the other; with a pass phrase, `--like FILE` takes the salt from it.",
        )
    found = {}
    for kind in KINDS:
        first, second = set(one.kinds.get(kind, ())), set(other.kinds.get(kind, ()))
        if first or second:
            found[kind] = len(first & second), len(first), len(second)
    return found


def held_in(file: LinkFile, key: Key, traces: Iterable[Trace]) -> Iterator[Trace]:
    """The traces of a case that a link file holds too.

    Raises:
        SourceError: The file was made with another key.
    """
    if not hmac.compare_digest(file.check, key.check):
        raise SourceError(
            "The key or the pass phrase is not the one that the link file was made with.",
            kept="Nothing was compared: with a wrong key nothing is ever shared.",
            advice="Agree on it anew; blanks and capitals count.",
        )
    digests = {kind: frozenset(held) for kind, held in file.kinds.items()}
    for trace in traces:
        if not trace.public and key.digest(trace.kind, trace.key) in digests.get(trace.kind, ()):
            yield trace


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, sha256)
