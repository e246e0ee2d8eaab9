"""The progress line."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest

from safelight.cli.progress import ProgressLine, duration_text
from safelight.errors import SourceError
from safelight.pipeline.progress import StageCount


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.4, "59 s"), (200, "3 min 20 s"), (7500, "2 h 05 min")])
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_rate_and_time_left_in_plain_lines() -> None:
    clock, out = _Clock(), io.StringIO()
    with ProgressLine(stream=out, clock=clock) as progress:
        progress.update(StageCount("reading", done=0, total=1000))
        clock.now = 10.0
        progress.update(StageCount("reading", done=100, total=1000, bytes_done=50_000_000, problems=2))
        clock.now = 11.0
        progress.update(StageCount("reading", done=110, total=1000))
    first, last = out.getvalue().splitlines()
    assert (
        first == "reading: 100 of 1,000, 10 a second, 5 MB/s, 1 min 30 s left, 2 with something that could not be read"
    )
    assert last.startswith("reading: 110 of 1,000") and last.endswith("took 11 s")


def test_one_huge_file_moves_by_its_bytes() -> None:
    clock, out = _Clock(), io.StringIO()
    with ProgressLine(lambda: (1, 20_000_000_000), stream=out, clock=clock) as progress:
        progress.update(StageCount("reading"))
        _until(lambda: "of 1" in progress.line(0.0))
        for second in (10, 20):
            clock.now = float(second)
            progress.update(StageCount("reading", bytes_done=200_000_000 * second))
    assert out.getvalue().splitlines()[:2] == [
        "reading: 0 of 1, 2.0 of 20.0 GB, 200 MB/s, 1 min 30 s left",
        "reading: 0 of 1, 4.0 of 20.0 GB, 200 MB/s, 1 min 20 s left",
    ]


def test_the_time_left_is_that_of_the_files_or_of_their_bytes_whichever_is_more() -> None:
    clock = _Clock()
    progress = ProgressLine(lambda: (1001, 11_000_000_000), stream=io.StringIO(), clock=clock)
    progress.update(StageCount("reading"))
    _until(lambda: "of 1,001" in progress.line(0.0))
    progress.update(StageCount("reading", done=1000, bytes_done=1_000_000_000))
    assert "1 min 40 s left" in progress.line(10.0), "one huge file is left"
    progress.update(StageCount("reading", done=100, bytes_done=10_000_000_000))
    assert "1 min 30 s left" in progress.line(10.0), "many small ones are"
    progress.update(StageCount("reading", done=1, skipped=999, bytes_done=10**9, bytes_skipped=9 * 10**9))
    assert "10 s left" in progress.line(10.0) and "6 a minute" in progress.line(10.0)
    progress.update(StageCount("reading", done=1000, bytes_done=12_000_000_000))
    assert "GB" not in progress.line(10.0), "members of archives are no part of the total"


def _until(there: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 10
    while not there():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_short_stages_and_quiet_runs_print_nothing() -> None:
    clock, out = _Clock(), io.StringIO()
    with ProgressLine(stream=out, clock=clock) as progress:
        progress.update(StageCount("grouping", done=5))
    with ProgressLine(stream=out, clock=clock, quiet=True) as progress:
        progress.update(StageCount("reading", done=5))
        clock.now = 100.0
        progress.update(StageCount("reading", done=6))
    assert out.getvalue() == ""


def test_a_source_that_cannot_be_counted_is_left_to_the_work_itself(capsys: pytest.CaptureFixture[str]) -> None:
    def count() -> tuple[int, int]:
        raise SourceError("The source is gone.")

    out = io.StringIO()
    with ProgressLine(count, stream=out) as progress:
        progress.update(StageCount("reading", done=5))
        time.sleep(0.05)
    assert "Traceback" not in capsys.readouterr().err
