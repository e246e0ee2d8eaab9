"""What a camera leaves in a file, and what editing programs do: weak evidence, easily copied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.decode.exif import Exif, Ifd
from safelight.model import Basis, Finding, JsonValue, Strength, Supports

__all__ = ["CaptureReader"]

# Makers as they write themselves, first word in lower case. A name that is not here weighs nothing: names can be invented.
_MAKERS: Final = frozenset(  # one text of words is easier to keep than a list of a hundred lines
    "apple asus acer agfaphoto aiptek benq blackberry canon casio concord contax dji eastman epson ericsson "
    "fairphone fuji fujifilm garmin ge general google gopro hasselblad hewlett-packard hisense hmd honor hp htc "
    "huawei jenoptik jvc kodak konica kyocera leaf leica lenovo lg lge mamiya medion meizu microsoft minolta "
    "motorola nikon nokia nothing olympus om oneplus oppo panasonic parrot pentacon pentax phase polaroid praktica "
    "premier raspberrypi realme ricoh rollei samsung sanyo seiko sharp sigma skanhex sony sonyericsson tcl tecno "
    "toshiba traveler vivo vivitar xiaomi yakumo yuneec zte".split()
)

# How a maker note begins, by the maker's first word, where it has a signature of its own.
_MAKER_NOTES: Final[dict[str, tuple[bytes, ...]]] = {
    "apple": (b"Apple iOS",), "nikon": (b"Nikon\0",), "olympus": (b"OLYMP\0", b"OLYMPUS\0"), "om": (b"OM SYSTEM",),
    "fujifilm": (b"FUJIFILM",), "panasonic": (b"Panasonic\0",), "sony": (b"SONY ", b"\0\0SONY"), "pentax": (b"AOC\0", b"PENTAX"),
    "ricoh": (b"Ricoh", b"RICOH"), "leica": (b"LEICA",), "sigma": (b"SIGMA",), "casio": (b"QVC\0",), "samsung": (), "canon": (),
}  # fmt: skip

_EXPOSURE: Final = {
    0x829A: "exposure time",
    0x829D: "aperture",
    0x8827: "sensitivity",
    0x920A: "focal length",
    0x9003: "time of capture",
}
_EDITORS: Final = re.compile(
    r"photoshop|lightroom|gimp|capture one|affinity|pixelmator|snapseed|picasa|paint\.net|darktable|rawtherapee|luminar|acdsee|coreldraw|"
    r"paint shop|photoscape|irfanview|faststone|xnview|photos \d|vsco|picsart|canva|imagemagick|krita|inkscape",
    re.IGNORECASE,
)


class CaptureReader:
    """Reads EXIF as evidence of capture, and the names of editing programs."""

    name: ClassVar[str] = "capture"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "a known maker and model with exposure data and a maker note that fits; names of editing programs"
    )
    silence_means: ClassVar[str] = (
        "no camera data is there; messengers and web sites remove it from nearly every photograph"
    )
    cost: ClassVar[str] = "well under 1 ms a file: EXIF that the metadata pass has found"
    source: ClassVar[str] = "EXIF 2.32 (CIPA DC-008); maker note signatures as the makers write them"
    checked_on: ClassVar[str] = (
        "see benchmarks/carriers.py: camera files, and traps with invented and copied camera data"
    )

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields at most one finding on capture for each EXIF block, and one on editing programs."""
        software: dict[str, str] = {}
        for exif in content.metadata.exifs:
            if (finding := self._camera(exif)) is not None:
                yield finding
            if exif.software and _EDITORS.search(exif.software):
                software.setdefault(exif.software.strip(), f"{exif.where}, Software")
        for packet in content.metadata.xmp_packets:
            for item in packet.properties:
                if item.name in {"CreatorTool", "softwareAgent"} and _EDITORS.search(item.value):
                    software.setdefault(item.value.strip(), f"{packet.block.where}, {item.path}")
        if software:
            yield self._edited(software)

    def _camera(self, exif: Exif) -> Finding | None:
        make, model = (exif.make or "").strip(), (exif.model or "").strip()
        maker = make.lower().split()[0].rstrip(",.") if make else ""
        if maker not in _MAKERS or not model or len(make) > 60 or len(model) > 80:
            return None
        fields = [name for tag, name in _EXPOSURE.items() if exif.get(Ifd.EXIF, tag) is not None]
        if len(fields) < 2:
            return None
        note = exif.maker_note
        begins = bytes(note.data[:16]) if note is not None else b""
        signed = any(begins.startswith(start) for start in _MAKER_NOTES.get(maker, ()))
        large = note is not None and len(note.data) >= 256
        fits = signed or (large and maker in _MAKER_NOTES and not _MAKER_NOTES[maker])
        full = fits and len(fields) >= 4
        details: dict[str, JsonValue] = {
            "captured_with": model if model.lower().startswith(maker) else f"{make} {model}",
            "make": make, "model_name": model, "fields": list(fields), "maker_note_bytes": len(note.data) if note else 0, "maker_note_fits": fits,
        }  # fmt: skip
        what = "a maker note that fits it" if fits else "no maker note that fits it"
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"Camera data name {details['captured_with']}, with {', '.join(fields)} and {what}.",
            where=exif.where,
            supports=Supports.CAPTURED,
            basis=Basis.DECLARED,
            strength=Strength.MODERATE if full else Strength.WEAK,
            could_be_faked_by="copying the camera data of a photograph onto another file, one command of a common tool",
            does_not_show="That these pixels came from that camera.",
            details=details,
        )

    def _edited(self, software: dict[str, str]) -> Finding:
        names = ", ".join(sorted(software))
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"An editing program wrote its name: {names[:300]}.",
            where="; ".join(sorted(software.values()))[:500],
            supports=Supports.EDITED,
            basis=Basis.DECLARED,
            strength=Strength.WEAK,
            could_be_faked_by="writing the name with any metadata editor",
            does_not_show="What was changed: such programs also only convert or rotate.",
            details={"software": names[:1000]},
        )
