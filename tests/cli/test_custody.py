"""`safelight custody`, from a key to a case handed over."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest
from tests.case.records import fill
from tests.cli.conftest import Call

from safelight.case.case import Case
from safelight.errors import ExitCode


@pytest.fixture
def case(tmp_path: Path) -> Path:
    with Case.create_or_open(tmp_path / "case") as made:
        fill(made)
    return tmp_path / "case"


def test_from_a_key_to_a_sealed_and_received_case(call: Call, case: Path, tmp_path: Path) -> None:
    ada, grace = tmp_path / "ada", tmp_path / "grace"
    for folder, name in ((ada, "Ada"), (grace, "Grace")):
        made = call("custody", "--keys", folder, "key", name, "--unprotected")
        assert made.code == ExitCode.DONE and made.out.split()[0] == name
        assert call("custody", "--keys", folder, "keys").out.split()[0] == name
    assert (
        call("custody", "--keys", ada, "seal", case, "--key", "Ada", "--note", "End of the day").code == ExitCode.DONE
    )
    given = call("custody", "--keys", ada, "handover", case, "--key", "Ada", "--to", grace / "Grace.pub.pem")
    assert given.code == ExitCode.DONE and "Handed over to Grace" in given.out
    refused = call("custody", "--keys", ada, "receive", case, "--key", "Ada")
    assert refused.code == ExitCode.CUSTODY_BROKEN and "no handover to this key" in refused.err
    taken = call("custody", "--keys", grace, "receive", case, "--key", "Grace")
    assert taken.code == ExitCode.DONE and "Received from Ada" in taken.out
    checked = call("verify", case, "--key", ada / "Ada.pub.pem", "--key", grace / "Grace.pub.pem")
    assert checked.code == ExitCode.DONE and checked.out.count("signed ") == 3
    record = orjson.loads(call("verify", case, "--json").out)
    assert [item["action"] for item in record["seals"]] == ["sealed", "handed-over", "received"]
    assert call("verify", case, "--key", grace / "Grace.pub.pem").code == ExitCode.CUSTODY_BROKEN


def test_a_missing_key_is_said_and_nothing_is_signed(call: Call, case: Path) -> None:
    before = orjson.loads(call("verify", case, "--json").out)["head"]
    done = call("custody", "seal", case, "--key", "none")
    assert done.code == ExitCode.KEY and "There is no key named" in done.err and "Next:" in done.err
    assert call("custody", "keys").out.startswith("There is no key")
    assert call("custody", "timestamp", case).code == ExitCode.USAGE
    assert orjson.loads(call("verify", case, "--json").out)["head"] == before


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program answers the request")
def test_a_time_stamp_is_asked_for_and_its_answer_kept(call: Call, case: Path, tmp_path: Path) -> None:
    from tests.custody.test_timestamps import Authority

    authority = Authority(tmp_path / "tsa")
    asked = call("custody", "timestamp", case, "--request", tmp_path / "request.tsq")
    assert asked.code == ExitCode.DONE
    (tmp_path / "answer.tsr").write_bytes(authority.answer((tmp_path / "request.tsq").read_bytes()))
    assert call("custody", "timestamp", case, "--answer", tmp_path / "answer.tsr").code == ExitCode.DONE
    checked = call("verify", case, "--tsa-root", authority.folder / "root.pem")
    assert checked.code == ExitCode.DONE and "chains to a given root" in checked.out
    (tmp_path / "answer.tsr").write_bytes(b"no answer")
    assert call("custody", "timestamp", case, "--answer", tmp_path / "answer.tsr").code == ExitCode.CUSTODY_BROKEN
    assert call("custody", "timestamp", case, "--answer", tmp_path / "absent").code == ExitCode.CUSTODY_BROKEN
