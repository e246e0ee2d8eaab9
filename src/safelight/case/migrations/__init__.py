"""Alembic migrations of a case, run by `safelight.case.schema` and never by hand."""
