"""Plug-ins that do what hostile or broken code in a worker would do. The wall loads them by name, as it would any reader.

A file whose first line is `MISBEHAVE <how>` makes `Misbehaver` behave so; every other file is read without fault.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any, ClassVar

from safelight.decode.archives.member import Member
from safelight.decode.content import Content
from safelight.decode.limits import Limits
from safelight.decode.protocol import Kind, frame_bytes
from safelight.model import Finding, Fingerprints, PdqHash

GREETING = b"MISBEHAVE "


def _channel() -> int:
    """The worker's socket, as code that took the worker over would find it."""
    for descriptor in range(3, 64):
        try:
            if os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:"):
                return descriptor
        except OSError:
            continue
    raise LookupError("no socket")


def _say(what: str, **details: Any) -> Finding:
    return Finding(reader="misbehaver", version="1", what=what, details=details)


class Misbehaver:
    name: ClassVar[str] = "misbehaver"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = "an order to misbehave"
    silence_means: ClassVar[str] = "no order"
    cost: ClassVar[str] = "anything"
    source: ClassVar[str] = "this file"
    checked_on: ClassVar[str] = "these tests"

    def read(self, content: Content) -> Any:
        if not content.data.startswith(GREETING):
            return self._well(content)
        how = content.data[len(GREETING) :].split(b"\n")[0].decode("ascii").replace("-", "_")
        return getattr(self, f"_{how}")()

    def _well(self, content: Content) -> Iterator[Finding]:
        yield _say(f"{len(content.data)} bytes")

    def _loop(self) -> None:
        while True:
            pass

    def _sleep(self) -> None:
        time.sleep(3600)

    def _stop(self) -> None:
        os.kill(os.getpid(), signal.SIGSTOP)

    def _allocate(self) -> None:
        held = []
        while True:
            held.append(bytearray(64 << 20))

    def _segfault(self) -> None:
        ctypes.string_at(8)

    def _abort(self) -> None:
        os.abort()

    def _leave(self) -> None:
        os._exit(0)

    def _exit(self) -> None:
        sys.exit("a plug-in that ends the process")

    def _raise(self) -> Iterator[Finding]:
        yield _say("before the fault")
        raise RuntimeError("broken \udcff text")

    def _recurse(self) -> None:
        self._recurse()

    def _socket(self) -> None:
        socket.create_connection(("127.0.0.1", 9), timeout=1)

    def _write_file(self) -> None:
        with open("/tmp/safelight-was-here", "wb") as file:
            file.write(b"x")

    def _read_outside(self) -> Iterator[Finding]:
        with open("/etc/passwd", "rb") as file:
            yield _say(repr(file.read()))

    def _fork(self) -> None:
        os.fork()

    def _execute(self) -> None:
        os.execv("/bin/true", ["true"])

    def _trace(self) -> None:
        ctypes.CDLL(None).ptrace(0, 0, 0, 0)

    def _kill_parent(self) -> None:
        os.kill(os.getppid(), signal.SIGTERM)

    def _print(self) -> Iterator[Finding]:
        sys.stdout.write("to stdout " * 10_000)
        sys.stdout.flush()
        os.write(1, b"x" * 300_000)
        os.write(2, b"\xff\x00" * 1000)
        yield _say("printed")

    def _rubbish(self) -> Any:
        return 42

    def _rubbish_findings(self) -> Any:
        return [_say("good"), "not a finding", Finding(reader="x", version="1", what=None)]  # type: ignore[arg-type]

    def _bad_enum(self) -> Any:
        return [Finding(reader="x", version="1", what="x", supports="certainly")]  # type: ignore[arg-type]

    def _huge_text(self) -> Iterator[Finding]:
        yield _say("x" * 100_000_000)

    def _huge_details(self) -> Iterator[Finding]:
        yield _say("much", text="y" * 100_000_000, items=list(range(200_000)), deep=self._deep())

    def _many_findings(self) -> Iterator[Finding]:
        for number in range(100_000):
            yield _say(f"number {number}", text="z" * 50_000)

    @staticmethod
    def _deep() -> Any:
        value: Any = "bottom"
        for _ in range(500):
            value = [value]
        return value

    def _odd_values(self) -> Iterator[Finding]:
        yield _say(
            "lone \ud800 surrogate",
            big=10**5000,
            small=-(1 << 70),
            nan=float("nan"),
            raw=b"\xff\x00",
            keys={1: {2, 3}},
            name="\udcff",
        )

    def _garbage_on_channel(self) -> None:
        os.write(_channel(), b"\xff" * 4096)
        time.sleep(3600)

    def _long_message(self) -> None:
        os.write(_channel(), struct.pack("<IBBI", 0xFFFFFFF0, Kind.DONE, 0, 1))
        time.sleep(3600)

    def _forge_digests(self) -> None:
        for job in range(64):
            os.write(_channel(), frame_bytes(Kind.DIGESTS, job, b'{"sha256": "' + b"0" * 64 + b'"}'))
        time.sleep(3600)

    def _forge_done(self) -> None:
        for job in range(64):
            os.write(_channel(), frame_bytes(Kind.DONE, job, b'{"kind": "harmless"}'))
        time.sleep(3600)

    def _threads(self) -> Iterator[Finding]:
        done: list[int] = []
        threads = [threading.Thread(target=done.append, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        yield _say(f"{len(done)} threads")

    def _late_import(self) -> Iterator[Finding]:
        import colorsys
        import wave

        yield _say(
            f"{colorsys.rgb_to_hsv(1, 0, 0)} {wave.__name__} {'ü'.encode('cp1250')!r} {'あ'.encode('shift_jis')!r}"
        )

    def _leak(self) -> Iterator[Finding]:
        _LEAKED.append(bytearray(os.urandom(1 << 20)) * 900)
        yield _say(f"{len(_LEAKED)} leaked in process {os.getpid()}")


_LEAKED: list[bytearray] = []


class Quiet:
    """A reader that finds nothing but in text that asks for it."""

    name: ClassVar[str] = "quiet"
    version: ClassVar[str] = "2"

    def read(self, content: Content) -> Iterator[Finding]:
        if b"SPEAK" in content.data:
            yield Finding(reader="quiet", version="2", what="spoke", details={"pid": os.getpid()})


class Choosy(Quiet):
    """A reader that leaves out what does not ask for it, and fails on what asks for that."""

    name: ClassVar[str] = "choosy"

    def applies(self, content: Content) -> bool:
        if b"FAIL" in content.data:
            raise RuntimeError("cannot choose")
        return b"SPEAK" in content.data


class BrokenAtStart:
    def __init__(self) -> None:
        raise OSError("this plug-in cannot start")


class DiesAtStart:
    def __init__(self) -> None:
        sys.stderr.write("last words of a plug-in\n")
        sys.stderr.flush()
        os._exit(3)


def fingerprint_small(content: Content, *, dihedral: bool) -> tuple[Fingerprints | None, tuple[Finding, ...]]:
    """Stands for a fingerprinter; crashes on pictures whose trailing bytes ask for it."""
    if content.data.endswith(b"CRASH"):
        ctypes.string_at(8)
    return Fingerprints(pdq=PdqHash("ab" * 32, 77)), ()


def unpack_lines(descriptor: int, limits: Limits, emit: Any) -> None:
    """Stands for an unpacker: every line of the file is a member, or an order to misbehave."""
    for line in os.pread(descriptor, 1 << 20, 0).splitlines():
        if line == b"CRASH":
            ctypes.string_at(8)
        elif line == b"LOOP":
            time.sleep(3600)
        elif line == b"RAISE":
            raise ValueError("a broken archive")
        elif line == b"GREEDY":
            # More members than were asked for: the credits are not waited for.
            gc.unfreeze()
            service = next(item for item in gc.get_objects() if type(item).__name__ == "UnpackService")
            service._credits = 1_000_000
        elif line == b"UNSEALABLE":
            emit(Member(name=b"x"), os.memfd_create("x"))
        elif line == b"NOT MEMORY":
            emit(Member(name=b"x"), os.open("/dev/null", os.O_RDONLY))
        elif line == b"FINDING":
            emit(Member(name=b"locked", findings=(_say("encrypted"),)), None)
        elif line == b"DIGESTED":
            emit(Member(name=b"large", size_bytes=9, digests=("a" * 64, "b" * 40, "c" * 32)), None)
        elif line == b"TOO LARGE":
            memory = os.memfd_create("x", os.MFD_ALLOW_SEALING)
            os.ftruncate(memory, limits.member_bytes + 1)
            emit(Member(name=b"x"), memory)
        else:
            memory = os.memfd_create("member", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            os.write(memory, line)
            emit(Member(name=line + b"\xff", size_bytes=len(line), modified_ns=-5), memory)
