"""How often a picture is found to be of the sensor that took it, and how often it seems to be of one that did not.

Photographs of real cameras are told by their EXIF (make, model, serial number) and size: of each camera with enough of them, two thirds are enrolled
and the others looked for, as they are and after what happens to photographs. Pictures of the same folders that name another camera or none are
looked for against every one of these sensors. A drawn sensor (`--drawn`), a multiplicative pattern on drawn scenes, says how much is lost to what,
which real photographs of one camera are too few to say; it is no more than that.

usage: python -m benchmarks.camera FOLDER... [--pictures N] [--drawn N] [--least N] [--held N] [--out FILE.jsonl]
"""

from __future__ import annotations

import argparse
import io
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from safelight.origin.camera.fingerprint import Estimate, Fingerprint, Reference
from safelight.origin.camera.match import Matcher, Observed
from safelight.origin.camera.residual import Samples

SEED = 20_261
SERIAL, EXIF = 0xA431, 0x8769
DRAWN_PX = (1536, 2048)
LEAST_SIDE_PX = 256

Camera = tuple[str, str, str, int, int]


def camera_of(path: Path) -> Camera | None:
    """(make, model, serial number, width, height); None where it is no picture of a size that is looked at."""
    try:
        with Image.open(path) as image:
            exif = image.getexif()
            named = (exif.get(271, ""), exif.get(272, ""), exif.get_ifd(EXIF).get(SERIAL, ""))
            if min(image.size) < LEAST_SIDE_PX:
                return None
            make, model, serial = (str(text).strip("\0 ") for text in named)
            return make, model, serial, *image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def luma_of(path: Path) -> Samples:
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def saved(luma: Samples, quality: int) -> Samples:
    kept = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(luma)).save(kept, "JPEG", quality=quality)
    return np.asarray(Image.open(kept).convert("L"))


def shrunk(luma: Samples, factor: float) -> Samples:
    size = round(luma.shape[1] * factor), round(luma.shape[0] * factor)
    return np.asarray(Image.fromarray(luma).resize(size, Image.Resampling.LANCZOS))


def cut(luma: Samples, share: float) -> Samples:
    height, width = int(luma.shape[0] * share), int(luma.shape[1] * share)
    return luma[luma.shape[0] // 5 : luma.shape[0] // 5 + height, luma.shape[1] // 4 : luma.shape[1] // 4 + width]


def changed(luma: Samples) -> Iterator[tuple[str, Samples]]:
    """The same photograph after what happens to photographs."""
    yield "as it is", luma
    yield "JPEG q85", saved(luma, 85)
    yield "JPEG q75", saved(luma, 75)
    yield "half of each side, JPEG q85", saved(cut(luma, 0.5), 85)
    yield "turned by 90, JPEG q90", saved(np.rot90(luma), 90)
    yield "longest side 2048 or half, JPEG q85", saved(shrunk(luma, min(0.5, 2048 / max(luma.shape))), 85)


def enrolled(references: list[Samples]) -> Fingerprint:
    made = [Reference.of(luma) for luma in references]
    estimate = Estimate(*made[0].light.shape)
    for one in made:
        estimate.add(one)
    return Fingerprint.of(estimate, references[0].shape[1], references[0].shape[0])


def drawn(rng: np.random.Generator, pattern: np.ndarray, quality: int) -> Samples:
    """A scene of soft shapes and texture, seen by a sensor, with shot noise, saved as JPEG."""
    height, width = pattern.shape
    scene = np.full(pattern.shape, rng.uniform(60, 160), np.float32)
    for scale in (8, 24, 96):
        part = rng.normal(0, 18, (height // scale + 2, width // scale + 2)).astype(np.float32)
        scene += np.asarray(Image.fromarray(part).resize((width, height), Image.Resampling.BICUBIC))
    scene = np.clip(scene, 8, 245)
    seen = scene * (1 + pattern) + rng.normal(0, 1, pattern.shape) * np.sqrt(1 + scene / 40)
    return saved(np.clip(np.rint(seen), 0, 255).astype(np.uint8), quality)


class Log:
    """One JSON object a line, so that a run that is stopped has said what it knew."""

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("w", encoding="utf-8") if path else None
        self.rows: list[dict[str, object]] = []

    def add(self, **row: object) -> None:
        self.rows.append(row)
        if self._file:
            print(json.dumps(row), file=self._file, flush=True)

    def values(self, **wanted: object) -> list[float]:
        return [
            float(str(row["pce"]))
            for row in self.rows
            if "pce" in row and all(row.get(key) == value for key, value in wanted.items())
        ]


def told(name: str, values: list[float]) -> None:
    if values:
        ordered = np.sort(values)
        above = "  ".join(f">{at}: {int((ordered > at).sum())}" for at in (40, 50, 60, 80))
        print(
            f"{name:<66} n {len(ordered):>5}  least {ordered[0]:8.1f}  median {np.median(ordered):8.1f}  most {ordered[-1]:8.1f}  {above}",
            flush=True,
        )


def of_real_cameras(files: dict[Path, Camera], least: int, held: int, log: Log) -> dict[Camera, Matcher]:
    by_camera: dict[Camera, list[Path]] = defaultdict(list)
    for path, camera in sorted(files.items(), key=lambda item: item[0].name):
        if camera[1]:
            by_camera[camera].append(path)
    matchers = {}
    for camera, paths in by_camera.items():
        if len(paths) < least:
            continue
        count = min(20, len(paths) * 2 // 3)
        matcher = Matcher(enrolled([luma_of(path) for path in paths[:count]]))
        matchers[camera] = matcher
        name = f"{camera[0]} {camera[1]} {camera[3]} x {camera[4]} ({count} enrolled)"
        for path in paths[count : count + held]:
            for state, luma in changed(luma_of(path)):
                found = matcher.correlate(Observed(luma))
                log.add(
                    kind="same", camera=name, state=state, pce=round(found.pce, 2), turned=found.turned,
                    scale=round(found.scale, 4), left=found.left_px, top=found.top_px, file=path.name,
                )  # fmt: skip
        for state in dict.fromkeys(str(row["state"]) for row in log.rows if row["kind"] == "same"):
            told(f"{name}, {state}", log.values(kind="same", camera=name, state=state))
    return matchers


def of_others(files: dict[Path, Camera], matchers: dict[Camera, Matcher], pictures: int, log: Log) -> None:
    paths = sorted(files, key=lambda path: path.name)
    random.Random(SEED).shuffle(paths)
    for path in paths[:pictures]:
        started = time.process_time()
        try:
            observed = Observed(luma_of(path))
        except (OSError, ValueError, SyntaxError):
            continue
        looking = time.process_time() - started
        for camera, matcher in matchers.items():
            if files[path][:2] == camera[:2]:
                continue
            started = time.process_time()
            found = matcher.correlate(observed)
            log.add(
                kind="other", camera=" ".join(camera[:2]), pce=round(found.pce, 2), places=found.places,
                size=files[path][3:], file=path.name, cpu_ms=round(1000 * (time.process_time() - started)), cpu_residual_ms=round(1000 * looking),
            )  # fmt: skip
    values = log.values(kind="other")
    told(
        f"other pictures ({len({str(row['file']) for row in log.rows if row['kind'] == 'other'})}) against these sensors",
        values,
    )


def of_drawn(count: int, log: Log) -> None:
    rng = np.random.default_rng(SEED)
    for strength in (0.01, 0.02):
        patterns = [rng.normal(0, strength, DRAWN_PX).astype(np.float32) for _ in range(2)]
        matcher = Matcher(enrolled([drawn(rng, patterns[0], 92) for _ in range(20)]))
        for _ in range(count):
            for state, luma in changed(drawn(rng, patterns[0], 92)):
                log.add(
                    kind="drawn", strength=strength, state=state, pce=round(matcher.correlate(Observed(luma)).pce, 2)
                )
            other = drawn(rng, patterns[1], 92)
            log.add(
                kind="drawn",
                strength=strength,
                state="other sensor",
                pce=round(matcher.correlate(Observed(other)).pce, 2),
            )
        for state in dict.fromkeys(str(row["state"]) for row in log.rows if row["kind"] == "drawn"):
            told(
                f"drawn sensor, pattern of {strength:.0%}, {state}",
                log.values(kind="drawn", strength=strength, state=state),
            )


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folders", nargs="*", type=Path)
    arguments.add_argument("--pictures", type=int, default=500)
    arguments.add_argument("--drawn", type=int, default=0)
    arguments.add_argument("--least", type=int, default=18)
    arguments.add_argument("--held", type=int, default=8)
    arguments.add_argument("--out", type=Path)
    asked = arguments.parse_args()
    log = Log(asked.out)
    files = {
        path: camera
        for folder in asked.folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (camera := camera_of(path)) is not None
    }
    print(f"{len(files)} pictures with sides of {LEAST_SIDE_PX} px and more")
    matchers = of_real_cameras(files, asked.least, asked.held, log)
    of_others(files, matchers, asked.pictures, log)
    of_drawn(asked.drawn, log)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
