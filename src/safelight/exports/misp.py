"""MISP: one event with a `file` object for each item, and what its metadata says of a model; tagged TLP:RED, for the own organisation only.

No picture goes with it: the object `image` demands one, so none is made. A prompt goes with it only where the variant asks for it, as an
`ai-chat-prompt`. A model becomes an `ai-model-component` only where the metadata states both its name and its hash, since that object demands a
version. PDQ has no attribute in the definitions; it stands in the comment.

Sources: MISP core format; definitions of misp-objects `file` 25, `ai-model-component` 1, `ai-chat-prompt` 2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Final
from uuid import UUID

from safelight.case.read import CaseReader
from safelight.errors import OutputError
from safelight.exports.exporting import Request
from safelight.exports.gate import Passed
from safelight.exports.identifiers import numbering
from safelight.exports.items import Item
from safelight.exports.parts import Part, passing, survey, unburied_by_origin
from safelight.exports.records import dumps
from safelight.exports.statements import sentences, visible
from safelight.exports.times import written_between
from safelight.exports.writing import Content
from safelight.model import display_text

__all__ = ["TEMPLATES", "Misp", "Template"]


@dataclass(frozen=True, slots=True)
class Template:
    """What a definition of MISP says of an object, as far as it is written here.

    Attributes:
        uuid: Of the definition. `version`: of it. `meta`: its category.
        types: Type of each attribute, by its relation. `single`: relations that may stand once only.
        required: All of these must be there. `one_of`: at least one of these, when there are any.
    """

    uuid: str
    version: int
    meta: str
    types: Mapping[str, str]
    single: frozenset[str]
    required: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()


_HASHES: Final = {"md5": 32, "sha1": 40, "sha256": 64}
TEMPLATES: Final[Mapping[str, Template]] = {
    "file": Template(
        "688c46fb-5edb-40a3-8273-1af7923e2215", 25, "file",
        {"md5": "md5", "sha1": "sha1", "sha256": "sha256", "size-in-bytes": "size-in-bytes", "mimetype": "mime-type", "filename": "filename"},
        frozenset({"md5", "sha1", "sha256", "size-in-bytes", "mimetype"}), one_of=("filename", "size-in-bytes", *_HASHES),
    ),
    "ai-model-component": Template(
        "e5162e7f-ca79-49b4-b997-9873521f05d9", 1, "file", {"model-name": "text", "model-version": "text", "artifact-hash": "sha256"},
        frozenset({"model-name", "model-version"}), required=("model-name", "model-version"),
    ),
    "ai-chat-prompt": Template(
        "a78f4156-0bb7-405c-aa25-ba16a73f68e4", 2, "misc", {"prompt": "text", "model": "text", "comment": "text"},
        frozenset({"comment"}), one_of=("prompt",),
    ),
}  # fmt: skip
_CATEGORIES: Final = {
    "md5": "Payload delivery", "sha1": "Payload delivery", "sha256": "Payload delivery", "filename": "Payload delivery",
    "mime-type": "Artifacts dropped", "size-in-bytes": "Other", "text": "Other",
}  # fmt: skip
_CORRELATED: Final = frozenset(_HASHES)
_OWN_ORGANISATION, _INHERITED, _UNDEFINED_LEVEL, _COMPLETE = "0", "5", "4", "2"
_PROMPTS: Final = "with-prompts"


class Misp:
    """A MISP event."""

    name: ClassVar[str] = "misp"
    what: ClassVar[str] = "MISP event, TLP:RED, one file for each kind of origin; prompts only with their variant"
    submission: ClassVar[bool] = True
    variants: ClassVar[tuple[str, ...]] = ("without-prompts", _PROMPTS)

    @staticmethod
    def contents(case: CaseReader, output: Path, request: Request) -> Mapping[Path, Content]:
        """One event for each kind of origin.

        Raises:
            OutputError: Nothing passes the gate.
        """
        parts = survey(case, output, request.gate, unburied_by_origin, "misp.json")
        return {part.path: _writer(case, request, part) for part in parts}

    @staticmethod
    def check(path: Path, written: Path) -> None:
        """The event has its fields and its mark, and every object is as its definition demands.

        Raises:
            OutputError: It is not so.
        """
        import ijson

        try:
            with written.open("rb") as stream:
                head = {name: value for name, event, value in ijson.parse(stream) if (name.startswith("Event.") and name.count(".") == 1)
                        or name == "Event.Tag.item.name"}  # fmt: skip
            fault = _head_fault(head)
            count = 0
            with written.open("rb") as stream:
                for record in ijson.items(stream, "Event.Object.item"):
                    count += 1
                    fault = fault or next((f"object {count}: {each}" for each in _faults(record)), "")
        except (ijson.JSONError, ValueError, TypeError, KeyError, AttributeError) as error:
            fault = f"{error!r:.200}"
        if fault or not count:
            raise OutputError(
                f"{path} did not come out as a MISP event: {fault or 'it has no objects'}.",
                kept="What was there before is still there.",
            )


def _writer(case: CaseReader, request: Request, part: Part) -> Callable[[BinaryIO], None]:
    prompts = request.variant == _PROMPTS

    def write(stream: BinaryIO) -> None:
        number = numbering(case, "misp")
        _, changed = written_between(case)
        moment = str(int(datetime.fromisoformat(changed).astimezone(UTC).timestamp()))
        head = {
            "uuid": number("event", part.key), "info": f"{part.media:,} files whose origin is {part.origin}, from one case", "date": changed[:10],
            "timestamp": moment, "threat_level_id": _UNDEFINED_LEVEL, "analysis": _COMPLETE, "distribution": _OWN_ORGANISATION,
            "published": False, "Tag": [{"name": "tlp:red"}], "Attribute": [],
        }  # fmt: skip
        stream.write(b'{"Event":{' + dumps(head)[1:-1] + b',"Object":[')
        between = b"\n"
        for passed in passing(case, request.gate, part, unburied_by_origin):
            for record in _objects(passed, number, moment, prompts=prompts):
                stream.write(between + dumps(record))
                between = b",\n"
        stream.write(b"\n]}}\n")

    return write


def _objects(passed: Passed, number: Callable[..., str], moment: str, *, prompts: bool) -> Iterator[dict[str, Any]]:
    item = passed.item
    pdq = item.fingerprints.pdq if item.fingerprints is not None else None
    facts = [f"PDQ {pdq.hash}, quality {pdq.quality}."] if pdq is not None else []
    named = f"Named in the metadata of {item.sha256}, which anybody can write."
    others = [
        _object("ai-model-component", pairs, number, moment, named, (item.sha256, *map(str, pairs)))
        for pairs in _models(item)
    ]
    prompt = item.opinion.prompt if item.opinion is not None else None
    if prompts and prompt:
        pairs = [("prompt", visible(prompt)), ("comment", f"A prompt for a picture, found in {item.sha256}.")]
        others.append(_object("ai-chat-prompt", pairs, number, moment, named, (item.sha256,)))
    names = list(dict.fromkeys(filter(None, (_name(place.location) for place in item.places))))
    values = [
        ("md5", item.md5), ("sha1", item.sha1), ("sha256", item.sha256), ("size-in-bytes", str(item.size_bytes)), ("mimetype", item.media_type),
        *(("filename", name) for name in names),
    ]  # fmt: skip
    file = _object("file", values, number, moment, " ".join((*sentences(passed), *facts)), (item.sha256,))
    file["ObjectReference"] = [
        {
            "uuid": number("reference", item.sha256, other["uuid"]), "object_uuid": file["uuid"], "referenced_uuid": other["uuid"],
            "relationship_type": "related-to", "timestamp": moment, "comment": named,
        }
        for other in others
    ]  # fmt: skip
    yield from (*others, file)


def _object(
    name: str,
    values: list[tuple[str, str]],
    number: Callable[..., str],
    moment: str,
    comment: str,
    words: tuple[str, ...],
) -> dict[str, Any]:
    template = TEMPLATES[name]
    attributes = [
        {
            "uuid": number("attribute", name, *words, relation, value), "object_relation": relation, "type": template.types[relation],
            "category": _CATEGORIES[template.types[relation]], "value": value, "to_ids": False,
            "disable_correlation": template.types[relation] not in _CORRELATED, "distribution": _INHERITED, "timestamp": moment, "comment": "",
        }
        for relation, value in values
    ]  # fmt: skip
    return {
        "uuid": number("object", name, *words), "name": name, "meta-category": template.meta, "template_uuid": template.uuid,
        "template_version": str(template.version), "description": "", "comment": comment, "distribution": _INHERITED, "timestamp": moment,
        "Attribute": attributes, "ObjectReference": [],
    }  # fmt: skip


def _models(item: Item) -> Iterator[list[tuple[str, str]]]:
    """Each model that the metadata names with its hash, once."""
    seen = set()
    for finding in item.findings:
        model, digest = finding.details.get("model"), finding.details.get("model_hash")
        if not isinstance(model, str) or not isinstance(digest, str) or not model.strip() or not digest.strip():
            continue
        if (model, digest) not in seen:
            seen.add((model, digest))
            whole = digest.strip().lower()
            yield [("model-name", visible(model)), ("model-version", f"hash {visible(digest)}")] + (
                [("artifact-hash", whole)] if re.fullmatch(r"[0-9a-f]{64}", whole) else []
            )


def _name(location: Any) -> str:
    raw = (location.parts[-1] or location.source).rstrip(b"/").rpartition(b"/")[2]
    return display_text(raw)


def _head_fault(head: Mapping[str, Any]) -> str:
    UUID(str(head.get("Event.uuid")))
    datetime.strptime(str(head.get("Event.date")), "%Y-%m-%d").replace(tzinfo=UTC)
    if not head.get("Event.info") or not str(head.get("Event.timestamp")).isdecimal():
        return "the event has no info or no time"
    if (
        head.get("Event.Tag.item.name") != "tlp:red"
        or head.get("Event.distribution") != _OWN_ORGANISATION
        or head.get("Event.published") is not False
    ):
        return "the event is not marked TLP:RED, unpublished and for the own organisation"
    return ""


def _faults(record: Mapping[str, Any]) -> Iterator[str]:
    template = TEMPLATES.get(str(record.get("name")))
    if template is None:
        yield f"there is no definition of {record.get('name')!r:.80}"
        return
    if (record["template_uuid"], record["template_version"], record["meta-category"]) != (
        template.uuid,
        str(template.version),
        template.meta,
    ):
        yield "it names another definition"
    UUID(record["uuid"])
    relations = [each["object_relation"] for each in record["Attribute"]]
    yield from (f"{name} is missing" for name in template.required if name not in relations)
    if template.one_of and not set(relations) & set(template.one_of):
        yield f"it has none of {', '.join(template.one_of)}"
    yield from (f"{name} is there twice" for name in template.single if relations.count(name) > 1)
    for each in record["Attribute"]:
        UUID(each["uuid"])
        kind, value = template.types.get(each["object_relation"]), each["value"]
        if kind is None or each["type"] != kind or each["category"] != _CATEGORIES[kind]:
            yield f"{each['object_relation']} is of another type or category"
        elif not isinstance(value, str) or not value.strip():
            yield f"{each['object_relation']} is empty"
        elif kind in _HASHES and not re.fullmatch(rf"[0-9a-f]{{{_HASHES[kind]}}}", value):
            yield f"{each['object_relation']} is no hash"
    for each in record["ObjectReference"]:
        UUID(each["referenced_uuid"])
        if each["object_uuid"] != record["uuid"]:
            yield "a reference is of another object"
