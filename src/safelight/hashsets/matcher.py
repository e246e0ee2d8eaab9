"""Looks media up in lists: digests exactly, PDQ within a distance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from sqlalchemy import Engine, Table, or_, select

from safelight.model import PDQ_MIN_QUALITY, Fingerprints, HashSetRole, JsonValue, Match, MatchHow, PdqHash

if TYPE_CHECKING:
    from safelight.fingerprint.hamming import HammingIndex

__all__ = ["Matcher", "MediaPrints"]

MediaPrints = tuple[str, str, str, Fingerprints | None]
"""(sha256, sha1, md5, fingerprints) of one media."""

_CHUNK: Final = 500
_NEAREST_KEPT: Final = 50
"""PDQ matches of one media that are kept, nearest first; `Matcher.left_out` counts the others."""

_DIGESTS: Final = ((MatchHow.SHA256, 0), (MatchHow.SHA1, 1), (MatchHow.MD5, 2))


class Matcher:
    """Matches media against lists. It works on the lists as they are when it is made.

    Args:
        engine: Of the store. `sets`: id -> (name, role). `entry`: the store's table of entries.
        distance_bits: Largest PDQ distance that counts, 0 to 64.

    Attributes:
        left_out: PDQ matches that were found and not returned because a media already had 50 nearer ones.
    """

    def __init__(
        self, engine: Engine, sets: dict[int, tuple[str, HashSetRole]], entry: Table, distance_bits: int
    ) -> None:
        self._engine = engine
        self._sets = sets
        self._entry = entry
        self._distance_bits = distance_bits
        self.left_out = 0

    @cached_property
    def state(self) -> dict[str, JsonValue]:
        """Which lists, in which state: names, roles, counts and a digest over their entries, for the custody log."""
        column = self._entry.c
        sets: list[JsonValue] = []
        for set_id, (name, role) in self._sets.items():
            digest, counts = hashlib.sha256(), dict[str, JsonValue]()
            order = select(column.how, column.hash, column.bank, column.label).where(
                column.hashset_id == set_id, column.withdrawn_utc.is_(None)
            )
            for how, raw, bank, label in self._stream(
                order.order_by(column.how, column.hash, column.bank, column.label)
            ):
                digest.update(f"{how}\0{raw.hex()}\0{bank}\0{label}\n".encode("utf-8", "surrogateescape"))
                counts[how] = int(str(counts.get(how, 0))) + 1
            sets.append({"name": name, "role": str(role), "counts": counts, "sha256": digest.hexdigest()})
        return {"sets": sets, "distance_bits": self._distance_bits, "entries_of_low_quality_left_out": self._index[2]}

    def match(self, media: Sequence[MediaPrints]) -> list[Match]:
        """Every match of these media, in their order: digests first, then PDQ, nearest first."""
        if not self._sets:
            return []
        found: dict[str, list[Match]] = {item[0]: [] for item in media}
        self._match_digests(media, found)
        self._match_pdq(media, found)
        return [match for item in dict.fromkeys(row[0] for row in media) for match in found[item]]

    def _match_digests(self, media: Sequence[MediaPrints], found: dict[str, list[Match]]) -> None:
        for how, place in _DIGESTS:
            owners: dict[bytes, list[str]] = {}
            for item in media:
                owners.setdefault(bytes.fromhex(str(item[place])), []).append(item[0])
            keys = list(owners)
            for start in range(0, len(keys), _CHUNK):
                for row in self._rows(how, keys[start : start + _CHUNK]):
                    for sha256 in dict.fromkeys(owners[row.hash]):
                        found[sha256].append(self._made(sha256, row, how, 0, ""))

    def _rows(self, how: MatchHow, keys: Sequence[bytes]) -> Sequence[Any]:
        column = self._entry.c
        chosen = select(column.hash, column.hashset_id, column.bank, column.label).where(
            column.hash.in_(keys),
            column.how == str(how),
            column.withdrawn_utc.is_(None),
            column.hashset_id.in_(list(self._sets)),
        )
        with self._engine.connect() as connection:
            return connection.execute(chosen.order_by(column.hashset_id, column.bank, column.label)).all()

    @cached_property
    def _index(self) -> tuple[HammingIndex | None, list[list[Any]], int]:
        """Over the distinct PDQ hashes: the index, the rows of each hash, and how many entries were left out for low quality."""
        from safelight.fingerprint.hamming import HammingIndex

        column = self._entry.c
        chosen = select(column.hash, column.hashset_id, column.bank, column.label, column.quality).where(
            column.how == str(MatchHow.PDQ), column.withdrawn_utc.is_(None), column.hashset_id.in_(list(self._sets))
        )
        usable = chosen.where(or_(column.quality.is_(None), column.quality >= PDQ_MIN_QUALITY))
        hashes, rows, last = bytearray(), list[list[Any]](), None
        for row in self._stream(usable.order_by(column.hash, column.hashset_id, column.bank, column.label)):
            if row.hash != last:
                last = row.hash
                hashes += row.hash
                rows.append([])
            rows[-1].append(row)
        low = sum(1 for _ in self._stream(chosen.where(column.quality < PDQ_MIN_QUALITY)))
        array = np.frombuffer(bytes(hashes), np.uint8).reshape(-1, 32)
        return (HammingIndex(array) if len(array) else None), rows, low

    def _match_pdq(self, media: Sequence[MediaPrints], found: dict[str, list[Match]]) -> None:
        index, rows, _ = self._index
        asked = list(_matchable(media))
        if index is None or not asked:
            return
        queries = np.frombuffer(b"".join(bytes.fromhex(item.hash) for _, _, item in asked), np.uint8).reshape(-1, 32)
        best: dict[tuple[str, int], tuple[int, str]] = {}
        for query, place, distance in zip(*index.within(queries, self._distance_bits), strict=True):
            sha256, variant, _ = asked[int(query)]
            key, value = (sha256, int(place)), (int(distance), variant)
            # The nearer of our variants counts; when they are equally near, `full` does, which is first in the order.
            if key not in best or (value[0], _VARIANTS.index(variant)) < (best[key][0], _VARIANTS.index(best[key][1])):
                best[key] = value
        made: dict[str, list[Match]] = {}
        for (sha256, place), (distance, variant) in best.items():
            made.setdefault(sha256, []).extend(
                self._made(sha256, row, MatchHow.PDQ, distance, variant) for row in rows[place]
            )
        for sha256, matches in made.items():
            matches.sort(key=lambda item: (item.distance, item.hashset, item.bank, item.label, item.entry))
            self.left_out += max(0, len(matches) - _NEAREST_KEPT)
            found[sha256] += matches[:_NEAREST_KEPT]

    def _made(self, sha256: str, row: Any, how: MatchHow, distance: int, variant: str) -> Match:
        name, role = self._sets[row.hashset_id]
        return Match(
            sha256=sha256,
            hashset=name,
            bank=row.bank,
            role=role,
            how=how,
            distance=distance,
            label=row.label,
            entry=row.hash.hex(),
            variant=variant,
        )

    def _stream(self, statement: Any) -> Iterator[Any]:
        with self._engine.connect() as connection:
            yield from connection.execution_options(stream_results=True, yield_per=5_000).execute(statement)


_VARIANTS: Final = ("full", "nearest512", "oriented")


def _matchable(media: Sequence[MediaPrints]) -> Iterator[tuple[str, str, PdqHash]]:
    """Every hash of ours that may be matched, with its variant; equal ones once."""
    for sha256, _, _, prints in media:
        if prints is None:
            continue
        seen: set[str] = set()
        for variant, value in zip(_VARIANTS, (prints.pdq, prints.pdq_nearest512, prints.pdq_oriented), strict=True):
            if value is not None and value.matchable and value.hash not in seen:
                seen.add(value.hash)
                yield sha256, variant, value
