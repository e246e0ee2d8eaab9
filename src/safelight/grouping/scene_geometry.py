"""Whether two pictures show the same spots in the same arrangement, and by which transformation one becomes the other.

Every pair of spots that look alike, with their sizes and directions, is a guess at the whole transformation; the guess that most other
pairs agree with is refined to an affine one by least squares. Pictures of one scene from another standpoint agree only as far as that scene
is flat or far away. All places are in pixels of the working pictures (`fingerprint.features`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.fingerprint.features import LocalFeatures, mirrored_codes

__all__ = ["ALIKE_BITS", "FIRST_PX", "MOST_SIZE", "MOST_TURN", "Agreement", "agree", "distances", "mirrored", "pose_agreement"]  # fmt: skip

ALIKE_BITS: Final = 32
"""Of 128 bits: largest distance between two spots that are taken for the same. Nine in ten true pairs of edited pictures differ by at most 16."""

FIRST_PX: Final = 10.0
"""How far from its place a spot may lie under the transformation that one pair of spots guesses. Sizes and directions of spots are coarse."""

MOST_SIZE: Final = 1.0
"""By how many doublings, and in `MOST_TURN` by how many radians, a pair may differ from the guess."""
MOST_TURN: Final = np.pi / 4

_FEWEST: Final = 4
_LAST_PX: Final = 4.0
_LOOSE_BITS: Final = 44
"""Spots at the very place where the transformation puts them may look this different, for the map."""

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """What two pictures agree in.

    Attributes:
        matrix: Shape (2, 3): from places of the second picture to places of the first, both in working pixels as stored.
        mirrored: Whether one is the mirror image of the other.
        inliers: Number of spots that agree, each place counted once in both pictures. This is what is judged.
        width: Standard deviation of the places of the agreeing spots in the direction in which they vary least, over the picture's diagonal; the
            smaller one of both pictures. Near 0 for a line of text.
        area: Part of the picture that the agreeing spots span (their smallest convex outline), the larger one of both pictures.
        first, second: Spots of the first and of the second picture that agree, by looser rules, for the map.
    """

    matrix: Floats
    mirrored: bool
    inliers: int
    width: float
    area: float
    first: Indices
    second: Indices


def distances(first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Bits that differ between each code of the first and each of the second, shape (n, m)."""
    apart: NDArray[np.uint8] = np.bitwise_count(first[:, 0, None] ^ second[None, :, 0])
    apart += np.bitwise_count(first[:, 1, None] ^ second[None, :, 1])
    return apart


def mirrored(features: LocalFeatures) -> LocalFeatures:
    """The features of the picture mirrored left to right."""
    return LocalFeatures(
        features.width, features.height, np.float32(features.width) - features.x, features.y, features.size,
        np.float32(np.pi) - features.angle, mirrored_codes(features.codes), features.plain,
    )  # fmt: skip


def pose_agreement(first: LocalFeatures, second: LocalFeatures) -> tuple[Indices, Indices]:
    """The spots that look alike and agree in where the first picture lies in the second: (of the first, of the second).

    Spots are alike when each is the nearest to the other, within `ALIKE_BITS`. `scene_kernels.count_agreeing` counts the same.
    """
    if not len(first) or not len(second):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return _one_pose(first, second, *_alike(distances(first.codes, second.codes)))


def _alike(apart: NDArray[np.uint8]) -> tuple[Indices, Indices]:
    """The spots of which each is the nearest to the other, and near enough."""
    nearest, places = apart.argmin(axis=1), np.arange(len(apart))
    mutual = (apart.argmin(axis=0)[nearest] == places) & (apart[places, nearest] <= ALIKE_BITS)
    return places[mutual], nearest[mutual].astype(np.int64)


def _one_pose(first: LocalFeatures, second: LocalFeatures, one: Indices, two: Indices) -> tuple[Indices, Indices]:
    """Those of the pairs of spots that agree with the pair that most agree with."""
    if not len(one):
        return one, two
    grown = second.size[two].astype(np.float64) - first.size[one]
    turned = second.angle[two].astype(np.float64) - first.angle[one]
    real, imaginary = np.exp2(grown) * np.cos(turned), np.exp2(grown) * np.sin(turned)
    x1, y1, x2, y2 = (side.astype(np.float64) for side in (first.x[one], first.y[one], second.x[two], second.y[two]))
    off_x = x2 - (real * x1 - imaginary * y1)
    off_y = y2 - (imaginary * x1 + real * y1)
    # Row: the pair that guesses. Column: the pair that is asked.
    miss_x = real[:, None] * x1 - imaginary[:, None] * y1 + off_x[:, None] - x2
    miss_y = imaginary[:, None] * x1 + real[:, None] * y1 + off_y[:, None] - y2
    agrees = miss_x**2 + miss_y**2 < FIRST_PX**2
    agrees &= np.abs(grown[:, None] - grown) < MOST_SIZE
    agrees &= np.cos(turned[:, None] - turned) > np.cos(MOST_TURN)
    best = agrees[agrees.sum(axis=1).argmax()]
    return one[best], two[best]


def agree(first: LocalFeatures, second: LocalFeatures, *, mirror: bool) -> Agreement | None:
    """How the second picture lies in the first; None when fewer than four spots agree.

    Args:
        first, second: The pictures. `mirror`: look for the second's mirror image.
    """
    shown = mirrored(second) if mirror else second
    if not len(first) or not len(shown):
        return None
    apart = distances(first.codes, shown.codes)
    alike_one, alike_two = _alike(apart)
    two, one = _one_pose(shown, first, alike_two, alike_one)
    if len(one) < _FEWEST:
        return None
    target = np.stack([first.x, first.y], axis=1).astype(np.float64)
    there = np.stack([shown.x, shown.y, np.ones(len(shown))], axis=1).astype(np.float64)
    matrix = None
    for limit_px in (2 * _LAST_PX, _LAST_PX, _LAST_PX, _LAST_PX):
        matrix = _fitted(there[two], target[one])
        if matrix is None:
            return None
        miss = there[alike_two] @ matrix.T - target[alike_one]
        near = np.square(miss).sum(axis=1) < limit_px**2
        one, two = alike_one[near], alike_two[near]
        if len(one) < _FEWEST:
            return None
    assert matrix is not None
    places_one, places_two = target[one], there[two, :2]
    inliers = min(_different(places_one), _different(places_two))
    seen_one, seen_two = _also_seen(there @ matrix.T, target, apart)
    if mirror:
        matrix = matrix @ np.array([[-1.0, 0.0, second.width], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    return Agreement(
        matrix,
        mirror,
        inliers,
        min(_thinness(places_one, first), _thinness(places_two, second)),
        max(_spanned(places_one, first), _spanned(places_two, second)),
        seen_one,
        seen_two,
    )


def _fitted(there: Floats, target: Floats) -> Floats | None:
    """The affine transformation by least squares; by a similarity where that many spots do not carry more. None for a collapse."""
    if len(there) >= 8:
        matrix = np.linalg.lstsq(there, target, rcond=None)[0].T
        stretch = np.linalg.svd(matrix[:, :2], compute_uv=False)
        # An edit stretches a picture a little; a fit that flattens it lies.
        if stretch[1] > 0 and stretch[0] / stretch[1] < 2.0 and np.linalg.det(matrix[:, :2]) > 0:
            return np.asarray(matrix)
    z, w = there[:, 0] + 1j * there[:, 1], target[:, 0] + 1j * target[:, 1]
    away = z - z.mean()
    power = float(np.sum(np.abs(away) ** 2))
    if power < 1e-9:
        return None
    turn = np.sum(np.conj(away) * (w - w.mean())) / power
    shift = w.mean() - turn * z.mean()
    if not 1 / 16 < abs(turn) < 16:
        return None
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def _also_seen(predicted: Floats, target: Floats, apart: NDArray[np.uint8]) -> tuple[Indices, Indices]:
    """Spots that lie where the transformation puts them and look at least somewhat alike."""
    x, y = (np.subtract.outer(target[:, axis], predicted[:, axis]).astype(np.float32) for axis in (0, 1))
    fits = (x * x + y * y < _LAST_PX**2) & (apart <= _LOOSE_BITS)
    return np.flatnonzero(fits.any(axis=1)), np.flatnonzero(fits.any(axis=0))


def _different(places: Floats) -> int:
    """How many places there are, those within two pixels counted once."""
    return len({(int(x), int(y)) for x, y in places // 2})


def _thinness(places: Floats, picture: LocalFeatures) -> float:
    spread = np.linalg.eigvalsh(np.cov(places.T))[0]
    return float(max(spread, 0.0) ** 0.5 / np.hypot(picture.width, picture.height))


def _spanned(places: Floats, picture: LocalFeatures) -> float:
    """Area of the convex outline over that of the picture (Andrew's monotone chain)."""
    points = sorted({(float(x), float(y)) for x, y in places})
    if len(points) < 3:
        return 0.0
    outline: list[tuple[float, float]] = []
    for run in (points, points[::-1]):
        part: list[tuple[float, float]] = []
        for point in run:
            while len(part) > 1 and _left(part[-2], part[-1], point) <= 0:
                part.pop()
            part.append(point)
        outline += part[:-1]
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(outline, outline[1:] + outline[:1], strict=True)) / 2
    return abs(area) / (picture.width * picture.height)


def _left(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
