"""A fingerprint of a ComfyUI graph: which kinds of nodes it has and how they are linked, without texts, seeds, files and other values.

Pictures that one workflow made share it, whatever was typed in or drawn by chance; so do pictures of everybody who uses the same
example workflow. It does not depend on the ids or the order of nodes. The graph that ran and the graph that the editor shows have different ones.
"""

from __future__ import annotations

import hashlib
from typing import Final

from safelight.origin.graph import Graph

__all__ = ["shape"]

_ROUNDS: Final = 4
_LARGE: Final = 2_000


def shape(graph: Graph) -> str | None:
    """The fingerprint, 32 hex digits; None for a graph that links nothing.

    Each node's label takes in the labels of the nodes that it comes from, four steps up, one step in a graph of more than 2,000
    nodes (as in the test of Weisfeiler and Leman); the fingerprint is over all labels. Nodes that are linked to nothing, such as notes, do not count.
    """
    inputs = {
        name: [(_text(key), source) for key, source in sorted(node.links.items()) if source in graph.nodes]
        for name, node in graph.nodes.items()
    }
    linked = {source for named in inputs.values() for _, source in named} | {name for name in inputs if inputs[name]}
    if not linked:
        return None
    labels = {name: _digest(_text(graph.nodes[name].kind)) for name in linked}
    for _ in range(_ROUNDS if len(linked) <= _LARGE else 1):
        labels = {
            name: _digest(b"".join((labels[name], *(key + labels[source] for key, source in inputs[name]))))
            for name in linked
        }
    return hashlib.sha256(b"".join(sorted(labels.values()))).hexdigest()[:32]


def _text(text: str) -> bytes:
    raw = text.encode("utf-8", "surrogatepass")
    return len(raw).to_bytes(4, "big") + raw


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
