"""Time stamps, answered by a real authority: the `openssl ts` program with certificates made here."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.case.records import fill

from safelight.case.case import Case
from safelight.case.verify import verify
from safelight.custody.timestamps import (
    STAMP_ASKED,
    STAMPED,
    Stamp,
    check_stamp,
    make_request,
    read_roots,
    stamp_record,
)
from safelight.errors import CustodyError

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program answers the requests")

CONFIG = """
[tsa]
default_tsa = one
[one]
dir = .
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
"""


@dataclass
class Authority:
    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self._run("req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "30", "-subj",
                  "/CN=Test root", "-addext", "basicConstraints=critical,CA:TRUE")  # fmt: skip
        self._run(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "tsa.key",
            "-out",
            "tsa.csr",
            "-subj",
            "/CN=Test authority",
        )
        (self.folder / "ext").write_text("extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n")
        self._run("x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "30", "-out",
                  "tsa.pem", "-extfile", "ext")  # fmt: skip
        (self.folder / "config").write_text(CONFIG.format(folder=self.folder))
        (self.folder / "serial").write_text("01")

    def _run(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def with_chain(self) -> Authority:
        """From now on it also sends the certificate that its own was signed with."""
        (self.folder / "config").write_text(f"{CONFIG.format(folder=self.folder)}certs = {self.folder}/root.pem\n")
        return self

    def answer(self, request: bytes) -> bytes:
        (self.folder / "request").write_bytes(request)
        self._run("ts", "-reply", "-config", "config", "-queryfile", "request", "-out", "answer")
        return (self.folder / "answer").read_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "one")


def test_an_answer_is_kept_and_holds_for_its_head_only(authority: Authority, tmp_path: Path) -> None:
    roots = read_roots((authority.folder / "root.pem").read_bytes())
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case)
        head = case.head()
        case.log(STAMP_ASKED, {"head": head})
        answer = authority.answer(make_request(case.case_id(), head))
        record = stamp_record(case.case_id(), head, answer)
        case.log("something-else", {})
        case.log(STAMPED, record)
        found, trusting = verify(case), verify(case, roots=roots)
        with pytest.raises(CustodyError, match="no time stamp for the head"):
            stamp_record(case.case_id(), case.head(), answer)
        with pytest.raises(CustodyError, match="no time stamp for the head"):
            stamp_record("another case", head, answer)
    assert found.breaks == () and [(item.head, item.trusted) for item in found.stamps] == [(head, False)]
    assert trusting.breaks == () and trusting.stamps[0].trusted
    assert "Test authority" in trusting.stamps[0].authority and trusting.stamps[0].time_utc.endswith("Z")


def test_an_authority_that_is_not_trusted_is_a_break(authority: Authority, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")
    head = "3:" + "ab" * 32
    record = stamp_record("id", head, other.answer(make_request("id", head)))
    assert isinstance(check_stamp(record, "id", read_roots((other.folder / "root.pem").read_bytes())), Stamp)
    wrong = check_stamp(record, "id", read_roots((authority.folder / "root.pem").read_bytes()))
    assert isinstance(wrong, str) and "does not hold" in wrong


def test_a_stamp_for_a_head_that_the_log_never_asked_about_is_a_break(authority: Authority, tmp_path: Path) -> None:
    with Case.create_or_open(tmp_path / "case") as case:
        fill(case)
        head = "2:" + "cd" * 32
        case.log(STAMPED, stamp_record(case.case_id(), head, authority.answer(make_request(case.case_id(), head))))
        case.log(STAMPED, {"head": 7})
        whats = [item.what for item in verify(case).breaks]
    assert whats == ["its time stamp is for a head that the log never had", "it holds no time stamp"]


@pytest.mark.parametrize("answer", [b"", b"garbage", b"0" * 4000])
def test_garbage_is_no_answer(answer: bytes) -> None:
    with pytest.raises(CustodyError, match="no time stamp"):
        stamp_record("id", "1:" + "0" * 64, answer)
    with pytest.raises(CustodyError, match="holds none"):
        read_roots(answer)


def test_mutated_answers_never_pass_for_another_head(authority: Authority) -> None:
    import random

    head = "9:" + "ef" * 32
    answer = bytearray(authority.answer(make_request("id", head)))
    roots = read_roots((authority.folder / "root.pem").read_bytes())
    chance = random.Random(5)
    for _ in range(400):
        changed = bytearray(answer)
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
        try:
            record = stamp_record("id", head, bytes(changed))
        except CustodyError:
            continue
        # What is still an answer is for this head, or fails against the root; it never stands for another one.
        assert isinstance(check_stamp(record, "id", roots), Stamp | str)
        assert isinstance(check_stamp({**record, "head": "8:" + "ef" * 32}, "id", ()), str)
