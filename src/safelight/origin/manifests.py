"""C2PA manifests as plain records, read from the report of the C2PA library.

The report ("crJSON") holds what the file's author wrote, so no type, length or reference in it is believed: what has another form than
expected is left out, texts are cut, lists are bounded, and `truncated` says that something was.

Source: C2PA specification 2.2, sections 10 (claims), 18 (standard assertions: actions, ingredients); the crJSON writer of
contentauth/c2pa-rs 0.91.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from safelight.model import display_text
from safelight.origin.readers.iptc import SOURCE_TYPES, source_type

__all__ = ["Action", "Certificate", "Ingredient", "Manifest", "Program", "Status", "Store", "read_store"]

REPORT_CHARS: Final = 64 << 20
_MANIFESTS: Final = 256
_ASSERTIONS: Final = 4096
_ITEMS: Final = 2000
_TEXT_CHARS: Final = 400
_PROMPT_CHARS: Final = 64 << 10
_LABEL_CHARS: Final = 300
_LABEL_IN_URI: Final = re.compile(r"/c2pa/([^/]+)")
_ACTIONS: Final = frozenset({"c2pa.actions", "c2pa.actions.v2"})
# How codes of success end, in the older form of ingredients, which keeps all codes in one list.
_GOOD: Final = (".validated", ".trusted", ".match", ".insideValidity", ".notRevoked", ".accessible")
_INGREDIENTS: Final = frozenset({"c2pa.ingredient", "c2pa.ingredient.v2", "c2pa.ingredient.v3"})


@dataclass(frozen=True, slots=True)
class Program:
    """A program as a manifest names it; any part may be empty."""

    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """One step that a manifest states.

    Attributes:
        name: `c2pa.created`, `c2pa.edited` and so on.
        term: Digital source type in lower case without its prefix; empty when none is given. `unknown_term`: whether one is given
            that is not in the vocabulary.
        agent: The program that did the step. `description`: the program's own words.
        parameters: Parameters that are text, by name; as written, since a prompt can be one.
    """

    name: str
    term: str = ""
    unknown_term: bool = False
    agent: Program = Program()
    description: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """The codes that the C2PA library gave, each with its explanation; see section 15.2 of the specification."""

    success: Mapping[str, str] = field(default_factory=dict)
    informational: Mapping[str, str] = field(default_factory=dict)
    failure: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ingredient:
    """Something that the content was made from.

    Attributes:
        relationship: `parentOf`, `componentOf` or `inputTo`.
        title: Its file name or title. `format`: its media type. `types`: what it is, when it is no picture (a model, a prompt).
        manifest: Label of its own manifest; empty when it has none.
        recorded: How its manifest was judged when it was taken in, by the program that did.
    """

    relationship: str
    title: str = ""
    format: str = ""
    types: tuple[str, ...] = ()
    term: str = ""
    manifest: str = ""
    recorded: Status = Status()


@dataclass(frozen=True, slots=True)
class Certificate:
    """Who signed, as the certificate says; times are ISO 8601."""

    organisation: str = ""
    unit: str = ""
    common_name: str = ""
    issuer_organisation: str = ""
    issuer_common_name: str = ""
    serial_number: str = ""
    valid_from: str = ""
    valid_until: str = ""

    @property
    def self_made(self) -> bool:
        """Whether nobody but the signer stands behind it: it is signed by itself, or says that it was made on the spot."""
        names = f"{self.organisation} {self.issuer_organisation} {self.issuer_common_name}".lower()
        own = (self.organisation, self.common_name) == (self.issuer_organisation, self.issuer_common_name)
        return own or "self-signed" in names or "ephemeral" in names

    @property
    def shown(self) -> str:
        """The name to show for the signer."""
        names = (self.common_name, self.organisation) if self.self_made else (self.organisation, self.common_name)
        return names[0] or names[1] or "a signer without a name"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One manifest.

    Attributes:
        label: Its name in the store.
        version: Version of its claim, 1 or 2. `title`: of the file as it was signed.
        programs: The claim's generator, most telling entry first.
        actions: In order. `ingredients`: in order. `assertions`: everything else that it states, by label, as parsed JSON.
        labels: Of every assertion, known or not (`c2pa.hash.data`, `com.example.note`); one that is there several times is named once.
        signer: Its certificate. `stamped_at`: time in its time stamp, ISO 8601, empty without. `stamped_by`: who stamped.
        status: What was found when it was checked now. For any but the active manifest these are only the differences to what its
            ingredient `recorded`.
        checked_at: When that was, ISO 8601.
    """

    label: str
    version: int = 1
    title: str = ""
    programs: tuple[Program, ...] = ()
    actions: tuple[Action, ...] = ()
    ingredients: tuple[Ingredient, ...] = ()
    assertions: Mapping[str, Any] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    signer: Certificate = Certificate()
    stamped_at: str = ""
    stamped_by: str = ""
    status: Status = Status()
    checked_at: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """All manifests of a file by label; `active` is the one that speaks of the file as it is."""

    active: Manifest
    manifests: Mapping[str, Manifest]
    truncated: bool = False


def read_store(report: str) -> Store | None:
    """Reads a report.

    Returns:
        None when it is no JSON, too large (64 Mi characters), or names no manifest.
    """
    if len(report) > REPORT_CHARS:
        return None
    try:
        root = orjson.loads(report)
    except orjson.JSONDecodeError:
        return None
    listed = _list(_dict(root).get("manifests"))
    read = [manifest for item in listed[:_MANIFESTS] if (manifest := _manifest(_dict(item))) is not None]
    if not read:
        return None
    # The library puts the active manifest first.
    by_label: dict[str, Manifest] = {}
    for manifest in read:
        by_label.setdefault(manifest.label, manifest)
    return Store(read[0], by_label, len(listed) > _MANIFESTS)


def _manifest(item: dict[str, Any]) -> Manifest | None:
    label = _text(item.get("label"), _LABEL_CHARS)
    if not label:
        return None
    second = isinstance(item.get("claim.v2"), dict)
    claim = _dict(item.get("claim.v2") if second else item.get("claim"))
    actions: list[Action] = []
    ingredients: list[Ingredient] = []
    others: dict[str, Any] = {}
    stated = list(_dict(item.get("assertions")).items())[:_ASSERTIONS]
    for key, value in stated:
        kind = key.partition("__")[0]
        if kind in _ACTIONS:
            actions.extend(_actions(_dict(value)))
        elif kind in _INGREDIENTS:
            ingredients.append(_ingredient(_dict(value)))
        else:
            others[key] = value
    signature = _dict(item.get("signature"))
    stamp = _dict(signature.get("timeStampInfo"))
    results = _dict(item.get("validationResults"))
    return Manifest(
        label=label,
        version=2 if second else 1,
        title=_text(claim.get("dc:title")),
        programs=tuple(_programs(claim)),
        actions=tuple(actions[:_ITEMS]),
        ingredients=tuple(ingredients[:_ITEMS]),
        assertions=others,
        labels=tuple(dict.fromkeys(_text(key.partition("__")[0], _LABEL_CHARS) for key, _ in stated)),
        signer=_certificate(_dict(signature.get("certificateInfo"))),
        stamped_at=_text(stamp.get("timestamp"), 40),
        stamped_by=_text(_dict(_dict(stamp.get("certificateInfo")).get("subject")).get("CN")),
        status=_status(results),
        checked_at=_text(results.get("validationTime"), 40),
    )


def _programs(claim: dict[str, Any]) -> Iterator[Program]:
    info = claim.get("claim_generator_info")
    for entry in info[:_ITEMS] if isinstance(info, list) else [info]:
        program = _program(entry)
        if program.version or "/" not in program.name:
            yield from (program,) if program.name else ()
        else:
            yield from _user_agent(program.name)
    yield from _user_agent(_text(claim.get("claim_generator")))


def _user_agent(text: str) -> Iterator[Program]:
    """The older form: words, each program as "Name/version" or as bare words, the C2PA library's own name last."""
    bare: list[str] = []
    for word in text.split():
        name, slash, version = word.partition("/")
        if not slash:
            bare.append(word)
            continue
        if bare:
            yield Program(" ".join(bare))
        bare = []
        yield Program(name, version)
    if bare:
        yield Program(" ".join(bare))


def _program(value: Any) -> Program:
    if isinstance(value, str):
        return Program(_text(value))
    entry = _dict(value)
    return Program(_text(entry.get("name")), _text(entry.get("version"), 100))


def _actions(assertion: dict[str, Any]) -> Iterator[Action]:
    agents = _list(assertion.get("softwareAgents"))
    for item in map(_dict, _list(assertion.get("actions"))[:_ITEMS]):
        index = item.get("softwareAgentIndex")
        by_index = agents[index] if isinstance(index, int) and 0 <= index < len(agents) else None
        stated = _text(item.get("digitalSourceType"), _LABEL_CHARS)
        term = _term(stated)
        parameters = {
            _text(key, 100): value[:_PROMPT_CHARS]
            for key, value in list(_dict(item.get("parameters")).items())[:100]
            if isinstance(value, str) and value
        }
        yield Action(
            name=_text(item.get("action"), 100),
            term=term,
            unknown_term=bool(stated) and not term,
            agent=_program(item.get("softwareAgent", by_index)),
            description=_text(item.get("description")),
            parameters=parameters,
        )


def _ingredient(item: dict[str, Any]) -> Ingredient:
    reference = _dict(item.get("activeManifest", item.get("c2pa_manifest")))
    found = _LABEL_IN_URI.search(_text(reference.get("url"), 2 * _LABEL_CHARS))
    recorded = _status(_dict(_dict(item.get("validationResults")).get("activeManifest")))
    if not recorded.failure and not recorded.success:
        older = _codes(_list(item.get("validationStatus")))
        good = {code: said for code, said in older.items() if code.endswith(_GOOD)}
        recorded = Status(good, {}, {code: said for code, said in older.items() if code not in good})
    types = (_text(_dict(one).get("type"), 100) for one in _list(item.get("dataTypes", item.get("data_types")))[:20])
    return Ingredient(
        relationship=_text(item.get("relationship"), 40),
        title=_text(item.get("dc:title")),
        format=_text(item.get("dc:format"), 100),
        types=tuple(kind for kind in types if kind),
        term=_term(_text(item.get("digitalSourceType"), _LABEL_CHARS)),
        manifest=found.group(1)[:_LABEL_CHARS] if found else "",
        recorded=recorded,
    )


def _certificate(info: dict[str, Any]) -> Certificate:
    subject, issuer, validity = (_dict(info.get(key)) for key in ("subject", "issuer", "validity"))
    return Certificate(
        organisation=_text(subject.get("O")),
        unit=_text(subject.get("OU")),
        common_name=_text(subject.get("CN")),
        issuer_organisation=_text(issuer.get("O")),
        issuer_common_name=_text(issuer.get("CN")),
        serial_number=_text(info.get("serialNumber"), 100),
        valid_from=_text(validity.get("notBefore"), 40),
        valid_until=_text(validity.get("notAfter"), 40),
    )


def _status(results: dict[str, Any]) -> Status:
    return Status(*(_codes(_list(results.get(key))) for key in ("success", "informational", "failure")))


def _codes(items: list[Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in map(_dict, items[:_ITEMS]):
        if code := _text(item.get("code"), 100):
            found.setdefault(code, _text(item.get("explanation")))
    return found


def _term(stated: str) -> str:
    """The term of a digital source type, by its IPTC or C2PA address or alone; empty when it is not in the vocabulary."""
    if (term := source_type(stated)) is not None:
        return term
    head, slash, last = stated.strip().lower().rpartition("/")
    return last if slash and head.endswith("digitalsourcetype") and last in SOURCE_TYPES else ""


def _text(value: Any, chars: int = _TEXT_CHARS) -> str:
    """A text in one printable line of at most so many characters; empty for anything else."""
    if not isinstance(value, str) or not value:
        return ""
    cut = value[:chars]
    return display_text(cut.encode("utf-8", "surrogatepass"))[:chars].strip()


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
