"""Lists a source on disk, folder by folder, and knows how to open what it lists.

Every folder is opened relative to the one above it and every file relative to its folder, without following links, so that a
folder swapped for a link while it is being read leads nowhere else. Access times of files and folders are left alone where the system
permits (O_NOATIME needs the owner or the superuser); a read-only mount is still the right way to read an original. Where a link leads
is only read on a mount that keeps no access times, since reading it sets the link's own.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import Final

from safelight.errors import SourceError
from safelight.evidence.entry import FileEntry, Problem, could_not_look
from safelight.model import Finding, Location, MediaFile, Outcome, display_text

__all__ = ["open_below", "walk"]

_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_CHUNK: Final = 256
_KINDS: Final = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a character device"),
    (stat.S_ISBLK, "a block device"),
)


def walk(source: bytes, unlisted: Collection[bytes] = ()) -> Iterator[FileEntry | Problem]:
    """Yields everything below a source, in the order of the exact bytes of the names, the names of one folder in memory at a time.

    Args:
        source: Absolute path of a file or a folder. A source that is itself a link is followed once: the person named it.
        unlisted: Folders below it that an earlier run could not list, by the last part of their places: what has become of them is said.

    Raises:
        SourceError: There is nothing at the path.
    """
    try:
        state = os.stat(source)
    except OSError as error:
        raise SourceError(
            f"The source {display_text(source)} cannot be used: {error.strerror}.",
            kept="Nothing was changed.",
            advice="Check the path and its permissions, or attach the disk.",
        ) from error
    if stat.S_ISDIR(state.st_mode):
        yield from _folder(source, unlisted)
    else:
        real = os.path.realpath(source)
        yield _entry(Location(source, (b"",)), os.path.dirname(real), b"", os.path.basename(real), state)


def open_below(source: bytes, relative: bytes) -> int:
    """Opens one file below a source, or the source itself when `relative` is empty, as `walk` does; the caller closes the descriptor.

    Raises:
        OSError: It is not there, is no plain file, or cannot be read.
    """
    top, below = (source, relative) if relative else os.path.split(os.path.realpath(source))
    folder_name, _, name = below.rpartition(b"/")
    if b".." in below.split(b"/"):
        raise OSError(0, "the place leads out of its source")
    folder = _open_folder(top, folder_name)
    try:
        descriptor = _open_quietly(name, _FLAGS, folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is no plain file")
    return descriptor


def _folder(source: bytes, unlisted: Collection[bytes]) -> Iterator[FileEntry | Problem]:
    # An explicit stack: a tree may be deeper than Python's recursion, and its paths longer than the system takes in one piece.
    waiting = [b""]
    while waiting:
        relative = waiting.pop()
        place, listed = _bare(source, relative), False
        names: list[bytes] = []
        deeper: list[bytes] = []
        while names or not listed:
            # The descriptor is closed before anything is yielded: the caller may take its time.
            try:
                folder = _open_folder(source, relative)
                try:
                    if not listed:
                        names = sorted((os.fsencode(name) for name in os.listdir(folder)), reverse=True)
                    entries = _in_folder(source, relative, folder, names[: -_CHUNK - 1 : -1], deeper)
                finally:
                    os.close(folder)
            except OSError as error:
                yield Problem(place, (_cut_short(error) if listed else _unlisted(error),))
                break
            del names[-_CHUNK:]
            if not listed and place.location.parts[0] in unlisted:
                yield Problem(place, (_listed_now(),))
            listed = True
            yield from entries
        waiting += reversed(deeper)


def _in_folder(
    source: bytes, relative: bytes, folder: int, names: Sequence[bytes], deeper: list[bytes]
) -> list[FileEntry | Problem]:
    """What lies in an open folder under these names; names of folders in it go to `deeper`."""
    found: list[FileEntry | Problem] = []
    for name in names:
        below = relative + b"/" + name if relative else name
        location = Location(source, (below,))
        try:
            state = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            found.append(Problem(MediaFile(location=location), (_unread(error),)))
            continue
        if stat.S_ISDIR(state.st_mode):
            deeper.append(below)
        elif stat.S_ISLNK(state.st_mode):
            found.append(Problem(_media_file(location, state), (_link(folder, name),)))
        else:
            found.append(_entry(location, source, relative, name, state))
    return found


def _open_folder(source: bytes, relative: bytes) -> int:
    descriptor = _open_quietly(source, _FOLDER)
    for part in relative.split(b"/") if relative else ():
        try:
            deeper = _open_quietly(part, _FOLDER | os.O_NOFOLLOW, descriptor)
        finally:
            os.close(descriptor)
        descriptor = deeper
    return descriptor


def _open_quietly(name: bytes, flags: int, folder: int | None = None) -> int:
    """Opens a file or a folder and leaves its access time alone if the system lets this user do that."""
    try:
        return os.open(name, flags | os.O_NOATIME, dir_fd=folder)
    except PermissionError:
        # Only the owner may; a read-only mount leaves it alone for everybody.
        return os.open(name, flags, dir_fd=folder)


def _entry(location: Location, top: bytes, relative: bytes, name: bytes, state: os.stat_result) -> FileEntry | Problem:
    media_file = _media_file(location, state)
    for is_kind, what in _KINDS:
        if is_kind(state.st_mode):
            finding = could_not_look(
                f"This is {what}, not a file; it was listed and not opened.", outcome=Outcome.DID_NOT_RUN
            )
            return Problem(media_file, (finding,))
    return FileEntry(media_file, _opener=lambda: _open_file(top, relative, name, state))


def _open_file(top: bytes, relative: bytes, name: bytes, listed: os.stat_result) -> int:
    """Opens a listed file and makes sure that it is still the one that was listed."""
    folder = _open_folder(top, relative)
    try:
        descriptor = _open_quietly(name, _FLAGS, folder)
    finally:
        os.close(folder)
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode) or (state.st_dev, state.st_ino) != (listed.st_dev, listed.st_ino):
        os.close(descriptor)
        raise OSError(0, "it was replaced while the source was being read")
    if (state.st_size, state.st_mtime_ns) != (listed.st_size, listed.st_mtime_ns):
        os.close(descriptor)
        raise OSError(0, "it was changed while the source was being read; run again when nothing writes to it")
    return descriptor


def _media_file(location: Location, state: os.stat_result) -> MediaFile:
    born = getattr(state, "st_birthtime_ns", None)
    return MediaFile(
        location=location,
        size_bytes=state.st_size,
        modified_ns=state.st_mtime_ns,
        accessed_ns=state.st_atime_ns,
        changed_ns=state.st_ctime_ns,
        created_ns=born,
    )


def _bare(source: bytes, relative: bytes) -> MediaFile:
    return MediaFile(location=Location(source, (relative + b"/",)))


def _unlisted(error: OSError) -> Finding:
    return could_not_look(
        f"The folder could not be listed: {error.strerror}. Nothing below it was read; run again with the right to read it.",
        errno=error.errno,
    )


def _cut_short(error: OSError) -> Finding:
    return could_not_look(
        f"The folder could not be read to its end: {error.strerror}. Run again to read the rest.", errno=error.errno
    )


def _listed_now() -> Finding:
    return could_not_look(
        "The folder was listed by this run, which an earlier run could not do; what lies in it stands in lines of its own.",
        outcome=Outcome.NOTHING_FOUND,
    )


def _unread(error: OSError) -> Finding:
    return could_not_look(f"The place could not be read: {error.strerror}. Its name is kept.", errno=error.errno)


def _link(folder: int, name: bytes) -> Finding:
    target: str | None = None
    with suppress(OSError):
        if os.fstatvfs(folder).f_flag & (os.ST_RDONLY | os.ST_NOATIME):
            target = display_text(os.readlink(name, dir_fd=folder))
    unread = "" if target is not None else " Where it leads was not read, since that would set its access time."
    return could_not_look(
        f"This is a symbolic link; it was listed and not followed.{unread}", outcome=Outcome.DID_NOT_RUN, target=target
    )
