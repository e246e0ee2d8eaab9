"""What other packages make of a file, each in a process of its own, so that one that crashes or hangs ends nothing.

The parent (`Peer`) starts this file as a script, with a Python that has the packages (`pip install '.[benchmarks]'`), one process for each
peer; paths go in, one a line, and answers come out as lines of JSON. A process that dies or takes too long is counted and started anew.

Each is used as its own documentation says and kept off the network, as far as it can be told to. What counts as its verdict:

    sd-parsers     it returns parameters (it reads generators only, and knows no edits); eagerness EAGER. It raises on files that are no picture
    issynthetic    `is_generated`
    authentica     it has no verdict on origin: a C2PA manifest whose statements name a digital source type of AI is taken for one. `scan`
                   without its watermark and forensic analyses, which say nothing of a generator and take some 13 s for a megapixel;
                   what it catches of its own errors counts as raised
    c2pa-python    a digital source type of AI in any manifest of the file; remote manifests and OCSP off. That there is no manifest is told by
                   raising, which is an answer and not counted
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["PEERS", "Answer", "Peer"]

ANSWER_S = 60.0
_NOWHERE = "http://127.0.0.1:9"
GENERATED = "trainedAlgorithmicMedia"
EDITED = ("compositeWithTrainedAlgorithmicMedia", "compositeSynthetic")


@dataclass(frozen=True)
class Answer:
    """What one tool says of one file.

    Attributes:
        opinion: `generated`, `ai-edited`, anything else, or None. `generator`: its name for the program.
        seeds: Seeds that it names; any of them may be the right one. `models`: likewise. `prompt`: whether it gives one.
        dump: All that it returned, as text. `raised`: what went wrong. `seconds`: CPU time of the call.
    """

    opinion: str | None = None
    generator: str | None = None
    seeds: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    prompt: bool = False
    dump: str = ""
    raised: str | None = None
    seconds: float = 0.0


def _sd_parsers() -> Callable[[str], dict[str, Any]]:
    from sd_parsers import ParserManager
    from sd_parsers.extractors import Eagerness

    manager = ParserManager(eagerness=Eagerness.EAGER)

    def look(path: str) -> dict[str, Any]:
        found = manager.parse(path)
        if found is None:
            return {}
        seeds = [str(sampler.parameters["seed"]) for sampler in found.samplers if "seed" in sampler.parameters]
        return {
            "opinion": "generated",
            "generator": found.generator.value,
            "seeds": seeds,
            "models": [str(sampler.model.name) for sampler in found.samplers if sampler.model],
            "prompt": any(sampler.prompts for sampler in found.samplers),
            "dump": repr((found.raw_parameters, found.metadata, found.samplers)),
        }

    return look


def _issynthetic() -> Callable[[str], dict[str, Any]]:
    from issynthetic import Inspector

    inspector = Inspector()

    def look(path: str) -> dict[str, Any]:
        found = inspector.inspect(path)
        return {
            "opinion": "generated" if found.is_generated else None,
            "generator": found.generator_name,
            "prompt": bool(found.prompt),
            "dump": repr((found.details, found.prompt)),
        }

    return look


def _authentica() -> Callable[[str], dict[str, Any]]:
    from authentica import scan

    def look(path: str) -> dict[str, Any]:
        result = scan(path, run_watermark=False, run_forensics=False)
        credentials = result.c2pa.to_dict() if result.has_c2pa else {}
        names = [claim.get("claim_generator") for claim in credentials.get("claims", [])]
        return {
            "opinion": _opinion(repr(credentials)),
            "generator": " ".join(dict.fromkeys(name for name in names if name)) or None,
            "dump": repr((credentials, result.metadata.to_dict() if result.metadata else None)),
            "raised": "; ".join(f"{part}: {error}" for part, error in result.errors.items()) or None,
        }

    return look


def _c2pa() -> Callable[[str], dict[str, Any]]:
    import c2pa

    context = c2pa.Context(c2pa.Settings.from_dict({"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}))

    def look(path: str) -> dict[str, Any]:
        media_type = _media_type(Path(path))
        if media_type is None:
            return {}
        try:
            with Path(path).open("rb") as stream, c2pa.Reader(media_type, stream, None, context) as reader:
                text = reader.json()
        except c2pa.C2paError as error:
            # No manifest, or one kept on the network, which it was told to leave alone: both are answers.
            if any(sign in str(error) for sign in ("ManifestNotFound", "no JUMBF data", "NotSupported", "Remote:")):
                return {}
            raise
        return {"opinion": _opinion(text), "generator": _claim_generator(json.loads(text)), "dump": text}

    return look


def _opinion(text: str) -> str | None:
    if any(f"digitalsourcetype/{term}" in text for term in EDITED):
        return "ai-edited"
    return "generated" if f"digitalsourcetype/{GENERATED}" in text else None


def _claim_generator(store: dict[str, Any]) -> str | None:
    """The program that the active manifest names, and the agent of its step of a model."""
    active = store.get("manifests", {}).get(store.get("active_manifest"), {})
    names = [one.get("name") for one in active.get("claim_generator_info") or [{"name": active.get("claim_generator")}]]
    for assertion in active.get("assertions", []):
        for action in assertion["data"].get("actions", []) if assertion["label"].startswith("c2pa.actions") else ():
            agent = action.get("softwareAgent")
            names.append(agent.get("name") if isinstance(agent, dict) else agent)
    return " ".join(dict.fromkeys(name for name in names if name)) or None


def _media_type(path: Path) -> str | None:
    """By the first bytes, as the readers of Safelight tell it, since names lie; and by the name otherwise."""
    with path.open("rb") as stream:
        head = stream.read(16)
    signs = ((b"\xff\xd8", "image/jpeg"), (b"\x89PNG", "image/png"), (b"GIF8", "image/gif"), (b"RIFF", None))
    for sign, media_type in signs:
        if head.startswith(sign):
            return media_type or {b"WEBP": "image/webp", b"AVI ": "video/avi"}.get(head[8:12])
    named = {
        ".mp4": "video/mp4", ".mov": "video/quicktime", ".avif": "image/avif", ".heic": "image/heic", ".dng": "image/dng",
        ".tif": "image/tiff", ".tiff": "image/tiff", ".mp3": "audio/mpeg", ".wav": "audio/wav", ".svg": "image/svg+xml",
    }  # fmt: skip
    return named.get(path.suffix.lower())


PEERS: dict[str, Callable[[], Callable[[str], dict[str, Any]]]] = {
    "sd-parsers": _sd_parsers,
    "issynthetic": _issynthetic,
    "authentica": _authentica,
    "c2pa-python": _c2pa,
}
"""Package name -> what makes its look at one file."""


class Peer:
    """One peer in its process.

    Args:
        name: One of `PEERS`. `python`: the Python that has the package.
    """

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self._command = [python, str(Path(__file__).resolve()), name]
        self._process: subprocess.Popen[str] | None = None
        self._own = tempfile.TemporaryDirectory(prefix="carrier-peers-")
        first = self._ask("")
        self.version: str | None = first.get("version") if first else None
        """Version of the package; None when it is not installed there."""

    def look(self, path: Path) -> Answer:
        """What it says of a file; also when its process ends or does not answer within a minute."""
        said = self._ask(str(path))
        if said is None:
            return Answer(raised="its process ended or did not answer")
        return Answer(**{**said, **{name: tuple(said.get(name, ())) for name in ("seeds", "models")}})

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self._own.cleanup()

    def _ask(self, line: str) -> dict[str, Any] | None:
        if self._process is None:
            quiet = {
                "ISSYNTHETIC_RULES_SYNC": "false", "ISSYNTHETIC_OBSERVATIONS": "false", "ISSYNTHETIC_DATA_DIR": self._own.name,
                "HOME": self._own.name, "MPLCONFIGDIR": self._own.name, "PYTHONHASHSEED": "0",
                "HTTP_PROXY": _NOWHERE, "HTTPS_PROXY": _NOWHERE, "ALL_PROXY": _NOWHERE,
            }  # fmt: skip
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                env={**os.environ, **quiet},
            )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            ready, _, _ = select.select([self._process.stdout], [], [], ANSWER_S)
            answer = self._process.stdout.readline() if ready else ""
        except OSError:
            answer = ""
        if not answer:
            self._process.kill()
            self._process.wait()
            self._process = None
            return None
        said: dict[str, Any] = json.loads(answer)
        return said


def _serve(name: str) -> None:
    """Answers each line of stdin with one line on the real stdout; what the package prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        version = metadata.version(name)
        look = PEERS[name]()
    except ImportError:
        version, look = None, None
    for line in sys.stdin:
        path = line.rstrip("\n")
        said: dict[str, Any] = {}
        if not path or look is None:
            said = {"version": version}
        else:
            started = time.process_time()
            try:
                said = look(path)
            except Exception as error:  # noqa: BLE001 - what a peer raises is what is counted here
                said = {"raised": f"{type(error).__name__}: {error}"[:300]}
            said["seconds"] = time.process_time() - started
        answers.write(json.dumps(said) + "\n")
        answers.flush()


if __name__ == "__main__":
    _serve(sys.argv[1])
