"""Files are written whole or not at all."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from safelight.errors import ExitCode, OutputError
from safelight.exports.writing import refuse_sources, write_whole


@contextmanager
def little_room(most_bytes: int) -> Iterator[None]:
    """No file of this process can grow beyond this: what a full disk looks like."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_files_are_written_and_replaced(tmp_path: Path) -> None:
    paths = [tmp_path / "new" / "a", tmp_path / "new" / "b"]
    for content in (b"one", b"two"):
        write_whole(dict.fromkeys(paths, content))
        assert [path.read_bytes() for path in paths] == [content, content]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a", "b"]


def test_a_full_disk_keeps_every_old_file_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    paths = [tmp_path / "a", tmp_path / "b"]
    write_whole(dict.fromkeys(paths, b"old"))
    with little_room(1 << 16), pytest.raises(OutputError) as error:
        write_whole({paths[0]: b"small and new", paths[1]: b"n" * (1 << 20)})
    assert error.value.exit_code is ExitCode.OUTPUT
    assert error.value.kept and error.value.advice and str(paths[1]) in error.value.what
    assert [path.read_bytes() for path in paths] == [b"old", b"old"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OutputError, match="there is a folder of that name"):
        write_whole({tmp_path / "report.html": b"x"})
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="could not be written"):
        write_whole({tmp_path / "file" / "report.html": b"x"})


def test_a_folder_without_permission(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere; run as an ordinary user to see this")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError):
            write_whole({tmp_path / "a": b"x"})
    finally:
        tmp_path.chmod(0o700)


def test_a_link_in_the_way_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "report.html").symlink_to(tmp_path / "precious")
    write_whole({tmp_path / "report.html": b"x"})
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert (tmp_path / "report.html").read_bytes() == b"x"


def test_evidence_is_never_written_to(tmp_path: Path) -> None:
    source = tmp_path / "evidence"
    (source / "deep").mkdir(parents=True)
    (tmp_path / "way-in").symlink_to(source / "deep")
    for path in (source / "r.html", source / "deep" / "new" / "r.html", tmp_path / "way-in" / "r.html", source):
        with pytest.raises(OutputError, match="lies inside the source"):
            refuse_sources([path], [os.fsencode(source)])
    refuse_sources([tmp_path / "evidence2" / "r.html", tmp_path / "r.html"], [os.fsencode(source)])
