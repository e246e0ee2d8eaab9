"""What the origin readers make of files whose origin is known, kind by kind.

Every registered reader runs in this process on every file of a folder with a `manifest.csv` (columns file, carrier, generator, seed,
prompt_present, verdict; a row without a file is skipped). Printed for each carrier kind, as right answers of those that the manifest asks for:

    recognised   verdict full_ai or ai_edit: the opinion is "generated" or "ai-edited"
    generator    of these, where the manifest names one: the same name, whatever the case
    seed         of these, where the manifest has one: the same digits
    prompt       of these, where the manifest says that there is one: not empty
    false        verdict none, human_edit or no_evidence: "generated" (and, apart, "ai-edited"); any is one too many
    raised       files on which a reader raised
    ms           mean time a file for the metadata pass and all readers, digests and pixels left out

usage: python benchmarks/carriers.py FOLDER [--kinds PREFIX,PREFIX...] [--differences] [--json]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from safelight.decode.content import Content
from safelight.decode.limits import Limits
from safelight.model import Finding, Opinion, OriginOpinion
from safelight.origin.opinion import weigh
from safelight.origin.readers import READERS

AI = frozenset({Opinion.GENERATED, Opinion.AI_EDITED})
AI_VERDICTS = frozenset({"full_ai", "ai_edit"})
OTHER_VERDICTS = frozenset({"none", "human_edit", "no_evidence"})
NO_NAME = frozenset({"", "unknown"})


@dataclass
class Count:
    """Right answers, of how many."""

    right: int = 0
    of: int = 0

    def add(self, right: bool) -> None:
        self.right += right
        self.of += 1

    def __str__(self) -> str:
        return f"{self.right}/{self.of}" if self.of else "-"


@dataclass
class Row:
    """The figures of one carrier kind."""

    kind: str
    files: int = 0
    recognised: Count = field(default_factory=Count)
    generator: Count = field(default_factory=Count)
    seed: Count = field(default_factory=Count)
    prompt: Count = field(default_factory=Count)
    false_generated: Count = field(default_factory=Count)
    false_ai_edited: Count = field(default_factory=Count)
    raised: int = 0
    seconds: float = 0.0
    differences: list[str] = field(default_factory=list)

    @property
    def ms_a_file(self) -> float:
        return self.seconds / self.files * 1000 if self.files else 0.0

    def add(self, told: dict[str, str], opinion: OriginOpinion, raised: list[str], seconds: float) -> None:
        """Counts one file."""
        self.files += 1
        self.seconds += seconds
        self.raised += bool(raised)
        for error in raised:
            self._differs(told, "raised", error, None)
        if told["verdict"] in OTHER_VERDICTS:
            self.false_generated.add(opinion.opinion is Opinion.GENERATED)
            self.false_ai_edited.add(opinion.opinion is Opinion.AI_EDITED)
            if opinion.opinion in AI:
                self._differs(told, "verdict", told["verdict"], opinion.opinion.value)
        if told["verdict"] not in AI_VERDICTS:
            return
        self._count(told, self.recognised, "verdict", told["verdict"], opinion.opinion.value, opinion.opinion in AI)
        if told["generator"] not in NO_NAME:
            same = (opinion.generator or "").casefold() == told["generator"].casefold()
            self._count(told, self.generator, "generator", told["generator"], opinion.generator, same)
        if told["seed"]:
            self._count(told, self.seed, "seed", told["seed"], opinion.seed, opinion.seed == told["seed"])
        if told["prompt_present"] == "yes":
            self._count(told, self.prompt, "prompt", "present", opinion.prompt, bool(opinion.prompt))

    def _count(self, told: dict[str, str], count: Count, what: str, wanted: str, got: str | None, right: bool) -> None:
        count.add(right)
        if not right:
            self._differs(told, what, wanted, got)

    def _differs(self, told: dict[str, str], what: str, wanted: str, got: str | None) -> None:
        self.differences.append(
            f"{told['carrier']} {Path(told['file']).name} {what}: manifest {wanted!r}, ours {got!r}"
        )

    def record(self) -> dict[str, Any]:
        fields = {name: value for name, value in asdict(self).items() if name not in {"seconds", "differences"}}
        return {"benchmark": "carriers", **fields, "ms_a_file": round(self.ms_a_file, 3), "cores": os.cpu_count()}

    def line(self) -> str:
        counts = (self.recognised, self.generator, self.seed, self.prompt, self.false_generated, self.false_ai_edited)
        return (
            f"{self.kind:34}{self.files:6}"
            + "".join(f"{count!s:>11}" for count in counts)
            + f"{self.raised:8}{self.ms_a_file:8.2f}"
        )


def manifest(folder: Path, kinds: tuple[str, ...]) -> Iterator[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as stream:
        for told in csv.DictReader(stream):
            if told["file"] and (folder / told["file"]).is_file() and told["carrier"].startswith(kinds):
                yield told


def look(data: bytes, readers: list[Any]) -> tuple[OriginOpinion, list[str], float]:
    """The opinion on one file, what was raised, and the seconds that it took."""
    findings: list[Finding] = []
    raised: list[str] = []
    started = time.perf_counter()
    content = Content(data, len(data), Limits())
    for reader in readers:
        try:
            findings.extend(reader.read(content))
        except Exception as error:  # noqa: BLE001 - a reader that raises is what is counted here
            raised.append(f"{reader.name}: {error!r}")
    return weigh(findings), raised, time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kinds", default="", help="only carrier kinds that begin with one of these, joined by commas")
    parser.add_argument("--differences", action="store_true", help="list every answer that differs from the manifest")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not (arguments.folder / "manifest.csv").is_file():
        sys.exit(
            f"There is no manifest.csv in {arguments.folder}: name the folder of carriers that the developers share."
        )
    readers = [reader() for reader in READERS]
    rows: dict[str, Row] = {}
    total = Row("all")
    for told in manifest(arguments.folder, tuple(arguments.kinds.split(","))):
        data = (arguments.folder / told["file"]).read_bytes()
        if not total.files:
            look(data, readers)  # The first look pays for imports.
        seen = look(data, readers)
        for row in (rows.setdefault(told["carrier"], Row(told["carrier"])), total):
            row.add(told, *seen)
    if not total.files:
        sys.exit(f"No file of these kinds lies in {arguments.folder}.")
    if not arguments.json:
        heads = ("recognised", "generator", "seed", "prompt", "false gen", "false edit")
        print(f"{'kind':34}{'files':>6}" + "".join(f"{head:>11}" for head in heads) + f"{'raised':>8}{'ms':>8}")
    for row in (*sorted(rows.values(), key=lambda row: row.kind), total):
        print(json.dumps(row.record()) if arguments.json else row.line())
    if arguments.differences:
        print(*total.differences, sep="\n", file=sys.stderr)


if __name__ == "__main__":
    main()
