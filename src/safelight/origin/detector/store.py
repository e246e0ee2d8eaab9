"""The unit's own models: a folder with one folder for each, in the user's data. No database; files are replaced whole or not at all.

One more model ships inside the package, in the same form, and is in every store: it only orders, and examines nothing before it is turned on.

NAME/model.onnx         as it was added
NAME/card.toml          as it was added
NAME/pinned.json        the digests of both, taken when they were added
NAME/calibration.json   what a score is worth, measured by `safelight model calibrate`
NAME/evaluation.json    the last figures of `safelight model evaluate`
in-use.json             the name of the model that examines
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from safelight.errors import ModelError
from safelight.origin.detector.calibration import Calibration
from safelight.origin.detector.card import Card, read_card
from safelight.origin.detector.network import Network, digest_of

__all__ = ["SHIPPED", "ModelStore", "StoredModel", "folder_of", "only_orders"]

SHIPPED: Final = "safelight-order"
"""Name of the model that ships."""


_MODEL: Final = "model.onnx"
_CARD: Final = "card.toml"
_PINNED: Final = "pinned.json"
_CALIBRATION: Final = "calibration.json"
_EVALUATION: Final = "evaluation.json"
_IN_USE: Final = "in-use.json"
_MODEL_BYTES_MAX: Final = 2 << 30
_SHIPPED_FOLDER: Final = Path(__file__).parent / "shipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredModel:
    """One model of the store.

    Attributes:
        folder: Where its file and card lie. `store`: of the models that it was asked for.
        sha256: Pinned digest of the ONNX file. `calibration`: None before `safelight model calibrate`, and always where it only orders.
        in_use: Whether it is the one that examines.
    """

    folder: Path
    store: Path
    card: Card
    sha256: str
    calibration: Calibration | None
    in_use: bool

    @property
    def shipped(self) -> bool:
        """Whether it is the one that ships with Safelight."""
        return self.folder == _SHIPPED_FOLDER

    def network(self) -> Network:
        """The model, ready to score.

        Raises:
            ModelError: The file or the card is not the one that was pinned, or it cannot be run.
        """
        if digest_of(self.folder / _CARD) != _read(self.folder / _PINNED).get("card_sha256"):
            raise ModelError(
                f"The card of the model {self.card.name} was changed after it was added.",
                advice="Remove the model and add it again.",
            )
        network = Network(self.folder / _MODEL, self.card)
        if network.sha256 != self.sha256:
            raise ModelError(
                f"The file of the model {self.card.name} was changed after it was added.",
                advice="Remove the model and add it again.",
            )
        return network


def folder_of(setting: str) -> Path:
    """The folder of the store: as set, else in the user's data directory."""
    if setting:
        return Path(setting)
    from platformdirs import user_data_path

    return Path(user_data_path("safelight")) / "models"


class ModelStore:
    """The models below one folder, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, file: Path, card_file: Path) -> StoredModel:
        """Checks a model, runs it once and keeps a copy.

        Raises:
            ModelError: It cannot be used, or another model has its name.
        """
        card = read_card(card_file)
        try:
            if file.stat().st_size > _MODEL_BYTES_MAX:
                raise ModelError(f"The model {file} is larger than 2 GiB.", advice="Give a smaller one.")
            Network(file, card)
        except OSError as error:
            raise ModelError(f"The model {file} cannot be read: {error.strerror}.", advice="Check its name.") from error
        target = self._folder / card.name
        if target.exists() or card.name == SHIPPED:
            raise ModelError(
                f"A model named {card.name} is there already.",
                advice="Name it otherwise."
                if card.name == SHIPPED
                else f"Run `safelight model remove {card.name}` first, or name it otherwise.",
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".adding-") as kept:
            folder = Path(kept) / "model"
            folder.mkdir()
            shutil.copyfile(file, folder / _MODEL)
            shutil.copyfile(card_file, folder / _CARD)
            digests = {"sha256": digest_of(folder / _MODEL), "card_sha256": digest_of(folder / _CARD)}
            if card.sha256 and digests["sha256"] != card.sha256:
                raise ModelError(f"The model {file} changed while it was read.", advice="Add it again.")
            _write(folder / _PINNED, digests)
            folder.rename(target)
        return self.get(card.name)

    def models(self) -> list[StoredModel]:
        """All of them, by name; one whose card cannot be read any more is left out here and refused by `get`."""
        found = []
        own = {folder.name for folder in self._folder.glob("*/")} if self._folder.is_dir() else set()
        for name in sorted(own | {SHIPPED}):
            try:
                found.append(self.get(name))
            except ModelError:
                continue
        return found

    def get(self, name: str) -> StoredModel:
        """The model so named.

        Raises:
            ModelError: There is none, or it cannot be read.
        """
        folder = _SHIPPED_FOLDER if name == SHIPPED else self._folder / name
        if name.startswith(".") or "/" in name or not (folder / _PINNED).is_file():
            raise ModelError(f"There is no model named {name!r}.", advice="`safelight model list` names them.")
        calibration = _read(folder / _CALIBRATION) if (folder / _CALIBRATION).is_file() else None
        sha256 = str(_read(folder / _PINNED).get("sha256", ""))
        if calibration is not None and calibration.pop("model_sha256", "") != sha256:
            calibration = None
        card = read_card(folder / _CARD)
        return StoredModel(
            folder=folder,
            store=self._folder,
            card=card,
            sha256=sha256,
            calibration=_calibration(calibration) if calibration is not None and not card.only_orders else None,
            in_use=self._in_use() == name,
        )

    def used(self) -> StoredModel | None:
        """The model that examines; None when there is none.

        Raises:
            ModelError: One is named and cannot be read.
        """
        name = self._in_use()
        return self.get(name) if name else None

    def use(self, name: str | None) -> None:
        """Makes a model the one that examines, or none.

        Raises:
            ModelError: There is none of that name, or it is not the file that was added.
        """
        if name is not None:
            self.get(name).network()
        self._folder.mkdir(parents=True, exist_ok=True)
        _write(self._folder / _IN_USE, {"name": name})

    def remove(self, name: str) -> None:
        """Removes a model with its calibration; findings that cases have recorded stay there.

        Raises:
            ModelError: There is none of that name, or it is the one that ships.
        """
        if name == SHIPPED:
            raise ModelError(f"{name} ships with Safelight.", advice="`safelight model use --none` turns it off.")
        if not (self._folder / name / _PINNED).is_file() or name.startswith("."):
            raise ModelError(f"There is no model named {name!r}.", advice="`safelight model list` names them.")
        if self._in_use() == name:
            self.use(None)
        shutil.rmtree(self._folder / name)

    def keep_calibration(self, model: StoredModel, calibration: Calibration) -> None:
        """Keeps what its scores are worth, for exactly this file.

        Raises:
            ModelError: By its card it only orders.
        """
        if model.card.only_orders:
            raise only_orders(model.card)
        _write(model.folder / _CALIBRATION, {"model_sha256": model.sha256, **asdict(calibration)})

    def keep_evaluation(self, model: StoredModel, figures: Mapping[str, Any]) -> None:
        """Keeps the figures of its last evaluation, beside the unit's own models also where the model is the one that ships."""
        kept = self._folder / model.card.name
        kept.mkdir(parents=True, exist_ok=True)
        _write(kept / _EVALUATION, {"model_sha256": model.sha256, **figures})

    def _in_use(self) -> str:
        path = self._folder / _IN_USE
        return str(_read(path).get("name") or "") if path.is_file() else ""


def only_orders(card: Card) -> ModelError:
    """Why a model gets no calibration though its figures may be good."""
    return ModelError(
        f"The model {card.name} only orders, by its card: it gets no calibration, and its scores support nothing.",
        advice="docs/model-card.md says why of the one that ships; another model can be added and calibrated.",
    )


def _calibration(record: Mapping[str, Any]) -> Calibration:
    try:
        steps = tuple((float(least), float(bound), float(most)) for least, bound, most in record["steps"])
        return Calibration(
            slope=float(record["slope"]),
            intercept=float(record["intercept"]),
            steps=steps,
            low=float(record["low"]),
            generated=int(record["generated"]),
            photographs=int(record["photographs"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            "The calibration of the model cannot be read.", advice="Run `safelight model calibrate`."
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}.", advice="Remove the model and add it again.") from error
    if not isinstance(found, dict):
        raise ModelError(f"{path} is damaged.", advice="Remove the model and add it again.")
    return found


def _write(path: Path, record: Mapping[str, Any]) -> None:
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(json.dumps(record, indent=1), "utf-8")
    new.replace(path)
