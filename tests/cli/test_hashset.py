"""`safelight hashset`: the unit's own lists from the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Call
from tests.hashsets.lists import MD5, PDQ, SHA1, md5, vics

from safelight.hashsets import HashSetStore, index


def test_import_list_withdraw_remove(call: Call, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(f"md5,sha1,label\n{MD5},{SHA1},A\n{md5(1)},short,\n")
    done = call("hashset", "import", "list.csv", "--name", "unit", "--bank", "hills")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "unit: 2 md5, 1 sha1 imported from list.csv (read as CSV with a header)",
        "  1 state no label: the list does not say what they are",
        "  1 not imported: the sha1 is not 40 hex digits (row 3)",
    ]
    again = call("hashset", "import", "list.csv", "--name", "unit", "--bank", "hills", "--json")
    record = json.loads(again.out)
    assert record["schema"] == "safelight.hashset-import/1"
    assert (record["accepted"], record["duplicates"], record["repeated"]) == ({}, 3, True)

    assert call("hashset", "withdraw", "unit", MD5.upper()).out == "Withdrawn from unit: 1 entry.\n"
    assert call("hashset", "withdraw", "unit", MD5).out == "Withdrawn from unit: 0 entries.\n"
    (tmp_path / "files.txt").write_text(f"{md5(2)}\n")
    assert call("hashset", "import", "files.txt", "--name", "files", "--role", "irrelevant").code == 0
    lines = call("hashset", "list").out.splitlines()
    assert [line.split() for line in lines] == [
        ["files", "irrelevant", "1", "md5"],
        ["unit", "known", "1", "md5,", "1", "sha1,", "1", "withdrawn"],
    ]
    listed = [json.loads(line) for line in call("hashset", "list", "--json").out.splitlines()]
    assert [(item["schema"], item["name"], item["role"]) for item in listed] == [
        ("safelight.hashset/1", "files", "irrelevant"),
        ("safelight.hashset/1", "unit", "known"),
    ]
    removed = call("hashset", "remove", "unit").out
    assert "Removed unit" in removed and "1 entries that were withdrawn are forgotten" in removed
    assert [line.split()[0] for line in call("hashset", "list").out.splitlines()] == ["files"]


def test_to_disagree_is_kept_and_changes_no_match(call: Call, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(f"{MD5}\n{SHA1}\n")
    call("hashset", "import", "list.txt", "--name", "unit")
    assert call("hashset", "feedback").out == "Nothing was said about any hash.\n"
    said = call("hashset", "disagree", "unit", MD5.upper(), "--reason", "a sand\ndune", "--by", "A. B.")
    assert (said.code, said.out) == (0, "Kept for the list unit. The hash goes on matching.\n")
    assert call("hashset", "disagree", "unit", SHA1, "--reason", "seen", "--agree").code == 0
    assert call("hashset", "disagree", "unit", "00" * 16, "--reason", "x").code != 0
    assert call("hashset", "disagree", "unit", MD5).code != 0, "without a reason"
    first, second = (json.loads(line) for line in call("hashset", "feedback", "--json").out.splitlines())
    assert (first["schema"], first["hashset"], first["how"], first["hash"]) == (
        "safelight.hashset-feedback/1",
        "unit",
        "md5",
        MD5,
    )
    assert (first["opinion"], first["reason"], first["by"]) == ("disagree", "a sand\\x0adune", "A. B.")
    assert (second["opinion"], second["how"]) == ("agree", "sha1")
    assert "disagree: a sand\\x0adune (A. B.)" in call("hashset", "feedback").out
    with HashSetStore(Path(os.environ["SAFELIGHT_HASHSET_STORE"])) as store:
        assert len(store.matcher(None, 31).match([("0" * 64, SHA1, MD5, None)])) == 2
    call("hashset", "remove", "unit")
    assert call("hashset", "feedback", "--json").out == ""


def test_damaged_index_files_are_found_and_made_again(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "LATE_ROWS", 5)
    (tmp_path / "list.txt").write_text("".join(f"{md5(number)}\n" for number in range(9)))
    call("hashset", "import", "list.txt", "--name", "unit")
    assert call("hashset", "check").out == "unit                     md5     9 entries: whole\n"
    (path,) = (Path(os.environ["SAFELIGHT_HASHSET_STORE"]) / "index").glob("*.md5")
    whole = path.read_bytes()
    path.write_bytes(whole[:4100] + bytes([whole[4100] ^ 1]) + whole[4101:])
    checked = call("hashset", "check", "--json")
    assert checked.code == 3
    assert json.loads(checked.out)["damage"] == "its part keys is damaged"
    assert call("hashset", "check").code == 0
    assert path.read_bytes() == whole
    call("hashset", "remove", "unit")
    assert call("hashset", "check").out == "No list is long enough to have index files.\n"


def test_reading_commands_make_no_store(call: Call) -> None:
    store = Path(os.environ["SAFELIGHT_HASHSET_STORE"])
    listed = call("hashset", "list")
    assert listed.code == 0 and "holds no list" in listed.out
    assert call("hashset", "list", "--json").out == ""
    for words in (("remove", "unit"), ("withdraw", "unit", MD5)):
        ended = call("hashset", *words)
        assert ended.code == 6 and "no hash set store" in ended.err and "Next:" in ended.err
    assert not store.exists()


def test_errors_say_what_was_kept_and_what_to_do(call: Call, tmp_path: Path) -> None:
    (tmp_path / "ambiguous.txt").write_text(f"{PDQ}\n")
    (tmp_path / "bad.txt").write_text("nothing here\n")
    for words, said in (
        (("import", "absent", "--name", "unit"), "No such file"),
        (("import", ".", "--name", "unit"), "not a file"),
        (("import", "ambiguous.txt", "--name", "unit"), "--kind pdq"),
        (("import", "bad.txt", "--name", "unit"), "not a hash of a known length"),
        (("import", "bad.txt", "--name", " "), "empty"),
        (("withdraw", "unit", MD5), "no list named 'unit'"),
        (("remove", "unit"), "no list named 'unit'"),
        (("withdraw", "unit", "xyz"), "not a hash in hex"),
    ):
        ended = call("hashset", *words)
        assert (ended.code, ended.out) == (6, ""), words
        assert said in ended.err and ended.err.startswith("Error: ") and "Next:" in ended.err
    assert call("hashset", "import", "ambiguous.txt", "--name", "unit", "--kind", "pdq").code == 0
    ended = call("hashset", "import", "ambiguous.txt", "--name", "unit", "--kind", "pdq", "--role", "irrelevant")
    assert ended.code == 6 and "role known" in ended.err
    assert call("hashset", "import", "ambiguous.txt").code == 2
    assert call("hashset", "import", "ambiguous.txt", "--name", "x", "--kind", "crc32").code == 2


def test_the_store_can_be_named(call: Call, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(MD5)
    assert call("hashset", "--store", "here", "import", "list.txt", "--name", "unit").code == 0
    assert HashSetStore.is_in(tmp_path / "here")
    assert "unit" in call("hashset", "--store", "here", "list").out
    assert "holds no list" in call("hashset", "list").out
    (tmp_path / "file").write_text("x")
    assert call("hashset", "--store", "file/below", "import", "list.txt", "--name", "unit").code == 6


def test_names_of_any_bytes(call: Call, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/-l\xff\n.txt"
    with open(path, "w") as stream:
        stream.write(MD5)
    name = os.fsdecode(b"-l\xff\n.txt")
    done = call("hashset", "import", "--name", os.fsdecode(b"un\xffit\n"), "--", name)
    assert done.out.splitlines()[0] == "un\\xffit: 1 md5 imported from -l\\xff\\x0a.txt (read as plain text)"
    assert json.loads(call("hashset", "list", "--json").out)["name"] == "un\\xffit"
    assert call("hashset", "withdraw", os.fsdecode(b"un\xffit"), MD5).code == 0
    assert call("hashset", "remove", "un\\xffit").code == 0


def test_progress_of_a_long_import_goes_to_stderr(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is set forward between two steps, so that the import is long without taking long."""
    from safelight.cli import progress

    now = [0.0]

    def clock() -> float:
        now[0] += 6.0
        return now[0]

    monkeypatch.setattr(
        progress.ProgressLine.__init__, "__kwdefaults__", {"stream": None, "clock": clock, "quiet": False}
    )
    (tmp_path / "vics.json").write_text(
        vics([{"MD5": md5(number), "Tags": "x" * 900} for number in range(3_500)], "set")
    )
    done = call("hashset", "import", "vics.json", "--name", "unit")
    assert done.out.startswith("unit: 3,500 md5 imported")
    lines = done.err.splitlines()
    assert any(line.startswith("reading the list, MiB: 2 of 3, ") and "left" in line for line in lines), lines
    assert any(line.startswith("storing the list: 3,500 of 3,500") for line in lines), lines
    assert call("hashset", "import", "vics.json", "--name", "unit", "-q").err == ""


def test_ctrl_c_during_an_import_leaves_no_half_list(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.hashsets import staging

    def interrupted(*args: Any) -> None:
        raise KeyboardInterrupt

    (tmp_path / "list.txt").write_text(MD5)
    monkeypatch.setattr(staging.Staging, "move", interrupted)
    ended = call("hashset", "import", "list.txt", "--name", "unit")
    assert ended.code == 130 and ended.out == ""
    assert "holds no list" in call("hashset", "list").out


def test_importing_the_command_imports_no_heavy_module() -> None:
    code = "import sys; import safelight.cli.hashset; print(sorted({'numpy', 'sqlalchemy', 'ijson', 'PIL'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
