"""The stage that finds pictures that share part of a scene, over the whole case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from safelight.case.case import Case
from safelight.pipeline.progress import Progress, StageCount

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

    links = scene_links(pictures, packed, on_done=on_done) if len(pictures) > 1 else []
    return add_scene_links(
        case, run_id, [*links, *named_inputs(case)], compared=len(pictures), not_compared=images_count(case) - len(pictures), form=FORM
    )  # fmt: skip
