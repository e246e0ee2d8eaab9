"""The schema: frozen revisions, the same tables on both databases, and refusal of what is no case of this version."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from tests.case.records import fill
from tests.databases import Database

from safelight.case.schema import SCHEMA, upgrade
from safelight.case.tables import METADATA
from safelight.case.verify import verify
from safelight.errors import CaseError


def test_the_migrations_make_exactly_the_tables(database: Database) -> None:
    database.write().close()
    engine = database.engine()
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True, "target_metadata": METADATA}
        )
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_text_is_in_the_order_of_its_bytes(database: Database) -> None:
    database.write().close()
    engine = database.engine()
    names = ["Z", "a", "É", "é", "B-2", "B1"]
    with engine.begin() as connection:
        for name in names:
            connection.execute(text("INSERT INTO meta VALUES (:name, '')"), {"name": name})
        rows = (
            connection.execute(text("SELECT name FROM meta WHERE name <> 'custody_head' ORDER BY name")).scalars().all()
        )
    engine.dispose()
    assert rows == sorted(names, key=str.encode)


def test_the_newest_revision_is_the_one_that_the_code_names() -> None:
    config = Config()
    config.set_main_option("script_location", "safelight.case:migrations")
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == SCHEMA


def test_a_second_opening_has_nothing_to_upgrade(database: Database) -> None:
    database.write().close()
    engine = database.engine()
    assert upgrade(engine) is None
    engine.dispose()


@pytest.mark.parametrize("read_only", [True, False])
def test_a_newer_schema_is_refused_and_left_alone(database: Database, read_only: bool) -> None:
    with database.write() as case:
        fill(case)
    engine = database.engine()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CaseError, match="newer version of Safelight") as caught:
        database.read() if read_only else database.write()
    assert "9999" in caught.value.what and caught.value.advice
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()


def test_an_older_schema_is_not_read_as_if_it_were_new(database: Database) -> None:
    database.write().close()
    engine = database.engine()
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    with pytest.raises(CaseError, match="older version of Safelight"):
        database.read()


@pytest.mark.parametrize("read_only", [True, False])
def test_a_database_of_somebody_else_is_refused_and_left_alone(database: Database, read_only: bool) -> None:
    database.directory.mkdir()
    engine = database.engine()
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE address (name TEXT)"))
    with pytest.raises(CaseError, match=r"holds no case|not a case"):
        database.read() if read_only else database.write()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM address")).scalar() == 0
        assert not connection.dialect.has_table(connection, "media")
    engine.dispose()


_CUT_OFF = """
import os, sys
from pathlib import Path
from sqlalchemy import Engine, event
from safelight.case.case import Case

@event.listens_for(Engine, "before_cursor_execute")
def cut_off(connection, cursor, statement, *rest):
    if statement.startswith("CREATE TRIGGER finding"):
        os._exit(9)

Case.create_or_open(Path(sys.argv[1]), url=sys.argv[2] or None)
"""


def test_a_kill_while_the_case_is_made_leaves_nothing_that_stands_in_the_way(database: Database) -> None:
    words = [sys.executable, "-c", _CUT_OFF, str(database.directory), database.url or ""]
    assert subprocess.run(words, check=False).returncode == 9
    engine = database.engine()
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == []
    engine.dispose()
    with pytest.raises(CaseError, match="holds no case"):
        database.read()
    with database.write() as case:
        fill(case)
        assert verify(case).breaks == ()
