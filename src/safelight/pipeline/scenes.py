"""The stage that finds pictures that share part of a scene, over the whole case."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING

import orjson

from safelight.case.case import Case
from safelight.model import SceneLink, SceneLinkKind
from safelight.pipeline.progress import Progress, StageCount
from safelight.review.spilling import Sorter

if TYPE_CHECKING:
    from safelight.grouping.scene_search import SceneSet
    from safelight.grouping.sources import Picture

__all__ = ["link_scenes"]


def link_scenes(case: Case, run_id: int, progress: Progress) -> int:
    """Links generated, edited and undetermined pictures to photographs, and pictures to their crops and screenshots; returns how many."""
    from safelight.case.scenes import add_scene_links, images_count, named_inputs, packed_features, pictures_to_compare
    from safelight.fingerprint.features import FORM
    from safelight.grouping.scene_search import SceneSet
    from safelight.grouping.sources import scene_links

    pictures = pictures_to_compare(case, FORM)
    count = StageCount("comparing scenes", total=len(pictures))
    progress.update(count)

    def packed(ordered: Sequence[Picture]) -> SceneSet:
        return SceneSet(packed_features(case, [picture.sha256 for picture in ordered]))

    def on_done(number: int) -> None:
        count.done += number
        progress.update(count)

    ordered = Sorter(case.directory)
    if len(pictures) > 1:
        for link in scene_links(pictures, packed, on_done=on_done):
            ordered.add(f"{link.kind} {link.sha256} {link.other}".encode(), orjson.dumps(link))
    found = (_link(content) for _, content in ordered.drain())
    return add_scene_links(
        case, run_id, chain(found, named_inputs(case)), compared=len(pictures), not_compared=images_count(case) - len(pictures), form=FORM
    )  # fmt: skip


def _link(content: bytes) -> SceneLink:
    record = orjson.loads(content)
    return SceneLink(**{**record, "kind": SceneLinkKind(record["kind"]), "matrix": tuple(record["matrix"])})
