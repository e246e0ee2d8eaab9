"""`safelight show`, called as a user calls it."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.case.records import begin, digest, examination, group, link, matches, opinion, place, record, unreadable
from tests.cli.conftest import Call

from safelight.case.case import Case
from safelight.cli.show_text import size_text
from safelight.errors import ExitCode
from safelight.model import Finding, Supports
from safelight.review.queue import build_queue
from safelight.review.rules import load_rules

HOSTILE = "\x1b[2J\x1b]0;title\x07 \u202egnp.exe\u202c line\nbreak \r\b \x9b1m \ue000 \U000e0041"
PROMPT = "a red barn under a very large sky " * 3


def _fill(directory: Path) -> None:
    hostile = Finding(
        reader="a1111" + HOSTILE, version="1" + HOSTILE, what=HOSTILE, where=HOSTILE, could_be_faked_by=HOSTILE, does_not_show=HOSTILE,
        supports=Supports.GENERATED,
        details={HOSTILE: HOSTILE, "prompt": PROMPT, "negative_prompt": PROMPT, "long": "x" * 500, "n": [1, {"a": HOSTILE}]},
    )  # fmt: skip
    said = replace(
        opinion(2), generator=HOSTILE, model=HOSTILE, seed=HOSTILE, captured_with=HOSTILE, prompt=PROMPT, conflicts=(HOSTILE,), limits=(HOSTILE,)
    )  # fmt: skip
    name = HOSTILE.encode() + b"\xff.png"
    with Case.create_or_open(directory) as case:
        run_id = begin(case)
        case.record(
            run_id,
            [
                record(1),
                record(2, media_file=place(2, name=name), examination=replace(examination(2), findings=(hostile,)), opinion=said),
                record(3), record(4), unreadable(5, HOSTILE), link(6), record(1, media_file=place(7)),
            ],
        )  # fmt: skip
        case.add_matches(
            run_id,
            [replace(match, hashset=HOSTILE, label=HOSTILE, bank=HOSTILE) for match in matches([3, 2])],
            state={},
        )
        case.add_groups(run_id, [group([4, 3])], distance_bits=31)
        build_queue(case, run_id, load_rules(None))
        case.end_run(run_id, outcome="done", counts={})


@pytest.fixture
def case(tmp_path: Path) -> Path:
    _fill(tmp_path / "case")
    return tmp_path / "case"


def safe(text: str) -> bool:
    return all(line.isprintable() for line in text.split("\n"))


def test_the_queue_in_order_with_reasons(call: Call, case: Path) -> None:
    done = call("show", case)
    assert (done.code, done.err) == (ExitCode.DONE, "")
    assert safe(done.out)
    ranks = [line.split()[0] for line in done.out.splitlines() if line[:8].strip().isdecimal()]
    assert ranks == ["1", "2", "3", "4", "5"]
    for part in (
        "5 lines, standing for 6 media and places; made by run 1", "default rules of Safelight", "folder/000004.png", "stands for 2",
        digest(1)[:16], "image/png; 64 x 48 px; 1.0 kB; generated, strong support; in 2 places", "no digest", "findings conflict",
        "Could not be opened or read", "listed, and not followed",
    ):  # fmt: skip
        assert part in " ".join(done.out.split()), part
    assert PROMPT.strip() not in done.out


def test_one_json_object_a_line_with_what_a_tool_needs(call: Call, case: Path) -> None:
    done = call("show", case, "--json")
    assert (done.code, done.err) == (ExitCode.DONE, "")
    lines: list[dict[str, Any]] = [json.loads(line) for line in done.out.splitlines()]
    assert [line["rank"] for line in lines] == [1, 2, 3, 4, 5]
    names = set(lines[0])
    assert all(line["schema"] == "safelight.queue/1" and set(line) == names for line in lines)
    assert sum(line["group_size"] for line in lines) == 6
    by_hash = {line["sha256"]: line for line in lines}
    grouped = by_hash[digest(4)]
    assert [member["sha256"] for member in grouped["group"]["members"]] == [digest(4), digest(3)]
    assert [member["path"] for member in grouped["group"]["members"]] == ["folder/000004.png", "folder/000003.png"]
    assert [match["sha256"] for match in grouped["matches"]] == [digest(3)], (
        "the match of a member is the match of the line"
    )
    assert grouped["placed_by"] == digest(3) and grouped["rule"] == "known-exact"
    assert by_hash[digest(1)]["locations"] == 2
    assert by_hash[digest(2)]["origin"]["prompt"] == PROMPT
    bare = [line for line in lines if line["sha256"] is None]
    assert {(line["kind"], len(line["location_key"]), line["origin"]) for line in bare} == {("place", 32, None)}


def test_the_first_lines_only(call: Call, case: Path) -> None:
    every = call("show", case, "--json").out.splitlines()
    done = call("show", case, "--json", "--limit", "2")
    assert done.out.splitlines() == every[:2]
    assert "3 more lines" in done.err
    assert call("show", case, "--json", "--limit", "5").err == ""
    assert call("show", case, "--limit", "0").code == ExitCode.USAGE


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--why", "1"],
        ["--why", digest(2)],
        ["--why", "4"],
        ["--why", "5"],
        ["--json"],
        ["--json", "--why", digest(2)],
    ],
)
def test_hostile_names_and_findings_never_reach_the_terminal(call: Call, case: Path, words: list[str]) -> None:
    done = call("show", case, *words)
    assert done.code == ExitCode.DONE
    if "--json" in words:
        # JSON keeps the exact text, in escapes.
        assert "\x1b" not in done.out and "\n" not in done.out.replace("\n{", "{")[:-1]
    else:
        assert safe(done.out + done.err)


def test_everything_about_one_media(call: Call, case: Path) -> None:
    done = call("show", case, "--why", digest(2)[:10])
    assert (done.code, done.err) == (ExitCode.DONE, "")
    for part in (
        digest(2), examination(2).sha1, examination(2).md5, "Places (1)", "modified 2023-11-14 22:13:20 UTC", "Place in the queue",
        "rank", "known-exact (place 100, asks for match: known; how: sha256 or sha1 or md5)", "On lists", "Origin", "conflict", "limit",
        "Findings (1)", "could be faked by:", "does not show:", "where:", "Supports generated", "prompt: recorded, 102 characters",
        "negative_prompt: recorded, 102 characters", "long: recorded, 500 characters", "n: [1,", "Readers (3)", "c2pa 1: nothing-found",
    ):  # fmt: skip
        assert part in done.out, part
    assert "a red barn" not in done.out, "prompts are folded away"
    record_of = json.loads(call("show", case, "--json", "--why", digest(2)[:10]).out)
    assert record_of["findings"][0]["details"]["prompt"] == PROMPT
    assert record_of["findings"][0]["what"] == HOSTILE


def test_the_group_of_a_media_with_distances(call: Call, case: Path) -> None:
    done = call("show", case, "--why", digest(3))
    assert "Near-duplicates (2, each within 31 bits of the first)" in done.out
    assert f"{digest(4)}  0 bits\n  {digest(3)}  3 bits" in done.out
    assert f"placed by {digest(3)}" in " ".join(done.out.split())


def test_a_place_that_could_not_be_read(call: Call, case: Path) -> None:
    rank = next(
        line["rank"]
        for line in map(json.loads, call("show", case, "--json").out.splitlines())
        if line["rule"] == "not-read"
    )
    done = call("show", case, "--why", rank)
    assert "no digest: it could not be read" in done.out
    assert "(could-not-look)" in done.out and "on the place: folder/000005.png" in done.out


def test_wrong_and_unknown_names(call: Call, case: Path) -> None:
    for asked in ("abc", "1234567a9z", "", "f" * 65, "%", "-1"):
        assert call("show", case, "--why", asked).code == ExitCode.USAGE, asked
    unknown = call("show", case, "--why", "0123456789abcdef")
    assert unknown.code == ExitCode.CASE and "holds no media" in unknown.err and "Next:" in unknown.err
    assert call("show", case, "--why", "99").code == ExitCode.CASE
    assert call("show", case, "--why", "1", "--limit", "1").code == ExitCode.USAGE


def test_no_case_no_queue_and_a_queue_that_is_behind(call: Call, tmp_path: Path, case: Path) -> None:
    absent = call("show", tmp_path / "absent")
    assert absent.code == ExitCode.CASE and "is not a case" in absent.err
    Case.create_or_open(tmp_path / "new").close()
    empty = call("show", tmp_path / "new")
    assert empty.code == ExitCode.CASE and "no queue yet" in empty.err
    with Case.create_or_open(case) as open_case:
        open_case.record(begin(open_case), [record(30), unreadable(31)])
        done = call("show", case, "--json")
    assert done.code == ExitCode.DONE and len(done.out.splitlines()) == 5
    assert "2 media or places were taken in after this queue was made" in done.err


def test_an_empty_case_has_an_empty_queue(call: Call, tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        build_queue(case, begin(case), load_rules(None))
    done = call("show", tmp_path / "case")
    assert done.code == ExitCode.DONE and "0 lines" in done.out
    assert call("show", tmp_path / "case", "--json").out == ""


def _on_terminal(columns: int, *words: object) -> str:
    """What the real command writes to a terminal of this width."""
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
    command = [sys.executable, "-m", "safelight", "show", *(str(word) for word in words)]
    with subprocess.Popen(
        command, stdin=child, stdout=child, stderr=child, env={**environment, "TERM": "xterm"}
    ) as process:
        os.close(child)
        shown = b""
        while True:
            try:
                piece = os.read(parent, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        process.wait()
    os.close(parent)
    return shown.decode()


@pytest.mark.parametrize("columns", [20, 60, 250])
def test_sentences_fit_the_terminal_and_only_our_own_escapes_reach_it(case: Path, columns: int) -> None:
    shown = _on_terminal(columns, case)
    assert "\x1b[1m" in shown, "paths are bold on a terminal"
    plain = shown.replace("\x1b[1m", "").replace("\x1b[0m", "").replace("\r\n", "\n")
    assert safe(plain)
    reasons = [line for line in plain.splitlines() if line.startswith("        ")]
    limit = min(max(columns, 40), 120)
    assert all(len(line) <= limit or " " not in line.strip() for line in reasons)
    assert max(map(len, reasons)) > limit * 0.5


def test_a_reader_that_goes_away_is_no_error(case: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m safelight show {case} | head -1", shell=True, capture_output=True, text=True, check=False
    )
    assert done.stderr == "" and done.stdout.count("\n") == 1


def test_a_terminal_that_knows_only_ascii_gets_escapes(tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        run_id = begin(case)
        case.record(run_id, [record(1, media_file=place(1, name="caf\u00e9.png".encode()))])
        build_queue(case, run_id, load_rules(None))
    done = subprocess.run(
        [sys.executable, "-m", "safelight", "show", tmp_path / "case"], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == 0 and "caf\\xe9.png" in done.stdout, done.stderr


@given(st.integers(0, 1 << 63))
def test_sizes_in_words(size_bytes: int) -> None:
    text = size_text(size_bytes)
    number, unit = text.split()
    scale = {"bytes": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}[unit]
    assert abs(float(number) * scale - size_bytes) <= 0.051 * scale
    assert float(number) < 1000 or unit == "TB"


def test_why_tells_no_list_from_no_match(call: Call, pictures: Path, tmp_path: Path) -> None:
    case = tmp_path / "unasked"
    assert call("triage", pictures / "plain.jpg", "--case", case, "--no-report", "-q").code == 0
    shown = call("show", case, "--why", "1").out
    assert "No list was asked." in shown and "No match" not in shown
    (tmp_path / "other.txt").write_text("0a" * 16)
    call("hashset", "import", "other.txt", "--name", "other")
    assert call("triage", pictures / "plain.jpg", "--case", case, "--no-report", "-q").code == 0
    assert "No match with the lists that were asked." in call("show", case, "--why", "1").out
