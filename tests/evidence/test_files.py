"""Folders and files, read-only."""

from __future__ import annotations

import os
import socket
import subprocess
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.evidence.untouched import OLD_CHANGE_NS, made_old, state_of

from safelight.errors import SourceError
from safelight.evidence import FileEntry, Problem, walk
from safelight.model import Outcome


def _walk(path: Path) -> list[FileEntry | Problem]:
    return list(walk(os.fsencode(path)))


def _read(entry: FileEntry) -> bytes:
    descriptor = entry.open()
    try:
        return os.pread(descriptor, 1 << 20, 0)
    finally:
        os.close(descriptor)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "seizure"
    (root / "DCIM" / "deep").mkdir(parents=True)
    (root / "DCIM" / "a.jpg").write_bytes(b"\xff\xd8\xff")
    (root / "DCIM" / "deep" / "b.txt").write_bytes(b"text")
    (root / "empty").mkdir()
    (root / "z.bin").write_bytes(b"")
    with open(os.fsencode(root) + b"/n\xe9\xff\n.png", "wb") as stream:
        stream.write(b"png")
    (root / "to-file").symlink_to("DCIM/a.jpg")
    (root / "to-folder").symlink_to("DCIM")
    (root / "to-nothing").symlink_to("nowhere")
    os.mkfifo(root / "pipe")
    made_old(root)
    return root


def test_everything_is_listed_once_in_order(tree: Path) -> None:
    entries = _walk(tree)
    names = [entry.media_file.location.parts[0] for entry in entries]
    assert names == [
        b"n\xe9\xff\n.png",
        b"pipe",
        b"to-file",
        b"to-folder",
        b"to-nothing",
        b"z.bin",
        b"DCIM/a.jpg",
        b"DCIM/deep/b.txt",
    ]
    files = {entry.media_file.location.parts[0]: _read(entry) for entry in entries if isinstance(entry, FileEntry)}
    assert files == {
        b"n\xe9\xff\n.png": b"png",
        b"z.bin": b"",
        b"DCIM/a.jpg": b"\xff\xd8\xff",
        b"DCIM/deep/b.txt": b"text",
    }
    first = entries[0].media_file
    assert (first.size_bytes, first.modified_ns) == (3, OLD_CHANGE_NS)


def test_links_and_pipes_are_named_and_not_followed(tree: Path) -> None:
    problems = {
        entry.media_file.location.parts[0]: entry.findings[0] for entry in _walk(tree) if isinstance(entry, Problem)
    }
    assert set(problems) == {b"pipe", b"to-file", b"to-folder", b"to-nothing"}
    assert all(finding.outcome is Outcome.DID_NOT_RUN for finding in problems.values())
    assert all("symbolic link" in problems[name].what for name in problems if name != b"pipe")


def test_sockets_are_not_opened() -> None:
    # A socket's path must be short, which a test's own folder is not.
    import tempfile

    with tempfile.TemporaryDirectory(prefix="s") as short, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{short}/s")
        (entry,) = _walk(Path(short))
        assert isinstance(entry, Problem) and "socket" in entry.findings[0].what


def test_nothing_changes_not_even_a_time_of_access(tree: Path) -> None:
    before = state_of(tree)
    for entry in _walk(tree):
        if isinstance(entry, FileEntry):
            _read(entry)
    assert state_of(tree) == before


def test_the_look_at_the_tree_would_see_a_time_of_access(tree: Path) -> None:
    """On a mount that keeps access times; else the test above shows nothing of them."""
    before = state_of(tree)
    (tree / "DCIM" / "a.jpg").read_bytes()
    os.listdir(tree / "DCIM")
    os.readlink(tree / "to-file")
    changed = {path for path, state in state_of(tree).items() if state != before[path]}
    if os.statvfs(tree).f_flag & os.ST_NOATIME:
        pytest.skip("this file system is mounted without access times")
    assert changed == {b"./DCIM/a.jpg", b"./DCIM", b"./to-file"}


def test_where_a_link_leads_is_read_where_that_leaves_no_trace(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def targets() -> dict[bytes, object]:
        return {
            entry.media_file.location.parts[0]: entry.findings[0].details["target"]
            for entry in _walk(tree)
            if entry.media_file.location.parts[0].startswith(b"to-")
        }

    seen = os.statvfs(tree)
    for flags, read in ((0, False), (os.ST_NOATIME, True), (os.ST_RDONLY, True)):
        told = os.statvfs_result((*seen[:8], flags, *seen[9:]))
        monkeypatch.setattr(os, "fstatvfs", lambda _folder, told=told: told)
        expected = {b"to-file": "DCIM/a.jpg", b"to-folder": "DCIM", b"to-nothing": "nowhere"}
        assert targets() == (expected if read else dict.fromkeys(expected))


def test_a_read_only_tree_is_read(tree: Path) -> None:
    before = len(_walk(tree))
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        assert len(_walk(tree)) == before
    finally:
        for path in (tree, *tree.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o700)


def test_a_single_file_is_a_source(tree: Path) -> None:
    (entry,) = _walk(tree / "DCIM" / "a.jpg")
    assert isinstance(entry, FileEntry)
    assert entry.media_file.location.display() == "a.jpg"
    assert _read(entry) == b"\xff\xd8\xff"


def test_a_missing_source_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no-such-disk"):
        _walk(tmp_path / "no-such-disk")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_closed_folder_and_file_are_findings(tree: Path) -> None:
    (tree / "DCIM" / "deep").chmod(0)
    (tree / "z.bin").chmod(0)
    try:
        entries = _walk(tree)
    finally:
        (tree / "DCIM" / "deep").chmod(0o700)
    closed = [
        entry for entry in entries if isinstance(entry, Problem) and entry.media_file.location.parts[0] == b"DCIM/deep/"
    ]
    assert closed and closed[0].findings[0].outcome is Outcome.COULD_NOT_LOOK
    with pytest.raises(PermissionError):
        next(entry for entry in entries if entry.media_file.location.parts[0] == b"z.bin").open()  # type: ignore[union-attr]


def test_a_file_changed_or_replaced_after_listing_is_not_passed_off_as_listed(tree: Path) -> None:
    entries = {entry.media_file.location.parts[0]: entry for entry in _walk(tree) if isinstance(entry, FileEntry)}
    (tree / "z.bin").write_bytes(b"grown")
    with pytest.raises(OSError, match="changed"):
        entries[b"z.bin"].open()
    (tree / "DCIM" / "a.jpg").unlink()
    (tree / "DCIM" / "a.jpg").symlink_to("/etc/hostname")
    with pytest.raises(OSError):
        entries[b"DCIM/a.jpg"].open()
    (tree / "DCIM" / "deep").rename(tree / "moved")
    (tree / "DCIM" / "deep").symlink_to(tree / "moved")
    with pytest.raises(OSError):
        entries[b"DCIM/deep/b.txt"].open()


def test_a_large_folder_is_walked_in_order_without_holding_more_than_its_names(tmp_path: Path) -> None:
    names = [b"%05d.png" % number for number in range(3_000)]
    for name in names:
        (tmp_path / os.fsdecode(name)).touch()
    (tmp_path / "00100").mkdir()
    (tmp_path / "00100" / "inside").touch()
    list(walk(os.fsencode(tmp_path)))  # what is made once is not counted
    tracemalloc.start()
    seen = [entry.media_file.location.parts[0] for entry in walk(os.fsencode(tmp_path))]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen == [*names, b"00100/inside"]
    assert most / len(names) < 500, "entries of a whole folder take more than 1,000 bytes a file"


def test_a_folder_that_vanishes_while_it_is_read_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "source" / "folder"
    folder.mkdir(parents=True)
    for number in range(1_000):
        (folder / f"{number:04}").touch()
    entries = walk(os.fsencode(tmp_path / "source"))
    next(entries)
    folder.rename(tmp_path / "elsewhere")
    *read, last = entries
    assert 0 < len(read) < 999
    assert isinstance(last, Problem) and last.media_file.location.parts == (b"folder/",)
    assert "could not be read to its end" in last.findings[0].what


def test_what_has_become_of_a_folder_that_could_not_be_listed_is_said_when_asked(tree: Path) -> None:
    def bare(entries: Iterable[FileEntry | Problem]) -> list[tuple[bytes, Outcome]]:
        places = [(entry.media_file.location.parts[0], entry.findings[0]) for entry in entries if entry.findings]
        return [(name, finding.outcome) for name, finding in places if name.endswith(b"/")]

    assert bare(walk(os.fsencode(tree))) == []
    asked = {b"DCIM/", b"gone/", b"/"}
    assert bare(walk(os.fsencode(tree), asked)) == [(b"/", Outcome.NOTHING_FOUND), (b"DCIM/", Outcome.NOTHING_FOUND)]


def test_a_very_deep_tree_is_walked(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1_200):
        os.mkdir("d", dir_fd=descriptor)
        deeper = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = deeper
    os.close(os.open("leaf", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
    os.close(descriptor)
    (entry,) = _walk(tmp_path)
    # Python's own clean-up cannot remove so deep a tree.
    subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)
    assert isinstance(entry, FileEntry)
    assert entry.media_file.location.parts[0].endswith(b"/leaf")


_name = st.binary(min_size=1, max_size=40).filter(
    lambda raw: b"/" not in raw and b"\0" not in raw and raw not in {b".", b".."}
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.sets(_name, max_size=8))
def test_any_name_comes_back_exactly(tmp_path: Path, names: set[bytes]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        for name in names:
            with open(os.fsencode(folder) + b"/" + name, "wb") as stream:
                stream.write(name)
        found = {
            entry.media_file.location.parts[0]: _read(entry)
            for entry in walk(os.fsencode(folder))
            if isinstance(entry, FileEntry)
        }
        assert found == {name: name for name in names}
