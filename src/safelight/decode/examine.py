"""What a worker does with one file: one read, then the format, the fingerprints, every reader in order; each on its own.

In: an open descriptor and the work plan. Out: a `Reading`, and after that the body of the reply that `replies` checks. A part
that fails becomes a finding and the rest goes on; a part that takes the whole worker down is named by the stage page, a few
bytes of memory shared with the parent.
"""

from __future__ import annotations

import base64
import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import orjson

from safelight import __version__
from safelight.decode.bounding import FINDINGS, bounded, shortened, without_surrogates
from safelight.decode.content import Content, NotHeldError, window_on
from safelight.decode.limits import Limits
from safelight.decode.metadata import in_place
from safelight.decode.reading import Reading
from safelight.decode.stages import (
    FIRST_READER_STAGE,
    PIXELS,
    STAGE_FINGERPRINT,
    STAGE_FORMAT,
    STAGE_GATHER,
    STAGE_NONE,
)
from safelight.model import Finding, Fingerprints, MediaKind, Outcome, ReaderRun
from safelight.registry import load

__all__ = ["Examiner", "release_memory", "reply_body"]

_FORMAT: Final = "format"
_VERSION: Final = __version__
_FINDINGS_SEEN: Final = FINDINGS * 10
# A plug-in that calls sys.exit fails like any other.
_ANYTHING: Final = (Exception, SystemExit)


@dataclass(slots=True)
class _Result:
    """What one file gave so far."""

    fingerprints: Fingerprints | None = None
    findings: list[Finding] = field(default_factory=list)
    runs: list[ReaderRun] = field(default_factory=list)
    out_of_memory: bool = False

    def add(self, findings: Sequence[Finding]) -> None:
        self.findings.extend(finding for finding in findings if finding not in self.findings)

    def run(self, reader: str, version: str, outcome: Outcome) -> None:
        self.runs.append(ReaderRun(without_surrogates(reader), without_surrogates(version), outcome))


class Examiner:
    """Runs the fingerprinter and the readers of one work plan on one file after another.

    Args:
        fingerprinter: Registry name, or None for no fingerprints. `readers`: registry names, in order.
        options: What single readers are made with, by registry name.
        dihedral: Whether the hashes of flips and rotations are asked for.
        limits: The limits in force.
        stage: Called with the number of each part just before it runs.

    Raises:
        SettingsError: A name cannot be loaded.
    """

    def __init__(
        self,
        fingerprinter: str | None,
        readers: Sequence[str],
        *,
        dihedral: bool,
        limits: Limits,
        options: Mapping[str, Any] | None = None,
        stage: Callable[[int], None],
    ) -> None:
        self._fingerprint = load(fingerprinter) if fingerprinter else None
        self._readers: list[Any] = [load(name)(**(options or {}).get(name, {})) for name in readers]
        self._dihedral = dihedral
        self._limits = limits
        self._stage = stage

    @property
    def reader_names(self) -> list[tuple[str, str]]:
        """(name, version) of every reader, in order."""
        return [(str(reader.name), str(reader.version)) for reader in self._readers]

    def examine(
        self, reading: Reading, skip: frozenset[int], descriptor: int | None = None
    ) -> tuple[dict[str, Any], bool]:
        """Examines one file.

        Args:
            reading: The file. `skip`: stages that took an earlier worker down with this file.
            descriptor: The file itself, open, where `reading` holds only its head; it stays open.

        Returns:
            (the reply's fields, whether memory ran out)
        """
        result = _Result()
        window = None if descriptor is None else window_on(descriptor, reading.size_bytes, self._limits)
        content = Content(reading.data, reading.size_bytes, self._limits, window)
        self._stage(STAGE_FORMAT)
        kind, media_type = content.format.kind, content.format.media_type
        result.add(_about_format(content))
        if kind is MediaKind.IMAGE and content.format.decodable and self._fingerprint is not None:
            self._run_fingerprinter(content, result, skip)
        elif self._fingerprint is not None:
            result.run(PIXELS, _VERSION, Outcome.DID_NOT_RUN)
        for index, reader in enumerate(self._readers):
            self._run_reader(FIRST_READER_STAGE + index, reader, content, result, skip)
        self._stage(STAGE_GATHER)
        width_px, height_px, frames = self._gather(content, result, skip)
        self._stage(STAGE_NONE)
        reply = {
            "media_type": media_type,
            "kind": kind,
            "width_px": width_px,
            "height_px": height_px,
            "frames": frames,
            "fingerprints": result.fingerprints,
            "findings": result.findings,
            "runs": result.runs,
        }
        return reply, result.out_of_memory

    def _run_fingerprinter(self, content: Content, result: _Result, skip: frozenset[int]) -> None:
        if not content.complete:
            result.run(PIXELS, _VERSION, Outcome.DID_NOT_RUN)
            return
        if STAGE_FINGERPRINT in skip:
            result.run(PIXELS, _VERSION, Outcome.COULD_NOT_LOOK)
            return
        self._stage(STAGE_FINGERPRINT)
        try:
            assert self._fingerprint is not None
            fingerprints, raw = self._fingerprint(content, dihedral=self._dihedral)
            if not isinstance(fingerprints, Fingerprints | None):
                raise TypeError(f"the fingerprinter gave a {type(fingerprints).__name__}")
            findings = bounded(list(raw))
        except _ANYTHING as error:  # the worker's loop is one of the doors: whatever fails costs this part only
            fingerprints, findings = None, [self._failed(PIXELS, _VERSION, error, result)]
        result.fingerprints = fingerprints
        result.add(findings)
        result.run(PIXELS, _VERSION, Outcome.COULD_NOT_LOOK if fingerprints is None else Outcome.FOUND)

    def _run_reader(self, stage: int, reader: Any, content: Content, result: _Result, skip: frozenset[int]) -> None:
        name, version = str(reader.name), str(reader.version)
        if stage in skip:
            result.run(name, version, Outcome.COULD_NOT_LOOK)
            return
        self._stage(stage)
        raw: list[Finding] = []
        try:
            if hasattr(reader, "applies") and not reader.applies(content):
                result.run(name, version, Outcome.DID_NOT_RUN)
                return
            raw.extend(islice(reader.read(content), _FINDINGS_SEEN))
            findings = bounded(raw)
        except NotHeldError:
            findings = _those_that_hold(raw)
            result.add(findings)
            result.run(name, version, _outcome(findings) if findings else Outcome.DID_NOT_RUN)
            return
        except _ANYTHING as error:
            findings = [*_those_that_hold(raw), self._failed(name, version, error, result)]
        result.add(findings)
        result.run(name, version, _outcome(findings))

    def _gather(
        self, content: Content, result: _Result, skip: frozenset[int]
    ) -> tuple[int | None, int | None, int | None]:
        """The picture's size, and the problems that the shared parsers met, each once."""
        size: tuple[int | None, int | None, int | None] = (None, None, None)
        try:
            if content.format.kind is MediaKind.IMAGE and content.complete and STAGE_GATHER not in skip:
                pixels = content.pixels
                size = (_count(pixels.width_px), _count(pixels.height_px), _count(pixels.frames))
            for part in ("metadata", "pixels"):
                if part in content.__dict__:
                    result.add(bounded(content.__dict__[part].problems))
            if (
                content.format.kind is MediaKind.IMAGE
                and self._fingerprint is not None
                and result.fingerprints is None
                and not skip
            ):
                unseen = {finding.outcome for finding in result.findings} & {
                    Outcome.COULD_NOT_LOOK,
                    Outcome.DID_NOT_RUN,
                }
                result.add(
                    [] if unseen else [_did_not(PIXELS, Outcome.COULD_NOT_LOOK, "The pixels could not be decoded.")]
                )
        except _ANYTHING as error:
            result.add([self._failed(PIXELS, _VERSION, error, result)])
        return size

    @staticmethod
    def _failed(name: str, version: str, error: BaseException, result: _Result) -> Finding:
        if isinstance(error, MemoryError):
            result.out_of_memory = True
            what = "The worker's memory limit was reached; this part of the examination was given up."
        else:
            what = f"This part of the examination failed ({type(error).__name__}); the others went on."
        finding = Finding(
            reader=name,
            version=version,
            outcome=Outcome.COULD_NOT_LOOK,
            what=what,
            does_not_show="Whether there was anything to find.",
            details={"error": type(error).__name__, "message": str(error)[:500]},
        )
        # The frames of the failed call hold on to whatever they had allocated.
        error.__traceback__ = None
        return bounded([finding])[0]


def reply_body(reply: dict[str, Any], reply_bytes: int) -> bytes:
    """The reply as JSON of at most `reply_bytes`; findings are cut, then left out, until it fits."""
    body = orjson.dumps(reply, default=_as_text)
    findings = reply["findings"]
    count = len(findings)
    while len(body) > reply_bytes and count:
        body = orjson.dumps({**reply, "findings": shortened(findings, count)}, default=_as_text)
        count //= 2
    return body


def _as_text(value: object) -> str:
    """Packed features travel as base64."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)


def release_memory() -> None:
    """Gives freed memory back to the system, as far as the C library can."""
    import ctypes

    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)


def _about_format(content: Content) -> list[Finding]:
    kind, name = content.format.kind, content.format.name
    size = content.size_bytes
    if size == 0:
        return [_did_not(_FORMAT, Outcome.COULD_NOT_LOOK, "The file is empty; there is nothing to examine.")]
    findings = []
    if kind is MediaKind.VIDEO:
        findings.append(
            _did_not(PIXELS, Outcome.DID_NOT_RUN, f"Video ({name}): listed and digested, frames not examined.")
        )
    elif kind is MediaKind.IMAGE and not content.format.decodable:
        findings.append(
            _did_not(
                PIXELS,
                Outcome.COULD_NOT_LOOK,
                f"No decoder for {name} is part of this version; the pixels were not examined.",
            )
        )
    elif kind in {MediaKind.AUDIO, MediaKind.OTHER}:
        unknown = content.format.media_type == "application/octet-stream"
        what = "The format was not recognised" if unknown else f"Not a picture ({name})"
        findings.append(
            _did_not(_FORMAT, Outcome.DID_NOT_RUN, f"{what}: listed and digested, what it shows was not examined.")
        )
    if not content.complete and kind is not MediaKind.ARCHIVE:
        findings.append(
            _did_not(
                _FORMAT,
                Outcome.DID_NOT_RUN,
                f"The file has {size} bytes, more than the {content.limits.content_bytes} that are held in memory; {_seen(content)}",
            )
        )
    return findings


def _seen(content: Content) -> str:
    if content.window is not None and in_place(content.held, content.format):
        return "it was digested, and its metadata were read where they lie; what needs all its bytes or its pixels was not examined."
    return "it was digested, and nothing else was examined."


def _did_not(reader: str, outcome: Outcome, what: str) -> Finding:
    return Finding(
        reader=reader,
        version=_VERSION,
        outcome=outcome,
        what=what,
        does_not_show="Nothing is known about what it shows.",
    )


def _those_that_hold(raw: Sequence[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for finding in raw:
        try:
            kept += bounded([finding])
        except (AttributeError, TypeError, ValueError, MemoryError, RecursionError):
            continue
    return kept


def _outcome(findings: Sequence[Finding]) -> Outcome:
    """What became of a reader: what it found counts before what it could not see."""
    outcomes = {finding.outcome for finding in findings}
    for outcome in (Outcome.FOUND, Outcome.COULD_NOT_LOOK, Outcome.DID_NOT_RUN):
        if outcome in outcomes:
            return outcome
    return Outcome.NOTHING_FOUND


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40 else None
