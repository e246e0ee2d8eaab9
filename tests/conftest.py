"""Fixtures that every room's tests share."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes says something about the machine and its load, not about the code.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

pytest_plugins = ["tests.databases"]

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The developers' shared sample data beside the checkout; tests that use it are skipped where it is absent."""
    folder = REPOSITORY.parent / "shared"
    if not (folder / "carriers" / "manifest.csv").is_file():
        pytest.skip("the shared sample data is not beside this checkout")
    return folder


_LIMITS = (
    resource.RLIMIT_AS,
    resource.RLIMIT_CPU,
    resource.RLIMIT_FSIZE,
    resource.RLIMIT_NOFILE,
    resource.RLIMIT_NPROC,
)


@pytest.fixture(autouse=True)
def _limits_are_left_as_they_were() -> Iterator[None]:
    """A limit of a worker that a test puts on its own process ends that process later, in the middle of another test."""
    before = [resource.getrlimit(limit) for limit in _LIMITS]
    yield
    after = [resource.getrlimit(limit) for limit in _LIMITS]
    for limit, (soft, _), (_, hard) in zip(_LIMITS, before, after, strict=True):
        resource.setrlimit(limit, (soft, hard))
    assert after == before, "the test changed the limits of the process that runs all tests"
