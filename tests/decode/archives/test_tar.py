"""TAR: headers that must not cost the archive, and ends that are said."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile

import pytest
from tests.decode.archives.unpacked import unpacked, words


def _tar(*items: tuple[str, bytes, dict[str, str]], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data, headers in items:
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.pax_headers = len(data), 7, headers
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize(
    ("stated", "modified_ns", "said"),
    [
        ("1700000000.123456789", 1_700_000_000_123_456_789, ""),
        ("-5.5", -5_500_000_000, ""),
        ("inf", None, ""),
        ("nan", None, ""),
        ("rubbish", None, ""),
        ("1e999999", None, ""),
        ("99999999999999999999", None, "time that cannot be"),
    ],
)
def test_a_time_that_is_none_does_not_end_the_archive(stated: str, modified_ns: int | None, said: str) -> None:
    found = unpacked(_tar(("a", b"1", {"mtime": stated}), ("b", b"2", {})))
    assert [(member.name, data) for member, data in found] == [(b"a", b"1"), (b"b", b"2")]
    assert found[0][0].modified_ns == modified_ns and said in words(found)
    assert found[1][0].modified_ns == 7_000_000_000


def test_very_long_names_are_cut_and_said() -> None:
    found = unpacked(_tar(("x" * 200_000, b"1", {}), ("b", b"2", {})))
    assert [(len(member.name or b""), data) for member, data in found] == [(4_096, b"1"), (1, b"2")]
    assert "200,000 bytes" in words(found)
    assert len(str(found[0][0].findings[0].details["name_sha256"])) == 64


def test_an_archive_without_an_end_mark_is_said_to_be_cut_off() -> None:
    whole = _tar(("a", b"1" * 512, {}), ("b", b"2" * 512, {}))
    assert not words(unpacked(whole))
    cut = unpacked(whole[:1024])
    assert [(member.name, member.findings == ()) for member, _ in cut] == [(b"a", True), (None, False)]
    assert "no end mark" in words(cut)


def test_what_follows_the_end_mark_is_said() -> None:
    found = unpacked(_tar(("a", b"1", {})) + _tar(("hidden", b"2", {})))
    assert found[0][1] == b"1" and "follow the end mark" in words(found)


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX", "en_US.ISO-8859-1"])
def test_names_are_bytes_whatever_the_locale_is(form: int, locale: str) -> None:
    name = "h\udcfcgel \u5c71" if form != tarfile.USTAR_FORMAT else "h\udcfcgel"
    content = _tar((name, b"1", {}), form=form)
    code = (
        "import os, sys\nfrom safelight.decode.archives.unpack import unpack\nfrom safelight.decode.limits import Limits\n"
        "fd = os.memfd_create('a'); os.write(fd, sys.stdin.buffer.read())\n"
        "unpack(fd, Limits(), lambda member, _: print(member.name.hex()))"
    )
    environment = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run([sys.executable, "-c", code], input=content, env=environment, capture_output=True, check=True)
    assert bytes.fromhex(done.stdout.decode()) == name.encode("utf-8", "surrogateescape")


def test_a_sparse_file_of_zeros_is_bounded() -> None:
    headers = {
        "GNU.sparse.major": "0",
        "GNU.sparse.minor": "1",
        "GNU.sparse.size": str(1 << 60),
        "GNU.sparse.map": f"0,1,{(1 << 60) - 1},1",
    }
    found = unpacked(_tar(("holes", b"12", headers), ("b", b"2", {})))
    assert "came out of the archive" in words(found)
