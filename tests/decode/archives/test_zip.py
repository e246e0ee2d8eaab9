"""ZIP: marks in a header that must not hide content."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest
from tests.decode.archives.unpacked import unpacked, words

from safelight.model import Outcome


def _zip(*items: tuple[str, bytes, int], system: int = 3) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data, mode in items:
            info = zipfile.ZipInfo(name, (2020, 1, 2, 3, 4, 6))
            info.create_system, info.external_attr = system, mode << 16
            archive.writestr(info, data)
    return out.getvalue()


def test_a_link_is_marked_and_read_as_a_file() -> None:
    found = unpacked(_zip(("a", b"../../etc/hostname", stat.S_IFLNK | 0o777), ("b", b"2", stat.S_IFREG | 0o600)))
    (link, data), (other, _) = found
    assert data == b"../../etc/hostname" and not other.findings
    (finding,) = link.findings
    assert finding.outcome is Outcome.FOUND and finding.details["target"] == "../../etc/hostname"


def test_a_picture_that_is_marked_as_a_link_is_still_passed_on() -> None:
    picture = b"\xff\xd8\xff" + bytes(100_000)
    found = unpacked(_zip(("a.jpg", picture, stat.S_IFLNK | 0o777)))
    assert [data for _, data in found] == [picture]


@pytest.mark.parametrize("kind", [stat.S_IFDIR, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_other_marks_change_nothing(kind: int) -> None:
    assert [data for _, data in unpacked(_zip(("a", b"content", kind | 0o600)))] == [b"content"]


def test_a_folder_with_content_is_a_file() -> None:
    found = unpacked(_zip(("folder/", b"content", 0), ("bare/", b"", 0)))
    assert [(member.name, data) for member, data in found] == [(b"folder/", b"content")]


def test_members_of_one_name_come_out_apart() -> None:
    with pytest.warns(UserWarning, match="Duplicate"):
        content = _zip(("a", b"1", 0), ("a", b"2", 0))
    assert [(member.name, data) for member, data in unpacked(content)] == [(b"a", b"1"), (b"a", b"2")]


def test_one_damaged_member_does_not_cost_the_others() -> None:
    content = bytearray(_zip(*((f"{number}", bytes([65 + number]) * 300, 0) for number in range(5))))
    content[content.index(b"C" * 300) + 9] = 0
    found = unpacked(bytes(content))
    assert [member.name for member, _ in found if member.findings] == [b"2"] and "damaged" in words(found)
    assert [data for member, data in found if not member.findings] == [bytes([65 + n]) * 300 for n in (0, 1, 3, 4)]
