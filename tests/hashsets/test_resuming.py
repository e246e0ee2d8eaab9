"""Imports that are cut off go on where they were, and end as if they had not been."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hashsets.lists import MD5, imported, matches, md5, read, vics, written

from safelight.errors import HashSetError
from safelight.hashsets import HashSetStore, importing, source
from safelight.hashsets.entry import Checkpoint, Entry, ImportReport, Rejected
from safelight.hashsets.importing import read_list
from safelight.hashsets.staging import Staging
from safelight.hashsets.vics import media_place
from safelight.model import MatchHow


class _CutOffError(Exception):
    """A kill, as far as the store can tell."""


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Checkpoints every few KiB; the import is cut off after so many of them."""
    monkeypatch.setattr(source, "_CHECKPOINT", 4_000)
    monkeypatch.setattr(source, "_BLOCK", 3_000)
    monkeypatch.setattr(importing, "_BLOCK_BYTES", 3_000)

    def after(count: int) -> None:
        left = [count]
        real = Staging.checkpoint

        def checkpoint(self: Staging, position: dict[str, int | str], report: ImportReport) -> None:
            real(self, position, report)
            left[0] -= 1
            if not left[0]:
                raise _CutOffError

        monkeypatch.setattr(Staging, "checkpoint", checkpoint if count else real)

    return after


def _rows(count: int) -> str:
    """A CSV with rows that are wrong, rows that stand twice, and quoted fields with line breaks in them."""
    lines = []
    for number in range(count):
        value = "zz" if number % 50 == 7 else md5(number % (count - 20))
        name = f'"a, ""b""\nc {number}"' if number % 11 == 0 else f"{number}.jpg"
        lines.append(f"{name},{value},label {number % 3}")
    return "name,md5,label\r\n" + "\r\n".join(lines)


def _records(count: int) -> list[dict[str, object]]:
    """Media records with braces and brackets in their texts, files within, rows that are wrong and rows that stand twice."""
    return [
        {
            "MediaID": number, "Category": number % 3, "MD5": "zz" if number % 50 == 7 else md5(number % (count - 20)),
            "Series": f'a }} "b" {{ [{number}' if number % 11 == 0 else "hills",
            "MediaFiles": [{"FileName": f"{{{number}}}.jpg", "MD5": md5(number % (count - 20))}] * (number % 4),
            "PhotoDNA": "AAAA" if number % 5 == 0 else None,
        }
        for number in range(count)
    ]  # fmt: skip


def _update(number: int) -> dict[str, object]:
    """What ThreatExchange says of a hash; of every ninth it takes one back that it gave before."""
    if number % 9 == 8:
        return {"id": str(number - 3), "should_delete": True, "last_updated": number}
    return {
        "id": str(number),
        "type": "HASH_MD5",
        "indicator": md5(number),
        "last_updated": number,
        "descriptors": {"data": [{"tags": ["}"]}]},
    }


def _xml(count: int) -> str:
    entries = "".join(
        f'<image><member id="{number % 7}">Unit {number % 7}</member><timestamp>2024-01-01T00:00:{number:05}Z</timestamp><id>i{number}</id>'
        f"<classification>A{number % 2}</classification><fingerprints><md5>{'zz' if number % 50 == 7 else md5(number)}</md5></fingerprints></image>"
        for number in range(count)
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">'
    return f'{head}<images count="9">{entries}</images></queryResult>'


FORMS: dict[str, Callable[[int], str | bytes]] = {
    "CSV": lambda count: _rows(count),
    "CSV in UTF-16": lambda count: _rows(count).encode("utf-16"),
    "VICS, hash set": lambda count: vics(_records(count), "set"),
    "VICS, case, with a mark": lambda count: "\ufeff" + vics(_records(count), "case", "1.3"),
    "VICS in UTF-16": lambda count: vics(_records(count), "case").encode("utf-16"),
    "updates": lambda count: json.dumps({"data": [_update(number) for number in range(count)], "paging": {}}),
    "updates, indented": lambda count: json.dumps([_update(number) for number in range(count)], indent=1),
    "NCMEC XML": _xml,
}


def _left(folder: Path) -> list[Path]:
    return [path for path in (folder / "store" / "importing").glob("*") if not path.name.endswith(".lock")]


@pytest.mark.parametrize(
    ("form", "times"), [*((form, 1) for form in FORMS), ("CSV", 5), ("VICS, hash set", 3), ("NCMEC XML", 3)]
)
def test_a_cut_off_import_goes_on(tmp_path: Path, cut: Any, form: str, times: int) -> None:
    text = FORMS[form](1_000)
    whole = imported(tmp_path, text, "other")
    for _ in range(times):
        cut(2)
        with pytest.raises(_CutOffError):
            imported(tmp_path, text)
        assert _left(tmp_path)
        with HashSetStore(tmp_path / "store") as lists:
            assert [info.name for info in lists.sets()] == ["other"], "half a list was imported"
    seen = 0
    real = Staging.add

    def add(self: Staging, *words: Any) -> None:
        nonlocal seen
        seen += 1
        real(self, *words)

    cut(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Staging, "add", add)
        report = imported(tmp_path, text)
    assert report.resumed and not whole.resumed
    assert seen < sum(whole.accepted.values()) + whole.duplicates, "it began anew"
    kept = {name: value for name, value in report.record().items() if name not in {"name", "resumed"}}
    assert kept == {name: value for name, value in whole.record().items() if name not in {"name", "resumed"}}
    assert _left(tmp_path) == []
    with HashSetStore(tmp_path / "store") as lists:
        first, second = (lists.matcher([name], 31).state["sets"][0] for name in ("other", "unit"))  # type: ignore[index]
        assert first["sha256"] == second["sha256"]  # type: ignore[index, call-overload]


@pytest.mark.parametrize("form", ["CSV", "VICS, case, with a mark", "VICS in UTF-16", "NCMEC XML"])
def test_a_file_that_has_changed_is_read_from_its_start(tmp_path: Path, cut: Any, form: str) -> None:
    cut(2)
    text = FORMS[form](1_000)
    with pytest.raises(_CutOffError):
        imported(tmp_path, text)
    path = tmp_path / "list.txt"
    state = path.stat()
    # The same length, the same time of change: only its bytes tell.
    code = "utf-16" if isinstance(text, bytes) else "utf-8"
    raw = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(raw.decode(code).replace(md5(3), md5("other")).encode(code))
    os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))
    cut(0)
    with HashSetStore(tmp_path / "store") as lists:
        report = lists.import_file(path, name="unit")
    assert not report.resumed
    asked = [(f"{row:064x}", "1" * 40, md5(word), None) for row, word in enumerate((3, "other", 5))]
    assert {int(match.sha256, 16) for match in matches(tmp_path, asked)} == {1, 2}
    fresh = imported(tmp_path, path.read_bytes(), "fresh")
    assert (fresh.accepted, fresh.duplicates, fresh.rejected) == (report.accepted, report.duplicates, report.rejected)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [f"{md5(1)},a", f'"{md5(2)}","b ""c"" d"', f'{md5(3)},"two\nlines"', f'{md5(4)},"open', "zz,q", "", ","]
        ),
        max_size=60,
    ),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.integers(1, 40),
    st.integers(1, 12),
    st.booleans(),
)
def test_from_any_checkpoint_the_rest_is_the_rest(
    lines: list[str], end: str, block: int, every: int, with_mark: bool
) -> None:
    import tempfile

    content = ("\ufeff" if with_mark else "") + end.join(["md5,label", *lines])
    before = source._BLOCK, source._CHECKPOINT
    source._BLOCK, source._CHECKPOINT = block, every  # type: ignore[misc]
    try:
        with tempfile.TemporaryDirectory() as name:
            path = written(Path(name), content)
            items = list(read_list(path, MatchHow.MD5, ImportReport(name="unit", file="x")))
            for place, item in enumerate(items):
                if isinstance(item, Checkpoint):
                    report = ImportReport(name="unit", file="x")
                    rest = list(read_list(path, MatchHow.MD5, report, position=item.position))
                    assert report.resumed
                    assert [one for one in rest if not isinstance(one, Checkpoint)] == [
                        one for one in items[place:] if not isinstance(one, Checkpoint)
                    ]
            source._BLOCK = 1 << 18  # type: ignore[misc]
            entries, rejected, _ = read(Path(name), content, MatchHow.MD5)
            assert [one for one in items if isinstance(one, Entry)] == entries
            assert [one for one in items if isinstance(one, Rejected)] == rejected
    finally:
        source._BLOCK, source._CHECKPOINT = before  # type: ignore[misc]


_ODD_RECORDS = [
    {"MD5": md5(1), "Category": 1}, {"MD5": md5(2), "Series": 'a } "b', "MediaFiles": [{"MD5": md5(2)}, {}, "}"]}, {}, "}", "]", None, 7,
    [{"MD5": md5(3)}], {"MD5": "zz", "Tags": ["}", "{"]}, {"MD5": md5(4), "MediaFiles": {"a": {"b": {}}}},
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(_ODD_RECORDS), max_size=40),
    st.sampled_from(["set", "case"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.integers(1, 90),
    st.integers(1, 60),
    st.integers(1, 3),
)
def test_from_any_checkpoint_in_json_the_rest_is_the_rest(
    records: list[object], shape: str, code: str, block: int, every: int, cuts: int
) -> None:
    import tempfile

    content = vics([{"MD5": MD5}, *records, {"MD5": md5("last")}], shape).encode(code)
    before = source._CHECKPOINT, source._CUTS, importing._BLOCK_BYTES
    source._CHECKPOINT, source._CUTS, importing._BLOCK_BYTES = every, 4_096 if cuts > 1 else 2, block  # type: ignore[misc]
    try:
        with tempfile.TemporaryDirectory() as name:
            path = written(Path(name), content)
            items = list(read_list(path, None, ImportReport(name="unit", file="x")))
            assert cuts == 1 or any(isinstance(item, Checkpoint) for item in items)
            for place, item in enumerate(items):
                if isinstance(item, Checkpoint):
                    report = ImportReport(name="unit", file="x")
                    rest = list(read_list(path, None, report, position=item.position))
                    assert report.resumed
                    assert [one for one in rest if not isinstance(one, Checkpoint)] == [
                        one for one in items[place:] if not isinstance(one, Checkpoint)
                    ]
        source._CHECKPOINT = 1 << 30  # type: ignore[misc]
        with tempfile.TemporaryDirectory() as name:
            entries, rejected, _ = read(Path(name), content)
            assert [one for one in items if isinstance(one, Entry)] == entries
            assert [one for one in items if isinstance(one, Rejected)] == rejected
    finally:
        source._CHECKPOINT, source._CUTS, importing._BLOCK_BYTES = before  # type: ignore[misc]


@pytest.mark.parametrize("value", [{"a.b": 1}, {"item": {"MD5": MD5, "MediaID": 1}}, {"MD5": MD5}])
def test_where_records_stand_in_no_array_there_is_no_place_to_go_on_in(value: object) -> None:
    context = json.loads(vics([], "set"))
    text = json.dumps({**context, "value": value}).encode()
    assert media_place(io.BytesIO(text)).opening == b""
    assert media_place(io.BytesIO(vics([{"MD5": MD5}], "set").encode())).opening == b'{"value":[null'
    assert media_place(io.BytesIO(vics([{"MD5": MD5}], "case").encode())).opening == b'{"value":[{"Media":[null'


def test_a_place_that_cannot_be_written_is_an_error_with_words(tmp_path: Path) -> None:
    imported(tmp_path, f"{md5(1)}\n")
    (tmp_path / "store" / "importing").rmdir()
    (tmp_path / "store" / "importing").write_text("no directory")
    with pytest.raises(HashSetError, match="cannot be used"):
        imported(tmp_path, f"{md5(2)}\n")


_CODE = (
    "import sys\nfrom pathlib import Path\nfrom safelight.hashsets import HashSetStore, source\n"
    "source._CHECKPOINT = 100_000\n"
    "with HashSetStore(Path(sys.argv[1])) as store:\n"
    "    print('open', flush=True)\n    report = store.import_file(Path(sys.argv[2]), name='unit')\n    print(report.resumed, flush=True)\n"
)


def _long_vics(path: Path) -> None:
    with path.open("w") as stream:
        stream.write(vics([], "set")[:-2])
        for number in range(60_000):
            stream.write(
                f'{"," if number else ""}{{"MD5": "{number * 7919 % 400_009:032x}", "Category": {number % 5}}}'
            )
        stream.write("]}")


def _long_csv(path: Path) -> None:
    lines = (f"{number * 7919 % 400_009:032x},label {number % 5}\n" for number in range(60_000))
    path.write_text("md5,label\n" + "".join(lines))


@pytest.mark.parametrize("write", [_long_csv, _long_vics])
def test_kills_at_any_moment_lose_no_row_and_double_none(tmp_path: Path, write: Callable[[Path], None]) -> None:
    path = tmp_path / "long"
    write(path)
    words = [sys.executable, "-c", _CODE, str(tmp_path / "store"), str(path)]
    resumed = False
    for wait_s in (0.35, 0.7, 1.1):
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None and process.stdout.readline() == "open\n"
            time.sleep(wait_s)
            process.send_signal(signal.SIGKILL)
            said = process.stdout.read()
            resumed = resumed or said == "True\n"
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
    resumed = resumed or "True" in done.stdout
    with HashSetStore(tmp_path / "store") as lists:
        (info,) = lists.sets()
        assert info.counts == {"md5": 60_000}
    assert _left(tmp_path) == []
    assert resumed, "no import went on"
