"""Named accounts for a team: who may come in, as what. Passwords are kept only as Argon2id digests; guessing locks a name for a while.

The accounts lie beside the case in `accounts.json`, which only its owner can read.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from safelight.errors import SettingsError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["FEWEST_CHARS", "Account", "Accounts", "LockedError", "Role"]

FEWEST_CHARS: Final = 12
"""Shortest password that is taken."""

_FILE: Final = "accounts.json"
_FAILURES: Final = 5
_LOCKED_SECONDS: Final = 15 * 60.0
_NAME_CHARS: Final = 60
_PASSWORD_CHARS: Final = 1_000


class Role(StrEnum):
    """What an account may do. A reader is shown no picture and no prompt and decides nothing; a lead sees all votes before the own one."""

    REVIEWER = "reviewer"
    LEAD = "lead"
    READER = "read-only"


@dataclass(frozen=True, slots=True)
class Account:
    """One person and their role."""

    name: str
    role: Role


class LockedError(Exception):
    """Too many wrong passwords for this name; nothing is tried for a while."""


class Accounts:
    """The accounts of one case. For several threads.

    Args:
        directory: Of the case. `hasher`: digests passwords, as the library advises when None. `monotonic`: seconds.

    Raises:
        SettingsError: `argon2-cffi` is not installed, or the file cannot be read.
    """

    def __init__(
        self, directory: Path, *, hasher: PasswordHasher | None = None, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        try:
            from argon2 import PasswordHasher
        except ImportError as error:
            raise SettingsError(
                "Accounts need the package argon2-cffi.", advice="Run `python3 -m pip install 'safelight[review]'`."
            ) from error
        self._path, self._monotonic = directory / _FILE, monotonic
        self._hasher = hasher or PasswordHasher()
        self._turn = threading.Lock()
        self._failures: dict[str, list[float]] = {}
        self._rows: dict[str, dict[str, str]] = self._read()
        # Against this one an unknown name is tried, so that it takes as long as a known one.
        self._nobody = self._hasher.hash(os.urandom(16).hex())

    @property
    def names(self) -> tuple[str, ...]:
        """Everybody who has an account."""
        return tuple(self._rows)

    def add(self, name: str, role: Role, password: str) -> None:
        """Adds an account, or gives it another role and password.

        Raises:
            SettingsError: The name or the password is too short or too long, or the file cannot be written.
        """
        if not name.strip() or name != name.strip() or not name.isprintable() or len(name) > _NAME_CHARS:
            raise SettingsError(f"A name has 1 to {_NAME_CHARS} printable characters.", advice="Give another one.")
        if not FEWEST_CHARS <= len(password) <= _PASSWORD_CHARS:
            raise SettingsError(f"A password has at least {FEWEST_CHARS} characters.", advice="Give a longer one.")
        self._rows[name] = {"role": str(role), "password": self._hasher.hash(password)}
        try:
            with tempfile.NamedTemporaryFile(dir=self._path.parent, delete=False) as file:
                file.write(orjson.dumps(self._rows, option=orjson.OPT_INDENT_2))
            Path(file.name).replace(self._path)
        except OSError as error:
            raise SettingsError(
                f"{self._path} cannot be written: {error.strerror}.", advice="Check the directory."
            ) from error

    def check(self, name: str, password: str) -> Account | None:
        """The account of this name, if the password is its own; None otherwise. One password is tried at a time.

        Raises:
            LockedError: The name is locked; the password was not tried.
        """
        from argon2.exceptions import Argon2Error, InvalidHashError

        with self._turn:
            now = self._monotonic()
            self._failures = {
                key: kept
                for key, moments in self._failures.items()
                if (kept := [moment for moment in moments if now - moment < _LOCKED_SECONDS])
            }
            if len(self._failures.get(name, ())) >= _FAILURES:
                raise LockedError(name)
            row = self._rows.get(name)
            try:
                self._hasher.verify(row["password"] if row else self._nobody, password[:_PASSWORD_CHARS])
            except (Argon2Error, InvalidHashError):
                row = None
            if row is None:
                self._failures.setdefault(name[:_NAME_CHARS], []).append(now)
                return None
            self._failures.pop(name, None)
            return Account(name, Role(row["role"]))

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            found: Any = orjson.loads(self._path.read_bytes())
            return {
                str(name): {"role": Role(row["role"]), "password": str(row["password"])} for name, row in found.items()
            }
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SettingsError(
                f"{self._path} cannot be read: {error}.", advice="Restore it, or make the accounts anew."
            ) from error
