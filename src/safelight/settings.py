"""Settings: typed, and taken from file < environment < flag.

The file is TOML, by default `settings.toml` in the user's configuration directory (`SAFELIGHT_SETTINGS` names another).
Every field can be set by an environment variable `SAFELIGHT_<FIELD>` in capitals.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from safelight.errors import SettingsError
from safelight.model import PDQ_DEFAULT_DISTANCE_BITS

__all__ = ["Settings", "load_settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a unit can set.

    Attributes:
        workers: Number of walled workers; 0 means one for each CPU core that this process may use.
        pdq_distance_bits: Hamming distance up to which PDQ hashes match a list, 0 to 64.
        group_distance_bits: The same for near-duplicates inside a case.
        dihedral: Whether the PDQ of flips and rotations is computed too.
        scenes: Whether pictures that share part of a scene are linked, which costs some 16 ms a picture.
        traces: Whether traces in the pixels (the grid of an earlier JPEG, enlargement) are looked for, which costs some 8 ms a picture; `inspect`
            always does.
        hashset_store: Directory of the unit's hash sets; empty means the user's data directory.
        trust_store: Directory of C2PA trust lists that the unit installed; empty means the user's data directory.
        model_store: Directory of the unit's own models; empty means the user's data directory.
        camera_store: Directory of the cameras that the unit enrolled; empty means the user's data directory.
        cameras: Names of enrolled cameras whose sensor pattern is looked for in every picture, `all` for each of them; none by default.
        queue_rules: TOML file with the unit's own queue rules; empty means the rules that Safelight ships.
        category_scheme: Categories that reviewers choose from: the name of a shipped scheme or a TOML file; empty means `yes-no`.
        wellness_rules: TOML file with the unit's own rules of shielding and exposure; empty means those that Safelight ships.
        cpu_s: CPU seconds for one file. `wall_s`: seconds for one file. `memory_mib`: memory of a worker, MiB.
        pixels: Pixels of one frame above which no decoding is tried.
        archive_depth: How many archives inside one another are opened.
        archive_ratio: Unpacked bytes for each packed byte above which an archive counts as a bomb.
        archive_total_gib: Unpacked GiB of one archive that are read.
        readers: Names of plug-in readers from outside (`package.module:Class`), run after ours.
        watermark_decoders: Decoders of watermarks that the unit brings: `package.module:Class`, or `package.module:Class=/path/of/weights`.
        examiner: Name of the person who runs this, as it goes into the custody log; empty means the log-in name.
    """

    workers: int = 0
    pdq_distance_bits: int = PDQ_DEFAULT_DISTANCE_BITS
    group_distance_bits: int = PDQ_DEFAULT_DISTANCE_BITS
    dihedral: bool = False
    scenes: bool = True
    traces: bool = False
    hashset_store: str = ""
    model_store: str = ""
    camera_store: str = ""
    cameras: tuple[str, ...] = ()
    trust_store: str = ""
    queue_rules: str = ""
    category_scheme: str = ""
    wellness_rules: str = ""
    cpu_s: int = 60
    wall_s: float = 120.0
    memory_mib: int = 6144
    pixels: int = 300_000_000
    archive_depth: int = 5
    archive_ratio: int = 200
    archive_total_gib: int = 64
    readers: tuple[str, ...] = ()
    watermark_decoders: tuple[str, ...] = ()
    examiner: str = ""

    def __post_init__(self) -> None:
        for name, low, high in (
            ("workers", 0, 512), ("pdq_distance_bits", 0, 64), ("group_distance_bits", 0, 64), ("cpu_s", 1, 86_400),
            ("wall_s", 1, 86_400), ("memory_mib", 512, 1 << 20), ("pixels", 1 << 16, 1 << 32), ("archive_depth", 0, 32),
            ("archive_ratio", 2, 100_000), ("archive_total_gib", 1, 1 << 20),
        ):  # fmt: skip
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(
                    f"The setting {name} is {value}; it must lie between {low} and {high}.", advice="Correct it."
                )

    @property
    def worker_count(self) -> int:
        """The number of workers to start, at least 1."""
        return self.workers or max(1, len(os.sched_getaffinity(0)))


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """Reads the settings: file, then environment, then flags; a flag that is None was not given.

    Raises:
        SettingsError: A name is unknown, a value has the wrong type or lies outside its range, or a named file is missing.
    """
    environment = os.environ if environment is None else environment
    named = str(file) if file else environment.get("SAFELIGHT_SETTINGS", "")
    settings = Settings()
    path = Path(named) if named else _default_file()
    if named or path.is_file():
        settings = _apply(settings, _read_file(path), str(path))
    from_environment = {
        item.name: environment[f"SAFELIGHT_{item.name.upper()}"]
        for item in fields(Settings)
        if f"SAFELIGHT_{item.name.upper()}" in environment
    }
    settings = _apply(settings, from_environment, "the environment")
    return _apply(settings, {k: v for k, v in (flags or {}).items() if v is not None}, "the command line")


def _default_file() -> Path:
    from platformdirs import user_config_path

    return user_config_path("safelight") / "settings.toml"


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(
            f"The settings file {path} cannot be read: {error}.", advice="Correct the file or its name."
        ) from error


def _apply(settings: Settings, values: Mapping[str, Any], where: str) -> Settings:
    known = {item.name: getattr(settings, item.name) for item in fields(Settings)}
    changes: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise SettingsError(f"Unknown setting {name!r} in {where}.", advice=f"Known settings: {', '.join(known)}.")
        changes[name] = _convert(name, value, known[name], where)
    return replace(settings, **changes)


def _convert(name: str, value: Any, current: Any, where: str) -> Any:
    wrong = SettingsError(
        f"The setting {name} in {where} has the wrong type: {value!r}.", advice=f"Give a {type(current).__name__}."
    )
    try:
        if isinstance(current, bool):
            if isinstance(value, bool):
                return value
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[str(value).lower()]
        if isinstance(current, tuple):
            return tuple(value.split(",")) if isinstance(value, str) else tuple(str(item) for item in value)
        if isinstance(value, bool) or (isinstance(current, int) and isinstance(value, float)):
            raise wrong
        return type(current)(value)
    except (KeyError, TypeError, ValueError) as error:
        raise wrong from error
