"""Runs one ONNX file on the views of one picture, on one core and with no thread of its own, so that it can do so behind the wall."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import numpy as np

from safelight.decode.decoders import Pixels
from safelight.errors import ModelError
from safelight.origin.detector.card import Card
from safelight.origin.detector.views import tensor, views

__all__ = ["Network", "digest_of"]

_READ_BYTES = 1 << 20


def digest_of(path: Path) -> str:
    """SHA-256 of a file, lower-case hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_READ_BYTES):
            digest.update(part)
    return digest.hexdigest()


class Network:
    """A model that is ready to score.

    Args:
        path: The ONNX file. `card`: its card.

    Raises:
        ModelError: The digest is not the card's, the runtime is not installed, or the file is none that it can run.
    """

    def __init__(self, path: Path, card: Card) -> None:
        data = path.read_bytes()
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.card = card
        if card.sha256 and self.sha256 != card.sha256:
            raise ModelError(
                f"The model {path} has the SHA-256 {self.sha256}, its card says {card.sha256}.",
                advice="Get the file that the card is of; a changed model is another model.",
            )
        try:
            import onnxruntime
        except ImportError as error:
            raise ModelError(
                "Running a model takes onnxruntime, which is not installed.",
                advice="pip install 'safelight[detector]'",
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session: Any = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
            self._input = self._session.get_inputs()[0].name
            # Once now: memory and code that the first run asks for are there before a worker locks itself in.
            self.score(np.zeros((card.preprocessing.side_px,) * 2 + (3,), np.uint8))
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(f"The model {path} cannot be run: {str(error)[:300]}", advice="Check its card.") from error

    def score(self, pixels: Pixels) -> float:
        """The score of one picture, higher for more of what the card says; a probability as its logit.

        Args:
            pixels: RGB as shown, shape (height, width, 3).

        Raises:
            ModelError: The output is not what the card says, or not finite.
        """
        wanted = self.card.preprocessing
        given = tensor(views(pixels, wanted), wanted)
        if self.card.layout == "NHWC":
            given = np.ascontiguousarray(given.transpose(0, 2, 3, 1))
        raw = np.asarray(self._session.run(None, {self._input: given})[0], np.float64)
        values = raw.reshape(raw.shape[0] if raw.ndim else 1, -1)
        if self.card.index >= values.shape[1]:
            raise ModelError(f"The model gives {values.shape[1]} columns; its card names column {self.card.index}.")
        column = values[:, self.card.index]
        if self.card.kind == "logits":
            others = np.delete(values, self.card.index, axis=1)
            column = column - (_log_sum(others) if others.shape[1] else 0.0)
        elif self.card.kind == "probability":
            inside = np.clip(column, 1e-7, 1 - 1e-7)
            column = np.log(inside / (1 - inside))
        score = float(column.mean() if self.card.pooling == "mean" else column.max())
        if not math.isfinite(score):
            raise ModelError("The model gave a score that is no number.")
        return score


def _log_sum(values: Any) -> Any:
    top = values.max(axis=1, keepdims=True)
    return (top + np.log(np.exp(values - top).sum(axis=1, keepdims=True)))[:, 0]
