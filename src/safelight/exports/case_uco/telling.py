"""What is said of an item, as nodes: what readers found, what the software thinks, which lists hold it, and what people decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from safelight.exports.case_uco.nodes import Node, Nodes, as_json, reference, typed
from safelight.exports.items import Item, Unread
from safelight.exports.jsonl import item_record, unread_record
from safelight.exports.records import decision_record, finding_record, match_record
from safelight.exports.statements import CHILD, match_sentences, opinion_sentences, visible
from safelight.model import Basis, Finding, MediaFile, Outcome, Supports

__all__ = ["item_nodes", "statement_of", "unread_nodes"]

_METHODS = {
    Basis.SIGNED: "metadata_analysis", Basis.DECLARED: "metadata_analysis", Basis.WATERMARK: "artifact_detection",
    Basis.TRACE: "artifact_detection", Basis.STATISTICAL: "statistical_analysis",
}  # fmt: skip
_MODEL_KEYS = ("model_sha256", "condition")


def item_nodes(nodes: Nodes, item: Item, begun_utc: str, roots: dict[bytes, str]) -> Iterator[Node]:
    """Everything on one media. `begun_utc`: of the newest run; `roots`: number of each source, as an exhibit."""
    files = [nodes.file(place, item, number) for number, place in enumerate(item.places or (None,))]
    files[0]["safelight:item"] = as_json(_rest(item))
    yield from files
    for place, file in zip(item.places, files, strict=False):
        yield _provenance(nodes, place, file, roots)
    subject = reference(files[0])
    yield from _results(nodes, item.sha256, subject, item.findings, "safelight:finding")
    yield from _results(nodes, f"{item.sha256} places", subject, item.place_findings, "safelight:placeFinding")
    yield from _opinion(nodes, item, subject, begun_utc)
    yield from _matches(nodes, item, subject)
    for number, decision in enumerate(item.standing.decisions if item.standing else ()):
        person = nodes.node("uco-identity:Person", decision.person, uco_core__name=visible(decision.person))
        nodes.tools[person["@id"]] = person
        said = [f"origin {decision.origin}"] if decision.origin else []
        said += ["a real child may be at risk"] if decision.possible_real_victim else []
        yield nodes.node(
            "uco-core:Annotation", item.sha256, number, uco_core__createdBy=reference(person), uco_core__object=[subject],
            uco_core__statement=f"A person decided: {'; '.join([visible(decision.label or decision.category) or 'no category', *said])}.",
            uco_core__tag=[visible(f"{decision.scheme}:{decision.category}")] if decision.category else None,
            safelight__decision=as_json(decision_record(decision)),
        )  # fmt: skip


def unread_nodes(nodes: Nodes, unread: Unread, roots: dict[bytes, str]) -> Iterator[Node]:
    """A place whose content could not be digested, and why."""
    file = nodes.file(unread.place, None, 0)
    file["safelight:item"] = as_json(
        {key: value for key, value in unread_record(unread).items() if key != "place_findings"}
    )
    yield file
    yield _provenance(nodes, unread.place, file, roots)
    key = unread.place.location.key.hex()
    yield from _results(nodes, key, reference(file), unread.findings, "safelight:placeFinding")


def statement_of(finding: Finding) -> str:
    """A finding in words, with what would fake it and what it does not show."""
    said = [visible(finding.what)]
    if finding.outcome is not Outcome.FOUND:
        said.append(f"Outcome: {finding.outcome}.")
    if finding.supports is not Supports.NOTHING:
        said.append(f"Supports: {finding.supports} ({finding.strength} support; basis: {finding.basis}).")
    ratio = finding.details.get("log10_lr")
    if isinstance(ratio, int | float) and not isinstance(ratio, bool):
        said.append(f"log10 likelihood ratio: {ratio:.2f}.")
    for word, text in (
        ("Where", finding.where),
        ("Could be faked by", finding.could_be_faked_by),
        ("Does not show", finding.does_not_show),
    ):
        if text:
            said.append(f"{word}: {visible(text)}")
    return " ".join(said)


def _rest(item: Item) -> dict[str, Any]:
    """What the graph has no node for: all of an item but what stands at its results and annotations."""
    elsewhere = {"findings", "place_findings", "matches", "decisions"}
    return {key: value for key, value in item_record(item).items() if key not in elsewhere}


def _provenance(nodes: Nodes, place: MediaFile, file: Node, roots: dict[bytes, str]) -> Node:
    root = roots.get(place.location.source, "S0")
    return nodes.node(
        "case-investigation:ProvenanceRecord", place.location.key.hex(), case_investigation__exhibitNumber=f"{root}/{place.location.key.hex()}",
        case_investigation__rootExhibitNumber=root, uco_core__description="Read where it lies, read-only.", uco_core__object=[reference(file)],
    )  # fmt: skip


def _results(nodes: Nodes, key: str, subject: Node, findings: Sequence[Finding], name: str) -> Iterator[Node]:
    """One analysis for each tool that said something, and one result for each finding."""
    by_tool: dict[str, list[tuple[int, Finding]]] = defaultdict(list)
    for number, finding in enumerate(findings):
        settings = {
            word: str(finding.details[word]) for word in _MODEL_KEYS if isinstance(finding.details.get(word), str)
        }
        tool = nodes.tool(f"Safelight reader {visible(finding.reader)}", visible(finding.version), settings)
        by_tool[tool["@id"]].append((number, finding))
    for tool_id, found in by_tool.items():
        results = []
        analysis = nodes.node(
            "uco-analysis:Analysis", key, name, tool_id, types=("case-investigation:InvestigativeAction",)
        )
        for number, finding in found:
            result = nodes.node(
                "uco-analysis:AnalyticResult", key, name, number, uco_core__statement=statement_of(finding),
                uco_analysis__originatingAnalysis=reference(analysis),
            )  # fmt: skip
            result[name] = as_json({"number": number, **finding_record(finding)})
            results.append(result)
        analysis |= {
            "uco-core:name": "examination of a file", "uco-action:instrument": [{"@id": tool_id}], "uco-action:object": [subject],
            "uco-action:result": [reference(result) for result in results],
        }  # fmt: skip
        yield analysis
        yield from results


def _opinion(nodes: Nodes, item: Item, subject: Node, begun_utc: str) -> Iterator[Node]:
    if item.opinion is None:
        return
    tool, opinion = nodes.safelight(), item.opinion
    methods = {_METHODS[basis] for basis in opinion.basis}
    detection = nodes.node(
        "uco-analysis:Analysis", item.sha256, "opinion",
        types=("case-investigation:InvestigativeAction", "cacontology-ai:AIContentDetection", "gufo:Event"),
        uco_core__name="weighing of findings on origin", uco_core__startTime=typed("dateTime", begun_utc),
        cacontology_gufo__detectionTimePoint=typed("dateTime", begun_utc), uco_action__instrument=[tool],
        cacontology_ai__usesDetectionTool=tool, uco_action__object=[subject], uco_core__description=_readers(item),
        cacontology_ai__detectionMethod=None if not methods else methods.pop() if len(methods) == 1 else "hybrid_approach",
    )  # fmt: skip
    said = nodes.node(
        "uco-analysis:ArtifactClassification", item.sha256, "opinion", uco_analysis__class=f"origin:{opinion.opinion}"
    )
    # No confidence beside the class: a likelihood ratio is none, and stands in the statement.
    facet = nodes.node(
        "uco-analysis:ArtifactClassificationResultFacet", item.sha256, "opinion", uco_analysis__classification=[said]
    )
    result = nodes.node(
        "uco-analysis:AnalyticResult", item.sha256, "opinion", uco_core__statement=" ".join((*opinion_sentences(opinion), CHILD)),
        uco_core__hasFacet=[facet], uco_analysis__originatingAnalysis=reference(detection),
    )  # fmt: skip
    detection["uco-action:result"] = [reference(result)]
    yield detection
    yield result


def _readers(item: Item) -> str:
    """What each reader came to: to have found nothing, not to have been able to look, and not to have run are three things."""
    by_outcome: dict[Outcome, list[str]] = defaultdict(list)
    for run in item.runs:
        by_outcome[run.outcome].append(f"{visible(run.reader)} {visible(run.version)}")
    return " ".join(f"Readers, {outcome}: {', '.join(names)}." for outcome, names in sorted(by_outcome.items()))


def _matches(nodes: Nodes, item: Item, subject: Node) -> Iterator[Node]:
    if not item.matches:
        return
    tool = nodes.tool("Safelight hash set matching", nodes.tools[nodes.safelight()["@id"]]["uco-tool:version"], {})
    analysis = nodes.node(
        "uco-analysis:Analysis", item.sha256, "matches", types=("case-investigation:InvestigativeAction",), uco_core__name="matching with hash sets",
        uco_action__instrument=[tool], uco_action__object=[subject],
    )  # fmt: skip
    results = []
    for number, (match, sentence) in enumerate(zip(item.matches, match_sentences(item.matches), strict=True)):
        result = nodes.node(
            "uco-analysis:AnalyticResult", item.sha256, "matches", number, uco_core__statement=sentence,
            uco_analysis__originatingAnalysis=reference(analysis), safelight__match=as_json(match_record(match)),
        )  # fmt: skip
        results.append(result)
    analysis["uco-action:result"] = [reference(result) for result in results]
    yield analysis
    yield from results
