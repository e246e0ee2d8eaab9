"""Writes files whole or not at all: what stood there before stays until everything new is on the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from safelight.errors import OutputError
from safelight.exports.spool import Spool

__all__ = ["Content", "Contents", "refuse_sources", "write_whole"]

Content = bytes | Callable[[BinaryIO], None]
"""The bytes of a file, or what writes them into a stream, for files that are larger than they should lie in memory."""


Contents = Mapping[Path, Content] | Iterable[tuple[Path, Content]]
"""What to write, by path; as pairs that are made one after the other where there is a file for each item of a case."""


def write_whole(contents: Contents, check: Callable[[Path, Path], None] | None = None) -> None:
    """Writes files that belong together, in the order given. Memory does not grow with their number.

    Each is written beside its place under another name and forced to the disk; only when all are there and have passed the check do they
    take their places, so a full disk or a fault of ours leaves the old ones untouched.

    Args:
        contents: What to write. Folders that are missing are made.
        check: Called with each path and the place where what was written for it lies now; raises `OutputError` when that is not
            valid.

    Raises:
        OutputError: Something could not be written, or is not valid.
    """
    waiting: Spool | None = None
    folders: set[Path] = set()
    path = Path()
    try:
        for path, content in contents.items() if isinstance(contents, Mapping) else contents:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise IsADirectoryError(None, "there is a folder of that name")
            waiting = waiting or Spool(path.parent)
            folders.add(path.parent)
            waiting.add(_to_line(path))
            _write(path, content)
        for path in map(_from_line, waiting or ()):
            if check is not None:
                check(path, _temporary(path))
        for path in map(_from_line, waiting or ()):
            _temporary(path).replace(path)
        for folder in folders:
            _sync_folder(folder)
    except OSError as error:
        raise OutputError(
            f"{path} could not be written: {error.strerror or error}.",
            kept="What was there before is still there; the case is as it was.",
            advice="Free some room or name another place with -o: `safelight export CASE --format NAME -o PLACE` writes it.",
        ) from error
    finally:
        if waiting is not None:
            for written in map(_from_line, waiting):
                with suppress(OSError):
                    _temporary(written).unlink(missing_ok=True)
            waiting.close()


def refuse_sources(paths: Sequence[Path], sources: Sequence[bytes]) -> None:
    """Refuses to write into evidence.

    Args:
        paths: What is to be written. `sources`: absolute paths of the sources of the case.

    Raises:
        OutputError: A path is a source or lies inside one, links followed.
    """
    for path in paths:
        real = os.path.realpath(os.fsencode(path))
        for source in sources:
            top = os.path.realpath(source)
            if real == top or real.startswith(top.rstrip(b"/") + b"/"):
                raise OutputError(
                    f"{path} lies inside the source {os.fsdecode(source)}.",
                    kept="Nothing was written.",
                    advice="Name another place: evidence is never written to.",
                )


def _to_line(path: Path) -> bytes:
    # A line feed may stand in a name; a zero byte cannot.
    return os.fsencode(path).replace(b"\n", b"\0")


def _from_line(line: bytes) -> Path:
    return Path(os.fsdecode(line.replace(b"\0", b"\n")))


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.part")


def _write(path: Path, content: Content) -> None:
    temporary = _temporary(path)
    with suppress(FileNotFoundError):
        temporary.unlink()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    with os.fdopen(descriptor, "wb") as stream:
        if isinstance(content, bytes):
            stream.write(content)
        else:
            content(stream)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    # Some file systems cannot sync a folder; the files themselves are on the disk by then.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
