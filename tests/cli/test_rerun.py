"""`safelight rerun` and `safelight verify --evidence`, on a case of the demo's kind."""

from __future__ import annotations

from pathlib import Path

import orjson
from tests.cli.conftest import Call
from tests.pipeline.test_rerun import picture

from safelight.errors import ExitCode


def test_an_item_is_examined_again_and_the_evidence_digested_again(call: Call, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "one.png").write_bytes(picture())
    assert (
        call("triage", tmp_path / "source", "--case", tmp_path / "case", "--workers", "1", "--no-report", "-q").code
        == ExitCode.DONE
    )
    (line,) = call("show", tmp_path / "case", "--json").out.splitlines()
    sha256 = orjson.loads(line)["sha256"]
    done = call("rerun", tmp_path / "case", "--item", sha256[:12])
    assert done.code == ExitCode.DONE and "everything came back as it was" in done.out
    assert orjson.loads(call("rerun", tmp_path / "case", "--item", sha256, "--json").out)["same"] is True
    assert call("rerun", tmp_path / "case", "--item", "0" * 64).code == ExitCode.CASE
    assert call("rerun", tmp_path / "case", "--item", "xyz").code == ExitCode.USAGE
    keys = tmp_path / "keys"
    assert call("custody", "--keys", keys, "key", "Ada", "--unprotected").code == ExitCode.DONE
    assert call("custody", "--keys", keys, "seal", tmp_path / "case", "--key", "Ada").code == ExitCode.DONE
    whole = call("verify", tmp_path / "case", "--evidence", "--key", keys / "Ada.pub.pem")
    assert whole.code == ExitCode.DONE and "1 files same" in whole.out and "by Ada" in whole.out
    (tmp_path / "source" / "one.png").write_bytes(b"other")
    broken = call("verify", tmp_path / "case", "--evidence", "--json")
    assert broken.code == ExitCode.CUSTODY_BROKEN
    record = orjson.loads(broken.out)
    assert record["evidence"]["changed"] == 1 and record["whole"] is False and "SHA-256" in record["breaks"][0]["what"]
    assert call("rerun", tmp_path / "case", "--item", sha256).code == ExitCode.SOURCE
