"""Members of archives as places."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from safelight.decode.archives.member import Member
from safelight.decode.limits import Limits
from safelight.evidence import FileEntry, Problem, may_open, members
from safelight.model import Finding, Location, MediaFile

ARCHIVE = MediaFile(location=Location(b"/disk", (b"a.zip",)))


def _memory(data: bytes) -> int:
    descriptor = os.memfd_create("member")
    os.write(descriptor, data)
    return descriptor


def test_members_can_be_opened_until_they_are_closed() -> None:
    (entry,) = members(ARCHIVE, iter([(Member(name=b"x.png", size_bytes=3), _memory(b"abc"))]))
    assert isinstance(entry, FileEntry)
    for _ in range(2):
        descriptor = entry.open()
        assert os.pread(descriptor, 9, 0) == b"abc"
        os.close(descriptor)
    entry.close()
    entry.close()


def test_what_has_no_bytes_is_a_problem_with_every_finding() -> None:
    findings = (Finding(reader="archive", version="1", what="one"), Finding(reader="archive", version="1", what="two"))
    member, whole = members(
        ARCHIVE, iter([(Member(name=b"x", findings=findings), None), (Member(name=None, findings=findings), None)])
    )
    assert isinstance(member, Problem) and member.findings == findings
    assert isinstance(whole, Problem) and whole.media_file.location.display() == "a.zip!//"


@given(st.lists(st.sampled_from([b"", b"a", b"b", b"a/2", b"/", None]), max_size=12))
def test_every_place_is_different(names: list[bytes | None]) -> None:
    entries = list(members(ARCHIVE, iter([(Member(name=name), None) for name in names])))
    assert len({entry.media_file.location.key for entry in entries}) == len(names)


def test_depth_is_bounded() -> None:
    place = ARCHIVE.location
    for _ in range(3):
        assert may_open(place, Limits(archive_depth=3)) is (place.depth < 3)
        place = place.inside(b"inner.zip")
    assert not may_open(place, Limits(archive_depth=3))
