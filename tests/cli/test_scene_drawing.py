"""The drawing of where pictures agree is well-formed, whatever the names in it are, and holds no pixels."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st
from tests.cli.conftest import Call

from safelight.cli.scene_drawing import drawing


def _link(path: str, grid: str = "ad.o" * 16, role: str = "first") -> dict[str, object]:
    return {
        "kind": "source-photograph", "role": role, "path": path, "words": "About half <of> it & more.", "grid": grid, "other_grid": grid[::-1],
        "width_px": 400, "height_px": 900,
    }  # fmt: skip


MEDIA = {"sha256": "ab" * 32, "width_px": 640, "height_px": 480}


@given(st.text(max_size=40), st.sampled_from(["first", "other"]))
def test_any_name_can_stand_in_it(path: str, role: str) -> None:
    root = ET.fromstring(drawing(MEDIA, [_link(path, role=role)]).encode("utf-8", "surrogatepass"))
    assert root.tag.endswith("svg")
    assert not [part for part in root.iter() if part.tag.endswith(("image", "script"))]


def test_each_cell_is_drawn_once_and_a_name_alone_is_not() -> None:
    one = drawing(MEDIA, [_link("a.jpg")])
    named = {**_link("b.jpg"), "grid": "", "other_grid": ""}
    assert drawing(MEDIA, [_link("a.jpg"), named]) == one
    assert one.count("<rect") == 1 + 4 + 2 * 64


def test_a_map_goes_with_one_media(call: Call) -> None:
    ended = call("show", "case", "--map", "map.svg")
    assert ended.code == 2 and "--map goes with --why" in ended.err
