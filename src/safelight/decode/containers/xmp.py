"""XMP packets, flattened to a list of properties.

Source: Adobe XMP specification part 1 (ISO 16684-1: RDF subset, arrays, structures, qualifiers) and part 3 (packet wrapper).
Parsed by expat through defusedxml: entity declarations and external references are refused, and the refusal is told.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

__all__ = ["XmpProperty", "properties"]

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_ARRAYS: Final = frozenset({"Seq", "Bag", "Alt"})
_NO_FIELDS: Final = frozenset({"about", "parseType", "ID", "nodeID", "datatype", "type"})
_DEPTH_MAX: Final = 48
_NAME_CHARS_MAX: Final = 256
_PROPERTIES_MAX: Final = 20_000
_ELEMENTS_MAX: Final = 60_000
# Control characters that XML forbids; writers pad and terminate with NUL.
_FORBIDDEN: Final = bytes({*range(32)} - {9, 10, 13})


class XmpProperty(NamedTuple):
    """One property of an XMP packet.

    Attributes:
        namespace: Namespace URI of the property (for an array item, of the array); empty when it has none.
        name: Its local name (for an array item, the array's).
        value: Its text, or the URI of an `rdf:resource`.
        path: Local names from the top, array items counted from 1: `History[2]/softwareAgent`; the language of an
            alternative stands as its field `lang`.
    """

    namespace: str
    name: str
    value: str
    path: str


class _TooMuchError(Exception):
    """A bound of the flattening was reached."""


class _Frame:
    """An open element: what a property inside it is called, and what it holds so far."""

    __slots__ = ("fields", "items", "name", "namespace", "path", "text", "transparent")

    def __init__(self, namespace: str, name: str, path: str, transparent: bool) -> None:
        self.namespace, self.name, self.path, self.transparent = namespace, name, path, transparent
        self.items = 0
        self.fields = False
        self.text: list[str] = []


class _Flattener:
    """Receives the elements of the parser and makes properties of them."""

    def __init__(self, chars_max: int) -> None:
        self.found: list[XmpProperty] = []
        self._chars_left = chars_max
        self._elements_left = _ELEMENTS_MAX
        self._stack: list[_Frame] = []
        self._inside = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, name = _split(tag)
        self._elements_left -= 1
        if self._elements_left < 0:
            raise _TooMuchError(f"it holds more than {_ELEMENTS_MAX} elements")
        if len(self._stack) >= _DEPTH_MAX:
            raise _TooMuchError(f"its elements are nested more than {_DEPTH_MAX} deep")
        if len(name) > _NAME_CHARS_MAX:
            raise _TooMuchError(f"a name is longer than {_NAME_CHARS_MAX} characters")
        frame = self._frame(namespace, name)
        self._stack.append(frame)
        if not self._inside:
            return
        for key, text in attributes.items():
            self._attribute(frame, key, text)

    def _frame(self, namespace: str, name: str) -> _Frame:
        if namespace == RDF and name == "RDF":
            self._inside += 1
            return _Frame("", "", "", True)
        if not self._inside:
            return _Frame("", "", "", True)
        parent = self._stack[-1]
        if namespace == RDF and name == "li":
            # The array element between is transparent, so its own parent counts the items.
            parent.items += 1
            return _Frame(parent.namespace, parent.name, f"{parent.path}[{parent.items}]", False)
        if namespace == RDF and (name in _ARRAYS or name == "Description"):
            parent.fields = True
            return _Frame(parent.namespace, parent.name, parent.path, True)
        if namespace == RDF and name == "value":
            parent.fields = True
            return _Frame(parent.namespace, parent.name, parent.path, False)
        parent.fields = True
        return _Frame(namespace, name, f"{parent.path}/{name}" if parent.path else name, False)

    def _attribute(self, frame: _Frame, key: str, text: str) -> None:
        namespace, name = _split(key)
        if len(name) > _NAME_CHARS_MAX:
            raise _TooMuchError(f"a name is longer than {_NAME_CHARS_MAX} characters")
        if namespace == RDF and name in {"resource", "value"}:
            frame.fields = True
            self._add(frame.namespace, frame.name, text, frame.path)
        elif namespace == RDF or (not namespace and name in _NO_FIELDS):
            return
        elif namespace == _XML:
            if name == "lang" and frame.path:
                self._add(_XML, "lang", text, f"{frame.path}/lang")
        else:
            frame.fields = True
            self._add(namespace, name, text, f"{frame.path}/{name}" if frame.path else name)

    def data(self, text: str) -> None:
        if self._inside and self._stack:
            self._stack[-1].text.append(text)

    def end(self, tag: str) -> None:
        frame = self._stack.pop()
        if tag == f"{{{RDF}}}RDF":
            self._inside -= 1
            return
        if not self._inside or frame.transparent or frame.fields or frame.items or not frame.path:
            return
        self._add(frame.namespace, frame.name, "".join(frame.text).strip(" \t\r\n"), frame.path)

    def close(self) -> None:
        """Nothing is left to do; the parser calls it."""

    def _add(self, namespace: str, name: str, text: str, path: str) -> None:
        self._chars_left -= len(text) + len(path)
        if len(self.found) >= _PROPERTIES_MAX or self._chars_left < 0:
            raise _TooMuchError(f"it holds more than {_PROPERTIES_MAX} properties or more text than its size allows")
        self.found.append(XmpProperty(namespace, name, text, path))


def _split(tag: str) -> tuple[str, str]:
    if tag[:1] != "{":
        return "", tag
    namespace, _, name = tag[1:].partition("}")
    return namespace, name


def properties(packet: bytes) -> tuple[tuple[XmpProperty, ...], str]:
    """Flattens one packet; never raises.

    Returns:
        The properties in document order (those before the damage where it is damaged), and what was wrong, in words;
        empty when all was read.
    """
    text = _utf8(packet)
    if not text:
        return (), "it holds no XML" if packet.strip(b"\x00 \t\r\n") else ""
    target = _Flattener(4 * len(packet) + (1 << 20))
    parser = DefusedXMLParser(target=target, encoding="utf-8")
    try:
        # All at once: fed in small steps, expat scans a long unfinished token anew at every step.
        parser.feed(text)
        parser.close()
    except DefusedXmlException as error:
        return tuple(
            target.found
        ), f"it declares entities or refers to the outside, which is refused ({type(error).__name__})"
    except ParseError as error:
        return tuple(target.found), f"it is not well-formed XML ({error})"
    except _TooMuchError as error:
        return tuple(target.found), str(error)
    except (ValueError, LookupError) as error:
        return tuple(target.found), f"it cannot be parsed ({error})"
    return tuple(target.found), ""


def _utf8(packet: bytes) -> bytes:
    """The packet as UTF-8 from its first `<`, whatever encoding it is in, without characters that XML forbids."""
    encoding = _encoding(packet[:64])
    if encoding != "utf-8":
        packet = packet.decode(encoding, "replace").encode("utf-8", "replace")
    else:
        try:
            packet.decode("utf-8")
        except UnicodeDecodeError:
            packet = packet.decode("utf-8", "replace").encode("utf-8")
    start = packet.find(b"<")
    return packet[start:].translate(None, _FORBIDDEN) if start >= 0 else b""


def _encoding(head: bytes) -> str:
    """The encoding by its mark, else by the zeros around the first `<`; what the packet says of itself is often wrong."""
    if head[:4] in (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff"):
        return "utf-32"
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    at = head.find(b"<")
    if at < 0 or head[at + 1 : at + 2] != b"\x00":
        return "utf-8"
    if head[at + 1 : at + 4] == b"\x00\x00\x00":
        return "utf-32-be" if at % 4 == 3 else "utf-32-le"
    return "utf-16-be" if at % 2 else "utf-16-le"
