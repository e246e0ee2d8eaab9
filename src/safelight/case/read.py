"""Reading a case: streamed rows and counts, in memory that does not grow with the case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Column, Connection, Engine, and_, func, not_, or_, select

from safelight.case import tables
from safelight.case.record import fingerprints_from_row
from safelight.custody.chain import Event
from safelight.model import Fingerprints, MediaFile, MediaKind, Outcome

__all__ = ["CaseReader", "MatchingRow"]

MatchingRow = tuple[str, str, str, Fingerprints | None]
"""(sha256, sha1, md5, fingerprints) of one media."""

_CHUNK: Final = 500
_STREAM: Final = 2_000


class CaseReader:
    """The reading half of `Case`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    # What is done

    def run_count(self) -> int:
        """Number of runs so far."""
        return self._count(tables.run)

    def media_count(self) -> int:
        """Number of distinct contents."""
        return self._count(tables.media)

    def media_file_count(self) -> int:
        """Number of places, revisions counted apart."""
        return self._count(tables.media_file)

    def has_media(self, sha256: str) -> bool:
        """Whether this content was examined."""
        return self.media_kind(sha256) is not None

    def media_kind(self, sha256: str) -> MediaKind | None:
        """What this content is; None when it is not in the case."""
        with self.engine.connect() as connection:
            kind = connection.execute(select(tables.media.c.kind).where(tables.media.c.sha256 == sha256)).scalar()
        return MediaKind(kind) if kind is not None else None

    def done_keys(self, files: Sequence[MediaFile]) -> set[bytes]:
        """Which of these places are done: stored with the same size and time, and, for an archive, with all its members."""
        by_key = {item.location.key: item for item in files}
        keys = list(by_key)
        done: set[bytes] = set()
        file, closed = tables.media_file.c, tables.archive_done.c
        columns = (file.location_key, file.size_bytes, file.modified_ns, file.opens, closed.event)
        joined = tables.media_file.outerjoin(tables.archive_done, file.location_key == closed.location_key)
        with self.engine.connect() as connection:
            for start in range(0, len(keys), _CHUNK):
                chosen = select(*columns).select_from(joined).where(file.location_key.in_(keys[start : start + _CHUNK]))
                for key, size_bytes, modified_ns, opens, event in connection.execute(chosen):
                    item = by_key[bytes(key)]
                    same = size_bytes == item.size_bytes and modified_ns == item.modified_ns
                    if same and (not opens or event is not None):
                        done.add(bytes(key))
        return done

    # Streams

    def iter_for_matching(self, batch: int = _STREAM) -> Iterator[list[MatchingRow]]:
        """Every media in batches, ordered by SHA-256."""
        after = ""
        media = tables.media.c
        columns = [media[name] for name in _PRINT_COLUMNS]
        while True:
            with self.engine.connect() as connection:
                chosen = select(*columns).where(media.sha256 > after).order_by(media.sha256).limit(batch)
                rows = connection.execute(chosen).mappings().all()
            if not rows:
                return
            yield [(row["sha256"], row["sha1"], row["md5"], fingerprints_from_row(dict(row))) for row in rows]
            after = rows[-1]["sha256"]

    def pdq_arrays(self) -> tuple[list[str], Any, Any]:
        """Every media with a PDQ: SHA-256s, hashes (n, 32) uint8, qualities (n,) int16; ordered by SHA-256."""
        import numpy as np

        media = tables.media.c
        sha256s: list[str] = []
        hashes, qualities = bytearray(), []
        for row in self.stream(
            select(media.sha256, media.pdq, media.pdq_quality).where(media.pdq.is_not(None)).order_by(media.sha256)
        ):
            sha256s.append(row["sha256"])
            hashes += bytes.fromhex(row["pdq"])
            qualities.append(row["pdq_quality"])
        return sha256s, np.frombuffer(bytes(hashes), np.uint8).reshape(-1, 32), np.array(qualities, np.int16)

    def stream(self, statement: Any) -> Iterator[Any]:
        """Rows of any selection, as mappings, a few thousand at a time."""
        with self.engine.connect() as connection:
            yield from (
                connection.execution_options(stream_results=True, yield_per=_STREAM).execute(statement).mappings()
            )

    def rows(self, statement: Any) -> list[Any]:
        """All rows of a selection that is known to be short."""
        with self.engine.connect() as connection:
            return list(connection.execute(statement).mappings().all())

    def current(self, name: str) -> int:
        """Number of the newest run that finished this stage (`match`, `group`, `queue`); 0 when none did."""
        with self.engine.connect() as connection:
            chosen = select(func.max(tables.stage.c.run_id)).where(tables.stage.c.name == name)
            return int(connection.execute(chosen).scalar() or 0)

    def stage_details(self, name: str) -> dict[str, Any]:
        """What the newest finished stage of this name recorded of itself."""
        with self.engine.connect() as connection:
            chosen = select(tables.stage.c.details).where(
                and_(tables.stage.c.name == name, tables.stage.c.run_id == self.current(name))
            )
            text = connection.execute(chosen).scalar()
        return dict(orjson.loads(text)) if text else {}

    def undigested(self) -> Iterator[Any]:
        """Places without a digest, newest revision only, ordered by path: mappings with location_key, path, size_bytes."""
        file = tables.media_file
        later = file.alias()
        newer = select(later.c.revision).where(
            and_(later.c.location_key == file.c.location_key, later.c.revision > file.c.revision)
        )
        statement = (
            select(file.c.location_key, file.c.path, file.c.size_bytes)
            .where(and_(file.c.sha256.is_(None), not_(newer.exists())))
            .order_by(file.c.path, file.c.location_key)
        )
        yield from self.stream(statement)

    def unreadable_count(self) -> int:
        """Number of places without a digest because they could not be read; links and devices, which were passed over, are none."""
        file, finding = tables.media_file.c, tables.finding.c
        unread = select(finding.location_key).where(finding.outcome == Outcome.COULD_NOT_LOOK)
        statement = select(func.count(func.distinct(file.location_key))).where(
            and_(file.sha256.is_(None), file.location_key.in_(unread))
        )
        with self.engine.connect() as connection:
            return int(connection.execute(statement).scalar_one())

    def events(self) -> Iterator[Event]:
        """The custody log, first event first."""
        for row in self.stream(select(tables.custody_event).order_by(tables.custody_event.c.seq)):
            yield Event(**row)

    def last_event(self) -> Event | None:
        """The head of the custody log."""
        rows = self.rows(select(tables.custody_event).order_by(tables.custody_event.c.seq.desc()).limit(1))
        return Event(**rows[0]) if rows else None

    def head(self) -> str:
        """The stored head, `number:digest`; empty when there is none."""
        with self.engine.connect() as connection:
            value = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == "custody_head")).scalar()
        return str(value or "")

    def matching_sha256(self, prefix: str) -> list[str]:
        """Media whose SHA-256, SHA-1 or MD5 begins with this hex, at most 20."""
        media = tables.media.c
        text = prefix.lower()
        chosen = select(media.sha256).where(
            or_(*(column.startswith(text, autoescape=True) for column in (media.sha256, media.sha1, media.md5)))
        )
        return [row["sha256"] for row in self.rows(chosen.order_by(media.sha256).limit(20))]

    # Parts

    def _count(self, table: Any) -> int:
        with self.engine.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    @staticmethod
    def _present(connection: Connection, column: Column[Any], values: Sequence[Any]) -> set[Any]:
        """Which of the values are in the column."""
        found: set[Any] = set()
        for start in range(0, len(values), _CHUNK):
            for (value,) in connection.execute(select(column).where(column.in_(values[start : start + _CHUNK]))):
                found.add(bytes(value) if isinstance(value, memoryview) else value)
        return found


_PRINT_COLUMNS: Final = (
    "sha256", "sha1", "md5", "pdq", "pdq_quality", "pdq_nearest512", "pdq_nearest512_quality", "pdq_oriented", "pdq_oriented_quality",
    "pdq_dihedral",
)  # fmt: skip
