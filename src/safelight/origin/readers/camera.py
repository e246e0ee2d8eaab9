"""That a picture was taken by the sensor that took the reference photographs of a camera that the unit enrolled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Basis, Finding, JsonValue, MediaKind, Supports
from safelight.origin.camera.bounds import FALSE_MATCHES_AT_MOST, LOG10_LR_BOUND, STRENGTH, THRESHOLD_PCE
from safelight.origin.camera.fingerprint import Fingerprint
from safelight.origin.camera.match import Correlation, Matcher, Observed
from safelight.origin.camera.residual import luma_of
from safelight.origin.opinion import BOUND_KEY, FALSE_ALARMS_KEY

__all__ = ["LEAST_SIDE_PX", "CameraReader"]

LEAST_SIDE_PX: Final = 256
"""Sides under which a picture holds too little of any pattern."""

_DIGEST_SHOWN: Final = 16
_NOT_SHOWN: Final = (
    "That nobody changed the picture, that the scene is real, who took it, and when: what is edited or generated from a photograph can keep its "
    "pattern. Cameras of one model were not told apart in what was measured."
)
_SILENCE_NOT_SHOWN: Final = (
    "That another device took it, or none: the pattern is lost where a picture is small, resized, saved coarsely, stabilised or processed by "
    "night and portrait modes."
)


@dataclass(frozen=True, slots=True)
class _Enrolled:
    name: str
    digest: str
    matcher: Matcher

    @property
    def shown(self) -> str:
        """As it stands among the leads: the same in every case that was examined with this enrolment."""
        return f"{self.name} (sensor {self.digest[:_DIGEST_SHOWN]})"


class CameraReader:
    """Looks for the patterns of enrolled cameras.

    Args:
        cameras: Of each `name`, `digest` and `fingerprint`, as JSON; with none, it does not run.
    """

    name: ClassVar[str] = "camera"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "the sensor pattern (PRNU) of cameras that the unit enrolled and asked for"
    where: ClassVar[str] = "the luma of the middle of the first frame, at most 2048 x 2048 pixels, as stored"
    keys: ClassVar[str] = "none"
    weighs: ClassVar[str] = (
        "captured, by this sensor, as strongly as the number of pictures supports on which false matches were counted; nothing below the threshold"
    )
    survives: ClassVar[str] = "saving as JPEG, cutting, turning; scaling by up to a half while the picture stays large"
    faked_by: ClassVar[str] = (
        "adding the pattern of a sensor, estimated from photographs of it, to any picture (fingerprint copy); editing or generating from a "
        "photograph of that sensor, which can keep its pattern"
    )
    silence_means: ClassVar[str] = (
        "no camera was asked for, or the picture is no match: another sensor, smaller than 256 px, strongly compressed, resized without keeping its "
        "shape, stabilised, or processed as night and portrait modes do; never that a picture was not taken by that camera"
    )
    cost: ClassVar[str] = (
        "0.4 to 0.6 s of CPU a picture with one camera, 0.1 s for each further one; nothing when none is asked for"
    )
    source: ClassVar[str] = (
        "after Lukáš, Fridrich and Goljan 2006, Chen and others 2008, Goljan, Fridrich and Filler 2009; measured by benchmarks/camera.py"
    )
    checked_on: ClassVar[str] = (
        "600 pictures of other origin against 4 cameras: none matched; 22 held-out photographs of 3 cameras: 20 found; more in docs/cameras.md"
    )

    def __init__(self, cameras: Sequence[Mapping[str, Any]] = ()) -> None:
        self._cameras = [
            _Enrolled(one["name"], one["digest"], Matcher(Fingerprint.from_record(one["fingerprint"])))
            for one in cameras
        ]

    def applies(self, content: Content) -> bool:
        """Whether a camera was asked for and this is a picture that is large enough."""
        if not self._cameras or content.format.kind is not MediaKind.IMAGE or not content.format.decodable:
            return False
        return min(content.pixels.width_px or 0, content.pixels.height_px or 0) >= LEAST_SIDE_PX

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields a finding for each camera whose pattern was found, and one for all others."""
        plane = luma_of(content.pixels) if self.applies(content) else None
        if plane is None:
            return
        observed = Observed(plane.pixels)
        below: list[tuple[_Enrolled, Correlation]] = []
        for camera in self._cameras:
            found = camera.matcher.correlate(observed)
            if found.pce > THRESHOLD_PCE:
                yield self._match(camera, found)
            else:
                below.append((camera, found))
        if below:
            yield self._silence(below)

    def _match(self, camera: _Enrolled, found: Correlation) -> Finding:
        return Finding(
            reader=self.name,
            version=self.version,
            supports=Supports.CAPTURED,
            basis=Basis.STATISTICAL,
            strength=STRENGTH,
            what=(
                f"Carries the pattern of the sensor that took the reference photographs of the camera {camera.name}: peak-to-correlation energy "
                f"{found.pce:.0f}, where {THRESHOLD_PCE:.0f} is the threshold{_how(found)}. Of pictures of other origin at most "
                f"{100 * FALSE_MATCHES_AT_MOST:.1f} % reach it."
            ),
            where=self.where,
            could_be_faked_by=self.faked_by,
            does_not_show=_NOT_SHOWN,
            details={
                **_told(camera, found),
                "devices": [camera.shown],
                BOUND_KEY: LOG10_LR_BOUND,
                FALSE_ALARMS_KEY: FALSE_MATCHES_AT_MOST,
            },
        )

    def _silence(self, below: Sequence[tuple[_Enrolled, Correlation]]) -> Finding:
        nearest, energy = max(((camera.name, found.pce) for camera, found in below), key=lambda one: one[1])
        others: list[JsonValue] = [_told(camera, found) for camera, found in below]
        return Finding(
            reader=self.name,
            version=self.version,
            what=(
                f"The pattern of {len(below)} enrolled camera{'s' if len(below) > 1 else ''} was not found: highest peak-to-correlation energy "
                f"{energy:.0f} ({nearest}), where {THRESHOLD_PCE:.0f} is the threshold."
            ),
            where=self.where,
            does_not_show=_SILENCE_NOT_SHOWN,
            details={"cameras": others},
        )


def _told(camera: _Enrolled, found: Correlation) -> dict[str, JsonValue]:
    tried: list[JsonValue] = list(found.tried)
    return {
        "camera": camera.name,
        "camera_sha256": camera.digest,
        "pce": round(found.pce, 2),
        "threshold": THRESHOLD_PCE,
        "false_match_bound": round(FALSE_MATCHES_AT_MOST, 6),
        "chance_in_noise": found.chance,
        "turned": found.turned,
        "scale": round(found.scale, 4),
        "offset_px": [found.left_px, found.top_px],
        "tried": tried,
        "places": found.places,
    }


def _how(found: Correlation) -> str:
    how = []
    if found.turned:
        how.append(f"turned by {found.turned} degrees")
    if found.scale != 1:
        how.append(f"scaled to {found.scale:.2f} of the photographs")
    if (found.left_px, found.top_px) != (0, 0):
        how.append(f"its corner at {found.left_px}, {found.top_px} px of theirs")
    return f" ({', '.join(how)})" if how else ""
