"""The progress line."""

from __future__ import annotations

import io
import time

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
    def count() -> int:
        raise SourceError("The source is gone.")

    out = io.StringIO()
    with ProgressLine(count, stream=out) as progress:
        progress.update(StageCount("reading", done=5))
        time.sleep(0.05)
    assert "Traceback" not in capsys.readouterr().err
