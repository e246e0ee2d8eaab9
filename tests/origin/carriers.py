"""Small files that carry a mark of origin, drawn and put together by code."""

from __future__ import annotations

import json
import struct
import unicodedata
import zlib
from collections.abc import Mapping

from tests.decode.containers.samples import heif, ifd_block, jpeg, mp4, png, png_chunk, segment, user_comment, webp, xmp
from tests.origin.dialects import DIALECTS
from tests.origin.marks import MARKS

from safelight.decode.content import Content
from safelight.decode.limits import Limits
from safelight.demo.prompts import a1111_parameters, comfyui_graphs, draw_recipe
from safelight.model import Finding, Outcome

__all__ = [
    "CARRIERS",
    "PARAMETERS",
    "PROMPT",
    "RECIPE",
    "WORKFLOW",
    "camera_exif",
    "camera_jpeg",
    "content",
    "exif_jpeg",
    "exif_of",
    "iptc_jpeg",
    "iptc_packet",
    "looked",
    "note_for",
    "one_line",
    "png_texts",
]

RECIPE = draw_recipe(7, 1, 1)
PARAMETERS = a1111_parameters(RECIPE, 512, 512)
PROMPT, WORKFLOW = comfyui_graphs(RECIPE, 512, 512)

IPTC = 'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def one_line(text: str) -> bool:
    """Whether a text prints as one line: no control, format, surrogate or private character."""
    return all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for char in text)


def content(data: bytes) -> Content:
    return Content(data, len(data), Limits())


def looked(reader: object, data: bytes) -> list[Finding]:
    """What a reader finds in a file; every finding keeps the contract."""
    findings = list(reader.read(content(data)))  # type: ignore[attr-defined]
    for finding in findings:
        assert isinstance(finding, Finding)
        assert finding.what.endswith(".")
        assert one_line(finding.what)
        assert one_line(finding.where)
        if finding.outcome is Outcome.FOUND and finding.basis is not None:
            assert finding.could_be_faked_by
            assert finding.does_not_show
    return findings


def png_texts(**texts: str) -> bytes:
    """A PNG with text chunks: Latin-1 where that suffices, else iTXt."""
    chunks = []
    for key, text in texts.items():
        raw = text.encode("utf-8", "surrogatepass")
        if raw.isascii():
            chunks.append(png_chunk(b"tEXt", key.encode() + b"\0" + raw))
        else:
            chunks.append(png_chunk(b"iTXt", key.encode() + b"\0\0\0\0\0" + raw))
    return png(chunks)


def exif_of(comment: bytes = b"", order: str = ">", **ifd0: str) -> bytes:
    tags = {"Make": 0x010F, "Model": 0x0110, "Software": 0x0131, "ImageDescription": 0x010E}
    entries = [(tags[name], 2, text.encode() + b"\0") for name, text in ifd0.items()]
    directories = {"IFD0": entries}
    if comment:
        directories["ExifIFD"] = [(0x9286, 7, comment)]
    return ifd_block(directories, order)


def note_for(maker: str) -> bytes:
    """The beginning of a maker note as that maker writes it, and some bytes."""
    if maker == "Canon":
        entries = b"".join(struct.pack(">HHII", 1 + place, 3, 1, place) for place in range(12))
        return struct.pack(">H", 12) + entries + bytes(200)
    heads = {
        "NIKON CORPORATION": b"Nikon\0\2\x10\0\0",
        "Apple": b"Apple iOS\0\0\1MM",
        "FUJIFILM": b"FUJIFILM\x0c\0\0\0",
    }
    return heads[maker] + bytes(200)


def camera_exif(
    make: str = "Canon", model: str = "Canon EOS 6D", note: bytes | None = None, fields: int = 5, software: str = ""
) -> bytes:
    """EXIF of a camera: `fields` of exposure time, aperture, sensitivity, focal length and time, in this order."""
    measures = [
        (0x829A, 5, struct.pack(">II", 1, 250)), (0x829D, 5, struct.pack(">II", 28, 10)), (0x8827, 3, struct.pack(">H", 100)),
        (0x920A, 5, struct.pack(">II", 50, 1)), (0x9003, 2, b"2024:05:06 07:08:09\0"),
    ][:fields]  # fmt: skip
    if note is not None:
        measures.append((0x927C, 7, note))
    names = [(0x010F, 2, make.encode() + b"\0"), (0x0110, 2, model.encode() + b"\0")]
    if software:
        names.append((0x0131, 2, software.encode() + b"\0"))
    return ifd_block({"IFD0": names, "ExifIFD": measures})


def exif_jpeg(exif: bytes, **options: object) -> bytes:
    return jpeg([segment(0xE1, b"Exif\0\0" + exif)], **options)


def camera_jpeg(**options: object) -> bytes:
    options.setdefault("note", note_for("Canon"))
    # Tables of its own, as a camera writes them: in no order that the IJG library scales to.
    return exif_jpeg(camera_exif(**options), qtables=[list(range(1, 65))] * 2)  # type: ignore[arg-type]


def iptc_packet(
    term: str = "trainedAlgorithmicMedia", extra: str = "", element: bool = False, prefix: str = VOCABULARY
) -> bytes:
    if element:
        return xmp(f"<Iptc4xmpExt:DigitalSourceType>{prefix}{term}</Iptc4xmpExt:DigitalSourceType>", f"{IPTC} {extra}")
    return xmp("", f'{IPTC} Iptc4xmpExt:DigitalSourceType="{prefix}{term}" {extra}')


def iptc_jpeg(packet: bytes) -> bytes:
    return jpeg([segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)])


def _carriers() -> Mapping[str, bytes]:
    text = PARAMETERS.encode()
    wide_be, wide_le = user_comment(PARAMETERS, ">"), user_comment(PARAMETERS, "<")
    ascii_comment = b"ASCII\0\0\0" + text
    both = json.dumps({"prompt": PROMPT, "workflow": WORKFLOW}).encode()
    history = (
        '<xmpMM:History xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"><rdf:Seq>'
        '<rdf:li rdf:parseType="Resource"><stEvt:softwareAgent>Adobe Photoshop 25.0 (Windows)</stEvt:softwareAgent></rdf:li>'
        "</rdf:Seq></xmpMM:History>"
    )
    return {
        "a1111 png tEXt": png([png_chunk(b"tEXt", b"parameters\0" + text)]),
        "a1111 png iTXt": png([png_chunk(b"iTXt", b"parameters\0\0\0\0\0" + text)]),
        "a1111 png zTXt": png([png_chunk(b"zTXt", b"parameters\0\0" + zlib.compress(text))]),
        "a1111 png after the picture": png(after=[png_chunk(b"tEXt", b"parameters\0" + text)]),
        "a1111 png eXIf": png(after=[png_chunk(b"eXIf", exif_of(wide_be))]),
        "a1111 jpeg big-endian": exif_jpeg(exif_of(wide_be)),
        "a1111 jpeg little-endian": exif_jpeg(exif_of(wide_le, "<")),
        "a1111 jpeg ascii": exif_jpeg(exif_of(ascii_comment)),
        "a1111 jpeg raw": exif_jpeg(exif_of(text)),
        "a1111 jpeg comment": jpeg([segment(0xFE, text)]),
        "a1111 webp": webp(exif=b"Exif\0\0" + exif_of(wide_be)),
        "a1111 avif": heif([(b"Exif", "", struct.pack(">I", 0) + exif_of(wide_be))], brand=b"avif"),
        "comfyui png": png_texts(prompt=PROMPT, workflow=WORKFLOW),
        "comfyui png workflow": png_texts(workflow=WORKFLOW),
        "comfyui webp": webp(exif=b"Exif\0\0" + exif_of(Make=f"workflow:{WORKFLOW}", Model=f"prompt:{PROMPT}")),
        "comfyui jpeg": exif_jpeg(exif_of(ImageDescription=f"Workflow:{WORKFLOW}", Make=f"Prompt:{PROMPT}")),
        "comfyui mp4 keys": mp4(keys={"prompt": PROMPT.encode(), "workflow": WORKFLOW.encode()}),
        "comfyui mp4 comment": mp4({"\xa9cmt": both}),
        "iptc jpeg attribute": iptc_jpeg(iptc_packet()),
        "iptc jpeg element": iptc_jpeg(iptc_packet("compositeWithTrainedAlgorithmicMedia", element=True)),
        "iptc jpeg system": iptc_jpeg(
            iptc_packet(extra='Iptc4xmpExt:AISystemUsed="Example" Iptc4xmpExt:AIPromptInformation="a hill"')
        ),
        "iptc png": png([png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + iptc_packet())]),
        "iptc webp": webp(xmp=iptc_packet()),
        "camera canon": camera_jpeg(),
        "camera nikon": camera_jpeg(make="NIKON CORPORATION", model="NIKON D750", note=note_for("NIKON CORPORATION")),
        "camera edited": camera_jpeg(software="GIMP 2.10.36"),
        "camera history": iptc_jpeg(xmp(history)),
        "camera png": png(after=[png_chunk(b"eXIf", camera_exif(note=note_for("Canon")))]),
        **DIALECTS,
        **MARKS,
    }


CARRIERS = _carriers()
