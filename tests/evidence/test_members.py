"""Members of archives as places."""

from __future__ import annotations

import os
import time

from hypothesis import given
from hypothesis import strategies as st

from safelight.decode.archives.member import Member
from safelight.decode.limits import Limits
from safelight.evidence import FileEntry, Nest, Problem, may_open, members, not_opened
from safelight.model import Finding, Location, MediaFile, Outcome

ARCHIVE = MediaFile(location=Location(b"/disk", (b"a.zip",)))


def _all(*items: tuple[Member, int | None], nest: Nest | None = None) -> list[FileEntry | Problem]:
    return list(members(ARCHIVE, iter(items), nest or Nest(1 << 40, Limits())))


def _memory(data: bytes) -> int:
    descriptor = os.memfd_create("member")
    os.write(descriptor, data)
    return descriptor


def test_members_can_be_opened_until_they_are_closed() -> None:
    (entry,) = _all((Member(name=b"x.png", size_bytes=3), _memory(b"abc")))
    assert isinstance(entry, FileEntry)
    for _ in range(2):
        descriptor = entry.open()
        assert os.pread(descriptor, 9, 0) == b"abc"
        os.close(descriptor)
    entry.close()
    entry.close()


def test_what_has_no_bytes_is_a_problem_with_every_finding() -> None:
    findings = (Finding(reader="archive", version="1", what="one"), Finding(reader="archive", version="1", what="two"))
    member, whole = _all((Member(name=b"x", findings=findings), None), (Member(name=None, findings=findings), None))
    assert isinstance(member, Problem) and member.findings == findings
    assert isinstance(whole, Problem) and whole.media_file.location.display() == "a.zip!//"


@given(st.lists(st.sampled_from([b"", b"a", b"b", b"a/2", b"/", None]), max_size=12))
def test_every_place_is_different(names: list[bytes | None]) -> None:
    entries = _all(*((Member(name=name), None) for name in names))
    assert len({entry.media_file.location.key for entry in entries}) == len(names)


def test_many_members_of_one_name_cost_no_more_than_others() -> None:
    started = time.process_time()
    entries = _all(*((Member(name=b"a.jpg"), None) for _ in range(60_000)))
    assert time.process_time() - started < 30
    assert entries[-1].media_file.location.parts[-1] == b"a.jpg/60000"


def test_what_was_read_is_kept_when_a_bound_of_the_nest_is_reached() -> None:
    nest = Nest(1_000, Limits(archive_ratio=200, archive_total_bytes=100))
    items = [(Member(name=b"%d" % number), _memory(b"x" * 40)) for number in range(5)]
    unpacked = iter(items)
    entries = list(members(ARCHIVE, unpacked, nest))
    assert [type(entry) for entry in entries] == [FileEntry, FileEntry, FileEntry, Problem]
    assert "more than 100 bytes" in entries[-1].findings[0].what
    assert entries[-1].findings[0].outcome is Outcome.COULD_NOT_LOOK
    assert len(list(unpacked)) == 2, "nothing more was taken out of the archive"
    inner = not_opened(MediaFile(location=ARCHIVE.location.inside(b"inner.zip")), nest)
    assert inner.media_file.location.display() == "a.zip!/inner.zip!//"
    assert "not opened" in inner.findings[0].what and "more than 100 bytes" in inner.findings[0].what
    for _, descriptor in items:
        os.close(descriptor)


def test_depth_is_bounded() -> None:
    place = ARCHIVE.location
    for _ in range(3):
        assert may_open(place, Limits(archive_depth=3)) is (place.depth < 3)
        place = place.inside(b"inner.zip")
    assert not may_open(place, Limits(archive_depth=3))
