"""The drawn seizure: the same for the same seed, of every kind, and true to its truth."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from pathlib import Path

import pytest

from safelight.demo.seizure import draw_seizure
from safelight.demo.truth import SeizureTruth, place_of
from safelight.errors import OutputError
from safelight.model import HashSetRole
from safelight.pipeline.progress import StageCount

Drawn = tuple[Path, SeizureTruth, list[tuple[int, int]]]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    directory = tmp_path_factory.mktemp("drawn")
    seen: list[tuple[int, int]] = []

    def note(count: StageCount) -> None:
        seen.append((count.done, count.bytes_done))

    return directory, draw_seizure(directory, files=60, seed=1, on_progress=note), seen


def _contents(directory: Path) -> dict[bytes, tuple[str, int]]:
    top = os.fsencode(directory)
    found = {}
    for root, _, names in os.walk(top):
        for name in names:
            path = os.path.join(root, name)
            if not os.path.islink(path):
                data = Path(os.fsdecode(path)).read_bytes()
                modified = 0 if b"/evidence/" not in path else os.lstat(path).st_mtime_ns
                found[os.path.relpath(path, top)] = (hashlib.sha256(data).hexdigest(), modified)
    return found


def test_it_holds_exactly_the_files_of_the_truth(drawn: Drawn) -> None:
    directory, truth, _ = drawn
    on_disk = {
        path.removeprefix(b"evidence/"): digest
        for path, (digest, _) in _contents(directory).items()
        if path.startswith(b"evidence/")
    }
    assert on_disk == {item.path: item.sha256 for item in truth.files}
    assert len(truth.files) == 60
    assert all(item.size_bytes == place_of(directory / "evidence", item.path).stat().st_size for item in truth.files)


def test_every_kind_occurs_even_in_a_small_seizure(drawn: Drawn) -> None:
    _, truth, _ = drawn
    kinds = Counter(item.kind for item in truth.files)
    assert set(kinds) == {
        "camera", "a1111", "near", "stripped", "exact", "comfyui", "webp", "zip", "truncated", "text", "encrypted", "mp4", "targz", "7z",
        "heic", "nested", "zeros", "gif", "avif", "tiff", "bmp", "misnamed", "torn-zip", "empty",
    }  # fmt: skip
    assert {item.how for item in truth.files if item.kind == "near"} == {
        "resized",
        "recompressed",
        "captioned",
        "brightened",
        "ai-edited",
    }
    assert {item.stands_for for item in truth.files} == {"captured", "generated", "ai-edited", "unknown", ""}


def test_the_same_seed_draws_the_same_bytes_with_any_number_of_processes(drawn: Drawn, tmp_path: Path) -> None:
    first, _, _ = drawn
    draw_seizure(tmp_path / "again", files=60, seed=1)
    assert _contents(tmp_path / "again") == _contents(first)
    draw_seizure(tmp_path / "one", files=101, seed=5, processes=1)
    draw_seizure(tmp_path / "two", files=101, seed=5, processes=2)
    assert _contents(tmp_path / "one") == _contents(tmp_path / "two")
    draw_seizure(tmp_path / "other", files=24, seed=2)
    draw_seizure(tmp_path / "another", files=24, seed=3)
    assert not {value for value, _ in _contents(tmp_path / "other" / "evidence" / "DCIM").values()} & {
        value for value, _ in _contents(tmp_path / "another" / "evidence" / "DCIM").values()
    }


def test_copies_are_what_the_truth_says(drawn: Drawn) -> None:
    _, truth, _ = drawn
    by_path = truth.by_path()
    for item in truth.files:
        if item.duplicate_of is not None:
            assert item.sha256 == by_path[item.duplicate_of].sha256
            assert item.stands_for == by_path[item.duplicate_of].stands_for
        if item.near_duplicate_of is not None:
            assert item.sha256 != by_path[item.near_duplicate_of].sha256
    copies = [item.sha256 for item in truth.files if item.duplicate_of is None and item.size_bytes]
    assert len(set(copies)) == len(copies)


def test_the_lists_hold_what_the_truth_says(drawn: Drawn) -> None:
    directory, truth, _ = drawn
    lists = {item.name: item for item in truth.lists}
    assert {item.role for item in truth.lists} == {HashSetRole.KNOWN, HashSetRole.IRRELEVANT}
    for name in ("demo-known", "demo-irrelevant"):
        rows = [line for line in (directory / lists[name].path).read_text().splitlines() if not line.startswith("#")]
        assert len(rows) == lists[name].entries > 0
        assert set(rows) == {item.md5 for item in truth.files if name in item.lists}
    alike = [item for item in truth.files if "demo-alike" in item.lists]
    assert any(item.near_duplicate_of for item in alike)
    assert len((directory / lists["demo-alike"].path).read_text().splitlines()) == lists["demo-alike"].entries + 1 > 1


def test_truth_is_written_as_json_with_exact_names(drawn: Drawn) -> None:
    directory, truth, _ = drawn
    written = json.loads((directory / "truth.json").read_text("utf-8"))
    assert written["schema"] == "safelight.demo-truth/1"
    names = [
        bytes.fromhex(item["path_hex"]) if "path_hex" in item else item["path"].encode() for item in written["files"]
    ]
    assert names == [item.path for item in truth.files]
    assert any(not _is_utf8(name) for name in names)
    assert {item["name"] for item in written["lists"]} == {"demo-known", "demo-alike", "demo-irrelevant"}
    for link in written["links"]:
        assert (directory / "evidence" / link["path"]).is_symlink()


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_progress_counts_every_file(drawn: Drawn) -> None:
    _, truth, seen = drawn
    assert [done for done, _ in seen] == list(range(1, 61))
    assert seen[-1][1] == sum(item.size_bytes for item in truth.files)


def test_a_small_seizure_is_drawn_in_seconds(tmp_path: Path) -> None:
    started = time.process_time()
    draw_seizure(tmp_path, files=60, seed=8)
    assert time.process_time() - started < 60, "about 3 s of CPU where this was written"


def test_it_never_writes_where_something_is(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="not empty"):
        draw_seizure(tmp_path, files=20, seed=1)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, no folder")
    with pytest.raises(OutputError, match="cannot be written"):
        draw_seizure(tmp_path / "file" / "below", files=20, seed=1)


@pytest.mark.parametrize("files", [1, 5, 24, 44, 45])
def test_small_numbers_are_met_exactly(tmp_path: Path, files: int) -> None:
    assert len(draw_seizure(tmp_path, files=files, seed=4).files) == files
