"""The real command, for the tests that run it on a whole tree."""

from __future__ import annotations

from tests.pipeline.conftest import environment, run

__all__ = ["environment", "run"]
