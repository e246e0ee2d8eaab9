"""The Ed25519 keys of a unit: made once, kept in files, named by the fingerprint of their public half.

A private key is a PKCS #8 PEM file, encrypted with a pass phrase unless the unit decides otherwise, readable by its owner only; a public key is
a SubjectPublicKeyInfo PEM file that can be given away.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InternalError, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.errors import CustodyKeyError

__all__ = ["KeyFolder", "PublicKey", "UnitKey", "read_public_key"]

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_MOST_BYTES: Final = 64 << 10
_DAMAGED: Final = (ValueError, TypeError, UnsupportedAlgorithm, InternalError)
"""What the library raises on damaged keys."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The half that others check with.

    Attributes:
        name: As its owner calls it. `raw`: 32 bytes.
    """

    name: str
    raw: bytes

    @property
    def hex(self) -> str:
        """The key as 64 hex digits."""
        return self.raw.hex()

    @property
    def fingerprint(self) -> str:
        """The first 32 hex digits of the SHA-256 of the key: short enough to be read out on the telephone."""
        return hashlib.sha256(self.raw).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class UnitKey:
    """A key that can sign."""

    name: str
    private: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """Its public half."""
        return PublicKey(self.name, self.private.public_key().public_bytes_raw())


class KeyFolder:
    """The folder with a unit's keys: `NAME.key.pem` and `NAME.pub.pem`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def make(self, name: str, pass_phrase: bytes) -> UnitKey:
        """Makes a key and writes both halves.

        Args:
            name: Letters, digits, dots, dashes and underscores. `pass_phrase`: empty for a key that is not encrypted.

        Raises:
            CustodyKeyError: The name is none, there is a key of that name already, or it cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise CustodyKeyError(
                f"{name!r} cannot be the name of a key.",
                kept="Nothing was made.",
                advice="Use letters, digits, dots and dashes.",
            )
        key = UnitKey(name, Ed25519PrivateKey.generate())
        protection: serialization.KeySerializationEncryption = (
            serialization.BestAvailableEncryption(pass_phrase) if pass_phrase else serialization.NoEncryption()
        )
        private = key.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)
        public = key.private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(self._private(name), private, 0o600)
            _write_new(self.public_file(name), public, 0o644)
        except FileExistsError as error:
            raise CustodyKeyError(
                f"There is a key named {name} already.", kept="It was left as it is.", advice="Choose another name."
            ) from error
        except OSError as error:
            raise CustodyKeyError(
                f"The key {name} cannot be written to {self.directory}: {error.strerror}.", advice="Check the folder."
            ) from error
        return key

    def names(self) -> list[str]:
        """The names of the keys that can sign."""
        return sorted(path.name.removesuffix(".key.pem") for path in self.directory.glob("*.key.pem"))

    def is_protected(self, name: str) -> bool:
        """Whether the key needs a pass phrase.

        Raises:
            CustodyKeyError: There is no such key.
        """
        return b"ENCRYPTED" in self._content(name)

    def load(self, name: str, pass_phrase: bytes = b"") -> UnitKey:
        """Reads a key.

        Raises:
            CustodyKeyError: There is no such key, the pass phrase is wrong or missing, or the file holds something else, such as a key that
                does not belong to the public half beside it.
        """
        content = self._content(name)
        try:
            private = serialization.load_pem_private_key(content, pass_phrase or None)
        except _DAMAGED as error:
            raise CustodyKeyError(
                f"The key {name} cannot be opened: {error}.",
                kept="Nothing was signed.",
                advice="Check the pass phrase.",
            ) from error
        if not isinstance(private, Ed25519PrivateKey):
            raise CustodyKeyError(
                f"The key {name} is not an Ed25519 key.", advice="`safelight custody key NAME` makes one."
            )
        key, public = UnitKey(name, private), self.public_file(name)
        # A damaged private half is a key too: what it signs nobody could check.
        if public.is_file() and read_public_key(public).raw != key.public.raw:
            raise CustodyKeyError(
                f"The two halves of the key {name} do not belong together.",
                kept="Nothing was signed.",
                advice=f"One of them was changed or replaced: restore {self._private(name).name} or {public.name} from a copy.",
            )
        return key

    def public_file(self, name: str) -> Path:
        """Where the public half lies."""
        return self.directory / f"{name}.pub.pem"

    def _private(self, name: str) -> Path:
        return self.directory / f"{name}.key.pem"

    def _content(self, name: str) -> bytes:
        path = self._private(name)
        if not _NAME.fullmatch(name) or not path.is_file():
            known = ", ".join(self.names()) or "none"
            raise CustodyKeyError(
                f"There is no key named {name!r} in {self.directory}.", kept="Nothing was signed.",
                advice=f"Keys there: {known}. `safelight custody key NAME` makes one.",
            )  # fmt: skip
        return path.read_bytes()


def read_public_key(path: Path) -> PublicKey:
    """Reads the public half from its file.

    Raises:
        CustodyKeyError: The file cannot be read or holds no Ed25519 public key.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES)
        key = serialization.load_pem_public_key(content)
    except (OSError, *_DAMAGED) as error:
        raise CustodyKeyError(
            f"{path} is no public key: {error}.", advice="Give the file NAME.pub.pem of whoever signed."
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise CustodyKeyError(f"{path} holds a key of another kind, not Ed25519.", advice="Give the file NAME.pub.pem.")
    return PublicKey(path.name.removesuffix(".pem").removesuffix(".pub"), key.public_bytes_raw())


def _write_new(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
