"""The cameras that the unit enrolled: a folder with one file for each, in the user's data, outside any case. No database.

NAME.json holds the fingerprint, the digests of the photographs that it is of, and its own digest, by which a damaged or changed file is told. A file
is put in place whole or not at all; one that cannot be read is named as such and harms no other.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safelight.errors import CameraError
from safelight.origin.camera.fingerprint import Fingerprint
from safelight.settings import Settings

__all__ = ["ALL", "BrokenCamera", "Camera", "CameraStore", "default_directory"]

ALL: Final = "all"
"""Word that asks for every enrolled camera, so that none can have it as its name."""

_SCHEMA: Final = "safelight.camera/1"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]{0,63}")
_ENDING: Final = ".json"
_FILE_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One enrolled camera.

    Attributes:
        name: As the unit calls it. `enrolled_utc`: when. `digest`: of its fingerprint; two enrolments of one phone have two.
        references: SHA-256 of the photographs that the fingerprint is of, in order.
        agreement: Peak-to-correlation energy between the halves of these photographs: how surely they are of one sensor.
    """

    name: str
    fingerprint: Fingerprint
    digest: str
    references: tuple[str, ...]
    agreement: float
    enrolled_utc: str

    def for_workers(self) -> dict[str, Any]:
        """What the reader needs of it, as JSON."""
        return {"name": self.name, "digest": self.digest, "fingerprint": self.fingerprint.record()}

    @property
    def described(self) -> str:
        """For the custody log."""
        size = f"{self.fingerprint.width_px} x {self.fingerprint.height_px}"
        return f"{len(self.references)} photographs of {size}, enrolled {self.enrolled_utc}, SHA-256 {self.digest}"


@dataclass(frozen=True, slots=True)
class BrokenCamera:
    """A file of the store that cannot be used: its name, and why."""

    name: str
    why: str


def default_directory(settings: Settings) -> Path:
    """Where the cameras lie: from the settings, else in the user's data directory."""
    if settings.camera_store:
        return Path(settings.camera_store)
    from platformdirs import user_data_path

    return Path(user_data_path("safelight")) / "cameras"


class CameraStore:
    """The cameras in one folder, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def check_name(self, name: str) -> None:
        """Makes sure, before minutes of reading, that a camera can be kept under this name.

        Raises:
            CameraError: It cannot, or another has it.
        """
        if not _NAME.fullmatch(name) or name.casefold() == ALL:
            raise CameraError(
                f"A camera cannot be named {name!r}.",
                advice=f"Use up to 64 letters, digits, spaces, dots, plus signs and dashes; not the word {ALL!r}.",
            )
        if self._path(name).exists():
            raise CameraError(
                f"A camera named {name} is enrolled already.",
                advice=f"Run `safelight camera remove {name}` first, or name it otherwise.",
            )

    def add(self, camera: Camera) -> None:
        """Keeps a camera.

        Raises:
            CameraError: Its name cannot be used or is taken, or the folder cannot be written.
        """
        self.check_name(camera.name)
        record = {
            "schema": _SCHEMA, "name": camera.name, "enrolled_utc": camera.enrolled_utc, "digest": camera.digest,
            "agreement": round(camera.agreement, 2), "references": list(camera.references), "fingerprint": camera.fingerprint.record(),
        }  # fmt: skip
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            new = self._folder / f".{camera.name}.{os.getpid()}"
            try:
                new.write_text(json.dumps(record), "utf-8")
                # Unlike a renaming, a link never takes the place of a camera that another process has put there since.
                os.link(new, self._path(camera.name))
            finally:
                new.unlink(missing_ok=True)
        except FileExistsError as error:
            raise CameraError(f"A camera named {camera.name} is enrolled already.") from error
        except OSError as error:
            raise CameraError(
                f"The camera cannot be kept in {self._folder}: {error.strerror or error}.",
                kept="Nothing was enrolled.",
                advice="Check the folder and the space on its disk.",
            ) from error

    def cameras(self) -> tuple[list[Camera], list[BrokenCamera]]:
        """All of them by name, and those whose file cannot be used."""
        found, broken = [], []
        for path in sorted(self._folder.glob(f"*{_ENDING}")) if self._folder.is_dir() else []:
            if path.name.startswith("."):
                continue
            try:
                found.append(_read(path))
            except CameraError as error:
                broken.append(BrokenCamera(path.name.removesuffix(_ENDING), error.what))
        return found, broken

    def get(self, name: str) -> Camera:
        """The camera so named.

        Raises:
            CameraError: There is none, or its file is damaged.
        """
        if not _NAME.fullmatch(name) or not self._path(name).is_file():
            raise CameraError(f"There is no camera named {name!r}.", advice="`safelight camera list` names them.")
        return _read(self._path(name))

    def asked(self, names: Sequence[str]) -> list[Camera]:
        """The cameras of these names, each once, by name; every one that can be read where the word "all" is among them.

        Raises:
            CameraError: One that is named is not there or is damaged; or all were asked for and there is none.
        """
        if ALL not in names:
            return [self.get(name) for name in sorted(set(names))]
        found, broken = self.cameras()
        if broken:
            raise CameraError(
                broken[0].why, advice=f"Remove it (`safelight camera remove {broken[0].name}`) and enrol it again."
            )
        if not found:
            raise CameraError("No camera is enrolled.", advice="`safelight camera enrol NAME PHOTO...` enrols one.")
        return found

    def remove(self, name: str) -> None:
        """Removes a camera, a damaged one too; findings that cases have recorded stay there.

        Raises:
            CameraError: There is none of that name.
        """
        with suppress(FileNotFoundError):
            if _NAME.fullmatch(name):
                self._path(name).unlink()
                return
        raise CameraError(f"There is no camera named {name!r}.", advice="`safelight camera list` names them.")

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_ENDING}"


def _read(path: Path) -> Camera:
    name = path.name.removesuffix(_ENDING)
    try:
        if path.stat().st_size > _FILE_BYTES:
            raise ValueError("it is too large")
        record: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        camera = Camera(
            name=name,
            fingerprint=Fingerprint.from_record(record["fingerprint"]),
            digest=str(record["digest"]),
            references=tuple(str(one) for one in record["references"]),
            agreement=float(record["agreement"]),
            enrolled_utc=str(record["enrolled_utc"]),
        )
        if camera.fingerprint.digest != camera.digest or record["name"] != name:
            raise ValueError("it is not what was enrolled")
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise CameraError(
            f"The file of the camera {name} cannot be used: {error}.",
            advice=f"Run `safelight camera remove {name}` and enrol it again.",
        ) from error
    return camera
