"""One row of a list, and why a row is rejected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from safelight.model import MatchHow, display_text

__all__ = ["LENGTHS", "Checkpoint", "Entry", "ImportReport", "Item", "Rejected", "Removed", "checked_hash", "one_line"]

LENGTHS: Final[dict[MatchHow, int]] = {MatchHow.MD5: 32, MatchHow.SHA1: 40, MatchHow.SHA256: 64, MatchHow.PDQ: 64}
"""Hex digits of each kind of hash."""

_EXAMPLES: Final = 5
_TEXT_CHARS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One hash of a list: `hash` in lower-case hex; `quality` only for PDQ, None where the list states none.

    `ref`: its source's own number for what the hash is of, where the source takes things back by that number; `time`: when it said so.
    """

    how: MatchHow
    hash: str
    bank: str = ""
    label: str = ""
    quality: int | None = None
    ref: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True)
class Removed:
    """The source takes back what it gave under a number, or a single hash. Later entries under the number are not meant."""

    ref: str = ""
    time: str = ""
    how: MatchHow | None = None
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything before this place of the file has been yielded: an import that is cut off can go on from here. `position`: JSON."""

    position: dict[str, int | str]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row, or a part of one, that is not imported: `row` counts from 1, `why` is a fixed phrase that can be counted."""

    row: int
    why: str


Item = Entry | Removed | Rejected | Checkpoint


@dataclass(slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        name: The list. `file`: what was imported, with its `file_sha256` and `form` (what it was read as).
        accepted: New entries by kind. `duplicates`: entries that were there already, or twice in the file.
        withdrawn: Entries that stay withdrawn. `retired`: entries that their source takes back. `unlabelled`: entries that state no label.
        rejected: Number of rows, or parts of rows, by reason; `examples`: first row numbers by reason. A row is a line of the file, or a
            media record of Project VIC, counted from 1.
        unused: Facts that were seen and are not used, by name (PhotoDNA hashes, say).
        repeated: Whether this very file had been imported into this list before. `resumed`: whether the import went on where an earlier
            one had been cut off.
    """

    name: str
    file: str
    file_sha256: str = ""
    form: str = ""
    accepted: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    withdrawn: int = 0
    retired: int = 0
    unlabelled: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[int]] = field(default_factory=dict)
    unused: dict[str, int] = field(default_factory=dict)
    repeated: bool = False
    resumed: bool = False

    def reject(self, item: Rejected) -> None:
        """Counts one rejected row."""
        self.rejected[item.why] = self.rejected.get(item.why, 0) + 1
        rows = self.examples.setdefault(item.why, [])
        if len(rows) < _EXAMPLES:
            rows.append(item.row)

    def record(self) -> dict[str, object]:
        """As JSON, schema `safelight.hashset-import/1`."""
        return {
            "schema": "safelight.hashset-import/1", "name": self.name, "file": self.file, "file_sha256": self.file_sha256,
            "form": self.form, "accepted": self.accepted, "duplicates": self.duplicates, "withdrawn": self.withdrawn, "retired": self.retired,
            "unlabelled": self.unlabelled, "rejected": self.rejected, "examples": self.examples, "unused": self.unused,
            "repeated": self.repeated, "resumed": self.resumed,
        }  # fmt: skip

    def lines(self) -> list[str]:
        """As text for a person."""
        counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self.accepted.items())) or "nothing new"
        lines = [f"{self.name}: {counts} imported from {self.file} (read as {self.form})"]
        if self.repeated:
            lines.append("  This file had been imported before; nothing was done twice.")
        if self.duplicates:
            lines.append(f"  {self.duplicates:,} were there already or stood twice")
        if self.resumed:
            lines.append("  The import went on where it had been cut off.")
        if self.retired:
            lines.append(f"  {self.retired:,} were taken back by their source and match no more")
        if self.withdrawn:
            lines.append(f"  {self.withdrawn:,} stay withdrawn")
        if self.unlabelled:
            lines.append(f"  {self.unlabelled:,} state no label: the list does not say what they are")
        for why, count in sorted(self.rejected.items()):
            shown = ", ".join(str(row) for row in self.examples[why])
            more = ", ..." if count > len(self.examples[why]) else ""
            lines.append(f"  {count:,} not imported: {why} (row {shown}{more})")
        for what, count in sorted(self.unused.items()):
            lines.append(f"  {count:,} {what} seen and not used")
        return lines


def checked_hash(raw: str, how: MatchHow) -> str | None:
    """The hash in lower-case hex, or None when it is not one of this kind."""
    text = raw.strip().strip('"')
    if len(text) != LENGTHS[how]:
        return None
    try:
        # `fromhex` passes over blanks, which shows in the length.
        found = bytes.fromhex(text)
    except ValueError:
        return None
    return found.hex() if len(found) * 2 == LENGTHS[how] else None


def one_line(text: str) -> str:
    """Text of a list as it is stored and shown: one line, no control characters (they become escapes), at most 1,000 characters."""
    if not text.isprintable():
        try:
            raw = text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raw = text.encode("utf-8", "surrogatepass")
        text = display_text(raw)
    return text if len(text) <= _TEXT_CHARS else f"{text[:_TEXT_CHARS]} [cut]"
