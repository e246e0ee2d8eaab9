"""Camera data and the names of editing programs."""

from __future__ import annotations

import csv
import struct
from pathlib import Path

import pytest
from tests.decode.containers.samples import ifd_block, jpeg, png, png_chunk, segment, xmp
from tests.origin.carriers import CARRIERS, camera_exif, camera_jpeg, exif_jpeg, exif_of, iptc_jpeg, looked, note_for

from safelight.model import Basis, Finding, LeadKind, Strength, Supports
from safelight.origin.leads import leads_of
from safelight.origin.opinion import weigh
from safelight.origin.readers.capture import CaptureReader

READER = CaptureReader()


def captured(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.supports is Supports.CAPTURED]


def edited(findings: list[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.supports is Supports.EDITED]


@pytest.mark.parametrize(
    ("make", "model"),
    [("Canon", "Canon EOS 6D"), ("NIKON CORPORATION", "NIKON D750"), ("Apple", "iPhone 12"), ("FUJIFILM", "X-T3")],
)
def test_a_known_maker_with_measures_and_its_own_note(make: str, model: str) -> None:
    (finding,) = looked(READER, camera_jpeg(make=make, model=model, note=note_for(make)))
    assert (finding.supports, finding.basis, finding.strength) == (Supports.CAPTURED, Basis.DECLARED, Strength.MODERATE)
    assert finding.details["captured_with"] == (
        model if model.lower().startswith(make.lower().split()[0]) else f"{make} {model}"
    )
    assert finding.details["maker_note_fits"] is True


@pytest.mark.parametrize(
    "note",
    [
        None,
        b"",
        b"Example note\0\1\2\3" * 20,
        bytes(300),
        b"\xff\xd8\xff\xdb" * 100,
        note_for("Apple"),
        note_for("Canon")[:40],
    ],
)
def test_without_a_note_that_fits_it_is_weak(note: bytes | None) -> None:
    (finding,) = looked(READER, camera_jpeg(note=note))
    assert (finding.strength, finding.details["maker_note_fits"]) == (Strength.WEAK, False)


def _camera_of(serial: str, lens: str = "", owner: str = "", artist: str = "") -> Finding:
    texts = [(0xA431, serial), (0xA435, lens), (0xA430, owner)]
    measures = [
        (0x829A, 5, struct.pack(">II", 1, 250)), (0x829D, 5, struct.pack(">II", 28, 10)), (0x8827, 3, struct.pack(">H", 100)),
        *((tag, 2, text.encode() + b"\0") for tag, text in texts if text),
    ]  # fmt: skip
    names = [(0x010F, 2, b"Canon\0"), (0x0110, 2, b"Canon EOS 6D\0")]
    names += [(0x013B, 2, artist.encode() + b"\0")] if artist else []
    (finding,) = looked(READER, exif_jpeg(ifd_block({"IFD0": names, "ExifIFD": measures})))
    return finding


def test_serial_numbers_and_names_are_leads_to_one_camera_and_its_user() -> None:
    finding = _camera_of("062024001234", "0000a1", owner="Ann", artist="Ann")
    assert finding.details["devices"] == [
        "Canon EOS 6D, serial number 062024001234",
        "lens of Canon EOS 6D, serial number 0000a1",
    ]
    assert finding.details["authors"] == ["Ann"]
    assert {(lead.kind, lead.value) for lead in leads_of(finding, "00" * 32)} >= {
        (LeadKind.DEVICE, "Canon EOS 6D, serial number 062024001234"), (LeadKind.DEVICE, "Canon EOS 6D"), (LeadKind.USER, "Ann"),
    }  # fmt: skip


@pytest.mark.parametrize("serial", ["", "0", "0000000000", "--", "7", "00 00-00"])
def test_a_serial_number_that_says_nothing_is_none(serial: str) -> None:
    details = _camera_of(serial).details
    assert "devices" not in details and "authors" not in details
    assert _camera_of("7" * 5_000).details["devices"] == [f"Canon EOS 6D, serial number {'7' * 80}"]


def test_few_measures_are_weak_and_one_is_nothing() -> None:
    assert looked(READER, camera_jpeg(fields=2))[0].strength is Strength.WEAK
    for fields in (0, 1):
        assert looked(READER, camera_jpeg(fields=fields)) == []


@pytest.mark.parametrize(
    ("make", "model"),
    [
        ("Polyphony Digital", "Gran Turismo"),
        ("456", "789"),
        ("", "Canon EOS 6D"),
        ("Canon", ""),
        ("Sony Interactive Entertainment", "PlayStation 5"),
        ("Nintendo", "Switch"),
        ("Stable Diffusion", "XL"),
        ("Canonical", "EOS"),
        ("Ideogram", "v2"),
        ("Canon", "x" * 200),
        ("Epson", "Perfection Scan"),
    ],
)
def test_names_that_are_no_maker_s_weigh_nothing(make: str, model: str) -> None:
    findings = looked(READER, camera_jpeg(make=make, model=model, note=note_for("Canon")))
    assert findings == []
    assert weigh(findings).captured_with is None


def test_a_make_and_a_model_alone_weigh_nothing() -> None:
    assert looked(READER, exif_jpeg(exif_of(Make="Canon", Model="Canon EOS 6D"))) == []


def test_measures_of_zero_are_none() -> None:
    exif = (
        camera_exif(fields=4)
        .replace(b"\0\0\0\1\0\0\0\xfa", b"\0\0\0\0\0\0\0\xfa")
        .replace(b"\0\0\0\x1c\0\0\0\x0a", b"\0\0\0\x1c\0\0\0\0")
    )
    (finding,) = looked(READER, exif_jpeg(exif))
    assert finding.details["fields"] == ["sensitivity", "focal length"]


@pytest.mark.parametrize(
    "data",
    [
        camera_jpeg(software="Adobe Photoshop Lightroom 13.1"),
        iptc_jpeg(xmp("", 'xmp:CreatorTool="GIMP 2.10"')),
        CARRIERS["camera history"],
        png([png_chunk(b"tEXt", b"Software\0Adobe ImageReady")]),
        exif_jpeg(exif_of(Software="paint.net 5.0")),
        jpeg(
            [
                segment(0xE1, b"Exif\0\0" + exif_of(Software="Snapseed 2.0")),
                segment(0xE1, b"Exif\0\0" + exif_of(Software="Snapseed 2.0")),
            ]
        ),
    ],
)
def test_editing_programs_are_named_once(data: bytes) -> None:
    (finding,) = edited(looked(READER, data))
    assert (finding.basis, finding.strength) == (Basis.DECLARED, Strength.WEAK)
    assert str(finding.details["software"]) in finding.what


@pytest.mark.parametrize(
    "name", ["Ver.1.0", "16.1.2", "Android 14", "HDR+ 1.0.570503588zd", "gimped", "x" * 301 + "GIMP", "Polaroids 4"]
)
def test_firmware_is_no_editing_program(name: str) -> None:
    assert edited(looked(READER, exif_jpeg(exif_of(Software=name)))) == []


def test_hostile_names_stay_within_bounds() -> None:
    many = "".join(f"<ex:Software>GIMP {number} \u202e{'x' * 200}</ex:Software>" for number in range(50))
    (finding,) = looked(READER, iptc_jpeg(xmp(many)))
    assert len(finding.what) < 500
    assert len(finding.details["places"]) <= 20  # type: ignore[arg-type]
    (camera,) = captured(looked(READER, camera_jpeg(model="EOS \x1b[31m\u202e")))
    assert "\\x1b" in camera.what


@pytest.mark.parametrize("name", [name for name in CARRIERS if name.startswith(("a1111", "comfyui", "iptc"))])
def test_other_carriers_give_nothing(name: str) -> None:
    assert looked(READER, CARRIERS[name]) == []


@pytest.mark.shared
def test_real_files(shared: Path) -> None:
    named = strong = cameras = 0
    for row in csv.DictReader((shared / "carriers" / "manifest.csv").open(encoding="utf-8")):
        if not row["file"]:
            continue
        found = captured(looked(READER, (shared / "carriers" / row["file"]).read_bytes()))
        if row["carrier"].startswith("camera-"):
            cameras += 1
            named += bool(found)
            strong += any(finding.strength is Strength.MODERATE for finding in found)
        elif row["verdict"] == "full_ai":
            assert found == []
    assert (named, strong, cameras) == (21, 4, 24)
