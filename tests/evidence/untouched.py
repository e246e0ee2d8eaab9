"""Everything that a file system says of a tree, read without leaving a trace in it."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

OLD_ACCESS_NS, OLD_CHANGE_NS = 1_500_000_000_000_000_000, 1_600_000_000_123_456_789
"""An access time before the time of change: one that every mount which keeps access times would set on reading."""


def made_old(root: Path) -> None:
    """Sets the times of everything in the tree, so that reading it would show."""
    for path in sorted(root.rglob("*"), reverse=True):
        os.utime(path, ns=(OLD_ACCESS_NS, OLD_CHANGE_NS), follow_symlinks=False)
    os.utime(root, ns=(OLD_ACCESS_NS, OLD_CHANGE_NS))


def state_of(root: Path) -> dict[bytes, tuple[object, ...]]:
    """Type, rights, owner, size, times (of access, too), links and content of every place in the tree, by its path."""
    found: dict[bytes, tuple[object, ...]] = {}
    waiting = [b"."]
    top = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_NOATIME)
    try:
        while waiting:
            path = waiting.pop()
            seen = os.stat(path, dir_fd=top, follow_symlinks=False)
            content = ""
            if stat.S_ISDIR(seen.st_mode):
                folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOATIME, dir_fd=top)
                names = sorted(os.fsencode(name) for name in os.listdir(folder))
                os.close(folder)
                waiting += [path + b"/" + name for name in names]
                content = repr(names)
            elif stat.S_ISREG(seen.st_mode):
                file = os.open(path, os.O_RDONLY | os.O_NOATIME, dir_fd=top)
                with os.fdopen(file, "rb") as stream:
                    content = hashlib.sha256(stream.read()).hexdigest()
            found[path] = (
                seen.st_mode, seen.st_uid, seen.st_size, seen.st_nlink, seen.st_ino, seen.st_atime_ns, seen.st_mtime_ns,
                seen.st_ctime_ns, content,
            )  # fmt: skip
    finally:
        os.close(top)
    return found
