"""Rows by condition and order, compared with the same question asked in Python, whatever the format."""

import io
import json
import math
import operator
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.ipc as pa_ipc
import pyarrow.orc as pa_orc
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.readers.errors import UnreadableFile
from shared.readers.queries import PreviewOptions, RowsQuery
from shared.readers.registry import Reader
from shared.readers.source import BytesSource
from shared.readers.tables import arrow, delimited, jsonlines, orc, parquet
from shared.schemas.previews import RowsPage, TablePreview

Row = dict[str, Any]
SCHEMA = pa.schema([("n", pa.int64()), ("x", pa.float64()), ("s", pa.string()), ("d", pa.date32()), ("b", pa.bool_())])
NAMES = SCHEMA.names
WORDS = ["", "a", "A", "ab", "b c", "Ä", '"', "x,y", "10", "%", "_"]

rows_of_tables = st.lists(
    st.fixed_dictionaries(
        {
            "n": st.none() | st.integers(-3, 3) | st.integers(-(2**63), 2**63 - 1),
            "x": st.none() | st.sampled_from([0.0, -1.5, 0.1, 1e300, 2.0, -2.0]),
            "s": st.none() | st.sampled_from(WORDS),
            "d": st.none() | st.dates(date(2020, 1, 1), date(2020, 1, 9)),
            "b": st.none() | st.booleans(),
        }
    ),
    max_size=30,
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "n": st.integers(-3, 3) | st.sampled_from([2**63 - 1, -(2**63), 2**64, -(2**70), 0.5, -2.5, 1e30]),
    "x": st.sampled_from([0.0, -1.5, 0.1, 2, "0.1"]),
    "s": st.sampled_from(WORDS[1:]),
    "d": st.dates(date(2020, 1, 1), date(2020, 1, 9)).map(date.isoformat),
    "b": st.booleans(),
}


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str, Any]:
    name = draw(st.sampled_from(NAMES))
    sign = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">=", "in", "contains", "null"]))
    match sign:
        case "null":
            return name, sign, draw(st.booleans())
        case "contains":
            return "s", sign, draw(st.sampled_from(["a", "B", "ä", ",", "%"]))
        case "in":
            return name, sign, draw(st.lists(VALUES[name], max_size=3))
        case _:
            return name, sign, draw(VALUES[name])


def holds(row: Row, name: str, sign: str, value: Any) -> bool:
    found = row[name]
    if sign == "null":
        return (found is None) is value
    if found is None:
        return False
    if sign == "contains":
        return value.lower() in found.lower()
    if sign == "in":
        return any(holds(row, name, "=", each) for each in value)
    if name == "d":
        value = date.fromisoformat(value)
    if name == "x":
        value = float(value)
    return bool(COMPARISONS[sign](found, value))


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def in_order(rows: list[Row], sort: list[str]) -> list[Row]:
    """Equal rows keep their order, and nulls are last."""
    for key in reversed(sort):
        name = key.removeprefix("-")
        present = sorted(
            (row for row in rows if row[name] is not None), key=operator.itemgetter(name), reverse=key[0] == "-"
        )
        rows = present + [row for row in rows if row[name] is None]
    return rows


def expected_rows(rows: list[Row], query: RowsQuery) -> list[Row]:
    found = [row for row in rows if all(holds(row, *condition) for condition in query.where)]
    return in_order(found, query.sort) if query.sort else found


def as_cells(row: Row) -> list[Any]:
    big = row["n"] is not None and abs(row["n"]) > 2**53
    day = row["d"].isoformat() if row["d"] else None
    return [str(row["n"]) if big else row["n"], row["x"], row["s"], day, row["b"]]


def parquet_content(rows: list[Row]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), sink, row_group_size=7)
    return sink.getvalue()


def arrow_content(rows: list[Row]) -> bytes:
    sink = io.BytesIO()
    with pa_ipc.new_file(sink, SCHEMA) as writer:
        writer.write_table(pa.Table.from_pylist(rows, SCHEMA), max_chunksize=7)
    return sink.getvalue()


def orc_content(rows: list[Row]) -> bytes:
    sink = io.BytesIO()
    pa_orc.write_table(pa.Table.from_pylist(rows, SCHEMA), sink)
    return sink.getvalue()


FORMATS: dict[str, tuple[Reader, Callable[[list[Row]], bytes]]] = {
    "parquet": (parquet.READER, parquet_content),
    "arrow": (arrow.READER, arrow_content),
    "orc": (orc.READER, orc_content),
}


@pytest.mark.parametrize("file_format", FORMATS)
@settings(max_examples=25)
@given(
    rows=rows_of_tables,
    query=st.builds(
        RowsQuery,
        where=st.lists(conditions(), max_size=2),
        sort=st.lists(
            st.sampled_from([*NAMES, *(f"-{name}" for name in NAMES)]),
            max_size=2,
            unique_by=lambda key: key.removeprefix("-"),
        ),
        offset=st.integers(0, 5),
        limit=st.integers(0, 12),
    ),
)
def test_rows_are_those_that_match_in_their_order(file_format: str, rows: list[Row], query: RowsQuery) -> None:
    reader, content_of = FORMATS[file_format]
    expected = [as_cells(row) for row in expected_rows(rows, query)]
    page = rows_of(reader, content_of(rows), query)
    assert page.rows == expected[query.offset : query.offset + query.limit]
    assert page.total == len(expected)
    assert [column.type for column in page.columns] == ["integer", "number", "string", "date", "boolean"]
    assert reader.rows
    stream = reader.rows(BytesSource(content_of(rows)), "", msgspec.structs.replace(query, arrow=True))
    assert isinstance(stream, bytes)
    table = pa_ipc.open_stream(stream).read_all()
    assert [as_cells(row) for row in table.to_pylist()] == page.rows


PRINTABLE = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\x85\u2028\u2029"),
    min_size=1,
    max_size=6,
)


@settings(max_examples=100)
@given(
    names=st.lists(st.from_regex(r"[a-z]{3,8}", fullmatch=True), min_size=2, max_size=5, unique=True),
    count=st.integers(3, 12),
    marks=st.tuples(
        st.sampled_from(",;\t|"),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    ),
    data=st.data(),
)
def test_delimited_texts_are_read_as_they_were_written(
    names: list[str], count: int, marks: tuple[str, str, str], data: st.DataObject
) -> None:
    """Cells are quoted where they must be, and one column holds numbers."""
    separator, end, encoding = marks
    words = st.sampled_from(
        ["plain", "two words", f"with{separator}separator", 'with "quotes"', "with\nline", "Ünïcödé", "it's", "-"]
    )
    rows = [[number, *(data.draw(words) for _ in names[1:])] for number in range(count)]
    lines: list[list[Any]] = [list(names), *rows]
    quoted = end.join(separator.join(quote(str(cell), separator) for cell in line) for line in lines) + end
    page = rows_of(delimited.READER, quoted.encode(encoding), RowsQuery(limit=100))
    assert [column.name for column in page.columns] == names
    assert page.rows == rows


def quote(text: str, separator: str) -> str:
    needs = separator in text or '"' in text or "\n" in text
    return '"' + text.replace('"', '""') + '"' if needs else text


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | PRINTABLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pqr"), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=100)
@given(
    kinds=st.lists(
        st.sampled_from(
            [
                st.integers(-(2**53), 2**53),
                PRINTABLE,
                st.booleans(),
                st.lists(json_values, max_size=3),
                st.dictionaries(st.sampled_from("pqr"), json_values, max_size=3),
            ]
        ),
        min_size=1,
        max_size=4,
    ),
    count=st.integers(1, 8),
    brackets=st.sampled_from(["", "[]"]),
    data=st.data(),
)
def test_records_are_read_as_they_were_written(
    kinds: list[st.SearchStrategy[Any]], count: int, brackets: str, data: st.DataObject
) -> None:
    records = [{f"f{index}": data.draw(kind) for index, kind in enumerate(kinds)} for _ in range(count)]
    lines = [json.dumps(record) for record in records]
    content = "[" + ",\n".join(lines) + "]" if brackets else "\n".join(lines)
    page = rows_of(jsonlines.READER, content.encode(), RowsQuery(limit=100))
    assert page.rows == [list(record.values()) for record in records]


@given(st.lists(st.floats() | st.none(), max_size=50))
@settings(max_examples=50)
def test_numbers_are_counted_once(numbers: list[float | None]) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.table({"x": pa.array(numbers, pa.float64())}), sink)
    assert parquet.READER.statistics
    column = parquet.READER.statistics(BytesSource(sink.getvalue()), "", RowsQuery()).columns[0]
    present = [number for number in numbers if number is not None]
    finite = [number for number in present if math.isfinite(number)]
    assert (column.count, column.nulls) == (len(present), len(numbers) - len(present))
    if len(finite) == len(present) and finite:
        assert (column.min, column.max) == (min(finite), max(finite))
        assert sum(count for _, _, count in column.histogram) == len(finite)


def test_conditions_that_do_not_fit_are_refused() -> None:
    content = parquet_content([{"n": 1, "x": 1.0, "s": "a", "d": None, "b": True}])
    for where in (
        ("n", "=", "many"),
        ("n", "~", 1),
        ("z", "=", 1),
        ("d", "<", "soon"),
        ("b", "=", "perhaps"),
        ("n", "in", 3),
        ("s", "contains", [1]),
    ):
        with pytest.raises(UnreadableFile):
            rows_of(parquet.READER, content, RowsQuery(where=[where]))
    for query in (RowsQuery(sort=["z"]), RowsQuery(columns=["z"]), RowsQuery(limit=1001), RowsQuery(offset=-1)):
        with pytest.raises(UnreadableFile):
            rows_of(parquet.READER, content, query)


def test_an_offset_beyond_the_end_gives_no_rows() -> None:
    content = parquet_content([{"n": number, "x": None, "s": None, "d": None, "b": None} for number in range(9)])
    page = rows_of(parquet.READER, content, RowsQuery(offset=100))
    assert (page.rows, page.total) == ([], 9)
    page = rows_of(delimited.READER, b"a,b\n1,2\n", RowsQuery(offset=100))
    assert page.rows == []


def test_values_that_do_not_fit_their_column_are_shown_and_counted() -> None:
    content = "id,price\n" + "".join(f"{number},{number / 4}\n" for number in range(400)) + "late,free\n"
    page = rows_of(delimited.READER, content.encode(), RowsQuery(offset=400))
    assert page.rows == [["late", "free"]]
    assert [
        row[0] for row in rows_of(delimited.READER, content.encode(), RowsQuery(where=[("id", ">=", 399)])).rows
    ] == [399]
    assert delimited.READER.statistics
    statistics = delimited.READER.statistics(BytesSource(content.encode()), "", RowsQuery())
    assert [(column.count, column.nulls) for column in statistics.columns] == [(400, 0), (400, 0)]
    assert len([note for note in statistics.notes if "1 times" in note]) == 2


def test_long_values_are_cut_and_said_to_be() -> None:
    content = f"id,text\n1,{'x' * 100_000}\n2,y\n".encode()
    preview = delimited.READER.preview(BytesSource(content), "a.csv", PreviewOptions())
    assert isinstance(preview, TablePreview)
    assert preview.rows[0][1] == "x" * 10_000 + "…"
    assert not preview.complete
    assert "Long values are cut; they end with …" in preview.notes


def rows_of(reader: Reader, content: bytes, query: RowsQuery) -> RowsPage:
    assert reader.rows
    page = reader.rows(BytesSource(content), "", query)
    assert isinstance(page, RowsPage)
    return page


CELLS = st.sampled_from(
    ["", "a", "b c", "1", '"', '""', '"x"', '"x,y"', '"x\ny"', '"x""y"', 'x"y', '"x"y', '"open', "é", " "]
)


@settings(max_examples=300)
@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=12),
    end=st.sampled_from(["\n", "\r\n"]),
    last_end=st.sampled_from([0, 1]),
    block_characters=st.sampled_from([7, 20, 1000]),
)
def test_blocks_hold_the_same_cells_as_rows(
    rows: list[list[str]], end: str, last_end: int, block_characters: int
) -> None:
    """Arrow parses regular blocks, Python all others: ragged rows, stray quotes."""
    lines = [["one", "two", "three"], ["a", "b", "c"], *rows]
    content = (end.join(",".join(line) for line in lines) + end * last_end).encode()
    table = delimited.DelimitedTable(BytesSource(content), delimited.detect_layout(BytesSource(content), "a.csv"))
    table.block_characters = block_characters
    columns = range(len(table.columns))
    in_blocks = [list(row.values()) for batch in table.batches(columns) for row in batch.to_pylist()]
    in_rows = [list(row.values()) for batch in table.batches(columns, batch_rows=5) for row in batch.to_pylist()]
    assert in_blocks == in_rows
