"""Which files a drawn seizure holds, where they lie and what is made from what: decided before anything is drawn.

In a seizure of any size every kind occurs once, as far as the number of files allows, in the order of `_SHARES`; the rest is divided
by the shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from safelight.demo.pictures import COPIES, taken_at

__all__ = ["PlannedFile", "plan_seizure"]

# How many in a thousand. The order is that in which a small seizure gets one of each.
_SHARES: Final[dict[str, float]] = {
    "camera": 360, "a1111": 140, "near": 120, "stripped": 130, "exact": 50, "comfyui": 80, "webp": 40, "zip": 4, "truncated": 6, "text": 20,
    "encrypted": 1.5, "mp4": 4, "targz": 2, "7z": 2, "heic": 3, "nested": 1.5, "zeros": 0.5, "gif": 4, "avif": 4, "tiff": 3, "bmp": 3,
    "misnamed": 4, "torn-zip": 0.5, "empty": 2,
}  # fmt: skip
_DAY_ZERO: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - as `taken_at`, without a zone
_FOLDER_FILES: Final = 400
_RUN_FILES: Final = 12
_SITTINGS: Final = ("a1111", "comfyui", "webp")
_FILE_S: Final = 40
_ROOMY_FILES: Final = 45
_ORIGINALS: Final = frozenset({"camera", "a1111", "stripped", "comfyui", "webp"})
# Names as they come: other scripts, a byte that is not UTF-8, a mark that turns the text around, a blank at the end.
_ODD_NAMES: Final = (
    b"Bl\xe4tter am See.jpg", "海の写真.jpg".encode(), "صورة البحر.jpg".encode(), "boat\u202egpj.jpeg".encode(), b"<img src=x onerror=alert(1)>.jpg",
    b"#import hills.jpg", b"hills \n second line.jpg", "🏔️ mountain.jpg".encode(),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """One file to be made.

    Attributes:
        number: Its place in the plan; with the seed of the seizure it decides its pixels.
        kind: The recipe. `path`: below `evidence/`, exact bytes.
        source: For copies, the file that it is made from. `how`: for near-duplicates, one of `pictures.COPIES`.
        run: Generation run, for kinds that carry a recipe.
        modified_s: Modification time to set, seconds since 1970.
    """

    number: int
    kind: str
    path: bytes
    source: bytes | None = None
    how: str = ""
    run: int = 0
    modified_s: int = 0


def plan_seizure(files: int, seed: int) -> tuple[PlannedFile, ...]:
    """Plans a seizure of so many files; the same arguments give the same plan."""
    rng = np.random.default_rng([seed, 1])
    counts = _counts(files)
    plan: list[PlannedFile] = []
    made: dict[str, list[bytes]] = {}
    numbers: dict[str, int] = {}
    kinds = sorted(
        (kind for kind, count in counts.items() for _ in range(count)), key=lambda kind: kind not in _ORIGINALS
    )
    hows = tuple(COPIES)
    for number, kind in enumerate(kinds):
        place = numbers[kind] = numbers.get(kind, -1) + 1
        source, how = None, ""
        if kind == "near":
            how = hows[place % len(hows)]
            # A picture is edited from a photograph; any other copy can be one of anything.
            source = _one_of(rng, made, ("camera",) if how == "ai-edited" else ("camera", "a1111", "stripped"))
        elif kind == "exact":
            source = _one_of(rng, made, tuple(sorted(made)))
        path = _path(rng, kind, place, how, source)
        if kind in _ORIGINALS:
            made.setdefault(kind, []).append(path)
        moment = taken_at(rng)
        if kind in _SITTINGS:
            # A generator writes the files of a run one after the other.
            sitting = np.random.default_rng([seed, 78, _SITTINGS.index(kind), place // _RUN_FILES])
            moment = taken_at(sitting) + timedelta(seconds=_FILE_S * (place % _RUN_FILES))
        modified_s = int((moment - _DAY_ZERO).total_seconds())
        plan.append(
            PlannedFile(
                number=number,
                kind=kind,
                path=path,
                source=source,
                how=how,
                run=place // _RUN_FILES,
                modified_s=modified_s,
            )
        )
    return tuple(plan)


def _one_of(rng: np.random.Generator, made: dict[str, list[bytes]], kinds: tuple[str, ...]) -> bytes:
    place = int(rng.integers(sum(len(made.get(kind, ())) for kind in kinds)))
    for kind in kinds:
        if place < len(made.get(kind, ())):
            return made[kind][place]
        place -= len(made.get(kind, ()))
    raise AssertionError("the place lies in one of the lists")


def _counts(files: int) -> dict[str, int]:
    """So many of each kind, `files` in all."""
    counts = dict.fromkeys(list(_SHARES)[:files], 1)
    if files >= _ROOMY_FILES:
        counts.update({"near": len(COPIES), "exact": 3})
    rest = files - sum(counts.values())
    total = sum(_SHARES.values())
    extra = {kind: max(0.0, _SHARES[kind] / total * files - count) for kind, count in counts.items()}
    scale = rest / max(sum(extra.values()), 1e-9)
    for kind, share in extra.items():
        counts[kind] += int(share * scale)
    counts["camera"] += files - sum(counts.values())
    return counts


def _path(rng: np.random.Generator, kind: str, place: int, how: str, source: bytes | None) -> bytes:
    folder, moment = place // _FOLDER_FILES, taken_at(rng)
    match kind:
        case "camera" if 2 <= place < 2 + len(_ODD_NAMES):
            return b"Pictures/found/" + _ODD_NAMES[place - 2]
        case "camera" if place % 3:
            return f"DCIM/{100 + folder}CAMRA/IMG_{place:05d}.JPG".encode()
        case "camera":
            return f"Phone/Camera/{folder:03d}/{moment:%Y%m%d_%H%M%S}_{place}.jpg".encode()
        case "a1111":
            return f"stable-diffusion-webui/outputs/txt2img-images/{folder:03d}/{place:05d}.png".encode()
        case "comfyui":
            return f"ComfyUI/output/{folder:03d}/ComfyUI_{place:05d}_.png".encode()
        case "webp":
            return f"Downloads/art/{folder:03d}/{moment:%Y-%m-%d}_{place}.webp".encode()
        case "stripped":
            return f"Messenger/media/{folder:03d}/photo_{place:06d}_{moment:%Y-%m-%d}.jpg".encode()
        case "near":
            end = {"ai-edited": "png", "brightened": "webp"}.get(how, "jpg")
            parent = "stable-diffusion-webui/outputs/img2img-images" if how == "ai-edited" else "Desktop/sorted"
            return f"{parent}/{folder:03d}/{how}_{place:05d}.{end}".encode()
        case "exact":
            name = (source or b"").rpartition(b"/")[2]
            return f"Backup/{folder:03d}/{place:05d}_".encode() + name
        case "misnamed":
            return f"Downloads/misc/{place:04d}.jpg".encode()
        case "truncated":
            return f"Recovered/f{place:07d}.jpg".encode()
        case "text":
            return f"Documents/{folder:03d}/notes_{place:04d}.txt".encode()
        case "empty":
            return f"Recovered/empty_{place:04d}.jpg".encode()
        case "mp4":
            return f"Movies/VID_{place:04d}.mp4".encode()
    end = {
        "targz": "tar.gz",
        "7z": "7z",
        "heic": "heic",
        "gif": "gif",
        "avif": "avif",
        "tiff": "tif",
        "bmp": "bmp",
    }.get(kind, "zip")
    return f"Downloads/{moment:%Y}/{kind}_{place:04d}.{end}".encode()
