"""What a camera leaves in a file, and what editing programs do: weak evidence, easily copied.

A make and a model alone say nothing: anybody can write a name, a game writes one into its screenshots. Only together with measures of the
exposure does a known maker count, and a maker note that begins as that maker's notes do counts for more, unless the file itself shows that it is not
as the camera wrote it (`resaved`).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.decode.exif import Exif, Ifd, Rational, Tag, Value
from safelight.model import Basis, Finding, JsonValue, Strength, Supports
from safelight.origin.resaved import against_camera
from safelight.origin.texts import shown

__all__ = ["CaptureReader", "camera_named"]

# Makers as they write themselves, first word in lower case. A name that is not here weighs nothing: names can be invented.
_MAKERS: Final = frozenset(  # one text of words is easier to keep than a list of a hundred lines
    "acer agfa agfaphoto aiptek alcatel apple asus benq blackberry blackmagic canon casio concord contax dji doogee eastman epson essential "
    "fairphone fuji fujifilm garmin ge general google gopro hasselblad hewlett-packard hisense hmd honor hp htc huawei infinix insta360 itel "
    "jenoptik jvc kodak konica kyocera leaf leica lenovo lg lge mamiya medion meizu microsoft minolta motorola nikon nokia nothing nubia "
    "olympus om oneplus oppo palm panasonic parrot pentacon pentax phase polaroid praktica premier raspberrypi razer realme ricoh rollei "
    "samsung sanyo seiko sharp sigma skanhex sony sonyericsson tcl tct tecno toshiba traveler umidigi vivitar vivo wiko xiaomi yakumo yi "
    "yuneec zte".split()
)
# Makers of cameras also make consoles, whose screenshots bear their name.
_NOT_CAMERAS: Final = re.compile(r"(?i)interactive|entertainment|playstation|xbox|nintendo|scan|surface hub")

# How a maker note begins, by the maker's first word, where it has a signature of its own; an empty one means a bare TIFF directory.
_MAKER_NOTES: Final[dict[str, tuple[bytes, ...]]] = {
    "apple": (b"Apple iOS",), "canon": (b"",), "casio": (b"QVC\0", b""), "dji": (b"",), "eastman": (b"KDK",), "epson": (b"EPSON\0",),
    "fuji": (b"FUJIFILM",), "fujifilm": (b"FUJIFILM",), "general": (b"GE\0",), "google": (b"HDRP",), "hasselblad": (b"",),
    "hewlett-packard": (b"Hewlett-Packard", b"HP", b"IIII"), "hmd": (b"HDRP",), "hp": (b"Hewlett-Packard", b"HP", b"IIII"), "huawei": (b"HUAWEI\0",),
    "jvc": (b"JVC ",), "kodak": (b"KDK",), "konica": (b"MLT0", b"MINOL", b"KC", b""), "kyocera": (b"KYOCERA",), "leica": (b"LEICA",),
    "minolta": (b"MLT0", b"MINOL", b""), "motorola": (b"MOT\0",), "nikon": (b"Nikon\0", b""), "nokia": (b"HDRP",),
    "olympus": (b"OLYMP\0", b"OLYMPUS\0"), "om": (b"OM SYSTEM",), "panasonic": (b"Panasonic\0", b"MKED"), "pentax": (b"AOC\0", b"PENTAX"),
    "ricoh": (b"Ricoh", b"RICOH", b"Rv", b"Rev"), "rollei": (b"Rollei",), "samsung": (b"",), "sanyo": (b"SANYO\0",), "seiko": (b"EPSON\0",),
    "sigma": (b"SIGMA", b"FOVEON"), "sony": (b"SONY ", b"VHAB", b""),
}  # fmt: skip
_SMALL_NOTE_BYTES: Final = 64

_EXPOSURE: Final = {
    Tag.EXPOSURE_TIME: "exposure time",
    Tag.F_NUMBER: "aperture",
    Tag.ISO_SPEED: "sensitivity",
    0x920A: "focal length",
    Tag.DATE_TIME_ORIGINAL: "time of capture",
}
_MOMENT: Final = re.compile(r"\d{4}[:\-/.]\d\d[:\-/.]\d\d")
_OWNER: Final = 0xA430
_SERIAL_CHARS: Final = 80
_FEW: Final = 2
_MANY: Final = 4
_EDITORS: Final = re.compile(
    r"photoshop|lightroom|\bgimp\b|capture one|affinity|pixelmator|snapseed|picasa|paint\.net|darktable|rawtherapee|luminar|acdsee|coreldraw|"
    r"paint shop|photoscape|irfanview|faststone|xnview|\bphotos \d|vsco|picsart|canva\b|imagemagick|krita|inkscape|digikam|fotor|photopea|"
    r"photoimpact|photodirector|facetune|meitu|remini|adobe imageready|dxo|on1 |polarr|lightx|airbrush",
    re.IGNORECASE,
)
_NAMES: Final = 20
_NOT_AS_WRITTEN: Final = "The file is not as that camera wrote it"
_PASTED: Final = "It was saved again since, or the data are another picture's."


class CaptureReader:
    """Reads EXIF as evidence of capture, and the names of editing programs."""

    name: ClassVar[str] = "capture"
    version: ClassVar[str] = "3"
    looks_for: ClassVar[str] = (
        "a known maker and model with exposure data and a maker note that fits; names of editing programs"
    )
    silence_means: ClassVar[str] = (
        "no camera data is there; messengers and web sites remove it from nearly every photograph"
    )
    cost: ClassVar[str] = "about 0.02 ms a file: EXIF and XMP that the metadata pass has found"
    source: ClassVar[str] = "EXIF 2.32 (CIPA DC-008); maker note signatures as the makers write them"
    checked_on: ClassVar[str] = (
        "24 camera files: 21 cameras named, 9 of them with a maker note that fits; 603 other photographs and their metadata: 141 cameras named, 66 "
        "with a note; 405 generated pictures: 0; 123 drawings and screenshots: 1, weak; 1 trap with copied data: weak. Of 378 photographs of the "
        "whole corpus with a note that fits, 25 were saved again or converted by what the file shows, so weak, 19 of them by size or format; of the "
        "294 from four sources of untouched files none. Data of 29 cameras put on drawings: PNG, WebP, JPEG of another size, JPEG with a JFIF "
        "header weak in all; JPEG of the camera's size without that header still moderate in 19"
    )

    where: ClassVar[str] = "EXIF of any container; CreatorTool and history of XMP; text chunks Software and Creator"
    keys: ClassVar[str] = "Make, Model, ExposureTime, FNumber, ISO, FocalLength, DateTimeOriginal, MakerNote; Software"
    weighs: ClassVar[str] = (
        "captured: moderate with a maker note that fits where nothing shows that the file was saved again (size, format, JFIF header with IJG "
        "tables), else weak; edited: weak for an editing program"
    )
    survives: ClassVar[str] = "copying, mailing and most editors; not messengers, most platforms or a screenshot"
    faked_by: ClassVar[str] = "copying the camera data of a photograph onto another file, one command of a common tool"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields at most one finding on capture for each EXIF block, and one on editing programs."""
        for exif in content.metadata.exifs:
            if (finding := self.camera(exif, content)) is not None:
                yield finding
        programs = dict.fromkeys(_programs(content))
        if programs:
            yield self._edited(tuple(programs))

    def camera(self, exif: Exif, content: Content | None = None) -> Finding | None:
        """The finding on one EXIF block, held to the file where that is given; None when it names no camera that counts."""
        make, model = (exif.make or "").strip(), (exif.model or "").strip()
        maker = make.lower().split()[0].rstrip(",.") if make else ""
        if (
            maker not in _MAKERS
            or not model
            or len(make) > 60
            or len(model) > 80
            or _NOT_CAMERAS.search(f"{make} {model}")
        ):
            return None
        fields = [name for tag, name in _EXPOSURE.items() if _measures(exif.get(Ifd.EXIF, tag))]
        if len(fields) < _FEW:
            return None
        note = exif.maker_note
        fits = note is not None and _fits(maker, note.data)
        with_model = model if model.lower().startswith(maker) else f"{make} {model}"
        details: dict[str, JsonValue] = {
            "captured_with": with_model, "make": make, "model_name": model, "fields": list[JsonValue](fields),
            "maker_note_bytes": len(note.data) if note else 0, "maker_note_fits": fits,
        }  # fmt: skip
        details.update(_whose(exif, with_model))
        what = "a maker note that fits it" if fits else "no maker note that fits it"
        against = list(against_camera(content, exif, maker)) if content is not None else []
        if against:
            details["against"] = list[JsonValue](against)
        doubt = f" {_NOT_AS_WRITTEN}: {'; '.join(against)}. {_PASTED}" if against else ""
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"Camera data name {shown(with_model, 150)}, with {', '.join(fields)} and {what}.{doubt}",
            where=exif.where,
            supports=Supports.CAPTURED,
            basis=Basis.DECLARED,
            strength=Strength.MODERATE if fits and len(fields) >= _MANY and not against else Strength.WEAK,
            could_be_faked_by=self.faked_by,
            does_not_show="That these pixels came from that camera.",
            details=details,
        )

    def _edited(self, programs: tuple[tuple[str, str], ...]) -> Finding:
        names = list(dict.fromkeys(name for name, _ in programs))[:_NAMES]
        places = list(dict.fromkeys(where for _, where in programs))[:_NAMES]
        return Finding(
            reader=self.name,
            version=self.version,
            what=f"An editing program wrote its name: {', '.join(shown(name) for name in names[:3])}.",
            where="; ".join(places[:3]),
            supports=Supports.EDITED,
            basis=Basis.DECLARED,
            strength=Strength.WEAK,
            could_be_faked_by="writing the name with any metadata editor",
            does_not_show="What was changed: such programs also only convert, rotate or add a caption.",
            details={"software": ", ".join(names), "places": list[JsonValue](places)},
        )


def _whose(exif: Exif, camera: str) -> dict[str, JsonValue]:
    """Leads to one single camera and to whoever uses it: serial numbers of body and lens, owner, author."""
    found: dict[str, JsonValue] = {}
    stated = (exif.text(Ifd.EXIF, tag) or "" for tag in (Tag.BODY_SERIAL_NUMBER, Tag.LENS_SERIAL_NUMBER))
    serials = zip((camera, f"lens of {camera}"), (text[:_SERIAL_CHARS] for text in stated), strict=True)
    devices = [f"{name}, serial number {serial}" for name, serial in serials if _tells(serial)]
    people = [
        name[:_SERIAL_CHARS] for name in (exif.text(Ifd.EXIF, _OWNER), exif.text(Ifd.PRIMARY, Tag.ARTIST)) if name
    ]
    if devices:
        found["devices"] = list[JsonValue](devices)
    if people:
        found["authors"] = list[JsonValue](dict.fromkeys(people))
    return found


def _tells(serial: str) -> bool:
    """Whether a serial number is one: cameras that have none to say write noughts, or nothing."""
    return sum(char.isalnum() for char in serial) >= 3 and any(char.isalnum() and char != "0" for char in serial)


def camera_named(content: Content) -> str | None:
    """The camera that an EXIF block names with measures of the exposure, for readers whose finding counts only beside one."""
    return content.once(_first_camera)


def _first_camera(content: Content) -> str | None:
    reader = CaptureReader()
    found = next((one for exif in content.metadata.exifs if (one := reader.camera(exif)) is not None), None)
    named = found.details["captured_with"] if found is not None else None
    return named if isinstance(named, str) else None


def _programs(content: Content) -> Iterator[tuple[str, str]]:
    """Every name of an editing program, and where it stands."""
    metadata = content.metadata
    for exif in metadata.exifs:
        if exif.software:
            yield from _known(exif.software, f"{exif.where}, Software")
    for packet in metadata.xmp_packets:
        for item in packet.properties:
            if item.name in {"CreatorTool", "softwareAgent", "Software"}:
                yield from _known(item.value, f"{packet.block.where}, {item.path}")
    for key, text, block in metadata.texts():
        if key.lower() in {"software", "creator"}:
            yield from _known(text, block.where)


def _known(name: str, where: str) -> Iterator[tuple[str, str]]:
    if len(name) <= 300 and _EDITORS.search(name):
        yield name.strip(), where


def _measures(value: Value | None) -> bool:
    """Whether a field holds a measure: a number above zero, or a moment."""
    if isinstance(value, tuple) and not isinstance(value, Rational) and value:
        value = value[0]
    if isinstance(value, str):
        return _MOMENT.match(value) is not None
    if isinstance(value, Rational):
        return value.numerator > 0 and value.denominator > 0
    return isinstance(value, int | float) and value > 0


def _fits(maker: str, note: bytes) -> bool:
    """Whether a maker note begins as those of the maker do."""
    begins = _MAKER_NOTES.get(maker, ())
    if any(start and note.startswith(start) for start in begins):
        return True
    # Programs that write EXIF anew in the other byte order leave the note in its own.
    return b"" in begins and any(_is_directory(note, order) for order in "<>")


def _is_directory(note: bytes, order: str) -> bool:
    """Whether bytes begin with a TIFF directory: some entries, each of a type that exists."""
    if len(note) < _SMALL_NOTE_BYTES:
        return False
    (count,) = struct.unpack_from(order + "H", note)
    if not 2 <= count <= 400 or 2 + 12 * count > len(note):
        return False
    kinds = [struct.unpack_from(order + "H", note, 4 + 12 * place)[0] for place in range(count)]
    return all(1 <= kind <= 13 for kind in kinds)
