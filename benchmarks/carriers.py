"""What the origin readers, and every peer that can be installed, make of files whose origin is known.

Every registered reader runs in this process on every file of a folder with a `manifest.csv` (columns file, carrier, generator, model,
seed, prompt_present, verdict; a row without a file is skipped); each peer of `carrier_peers.py` in a process of its own. One line a tool, as
right answers of those that the manifest asks for:

    recognised   verdict full_ai or ai_edit: the opinion is "generated" or "ai-edited"
    generator    of these, where the manifest names one: the same name, whatever the case
    seed         of these, where the manifest has one: the same digits (of a peer, any of the seeds that it gives)
    prompt       of these, where the manifest says that there is one: not empty
    model        of these, where the manifest names one: the same file, with or without folder and ending
    false        verdict none, human_edit or no_evidence: "generated" (and, apart, "ai-edited"); any is one too many
    raised       files on which it raised; its process ended or hung
    ms           mean CPU time a file. Safelight: the metadata pass and all readers, C2PA included, without what needs pixels; that stands in the
                 next column: decoding, and the readers that look at nothing else. Digests are left out

The table comes twice. "As listed": every file, every name and seed to the letter. "As shown": files that can hold no mark are counted apart,
seeds are those of the graph that ran, and another name of the same product is right; `carrier_proofs.py` shows each from the bytes, without
Safelight's readers, and all of it is listed below the tables.

usage: python benchmarks/carriers.py FOLDER [--peers PYTHON | --no-peers] [--kinds PREFIX,PREFIX...] [--by-kind] [--differences] [--json]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from carrier_peers import PEERS, Answer, Peer
from carrier_proofs import Shown, same_model, same_name, same_product, shown
from safelight.decode.content import Content
from safelight.decode.limits import Limits
from safelight.decode.pixels import PixelSource
from safelight.model import Finding
from safelight.origin.opinion import weigh
from safelight.origin.readers import PIXEL_TRACES, READERS

AI = frozenset({"generated", "ai-edited"})
AI_VERDICTS = frozenset({"full_ai", "ai_edit"})
OTHER_VERDICTS = frozenset({"none", "human_edit", "no_evidence"})
NO_NAME = frozenset({"", "unknown"})
# Readers that look at pixels only; of the others only the time within the decoder is time for pixels.
PIXEL_READERS = frozenset({"watermarks", "thumbnail", "detector"})


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
    """The figures of one tool on one set of files, as listed or as shown."""

    name: str
    shown: bool = False
    files: int = 0
    recognised: Count = field(default_factory=Count)
    generator: Count = field(default_factory=Count)
    seed: Count = field(default_factory=Count)
    prompt: Count = field(default_factory=Count)
    model: Count = field(default_factory=Count)
    false_generated: Count = field(default_factory=Count)
    false_ai_edited: Count = field(default_factory=Count)
    generator_in_output: Count = field(default_factory=Count)
    seed_in_output: Count = field(default_factory=Count)
    raised: int = 0
    unmarked: int = 0
    seconds: float = 0.0
    pixel_seconds: float = 0.0
    differences: list[str] = field(default_factory=list)

    def add(self, told: dict[str, str], data: bytes, proof: Shown, answer: Answer, pixel_seconds: float = 0.0) -> None:
        """Counts one file."""
        self.files += 1
        self.seconds += answer.seconds
        self.pixel_seconds += pixel_seconds
        self.raised += answer.raised is not None
        if answer.raised is not None:
            self._differs(told, "raised", "nothing", answer.raised)
        ai = answer.opinion in AI
        if told["verdict"] in OTHER_VERDICTS:
            self.false_generated.add(answer.opinion == "generated")
            self.false_ai_edited.add(answer.opinion == "ai-edited")
            if ai:
                self._differs(told, "verdict", told["verdict"], answer.opinion)
        if told["verdict"] not in AI_VERDICTS:
            return
        if self.shown and proof.no_mark:
            self.unmarked += 1
            return
        self._count(told, self.recognised, "verdict", told["verdict"], answer.opinion, ai)
        if (name := told["generator"]) not in NO_NAME:
            right = same_name(name, answer.generator)
            right = right or (self.shown and bool(same_product(name, answer.generator, data)))
            self._count(told, self.generator, "generator", name, answer.generator, right)
            self.generator_in_output.add(right or name.casefold() in answer.dump.casefold())
        if told["seed"]:
            seed = proof.seed if self.shown and proof.seed else told["seed"]
            self._count(told, self.seed, "seed", seed, ", ".join(answer.seeds), seed in answer.seeds)
            self.seed_in_output.add(seed in answer.seeds or re.search(rf"(?<!\d){seed}(?!\d)", answer.dump) is not None)
        if told["prompt_present"] == "yes":
            self._count(told, self.prompt, "prompt", "present", "none", answer.prompt)
        if told["model"]:
            model = proof.model if self.shown and proof.model else told["model"]
            right = any(same_model(model, one) for one in answer.models)
            self._count(told, self.model, "model", model, ", ".join(answer.models), right)

    def _count(self, told: dict[str, str], count: Count, what: str, wanted: str, got: str | None, right: bool) -> None:
        count.add(right)
        if not right:
            self._differs(told, what, wanted, got)

    def _differs(self, told: dict[str, str], what: str, wanted: str, got: str | None) -> None:
        place = f"{told['carrier']}/{Path(told['file']).name}"
        self.differences.append(f"{self.name}: {place} {what}: manifest {wanted!r}, answer {got!r}")

    def record(self) -> dict[str, Any]:
        fields = {name: value for name, value in asdict(self).items() if not name.endswith(("seconds", "differences"))}
        times = {"ms_a_file": self._ms(self.seconds), "pixels_ms_a_file": self._ms(self.pixel_seconds)}
        return {"benchmark": "carriers", **fields, **times, "cores": os.cpu_count()}

    def line(self) -> str:
        counts = (
            self.recognised, self.generator, self.seed, self.prompt, self.model, self.false_generated, self.false_ai_edited,
        )  # fmt: skip
        times = f"{self.raised:8}{self._ms(self.seconds):9.2f}" + (
            f"{self._ms(self.pixel_seconds):9.2f}" if self.pixel_seconds else f"{'-':>9}"
        )
        return f"{self.name:34}{self.files:6}" + "".join(f"{count!s:>11}" for count in counts) + times

    def _ms(self, seconds: float) -> float:
        return round(seconds / self.files * 1000, 3) if self.files else 0.0


HEAD = (
    f"{'':34}{'files':>6}"
    + "".join(
        f"{head:>11}" for head in ("recognised", "generator", "seed", "prompt", "model", "false gen", "false edit")
    )
    + f"{'raised':>8}{'ms':>9}{'pixels':>9}"
)


def manifest(folder: Path, kinds: tuple[str, ...]) -> Iterator[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as stream:
        for told in csv.DictReader(stream):
            if told["file"] and (folder / told["file"]).is_file() and told["carrier"].startswith(kinds):
                yield told


class PixelClock:
    """The time spent within `PixelSource`, where all pixels come from."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._depth = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measures while it lasts, by putting a clock around each method that decodes."""
        kept = {name: getattr(PixelSource, name) for name in ("luma", "rgb", "stored")}
        for name, method in kept.items():
            setattr(PixelSource, name, self._timed(method))
        try:
            yield
        finally:
            for name, method in kept.items():
                setattr(PixelSource, name, method)

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            self._depth += 1
            started = time.process_time()
            try:
                return method(*arguments)
            finally:
                self._depth -= 1
                if not self._depth:
                    self.seconds += time.process_time() - started

        return timed


def _is_for_pixels(reader: Any) -> bool:
    kind = type(reader)
    return reader.name in PIXEL_READERS or f"{kind.__module__}:{kind.__qualname__}" in PIXEL_TRACES


def look(data: bytes, readers: list[Any], clock: PixelClock) -> tuple[Answer, float]:
    """Safelight's answer on one file, and the seconds that went into pixels, which are not in the answer's."""
    findings: list[Finding] = []
    raised: list[str] = []
    pixels = 0.0
    started = time.process_time()
    content = Content(data, len(data), Limits())
    for reader in readers:
        before, began = clock.seconds, time.process_time()
        try:
            findings.extend(reader.read(content))
        except Exception as error:  # noqa: BLE001 - a reader that raises is what is counted here
            raised.append(f"{reader.name}: {error!r}")
        pixels += time.process_time() - began if _is_for_pixels(reader) else clock.seconds - before
    opinion = weigh(findings)
    answer = Answer(
        opinion.opinion.value, opinion.generator, (opinion.seed,) if opinion.seed else (), (opinion.model,) if opinion.model else (),
        bool(opinion.prompt), raised="; ".join(raised) or None, seconds=time.process_time() - started - pixels,
    )  # fmt: skip
    return answer, pixels


def proofs(told: dict[str, str], data: bytes, proof: Shown, answer: Answer) -> Iterator[dict[str, str]]:
    """What a file shows against the manifest, one record each."""
    where = {"benchmark": "carriers proof", "file": told["file"]}
    if proof.no_mark and told["verdict"] in AI_VERDICTS:
        yield {**where, "what": "no mark", "why": proof.no_mark}
    if proof.seed:
        yield {**where, "what": f"seed {proof.seed}, not {told['seed']}", "why": proof.why}
    if proof.model:
        yield {**where, "what": f"model {proof.model!r}, not {told['model'][:60]!a}", "why": proof.model_why}
    if (
        told["verdict"] in AI_VERDICTS
        and told["generator"] not in NO_NAME
        and (why := same_product(told["generator"], answer.generator, data))
    ):
        yield {**where, "what": f"{answer.generator!r} for {told['generator']!r}", "why": why}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--peers", default=sys.executable, metavar="PYTHON", help="a Python that has the peers; this one if left out"
    )
    parser.add_argument("--no-peers", action="store_true", help="Safelight alone")
    parser.add_argument("--kinds", default="", help="only carrier kinds that begin with one of these, joined by commas")
    parser.add_argument("--by-kind", action="store_true", help="a line for each kind of carrier too, as shown")
    parser.add_argument("--differences", action="store_true", help="list every answer that differs from the manifest")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if not (arguments.folder / "manifest.csv").is_file():
        sys.exit(
            f"There is no manifest.csv in {arguments.folder}: name the folder of carriers that the developers share."
        )
    readers = [reader() for reader in READERS]
    clock = PixelClock()
    started = [] if arguments.no_peers else [Peer(name, arguments.peers) for name in PEERS]
    peers = [peer for peer in started if peer.version]
    missing = [peer.name for peer in started if not peer.version]
    names = ["Safelight", *(f"{peer.name} {peer.version}" for peer in peers)]
    tables = [{name: Row(name, shown=as_shown) for name in names} for as_shown in (False, True)]
    kinds: dict[str, Row] = {}
    found: list[dict[str, str]] = []
    with clock.running():
        for told in manifest(arguments.folder, tuple(arguments.kinds.split(","))):
            path = arguments.folder / told["file"]
            data = path.read_bytes()
            if not tables[0]["Safelight"].files:
                # The first look pays for imports.
                look(data, readers, clock)
                for peer in peers:
                    peer.look(path)
            proof = shown(told, data)
            ours, pixels = look(data, readers, clock)
            answers = {"Safelight": (ours, pixels)}
            answers |= {name: (peer.look(path), 0.0) for name, peer in zip(names[1:], peers, strict=True)}
            for table in tables:
                for name, (answer, pixel_seconds) in answers.items():
                    table[name].add(told, data, proof, answer, pixel_seconds)
            kind = kinds.setdefault(told["carrier"], Row(told["carrier"], shown=True))
            kind.add(told, data, proof, ours, pixels)
            found.extend(proofs(told, data, proof, ours))
    for peer in started:
        peer.close()
    if not kinds:
        sys.exit(f"No file of these kinds lies in {arguments.folder}.")
    by_kind = [kinds[name] for name in sorted(kinds)] if arguments.by_kind else []
    if arguments.json:
        for record in (
            *(row.record() for table in tables for row in table.values()),
            *(row.record() for row in by_kind),
            *found,
        ):
            print(json.dumps(record))
    else:
        report(tables, by_kind, found)
    for name in missing:
        print(f"{name} is not installed: pip install '.[benchmarks]', or name a Python with --peers.", file=sys.stderr)
    if arguments.differences:
        print(*(line for row in tables[0].values() for line in row.differences), sep="\n", file=sys.stderr)


def report(tables: list[dict[str, Row]], by_kind: list[Row], found: list[dict[str, str]]) -> None:
    for title, table in zip(("as listed", "as shown"), tables, strict=True):
        unmarked = table["Safelight"].unmarked
        print(f"{title}{f', {unmarked} files that can hold no mark counted apart' if unmarked else ''}", HEAD, sep="\n")
        print(*(row.line() for row in table.values()), "", sep="\n")
    if by_kind:
        print("Safelight by kind, as shown", HEAD, *(row.line() for row in by_kind), "", sep="\n")
    print("found by searching all that a peer returned, as shown: generator, seed")
    peers = [row for name, row in tables[1].items() if name != "Safelight"]
    print(*(f"{row.name:40}{row.generator_in_output!s:>22}{row.seed_in_output!s:>11}" for row in peers), "", sep="\n")
    print("where the manifest is wrong, and how the file shows it")
    for one in found:
        print(f"  {one['file']}: {one['what']}: {one['why']}.")


if __name__ == "__main__":
    main()
