"""Nodes of the graph: their names, and those of files and tools."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from safelight import __version__
from safelight.exports.items import Item
from safelight.exports.records import dumps, time_text
from safelight.model import MediaFile, MediaKind, display_text

__all__ = ["CONTEXT", "OWN", "Node", "Nodes", "as_json", "reference", "typed"]

Node = dict[str, Any]
OWN: Final = "urn:safelight:case-uco:1#"
"""The name space of what CASE has no word for; what stands there is JSON as `safelight.item/1` has it."""
CONTEXT: Final = {
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-analysis": "https://ontology.unifiedcyberontology.org/uco/analysis/",
    "uco-configuration": "https://ontology.unifiedcyberontology.org/uco/configuration/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "cacontology-ai": "https://cacontology.projectvic.org/ai-csam#",
    "cacontology-gufo": "https://cacontology.projectvic.org/gufo#",
    "gufo": "http://purl.org/nemo/gufo#",
    "safelight": OWN,
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_KINDS: Final = {
    MediaKind.IMAGE: "uco-observable:RasterPicture", MediaKind.AUDIO: "uco-observable:Audio",
    MediaKind.ARCHIVE: "uco-observable:ArchiveFile",
}  # fmt: skip
_TICK_NS: Final = 1_000


def reference(node: Node) -> Node:
    """What stands for a node elsewhere."""
    return {"@id": node["@id"]}


def typed(kind: str, value: object) -> Node:
    """A value with its type."""
    return {"@type": f"xsd:{kind}", "@value": str(value)}


class Nodes:
    """Makes nodes; the same words make the same node.

    Attributes:
        tools: Those that were named so far, to be written behind everything else: their number does not grow with the case.
    """

    def __init__(self, number: Callable[..., str]) -> None:
        self._number = number
        self.tools: dict[str, Node] = {}

    def node(self, kind: str, *words: object, types: tuple[str, ...] = (), **said: Any) -> Node:
        """A node: `kind` is its class with prefix; properties are written with `__` for the colon, and left out when empty."""
        node: Node = {
            "@id": f"kb:{kind.partition(':')[2]}-{self._number(kind, *words)}",
            "@type": [kind, *types] if types else kind,
        }
        for name, value in said.items():
            if value is not None and value not in ("", []):
                prefix, _, word = name.partition("__")
                node[f"{prefix.replace('_', '-')}:{word}"] = value
        return node

    def tool(self, name: str, version: str, configuration: dict[str, str], *, detects: bool = False) -> Node:
        """A configured tool: a reader of Safelight, with what its work depends on, such as the digest of a model."""
        words = (name, version, *(f"{key}={value}" for key, value in sorted(configuration.items())))
        entries = [
            self.node("uco-configuration:ConfigurationEntry", *words, key,
                      uco_configuration__itemName=key, uco_configuration__itemValue=value)
            for key, value in sorted(configuration.items())
        ]  # fmt: skip
        settings = self.node("uco-configuration:Configuration", *words, uco_configuration__configurationEntry=entries)
        types = ("uco-tool:ConfiguredTool", *(("cacontology-ai:AIDetectionTool", "gufo:Object") if detects else ()))
        made = self.node(
            "uco-tool:AnalyticTool", *words, types=types, uco_core__name=name, uco_tool__version=version,
            uco_tool__toolType="media provenance triage", uco_configuration__usesConfiguration=settings if entries else None,
        )  # fmt: skip
        self.tools[made["@id"]] = made
        return reference(made)

    def safelight(self) -> Node:
        """The tool that weighs findings into an opinion."""
        return self.tool("Safelight", __version__, {}, detects=True)

    def file(self, place: MediaFile | None, item: Item | None, number: int) -> Node:
        """A file: one place, with the content that lies in it. The first place of a content carries everything that is known of it."""
        key = place.location.key.hex() if place is not None else ""
        words = (item.sha256 if item is not None else "", key)
        facets = [self._place(place, words)] if place is not None else []
        types: tuple[str, ...] = ()
        if item is not None:
            whole = number == 0
            facets.append(self._content(item, words, whole=whole))
            if whole:
                types = (_KINDS[item.kind],) if item.kind in _KINDS else ()
                facets += self._picture(item, words)
        return self.node("uco-observable:File", *words, types=types, uco_core__hasFacet=facets)

    def _place(self, place: MediaFile, words: tuple[str, ...]) -> Node:
        location = place.location
        raw = (location.parts[-1] or location.source).rstrip(b"/").rpartition(b"/")[2]
        name = display_text(raw)
        times = {
            "modifiedTime": place.modified_ns, "accessedTime": place.accessed_ns, "metadataChangeTime": place.changed_ns,
            "observableCreatedTime": place.created_ns,
        }  # fmt: skip
        stated: dict[str, Any] = {
            f"uco_observable__{word}": typed("dateTime", text)
            for word, value in times.items()
            if (text := time_text(value, _TICK_NS))
        }
        return self.node(
            "uco-observable:FileFacet", *words, uco_observable__fileName=name, uco_observable__filePath=location.full_display(),
            uco_observable__sizeInBytes=place.size_bytes, **stated,
        )  # fmt: skip

    def _content(self, item: Item, words: tuple[str, ...], *, whole: bool) -> Node:
        pdq = item.fingerprints.pdq if item.fingerprints is not None else None
        hashes = [("SHA256", item.sha256)]
        if whole:
            hashes = [
                ("MD5", item.md5),
                ("SHA1", item.sha1),
                *hashes,
                *([("PDQ", pdq.hash)] if pdq is not None else []),
            ]
        return self.node(
            "uco-observable:ContentDataFacet", *words, uco_observable__mimeType=item.media_type, uco_observable__sizeInBytes=item.size_bytes,
            uco_observable__hash=[
                self.node("uco-types:Hash", *words, method, uco_types__hashMethod=method, uco_types__hashValue=typed("hexBinary", value))
                for method, value in hashes
            ],
        )  # fmt: skip

    def _picture(self, item: Item, words: tuple[str, ...]) -> Iterator[Node]:
        if item.kind is MediaKind.IMAGE and item.width_px is not None and item.height_px is not None:
            yield self.node(
                "uco-observable:RasterPictureFacet", *words, uco_observable__pictureWidth=item.width_px,
                uco_observable__pictureHeight=item.height_px,
            )  # fmt: skip


def as_json(value: Any) -> str:
    """A record of ours as a text."""
    return dumps(value).decode()
