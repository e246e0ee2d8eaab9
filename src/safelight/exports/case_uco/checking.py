"""Whether a graph is CASE: our own check of its shape, one node at a time.

`case_validate` of the package case-utils checks all shapes of CASE and UCO, over the whole graph in memory: about 10 s for 12 media. It is run
on a case of every kind in the tests; a unit runs it on a file with `case_validate --allow-info FILE`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from safelight.errors import OutputError
from safelight.exports.case_uco.nodes import CONTEXT

__all__ = ["check_graph", "fault_of_node"]

_ID: Final = re.compile(r"kb:[A-Za-z]+-[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_HASHES: Final = {"MD5": 32, "SHA1": 40, "SHA256": 64, "PDQ": 64}
_HEX: Final = re.compile(r"[0-9a-f]+")
_CLASSES: Final = frozenset({
    "case-investigation:Investigation", "case-investigation:InvestigativeAction", "case-investigation:ProvenanceRecord",
    "uco-analysis:Analysis", "uco-analysis:AnalyticResult", "uco-analysis:ArtifactClassification",
    "uco-analysis:ArtifactClassificationResultFacet", "uco-configuration:Configuration", "uco-configuration:ConfigurationEntry",
    "uco-core:Annotation", "uco-identity:Person", "uco-observable:ArchiveFile", "uco-observable:Audio",
    "uco-observable:ContentDataFacet", "uco-observable:File", "uco-observable:FileFacet", "uco-observable:ObservableObject",
    "uco-observable:RasterPicture", "uco-observable:RasterPictureFacet", "uco-tool:AnalyticTool",
    "uco-tool:ConfiguredTool", "uco-types:Hash", "cacontology-ai:AIContentDetection", "cacontology-ai:AIDetectionTool", "gufo:Event",
    "gufo:Object",
})  # fmt: skip
"""Every class that may stand in the graph. `AIGeneratedCSAM` is none of them."""
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "uco-analysis:AnalyticResult": ("uco-core:statement", "uco-analysis:originatingAnalysis"),
    "uco-analysis:Analysis": ("uco-action:instrument", "uco-action:object", "uco-action:result"),
    "case-investigation:ProvenanceRecord": ("case-investigation:exhibitNumber", "uco-core:object"),
    "uco-core:Annotation": ("uco-core:statement", "uco-core:object"),
    "uco-tool:AnalyticTool": ("uco-core:name", "uco-tool:version"),
    "uco-types:Hash": ("uco-types:hashMethod", "uco-types:hashValue"),
    "cacontology-ai:AIContentDetection": ("uco-core:startTime", "cacontology-gufo:detectionTimePoint", "cacontology-ai:usesDetectionTool"),
}  # fmt: skip


def check_graph(path: Path, written: Path) -> str:
    """Checks a file, and says with what.

    Raises:
        OutputError: It is not CASE.
    """
    _check_shape(path, written)
    return f"{path.name}: Safelight's own check of the shape, not case_validate"


def fault_of_node(node: Any) -> str:
    """What is wrong with a node or one inside it; empty when nothing is."""
    if isinstance(node, list):
        return next(filter(None, map(fault_of_node, node)), "")
    if not isinstance(node, dict) or set(node) in ({"@id"}, {"@type", "@value"}):
        return (
            ""
            if not isinstance(node, dict) or "@id" not in node or _ID.fullmatch(str(node["@id"]))
            else f"a reference is {node['@id']!r:.80}"
        )
    if not _ID.fullmatch(str(node.get("@id"))):
        return f"a node is named {node.get('@id')!r:.80}"
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    for kind in kinds:
        if kind not in _CLASSES:
            return f"{node['@id']} is of the class {kind!r:.80}"
        for name in _NEEDED.get(kind, ()):
            if name not in node:
                return f"{node['@id']} lacks {name}"
    if "uco-types:Hash" in kinds:
        method, value = node["uco-types:hashMethod"], node["uco-types:hashValue"]["@value"]
        if len(value) != _HASHES.get(method, -1) or not _HEX.fullmatch(value):
            return f"{node['@id']} is no {method}"
    for name, value in node.items():
        if not name.startswith("@") and name.partition(":")[0] not in CONTEXT:
            return f"{node['@id']} says {name!r:.80}"
        if fault := fault_of_node(value):
            return fault
    return ""


def _check_shape(path: Path, written: Path) -> None:
    import ijson

    count = 0
    try:
        with written.open("rb") as stream:
            context = next(ijson.items(stream, "@context"))
        if any(context.get(name) != value for name, value in CONTEXT.items()) or not str(
            context.get("kb", "")
        ).endswith(":"):
            raise _wrong(path, "its context is another one")
        with written.open("rb") as stream:
            for count, node in enumerate(ijson.items(stream, "@graph.item", use_float=True), 1):
                fault = fault_of_node(node) if isinstance(node, dict) else "it is no node"
                if fault or (count == 1 and node.get("@type") != "case-investigation:Investigation"):
                    raise _wrong(path, f"node {count}: {fault or 'the investigation does not come first'}")
    except (ijson.JSONError, StopIteration, KeyError, TypeError, AttributeError) as error:
        raise _wrong(path, f"node {count + 1}: {error!r:.200}") from error
    if not count:
        raise _wrong(path, "it has no nodes")


def _wrong(path: Path, fault: str) -> OutputError:
    return OutputError(f"{path} did not come out as CASE: {fault}.", kept="What was there before is still there.")
