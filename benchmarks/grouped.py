"""A drawn seizure grouped, with right and wrong counted against its truth: near-duplicates, generation runs and the photographs behind edits.

Run: `python benchmarks/grouped.py CASE TRUTH --json`, with a case that `safelight triage` has made of a seizure that `safelight demo` or
`benchmarks/triage.py` has drawn, and its `truth.json`. Near-duplicates and runs are grouped anew from the hashes and facts of the case, and
timed; links of scenes are those that triage has stored, if it has. The case is only read.

`near-duplicates`: of the files that were made from another one, by how, how many are in one group with it (`together`), in another or in none
(`apart`), or say nothing to compare (`unread`: no hash, or one of a quality too low to be matched); of the groups, how many hold pictures of
different origin, and how many members those are that do not belong to their representative. `scenes`: of the same files, how many are linked to
what they were made from, and why the others are not (of one near-duplicate group and sort: the group says it already); links between pictures
that share drawn parts as they are, the caption or the few tiles of HEIC pictures; and links between pictures that have nothing to do with each
other, save that one program drew both: its trees and windows are alike.

`runs`: `recipes_mixing` is strict: the drawn recipes are single prompts, and Safelight takes prompts that differ in some slots as one recipe on
purpose. `recipes_mixing_templates` counts those that hold drawn recipes of another program, model or subject, which would be faults.
`runs_mixing_loose`: of the runs that hold several, how many say that nothing but the recipe ties them.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import select

from engines import printed, timed
from runs import errors
from safelight.case import tables
from safelight.case.case import Case
from safelight.case.generation import making_facts
from safelight.case.scenes import STAGE, packed_features, pictures_to_compare
from safelight.demo.prompts import draw_recipe
from safelight.fingerprint.features import FORM
from safelight.fingerprint.hamming import HammingIndex
from safelight.grouping.near import near_duplicates
from safelight.grouping.runs import generation_runs
from safelight.grouping.scene_search import SceneSet
from safelight.grouping.sources import LEAST_INLIERS, Picture
from safelight.model import PDQ_MIN_QUALITY, SceneLinkKind

BITS = 31
Made = list[tuple[str, str, str]]


class Truth:
    """What was drawn.

    Attributes:
        made: (content, content that it was made from, how) of each file that was made from another. `recipes`: of each content that says one.
        templates: Program, model and subject of each recipe. `parts`: of contents that hold drawn parts which others hold too, which.
    """

    def __init__(self, path: Path) -> None:
        truth = json.loads(path.read_bytes())
        files = truth["files"]
        self.files = len(files)
        by_path = {item["path"]: item["sha256"] for item in files}
        self.made: Made = sorted(
            {
                (item["sha256"], by_path[item["near_duplicate_of"]], item["how"])
                for item in files
                if item["near_duplicate_of"]
            }
        )
        self.recipes = {item["sha256"]: item["recipe"] for item in files if item["recipe"]}
        self.templates = {name: _template(truth["seed"], name) for name in self.recipes.values()}
        self.parts = {
            item["sha256"]: "tiles" if item["kind"] == "heic" else "caption"
            for item in files
            if item["kind"] == "heic" or item["how"] == "captioned"
        }
        self._from = {sha256: origin for sha256, origin, _ in self.made}

    def family(self, sha256: str) -> str:
        """The picture that this one goes back to: its own for one that was drawn anew."""
        seen = set()
        while sha256 in self._from and sha256 not in seen:
            seen.add(sha256)
            sha256 = self._from[sha256]
        return sha256


def _template(seed: int, name: str) -> tuple[str, str, str]:
    """Program, model and subject of a recipe by its name (`a1111 12`); what its prompt says behind the subject are the slots."""
    program, run = name.split()
    recipe = draw_recipe(seed, int(run), 0)
    return program, recipe.model, recipe.prompt.partition(",")[0]


def near(case: Case, truth: Truth) -> dict[str, Any]:
    """Near-duplicate groups against what was made from what."""
    sha256s, hashes = case.pdq_arrays(PDQ_MIN_QUALITY)
    list(HammingIndex(hashes[:9_000]).blocks_of_pairs(BITS))
    groups, seconds = timed(lambda: list(near_duplicates(sha256s, hashes, BITS)))
    number_of = {name: number for number, group in enumerate(groups) for name, _ in group.members}
    hashed = {row.tobytes().hex() for row in sha256s}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for sha256, origin, how in truth.made:
        there = number_of.get(sha256)
        same = there is not None and there == number_of.get(origin)
        counts[how]["together" if same else "apart" if {sha256, origin} <= hashed else "unread"] += 1
    strangers = [
        sum(truth.family(name) != truth.family(group.representative) for name, _ in group.members) for group in groups
    ]
    return {
        "hashed": len(hashed), "seconds": round(seconds, 3), "seconds_cpu": round(seconds.cpu, 3), "groups": len(groups),
        "by_how": {how: dict(counted) for how, counted in sorted(counts.items())}, "groups_mixing": sum(number > 0 for number in strangers),
        "members": sum(len(group.members) for group in groups), "members_wrong": sum(strangers),
    }  # fmt: skip


def runs(case: Case, truth: Truth) -> dict[str, Any]:
    """Generation runs against the recipes."""
    facts = list(making_facts(case))
    found, seconds = timed(lambda: generation_runs(facts))
    return {
        "files": len(facts), "seconds": round(seconds, 2), "seconds_cpu": round(seconds.cpu, 2), **errors(found, truth.recipes, truth.templates),
    }  # fmt: skip


def scenes(case: Case, truth: Truth) -> dict[str, Any]:
    """Stored links between pictures against what was made from what."""
    link, current = tables.scene_link.c, case.current(STAGE)
    if not current:
        return {"skipped": "the case has not been searched for shared scenes, or not to the end"}
    chosen = select(link.sha256, link.other, link.kind).where(
        link.run_id == current, link.kind != SceneLinkKind.INPUT_NAME
    )
    linked = {frozenset((row["sha256"], row["other"])): row["kind"] for row in case.stream(chosen)}
    pictures = {picture.sha256: picture for picture in pictures_to_compare(case, FORM)}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for sha256, origin, how in truth.made:
        pair = pictures.get(sha256), pictures.get(origin)
        counts[how][linked.get(frozenset((sha256, origin))) or _why_not(case, pair)] += 1
    unrelated, sharing = Counter[str](), Counter[str]()
    for pair, kind in linked.items():
        if len({truth.family(name) for name in pair}) > 1:
            (sharing if len({truth.parts.get(name, name) for name in pair}) == 1 else unrelated)[kind] += 1
    compared = int(case.stage_details(STAGE).get("compared", 0))
    return {
        "compared": compared, "links": len(linked), "by_how": {how: dict(counted) for how, counted in sorted(counts.items())},
        "links_by_same_parts": dict(sharing), "links_of_unrelated": dict(unrelated), "pairs": compared * (compared - 1) // 2,
    }  # fmt: skip


def _why_not(case: Case, pair: tuple[Picture | None, Picture | None]) -> str:
    """Why two pictures have no link."""
    one, other = pair
    if one is None or other is None:
        return "nothing to compare by"
    if one.group >= 0 and one.group == other.group and one.sort == other.sort:
        return "in one group"
    scenes = SceneSet(packed_features(case, [one.sha256, other.sha256]))
    few = min(len(scenes.picture(0)), len(scenes.picture(1))) < LEAST_INLIERS
    return "fewer spots than must agree" if few else "missed"


ENGINES = {"near-duplicates": near, "runs": runs, "scenes": scenes}


def main() -> None:
    """Prints a line for each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("case", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    given = parser.parse_args()
    truth = Truth(given.truth)

    def rows() -> Iterator[dict[str, Any]]:
        with Case.open(given.case, read_only=True) as case:
            for name, engine in ENGINES.items():
                yield {"engine": name, "n": truth.files, **engine(case, truth)}

    printed(rows(), as_json=given.json)


if __name__ == "__main__":
    main()
