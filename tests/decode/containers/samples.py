"""Small files of every container, put together by code so that a test knows every byte of them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

__all__ = [
    "SAMPLES", "app11", "box", "drawing", "exif", "extended_xmp", "full_box", "gif", "gif_blocks", "heif", "ifd_block", "iptc", "jp2",
    "jpeg", "jumbf", "mp4", "pillow", "png", "png_chunk", "resource", "riff_chunk", "segment", "tiff", "user_comment", "webp", "xmp",
]  # fmt: skip

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def drawing(width: int = 48, height: int = 32) -> Image.Image:
    """A hill under a sun."""
    image = Image.new("RGB", (width, height), (150, 190, 230))
    pen = ImageDraw.Draw(image)
    pen.ellipse((width * 0.6, height * 0.1, width * 0.8, height * 0.4), fill=(250, 220, 120))
    pen.polygon([(0, height), (width * 0.4, height * 0.4), (width, height)], fill=(70, 120, 60))
    return image


def pillow(kind: str, **options: object) -> bytes:
    """The drawing as Pillow writes it."""
    into = io.BytesIO()
    drawing().save(into, kind, **options)
    return into.getvalue()


def png_chunk(kind: bytes, payload: bytes, crc: int | None = None) -> bytes:
    checksum = zlib.crc32(kind + payload) if crc is None else crc
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", checksum)


def png(before: Sequence[bytes] = (), after: Sequence[bytes] = (), trailer: bytes = b"") -> bytes:
    """A PNG with extra chunks before and after its picture data."""
    plain = pillow("PNG")
    head, rest = plain[:33], plain[33:]
    body, end = rest[:-12], rest[-12:]
    return head + b"".join(before) + body + b"".join(after) + end + trailer


def segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(payload) + 2) + payload


def jpeg(segments: Sequence[bytes] = (), trailer: bytes = b"", **options: object) -> bytes:
    """A JPEG with extra segments behind its start."""
    plain = pillow("JPEG", **options)
    return plain[:2] + b"".join(segments) + plain[2:] + trailer


def app11(store: bytes, piece_bytes: int = 40, instance: int = 1) -> list[bytes]:
    """A JUMBF box in APP11 segments of at most `piece_bytes` of payload each."""
    head, body = store[:8], store[8:]
    pieces = [body[start : start + piece_bytes] for start in range(0, len(body), piece_bytes)] or [b""]
    return [
        segment(0xEB, b"JP" + struct.pack(">HI", instance, number + 1) + head + piece)
        for number, piece in enumerate(pieces)
    ]


def extended_xmp(text: bytes, guid: bytes = b"0123456789ABCDEF0123456789ABCDEF", piece_bytes: int = 50) -> list[bytes]:
    head = b"http://ns.adobe.com/xmp/extension/\x00" + guid
    return [
        segment(0xE1, head + struct.pack(">II", len(text), start) + text[start : start + piece_bytes])
        for start in range(0, len(text), piece_bytes)
    ]


def box(kind: bytes, payload: bytes = b"", *, wide: bool = False) -> bytes:
    if wide:
        return struct.pack(">I4sQ", 1, kind, len(payload) + 16) + payload
    return struct.pack(">I4s", len(payload) + 8, kind) + payload


def full_box(kind: bytes, payload: bytes = b"", version: int = 0, flags: int = 0) -> bytes:
    return box(kind, bytes((version,)) + flags.to_bytes(3, "big") + payload)


def jumbf(label: str = "c2pa", content: bytes = b"content of the manifest store, drawn by a test") -> bytes:
    kind = bytes.fromhex("6332706100110010800000aa00389b71") if label == "c2pa" else bytes(16)
    description = box(b"jumd", kind + b"\x03" + label.encode() + b"\x00")
    return box(b"jumb", description + box(b"cbor", content))


Entry = tuple[int, int, bytes]
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 9: 4, 10: 8, 12: 8, 13: 4}
POINTERS = {"ExifIFD": 0x8769, "GPS": 0x8825}


def ifd_block(directories: Mapping[str, Sequence[Entry]], order: str = ">", tail: bytes = b"") -> bytes:
    """A TIFF structure of the directories named IFD0, ExifIFD, GPS and IFD1; an entry is (tag, type, value bytes)."""
    names = [name for name in ("IFD0", "ExifIFD", "GPS", "IFD1") if name in directories]
    entries = {name: list(directories[name]) for name in names}
    for name, tag in POINTERS.items():
        if name in entries:
            entries["IFD0"].append((tag, 4, b"\0\0\0\0"))
    offsets: dict[str, int] = {}
    at = 8
    for name in names:
        offsets[name] = at
        at += 2 + 12 * len(entries[name]) + 4
        at += sum(len(value) + (len(value) & 1) for _, _, value in entries[name] if len(value) > 4)
    out = bytearray((b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8))
    for name in names:
        values = bytearray()
        start = offsets[name] + 2 + 12 * len(entries[name]) + 4
        out += struct.pack(order + "H", len(entries[name]))
        for tag, kind, value in sorted(entries[name], key=lambda entry: entry[0]):
            pointed = next((other for other, number in POINTERS.items() if name == "IFD0" and number == tag), None)
            if pointed in offsets:
                value = struct.pack(order + "I", offsets[pointed])
            out += struct.pack(order + "HHI", tag, kind, len(value) // SIZES[kind])
            if len(value) <= 4:
                out += value.ljust(4, b"\0")
            else:
                out += struct.pack(order + "I", start + len(values))
                values += value + b"\0" * (len(value) & 1)
        following = offsets.get("IFD1", 0) if name == "IFD0" else 0
        out += struct.pack(order + "I", following) + values
    return bytes(out) + tail


def user_comment(text: str, order: str = ">") -> bytes:
    return b"UNICODE\0" + text.encode("utf-16-be" if order == ">" else "utf-16-le")


def exif(order: str = ">", orientation: int = 6, comment: bytes = b"ASCII\0\0\0a lighthouse") -> bytes:
    """An EXIF block as a camera writes it: maker, model, orientation, comment, maker note, GPS and a thumbnail."""
    short = order + "H"
    return ifd_block(
        {
            "IFD0": [
                (0x010F, 2, b"Example\0"),
                (0x0110, 2, b"Box Camera 1\0"),
                (0x0112, 3, struct.pack(short, orientation)),
                (0x0131, 2, b"firmware 1.0\0"),
                (0x9C9C, 1, "drawn by a test\0".encode("utf-16-le")),
            ],
            "ExifIFD": [
                (0x829A, 5, struct.pack(order + "II", 1, 250)),
                (0x9003, 2, b"2024:05:06 07:08:09\0"),
                (0x9286, 7, comment),
                (0x927C, 7, b"Example note\0\1\2\3"),
            ],
            "GPS": [(0x0001, 2, b"N\0"), (0x0002, 5, struct.pack(order + "6I", 1, 1, 2, 1, 3, 0))],
            "IFD1": [(0x0201, 4, struct.pack(order + "I", 8)), (0x0202, 4, struct.pack(order + "I", 4))],
        },
        order,
    )


def tiff(order: str = "<", **tags: bytes) -> bytes:
    """A TIFF with a picture of one strip and tags named `x` and their number in hexadecimal, all UNDEFINED."""
    number = order + "I"
    pixels = bytes(12)
    entries: list[Entry] = [
        (0x0100, 4, struct.pack(number, 2)),
        (0x0101, 4, struct.pack(number, 2)),
        (0x0102, 3, struct.pack(order + "3H", 8, 8, 8)),
        (0x0103, 3, struct.pack(order + "H", 1)),
        (0x0106, 3, struct.pack(order + "H", 2)),
        (0x0111, 4, struct.pack(number, 8)),
        (0x0112, 3, struct.pack(order + "H", 3)),
        (0x0115, 3, struct.pack(order + "H", 3)),
        (0x0117, 4, struct.pack(number, len(pixels))),
    ]
    entries += [(int(name[1:], 16), 7, value) for name, value in tags.items()]
    return ifd_block({"IFD0": entries}, order, pixels)


def resource(number: int, payload: bytes, name: bytes = b"") -> bytes:
    pascal = bytes((len(name),)) + name
    pascal += b"\0" * (len(pascal) & 1)
    return (
        b"8BIM"
        + struct.pack(">H", number)
        + pascal
        + struct.pack(">I", len(payload))
        + payload
        + b"\0" * (len(payload) & 1)
    )


def iptc(*datasets: tuple[int, int, bytes]) -> bytes:
    return b"".join(
        struct.pack(">BBBH", 0x1C, record, number, len(value)) + value for record, number, value in datasets
    )


def xmp(inner: str = "", attributes: str = 'xmp:CreatorTool="Test drawing 1"') -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:ex="http://example.org/ns/" {attributes}>{inner}'
        '</rdf:Description></rdf:RDF></x:xmpmeta>\n   \n<?xpacket end="w"?>'
    ).encode()


def riff_chunk(code: bytes, payload: bytes) -> bytes:
    return code + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) & 1)


def webp(chunks: Sequence[bytes] = (), trailer: bytes = b"", **options: object) -> bytes:
    """A WebP with extra chunks at its end."""
    plain = pillow("WEBP", **options)
    body = plain[8:] + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body + trailer


def gif_blocks(payload: bytes) -> bytes:
    """Sub-blocks of at most 255 bytes, and their terminator."""
    pieces = [payload[start : start + 255] for start in range(0, len(payload), 255)]
    return b"".join(bytes((len(piece),)) + piece for piece in pieces) + b"\0"


def gif(extensions: Sequence[bytes] = (), trailer: bytes = b"") -> bytes:
    """A GIF with extra extensions before its end."""
    return pillow("GIF")[:-1] + b"".join(extensions) + b"\x3b" + trailer


def heif(
    items: Sequence[tuple[bytes, str, bytes]] = (),
    properties: Sequence[bytes] = (),
    top: Sequence[bytes] = (),
    brand: bytes = b"heic",
    *,
    in_idat: bool = False,
) -> bytes:
    """A HEIF without a picture: item 1 is said to be one, the others are (type, content type, payload)."""
    ftyp = box(b"ftyp", brand + bytes(4) + b"mif1" + brand)
    infe = [full_box(b"infe", struct.pack(">HH4s", 1, 0, b"hvc1") + b"\0", 2)]
    for number, (kind, content_type, _) in enumerate(items, 2):
        text = f"\0{content_type}\0".encode() if kind == b"mime" else b"\0"
        infe.append(full_box(b"infe", struct.pack(">HH4s", number, 0, kind) + text, 2))
    iinf = full_box(b"iinf", struct.pack(">H", len(infe)) + b"".join(infe))
    ipco = box(b"ipco", full_box(b"ispe", struct.pack(">II", 640, 480)) + b"".join(properties))
    indices = bytes(range(1, 2 + len(properties)))
    ipma = full_box(b"ipma", struct.pack(">IHB", 1, 1, len(indices)) + indices)
    iprp = box(b"iprp", ipco + ipma)
    pitm = full_box(b"pitm", struct.pack(">H", 1))
    hdlr = full_box(b"hdlr", bytes(4) + b"pict" + bytes(13))
    payload = b"".join(data for _, _, data in items)

    def meta(start: int) -> bytes:
        places = b""
        for number, (_, _, data) in enumerate(items, 2):
            method = struct.pack(">H", 1) if in_idat else b""
            places += struct.pack(">H", number) + method + struct.pack(">HHII", 0, 1, start, len(data))
            start += len(data)
        iloc = full_box(b"iloc", b"\x44\x00" + struct.pack(">H", len(items)) + places, 1 if in_idat else 0)
        idat = box(b"idat", payload) if in_idat else b""
        return full_box(b"meta", hdlr + pitm + iinf + iprp + iloc + idat)

    start = 0 if in_idat else len(ftyp) + len(meta(0)) + 8
    mdat = b"" if in_idat else box(b"mdat", payload)
    return ftyp + meta(start) + mdat + b"".join(top)


def mp4(
    ilst: Mapping[str, bytes] | None = None, keys: Mapping[str, bytes] | None = None, top: Sequence[bytes] = ()
) -> bytes:
    """An MP4 without a stream: a track header, iTunes-style text under `udta`, QuickTime keys under `moov`."""

    def value(payload: bytes) -> bytes:
        return box(b"data", struct.pack(">II", 1, 0) + payload)

    udta = b""
    if ilst:
        inner = b"".join(box(key.encode("latin-1"), value(data)) for key, data in ilst.items())
        udta = box(b"udta", full_box(b"meta", full_box(b"hdlr", bytes(4) + b"mdir" + bytes(13)) + box(b"ilst", inner)))
    meta = b""
    if keys:
        names = b"".join(box(b"mdta", key.encode()) for key in keys)
        inner = b"".join(box(struct.pack(">I", index), value(data)) for index, data in enumerate(keys.values(), 1))
        hdlr = full_box(b"hdlr", bytes(4) + b"mdta" + bytes(13))
        meta = box(b"meta", hdlr + full_box(b"keys", struct.pack(">I", len(keys)) + names) + box(b"ilst", inner))
    tkhd = full_box(b"tkhd", bytes(72) + struct.pack(">II", 320 << 16, 180 << 16))
    moov = box(b"moov", full_box(b"mvhd", bytes(96)) + box(b"trak", tkhd) + udta + meta)
    return box(b"ftyp", b"isom" + bytes(4) + b"isom") + box(b"mdat", b"no stream") + moov + b"".join(top)


def jp2(boxes: Sequence[bytes] = ()) -> bytes:
    """A JPEG 2000 file with extra boxes before its codestream."""
    plain = pillow("JPEG2000")
    at = plain.index(b"jp2c") - 4
    return plain[:at] + b"".join(boxes) + plain[at:]


def _samples() -> dict[str, bytes]:
    store, packet, photo = jumbf(), xmp(), exif()
    bim = (
        b"Photoshop 3.0\0"
        + resource(0x0404, iptc((1, 90, b"\x1b%G"), (2, 120, b"a hill")))
        + resource(0x0425, bytes(16))
    )
    text = b"parameters\0a hill\nSteps: 20, Seed: 7"
    raw_profile = b"\nexif\n%8d\n%s\n" % (len(photo) + 6, (b"Exif\0\0" + photo).hex().encode())
    uuid_c2pa = bytes.fromhex("d8fec3d61b0e483c92975828877ec481") + bytes(4) + b"manifest\0" + bytes(8) + store
    uuid_xmp = bytes.fromhex("be7acfcb97a942e89c71999491e3afac") + packet
    return {
        "png": png(
            [
                png_chunk(b"tEXt", text),
                png_chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet),
                png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"{}" * 50)),
                png_chunk(b"caBX", store),
                png_chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(200))),
            ],
            [png_chunk(b"eXIf", photo), png_chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw_profile))],
            b"behind the end",
        ),
        "jpeg": jpeg(
            [
                segment(0xE1, b"Exif\0\0" + photo),
                segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet),
                *extended_xmp(xmp("<dc:title>long</dc:title>"), piece_bytes=200),
                *app11(store),
                segment(0xED, bim),
                segment(0xFE, b"a comment"),
                segment(0xE2, b"ICC_PROFILE\0\1\1" + bytes(100)),
            ],
            b"behind the end",
            quality=80,
        ),
        "jpeg progressive": jpeg([segment(0xFE, b"a comment")], progressive=True),
        "webp": webp([riff_chunk(b"C2PA", store)], b"behind the end", exif=b"Exif\0\0" + photo, xmp=packet),
        "avi": b"RIFF"
        + struct.pack("<I", 4 + 34)
        + b"AVI "
        + riff_chunk(b"LIST", b"INFO" + riff_chunk(b"ISFT", b"Test drawing\0\0")),
        "gif": gif(
            [
                b"\x21\xfe" + gif_blocks(b"a comment" * 40),
                b"\x21\xff\x0bXMP DataXMP" + packet + b"\x01" + bytes(range(255, -1, -1)) + b"\x00",
                b"\x21\xff\x0bC2PA_GIF" + bytes(3) + gif_blocks(store),
            ],
            b"behind the end",
        ),
        "tiff": tiff(x02BC=packet, x83BB=iptc((2, 5, b"title")), x8649=bim[14:], xCD41=store),
        "tiff big-endian": tiff(">", x02BC=packet),
        "exif": photo,
        "heif": heif(
            [(b"Exif", "", struct.pack(">I", 6) + b"Exif\0\0" + photo), (b"mime", "application/rdf+xml", packet)],
            [box(b"irot", b"\x01"), box(b"imir", b"\x01"), full_box(b"pixi", b"\x03\x08\x08\x08")],
            [box(b"uuid", uuid_c2pa)],
        ),
        "heif idat": heif([(b"mime", "application/rdf+xml", packet)], in_idat=True),
        "mp4": mp4(
            {"\xa9cmt": b"a hill", "\xa9too": b"Test"},
            {"prompt": b"{}", "AIGC": b'{"Label":"1"}'},
            [box(b"uuid", uuid_xmp)],
        ),
        "jp2": jp2([box(b"uuid", uuid_xmp), box(b"xml ", packet), box(b"uuid", b"JpgTiffExif->JP2" + photo)]),
    }


SAMPLES = _samples()
