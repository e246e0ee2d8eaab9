"""The graph: the investigation, its runs and sources, every file with what is said of it, and the tools behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, ClassVar

from safelight.case.read import CaseReader
from safelight.case.summary import runs, sources
from safelight.exports.case_uco.checking import check_graph
from safelight.exports.case_uco.nodes import CONTEXT, Node, Nodes, reference, typed
from safelight.exports.case_uco.telling import item_nodes, unread_nodes
from safelight.exports.exporting import Request
from safelight.exports.identifiers import numbering
from safelight.exports.items import iter_items, iter_unread
from safelight.exports.records import dumps
from safelight.exports.times import written_between
from safelight.exports.writing import Content
from safelight.model import display_text

__all__ = ["CaseUco"]


class CaseUco:
    """CASE/UCO JSON-LD."""

    name: ClassVar[str] = "case-uco"
    what: ClassVar[str] = "CASE/UCO JSON-LD of everything, for other forensic tools"
    submission: ClassVar[bool] = False
    variants: ClassVar[tuple[str, ...]] = ()

    @staticmethod
    def contents(case: CaseReader, output: Path, request: Request) -> Mapping[Path, Content]:
        """One file: `output`, or `case.jsonld` in it when that is a directory."""

        def write(stream: BinaryIO) -> None:
            context = {"kb": f"urn:safelight:case:{case.case_id() or 'unnumbered'}:", **CONTEXT}
            stream.write(b'{"@context":' + dumps(context) + b',"@graph":[')
            between = b"\n"
            for node in _nodes(case):
                stream.write(between + dumps(node))
                between = b",\n"
            stream.write(b"\n]}\n")

        return {output / "case.jsonld" if output.is_dir() else output: write}

    @staticmethod
    def check(path: Path, written: Path) -> str:
        """The graph is CASE; says which check was made.

        Raises:
            OutputError: It is not.
        """
        return check_graph(path, written)


def _nodes(case: CaseReader) -> Iterator[Node]:
    nodes = Nodes(numbering(case, "case-uco"))
    tool = nodes.safelight()
    yield nodes.node(
        "case-investigation:Investigation", uco_core__name=f"Case {case.case_id()}", case_investigation__investigationForm="case",
        uco_core__description=f"Custody log at {case.telling_head()}.",
    )  # fmt: skip
    roots: dict[bytes, str] = {}
    named = []
    for number, source in enumerate(sources(case), 1):
        roots[source.source] = f"S{number}"
        shown = display_text(source.source)
        facet = nodes.node("uco-observable:FileFacet", shown, number, uco_observable__filePath=shown)
        named.append(
            nodes.node(
                "uco-observable:ObservableObject",
                shown,
                number,
                uco_core__name=f"S{number}",
                uco_core__hasFacet=[facet],
            )
        )
        yield named[-1]
    begun = written_between(case)[0]
    for run in runs(case):
        begun = run.begun_utc
        yield nodes.node(
            "case-investigation:InvestigativeAction", run.number, uco_core__name=f"run {run.number}: {display_text(run.command.encode())}",
            uco_core__startTime=typed("dateTime", run.begun_utc), uco_core__endTime=typed("dateTime", run.ended_utc) if run.ended_utc else None,
            uco_action__instrument=[tool], uco_action__object=[reference(each) for each in named],
        )  # fmt: skip
    for item in iter_items(case):
        yield from item_nodes(nodes, item, begun, roots)
    for unread in iter_unread(case):
        yield from unread_nodes(nodes, unread, roots)
    yield from (node for _, node in sorted(nodes.tools.items()))
