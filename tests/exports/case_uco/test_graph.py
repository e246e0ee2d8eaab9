"""The graph of a case that holds every kind of finding is CASE, says what it must and never what it must not, and reads back whole."""

from __future__ import annotations

import warnings
from collections import defaultdict
from pathlib import Path
from typing import Any

import ijson
import orjson
import pytest
from hypothesis import given, settings
from tests.case.records import digest
from tests.exports.odd import ITEMS, NAMES, every_kind

from safelight.case.case import Case
from safelight.errors import HashSetError, OutputError
from safelight.exports import case_uco
from safelight.exports.case_uco.checking import check_graph, fault_of_node
from safelight.exports.case_uco.graph import CaseUco
from safelight.exports.case_uco.nodes import CONTEXT, Nodes
from safelight.exports.case_uco.reading import read_case_items
from safelight.exports.case_uco.telling import item_nodes
from safelight.exports.exporting import Request, export_case
from safelight.exports.identifiers import numbering
from safelight.exports.items import Item, iter_items, one_moment
from safelight.exports.jsonl import item_record
from safelight.exports.records import dumps
from safelight.hashsets.entry import Rejected


@pytest.fixture(scope="module")
def case_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return every_kind(tmp_path_factory.mktemp("uco") / "case")


@pytest.fixture(scope="module")
def graph(case_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "case.jsonld"
    with Case.open(case_directory) as case:
        done = export_case(case, CaseUco, path, Request(), logged=False)
    assert "own check" in done.checks[0]
    return path


def _nodes(path: Path) -> list[dict[str, Any]]:
    return orjson.loads(path.read_bytes())["@graph"]


def _of(nodes: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [each for each in nodes if kind in ([each["@type"]] if isinstance(each["@type"], str) else each["@type"])]


def _conforms(path: Path) -> tuple[bool, str]:
    pytest.importorskip("case_utils")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from case_utils.case_validate import validate

        result = validate([str(path)], allow_infos=True, inference="none")
    return result.conforms, result.text


def test_case_validate_takes_it(graph: Path) -> None:
    conforms, text = _conforms(graph)
    assert conforms, text[:2000]


def test_case_validate_refuses_a_broken_graph(graph: Path, tmp_path: Path) -> None:
    file = next(each for each in _of(_nodes(graph), "uco-observable:File") if "uco-core:hasFacet" in each)
    file["uco-core:hasFacet"][0]["uco-observable:sizeInBytes"] = "many"
    path = tmp_path / "broken.jsonld"
    path.write_bytes(orjson.dumps({"@context": {"kb": "urn:x:", **CONTEXT}, "@graph": [file]}))
    assert not _conforms(path)[0]


def test_every_item_reads_back_whole(graph: Path, case_directory: Path) -> None:
    with Case.open(case_directory) as case, one_moment(case) as moment:
        written = list(iter_items(moment))
    read = list(read_case_items(graph))
    assert not [each for each in read if isinstance(each, Rejected)]
    assert len(read) == len(NAMES) + 1
    # Through JSON once, as the names and texts of a case stand there.
    assert [orjson.loads(dumps(item_record(each))) for each in read] == [
        orjson.loads(dumps(item_record(each))) for each in written
    ]  # type: ignore[arg-type]


def test_each_finding_is_a_result_of_a_configured_tool_with_the_digest_of_its_model(graph: Path) -> None:
    nodes = _nodes(graph)
    by_id = {each["@id"]: each for each in nodes}
    assert len(by_id) == len(nodes)
    results = [each for each in _of(nodes, "uco-analysis:AnalyticResult") if "safelight:finding" in each]
    assert results
    for each in results:
        analysis = by_id[each["uco-analysis:originatingAnalysis"]["@id"]]
        assert {"@id": each["@id"]} in analysis["uco-action:result"]
        (used,) = analysis["uco-action:instrument"]
        tool = by_id[used["@id"]]
        assert "uco-tool:ConfiguredTool" in tool["@type"]
        model = orjson.loads(each["safelight:finding"])["details"].get("model_sha256")
        if model:
            entries = tool["uco-configuration:usesConfiguration"]["uco-configuration:configurationEntry"]
            assert {one["uco-configuration:itemName"]: one["uco-configuration:itemValue"] for one in entries}[
                "model_sha256"
            ] == model


def test_the_ratio_stands_in_the_statement_and_nothing_is_called_abuse(graph: Path) -> None:
    nodes = _nodes(graph)
    opinions = [each for each in _of(nodes, "uco-analysis:AnalyticResult") if "uco-core:hasFacet" in each]
    assert len(opinions) == len(NAMES)
    for each in opinions:
        statement = each["uco-core:statement"]
        assert "log10 likelihood ratio" in statement or "undetermined" in statement
        assert "a real child may be depicted" in statement
    text = graph.read_text()
    assert "AIGeneratedCSAM" not in text and "onfidence" not in text and "realVictim" not in text
    detections = _of(nodes, "cacontology-ai:AIContentDetection")
    tools = {each["@id"] for each in _of(nodes, "cacontology-ai:AIDetectionTool")}
    assert len(detections) == len(opinions) and len(tools) == 1
    assert all(each["cacontology-ai:usesDetectionTool"]["@id"] in tools for each in detections)


def test_every_place_has_its_file_and_its_provenance(graph: Path, case_directory: Path) -> None:
    nodes = _nodes(graph)
    with Case.open(case_directory) as case:
        places = case.media_file_count()
    assert len(_of(nodes, "case-investigation:ProvenanceRecord")) == len(_of(nodes, "uco-observable:File")) == places
    found = defaultdict(int)
    for each in _of(nodes, "uco-observable:File"):
        for facet in each["uco-core:hasFacet"]:
            for one in facet.get("uco-observable:hash", ()):
                if one["uco-types:hashMethod"] == "SHA256":
                    found[one["uco-types:hashValue"]["@value"]] += 1
    assert found[digest(0)] == 2 and len(found) == len(NAMES) + 1


@given(ITEMS)
@settings(max_examples=100, deadline=None)
def test_any_name_and_any_text_keeps_its_shape_and_reads_back(
    tmp_path_factory: pytest.TempPathFactory, one: Item
) -> None:
    nodes = Nodes(numbering(_Numbered(), "case-uco"))  # type: ignore[arg-type]
    made = [*item_nodes(nodes, one, "2026-01-02T03:04:05.000000Z", {}), *nodes.tools.values()]
    again = [orjson.loads(dumps(each)) for each in made]
    assert [fault for each in again if (fault := fault_of_node(each))] == []
    path = tmp_path_factory.mktemp("odd") / "graph.jsonld"
    path.write_bytes(orjson.dumps({"@context": {"kb": "urn:x:", **CONTEXT}, "@graph": again}))
    (read,) = read_case_items(path)
    assert isinstance(read, Item)
    assert orjson.loads(dumps(item_record(read))) == orjson.loads(dumps(item_record(one)))


class _Numbered:
    def case_id(self) -> str:
        return "0" * 32


BROKEN = {
    "a class that must never stand there": lambda nodes: nodes[-1].update({"@type": "cacontology-ai:AIGeneratedCSAM"}),
    "another name space": lambda nodes: nodes[3].update({"foaf:name": "x"}),
    "a node without a name": lambda nodes: nodes[3].pop("@id"),
    "a name that is none": lambda nodes: nodes[3].update({"@id": "kb:File-1"}),
    "a result without a statement": lambda nodes: _of(nodes, "uco-analysis:AnalyticResult")[0].pop("uco-core:statement"),
    "an analysis without a tool": lambda nodes: _of(nodes, "uco-analysis:Analysis")[0].pop("uco-action:instrument"),
    "a hash of another length": lambda nodes: _hash(nodes).update({"uco-types:hashMethod": "SHA512"}),
    "a detection without a time": lambda nodes: _of(nodes, "cacontology-ai:AIContentDetection")[0].pop("uco-core:startTime"),
    "no investigation": lambda nodes: nodes.pop(0),
    "no nodes": lambda nodes: nodes.clear(),
}  # fmt: skip


def _hash(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    return next(
        facet["uco-observable:hash"][0]
        for each in _of(nodes, "uco-observable:File")
        for facet in each["uco-core:hasFacet"]
        if "uco-observable:hash" in facet
    )


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_graph_is_refused(name: str, graph: Path, tmp_path: Path) -> None:
    whole = orjson.loads(graph.read_bytes())
    BROKEN[name](whole["@graph"])
    (tmp_path / "broken").write_bytes(orjson.dumps(whole))
    with pytest.raises(OutputError):
        check_graph(graph, tmp_path / "broken")


def test_a_cut_graph_is_refused_and_reading_it_ends_in_an_error(graph: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonld"
    path.write_bytes(graph.read_bytes()[:-30_000])
    with pytest.raises(OutputError):
        check_graph(path, path)
    with pytest.raises(ijson.JSONError):
        list(read_case_items(path))


def test_a_graph_of_another_tool_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "other.jsonld"
    path.write_bytes(b'{"@context": {"kb": "http://example.org/kb/"}, "@graph": []}')
    with pytest.raises(HashSetError, match="no graph of Safelight"):
        list(read_case_items(path))


@pytest.mark.parametrize(
    "damage",
    [
        lambda nodes: nodes[0].update({"safelight:item": "{"}),
        lambda nodes: nodes[0].update({"safelight:item": [7]}),
        lambda nodes: nodes[0].update({"safelight:item": '{"sha256":"00"}'}),
        lambda nodes: _of(nodes, "uco-core:Annotation")[0].update({"safelight:decision": "no"}),
        lambda nodes: _of(nodes, "uco-core:Annotation")[0].update({"safelight:decision": 7}),
        lambda nodes: _of(nodes, "uco-core:Annotation")[0].update({"safelight:decision": "7"}),
        lambda nodes: _of(nodes, "uco-analysis:AnalyticResult")[0].update({"safelight:finding": "{}"}),
    ],
)
def test_a_damaged_item_is_told_and_the_next_one_read(damage: Any, graph: Path, tmp_path: Path) -> None:
    whole = orjson.loads(graph.read_bytes())
    nodes = whole["@graph"]
    files = [at for at, node in enumerate(nodes) if "safelight:item" in node]
    decided = next(at for at in files if any("safelight:decision" in each for each in _until(nodes, at, files)))
    part = _until(nodes, decided, files)
    damage(part)
    path = tmp_path / "damaged.jsonld"
    path.write_bytes(orjson.dumps(whole))
    read = list(read_case_items(path))
    assert [isinstance(each, Rejected) for each in read].count(True) == 1
    assert len(read) == len(NAMES) + 1


def _until(nodes: list[dict[str, Any]], at: int, files: list[int]) -> list[dict[str, Any]]:
    """The nodes of one item: those from its file to the next file that holds an item."""
    return nodes[at : next((each for each in files if each > at), len(nodes))]


def test_the_version_of_case_that_is_named_is_the_one_that_it_is_checked_with() -> None:
    version = pytest.importorskip("case_utils.ontology.version_info").CURRENT_CASE_VERSION
    assert f"CASE {version}" in str(case_uco.__doc__)


@pytest.mark.shared
def test_names_of_the_ontology_are_those_of_its_files(shared: Path) -> None:
    folder = shared / "field" / "cac-ontology"
    text = (folder / "cacontology-ai-csam.ttl").read_text()
    shapes = (folder / "cacontology-ai-csam-shapes.ttl").read_text()
    assert (
        f"@prefix cacontology-ai: <{CONTEXT['cacontology-ai']}>" in text
        and f"@prefix cacontology-gufo: <{CONTEXT['cacontology-gufo']}>" in text
    )
    for name in (
        "AIContentDetection rdf:type owl:Class",
        "AIDetectionTool rdf:type owl:Class",
        "usesDetectionTool rdf:type owl:ObjectProperty",
    ):
        assert f"cacontology-ai:{name}" in text
    assert all(
        f'"{word}"' in shapes
        for word in ("metadata_analysis", "artifact_detection", "statistical_analysis", "hybrid_approach")
    )
    assert "cacontology-gufo:detectionTimePoint" in shapes
