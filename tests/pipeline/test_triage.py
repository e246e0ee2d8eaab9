"""The main job as a user runs it: real command, real workers, real case."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.origin.detector.onnx_files import written
from tests.pipeline.conftest import command

from safelight.origin.detector.store import ModelStore
from safelight.review.rules import load_rules

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def _listing(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    found = {}
    for root, _, names in os.walk(os.fsencode(folder)):
        for name in names:
            path = os.path.join(root, name)
            state = os.lstat(path)
            content = b"" if os.path.islink(path) else Path(os.fsdecode(path)).read_bytes()
            found[repr(path)] = (state.st_mtime_ns, state.st_size, content)
    return found


def test_from_a_folder_to_a_ranked_case_and_a_report(seizure: Path, tmp_path: Path, run: Run) -> None:
    for item in json.loads((seizure / "truth.json").read_text("utf-8"))["lists"]:
        words = ["--name", item["name"], "--role", item["role"], "--label", item["label"]]
        kind = ["--kind", item["kind"]] if item["kind"] else []
        done = run("hashset", "import", seizure / item["path"], *words, *kind)
        assert done.returncode == 0, done.stderr
    before = _listing(seizure / "evidence")
    case = tmp_path / "case"
    done = run("triage", seizure / "evidence", "--case", case, "--json")
    assert done.returncode in {0, 3}, done.stderr
    result = json.loads(done.stdout)
    assert result["schema"] == "safelight.triage/1"
    assert _listing(seizure / "evidence") == before
    assert result["files"] >= 60
    assert result["lists"] == 3
    assert result["matches"] > 0
    assert result["groups"] > 0
    assert {Path(path).suffix for path in result["reports"]} == {".html", ".pdf"}
    assert all(Path(path).stat().st_size > 1000 for path in result["reports"])

    with sqlite3.connect(case / "case.sqlite") as connection:
        statement = "SELECT details FROM custody_event WHERE action = 'report-written'"
        (logged,) = connection.execute(statement).fetchone()
    assert json.loads(logged)["sha256"] == {
        Path(path).name: hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in result["reports"]
    }

    queue = [json.loads(line) for line in run("show", case, "--json").stdout.splitlines()]
    assert [item["rank"] for item in queue] == list(range(1, len(queue) + 1))
    assert len(queue) == result["queue"]
    assert all(item["reason"] for item in queue)
    assert queue[0]["matches"], "an item on a known list comes first"
    assert any(item["reason"].startswith("On no known list; ") for item in queue)

    again = json.loads(run("triage", seizure / "evidence", "--case", case, "--json", "--no-report").stdout)
    assert again["files"] == 0
    on_disk = sum(path.is_symlink() or not path.is_dir() for path in (seizure / "evidence").rglob("*"))
    assert again["skipped"] == on_disk, "the members of an archive that is done are not met again"
    assert again["queue"] == result["queue"]
    assert run("verify", case).returncode == 0


def test_every_media_and_every_unreadable_place_is_in_the_queue(seizure: Path, tmp_path: Path, run: Run) -> None:
    case = tmp_path / "case"
    run("triage", seizure / "evidence", "--case", case, "-q", "--no-report")
    queue = [json.loads(line) for line in run("show", case, "--json").stdout.splitlines()]
    reasons = [item["reason"] for item in queue]
    assert any(reason.startswith("No known list was asked; ") for reason in reasons)
    assert not any("On no known list" in reason for reason in reasons), "what was not asked is not said"
    with sqlite3.connect(case / "case.sqlite") as connection:
        (media,) = connection.execute("SELECT count(*) FROM media").fetchone()
        (bare,) = connection.execute("SELECT count(*) FROM media_file WHERE sha256 IS NULL").fetchone()
    assert sum(item["group_size"] for item in queue) == media + bare


def test_an_empty_folder_makes_a_case_that_says_so(tmp_path: Path, run: Run) -> None:
    (tmp_path / "empty").mkdir()
    done = run("triage", tmp_path / "empty", "--case", tmp_path / "case")
    assert done.returncode == 0, done.stderr
    assert "Files taken in:      0" in done.stdout


def test_a_missing_source_is_named_and_makes_no_case(tmp_path: Path, run: Run) -> None:
    done = run("triage", tmp_path / "absent", "--case", tmp_path / "case")
    assert done.returncode == 4
    assert "absent" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "case").exists()


@pytest.mark.parametrize("place", ["source/case", "."])
def test_a_case_is_never_put_into_its_source_nor_a_source_into_a_case(tmp_path: Path, run: Run, place: str) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.txt").write_text("a")
    done = run("triage", tmp_path / "source", "--case", tmp_path / place)
    assert done.returncode == 5, done.stdout + done.stderr
    assert sorted(path.name for path in (tmp_path / "source").iterdir()) == ["a.txt"]


def test_a_damaged_hash_set_name_and_a_wrong_setting_are_refused(tmp_path: Path, run: Run) -> None:
    (tmp_path / "source").mkdir()
    assert run("triage", tmp_path / "source", "--case", tmp_path / "case", "--distance", "65").returncode == 8
    assert run("triage", tmp_path / "source", "--case", tmp_path / "case", "--hashset", "none-such").returncode == 6


def test_ctrl_c_keeps_what_was_done_and_says_how_to_go_on(
    seizure: Path, tmp_path: Path, environment: dict[str, str], run: Run
) -> None:
    words = command("triage", seizure / "evidence", "--case", tmp_path / "case", "--no-report", "--workers", "1")
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    # 0 or 3: the run had ended by itself before the signal came; -SIGINT: the interpreter was on its way out.
    assert process.returncode in {0, 3, 130, -signal.SIGINT}, errors
    assert "Traceback" not in errors
    if process.returncode == 130:
        assert "Interrupted. What was stored is kept; run the same command again to go on." in errors
    last = run("triage", seizure / "evidence", "--case", tmp_path / "case", "-q", "--no-report")
    assert last.returncode in {0, 3}, last.stderr
    assert run("verify", tmp_path / "case").returncode == 0


def test_inspect_prints_one_record_a_file_in_the_order_asked(seizure: Path, tmp_path: Path, run: Run) -> None:
    files = sorted(path for path in (seizure / "evidence").rglob("*.jpg") if not path.is_symlink())[:5]
    absent = tmp_path / "absent.png"
    done = run("inspect", "--json", *files, absent, seizure)
    assert done.returncode == 3
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["path"] for record in records] == [str(path) for path in (*files, absent, seizure)]
    assert all(record["schema"] == "safelight.inspect/1" for record in records)
    assert all(record["error"] is None and len(record["sha256"]) == 64 for record in records[:5])
    assert all(record["error"] and record["sha256"] is None and record["origin"] is None for record in records[5:])


def test_a_folder_without_permission_is_a_finding_not_an_end(
    tmp_path: Path, run: Run, environment: dict[str, str]
) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may read everything; run as an ordinary user to see this")
    closed = tmp_path / "source" / "closed"
    closed.mkdir(parents=True)
    (tmp_path / "source" / "a.txt").write_text("a")
    closed.chmod(0)
    try:
        done = run("triage", tmp_path / "source", "--case", tmp_path / "case", "--json", "--no-report")
    finally:
        closed.chmod(0o700)
    assert done.returncode == 3
    assert json.loads(done.stdout)["unreadable"] == 1


def test_no_list_and_no_file_are_told(tmp_path: Path, run: Run) -> None:
    (tmp_path / "empty").mkdir()
    done = run("triage", tmp_path / "empty", "--case", tmp_path / "case", "--no-report", "-q")
    assert done.returncode == 0
    assert "The sources hold no file: check that the disk is attached where they say\n" in done.stdout
    assert "Matches with lists:  no list was asked\n" in done.stdout


def test_a_source_that_cannot_be_reached_is_not_said_to_be_absent(tmp_path: Path, run: Run) -> None:
    (tmp_path / "file").write_bytes(b"")
    done = run("triage", tmp_path / "file" / "below", "--case", tmp_path / "case")
    assert done.returncode == 4
    assert "cannot be used: Not a directory." in done.stderr
    assert not (tmp_path / "case").exists()


def test_a_model_in_the_slot_orders_what_is_undetermined_by_its_score(
    tmp_path: Path, environment: dict[str, str], run: Run
) -> None:
    pytest.importorskip("onnxruntime")
    folder = tmp_path / "seizure"
    folder.mkdir()
    for name, level in (("a", 200), ("b", 90), ("c", 240), ("d", 30), ("e", 150)):
        noise = np.random.default_rng(level).integers(max(0, level - 20), level + 15, (96, 96, 3), np.uint8)
        Image.fromarray(noise).save(folder / f"{name}.png")
    Image.fromarray(np.random.default_rng(5).integers(0, 255, (40, 40, 3), np.uint8)).save(folder / "small.png")
    environment["SAFELIGHT_MODEL_STORE"] = str(tmp_path / "models")
    store = ModelStore(tmp_path / "models")
    store.add(*written(tmp_path))
    store.use("means")

    def queue(case: Path, *more: object) -> tuple[list[str], list[str]]:
        done = run("triage", folder, "--case", case, "--no-report", *more)
        assert done.returncode in {0, 3}, done.stderr
        lines = [json.loads(line) for line in run("show", case, "--json").stdout.splitlines()]
        return [Path(line["path"]).stem for line in lines], [line["reason"] for line in lines]

    names, reasons = queue(tmp_path / "case")
    assert [name for name in names if name != "small"] == ["d", "b", "e", "a", "c"]
    assert names.index("small") in {2, 3}, "too small for the model: it stands at the middle score"
    assert all("the model means 1" in reason and "no evidence" in reason for reason in reasons)

    rules = tmp_path / "off.toml"
    rules.write_text(load_rules(None).text.replace('within = "score"\n', ""), "utf-8")
    names, reasons = queue(tmp_path / "plain", "--rules", rules)
    assert names == ["a", "b", "c", "d", "e", "small"]
    assert not any("score" in reason for reason in reasons)
