"""Synthetic files with the stamps of services and the traces of cameras, drawn and put together by code; no service wrote any of them."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tests.decode.containers.media import amf, avi, flac, flv, matroska, motion_photo, sef, simple_tag, ultra_hdr
from tests.decode.containers.samples import (
    ifd_block,
    iptc,
    jpeg,
    mp4,
    png,
    png_chunk,
    resource,
    segment,
    user_comment,
    webp,
    xmp,
)

__all__ = [
    "CODE",
    "LABEL",
    "MARKS",
    "SIGNATURE",
    "credit",
    "exif_file",
    "history",
    "iim",
    "label",
    "scene",
    "sef_jpeg",
    "with_thumbnail",
    "xmp_file",
]

# A code with a right check character that belongs to nobody in the list of companies.
CODE = "001191110000123456789H10000"
SIGNATURE = "QUJD" * 75
PHOTOSHOP = 'xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
EVENTS = 'xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"'
EXIF = (
    (0x829A, 5, struct.pack(">II", 1, 250)),
    (0x829D, 5, struct.pack(">II", 28, 10)),
    (0x8827, 3, struct.pack(">H", 100)),
)


def label(value: str = "1", producer: str = CODE, **others: str) -> str:
    """A label as the standard writes it."""
    fields = {"Label": value, "ContentProducer": producer, "ProduceID": "p-1", "ReservedCode1": "", "ContentPropagator": "",
              "PropagateID": "", "ReservedCode2": ""}  # fmt: skip
    return json.dumps(fields | others, separators=(",", ":"))


LABEL = label()


def xmp_file(inner: str = "", attributes: str = "") -> bytes:
    packet = xmp(inner, attributes)
    return jpeg([segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)])


def credit(text: str) -> bytes:
    return xmp_file("", f'{PHOTOSHOP} photoshop:Credit="{text}"')


def iim(*datasets: tuple[int, int, bytes]) -> bytes:
    return jpeg([segment(0xED, b"Photoshop 3.0\0" + resource(0x0404, iptc(*datasets)))])


def exif_file(comment: str = "", **texts: str) -> bytes:
    tags = {"ImageDescription": 0x010E, "Make": 0x010F, "Model": 0x0110, "Software": 0x0131, "Artist": 0x013B}
    directories: dict[str, Any] = {"IFD0": [(tags[name], 2, text.encode() + b"\0") for name, text in texts.items()]}
    if comment:
        directories["ExifIFD"] = [(0x9286, 7, user_comment(comment))]
    return jpeg([segment(0xE1, b"Exif\0\0" + ifd_block(directories))])


def sef_jpeg(note: str, name: bytes = b"PEg_Info", kind: int = 0x0D91) -> bytes:
    return jpeg(trailer=sef((kind, name, note.encode())))


def history(*steps: Mapping[str, str], more: str = "", attributes: str = "") -> bytes:
    """A file whose XMP lists the steps; `more` stands beside the list."""
    listed = "".join(
        "<rdf:li rdf:parseType='Resource'>"
        + "".join(f"<stEvt:{key}>{value}</stEvt:{key}>" for key, value in step.items())
        + "</rdf:li>"
        for step in steps
    )
    held = f"<xmpMM:History><rdf:Seq>{listed}</rdf:Seq></xmpMM:History>" if steps else ""
    return xmp_file(held + more, f"{EVENTS} {PHOTOSHOP} {attributes}")


def scene(width: int = 480, height: int = 320, kind: int = 0) -> NDArray[np.uint8]:
    """A landscape of gradients and shapes; another kind is another one."""
    down, across = np.mgrid[0:height, 0:width] / max(width, height)
    waves = np.sin(9 * across + kind * 2.1) * np.cos(7 * down * (1 + kind)) + 0.8 * (across > 0.3 + 0.2 * kind) - down
    span = waves.max() - waves.min()
    grey = ((waves - waves.min()) / span * 235 + 10).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def coded(pixels: NDArray[np.uint8], form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form, quality=90)
    return out.getvalue()


def with_thumbnail(
    picture: NDArray[np.uint8], thumbnail: bytes, make: str = "Canon", model: str = "Canon EOS 6D"
) -> bytes:
    """A picture with camera data and this thumbnail in IFD1."""
    directories: dict[str, Any] = {
        "IFD0": [(0x010F, 2, make.encode() + b"\0"), (0x0110, 2, model.encode() + b"\0")],
        "ExifIFD": list(EXIF),
        "IFD1": [(0x0201, 4, bytes(4)), (0x0202, 4, struct.pack(">I", len(thumbnail)))],
    }
    if not make:
        directories["IFD0"] = [(0x0131, 2, b"a program\0")]
    plain = ifd_block(directories)
    directories["IFD1"][0] = (0x0201, 4, struct.pack(">I", len(plain)))
    whole = coded(picture)
    return whole[:2] + segment(0xE1, b"Exif\0\0" + ifd_block(directories) + thumbnail) + whole[2:]


def shrunk(pixels: NDArray[np.uint8], width: int = 160, height: int = 107) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(pixels).resize((width, height)))


def _marks() -> Mapping[str, bytes]:
    wrapped = json.dumps({"AIGC": json.loads(LABEL)})
    picture = scene()
    in_xmp = "".join(f"&#{ord(char)};" if char in '<>&"' else char for char in LABEL)
    tencent = (
        '{"AIGC": {"ServiceProvider": "Example Cloud", "ServiceUser": "u1", "Time": "20260101", "ContentId": "c1"}}'
    )
    return {
        "tc260 xmp": xmp_file(
            f"<TC260:AIGC>{in_xmp}</TC260:AIGC>", 'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"'
        ),
        "tc260 xmp attribute": xmp_file(
            "", f"xmlns:TC260='http://www.tc260.org.cn/ns/AIGC/1.0/' TC260:AIGC='{in_xmp}'"
        ),
        "tc260 png tEXt": png([png_chunk(b"tEXt", b"AIGC\0" + LABEL.encode())]),
        "tc260 png iTXt behind": png(after=[png_chunk(b"iTXt", b"AIGC\0\0\0\0\0" + LABEL.encode())]),
        "tc260 exif UserComment": exif_file(wrapped),
        "tc260 exif ImageDescription": exif_file(ImageDescription=wrapped),
        "tc260 exif of a service": exif_file(ImageDescription=tencent),
        "tc260 app segment": jpeg([segment(0xE9, b"AIGC" + LABEL.encode())]),
        "tc260 webp": webp(exif=b"Exif\0\0" + ifd_block({"IFD0": [(0x010E, 2, wrapped.encode() + b"\0")]})),
        "tc260 mp4 keys": mp4(keys={"AIGC": LABEL.encode()}),
        "tc260 matroska": matroska([simple_tag("AIGC", LABEL)]),
        "tc260 avi": avi({"AIGC": LABEL}),
        "tc260 flv": flv(amf("onMetaData") + amf({"AIGC": LABEL, "width": 160.0})),
        "tc260 flac": flac(fields={"AIGC": LABEL}),
        "samsung PEg_Info": sef_jpeg('{"genImageVersion":"v1","connectorType":"srvg","genAIType":8}'),
        "samsung Re_Edit": sef_jpeg(
            '{"originalPath":"/data/x.jpg","genAIType":1}', b"PhotoEditor_Re_Edit_Data", 0x0BA1
        ),
        "samsung nested": sef_jpeg(
            json.dumps({"clipInfoValue": json.dumps({"genAIType": 3})}), b"PhotoEditor_Re_Edit_Data", 0x0BA1
        ),
        "samsung png": png(trailer=sef((0x0D91, b"PEg_Info", b'{"genAIType":8}'))),
        "grok exif": exif_file(
            ImageDescription=f"Signature: {SIGNATURE}", Artist="11111111-2222-4333-8444-555555555555"
        ),
        "stamps google xmp": credit("Made with Google AI"),
        "stamps google iim": iim((1, 90, b"\x1b%G"), (2, 110, b"Edited with Google AI")),
        "stamps flux": exif_file(
            Software="AI generated;txt2img;flux", Make="Black Forest Labs", Model="flux-dev", ImageDescription="a hill"
        ),
        "stamps luma": png([png_chunk(b"tEXt", b"Comment\0Generated by Luma AI's Uni-1 model (https://lumalabs.ai)")]),
        "stamps meta platform": iim((2, 40, b"FBMD" + b"0a000a6f0100003f0d0000" * 4)),
        "watermark-names xmp": xmp_file("", 'ex:SoftBinding="com.adobe.trustmark.P"'),
        "watermark-names png": png([png_chunk(b"tEXt", b"Comment\0Applied imperceptible SynthID watermark.")]),
        "edits history": history(
            {"action": "saved", "when": "2024-01-02T03:04:05Z", "softwareAgent": "An editor 1", "changed": "/"}
        ),
        "edits raw": xmp_file(
            "", 'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" crs:RawFileName="IMG_0001.CR2"'
        ),
        "edits log": history(more="<photoshop:History>Open&#10;Generative Fill&#10;Save&#10;</photoshop:History>"),
        "thumbnail alike": with_thumbnail(picture, coded(shrunk(picture))),
        "thumbnail of another": with_thumbnail(picture, coded(shrunk(scene(kind=2)))),
        "structure gain map": ultra_hdr(),
        "structure motion photo": motion_photo(mp4()),
        "quantisation jpeg": jpeg(quality=83),
    }


MARKS = _marks()
"""Files by the reader that they are for, and a word on the place."""
