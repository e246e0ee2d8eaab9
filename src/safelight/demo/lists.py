"""Hash lists of some of the drawn files, as a unit would bring them: MD5 as text, PDQ as CSV with labels, and files of no interest."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from safelight.demo.truth import DrawnFile, DrawnList, place_of
from safelight.fingerprint.pdq import transform
from safelight.model import PDQ_MIN_QUALITY, HashSetRole

__all__ = ["write_lists"]

_KNOWN, _ALIKE, _IRRELEVANT = "demo-known", "demo-alike", "demo-irrelevant"
_PICTURES: Final = frozenset({"camera", "stripped", "a1111", "comfyui", "webp"})
_MOST: Final = 200


def write_lists(
    directory: Path, files: Sequence[DrawnFile], seed: int
) -> tuple[tuple[DrawnList, ...], list[DrawnFile]]:
    """Writes `lists/` and returns the lists, and the files with the names of the lists on which they stand.

    The list of PDQ hashes names the sources of near-duplicates, so that a copy is found that has other bytes than what is listed.

    Raises:
        OSError: They cannot be written.
    """
    rng = np.random.default_rng([seed, 3])
    folder = directory / "lists"
    folder.mkdir()
    near = {item.near_duplicate_of for item in files if item.near_duplicate_of is not None}
    plain = [item for item in files if item.kind in _PICTURES and item.path not in near]
    order = [plain[place] for place in rng.permutation(len(plain))]
    each = min(_MOST, max(2, len(files) // 60))
    known, irrelevant = order[:each], order[each : 2 * each]
    alike = [item for item in files if item.path in near and item.kind in _PICTURES][:each]
    on: dict[str, set[str]] = {}
    for name, chosen in ((_KNOWN, known), (_IRRELEVANT, irrelevant)):
        for item in chosen:
            on.setdefault(item.sha256, set()).add(name)
    lists = [
        DrawnList(
            path=f"lists/{_KNOWN}.txt",
            name=_KNOWN,
            role=HashSetRole.KNOWN,
            kind="md5",
            label="demo category 1",
            entries=len(known),
        ),
        DrawnList(
            path=f"lists/{_IRRELEVANT}.txt",
            name=_IRRELEVANT,
            role=HashSetRole.IRRELEVANT,
            kind="md5",
            label="",
            entries=len(irrelevant),
        ),
    ]
    for item, chosen in zip(lists, (known, irrelevant), strict=True):
        _write(directory / item.path, "# MD5 of files drawn by code\n" + "".join(f"{file.md5}\n" for file in chosen))
    rows = []
    for item in alike:
        hashed = _pdq(directory / "evidence", item)
        if hashed is not None:
            rows.append((*hashed, "demo", "demo category 2"))
            for file in files:
                if item.path in (file.path, file.near_duplicate_of, file.duplicate_of):
                    on.setdefault(file.sha256, set()).add(_ALIKE)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("pdq", "quality", "bank", "label"), *rows])
    lists.append(
        DrawnList(
            path=f"lists/{_ALIKE}.csv", name=_ALIKE, role=HashSetRole.KNOWN, kind="pdq", label="", entries=len(rows)
        )
    )
    _write(directory / lists[-1].path, text.getvalue())
    return tuple(lists), [replace(file, lists=tuple(sorted(on.get(file.sha256, ())))) for file in files]


def _write(path: Path, text: str) -> None:
    path.write_text(text, "utf-8")


def _pdq(evidence: Path, item: DrawnFile) -> tuple[str, int] | None:
    """The PDQ of a drawn picture; None where its quality is too low to be matched."""
    with Image.open(place_of(evidence, item.path)) as opened:
        pixels = np.asarray(opened.convert("RGB"))
    found = transform(pixels, pixels.shape[1], pixels.shape[0]).hash()
    return (found.hash, found.quality) if found.quality >= PDQ_MIN_QUALITY else None
