"""Bytes of a sealed case turned over one after the other, by region: each is named by `verify`, or changes nothing that any reader sees.

usage: python -m tests.case.tampering [--step N] [--first N] [--seed N] [--gaps-together]
Flips one bit in every Nth byte of the database (1: every byte, hours), from the one numbered `--first` on, and prints by region how many were
named and how many changed nothing; `--gaps-together` turns over what lies between the cells of a page all at once, two thirds of a small
case. Ends with 1 where one was not seen. The tests take a few bytes of every region.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import struct
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.case.records import fill

from safelight.case.case import Case
from safelight.case.schema import DATABASE_NAME
from safelight.case.verify import verify
from safelight.custody.keys import UnitKey
from safelight.custody.seals import seal_details
from safelight.errors import CaseError

KEY: Final = UnitKey("Ada", Ed25519PrivateKey.from_private_bytes(b"k" * 32))
_FILE_HEADER_BYTES: Final = 100
_WAL_HEADER_BYTES, _FRAME_HEADER_BYTES = 32, 24


@dataclass(frozen=True, slots=True)
class Region:
    """Part of a file, from the byte `begin` to the one before `end`."""

    name: str
    begin: int
    end: int


class Sealed:
    """A sealed case and its bytes.

    Args:
        directory: Where to make it; `open_log`: leave its last writes in the write-ahead log, as after a kill.

    Attributes:
        head: The head of its log, noted elsewhere.
    """

    def __init__(self, directory: Path, *, open_log: bool = False) -> None:
        made = directory / "made"
        with Case.create_or_open(made, actor="Ada") as case:
            fill(case, 30, batch=10)
        # Pages that are free: what was deleted or moved before it was sealed.
        with closing(sqlite3.connect(made / DATABASE_NAME)) as connection:
            connection.execute("CREATE TABLE scratch (x BLOB)")
            connection.executemany(
                "INSERT INTO scratch VALUES (?)", [(bytes([number]) * 3_000,) for number in range(8)]
            )
            connection.execute("DROP TABLE scratch")
            connection.commit()
        with Case.open(made, read_only=False, actor="Ada") as case:
            # An event that does not fit into one page.
            case.log("noted", {"text": "hills " * 2_000})
            case_id = case.case_id()
            case.log_about_head(
                "sealed",
                lambda head: seal_details(KEY, "sealed", case_id=case_id, head=head, time_utc="2026-01-02T03:04:05Z"),
            )
            self.head = case.head()
            if open_log:
                self._files = _contents(made)
        if not open_log:
            self._files = _contents(made)
        self.directory = directory / "flipped"
        self.directory.mkdir()
        self._restore()
        self.whole = self.dump()

    def content(self, name: str = DATABASE_NAME) -> bytes:
        """A file as it was sealed."""
        return self._files[name]

    def names(self) -> list[str]:
        """The files of the case."""
        return sorted(self._files)

    def flip(self, at: int, bit: int, name: str = DATABASE_NAME) -> str:
        """Turns one bit over, and says what becomes of it: `named`, `refused`, `nothing changed`, or `UNSEEN`; then turns it back."""
        return self.flip_all([at], bit, name)

    def flip_all(self, places: Iterable[int], bit: int, name: str = DATABASE_NAME) -> str:
        """Likewise, with a bit of each of these bytes turned over together."""
        places = list(places)
        whole = self._files[name]
        with (self.directory / name).open("r+b", buffering=0) as file:
            for at in places:
                os.pwrite(file.fileno(), bytes([whole[at] ^ 1 << bit]), at)
        try:
            with Case.open(self.directory) as case:
                if verify(case, noted_head=self.head, keys=[KEY.public]).breaks:
                    return "named"
            return "nothing changed" if self.dump() == self.whole else "UNSEEN"
        except CaseError:
            return "refused"
        finally:
            self._restore()

    def dump(self) -> list[Any]:
        """Every row of every table and every entry of every index, as they lie there; not the statistics that SQLite keeps for itself."""
        uri = f"file:{self.directory / DATABASE_NAME}?mode=ro"
        found: list[Any] = []
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.text_factory = bytes
            schema = connection.execute(
                "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name"
            ).fetchall()
            found.append(schema)
            for kind, name, table, _ in schema:
                if kind == b"table":
                    found.append(connection.execute(f'SELECT * FROM "{name.decode()}" ORDER BY rowid').fetchall())
                elif kind == b"index":
                    columns = [row[2] for row in connection.execute(f'PRAGMA index_info("{name.decode()}")')]
                    listed = ", ".join(f'"{column.decode()}"' for column in columns)
                    query = f'SELECT {listed} FROM "{table.decode()}" INDEXED BY "{name.decode()}" ORDER BY {listed}'
                    found.append(connection.execute(query).fetchall())
        return found

    def _restore(self) -> None:
        for path in self.directory.iterdir():
            if path.name not in self._files:
                path.unlink()
        for name, content in self._files.items():
            (self.directory / name).write_bytes(content)


def regions(content: bytes) -> list[Region]:
    """What a database file is made of, by the file format of SQLite (sqlite.org/fileformat2.html): each byte lies in one region."""
    page_bytes = struct.unpack_from(">H", content, 16)[0]
    used: dict[int, tuple[str, str]] = {}
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(_without_log(content))
        for name, number, kind in connection.execute("SELECT name, pageno, pagetype FROM dbstat"):
            used[number] = name, kind
    found = [Region("file header", 0, _FILE_HEADER_BYTES)]
    for number in range(1, len(content) // page_bytes + 1):
        begin, end = (number - 1) * page_bytes, number * page_bytes
        name, kind = used.get(number, ("free pages", "free"))
        if kind in {"leaf", "internal"}:
            found += _tree_page(content, name, kind, begin, end)
        else:
            found.append(Region(f"{name}: {kind}", begin, end))
    return found


def _tree_page(content: bytes, name: str, kind: str, begin: int, end: int) -> Iterator[Region]:
    header = begin + (_FILE_HEADER_BYTES if begin == 0 else 0)
    pointers = header + (12 if kind == "internal" else 8)
    count, cells = struct.unpack_from(">HH", content, header + 3)
    gap, first = pointers + 2 * count, begin + (cells or 65_536)
    for part, one, other in (
        ("header", header, pointers), ("pointers", pointers, gap), ("gap", gap, first), ("cells", first, end),
    ):  # fmt: skip
        if other > one:
            yield Region(f"{name}: {kind} {part}", one, other)


def log_regions(content: bytes, page_bytes: int = 4096) -> list[Region]:
    """What a write-ahead log is made of: a header, then frames of a header and a page."""
    found = [Region("log header", 0, _WAL_HEADER_BYTES)]
    for at in range(_WAL_HEADER_BYTES, len(content), _FRAME_HEADER_BYTES + page_bytes):
        page = at + _FRAME_HEADER_BYTES
        found += [Region("frame header", at, page), Region("frame page", page, min(len(content), page + page_bytes))]
    return found


def _without_log(content: bytes) -> bytes:
    """A database in memory cannot have a write-ahead log: its header says so in two bytes."""
    return content[:18] + b"\1\1" + content[20:]


def _contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def main() -> None:
    """Prints by region what became of the flips."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--step", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--gaps-together", action="store_true")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder, suppress(KeyboardInterrupt):
        sealed = Sealed(Path(folder))
        total: Counter[str] = Counter()
        every = regions(sealed.content())
        if arguments.gaps_together:
            gaps = [region for region in every if region.name.endswith("gap")]
            every = [region for region in every if region not in gaps]
            places = [at for region in gaps for at in range(region.begin, region.end)]
            sys.stdout.write(f"gaps together, {len(places)} bytes: {sealed.flip_all(places, chance.randrange(8))}\n")
        for region in every:
            # The bytes are numbered through the file, so that short regions have their share.
            chosen = range(region.begin + (arguments.first - region.begin) % arguments.step, region.end, arguments.step)
            became = Counter(sealed.flip(at, chance.randrange(8)) for at in chosen)
            total += became
            sys.stdout.write(f"{region.name:<60} {region.end - region.begin:>6} bytes  {dict(became)}\n")
            sys.stdout.flush()
        sys.stdout.write(f"{sum(total.values())} flips: {dict(total)}\n")
        sys.exit(1 if total["UNSEEN"] else 0)


if __name__ == "__main__":
    main()
