"""Numbers and names that no file system can hold become findings, not the end of the archive."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given
from hypothesis import strategies as st

from safelight.decode.archives.bounds import Gate, link_finding
from safelight.decode.archives.member import Member
from safelight.decode.limits import Limits
from safelight.decode.replies import ReplyChecker
from safelight.decode.unpack_service import UnpackService

EDGE = st.sampled_from([-(1 << 70), -(1 << 63) - 1, -(1 << 63), -1, 0, 1, (1 << 63) - 1, 1 << 63, 1 << 64, 1 << 90])


class _Channel:
    """Takes what the worker would send, and gives it leave to go on."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def send(self, kind: object, job: int, body: bytes = b"", descriptors: tuple[int, ...] = ()) -> None:
        self.bodies.append(body)


@contextmanager
def _cpu_limit_kept() -> Iterator[None]:
    """The service renews the CPU limit of its process, which here is the one that runs all tests."""
    before = resource.getrlimit(resource.RLIMIT_CPU)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CPU, before)


@given(
    name=st.none() | st.binary(max_size=20) | st.integers(65_530, 70_000).map(bytes),
    size_bytes=st.none() | EDGE,
    modified_ns=st.none() | EDGE,
)
def test_every_member_passes_the_check_of_the_parent(
    name: bytes | None, size_bytes: int | None, modified_ns: int | None
) -> None:
    channel = _Channel()
    service = UnpackService("safelight.decode.archives.unpack:unpack", Limits(), channel)  # type: ignore[arg-type]
    service._credits = 9
    passed: list[Member] = []

    def emit(member: Member, descriptor: int | None) -> None:
        passed.append(member)
        service._emit(member, descriptor)

    with _cpu_limit_kept():
        Gate(1, Limits(), emit).listed(Member(name=name, size_bytes=size_bytes, modified_ns=modified_ns))
    checked = ReplyChecker().member(channel.bodies[0])
    (member,) = passed
    assert (checked.name, checked.size_bytes, checked.modified_ns) == (
        member.name,
        member.size_bytes,
        member.modified_ns,
    )
    assert len(checked.findings) == len(member.findings)
    kept = {"size_bytes": size_bytes, "modified_ns": modified_ns}
    for finding in checked.findings:
        for key, value in finding.details.items():
            if key in kept:
                assert isinstance(value, str) and int(value, 16) == kept[key], (
                    "what cannot be stored as a number is kept as text"
                )
    assert member.size_bytes in (None, size_bytes) and member.modified_ns in (None, modified_ns)


def test_the_target_of_a_link_is_kept_printable_and_short() -> None:
    assert link_finding(b"a\n\xff").details["target"] == "a\\x0a\\xff"
    assert len(str(link_finding(b"x" * 100_000).details["target"])) == 4_096
