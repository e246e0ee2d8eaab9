"""File formats told by content, never by name. Only formats marked decodable are ever handed to a decoder.

Signatures: PNG (W3C), JPEG (ITU T.81), WebP/AVI/WAV (RIFF), AIFF (IFF), GIF89a, BMP, TIFF 6.0, ISO-BMFF brands (ISO/IEC 14496-12, 23008-12,
AVIF), JPEG 2000 (15444-1), JPEG XL (18181-2), ZIP (APPNOTE), TAR (POSIX ustar), and the makers' public pages of the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from safelight.model import MediaKind

__all__ = ["UNKNOWN", "FileFormat", "sniff"]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """One format.

    Attributes:
        name: Short name as people say it. `media_type`: IANA media type.
        kind: What a file of this format is. `decodable`: whether its pixels are read.
    """

    name: str
    media_type: str
    kind: MediaKind
    decodable: bool = False


def _image(name: str, media_type: str, *, decodable: bool = False) -> FileFormat:
    return FileFormat(name, media_type, MediaKind.IMAGE, decodable)


def _of(kind: MediaKind, name: str, media_type: str) -> FileFormat:
    return FileFormat(name, media_type, kind)


UNKNOWN: Final = _of(MediaKind.OTHER, "unknown", "application/octet-stream")
EMPTY: Final = _of(MediaKind.OTHER, "empty file", "application/x-empty")

JPEG: Final = _image("JPEG", "image/jpeg", decodable=True)
PNG: Final = _image("PNG", "image/png", decodable=True)
WEBP: Final = _image("WebP", "image/webp", decodable=True)
GIF: Final = _image("GIF", "image/gif", decodable=True)
BMP: Final = _image("BMP", "image/bmp", decodable=True)
TIFF: Final = _image("TIFF", "image/tiff", decodable=True)
HEIF: Final = _image("HEIF", "image/heic", decodable=True)
AVIF: Final = _image("AVIF", "image/avif", decodable=True)
JP2: Final = _image("JPEG 2000", "image/jp2", decodable=True)
J2K: Final = _image("JPEG 2000 codestream", "image/j2c", decodable=True)
ICO: Final = _image("ICO", "image/vnd.microsoft.icon", decodable=True)
JXL: Final = _image("JPEG XL", "image/jxl")
PSD: Final = _image("Photoshop", "image/vnd.adobe.photoshop")
SVG: Final = _image("SVG", "image/svg+xml")
EPS: Final = _image("EPS", "application/postscript")
DDS: Final = _image("DDS", "image/vnd-ms.dds")
EXR: Final = _image("OpenEXR", "image/x-exr")
HDR: Final = _image("Radiance HDR", "image/vnd.radiance")
PNM: Final = _image("Netpbm", "image/x-portable-anymap")
QOI: Final = _image("QOI", "image/qoi")
BPG: Final = _image("BPG", "image/bpg")
FLIF: Final = _image("FLIF", "image/flif")
CRW: Final = _image("Canon CRW", "image/x-canon-crw")
CR2: Final = _image("Canon CR2", "image/x-canon-cr2")
CR3: Final = _image("Canon CR3", "image/x-canon-cr3")
RAF: Final = _image("Fujifilm RAF", "image/x-fuji-raf")
ORF: Final = _image("Olympus ORF", "image/x-olympus-orf")
RW2: Final = _image("Panasonic RW2", "image/x-panasonic-rw2")
X3F: Final = _image("Sigma X3F", "image/x-sigma-x3f")
MRW: Final = _image("Minolta MRW", "image/x-minolta-mrw")

ZIP: Final = _of(MediaKind.ARCHIVE, "ZIP", "application/zip")
TAR: Final = _of(MediaKind.ARCHIVE, "TAR", "application/x-tar")
GZIP: Final = _of(MediaKind.ARCHIVE, "gzip", "application/gzip")
BZIP2: Final = _of(MediaKind.ARCHIVE, "bzip2", "application/x-bzip2")
XZ: Final = _of(MediaKind.ARCHIVE, "xz", "application/x-xz")
SEVENZIP: Final = _of(MediaKind.ARCHIVE, "7z", "application/x-7z-compressed")
RAR: Final = _of(MediaKind.ARCHIVE, "RAR", "application/vnd.rar")
ZSTD: Final = _of(MediaKind.ARCHIVE, "Zstandard", "application/zstd")
CAB: Final = _of(MediaKind.ARCHIVE, "Cabinet", "application/vnd.ms-cab-compressed")
LZ4: Final = _of(MediaKind.ARCHIVE, "LZ4", "application/x-lz4")

MP4: Final = _of(MediaKind.VIDEO, "MP4", "video/mp4")
QUICKTIME: Final = _of(MediaKind.VIDEO, "QuickTime", "video/quicktime")
THREE_GPP: Final = _of(MediaKind.VIDEO, "3GPP", "video/3gpp")
MATROSKA: Final = _of(MediaKind.VIDEO, "Matroska", "video/matroska")
WEBM: Final = _of(MediaKind.VIDEO, "WebM", "video/webm")
AVI: Final = _of(MediaKind.VIDEO, "AVI", "video/vnd.avi")
FLV: Final = _of(MediaKind.VIDEO, "Flash Video", "video/x-flv")
MPEG_PS: Final = _of(MediaKind.VIDEO, "MPEG program stream", "video/mpeg")
MPEG_TS: Final = _of(MediaKind.VIDEO, "MPEG transport stream", "video/mp2t")
ASF: Final = _of(MediaKind.VIDEO, "ASF", "video/x-ms-asf")
OGG: Final = _of(MediaKind.VIDEO, "Ogg", "application/ogg")

FLAC: Final = _of(MediaKind.AUDIO, "FLAC", "audio/flac")
MP3: Final = _of(MediaKind.AUDIO, "MP3", "audio/mpeg")
WAV: Final = _of(MediaKind.AUDIO, "WAV", "audio/vnd.wave")
AIFF: Final = _of(MediaKind.AUDIO, "AIFF", "audio/aiff")
M4A: Final = _of(MediaKind.AUDIO, "MPEG-4 audio", "audio/mp4")

PDF: Final = _of(MediaKind.OTHER, "PDF", "application/pdf")
SQLITE: Final = _of(MediaKind.OTHER, "SQLite database", "application/vnd.sqlite3")
ELF: Final = _of(MediaKind.OTHER, "ELF program", "application/x-elf")
PE: Final = _of(MediaKind.OTHER, "Windows program", "application/vnd.microsoft.portable-executable")
TEXT: Final = _of(MediaKind.OTHER, "text", "text/plain")
JSON: Final = _of(MediaKind.OTHER, "JSON", "application/json")
HTML: Final = _of(MediaKind.OTHER, "HTML", "text/html")
XML: Final = _of(MediaKind.OTHER, "XML", "application/xml")

_HEADS: Final[tuple[tuple[bytes, FileFormat], ...]] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0\x10\0\0\0CR", CR2),
    (b"II\x1a\0\0\0HEAPCCDR", CRW),
    (b"IIRO", ORF),
    (b"IIRS", ORF),
    (b"MMOR", ORF),
    (b"IIU\0", RW2),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", JP2),
    (b"\xff\x4f\xff\x51", J2K),
    (b"\0\0\0\x0cJXL \r\n\x87\n", JXL),
    (b"\xff\x0a", JXL),
    (b"8BPS", PSD),
    (b"%!PS-Adobe", EPS),
    (b"\xc5\xd0\xd3\xc6", EPS),
    (b"DDS ", DDS),
    (b"\x76\x2f\x31\x01", EXR),
    (b"#?RADIANCE", HDR),
    (b"#?RGBE", HDR),
    (b"qoif", QOI),
    (b"BPG\xfb", BPG),
    (b"FLIF", FLIF),
    (b"FUJIFILMCCD-RAW", RAF),
    (b"FOVb", X3F),
    (b"\0MRM", MRW),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
    (b"PK\x07\x08", ZIP),
    (b"\x1f\x8b", GZIP),
    (b"BZh", BZIP2),
    (b"\xfd7zXZ\0", XZ),
    (b"7z\xbc\xaf\x27\x1c", SEVENZIP),
    (b"Rar!\x1a\x07", RAR),
    (b"\x28\xb5\x2f\xfd", ZSTD),
    (b"MSCF", CAB),
    (b"\x04\x22\x4d\x18", LZ4),
    (b"FLV\x01", FLV),
    (b"\0\0\x01\xba", MPEG_PS),
    (b"\0\0\x01\xb3", MPEG_PS),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", ASF),
    (b"OggS", OGG),
    (b"fLaC", FLAC),
    (b"ID3", MP3),
    (b"%PDF-", PDF),
    (b"SQLite format 3\0", SQLITE),
    (b"\x7fELF", ELF),
    (b"MZ", PE),
)

_BRANDS: Final[dict[bytes, FileFormat]] = {
    b"avif": AVIF, b"avis": AVIF, b"heic": HEIF, b"heix": HEIF, b"heim": HEIF, b"heis": HEIF, b"hevc": HEIF, b"hevx": HEIF,
    b"mif1": HEIF, b"msf1": HEIF, b"crx ": CR3, b"qt  ": QUICKTIME, b"M4A ": M4A, b"M4B ": M4A, b"jp2 ": JP2,
}  # fmt: skip

_RIFF: Final[dict[bytes, FileFormat]] = {b"WEBP": WEBP, b"AVI ": AVI, b"WAVE": WAV}
_IFF: Final[dict[bytes, FileFormat]] = {b"AIFF": AIFF, b"AIFC": AIFF}

_QUICKTIME_BOXES: Final = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})

_PRINTABLE: Final = bytes({7, 8, 9, 10, 12, 13, 27} | set(range(0x20, 0x100)) - {0x7F})


def sniff(data: bytes) -> FileFormat:
    """Tells the format from the head of a file.

    Args:
        data: The file, or at least its first 4,096 bytes.

    Returns:
        The format; `UNKNOWN` when no signature fits. Never raises.
    """
    head = bytes(data[:4096])
    if not head:
        return EMPTY
    for signature, found in _HEADS:
        if head.startswith(signature):
            return found
    return _riff(head) or _iso(head) or _other_binary(head) or _text(head) or UNKNOWN


def _riff(head: bytes) -> FileFormat | None:
    if head[:4] == b"FORM":
        return _IFF.get(head[8:12])
    return _RIFF.get(head[8:12]) if head[:4] in {b"RIFF", b"RF64", b"BW64"} else None


def _iso(head: bytes) -> FileFormat | None:
    """ISO base media by its brands; the major brand decides unless it is a generic image brand beside a codec's own."""
    if head[4:8] in _QUICKTIME_BOXES:
        return QUICKTIME
    if head[4:8] != b"ftyp":
        return None
    size = min(int.from_bytes(head[:4], "big"), 512)
    major = head[8:12]
    brands = [head[offset : offset + 4] for offset in range(16, min(size, len(head)) - 3, 4)]
    if major in {b"mif1", b"msf1", b"miaf"} and {b"avif", b"avis"} & set(brands):
        return AVIF
    if major in _BRANDS:
        return _BRANDS[major]
    if major[:3] in {b"3gp", b"3g2"}:
        return THREE_GPP
    image = next((_BRANDS[brand] for brand in brands if _BRANDS.get(brand) in {AVIF, HEIF}), None)
    return image or MP4


def _other_binary(head: bytes) -> FileFormat | None:
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return WEBM if b"webm" in head[:64] else MATROSKA
    if (
        head[:2] == b"BM"
        and len(head) >= 18
        and int.from_bytes(head[14:18], "little") in {12, 16, 40, 52, 56, 64, 108, 124}
    ):
        return BMP
    if head[:4] in {b"\0\0\x01\0", b"\0\0\x02\0"} and 0 < int.from_bytes(head[4:6], "little") <= 1024:
        return ICO
    if head[257:262] == b"ustar" or _old_tar(head):
        return TAR
    if len(head) > 376 and head[0] == head[188] == head[376] == 0x47:
        return MPEG_TS
    if (
        len(head) > 4
        and head[0] == 0xFF
        and head[1] & 0xE6 in {0xE2, 0xE4}
        and head[1] & 0xE0 == 0xE0
        and head[2] >> 4 not in {0, 15}
    ):
        return MP3
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in {b" ", b"\n", b"\r", b"\t"} and head[1:2]:
        return PNM
    return None


def _old_tar(head: bytes) -> bool:
    """A TAR from before ustar: no signature, but its header carries a checksum."""
    if len(head) < 512 or head[0] == 0:
        return False
    stored = head[148:156].strip(b" \0")
    if not stored or any(digit not in b"01234567" for digit in stored):
        return False
    return int(stored, 8) == sum(head[:148]) + 8 * 0x20 + sum(head[156:512])


def _text(head: bytes) -> FileFormat | None:
    if head.translate(None, _PRINTABLE):
        return None
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1024].lower()
    if b"<svg" in start:
        return SVG
    if start.startswith((b"<!doctype html", b"<html")):
        return HTML
    if start.startswith(b"<?xml"):
        return XML
    return JSON if start[:1] in {b"{", b"["} else TEXT
