"""The unit's lists: import, match, withdraw."""

from __future__ import annotations

import hashlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.hashsets.lists import md5

from safelight.errors import HashSetError
from safelight.hashsets import HashSetStore, staging
from safelight.model import Fingerprints, HashSetRole, MatchHow, PdqHash

MD5, SHA1, SHA256 = "0a" * 16, "0b" * 20, "0c" * 32
PDQ = "f0" * 32


def _media(pdq: str = PDQ, quality: int = 80, nearest: str | None = None) -> tuple[str, str, str, Fingerprints | None]:
    prints = Fingerprints(pdq=PdqHash(pdq, quality), pdq_nearest512=PdqHash(nearest or pdq, quality))
    return SHA256, SHA1, MD5, prints


def _flipped(hexes: str, bits: int) -> str:
    return f"{int(hexes, 16) ^ ((1 << bits) - 1):064x}"


def _import(tmp_path: Path, content: str | bytes, **given_: object):  # type: ignore[no-untyped-def]
    path = tmp_path / "list.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with HashSetStore(tmp_path / "store") as store:
        return store.import_file(path, **{"name": "unit", **given_})  # type: ignore[arg-type]


def _matches(tmp_path: Path, media=None, distance: int = 31, names: list[str] | None = None):  # type: ignore[no-untyped-def]
    with HashSetStore(tmp_path / "store") as store:
        return store.matcher(names, distance).match([media or _media()])


def test_plain_text_with_its_quirks(tmp_path: Path) -> None:
    text = f"\ufeff# a comment\r\n{MD5.upper()}\r\n{SHA1}\n\n{MD5}\nnonsense\nsha256:{SHA256}\npdq:{PDQ}\n{'0' * 31}\n"
    report = _import(tmp_path, text)
    assert report.accepted == {"md5": 1, "sha1": 1, "sha256": 1, "pdq": 1}
    assert report.duplicates == 1
    assert report.rejected == {"not a hash of a known length and in hex": 2}
    assert {match.how for match in _matches(tmp_path)} == set(MatchHow)
    again = _import(tmp_path, text)
    assert again.repeated and not again.accepted and again.duplicates == 5


def test_64_digits_must_be_named(tmp_path: Path) -> None:
    with pytest.raises(HashSetError, match="SHA-256 or PDQ"):
        _import(tmp_path, f"{MD5}\n{SHA256}\n")
    with HashSetStore(tmp_path / "store") as store:
        assert store.sets() == [], "half a file was imported"
    assert _import(tmp_path, f"{SHA256}\n", kind="sha256").accepted == {"sha256": 1}
    report = _import(tmp_path, f"{PDQ},77\n{PDQ[::-1]},12\n", name="pictures", kind="pdq")
    assert report.accepted == {"pdq": 2}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_with_a_header(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ["File Name", "SHA-1", "MD5", "PDQ hash", "Quality", "Category", "Source"],
        ["a, b.jpg" if delimiter != "," else '"a, b.jpg"', SHA1, MD5, PDQ, "90", "B", "unit 7"],
        ["c.jpg", "", "zz", "", "", "A", ""],
        ["d.jpg", "", "", "", "", "", ""],
    ]
    report = _import(tmp_path, "\n".join(delimiter.join(row) for row in rows), bank="default", label="none")
    assert report.accepted == {"md5": 1, "sha1": 1, "pdq": 1}
    assert report.rejected == {"the md5 is not 32 hex digits": 1, "no hash in the row": 1}
    assert {(match.label, match.bank) for match in _matches(tmp_path)} == {("B", "unit 7")}


def test_project_vic_in_both_shapes(tmp_path: Path, shared: Path) -> None:
    report = _import(tmp_path, (shared / "field/vics/vics_2.0_hashset_synthetic.json").read_bytes(), name="set")
    assert report.form == "Project VIC JSON" and report.accepted == {"md5": 1, "sha1": 1}
    report = _import(
        tmp_path, b"\xef\xbb\xbf" + (shared / "field/vics/vics_1.3_case_synthetic.json").read_bytes(), name="case"
    )
    assert report.accepted == {"md5": 1, "sha1": 1, "sha256": 1, "pdq": 1}


def _vics(records: list[object], shape: str) -> str:
    head = {"@odata.context": "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media"}
    return json.dumps(
        {**head, "value": records if shape == "set" else [{"CaseID": "x", "TotalMediaFiles": "9", "Media": records}]}
    )


@pytest.mark.parametrize("shape", ["set", "case"])
def test_project_vic_with_quirks(tmp_path: Path, shape: str) -> None:
    records: list[object] = [
        {
            "MediaID": 1,
            "Category": 1,
            "MD5": MD5.upper(),
            "IsPrecategorized": "true",
            "PhotoDNA": "AAAA",
            "Series": "hills",
        },
        {"MediaID": 2, "Category": None, "Md5": None, "SHA1": SHA1, "MediaFiles": [{"MD5": "", "FileName": "a"}]},
        {"MediaID": 3, "Category": "2", "MD5": "short"},
        {"MediaID": 4},
        "rubbish",
    ]
    report = _import(tmp_path, _vics(records, shape))
    assert report.accepted == {"md5": 1, "sha1": 1}
    assert report.unused == {"PhotoDNA hashes": 1}
    assert sum(report.rejected.values()) == 3
    labels = {match.how: (match.label, match.bank) for match in _matches(tmp_path)}
    assert labels == {MatchHow.MD5: ("category 1", "hills"), MatchHow.SHA1: ("", "")}


def test_a_file_cut_off_is_not_imported_at_all(tmp_path: Path) -> None:
    whole = _vics([{"MD5": f"{number:032x}"} for number in range(50_000)], "set")
    with pytest.raises(HashSetError, match="cut off"):
        _import(tmp_path, whole[:-40])
    with HashSetStore(tmp_path / "store") as store:
        assert store.sets() == []


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\0\1\2\3" * 100, b'{"a": 1}', b"hello\nworld\n", b"x" * 100_000])
def test_files_that_are_no_list_are_refused_by_name(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(HashSetError, match=r"list\.txt"):
        _import(tmp_path, content)
    with pytest.raises(HashSetError, match="absent"), HashSetStore(tmp_path / "store") as store:
        store.import_file(tmp_path / "absent", name="unit")


@pytest.mark.parametrize(
    ("bits", "limit", "matched"), [(0, 0, True), (31, 31, True), (32, 31, False), (40, 40, True), (1, 0, False)]
)
def test_pdq_matches_up_to_the_distance(tmp_path: Path, bits: int, limit: int, matched: bool) -> None:
    _import(tmp_path, f"pdq\n{_flipped(PDQ, bits)}\n")
    found = _matches(tmp_path, distance=limit)
    assert [match.distance for match in found] == ([bits] if matched else [])


def test_low_quality_is_not_matched_on_either_side(tmp_path: Path) -> None:
    _import(tmp_path, f"pdq,quality\n{PDQ},49\n{_flipped(PDQ, 3)},50\n")
    assert [match.distance for match in _matches(tmp_path)] == [3]
    assert _matches(tmp_path, _media(quality=49)) == []
    with HashSetStore(tmp_path / "store") as store:
        assert store.matcher(None, 31).state["entries_of_low_quality_left_out"] == 1


def test_the_nearer_variant_is_named(tmp_path: Path) -> None:
    _import(tmp_path, f"pdq\n{PDQ}\n")
    (match,) = _matches(tmp_path, _media(pdq=_flipped(PDQ, 9), nearest=_flipped(PDQ, 4)))
    assert (match.variant, match.distance) == ("nearest512", 4)


def test_withdrawn_hashes_stay_withdrawn(tmp_path: Path) -> None:
    _import(tmp_path, f"{MD5}\n{SHA1}\n")
    with HashSetStore(tmp_path / "store") as store:
        assert store.withdraw("unit", MD5.upper()) == 1
        with pytest.raises(HashSetError, match="not on the list"):
            store.withdraw("unit", "00" * 16)
    assert _import(tmp_path, f"{MD5}\n", label="other", name="unit").withdrawn == 1
    assert {match.how for match in _matches(tmp_path)} == {MatchHow.SHA1}


def test_lists_keep_apart(tmp_path: Path) -> None:
    _import(tmp_path, f"{MD5}\n", name="one")
    _import(tmp_path, f"{MD5}\n", name="two", role=HashSetRole.IRRELEVANT, label="system file")
    assert [(match.hashset, match.role) for match in _matches(tmp_path)] == [
        ("one", HashSetRole.KNOWN),
        ("two", HashSetRole.IRRELEVANT),
    ]
    assert [match.hashset for match in _matches(tmp_path, names=["two"])] == ["two"]
    with pytest.raises(HashSetError, match="one, two"):
        _matches(tmp_path, names=["three"])
    with pytest.raises(HashSetError, match="role"):
        _import(tmp_path, f"{SHA1}\n", name="two")
    with HashSetStore(tmp_path / "store") as store:
        before = store.matcher(["one"], 31).state
        store.remove("two")
        assert [info.name for info in store.sets()] == ["one"]
        assert store.matcher(["one"], 31).state == before


def test_a_second_import_adds_nothing_and_a_withdrawn_hash_stays_withdrawn(tmp_path: Path) -> None:
    text = "md5,sha1,label\n" + "".join(f"{md5(number)},{md5(number)}{'0' * 8},A\n" for number in range(50))
    assert _import(tmp_path, text).accepted == {"md5": 50, "sha1": 50}
    with HashSetStore(tmp_path / "store") as store:
        assert store.withdraw("unit", md5(7)) == 1
        assert store.withdraw("unit", md5(7)) == 0, "it was withdrawn before"
        before = store.matcher(None, 31).state
    again = _import(tmp_path, text)
    assert (again.repeated, again.accepted, again.duplicates, again.withdrawn) == (True, {}, 99, 1)
    other = _import(tmp_path, text.replace(",A", ",B"), bank="elsewhere")
    assert (other.repeated, other.accepted, other.withdrawn) == (False, {"md5": 49, "sha1": 50}, 1)
    assert _import(tmp_path, text, name="another").withdrawn == 0, "withdrawn is said of one list"
    with HashSetStore(tmp_path / "store") as store:
        (another, unit) = store.sets()
        assert (another.counts, another.withdrawn) == ({"md5": 50, "sha1": 50}, 0)
        assert (unit.counts, unit.withdrawn) == ({"md5": 98, "sha1": 100}, 1)
        assert store.matcher(["unit"], 31).state != before
        store.remove("unit")
    assert _import(tmp_path, text).accepted == {"md5": 50, "sha1": 50}


def test_an_import_that_fails_in_the_middle_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    _import(tmp_path, f"{MD5}\n")
    with HashSetStore(tmp_path / "store") as store:
        before = (store.sets(), store.matcher(None, 31).state)
    rows = "".join(f"{md5(number)}\n" for number in range(21_000))
    for content in (
        rows + f"{SHA256}\n",
        rows + "x" * 70_000,
        _vics([{"MD5": md5(n)} for n in range(21_000)], "set")[:-3],
    ):
        for name in ("unit", "new"):
            with pytest.raises(HashSetError, match=r"Row 21001|longer|cut off"):
                _import(tmp_path, content, name=name)
    with HashSetStore(tmp_path / "store") as store:
        assert (store.sets(), store.matcher(None, 31).state) == before


def test_a_kill_during_an_import_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    _import(tmp_path, f"{MD5}\n")
    text = "md5,label\n" + "".join(f"{number * 7919 % 400_009:032x},label {number % 5}\n" for number in range(60_000))
    path = tmp_path / "long.csv"
    path.write_text(text)
    code = (
        "import sys\nfrom pathlib import Path\nfrom safelight.hashsets import HashSetStore\n"
        "with HashSetStore(Path(sys.argv[1])) as store:\n"
        "    print('open', flush=True)\n    store.import_file(Path(sys.argv[2]), name='unit')\n    print('done', flush=True)\n"
    )
    words = [sys.executable, "-c", code, str(tmp_path / "store"), str(path)]
    with HashSetStore(tmp_path / "store") as store:
        before = store.matcher(None, 31).state
    chance = random.Random(3)
    takes_s, killed = 1.5, 0
    for _ in range(int(os.environ.get("SAFELIGHT_KILLS", "6"))):
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            started = time.monotonic()
            time.sleep(chance.uniform(0.0, takes_s))
            process.kill()
            done = process.stdout.read() == "done\n"
        with HashSetStore(tmp_path / "store") as store:
            # Killed between the end of the transaction and the word: all of it is there.
            done = done or store.sets()[0].counts == {"md5": 60_001}
        if done:
            takes_s = (time.monotonic() - started) * 0.8
            with HashSetStore(tmp_path / "store") as store:
                store.remove("unit")
            _import(tmp_path, f"{MD5}\n")
        killed += not done
        with HashSetStore(tmp_path / "store") as store:
            assert store.matcher(None, 31).state == before
    assert killed, "no import was still going when it was to be killed"
    with HashSetStore(tmp_path / "store") as store:
        assert store.import_file(path, name="unit").accepted == {"md5": 60_000}
        assert store.sets()[0].counts == {"md5": 60_001}


def test_the_state_is_that_of_the_content_however_it_came_in(tmp_path: Path) -> None:
    rows = [f"{md5(number)},label {number % 3},bank {number % 2}" for number in range(40)]
    _import(tmp_path, "\n".join(["md5,label,bank", *rows]), name="one")
    for part in (rows[25:], rows[::-1], rows[:30]):
        _import(tmp_path, "\n".join(["md5,label,bank", *part]), name="two")
    with HashSetStore(tmp_path / "store") as store:
        first, second = store.matcher(None, 31).state["sets"]  # type: ignore[misc]
        assert first["sha256"] == second["sha256"] and first["counts"] == second["counts"]  # type: ignore[index, call-overload]
        lines = sorted((md5(n), f"bank {n % 2}", f"label {n % 3}") for n in range(40))
        said = "".join(f"md5\0{value}\0{bank}\0{label}\n" for value, bank, label in lines)
        assert first["sha256"] == hashlib.sha256(said.encode()).hexdigest()  # type: ignore[index, call-overload]


def test_text_of_lists_that_cannot_be_stored_or_shown_as_it_is(tmp_path: Path) -> None:
    report = _import(tmp_path, f"md5,label\n{MD5},a\x07b\x1b[2J\n", name="un\nit \udcff", bank="h\udcfcgel")
    assert report.name == "un\\x0ait \\xff"
    (match,) = _matches(tmp_path)
    assert (match.label, match.bank, match.hashset) == ("a\\x07b\\x1b[2J", "h\\xfcgel", report.name)
    with HashSetStore(tmp_path / "store") as store:
        store.remove("un\nit \udcff")
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/l\xff\n.csv"))
    path.write_text(f"md5\n{MD5}\n")
    with HashSetStore(tmp_path / "store") as store:
        assert store.import_file(path, name="unit").file == "l\\xff\\x0a.csv"
        with pytest.raises(HashSetError, match="empty"):
            store.import_file(path, name=" \n")


def test_reading_a_store_that_is_not_there_makes_none(tmp_path: Path) -> None:
    with pytest.raises(HashSetError, match="no hash set store"):
        HashSetStore(tmp_path / "absent", create=False)
    assert not (tmp_path / "absent").exists() and not HashSetStore.is_in(tmp_path / "absent")
    (tmp_path / "file").write_text("x")
    with pytest.raises(HashSetError, match="cannot be made"):
        HashSetStore(tmp_path / "file" / "store")


def test_a_store_of_another_version_is_left_alone(tmp_path: Path) -> None:
    _import(tmp_path, f"{MD5}\n")
    file = tmp_path / "store" / "hashsets.sqlite"
    for version in (0, 3):
        with sqlite3.connect(file) as connection:
            connection.execute(f"PRAGMA user_version={version}")
        connection.close()
        with pytest.raises(HashSetError, match="another version"):
            HashSetStore(tmp_path / "store")
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version=2")
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == (1,)


def test_imports_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    paths = []
    for number in range(4):
        path = tmp_path / f"{number}.txt"
        path.write_text("".join(f"{md5((number, row))}\n" for row in range(2_000)) + f"{MD5}\n")
        paths.append(path)

    def run(path: Path) -> int:
        with HashSetStore(tmp_path / "store") as store:
            return store.import_file(path, name="unit").accepted["md5"]

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(run, paths)) == 8_001
    with HashSetStore(tmp_path / "store") as store:
        assert store.sets()[0].counts == {"md5": 8_001}


def test_long_imports_are_stored_in_slices_with_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "_WHOLE_BELOW", 10_000)
    told: list[tuple[str, int, int | None]] = []
    rows = 30_000
    text = "md5,sha1\n" + "".join(f"{(n * 0x9E3779B97F4A7C15) % (1 << 128):032x},{n:040x}\n" for n in range(rows))
    report = _import(tmp_path, text, on_progress=lambda *words: told.append(words))
    assert report.accepted == {"md5": rows, "sha1": rows}
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == ["reading the list, MiB", "storing the list", "indexing the list"]
    storing = [(done, total) for stage, done, total in told if stage == "storing the list"]
    assert [done for done, _ in storing] == sorted({done for done, _ in storing}) and len(storing) == 32
    assert storing[-1] == (2 * rows, 2 * rows)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=400), st.text(max_size=300).map(str.encode)))
def test_any_bytes_give_a_report_or_a_clear_error(tmp_path: Path, content: bytes) -> None:
    try:
        report = _import(tmp_path, content)
    except HashSetError as error:
        assert error.advice
    else:
        assert report.accepted or report.duplicates
