from __future__ import annotations
from safelight.case.verify import verify
from tests.case.conftest import Database
from tests.case.records import fill


def test_try(database: Database) -> None:
    with database.write() as case:
        fill(case)
    with database.read() as case:
        print(verify(case))
        assert not verify(case).breaks
