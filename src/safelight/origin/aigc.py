"""China's label for generated content: the `AIGC` object of GB 45438-2025, and the codes that name who made the label.

    {"Label":"1","ContentProducer":"00119...","ProduceID":"...","ReservedCode1":"","ContentPropagator":"","PropagateID":"","ReservedCode2":""}

Writers wrap it in `{"AIGC": ...}`, put `AIGC` right before the brace, encode it as JSON within JSON, or leave fields out. A text is a label
only with fields of the standard: the letters AIGC alone are none.
Source: GB 45438-2025 annex E (fields, values of Label), TC260-PG-20252A (27-character provider codes), TC260-PG-20257A, 20259A and 202510A
(places), TC260-PG-202511A (SecurityData), GB 32100-2015 (social credit codes); the fields of Tencent Cloud's own form as seen in files.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from safelight.origin.texts import parsed_json

__all__ = ["COMPANIES", "AigcLabel", "Meaning", "ProviderCode", "aigc_label", "credit_code_valid", "provider_code"]

COMPANIES: Final = {
    "91110102MACQD9K640": "ByteDance Doubao",
    "9144030008867405X2": "ByteDance Jimeng",
    "91440101MA9Y9T4H7A": "Alibaba Qwen",
    "91330106MA2CFLDG4R": "Alibaba Tongyi Wan",
    "91110108335469089C": "Kuaishou Kling",
    "91440300708461136T": "Tencent",
    "91110000802100433B": "Baidu",
    "91110105MACJ6K1C8A": "LiblibAI",
    "91110108MACC4D63XF": "ShengShu Vidu",
    "91340100MAEB4N8H76": "RunningHub",
    "91440300MA5G49LC9K": "Honor",
}
"""Social credit codes met in labels, and the company with the product whose files carry it. The code names a company, not a product; files of
Doubao are in our own samples, the others are as public tools report them (wiltodelta/remove-ai-watermarks)."""

_ATTRIBUTES: Final = {
    "label": "label",
    "contentproducer": "content_producer",
    "produceid": "produce_id",
    "reservedcode1": "reserved_code1",
    "contentpropagator": "content_propagator",
    "propagateid": "propagate_id",
    "reservedcode2": "reserved_code2",
    "serviceprovider": "service_provider",
    "serviceuser": "service_user",
    "time": "time",
    "contentid": "content_id",
}
_OF_THE_STANDARD: Final = frozenset(
    {"content_producer", "produce_id", "reserved_code1", "content_propagator", "propagate_id", "reserved_code2"}
)
_OF_TENCENT: Final = frozenset({"service_provider", "service_user"})
_CHARS_MAX: Final = 16 << 20
_OBJECT_CHARS: Final = 1 << 16
_VALUE_CHARS: Final = 4096
_PLACES_MAX: Final = 32
_OTHER_MAX: Final = 32
_DEPTH_MAX: Final = 6
_VALUES_MAX: Final = 2000
_HINTS: Final = ("AIGC", "aigc", "Aigc", "ContentProducer")
_BEFORE_BRACE: Final = re.compile(r"aigc(?:\\*[\"']|&quot;)?\s{0,8}[:=]?\s{0,8}\\*[\"']?(?=\{)", re.IGNORECASE)
_PAIR: Final = re.compile(
    r"[\"'](Label|ContentProducer|ProduceID|ReservedCode[12]|ContentPropagator|PropagateID)\\*[\"']\s{0,8}:\s{0,8}\\*[\"']([^\"'\\]{0,4096})"
)
_CODE: Final = re.compile(r"00([0-9A-Z])([0-9A-Z])([0-9A-Z]{18})([0-9A-Z])([0-9A-Z]{4})")
_CREDIT_DIGITS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_BYTES: Final = 18


class Meaning(StrEnum):
    """What the standard means by a value of Label."""

    GENERATED = "generated"
    POSSIBLY = "possibly generated"
    SUSPECTED = "suspected to be generated"


_MEANINGS: Final = {"1": Meaning.GENERATED, "2": Meaning.POSSIBLY, "3": Meaning.SUSPECTED}


@dataclass(frozen=True, slots=True)
class ProviderCode:
    """The parts of a 27-character code that names a service provider.

    Attributes:
        code: The whole code.
        subject_type: Who it is: `1` an organisation. `binding`: by what it is named: `1` its social credit code.
        subject: The 18 characters that name it.
        service: `1` a service that generates, `2` one that spreads, `0` not told.
        application: The provider's own code for its model or application; `0000` when not told.
    """

    code: str
    subject_type: str
    binding: str
    subject: str
    service: str
    application: str

    @property
    def credit_code(self) -> str | None:
        """The social credit code of the organisation; None when it is named otherwise or the check character is wrong."""
        named = self.subject_type == "1" and self.binding == "1"
        return self.subject if named and credit_code_valid(self.subject) else None

    @property
    def region(self) -> str | None:
        """The six digits of the district (GB/T 2260) in which the organisation is registered."""
        credit_code = self.credit_code
        return None if credit_code is None else credit_code[2:8]

    @property
    def company(self) -> str | None:
        """The company, where its code is in `COMPANIES`."""
        return COMPANIES.get(self.credit_code or "")


@dataclass(frozen=True, slots=True)
class AigcLabel:
    """One label, every value as it stands there, empty where it is missing; values that are no text as JSON.

    Attributes:
        label: The value of Label. The next six: the fields of the standard, by their names.
        service_provider: With the next three, the fields of Tencent Cloud's own form, which has no Label.
        other: Further fields, by name.
        damaged: Whether the text was no whole JSON, so that the fields of the standard were picked out of it one by one.
    """

    label: str = ""
    content_producer: str = ""
    produce_id: str = ""
    reserved_code1: str = ""
    content_propagator: str = ""
    propagate_id: str = ""
    reserved_code2: str = ""
    service_provider: str = ""
    service_user: str = ""
    time: str = ""
    content_id: str = ""
    other: tuple[tuple[str, str], ...] = ()
    damaged: bool = False

    @property
    def meaning(self) -> Meaning | None:
        """What Label means by the standard; None for a value that is not in it."""
        return _MEANINGS.get(self.label.strip())

    @property
    def producer(self) -> ProviderCode | None:
        """The code of who generated it; None when a name or nothing stands there. Likewise `propagator`, of who spread it."""
        return provider_code(self.content_producer)

    @property
    def propagator(self) -> ProviderCode | None:
        """See `producer`."""
        return provider_code(self.content_propagator)

    @property
    def has_security_data(self) -> bool:
        """Whether a reserved field holds SecurityData, which can be a signature; it is not checked."""
        return any("SecurityData" in code for code in (self.reserved_code1, self.reserved_code2))

    @property
    def is_template(self) -> bool:
        """Whether it is the example of the guides, `value1` to `value7`, which says nothing of the file."""
        return (self.label, self.content_producer) == ("value1", "value2")


def credit_code_valid(code: str) -> bool:
    """Whether a unified social credit code has the right characters and the right check character (GB 32100-2015)."""
    if len(code) != _CREDIT_BYTES or any(one not in _CREDIT_DIGITS for one in code):
        return False
    total = sum(_CREDIT_DIGITS.index(one) * pow(3, at, 31) for at, one in enumerate(code[:-1]))
    return _CREDIT_DIGITS[-total % 31] == code[-1]


def provider_code(text: str) -> ProviderCode | None:
    """Takes a provider code apart; None when the text is none, as with the plain names that some services write."""
    found = _CODE.fullmatch(text.strip())
    return None if found is None else ProviderCode(found[0], *found.groups())


def aigc_label(text: str, key: str = "") -> AigcLabel | None:
    """Reads a label out of a text of any carrier, out of its first 16 Mi characters; never raises.

    Args:
        text: The text, or the printable payload of an application segment.
        key: The name under which it stands (`AIGC` in PNG, XMP, MP4, Matroska, AVI, FLV and audio tags).

    Returns:
        The first label in it, or None.
    """
    named = key.strip().lower().endswith("aigc")
    text = text[:_CHARS_MAX]
    if not (named or any(hint in text for hint in _HINTS)):
        return None
    whole = _parsed(text)
    found = _first_label(whole, named)
    if found is not None or whole is not None:
        return found
    for place in _places(text, named):
        found = _first_label(_object_at(text, place), True)
        if found is not None:
            return found
    return _picked(text, named)


def _picked(text: str, named: bool) -> AigcLabel | None:
    """The label that a damaged or cut text was, from the fields that are left of it."""
    start = max(0, min((at for hint in _HINTS if (at := text.find(hint)) >= 0), default=0) - _VALUE_CHARS)
    fields: dict[str, str] = {}
    for name, value in _PAIR.findall(text[start : start + _OBJECT_CHARS]):
        fields.setdefault(name, value)
    label = _label(fields, named)
    return None if label is None else replace(label, damaged=True)


def _parsed(text: str) -> Any | None:
    """The JSON of a text, also of one that is a JSON string holding JSON."""
    stripped = text.strip("\0\ufeff \t\r\n")
    if not stripped.startswith('"'):
        return parsed_json(stripped)
    try:
        return json.loads(stripped) if len(stripped) <= _OBJECT_CHARS else None
    except (ValueError, RecursionError):
        return None


def _places(text: str, named: bool) -> Iterator[int]:
    """Where objects begin that `AIGC` stands before; under the key itself, also the first brace."""
    if named and (first := text.find("{")) >= 0:
        yield first
    for number, found in enumerate(_BEFORE_BRACE.finditer(text)):
        if number == _PLACES_MAX:
            return
        yield found.end()


def _object_at(text: str, start: int) -> Any | None:
    """The JSON object that begins there, also with the escapes of a text within JSON or XML around it."""
    piece = text[start : start + _OBJECT_CHARS]
    for one in (piece, piece.replace('\\"', '"'), html.unescape(piece)):
        try:
            return json.JSONDecoder().raw_decode(one)[0]
        except (ValueError, RecursionError):
            continue
    return None


def _first_label(value: Any, named: bool) -> AigcLabel | None:
    """The first label in a JSON value: itself, what it holds, and JSON in its texts; `named` says that it stands under AIGC."""
    pending = [(value, named, 0)]
    for _ in range(_VALUES_MAX):
        if not pending:
            break
        one, under, depth = pending.pop()
        if isinstance(one, dict):
            label = _label(one, under)
            if label is not None:
                return label
            # What stands under AIGC is pushed last, to be looked at first.
            held = sorted(((_is_name(name), item) for name, item in one.items()), key=lambda pair: pair[0])
        elif isinstance(one, list):
            held = [(under, item) for item in reversed(one[:_PLACES_MAX])]
        elif isinstance(one, str) and len(one) > 1:
            held = [(under, _parsed(one))]
        else:
            continue
        if depth < _DEPTH_MAX:
            pending.extend((item, is_name, depth + 1) for is_name, item in held[-_VALUES_MAX:])
    return None


def _is_name(name: str) -> bool:
    return name.strip().lower() == "aigc"


def _label(fields: Mapping[str, Any], named: bool) -> AigcLabel | None:
    """The label that an object is; `named` says that it stands under AIGC."""
    known: dict[str, Any] = {}
    for name, value in fields.items():
        attribute = _ATTRIBUTES.get(name.strip().lower())
        if attribute is not None:
            known.setdefault(attribute, value)
    standard = len(_OF_THE_STANDARD & known.keys())
    stands_alone = _text(known.get("label")).strip() in _MEANINGS or bool(_OF_TENCENT & known.keys())
    if standard < 2 and not (named and (standard or stands_alone)):
        return None
    others = ((name, value) for name, value in fields.items() if name.strip().lower() not in _ATTRIBUTES)
    other = tuple((name[:_VALUE_CHARS], _text(value)) for name, value in islice(others, _OTHER_MAX))
    value = {attribute: _text(known.get(attribute)) for attribute in _ATTRIBUTES.values()}
    return AigcLabel(
        label=value["label"],
        content_producer=value["content_producer"],
        produce_id=value["produce_id"],
        reserved_code1=value["reserved_code1"],
        content_propagator=value["content_propagator"],
        propagate_id=value["propagate_id"],
        reserved_code2=value["reserved_code2"],
        service_provider=value["service_provider"],
        service_user=value["service_user"],
        time=value["time"],
        content_id=value["content_id"],
        other=other,
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:_VALUE_CHARS]
    try:
        return json.dumps(value, ensure_ascii=False)[:_VALUE_CHARS]
    except (ValueError, RecursionError):
        return ""
