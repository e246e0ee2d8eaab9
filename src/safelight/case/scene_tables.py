"""The tables of local features, and of the links between pictures that share part of a scene.

`local_features.packed` is what `safelight.fingerprint.features` packs; `form` names its layout. A picture whose pixels were read has one
row, also where no feature was found. `scene_link.sha256` is the generated, edited or undetermined picture and `other` what it was linked
to; `share` is the part of the first, `other_share` that of the second, that agrees, 0 to 1. `details` is JSON: see `safelight.case.scenes`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Integer, LargeBinary, Table

from safelight.case.columns import METADATA, SHA256, TEXT, word

__all__ = ["local_features", "scene_link"]

local_features = Table(
    "local_features",
    METADATA,
    Column("sha256", SHA256, primary_key=True),
    Column("form", word(16), nullable=False),
    Column("packed", LargeBinary, nullable=False),
    Column("run_id", BigInteger, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)

scene_link = Table(
    "scene_link",
    METADATA,
    Column("run_id", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", word(24), nullable=False),
    Column("sha256", SHA256, nullable=False, index=True),
    Column("other", SHA256, nullable=False, index=True),
    Column("inliers", Integer, nullable=False),
    Column("share", Float(53), nullable=False),
    Column("other_share", Float(53), nullable=False),
    Column("details", TEXT, nullable=False),
    Column("event", BigInteger, nullable=False, index=True),
)
