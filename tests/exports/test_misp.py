"""A MISP event is as its definitions demand, PyMISP takes it, prompts go only where asked for, and a broken one is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from tests.case.records import digest
from tests.exports.odd import ITEMS, every_kind, item, passed

from safelight.case.case import Case
from safelight.errors import OutputError
from safelight.exports.exporting import Request, export_case
from safelight.exports.identifiers import numbering
from safelight.exports.misp import TEMPLATES, Misp, _faults, _objects
from safelight.exports.records import dumps
from safelight.model import Finding


@pytest.fixture(scope="module")
def case_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return every_kind(tmp_path_factory.mktemp("misp") / "case")


def _export(case_directory: Path, folder: Path, variant: str = "") -> dict[str, Path]:
    with Case.open(case_directory) as case:
        paths = export_case(case, Misp, folder / "event.json", Request(variant=variant), logged=False).paths
    return {path.name.split(".")[1]: path for path in paths[:-1]}


@pytest.fixture(scope="module")
def events(case_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return _export(case_directory, tmp_path_factory.mktemp("events"))


def _values(path: Path, name: str, relation: str) -> set[str]:
    event = orjson.loads(path.read_bytes())["Event"]
    return {
        each["value"] for one in event["Object"] if one["name"] == name for each in one["Attribute"] if each["object_relation"] == relation
    }  # fmt: skip


def test_each_kind_of_origin_is_an_event_of_its_own(events: dict[str, Path]) -> None:
    found = [_values(path, "file", "sha256") for path in events.values()]
    assert sum(map(len, found)) == 7 and set().union(*found) == {digest(number) for number in (0, 1, 2, 3, 4, 7, 8)}
    for path in events.values():
        event = orjson.loads(path.read_bytes())["Event"]
        assert event["Tag"] == [{"name": "tlp:red"}] and event["distribution"] == "0" and event["published"] is False
        assert "image" not in {each["name"] for each in event["Object"]}
        text = path.read_bytes()
        assert not any(word in text for word in (b"reviewer one", b"Note ", b"lighthouse", b"/evidence"))


def test_prompts_go_only_where_the_variant_asks_for_them(case_directory: Path, tmp_path: Path) -> None:
    with_prompts = _export(case_directory, tmp_path, "with-prompts")
    assert set().union(*(_values(path, "ai-chat-prompt", "prompt") for path in with_prompts.values())) == {
        "a lighthouse"
    }


def test_a_model_is_an_object_only_with_its_hash_and_is_tied_to_its_file(events: dict[str, Path]) -> None:
    for path in events.values():
        assert _values(path, "ai-model-component", "model-version") == {"hash 0123abcd"}
        event = orjson.loads(path.read_bytes())["Event"]
        models = {each["uuid"] for each in event["Object"] if each["name"] == "ai-model-component"}
        tied = {link["referenced_uuid"] for each in event["Object"] for link in each["ObjectReference"]}
        assert models == tied
    bare = replace(item(), findings=(Finding(reader="a1111", version="1", what="x", details={"model": "drawn"}),))
    assert [each["name"] for each in _objects(passed(bare), _number(), "0", prompts=False)] == ["file"]
    whole = {"model": "drawn", "model_hash": "AB" * 32}
    bare = replace(item(), findings=(Finding(reader="a1111", version="1", what="x", details=whole),))
    component = next(_objects(passed(bare), _number(), "0", prompts=False))
    assert {each["object_relation"]: each["value"] for each in component["Attribute"]}["artifact-hash"] == "ab" * 32


class _Numbered:
    def case_id(self) -> str:
        return "0" * 32


def _number() -> Any:
    return numbering(_Numbered(), "misp")  # type: ignore[arg-type]


@given(ITEMS)
@settings(max_examples=100, deadline=None)
def test_any_name_and_any_text_is_as_defined(one: Any) -> None:
    made = list(_objects(passed(one), _number(), "1767323045", prompts=True))
    assert made[-1]["name"] == "file"
    for record in made:
        again = orjson.loads(dumps(record))
        assert list(_faults(again)) == []
        assert "\u202e" not in str(again) and "\x00" not in str(again)


def test_pymisp_takes_it_and_knows_every_type(events: dict[str, Path]) -> None:
    pymisp = pytest.importorskip("pymisp")
    for path in events.values():
        event = pymisp.MISPEvent()
        event.load_file(path)
        known = event.describe_types["category_type_mappings"]
        assert event.objects
        for each in event.objects:
            template = pymisp.MISPObject(each.name, strict=True)
            assert template.template_uuid == each.template_uuid == TEMPLATES[each.name].uuid
            assert set(TEMPLATES[each.name].types) <= set(template._definition["attributes"])
            for attribute in each.attributes:
                assert attribute.type in known[attribute.category]
                assert attribute.type == template._definition["attributes"][attribute.object_relation]["misp-attribute"]
                template.add_attribute(attribute.object_relation, value=attribute.value)
            assert template.to_dict()


@pytest.mark.shared
def test_the_templates_are_those_of_the_definitions(shared: Path) -> None:
    for name in ("ai-chat-prompt", "ai-model-component"):
        defined = orjson.loads((shared / "field" / "misp" / f"{name}.definition.json").read_bytes())
        template = TEMPLATES[name]
        assert (template.uuid, template.version, template.meta) == (
            defined["uuid"],
            defined["version"],
            defined["meta-category"],
        )
        assert list(template.required) == defined.get("required", []) and list(template.one_of) == defined.get(
            "requiredOneOf", []
        )
        for relation, kind in template.types.items():
            assert defined["attributes"][relation]["misp-attribute"] == kind
            assert (relation in template.single) is not defined["attributes"][relation].get("multiple", False)


BROKEN = {
    "no mark": lambda event: event.update(Tag=[{"name": "tlp:white"}]),
    "wider distribution": lambda event: event.update(distribution="3"),
    "published": lambda event: event.update(published=True),
    "no number": lambda event: event.update(uuid="1"),
    "no date": lambda event: event.update(date="yesterday"),
    "no info": lambda event: event.update(info=""),
    "no objects": lambda event: event.update(Object=[]),
    "unknown object": lambda event: event["Object"][-1].update(name="picture"),
    "another definition": lambda event: event["Object"][-1].update(template_version="1"),
    "required attribute missing": lambda event: event["Object"][0]["Attribute"].pop(0),
    "hash of another length": lambda event: event["Object"][-1]["Attribute"][0].update(value="abc"),
    "twice": lambda event: event["Object"][-1]["Attribute"].append(event["Object"][-1]["Attribute"][0]),
    "attribute of another type": lambda event: event["Object"][-1]["Attribute"][0].update(type="text"),
    "no attributes": lambda event: event["Object"][-1].pop("Attribute"),
    "empty value": lambda event: event["Object"][0]["Attribute"][0].update(value=""),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_event_is_refused(name: str, events: dict[str, Path], tmp_path: Path) -> None:
    path = events["generated"]
    Misp.check(path, path)
    record = orjson.loads(path.read_bytes())
    BROKEN[name](record["Event"])
    (tmp_path / "broken").write_bytes(orjson.dumps(record))
    with pytest.raises(OutputError):
        Misp.check(path, tmp_path / "broken")
