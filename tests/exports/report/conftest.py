"""A case that is made once for all tests of the report."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.exports.report.cases import build

from safelight.case.case import Case
from safelight.exports.report.facts import Facts, gather


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished case with everything in it."""
    return build(tmp_path_factory.mktemp("whole") / "case")


@pytest.fixture(scope="session")
def case(whole: Path) -> Iterator[Case]:
    """That case, open for reading."""
    with Case.open(whole) as opened:
        yield opened


@pytest.fixture(scope="session")
def facts(case: Case) -> Facts:
    """Its facts."""
    return gather(case)
