"""Cameras are kept whole or not at all, and a broken file harms no other."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from safelight.errors import CameraError, ExitCode
from safelight.origin.camera.fingerprint import Fingerprint
from safelight.origin.camera.store import Camera, CameraStore, default_directory
from safelight.settings import Settings


def camera(name: str, seed: int = 0) -> Camera:
    pattern = np.random.default_rng(seed).integers(-127, 128, (512, 640)).astype(np.int8)
    made = Fingerprint(650, 520, pattern)
    return Camera(
        name=name,
        fingerprint=made,
        digest=made.digest,
        references=("a" * 64,) * 20,
        agreement=300.0,
        enrolled_utc="2026-01-02T03:04:05Z",
    )


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    store = CameraStore(tmp_path / "cameras")
    assert store.cameras() == ([], [])
    store.add(camera("Phone 1"))
    again = store.get("Phone 1")
    assert again.digest == camera("Phone 1").digest
    assert np.array_equal(again.fingerprint.pattern, camera("Phone 1").fingerprint.pattern)
    assert [one.name for one in store.asked(["all"])] == ["Phone 1"]
    assert [path.name for path in (tmp_path / "cameras").iterdir()] == ["Phone 1.json"]


@pytest.mark.parametrize("name", ["", "all", "ALL", "../x", "a/b", ".hidden", "a\nb", "x" * 65, "ü"])
def test_names_that_cannot_be_kept(tmp_path: Path, name: str) -> None:
    store = CameraStore(tmp_path)
    with pytest.raises(CameraError) as refused:
        store.add(camera(name))
    assert refused.value.exit_code is ExitCode.CAMERA
    with pytest.raises(CameraError):
        store.get(name)
    with pytest.raises(CameraError):
        store.remove(name)


def test_a_taken_name_is_never_overwritten(tmp_path: Path) -> None:
    store = CameraStore(tmp_path)
    store.add(camera("Phone 1"))
    with pytest.raises(CameraError, match="enrolled already"):
        store.add(camera("Phone 1", seed=1))
    assert store.get("Phone 1").digest == camera("Phone 1").digest


@pytest.mark.parametrize("damage", ["cut", "changed", "renamed", "not json", "list", "huge"])
def test_a_broken_file_harms_no_other(tmp_path: Path, damage: str) -> None:
    store = CameraStore(tmp_path)
    store.add(camera("good"))
    store.add(camera("bad", seed=1))
    path = tmp_path / "bad.json"
    record = json.loads(path.read_text())
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif damage == "changed":
        record["fingerprint"]["pattern"] = "AAAA" + record["fingerprint"]["pattern"][4:]
        path.write_text(json.dumps(record))
    elif damage == "renamed":
        path.write_text((tmp_path / "good.json").read_text())
    elif damage == "huge":
        os.truncate(path, 17 << 20)
    else:
        path.write_text({"not json": "\x00", "list": "[]"}[damage])
    found, broken = store.cameras()
    assert [one.name for one in found] == ["good"]
    assert [one.name for one in broken] == ["bad"]
    assert store.get("good").digest == camera("good").digest
    for names in (["bad"], ["all"], ["good", "bad"]):
        with pytest.raises(CameraError):
            store.asked(names)
    store.remove("bad")
    assert store.cameras()[1] == []


def test_none_is_enrolled(tmp_path: Path) -> None:
    for names in (["all"], ["no such"]):
        with pytest.raises(CameraError):
            CameraStore(tmp_path / "none").asked(names)


def test_where_the_store_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_directory(Settings(camera_store=str(tmp_path))) == tmp_path
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_directory(Settings()) == tmp_path / "safelight" / "cameras"
