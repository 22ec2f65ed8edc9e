"""Workbooks of Excel until 2003 (`.xls`), which are checked before a library reads them. Layout: [MS-XLS]."""

import struct
from collections.abc import Iterator

from shared.readers.compound_files import CompoundFile
from shared.readers.errors import UnreadableFile
from shared.readers.source import BytesSource

MAX_SHEET_CELLS = 5_000_000
"""Cells of the rectangle that a sheet spans, empty ones too: the library keeps them all in memory."""
_MAX_SAID_CELLS = 65_536 * 256
"""Cells of the largest sheet. Memory for as many as a sheet says to have is reserved."""
_BOUND_SHEET, _DIMENSIONS, _MUL_RK, _END = 0x85, 0x200, 0xBD, 0x0A
_CELLS = frozenset({0x06, 0x27E, 0xFD, 0x203, 0x204, 0x205, 0xD6, _MUL_RK})
"""Records of one cell, or of several in one row."""
_MAX_SHEETS = 1_000


def check_cells(rows: int, columns: int) -> None:
    """Raises UnreadableFile."""
    if rows * columns > MAX_SHEET_CELLS:
        raise UnreadableFile(f"The sheet spans {rows:,} rows and {columns:,} columns, which is too much to be shown")


def check_binary_workbook(content: bytes) -> None:
    """Raise UnreadableFile for sectors that lead in a circle, and for sheets that span too much."""
    file = CompoundFile(BytesSource(content))
    file.check()
    stream = file.stream("Workbook") or file.stream("Book")
    if stream is None:
        raise UnreadableFile("The document of Office holds no workbook")
    starts = [int.from_bytes(body[:4], "little") for number, body in _records(stream, 0) if number == _BOUND_SHEET]
    left = 4 * len(stream)
    for start in sorted(set(starts))[:_MAX_SHEETS]:
        left -= _check_sheet(stream, start)
        if left < 0:
            raise UnreadableFile("The workbook is damaged: its sheets overlap")


def _check_sheet(stream: bytes, start: int) -> int:
    """Bytes that were read of it."""
    rows = columns = 0
    first_row = first_column = 1 << 32
    read = 0
    for number, body in _records(stream, start):
        read += 4 + len(body)
        if number == _DIMENSIONS and len(body) >= 10:
            begin, end, left, right = struct.unpack_from("<2I2H" if len(body) >= 14 else "<4H", body)
            if end < begin or right < left or (end - begin) * (right - left) > _MAX_SAID_CELLS:
                raise UnreadableFile(
                    "The workbook is damaged: a sheet does not begin before it ends, or has more cells than are possible"
                )
        elif number in _CELLS and len(body) >= 6:
            row, column = struct.unpack_from("<2H", body)
            last = int.from_bytes(body[-2:], "little") if number == _MUL_RK else column
            first_row, rows = min(first_row, row), max(rows, row + 1)
            first_column, columns = min(first_column, column), max(columns, column + 1, last + 1)
    check_cells(max(rows - first_row, 0), max(columns - first_column, 0))
    return read


def _records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """Number and body of each record, up to the end of the part."""
    while place + 4 <= len(stream):
        number, length = struct.unpack_from("<2H", stream, place)
        yield number, stream[place + 4 : place + 4 + length]
        place += 4 + length
        if number == _END:
            return
