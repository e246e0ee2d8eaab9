"""What each drawn picture shows: the subject that its drawing takes from the file's own random numbers and writes nowhere.

It is read by drawing again from the plan, and goes by the SHA-256 of the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image

from safelight.demo import making, pictures
from safelight.demo.plan import plan_seizure
from safelight.demo.scenes import SUBJECTS, draw_scene

__all__ = ["subjects"]


def subjects(seizure: Path) -> dict[str, str]:
    """The subject of each drawn picture whose drawing has one, by SHA-256; members of archives too."""
    truth = json.loads((seizure / "truth.json").read_text())
    plan = plan_seizure(len(truth["files"]), truth["seed"])
    found: dict[str, str] = {}
    by_path: dict[bytes, str] = {}
    for planned, row in zip(plan, truth["files"], strict=True):
        path = bytes.fromhex(row["path_hex"]) if "path_hex" in row else row["path"].encode()
        assert path == planned.path, "this truth is of another plan"
        if planned.source is not None:
            subject = by_path.get(planned.source)
        elif row["members"]:
            found |= dict(_members(planned, truth["seed"]))
            continue
        else:
            subject = _first_subject(planned, truth["seed"])
        if subject:
            by_path[path] = subject
            found[row["sha256"]] = subject
    return found


class _ChosenError(Exception):
    """Ends a drawing as soon as its subject is known."""


def _first_subject(planned: Any, seed: int) -> str | None:
    def chosen(rng: np.random.Generator, _width: int, _height: int, subject: str | None = None) -> Image.Image:
        raise _ChosenError(subject or SUBJECTS[int(rng.integers(len(SUBJECTS)))])

    if planned.kind not in {*pictures.PICTURES, "truncated", "misnamed"} - {"heic"}:
        return None
    try:
        with mock.patch.object(pictures, "draw_scene", chosen):
            making.make(planned, seed, lambda _path: b"")
    except _ChosenError as told:
        return str(told)
    return None


def _members(planned: Any, seed: int) -> Iterator[tuple[str, str]]:
    """Members are drawn one after the other from the same numbers, so that they must be drawn in whole."""
    told: list[str] = []
    drawn: list[tuple[str, bytes]] = []
    small = making._small

    def noted(rng: np.random.Generator, width: int, height: int, subject: str | None = None) -> Image.Image:
        name = subject or SUBJECTS[int(rng.integers(len(SUBJECTS)))]
        told.append(name)
        return draw_scene(rng, width, height, name)

    def kept(order: Any, count: int) -> Any:
        made = small(order, count)
        drawn.extend(made[0])
        return made

    with mock.patch.object(pictures, "draw_scene", noted), mock.patch.object(making, "_small", kept):
        making.make(planned, seed, lambda _path: b"")
    for (_, data), name in zip(drawn, told, strict=True):
        yield hashlib.sha256(data).hexdigest(), name
