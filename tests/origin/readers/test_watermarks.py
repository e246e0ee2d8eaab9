"""The reader of watermarks: findings, plug-ins, and the files that it was made for."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import mp4
from tests.decode.walls import examine
from tests.origin.carriers import CARRIERS, looked
from tests.origin.watermarks.marking import content, drawn, encoded, mark, message

from safelight.decode.limits import Limits
from safelight.decode.wall import Wall, WorkPlan
from safelight.model import Basis, Finding, Opinion, Outcome, Strength, Supports
from safelight.origin.opinion import weigh
from safelight.origin.readers.watermarks import WatermarkReader
from safelight.origin.watermarks.colour import JPEG_PIXELS_MAX
from safelight.origin.watermarks.slot import DECODERS
from safelight.registry import Registry

READER = WatermarkReader()
MARKED = encoded(mark(drawn(41, 384, 384), message("SDXL").bits))
PLAIN = encoded(drawn(41, 384, 384))
OURS = "tests.origin.watermarks.plug_ins:"


def plugged(*names: str) -> WatermarkReader:
    return WatermarkReader(Registry(DECODERS.sort, tuple(OURS + name for name in names)))


def test_a_mark_becomes_a_finding() -> None:
    (found,) = looked(READER, MARKED)
    assert (found.supports, found.basis, found.strength) == (Supports.GENERATED, Basis.WATERMARK, Strength.STRONG)
    assert found.what.startswith(
        "48 of 48 bits of the dwtDct watermark of SDXL (diffusers/sgm), 0xb3ec907bb19e, were read; a picture without it"
    )
    assert (found.details["generator"], found.details["decoder"], found.details["decoder_version"]) == (
        "SDXL (diffusers/sgm)",
        "dwtdct",
        "1",
    )
    assert isinstance(found.details["p_value"], float)
    assert 0 < found.details["p_value"] < 1e-9
    assert (found.details["bits_matched"], found.details["bits_total"]) == (48, 48)
    assert "photograph" in found.does_not_show
    assert "public program" in found.could_be_faked_by
    assert orjson.dumps(dict(found.details))


def test_a_program_that_only_edits_makes_an_edit() -> None:
    marked = mark(drawn(42, 512, 512), message("Stable Diffusion 1.x (Runway").bits)
    (found,) = looked(READER, encoded(marked))
    assert found.supports is Supports.AI_EDITED


def test_what_is_weaker_is_said_to_be_weaker() -> None:
    marked = mark(drawn(8, 512, 512), message("Stable Diffusion 2.x").bits)
    (found,) = looked(READER, encoded(marked, "JPEG", quality=88, subsampling=0))
    assert found.strength is Strength.MODERATE
    assert "more than the 1 in a thousand million" in found.what


def test_a_mark_decides_an_opinion_and_says_that_it_can_be_transplanted() -> None:
    opinion = weigh(looked(READER, MARKED))
    assert (opinion.opinion, opinion.generator) == (Opinion.GENERATED, "SDXL (diffusers/sgm)")
    assert any("transplanted" in limit for limit in opinion.limits)


def test_silence_is_silence() -> None:
    assert looked(READER, PLAIN) == []
    assert weigh([]).opinion is Opinion.UNDETERMINED


@pytest.mark.parametrize("name", CARRIERS)
def test_other_carriers_give_no_mark(name: str) -> None:
    assert all(found.outcome is not Outcome.FOUND for found in looked(READER, CARRIERS[name]))


def test_what_is_no_picture_is_not_looked_at() -> None:
    assert looked(plugged("Plain"), mp4([])) == []
    assert looked(plugged("Plain"), b"text") == []


@given(st.sampled_from([MARKED, encoded(drawn(43), "JPEG"), encoded(drawn(43), "WEBP")]), st.data())
def test_damaged_files_never_raise(data: bytes, draw: st.DataObject) -> None:
    damaged = bytearray(data)
    for place in draw.draw(st.lists(st.integers(0, len(data) - 1), min_size=1, max_size=4)):
        damaged[place] ^= draw.draw(st.integers(1, 255))
    looked(READER, bytes(damaged[: draw.draw(st.integers(1, len(data)))]))


# The slot


def test_strength_follows_from_chance() -> None:
    found = looked(plugged("Odds"), PLAIN)
    assert [one.strength for one in found] == [
        Strength.STRONG, Strength.MODERATE, Strength.WEAK, Strength.NONE, Strength.NONE, Strength.STRONG, Strength.NONE,
    ]  # fmt: skip
    for one in found:
        assert (
            (one.supports is Supports.GENERATED)
            == (one.strength is not Strength.NONE)
            == (one.basis is Basis.WATERMARK)
        )
    assert "is not known" in found[-1].what


def test_a_failing_decoder_keeps_what_it_found_and_the_others_go_on() -> None:
    found = looked(plugged("Failing", "Leaving", "Babbling", "Uncertain", "Plain"), PLAIN)
    assert [one.outcome for one in found] == [Outcome.FOUND, *[Outcome.COULD_NOT_LOOK] * 4, Outcome.FOUND]
    assert [one.details["decoder"] for one in found] == [
        "failing",
        "failing",
        "leaving",
        "babbling",
        "uncertain",
        "plain",
    ]
    assert "KeyError" in found[1].what
    assert "SystemExit" in found[2].what


def test_a_decoder_that_declines_is_said_to() -> None:
    (found,) = looked(plugged("Declining"), PLAIN)
    assert found.outcome is Outcome.DID_NOT_RUN
    assert found.what == "No watermark was looked for: it costs too much here."


def test_memory_that_runs_out_is_the_workers_affair() -> None:
    with pytest.raises(MemoryError):
        list(plugged("Starving").read(content(PLAIN)))


def test_a_decoder_that_cannot_tell_whether_it_applies_is_asked_to_look() -> None:
    reader = plugged("Undecided")
    assert reader.applies(content(PLAIN))
    assert [one.outcome for one in looked(reader, PLAIN)] == [Outcome.FOUND]


# Behind the wall, and on the files


def test_behind_the_wall() -> None:
    plan = WorkPlan(
        fingerprinter="safelight.fingerprint.examiner:fingerprint",
        readers=("safelight.origin.readers.watermarks:WatermarkReader",),
    )
    with Wall(plan, workers=1, limits=Limits()) as wall:
        marked, plain, broken = examine(wall, [MARKED, encoded(drawn(44), "JPEG", quality=95), MARKED[:200]])
    found = [one for reply in (marked, plain, broken) for one in findings_of(reply)]
    assert [one.outcome for one in found] == [Outcome.FOUND, Outcome.COULD_NOT_LOOK]
    assert found[0].details["generator"] == "SDXL (diffusers/sgm)"


def findings_of(reply: object) -> list[Finding]:
    return [one for one in reply.examination.findings if one.reader == "watermarks"]  # type: ignore[attr-defined]


@pytest.mark.shared
def test_the_developers_files(shared: Path) -> None:
    """Marks that are there are found, marks that were lost are not, and nothing else is taken for one."""
    counted = {"marked": 0, "lost": 0, "other": 0}
    with (shared / "carriers" / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["file"]]
    for row in rows:
        data = (shared / "carriers" / row["file"]).read_bytes()
        found = [one for one in looked(READER, data) if one.outcome is Outcome.FOUND]
        if row["carrier"] == "synth-invisible-wm":
            (one,) = found
            assert one.details["generator"] == row["generator"]
            assert one.strength is Strength.STRONG
            counted["marked"] += 1
        else:
            assert found == [], row["file"]
            counted["lost" if row["carrier"] == "synth-invisible-wm-lost" else "other"] += 1
    assert counted["marked"] >= 2
    assert counted["lost"] >= 4
    assert counted["other"] > 100


def test_a_large_jpeg_is_left_out_and_a_large_png_is_not() -> None:
    side = int(JPEG_PIXELS_MAX**0.5) + 1
    pixels = np.zeros((side, side, 3), np.uint8)
    reader = WatermarkReader()
    assert not reader.applies(content(encoded(pixels, "JPEG", quality=95)))
    assert reader.applies(content(encoded(pixels, "PNG")))
    assert reader.applies(content(encoded(pixels[:256, :256], "JPEG", quality=95)))
    assert not reader.applies(content(b"no picture"))
