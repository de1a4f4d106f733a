"""A stranger's SQL reads the views it is given, and nothing else on this machine or beyond it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.errors import BadInput, TooLarge
from steward.lake.reading import Means, connect, view
from steward.lake.sandbox import LENGTH, Answer, Limits, ask

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

COLUMNS = {"id": "BIGINT", "name": "VARCHAR"}
SECRET = "the neighbour's secret"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Mine, and a neighbour's file beside it."""
    made = tmp_path_factory.mktemp("bucket")
    for tenant, name in (("acme", "mine"), ("other", SECRET)):
        (made / tenant).mkdir()
        rows = f"SELECT range AS id, $${name}$$ AS name FROM range(1000)"
        duckdb.execute(f"COPY ({rows}) TO '{made / tenant / 'x.parquet'}' (FORMAT parquet)")
    (made / "plain.csv").write_text(f"name\n{SECRET}\n")
    return made


@pytest.fixture
def things(folder: Path) -> Iterator[DuckDBPyConnection]:
    mine = folder / "acme" / "x.parquet"
    connection = connect([mine])
    view(connection, "things", [mine], columns=COLUMNS)
    view(connection, "nothing", [], columns=COLUMNS)
    yield connection
    connection.close()


def asked(connection: DuckDBPyConnection, sql: str, *, limits: Limits | None = None) -> Answer:
    return ask(connection, sql, views=("things", "nothing"), limits=limits or Limits(seconds=5))


def test_a_select_is_answered_with_names_and_types(things: DuckDBPyConnection) -> None:
    answer = asked(things, "SELECT id, name FROM things WHERE id < 2 ORDER BY id DESC")
    assert answer.columns == ("id", "name")
    assert answer.types == ("BIGINT", "VARCHAR")
    assert answer.rows == [[1, "mine"], [0, "mine"]]
    assert answer.cut is None


@pytest.mark.parametrize(
    "sql",
    [
        "WITH few AS (SELECT id FROM things LIMIT 3) SELECT count(*) FROM few",
        "SELECT count(*) FROM THINGS t LEFT JOIN nothing n USING (id) WHERE t.id < 3",
        "FROM range(3) SELECT count(*)",
        "SELECT count(*) FROM (VALUES (1), (2), (3)) one(a)",
        "SELECT count(*) FROM generate_series(1, 3)",
        "WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT max(n) FROM r",
        "SELECT count(*) FROM unnest([1, 2, 3]) -- and a remark",
        "SELECT 3;",
    ],
)
def test_what_sql_has_for_reading_is_there(things: DuckDBPyConnection, sql: str) -> None:
    assert asked(things, sql).rows == [[3]]


def test_a_view_of_no_file_is_empty_and_has_its_columns(things: DuckDBPyConnection) -> None:
    answer = asked(things, "SELECT * FROM nothing")
    assert (answer.columns, answer.types, answer.rows) == (
        ("id", "name"),
        ("BIGINT", "VARCHAR"),
        [],
    )


def attacks(folder: Path) -> list[str]:
    theirs, plain = folder / "other" / "x.parquet", folder / "plain.csv"
    wild = folder / "*" / "x.parquet"
    functions = (
        "read_parquet", "parquet_scan", "read_csv", "read_csv_auto", "read_text", "read_blob",
        "read_json", "read_ndjson_objects", "glob", "parquet_metadata", "parquet_schema", "sniff_csv",
    )  # fmt: skip
    sources = [f"{name}('{place}')" for name in functions for place in (theirs, plain, wild)]
    sources += [f"'{theirs}'", f"'{wild}'", f'"{plain}"', "'/etc/passwd'", "'https://x.test/y.csv'"]
    sources += [
        "duckdb_settings()", "duckdb_views()", "duckdb_secrets()", "pragma_database_list()",
        "duckdb_views", "pg_views", "pg_catalog.pg_class", "information_schema.tables", "sqlite_master",
        "system.main.duckdb_views", "query('SELECT 1')", "query_table('things')", "memory.main.things",
        "which_secret('x', 's3')", "duckdb_extensions()", "duckdb_logs()", "checkpoint()",
    ]  # fmt: skip
    shapes = (
        "SELECT * FROM {}",
        "SELECT (SELECT count(*) FROM {})",
        "WITH w AS (SELECT * FROM {}) SELECT * FROM w",
        "SELECT id FROM things WHERE id IN (SELECT 1 FROM {})",
        "SELECT * FROM things, LATERAL (SELECT * FROM {}) x",
        "SELECT 1 UNION ALL SELECT 2 FROM {}",
        "FROM things SELECT EXISTS (FROM {})",
    )
    statements = [
        f"COPY things TO '{folder}/out.csv'", f"COPY (SELECT 1) TO '{theirs}'",
        f"ATTACH '{folder}/x.db'", "INSTALL httpfs", "LOAD httpfs", "LOAD '/tmp/x.so'",
        "PRAGMA database_list", "PRAGMA enable_external_access=true", "SET enable_external_access=true",
        "SET allowed_paths=['/']", "RESET allowed_paths", "CREATE TABLE t AS SELECT 1",
        "CREATE OR REPLACE VIEW things AS SELECT 1", "DROP VIEW things", "INSERT INTO things VALUES (1)",
        "DELETE FROM things", "UPDATE things SET id = 1", f"EXPORT DATABASE '{folder}/db'",
        f"IMPORT DATABASE '{folder}/db'", "CALL pragma_version()", "EXPLAIN ANALYZE SELECT 1",
        "CREATE SECRET s (TYPE s3)", "CHECKPOINT", "BEGIN", "VACUUM", "USE memory", "SHOW TABLES",
        "SHOW ALL TABLES", "SHOW DATABASES", "PREPARE p AS SELECT 1", "EXECUTE p", "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW things", "", " ; ", "-- nothing", "CREATE MACRO m() AS 1",
        "SELECT getenv('HOME')", "SELECT current_setting('allowed_paths')", "SELECT getvariable('x')",
        f"SELECT read_text('{plain}')", "SELECT write_log('x')", "SET VARIABLE x = 1",
        "WITH pg_views AS (SELECT 1) SELECT * FROM pg_views", "PIVOT things ON id", "SELECT ?", "SELECT $1",
    ]  # fmt: skip
    return [
        *(shape.format(source) for shape, source in itertools.product(shapes, sources)),
        *statements,
    ]


def test_no_attack_reads_or_changes_anything(folder: Path, things: DuckDBPyConnection) -> None:
    before = sorted(folder.rglob("*"))
    for sql in attacks(folder):
        with pytest.raises(BadInput, match=r"^sql: ") as refused:
            asked(things, sql)
        assert SECRET not in str(refused.value), sql
    assert sorted(folder.rglob("*")) == before
    assert asked(things, "SELECT count(*), any_value(name) FROM things").rows == [[1000, "mine"]]


def test_behind_the_parser_stands_a_second_wall(folder: Path, things: DuckDBPyConnection) -> None:
    """Even unchecked, the connection itself reaches no other file and takes no other setting."""
    for sql in (
        f"SELECT * FROM read_parquet('{folder}/other/x.parquet')",
        f"SELECT * FROM read_parquet('{folder}/*/x.parquet')",
        f"SELECT * FROM read_csv('{folder}/plain.csv')",
        f"SELECT * FROM '{folder}/other/x.parquet'",
        f"SELECT * FROM read_parquet('{folder}/acme/../other/x.parquet')",
        f"SELECT * FROM glob('{folder}/*')",
        f"COPY (SELECT 1) TO '{folder}/out.csv'",
        f"COPY (SELECT 1) TO '{folder}/acme/x.parquet'",
        f"ATTACH '{folder}/x.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET allowed_directories = ['/']",
    ):
        with pytest.raises(duckdb.Error):
            things.execute(sql).fetchall()
    assert asked(things, "SELECT count(*) FROM things").rows == [[1000]]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELEC 1", 'syntax error at or near "SELEC" (line 1, column 1)'),
        ("SELECT\n  nope FROM things", 'Referenced column "nope" not found'),
        ("SELECT\n  nope FROM things", "(line 2, column 3)"),
        (f"SELECT {'1, ' * 300}nope FROM things", f"(line 1, column {8 + 900})"),
        ("SELECT 1\nFROM thingz", "there is no table 'thingz'; the tables are nothing, things"),
        ("SELECT 1\nFROM thingz", "(line 2, column 6)"),
        ("SELECT 'é', 1 FROM thingz", "(line 1, column 20)"),
        ("SELECT 'a'::INT", "Could not convert string 'a' to INT32 (line 1, column"),
        ("COPY things TO 'x'", "is no SELECT"),
        ("SELECT 1; SELECT 2", "2 statements; send one SELECT"),
        ("SELECT '\ud800'", "a character that is no text"),
        ("SELECT '\x00'", "a character that is no text"),
        (" " * (LENGTH + 1), f"at most {LENGTH}"),
    ],
)
def test_an_error_names_the_problem_and_the_place(
    things: DuckDBPyConnection, sql: str, said: str
) -> None:
    with pytest.raises(BadInput) as refused:
        asked(things, sql)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_long_query_is_interrupted(things: DuckDBPyConnection) -> None:
    began = time.monotonic()
    with pytest.raises(TooLarge, match=r"longer than 0\.3 s"):
        asked(
            things,
            "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b",
            limits=Limits(seconds=0.3),
        )
    assert time.monotonic() - began < 3
    assert asked(things, "SELECT 1").rows == [[1]]


def test_a_greedy_query_is_refused(folder: Path) -> None:
    small = connect([folder / "acme" / "x.parquet"], means=Means(memory=32 * 1024 * 1024))
    with pytest.raises(TooLarge, match="memory"):
        asked(small, "SELECT list(range) FROM range(100000000)")


def test_rows_beyond_the_limit_are_cut_and_said_to_be(things: DuckDBPyConnection) -> None:
    answer = asked(things, "SELECT id FROM things ORDER BY id", limits=Limits(rows=7))
    assert [row[0] for row in answer.rows] == list(range(7))
    assert answer.cut is not None
    assert "7 rows" in answer.cut
    exact = asked(things, "SELECT id FROM things LIMIT 7", limits=Limits(rows=7))
    assert exact.cut is None


def test_an_answer_beyond_its_size_is_cut(things: DuckDBPyConnection) -> None:
    answer = asked(things, "SELECT repeat('x', 1000) FROM things", limits=Limits(size=10_000))
    assert len(answer.rows) == 9
    assert answer.cut is not None


def test_every_type_becomes_json(things: DuckDBPyConnection) -> None:
    answer = asked(
        things,
        "SELECT [1, NULL], {'a': 1}, MAP {'x': 2}, DATE '2026-01-02', TIMESTAMP '2026-01-02 03:04:05', "
        "INTERVAL 3 DAY, 1.50::DECIMAL(10, 2), 'nan'::DOUBLE, 'inf'::DOUBLE, 'ab'::BLOB, true, "
        "TIMESTAMPTZ '2026-01-02 03:04:05+02', TIME '03:04', 2::HUGEINT ** 3, NULL",
    )
    assert answer.rows == [
        [
            [1, None], {"a": 1}, {"x": 2}, "2026-01-02", "2026-01-02T03:04:05Z", 259200.0, "1.5", None,
            None, "6162", True, "2026-01-02 01:04:05+00", "03:04:00", 8.0, None,
        ]
    ]  # fmt: skip


@given(st.text(max_size=60))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_is_answered_or_refused_in_one_line(things: DuckDBPyConnection, text: str) -> None:
    try:
        asked(things, text)
    except (BadInput, TooLarge) as error:
        assert str(error).startswith("sql: ")  # noqa: PT017  # it may just as well be answered
        assert "\n" not in str(error)  # noqa: PT017
