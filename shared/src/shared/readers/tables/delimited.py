"""CSV, TSV and their many relatives."""

import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pyarrow as pa
from typing_extensions import override

from shared.readers.queries import PreviewOptions
from shared.readers.source import BytesSource, RangeSource
from shared.readers.tables.engine.answers import table_reader, warm_up_reader
from shared.readers.tables.engine.table import MAX_COUNTED_BYTES, Table
from shared.readers.tables.text.blocks import BLOCK_CHARACTERS, TextBlocks, is_for_blocks, parse_block
from shared.readers.tables.text.dialects import MAX_SAMPLE_RECORDS, Dialect, Records, detect_dialect
from shared.readers.tables.text.headers import has_header
from shared.readers.tables.text.lines import MAX_LINE_CHARACTERS, TextLines
from shared.readers.tables.text.table import TextTable, batch_of
from shared.readers.tables.text.values import TextType, infer_decimal
from shared.readers.text_decoding import TextEncoding, decode_text, guess_encoding

SAMPLE_BYTES = 128 << 10
_MAX_SAMPLE_BYTES = 8 << 20
"""Where the first lines are long."""
_MAX_COMMENT_CHARACTERS = 2_000
_MIN_ROWS_OF_BLOCKS = 5_000
_BATCH_ROWS = 16_384


@dataclass(frozen=True, slots=True)
class Layout:
    """How a text holds a table, as far as its beginning tells."""

    format: str
    encoding: TextEncoding
    dialect: Dialect
    names: list[str]
    has_header_row: bool
    sample: list[list[str]]
    """The first rows, without the header."""
    decimal: str = "."
    types: Mapping[str, TextType] = field(default_factory=dict)
    """Types of columns, where the format says them."""
    notes: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)


class DelimitedTable(TextTable):
    block_characters = BLOCK_CHARACTERS

    def __init__(self, source: RangeSource, layout: Layout) -> None:
        self._source = source
        self._layout = layout
        super().__init__(
            format=layout.format,
            names=layout.names,
            sample=layout.sample,
            decimal=layout.decimal,
            types=layout.types,
            notes=list(layout.notes),
            details=layout.details,
            counts_rows=source.size <= MAX_COUNTED_BYTES,
        )
        self._has_blocks = is_for_blocks(layout.dialect) and layout.details.get("line_ends") in {"LF", "CRLF"}
        self._note_types()

    @override
    def records(self) -> Iterator[list[str]]:
        layout = self._layout
        lines = TextLines(self._source, layout.encoding)
        records = Records(islice(iter(lines), layout.dialect.skipped_lines, None), layout.dialect)
        for number, record in enumerate(records):
            if number or not layout.has_header_row:
                yield record
            self._note_stray_quotes(records)
        if lines.is_cut:
            self._note_cut()

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        is_long = batch_rows is None or offset >= _MIN_ROWS_OF_BLOCKS
        if is_long and columns and self._has_blocks:
            yield from self._block_batches(columns, offset)
        else:
            yield from super().batches(columns, offset=offset, batch_rows=batch_rows)

    def _block_batches(self, columns: Sequence[int], offset: int) -> Iterator[pa.RecordBatch]:
        dialect, width = self._layout.dialect, len(self.columns)
        lines = TextLines(self._source, self._layout.encoding)
        number = 0
        blocks = iter(TextBlocks(lines, dialect, self.block_characters))
        for index, block in enumerate(blocks):
            batch = parse_block(block, dialect, width, columns)
            skipped = int(index == 0 and self._layout.has_header_row)
            if batch is None:
                rows = self._irregular_rows(block, blocks, number, skipped)
                parts = [
                    batch_of(rows[start : start + _BATCH_ROWS], columns) for start in range(0, len(rows), _BATCH_ROWS)
                ]
            else:
                parts = [batch.slice(skipped)]
            for part in parts:
                number += part.num_rows
                if number > offset:
                    yield part.slice(max(part.num_rows - (number - offset), 0))
        if lines.is_cut:
            self._note_cut()

    def _irregular_rows(self, block: bytes, blocks: Iterator[bytes], number: int, skipped: int) -> list[list[str]]:
        """Rows of a block, and of those after it as long as the last row goes on."""

        def lines() -> Iterator[str]:
            current: bytes | None = block
            while current is not None:
                yield from io.StringIO(current.decode(), newline="")
                current = next(blocks, None) if records.is_within_row else None

        records = Records(lines(), self._layout.dialect)
        found = [self.fitted(record, number + place) for place, record in enumerate(islice(records, skipped, None), 1)]
        self._note_stray_quotes(records)
        return found

    def _note_stray_quotes(self, records: Records) -> None:
        if records.stray_quotes:
            self.add_note("Quotes that do not enclose a whole cell are shown as characters")

    def _note_cut(self) -> None:
        self.truncated = True
        self.add_note(
            f"A line is longer than {MAX_LINE_CHARACTERS >> 20} Mi characters; the table is shown up to there"
        )

    def _note_types(self) -> None:
        for mark, said in ((",", "a decimal comma"), (".", "points between thousands")):
            if any(kind.decimal == mark != "." or kind.grouping == mark == "." for kind in self.types):
                self.add_note(f"Numbers are read with {said}")
        if any(kind.grouping == "," for kind in self.types):
            self.add_note("Numbers are read with commas between thousands")


def sample_lines(
    source: RangeSource, max_bytes: int = SAMPLE_BYTES, is_header: Callable[[str], bool] = lambda _: False
) -> tuple[TextEncoding, list[str], bool]:
    """The encoding, the first whole lines, and whether they are all. More is read while there is one line only, or, up to `max_bytes`, headers only."""
    size = min(SAMPLE_BYTES, max_bytes)
    while True:
        head = source.read(0, size)
        is_whole = len(head) == source.size
        encoding = guess_encoding(head)
        lines = list(io.StringIO(decode_text(head, encoding).removeprefix("\ufeff"), newline=""))
        if not is_whole and len(lines) > 1:
            lines.pop()
        if is_whole or (size >= max_bytes and len(lines) > 1) or size >= _MAX_SAMPLE_BYTES:
            return encoding, lines, is_whole
        if len(lines) > 1 and not all(map(is_header, lines)):
            return encoding, lines, is_whole
        size = min(size * 8, _MAX_SAMPLE_BYTES)


def detect_layout(source: RangeSource, name: str) -> Layout:
    encoding, lines, is_whole = sample_lines(source)
    dialect = detect_dialect(lines, name, is_whole=is_whole)
    records = list(islice(Records(lines[dialect.skipped_lines :], dialect), MAX_SAMPLE_RECORDS))
    if not is_whole and len(records) > 2:
        records = records[:-1]  # it may go on
    notes = [*([encoding.note] if encoding.note else []), *dialect.notes]
    names, has_header_row = _names(records, _comments(lines, dialect), dialect)
    sample = records[1:] if has_header_row else records
    if not has_header_row and records:
        notes.append("The first row is taken for data, not for names of columns")
    decimal = infer_decimal(sample, dialect.delimiter)
    return Layout(
        format="tsv" if dialect.delimiter == "\t" else "csv",
        encoding=encoding,
        dialect=dialect,
        names=names,
        has_header_row=has_header_row,
        sample=sample,
        decimal=decimal,
        notes=notes,
        details=_describe(lines, encoding, dialect)
        | {"header": has_header_row, "decimal": decimal, "columns": len(names)},
    )


def _names(records: list[list[str]], comments: list[str], dialect: Dialect) -> tuple[list[str], bool]:
    """Names of the columns, and whether the first row holds them."""
    if not records:
        return [], False
    first, rows = records[0], records[1:]
    width = max(map(len, records))
    if has_header(first, rows):
        usual = Counter(map(len, rows)).most_common(1)[0][0] if rows else len(first)
        # R writes no name for the column of row names
        names = ["", *first] if usual == len(first) + 1 and _is_like_row_names(rows) else list(first)
        while names and len(names) > usual and not names[-1].strip():
            names.pop()
        cells = max((len(row) for row in rows if any(row[len(names) :])), default=0)
        return [name.strip() for name in names] + _numbered(len(names), cells), True
    if comments:
        told = next(iter(Records([comments[-1].lstrip("#%/ ")], dialect)), [])
        if len(told) == width > 1:
            return [name.strip() for name in told], False
    return _numbered(0, width), False


def _is_like_row_names(rows: list[list[str]]) -> bool:
    names = [row[0] for row in rows if row]
    return len(set(names)) == len(names) and all(names)


def _numbered(start: int, end: int) -> list[str]:
    return [f"column {number + 1}" for number in range(start, end)]


def _comments(lines: list[str], dialect: Dialect) -> list[str]:
    mark = dialect.comment
    return [line.rstrip("\r\n") for line in lines[: dialect.skipped_lines] if mark and line.startswith(mark)]


def _describe(lines: list[str], encoding: TextEncoding, dialect: Dialect) -> dict[str, Any]:
    found: dict[str, Any] = {
        "separator": dialect.delimiter.strip("\0") or None,
        "quote": dialect.quote or None,
        "encoding": encoding.label,
        "line_ends": _line_ends(lines),
    }
    if dialect.escape:
        found["escape"] = dialect.escape
    comments = _comments(lines, dialect)
    if comments:
        found["comments"] = "\n".join(comments)[:_MAX_COMMENT_CHARACTERS]
    return found


def _line_ends(lines: list[str]) -> str:
    ends = {
        "CRLF" if line.endswith("\r\n") else "CR" if line.endswith("\r") else "LF"
        for line in lines[:100]
        if line.endswith(("\r", "\n"))
    }
    return ends.pop() if len(ends) == 1 else "mixed" if ends else "LF"


def _open(source: RangeSource, name: str, _table: str | None) -> Table:
    return DelimitedTable(source, detect_layout(source, name))


READER = table_reader("delimited", 1, _open)


def warm_up() -> None:
    """Let the libraries load what they load at first use."""
    warm_up_reader(READER, b"number,time,name\n1,2020-01-01T00:00:00Z,a\n2,2020-01-02T00:00:00Z,b\n", "number")
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        READER.preview(BytesSource("number,name\n1,a\n".encode(encoding)), "sample.csv", PreviewOptions())
