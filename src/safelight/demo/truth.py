"""What a drawn seizure holds: the truth to test results against."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from safelight.model import HashSetRole, JsonValue, display_text

__all__ = ["DrawnFile", "DrawnList", "DrawnMember", "SeizureTruth", "place_of", "write_truth"]

_SCHEMA: Final = "safelight.demo-truth/1"


@dataclass(frozen=True, slots=True)
class DrawnMember:
    """One member of a drawn archive: `name` as inside (`inner.zip!/a.png` when nested), what it stands for, what it carries, its recipe."""

    name: str
    stands_for: str
    carries: str
    recipe: str = ""

    def record(self) -> dict[str, JsonValue]:
        """As JSON."""
        return {"name": self.name, "stands_for": self.stands_for, "carries": self.carries, "recipe": self.recipe}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFile:
    """One file of the seizure.

    Attributes:
        path: Below `evidence/`, exact bytes.
        kind: The recipe that drew it (`camera`, `a1111`, `zip`, ...).
        stands_for: What it would be in a real seizure: `captured`, `generated`, `ai-edited`, `unknown` (a picture without any mark),
            or empty for what is no picture. It is drawn in every case.
        carries: The mark of origin that it carries, in words; empty when none.
        recipe: Name of the generator and number of the recipe that it carries, as `a1111 3`; empty when none. Files with the same one share
            model and prompt.
        sha256, md5: Lower-case hex. `size_bytes`: length.
        duplicate_of: Path of the file with the same bytes. `near_duplicate_of`: path of the file that it was made from; `how` says how.
        problem: What a reader must stumble over (`truncated`, `encrypted`, ...); empty when nothing.
        lists: Names of the lists on which it, or a picture like it, stands.
        members: For archives that can be opened: what is inside.
    """

    path: bytes
    kind: str
    stands_for: str
    carries: str
    sha256: str
    md5: str
    size_bytes: int
    recipe: str = ""
    duplicate_of: bytes | None = None
    near_duplicate_of: bytes | None = None
    how: str = ""
    problem: str = ""
    lists: tuple[str, ...] = ()
    members: tuple[DrawnMember, ...] = ()

    def record(self) -> dict[str, JsonValue]:
        """As JSON; `path_hex` only where the name is not what the text shows."""
        shown = display_text(self.path)
        record: dict[str, JsonValue] = {
            "path": shown, "kind": self.kind, "stands_for": self.stands_for, "carries": self.carries, "recipe": self.recipe,
            "sha256": self.sha256, "md5": self.md5, "size_bytes": self.size_bytes,
            "duplicate_of": None if self.duplicate_of is None else display_text(self.duplicate_of),
            "near_duplicate_of": None if self.near_duplicate_of is None else display_text(self.near_duplicate_of),
            "how": self.how, "problem": self.problem, "lists": list(self.lists), "members": [item.record() for item in self.members],
        }  # fmt: skip
        if shown.encode() != self.path:
            record["path_hex"] = self.path.hex()
        return record


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnList:
    """One hash list, as `safelight hashset import` takes it.

    Attributes:
        path: Below the directory of the seizure.
        name: The name to import it under. `role`: what it is for.
        kind: What its hashes are. `label`: for entries that carry none.
        entries: Number of hashes.
    """

    path: str
    name: str
    role: HashSetRole
    kind: str
    label: str
    entries: int

    def record(self) -> dict[str, JsonValue]:
        """As JSON."""
        return {
            "path": self.path,
            "name": self.name,
            "role": str(self.role),
            "kind": self.kind,
            "label": self.label,
            "entries": self.entries,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SeizureTruth:
    """The whole seizure: files in the order of the plan, lists, and links as (path, target), both exact bytes."""

    seed: int
    files: tuple[DrawnFile, ...]
    lists: tuple[DrawnList, ...]
    links: tuple[tuple[bytes, bytes], ...]

    def by_path(self) -> dict[bytes, DrawnFile]:
        """The files by their path below `evidence/`."""
        return {item.path: item for item in self.files}


def place_of(folder: Path, name: bytes) -> Path:
    """The path of a name below a folder, byte for byte."""
    return folder / os.fsdecode(name)


def write_truth(truth: SeizureTruth, path: Path) -> None:
    """Writes the truth as JSON, one file of the seizure a line; the file appears whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    temporary = path.with_name(path.name + ".new")
    with temporary.open("wb") as stream:
        head = {"schema": _SCHEMA, "seed": truth.seed, "drawn_by_code": True}
        stream.write(orjson.dumps(head)[:-1] + b',\n"lists": ')
        stream.write(orjson.dumps([item.record() for item in truth.lists]) + b',\n"links": ')
        links = [{"path": display_text(name), "target": display_text(target)} for name, target in truth.links]
        stream.write(orjson.dumps(links) + b',\n"files": [\n')
        stream.writelines(_joined(orjson.dumps(item.record()) for item in truth.files))
        stream.write(b"\n]}\n")
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(path)


def _joined(lines: Iterable[bytes]) -> Iterable[bytes]:
    for number, line in enumerate(lines):
        yield b",\n" + line if number else line
