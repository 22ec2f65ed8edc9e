"""Tables of Tabulator, as Quilt documents them."""

import datetime as dt
import gzip
import io
from collections.abc import Mapping, Sequence
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.sandbox.query_world import Package, QueryWorld, Ran, run_source, table_problem

from shared.queries.types import ColumnDefinition, ColumnType, QuerySource, TableDefinition

QUANT = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n"
GENES = TableDefinition(
    [
        ColumnDefinition("name", "STRING"),
        ColumnDefinition("length", "INT"),
        ColumnDefinition("effective_length", "FLOAT"),
        ColumnDefinition("tpm", "FLOAT"),
        ColumnDefinition("num_reads", "FLOAT"),
    ],
    format="csv",
    delimiter="\t",
    header=True,
    continue_on_error=True,
)
"""The example of Quilt's documentation."""


def genes(*rows: str) -> bytes:
    return (QUANT + "".join(row.replace(" ", "\t") + "\n" for row in rows)).encode()


def quant(sample: str, *, date: str = "2022", study: str = "a1") -> dict[str, str | None]:
    return {"date": date, "study_id": study, "sample_id": sample}


def run(
    sql: str,
    contents: Mapping[str, bytes],
    definition: TableDefinition,
    groups: Mapping[str, Mapping[str, str | None]] | None = None,
) -> list[dict[str, Any]]:
    return ran(sql, contents, definition, groups).rows


def ran(
    sql: str,
    contents: Mapping[str, bytes],
    definition: TableDefinition,
    groups: Mapping[str, Mapping[str, str | None]] | None = None,
) -> Ran:
    return run_source(sql.replace("genes", "tabulator('lab', 'genes')"), Package(contents, groups or {}), definition)


def as_parquet(columns: Mapping[str, Sequence[Any] | pa.Array]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), sink)
    return sink.getvalue()


def test_the_table_of_the_documentation_has_its_columns_and_the_added_ones() -> None:
    keys = [f"salmon/{sample}/quant.genes.sf" for sample in ("s1", "s2")]
    found = ran(
        "SELECT * FROM genes ORDER BY name",
        {keys[0]: genes("ENSG1 100 90.5 1.5 12", "ENSG2 200 190.5 0 0"), keys[1]: genes("ENSG3 300 290.5 2 4")},
        GENES,
        {keys[0]: quant("s1"), keys[1]: quant("s2")},
    )
    added = ["$pkg_name", "$logical_key", "$physical_key", "$top_hash", "$issue"]
    assert found.table.schema.names == [
        *(column.name for column in GENES.columns),
        "date",
        "study_id",
        "sample_id",
        *added,
    ]
    assert [str(kind) for kind in found.table.schema.types[:5]] == ["string", "int32", "float", "float", "float"]
    assert [tuple(row.values())[:8] for row in found.rows] == [
        ("ENSG1", 100, 90.5, 1.5, 12.0, "2022", "a1", "s1"),
        ("ENSG2", 200, 190.5, 0.0, 0.0, "2022", "a1", "s1"),
        ("ENSG3", 300, 290.5, 2.0, 4.0, "2022", "a1", "s2"),
    ]
    assert [(row["$logical_key"], row["$issue"]) for row in found.rows] == [
        (keys[0], None),
        (keys[0], None),
        (keys[1], None),
    ]


def test_all_types_are_read_from_csv_with_names_of_the_definition() -> None:
    kinds: tuple[ColumnType, ...] = get_args(ColumnType)
    definition = TableDefinition([ColumnDefinition(f"c_{kind.lower()}", kind) for kind in kinds], format="csv")
    text = 'true,1,-2,3,4000000000,0.5,1e300,"a, ""b""",é,2026-11-30,2026-11-30 12:13:14.5\r\n,,,,,,,,,,\r\n'
    [values, nulls] = [list(row.values())[:11] for row in run("FROM genes", {"a.csv": text.encode()}, definition)]
    assert values == [
        *(True, 1, -2, 3, 4_000_000_000, 0.5, 1e300, 'a, "b"', "é".encode()),
        *(dt.date(2026, 11, 30), dt.datetime(2026, 11, 30, 12, 13, 14, 500_000)),  # noqa: DTZ001 – as in the file
    ]
    assert nulls == [None] * 11


def test_compressed_and_empty_files_are_read() -> None:
    definition = TableDefinition(
        [ColumnDefinition("a", "INT"), ColumnDefinition("b", "INT")], format="csv", delimiter="||"
    )
    files = {"1.csv.gz": gzip.compress(b"1||2\n"), "2.csv": b"3||4", "3.csv": b"", "4.csv": b"\n"}
    assert [(row["a"], row["b"]) for row in run("FROM genes ORDER BY a", files, definition)] == [(1, 2), (3, 4)]
    empty = TableDefinition(definition.columns, format="csv", groups=["run"])
    assert run("SELECT count(run) n FROM genes", {}, empty) == [{"n": 0}]


def test_columns_that_may_be_null_may_be_missing_and_the_rows_say_so() -> None:
    definition = TableDefinition(
        [ColumnDefinition("a", "INT", nullable=False), ColumnDefinition("b", "STRING"), ColumnDefinition("c", "INT")],
        format="csv",
        header=True,
    )
    files = {"1.csv": b"x,y,z\n1,p,2\n", "2.csv": b"x\n3\n", "3.csv": b"x,y\n4,q\n"}
    found = run('SELECT a, b, c, "$issue" FROM genes ORDER BY a', files, definition)
    assert [tuple(row.values()) for row in found] == [
        (1, "p", 2, None),
        (3, None, None, "The file has no columns b, c"),
        (4, "q", None, "The file has no column c"),
    ]


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (b"a,b\n1,none\n", "Could not convert string \"none\" to 'INTEGER'"),
        (b"a,b\n1,2\n3,4,5\n", "Expected Number of Columns: 2 Found: 3"),
        (b"a,b,c\n1,2,3\n", "The file has 3 columns instead of 2"),
        (b"a\n1\n", "The file has no column b, which cannot be null"),
        (b"\x1f\x8b\x08\x00no gzip", ""),
    ],
    ids=["no number", "a longer row", "more columns", "a missing column", "a damaged file"],
)
def test_a_file_with_another_problem_fails_or_leaves_one_row_that_says_it(contents: bytes, reason: str) -> None:
    columns = [ColumnDefinition("a", "INT"), ColumnDefinition("b", "INT", nullable=False)]
    strict = TableDefinition(columns, format="csv", header=True)
    key = "bad.csv.gz" if contents.startswith(b"\x1f\x8b") else "bad.csv"
    files = {"1.csv": b"a,b\n7,8\n", key: contents, "2.csv": b"a,b\n9,10\n"}
    groups = {name: {"number": name.partition(".")[0]} for name in files}
    problem = table_problem("SELECT * FROM tabulator('lab', 'genes')", Package(files, groups), strict)
    assert problem.kind == "failed"
    assert reason in problem.text
    assert key in problem.text
    going_on = TableDefinition(columns, format="csv", header=True, continue_on_error=True)
    [first, last, bad] = run(
        'SELECT a, b, number, "$logical_key", "$issue" FROM genes ORDER BY a', files, going_on, groups
    )
    assert [tuple(row.values()) for row in (first, last)] == [(7, 8, "1", "1.csv", None), (9, 10, "2", "2.csv", None)]
    assert tuple(bad.values())[:4] == (None, 0, "bad", key)
    assert bad["$issue"]
    assert reason in bad["$issue"]


def test_columns_of_parquet_are_found_by_name_whatever_their_case_and_order() -> None:
    definition = TableDefinition(
        [ColumnDefinition("id", "INT"), ColumnDefinition("Price", "DOUBLE"), ColumnDefinition("name", "STRING")],
        format="parquet",
        continue_on_error=True,
    )
    files = {
        "1.parquet": as_parquet(
            {"NAME": ["x"], "id": pa.array([1], pa.int64()), "price": pa.array([2], pa.int8()), "more": [0]}
        ),
        "2.parquet": as_parquet({"id": pa.array([2], pa.int32()), "name": [b"bytes"]}),
        "3.parquet": as_parquet({"id": [1 << 40], "name": ["too large"], "price": [1.5]}),
        "4.parquet": as_parquet({"id": [[1]], "name": ["a list"], "price": [1.5]}),
        "5.parquet": b"PAR1 no parquet PAR1",
    }
    found = run('SELECT id, price, name, "$logical_key" k, "$issue" i FROM genes ORDER BY k', files, definition)
    assert [tuple(row.values())[:4] for row in found] == [
        (1, 2.0, "x", "1.parquet"),
        (2, None, "bytes", "2.parquet"),
        *((None, None, None, f"{number}.parquet") for number in (3, 4, 5)),
    ]
    issues = [row["i"] for row in found]
    assert issues[:2] == [None, "The file has no column Price"]
    assert "out of range" in issues[2]
    assert issues[3] == "The column id is list<element: int64> instead of INT"
    assert issues[4].startswith("The file is no Parquet")


def test_groups_may_have_taken_no_part_or_be_empty_and_are_text() -> None:
    definition = TableDefinition([ColumnDefinition("a", "INT")], format="csv")
    files = {"1.csv": b"1\n", "2.csv": b"2\n", "3.csv": b"3\n"}
    groups: dict[str, dict[str, str | None]] = {
        "1.csv": {"run": "007/é=%"},
        "2.csv": {"run": None},
        "3.csv": {"run": ""},
    }
    assert run("SELECT a, run FROM genes ORDER BY a", files, definition, groups) == [
        {"a": 1, "run": "007/é=%"},
        {"a": 2, "run": None},
        {"a": 3, "run": ""},
    ]


def test_a_condition_on_a_group_keeps_files_from_being_read() -> None:
    definition = TableDefinition([ColumnDefinition("a", "INT")], format="csv")
    files = {"1.csv": b"1\n", "2.csv": b"no number\n"}
    groups = {"1.csv": {"run": "x"}, "2.csv": {"run": "y"}}
    assert run("SELECT a FROM genes WHERE run = 'x'", files, definition, groups) == [{"a": 1}]


def test_a_column_and_a_group_of_one_name_are_refused() -> None:
    definition = TableDefinition([ColumnDefinition("Run", "INT")], format="csv")
    package = Package({"1.csv": b"1\n"}, {"1.csv": {"run": "x"}})
    problem = table_problem("FROM tabulator('lab', 'genes')", package, definition)
    assert (problem.kind, problem.text) == ("refused", "The table has two columns run. Rename one in its definition")


async def test_tables_of_all_formats_are_read_in_a_worker(world: QueryWorld) -> None:
    columns = [ColumnDefinition("a", "INT"), ColumnDefinition("b", "STRING")]
    contents = {
        "1.csv": "\ufeffx\ty\n1\té\n".encode(),
        "2.csv.gz": gzip.compress(b"x\ty\n2\tq\n"),
        "3.csv": b"x\ty\nnone\tq\n",
        "4.parquet": as_parquet({"A": [4]}),
    }
    package = Package(contents, {key: {"number": key[0]} for key in contents})
    csv, parquet = package.files[:3], package.files[3:]
    sources = [
        QuerySource(0, csv, definition=TableDefinition(columns, "csv", "\t", header=True, continue_on_error=True)),
        QuerySource(1, parquet, definition=TableDefinition(columns, "parquet")),
    ]
    sql = "SELECT a, b, number, \"$issue\" IS NULL FROM (FROM tabulator('lab', 'a') UNION ALL FROM tabulator('lab', 'b')) ORDER BY number"
    ran = await world.run(sql, contents, sources=sources)
    assert [tuple(row.values()) for row in ran.rows] == [
        (1, "é", "1", True),
        (2, "q", "2", True),
        (None, None, "3", False),
        (4, None, "4", False),
    ]
