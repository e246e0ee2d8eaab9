"""Arrays in one file that can be memory-mapped: a checked header, then each array at a multiple of 4,096 bytes.

Layout: `SLARRAYS`, the length of the header as 8 bytes little-endian, the SHA-256 of the header, the header (JSON: `meta`, and of each array
its name, type, shape, place, and the SHA-256 of its bytes), the arrays. All numbers in arrays are little-endian. A file comes to be
under another name and is moved to its own when it is whole and on the disk.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

__all__ = ["ArrayFile", "DamagedArraysError"]

_MAGIC: Final = b"SLARRAYS"
_PAGE: Final = 4096
_HEADER_BYTES: Final = 16 << 20
_BLOCK: Final = 1 << 24
_TYPES: Final = frozenset({"<u1", "|u1", "<u2", "<u4", "<u8", "<i8", "<i4"})

Arrays = Mapping[str, NDArray[Any] | Iterable[NDArray[Any]]]


class DamagedArraysError(ValueError):
    """The file is not what it says, or not of this form."""


class ArrayFile:
    """A file of arrays, open and memory-mapped for reading.

    Args:
        path: The file.

    Attributes:
        meta: What was said when it was written. `arrays`: by name, not writable.

    Raises:
        OSError: It cannot be opened.
        DamagedArraysError: It is cut off or no such file. The arrays' own bytes are checked by `verify` only.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            head = stream.read(48)
            length = int.from_bytes(head[8:16], "little")
            if head[:8] != _MAGIC or len(head) < 48 or not 0 < length <= _HEADER_BYTES:
                raise DamagedArraysError("it is no file of arrays")
            raw = stream.read(length)
            if hashlib.sha256(raw).digest() != head[16:48]:
                raise DamagedArraysError("its header is damaged")
            header = orjson.loads(raw)
            self.meta: dict[str, Any] = header["meta"]
            self.arrays: dict[str, NDArray[Any]] = {}
            self._digests: dict[str, str] = {}
            for item in header["arrays"]:
                kind, shape = item["type"], tuple(item["shape"])
                length = int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize if kind in _TYPES else -1
                if length < 0 or (length and item["at"] + length > size):
                    raise DamagedArraysError(f"its part {item['name']} is cut off")
                if length:
                    made: Any = np.memmap(stream, kind, "r", item["at"], shape)
                else:
                    made = np.empty(shape, kind)
                self.arrays[item["name"]] = np.asarray(made)
                self._digests[item["name"]] = item["sha256"]

    def verify(self) -> None:
        """Reads every array and compares it with its digest.

        Raises:
            DamagedArraysError: One differs.
        """
        for name, array in self.arrays.items():
            if _digest(array) != self._digests[name]:
                raise DamagedArraysError(f"its part {name} is damaged")

    @staticmethod
    def write(path: Path, meta: Mapping[str, Any], arrays: Arrays) -> None:
        """Writes a file whole, or not at all.

        Args:
            path: Its name; one of that name is replaced. `meta`: JSON. `arrays`: by name; one that comes in parts has at least one part.

        Raises:
            OSError: There is no room, or no right to write.
        """
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                items = []
                # Room is kept in front for the header, which can be written only when the digests are known.
                stream.seek(_room(len(arrays), meta))
                for key, value in arrays.items():
                    items.append({"name": key, **_written(stream, [value] if isinstance(value, np.ndarray) else value)})
                raw = orjson.dumps({"meta": dict(meta), "arrays": items})
                if 48 + len(raw) > _room(len(arrays), meta):
                    raise ValueError("the header does not fit")
                stream.seek(0)
                stream.write(_MAGIC + len(raw).to_bytes(8, "little") + hashlib.sha256(raw).digest() + raw)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _room(count: int, meta: Mapping[str, Any]) -> int:
    """Bytes kept for the header, a multiple of the page."""
    return -(-(48 + len(orjson.dumps(dict(meta))) + 300 * count + 100) // _PAGE) * _PAGE


def _written(stream: Any, parts: Iterable[NDArray[Any]]) -> dict[str, Any]:
    """Writes one array at the next page; returns what the header says of it."""
    at = -(-stream.tell() // _PAGE) * _PAGE
    stream.seek(at)
    digest, rows, kind, rest = hashlib.sha256(), 0, "", ()
    for part in parts:
        part = np.ascontiguousarray(part)
        kind, rest = part.dtype.newbyteorder("<").str, part.shape[1:]
        data = part.reshape(-1).view(np.uint8).data
        for start in range(0, len(data), _BLOCK):
            digest.update(data[start : start + _BLOCK])
            stream.write(data[start : start + _BLOCK])
        rows += len(part)
    return {"type": kind, "shape": (rows, *rest), "at": at, "sha256": digest.hexdigest()}


def _digest(array: NDArray[Any]) -> str:
    digest = hashlib.sha256()
    data = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
    for start in range(0, len(data), _BLOCK):
        digest.update(data[start : start + _BLOCK])
    return digest.hexdigest()
