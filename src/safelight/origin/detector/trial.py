"""The reader that measures instead of examining: scores of one picture in every condition, with what the controls need of it.

It runs behind the wall on pictures that the unit chose for a trial, never on evidence, and is in no list of readers.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from safelight.decode.content import Content
from safelight.model import Finding, JsonValue, Outcome
from safelight.origin.detector.conditions import CONDITIONS, condition, digest_of_pixels
from safelight.origin.detector.controls import thumbnail
from safelight.origin.detector.range import outside
from safelight.origin.detector.store import ModelStore

__all__ = ["TrialReader"]


class TrialReader:
    """Scores pictures in the conditions of the protocol.

    Args:
        folder: Of the models. `model`: name of the one on trial.

    Raises:
        ModelError: It cannot be run.
    """

    name: ClassVar[str] = "trial"
    version: ClassVar[str] = "1"

    def __init__(self, folder: str, model: str) -> None:
        self._model = ModelStore(Path(folder)).get(model)
        self._network = self._model.network()

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding with the scores, or one that says why there are none."""
        pixels = content.pixels.rgb()
        if pixels is None:
            yield Finding(reader=self.name, version=self.version, what="No pixels.", outcome=Outcome.COULD_NOT_LOOK)
            return
        key = digest_of_pixels(pixels)
        height, width = pixels.shape[:2]
        scores: dict[str, JsonValue] = {one: self._network.score(condition(pixels, one, key)) for one in CONDITIONS}
        details: dict[str, JsonValue] = {
            "scores": scores,
            "width_px": width,
            "height_px": height,
            "thumbnail": base64.b64encode(thumbnail(condition(pixels, "A", key)).tobytes()).decode("ascii"),
            "outside": outside(content, pixels, self._model.card.validated),
        }
        yield Finding(reader=self.name, version=self.version, what="Scored.", details=details)
