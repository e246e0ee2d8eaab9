"""The fixtures of released schemas: small cases as SQL text that every later version must still open.

usage: python -m tests.case.released
Writes the fixture of the schema that the code has now. A fixture of a schema that was released is never written again.
"""

from __future__ import annotations

import sqlite3
import tempfile
from itertools import count
from pathlib import Path
from unittest.mock import patch

from tests.case.records import fill

from safelight.case.case import Case
from safelight.case.schema import DATABASE_NAME, SCHEMA

FOLDER = Path(__file__).parent / "released"


def make(directory: Path) -> str:
    """A small case with the schema of now, as SQL text."""
    seconds = count()
    clock = lambda: f"2026-01-01T00:00:{next(seconds):02d}.000000Z"  # noqa: E731
    with (
        patch("socket.gethostname", return_value="fixture"),
        patch("getpass.getuser", return_value="fixture"),
        patch("secrets.token_hex", return_value="0" * 32),
        Case.create_or_open(directory, actor="fixture", clock=clock) as case,
    ):
        fill(case, 5)
    with sqlite3.connect(directory / DATABASE_NAME) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def load(schema: str, directory: Path) -> None:
    """Makes a case directory from the fixture of a schema."""
    directory.mkdir()
    with sqlite3.connect(directory / DATABASE_NAME) as connection:
        connection.executescript((FOLDER / f"{schema}.sql").read_text("utf-8"))


def main() -> None:
    """Writes the fixture of the schema of now."""
    with tempfile.TemporaryDirectory() as folder:
        text = make(Path(folder) / "case")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{SCHEMA}.sql").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
