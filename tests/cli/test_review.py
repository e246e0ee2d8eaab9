"""`safelight review`: what it needs, and one session from the command to the log."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.cli.conftest import Call
from tests.databases import Database

from safelight.case.case import Case


def test_without_its_libraries_it_names_the_line_that_installs_them(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("safelight.cli.review.find_spec", lambda _name: None)
    ended = call("review", "case")
    assert ended.code == 8 and "pip install 'safelight[review]'" in ended.err
    assert importlib.util.find_spec("fastapi") is not None


def test_a_case_and_its_settings_are_checked_first(call: Call, tmp_path: Path) -> None:
    assert call("review", "nowhere").code == 5
    assert call("review", "nowhere", "--scheme", "no-such").code == 8
    assert call("review", "nowhere", "--wellness", "no-such").code == 8
    assert call("review", "nowhere", "--votes", "4").code == 2


def test_accounts_are_made_and_needed(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Case.create_or_open(tmp_path / "case"):
        pass
    assert "No one has an account" in call("review", "case", "--team").err
    assert call("review", "nowhere", "--account", "Ada").code == 5
    monkeypatch.setattr("click.prompt", lambda *_words, **_more: "a long enough password")
    assert call("review", "case", "--account", "Ada", "--role", "lead").code == 0
    monkeypatch.setattr("click.prompt", lambda *_words, **_more: "short")
    assert call("review", "case", "--account", "Ben").code == 8
    assert list(json.loads((tmp_path / "case" / "accounts.json").read_bytes())) == ["Ada"]


def test_one_session(database: Database, tmp_path: Path) -> None:
    if database.url is not None:
        pytest.skip("the command opens cases in directories")
    from tests.case.records import fill

    with database.write() as case:
        fill(case)
    directory = Path(shutil.copytree(database.directory, tmp_path / "copy"))
    words = [
        sys.executable,
        "-m",
        "safelight",
        "review",
        str(directory),
        "--no-browser",
        "--name",
        "Ada",
        "--scheme",
        "inhope",
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAFELIGHT_")}
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=kept) as process:
        assert process.stdout is not None and process.stderr is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), process.stderr.read()
        with httpx.Client(follow_redirects=True) as client:
            assert "Reviewing as <strong>Ada</strong>" in client.get(url).text
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "") and "Traceback" not in err
    with Case.open(directory) as case:
        assert [(event.actor, event.action) for event in case.events()][-2:] == [
            ("Ada", "review-begun"),
            ("Ada", "review-ended"),
        ]
