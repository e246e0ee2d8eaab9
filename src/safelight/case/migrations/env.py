"""What Alembic runs: the connection comes from `safelight.case.schema`."""

from __future__ import annotations

from alembic import context

from safelight.case.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
