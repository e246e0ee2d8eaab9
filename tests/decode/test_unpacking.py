"""The parent's side of unpacking, with an unpacker that does as each line of its archive says."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.decode.walls import PLAN, PLUG_INS, SMALL_LIMITS, children, examine, memory_file, open_descriptors

from safelight.decode.archives.member import Member
from safelight.decode.wall import Wall
from safelight.errors import WallError
from safelight.model import Outcome

LIMITS = replace(SMALL_LIMITS, member_bytes=1 << 20)


@pytest.fixture(scope="module")
def wall() -> Iterator[Wall]:
    with Wall(PLAN, LIMITS, 1, extra_paths=(PLUG_INS,)) as wall:
        yield wall


def take(item: tuple[Member, int | None]) -> tuple[bytes | None, bytes | None]:
    member, descriptor = item
    if descriptor is None:
        return member.name, None
    data = os.pread(descriptor, 1 << 20, 0)
    os.close(descriptor)
    return member.name, data


def unpack(wall: Wall, archive: bytes) -> list[tuple[Member, bytes | None]]:
    return [(item[0], take(item)[1]) for item in wall.unpack(memory_file(archive))]


def test_members_in_order_with_exact_names(wall: Wall) -> None:
    found = unpack(wall, b"one\ntwo\nthree\nfour\nfive")
    assert [(member.name, data) for member, data in found] == [
        (word + b"\xff", word) for word in b"one two three four five".split()
    ]
    assert found[0][0].size_bytes == 3
    assert found[0][0].modified_ns == -5


def test_findings_and_digests_pass(wall: Wall) -> None:
    found = [member for member, _ in unpack(wall, b"FINDING\nDIGESTED\nlast")]
    assert found[0].findings[0].what == "encrypted"
    assert found[1].digests == ("a" * 64, "b" * 40, "c" * 32)
    assert found[2].name == b"last\xff"


def test_an_archive_with_nothing_in_it(wall: Wall) -> None:
    assert unpack(wall, b"") == []


def test_the_memory_of_a_member_cannot_change_any_more(wall: Wall) -> None:
    unpacked = wall.unpack(memory_file(b"one\ntwo"))
    _, descriptor = next(unpacked)
    assert descriptor is not None
    with pytest.raises(PermissionError):
        os.pwrite(descriptor, b"x", 0)
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 0)
    os.close(descriptor)
    unpacked.close()


def test_archives_inside_one_another(wall: Wall) -> None:
    outer = wall.unpack(memory_file(b"a\nb\nc"))
    names = [take(next(outer))[0]]
    inner = wall.unpack(memory_file(b"x\ny\nz"))
    names.append(take(next(inner))[0])
    innermost = wall.unpack(memory_file(b"deep"))
    names += [take(item)[0] for item in innermost]
    names += [take(item)[0] for item in inner]
    names += [take(item)[0] for item in outer]
    assert [name[:-1] for name in names if name] == [b"a", b"x", b"deep", b"y", b"z", b"b", b"c"]


def test_files_are_examined_while_an_archive_is_open(wall: Wall) -> None:
    unpacked = wall.unpack(memory_file(b"a\nb\nc"))
    take(next(unpacked))
    (reply,) = examine(wall, [b"a file in between"])
    assert reply.examination is not None
    wall.submit(9, memory_file(b"examined while the archive goes on"))
    assert [take(item)[1] for item in unpacked] == [b"b", b"c"]
    assert [reply.token for reply in wall.wait(10.0)] == [9]


@pytest.mark.parametrize(
    ("order", "cause"),
    [(b"CRASH", "ended"), (b"UNSEALABLE", "protocol"), (b"NOT MEMORY", "protocol")],
)
def test_a_lost_worker_ends_the_archive_with_a_finding(wall: Wall, order: bytes, cause: str) -> None:
    before = open_descriptors()
    *kept, (last, data) = unpack(wall, b"one\ntwo\n" + order + b"\nthree")
    assert [data for _, data in kept] == [b"one", b"two"]
    assert (last.name, data) == (None, None)
    assert last.findings[0].outcome is Outcome.COULD_NOT_LOOK
    assert last.findings[0].details["cause"] == cause
    assert last.findings[0].details["members"] == 2
    assert "two" in last.findings[0].what
    assert open_descriptors() <= before
    assert [data for _, data in unpack(wall, b"the next archive")] == [b"the next archive"]


def test_an_unpacker_that_fails_says_so_and_lives_on(wall: Wall) -> None:
    *kept, (last, _) = unpack(wall, b"one\nRAISE\ntwo")
    assert [data for _, data in kept] == [b"one"]
    assert last.name is None
    assert last.findings[0].details["error"] == "ValueError"
    family = children()
    assert [data for _, data in unpack(wall, b"again")] == [b"again"]
    assert children() == family


def test_the_kernel_refuses_a_member_above_the_limit(wall: Wall) -> None:
    *_, (last, _) = unpack(wall, b"one\nTOO LARGE\ntwo")
    assert last.findings[0].details["error"] == "OSError"
    assert "too large" in str(last.findings[0].details["message"])


def test_a_worker_that_takes_too_long() -> None:
    with Wall(PLAN, replace(LIMITS, wall_s=1.0), 1, extra_paths=(PLUG_INS,)) as wall:
        first, (last, _) = unpack(wall, b"one\nLOOP\ntwo")
    assert first[1] == b"one"
    assert last.findings[0].details["cause"] == "deadline"


def test_time_in_the_callers_hands_does_not_count() -> None:
    with Wall(PLAN, replace(LIMITS, wall_s=1.0), 1, extra_paths=(PLUG_INS,)) as wall:
        unpacked = wall.unpack(memory_file(b"a\nb\nc\nd"))
        take(next(unpacked))
        give_up = time.monotonic() + 1.5
        while time.monotonic() < give_up:
            examine(wall, [b"%d" % time.monotonic_ns()])
            time.sleep(0.1)
        assert [take(item)[1] for item in unpacked] == [b"b", b"c", b"d"]


def test_a_worker_that_sends_more_than_it_was_asked_for_is_stopped(wall: Wall) -> None:
    unpacked = wall.unpack(memory_file(b"one\nGREEDY\n" + b"FINDING\n" * 100))
    take(next(unpacked))
    time.sleep(0.5)
    *_, (last, _) = found = list(unpacked)
    assert last.name is None
    assert last.findings[0].details["cause"] == "protocol"
    assert len(found) < 20


def test_bounds_are_checked_again_by_the_parent() -> None:
    with Wall(PLAN, replace(LIMITS, archive_members=5), 1, extra_paths=(PLUG_INS,)) as wall:
        found = unpack(wall, b"\n".join(b"%d" % number for number in range(50)))
    assert len(found) <= 8
    assert found[-1][0].findings[0].details["cause"] == "protocol"


def test_closing_early_ends_the_worker_and_leaves_nothing(wall: Wall) -> None:
    unpack(wall, b"warm")
    before = open_descriptors()
    unpacked = wall.unpack(memory_file(b"a\nb\nc\nd"))
    take(next(unpacked))
    unpacked.close()
    with pytest.raises(StopIteration):
        next(unpacked)
    dropped = wall.unpack(memory_file(b"a\nb"))
    take(next(dropped))
    del dropped
    assert open_descriptors() <= before


def test_many_archives_share_a_worker(wall: Wall) -> None:
    unpack(wall, b"warm")
    family = children()
    for number in range(30):
        assert [data for _, data in unpack(wall, b"m%d" % number)] == [b"m%d" % number]
    assert children() == family
    assert len(open_descriptors()) < resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def test_an_unpacker_that_cannot_be_loaded_is_an_error() -> None:
    with Wall(replace(PLAN, unpacker="misbehaving:no_such_unpacker"), LIMITS, 1, extra_paths=(PLUG_INS,)) as wall:
        with pytest.raises(WallError, match="no_such_unpacker"):
            next(wall.unpack(memory_file(b"x")))
        (reply,) = examine(wall, [b"files are examined all the same"])
        assert reply.examination is not None
