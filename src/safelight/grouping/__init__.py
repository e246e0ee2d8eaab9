"""Groups: what belongs together.

In: fingerprints. Out: groups, each with a representative. It must never let a group drift: a member that is near another member but
not near the representative does not belong, and it must never say that what looks alike shows the same thing.
"""

from __future__ import annotations

from safelight.grouping.near import NearGroups, near_duplicates

__all__ = ["NearGroups", "near_duplicates"]
