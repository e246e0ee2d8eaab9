"""What an earlier export of the report left: an annex must never lie beside a report that it does not belong to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from safelight.errors import OutputError
from safelight.exports.manifest import read_manifest

__all__ = ["annex_beside", "refuse_earlier_annex", "set_aside"]

_MANIFEST: Final = "manifest.json"
_ASIDE: Final = "earlier-report"
_REPORTS: Final = ("report.html", "report.pdf")


def annex_beside(paths: Sequence[Path]) -> Path:
    """Where the annex of these reports goes when it is a file of its own."""
    return paths[0].with_name(f"{paths[0].stem}-annex.html")


def refuse_earlier_annex(paths: Sequence[Path]) -> None:
    """For an export whose annex is in the report, or that has none.

    Raises:
        OutputError: The annex of an earlier one lies where that of these reports would.
    """
    annex = annex_beside(paths)
    if annex.exists():
        raise OutputError(
            f"{annex} is there from an older export, and this report has no annex beside it.",
            kept="Nothing was written.",
            advice="Move it away, or name another place with -o: parts of two exports must not lie together.",
        )


def set_aside(directory: Path) -> Path | None:
    """Moves an exported report, where one lies beside the case, into a folder of its own, whole, so that a newer one can take its place.

    Its manifest still tells of it there. A report that a run wrote has no manifest and no annex, and is replaced.

    Returns:
        The folder; None when there is no such export.

    Raises:
        OutputError: It cannot be moved.
    """
    annex, manifest = annex_beside([directory / _REPORTS[0]]), directory / _MANIFEST
    moved = [annex] if annex.is_file() else []
    folder = next(path for number in count(1) if not (path := directory / f"{_ASIDE}-{number}").exists())
    try:
        found = read_manifest(manifest) if manifest.is_file() else None
        if found is not None and found.get("format") == "report":
            listed = found.get("files")
            named = (
                [each.get("name") for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
            )
            # By their names here: a manifest that was changed must not move anything else away.
            moved += [path for name in _REPORTS if name in named and (path := directory / name).is_file()] + [manifest]
        if not moved:
            return None
        folder.mkdir()
        for path in moved:
            path.rename(folder / path.name)
    except OSError as error:
        raise OutputError(
            f"The exported report in {directory} could not be moved to {folder.name}: {error.strerror or error}.",
            kept="It is still there, in one place or the other.",
            advice="Move it away, and call again.",
        ) from error
    return folder
