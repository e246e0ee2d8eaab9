"""`safelight export`: what went out on stdout, what was left out on stderr, and the seal of its manifest."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from tests.case.records import begin, decision, digest, matches, record
from tests.cli.conftest import Call

from safelight.case.case import Case
from safelight.errors import ExitCode


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Five contents; three of them decided, and three on a list."""
    with Case.create_or_open(tmp_path / "case", actor="Ada") as made:
        run = begin(made)
        made.record(run, [record(number) for number in range(5)])
        made.add_matches(run, matches(range(3)), state={"sets": []})
        made.decide([decision(number, scheme="vics-us", category="1") for number in range(3)])
    return tmp_path / "case"


def test_what_was_left_out_is_printed_with_its_reason_and_undecided_items_are_asked_for(
    call: Call, case: Path, tmp_path: Path
) -> None:
    strict = call("export", case, "--format", "vics-2.0", "-o", tmp_path / "x.json")
    assert strict.code == ExitCode.DONE
    assert strict.out.split() == [str(tmp_path / "x.generated.json"), str(tmp_path / "x.json.manifest.json")]
    assert strict.err.splitlines()[-1] == "Left out: 2 (nobody has decided it)"
    lax = call("export", case, "--format", "vics-2.0", "-o", tmp_path / "x.json", "--undecided")
    assert lax.code == ExitCode.DONE and "nobody has decided" not in lax.err
    none = call("export", case, "--format", "vics-2.0", "-o", tmp_path / "y.json", "--origin", "captured")
    assert none.code == ExitCode.OUTPUT and "3: it is generated, which was not asked for" in none.err
    assert not list(tmp_path.glob("y*"))
    assert call("export", case, "--format", "csv", "-o", tmp_path / "x.csv").err == "", (
        "no submission: nothing is held back"
    )


@pytest.mark.parametrize("name", ["hashset", "stix-2.1", "misp"])
def test_a_hash_that_a_list_has_withdrawn_is_not_given_out_again(
    call: Call, case: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "list.txt").write_text("".join(f"{digest(number)}\n" for number in range(3)))
    imported = call("hashset", "import", tmp_path / "list.txt", "--name", "harbours", "--kind", "sha256", "-q")
    assert imported.code == ExitCode.DONE
    assert call("hashset", "withdraw", "harbours", digest(1)).code == ExitCode.DONE
    done = call("export", case, "--format", name, "-o", tmp_path / "x")
    assert done.code == ExitCode.DONE
    assert "Left out: 1 (its own hash was withdrawn from a list)" in done.err.splitlines()
    text = "".join(path.read_text() for path in tmp_path.glob("x.generated*"))
    assert digest(0) in text and digest(1) not in text and digest(2) in text


def test_a_manifest_is_sealed_with_a_key_of_the_unit_and_checked_with_it(
    call: Call, case: Path, tmp_path: Path
) -> None:
    for name in ("Ada", "Grace"):
        assert call("custody", "--keys", tmp_path / "keys", "key", name, "--unprotected").code == ExitCode.DONE
    words = ("--format", "jsonl", "-o", tmp_path / "x.jsonl", "--key", "Ada", "--keys", tmp_path / "keys")
    assert call("export", case, *words).code == ExitCode.DONE
    whole = call("verify", tmp_path / "x.jsonl", "--key", tmp_path / "keys" / "Ada.pub.pem", "--json")
    assert whole.code == ExitCode.DONE and orjson.loads(whole.out)["sealed_by"]["name"] == "Ada"
    other = call("verify", tmp_path / "x.jsonl", "--key", tmp_path / "keys" / "Grace.pub.pem")
    assert other.code == ExitCode.CUSTODY_BROKEN
    (tmp_path / "x.jsonl").write_bytes((tmp_path / "x.jsonl").read_bytes().replace(b"lighthouse", b"lightship!"))
    changed = call("verify", tmp_path / "x.jsonl")
    assert changed.code == ExitCode.CUSTODY_BROKEN and "its content is not what was written" in changed.out
    assert call("verify", case).code == ExitCode.DONE, "the export is in the log, and the case is whole"


def test_words_that_are_none_are_refused_before_anything_is_written(call: Call, case: Path, tmp_path: Path) -> None:
    for words in (("--origin", "drawn"), ("--variant", "FR"), ("--locale", "xx")):
        assert call("export", case, "--format", "vics-2.0", "-o", tmp_path / "x.json", *words).code == ExitCode.USAGE
    assert call("export", case, "--format", "jsonl", "-o", tmp_path / "x", "--key", "none").code == ExitCode.KEY
    assert not list(tmp_path.glob("x*"))


def test_a_report_prints_what_was_stated_and_the_annex_that_was_asked_for(
    call: Call, case: Path, tmp_path: Path
) -> None:
    words = (
        "--question",
        "Which were <decided>?",
        "--unit",
        "Unit 5",
        "--examiner",
        "Ada E.",
        "--locale",
        "da",
        "--annex",
    )
    pages = {}
    for annex in ("noted", "all", "none"):
        output = tmp_path / f"{annex}.html"
        assert call("export", case, "--format", "report", "-o", output, *words, annex).code == ExitCode.DONE
        pages[annex] = output.read_text("utf-8")
    assert all(
        "Which were &lt;decided&gt;?" in page and "Unit 5" in page and "Ada E." in page for page in pages.values()
    )
    assert [pages[annex].count("SHA-1</dt>") for annex in ("noted", "all", "none")] == [5, 5, 0]
    assert digest(0) in pages["noted"] and '<html lang="da">' in pages["noted"]
    # Nobody stated these: the log-in name of whoever runs the command is no examiner.
    bare = tmp_path / "bare.html"
    assert call("export", case, "--format", "report", "-o", bare).code == ExitCode.DONE
    assert bare.read_text("utf-8").count("not stated") == 2
