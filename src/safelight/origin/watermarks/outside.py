"""Decoders from outside: what the setting `watermark_decoders` names, checked before a run and made in its workers.

In: entries `package.module:Class` or `package.module:Class=/path/of/weights`. Out: for each what is to go into the custody log, and inside a
worker the decoder itself. Code and weights that the settings name are trusted as Safelight itself is, evidence is not: a decoder is made before
the wall closes and looks at pictures behind it. Weights are read once, here; the bytes that were digested are those that the decoder gets.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

from safelight.errors import SettingsError
from safelight.model import JsonValue
from safelight.origin.watermarks.slot import WatermarkDecoder
from safelight.registry import load

__all__ = ["DOCUMENTATION", "OutsideDecoder", "outside_decoders"]

DOCUMENTATION: Final = ("name", "version", "looks_for", "silence_means", "cost", "source", "checked_on")
"""Class attributes that every decoder must have, all of them text."""

_SETTING: Final = "watermark_decoders"
_WEIGHTS_BYTES_MAX: Final = 2 << 30
_STEP_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideDecoder:
    """One decoder that the settings name.

    Attributes:
        path: `package.module:Class`.
        name, version: As its class states them.
        weights: Path of the file with its weights; empty where it needs none.
        weights_sha256: Lower-case hex of that file when the run began; empty where there is none.
        weights_bytes: Its size.
    """

    path: str
    name: str
    version: str
    weights: str = ""
    weights_sha256: str = ""
    weights_bytes: int = 0

    def record(self) -> dict[str, JsonValue]:
        """As JSON, for the workers."""
        return asdict(self)

    @property
    def described(self) -> str:
        """Version, place and digest as one line, for the custody log."""
        weights = (
            f", weights {self.weights} of {self.weights_bytes} bytes, SHA-256 {self.weights_sha256}"
            if self.weights
            else ""
        )
        return f"{self.version} ({self.path}{weights})"

    def made(self) -> WatermarkDecoder:
        """The decoder, ready to look.

        Raises:
            SettingsError: Its weights are no longer those of the start of the run.
            Exception: Whatever its class raises.
        """
        factory = load(self.path)
        if not self.weights:
            return cast("WatermarkDecoder", factory())
        data = Path(self.weights).read_bytes()
        if hashlib.sha256(data).hexdigest() != self.weights_sha256:
            raise _wrong(self.path, f"the weights {self.weights} have changed since the run began")
        return cast("WatermarkDecoder", factory(data))

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> OutsideDecoder:
        """The inverse of `record`."""
        return cls(**record)


def outside_decoders(entries: Sequence[str], taken: Collection[str] = ()) -> tuple[OutsideDecoder, ...]:
    """Checks what the setting names; no decoder is made yet.

    Args:
        entries: As set. `taken`: names that no decoder may have.

    Raises:
        SettingsError: An entry cannot be loaded, is no decoder, is named twice, or its weights cannot be read.
    """
    found: list[OutsideDecoder] = []
    for entry in entries:
        path, _, weights = entry.partition("=")
        kind: Any = load(path)
        if lacking := _lacking(kind):
            raise _wrong(path, f"it lacks {', '.join(lacking)}")
        if kind.name in {*taken, *(one.name for one in found)}:
            raise _wrong(path, f"the name {kind.name} is taken by another reader or decoder")
        sha256, size = _digest(path, Path(weights)) if weights else ("", 0)
        found.append(
            OutsideDecoder(
                path=path,
                name=kind.name,
                version=kind.version,
                weights=weights,
                weights_sha256=sha256,
                weights_bytes=size,
            )
        )
    return tuple(found)


def _lacking(kind: object) -> list[str]:
    """What a class of a decoder has and this has not."""
    lacking = [name for name in DOCUMENTATION if not str(getattr(kind, name, "") or "").strip()]
    if not (inspect.isclass(kind) and callable(getattr(kind, "decode", None))):
        lacking.append("decode")
    return lacking


def _digest(path: str, weights: Path) -> tuple[str, int]:
    if not weights.is_absolute():
        raise _wrong(path, f"the path of its weights, {weights}, does not begin at the root")
    digest = hashlib.sha256()
    size = 0
    try:
        with weights.open("rb") as file:
            while part := file.read(_STEP_BYTES):
                digest.update(part)
                size += len(part)
                if size > _WEIGHTS_BYTES_MAX:
                    raise _wrong(path, f"its weights have more than {_WEIGHTS_BYTES_MAX} bytes")
    except OSError as error:
        raise _wrong(path, f"its weights {weights} cannot be read: {error.strerror or error}") from error
    return digest.hexdigest(), size


def _wrong(path: str, why: str) -> SettingsError:
    return SettingsError(
        f"The watermark decoder {path} of the setting {_SETTING} cannot be used: {why}.",
        advice="Correct the setting, or leave the decoder out.",
    )
