"""The compiled loops of the search for pictures that share a scene. Importing this module compiles, or loads what was compiled before.

Features lie in flat arrays, picture after picture: those of picture p are `begins[p]` to `begins[p + 1]`. Places come as they
are packed, in 1/65536 of an axis, sizes in 1/16 of a doubling, directions in 1/256 of a turn.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from safelight.fingerprint.compiling import bits_set, compiled

__all__ = ["SIZE_BINS", "TURN_BINS", "count_agreeing", "fill_keys", "vote"]

Array = Any
"""A NumPy array; the shapes and types are said by each function."""

TURN_BINS: Final = 12
SIZE_BINS: Final = 7
_BINS: Final = TURN_BINS * SIZE_BINS
_FULL: Final = 255


@compiled
def _key(high: Any, low: Any, bits: Array) -> Any:
    key = np.uint64(0)
    for place in range(len(bits)):
        bit = bits[place]
        word = high if bit < 64 else low
        key = key << np.uint64(1) | word >> np.uint64(bit & 63) & np.uint64(1)
    return key


@compiled
def fill_keys(codes: Array, bits: Array, keys: Array) -> None:
    """Fills `keys` (shape (n,), uint32) with the chosen `bits` (int64) of each code (shape (n, 2), uint64)."""
    for row in range(len(codes)):
        keys[row] = np.uint32(_key(codes[row, 0], codes[row, 1], bits))


@compiled
def vote(
    first_number: int, asking_codes: Array, asking_angles: Array, asking_sizes: Array, begins: Array,
    base: int, codes: Array, angles: Array, sizes: Array, picture_of: Array,
    bits: Array, starts: Array, rows: Array, most: int, limit: int, least: int, mirror: int,
    kinds: Array, skip: Array, kept_of_own: int, totals: Array, last: Array, bins: Array, touched: Array,
    out_other: Array, out_score: Array,
) -> None:  # fmt: skip
    """Finds for asking pictures the later ones, among those that answer, that most of their spots point to in one size and direction.

    Args:
        first_number: Of the first asking picture among all. `base`: of the first answering one.
        asking_codes: Shape (m, 2), uint64; those of the mirrored pictures where `mirror` is 1. `asking_angles`, `asking_sizes`: uint8. `begins`:
            int64, shape (pictures asking + 1,).
        codes: Shape (n, 2), uint64, of those that answer. `angles`, `sizes`: uint8. `picture_of`: int32, counted from 0 among them.
        bits: Shape (tables, width), int64. `starts`: shape (tables, 2**width + 1), uint32. `rows`: shape (tables, n), uint32, in each cell in
            ascending order.
        most: Spots of a cell that are looked at, the latest pictures first. `limit`: bits that may differ. `least`: votes for a candidate.
        kinds: int8 for each of all pictures, 0 to 2: which list of candidates it may enter. `kept_of_own`: candidates of the asking picture's
            own kind.
        skip: int64 for each of all pictures; two pictures with the same number other than -1 and the same kind are not compared.
        totals: int32 for each that answers, zeros. `last`: int64, all -1. `bins`: uint8, shape (pictures, 84), zeros. `touched`: int32. They are
            given back as they came, but for `last`.
        out_other: int32, shape (pictures asking, 3, k), filled with -1: counted among those that answer. `out_score`: the same shape, zeros.
    """
    tables = len(bits)
    for place_asking in range(len(begins) - 1):
        asking = first_number + place_asking
        number: Any = 0
        for spot in range(begins[place_asking], begins[place_asking + 1]):
            first, second = asking_codes[spot, 0], asking_codes[spot, 1]
            angle = (128 - np.int64(asking_angles[spot])) & 255 if mirror else np.int64(asking_angles[spot])
            size = np.int64(asking_sizes[spot])
            for table in range(tables):
                key = np.int64(_key(first, second, bits[table]))
                begin, place = np.int64(starts[table, key]), np.int64(starts[table, key + 1])
                lowest = max(begin, place - most)
                while place > lowest:
                    place -= 1
                    there = rows[table, place]
                    other = picture_of[there]
                    if base + other <= asking:
                        break
                    if last[other] == spot:
                        continue
                    if bits_set(first ^ codes[there, 0]) + bits_set(second ^ codes[there, 1]) > limit:
                        continue
                    # Sizes may differ eightfold; a step is 0.86 of a doubling.
                    grown = np.int64(sizes[there]) - size + 48
                    if grown < 0 or grown >= 96:
                        continue
                    last[other] = spot
                    turned = (np.int64(angles[there]) - angle) & 255
                    cell = turned * TURN_BINS // 256 * SIZE_BINS + grown * SIZE_BINS // 96
                    if totals[other] == 0:
                        touched[number] = other
                        number += 1
                    totals[other] += 1
                    if bins[other, cell] < _FULL:
                        bins[other, cell] += np.uint8(1)
        for entry in range(number):
            other = touched[entry]
            if totals[other] >= least and not (
                skip[asking] >= 0 and skip[asking] == skip[base + other] and kinds[asking] == kinds[base + other]
            ):
                score = _best_bins(bins[other])
                if score >= least:
                    list_ = kinds[base + other]
                    kept = kept_of_own if list_ == kinds[asking] else out_other.shape[2]
                    _keep(out_other[place_asking, list_, :kept], out_score[place_asking, list_, :kept], other, score)
            totals[other] = 0
            for bin_ in range(_BINS):
                bins[other, bin_] = 0


@compiled
def _best_bins(bins: Array) -> Any:
    """Most votes in two neighbouring directions and sizes."""
    best = np.int64(0)
    for turn in range(TURN_BINS):
        after = (turn + 1) % TURN_BINS
        for size in range(SIZE_BINS - 1):
            votes = (
                np.int64(bins[turn * SIZE_BINS + size])
                + np.int64(bins[turn * SIZE_BINS + size + 1])
                + np.int64(bins[after * SIZE_BINS + size])
                + np.int64(bins[after * SIZE_BINS + size + 1])
            )
            best = max(best, votes)
    return best


@compiled
def _keep(others: Array, scores: Array, other: int, score: int) -> None:
    """Puts a candidate into a short list, best first; of equal ones the earlier stays."""
    place: Any = len(others)
    while place > 0 and scores[place - 1] < score:
        place -= 1
    if place == len(others):
        return
    for later in range(len(others) - 1, place, -1):
        others[later], scores[later] = others[later - 1], scores[later - 1]
    others[place], scores[place] = other, score


@compiled
def count_agreeing(
    firsts: Array, first_codes: Array, first_xs: Array, first_ys: Array, first_angles: Array, first_sizes: Array,
    first_begins: Array, first_widths: Array, first_heights: Array,
    seconds: Array, codes: Array, xs: Array, ys: Array, angles: Array, sizes: Array, begins: Array, widths: Array, heights: Array,
    mirror: int, alike: int, first_px: float, most_size: float, most_turn: float,
    nearest: Array, apart: Array, back: Array, back_apart: Array, pairs: Array, pose: Array, out: Array,
) -> None:  # fmt: skip
    """For each pair of pictures the number of spots that `scene_geometry.pose_agreement` would give.

    Args:
        firsts, seconds: int32, the pairs, each counted in its own arrays: those that begin with `first`, and the others. `first_codes`: mirrored
            where `mirror` is 1.
        xs, ys: uint16. `angles`, `sizes`: uint8. `widths`, `heights`: int32 a picture.
        nearest, apart, back, back_apart: int64, working room for the most features of a picture. `pairs`: int64, shape (that, 2). `pose`: float64,
            shape (that, 8). `out`: int32 a pair.
    """
    for row in range(len(firsts)):
        first, second = firsts[row], seconds[row]
        begin, other = first_begins[first], begins[second]
        count, count_other = first_begins[first + 1] - begin, begins[second + 1] - other
        for there in range(count_other):
            back_apart[there] = 999
        for spot in range(count):
            best, best_apart = 0, 999
            one, two = first_codes[begin + spot, 0], first_codes[begin + spot, 1]
            for there in range(count_other):
                bits = bits_set(one ^ codes[other + there, 0]) + bits_set(two ^ codes[other + there, 1])
                if bits < best_apart:
                    best, best_apart = there, bits
                if bits < back_apart[there]:
                    back_apart[there], back[there] = bits, spot
            nearest[spot], apart[spot] = best, best_apart
        number = 0
        for spot in range(count):
            if count_other and apart[spot] <= alike and back[nearest[spot]] == spot:
                pairs[number, 0], pairs[number, 1] = begin + spot, other + nearest[spot]
                number += 1
        for place in range(number):
            one, two = pairs[place, 0], pairs[place, 1]
            x = (first_xs[one] + 0.5) * first_widths[first] / 65536
            y = (first_ys[one] + 0.5) * first_heights[first] / 65536
            angle = first_angles[one] * (2 * np.pi / 256)
            if mirror:
                x, angle = first_widths[first] - x, np.pi - angle
            grown = (np.float64(sizes[two]) - np.float64(first_sizes[one])) / 16
            turned = angles[two] * (2 * np.pi / 256) - angle
            factor = 2.0**grown
            real, imaginary = factor * np.cos(turned), factor * np.sin(turned)
            pose[place, 0], pose[place, 1], pose[place, 2], pose[place, 3] = x, y, grown, turned
            pose[place, 4] = (xs[two] + 0.5) * widths[second] / 65536
            pose[place, 5] = (ys[two] + 0.5) * heights[second] / 65536
            pose[place, 6], pose[place, 7] = real, imaginary
        most_votes: Any = 0
        least_cos = np.cos(most_turn)
        for guess in range(number):
            real, imaginary = pose[guess, 6], pose[guess, 7]
            off_x = pose[guess, 4] - (real * pose[guess, 0] - imaginary * pose[guess, 1])
            off_y = pose[guess, 5] - (imaginary * pose[guess, 0] + real * pose[guess, 1])
            votes = 0
            for place in range(number):
                miss_x = real * pose[place, 0] - imaginary * pose[place, 1] + off_x - pose[place, 4]
                miss_y = imaginary * pose[place, 0] + real * pose[place, 1] + off_y - pose[place, 5]
                if (
                    miss_x * miss_x + miss_y * miss_y < first_px * first_px
                    and abs(pose[guess, 2] - pose[place, 2]) < most_size
                    and np.cos(pose[guess, 3] - pose[place, 3]) > least_cos
                ):
                    votes += 1
            most_votes = max(most_votes, votes)
        out[row] = most_votes
