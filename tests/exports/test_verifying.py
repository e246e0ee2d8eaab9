"""An export is checked against its manifest, its manifest against its seal, and a report against the log of the case beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.exports.report.cases import build

from safelight.case.case import Case
from safelight.custody.keys import UnitKey
from safelight.errors import OutputError
from safelight.exports.counts import Statistics
from safelight.exports.exporting import Request, export_case
from safelight.exports.jsonl import JsonLines
from safelight.exports.manifest import manifest_digest
from safelight.exports.report import ReportFormat, write_report
from safelight.exports.verifying import verify_export, verify_reports

ADA, GRACE = (
    UnitKey(name, Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))
    for number, name in enumerate(("Ada", "Grace"), 1)
)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    return build(tmp_path / "case")


def export(case: Path, output: Path, form: type = JsonLines, key: UnitKey | None = None) -> tuple[Path, ...]:
    with Case.open(case) as opened:
        return export_case(opened, form, output, Request(), logged=False, key=key).paths


def made_to_fit(manifest: Path, record: dict[str, Any]) -> None:
    """Writes a manifest as somebody does who also mends its digest."""
    signed = {name: value for name, value in record.items() if name not in {"seal", "manifest_sha256"}}
    manifest.write_bytes(orjson.dumps(record | {"manifest_sha256": manifest_digest(signed)}))


def test_every_file_of_an_export_leads_to_its_manifest(case: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for path in export(case, tmp_path / "out", ReportFormat, ADA):
        found = verify_export(path, [ADA.public])
        assert found.breaks == () and found.files == 2 and found.sealed_by == ADA.public
        assert verify_export(path, [GRACE.public]).breaks
    one, manifest = export(case, tmp_path / "alone.jsonl")
    assert verify_export(one) == verify_export(manifest) and verify_export(one).sealed_by is None
    assert [item.what for item in verify_export(one, [ADA.public]).breaks] == [
        "it is not sealed with a key that was given"
    ]


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 0.999])
def test_a_change_anywhere_in_a_file_or_in_its_manifest_is_found(case: Path, tmp_path: Path, share: float) -> None:
    paths = export(case, tmp_path / "alone.jsonl", key=ADA)
    for path in paths:
        content = bytearray(path.read_bytes())
        kept = bytes(content)
        content[int(len(content) * share)] ^= 1
        path.write_bytes(content)
        try:
            assert verify_export(paths[-1], [ADA.public]).breaks
        except OutputError as error:
            assert "Nothing says" in error.what
        path.write_bytes(kept)
    assert not verify_export(paths[-1], [ADA.public]).breaks
    paths[0].unlink()
    assert [item.what for item in verify_export(paths[-1]).breaks] == ["it is missing"]


def test_no_byte_of_an_exported_file_can_be_flipped_unseen(case: Path, tmp_path: Path) -> None:
    """Every third byte, one after the other, against the digest in the manifest; and a byte more, and one less."""
    path, manifest = export(case, tmp_path / "counts.json", Statistics)
    content = path.read_bytes()
    assert 2_000 < len(content) < 50_000 and not verify_export(manifest).breaks
    changed = [
        content[:at] + bytes([content[at] ^ 1 << at % 8]) + content[at + 1 :] for at in range(0, len(content), 3)
    ]
    for each in (*changed, content + b" ", content[:-1], b""):
        path.write_bytes(each)
        assert [found.what for found in verify_export(manifest).breaks] == ["its content is not what was written"]
    path.write_bytes(content)
    assert not verify_export(manifest).breaks


def test_a_manifest_that_was_made_to_fit_fails_by_its_seal_alone(case: Path, tmp_path: Path) -> None:
    import hashlib

    path, manifest = export(case, tmp_path / "alone.jsonl", key=ADA)
    path.write_bytes(path.read_bytes().replace(b"lighthouse", b"lightship "))
    record = orjson.loads(manifest.read_bytes())
    record["files"][0]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    made_to_fit(manifest, record)
    assert [item.what for item in verify_export(path).breaks] == ["its seal does not hold: the manifest was changed"]


def test_a_report_beside_its_case_is_checked_against_the_log(tmp_path: Path) -> None:
    import hashlib

    case = build(tmp_path / "case")
    with Case.open(case, read_only=False) as opened:
        paths = write_report(opened, case)
        opened.log(
            "report-written",
            {"run": 1, "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}},
        )
    assert not verify_export(paths[0]).breaks
    paths[0].write_bytes(paths[0].read_bytes() + b" ")
    assert [item.what for item in verify_export(paths[0]).breaks] == ["its content is not what was written"]
    with Case.open(case) as opened:
        count, breaks = verify_reports(opened, case)
    assert count == 2 and [(item.where, item.what) for item in breaks] == [
        (str(paths[0]), "its content is not what was written")
    ]
    (case / "other.txt").write_bytes(b"x")
    with pytest.raises(OutputError, match="names no file"):
        verify_export(case / "other.txt")


def test_a_report_that_was_exported_elsewhere_does_not_make_the_one_beside_the_case_look_changed(
    tmp_path: Path,
) -> None:
    import hashlib

    case = build(tmp_path / "case")
    with Case.open(case, read_only=False) as opened:
        paths = write_report(opened, case)
        digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
        opened.log("report-written", {"run": 1, "sha256": digests})
        (tmp_path / "elsewhere").mkdir()
        export_case(opened, ReportFormat, tmp_path / "elsewhere", Request(locale="fr"))
        assert verify_reports(opened, case) == (2, ())
        assert all(not verify_export(path).breaks for path in paths)
        paths[1].unlink()
        assert verify_reports(opened, case) == (1, ())


def test_a_log_that_was_changed_leads_to_no_other_folder(tmp_path: Path) -> None:
    case = build(tmp_path / "case")
    (tmp_path / "other").write_bytes(b"x")
    with Case.open(case, read_only=False) as opened:
        for name in ("../other", "", ".", "..", "/etc/passwd"):
            opened.log("report-written", {"run": 1, "sha256": {name: "00" * 32}})
        assert verify_reports(opened, case) == (0, ())


@pytest.mark.parametrize("key", [None, ADA], ids=["unsealed", "sealed"])
def test_no_byte_of_a_manifest_can_be_flipped_unseen(case: Path, tmp_path: Path, key: UnitKey | None) -> None:
    _, manifest = export(case, tmp_path / "alone.jsonl", key=key)
    content, said = manifest.read_bytes(), verify_export(manifest)
    before = orjson.loads(content)
    unseen = 0
    for at in range(len(content)):
        changed = bytearray(content)
        changed[at] ^= 1 << at % 7
        manifest.write_bytes(changed)
        try:
            found = verify_export(manifest)
        except OutputError:
            continue
        if not found.breaks:
            unseen += 1
            # White space between the values.
            assert orjson.loads(manifest.read_bytes()) == before and found == said, at
    assert unseen < len(content) / 4


def test_what_nothing_tells_of_is_said(tmp_path: Path) -> None:
    (tmp_path / "alone.txt").write_bytes(b"x")
    with pytest.raises(OutputError, match="Nothing says what"):
        verify_export(tmp_path / "alone.txt")
    with pytest.raises(OutputError, match="cannot be read"):
        verify_export(tmp_path / "absent")


def test_a_manifest_leads_to_no_other_folder(case: Path, tmp_path: Path) -> None:
    _, manifest = export(case, tmp_path / "alone.jsonl")
    record = orjson.loads(manifest.read_bytes())
    record["files"][0]["name"] = "../../etc/passwd"
    made_to_fit(manifest, record)
    assert [item.where for item in verify_export(manifest).breaks] == [str(tmp_path / "passwd")]
