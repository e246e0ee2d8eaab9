"""Pictures that share part of a scene, in a case: what they are found from, storing the links, and reading them back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson
from sqlalchemy import and_, func, or_, select

from safelight.case import tables
from safelight.case.log import CaseLog
from safelight.case.newest import newest_opinions
from safelight.case.read import CaseReader
from safelight.custody.chain import canonical
from safelight.model import JsonValue, LeadKind, MediaKind, Opinion, SceneLink, SceneLinkKind

if TYPE_CHECKING:
    from safelight.grouping.sources import Picture

__all__ = [
    "STAGE", "add_scene_links", "images_count", "named_inputs", "packed_features", "pictures_to_compare", "scene_links_of", "scene_totals",
    "strongest_links",
]  # fmt: skip

STAGE: Final = "scenes"
"""Name of the stage in the case."""

_CHUNK: Final = 500
_MOST_NAMED: Final = 5
"""Files of one name up to which a name in a workflow is taken for a hint at them; `image.png` is everybody's."""

_NAMED: Final = "A name only: the pictures were not compared by it."

_NAMES_WHERE: Final = " [input]", " [output]", " [temp]"
"""What ComfyUI writes behind a file name."""


def pictures_to_compare(case: CaseReader, form: str) -> list[Picture]:
    """Every picture with local features of this form, with its opinion and its near-duplicate group, in the order of the SHA-256s."""
    from safelight.grouping.sources import Picture

    group, member, current = tables.media_group.c, tables.group_member.c, case.current("group")
    numbers = select(member.sha256, member.number).where(member.run_id == current)
    kinds = {
        row["number"]: row["kind"]
        for row in case.stream(select(group.number, group.kind).where(group.run_id == current))
    }
    groups = {
        row["sha256"]: row["number"] for row in case.stream(numbers) if kinds.get(row["number"]) == "near-duplicate"
    }
    newest = newest_opinions()
    opinions = {row["sha256"]: row["opinion"] for row in case.stream(select(newest.c.sha256, newest.c.opinion))}
    media, features = tables.media.c, tables.local_features.c
    chosen = (
        select(media.sha256, media.width_px, media.height_px)
        .select_from(tables.media.join(tables.local_features, media.sha256 == features.sha256))
        .where(and_(media.kind == MediaKind.IMAGE, features.form == form, func.length(features.packed) > 4))
        .order_by(media.sha256)
    )
    return [
        Picture(
            row["sha256"], opinions.get(row["sha256"], Opinion.UNDETERMINED), row["width_px"], row["height_px"],
            groups.get(row["sha256"], -1),
        )
        for row in case.stream(chosen)
        if row["width_px"] and row["height_px"]
    ]  # fmt: skip


def packed_features(case: CaseReader, sha256s: Sequence[str]) -> Iterator[bytes]:
    """The packed local features of these media, in this order."""
    features = tables.local_features.c
    for start in range(0, len(sha256s), _CHUNK):
        part = sha256s[start : start + _CHUNK]
        chosen = select(features.sha256, features.packed).where(features.sha256.in_(part))
        found = {row["sha256"]: bytes(row["packed"]) for row in case.rows(chosen)}
        yield from (found[sha256] for sha256 in part)


def named_inputs(case: CaseReader, other: CaseReader | None = None) -> list[SceneLink]:
    """Links from each picture whose workflow names an input file to the files of that name, in the case or in another, where there are at most five.

    Folders are left out of the comparison, since a workflow names files below a folder of its own; case counts.
    """
    lead, media = tables.lead.c, tables.media.c
    asked: dict[str, set[str]] = {}
    for row in case.stream(select(lead.sha256, lead.value).where(lead.kind == LeadKind.INPUT_IMAGE)):
        if name := _file_name(row["value"]):
            asked.setdefault(name, set()).add(row["sha256"])
    if not asked:
        return []
    file = tables.media_file.c
    there: dict[str, set[str]] = {}
    placed = select(file.sha256, file.path).select_from(
        tables.media_file.join(tables.media, file.sha256 == media.sha256)
    )
    for row in (other or case).stream(placed.where(media.kind == MediaKind.IMAGE)):
        if (name := _file_name(row["path"])) in asked:
            there.setdefault(name, set()).add(row["sha256"])
    found = {
        (sha256, other): name
        for name, others in there.items()
        if len(others) <= _MOST_NAMED
        for sha256 in asked[name]
        for other in others
        if sha256 != other
    }
    return [
        SceneLink(
            kind=SceneLinkKind.INPUT_NAME,
            sha256=sha256,
            other=other,
            words="Its workflow names an input file, and the other has that name. Names are no proof, and anybody can write one.",
        )
        for (sha256, other), _ in sorted(found.items())
    ]


def _file_name(value: str) -> str:
    for ending in _NAMES_WHERE:
        value = value.removesuffix(ending)
    return value.replace("\\", "/").rpartition("/")[2].rpartition("!/")[2].strip()


def add_scene_links(
    case: CaseLog, run_id: int, links: Iterable[SceneLink], *, compared: int, not_compared: int, form: str
) -> int:
    """Stores the links of a run; returns how many.

    Args:
        case: Open for writing. `run_id`: the running run. `links`: in the order in which they are numbered.
        compared: Pictures that were compared. `not_compared`: images without a single local feature, or of which none were looked for.
        form: Of the features.
    """
    rows = (
        (tables.scene_link.name, {
            "run_id": run_id, "number": number, "kind": str(link.kind), "sha256": link.sha256, "other": link.other, "inliers": link.inliers,
            "share": link.share + 0.0, "other_share": link.other_share + 0.0,
            "details": canonical({
                "words": link.words, "matrix": list(link.matrix) if link.matrix else None, "grid": link.grid, "other_grid": link.other_grid,
            }),
        })
        for number, link in enumerate(links, 1)
    )  # fmt: skip
    return case._add_stage(run_id, STAGE, rows, {"form": form, "compared": compared, "not_compared": not_compared})


def images_count(case: CaseReader) -> int:
    """Number of distinct contents that are images."""
    chosen = select(func.count().label("number")).where(tables.media.c.kind == MediaKind.IMAGE)
    return int(case.rows(chosen)[0]["number"])


def scene_links_of(case: CaseReader, sha256: str, *, run: int | None = None) -> list[dict[str, JsonValue]]:
    """The links of one media as records, strongest first.

    Args:
        case: Open for reading. `sha256`: the media. `run`: whose links; of the newest that has any when None.

    Returns:
        Records with `kind`, `role` (`first` or `other`: which of the two this media is), `sha256` of the other one, its `path`, `width_px` and
        `height_px`, `words`, `inliers`, `share`, `other_share`, `matrix`, `grid`, `other_grid`, and `limits`: what the link does not show.
    """
    from safelight.grouping.links_scenes import SHARED
    from safelight.grouping.sources import MEASURED

    link = tables.scene_link.c
    current = case.current(STAGE) if run is None else run
    chosen = select(tables.scene_link).where(link.run_id == current, or_(link.sha256 == sha256, link.other == sha256))
    rows = case.rows(chosen.order_by(link.inliers.desc(), link.number))
    partners = {row["other"] if row["sha256"] == sha256 else row["sha256"] for row in rows}
    paths, sizes = _paths(case, partners), _sizes(case, partners)
    found: list[dict[str, JsonValue]] = []
    for row in rows:
        role = "first" if row["sha256"] == sha256 else "other"
        partner = row["other"] if role == "first" else row["sha256"]
        found.append(
            {
                "kind": row["kind"], "role": role, "sha256": partner, "path": paths.get(partner, ""),
                **sizes.get(partner, {"width_px": None, "height_px": None}), "inliers": row["inliers"],
                "limits": _NAMED if row["kind"] == SceneLinkKind.INPUT_NAME else f"{SHARED} {MEASURED}",
                "share": row["share"], "other_share": row["other_share"], **orjson.loads(row["details"]),
            }
        )  # fmt: skip
    return found


def strongest_links(case: CaseReader, limit: int) -> list[dict[str, Any]]:
    """The links with a picture that may be a source photograph, those with most agreeing places first."""
    link = tables.scene_link.c
    chosen = (
        select(tables.scene_link)
        .where(link.run_id == case.current(STAGE), link.kind == SceneLinkKind.SOURCE_PHOTOGRAPH)
        .order_by(link.inliers.desc(), link.number)
        .limit(limit)
    )
    return [{**row, **orjson.loads(row["details"])} for row in case.rows(chosen)]


def scene_totals(case: CaseReader) -> dict[str, int]:
    """Number of links of each kind in the newest run that has them."""
    link = tables.scene_link.c
    chosen = (
        select(link.kind, func.count().label("number")).where(link.run_id == case.current(STAGE)).group_by(link.kind)
    )
    return {row["kind"]: int(row["number"]) for row in case.rows(chosen)}


def _sizes(case: CaseReader, sha256s: set[str]) -> dict[str, dict[str, Any]]:
    media = tables.media.c
    found: dict[str, dict[str, Any]] = {}
    wanted = sorted(sha256s)
    for start in range(0, len(wanted), _CHUNK):
        chosen = select(media.sha256, media.width_px, media.height_px).where(
            media.sha256.in_(wanted[start : start + _CHUNK])
        )
        found.update(
            {row["sha256"]: {"width_px": row["width_px"], "height_px": row["height_px"]} for row in case.rows(chosen)}
        )
    return found


def _paths(case: CaseReader, sha256s: set[str]) -> dict[str, str]:
    file = tables.media_file.c
    found: dict[str, Any] = {}
    wanted = sorted(sha256s)
    for start in range(0, len(wanted), _CHUNK):
        chosen = select(file.sha256, func.min(file.path).label("path")).where(
            file.sha256.in_(wanted[start : start + _CHUNK])
        )
        found.update({row["sha256"]: row["path"] for row in case.rows(chosen.group_by(file.sha256))})
    return found
