"""Decoders that the settings name: checked before a run, made in its workers, and looking behind the wall."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from tests.decode.walls import examine
from tests.origin.watermarks.marking import drawn, encoded, mark, message
from tests.origin.watermarks.plug_ins import corner

from safelight.case.case import Case
from safelight.decode.limits import Limits
from safelight.decode.wall import Reply, Wall
from safelight.errors import SettingsError, WallError
from safelight.model import Finding, Outcome, Strength
from safelight.origin.watermarks.outside import OutsideDecoder, outside_decoders
from safelight.pipeline.plan import plan_of, readers_of, versions_of
from safelight.settings import Settings

REPOSITORY = str(Path(__file__).resolve().parents[3])
OURS = "tests.origin.watermarks.plug_ins:"
MESSAGE = b"drawn on"
MARKED = encoded(corner(drawn(61), MESSAGE))
PLAIN = encoded(drawn(61))


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "corner.bin"
    path.write_bytes(MESSAGE)
    return path


def examined(settings: Settings, *contents: bytes) -> list[Reply]:
    with Wall(plan_of(settings), Limits(), 1, extra_paths=(REPOSITORY,)) as wall:
        return examine(wall, contents)


def told(reply: Reply) -> list[Finding]:
    assert reply.examination is not None
    return [one for one in reply.examination.findings if one.reader == "watermark-plug-ins"]


def test_a_drawn_mark_is_read_behind_the_wall(weights: Path) -> None:
    settings = Settings(watermark_decoders=(f"{OURS}Corner={weights}",))
    marked, plain, torn = examined(settings, MARKED, PLAIN, MARKED[:300])
    (found,) = told(marked)
    sha256 = hashlib.sha256(MESSAGE).hexdigest()
    assert (found.outcome, found.strength) == (Outcome.FOUND, Strength.STRONG)
    assert {key: found.details[key] for key in ("decoder", "decoder_version", "decoder_path", "weights_sha256")} == {
        "decoder": "corner",
        "decoder_version": "2.1",
        "decoder_path": f"{OURS}Corner",
        "weights_sha256": sha256,
    }
    assert told(plain) == []
    assert [one.outcome for one in told(torn)] == [Outcome.COULD_NOT_LOOK]
    assert versions_of(settings)["watermark decoder corner"] == (
        f"2.1 ({OURS}Corner, weights {weights} of 8 bytes, SHA-256 {sha256})"
    )


def test_nothing_is_loaded_that_is_not_named() -> None:
    assert not any("watermark-plug-ins" in name or "Outside" in name for name in readers_of(Settings()).names)
    assert outside_decoders(()) == ()
    assert not any(key.startswith("watermark decoder") for key in versions_of(Settings()))


def test_decoders_that_misbehave_cost_only_their_own_answer(weights: Path) -> None:
    names = ("Failing", "Babbling", "Declining", "Undecided")
    entries = (*(OURS + name for name in names), f"{OURS}Corner={weights}")
    ours = encoded(corner(mark(drawn(62, 384, 384), message("SDXL").bits), MESSAGE))
    (reply,) = examined(Settings(watermark_decoders=entries), ours)
    assert [(one.details["decoder"], one.outcome) for one in told(reply)] == [
        ("failing", Outcome.FOUND),
        ("failing", Outcome.COULD_NOT_LOOK),
        ("babbling", Outcome.COULD_NOT_LOOK),
        ("declining", Outcome.DID_NOT_RUN),
        ("undecided", Outcome.FOUND),
        ("corner", Outcome.FOUND),
    ]


def test_a_decoder_that_takes_the_worker_down_costs_the_decoders_of_the_unit_that_file(weights: Path) -> None:
    ours = encoded(mark(drawn(63, 384, 384), message("SDXL").bits))
    entries = (f"{OURS}Corner={weights}", OURS + "Crashing")
    (reply,) = examined(Settings(watermark_decoders=entries), ours)
    assert reply.examination is not None
    found = {one.reader: one for one in reply.examination.findings}
    assert found["watermarks"].outcome is Outcome.FOUND
    assert found["wall"].details["part"] == "watermark-plug-ins"
    assert told(reply) == []
    runs = {run.reader: run.outcome for run in reply.examination.runs}
    assert runs["watermark-plug-ins"] is Outcome.COULD_NOT_LOOK


def test_a_decoder_reaches_no_file_and_no_network() -> None:
    (reply,) = examined(Settings(watermark_decoders=(OURS + "Escaping",)), PLAIN)
    assert reply.examination is not None
    said = [one.what for one in reply.examination.findings if one.reader in {"watermark-plug-ins", "wall"}]
    assert said
    assert not any("reached ['" in what for what in said)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("no_such_package.module:Decoder", "no_such_package"),
        (f"{OURS}Missing", "Missing"),
        ("without-a-colon", "not of the form"),
        (f"{OURS}Nameless", "it lacks name"),
        (f"{OURS}Unlike", "it lacks decode"),
        (f"{OURS}said", "it lacks name, version"),
        (f"{OURS}Corner=weights.bin", "begin at the root"),
        (f"{OURS}Corner=/no/such/file", "No such file"),
        (f"{OURS}Corner=/", "Is a directory"),
        (f"{OURS}Plain,{OURS}Plain", "is taken"),
        ("safelight.origin.watermarks.dwtdct:DwtDctDecoder", "is taken"),
    ],
)
def test_what_cannot_be_used_is_said_before_a_run(entry: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        plan_of(Settings(watermark_decoders=tuple(entry.split(","))))


def test_a_decoder_that_cannot_be_made_lets_no_run_begin(weights: Path) -> None:
    weights.write_bytes(b"too many weights")
    for entry, words in (
        (f"{OURS}Corner={weights}", "8 bytes of weights are needed"),
        (f"{OURS}Unready", "no weights"),
    ):
        with (
            pytest.raises(WallError, match=words),
            Wall(plan_of(Settings(watermark_decoders=(entry,))), Limits(), 1, extra_paths=(REPOSITORY,)),
        ):
            pass


def test_weights_that_change_are_refused(weights: Path) -> None:
    (one,) = outside_decoders([f"{OURS}Corner={weights}"])
    assert one == OutsideDecoder.from_record(json.loads(json.dumps(one.record())))
    one.made()
    weights.write_bytes(b"changed!")
    with pytest.raises(SettingsError, match="have changed"):
        one.made()


def test_in_the_custody_log(weights: Path, tmp_path: Path) -> None:
    """What a run records of the decoders is what `versions_of` says, and the settings that named them."""
    settings = Settings(watermark_decoders=(f"{OURS}Corner={weights}",))
    versions = versions_of(settings)
    with Case.create_or_open(tmp_path / "case", actor="A. Person") as case:
        case.begin_run(command="triage", sources=[], settings={}, versions=versions, isolation={})
    text = b"".join(path.read_bytes() for path in (tmp_path / "case").iterdir() if path.is_file())
    assert hashlib.sha256(MESSAGE).hexdigest().encode() in text
