"""7z: what must not cost more than the one member that it touches."""

from __future__ import annotations

import io
import os
import random
import zlib
from pathlib import Path
from typing import Any

import py7zr
import py7zr.py7zr as internals
import pytest
from tests.decode.archives.unpacked import unpacked, words

from safelight.model import Outcome

COPY = [{"id": py7zr.FILTER_COPY}]


def _sevenzip(*items: tuple[str, bytes], **given: Any) -> bytes:
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w", **given) as archive:
        for name, data in items:
            archive.writestr(data, name)
    return out.getvalue()


def _marked(items: list[tuple[str, bytes]], attributes: dict[str, int], monkeypatch: pytest.MonkeyPatch) -> bytes:
    """An archive whose list states these attributes."""
    make = internals.SevenZipFile._make_file_info_from_name

    def changed(*given: Any) -> Any:
        info = make(*given)
        info["attributes"] = attributes.get(given[-1], info["attributes"])
        return info

    monkeypatch.setattr(internals.SevenZipFile, "_make_file_info_from_name", staticmethod(changed))
    return _sevenzip(*items)


def test_names_that_other_programs_refuse_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internals, "check_archive_path", lambda _name: True)
    names = ["first", "../../up", "/rooted", "con", "a\nb\x01", "x" * 3_000, "same", "same", "\u5199\u771f", "last"]
    found = unpacked(_sevenzip(*((name, str(number).encode()) for number, name in enumerate(names))))
    assert [(member.name, data) for member, data in found] == [
        (name.encode(), str(number).encode()) for number, name in enumerate(names)
    ]
    assert not words(found)


def test_links_are_marked_and_their_content_is_read_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "seen.txt").write_text("hello")
    (tmp_path / "link").symlink_to("seen.txt")
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        archive.writeall(tmp_path, "r")
    found = {member.name: (member, data) for member, data in unpacked(out.getvalue())}
    member, data = found[b"r/link"]
    assert data == b"seen.txt" and member.findings[0].details["target"] == "seen.txt"
    assert member.findings[0].outcome is Outcome.FOUND and "symbolic link" in member.findings[0].what
    assert found[b"r/seen.txt"][1] == b"hello" and not found[b"r/seen.txt"][0].findings


@pytest.mark.parametrize("mark", [0x10, 0x8000 | 0o140755 << 16])
def test_a_mark_in_the_list_hides_no_content(mark: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a folder or as a socket, with content behind it: other unpackers pass over these."""
    content = _marked([("a", b"1"), ("hidden", b"22"), ("c", b"3")], {"hidden": mark}, monkeypatch)
    with py7zr.SevenZipFile(io.BytesIO(content)) as archive:
        hidden = archive.files[1]
        assert hidden.is_directory or hidden.is_socket
    assert [(member.name, data) for member, data in unpacked(content)] == [
        (b"a", b"1"),
        (b"hidden", b"22"),
        (b"c", b"3"),
    ]


def test_a_wrong_checksum_costs_its_own_member_only() -> None:
    items = [(f"{number}.bin", random.Random(number).randbytes(500)) for number in range(9)]
    content = bytearray(_sevenzip(*items, filters=COPY))
    place = content.index(items[4][1])
    content[place + 7] ^= 0xFF
    found = unpacked(bytes(content))
    assert [member.name for member, _ in found] == [name.encode() for name, _ in items]
    damaged = [member.name for member, _ in found if member.findings]
    assert damaged == [b"4.bin"] and "checksum" in words(found)
    assert all(data == dict(items)[(member.name or b"").decode()] for member, data in found if not member.findings)


def test_a_damaged_block_keeps_every_name() -> None:
    items = [(f"{number}.txt", bytes([number]) * 3_000 + os.urandom(50)) for number in range(20)]
    content = bytearray(_sevenzip(*items))
    content[200:260] = bytes(60)
    found = unpacked(bytes(content))
    assert {member.name for member, _ in found if member.name} == {name.encode() for name, _ in items}
    said = words(found)
    assert "not read" in said or "damaged" in said
    for member, data in found:
        if member.name is not None and not member.findings:
            assert data == dict(items)[member.name.decode()]


def test_empty_files_and_folders(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "full").write_bytes(b"x")
    out = io.BytesIO()
    with py7zr.SevenZipFile(out, "w") as archive:
        archive.writeall(tmp_path, "r")
    assert [(member.name, data) for member, data in unpacked(out.getvalue())] == [(b"r/empty", b""), (b"r/full", b"x")]
    nothing = io.BytesIO()
    with py7zr.SevenZipFile(nothing, "w"):
        pass
    assert unpacked(nothing.getvalue()) == []


def test_times_are_exact() -> None:
    content = _sevenzip(("a", b"x"))
    with py7zr.SevenZipFile(io.BytesIO(content)) as archive:
        stamp = int(archive.files[0].lastwritetime)
    ((member, _),) = unpacked(content)
    assert member.modified_ns == stamp * 100 - 11_644_473_600 * 1_000_000_000


def test_the_library_still_has_what_the_driver_takes_apart() -> None:
    """The driver goes through parts of py7zr that are not documented: a release without them must fail here, not on evidence."""
    with py7zr.SevenZipFile(io.BytesIO(_sevenzip(("a", b"abc")))) as archive:
        (folder,) = archive.header.main_streams.unpackinfo.folders
        assert archive.header.main_streams.packinfo.packpositions[0] == 0
        assert folder.packed_indices is not None and folder.coders
        assert folder.files.files_list[0]["digest"] == zlib.crc32(b"abc") == archive.files[0].crc32
        assert archive.worker.src_start == 32
        assert callable(archive.worker.extract_single) and callable(archive.worker.register_filelike)
