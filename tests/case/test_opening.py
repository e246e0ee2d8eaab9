"""Opening a case: where nothing can be written, while another process writes, when it is damaged, when the disk is full."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.case.records import begin, digest, fill, record
from tests.databases import Database

from safelight.case.case import Case
from safelight.case.schema import DATABASE_NAME
from safelight.case.verify import verify
from safelight.errors import CaseError, ExitCode
from safelight.hashsets import HashSetStore

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser may mount")


@contextmanager
def mounted(folder: Path, *words: str) -> Iterator[Path]:
    """A file system of the test's own; skipped where this process may mount none."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *words, folder], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def read_only(directory: Path) -> Iterator[Path]:
    """The directory once more, as on read-only media."""
    place = directory.with_name(f"{directory.name}-read-only")
    with mounted(place, "--bind", str(directory)):
        subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
        yield place


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


# Making and finding


def test_a_directory_is_made_and_then_opened_again(database: Database) -> None:
    with database.write() as case:
        fill(case)
    with database.write() as case:
        assert case.run_count() == 1
        assert [event.action for event in case.events()].count("case-made") == 1


def test_what_is_no_case_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"a")
    with pytest.raises(CaseError, match="not empty and is not a case"):
        Case.create_or_open(folder)
    assert names(folder) == ["a.jpg"]
    with pytest.raises(CaseError, match="is not a case"):
        Case.open(folder)
    with pytest.raises(CaseError, match="is not a case"):
        Case.open(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()
    with pytest.raises(CaseError, match="cannot be used"):
        Case.create_or_open(folder / "a.jpg")


@pytest.mark.parametrize("name", ["a b", "50%", "what?", "#1", "caf\u00e9", "a&mode=rwc", "\udcff\udcfe", "new\nline"])
def test_a_case_can_lie_in_a_directory_of_any_name(tmp_path: Path, name: str) -> None:
    with Case.create_or_open(tmp_path / name) as case:
        fill(case)
    with Case.open(tmp_path / name) as case:
        assert not verify(case).breaks
    assert DATABASE_NAME in names(tmp_path / name) and len(names(tmp_path)) == 1


def test_an_empty_database_file_is_no_case_to_read_and_one_to_write(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / DATABASE_NAME).touch()
    with pytest.raises(CaseError, match="holds no case"):
        Case.open(tmp_path / "case")
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case)
        assert not verify(case).breaks


# Two at once


def test_a_second_writer_is_refused_and_a_reader_is_not(database: Database) -> None:
    with database.write() as case:
        fill(case)
        with pytest.raises(CaseError, match="open in another process") as caught:
            database.write()
        assert caught.value.kept and caught.value.advice
        with database.read() as reader:
            assert reader.media_file_count() == case.media_file_count()
    database.write().close()


def test_a_second_writer_from_another_directory_is_refused_too(database: Database) -> None:
    """Two machines of a team can reach one PostgreSQL database under directories of their own."""
    if database.url is None:
        pytest.skip("an SQLite file lies in one directory")
    with database.write(), pytest.raises(CaseError, match="open in another process"):
        Case.create_or_open(database.directory.with_name("elsewhere"), url=database.url)
    Case.create_or_open(database.directory.with_name("elsewhere"), url=database.url).close()


def test_the_lock_goes_with_the_process_that_held_it(tmp_path: Path) -> None:
    code = "import os, sys; from pathlib import Path; from safelight.case.case import Case\nCase.create_or_open(Path(sys.argv[1])); os._exit(9)"
    assert subprocess.run([sys.executable, "-c", code, tmp_path / "case"], check=False).returncode == 9
    Case.create_or_open(tmp_path / "case").close()


def test_a_reader_sees_what_was_stored_when_it_looked(database: Database) -> None:
    with database.write() as writer:
        run_id = begin(writer)
        writer.record(run_id, [record(number) for number in range(5_000)])
        with database.read() as reader:
            stream = reader.iter_for_matching(100)
            first = next(stream)
            writer.record(run_id, [record(number) for number in range(5_000, 5_100)])
            assert reader.media_count() == 5_100
            assert len(first) == 100


# Where nothing can be written


@needs_root
def test_a_closed_case_is_read_from_read_only_media(tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case)
    with read_only(tmp_path / "case") as place:
        before = names(place)
        with Case.open(place) as case:
            assert not verify(case).breaks
            assert case.media_file_count() == 10
        assert names(place) == before
        with pytest.raises(CaseError, match="cannot be used: Read-only file system"):
            Case.create_or_open(place)


@needs_root
def test_a_case_that_was_cut_off_is_read_from_read_only_media_only_whole(tmp_path: Path) -> None:
    """What was stored last still lies in the log beside the file; reading the file alone would hide it."""
    case = Case.create_or_open(tmp_path / "open")
    fill(case)
    shutil.copytree(tmp_path / "open", tmp_path / "cut-off")
    case.close()
    with read_only(tmp_path / "cut-off") as place, Case.open(place) as reader:
        assert not verify(reader).breaks and reader.media_file_count() == 10
    (tmp_path / "cut-off" / f"{DATABASE_NAME}-shm").unlink()
    with read_only(tmp_path / "cut-off") as place:
        with pytest.raises(CaseError, match="was not closed") as caught:
            Case.open(place)
        assert "Copy the whole directory" in caught.value.advice
    with Case.open(tmp_path / "cut-off") as reader:
        assert not verify(reader).breaks and reader.media_file_count() == 10


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can become a second user")
def test_a_user_without_the_right_to_write_can_read(tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case)
    # pytest's own folder can be entered by its owner alone.
    outside = Path(tempfile.mkdtemp())
    try:
        outside.chmod(0o755)
        shutil.copytree(tmp_path / "case", outside / "case")
        # A case is made for its owner alone, who may open it to others.
        (outside / "case").chmod(0o755)
        before = names(outside / "case")
        child = os.fork()
        if child == 0:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            try:
                with Case.open(outside / "case") as reader:
                    os._exit(0 if not verify(reader).breaks and reader.media_file_count() == 10 else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert names(outside / "case") == before
    finally:
        shutil.rmtree(outside)


# Damage


def test_bytes_that_are_no_database_are_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / DATABASE_NAME).write_bytes(b"This is not a database. " * 100)
    for opening in (Case.open, Case.create_or_open):
        with pytest.raises(CaseError, match="file is not a database") as caught:
            opening(tmp_path / "case")
        assert caught.value.exit_code == ExitCode.CASE and caught.value.kept and caught.value.advice
    assert (tmp_path / "case" / DATABASE_NAME).read_bytes().startswith(b"This is not")


@pytest.mark.parametrize("seed", range(12))
def test_a_damaged_file_is_a_clear_error_or_a_named_break(tmp_path: Path, seed: int) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case, 30)
    path = tmp_path / "case" / DATABASE_NAME
    content = bytearray(path.read_bytes())
    chance = random.Random(seed)
    # A page or two of garbage, anywhere after the header.
    for _ in range(chance.randint(1, 2)):
        start = chance.randrange(4096, len(content) - 4096)
        content[start : start + 4096] = chance.randbytes(4096)
    path.write_bytes(content)
    try:
        with Case.open(tmp_path / "case") as case:
            assert verify(case).breaks, "damage went unseen"
    except CaseError as error:
        assert "cannot be read" in error.what and error.advice


def test_a_cut_off_file_is_a_clear_error(tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case, 30)
    path = tmp_path / "case" / DATABASE_NAME
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CaseError, match=r"malformed|cannot be read"), Case.open(tmp_path / "case") as case:
        verify(case)


# A full disk

_FILL_UP = """
import resource, sys
from pathlib import Path
from safelight.case.case import Case
from safelight.errors import CaseError
from tests.case.records import begin, record

limit = int(sys.argv[2])
with Case.create_or_open(Path(sys.argv[1])) as case:
    run_id = begin(case)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    for start in range(0, 4000, 100):
        try:
            case.record(run_id, [record(number) for number in range(start, start + 100)])
        except CaseError as error:
            print(f"{start}\\n{error.what}\\n{error.kept}\\n{error.advice}")
            sys.exit(int(error.exit_code))
        print(start, flush=True)
"""


def fill_up(directory: Path, limit: int = 0) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parent.parent.parent
    return subprocess.run(
        [sys.executable, "-c", _FILL_UP, directory, str(limit)], capture_output=True, text=True, check=False, cwd=root
    )


def goes_on(directory: Path, done: subprocess.CompletedProcess[str]) -> None:
    """The error says what was kept, that is there, and a second run with room adds the rest."""
    assert done.returncode == ExitCode.CASE, done.stderr
    *_, stored, what, kept, advice = done.stdout.splitlines()
    assert "cannot be written" in what
    assert f"({int(stored):,} places)" in kept
    assert "goes on where it stopped" in advice
    with Case.open(directory) as case:
        assert not verify(case).breaks
        assert case.media_file_count() == int(stored) > 0
    with Case.create_or_open(directory) as case:
        run_id = begin(case)
        case.record(run_id, [record(number) for number in range(int(stored) + 100)])
        case.end_run(run_id, outcome="done", counts={})
        assert case.media_file_count() == int(stored) + 100
        assert case.has_media(digest(int(stored) + 99))
        assert not verify(case).breaks


def test_a_file_that_may_not_grow_is_an_error_that_says_what_was_kept(tmp_path: Path) -> None:
    goes_on(tmp_path / "case", fill_up(tmp_path / "case", 3_000_000))


@needs_root
def test_a_full_disk_is_an_error_that_says_what_was_kept(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=6m", "tmpfs") as disk:
        done = fill_up(disk / "case")
        assert "full" in done.stdout
        subprocess.run(["mount", "-o", "remount,size=32m", disk], check=True)
        goes_on(disk / "case", done)


@needs_root
def test_a_disk_without_room_for_a_case_at_all(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=64k", "tmpfs") as disk:
        with pytest.raises(CaseError, match=r"cannot be (written|used)") as caught:
            Case.create_or_open(disk / "case")
        assert caught.value.advice
        subprocess.run(["mount", "-o", "remount,size=32m", disk], check=True)
        with Case.create_or_open(disk / "case") as case:
            fill(case)
            assert not verify(case).breaks


def test_what_is_made_is_for_its_owner_alone(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o750)
    for directory in (tmp_path / "case", shared):
        Case.create_or_open(directory).close()
    HashSetStore(tmp_path / "lists").close()
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("case", "shared", "lists")]
    assert modes == [0o700, 0o750, 0o700]
