"""Fixtures that every room's tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["tests.databases"]

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The developers' shared sample data beside the checkout; tests that use it are skipped where it is absent."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "carriers" / "manifest.csv").is_file():
        pytest.skip("the shared sample data is not beside this checkout")
    return folder
