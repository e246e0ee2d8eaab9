"""The reader of sensor patterns: what it says, what it does not say, and that nothing makes it raise."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.origin.camera.sensors import Sensor, as_jpeg
from tests.origin.carriers import content, looked

from safelight.model import Basis, LeadKind, Opinion, Outcome, Supports
from safelight.origin.camera.bounds import FALSE_MATCHES_AT_MOST, LOG10_LR_BOUND
from safelight.origin.leads import leads_of
from safelight.origin.opinion import weigh
from safelight.origin.readers.camera import CameraReader

OWN, OTHER = Sensor(11), Sensor(12)


def record(name: str, sensor: Sensor) -> dict[str, Any]:
    made = sensor.fingerprint()
    return {"name": name, "digest": made.digest, "fingerprint": made.record()}


@pytest.fixture(scope="module")
def records() -> list[dict[str, Any]]:
    return [record("Phone 1", OWN), record("Phone 2", OTHER)]


@pytest.fixture(scope="module")
def reader(records: list[dict[str, Any]]) -> CameraReader:
    return CameraReader(records)


def test_a_picture_is_tied_to_its_camera_and_to_no_other(reader: CameraReader, records: list[dict[str, Any]]) -> None:
    match, silence = looked(reader, as_jpeg(OWN.luma(50), 85))
    assert (match.supports, match.basis) == (Supports.CAPTURED, Basis.STATISTICAL)
    assert match.details["camera"] == "Phone 1"
    assert match.details["camera_sha256"] == records[0]["digest"]
    assert match.details["false_match_bound"] == pytest.approx(FALSE_MATCHES_AT_MOST, abs=1e-6)
    assert match.details["log10_lr_bound"] == LOG10_LR_BOUND
    assert "fingerprint copy" in match.could_be_faked_by
    assert "who took it" in match.does_not_show
    assert silence.supports is Supports.NOTHING
    (other,) = silence.details["cameras"]  # type: ignore[union-attr]
    assert other["camera"] == "Phone 2"  # type: ignore[index, call-overload]
    opinion = weigh([match, silence])
    assert opinion.opinion is Opinion.CAPTURED
    assert opinion.log10_lr <= LOG10_LR_BOUND


def test_the_link_is_a_lead_that_is_the_same_in_every_case(reader: CameraReader) -> None:
    leads = set()
    for number in (51, 52):
        match = looked(reader, as_jpeg(OWN.luma(number)))[0]
        (lead,) = leads_of(match, "0" * 64)
        assert lead.kind is LeadKind.DEVICE
        leads.add(lead.value)
    assert len(leads) == 1
    assert leads.pop().startswith("Phone 1 (sensor ")


def test_no_match_supports_nothing_and_is_no_lead(reader: CameraReader) -> None:
    (finding,) = looked(reader, as_jpeg(Sensor(13).luma(0)))
    assert (finding.supports, finding.outcome, finding.basis) == (Supports.NOTHING, Outcome.FOUND, None)
    assert leads_of(finding, "0" * 64) == []
    assert weigh([finding]).opinion is Opinion.UNDETERMINED
    assert "another device" in finding.does_not_show


def test_without_cameras_it_does_not_run() -> None:
    assert not CameraReader().applies(content(as_jpeg(OWN.luma(0))))
    assert looked(CameraReader(), as_jpeg(OWN.luma(0))) == []


def test_the_same_twice(reader: CameraReader) -> None:
    data = as_jpeg(OWN.luma(60))
    assert looked(reader, data) == looked(reader, data)


def _odd(kind: str) -> bytes:
    kept = io.BytesIO()
    noise = np.random.default_rng(5).integers(0, 256, (300, 320, 4)).astype(np.uint8)
    if kind == "16 x 16":
        Image.fromarray(noise[:16, :16]).save(kept, "PNG")
    elif kind == "16 bit":
        Image.fromarray(noise[..., 0].astype(np.uint16) * 257).save(kept, "PNG")
    elif kind == "cmyk":
        Image.fromarray(noise, "CMYK").save(kept, "JPEG")
    elif kind == "alpha":
        Image.fromarray(noise, "RGBA").save(kept, "PNG")
    elif kind == "grey":
        Image.fromarray(noise[..., 0]).save(kept, "PNG")
    elif kind == "animated":
        frames = [Image.fromarray(noise[..., :3]), Image.fromarray(noise[::-1, :, :3].copy())]
        frames[0].save(kept, "WEBP", save_all=True, append_images=frames[1:])
    elif kind == "palette":
        Image.fromarray(noise[..., :3]).convert("P").save(kept, "GIF")
    elif kind == "long":
        Image.fromarray(np.tile(noise[:256, :, 0], (1, 20))).save(kept, "PNG")
    else:
        return as_jpeg(OWN.luma(1))[: 30_000 if kind == "cut" else 200]
    return kept.getvalue()


@pytest.mark.parametrize(
    ("kind", "looks"),
    [
        ("16 x 16", False), ("16 bit", True), ("cmyk", True), ("alpha", True), ("grey", True), ("animated", True), ("palette", True),
        ("long", True), ("cut", True), ("header only", False),
    ],
)  # fmt: skip
def test_odd_pictures(reader: CameraReader, kind: str, looks: bool) -> None:
    findings = looked(reader, _odd(kind))
    assert bool(findings) is looks
    if kind != "cut":
        assert all(finding.supports is Supports.NOTHING for finding in findings)
