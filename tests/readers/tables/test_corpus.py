"""Each file of the corpus, compared with what the library of its format reads."""

import csv
import gzip
import io
import json
import math
import tempfile
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import flowio
import numpy as np
import pyarrow as pa
import pyarrow.ipc as pa_ipc
import pyarrow.orc as pa_orc
import pyarrow.parquet as pq
import pyreadstat
import pytest
import python_calamine
from support.sandbox.sources import MemorySource

from shared.readers.choice import choose
from shared.readers.operations import OPERATIONS
from shared.readers.queries import PreviewOptions, RowsQuery
from shared.readers.registry import Reader
from shared.readers.source import BytesSource
from shared.readers.tables import (
    arrow,
    bam,
    delimited,
    fcs,
    genomics,
    jsonlines,
    numpy_arrays,
    orc,
    parquet,
    spreadsheet,
    statistical,
)
from shared.sandbox.pool import SandboxPool
from shared.schemas.previews import RowsPage, TablePreview

CORPUS = Path(__file__).parents[1] / "corpus" / "tables"
SAS, STATA, SPSS = statistical.READERS
VCF, BED, GFF, SAM = genomics.READERS

Oracle = Callable[[bytes], list[list[Any]]]


def cell(value: Any) -> Any:  # noqa: PLR0911 – one for each type
    """A value of Python as an answer writes it."""
    match value:
        case bool() | None:
            return value
        case int():
            return value if abs(value) <= 2**53 else str(value)
        case float():
            return (
                value
                if math.isfinite(value)
                else "NaN"
                if math.isnan(value)
                else f"{value:+f}".replace("+inf", "Infinity").replace("-inf", "-Infinity")
            )
        case bytes():
            return value.hex()
        case Decimal():
            return f"{value:f}"
        case datetime():
            text = value.replace(tzinfo=None).isoformat()
            return (text.rstrip("0") if "." in text else text) + ("Z" if value.tzinfo else "")
        case date() | time():
            return value.isoformat()
        case list():
            return [cell(item) for item in value]
        case dict():
            return {key: cell(item) for key, item in value.items()}
        case _:
            return value


def arrow_rows(table: pa.Table) -> list[list[Any]]:
    """Kinds whose text Python cannot make alike are checked in `test_cells.py`."""
    columns = []
    for column in table.columns:
        kind = column.type
        if pa.types.is_duration(kind) or kind == pa.timestamp("ns"):
            columns.append([SKIPPED] * len(column))
        elif pa.types.is_timestamp(kind):
            moments = column.cast(pa.timestamp("us", "UTC" if kind.tz else None), safe=False)
            columns.append([cell(value) for value in moments.to_pylist()])
        elif kind in (pa.float32(), pa.float16()):
            columns.append(
                [None if value is None else cell(float(str(np.float32(value)))) for value in column.to_pylist()]
            )
        elif pa.types.is_map(kind):
            columns.append([None if value is None else cell(dict(value)) for value in column.to_pylist()])
        else:
            columns.append([cell(value) for value in column.to_pylist()])
    return [list(row) for row in zip(*columns, strict=True)]


SKIPPED = object()


def parquet_rows(content: bytes) -> list[list[Any]]:
    return arrow_rows(pq.read_table(io.BytesIO(content)))


def ipc_file_rows(content: bytes) -> list[list[Any]]:
    return arrow_rows(pa_ipc.open_file(io.BytesIO(content)).read_all())


def ipc_stream_rows(content: bytes) -> list[list[Any]]:
    return arrow_rows(pa_ipc.open_stream(io.BytesIO(content)).read_all())


def orc_rows(content: bytes) -> list[list[Any]]:
    return arrow_rows(pa_orc.read_table(io.BytesIO(content)))


def csv_rows(skipped: int = 1, separator: str = ",", comment: str = "\0") -> Oracle:
    def read(content: bytes) -> list[list[Any]]:
        lines = (line for line in io.StringIO(content.decode(), newline="") if not line.startswith(comment))
        return [[text or None for text in row] for row in islice(csv.reader(lines, delimiter=separator), skipped, None)]

    return read


def tab_rows(comment: str, width: int | None = None) -> Oracle:
    def read(content: bytes) -> list[list[Any]]:
        rows = []
        for line in content.decode().split("##FASTA")[0].splitlines():
            if not line.startswith((comment, "track", "browser")) and line:
                cells = line.split("\t")
                if width:
                    cells = [*cells[: width - 1], "\t".join(cells[width - 1 :])]
                rows.append([text or None for text in cells])
        return rows

    return read


def sam_rows(name: str) -> Oracle:
    """The rows of a BAM file as samtools wrote them."""
    return lambda _: tab_rows("@", 12)((CORPUS / name).read_bytes())


def json_lines_rows(content: bytes) -> list[list[Any]]:
    records = [json.loads(line) for line in content.splitlines() if not line.startswith(b"broken")]
    return record_rows(records)


def record_rows(records: list[Any]) -> list[list[Any]]:
    if isinstance(records[0], list):
        return [[cell(value) for value in record] for record in records]
    names = list(dict.fromkeys(name for record in records for name in record))
    return [[cell(record.get(name)) for name in names] for record in records]


def sheet_rows(skipped: int) -> Oracle:
    def read(content: bytes) -> list[list[Any]]:
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [workbook.get_sheet_by_name(name) for name in workbook.sheet_names]
        rows = next((sheet.to_python() for sheet in sheets if sheet.height), [])
        return [[None if value in ("", None) else cell(value) for value in row] for row in rows[skipped:]]

    return read


def statistical_rows(read_file: Callable[..., Any]) -> Oracle:
    def read(content: bytes) -> list[list[Any]]:
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            columns, _ = read_file(file.name, output_format="dict")
        values = [
            [None if isinstance(value, float) and math.isnan(value) else cell(value) for value in column]
            for column in columns.values()
        ]
        return [list(row) for row in zip(*values, strict=True)]

    return read


def numpy_rows(content: bytes) -> list[list[Any]]:
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names:
        return [[cell(value) for value in row] for row in array.tolist()]
    return [[cell(value) for value in row] for row in array.reshape(len(array), -1).tolist()]


def event_rows(content: bytes) -> list[list[Any]]:
    data = flowio.FlowData(io.BytesIO(content))
    events = np.reshape(data.events, (-1, data.channel_count))
    return [[cell(value) for value in row] for row in events.tolist()]


FILES: dict[str, tuple[Reader, Oracle]] = {
    **dict.fromkeys(
        ("types.parquet", "groups.parquet", "v0.7.1.parquet", "v0.7.1.column-metadata-handling.parquet", "v0.7.1.some-named-index.parquet", "int96.parquet"),
        (parquet.READER, parquet_rows),
    ),
    **dict.fromkeys(("types.arrow", "batches.feather", "v0.17.0.version.2-compression.lz4.feather"), (arrow.READER, ipc_file_rows)),
    "batches.arrows": (arrow.READER, ipc_stream_rows),
    **dict.fromkeys(("TestOrcFile.test1.orc", "TestOrcFile.testDate1900.orc", "decimal.orc"), (orc.READER, orc_rows)),
    **dict.fromkeys(
        ("FY09_EDU_Recipients_by_State.csv", "acs2012_5yr_population.csv", "wine_data.csv", "penguins.csv", "la-riots.csv", "challenge.csv", "test_quote_nonnumeric.csv"),
        (delimited.READER, csv_rows()),
    ),
    **dict.fromkeys(("barley.json", "driving.json", "iris.json"), (jsonlines.READER, lambda content: record_rows(json.loads(content)))),
    **dict.fromkeys(("events.jsonl", "arrays.jsonl"), (jsonlines.READER, json_lines_rows)),
    "mixed.ndjson": (jsonlines.READER, lambda _: [["1", "x"], ["one", "2"], ["12345678901234567890", None]]),
    **dict.fromkeys(("founders.xlsx", "bad_dimensions.xlsx", "sheets.xlsx", "type-me.xlsx", "people.xlsm"), (spreadsheet.READER, sheet_rows(1))),
    "geometry.xlsx": (spreadsheet.READER, sheet_rows(1)),
    "deaths.xlsx": (spreadsheet.READER, sheet_rows(5)),
    **dict.fromkeys(("dates.xls", "errors.xls", "sheets.xls", "clippy.xls", "ragged.ods"), (spreadsheet.READER, sheet_rows(1))),
    **dict.fromkeys(("book.ods", "unknown_value_type.ods"), (spreadsheet.READER, sheet_rows(0))),
    **dict.fromkeys(("iris.sav", "people.sav", "people.zsav"), (SPSS, statistical_rows(pyreadstat.read_sav))),
    "people.por": (SPSS, statistical_rows(pyreadstat.read_por)),
    **dict.fromkeys(("iris.dta", "macrodata.dta", "data_missing.dta", "people_v15.dta"), (STATA, statistical_rows(pyreadstat.read_dta))),
    "iris.sas7bdat.gz": (SAS, statistical_rows(pyreadstat.read_sas7bdat)),
    **dict.fromkeys(("people_v5.xpt", "people_v8.xpt"), (SAS, statistical_rows(pyreadstat.read_xport))),
    **dict.fromkeys(("matrix.npy", "fortran.npy", "structured.npy", "cube.npy", "line.npy"), (numpy_arrays.READER, numpy_rows)),
    "cyflow_cube_8.fcs.gz": (fcs.READER, event_rows),
    **dict.fromkeys(("example-4.0.vcf", "gatk.vcf", "strelka.vcf"), (VCF, tab_rows("#"))),
    **dict.fromkeys(("FBgn0031208.gtf", "gff_example1.gff3", "hybrid1.gff3"), (GFF, tab_rows("#"))),
    **dict.fromkeys(("peaks.bed", "signal.bedgraph"), (BED, tab_rows("#"))),
    "spaces.bed": (BED, csv_rows(0, " ")),
    **dict.fromkeys(("spec.sam", "unmapped.sam", "header_only.sam", "small.sam", "y.sam", "reads.sam"), (SAM, tab_rows("@", 12))),
    **{f"{name}.bam": (bam.READER, sam_rows(f"{name}.sam")) for name in ("small", "y", "reads")},
}  # fmt: skip

SHORT = "people.xlsb"
DAMAGED = {"cytek_xp5_beginning.fcs", "facs_calibur_beginning.fcs", "hts_bd_lsr_ii_beginning.fcs"}


HEAD_BYTES = TAIL_BYTES = 64 << 10


def content_of(name: str) -> bytes:
    content = (CORPUS / name).read_bytes()
    return gzip.decompress(content) if name.endswith((".gz", ".bam")) else content


def same(found: Any, expected: Any) -> bool:
    """True if a cell is what the library read. Cells of texts are typed, the library's are not."""
    if expected is SKIPPED or found == expected:
        return True
    if isinstance(found, bool):
        return str(found).lower() == str(expected).lower()
    if isinstance(found, int | float) and isinstance(expected, str):
        return found == float(expected.replace(",", ""))
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=1e-6)  # single precision
    if isinstance(found, str) and isinstance(expected, int | float | bool):
        return found == str(expected).lower() or float(found) == expected
    return isinstance(found, str) and isinstance(expected, str) and found == f"{expected}T00:00:00"


def test_cells_that_the_library_does_not_read_are_told() -> None:
    preview = spreadsheet.READER.preview(BytesSource(content_of(SHORT)), SHORT, PreviewOptions())
    assert isinstance(preview, TablePreview)
    assert (preview.format, preview.tables) == ("xlsb", ["People", "Second"])
    assert preview.notes == ["The workbook has cells in a short form that is not read; they are shown empty"]


def rows_of(reader: Reader, content: bytes, query: RowsQuery) -> RowsPage:
    assert reader.rows
    page = reader.rows(BytesSource(content), "", query)
    assert isinstance(page, RowsPage)
    return page


def all_rows(reader: Reader, content: bytes, name: str, limit: int) -> list[list[Any]]:
    assert reader.rows
    rows: list[list[Any]] = []
    while True:
        page = reader.rows(BytesSource(content), name, RowsQuery(offset=len(rows), limit=limit))
        assert isinstance(page, RowsPage)
        if not page.rows:
            return rows
        rows += page.rows


def test_corpus_is_complete() -> None:
    assert {path.name for path in CORPUS.iterdir()} == {*FILES, *DAMAGED, SHORT, "README.md"}


@pytest.mark.parametrize("name", FILES)
def test_rows_are_those_that_the_library_reads(name: str) -> None:
    reader, read = FILES[name]
    content = content_of(name)
    expected = read(content)
    found = all_rows(reader, content, name, 1000)
    assert len(found) == len(expected)
    for number, (row, wanted) in enumerate(zip(found, expected, strict=True)):
        wanted = [*wanted, *[None] * (len(row) - len(wanted))]  # noqa: PLW2901 – short rows are filled up
        assert all(map(same, row, wanted)), (number, row, wanted)


@pytest.mark.parametrize("name", FILES)
def test_pages_join_to_the_table(name: str) -> None:
    reader, _ = FILES[name]
    content = content_of(name)
    preview = reader.preview(BytesSource(content), name, PreviewOptions(max_rows=30))
    assert isinstance(preview, TablePreview)
    assert all_rows(reader, content, name, 7)[:30] == preview.rows if (preview.total or 0) < 300 else True
    assert preview.total is None or preview.complete == (preview.total <= 30)
    json.loads(preview.model_dump_json())


@pytest.mark.parametrize("name", FILES)
def test_statistics_count_all_rows(name: str) -> None:
    reader, _ = FILES[name]
    content = content_of(name)
    assert reader.statistics
    rows = all_rows(reader, content, name, 1000)
    statistics = reader.statistics(BytesSource(content), name, RowsQuery())
    assert statistics.total == len(rows)
    for index, column in enumerate(statistics.columns):
        present = [row[index] for row in rows if row[index] is not None]
        assert column.count <= len(present)
        assert column.nulls >= len(rows) - len(present)
        numbers = [value for value in present if isinstance(value, int | float) and not isinstance(value, bool)]
        if column.type in {"integer", "number"} and len(numbers) == len(present) > 0:
            assert (column.min, column.max) == (min(numbers), max(numbers))
            assert column.mean == pytest.approx(sum(numbers) / len(numbers), rel=1e-6, abs=1e-6)
            assert sum(count for _, _, count in column.histogram) == len(numbers)
        if column.top and len({*map(str, present)}) <= 20:
            assert sum(count for _, count in column.top) == len(present)


@pytest.mark.parametrize("name", sorted(DAMAGED))
def test_the_rest_of_a_damaged_file_is_shown(name: str) -> None:
    preview = fcs.READER.preview(BytesSource(content_of(name)), name, PreviewOptions())
    assert isinstance(preview, TablePreview)
    assert len(preview.rows) == 100
    assert "but holds only" in preview.notes[0]


def test_durations_are_clocks_and_nanoseconds_are_kept() -> None:
    page = rows_of(arrow.READER, content_of("types.arrow"), RowsQuery(columns=["duration", "nano"]))
    assert page.rows == [
        ["1 00:00:01", "1970-01-01T00:00:00.000000001"],
        [None, None],
        ["-00:00:00.000005", "2001-09-09T01:46:40"],
    ]


@pytest.mark.parametrize("name", FILES)
async def test_all_operations_on_a_file_work_in_the_sandbox(pool: SandboxPool, name: str) -> None:
    """There are no files in it: neither modules that are not imported yet, nor time zones or converters of character sets."""
    reader, content = FILES[name][0], content_of(name)
    plain = name.removesuffix(".gz")
    assert choose(plain, content[:HEAD_BYTES], content[-TAIL_BYTES:]).reader.name == reader.name

    async def run(operation: str) -> bytes:
        return (await pool.run(operation, "tables", plain, OPERATIONS[operation][0](), MemorySource(content))).body

    expected = json.loads(reader.preview(BytesSource(content), name, PreviewOptions()).model_dump_json())
    assert json.loads(await run("preview"))["rows"] == expected["rows"]
    assert json.loads(await run("rows"))["rows"][: len(expected["rows"])] == expected["rows"]
    assert json.loads(await run("statistics"))["total"] is not None
    assert await run("texts") or not expected["columns"]
    assert (await run("arrow_file")).startswith(b"ARROW1")
    assert len(json.loads(await run("records"))["rows"]) >= len(expected["rows"])
