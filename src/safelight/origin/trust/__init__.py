"""Which certificates vouch for the signers of C2PA manifests and for their time stamps.

Two lists ship as data; a unit can install newer ones in their place (`store`). Nothing is ever fetched.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import resources
from typing import Any, Self

from safelight.model import JsonValue

__all__ = ["TrustList", "TrustLists", "assembled", "shipped_index", "shipped_lists", "shipped_text"]


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

    def record(self) -> dict[str, JsonValue]:
        """The lists as JSON, for a worker, which can read no file of the unit's."""
        return {sort: [dict(asdict(one)) for one in getattr(self, sort)] for sort in ("signers", "time_stamps")}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """The lists that `record` wrote."""
        return cls(*(tuple(TrustList(**one) for one in record[sort]) for sort in ("signers", "time_stamps")))


def shipped_lists() -> TrustLists:
    """The lists in this folder: the official one of C2PA, then the frozen interim one."""
    return assembled(lambda name: (shipped_text(name), None))


def shipped_index() -> dict[str, Any]:
    """What `lists.toml` says: lists, their dates and sources, and the digest of each file."""
    return tomllib.loads(shipped_text("lists.toml"))


def shipped_text(name: str) -> str:
    """One of the files in this folder."""
    return (resources.files(__name__) / name).read_text("utf-8")


def assembled(part: Callable[[str], tuple[str, str | None]]) -> TrustLists:
    """The lists of the index, made from their parts.

    Args:
        part: Gives the text to use in place of a file of this folder and its date; the date None for the file itself. A list is as
            new as its newest part.
    """
    index = shipped_index()

    def read(entry: dict[str, Any]) -> TrustList:
        parts = {key: part(entry[key]) for key in ("anchors", "allowed", "usages") if key in entry}
        dates = [date for _, date in parts.values() if date is not None]
        texts = {key: text for key, (text, _) in parts.items()}
        return TrustList(name=entry["name"], date=max(dates, default=entry["date"]), **texts)

    return TrustLists(tuple(map(read, index["signers"])), tuple(map(read, index["time_stamps"])))
