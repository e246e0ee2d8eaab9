"""A STIX bundle is what `stix2` takes, marked TLP:RED as a whole, and is refused when it is not."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.case.records import digest, examination
from tests.exports.odd import ITEMS, RAW, every_kind, item, passed

from safelight.case.case import Case
from safelight.errors import OutputError
from safelight.exports.exporting import Request, export_case
from safelight.exports.records import dumps
from safelight.exports.stix import TLP_RED, Stix, _objects, file_id
from safelight.model import display_text

stix2 = pytest.importorskip("stix2")
COMMON = {
    "spec_version": "2.1", "created": "2026-01-02T03:04:05.000000Z", "modified": "2026-01-02T03:04:06.000000Z",
    "object_marking_refs": [TLP_RED["id"]],
}  # fmt: skip
AUTHOR = "identity--7f58a53e-fe99-454a-abf2-2ef80d63e398"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("stix")
    with Case.open(every_kind(folder / "case")) as case:
        paths = export_case(case, Stix, folder / "bundle.json", Request(), logged=False).paths
    return {path.name.split(".")[1]: path for path in paths[:-1]}


def test_each_kind_of_origin_is_a_bundle_of_its_own_and_whole(bundles: dict[str, Path]) -> None:
    hashes = {}
    for origin, path in bundles.items():
        bundle = stix2.parse(path.read_bytes(), allow_custom=True)
        assert orjson.loads(bundle.objects[0].serialize()) == TLP_RED == orjson.loads(stix2.TLP_RED.serialize())
        files = [each for each in bundle.objects if each.type == "file"]
        notes = [each for each in bundle.objects if each.type == "note"]
        assert len(files) == len(notes) and all(origin in each.labels[0] for each in notes)
        hashes |= {each.hashes["SHA-256"]: each for each in files}
        assert len({each.id for each in bundle.objects}) == len(bundle.objects)
    assert set(hashes) == {digest(number) for number in (0, 1, 2, 3, 4, 7, 8)}
    prints = examination(0).fingerprints
    assert prints is not None and prints.pdq is not None
    assert hashes[digest(0)]["x_pdq"] == prints.pdq.hash and "x_pdq" not in hashes[digest(7)]
    text = b"".join(path.read_bytes() for path in bundles.values())
    assert not any(word in text for word in (b"reviewer one", b"Note ", b"lighthouse", b"/evidence"))


@given(RAW)
@settings(deadline=None)
def test_numbers_of_files_are_those_that_everybody_derives(raw: bytes) -> None:
    name = display_text(raw) or None
    made = examination(1)
    theirs = stix2.v21.File(hashes={"SHA-256": made.sha256, "MD5": made.md5}, **({"name": name} if name else {}))
    assert file_id(made.md5, name) == theirs.id


@given(ITEMS)
@settings(max_examples=100, deadline=None)
def test_any_name_and_any_text_is_taken(one: Any) -> None:
    for record in _objects(passed(one), lambda *words: "328d2cd1-864a-4cf3-ad5a-694d542e04d7", COMMON, AUTHOR):
        stix2.parse(orjson.loads(dumps(record)), allow_custom=True)


BROKEN = {
    "no mark": lambda each: each[2].pop("object_marking_refs"),
    "another mark": lambda each: each[4].update(object_marking_refs=["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"]),
    "no hash": lambda each: each[2]["hashes"].update(MD5="abc"),
    "no size": lambda each: each[2].update(size="large"),
    "no PDQ": lambda each: each[2].update(x_pdq="abc"),
    "an observation of another file": lambda each: each[3].update(object_refs=["file--92721c67-2da9-5e11-9176-2cc2fdcf0de3"]),
    "a note without a text": lambda each: each[4].pop("content"),
    "a number of another kind": lambda each: each[4].update(id=each[3]["id"]),
    "times that run back": lambda each: each[3].update(last_observed="1999-01-01T00:00:00Z"),
    "twice": lambda each: each.insert(2, each[2]),
    "none": lambda each: each.clear(),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_bundle_is_refused(name: str, bundles: dict[str, Path], tmp_path: Path) -> None:
    path = bundles["generated"]
    Stix.check(path, path)
    record = orjson.loads(path.read_bytes())
    BROKEN[name](record["objects"])
    (tmp_path / "broken").write_bytes(orjson.dumps(record))
    with pytest.raises(OutputError):
        Stix.check(path, tmp_path / "broken")


@given(st.integers(1, 400))
@settings(max_examples=20, deadline=None)
def test_a_cut_bundle_is_refused(bundles: dict[str, Path], tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    path, whole = tmp_path_factory.mktemp("cut") / "cut", bundles["generated"].read_bytes().rstrip()
    path.write_bytes(whole[:-cut])
    with pytest.raises(OutputError):
        Stix.check(path, path)


def test_without_the_library_the_install_line_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: Any, **more: Any) -> Any:
        if name == "stix2":
            raise ModuleNotFoundError(name)
        return real(name, *rest, **more)

    with Case.open(every_kind(tmp_path / "case")) as case:
        monkeypatch.setattr(builtins, "__import__", absent)
        with pytest.raises(OutputError) as refused:
            export_case(case, Stix, tmp_path / "out.json", Request(), logged=False)
    assert "safelight[stix]" in refused.value.advice and not list(tmp_path.glob("out*"))


def test_a_file_without_a_place_has_no_name() -> None:
    file = next(_objects(passed(item(names=())), lambda *words: "328d2cd1-864a-4cf3-ad5a-694d542e04d7", COMMON, AUTHOR))
    assert "name" not in file and file["id"] == file_id(file["hashes"]["MD5"], None)
