"""The first stage: every file of every source, and every member of every archive, through the wall and into the case.

The order of work is: pull the next entry, hand its descriptor to the wall, take replies, store them in batches. An
archive is first examined like any other file; when its reply says that it is an archive its members become entries.
Its row stays open until all of them are stored, so that a killed run opens it again and skips the members it has.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from safelight.case.case import Case
from safelight.case.record import FileRecord
from safelight.decode.limits import Limits
from safelight.decode.wall import Reply, Wall
from safelight.evidence import FileEntry, Nest, Problem, may_open, members, not_opened, read_on, walk
from safelight.model import Examination, Finding, MediaFile, MediaKind, Outcome
from safelight.origin.opinion import weigh
from safelight.pipeline.again import Again
from safelight.pipeline.progress import Progress, StageCount

__all__ = ["Intake"]

_BATCH_FILES = 500
_BATCH_SECONDS = 5.0
_WALK_CHUNK = 256
_READER = "evidence"
_VERSION = "1"


@dataclass(slots=True)
class _Archive:
    """An archive whose members are being taken in."""

    entry: FileEntry
    parent: _Archive | None
    depth: int
    nest: Nest
    waiting: int = 0
    exhausted: bool = False
    members: Iterator[FileEntry | Problem] | None = None


@dataclass(slots=True)
class _Pending:
    """What was handed to the wall and has not come back."""

    entry: FileEntry
    archive: _Archive | None


@dataclass(slots=True)
class _Batch:
    records: list[FileRecord] = field(default_factory=list)
    finished: list[bytes] = field(default_factory=list)
    sha256s: set[str] = field(default_factory=set)
    started: float = 0.0


class Intake:
    """Takes sources into a case.

    Args:
        case: Open for writing.
        limits: The limits that bound archives.
        progress: Told about every batch.
        resumed: Whether the case held files before, so that each entry must be looked up.
    """

    def __init__(self, case: Case, limits: Limits, progress: Progress, *, resumed: bool) -> None:
        self.count = StageCount("reading")
        self._case = case
        self._run_id = 0
        self._limits = limits
        self._progress = progress
        self._resumed = resumed
        self._again = Again.of(case, limits) if resumed else Again()
        self._batch = _Batch(started=time.monotonic())
        self._pending: dict[int, _Pending] = {}
        self._found: list[_Archive] = []
        self._open: list[_Archive] = []
        self._token = 0

    def known(self, sha256: str) -> bool:
        """Whether this content is in the case already, or waits in the batch to be stored."""
        return sha256 in self._batch.sha256s or self._case.has_media(sha256)

    def run(self, wall: Wall, run_id: int, sources: Sequence[bytes]) -> None:
        """Takes in every source. On any exception, what came back so far is stored before it goes on its way up.

        Args:
            wall: Started, with `known` of this object as its `known`.
            run_id: The run that the rows belong to.
            sources: Absolute paths.
        """
        self._run_id = run_id
        feed = self._files(sources)
        try:
            self._loop(wall, feed)
        finally:
            self._flush()
            for archive in (*self._open, *self._found):
                archive.entry.close()

    def _loop(self, wall: Wall, feed: Iterator[FileEntry | Problem]) -> None:
        more = True
        while True:
            while more and wall.room > 0:
                more = self._submit_next(wall, feed)
            if wall.outstanding == 0 and not self._found and not self._open and not more:
                return
            replies = wall.wait(0.5) if wall.outstanding else []
            self.count.bytes_done = wall.bytes_read
            for reply in replies:
                self._take(reply)
            # A reply can open an archive after the last file was handed out.
            more = more or bool(self._found) or bool(self._open)
            self._flush_if_due()

    def _submit_next(self, wall: Wall, feed: Iterator[FileEntry | Problem]) -> bool:
        """Hands one more entry to the wall; False when there is none at present."""
        archive, entry = self._next(wall, feed)
        if entry is None:
            return False
        if archive:
            archive.waiting += 1
        if isinstance(entry, Problem):
            if archive:
                stops = self._again.stops.get(archive.entry.media_file.location.key, {})
                stops.pop(entry.media_file.location.key, None)
            self._store_problem(entry.media_file, entry.findings, archive)
            return True
        if entry.digests is not None:
            self._store_digests_only(entry, archive)
            return True
        try:
            descriptor = entry.open()
        except OSError as error:
            self._store_problem(entry.media_file, (_unreadable(error),), archive)
            entry.close()
            return True
        self._token += 1
        self._pending[self._token] = _Pending(entry, archive)
        wall.submit(self._token, descriptor)
        return True

    def _next(
        self, wall: Wall, feed: Iterator[FileEntry | Problem]
    ) -> tuple[_Archive | None, FileEntry | Problem | None]:
        """The next entry: members of the deepest open archive first, then deeper archives, then the sources.

        An archive is opened only while every open one lies around it, so that at most `archive_depth` are open at once
        and the memory of members in wait stays bounded.
        """
        while True:
            depth = self._open[-1].depth if self._open else -1
            deeper = next((archive for archive in self._found if archive.depth > depth), None)
            if deeper is not None:
                self._found.remove(deeper)
                self._start(wall, deeper)
                continue
            if not self._open:
                return None, next(feed, None)
            archive = self._open[-1]
            assert archive.members is not None
            entry = next(archive.members, None)
            if entry is not None:
                if self._already_done(entry):
                    continue
                return archive, entry
            for place in self._again.stops.pop(archive.entry.media_file.location.key, {}).values():
                problem = read_on(place)
                self._add(FileRecord(place, None, None, None, problem.findings, done=True))
            self._open.pop()
            archive.exhausted = True
            self._settle(archive)

    def _start(self, wall: Wall, archive: _Archive) -> None:
        if archive.nest.reached:
            archive.members = iter((not_opened(archive.entry.media_file, archive.nest),))
            self._open.append(archive)
            return
        try:
            descriptor = archive.entry.open()
        except OSError as error:
            self._add(FileRecord(archive.entry.media_file, None, None, None, (_unreadable(error),), done=False))
            archive.exhausted = True
            self._settle(archive)
            return
        archive.members = members(archive.entry.media_file, wall.unpack(descriptor), archive.nest)
        self._open.append(archive)

    def _settle(self, archive: _Archive | None) -> None:
        """Marks an archive as done once its last member is stored, and then the archive around it."""
        while archive is not None and archive.exhausted and archive.waiting == 0:
            self._batch.finished.append(archive.entry.media_file.location.key)
            archive.entry.close()
            archive = archive.parent
            if archive is not None:
                archive.waiting -= 1

    def _take(self, reply: Reply) -> None:
        pending = self._pending.pop(reply.token)
        entry, archive = pending.entry, pending.archive
        digests, examination = reply.digests, reply.examination
        sha256 = digests.sha256 if digests else None
        kind = examination.kind if examination else None
        if examination is None and sha256 is not None and self._is_archive(sha256):
            kind = MediaKind.ARCHIVE
        opens = kind is MediaKind.ARCHIVE and may_open(entry.media_file.location, self._limits)
        # What the archive said of a member (damaged, read in part) stands beside what reading it said.
        findings = (*entry.findings, *reply.findings)
        if kind is MediaKind.ARCHIVE and not opens:
            findings = (*findings, _too_deep(self._limits))
        opinion = weigh(examination.findings) if examination else None
        again = opens and entry.media_file.location.key in self._again.keys
        self._add(FileRecord(entry.media_file, sha256, examination, opinion, findings, done=not opens, again=again))
        self.count.done += 1
        if opens:
            # Its own place in the outer archive is settled only once its members are.
            nest = archive.nest if archive else Nest(digests.size_bytes if digests else 0, self._limits)
            self._found.append(_Archive(entry, archive, entry.media_file.location.depth, nest))
            return
        entry.close()
        self._leave(archive)

    def _leave(self, archive: _Archive | None) -> None:
        if archive is not None:
            archive.waiting -= 1
            self._settle(archive)

    def _is_archive(self, sha256: str) -> bool:
        for record in self._batch.records:
            if record.sha256 == sha256 and record.examination is not None:
                return record.examination.kind is MediaKind.ARCHIVE
        return self._case.media_kind(sha256) is MediaKind.ARCHIVE

    def _store_problem(self, media_file: MediaFile, findings: tuple[Finding, ...], archive: _Archive | None) -> None:
        self._add(FileRecord(media_file, None, None, None, findings, done=True))
        self.count.done += 1
        self._leave(archive)

    def _store_digests_only(self, entry: FileEntry, archive: _Archive | None) -> None:
        """A member too large to be held in memory: the unpacking worker digested it, nothing else was done."""
        assert entry.digests is not None
        sha256, sha1, md5 = entry.digests
        finding = _too_large()
        examination = Examination(
            sha256=sha256,
            sha1=sha1,
            md5=md5,
            size_bytes=entry.media_file.size_bytes or 0,
            findings=(finding, *entry.findings),
        )
        self._add(FileRecord(entry.media_file, sha256, examination, weigh(examination.findings), (), done=True))
        self.count.done += 1
        entry.close()
        self._leave(archive)

    def _files(self, sources: Sequence[bytes]) -> Iterator[FileEntry | Problem]:
        for source in dict.fromkeys(sources):
            entries = walk(source, self._again.folders.get(source, ()))
            while chunk := list(islice(entries, _WALK_CHUNK)):
                done = self._done_keys(chunk)
                for entry in chunk:
                    if entry.media_file.location.key in done:
                        self.count.skipped += 1
                        self.count.bytes_skipped += entry.media_file.size_bytes or 0
                    else:
                        yield entry

    def _already_done(self, entry: FileEntry | Problem) -> bool:
        if entry.media_file.location.key not in self._done_keys([entry]):
            return False
        self.count.skipped += 1
        if isinstance(entry, FileEntry):
            entry.close()
        return True

    def _done_keys(self, entries: Sequence[FileEntry | Problem]) -> set[bytes]:
        """Places that need not be read again; one that cannot be read now is not among them, whatever was said of it before."""
        if not self._resumed:
            return set()
        files = [entry.media_file for entry in entries if isinstance(entry, FileEntry) or not _is_unread(entry)]
        return self._case.done_keys(files) - self._again.keys

    def _add(self, record: FileRecord) -> None:
        self._batch.records.append(record)
        if record.examination is not None:
            self._batch.sha256s.add(record.examination.sha256)
        problems = (*record.findings, *(record.examination.findings if record.examination else ()))
        if any(finding.outcome is Outcome.COULD_NOT_LOOK for finding in problems):
            self.count.problems += 1
        self._flush_if_due()

    def _flush_if_due(self) -> None:
        self._progress.update(self.count)
        if len(self._batch.records) >= _BATCH_FILES or time.monotonic() - self._batch.started >= _BATCH_SECONDS:
            self._flush()

    def _flush(self) -> None:
        """Stores the batch; the rows of an archive are marked done in the same transaction as its last members."""
        batch, self._batch = self._batch, _Batch(started=time.monotonic())
        if batch.records or batch.finished:
            self._case.record(self._run_id, batch.records, finished=batch.finished)


def _is_unread(problem: Problem) -> bool:
    return any(finding.outcome is Outcome.COULD_NOT_LOOK for finding in problem.findings)


def _unreadable(error: OSError) -> Finding:
    return Finding(
        reader=_READER,
        version=_VERSION,
        outcome=Outcome.COULD_NOT_LOOK,
        what=f"The file could not be opened: {error.strerror or error}. Its name, size and times are kept.",
        does_not_show="Nothing is known about its content.",
        details={"errno": error.errno},
    )


def _too_deep(limits: Limits) -> Finding:
    return Finding(
        reader="archive",
        version=_VERSION,
        outcome=Outcome.DID_NOT_RUN,
        what=f"The archive lies {limits.archive_depth} archives deep: digested, not opened. "
        "To open it, raise archive_depth and run again.",
        does_not_show="Nothing is known about its members.",
        details={"bound": "archive_depth", "limit": limits.archive_depth},
    )


def _too_large() -> Finding:
    return Finding(
        reader="archive",
        version=_VERSION,
        outcome=Outcome.DID_NOT_RUN,
        what="The member is too large to be held in memory; it was digested and not examined. Unpack it and run triage on it.",
        does_not_show="Nothing is known about its content beyond its digests.",
    )
