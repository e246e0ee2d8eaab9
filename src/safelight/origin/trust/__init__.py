"""Which certificates vouch for the signers of C2PA manifests and for their time stamps: two lists that ship as data, or the unit's own."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

__all__ = ["TrustList", "TrustLists", "shipped_lists"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustList:
    """One list of certificates.

    Attributes:
        name: What findings call it: `official`, `interim`, or the unit's own name for it.
        date: Its date, YYYY-MM-DD; findings name it, since a list is only as good as it is fresh.
        anchors: PEM certificates; whose chain of certificates ends in one of them is on the list.
        allowed: PEM certificates of single signers, each on the list by itself.
        usages: Extended key usages that are accepted beside those of the C2PA specification, one OID a line.
    """

    name: str
    date: str
    anchors: str
    allowed: str = ""
    usages: str = ""


@dataclass(frozen=True, slots=True)
class TrustLists:
    """Everything that trust in a manifest rests on.

    Attributes:
        signers: Lists for signers; where a signer is on several, the first counts. Names are distinct.
        time_stamps: Lists for time-stamping authorities; being on any will do.
    """

    signers: tuple[TrustList, ...]
    time_stamps: tuple[TrustList, ...] = ()


def shipped_lists() -> TrustLists:
    """The lists in this folder: the official one of C2PA, then the frozen interim one."""
    folder = resources.files(__name__)
    index = tomllib.loads((folder / "lists.toml").read_text("utf-8"))

    def read(entry: dict[str, Any]) -> TrustList:
        parts = {
            key: (folder / entry[key]).read_text("utf-8") for key in ("anchors", "allowed", "usages") if key in entry
        }
        return TrustList(name=entry["name"], date=entry["date"], **parts)

    return TrustLists(tuple(map(read, index["signers"])), tuple(map(read, index["time_stamps"])))
