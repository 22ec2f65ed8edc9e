"""Workbooks: xlsx, xlsm, xlsb, xls and ods. A sheet is a table; formulas are shown as the values that were stored with them."""

import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from itertools import islice
from typing import Any

import python_calamine as calamine
from typing_extensions import override

from shared.readers import compound_files
from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource
from shared.readers.tables.binary_workbooks import MAX_SHEET_CELLS, check_binary_workbook, check_cells
from shared.readers.tables.engine.answers import table_reader
from shared.readers.tables.text.headers import has_header
from shared.readers.tables.text.table import TextTable
from shared.readers.tables.text.values import STRING, TextType

MAX_WORKBOOK_BYTES = 64 << 20
MAX_UNPACKED_BYTES = 256 << 20
_SAMPLE_ROWS = 300
_MAX_PREAMBLE_ROWS = 20
_MAX_SHEETS = 1_000
_MAX_TRIED_SHEETS = 10
_CHUNK_BYTES = 256 << 10
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_ROW, _CELLS, _SHORT_CELLS = 0, range(1, 12), range(12, 19)
"""Records of a binary sheet."""
_REPEATED = re.compile(rb'number-(?:rows|columns)-repeated="(\d+)"')


class SheetTable(TextTable):
    def __init__(self, source: RangeSource, sheet_name: str | None) -> None:
        content = _content(source)
        workbook = _open_workbook(content)
        sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
        names = [sheet.name for sheet in sheets][:_MAX_SHEETS]
        if not names:
            raise UnreadableFile("The workbook has no sheets")
        if sheet_name is not None and sheet_name not in names:
            raise UnreadableFile(f"The workbook has no sheet {sheet_name!r}")
        visible = [sheet.name for sheet in sheets if sheet.visible == calamine.SheetVisibleEnum.Visible] or names
        # the first sheet that is not empty
        for chosen in [sheet_name] if sheet_name is not None else visible[:_MAX_TRIED_SHEETS]:
            has_short_cells = content.startswith(b"PK") and _check_extent(content, names.index(chosen))
            self._sheet = _read_sheet(workbook, chosen)
            if self._sheet.height:
                break
        first = list(islice(self._sheet.iter_rows(), _SAMPLE_ROWS + _MAX_PREAMBLE_ROWS)) if self._sheet.height else []
        preamble = _count_preamble(first)
        rows = first[preamble:]
        texts = [[_text(value) for value in row] for row in rows]
        is_named = bool(rows) and _has_header(rows[0], texts)
        width = max(map(len, rows), default=0)
        self._skipped = preamble + is_named
        hidden = [sheet.name for sheet in sheets if sheet.visible != calamine.SheetVisibleEnum.Visible]
        super().__init__(
            format=_format(content),
            source_type="cell",
            names=texts[0] if is_named else [f"column {number}" for number in range(1, width + 1)],
            sample=texts[int(is_named) :],
            tables=names,
            table=chosen,
            details={"header": is_named, "columns": width, "hidden_sheets": hidden[:100]},
        )
        self._fix_types(rows[int(is_named) :])
        self.total = max((self._sheet.end or (-1, 0))[0] + 1 - self._skipped, 0)
        if has_short_cells:
            self.add_note("The workbook has cells in a short form that is not read; they are shown empty")
        if preamble:
            self.add_note(f"The first {preamble} rows are no rows of the table and are left out")
        if not is_named and rows:
            self.add_note("The first row is taken for data, not for names of columns")

    @override
    def records(self) -> Iterator[list[str]]:
        rows = self._sheet.iter_rows() if self._sheet.height else iter(())
        stamps = [kind.name == "timestamp" for kind in self.types]
        for row in islice(rows, self._skipped, None):
            yield [_text(value, is_timestamp=stamp) for value, stamp in zip(row, stamps, strict=False)]

    def _fix_types(self, rows: list[list[Any]]) -> None:
        """Numbers that were entered as text are text."""
        for index, column in enumerate(self.columns):
            values = [row[index] for row in rows if index < len(row) and row[index] not in ("", None)]
            kinds = {type(value) for value in values}
            fixed = None
            if kinds == {str}:
                fixed = STRING
            elif kinds and kinds <= {date, datetime} and datetime in kinds:
                fixed = TextType("timestamp")
            if fixed and fixed != self.types[index]:
                self.types[index] = fixed
                self.columns[index] = type(column)(column.name, fixed.name, column.source_type, fixed.arrow_type)


def _content(source: RangeSource) -> bytes:
    if source.size > MAX_WORKBOOK_BYTES:
        raise UnreadableFile(f"Workbooks of more than {MAX_WORKBOOK_BYTES >> 20} MiB are not read")
    content = source.read(0, source.size)
    if content.startswith(b"PK"):
        _check_members(content)
    elif content.startswith(compound_files.MAGIC):
        check_binary_workbook(content)
    return content


def _check_members(content: bytes) -> None:
    """Unpack what the list of members may lie about, up to a limit."""
    left = MAX_UNPACKED_BYTES
    with _zip(content) as archive:
        for member in archive.infolist():
            if member.flag_bits & 1:
                raise UnreadableFile("The workbook is protected by a password")
            # deflate makes at most 1,032 bytes of one
            left -= (
                member.file_size if member.compress_size < _CHUNK_BYTES // 4 else _unpacked_bytes(content, member, left)
            )
            if left < 0 or member.compress_size * 1_040 < member.file_size:
                raise UnreadableFile(
                    f"The workbook unpacks to more than {MAX_UNPACKED_BYTES >> 20} MiB, too much to be read"
                )


def _zip(content: bytes) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableFile("The workbook is damaged: its list of parts cannot be read") from error


def _unpacked_bytes(content: bytes, member: zipfile.ZipInfo, limit: int) -> int:
    size = 0
    for chunk in _inflate(content, member):
        size += len(chunk)
        if size > limit:
            break
    return size


def _inflate(content: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member, whatever length its entry says."""
    header = content[member.header_offset : member.header_offset + 30]
    start = (
        member.header_offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    )
    if member.compress_type == zipfile.ZIP_STORED:
        yield content[start : start + member.compress_size]
        return
    inflater = zlib.decompressobj(-15)
    data = content[start : start + member.compress_size]
    try:
        for place in range(0, len(data), _CHUNK_BYTES):
            pending = data[place : place + _CHUNK_BYTES]
            while pending and not inflater.eof:
                yield inflater.decompress(pending, 4 * _CHUNK_BYTES)
                pending = inflater.unconsumed_tail
    except zlib.error as error:
        raise UnreadableFile("The workbook is damaged: a part of it cannot be unpacked") from error


def _check_extent(content: bytes, index: int) -> bool:
    """Refuse a sheet with a cell in its last corner, which has 17 billion cells. Returns whether the workbook has cells in short form."""
    with _zip(content) as archive:
        members = archive.infolist()
    sheets = [member for member in members if re.fullmatch(r"xl/worksheets/[^/]+\.xml", member.filename)]
    path = _sheet_path(content, members, index)
    for member in [sheet for sheet in sheets if sheet.filename == path] or sheets:
        check_cells(*_extent(_inflate(content, member)))
    has_short = False
    for member in members:
        if member.filename == "content.xml":
            _check_repetitions(_inflate(content, member))
        if re.fullmatch(r"xl/worksheets/[^/]+\.bin", member.filename):
            rows, columns, is_short = _binary_extent(b"".join(_inflate(content, member)))
            has_short = has_short or is_short
            check_cells(rows, columns)
    return has_short


def _extent(chunks: Iterator[bytes]) -> tuple[int, int]:
    columns: set[bytes] = set()
    rows = 0
    rest = b""
    for chunk in chunks:
        text = rest + chunk
        found = _REFERENCE.findall(text)
        if found:
            columns.update(letters for letters, _ in found)
            rows = max(rows, *(int(number) for _, number in found))
        rest = text[-24:]
    return rows, max((_column_number(letters) for letters in columns), default=0)


def _binary_extent(content: bytes) -> tuple[int, int, bool]:
    """Rows, columns, and whether there are cells in the short form of a binary sheet: records of a number, a length and a body."""
    rows = columns = place = 0
    has_short = False
    while place < len(content) - 1:
        number = content[place] & 127
        if content[place] > 127:
            place += 1
            number |= (content[place] & 127) << 7
        place += 1
        length = shift = 0
        while place < len(content):
            byte = content[place]
            place += 1
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128 or shift > 21:
                break
        if number == _ROW:
            rows = max(rows, int.from_bytes(content[place : place + 4], "little") + 1)
        elif number in _CELLS:
            columns = max(columns, int.from_bytes(content[place : place + 4], "little") + 1)
        elif number in _SHORT_CELLS:
            has_short = True
        place += length
    return rows, columns, has_short


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_repetitions(chunks: Iterator[bytes]) -> None:
    """Repeated cells and rows with values in an OpenDocument sheet are made one by one."""
    rest = b""
    total = 0
    for chunk in chunks:
        text = rest + chunk
        end = text.rfind(b">") + 1
        for tag in re.finditer(rb"<table:table-cell\b[^>]*office:value[^>]*>", text[:end]):
            repeated = _REPEATED.search(tag.group())
            total += int(repeated.group(1)) if repeated else 1
        rest = text[end:][-65536:]
    if total > MAX_SHEET_CELLS:
        raise UnreadableFile(f"The sheets hold {total:,} cells, which is too much to be shown")


def _sheet_path(content: bytes, members: list[zipfile.ZipInfo], index: int) -> str | None:
    """The part of a sheet, by the order of the workbook."""
    parts = {member.filename: member for member in members}
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= parts.keys():
        return None
    workbook, relations = (
        b"".join(_inflate(content, parts[name])) for name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
    )
    ids = [match.group(1) for match in re.finditer(rb'<(?:\w+:)?sheet\b[^>]*\br:id="([^"]+)"', workbook)]
    targets: dict[bytes, bytes] = {}
    for match in re.finditer(rb"<(?:\w+:)?Relationship\b[^>]*>", relations):
        name, target = re.search(rb'\bId="([^"]+)"', match.group()), re.search(rb'\bTarget="([^"]+)"', match.group())
        if name and target:
            targets[name.group(1)] = target.group(1)
    target_name = targets.get(ids[index]) if index < len(ids) else None
    return None if target_name is None else "xl/" + target_name.decode("utf-8", "replace").removeprefix("/xl/")


def _open_workbook(content: bytes) -> calamine.CalamineWorkbook:
    try:
        return calamine.CalamineWorkbook.from_filelike(BytesIO(content))
    except calamine.PasswordError as error:
        raise UnreadableFile("The workbook is protected by a password") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise UnreadableFile(f"The workbook cannot be read: {str(error)[:200]}") from error


def _read_sheet(workbook: calamine.CalamineWorkbook, name: str) -> calamine.CalamineSheet:
    try:
        return workbook.get_sheet_by_name(name)
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise UnreadableFile(f"The sheet cannot be read: {str(error)[:200]}") from error


def _count_preamble(rows: list[list[Any]]) -> int:
    """Rows above the table: titles and remarks, which fill fewer cells."""
    filled = [sum(1 for value in row if value not in ("", None)) for row in rows]
    if len(rows) < 3:
        return 0
    usual = Counter(filled[len(filled) // 4 :]).most_common(1)[0][0]
    for number, count in enumerate(filled[:_MAX_PREAMBLE_ROWS]):
        if count >= usual * 0.9 or usual < 2:
            return number if usual >= 2 else 0
    return 0


def _has_header(first: list[Any], texts: list[list[str]]) -> bool:
    return all(isinstance(value, str) for value in first) and (
        has_header(texts[0], texts[1:]) or len(set(texts[0])) == len(texts[0])
    )


def _text(value: Any, *, is_timestamp: bool = False) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, date) and not isinstance(value, datetime) and is_timestamp:
        return value.isoformat() + "T00:00:00"
    return value.isoformat() if hasattr(value, "isoformat") else "" if value is None else str(value)


def _format(content: bytes) -> str:
    if not content.startswith(b"PK"):
        return "xls"
    with _zip(content) as archive:
        names = set(archive.namelist())
    return "ods" if "content.xml" in names else "xlsb" if "xl/workbook.bin" in names else "xlsx"


READER = table_reader("spreadsheet", 1, lambda source, _name, table: SheetTable(source, table))
