"""Evidence: files, folders and archives, opened read-only.

In: the path of a source. Out: every file in it as a `FileEntry` that can be opened, and every place that cannot as a `Problem`. It must
never write, follow a link, open a device or a pipe, or leave a name out.
"""

from __future__ import annotations

from safelight.evidence.entry import FileEntry, Problem
from safelight.evidence.files import open_below, walk
from safelight.evidence.members import may_open, members, not_opened, read_on
from safelight.evidence.nest import Nest
from safelight.evidence.opening import file_at

__all__ = [
    "FileEntry",
    "Nest",
    "Problem",
    "file_at",
    "may_open",
    "members",
    "not_opened",
    "open_below",
    "read_on",
    "walk",
]
