"""Mutated files of every container: nothing raises, nothing exceeds its limits, nothing takes long."""

from __future__ import annotations

import time
from itertools import islice

import pytest
from tests.decode.containers.media import MEDIA
from tests.decode.containers.mutation import looked_at_whole, walker_mutants
from tests.decode.containers.samples import SAMPLES

ALL = SAMPLES | MEDIA
MUTANTS = 2000
SLOW_S = 20.0


@pytest.mark.parametrize("name", ALL)
def test_samples_themselves_are_read_without_a_problem(name: str) -> None:
    found = looked_at_whole(ALL[name])
    assert not found.problems
    assert found.blocks or found.exif


@pytest.mark.parametrize("name", ALL)
def test_mutants(name: str) -> None:
    slowest = 0.0
    for data in islice(walker_mutants(ALL[name], list(ALL.values()), name), MUTANTS):
        start = time.process_time()
        looked_at_whole(data)
        slowest = max(slowest, time.process_time() - start)
    assert slowest < SLOW_S


@pytest.mark.parametrize("name", ALL)
def test_every_cut(name: str) -> None:
    data = ALL[name]
    for end in range(0, len(data), max(1, len(data) // 400)):
        looked_at_whole(data[:end])
