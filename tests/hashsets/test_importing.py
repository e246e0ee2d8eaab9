"""Any list file: what it is told to be, what is refused, and that nothing makes the reading fall over."""

from __future__ import annotations

import codecs
import hashlib
import os
import random
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.hashsets.lists import MD5, PDQ, SHA1, SHA256, md5, read, vics, written

from safelight.errors import HashSetError
from safelight.hashsets.entry import ImportReport
from safelight.hashsets.importing import read_list

FUZZ = int(os.environ.get("SAFELIGHT_FUZZ", "150"))


def _take(path: Path) -> str:
    """Reads a list as a program would that trusts nothing: how it ended."""
    report = ImportReport(name="unit", file=path.name)
    try:
        for _ in read_list(path, None, report):
            pass
    except HashSetError as error:
        assert error.kept == "Nothing was imported." and error.advice
        return error.what
    assert report.form and report.file_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    return ""


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (f"{MD5}\n", "plain text"),
        (f"md5\n{MD5}\n", "CSV with a header"),
        (codecs.BOM_UTF8 + f"md5\n{MD5}\n".encode(), "CSV with a header"),
        (vics([{"MD5": MD5}], "set"), "Project VIC JSON"),
        (codecs.BOM_UTF8 + b"\r\n " + vics([{"MD5": MD5}], "case", "1.3").encode(), "Project VIC JSON"),
        (vics([{"MD5": MD5}], "case").encode("utf-16"), "Project VIC JSON"),
    ],
)
def test_the_form_is_told_by_content(tmp_path: Path, content: str | bytes, form: str) -> None:
    entries, _, report = read(tmp_path, content)
    assert report.form == form and [item.hash for item in entries] == [MD5]
    assert report.file_sha256 == hashlib.sha256((tmp_path / "list.txt").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b" \r\n\t\n", "empty"),
        (b'{"value": [{"MD5": "' + MD5.encode() + b'"}]}', "of no form that is known"),
        (b"[1, 2]", "of no form that is known"),
        (b"PK\x03\x04\0\0", "binary"),
        (f"{MD5}\n".encode("utf-16-be"), "byte order mark"),
        (b"a" * 70_000, "longer than 65,536"),
    ],
)
def test_what_is_no_list_is_refused_with_its_reason(tmp_path: Path, content: bytes, why: str) -> None:
    assert why in _take(written(tmp_path, content))


def test_what_is_no_file_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link"):
        assert "not a file" in _take(tmp_path / name)
    assert "not a file" in _take(Path("/dev/zero"))
    assert "not a file" in _take(tmp_path)
    assert "No such file" in _take(tmp_path / "absent")
    assert "Not a directory" in _take(written(tmp_path, MD5) / "below")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_closed_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, MD5)
    path.chmod(0)
    assert "Permission denied" in _take(path)


@settings(max_examples=FUZZ, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.one_of(
        st.binary(max_size=400),
        st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")),
        st.text(alphabet=f'md5,;\t"|\n\r#:{MD5[:2]} \x00', max_size=300).map(str.encode),
        st.text(max_size=200).map(lambda text: text.encode("utf-16", "replace")),
    )
)
@example(b'md5,"')
@example(b"md5\n" + b'"' * 500)
@example(codecs.BOM_UTF16_LE + b"\x00\xd8")
def test_any_bytes_give_rows_or_a_clear_error(tmp_path: Path, content: bytes) -> None:
    _take(written(tmp_path, content))


@pytest.mark.parametrize("kind", ["plain", "csv", "set", "case", "utf-16"])
def test_any_damage_to_a_list_gives_rows_or_a_clear_error(tmp_path: Path, kind: str) -> None:
    records = [
        {"MediaID": n, "Category": n % 3, "MD5": md5(n), "Series": "a", "MediaFiles": [{"MD5": md5(n)}]}
        for n in range(20)
    ]
    content = {
        "plain": "".join(f"{md5(n)}\n" for n in range(30)),
        "csv": "name,md5,label\n" + "".join(f'"{n}, x",{md5(n)},"a"\n' for n in range(30)),
        "set": vics(records, "set"),
        "case": vics(records, "case", "1.3"),
        "utf-16": vics(records, "case"),
    }[kind].encode("utf-16" if kind == "utf-16" else "utf-8")
    chance = random.Random(f"damage to {kind}")
    for _ in range(FUZZ):
        hurt = bytearray(content)
        for _ in range(chance.choice((1, 3, 20))):
            place = chance.randrange(len(hurt))
            hurt[place : place + chance.randrange(3)] = chance.randbytes(chance.randrange(4))
        if chance.random() < 0.2:
            del hurt[chance.randrange(len(hurt)) :]
        _take(written(tmp_path, bytes(hurt)))


HOSTILE = {
    "deep": lambda head: head + b'{"MD5": ' + b"[" * 20_000_000,
    "deep, with room between": lambda head: head + (b"[" * 3_000 + b" " * 60_000) * 300,
    "deep in the header": lambda head: head.replace(b"{", b'{"x": ' + b'{"y":' * 4_000_000, 1),
    "a long number": lambda head: head + b"9" * 20_000_000 + b"]}",
    "a long number at the end of a block": lambda head: head + b" " * (65_536 - len(head) - 3_000) + b"9" * 6_000 + b"]}",
    "a long fraction": lambda head: head + b'{"Category": 1.' + b"7" * 10_000_000 + b"}]}",
    "a large exponent": lambda head: head + b'{"MD5": "' + MD5.encode() + b'", "Category": 1e99999999999999999999}]}',
    "an exponent that is allowed": lambda head: head + b'{"MD5": "' + MD5.encode() + b'", "Category": 1e999999}]}',
    "a long text": lambda head: head + b'{"Series": "' + b"x" * 70_000_000 + b'"}]}',
    "a record without end": lambda head: head + b'{"MediaFiles": [' + b'{"FileName": "x"},' * 2_500_000,
    "a long text that ends": lambda head: head + b'{"MD5": "' + MD5.encode() + b'", "Series": "' + b"x" * 10_000_000 + b'"}]}',
    "a line of 10 MB": lambda head: b"md5,label\n" + MD5.encode() + b"," + b"x" * 10_000_000 + b"\n",
    "a first line of 10 MB": lambda head: b"," * 10_000_000,
    "quotation marks": lambda head: b"md5,label\n" + b'"x,y\n' * 100_000,
    "quotation marks in long lines": lambda head: b"md5,label\n" + (b'"' + b"x," * 30_000 + b"\n") * 150,
    "nothing but line ends": lambda head: b"x" + b"\n" * 2_000_000,
    "nothing but NUL behind the head": lambda head: MD5.encode() + b"\n" + b"# x\n" * 20_000 + b"\0" * 5_000_000,
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_end_soon_and_in_bounded_memory(tmp_path: Path, kind: str) -> None:
    """In a process of its own, since what is tested is that the process lives."""
    head = vics([], "set").encode()[:-2]
    path = written(tmp_path, HOSTILE[kind](head))
    code = (
        "import sys\nfrom pathlib import Path\nfrom safelight.errors import HashSetError\n"
        "from safelight.hashsets.entry import ImportReport\nfrom safelight.hashsets.importing import read_list\n"
        "report = ImportReport(name='x', file='x')\n"
        "try:\n for _ in read_list(Path(sys.argv[1]), None, report): pass\n print('read')\n"
        "except HashSetError as error: print('refused', error.what[-120:])\n"
        # Not ru_maxrss: the system hands the peak of the process that started this one on to it.
        "status = dict(line.split(':', 1) for line in Path('/proc/self/status').read_text().splitlines())\n"
        "print(int(status['VmHWM'].split()[0]) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr[-500:]}"
    outcome, peak_mib = done.stdout.splitlines()
    assert outcome.startswith(("read", "refused"))
    assert int(peak_mib) < 450, "a bounded record of 32 MiB may stand in memory a few times, no more"


def test_a_long_list_is_read_in_bounded_memory(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        path = written(tmp_path, "md5,label\n" + "".join(f"{number:032x},label {number}\n" for number in range(rows)))
        tracemalloc.start()
        try:
            _take(path)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(100)
    assert peak(40_000) < peak(4_000) + (1 << 20)


def test_progress_speaks_of_mebibytes_read(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    path = written(tmp_path, f"{MD5}\n" * 100_000)
    for _ in read_list(path, None, ImportReport(name="x", file="x"), lambda *words: told.append(words)):
        pass
    assert [done for _, done, _ in told] == [1, 2, 3]
    assert {total for _, _, total in told} == {path.stat().st_size >> 20}


def test_a_reader_that_stops_early_closes_the_file(tmp_path: Path) -> None:
    before = os.listdir("/proc/self/fd")
    for content in (f"{MD5}\n" * 10, vics([{"MD5": MD5}] * 10, "set"), f"md5\n{MD5}\n{SHA1}\n", f"{PDQ}\n{SHA256}\n"):
        rows = read_list(written(tmp_path, content), None, ImportReport(name="x", file="x"))
        try:
            next(rows)
        except HashSetError:
            pass
        finally:
            rows.close()  # type: ignore[attr-defined]
    assert os.listdir("/proc/self/fd") == before


def test_quotation_marks_left_open_do_not_cost_quadratic_time(tmp_path: Path) -> None:
    started = time.monotonic()
    _take(written(tmp_path, "md5,label\n" + f'{MD5},"open\n' * 20_000))
    assert time.monotonic() - started < 20
