"""What earlier runs left unread and this one may read: folders that could not be listed, and archives left at a bound that was raised since.

Such an archive, and every one around it, is opened again; members that are in the case already are passed over as in any resumed run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import orjson
from sqlalchemy import and_, select

from safelight.case import tables
from safelight.case.newest import newest_files
from safelight.case.read import CaseReader
from safelight.case.record import location_from_row
from safelight.decode.limits import Limits
from safelight.model import Location, MediaFile, Outcome

__all__ = ["Again"]

_READER_OF_ARCHIVES: Final = "archive"


@dataclass(slots=True)
class Again:
    """Places to be met again. Empty for a new case; as large as what was left unread, not as the case.

    Attributes:
        keys: Of places that are not done although their newest revision says so.
        folders: By source, folders that could not be listed, as `evidence.walk` takes them.
        stops: By key of the archive, places inside it where reading stopped; those that are not met again are over.
    """

    keys: set[bytes] = field(default_factory=set)
    folders: dict[bytes, set[bytes]] = field(default_factory=dict)
    stops: dict[bytes, dict[bytes, MediaFile]] = field(default_factory=dict)

    @classmethod
    def of(cls, case: CaseReader, limits: Limits) -> Again:
        """Finds them.

        Args:
            case: Open. `limits`: those now in force.
        """
        made, file, finding = cls(), newest_files(), tables.finding.c
        same = and_(finding.location_key == file.c.location_key, finding.revision == file.c.revision)
        chosen = (
            select(file.c.source, file.c.parts, file.c.sha256, finding.reader, finding.outcome, finding.details)
            .select_from(tables.finding.join(file, same))
            .where(finding.outcome.in_((Outcome.COULD_NOT_LOOK, Outcome.DID_NOT_RUN)))
        )
        for row in case.stream(chosen):
            location = location_from_row(row)
            if row["reader"] == _READER_OF_ARCHIVES:
                if _is_raised(orjson.loads(row["details"]), limits):
                    made._archive(location, bare=row["sha256"] is None)
            elif row["outcome"] == Outcome.COULD_NOT_LOOK and location.depth == 0 and location.parts[0].endswith(b"/"):
                made.folders.setdefault(location.source, set()).add(location.parts[0])
        return made

    def _archive(self, location: Location, *, bare: bool) -> None:
        around = [Location(location.source, location.parts[:count]) for count in range(1, len(location.parts))]
        self.keys.update(place.key for place in (*around, location))
        if bare and around:
            self.stops.setdefault(around[-1].key, {})[location.key] = MediaFile(location=location)


def _is_raised(details: dict[str, object], limits: Limits) -> bool:
    """Whether a finding names a bound that is higher now."""
    now, then = getattr(limits, str(details.get("bound")), None), details.get("limit")
    return isinstance(now, int | float) and isinstance(then, int | float) and now > then
