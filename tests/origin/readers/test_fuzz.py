"""Mutants of every carrier through every reader: nothing raises, nothing takes long."""

from __future__ import annotations

from typing import Any

import pytest
from tests.origin.readers.fuzzing import fuzzed

from safelight.origin.readers import READERS

MUTANTS = 1500
SLOW_S = 20.0


@pytest.mark.parametrize("reader_type", list(READERS), ids=lambda reader_type: reader_type.name)
def test_mutants(reader_type: Any) -> None:
    done = fuzzed(reader_type(), MUTANTS, 7)
    assert done.slowest_s < SLOW_S
