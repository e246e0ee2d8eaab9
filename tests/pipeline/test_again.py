"""What a run left unread is read by a later one that may, and the queue then says what is true; the record keeps what was said before."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.verify import verify
from safelight.evidence import files
from safelight.pipeline.progress import StageCount
from safelight.pipeline.triage import TriageResult, triage
from safelight.review.lines import queue_lines, queue_state
from safelight.settings import load_settings


class Quiet:
    """Progress that nobody looks at, and that a person can break off."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.stop_at = stop_at

    def update(self, count: StageCount) -> None:
        if self.stop_at is not None and count.done >= self.stop_at:
            self.stop_at = None
            raise KeyboardInterrupt

    def note(self, text: str) -> None:
        pass


class Runs:
    """Runs over one source, one after another, into one case."""

    def __init__(self, directory: Path) -> None:
        self.source, self.case = directory / "source", directory / "case"
        self.source.mkdir()

    def run(self, stop_at: int | None = None, **changes: object) -> TriageResult:
        settings = load_settings({"workers": 1, "hashset_store": str(self.case.with_name("lists")), **changes})
        store = self.case.with_name("lists")
        return triage([self.source], self.case, settings, Quiet(stop_at), hashset_store=store, report=False)

    def rules(self) -> dict[str, str]:
        """The rule of every line of the queue, by path; every media and place stands there once."""
        with Case.open(self.case) as case:
            assert not verify(case).breaks
            state = queue_state(case)
            assert state.later == 0
            lines = list(queue_lines(case, state))
            assert len({line["sha256"] or line["location_key"] for line in lines}) == len(lines)
            return {str(line["path"]): str(line["rule"]) for line in lines}

    def said(self, path: str) -> list[tuple[int, str]]:
        """(revision, words) of every finding on a place."""
        file, finding = tables.media_file, tables.finding.c
        with Case.open(self.case) as case:
            here = select(file.c.location_key).where(file.c.path == path)
            chosen = select(finding.revision, finding.what).where(finding.location_key.in_(here)).order_by(finding.id)
            return [(row["revision"], row["what"]) for row in case.rows(chosen)]

    def revisions(self) -> int:
        with Case.open(self.case) as case:
            return case.media_file_count()


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path)


def picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((64, 64)).rotate(number * 7).save(out, "PNG")
    return out.getvalue()


def archive(*items: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in items:
            made.writestr(name, data)
    return out.getvalue()


def test_a_folder_that_can_be_listed_again_says_so(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    (runs.source / "closed").mkdir()
    (runs.source / "closed" / "in.png").write_bytes(picture(1))
    (runs.source / "open.png").write_bytes(picture(2))
    real, closed = files._open_folder, [True]

    def refuse(source: bytes, relative: bytes) -> int:
        if relative == b"closed" and closed[0]:
            raise PermissionError(13, "Permission denied")
        return real(source, relative)

    monkeypatch.setattr(files, "_open_folder", refuse)
    assert runs.run().unreadable == 1
    before = runs.rules()
    assert before["closed/"] == "not-read" and "closed/in.png" not in before
    assert runs.run().unreadable == 1 and runs.revisions() == 2, "what has not changed is not said twice"

    closed[0] = False
    assert runs.run().unreadable == 0
    after = runs.rules()
    assert after["closed/"] == "read-since" and after["closed/in.png"] == "undetermined"
    assert [revision for revision, _ in runs.said("closed/")] == [0, 1, 1]
    assert "could not be listed: Permission denied" in runs.said("closed/")[0][1], "the record keeps what was said"
    assert runs.run().files == 0 and runs.rules() == after

    closed[0] = True
    assert runs.run().unreadable == 1
    assert runs.rules()["closed/"] == "not-read"


def nested(levels: int) -> bytes:
    made = picture(9)
    for level in range(levels, 0, -1):
        made = archive((f"level{level}.png", picture(level)), ("inner.zip", made))
    return made


def test_an_archive_that_lay_too_deep_is_opened_once_the_depth_is_raised(runs: Runs) -> None:
    (runs.source / "outer.zip").write_bytes(nested(4))
    runs.run(archive_depth=2)
    deep = "outer.zip!/inner.zip!/inner.zip"
    before = runs.rules()
    assert before[deep] == "not-opened" and f"{deep}!/level3.png" not in before
    assert runs.run(archive_depth=1).files == 0, "no archive is opened for nothing"

    runs.run(archive_depth=4)
    after = runs.rules()
    assert after[deep] == "archive" and after["outer.zip"] == "archive"
    assert {f"{deep}!/level3.png", f"{deep}!/inner.zip!/level4.png"} <= set(after)
    assert any("2 archives deep" in what for revision, what in runs.said(deep) if revision == 0)
    assert any("opened again" in what for revision, what in runs.said(deep) if revision == 1)
    count = runs.revisions()
    assert runs.run(archive_depth=9).files == 0
    assert runs.revisions() == count


@pytest.mark.parametrize("stop_at", [2, 4])
def test_a_second_run_that_is_broken_off_is_made_good_by_a_third(runs: Runs, stop_at: int) -> None:
    (runs.source / "outer.zip").write_bytes(nested(4))
    runs.run(archive_depth=2)
    with pytest.raises(KeyboardInterrupt):
        runs.run(stop_at, archive_depth=4)
    runs.run(archive_depth=4)
    after = runs.rules()
    assert "not-opened" not in after.values()
    assert "outer.zip!/inner.zip!/inner.zip!/inner.zip!/level4.png" in after


BOUNDS: list[tuple[str, Any, Any, bytes]] = [
    ("archive_ratio", 200, 100_000, archive(("zeros.bin", bytes(20 << 20)), ("after.png", picture(3)))),
    (
        "archive_ratio",
        200,
        100_000,
        archive(
            ("first.zip", archive(("zeros.bin", bytes(10 << 20)))),
            ("second.zip", archive(("zeros.bin", bytes(9 << 20)))),
            ("third.zip", archive(("after.png", picture(3)))),
        ),
    ),
]


@pytest.mark.parametrize(("setting", "low", "high", "data"), BOUNDS, ids=["one archive", "archives in an archive"])
def test_an_archive_left_at_a_bound_is_read_on_once_the_bound_is_raised(
    runs: Runs, setting: str, low: int, high: int, data: bytes
) -> None:
    (runs.source / "bomb.zip").write_bytes(data)
    runs.run(**{setting: low})
    before = runs.rules()
    assert "not-read" in before.values() and not [path for path in before if path.endswith("after.png")]
    count = runs.revisions()
    runs.run(**{setting: low})
    assert runs.rules() == before and runs.revisions() == count

    runs.run(**{setting: high})
    after = runs.rules()
    assert [path for path in after if path.endswith("after.png")]
    assert "not-read" not in after.values() and "not-opened" not in after.values()
    assert "read-since" in after.values()
    count = runs.revisions()
    assert runs.run(**{setting: high}).files == 0 and runs.revisions() == count
