"""Statements that are run, and those that are refused before they reach any file."""

from collections.abc import Iterator

import duckdb
import pytest

from shared.queries.engine import lock_engine, open_engine
from shared.queries.statements import MAX_STATEMENT_BYTES, parse_statement
from shared.queries.types import BoundValue, ParameterValue, ParsedStatement, StatementProblem

ACCEPTED = [
    "SELECT 1",
    "VALUES (1), (2)",
    "FROM package('a', 'b') SELECT x",
    "SELECT * FROM package('a', 'b') p JOIN tabulator('b', 't') t USING (x)",
    "WITH q AS (SELECT 1 AS z) SELECT * FROM q, package('a', 'b') AS p(c) WHERE p.c < $least",
    "WITH RECURSIVE r AS (SELECT 1 n UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT * FROM r",
    "SELECT * FROM range(3) t(i), LATERAL (SELECT i + 1)",
    "SELECT unnest([1, 2])",
    "SELECT * FROM package('a', 'b') TABLESAMPLE 10%",
    "SELECT x, row_number() OVER (PARTITION BY y ORDER BY z) FROM package('a', 'b') QUALIFY true",
    "SELECT * EXCLUDE (a) REPLACE (b + 1 AS b) FROM package('a', 'b') ASOF JOIN package('c', 'd') USING (t)",
    "SELECT list_transform([1, 2], lambda x: x + 1), {'a': 1}.a, TRY_CAST(y AS DATE) FROM package('a', 'b')",
    "SELECT 'patchwork_source_0', \"$pkg_name\" FROM entries('a')",
    "SELECT (SELECT max(v) FROM revisions('a')) FROM packages('b') WHERE EXISTS (SELECT 1 FROM entries('c'))",
]
REFUSED = {
    "": "",
    "selec": "syntax error",
    "SELECT 1; SELECT 2": "one statement",
    "COPY (SELECT 1) TO 'x.csv'": "Only a SELECT",
    "ATTACH 'x.db'": "Only a SELECT",
    "INSTALL httpfs": "Only a SELECT",
    "LOAD httpfs": "Only a SELECT",
    "SET threads = 1": "Only a SELECT",
    "PRAGMA version": "Only a SELECT",
    "CREATE TABLE t AS SELECT 1": "Only a SELECT",
    "INSERT INTO t VALUES (1)": "Only a SELECT",
    "CALL pragma_version()": "Only a SELECT",
    "EXPLAIN SELECT 1": "Only a SELECT",
    "EXPLAIN ANALYZE SELECT 1": "Only a SELECT",
    "EXPORT DATABASE 'x'": "Only a SELECT",
    "IMPORT DATABASE 'x'": "Only a SELECT",
    "COPY t FROM 'x.csv'": "Only a SELECT",
    "CREATE SECRET (TYPE s3)": "Only a SELECT",
    "CREATE MACRO m(a) AS a": "Only a SELECT",
    "PREPARE p AS SELECT 1": "Only a SELECT",
    "EXECUTE p": "Only a SELECT",
    "USE x": "Only a SELECT",
    "DETACH x": "Only a SELECT",
    "CHECKPOINT": "Only a SELECT",
    "VACUUM": "Only a SELECT",
    "BEGIN": "Only a SELECT",
    "RESET threads": "Only a SELECT",
    "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE": "Only a SELECT",
    "SELECT 1 INTO t": "",
    "WITH q AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM q": "in WITH, too",
    "WITH q AS (UPDATE t SET a = 1 RETURNING *) SELECT * FROM q": "in WITH, too",
    "WITH q AS (DELETE FROM t RETURNING *) SELECT * FROM q": "in WITH, too",
    "WITH q AS (COPY (SELECT 1) TO 'x.csv') SELECT 1": "in WITH, too",
    "SELECT (WITH q AS (COPY t TO 'x.csv') SELECT 1)": "in WITH, too",
    "SELECT 1 /* ; */; -- and\nATTACH 'x'": "Only a SELECT",
    "DESCRIBE SELECT 1": "cannot be used",
    "SELECT * FROM (SHOW TABLES)": "cannot be used",
    "SELECT * FROM (DESCRIBE SELECT 1)": "cannot be used",
    "SELECT * FROM t": "no table t",
    "SELECT * FROM 'x.csv'": "no table x.csv",
    "SELECT * FROM 's3://bucket/x.parquet'": "no table",
    "SELECT * FROM main.t": "no table main.t",
    "SELECT * FROM information_schema.tables": "no table",
    "SELECT * FROM pg_catalog.pg_class": "no table",
    "SELECT * FROM read_csv('x.csv')": "read_csv cannot",
    "SELECT * FROM read_text('/etc/passwd')": "read_text cannot",
    "SELECT * FROM glob('/etc/*')": "glob cannot",
    "SELECT * FROM duckdb_settings()": "duckdb_settings cannot",
    "SELECT * FROM query('SELECT 1')": "query cannot",
    "SELECT * FROM query_table('t')": "query_table cannot",
    "SELECT * FROM parquet_metadata('x')": "parquet_metadata cannot",
    "SELECT * FROM sql_auto_complete('s')": "sql_auto_complete cannot",
    "SELECT * FROM arrow_scan(1, 2, 3)": "arrow_scan cannot",
    "SELECT * FROM pandas_scan(1)": "pandas_scan cannot",
    "SELECT * FROM python_map_function(1)": "python_map_function cannot",
    "SELECT * FROM read_blob('x')": "read_blob cannot",
    "SELECT * FROM parquet_scan('pkg://0')": "parquet_scan cannot",
    "SELECT * FROM which_secret('s3://x', 's3')": "which_secret cannot",
    "SELECT * FROM summary((SELECT 1))": "summary cannot",
    "SELECT * FROM checkpoint()": "checkpoint cannot",
    "SELECT * FROM pragma_table_info('x')": "pragma_table_info cannot",
    "SELECT * FROM 'pkg://0'": "no table pkg",
    "SELECT (SELECT max(content) FROM read_text('/etc/passwd'))": "read_text cannot",
    "SELECT * FROM package('a', 'b') WHERE x IN (SELECT content FROM read_text('x'))": "read_text cannot",
    "FROM package('a', 'b') SELECT x ORDER BY (SELECT getenv('x'))": "getenv cannot",
    "PIVOT (SELECT * FROM read_csv('x')) ON a USING sum(b)": "",
    "SELECT getenv('HOME')": "getenv cannot",
    "SELECT GETENV('HOME')": "getenv cannot",
    "SELECT list_transform([1], lambda x: getenv('HOME'))": "getenv cannot",
    "SELECT count(*) FILTER (WHERE getenv('a') = '') OVER (PARTITION BY current_setting('b')) FROM range(1)": "cannot be used",
    "SELECT current_setting('threads')": "current_setting cannot",
    "SELECT * FROM package('a', 'b') WHERE x = getenv('HOME')": "getenv cannot",
    "SELECT json_execute_serialized_sql('{}')": "cannot be used",
    "SELECT main.abs(1)": "by its name alone",
    "SELECT * FROM package(concat('a', 'b'), 'c')": "texts in quotes",
    "SELECT * FROM package('a')": "takes 2 arguments",
    "SELECT * FROM package($p, 'c')": "texts in quotes",
    "SELECT * FROM patchwork_source_0": "no table",
    "WITH patchwork_source_0 AS (SELECT 1) SELECT * FROM package('a', 'b')": "are taken",
    "SELECT * FROM package('a', 'b') UNION ALL SELECT * FROM secrets": "no table secrets",
    "SELECT '" + "x" * MAX_STATEMENT_BYTES + "'": "at most",
}


@pytest.fixture(scope="module")
def parser() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_engine(64 << 20)
    lock_engine(connection)
    yield connection
    connection.close()


@pytest.mark.parametrize("sql", ACCEPTED)
def test_a_statement_that_reads_named_data_is_accepted(parser: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert isinstance(parse_statement(parser, sql), ParsedStatement)


@pytest.mark.parametrize(("sql", "reason"), REFUSED.items(), ids=lambda text: text[:60])
def test_all_else_is_refused_with_its_reason(parser: duckdb.DuckDBPyConnection, sql: str, reason: str) -> None:
    found = parse_statement(parser, sql)
    assert isinstance(found, StatementProblem)
    assert found.kind == "refused"
    assert reason in found.text


def test_calls_are_found_with_their_arguments_and_places(parser: duckdb.DuckDBPyConnection) -> None:
    sql = "SELECT 'é' FROM package('lab/amy/wine@latest', '*.csv', header := false) a, entries('x'), package('lab/amy/wine@latest', '*.csv', header := false)"
    found = parse_statement(parser, sql)
    assert isinstance(found, ParsedStatement)
    assert [(call.function, call.arguments, call.options, call.position) for call in found.calls] == [
        ("package", ("lab/amy/wine@latest", "*.csv"), {"header": False}, sql.index("package")),
        ("entries", ("x",), {}, sql.index("entries")),
    ]


def test_parameters_are_named(parser: duckdb.DuckDBPyConnection) -> None:
    found = parse_statement(parser, "SELECT $least, * FROM package('a', 'b') WHERE x BETWEEN $least AND $most")
    assert isinstance(found, ParsedStatement)
    assert found.parameters == ["least", "most"]
    values = {"least": BoundValue(1), "most": BoundValue(2), "path": BoundValue("b")}
    sql = "SELECT $least FROM package('a', $path) WHERE x < $most"
    valued = parse_statement(parser, sql, values)
    assert isinstance(valued, ParsedStatement)
    assert (valued.parameters, valued.calls[0].arguments) == (["least", "most"], ("a", "b"))


@pytest.mark.parametrize(
    ("sql", "values", "text", "position"),
    [
        ("SELECT $least", {}, "The parameter $least has no value", 7),
        ("SELECT 1 FROM package('a', $path)", {}, "The parameter $path has no value", 27),
        ("SELECT 1 FROM package('a', $path)", {"path": 1}, "or parameters that are texts", 14),
        ("SELECT ?", {}, "The parameter $1 has no value", 7),
        ("SELECT $least", {"least": 1, "most": 2}, "has no parameter $most", None),
    ],
)
def test_a_parameter_without_a_value_or_a_place_is_refused(
    parser: duckdb.DuckDBPyConnection, sql: str, values: dict[str, ParameterValue], text: str, position: int | None
) -> None:
    found = parse_statement(parser, sql, {name: BoundValue.of(value) for name, value in values.items()})
    assert isinstance(found, StatementProblem)
    assert text in found.text
    assert (found.kind, found.position) == ("refused", position)


CONDITIONS: dict[str, list[list[str]]] = {
    "FROM package('a', 'b') WHERE \"$pkg_name\" = 'x' AND n > 1 AND \"$logical_key\" LIKE $path": [
        ["$pkg_name", "$logical_key"]
    ],
    "FROM package('a', 'b') p, range(3) WHERE p.\"$pkg_name\" = 'x'": [["$pkg_name"]],
    "FROM package('a', 'b') p, range(3) WHERE \"$pkg_name\" = 'x'": [],
    "FROM package('a', 'b') WHERE \"$pkg_name\" = 'x' OR n = 1": [],
    "FROM package('a', 'b') WHERE \"$pkg_name\" = 'x' OR \"$top_hash\" = 'y'": [["$pkg_name"]],
    "FROM package('a', 'b') p(\"$pkg_name\") WHERE \"$pkg_name\" = 'x'": [],
    "FROM package('a', 'b') WHERE 1 = 1": [],
    "FROM package('a', 'b') WHERE \"$pkg_name\" = uuid()::VARCHAR": [],
    "FROM package('a', 'b') TABLESAMPLE 5 ROWS WHERE \"$pkg_name\" = 'x'": [],
    "FROM range(3) r(n) LEFT JOIN package('a', 'b') p USING (n) WHERE p.\"$pkg_name\" = 'x'": [],
    "FROM range(3) r(n) JOIN package('a', 'b') p USING (n) WHERE p.\"$pkg_name\" = 'x'": [["$pkg_name"]],
    "FROM package('a', 'b') WHERE \"$pkg_name\" IN (SELECT package FROM packages('a') WHERE \"meta.age\" > 3)": [
        ["$pkg_name"]
    ],
    "FROM package('a', 'b') WHERE \"$pkg_name\" IN (SELECT x FROM package('a', 'c'))": [],
    "FROM package('a', 'b') WHERE \"$pkg_name\" = 'x' UNION ALL SELECT * FROM package('a', 'b')": [],
    "FROM package('a', 'b') WHERE \"$pkg_name\" = 'x' UNION ALL FROM package('a', 'b') WHERE \"$PKG_NAME\" = 'y'": [
        ["$pkg_name"],
        ["$pkg_name"],
    ],
    "FROM (SELECT * FROM package('a', 'b') WHERE \"$pkg_name\" = 'x') WHERE \"$pkg_name\" <> 'y'": [["$pkg_name"]],
}
"""By statement: for each place that names the first call, a column of each condition by which files are chosen."""


def test_conditions_on_files_and_packages_alone_are_found(parser: duckdb.DuckDBPyConnection) -> None:
    for sql, expected in CONDITIONS.items():
        values = {"path": BoundValue("x")} if "$path" in sql else {}
        found = parse_statement(parser, sql, values)
        assert isinstance(found, ParsedStatement), (sql, found)
        [call] = [each for each in found.calls if each.arguments == ("a", "b")]
        columns = [[each.sql.partition("WHERE")[2] for each in place] for place in call.conditions]
        assert len(columns) == len(expected), (sql, call.conditions)
        for place, names in zip(columns, expected, strict=True):
            assert [name in text.lower() for text, name in zip(place, names, strict=True)] == [True] * len(names), sql
        assert all(each.needs_path == ("$logical_key" in each.sql) for place in call.conditions for each in place)


def test_a_mistake_says_where_it_is(parser: duckdb.DuckDBPyConnection) -> None:
    found = parse_statement(parser, "SELECT x FROM package('a', 'b') WHERE getenv('x') = 1")
    assert isinstance(found, StatementProblem)
    assert found.position == 38


@pytest.mark.parametrize("depth", [300, 20_000])
@pytest.mark.parametrize("nest", ["({})", "abs({})", "-{}", "[{}]", "(SELECT {})", "CASE WHEN true THEN {} END"])
def test_deep_statements_are_answered(parser: duckdb.DuckDBPyConnection, nest: str, depth: int) -> None:
    before, after = nest.split("{}")
    parse_statement(parser, f"SELECT {before * depth}1{after * depth}")
    assert isinstance(parse_statement(parser, "SELECT 1"), ParsedStatement)
