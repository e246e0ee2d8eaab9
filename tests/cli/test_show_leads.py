"""`safelight show --leads`: what media share, prompts folded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import PngImagePlugin
from tests.cli.conftest import PARAMETERS, Call, drawn


@pytest.fixture
def case(call: Call, tmp_path: Path) -> Path:
    """A case of three generated pictures, two of one model, and one that carries nothing."""
    folder = tmp_path / "evidence"
    folder.mkdir()
    for number, text in enumerate(
        (PARAMETERS, PARAMETERS.replace("hills at", "trees at"), PARAMETERS.replace("hills_v1", "fog_v2"))
    ):
        info = PngImagePlugin.PngInfo()
        info.add_text("parameters", text)
        drawn((96, 64), seed=number).save(folder / f"made{number}.png", pnginfo=info)
    drawn((96, 64), seed=9).save(folder / "plain.png")
    assert call("triage", folder, "--case", "case", "--no-hashsets", "--workers", "1").code == 0
    return tmp_path / "case"


def test_most_shared_first_with_who_holds_them_and_prompts_folded(call: Call, case: Path) -> None:
    done = call("show", case, "--leads")
    assert (done.code, done.err) == (0, "")
    lines = [line.split(None, 3) for line in done.out.splitlines() if " media  " in line]
    assert [(words[0], words[2], words[3]) for words in lines if words[2] in {"model", "seed", "model-hash"}] == [
        ("3", "model-hash", "abcdef1234"), ("3", "seed", "18446744073709551615"), ("2", "model", "hills_v1"),
    ]  # fmt: skip
    assert "made0.png  (a1111, " in done.out
    assert "dusk" not in done.out and "fog" not in done.out.replace("fog_v2", "")
    assert "(folded, 13 characters; --prompts shows it)" in done.out
    shown = call("show", case, "--leads", "--prompts", "--kind", "prompt").out
    assert "2 media  prompt          hills at dusk" in shown and "1 media  prompt          trees at dusk" in shown


def test_search_finds_prompts_without_showing_them(call: Call, case: Path) -> None:
    records = [
        json.loads(line)
        for line in call("show", case, "--leads", "--find", "TREES", "--json", "--holders").out.splitlines()
    ]
    assert [record["schema"] for record in records] == ["safelight.lead/1", "safelight.lead-holder/1"]
    assert (records[0]["kind"], records[0]["value"], records[0]["folded"], records[0]["media"]) == (
        "prompt",
        None,
        True,
        1,
    )
    assert records[1]["path"] == "made1.png" and records[1]["value"] is None and len(records[1]["sha256"]) == 64
    (record, _) = map(
        json.loads,
        call("show", case, "--leads", "--find", "trees", "--json", "--holders", "--prompts").out.splitlines(),
    )
    assert record["value"] == "trees at dusk"
    nothing = call("show", case, "--leads", "--find", "harbour")
    assert "No such value is held by any media." in nothing.out


def test_the_limit_and_wrong_words(call: Call, case: Path) -> None:
    done = call("show", case, "--leads", "--limit", "1", "--json")
    assert len(done.out.splitlines()) == 1 and "--limit N" in done.err
    for words in (("--leads", "--why", "1"), ("--kind", "model"), ("--prompts",), ("--leads", "--kind", "nothing")):
        assert call("show", case, *words).code == 2


def test_the_report_names_shared_leads_and_no_prompt(call: Call, case: Path) -> None:
    report = (case / "report.html").read_text()
    assert "Leads that contents share" in report and "Hash of a model" in report and "hills_v1" in report
    assert "dusk" not in report and "fog_v2" not in report
