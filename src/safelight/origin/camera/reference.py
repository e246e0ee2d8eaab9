"""The readers that look at reference photographs, inside a worker: one sketches what each shows, one takes what it gives to a fingerprint.

They run behind the wall on the photographs that `safelight camera enrol` was given, and are in no list of readers. What the second sends is longer
than one text of a finding may be, and goes as a list of them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import ClassVar, Final

import numpy as np

from safelight.decode.content import Content
from safelight.decode.pixels import LumaPlane
from safelight.model import Finding, JsonValue, Outcome
from safelight.origin.camera.fingerprint import Reference
from safelight.origin.camera.residual import Plane, fitting, luma_of
from safelight.origin.camera.scenes import SKETCH_PX, sketch

__all__ = ["ReferenceReader", "SketchReader", "sketched", "unpacked"]

_CHARS: Final = 1 << 18
"""Most characters of one text of a finding; whole groups of base64."""


class ReferenceReader:
    """Takes the noise and the light of one photograph."""

    name: ClassVar[str] = "camera-reference"
    version: ClassVar[str] = "1"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding with what was taken, or one that says why nothing was."""
        plane = _whole(content)
        if isinstance(plane, str):
            yield Finding(reader=self.name, version=self.version, what=plane, outcome=Outcome.COULD_NOT_LOOK)
            return
        taken = Reference.of(plane.pixels)
        details: dict[str, JsonValue] = {
            "noise": _packed(taken.noise.tobytes()),
            "light": _packed(taken.light.tobytes()),
        }
        yield Finding(reader=self.name, version=self.version, what="taken", details=details)


class SketchReader:
    """Sketches what one photograph shows."""

    name: ClassVar[str] = "camera-sketch"
    version: ClassVar[str] = "1"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding with the sketch, or one that says why there is none."""
        plane = _whole(content)
        if isinstance(plane, str):
            yield Finding(reader=self.name, version=self.version, what=plane, outcome=Outcome.COULD_NOT_LOOK)
            return
        values: list[JsonValue] = [round(float(value), 2) for value in sketch(plane.pixels).ravel()]
        yield Finding(reader=self.name, version=self.version, what="sketched", details={"sketch": values})


def sketched(finding: Finding) -> Plane:
    """The sketch that a finding of `SketchReader` holds.

    Raises:
        ValueError: It holds none.
    """
    untrusted_values = finding.details.get("sketch")
    if not isinstance(untrusted_values, list):
        raise ValueError("no sketch")
    return np.array([float(str(value)) for value in untrusted_values], np.float32).reshape(SKETCH_PX, SKETCH_PX)


def unpacked(finding: Finding, width_px: int, height_px: int) -> Reference:
    """What a finding of `ReferenceReader` holds, of a photograph of this size.

    Raises:
        ValueError: It does not hold that: a worker that parsed evidence is not to be believed.
    """
    shape = (fitting(height_px), fitting(width_px))
    noise, light = (_bytes(finding.details.get(name)) for name in ("noise", "light"))
    return Reference(np.frombuffer(noise, np.int8).reshape(shape), np.frombuffer(light, np.uint8).reshape(shape))


def _whole(content: Content) -> LumaPlane | str:
    """The luma of the whole picture, or why there is none."""
    plane = luma_of(content.pixels)
    if plane is None:
        return "it could not be decoded"
    return "it is damaged, so that only part of it could be decoded" if plane.partial else plane


def _packed(samples: bytes) -> list[JsonValue]:
    text = base64.b64encode(samples).decode("ascii")
    return [text[start : start + _CHARS] for start in range(0, len(text), _CHARS)]


def _bytes(untrusted_parts: JsonValue) -> bytes:
    if not isinstance(untrusted_parts, list):
        raise ValueError("no samples")
    try:
        return base64.b64decode("".join(str(part) for part in untrusted_parts), validate=True)
    except binascii.Error as error:
        raise ValueError("no samples") from error
