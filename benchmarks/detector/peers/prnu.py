"""prnu 0.1.0 (GPL-3.0): a ResNet-18 on the noise of the middle 512 x 512 px; it declines what is smaller.

Its licence is kept at arm's length: this file imports nothing of it, but starts its own program (`python -m prnu.ai_predictor`) and reads what that
prints.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.detector.peers.answering import answer

_PROMPT = "(or 'exit' to quit): "
_ANSWER = "AI-Likelihood:"


class _Program:
    """The peer's own program, asked as a person would."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "prnu.ai_predictor"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._until_prompt()

    def score(self, path: str) -> float | None:
        """The likelihood that it prints for one file; None where it prints none."""
        assert self._process.stdin is not None
        self._process.stdin.write(path.encode() + b"\n")
        self._process.stdin.flush()
        said = self._until_prompt()
        return float(said.partition(_ANSWER)[2].split()[0]) if _ANSWER in said else None

    def cpu_s(self) -> float:
        """Seconds of CPU that the program has used, of all its threads."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _until_prompt(self) -> str:
        assert self._process.stdout is not None
        said = b""
        while not said.endswith(_PROMPT.encode()):
            part = os.read(self._process.stdout.fileno(), 4096)
            if not part:
                raise EOFError("the program has ended")
            said += part
        return said.decode("utf-8", "replace")


def main() -> int:
    program = _Program()
    return answer("prnu", program.score, program.cpu_s)


if __name__ == "__main__":
    raise SystemExit(main())
