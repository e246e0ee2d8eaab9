"""Reading a case: streamed rows and counts, in memory that does not grow with the case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, and_, func, not_, or_, select

from safelight.case import tables
from safelight.case.failures import reading_explained
from safelight.case.record import fingerprints_from_row, storable_number
from safelight.custody.chain import Event
from safelight.model import Fingerprints, MediaFile, MediaKind, Outcome

__all__ = ["WRITTEN_OUT", "CaseReader", "MatchingRow", "SnapshotReader"]

MatchingRow = tuple[str, str, str, Fingerprints | None]
"""(sha256, sha1, md5, fingerprints) of one media."""

WRITTEN_OUT: Final = ("report-written", "exported")
"""Events that only say that what the case holds was written somewhere."""

_CHUNK: Final = 500
_STREAM: Final = 2_000


class CaseReader:
    """The reading half of `Case`.

    Args:
        engine: Of the database. `where`: the case as a person knows it, for errors.

    Every method raises `CaseError` when the database cannot be read.
    """

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine = engine
        self.where = where

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reading_explained(self.where), self.engine.connect() as connection:
            yield connection

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
        with self._reading() as connection:
            kind = connection.execute(select(tables.media.c.kind).where(tables.media.c.sha256 == sha256)).scalar()
        return MediaKind(kind) if kind is not None else None

    def done_keys(self, files: Sequence[MediaFile]) -> set[bytes]:
        """Which of these places are done, so that they need not be read again.

        A place is done when its newest revision has the same size and time, and, for an archive, all its members are stored. A place
        that could not be read is never done: the next run may have the right to read it. A link or a device, which is passed over on
        purpose, is.
        """
        by_key = {item.location.key: item for item in files}
        keys = list(by_key)
        newest: dict[bytes, tuple[int, bool, bool]] = {}
        file, closed = tables.media_file.c, tables.archive_done.c
        columns = (
            file.location_key,
            file.revision,
            file.size_bytes,
            file.modified_ns,
            file.state,
            file.sha256,
            closed.event,
        )
        joined = tables.media_file.outerjoin(
            tables.archive_done, and_(file.location_key == closed.location_key, file.revision == closed.revision)
        )
        with self._reading() as connection:
            for start in range(0, len(keys), _CHUNK):
                chosen = select(*columns).select_from(joined).where(file.location_key.in_(keys[start : start + _CHUNK]))
                for row in connection.execute(chosen.order_by(file.revision)):
                    key = bytes(row.location_key)
                    stated = storable_number(by_key[key].size_bytes), storable_number(by_key[key].modified_ns)
                    same = (row.size_bytes, row.modified_ns) == stated
                    done = same and (row.state == "done" or row.event is not None)
                    newest[key] = row.revision, done, row.sha256 is None
            unread = self._unread(connection, [key for key, (_, done, bare) in newest.items() if done and bare])
        return {key for key, (revision, done, _) in newest.items() if done and (key, revision) not in unread}

    @staticmethod
    def _unread(connection: Connection, keys: Sequence[bytes]) -> set[tuple[bytes, int]]:
        """The revisions of these places that could not be read."""
        finding = tables.finding.c
        unread: set[tuple[bytes, int]] = set()
        for start in range(0, len(keys), _CHUNK):
            chosen = select(finding.location_key, finding.revision).where(
                finding.location_key.in_(keys[start : start + _CHUNK]), finding.outcome == Outcome.COULD_NOT_LOOK
            )
            unread.update((bytes(key), revision) for key, revision in connection.execute(chosen))
        return unread

    # Streams

    def iter_for_matching(self, batch: int = _STREAM) -> Iterator[list[MatchingRow]]:
        """Every media in batches, ordered by SHA-256."""
        after = ""
        media = tables.media.c
        columns = [media[name] for name in _PRINT_COLUMNS]
        while True:
            with self._reading() as connection:
                chosen = select(*columns).where(media.sha256 > after).order_by(media.sha256).limit(batch)
                rows = connection.execute(chosen).mappings().all()
            if not rows:
                return
            yield [(row["sha256"], row["sha1"], row["md5"], fingerprints_from_row(dict(row))) for row in rows]
            after = rows[-1]["sha256"]

    def pdq_arrays(self, min_quality: int = 0) -> tuple[Any, Any]:
        """Every media with a PDQ of at least this quality: SHA-256s and hashes, each (n, 32) uint8; ordered by SHA-256."""
        import numpy as np

        media = tables.media.c
        sha256s, hashes = bytearray(), bytearray()
        chosen = select(media.sha256, media.pdq).where(media.pdq.is_not(None), media.pdq_quality >= min_quality)
        for row in self.stream(chosen.order_by(media.sha256)):
            sha256s += bytes.fromhex(row["sha256"])
            hashes += bytes.fromhex(row["pdq"])
        return np.frombuffer(sha256s, np.uint8).reshape(-1, 32), np.frombuffer(hashes, np.uint8).reshape(-1, 32)

    def stream(self, statement: Any) -> Iterator[Any]:
        """Rows of any selection, as mappings, a few thousand at a time."""
        with self._reading() as connection:
            yield from (
                connection.execution_options(stream_results=True, yield_per=_STREAM).execute(statement).mappings()
            )

    def rows(self, statement: Any) -> list[Any]:
        """All rows of a selection that is known to be short."""
        with self._reading() as connection:
            return list(connection.execute(statement).mappings().all())

    def current(self, name: str) -> int:
        """Number of the newest run that finished this stage (`match`, `group`, `queue`); 0 when none did."""
        chosen = select(func.max(tables.stage.c.run_id)).where(tables.stage.c.name == name)
        with self._reading() as connection:
            return int(connection.execute(chosen).scalar() or 0)

    def stage_details(self, name: str) -> dict[str, Any]:
        """What the newest finished stage of this name recorded of itself."""
        with self._reading() as connection:
            chosen = select(tables.stage.c.details).where(
                and_(tables.stage.c.name == name, tables.stage.c.run_id == self.current(name))
            )
            text = connection.execute(chosen).scalar()
        return dict(orjson.loads(text)) if text else {}

    def undigested(self) -> Iterator[Any]:
        """Places that are no part of any media, newest revision only, in any order: mappings with location_key, revision, path, size_bytes.

        They have no digest. A place with a digest whose media is missing would be among them too, so that it cannot get lost.
        """
        file, media = tables.media_file, tables.media
        statement = (
            select(file.c.location_key, file.c.revision, file.c.path, file.c.size_bytes)
            .select_from(file.outerjoin(media, file.c.sha256 == media.c.sha256))
            .where(and_(media.c.sha256.is_(None), self._is_newest()))
        )
        yield from self.stream(statement)

    def unreadable_count(self) -> int:
        """Number of places without a digest because they could not be read; links and devices, which were passed over, are none."""
        file, finding = tables.media_file.c, tables.finding.c
        same = and_(finding.location_key == file.location_key, finding.revision == file.revision)
        statement = (
            select(func.count(func.distinct(file.location_key)))
            .select_from(tables.media_file.join(tables.finding, same))
            .where(and_(file.sha256.is_(None), finding.outcome == Outcome.COULD_NOT_LOOK, self._is_newest()))
        )
        with self._reading() as connection:
            return int(connection.execute(statement).scalar_one())

    @staticmethod
    def _is_newest() -> Any:
        """That no later revision of the place is there."""
        file, later = tables.media_file, tables.media_file.alias()
        newer = select(later.c.revision).where(
            and_(later.c.location_key == file.c.location_key, later.c.revision > file.c.revision)
        )
        return not_(newer.exists())

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
        with self._reading() as connection:
            value = connection.execute(select(tables.meta.c.value).where(tables.meta.c.name == "custody_head")).scalar()
        return str(value or "")

    def telling_head(self) -> str:
        """`number:digest` of the last event that says more than that a report or an export was written; empty when there is none.

        So that an export that is written again names the same head, and is the same byte for byte.
        """
        log = tables.custody_event
        chosen = select(log.c.seq, log.c.digest).where(log.c.action.not_in(WRITTEN_OUT)).order_by(log.c.seq.desc())
        rows = self.rows(chosen.limit(1))
        return f"{rows[0]['seq']}:{rows[0]['digest']}" if rows else ""

    def case_id(self) -> str:
        """The number that the case was given when it was made; empty when the log does not say."""
        log = tables.custody_event.c
        found = self.rows(select(log.details).where(log.action == "case-made").order_by(log.seq).limit(1))
        return str(orjson.loads(found[0]["details"]).get("case", "")) if found else ""

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
        with self._reading() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


class SnapshotReader(CaseReader):
    """A case as it lay at one moment: everything is read on one connection.

    Args:
        case: The case. `connection`: in a transaction that sees one moment, see `case.covered.snapshot`.
    """

    def __init__(self, case: CaseReader, connection: Connection) -> None:
        super().__init__(case.engine, case.where)
        self._connection = connection

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reading_explained(self.where):
            yield self._connection


_PRINT_COLUMNS: Final = (
    "sha256", "sha1", "md5", "pdq", "pdq_quality", "pdq_nearest512", "pdq_nearest512_quality", "pdq_oriented", "pdq_oriented_quality",
    "pdq_dihedral",
)  # fmt: skip
