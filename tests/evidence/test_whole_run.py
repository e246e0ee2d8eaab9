"""A whole triage over evidence of every awkward kind: it is left as it was, everything is listed, and what goes wrong costs only itself."""

from __future__ import annotations

import io
import os
import sqlite3
import struct
import subprocess
import tarfile
import zipfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import py7zr
import pytest
from PIL import Image
from tests.evidence.untouched import made_old, state_of

Run = Callable[..., "subprocess.CompletedProcess[str]"]

NESTED = 7
"""Archives inside one another; two more than are opened by default."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a case says: (outcome, words) of every place, its own and those of its content; SHA-256 and exact parts of every place."""

    said: dict[str, list[tuple[str, str]]]
    sha256: dict[str, str | None]
    parts: set[bytes]

    def words(self, path: str) -> str:
        return "\n".join(text for _, text in self.said[path])


def taken(case: Path) -> Taken:
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    with sqlite3.connect(f"file:{case / 'case.sqlite'}?mode=ro", uri=True) as connection:
        places = connection.execute("SELECT path, location_key, sha256, parts FROM media_file").fetchall()
        of_place, of_media = defaultdict(list), defaultdict(list)
        for key, sha256, outcome, what in connection.execute("SELECT location_key, sha256, outcome, what FROM finding"):
            if key is not None:
                of_place[key].append((outcome, what))
            else:
                of_media[sha256].append((outcome, what))
    for path, key, sha256, _ in places:
        said[path] += [*of_place[key], *of_media[sha256]]
    return Taken(said, {row[0]: row[2] for row in places}, {bytes(row[3]) for row in places})


def _picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").rotate(number * 7).save(out, "PNG")
    return out.getvalue()


def _zip(*items: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in items:
            archive.writestr(name, data)
    return out.getvalue()


def _tar(*items: tuple[str, bytes], mode: str = "w") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in items:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _sevenzip(*items: tuple[str, bytes], **given: object) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", **given) as archive:  # type: ignore[arg-type]
        for name, data in items:
            archive.writestr(data, name)
    return out.getvalue()


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    root = tmp_path / "evidence"
    (root / "folder").mkdir(parents=True)
    (root / "empty").mkdir()
    files: dict[bytes, bytes] = {
        b"folder/a.png": _picture(1),
        b"folder/copy.png": _picture(1),
        b"n\xe9\xff\n.png": _picture(2),
        b"-rf": _picture(3),
        b"note.txt": b"not a picture",
        b"nothing.bin": b"",
        b"good.zip": _zip(("in.png", _picture(4)), ("sub/in.png", _picture(5))),
        b"good.tar.gz": _tar(("in.png", _picture(6)), mode="w:gz"),
        b"good.7z": _sevenzip(("in.png", _picture(7))),
        b"locked.7z": _sevenzip(("locked.png", _picture(8)), password="x"),
        b"blind.7z": _sevenzip(("hidden.png", _picture(9)), password="x", header_encryption=True),
        b"packed.rar": b"Rar!\x1a\x07\x01\x00" + bytes(100),
        b"cabinet.cab": b"MSCF" + bytes(100),
        b"frames.zst": b"\x28\xb5\x2f\xfd" + bytes(100),
        b"cut.tar": _tar(("one.png", _picture(10)), ("two.png", _picture(11)))[
            : 1_124 + -(-len(_picture(10)) // 512) * 512
        ],
    }
    damaged = bytearray(_zip(("bad.png", _picture(12)), ("fine.png", _picture(13))))
    damaged[60:80] = bytes(20)
    files[b"damaged.zip"] = bytes(damaged)
    locked = bytearray(_zip(("locked.png", _picture(14)), ("open.png", _picture(15))))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + flags] |= 1
    files[b"locked.zip"] = bytes(locked)
    odd = _zip(("XXXXXXXX.png", _picture(16)), ("../../outside.png", _picture(17)))
    files[b"odd.zip"] = odd.replace(b"XXXXXXXX", b"\xe9\xff\n/../\x01")
    nested = _picture(18)
    for level in range(NESTED, 0, -1):
        nested = _zip((f"level{level}.png", _picture(20 + level)), (f"inner{level}", nested))
    files[b"nested.zip"] = nested
    files[b"bomb.zip"] = _zip(("before.png", _picture(30)), ("zeros.bin", bytes(64 << 20)), ("after.png", _picture(31)))
    inner = _zip(("zeros.bin", bytes(12 << 20)))
    files[b"many.zip"] = _zip(*((f"{number}.zip", inner + struct.pack("<I", number)) for number in range(40)))
    for name, content in files.items():
        with open(os.fsencode(root) + b"/" + name, "wb") as stream:
            stream.write(content)
    (root / "to-file").symlink_to("folder/a.png")
    (root / "to-folder").symlink_to("folder")
    (root / "out").symlink_to("/etc")
    os.mkfifo(root / "pipe")
    made_old(root)
    return root


def test_everything_is_taken_in_and_nothing_is_changed(evidence: Path, tmp_path: Path, run: Run) -> None:
    before = state_of(evidence)
    done = run("triage", evidence, "--case", tmp_path / "case", "--no-report", "-q")
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    assert state_of(evidence) == before, "evidence was changed"

    found = taken(tmp_path / "case")
    # Names keep their exact bytes, on disk and inside archives.
    assert {part for part in found.parts if b"n\xe9\xff\n.png" in part}
    assert {part for part in found.parts if b"\xe9\xff\n/../\x01.png" in part}
    assert found.sha256["n\\xe9\\xff\\x0a.png"] and found.sha256["-rf"] and found.sha256["nothing.bin"]
    assert found.sha256["folder/a.png"] == found.sha256["folder/copy.png"]
    assert found.sha256["odd.zip!/../../outside.png"]
    assert not Path(tmp_path.parent / "outside.png").exists()

    for name in ("to-file", "to-folder", "out", "pipe"):
        assert found.sha256[name] is None and {outcome for outcome, _ in found.said[name]} == {"did-not-run"}
    assert not [path for path in found.said if path.startswith(("to-folder/", "out/"))]

    for path in ("good.zip!/in.png", "good.zip!/sub/in.png", "good.tar.gz!/in.png", "good.7z!/in.png", "damaged.zip!/fine.png",
                 "locked.zip!/open.png", "cut.tar!/one.png", "bomb.zip!/before.png"):  # fmt: skip
        assert found.sha256[path] and not [text for outcome, text in found.said[path] if outcome == "could-not-look"], (
            path
        )

    # Encrypted, damaged, unknown: said with the name, and digested where there are bytes.
    assert "encrypted" in found.words("locked.zip!/locked.png") and "encrypted" in found.words("locked.7z!/locked.png")
    assert "list of the archive's members is encrypted" in found.words("blind.7z!//")
    assert "damaged" in found.words("damaged.zip!/bad.png")
    assert "read in part" in found.words("cut.tar!/two.png") or "not be read to its end" in found.words("cut.tar!//")
    for name, form in (("packed.rar", "RAR"), ("cabinet.cab", "Cabinet"), ("frames.zst", "Zstandard")):
        assert found.sha256[name] and f"not opened: {form} is not read" in found.words(f"{name}!//")

    # Depth, ratio of one archive, ratio of a nest of archives that each keep to their own bounds.
    place, levels = "nested.zip", []
    for level in range(1, NESTED + 1):
        levels.append(f"{place}!/level{level}.png" in found.sha256)
        place += f"!/inner{level}"
    assert levels == [True] * 5 + [False] * 2
    deepest = "nested.zip" + "".join(f"!/inner{level}" for level in range(1, 6))
    assert found.sha256[deepest] and "5 archives deep: digested, not opened" in found.words(deepest)
    assert "for each of its own" in found.words("bomb.zip!//")
    said = [text for path in found.said for _, text in found.said[path] if path.startswith("many.zip")]
    assert any("the archives inside it, more than 200 for each of its own" in text for text in said)
    assert sum(path.endswith("zeros.bin") for path in found.sha256 if path.startswith("many.zip")) < 10

    again = run("triage", evidence, "--case", tmp_path / "case", "--no-report", "-q", "--json")
    assert again.returncode == 3 and state_of(evidence) == before
    assert taken(tmp_path / "case").sha256 == found.sha256
    inspected = run("inspect", "--json", evidence / "folder" / "a.png", evidence / "good.zip", evidence / "pipe")
    assert inspected.returncode == 3 and state_of(evidence) == before
    assert run("verify", tmp_path / "case").returncode == 0


def test_depth_is_a_setting(evidence: Path, tmp_path: Path, run: Run, environment: dict[str, str]) -> None:
    for path in evidence.iterdir():
        if path.name != "nested.zip" and not path.is_dir():
            path.unlink()
    environment["SAFELIGHT_ARCHIVE_DEPTH"] = str(NESTED + 1)
    run("triage", evidence, "--case", tmp_path / "case", "--no-report", "-q")
    deepest = "nested.zip" + "".join(f"!/inner{level}" for level in range(1, NESTED + 1))
    assert taken(tmp_path / "case").sha256[deepest]
