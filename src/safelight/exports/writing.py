"""Writes files whole or not at all: what stood there before stays until everything new is on the disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from safelight.errors import OutputError

__all__ = ["Content", "refuse_sources", "write_whole"]

Content = bytes | Callable[[BinaryIO], None]
"""The bytes of a file, or what writes them into a stream, for files that are larger than they should lie in memory."""


def write_whole(contents: Mapping[Path, Content], check: Callable[[Path, Path], None] | None = None) -> list[Path]:
    """Writes files that belong together, and returns their paths in the order given.

    Each is written beside its place under another name and forced to the disk; only when all are there and have passed the check do they
    take their places, so a full disk or a fault of ours leaves the old ones untouched.

    Args:
        contents: What to write, by path. Folders that are missing are made.
        check: Called with each path and the place where what was written for it lies now; raises `OutputError` when that is not
            valid.

    Raises:
        OutputError: Something could not be written, or is not valid.
    """
    waiting: dict[Path, Path] = {}
    path = next(iter(contents))
    try:
        for path, content in contents.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                raise IsADirectoryError(None, "there is a folder of that name")
            waiting[path] = _written(path, content)
        for path, temporary in waiting.items():
            if check is not None:
                check(path, temporary)
        for path, temporary in waiting.items():
            temporary.replace(path)
        for folder in {path.parent for path in contents}:
            _sync_folder(folder)
    except OSError as error:
        raise OutputError(
            f"{path} could not be written: {error.strerror or error}.",
            kept="What was there before is still there; the case is as it was.",
            advice="Free some room or name another place with -o: `safelight export CASE --format NAME -o PLACE` writes it.",
        ) from error
    finally:
        for temporary in waiting.values():
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
    return list(contents)


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


def _written(path: Path, content: Content) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        temporary.unlink()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            if isinstance(content, bytes):
                stream.write(content)
            else:
                content(stream)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    return temporary


def _sync_folder(folder: Path) -> None:
    # Some file systems cannot sync a folder; the files themselves are on the disk by then.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
