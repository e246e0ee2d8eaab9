"""The manifest of an export: the digest of each of its files, of what was asked for and of the custody log, and the seal on all of that."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

import orjson

from safelight import __version__
from safelight.case.read import CaseReader
from safelight.custody.chain import canonical
from safelight.custody.keys import UnitKey
from safelight.custody.seals import sign
from safelight.exports.spool import Spool
from safelight.exports.writing import Content
from safelight.model import JsonValue

if TYPE_CHECKING:
    from safelight.exports.exporting import Request

__all__ = ["MANIFEST", "MANIFEST_FIELDS", "MOST_NAMED", "Manifest", "manifest_digest", "read_manifest"]

MANIFEST: Final = "safelight.export/1"
MANIFEST_FIELDS: Final = frozenset(
    ("schema", "safelight", "format", "request", "files", "left_out", "case", "head", "manifest_sha256", "seal")
)
"""Every field that a manifest can have."""
MOST_NAMED: Final = 100
"""Files that the log and an answer name one by one; where an export has more, the manifest alone names the rest."""

_MOST_BYTES: Final = 64 << 20


def manifest_digest(manifest: Mapping[str, JsonValue]) -> str:
    """SHA-256 of a manifest without its own digest and its seal: what the seal signs."""
    return hashlib.sha256(canonical(manifest).encode()).hexdigest()


def read_manifest(path: Path) -> dict[str, Any] | None:
    """The manifest in this file; None when it is none.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as stream:
        content = stream.read(_MOST_BYTES)
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and found.get("schema") == MANIFEST else None


class Manifest:
    """Digests the files as they are written, and is written after them. Memory does not grow with their number.

    Args:
        form: A `Format`. `request`: what was asked for, whose gate counts what it leaves out.
        case: At one moment. `key`: seals it; not sealed when None.

    Attributes:
        path: Where it goes, once it has its place. `paths`: the first files. `more`: how many follow them.
    """

    def __init__(self, form: Any, request: Request, case: CaseReader, key: UnitKey | None) -> None:
        self._form, self._request, self._case, self._key = form, request, case, key
        self._entries: Spool | None = None
        self._first: list[JsonValue] = []
        self._sha256 = ""
        self.path = Path()
        self.paths: list[Path] = []
        self.more = 0

    @property
    def _left_out(self) -> list[JsonValue]:
        return [{"reason": each.reason, "count": each.count} for each in self._request.gate.left_out]

    def watching(self, path: Path, content: Content) -> Content:
        """The content of a file that belongs to the export, which is digested as it is written."""

        def write(stream: BinaryIO) -> None:
            digesting = _Digesting(stream)
            if isinstance(content, bytes):
                digesting.write(content)
            else:
                content(cast("BinaryIO", digesting))
            self._take(path, digesting)

        return write

    def _take(self, path: Path, digesting: _Digesting) -> None:
        entry: dict[str, JsonValue] = {
            "name": path.name, "sha256": digesting.digest.hexdigest(), "size_bytes": digesting.size_bytes,
        }  # fmt: skip
        if self._entries is None:
            self._entries = Spool(path.parent)
        self._entries.add(canonical(entry).encode())
        if len(self.paths) < MOST_NAMED:
            self.paths.append(path)
            self._first.append(entry)
        else:
            self.more += 1

    def place(self, output: Path) -> Path:
        """Where it goes: beside files that stand where the output was named, under its name; else in the directory of the files."""
        beside = all(path.parent == output.parent for path in self.paths)
        self.path = (
            output.with_name(f"{output.name}.manifest.json") if beside else self.paths[0].parent / "manifest.json"
        )
        return self.path

    def write(self, stream: BinaryIO) -> None:
        """Writes it, when all files are written."""
        case_id, head = self._case.case_id(), self._case.telling_head()
        record: dict[str, JsonValue] = {
            "schema": MANIFEST, "safelight": __version__, "format": self._form.name, "request": self._request.record(), "files": [],
            "left_out": self._left_out, "case": case_id, "head": head,
        }  # fmt: skip
        digest = self._digest(record)
        if self._key is not None:
            # Without a time: an export that is written again is the same, byte for byte. The log has the time.
            statement: dict[str, JsonValue] = {
                "action": "exported", "case": case_id, "head": head, "manifest_sha256": digest,
            }  # fmt: skip
            record["seal"] = sign(self._key, statement)
        # Shows damage where nothing is sealed; whoever changes a manifest on purpose changes this too, and then the seal tells.
        record["manifest_sha256"] = digest
        digesting = _Digesting(stream)
        whole = orjson.dumps(record, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        before, between, after = whole.partition(b'"files": []')
        digesting.write(before + between[:-1])
        for number, line in enumerate(self._entries or ()):
            digesting.write((b"," if number else b"") + b"\n    " + line)
        digesting.write(b"\n  ]" + after)
        self._sha256 = digesting.digest.hexdigest()

    def _digest(self, record: Mapping[str, JsonValue]) -> str:
        """`manifest_digest` of the record with the files in it."""
        # A quotation mark within a text is escaped, so this is the empty list and nothing else.
        before, between, after = canonical(record).encode().partition(b'"files":[]')
        digest = hashlib.sha256(before + between[:-1])
        for number, line in enumerate(self._entries or ()):
            digest.update((b"," if number else b"") + line)
        digest.update(b"]" + after)
        return digest.hexdigest()

    def for_log(self) -> dict[str, JsonValue]:
        """What the custody log says of the export: the manifest, whose digest holds all files, and the first of them."""
        said: dict[str, JsonValue] = {
            "files": self._first, "left_out": self._left_out, "manifest": {"name": self.path.name, "sha256": self._sha256},
        }  # fmt: skip
        return said | {"more_files": self.more} if self.more else said

    def close(self) -> None:
        """Gives up what it kept for writing."""
        if self._entries is not None:
            self._entries.close()


class _Digesting(io.RawIOBase):
    """A stream that digests what goes through. Formats write from the front to the end: it cannot be read or turned back."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self.digest = hashlib.sha256()
        self.size_bytes = 0

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Any) -> int:
        """Passes bytes on."""
        self.digest.update(data)
        self.size_bytes += len(data)
        return self._stream.write(data)
