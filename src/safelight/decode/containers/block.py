"""What a walker finds: one block of metadata and the place it lay in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from safelight.decode.window import Source
from safelight.model import display_text

__all__ = ["BlockKind", "FrameFacts", "MetadataBlock", "decoded", "end_of_text", "looks_like_text", "place"]

_KEY_SHOWN_CHARS = 64
_PADDING_STEP_BYTES = 1 << 16
_NEVER_IN_TEXT = bytes({*range(32), 127} - {9, 10, 12, 13})


class BlockKind(StrEnum):
    """What sort of metadata a block holds, whatever its container."""

    TEXT = "text"
    EXIF = "exif"
    XMP = "xmp"
    IPTC = "iptc"
    JUMBF = "jumbf"
    COMMENT = "comment"
    ICC = "icc"
    APP = "app"
    TRAILER = "trailer"
    EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class MetadataBlock:
    """One block of metadata.

    Attributes:
        kind: What sort of metadata it is.
        container: Format and carrier in the format's own words: `PNG tEXt`, `JPEG APP1`, `BMFF uuid`, `TIFF IFD0`.
        key: The name inside the carrier (keyword, identifier, four-character code); empty where there is none.
        offset: Offset in the file of the carrier (chunk, first segment, box), in bytes.
        data: The payload without the carrier's own header: decompressed, and joined where it was split.
        data_offset: Offset in the file of `data`'s first byte where the payload lies there verbatim and in one piece;
            None where it was compressed, joined or decoded.
        encoding: Python name of the text encoding that the container prescribes for `data`; empty when it names none.
        whole_bytes: For `EMBEDDED` (a picture, video or other file inside the file), its size in bytes as the container states it or
            as it was found; `data` is then only its first bytes, and empty when what is stated is not there. None for other kinds.
    """

    kind: BlockKind
    container: str
    key: str
    offset: int
    data: bytes
    data_offset: int | None = None
    encoding: str = ""
    whole_bytes: int | None = None

    @property
    def where(self) -> str:
        """The place as text for `Finding.where`."""
        return place(self.container, self.key, self.offset)

    @property
    def text(self) -> str:
        """The payload as text; see `decoded`."""
        return decoded(self.data, self.encoding)


def place(container: str, key: str, offset: int) -> str:
    """A place in a file as one line of text; the key comes from the file, so it is made safe to print."""
    shown = display_text(key[:_KEY_SHOWN_CHARS].encode("utf-8", "surrogatepass")) if key else ""
    return f"{container} {shown!r} at byte {offset}" if shown else f"{container} at byte {offset}"


def decoded(data: bytes, encoding: str = "") -> str:
    """Decodes text bytes; never raises.

    What says it is Latin-1 is mostly UTF-8 in practice (PNG tEXt written by Python tools), so UTF-8 is tried first unless
    the container says UTF-16 or the bytes start with a byte-order mark. Bytes that are not UTF-8 are read as Latin-1.
    """
    if encoding.startswith("utf-16"):
        return data.decode(encoding, "replace")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def looks_like_text(data: bytes) -> bool:
    """Whether bytes of no stated sort are UTF-8 text: not empty, no control character but white space, NULs only at the end."""
    stripped = data.rstrip(b"\x00")
    if not stripped or stripped.translate(None, _NEVER_IN_TEXT) != stripped:
        return False
    try:
        stripped.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def end_of_text(data: Source, start: int, stop: int, width: int = 1) -> int:
    """Where the text in `data[start:stop]` ends that is padded with zeros: `stop`, less whole characters of `width` zero bytes each."""
    end = stop
    while end > start:
        piece = data[max(start, end - _PADDING_STEP_BYTES) : end]
        zeros = len(piece) - len(piece.rstrip(b"\x00"))
        end -= zeros
        if zeros < len(piece):
            break
    return stop - (stop - end) // width * width


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFacts:
    """What the container's own headers say of the first picture; nothing of it is checked against the pixels.

    Attributes:
        width_px: Width as stored, before any orientation; 0 when the header gives none. Likewise `height_px`.
        components: Number of colour components (1, 3, 4); 0 when not told.
        bits: Bits of one component; 0 when not told.
        progressive: Progressive JPEG or interlaced PNG or GIF.
        lossless: Whether the coding is lossless; None when not told.
        animated: Whether the header announces more than one frame.
        coding: The coding in the format's own words (`baseline DCT`, `VP8L`).
    """

    width_px: int = 0
    height_px: int = 0
    components: int = 0
    bits: int = 0
    progressive: bool = False
    lossless: bool | None = None
    animated: bool = False
    coding: str = ""
