"""The reader in the slot: scores a picture by the model that the unit uses, and says no more of the score than was measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from safelight.decode.content import Content
from safelight.errors import ModelError
from safelight.model import Basis, Finding, JsonValue, MediaKind, Outcome, Strength, Supports
from safelight.origin.detector.calibration import Evidence
from safelight.origin.detector.network import Network
from safelight.origin.detector.range import condition_of, outside
from safelight.origin.detector.store import ModelStore, StoredModel
from safelight.origin.opinion import BOUND_KEY, FALSE_ALARMS_KEY, verbal

__all__ = ["DetectorReader"]

_GENERATED = "generated"
_ONLY_ORDERS = "it only orders what to look at first; its errors are too many for it to be evidence"
_NOT_SHOWN = "Whether the picture is harmless, and whether it is a photograph: a low score never says that."


class DetectorReader:
    """Runs the model that the unit turned on, its own or the one that ships.

    Args:
        folder: Of the models; with none, no model is in use.
    """

    name: ClassVar[str] = "detector"
    version: str = "1"
    looks_for: ClassVar[str] = "what a learned detector, which the unit has turned on, sees in the pixels"
    where: ClassVar[str] = "the pixels of the first frame"
    keys: ClassVar[str] = "none"
    weighs: ClassVar[str] = (
        "generated, as strongly as the model's own validation set supports at that score; nothing without a calibration, outside the "
        "range that its card states, or where it only orders, as the one that ships does"
    )
    survives: ClassVar[str] = "as the model's figures say, condition by condition"
    faked_by: ClassVar[str] = "small changes of the pixels that are computed against the model"
    silence_means: ClassVar[str] = (
        "no model is in use, or the file is no picture; a score is told even where it says nothing"
    )
    cost: ClassVar[str] = "that of the model; nothing when none is in use"
    source: ClassVar[str] = "the model's card; the protocol is in docs/own-model.md"
    checked_on: ClassVar[str] = (
        "each model on the pictures that the unit calibrates it with, in 4 conditions; docs/model-card.md has what was measured here"
    )

    def __init__(self, folder: str = "") -> None:
        self._model: StoredModel | None = None
        self._network: Network | None = None
        self._problem = ""
        try:
            self._model = ModelStore(Path(folder)).used() if folder else None
            if self._model is not None:
                self._network = self._model.network()
                self.version = f"1+{self._network.sha256[:12]}"
        except (ModelError, OSError) as error:
            self._problem = str(error)

    def applies(self, content: Content) -> bool:
        """Whether a model is in use and this is a picture."""
        return content.format.kind is MediaKind.IMAGE and (self._network is not None or bool(self._problem))

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields the score, with what it is worth; or why there is none."""
        if not self.applies(content):
            return
        if self._network is None or self._model is None:
            yield self._unseen(f"No model was run: {self._problem}")
            return
        pixels = content.pixels.rgb()
        if pixels is None:
            yield self._unseen("No model was run: the pixels could not be decoded.")
            return
        try:
            score = self._network.score(pixels)
        except ModelError as error:
            yield self._unseen(f"The model could not be run: {error}")
            return
        why = outside(content, pixels, self._model.card.validated)
        yield self._told(score, why, condition_of(content, pixels))

    def _told(self, score: float, why: str, condition: str) -> Finding:
        assert self._model is not None and self._network is not None
        card, calibration = self._model.card, self._model.calibration
        outside_range = bool(why)
        if card.only_orders:
            why = f"{_ONLY_ORDERS}; besides, {why}" if why else _ONLY_ORDERS
        elif not why and card.says == _GENERATED and calibration is None:
            why = "it has not been calibrated"
        details: dict[str, JsonValue] = {
            "score": round(score, 6),
            "abstained": bool(why),
            "outside_range": outside_range,
            "model": f"{card.name} {card.version}",
            "model_sha256": self._network.sha256,
            "condition": condition,
        }
        named = f"The model {card.name} {card.version}"
        if card.says != _GENERATED:
            # The unit's word stands in the details only: no page shows those before a person asks for them.
            return self._finding(f"{named}, a classifier of the unit, gave a score.", {**details, "says": card.says})
        if why:
            return self._finding(
                f"{named} gave the score {score:.3g} and abstains: {why}.", {**details, "abstained_because": why}
            )
        assert calibration is not None
        evidence = calibration.evidence(score)
        details |= {"log10_lr": round(evidence.log10_lr, 4), FALSE_ALARMS_KEY: evidence.false_alarms_at_most}
        strength = verbal(evidence.log10_lr)
        if strength is Strength.NONE:
            return self._finding(f"{named} gave the score {score:.3g}, which supports nothing.", details)
        return self._finding(
            _sentence(named, score, evidence), {**details, BOUND_KEY: round(evidence.log10_lr, 4)}, strength
        )

    def _finding(self, what: str, details: dict[str, JsonValue], strength: Strength = Strength.NONE) -> Finding:
        speaks = strength is not Strength.NONE
        return Finding(
            reader=self.name,
            version=self.version,
            what=what,
            where=self.where,
            supports=Supports.GENERATED if speaks else Supports.NOTHING,
            basis=Basis.STATISTICAL if speaks else None,
            strength=strength,
            could_be_faked_by=self.faked_by,
            does_not_show=_NOT_SHOWN,
            details=details,
        )

    def _unseen(self, what: str) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            what=what[:500],
            outcome=Outcome.COULD_NOT_LOOK,
            does_not_show="What a model would have said.",
        )


def _sentence(named: str, score: float, evidence: Evidence) -> str:
    times = f"{10**evidence.log10_lr:.3g}"
    return (
        f"{named} gave the score {score:.3g}; where it was validated, such a score is {times} times as frequent with generated pictures as with "
        f"others, and at most {evidence.false_alarms_at_most:.1%} of the others reach it."
    )
