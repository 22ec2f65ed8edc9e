"""Files that are damaged, lie or are far too large: a sentence, or a part of the table with a note."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.ipc as pa_ipc
import pyarrow.parquet as pq
import pytest

from shared.readers.errors import UnreadableFile
from shared.readers.queries import PreviewOptions, RowsQuery
from shared.readers.registry import Reader
from shared.readers.source import BytesSource, RangeSource
from shared.readers.tables import arrow, delimited, fcs, jsonlines, numpy_arrays, parquet, spreadsheet, statistical
from shared.schemas.previews import RowsPage, TablePreview

MEGABYTE = 1 << 20


class EndlessSource:
    """A gigabyte of the same bytes, after a beginning."""

    size = 1 << 30

    def __init__(self, beginning: bytes, repeated: bytes) -> None:
        self._beginning = beginning
        self._repeated = repeated
        self.read_bytes = 0

    def read(self, offset: int, length: int) -> bytes:
        length = max(min(length, self.size - offset), 0)
        self.read_bytes += length
        start = offset % len(self._repeated)
        pattern = self._repeated * (length // len(self._repeated) + 2)
        content = pattern[start : start + length]
        return (
            (self._beginning[offset:] + content[len(self._beginning) - offset :])[:length]
            if offset < len(self._beginning)
            else content
        )


def preview_of(reader: Reader, source: RangeSource | bytes, name: str = "") -> TablePreview:
    preview = reader.preview(BytesSource(source) if isinstance(source, bytes) else source, name, PreviewOptions())
    assert isinstance(preview, TablePreview)
    return preview


def refused(reader: Reader, content: bytes) -> str:
    with pytest.raises(UnreadableFile) as caught:
        preview_of(reader, content)
    return str(caught.value)


def parquet_file(rows: int = 100) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"a": range(rows), "s": [f"text {number}" for number in range(rows)]}), sink)
    return sink.getvalue()


def arrow_file(rows: int = 100) -> bytes:
    sink = io.BytesIO()
    table = pa.table({"a": range(rows), "s": [f"text {number}" for number in range(rows)]})
    with pa_ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def zip_file(parts: dict[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return sink.getvalue()


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
WORKBOOK = {
    "[Content_Types].xml": b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": b'<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


def workbook(cells: bytes, **parts: bytes) -> bytes:
    return zip_file({**WORKBOOK, "xl/worksheets/sheet1.xml": SHEET % cells, **parts})


def test_the_workbook_of_these_tests_can_be_read() -> None:
    cells = b'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
    assert preview_of(spreadsheet.READER, workbook(cells)).rows == [[1, 2]]


def test_a_line_of_a_gigabyte_is_shown_by_its_beginning() -> None:
    source = EndlessSource(b"id,text\n1,a\n2,", b"x")
    preview = preview_of(delimited.READER, source, "a.csv")
    assert preview.rows[0] == [1, "a"]
    assert (preview.total, preview.complete) == (None, False)
    assert "A line is longer than 4 Mi characters; the table is shown up to there" in preview.notes
    assert source.read_bytes < 8 * MEGABYTE
    assert delimited.READER.statistics
    assert not delimited.READER.statistics(EndlessSource(b"id,text\n1,a\n2,", b"x"), "a.csv", RowsQuery()).complete


def test_a_line_of_a_gigabyte_of_json_is_left_out() -> None:
    source = EndlessSource(b'{"a": 1}\n{"a": "', b"x")
    preview = preview_of(jsonlines.READER, source)
    assert (preview.rows, preview.total) == ([[1]], None)
    assert source.read_bytes < 24 * MEGABYTE


def test_an_element_of_a_gigabyte_of_json_ends_the_array() -> None:
    source = EndlessSource(b'[{"a": 1}, {"a": "', b"x")
    preview = preview_of(jsonlines.READER, source)
    assert (preview.rows, preview.total) == ([[1]], None)
    assert source.read_bytes < 48 * MEGABYTE


def test_a_quote_that_is_never_closed_does_not_swallow_the_table() -> None:
    lines = [f'{number},"{number}"\n' for number in range(5_000)]
    lines[3_000] = '3000,"open\n'
    content = "".join(["id,text\n", *lines]).encode()
    preview = preview_of(delimited.READER, content, "a.csv")
    assert preview.total == 5_000
    assert delimited.READER.rows
    page = delimited.READER.rows(BytesSource(content), "a.csv", RowsQuery(offset=2_999, limit=3))
    assert isinstance(page, RowsPage)
    assert page.rows == [[2999, 2999], [3000, '"open'], [3001, 3001]]
    assert "Quotes that do not enclose a whole cell are shown as characters" in page.notes


def test_a_table_of_30_000_columns_is_shown_in_part() -> None:
    header = ",".join(f"c{number}" for number in range(30_000))
    line = ",".join(map(str, range(30_000)))
    content = f"{header}\n{line}\n{line}\n".encode()
    preview = preview_of(delimited.READER, content, "a.csv")
    assert len(preview.columns) == 1_000
    assert "The first 1,000 of 30,000 columns are shown" in preview.notes
    assert delimited.READER.rows
    page = delimited.READER.rows(BytesSource(content), "a.csv", RowsQuery(columns=["c29999"]))
    assert isinstance(page, RowsPage)
    assert page.rows == [[29999], [29999]]


def test_deep_json_is_no_record() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    preview = preview_of(jsonlines.READER, ('{"a": 1}\n{"a": ' + deep + "}\n" + '{"a": 2}\n').encode())
    assert [row for row in preview.rows if row[0] in {1, 2}] == [[1], [2]]
    preview = preview_of(jsonlines.READER, ('[{"a": 1}, {"a": ' + deep + "}]").encode())
    assert preview.rows[0] == [1]
    json.loads(preview.model_dump_json())


def test_an_encrypted_parquet_file_says_so() -> None:
    assert refused(parquet.READER, b"PARE" + bytes(100) + b"PARE") == "The file is encrypted"


def test_a_parquet_file_without_its_end_says_so() -> None:
    assert "its end is missing" in refused(parquet.READER, parquet_file()[:-20])


@pytest.mark.parametrize("length", [0, 1 << 20, (1 << 32) - 1])
def test_a_footer_of_an_impossible_length_is_refused(length: int) -> None:
    content = parquet_file()
    with pytest.raises((UnreadableFile, OSError)):
        preview_of(parquet.READER, content[:-8] + struct.pack("<I", length) + b"PAR1")


def test_rows_that_the_footer_invents_are_no_rows() -> None:
    """The footer says one row more than its row groups hold."""
    content = parquet_file(100)
    length = int.from_bytes(content[-8:-4], "little")
    footer = content[-8 - length : -8]
    assert footer.count(b"\x16\xc8\x01") >= 2  # 100, as an integer with its field
    lying = footer.replace(b"\x16\xc8\x01", b"\x16\xca\x01", 1)
    assert "do not have as many rows" in refused(parquet.READER, content[: -8 - length] + lying + content[-8:])


@pytest.mark.parametrize("place", range(4, 4000, 97))
def test_a_damaged_parquet_file_is_an_error_or_a_table(place: int) -> None:
    content = bytearray(parquet_file(3_000))
    content[place] ^= 0xFF
    try:
        preview = preview_of(parquet.READER, bytes(content))
    except (UnreadableFile, OSError, pa.ArrowException):
        return
    assert preview.total == 3_000


def test_long_strings_that_are_stored_once_are_read_in_small_batches() -> None:
    repeated = pa.DictionaryArray.from_arrays(pa.array(np.zeros(2_000, np.int32)), pa.array(["x" * 50_000]))
    sink = io.BytesIO()
    pq.write_table(pa.table({"s": repeated}), sink, store_schema=False)
    assert len(sink.getvalue()) < 500_000
    batches = [batch.nbytes for batch in parquet.ParquetTable(BytesSource(sink.getvalue())).batches([0])]
    assert sum(batches) > 100_000_000
    assert max(batches) < 24 * MEGABYTE


def test_a_record_batch_that_lies_about_its_rows_is_refused() -> None:
    content = arrow_file(100)
    rows = (100).to_bytes(8, "little")
    assert content.count(rows) >= 1
    lying = content.replace(rows, (1 << 40).to_bytes(8, "little"))
    with pytest.raises((UnreadableFile, OSError, pa.ArrowException)):
        preview_of(arrow.READER, lying)


def test_strings_beyond_their_buffer_are_refused() -> None:
    content = arrow_file(3)
    offsets = struct.pack("<4i", 0, 6, 12, 18)
    assert content.count(offsets) == 1
    with pytest.raises((UnreadableFile, pa.ArrowException)):
        preview_of(arrow.READER, content.replace(offsets, struct.pack("<4i", 0, 6, 12, 1 << 30)))


@pytest.mark.parametrize("tail", [b"\xff\xff\xff\x7fARROW1", b"\0\0\0\0ARROW1", b"\x05\0\0\0ARROW1", b"ARROW0"])
def test_an_arrow_file_with_a_wrong_end_is_refused(tail: bytes) -> None:
    refused(arrow.READER, arrow_file()[: -len(tail)] + tail)


def test_a_sheet_that_spans_all_cells_is_refused() -> None:
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    assert refused(spreadsheet.READER, workbook(cells)) == (
        "The sheet spans 1,048,576 rows and 16,384 columns, which is too much to be shown"
    )


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    content = workbook(b'<row r="1"><c r="A1"><v>1</v></c></row>' + b" " * (300 * MEGABYTE))
    assert len(content) < MEGABYTE
    assert "unpacks to more than 256 MiB" in refused(spreadsheet.READER, content)


def test_a_workbook_that_hides_how_much_it_unpacks_to_is_refused() -> None:
    content = bytearray(workbook(b" " * (300 * MEGABYTE)))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    hidden = bytes(content).replace(struct.pack("<I", size), struct.pack("<I", 1_000))
    assert hidden != bytes(content)
    assert "unpacks to more than 256 MiB" in refused(spreadsheet.READER, hidden)


def test_entities_that_multiply_are_not_expanded() -> None:
    entities = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))
    strings = f'<!DOCTYPE sst [<!ENTITY e0 "haha">{entities}]><sst><si><t>&e9;</t></si></sst>'.encode()
    content = workbook(b'<row r="1"><c r="A1" t="s"><v>0</v></c></row>', **{"xl/sharedStrings.xml": strings})
    try:
        preview = preview_of(spreadsheet.READER, content)
    except UnreadableFile:
        return
    assert len(preview.model_dump_json()) < 10_000


def test_a_workbook_of_garbage_is_refused() -> None:
    for content in (
        b"PK\x03\x04" + bytes(100),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        zip_file({"a": b"b"}),
    ):
        refused(spreadsheet.READER, content)


CORPUS = Path(__file__).parents[1] / "corpus" / "tables"
OLD_WORKBOOK = CORPUS / "sheets.xls"
_TABLE_OF_SECTORS = 76
"""Place in a compound file of the number of the sector that says which sector follows which."""
_DIMENSIONS = b"\x00\x02\x0e\x00"


def sectors_in_a_circle(content: bytearray) -> None:
    table = 512 * (1 + int.from_bytes(content[_TABLE_OF_SECTORS : _TABLE_OF_SECTORS + 4], "little"))
    following = list(struct.unpack_from("<128I", content, table))
    middle = next(index for index, each in enumerate(following) if each == index + 1 and following[each] == index + 2)
    struct.pack_into("<I", content, table + 4 * (middle + 1), middle)


def sheet_that_ends_before_it_begins(content: bytearray) -> None:
    struct.pack_into("<2I", content, content.index(_DIMENSIONS) + 4, 0x10000000, 3)


def sheet_of_too_many_cells(content: bytearray) -> None:
    struct.pack_into("<2I2H", content, content.index(_DIMENSIONS) + 4, 0, 65_536, 0, 65_535)


def cell_in_the_last_corner(content: bytearray) -> None:
    place = content.index(_DIMENSIONS)
    while content[place : place + 2] != b"\xfd\x00":  # a cell with a text
        place += 4 + int.from_bytes(content[place + 2 : place + 4], "little")
    struct.pack_into("<2H", content, place + 4, 65_535, 65_535)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (sectors_in_a_circle, "in a circle"),
        (sheet_that_ends_before_it_begins, "does not begin before it ends"),
        (sheet_of_too_many_cells, "more cells than are possible"),
        (cell_in_the_last_corner, "too much to be shown"),
    ],
)
def test_an_old_workbook_that_would_fill_the_memory_is_refused(change: Callable[[bytearray], None], said: str) -> None:
    content = bytearray(OLD_WORKBOOK.read_bytes())
    assert preview_of(spreadsheet.READER, bytes(content)).rows
    change(content)
    with pytest.raises(UnreadableFile, match=said):
        preview_of(spreadsheet.READER, bytes(content))


@pytest.mark.parametrize("name", ["people.sav", "people.zsav", "iris.sav"])
def test_a_variable_of_an_impossible_width_is_refused(name: str) -> None:
    content = bytearray((CORPUS / name).read_bytes())
    struct.pack_into("<i", content, 180, 0xDB0000)
    with pytest.raises(UnreadableFile, match="impossible width"):
        preview_of(statistical.READERS[2], bytes(content))


@pytest.mark.parametrize("place", [320, 324])
def test_numbers_in_a_format_of_texts_are_refused(place: int) -> None:
    """With one of the two formats of the last variable so, the library reads beyond an end."""
    content = bytearray((CORPUS / "iris.sav").read_bytes())
    struct.pack_into("<I", content, place, 0x00010000)
    with pytest.raises(UnreadableFile, match="numbers in a format of texts"):
        preview_of(statistical.READERS[2], bytes(content))


@pytest.mark.parametrize(("place", "number"), [(-1, 6), (180, 255)], ids=["of no variable", "behind a longer text"])
def test_labels_of_texts_in_another_encoding_are_refused(place: int, number: int) -> None:
    """The library follows no address for a value that it cannot decode. A text has a place for 8 bytes each."""
    content = bytearray((CORPUS / "iris.sav").read_bytes())
    labeled = content.index(struct.pack("<3I", 4, 1, 5)) + 8
    struct.pack_into("<I", content, labeled if place < 0 else place, number)
    with pytest.raises(UnreadableFile, match="not in its encoding"):
        preview_of(statistical.READERS[2], bytes(content))


def npy_header(header: str) -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 100000000)}",
        "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': [('a', '|O'), ('b', '<f8')], 'fortran_order': False, 'shape': (1,)}",
        "__import__('os').system('true')",
        "(" * 10_000,
    ],
)
def test_headers_of_arrays_that_lie_are_refused(header: str) -> None:
    refused(numpy_arrays.READER, npy_header(header) + bytes(64))


def test_pickles_in_arrays_are_never_loaded() -> None:
    sink = io.BytesIO()
    np.save(sink, np.array([print], dtype=object), allow_pickle=True)
    assert "stored as pickles and never loaded" in refused(numpy_arrays.READER, sink.getvalue())


def fcs_file(text: str, events: bytes = b"") -> bytes:
    body = text.encode()
    end = 58 + len(body)
    return (
        b"FCS3.0    "
        + b"".join(b"%8d" % place for place in (58, end - 1, end, end + len(events) - 1, 0, 0))
        + body
        + events
    )


FCS_TEXT = "/$PAR/2/$TOT/{tot}/$DATATYPE/F/$MODE/L/$BYTEORD/1,2,3,4/$P1B/32/$P1N/a//b/$P2B/32/$P2N/c/"


def test_events_beyond_the_file_are_left_out() -> None:
    content = fcs_file(FCS_TEXT.format(tot=10**12), struct.pack("<4f", 1, 2, 3, 4))
    preview = preview_of(fcs.READER, content)
    assert [column.name for column in preview.columns] == ["a/b", "c"]
    assert preview.rows == [[1, 2], [3, 4]]
    assert preview.notes == ["The file says that it has 1,000,000,000,000 events, but holds only 2"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("$PAR/2", "$PAR/1000000000"),
        lambda text: text.replace("$PAR/2", "$PAR/many"),
        lambda text: text.replace("$P1B/32", "$P1B/7"),
        lambda text: text.replace("$DATATYPE/F", "$DATATYPE/A"),
        lambda text: text.replace("$MODE/L", "$MODE/C"),
        lambda _: "",
    ],
)
def test_headers_of_events_that_lie_are_refused(change: Callable[[str], str]) -> None:
    refused(fcs.READER, fcs_file(change(FCS_TEXT.format(tot=1)), bytes(8)))
