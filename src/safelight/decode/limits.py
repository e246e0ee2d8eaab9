"""The limits that a worker lives under. The defaults let a real 200-megapixel HEIC pass."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one file, and for one archive.

    Attributes:
        memory_bytes: Address space of a worker (RLIMIT_AS).
        cpu_s: CPU seconds a worker may spend on one file.
        wall_s: Seconds after which the parent kills a worker that has not answered for one file.
        pixels: Pixels of one frame above which no decoding is tried.
        content_bytes: Size up to which a file is held in memory whole; a larger one is digested, and its metadata are read where they lie.
        metadata_bytes: Total of decompressed metadata of one file that is kept; `metadata_blocks`: number of blocks.
        reply_bytes: Size of one reply to the parent.
        archive_depth: How many archives inside one another are opened.
        archive_ratio: Unpacked bytes for each packed byte above which an archive is a bomb (counted past 16 MiB).
        archive_total_bytes: Unpacked bytes of one outermost archive; `archive_members`: its number of members.
        member_bytes: Size up to which one archive member is held in memory; a larger one is digested only.
    """

    memory_bytes: int = 6 << 30
    cpu_s: int = 60
    wall_s: float = 120.0
    pixels: int = 300_000_000
    content_bytes: int = 512 << 20
    metadata_bytes: int = 32 << 20
    metadata_blocks: int = 4096
    reply_bytes: int = 16 << 20
    archive_depth: int = 5
    archive_ratio: int = 200
    archive_total_bytes: int = 64 << 30
    archive_members: int = 1_000_000
    member_bytes: int = 512 << 20
