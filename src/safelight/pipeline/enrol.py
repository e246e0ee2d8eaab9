"""Enrols a camera: reference photographs go through the wall twice, and out comes the fingerprint of their sensor.

First only their sizes, digests and a sketch of what they show are taken, so that the size that most of them have is known, and copies, and the
same scene from the same place, count once; then each of that size gives its noise and its light. They are read, never written, and enter no
case. What is left out is listed with the reason.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from safelight.decode.wall import Reply, Wall, WorkPlan
from safelight.errors import CameraError, SourceError
from safelight.evidence import FileEntry, Problem, walk
from safelight.model import Outcome
from safelight.origin.camera.bounds import THRESHOLD_PCE
from safelight.origin.camera.fingerprint import Estimate, Fingerprint
from safelight.origin.camera.match import peak
from safelight.origin.camera.reference import ReferenceReader, SketchReader, sketched, unpacked
from safelight.origin.camera.residual import Plane, fitting
from safelight.origin.camera.scenes import same_scene
from safelight.origin.camera.store import Camera
from safelight.pipeline.plan import limits_of
from safelight.settings import Settings

__all__ = ["LEAST_PHOTOGRAPHS", "LEAST_SIDE_PX", "Enrolment", "enrol"]

LEAST_PHOTOGRAPHS: Final = 20
"""Photographs of one size under which no fingerprint is made."""

LEAST_SIDE_PX: Final = 512
_BROKE: Final = "it broke the worker that read it, or could not be decoded"
_SKETCHER: Final = "safelight.origin.camera.reference:SketchReader"
_READER: Final = "safelight.origin.camera.reference:ReferenceReader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """What was made of some photographs. `left_out`: the place of each that is not in it, and why, in order."""

    camera: Camera
    left_out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Photograph:
    token: int
    sha256: str
    width_px: int
    height_px: int
    sketch: Plane


def enrol(
    name: str,
    paths: Sequence[Path],
    settings: Settings,
    now_utc: str,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Enrolment:
    """Makes the fingerprint of the sensor that took some photographs; nothing is stored.

    Args:
        name: As the unit calls the camera. `paths`: files and folders. `settings`: those in force. `now_utc`: for the record.
        on_progress: Told how many of how many readings are done.

    Raises:
        CameraError: Fewer than 20 different photographs of one size can be used, or they do not share a pattern.
        SourceError: A path cannot be read.
        WallError: The workers cannot be started.
    """
    listed = [entry for path in paths for entry in walk(os.fsencode(path.absolute()))]
    entries = [entry for entry in listed if isinstance(entry, FileEntry)]
    left_out = {_shown(entry): "it could not be opened" for entry in listed if not isinstance(entry, FileEntry)}
    chosen = _chosen(entries, settings, left_out, on_progress)
    width, height = chosen[0].width_px, chosen[0].height_px
    halves = (Estimate(*_shape(height, width)), Estimate(*_shape(height, width)))
    taken: list[str] = []
    plan = WorkPlan(fingerprinter=None, readers=(_READER,))
    by_token = {one.token: (place, one) for place, one in enumerate(chosen)}
    with Wall(plan, limits_of(settings), settings.worker_count) as wall:
        for done, reply in enumerate(_replies(wall, entries, [one.token for one in chosen], left_out), 1):
            place, photograph = by_token[reply.token]
            if problem := _added(reply, photograph, halves[place % 2]):
                left_out[_shown(entries[photograph.token])] = problem
            else:
                taken.append(photograph.sha256)
            on_progress(len(entries) + done, len(entries) + len(chosen))
    if len(taken) < LEAST_PHOTOGRAPHS:
        raise _too_few(len(taken), f"{width} x {height} pixels", left_out)
    agreement = _agreement(halves)
    if agreement <= THRESHOLD_PCE:
        raise CameraError(
            f"These {len(taken)} photographs share no sensor pattern: the peak-to-correlation energy between one half of them and the other is "
            f"{agreement:.0f}, and should be above {THRESHOLD_PCE:.0f}.",
            kept="Nothing was enrolled.",
            advice="Give photographs as one camera wrote them: bright, of different scenes, neither edited nor sent through a messenger.",
        )
    fingerprint = Fingerprint.of(halves[0] + halves[1], width, height)
    camera = Camera(
        name=name,
        fingerprint=fingerprint,
        digest=fingerprint.digest,
        references=tuple(sorted(taken)),
        agreement=agreement,
        enrolled_utc=now_utc,
    )
    return Enrolment(camera=camera, left_out=tuple(sorted(left_out.items())))


def _chosen(
    entries: Sequence[FileEntry], settings: Settings, left_out: dict[str, str], on_progress: Callable[[int, int], None]
) -> list[_Photograph]:
    """The different photographs of the size that most of them have, by digest, so that their order says nothing."""
    found: dict[str, _Photograph] = {}
    with Wall(WorkPlan(fingerprinter=None, readers=(_SKETCHER,)), limits_of(settings), settings.worker_count) as wall:
        came = _replies(wall, entries, range(len(entries)), left_out)
        replies = sorted(_counted(came, len(entries), on_progress), key=lambda one: one.token)
    for reply in replies:
        shown = _shown(entries[reply.token])
        examined = reply.examination
        if reply.digests is None:
            left_out[shown] = "it could not be read"
        elif reply.digests.sha256 in found or (examined is None and reply.known):
            left_out[shown] = "it is a copy of another"
        elif examined is None or examined.width_px is None or examined.height_px is None:
            left_out[shown] = "it is no picture that can be decoded"
        elif min(examined.width_px, examined.height_px) < LEAST_SIDE_PX:
            left_out[shown] = f"it is smaller than {LEAST_SIDE_PX} pixels"
        elif isinstance(seen := _sketch(reply), str):
            left_out[shown] = seen
        else:
            size = (examined.width_px, examined.height_px)
            found[examined.sha256] = _Photograph(reply.token, examined.sha256, *size, seen)
    sizes = Counter((one.width_px, one.height_px) for one in found.values())
    if not sizes:
        raise _too_few(0, f"{LEAST_SIDE_PX} pixels and more", left_out)
    size = max(sizes, key=lambda one: (sizes[one], one))
    for photograph in found.values():
        if (photograph.width_px, photograph.height_px) != size:
            left_out[_shown(entries[photograph.token])] = (
                f"it has {photograph.width_px} x {photograph.height_px} pixels, most have {size[0]} x {size[1]}"
            )
    same = [one for one in found.values() if (one.width_px, one.height_px) == size]
    chosen: list[_Photograph] = []
    for photograph in sorted(same, key=lambda one: one.sha256):
        if any(same_scene(photograph.sketch, other.sketch) for other in chosen):
            left_out[_shown(entries[photograph.token])] = "it shows the same scene as another, from the same place"
        else:
            chosen.append(photograph)
    if len(chosen) < LEAST_PHOTOGRAPHS:
        raise _too_few(len(chosen), f"{size[0]} x {size[1]} pixels", left_out)
    return chosen


def _sketch(reply: Reply) -> Plane | str:
    """What a photograph shows, coarsely; or why that is not known."""
    own = (
        next((one for one in reply.examination.findings if one.reader == SketchReader.name), None)
        if reply.examination
        else None
    )
    if own is None or own.outcome is not Outcome.FOUND:
        return own.what if own is not None else _BROKE
    try:
        return sketched(own)
    except ValueError:
        return _BROKE


def _added(reply: Reply, photograph: _Photograph, estimate: Estimate) -> str:
    """Adds one photograph to an estimate; why it was not, in words, else nothing."""
    findings = reply.examination.findings if reply.examination is not None else reply.findings
    own = next((one for one in findings if one.reader == ReferenceReader.name), None)
    if own is None or own.outcome is not Outcome.FOUND:
        return own.what if own is not None else _BROKE
    if reply.digests is None or reply.digests.sha256 != photograph.sha256:
        return "it changed while it was read"
    try:
        estimate.add(unpacked(own, photograph.width_px, photograph.height_px))
    except ValueError:
        return _BROKE
    return ""


def _agreement(halves: tuple[Estimate, Estimate]) -> float:
    first, second = (half.pattern() for half in halves)
    shape = (first.shape[0], first.shape[1])
    energy, top, left, _ = peak(
        np.fft.rfft2(first).astype(np.complex64), np.conj(np.fft.rfft2(second)).astype(np.complex64), shape
    )
    # The same sensor lies in the same place; a peak elsewhere is one of scenes that are alike.
    return energy if (top, left) == (0, 0) else 0.0


def _shape(height_px: int, width_px: int) -> tuple[int, int]:
    return fitting(height_px), fitting(width_px)


def _replies(
    wall: Wall, entries: Sequence[FileEntry], tokens: Iterable[int], left_out: dict[str, str]
) -> Iterator[Reply]:
    for token in tokens:
        while wall.room <= 0:
            yield from wall.wait(1.0)
        try:
            wall.submit(token, entries[token].open())
        except (OSError, SourceError):
            left_out[_shown(entries[token])] = "it could not be opened"
    while wall.outstanding:
        yield from wall.wait(1.0)


def _counted(replies: Iterator[Reply], total: int, on_progress: Callable[[int, int], None]) -> Iterator[Reply]:
    for done, reply in enumerate(replies, 1):
        on_progress(done, total)
        yield reply


def _shown(entry: FileEntry | Problem) -> str:
    return entry.media_file.location.full_display()


def _too_few(count: int, what: str, left_out: dict[str, str]) -> CameraError:
    reasons = Counter(left_out.values())
    told = "; ".join(f"{number}: {reason}" for reason, number in reasons.most_common(4))
    return CameraError(
        f"There are {count} different photographs of {what} that can be used; at least {LEAST_PHOTOGRAPHS} are needed."
        + (f" Left out: {told}." if told else ""),
        kept="Nothing was enrolled.",
        advice="Give more photographs, as one camera wrote them and of one size.",
    )
