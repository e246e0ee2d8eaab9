"""One item examined again: the same when nothing changed, every difference told with what may have caused it, nothing added to the case."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin
from sqlalchemy import select, text
from tests.cli.conftest import PARAMETERS, drawn
from tests.pipeline.test_again import Quiet

from safelight.case import tables
from safelight.case.case import Case
from safelight.errors import CaseError, SourceError
from safelight.pipeline.recheck import State, recheck_evidence
from safelight.pipeline.rerun import rerun
from safelight.pipeline.triage import triage
from safelight.settings import load_settings


def picture() -> bytes:
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("parameters", PARAMETERS)
    stream = io.BytesIO()
    drawn().save(stream, "PNG", pnginfo=chunks)
    return stream.getvalue()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rerun")
    source = folder / "source"
    source.mkdir()
    (source / "one.png").write_bytes(picture())
    stream = io.BytesIO()
    Image.new("RGB", (320, 200), "teal").save(stream, "JPEG")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("deep/two.jpg", stream.getvalue())
    with zipfile.ZipFile(source / "outer.zip", "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
    (source / "note.txt").write_text("a note")
    settings = load_settings({"workers": 1, "hashset_store": str(folder / "lists"), "dihedral": True})
    triage([source], folder / "case", settings, Quiet(), hashset_store=folder / "lists", report=False)
    return folder


def by_name(case: Case) -> dict[str, str]:
    return {row["path"].rpartition("/")[2]: row["sha256"] for row in case.rows(select(tables.media_file))}


def test_an_untouched_case_repeats_itself_also_from_within_archives(made: Path) -> None:
    with Case.open(made / "case") as case:
        head, names = case.head(), by_name(case)
        # Without the setting of then, the flips would be missing.
        settings = load_settings({"dihedral": False})
        for name in ("one.png", "two.jpg", "note.txt"):
            result = rerun(case, names[name], settings)
            assert result.differences == () and result.changed_versions == {}, name
            assert name in result.place
        assert rerun(case, names["one.png"], settings).repeated >= 1
        assert case.head() == head


def test_what_changed_is_named_with_the_version_that_may_have_caused_it(made: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(made / "case", tmp_path / "case")
    with Case.create_or_open(tmp_path / "case") as case:
        sha256 = by_name(case)["one.png"]
        with case.engine.begin() as connection:
            for table in ("finding", "run", "media"):
                connection.execute(text(f"DROP TRIGGER {table}_no_update"))
            connection.execute(text("UPDATE finding SET what = 'Something else.' WHERE reader = 'a1111'"))
            connection.execute(text("UPDATE media SET width_px = 7 WHERE sha256 = :sha256"), {"sha256": sha256})
    with Case.open(tmp_path / "case") as case:
        result = rerun(case, sha256, load_settings({}))
    told = {(each.what, each.name): each.why for each in result.differences}
    assert set(told) == {("finding-gone", "a1111"), ("finding-new", "a1111"), ("media", "width_px")}
    assert set(told.values()) == {"no version and no setting changed: look into it"}
    with Case.create_or_open(tmp_path / "case") as case, case.engine.begin() as connection:
        old = "json_set(details, '$.versions.\"reader a1111\"', '0 (old)', '$.settings.gone_since', 1)"
        connection.execute(text(f"UPDATE run SET details = {old}"))
    with Case.open(tmp_path / "case") as case:
        result = rerun(case, sha256, load_settings({}))
    told = {(each.what, each.name): each.why for each in result.differences}
    assert told["finding-gone", "a1111"].startswith("the reader a1111 was 0 (old) then and is ")
    assert "the setting gone_since" in told["media", "width_px"] and result.settings_left_out == ("gone_since",)


def test_other_bytes_and_missing_evidence_are_refused(made: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "one.png").write_bytes(picture())
    settings = load_settings({"workers": 1})
    triage([source], tmp_path / "case", settings, Quiet(), hashset_store=tmp_path / "lists", report=False)
    with Case.open(tmp_path / "case") as case:
        sha256 = by_name(case)["one.png"]
        (source / "one.png").write_bytes(picture() + b"more")
        with pytest.raises(SourceError, match="holds other bytes"):
            rerun(case, sha256, settings)
        assert [item.state for item in recheck_evidence(case, Quiet())] == [State.CHANGED]
        (source / "one.png").unlink()
        with pytest.raises(SourceError, match="not attached"):
            rerun(case, sha256, settings)
        assert [item.state for item in recheck_evidence(case, Quiet())] == [State.NOT_THERE]
        with pytest.raises(CaseError, match="is not in the case"):
            rerun(case, "0" * 64, settings)


def test_evidence_that_is_as_it_was_is_said_to_be(made: Path) -> None:
    with Case.open(made / "case") as case:
        found = list(recheck_evidence(case, Quiet()))
    assert len(found) == 3 and {item.state for item in found} == {State.SAME}
    assert not any("!/" in item.place for item in found)
