"""A scorer that is another program: pictures go out as files, scores come back as lines of JSON (`benchmarks.detector.peers` tells the lines)."""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

from safelight.decode.decoders import Pixels

__all__ = ["Process"]

_ROOT = Path(__file__).resolve().parents[2]
_NOWHERE = "http://127.0.0.1:9"


class Process:
    """One peer in its process; a scorer of pixels.

    Args:
        name: Of an adapter in `benchmarks.detector.peers`. `python`: the Python that has the package. `patience_s`: for one answer.

    Attributes:
        version: Of the package. `cpu_s`: seconds of CPU that the peer has used for its answers. `reasons`: why it gave no score, and how often.

    Raises:
        ValueError: It could not be started.
    """

    def __init__(self, name: str, python: str, patience_s: float = 300.0) -> None:
        self.name = name
        self.cpu_s = 0.0
        self.reasons: dict[str, int] = {}
        self._patience_s = patience_s
        self._own = tempfile.TemporaryDirectory(prefix="detector-peer-")
        quiet = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"), _NOWHERE)
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        self._process = subprocess.Popen(
            [python, "-m", f"benchmarks.detector.peers.{name}"],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **quiet, **threads, "ORT_INTRA_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        )
        try:
            self.version = str(self._line()["version"])
        except (EOFError, TimeoutError) as error:
            self.close()
            raise ValueError(f"{name} does not start with {python}: {error}") from error

    def __call__(self, pixels: Pixels) -> float:
        """The score of a picture, given as a PNG of exactly these pixels; NaN where the peer declines.

        Raises:
            EOFError: The process has ended. TimeoutError: It does not answer.
        """
        path = Path(self._own.name) / "picture.png"
        Image.fromarray(np.ascontiguousarray(pixels)).save(path, compress_level=0)
        sent = self._pipe(self._process.stdin)
        sent.write(json.dumps({"path": str(path)}) + "\n")
        sent.flush()
        said = self._line()
        self.cpu_s += float(said["cpu_ms"]) / 1000
        if said["score"] is None:
            self.reasons[said["why"]] = self.reasons.get(said["why"], 0) + 1
            return float("nan")
        return float(said["score"])

    def close(self) -> None:
        """Ends the process."""
        self._pipe(self._process.stdin).close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._pipe(self._process.stdout).close()
        self._own.cleanup()

    def _line(self) -> dict[str, Any]:
        pipe = self._pipe(self._process.stdout)
        if not select.select([pipe], [], [], self._patience_s)[0]:
            raise TimeoutError(f"{self.name} did not answer within {self._patience_s:.0f} s")
        line = pipe.readline()
        if not line:
            raise EOFError(f"{self.name} has ended")
        answer: dict[str, Any] = json.loads(line)
        return answer

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe
