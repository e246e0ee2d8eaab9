"""`safelight inspect`: the records that other tools rely on."""

from __future__ import annotations

import hashlib
import json
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Call, Ended, drawn

STRENGTHS = {"none", "weak", "moderate", "moderately strong", "strong", "very strong", "extremely strong"}
OPINIONS = {"generated", "ai-edited", "edited", "captured", "undetermined"}
BASES = {"signed", "declared", "watermark", "trace", "statistical"}
OUTCOMES = {"found", "nothing-found", "could-not-look", "did-not-run"}
TEXT_OR_NULL = ("generator", "generator_version", "model", "seed", "prompt", "captured_with")

# The keys that the design promises to other tools, then those that this version adds.
PROMISED = {
    "schema", "path", "sha256", "sha1", "md5", "size_bytes", "media_type", "width_px", "height_px", "pdq", "matches", "origin",
    "findings", "error",
}  # fmt: skip
ADDED = {"pdq_nearest512", "pdq_oriented", "pdq_dihedral", "hashsets", "matches_left_out", "readers"}


def records(ended: Ended) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ended.out.splitlines()]


def check_schema(record: dict[str, Any]) -> None:
    """Every key is there and of its type, as the design's last section has it."""
    assert set(record) == PROMISED | ADDED
    assert record["schema"] == "safelight.inspect/1" and isinstance(record["path"], str)
    if record["error"] is not None:
        assert isinstance(record["error"], str) and record["error"].endswith(".")
        assert {key for key, value in record.items() if value is not None} == {"schema", "path", "error"}
        return
    for name, digits in (("sha256", 64), ("sha1", 40), ("md5", 32)):
        assert record[name] == record[name].lower() and len(bytes.fromhex(record[name])) * 2 == digits
    assert isinstance(record["size_bytes"], int) and "/" in record["media_type"]
    for name in ("width_px", "height_px"):
        assert record[name] is None or record[name] > 0
    for name in ("pdq", "pdq_nearest512", "pdq_oriented"):
        if record[name] is not None:
            assert set(record[name]) == {"hash", "quality"}
            assert len(bytes.fromhex(record[name]["hash"])) == 32 and 0 <= record[name]["quality"] <= 100
    for match in record["matches"]:
        assert set(match) == {"hashset", "bank", "role", "how", "distance", "label", "entry", "variant"}
        assert match["how"] in {"md5", "sha1", "sha256", "pdq"} and isinstance(match["distance"], int)
    check_origin(record["origin"])
    for finding in record["findings"]:
        check_finding(finding)
    for run in record["readers"]:
        assert set(run) == {"reader", "version", "outcome"} and run["outcome"] in OUTCOMES


def check_origin(origin: dict[str, Any]) -> None:
    assert set(origin) == {"opinion", "log10_lr", "strength", "basis", "conflicts", "limits", *TEXT_OR_NULL}
    assert origin["opinion"] in OPINIONS and origin["strength"] in STRENGTHS and set(origin["basis"]) <= BASES
    assert isinstance(origin["log10_lr"], float)
    assert all(origin[name] is None or isinstance(origin[name], str) for name in TEXT_OR_NULL)
    assert all(isinstance(text, str) and text for text in (*origin["conflicts"], *origin["limits"]))


def check_finding(finding: dict[str, Any]) -> None:
    assert {
        "reader", "version", "supports", "basis", "what", "where", "strength", "could_be_faked_by", "details",
    } | {"outcome", "does_not_show"} == set(finding)  # fmt: skip
    assert finding["supports"] in (OPINIONS - {"undetermined"}) | {"nothing"}
    assert finding["basis"] is None or finding["basis"] in BASES
    assert finding["strength"] in STRENGTHS and finding["outcome"] in OUTCOMES - {"nothing-found"}
    assert finding["what"] and isinstance(finding["details"], dict)


def test_the_schema_of_every_kind_of_argument_in_the_order_asked(call: Call, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "link").symlink_to("nowhere")
    (tmp_path / "bare").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pictures/plain.jpg")
    (tmp_path / "to-folder").symlink_to("full")
    (tmp_path / "dangling").symlink_to("absent")
    (tmp_path / "loop").symlink_to("loop")
    drawn((300, 200)).save(tmp_path / "-dash.png")
    drawn((301, 200)).save(tmp_path / "line\nbreak.png")
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/n\xe9\xff.png")
    drawn((302, 200)).save(strange)
    absent = os.fsdecode(b"gone\xff\n")
    asked = [
        "pictures/generated.png", "a.txt", "absent", "empty", "full", "bare", "pipe", "link", "to-folder", "dangling", "loop", "/dev/null",
        "pictures/plain.jpg/below", "", "-dash.png", "line\nbreak.png", Path(strange).name, absent, pictures / "plain.jpg",
        "pictures/generated.png",
    ]  # fmt: skip
    ended = call("inspect", "--json", "--workers", "2", "--", *asked)
    found = records(ended)
    for record in found:
        check_schema(record)
    assert [record["path"] for record in found] == [
        *(str(path) if path else "." for path in asked[:15]), "line\\x0abreak.png", "n\\xe9\\xff.png", "gone\\xff\\x0a",
        str(asked[18]), "pictures/generated.png",
    ]  # fmt: skip
    said = {str(asked[place]): record["error"] for place, record in enumerate(found) if record["error"] is not None}
    words = {
        "absent": "No such file", "full": "it is a folder", "bare": "it is a folder", "pipe": "named pipe", "to-folder": "it is a folder",
        "dangling": "No such file", "loop": "symbolic links", "/dev/null": "character device", "pictures/plain.jpg/below": "Not a directory",
        "": "it is a folder", absent: "No such file",
    }  # fmt: skip
    assert set(said) == set(words)
    assert all(words[name] in text for name, text in said.items()), said
    assert ended.code == 3 and ended.err == ""
    assert found[-1] == found[0], "the same file twice is told twice"
    assert {**found[7], "path": ""} == {**found[18], "path": ""}, "a link that is named is followed"


def test_copies_that_are_examined_at_the_same_time_are_all_told(call: Call, pictures: Path, tmp_path: Path) -> None:
    names = [f"copy {number}.png" for number in range(12)]
    for name in names:
        (tmp_path / name).write_bytes((pictures / "generated.png").read_bytes())
    ended = call("inspect", "--json", "--workers", "2", *names, pictures / "plain.jpg", *names)
    found = records(ended)
    assert ended.code == 0
    assert [record["path"] for record in found] == [*names, str(pictures / "plain.jpg"), *names]
    copies = [{**record, "path": ""} for record in found if record["path"] in names]
    assert all(record == copies[0] for record in copies) and copies[0]["origin"]["model"] == "hills_v1"


def test_what_a_record_says_of_a_generated_and_a_plain_picture(call: Call, pictures: Path) -> None:
    ended = call("inspect", "--json", pictures / "generated.png", pictures / "plain.jpg")
    generated, plain = records(ended)
    assert ended.code == 0
    data = (pictures / "generated.png").read_bytes()
    for name in ("sha256", "sha1", "md5"):
        assert generated[name] == hashlib.new(name, data).hexdigest()
    assert (generated["size_bytes"], generated["media_type"]) == (len(data), "image/png")
    assert (generated["width_px"], generated["height_px"], generated["pdq"]["quality"]) == (640, 480, 100)
    origin = generated["origin"]
    assert (origin["opinion"], origin["model"], origin["prompt"]) == ("generated", "hills_v1", "hills at dusk")
    assert origin["seed"] == "18446744073709551615", "a seed is text: it can exceed 2^53"
    assert origin["basis"] == ["declared"] and origin["log10_lr"] > 0
    assert plain["origin"]["opinion"] == "undetermined" and plain["origin"]["log10_lr"] == 0.0
    assert {plain["origin"][name] for name in TEXT_OR_NULL} == {None}
    # Nothing found is not the same as did not run.
    assert {run["outcome"] for run in plain["readers"]} >= {"nothing-found"}
    assert generated["hashsets"] == plain["hashsets"] == [] and plain["matches"] == []


def test_matches_and_lists_that_were_asked(call: Call, pictures: Path, tmp_path: Path) -> None:
    (record,) = records(call("inspect", "--json", "--dihedral", pictures / "plain.jpg"))
    assert len(record["pdq_dihedral"]) == 8 and record["pdq_dihedral"][0] == record["pdq"]["hash"]
    near = f"{int(record['pdq']['hash'], 16) ^ 0b111:064x}"
    lines = [
        "md5,pdq,sha256,label,bank",
        f"{record['md5']},,,A,hills",
        f",{near},,B,",
        f",{record['pdq_dihedral'][4]},,C,",
    ]
    (tmp_path / "list.csv").write_text("\n".join(lines))
    assert call("hashset", "import", "list.csv", "--name", "unit").code == 0
    (tmp_path / "other.txt").write_text("0a" * 16)
    assert call("hashset", "import", "other.txt", "--name", "other").code == 0
    (record,) = records(call("inspect", "--json", "--dihedral", pictures / "plain.jpg"))
    check_schema(record)
    assert record["hashsets"] == ["other", "unit"]
    assert [
        (m["how"], m["distance"], m["label"], m["bank"], m["variant"], m["hashset"]) for m in record["matches"]
    ] == [
        ("md5", 0, "A", "hills", "", "unit"),
        ("pdq", 0, "C", "", "dihedral", "unit"),
        ("pdq", 3, "B", "", "full", "unit"),
    ]
    for words, names, count in (
        (["--no-hashsets"], [], 0), (["--hashset", "other"], ["other"], 0), (["--distance", "2"], ["other", "unit"], 1),
    ):  # fmt: skip
        (record,) = records(call("inspect", "--json", *words, pictures / "plain.jpg"))
        assert (record["hashsets"], len(record["matches"])) == (names, count)


def test_the_words_for_a_person_tell_no_list_from_no_match(call: Call, pictures: Path, tmp_path: Path) -> None:
    shown = call("inspect", pictures / "generated.png", "absent").out
    assert "no list was asked" in shown and "no match" not in shown
    assert "seed               18446744073709551615" in shown and "hills at dusk" not in shown, (
        "a prompt is not printed unasked"
    )
    assert "error        absent could not be read: No such file" in shown
    (tmp_path / "other.txt").write_text("0a" * 16)
    call("hashset", "import", "other.txt", "--name", "other")
    assert "no match; asked: other" in call("inspect", pictures / "plain.jpg").out


def test_wrong_words(call: Call, pictures: Path) -> None:
    assert call("inspect").code == 2
    assert call("inspect", "-x.png").code == 2
    assert call("inspect", "--distance", "65", pictures / "plain.jpg").code == 8
    ended = call("inspect", "--hashset", "none-such", pictures / "plain.jpg")
    assert (ended.code, ended.out) == (6, "")
    assert not Path(os.environ["SAFELIGHT_HASHSET_STORE"]).exists(), "asking for a list makes no store"


def test_what_cannot_be_read_is_told_by_who_opens_it(
    call: Call, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_, **__: False)
    ended = call("inspect", "--json", pictures / "plain.jpg")
    assert ended.code == 0, "no word of the shell's rights ends the command before the file is opened"


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_closed_file_and_folder(call: Call, pictures: Path, tmp_path: Path) -> None:
    (pictures / "plain.jpg").chmod(0)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    try:
        ended = call("inspect", "--json", pictures / "plain.jpg", closed, closed / "below.png")
    finally:
        closed.chmod(0o700)
    assert ended.code == 3
    assert ["Permission denied" in record["error"] or "folder" in record["error"] for record in records(ended)] == [
        True
    ] * 3


@pytest.mark.shared
def test_a_sample_of_carriers_and_hostile_files_ends_without_a_traceback(call: Call, shared: Path) -> None:
    chance = random.Random(11)
    paths: list[Path] = []
    for folder, count in (("carriers", 25), ("hostile", 35)):
        files = sorted(path for path in (shared / folder / "files").rglob("*") if path.is_file())
        paths += chance.sample(files, min(count, len(files)))
    started = time.monotonic()
    ended = call("inspect", "--json", *paths)
    found = records(ended)
    assert [record["path"] for record in found] == [str(path) for path in paths]
    for record, path in zip(found, paths, strict=True):
        check_schema(record)
        assert record["error"] is None
        assert record["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert time.monotonic() - started < 300
