"""The trust lists in force: those that ship, and newer ones that the unit installed in their place.

In: a checked bundle. Out: the lists that the C2PA reader judges by, and what to record of them. An installed list is one file, put in
place whole or not at all; taking it away brings the shipped one back. A list says who vouches for a signer, never that a picture is true.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from safelight.errors import SettingsError
from safelight.model import display_text
from safelight.origin.trust import TrustLists, assembled, shipped_index, shipped_text
from safelight.origin.trust.bundle import Bundle, fingerprints
from safelight.settings import Settings

__all__ = ["PARTS", "Change", "TrustPart", "TrustStore", "default_directory"]

PARTS: Final = {
    "official": "official.pem",
    "official-tsa": "official-tsa.pem",
    "interim": "interim-anchors.pem",
    "interim-allowed": "interim-allowed.pem",
}
"""What can be replaced, and the file that ships for it."""

_TITLES: Final = {
    "official": "C2PA Trust List: who may vouch for signers",
    "official-tsa": "C2PA Time-Stamping Authority Trust List",
    "interim": "interim trust list: who may vouch for signers and for time stamps",
    "interim-allowed": "interim trust list: single signers",
}
_SCHEMA: Final = "safelight.trust-list/1"
_KEPT: Final = "Nothing was installed; the lists are as they were."


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPart:
    """One list, or part of one, as it is in force.

    Attributes:
        name: One of `PARTS`. `title`: what it is. `date`: YYYY-MM-DD. `sha256`: over the file as it was published.
        certificates: How many different ones. `installed_utc`, `file`: when it was installed, and from which file; empty for a shipped one.
        shipped_date: Date of the one that ships.
    """

    name: str
    title: str
    date: str
    sha256: str
    certificates: int
    pem: str
    shipped_date: str
    installed_utc: str = ""
    file: str = ""

    @property
    def in_words(self) -> str:
        """For the custody log, the report and `doctor`."""
        origin = f"installed {self.installed_utc[:10]} from {self.file}" if self.installed_utc else "as shipped"
        return f"{self.date}, {self.certificates} certificates, SHA-256 {self.sha256}, {origin}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What an update did: `part` as it is now, `before` as it was, and how many certificates came, went and have run out."""

    part: TrustPart
    before: TrustPart
    added: int
    removed: int
    expired: int


def default_directory(settings: Settings) -> Path:
    """Where installed lists lie: from the settings, else in the user's data directory."""
    if settings.trust_store:
        return Path(settings.trust_store)
    from platformdirs import user_data_path

    return Path(user_data_path("safelight")) / "trust"


class TrustStore:
    """The lists of one unit.

    Args:
        directory: Need not exist until something is installed.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def parts(self) -> list[TrustPart]:
        """Every part as it is in force, in the order of `PARTS`.

        Raises:
            SettingsError: An installed list cannot be read, or is not what was installed.
        """
        return [self._installed(part) or part for part in _shipped()]

    def lists(self) -> TrustLists | None:
        """The lists in force; None when nothing is installed, so that those that ship are.

        Raises:
            SettingsError: As `parts`.
        """
        parts = self.parts()
        if not any(part.installed_utc for part in parts):
            return None
        return _lists(parts)

    def versions(self) -> dict[str, str]:
        """What to record of the lists: name and state of each."""
        return {f"trust list {part.name}": part.in_words for part in self.parts()}

    def update(
        self, bundle: Bundle, now: dt.datetime, *, name: str | None = None, date: str | None = None, older: bool = False
    ) -> Change:
        """Puts a checked bundle in the place of one part.

        Args:
            bundle: The bundle. `now`: the present time, with its zone.
            name: Which part; told by the certificates that it shares with the lists in force when None.
            date: Its date, YYYY-MM-DD; when None the newest day that its text names, else that of its newest certificate.
            older: Whether it may be older than the one in force.

        Raises:
            SettingsError: It is none of the lists, is older, its date lies ahead, or it cannot be written. Nothing is installed then.
        """
        parts = {part.name: part for part in self.parts()}
        name = self._name(bundle, parts, name)
        before = parts[name]
        day = date or bundle.stated_date or bundle.newest_date
        if day > now.date().isoformat():
            raise _refused(bundle, f"its date {day} lies ahead", "Check the clock, or give the right day with --date.")
        if day < before.date and not older:
            raise _refused(
                bundle, f"its date {day} is older than that of the list in force ({before.date})",
                "Check that it is the newest; --date gives its day where the file does not say it, --older installs it all the same.",
            )  # fmt: skip
        if name != "interim-allowed" and not bundle.authorities:
            raise _refused(
                bundle, "none of its certificates may sign others, so that it can vouch for nobody", "Check the file."
            )
        part = replace(
            before, date=day, sha256=bundle.sha256, certificates=len(bundle.fingerprints), pem=bundle.pem,
            installed_utc=now.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"), file=bundle.file,
        )  # fmt: skip
        self._try(bundle, _lists([part if one.name == name else one for one in parts.values()]))
        self._write(part)
        old = fingerprints(before.pem)
        return Change(
            part=part, before=before, added=len(bundle.fingerprints - old), removed=len(old - bundle.fingerprints), expired=bundle.expired
        )  # fmt: skip

    def reset(self, names: Sequence[str] = ()) -> list[str]:
        """Takes installed lists away, all when none is named; returns which. Those that ship are in force again."""
        gone = []
        for name in names or PARTS:
            try:
                self._path(name).unlink()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise SettingsError(
                    f"The installed list {display_text(os.fsencode(self._path(name)))} cannot be removed: {error.strerror}.",
                    kept="It is still in force.",
                    advice="Check your right to write in that folder.",
                ) from error
            gone.append(name)
        return gone

    def _name(self, bundle: Bundle, parts: dict[str, TrustPart], named: str | None) -> str:
        """Which part a bundle is for: the one that it shares most certificates with, as it is in force or as it ships."""
        shared = {
            part.name: len(bundle.fingerprints & (fingerprints(part.pem) | fingerprints(parts[part.name].pem)))
            for part in _shipped()
        }
        best = max(shared.values())
        likely = [name for name, number in shared.items() if number == best and best]
        if named is None:
            if len(likely) != 1:
                why = (
                    "it shares no certificate with any list in force"
                    if not likely
                    else f"it can be {' or '.join(likely)}"
                )
                raise _refused(bundle, why, f"Say which list it is: --list {', '.join(PARTS)}.")
            return likely[0]
        if best > shared[named]:
            raise _refused(
                bundle, f"it looks like the list {likely[0]} ({best} certificates are the same), not like {named}",
                f"Install it with --list {likely[0]}, or give the right file.",
            )  # fmt: skip
        return named

    @staticmethod
    def _try(bundle: Bundle, lists: TrustLists) -> None:
        """Makes sure that the library that checks signatures takes the lists."""
        from safelight.origin.readers.c2pa import C2paReader

        try:
            C2paReader(lists)
        except Exception as error:  # whatever the native library says of it: the list is not installed
            raise _refused(
                bundle, f"the library that checks signatures does not take it ({error})", "Check the file."
            ) from error

    def _path(self, name: str) -> Path:
        return self.directory / f"{name}.json"

    def _installed(self, shipped: TrustPart) -> TrustPart | None:
        path = self._path(shipped.name)
        try:
            raw = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unusable(path, error.strerror or str(error)) from error
        try:
            record = json.loads(raw)
            if record.pop("schema") != _SCHEMA:
                raise ValueError("it is of another version")
            part = replace(shipped, **record)
            if part.name != shipped.name or hashlib.sha256(part.pem.encode("utf-8")).hexdigest() != part.sha256:
                raise ValueError("it was changed after it was installed")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise _unusable(path, str(error)) from error
        return part

    def _write(self, part: TrustPart) -> None:
        kept = ("name", "date", "sha256", "certificates", "pem", "installed_utc", "file")
        record = {"schema": _SCHEMA, **{key: value for key, value in asdict(part).items() if key in kept}}
        path, made = self._path(part.name), None
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=self.directory, prefix=".new-", delete=False
            ) as stream:
                made = stream.name
                json.dump(record, stream, ensure_ascii=True, indent=1)
                stream.flush()
                os.fsync(stream.fileno())
            Path(made).replace(path)
        except OSError as error:
            if made is not None:
                with suppress(OSError):
                    Path(made).unlink()
            raise SettingsError(
                f"The list cannot be installed in {display_text(os.fsencode(self.directory))}: {error.strerror}.",
                kept=_KEPT,
                advice="Check the folder and the room on its disk; the setting trust_store names another.",
            ) from error


def _shipped() -> list[TrustPart]:
    index = shipped_index()
    dates = {
        entry[key]: entry["date"] for entry in (*index["signers"], *index["time_stamps"]) for key in ("anchors", "allowed") if key in entry
    }  # fmt: skip
    made = []
    for name, file in PARTS.items():
        pem = shipped_text(file)
        made.append(
            TrustPart(
                name=name,
                title=_TITLES[name],
                date=dates[file],
                sha256=index["digests"][file],
                certificates=pem.count("-----BEGIN CERTIFICATE-----"),
                pem=pem,
                shipped_date=dates[file],
            )
        )
    return made


def _lists(parts: Sequence[TrustPart]) -> TrustLists:
    installed = {PARTS[part.name]: part for part in parts if part.installed_utc}

    def part(file: str) -> tuple[str, str | None]:
        found = installed.get(file)
        return (found.pem, found.date) if found is not None else (shipped_text(file), None)

    return assembled(part)


def _refused(bundle: Bundle, why: str, advice: str) -> SettingsError:
    return SettingsError(f"The file {bundle.file} is not installed: {why}.", kept=_KEPT, advice=advice)


def _unusable(path: Path, why: str) -> SettingsError:
    return SettingsError(
        f"The installed trust list {display_text(os.fsencode(path))} cannot be used: {why}.",
        kept="It was left as it is; nothing was judged by it.",
        advice="`safelight trust reset` goes back to the list that ships; then install it again.",
    )
