"""Local features and links between pictures in a case: stored under custody, read back, and names of input files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.case.records import begin, digest, examination, opinion, place, record
from tests.databases import Database

from safelight.case.case import Case
from safelight.case.record import FileRecord
from safelight.case.scenes import (
    STAGE,
    add_scene_links,
    images_count,
    named_inputs,
    packed_features,
    pictures_to_compare,
    scene_links_of,
    scene_totals,
    strongest_links,
)
from safelight.case.verify import verify
from safelight.fingerprint.features import FORM, ROW
from safelight.model import Finding, Fingerprints, Opinion, SceneLink, SceneLinkKind


def _packed(count: int) -> bytes:
    return bytes([245, 0, 184, 0]) + bytes(range(ROW.itemsize)) * count


def _record(
    number: int, features: bytes | None, *, name: bytes | None = None, inputs: tuple[str, ...] = ()
) -> FileRecord:
    made = examination(number)
    finding = Finding(reader="comfyui", version="1", what="A workflow.", details={"input_images": list(inputs)})
    prints = replace(made.fingerprints or Fingerprints(), features=features)
    made = replace(made, fingerprints=prints, findings=(finding,) if inputs else ())
    return FileRecord(place(number, name=name), made.sha256, made, opinion(number), (), True)


def _link(
    first: int, second: int, kind: SceneLinkKind = SceneLinkKind.SOURCE_PHOTOGRAPH, inliers: int = 40
) -> SceneLink:
    return SceneLink(
        kind=kind, sha256=digest(first), other=digest(second), words="About half agrees.", inliers=inliers, share=0.5, other_share=0.25,
        matrix=(-1.5, 0.0, 960.0, 0.0, 1.5, 0.0), grid="ad" * 32, other_grid="o." * 32,
    )  # fmt: skip


def _add(case: Case, run: int, *links: SceneLink) -> int:
    return add_scene_links(case, run, links, compared=3, not_compared=1, form=FORM)


def test_features_are_stored_with_the_media_and_given_in_any_order(database: Database) -> None:
    with database.write() as case:
        run = begin(case)
        case.record(run, [_record(0, _packed(2)), _record(1, _packed(0)), _record(2, None), _record(3, _packed(5))])
        case.record(run, [_record(0, _packed(2))])
        found = pictures_to_compare(case, FORM)
        assert {picture.sha256 for picture in found} == {digest(0), digest(3)}
        assert all(picture.group == -1 and picture.opinion in set(Opinion) for picture in found)
        assert list(packed_features(case, [digest(3), digest(0), digest(1)])) == [_packed(5), _packed(2), _packed(0)]
        assert pictures_to_compare(case, "another/1") == []
        assert images_count(case) == 4
        assert not verify(case).breaks


def test_links_are_stored_under_custody_and_read_from_both_sides(database: Database) -> None:
    with database.write() as case:
        run = begin(case)
        case.record(run, [record(number) for number in range(4)])
        frame = _link(2, 0, SceneLinkKind.SAME_FRAME, 9)
        assert _add(case, run, _link(0, 1), frame) == 2
        assert not verify(case).breaks
        assert case.stage_details(STAGE) == {"form": FORM, "compared": 3, "not_compared": 1}
        first, second = scene_links_of(case, digest(0))
        assert (first["role"], first["sha256"], first["inliers"]) == ("first", digest(1), 40)
        assert first["path"] and first["matrix"] == [-1.5, 0.0, 960.0, 0.0, 1.5, 0.0]
        assert (second["role"], second["kind"]) == ("other", "same-frame")
        assert scene_links_of(case, digest(3)) == []
        assert scene_totals(case) == {"same-frame": 1, "source-photograph": 1}
        assert [link["other"] for link in strongest_links(case, 5)] == [digest(1)]
        assert strongest_links(case, 0) == []


def test_a_new_run_takes_the_place_of_the_links_of_an_older_one_and_keeps_them(database: Database) -> None:
    with database.write() as case:
        case.record(begin(case), [record(number) for number in range(4)])
        _add(case, 1, _link(0, 1))
        _add(case, begin(case), _link(0, 2))
        assert [link["sha256"] for link in scene_links_of(case, digest(0))] == [digest(2)]
        assert [link["sha256"] for link in scene_links_of(case, digest(0), run=1)] == [digest(1)]


def test_a_link_cannot_be_changed(database: Database) -> None:
    with database.write() as case:
        run = begin(case)
        case.record(run, [_record(0, _packed(2))])
        _add(case, run, _link(0, 1))
    engine = database.engine()
    with pytest.raises(Exception, match="added, never changed"), engine.begin() as connection:
        connection.exec_driver_sql("UPDATE scene_link SET inliers = 0")
    with pytest.raises(Exception, match="added, never changed"), engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM local_features")
    engine.dispose()


def test_a_name_in_a_workflow_links_to_the_files_of_that_name(database: Database) -> None:
    with database.write() as case:
        made = [
            _record(
                0,
                None,
                name=b"out/a.png",
                inputs=("uploads/beach day.jpg [input]", "C:\\in\\second.png", "nowhere.png"),
            ),
            _record(1, None, name=b"DCIM/beach day.jpg"),
            _record(2, None, name=b"zip/second.png"),
            _record(3, None, name=b"x/Beach day.jpg"),
        ]
        case.record(begin(case), made)
        found = named_inputs(case)
        assert {(link.sha256, link.other) for link in found} == {(digest(0), digest(1)), (digest(0), digest(2))}
        assert all(link.kind is SceneLinkKind.INPUT_NAME and link.matrix is None and not link.inliers for link in found)


def test_a_name_that_many_files_have_links_nobody(database: Database) -> None:
    with database.write() as case:
        made = [_record(0, None, name=b"out/a.png", inputs=("image.png",))]
        made += [_record(number, None, name=b"%d/image.png" % number) for number in range(1, 8)]
        case.record(begin(case), made)
        assert named_inputs(case) == []


def test_a_name_in_a_workflow_of_one_case_links_to_the_files_of_another(database: Database, tmp_path: Path) -> None:
    with database.write() as case:
        case.record(
            begin(case),
            [
                _record(0, None, name=b"out/a.png", inputs=("beach day.jpg", "own.jpg")),
                _record(1, None, name=b"own.jpg"),
            ],
        )
    with Case.create_or_open(tmp_path / "other") as other:
        other.record(begin(other), [_record(2, None, name=b"DCIM/beach day.jpg"), _record(3, None, name=b"unlike.jpg")])
        with database.read() as case:
            assert [(link.sha256, link.other) for link in named_inputs(case, other)] == [(digest(0), digest(2))]
            assert named_inputs(other, case) == []
