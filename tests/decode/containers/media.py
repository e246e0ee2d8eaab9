"""Small video, audio and phone files put together by code, beside the pictures of `samples`."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence

from tests.decode.containers.samples import (
    box,
    exif,
    heif,
    ifd_block,
    iptc,
    jpeg,
    jumbf,
    mp4,
    png,
    resource,
    riff_chunk,
    segment,
    webp,
    xmp,
)

__all__ = [
    "AIGC", "MEDIA", "aiff", "aiff_chunk", "aiff_comments", "amf", "ape", "avi", "bext", "comments", "container", "element", "flac",
    "flac_part", "flac_picture", "flv", "flv_tag", "frame", "id3",
    "matroska", "motion_photo", "mpf", "ogg", "ogg_page", "photoshop", "sef", "simple_tag", "ultra_hdr", "unsized", "wave",
]  # fmt: skip

AIGC = '{"Label":"1","ContentProducer":"00119144030008867405X210001","ProduceID":"abc-123"}'


def element(identifier: int, payload: bytes, size_bytes: int = 0) -> bytes:
    """An EBML element, its size in the fewest bytes or in `size_bytes`."""
    name = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    width = size_bytes or next(n for n in range(1, 9) if len(payload) < (1 << 7 * n) - 1)
    return name + (len(payload) | 1 << 7 * width).to_bytes(width, "big") + payload


def unsized(identifier: int, payload: bytes) -> bytes:
    """An EBML element that does not state its size."""
    return identifier.to_bytes((identifier.bit_length() + 7) // 8, "big") + b"\x01" + b"\xff" * 7 + payload


def simple_tag(name: str, value: str | bytes, *inner: bytes) -> bytes:
    held = element(0x4487, value.encode()) if isinstance(value, str) else element(0x4485, value)
    return element(0x67C8, element(0x45A3, name.encode()) + held + b"".join(inner))


def matroska(
    tags: Sequence[bytes] = (), attachments: Sequence[tuple[str, str, bytes]] = (), *, live: bool = False
) -> bytes:
    """A Matroska file with a cluster of no frames; `live` leaves segment and cluster without sizes."""
    info = element(0x1549A966, element(0x7BA9, b"A hill\0\0") + element(0x4D80, b"test 1") + element(0x4461, bytes(8)))
    video = element(0xE0, element(0xB0, b"\x01\x40") + element(0xBA, b"\xb4"))
    tracks = element(0x1654AE6B, element(0xAE, element(0x536E, b"a track") + video))
    files = b"".join(
        element(
            0x61A7,
            element(0x467E, b"why")
            + element(0x466E, name.encode())
            + element(0x4660, kind.encode())
            + element(0x465C, data),
        )
        for name, kind, data in attachments
    )
    chapter = element(0x1043A770, element(0x45B9, element(0xB6, element(0x80, element(0x85, b"the start")))))
    cluster = element(0xE7, b"\0") + element(0xA3, b"\x81\0\0\x80no frame")
    body = [
        element(0xEC, bytes(20)),
        info,
        tracks,
        unsized(0x1F43B675, cluster) if live else element(0x1F43B675, cluster),
        element(0x1254C367, element(0x7373, element(0x63C0, b"") + b"".join(tags))) if tags else b"",
        element(0x1941A469, files) if files else b"",
        chapter,
    ]
    head = element(0x1A45DFA3, element(0x4282, b"matroska"))
    joined = b"".join(body)
    return head + (unsized(0x18538067, joined) if live else element(0x18538067, joined, 8))


def comments(fields: Mapping[str, str], vendor: str = "test 1") -> bytes:
    """A Vorbis comment header from its vendor length on."""
    out = struct.pack("<I", len(vendor.encode())) + vendor.encode() + struct.pack("<I", len(fields))
    for name, value in fields.items():
        field = f"{name}={value}".encode()
        out += struct.pack("<I", len(field)) + field
    return out


def flac_part(kind: int, payload: bytes, *, last: bool = False) -> bytes:
    return bytes((kind | 0x80 * last,)) + len(payload).to_bytes(3, "big") + payload


def flac_picture(picture: bytes = b"\xff\xd8\xff\xe0 no picture", media_type: bytes = b"image/jpeg") -> bytes:
    about = b"a cover"
    return (
        struct.pack(">II", 3, len(media_type))
        + media_type
        + struct.pack(">I", len(about))
        + about
        + struct.pack(">5I", 8, 8, 24, 0, len(picture))
        + picture
    )


def flac(*parts: tuple[int, bytes], fields: Mapping[str, str] | None = None) -> bytes:
    """A FLAC file of metadata and one frame's first bytes."""
    out = b"fLaC" + flac_part(0, bytes(34))
    for kind, payload in parts:
        out += flac_part(kind, payload)
    if fields is not None:
        out += flac_part(4, comments(fields))
    return out + flac_part(1, bytes(8), last=True) + b"\xff\xf8 no frame"


def ogg_page(stream: int, number: int, *packets: bytes, flags: int = 0, open_end: bool = False) -> bytes:
    """A page of whole packets; with `open_end` the last one goes on in the next page (its size must divide by 255)."""
    lacing = bytearray()
    for packet in packets:
        lacing += b"\xff" * (len(packet) // 255) + bytes((len(packet) % 255,))
    if open_end:
        lacing.pop()
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, 0, stream, number, 0)
    return head + bytes((len(lacing),)) + bytes(lacing) + b"".join(packets)


def ogg(codec: str = "vorbis", fields: Mapping[str, str] | None = None, store: bytes = b"") -> bytes:
    """An Ogg file: the headers of one stream, a page of no audio, and a manifest stream when there is a store."""
    held = comments(fields or {})
    first, second = {
        "vorbis": (b"\x01vorbis" + bytes(23), b"\x03vorbis" + held + b"\x01"),
        "opus": (b"OpusHead" + bytes(11), b"OpusTags" + held),
        "theora": (b"\x80theora" + bytes(35), b"\x81theora" + held),
        "speex": (b"Speex   " + bytes(72), held),
        "flac": (
            b"\x7fFLAC\x01\0\0\x01fLaC" + flac_part(0, bytes(34)),
            flac_part(4, held) + b"",
        ),
    }[codec]
    out = ogg_page(7, 0, first, flags=2)
    if store:
        out += ogg_page(9, 0, b"\0c2pa" + store, flags=2)
    cut = len(second) // 255 * 255 // 2 // 255 * 255
    if cut:
        out += ogg_page(7, 1, second[:cut], open_end=True) + ogg_page(7, 2, second[cut:], flags=1)
    else:
        out += ogg_page(7, 1, second)
    if codec == "flac":
        out += ogg_page(7, 3, flac_part(6, flac_picture(), last=True))
    return out + ogg_page(7, 4, b"\xff no audio" * 40, flags=4)


def frame(name: str, payload: bytes, major: int = 4, flags: int = 0) -> bytes:
    """An ID3v2 frame."""
    size = len(payload)
    if major == 2:
        return name.encode() + size.to_bytes(3, "big") + payload
    number = _syncsafe(size) if major == 4 else size.to_bytes(4, "big")
    return name.encode() + number + struct.pack(">H", flags) + payload


def _syncsafe(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def id3(*frames: bytes, major: int = 4, flags: int = 0, padding: int = 10) -> bytes:
    """An ID3v2 tag; with flag 0x80 its frames are unsynchronised as a whole."""
    body = b"".join(frames) + bytes(padding)
    if flags & 0x80:
        body = body.replace(b"\xff", b"\xff\0")
    return b"ID3" + bytes((major, 0, flags)) + _syncsafe(len(body)) + body


def ape(items: Mapping[str, bytes]) -> bytes:
    """An APEv2 tag with a footer."""
    body = b"".join(struct.pack("<II", len(value), 0) + key.encode() + b"\0" + value for key, value in items.items())
    return body + b"APETAGEX" + struct.pack("<IIII", 2000, len(body) + 32, len(items), 0) + bytes(8)


def amf(value: object) -> bytes:
    """A value in AMF0."""
    match value:
        case bool():
            return b"\x01" + bytes((value,))
        case float() | int():
            return b"\x00" + struct.pack(">d", value)
        case str() if len(value.encode()) > 0xFFFF:
            return b"\x0c" + struct.pack(">I", len(value.encode())) + value.encode()
        case str():
            return b"\x02" + struct.pack(">H", len(value.encode())) + value.encode()
        case list():
            return b"\x0a" + struct.pack(">I", len(value)) + b"".join(amf(one) for one in value)
        case dict():
            fields = b"".join(amf(key)[1:] + amf(one) for key, one in value.items())
            return b"\x08" + struct.pack(">I", len(value)) + fields + b"\0\0\x09"
        case _:
            return b"\x05"


def flv_tag(kind: int, payload: bytes) -> bytes:
    size = len(payload).to_bytes(3, "big")
    return bytes((kind,)) + size + bytes(7) + payload + struct.pack(">I", len(payload) + 11)


def flv(*scripts: bytes) -> bytes:
    """A Flash video of script tags between tags of no audio and no video."""
    tags = flv_tag(9, b"no video") + b"".join(flv_tag(18, one) for one in scripts) + flv_tag(8, b"no audio")
    return b"FLV\x01\x05" + struct.pack(">I", 9) + bytes(4) + tags


def _list(name: bytes, *inner: bytes) -> bytes:
    return riff_chunk(b"LIST", name + b"".join(inner))


def avi(info: Mapping[str, str] | None = None, *chunks: bytes, strd: bytes = b"", more: bytes = b"") -> bytes:
    """An AVI with a header list, no frames, and text in INFO; `more` stands in a second RIFF part."""
    header = riff_chunk(b"avih", struct.pack("<10I", 0, 0, 0, 0, 0, 0, 1, 0, 160, 120) + bytes(16))
    stream = _list(b"strl", riff_chunk(b"strh", bytes(56)), riff_chunk(b"strf", bytes(40)), riff_chunk(b"strd", strd))
    texts = _list(b"INFO", *(riff_chunk(key.encode(), text.encode() + b"\0") for key, text in (info or {}).items()))
    body = b"AVI " + _list(b"hdrl", header, stream) + texts + _list(b"movi", b"00dc\4\0\0\0wild") + b"".join(chunks)
    first = riff_chunk(b"RIFF", body)
    return first + (riff_chunk(b"RIFF", b"AVIX" + more) if more else b"")


def wave(*chunks: bytes, form: bytes = b"RIFF") -> bytes:
    """A WAVE file; as RF64 its sizes stand in a chunk of their own."""
    data = riff_chunk(b"data", bytes(10))
    body = riff_chunk(b"fmt ", bytes(16)) + data + b"".join(chunks)
    if form == b"RIFF":
        return riff_chunk(b"RIFF", b"WAVE" + body)
    body = body.replace(data, b"data\xff\xff\xff\xff" + data[8:])
    sizes = riff_chunk(b"ds64", struct.pack("<QQQI", 4 + 36 + len(body), 10, 0, 0))
    return form + b"\xff\xff\xff\xffWAVE" + sizes + body


def aiff_chunk(code: bytes, payload: bytes) -> bytes:
    return code + len(payload).to_bytes(4, "big") + payload + b"\0" * (len(payload) % 2)


def aiff(*chunks: bytes, form: bytes = b"AIFF", after: bytes = b"") -> bytes:
    """An AIFF or AIFF-C file of no sound between its other chunks."""
    kind = b"sowt\x04none\0" if form == b"AIFC" else b""
    common = aiff_chunk(b"COMM", struct.pack(">HIH", 1, 4, 16) + b"\x40\x0e\xac\x44\0\0\0\0\0\0" + kind)
    version = aiff_chunk(b"FVER", b"\xa2\x80\x51\x40") if form == b"AIFC" else b""
    body = form + version + common + b"".join(chunks) + aiff_chunk(b"SSND", bytes(16)) + after
    return b"FORM" + len(body).to_bytes(4, "big") + body


def aiff_comments(*texts: bytes) -> bytes:
    inner = b"".join(struct.pack(">IHH", 0, 0, len(text)) + text + b"\0" * (len(text) % 2) for text in texts)
    return aiff_chunk(b"COMT", len(texts).to_bytes(2, "big") + inner)


def bext(text: bytes, history: bytes) -> bytes:
    return riff_chunk(b"bext", text.ljust(256, b"\0") + bytes(346) + history)


def sef(*blocks: tuple[int, bytes, bytes]) -> bytes:
    """A Samsung trailer of (type, name, payload)."""
    bodies = [struct.pack("<HHI", 0, kind, len(name)) + name + payload for kind, name, payload in blocks]
    back = sum(len(body) for body in bodies)
    entries = b""
    for (kind, _, _), body in zip(blocks, bodies, strict=True):
        entries += struct.pack("<HHII", 0, kind, back, len(body))
        back -= len(body)
    directory = b"SEFH" + struct.pack("<II", 107, len(blocks)) + entries
    return b"".join(bodies) + directory + struct.pack("<I", len(directory)) + b"SEFT"


def mpf(pictures: Sequence[tuple[int, int, int]]) -> bytes:
    """An APP2 segment of MPF; a picture is (attribute, size, offset from the TIFF header)."""
    listed = b"".join(struct.pack(">IIIHH", *one, 0, 0) for one in pictures)
    entries = [
        (0xB000, 7, b"0100"),
        (0xB001, 4, struct.pack(">I", len(pictures))),
        (0xB002, 7, listed),
    ]
    return segment(0xE2, b"MPF\0" + ifd_block({"IFD0": entries}))


def container(items: Sequence[tuple[str, str, int]], extra: str = "") -> bytes:
    """An XMP packet that names files behind the picture: (semantic, media type, length), the picture itself first."""
    held = "".join(
        f'<rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="{semantic}" Item:Mime="{mime}"'
        f' Item:Length="{length}" Item:Padding="0"/></rdf:li>'
        for semantic, mime, length in items
    )
    return xmp(
        f"<Container:Directory><rdf:Seq>{held}</rdf:Seq></Container:Directory>" if items else "",
        'xmlns:Container="http://ns.google.com/photos/1.0/container/" '
        'xmlns:Item="http://ns.google.com/photos/1.0/container/item/" '
        f'xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MotionPhoto="1" {extra}',
    )


def motion_photo(video: bytes, *, stated: int | None = None, old: bool = False, trailer: bytes = b"") -> bytes:
    """A JPEG with a video behind it, and an XMP packet that says so."""
    size = len(video) + len(trailer) if stated is None else stated
    packet = (
        container([], f'GCamera:MicroVideo="1" GCamera:MicroVideoOffset="{size}"')
        if old
        else container([("Primary", "image/jpeg", 0), ("MotionPhoto", "video/mp4", size)])
    )
    return jpeg([segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)], video + trailer)


def ultra_hdr(gain_map: bytes | None = None) -> bytes:
    """A JPEG with a gain map behind it, named by MPF and by XMP."""
    behind = jpeg(quality=50) if gain_map is None else gain_map
    packet = container([("Primary", "image/jpeg", 0), ("GainMap", "image/jpeg", len(behind))])
    head = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)

    def whole(offset: int) -> bytes:
        return jpeg([head, mpf([(0x20030000, 1000, 0), (0x00050000, len(behind), offset)])])

    # The offset counts from the TIFF header, which stands 8 bytes behind the start of the segment.
    offset = len(whole(0)) - (2 + len(head) + 8)
    return whole(offset) + behind


def photoshop(*resources: bytes) -> bytes:
    """A Photoshop document of one grey pixel."""
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 1, 1, 1, 8, 1)
    held = b"".join(resources)
    return head + struct.pack(">I", 0) + struct.pack(">I", len(held)) + held + struct.pack(">I", 0) + b"\0\0\x80"


def _media() -> dict[str, bytes]:
    store, packet, photo = jumbf(), xmp(), exif()
    fields = {"AIGC": AIGC, "prompt": "{}", "title": "a hill テスト"}
    geob = b"\0application/c2pa\0c2pa\0c2pa manifest store\0" + store
    samsung = sef(
        (0x0D91, b"PEg_Info", b'{"genImageVersion":"v1","genAIType":8}'),
        (0x0A30, b"MotionPhoto_Data", mp4()),
        (0x0A01, b"Image_UTC_Data", b"1700000000000"),
    )
    tags = [simple_tag("AIGC", AIGC), simple_tag("COMMENT", "{}", simple_tag("inner", b"\1\2")), simple_tag("m", store)]
    frames = [
        frame("TXXX", b"\3AIGC\0" + AIGC.encode()),
        frame("TIT2", b"\1" + "a hill テスト".encode("utf-16") + b"\0\0"),
        frame("COMM", b"\0eng\0a comment\0"),
        frame("PRIV", b"XMP\0" + packet),
        frame("GEOB", geob),
        frame("APIC", b"\0image/png\0\3a cover\0\x89PNG and no more"),
        frame("XXXX", b"\xff\0 unknown", flags=2),
    ]
    cover = base64.b64encode(flac_picture()).decode()
    return {
        "matroska": matroska(tags, [("w.json", "application/json", b'{"a": 1}'), ("c.png", "image/png", b"\x89PNG\0")]),
        "matroska live": matroska(tags, live=True),
        "flac": flac((2, b"riff" + bytes(9)), (6, flac_picture()), fields=fields),
        "flac with id3": id3(frame("GEOB", geob, 3), major=3) + flac((2, b"c2pa" + store), fields=fields),
        "ogg vorbis": ogg("vorbis", fields | {"METADATA_BLOCK_PICTURE": cover}, store),
        "ogg opus": ogg("opus", fields),
        "ogg theora": ogg("theora", fields),
        "ogg speex": ogg("speex", fields),
        "ogg flac": ogg("flac", fields),
        "mp3": id3(*frames) + b"\xff\xfb\x90\0 no audio" + ape({"Comment": b"{}", "AIGC": AIGC.encode()})
        + (b"TAG" + b"a hill".ljust(30, b"\0") + bytes(94) + b"\xff"),
        "mp3 old": id3(frame("TXX", b"\0AIGC\0" + AIGC.encode(), 2), frame("PIC", b"\0PNG\3\0\x89PNG", 2), major=2, flags=0x80),
        "flv": flv(
            amf("onMetaData") + amf({"width": 320, "height": 180, "AIGC": AIGC, "on": True, "list": ["a", {"b": "c"}]}),
            amf("onXMPData") + amf({"liveXML": packet.decode()}),
        ),
        "avi whole": avi({"ISFT": "Test 1", "AIGC": AIGC}, riff_chunk(b"C2PA", store), strd=b"maker data", more=riff_chunk(b"_PMX", packet)),
        "wave": wave(
            bext(b"a hill", b"A=PCM"), riff_chunk(b"AIGC", AIGC.encode()), riff_chunk(b"id3 ", id3(*frames)),
            _list(b"adtl", riff_chunk(b"labl", b"\1\0\0\0a mark\0")), riff_chunk(b"iXML", b"<BWFXML/>"),
        ),
        "wave rf64": wave(riff_chunk(b"AIGC", AIGC.encode()), form=b"RF64"),
        "aiff": aiff(
            aiff_chunk(b"NAME", b"a hill"), aiff_chunk(b"AUTH", b"test 1\0"), aiff_chunk(b"(c) ", b"nobody"),
            aiff_chunk(b"ANNO", AIGC.encode()), aiff_comments(b"one", b"another"), aiff_chunk(b"APPL", b"XMP " + packet),
            aiff_chunk(b"APPL", b"stocsome bytes\1"), after=aiff_chunk(b"ID3 ", id3(*frames)),
        ),
        "aiff-c": aiff(aiff_chunk(b"AIGC", AIGC.encode()), form=b"AIFC"),
        "photoshop": photoshop(resource(0x0404, iptc((2, 5, b"title"))), resource(0x0424, packet), resource(0x0422, photo)),
        "jpeg samsung": jpeg(trailer=samsung),
        "png samsung": png(trailer=sef((0x0D91, b"PEg_Info", b'{"genAIType":8}'))),
        "heif samsung": heif(
            [(b"Exif", "", bytes(4) + photo)],
            [box(b"auxC", bytes(4) + b"urn:com:apple:photo:2020:aux:hdrgainmap\0")],
            [box(b"mpvd", mp4()), box(b"sefd", sef((0x0A30, b"MotionPhoto_Data", b"mpv2" + struct.pack(">II", 600, 100))))],
        ),
        "motion photo": motion_photo(mp4(), trailer=sef((0x0A01, b"Image_UTC_Data", b"1700000000000"))),
        "micro video": motion_photo(mp4(), old=True),
        "ultra hdr": ultra_hdr(),
        "webp in webp": webp(trailer=webp() + bytes(40) + png() + b"a note"),
    }  # fmt: skip


MEDIA = _media()
