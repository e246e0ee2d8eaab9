"""Looks media up in lists: digests exactly, PDQ within a distance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Final

import numpy as np
from sqlalchemy import Connection, select

from safelight.fingerprint.arrays import DamagedArraysError
from safelight.hashsets.index import BaseIndex
from safelight.hashsets.lookup import LookUp
from safelight.hashsets.state import read_state
from safelight.hashsets.tables import mark
from safelight.model import Fingerprints, HashSetRole, JsonValue, Match, MatchHow

__all__ = ["VARIANTS", "Matcher", "MediaPrints"]

MediaPrints = tuple[str, str, str, Fingerprints | None]
"""(sha256, sha1, md5, fingerprints) of one media."""

VARIANTS: Final = ("full", "nearest512", "oriented", "dihedral")
"""Which of our hashes matched; of two that are equally near, the earlier one is named."""

_CHUNK: Final = 500
_MARKS_KEPT: Final = 20_000

_DIGESTS: Final = ((MatchHow.SHA256, 0), (MatchHow.SHA1, 1), (MatchHow.MD5, 2))


class Matcher:
    """Matches media against lists as they were when it was made: it reads one state of the store until it is closed.

    Args:
        connection: In a transaction, owned by the matcher. `sets`: id -> (name, role). `bases`: id -> index, None where a list has none.
        distance_bits: Largest PDQ distance that counts, 0 to 64.
        explained: Turns what the database says into a HashSetError.

    Attributes:
        left_out: PDQ matches that were found and not returned, because the media had 50 nearer ones with the same list, bank and label.
        left_out_media: Of how many media.
    """

    def __init__(
        self,
        connection: Connection,
        sets: dict[int, tuple[str, HashSetRole]],
        bases: dict[int, BaseIndex | None],
        distance_bits: int,
        *,
        explained: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._connection = connection
        self._sets = sets
        self._lists = LookUp(connection, bases)
        self._distance_bits = distance_bits
        self._explained = explained
        self._marks: dict[int, tuple[str, str]] = {}
        self.left_out = self.left_out_media = 0

    def close(self) -> None:
        """Gives the connection back."""
        self._connection.close()

    @property
    def names(self) -> tuple[str, ...]:
        """The lists that are asked, by name."""
        return tuple(name for name, _ in self._sets.values())

    @cached_property
    def state(self) -> dict[str, JsonValue]:
        """Which lists, in which state: names, roles, counts and a digest over their entries, for the custody log.

        Raises:
            HashSetError: The store cannot be read.
        """
        with self._explained():
            states = {set_id: read_state(self._connection, set_id) for set_id in self._sets}
        sets: list[JsonValue] = [
            {"name": name, "role": str(role), **{key: states[set_id][key] for key in ("counts", "sha256")}}
            for set_id, (name, role) in self._sets.items()
        ]
        low = sum(int(state["low_quality"]) for state in states.values())
        return {"sets": sets, "distance_bits": self._distance_bits, "entries_of_low_quality_left_out": low}

    def match(self, media: Sequence[MediaPrints]) -> list[Match]:
        """Every match of these media, in their order: digests first, then PDQ, nearest first.

        Raises:
            HashSetError: The store cannot be read.
        """
        if not self._sets:
            return []
        found: dict[str, list[Match]] = {item[0]: [] for item in media}
        with self._explained():
            self._match_digests(media, found)
            self._match_pdq(media, found)
        return [match for matches in found.values() for match in matches]

    def _match_digests(self, media: Sequence[MediaPrints], found: dict[str, list[Match]]) -> None:
        for how, place in _DIGESTS:
            owners: dict[bytes, dict[str, None]] = {}
            for item in media:
                owners.setdefault(bytes.fromhex(str(item[place])), {})[item[0]] = None
            keys = list(owners)
            hits = list(self._lists.equal(how, keys))
            self._learn_marks({mark_id for _, _, mark_id in hits})
            # Each hit is on a list by its own mark: by name, bank and label the order is the same for every state of the index files.
            hits.sort(key=lambda hit: (hit[0], self._sets[hit[1]][0], *self._marks[hit[2]]))
            for place, set_id, mark_id in hits:
                for sha256 in owners[keys[place]]:
                    found[sha256].append(
                        self._made(sha256, set_id, self._marks[mark_id], how, 0, keys[place].hex(), "")
                    )

    def _match_pdq(self, media: Sequence[MediaPrints], found: dict[str, list[Match]]) -> None:
        owners, variants, hashes = list[str](), list[int](), list[str]()
        for sha256, variant, value in _matchable(media):
            owners.append(sha256)
            variants.append(variant)
            hashes.append(value)
        if not owners:
            return
        numbers = {sha256: number for number, sha256 in enumerate(found)}
        queries = np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8).reshape(-1, 32)
        near = self._lists.near(
            queries, np.array([numbers[sha256] for sha256 in owners]), np.array(variants), self._distance_bits
        )
        self.left_out += near.left_out
        self.left_out_media += near.left_out_media
        self._learn_marks(near.marks)
        by_number = list(found)
        made: dict[str, list[Match]] = {}
        for owner, set_id, mark_id, distance, variant, raw in near.rows():
            sha256 = by_number[owner]
            match = self._made(
                sha256, set_id, self._marks[mark_id], MatchHow.PDQ, distance, raw.hex(), VARIANTS[variant]
            )
            made.setdefault(sha256, []).append(match)
        for sha256, matches in made.items():
            matches.sort(key=lambda item: (item.distance, item.hashset, item.bank, item.label, item.entry))
            found[sha256] += matches

    def _learn_marks(self, mark_ids: set[int]) -> None:
        """Banks and labels by number; few in a real list, so they are kept."""
        if len(self._marks) > _MARKS_KEPT:
            self._marks.clear()
        wanted = sorted(mark_ids - self._marks.keys())
        for start in range(0, len(wanted), _CHUNK):
            chosen = select(mark).where(mark.c.id.in_(wanted[start : start + _CHUNK]))
            self._marks.update({row.id: (row.bank, row.label) for row in self._connection.execute(chosen)})
        if not mark_ids <= self._marks.keys():
            raise DamagedArraysError("it names banks and labels that there are not")

    def _made(
        self, sha256: str, set_id: int, said: tuple[str, str], how: MatchHow, distance: int, raw: str, variant: str
    ) -> Match:
        name, role = self._sets[set_id]
        return Match(
            sha256=sha256,
            hashset=name,
            bank=said[0],
            role=role,
            how=how,
            distance=distance,
            label=said[1],
            entry=raw,
            variant=variant,
        )


def _matchable(media: Sequence[MediaPrints]) -> Iterator[tuple[str, int, str]]:
    """(media, number of the variant, hash) of every hash of ours that may be matched; equal ones of a media once."""
    for sha256, prints in {item[0]: item[3] for item in media}.items():
        if prints is None:
            continue
        seen: set[str] = set()
        for variant, value in enumerate((prints.pdq, prints.pdq_nearest512, prints.pdq_oriented)):
            if value is not None and value.matchable and value.hash not in seen:
                seen.add(value.hash)
                yield sha256, variant, value.hash
        # Flips and rotations of a picture have its gradients, and so its quality.
        if prints.pdq is not None and prints.pdq.matchable:
            for turned in prints.pdq_dihedral:
                if turned not in seen:
                    seen.add(turned)
                    yield sha256, VARIANTS.index("dihedral"), turned
