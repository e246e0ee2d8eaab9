"""Paths on the maker's machine that metadata carry by accident, and the user names within them: leads, no evidence of origin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import ClassVar, Final

from safelight.decode.content import Content
from safelight.model import Finding, JsonValue
from safelight.origin.texts import carried_texts

__all__ = ["PathsReader"]

_PART: Final = r"[^\x00-\x1f\"'<>|?*:,;\\/\s](?:[^\x00-\x1f\"'<>|?*:,;\\/]{0,120}[^\x00-\x1f\"'<>|?*:,;\\/\s])?"
_WINDOWS: Final = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z]:(?:(?:\\{{1,4}}|/){_PART}){{1,24}}")
_ROOTS: Final = "home|Users|root|mnt|media|Volumes|workspace|opt|srv|data|content|kaggle|runpod-volume"
_UNIX: Final = re.compile(rf"(?<![\w/.:\-])/(?:{_ROOTS})(?:/{_PART}){{1,24}}")
_USER: Final = re.compile(r"[\\/](?:home|Users|Documents and Settings)[\\/]([^\\/]{1,64})[\\/]")
_NOBODY: Final = frozenset({"public", "shared", "default", "all users", "user", "default user"})
_SIGNS: Final = (":\\", ":/", *(f"/{root}/" for root in _ROOTS.split("|")))
_TEXT_CHARS: Final = 4 << 20
_LISTED: Final = 100
_CHARS: Final = 400


class PathsReader:
    """Lists absolute paths of all texts of a file."""

    name: ClassVar[str] = "paths"
    version: ClassVar[str] = "1"
    looks_for: ClassVar[str] = (
        "absolute paths in metadata (graphs, parameters, editing history) and the user names in them"
    )
    silence_means: ClassVar[str] = "no path is there, as in most files"
    cost: ClassVar[str] = (
        "about 0.02 ms a file: texts that the metadata pass has found, the first 4 million characters of each"
    )
    source: ClassVar[str] = "the forms of absolute paths on Windows, macOS and Linux"
    checked_on: ClassVar[str] = (
        "forms of 3 systems built in the tests; what it finds in real files is a lead and was not counted"
    )
    where: ClassVar[str] = "every text of the metadata: graphs, parameters, editing history, XMP, EXIF"
    keys: ClassVar[str] = (
        "absolute paths of Windows, macOS and Linux; names after Users, home and Documents and Settings"
    )
    weighs: ClassVar[str] = "nothing: a lead to a machine and a person"
    survives: ClassVar[str] = "what the text survives that holds it"
    faked_by: ClassVar[str] = "writing any path into the metadata"

    def read(self, content: Content) -> Iterator[Finding]:
        """Yields one finding for the file, which supports nothing."""
        found: dict[str, str] = {}
        for _, text, where in carried_texts(content):
            if not any(sign in text for sign in _SIGNS):
                continue
            for pattern in (_WINDOWS, _UNIX):
                for match in islice(pattern.finditer(text, 0, _TEXT_CHARS), _LISTED):
                    # JSON within JSON doubles every backslash, each time anew.
                    found.setdefault(re.sub(r"\\+", lambda _: "\\", match[0])[:_CHARS], where)
        if not found:
            return
        paths = list(found)[:_LISTED]
        named = (user[1] for path in found if (user := _USER.search(path)) is not None)
        users = [user for user in dict.fromkeys(named) if user.lower() not in _NOBODY][:_LISTED]
        details: dict[str, JsonValue] = {"host_paths": list[JsonValue](paths)}
        if users:
            details["user"] = users[0] if len(users) == 1 else list[JsonValue](users)
        yield Finding(
            reader=self.name,
            version=self.version,
            what=f"Metadata name {len(found)} place{'s' * (len(found) > 1)} on a computer, as a lead to who made the file.",
            where=found[paths[0]],
            could_be_faked_by="writing any path into the metadata",
            does_not_show="That the file was made on that computer: texts are copied from file to file, and programs carry paths of their makers.",
            details=details,
        )
