"""`safelight link`: what is printed and written, what is not shown, what is logged, and how wrong calls end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import orjson
import pytest
from tests.case.making import digest, fill_making, made
from tests.case.records import queue
from tests.cli.conftest import Call
from tests.postgresql import Server

from safelight.case.case import Case
from safelight.case.generation import add_generation_runs, making_facts
from safelight.case.verify import verify
from safelight.errors import ExitCode
from safelight.grouping.runs import generation_runs

_PROMPT = "a lighthouse on a rocky coast, oil painting"


def _fill(case: Case, numbers: list[int]) -> None:
    records = [
        made(number, {"generator": "ComfyUI", "model": "terra", "prompt": f"{_PROMPT}, way {number % 2}", "seed": str(number), "loras": ["grain"]})
        for number in numbers
    ]  # fmt: skip
    run_id = fill_making(case, records)
    add_generation_runs(case, run_id, generation_runs(making_facts(case)))
    case.add_queue(run_id, queue(numbers), rules={"source": "test", "text": "", "sha256": ""})


@pytest.fixture
def cases(tmp_path: Path) -> tuple[str, str]:
    """Two cases that share two contents, a model, a LoRA and a prompt."""
    for name, numbers in (("one", [1, 2, 3, 4]), ("two", [3, 4, 50])):
        with Case.create_or_open(tmp_path / name) as case:
            _fill(case, numbers)
    return str(tmp_path / "one"), str(tmp_path / "two")


@pytest.fixture
def key(tmp_path: Path) -> str:
    """A key file."""
    (tmp_path / "key").write_bytes(os.urandom(32))
    return str(tmp_path / "key")


def test_what_cases_share_is_printed_without_prompts(call: Call, cases: tuple[str, str]) -> None:
    ended = call("link", *cases)
    assert (ended.code, ended.err) == (0, "")
    assert "A and B share 2 contents; 1 LoRA; 2 prompts; 1 model" in ended.out
    assert "With fewer than 5 cases counts cannot tell what is rare." in ended.out
    assert "lighthouse" not in ended.out and "(text folded)" in ended.out
    assert call("link", "cases", *cases).out == ended.out


def test_the_record_is_one_line_with_its_schema(call: Call, cases: tuple[str, str]) -> None:
    ended = call("link", "--json", "--no-near", "--limit", "1", *cases)
    record = orjson.loads(ended.out)
    assert record["schema"] == "safelight.link/1" and ended.out.count("\n") == 1
    assert record["left_out"] == {"media": 1, "prompt": 1} and record["near_duplicates"]["pairs"] == []
    assert "lighthouse" not in ended.out


def test_the_graph_is_written_whole_or_not_at_all(call: Call, cases: tuple[str, str], tmp_path: Path) -> None:
    names = [str(tmp_path / f"out/links.{end}") for end in ("json", "graphml", "svg")]
    written = [word for name in names for word in ("-o", name)]
    assert call("link", *cases, *written).code == 0
    first = [Path(name).read_bytes() for name in names]
    assert call("link", *cases, *written).code == 0
    assert [Path(name).read_bytes() for name in names] == first
    assert not any(b"lighthouse" in data for data in first)
    (tmp_path / "out/folder.svg").mkdir()
    ended = call("link", *cases, "-o", str(tmp_path / "out/new.json"), "-o", str(tmp_path / "out/folder.svg"))
    assert ended.code == ExitCode.OUTPUT and not (tmp_path / "out/new.json").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("link", "ONE"), ExitCode.USAGE), (("link", "ONE", "ONE"), ExitCode.CASE), (("link", "ONE", "nowhere"), ExitCode.CASE),
        (("link", "ONE", "TWO", "-o", "links.png"), ExitCode.USAGE), (("link", "runs", "nowhere"), ExitCode.CASE),
        (("link", "compare", "nowhere", "ONE"), ExitCode.SOURCE), (("link", "publish", "ONE"), ExitCode.USAGE),
    ],
)  # fmt: skip
def test_wrong_calls_end_with_their_code(
    call: Call, cases: tuple[str, str], words: tuple[str, ...], code: ExitCode
) -> None:
    ended = call(*({"ONE": cases[0], "TWO": cases[1]}.get(word, word) for word in words))
    assert ended.code == code and ended.out == ""


def test_two_units_learn_what_they_share_and_no_more(
    call: Call, cases: tuple[str, str], key: str, tmp_path: Path
) -> None:
    files = [str(tmp_path / f"{name}.links") for name in ("one", "two")]
    for case, file in zip(cases, files, strict=True):
        ended = call("link", "publish", case, "-o", file, "--key-file", key)
        assert ended.code == 0 and "contents" in ended.out and "can try values" in ended.err
    raw = Path(files[0]).read_bytes()
    for secret in (b"terra", b"grain", b"lighthouse", digest(3).encode(), cases[0].encode()):
        assert secret not in raw
    ended = call("link", "compare", *files, "--json")
    found = {item["kind"]: item["shared"] for item in orjson.loads(ended.out)["kinds"]}
    assert found == {"media": 2, "lora": 1, "prompt": 2, "model": 1}
    assert orjson.loads(ended.out)["traces"] == []
    ended = call("link", "compare", files[0], cases[1], "--key-file", key)
    assert "2 contents shared, of 4 in the file" in ended.out and digest(3)[:12] in ended.out
    assert "LoRA: grain" in ended.out and "lighthouse" not in ended.out
    assert digest(50)[:12] not in ended.out


def test_publishing_is_logged_before_and_covered(call: Call, cases: tuple[str, str], key: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    assert call("link", "publish", cases[0], "-o", str(file), "--key-file", key).code == 0
    with Case.open(Path(cases[0])) as case:
        last = case.last_event()
        assert last is not None and last.action == "links-published"
        details = orjson.loads(last.details)
        import hashlib

        assert details["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
        assert details["digests"]["media"] == 4 and details["key"] == "key file"
        assert not verify(case).breaks
    (tmp_path / "folder").mkdir()
    assert call("link", "publish", cases[0], "-o", str(tmp_path / "folder"), "--key-file", key).code == ExitCode.OUTPUT
    with Case.open(Path(cases[0])) as case:
        assert [event.action for event in case.events()][-2:] == ["links-published", "links-not-written"]


def test_a_wrong_pass_phrase_is_no_answer(call: Call, cases: tuple[str, str], tmp_path: Path) -> None:
    for name, phrase in (("right", "harbour lantern pebble"), ("wrong", "harbour lantern pebbles")):
        (tmp_path / name).write_text(f"{phrase}\n")
    file, like = str(tmp_path / "file"), str(tmp_path / "like")
    right = ("--pass-phrase-file", str(tmp_path / "right"))
    assert call("link", "publish", cases[0], "-o", file, *right).code == 0
    assert "2 contents shared" in call("link", "compare", file, cases[1], *right).out
    ended = call("link", "compare", file, cases[1], "--pass-phrase-file", str(tmp_path / "wrong"))
    assert ended.code == ExitCode.SOURCE and ended.out == "" and "not the one" in ended.err
    assert call("link", "publish", cases[1], "-o", like, *right, "--like", file).code == 0
    assert "2 contents shared" in call("link", "compare", file, like).out


def test_runs_are_listed_and_prompts_only_where_asked_for(call: Call, cases: tuple[str, str]) -> None:
    ended = call("link", "runs", cases[0])
    assert "4 images, one model, one LoRA, one prompt with 2 variants, seeds 1 to 4" in ended.out
    assert "lighthouse" not in ended.out
    shown = call("link", "runs", cases[0], "--templates").out
    assert f"prompt: {_PROMPT}, way {{1}}" in shown and "{1} 2 values: 0 | 1" in shown
    record = orjson.loads(call("link", "runs", cases[0], "--json").out)
    assert record["schema"] == "safelight.run/1" and "template" not in record
    assert "template" in orjson.loads(call("link", "runs", cases[0], "--json", "--templates").out)


def test_a_media_is_told_its_run(call: Call, cases: tuple[str, str]) -> None:
    name = "4 images, one model, one LoRA, one prompt with 2 variants, seeds 1 to 4"
    why = orjson.loads(call("show", cases[0], "--why", digest(2), "--json").out)
    assert why["generation_run"]["name"].startswith(name)
    assert name in " ".join(call("show", cases[0], "--why", digest(2)).out.split())


def test_evidence_is_never_written_to(call: Call, tmp_path: Path, cases: tuple[str, str], key: str) -> None:
    from dataclasses import replace

    from safelight.model import Location

    source = tmp_path / "evidence"
    source.mkdir()
    with Case.create_or_open(tmp_path / "third") as case:
        one = made(7, {"model": "terra"})
        file = replace(one.media_file, location=Location(os.fsencode(source), (b"x.png",)))
        fill_making(case, [replace(one, media_file=file)])
    third = str(tmp_path / "third")
    assert call("link", cases[0], third, "-o", str(source / "x.svg")).code == ExitCode.OUTPUT
    assert call("link", "publish", third, "-o", str(source / "x"), "--key-file", key).code == ExitCode.OUTPUT
    assert list(source.iterdir()) == []


def test_a_case_that_cannot_be_written_is_still_compared(call: Call, cases: tuple[str, str]) -> None:
    for path in Path(cases[0]).iterdir():
        path.chmod(stat.S_IRUSR)
    assert call("link", *cases).code == 0


def test_a_case_on_a_server_is_compared_and_published_without_its_password(
    call: Call, cases: tuple[str, str], key: str, tmp_path: Path, postgresql: Server
) -> None:
    with postgresql.schema() as url:
        with Case.create_or_open(tmp_path / "server", url=url) as case:
            _fill(case, [4, 60])
        name = url.replace("postgresql+psycopg://", "postgresql://")
        ended = call("link", cases[0], name)
        assert ended.code == 0 and "A and B share 1 content;" in ended.out
        assert call("link", "publish", name, "-o", str(tmp_path / "f"), "--key-file", key).code == 0
        assert "1 content shared" in call("link", "compare", str(tmp_path / "f"), cases[0], "--key-file", key).out
        with Case.open(tmp_path / "server", url=url) as case:
            last = case.last_event()
            assert last is not None and last.action == "links-published" and not verify(case).breaks
