"""One file on its way through the examining workers, and how it is tried again after it broke one."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from safelight.decode.breaches import breach_finding, stage_name
from safelight.decode.hub import Loss
from safelight.decode.limits import Limits
from safelight.decode.process import WorkerProcess
from safelight.decode.stages import FIRST_READER_STAGE, STAGE_FINGERPRINT, STAGE_GATHER
from safelight.decode.work import Digests, Reply
from safelight.model import Examination, Finding, Outcome, ReaderRun

if TYPE_CHECKING:
    from safelight.decode.replies import CheckedDigests, CheckedExamination

__all__ = ["Job", "Seat", "examined", "only_digested", "plain_digests", "prepare_next_try"]

_MOST_LOSSES: Final = 3


@dataclass(slots=True, eq=False)
class Job:
    """One submitted file.

    Attributes:
        token: The caller's. `number`: ours, in the protocol. `descriptor`: owned until the file is answered for.
        size_bytes: As the file system states it.
        skip: Parts of the examination that are left out because they took a worker down.
        digest_only: Whether nothing but digesting is tried any more.
        losses: Workers that it took down. `breaches`: the findings for that.
        digests: As first computed. `digested`: whether the present worker has sent them.
        go: Whether the present worker was told to examine it. `progress_left`: signs of life still accepted while it reads.
        read_bytes: As far as the present worker says that it has read. `counted_bytes`: the most that any has.
    """

    token: int
    number: int
    descriptor: int
    size_bytes: int
    skip: set[int] = field(default_factory=set)
    digest_only: bool = False
    losses: int = 0
    breaches: list[Finding] = field(default_factory=list)
    digests: CheckedDigests | None = None
    digested: bool = False
    go: bool = False
    progress_left: int = 0
    read_bytes: int = 0
    counted_bytes: int = 0


@dataclass(slots=True, eq=False)
class Seat:
    """One examining worker and the files that it holds, the one it works on first.

    Attributes:
        ready: Whether it has locked itself in. `retiring`: whether it gets no more files. `files`: examined so far.
    """

    worker: WorkerProcess
    ready: bool = False
    retiring: bool = False
    files: int = 0
    jobs: deque[Job] = field(default_factory=deque)


def prepare_next_try(job: Job, loss: Loss, readers: Sequence[tuple[str, str]], limits: Limits) -> bool:
    """Decides how the file that took a worker down is tried again, and adds the finding; false when it is not tried again.

    The part that broke is left out next time; after three losses every part is, so that only the format is told again. A file
    that broke its worker before it was digested is only digested. A worker that was killed from outside says nothing against
    the file, which is then tried once more as it is.
    """
    stage = loss.death.stage
    part = stage_name(stage, readers)
    parts = {STAGE_FINGERPRINT, STAGE_GATHER, *range(FIRST_READER_STAGE, FIRST_READER_STAGE + len(readers))}
    job.losses += 1
    if loss.cause == "ended" and loss.death.signal == "SIGKILL" and job.losses == 1:
        return True
    if job.digests is None and not job.digest_only:
        job.digest_only = True
        kept = "It was digested in a fresh worker and not examined."
    elif job.digests is not None and stage in parts - job.skip and job.losses < _MOST_LOSSES:
        job.skip.add(stage)
        kept = "The file was examined again without it."
    elif job.digests is not None and not parts <= job.skip:
        job.skip |= parts
        kept = "Only its format was told again."
    else:
        kept = "Its digests are kept." if job.digests else "Nothing but its name, size and times is kept."
        job.breaches.append(breach_finding(loss, limits, part, kept))
        return False
    job.breaches.append(breach_finding(loss, limits, part, kept))
    return True


def examined(job: Job, digests: CheckedDigests, found: CheckedExamination) -> Reply:
    """The reply for a file that was examined."""
    examination = Examination(
        sha256=digests.sha256,
        sha1=digests.sha1,
        md5=digests.md5,
        size_bytes=digests.size_bytes,
        media_type=found.media_type,
        kind=found.kind,
        width_px=found.width_px,
        height_px=found.height_px,
        frames=found.frames,
        fingerprints=found.fingerprints,
        findings=(*found.findings, *job.breaches),
        runs=found.runs,
    )
    return Reply(token=job.token, digests=plain_digests(digests), examination=examination, findings=digests.findings)


def only_digested(job: Job, digests: CheckedDigests, readers: Sequence[tuple[str, str]]) -> Reply:
    """The reply for a file of which only the digests could be had."""
    examination = Examination(
        sha256=digests.sha256,
        sha1=digests.sha1,
        md5=digests.md5,
        size_bytes=digests.size_bytes,
        findings=tuple(job.breaches),
        runs=tuple(ReaderRun(name, version, Outcome.DID_NOT_RUN) for name, version in readers),
    )
    return Reply(token=job.token, digests=plain_digests(digests), examination=examination, findings=digests.findings)


def plain_digests(digests: CheckedDigests) -> Digests:
    """The digests alone."""
    return Digests(digests.sha256, digests.sha1, digests.md5, digests.size_bytes)
