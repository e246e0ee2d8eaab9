"""Whatever is changed in the database of a case is named: every table, every event, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, LargeBinary, Table, delete, insert, select, text, update
from tests.case.records import begin, fill, record
from tests.databases import Database

from safelight.case import tables
from safelight.case.case import Case
from safelight.case.covered import raw_rows
from safelight.case.verify import Verification, verify
from safelight.custody.chain import Break

COVERED = [str(table.name) for table in tables.COVERED]


@pytest.fixture
def lone(tmp_path: Path) -> Iterator[Database]:
    """A place for a case on SQLite alone."""
    with closing(Database(tmp_path / "case", None)) as place:
        yield place


def check(database: Database) -> Verification:
    return database.check()


class Tampering:
    """What somebody does who can write to the database and has taken the triggers away."""

    def __init__(self, database: Database) -> None:
        self._engine = database.outside

    def __enter__(self) -> Connection:
        self._context = self._engine.connect()
        connection = self._context.__enter__()
        self._triggers: list[str] = []
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            return connection
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA synchronous = OFF")
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, sql in found:
            connection.execute(text(f"DROP TRIGGER {name}"))
            self._triggers.append(sql)
        return connection

    def __exit__(self, *error: object) -> None:
        for sql in self._triggers:
            self._context.execute(text(sql))
        self._context.commit()
        self._context.close()


def first_row(connection: Connection, table: Table) -> dict[str, Any]:
    order = [table.c[name] for name in tables.ORDER[str(table.name)]]
    return dict(connection.execute(select(table).order_by(*order).limit(1)).mappings().one())


def this(table: Table, row: dict[str, Any]) -> Any:
    where = True
    for column in table.primary_key:
        where = (column == row[column.name]) & where
    return where


def other_value(column: Any, value: Any) -> Any:
    if isinstance(value, bytes) or (value is None and isinstance(column.type, LargeBinary)):
        return b"0123456789abcdef"
    if isinstance(value, float):
        return value + 1e-9
    if isinstance(value, int) or (value is None and column.type.python_type is int):
        return 7_777_777 if value is None else value + (9_000 if column.primary_key else 1)
    return "x" if value is None else (value + "x" if len(value) < 8 else "x" + value[1:])


def places(found: Verification) -> str:
    return "\n".join(f"{item.where}: {item.what}" for item in found.breaks)


def test_a_case_that_nobody_touched_is_whole(filled: Database) -> None:
    found = check(filled)
    assert found.breaks == ()
    with filled.read() as case:
        counts = {table.name: len(case.rows(select(table))) for table in tables.COVERED}
        assert found.rows == sum(counts.values())
        assert min(counts.values()) > 0, "every table is put to the test"
        assert found.head == case.head() == f"{found.events}:{list(case.events())[-1].digest}"


def test_a_change_in_any_column_is_named_with_its_table_and_event(filled: Database) -> None:
    for column in (column for covered in tables.COVERED for column in covered.columns):
        table = column.table
        with Tampering(filled) as connection:
            before = first_row(connection, table)
            after = {**before, column.name: other_value(column, before[column.name])}
            connection.execute(update(table).where(this(table, before)).values({column.name: after[column.name]}))
        found, where = check(filled).breaks, f"rows of custody event {before['event']} "
        if column.name == "event":
            assert any(item.where.startswith(where) for item in found), column
        else:
            assert [item.where.startswith(where) for item in found] == [True], column
            assert found[0].what.startswith(f"{table.name}: ")
        with Tampering(filled) as connection:
            connection.execute(update(table).where(this(table, after)).values({column.name: before[column.name]}))
    assert check(filled).breaks == (), "changed back is unchanged"


def test_a_row_taken_out_is_named(filled: Database) -> None:
    for table in tables.COVERED:
        with Tampering(filled) as connection:
            row = first_row(connection, table)
            connection.execute(delete(table).where(this(table, row)))
        (broken,) = check(filled).breaks
        assert broken.where.startswith(f"rows of custody event {row['event']} ")
        assert broken.what.startswith(f"{table.name}: ") and "rows logged" in broken.what
        with Tampering(filled) as connection:
            connection.execute(insert(table).values(**row))
    assert check(filled).breaks == ()


def test_a_row_put_in_is_named_whatever_event_it_names(filled: Database) -> None:
    for table in tables.COVERED:
        for named in (None, 1, 9_999):
            with Tampering(filled) as connection:
                row = first_row(connection, table)
                fresh = {**row, "event": named or row["event"]}
                for column in table.primary_key:
                    if column.name != "name":
                        fresh[column.name] = other_value(column, row[column.name])
                connection.execute(insert(table).values(**fresh))
            (broken,) = check(filled).breaks
            if named == 9_999:
                assert broken == Break(
                    f"table {table.name}", "1 rows name the custody event 9999, which is not in the log"
                )
            else:
                assert broken.where.startswith(f"rows of custody event {named or row['event']} ")
                assert broken.what.startswith(f"{table.name}: ")
            with Tampering(filled) as connection:
                connection.execute(delete(table).where(this(table, fresh)))
    assert check(filled).breaks == ()


def test_rows_that_changed_places_are_named(filled: Database) -> None:
    """Two rows of one event swap everything but their keys: the same contents, in another order."""
    swapped = set()
    for table in tables.COVERED:
        keys = {column.name for column in table.primary_key}
        rest = [column.name for column in table.columns if column.name not in {*keys, "event"}]
        with Tampering(filled) as connection:
            order = [table.c[part] for part in tables.ORDER[str(table.name)]]
            rows = [dict(row) for row in connection.execute(select(table).order_by(*order)).mappings()]
            pairs = [
                (one, two)
                for one in rows
                for two in rows
                if one["event"] == two["event"] and [one[n] for n in rest] != [two[n] for n in rest]
            ]
            if not pairs:
                continue
            one, two = pairs[0]
            _swap(connection, table, one, two, rest)
        swapped.add(str(table.name))
        (broken,) = check(filled).breaks
        assert broken.where.startswith(f"rows of custody event {one['event']} ")
        expected = "the number of rows is right, the content or the order of at least one was changed"
        assert broken.what == f"{table.name}: {expected}"
        with Tampering(filled) as connection:
            for row in (one, two):
                _swap(connection, table, row, row, rest)
    assert check(filled).breaks == ()
    # These have nothing but a key, or one row for each event here: another key is another row.
    assert swapped == {str(table.name) for table in tables.COVERED} - {
        "archive_done", "stage", "decision_withdrawn", "exposure", "exposure_end", "generation_run", "generation_member", "group_turn",
    }  # fmt: skip


def _swap(connection: Connection, table: Table, one: dict[str, Any], two: dict[str, Any], names: list[str]) -> None:
    for row, other in ((one, two), (two, one)):
        connection.execute(update(table).where(this(table, row)).values({name: other[name] for name in names}))


@pytest.mark.parametrize("which", ["case-made", "run-begun", "files-recorded", "stage-queue", "run-ended"])
def test_a_changed_event_is_named(filled: Database, which: str) -> None:
    log = tables.custody_event
    for column in log.columns:
        with Tampering(filled) as connection:
            chosen = select(log).where(log.c.action == which).order_by(log.c.seq).limit(1)
            before = dict(connection.execute(chosen).mappings().one())
            value = other_value(column, before[column.name])
            connection.execute(update(log).where(log.c.seq == before["seq"]).values({column.name: value}))
        seq = value if column.name == "seq" else before["seq"]
        assert f"custody event {seq}" in {item.where for item in check(filled).breaks}, column.name
        with Tampering(filled) as connection:
            connection.execute(update(log).where(log.c.seq == seq).values(**before))
    assert check(filled).breaks == ()


@pytest.mark.parametrize("which", ["case-made", "run-begun", "files-recorded", "stage-queue", "run-ended", "last"])
def test_an_event_taken_out_is_named(filled: Database, which: str) -> None:
    log = tables.custody_event
    with Tampering(filled) as connection:
        chosen = select(log.c.seq).order_by(log.c.seq)
        every = connection.execute(chosen).scalars().all()
        seq = (
            every[-1] if which == "last" else connection.execute(chosen.where(log.c.action == which)).scalars().first()
        )
        connection.execute(delete(log).where(log.c.seq == seq))
    text_of = places(check(filled))
    if which == "last":
        assert "head of the custody log" in text_of
    else:
        assert f"custody event {seq + 1}: event {seq} is missing before it" in text_of
    if which in {"files-recorded", "stage-queue", "last"}:
        assert f"rows name the custody event {seq}, which is not in the log" in text_of


def test_an_event_put_in_is_named(filled: Database) -> None:
    log = tables.custody_event
    with Tampering(filled) as connection:
        row = dict(connection.execute(select(log).order_by(log.c.seq.desc()).limit(1)).mappings().one())
        connection.execute(insert(log).values(**{**row, "seq": row["seq"] + 1}))
    assert f"custody event {row['seq'] + 1}: it does not follow" in places(check(filled))


def test_a_rewritten_end_is_only_seen_by_a_head_that_was_noted(filled: Database) -> None:
    """The limit of a log that is not sealed, and what a head noted elsewhere adds."""
    noted = check(filled).head
    with filled.read() as case:
        before, last = list(case.events())[-2:]
    with Tampering(filled) as connection:
        for table in tables.COVERED:
            connection.execute(delete(table).where(table.c.event == last.seq))
        connection.execute(delete(tables.custody_event).where(tables.custody_event.c.seq == last.seq))
        connection.execute(update(tables.meta).values(value=f"{before.seq}:{before.digest}"))
    with filled.read() as case:
        assert verify(case).breaks == ()
        (broken,) = verify(case, noted_head=noted).breaks
    assert broken.where == "head of the custody log" and noted in broken.what


def test_a_noted_head_still_holds_when_the_log_has_grown(filled: Database) -> None:
    noted = check(filled).head
    with filled.write() as case:
        case.log("export-made", {"format": "none"})
    with filled.read() as case:
        assert verify(case, noted_head=noted).breaks == ()


@pytest.mark.parametrize("value", ["1:" + "0" * 64, "nonsense", None])
def test_a_changed_or_missing_head_is_named(filled: Database, value: str | None) -> None:
    with Tampering(filled) as connection:
        connection.execute(delete(tables.meta) if value is None else update(tables.meta).values(value=value))
    (broken,) = check(filled).breaks
    assert broken.where == "head of the custody log"
    assert (value or "missing") in broken.what


def test_a_stray_entry_of_meta_is_named(filled: Database) -> None:
    with Tampering(filled) as connection:
        connection.execute(insert(tables.meta).values(name="note", value="x"))
    assert [item.where for item in check(filled).breaks] == ["table meta"]


def test_a_changed_run_is_named_with_what_was_changed(filled: Database) -> None:
    for column in ("command", "begun_utc", "ended_utc", "outcome", "details", "counts"):
        this_run = update(tables.run).where(tables.run.c.id == 1)
        with Tampering(filled) as connection:
            before = connection.execute(select(tables.run.c[column]).where(tables.run.c.id == 1)).scalar()
            connection.execute(this_run.values({column: "changed"}))
        assert check(filled).breaks == (Break("run 1", f"{column}: not what the log says"),)
        with Tampering(filled) as connection:
            connection.execute(this_run.values({column: before}))


def test_a_run_taken_out_put_in_or_ended_by_hand_is_named(filled: Database) -> None:
    run = tables.run
    with Tampering(filled) as connection:
        row = dict(connection.execute(select(run).where(run.c.id == 1)).mappings().one())
        connection.execute(delete(run).where(run.c.id == 1))
        connection.execute(insert(run).values(**{**row, "id": 77}))
        connection.execute(update(run).where(run.c.id == 2).values(outcome="done"))
    assert set(check(filled).breaks) == {
        Break("run 1", "the log says that it was begun, but its row is missing"),
        Break("run 77", "its row was added by no logged event"),
        Break("run 2", "outcome: not what the log says"),
    }


def test_every_break_is_named_at_once(filled: Database) -> None:
    with Tampering(filled) as connection:
        connection.execute(update(tables.queue).values(reason="Nothing to see."))
        connection.execute(update(tables.media).where(tables.media.c.event == 3).values(kind="other"))
        connection.execute(update(tables.run).where(tables.run.c.id == 2).values(outcome="done"))
        connection.execute(update(tables.custody_event).where(tables.custody_event.c.seq == 2).values(actor="nobody"))
    shown = places(check(filled))
    for part in ("stage-queue): queue", "custody event 3 (files-recorded): media", "run 2", "custody event 2"):
        assert part in shown


def test_the_database_refuses_changes_until_its_triggers_are_gone_and_then_that_is_named(filled: Database) -> None:
    engine = filled.outside
    gone = set()
    for name in ("custody_event", "run", *COVERED):
        table = tables.METADATA.tables[name]
        column = next(item for item in table.columns if not item.primary_key)
        for statement in (update(table).values({column.name: column}), delete(table)):
            with pytest.raises(Exception, match="never"), engine.begin() as connection:
                connection.execute(statement)
    assert check(filled).breaks == ()
    for name in ("custody_event", "run", *COVERED):
        with engine.begin() as connection:
            if connection.dialect.name == "sqlite":
                connection.execute(text(f"DROP TRIGGER {name}_no_update"))
            else:
                connection.execute(text(f'ALTER TABLE "{name}" DISABLE TRIGGER USER'))
        gone.add(f"table {name}")
        found = check(filled).breaks
        assert {item.where for item in found} == gone and all("is gone" in item.what for item in found)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE media SET kind = CAST(X'ff' AS TEXT) WHERE rowid = 1",
        "UPDATE media SET size_bytes = 'many' WHERE rowid = 1",
        "UPDATE media SET sha1 = X'00' WHERE rowid = 1",
        "UPDATE media_file SET location_key = 'text' WHERE rowid = 1",
        "UPDATE media_file SET parts = lower(hex(parts)) WHERE rowid = 1",
        "UPDATE finding SET event = 'x' WHERE id = 1",
        "UPDATE finding SET event = 2.5 WHERE id = 1",
        "UPDATE opinion SET log10_lr = 'much' WHERE rowid = 1",
        "UPDATE custody_event SET details = X'00' WHERE seq = 3",
        "UPDATE custody_event SET details = '[]' WHERE seq = 3",
        "UPDATE custody_event SET details = '{\"rows\":7}' WHERE seq = 3",
        "UPDATE custody_event SET digest = CAST(X'ff' AS TEXT) WHERE seq = 3",
        "UPDATE run SET counts = X'00' WHERE id = 1",
        "UPDATE run SET id = 2147483648 WHERE id = 1",
    ],
)
def test_values_that_no_column_should_hold_are_named_and_end_nothing(lone: Database, statement: str) -> None:
    """SQLite stores any value in any column."""
    database = lone
    with database.write() as case:
        fill(case)
    with Tampering(database) as connection:
        connection.execute(text(statement.replace(":", "\\:")))
    assert check(database).breaks


def test_an_index_that_hides_a_row_is_named(lone: Database) -> None:
    database = lone
    with database.write() as case:
        fill(case)
    engine = database.engine()
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA writable_schema = ON")
        driver.execute(
            "UPDATE sqlite_master SET sql = sql || ' WHERE outcome = ''found''' WHERE name = 'finding_outcome'"
        )
        driver.commit()
    engine.dispose()
    assert any(item.where == "database file" for item in check(database).breaks)


def test_a_check_sees_one_moment_while_another_process_writes(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is stored between two of its queries is either in all of them or in none."""
    with filled.write() as writer, filled.read() as reader:
        run_id = begin(writer)
        numbers = count(100)

        def slow(*arguments: Any) -> Any:
            writer.record(run_id, [record(next(numbers))])
            return raw_rows(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr("safelight.case.verify.raw_rows", slow)
            patch.setattr("safelight.case.covered.raw_rows", slow)
            found = verify(reader)
        assert found.breaks == ()
        assert verify(reader).events > found.events, "it was written to meanwhile"


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_any_one_change_to_any_row_is_found(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    database = Database(tmp_path_factory.mktemp("case") / "case", None)
    with database.write() as case:
        fill(case, data.draw(st.integers(5, 9)), batch=data.draw(st.integers(1, 5)))
    assert check(database).breaks == ()
    table = data.draw(st.sampled_from([*tables.COVERED, tables.run, tables.custody_event]))
    with Tampering(database) as connection:
        rows = [dict(row) for row in connection.execute(select(table)).mappings()]
        row = data.draw(st.sampled_from(rows))
        column = data.draw(st.sampled_from([item for item in table.columns if not item.primary_key]))
        if data.draw(st.booleans()):
            connection.execute(delete(table).where(this(table, row)))
        else:
            connection.execute(
                update(table).where(this(table, row)).values({column.name: other_value(column, row[column.name])})
            )
    assert check(database).breaks
    database.close()


def test_reading_and_verifying_write_nothing(filled: Database) -> None:
    with filled.read() as case:
        before = [tuple(row.items()) for row in case.rows(select(tables.custody_event))]
        verify(case)
        with pytest.raises(Exception, match=r"(?i)read.?only"):
            case.log("shown", {})
    with filled.read() as case:
        assert [tuple(row.items()) for row in case.rows(select(tables.custody_event))] == before


def test_the_case_that_is_open_for_writing_can_be_checked_too(filled: Database) -> None:
    with filled.write() as case:
        assert isinstance(case, Case)
        assert verify(case).breaks == ()
