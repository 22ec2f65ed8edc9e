"""Files of SAS, Stata and SPSS."""

import ctypes
import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Literal

import pyarrow as pa
import pyreadstat
from typing_extensions import override

from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource, SourceFile
from shared.readers.tables.engine.answers import table_reader
from shared.readers.tables.engine.table import ReadColumn, Table, type_name

_BATCH_CELLS = 600_000
_MAX_BATCH_ROWS = 100_000
_SAMPLE_ROWS = 200
_MAX_LABELED_COLUMNS = 200
_MAX_LABELS = 50
_MAX_NOTE_CHARACTERS = 2_000
_SAV_HEADER_BYTES = 176
_VARIABLE = 2
"""Type of a record of SPSS."""
_MAX_WIDTH = 255
_TEXT_FORMATS = frozenset({1, 2})
_INTEGERS, _ENCODING = 3, 20
"""Kinds of further records: numbers about the machine, and the name of the encoding."""
_MAX_VARIABLES = 1_000_000

_Read = Callable[..., tuple[dict[str, list[Any]], Any]]

_TYPES: tuple[tuple[type, pa.DataType], ...] = (
    (datetime, pa.timestamp("us")),
    (date, pa.date32()),
    (time, pa.time64("us")),
    (timedelta, pa.duration("us")),
)
_ENCODINGS = (
    "US-ASCII", "UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "MACINTOSH", "MACROMAN", "KOI8-R", "KOI8-U", "TIS-620", "SHIFT_JIS", "CP932", "EUC-JP",
    "ISO-2022-JP", "GB2312", "GBK", "GB18030", "EUC-CN", "BIG5", "BIG5-HKSCS", "CP950", "EUC-TW", "EUC-KR", "CP949", "CP874",
    *(f"ISO-8859-{number}" for number in (*range(1, 12), 13, 14, 15, 16)), *(f"WINDOWS-{number}" for number in range(1250, 1259)),
    *(f"CP{number}" for number in (437, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869)),
)  # fmt: skip
_STORED_TYPES = {
    "string": pa.string(), "int8": pa.int64(), "int16": pa.int64(), "int32": pa.int64(), "float": pa.float32(), "double": pa.float64(),
}  # fmt: skip


class StatisticalTable(Table):
    """The library reads from the beginning up to the rows that are wanted."""

    def __init__(self, source: RangeSource, read: _Read, file_format: str) -> None:
        self._source = source
        self._read = read
        _, described = self._read_rows(metadataonly=True)
        sample, _ = self._read_rows(row_limit=_SAMPLE_ROWS)
        self._names = list(described.column_names)
        columns = [
            _column(
                name,
                sample.get(name, []),
                described.readstat_variable_types.get(name, ""),
                described.original_variable_types.get(name),
            )
            for name in self._names
        ]
        super().__init__(
            format=file_format,
            columns=columns,
            total=described.number_rows if described.number_rows is not None and described.number_rows >= 0 else None,
            table=described.table_name or None,
            details=_details(described),
            sequential=True,
        )

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        if not self._names:
            return
        size = max(1, min(_BATCH_CELLS // len(set(columns)), _MAX_BATCH_ROWS, batch_rows or _MAX_BATCH_ROWS))
        names = [self._names[column] for column in columns]
        while True:
            found, _ = self._read_rows(row_offset=offset, row_limit=size, usecols=list(dict.fromkeys(names)))
            arrays = [
                _array(found[name], self.columns[column].arrow_type)
                for name, column in zip(names, columns, strict=True)
            ]
            batch = pa.RecordBatch.from_arrays(arrays, [str(index) for index in range(len(arrays))])
            if batch.num_rows:
                yield batch
            if batch.num_rows < size:
                return
            offset += size

    def _read_rows(self, **options: Any) -> tuple[dict[str, list[Any]], Any]:
        try:
            return self._read(SourceFile(self._source), output_format="dict", **options)
        except pyreadstat.ReadstatError as error:
            raise UnreadableFile(f"The file is damaged or of an unknown version: {error}") from error


def _column(name: str, values: list[Any], stored: str, original: str | None) -> ReadColumn:
    kind = _STORED_TYPES.get(stored, pa.string())
    for value in values:
        if value is not None and not isinstance(value, str | int | float):
            kind = next(
                (arrow_type for python_type, arrow_type in _TYPES if isinstance(value, python_type)), pa.string()
            )
            break
    if kind == pa.date32() and any(isinstance(value, datetime) for value in values):
        kind = pa.timestamp("us")
    return ReadColumn(name, type_name(kind), " ".join(filter(None, (stored, original))), kind)


def _array(values: list[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError):
        texts = [_fitting(value, kind) for value in values]
        return pa.array(texts, kind, from_pandas=True)


def _fitting(value: Any, kind: pa.DataType) -> Any:
    """The value, or null when it is not of the column's type."""
    if kind == pa.string() and value is not None:
        return str(value).encode("utf-8", "replace").decode()
    try:
        pa.scalar(value, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return None
    return value


def _details(described: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "columns": described.number_columns,
        "encoding": described.file_encoding,
        "label": described.file_label or None,
        "descriptions": {
            name: label
            for name, label in islice(described.column_names_to_labels.items(), _MAX_LABELED_COLUMNS)
            if label
        },
        "value_labels": {
            name: {str(value): label for value, label in islice(labels.items(), _MAX_LABELS)}
            for name, labels in islice(described.variable_value_labels.items(), _MAX_LABELED_COLUMNS)
        },
        "remarks": "\n".join(map(str, described.notes or []))[:_MAX_NOTE_CHARACTERS],
    }
    return {name: value for name, value in found.items() if value not in (None, {}, "")}


def _open_sas(source: RangeSource, _name: str, _table: str | None) -> Table:
    if source.read(0, 13) == b"HEADER RECORD":
        return StatisticalTable(source, pyreadstat.read_xport, "xpt")
    return StatisticalTable(source, pyreadstat.read_sas7bdat, "sas7bdat")


def _open_stata(source: RangeSource, _name: str, _table: str | None) -> Table:
    return StatisticalTable(source, pyreadstat.read_dta, "dta")


def _open_spss(source: RangeSource, _name: str, _table: str | None) -> Table:
    if source.read(0, 3) == b"$FL":
        _check_dictionary(source)
        return StatisticalTable(source, pyreadstat.read_sav, "sav")
    return StatisticalTable(source, pyreadstat.read_por, "por")


def _check_dictionary(source: RangeSource) -> None:
    """Raise UnreadableFile for what makes the library read beyond an end, or follow no address.

    These are variables of an impossible width, numbers in a format of texts, and labels of texts that the file's encoding does not have.
    """
    little = source.read(64, 4) in {b"\2\0\0\0", b"\3\0\0\0"}
    order: Literal["little", "big"] = "little" if little else "big"
    widths, place = _check_variables(source, "<4i2I" if little else ">4i2I", order)
    records = _Records(source, place, widths, order)
    records.read()
    if not all(_can_be_decoded(value, records.encoding) for value in records.labels_of_texts):
        raise UnreadableFile("The file is damaged: it has labels of texts that are not in its encoding")


def _check_variables(source: RangeSource, layout: str, order: Literal["little", "big"]) -> tuple[list[int], int]:
    """The width of the variable at each place, of which texts take one for 8 bytes, and where the variables end."""
    record = struct.Struct(layout)
    place = _SAV_HEADER_BYTES
    widths: list[int] = []
    for _ in range(_MAX_VARIABLES):
        head = source.read(place, record.size)
        if len(head) < record.size:
            break
        kind, width, has_label, missing, *formats = record.unpack(head)
        if kind != _VARIABLE:
            break
        if not (-1 <= width <= _MAX_WIDTH and has_label in {0, 1} and -3 <= missing <= 3):
            raise UnreadableFile("The file is damaged: it has a variable of an impossible width")
        if width == 0 and any(each >> 16 & 0xFF in _TEXT_FORMATS for each in formats):
            raise UnreadableFile("The file is damaged: it has numbers in a format of texts")
        if width >= 0:
            widths += [width] * max(-(-width // 8), 1)
        place += 32
        if has_label:
            length = int.from_bytes(source.read(place, 4), order)
            place += 4 + (length + 3) // 4 * 4
        place += 8 * abs(missing)
    return widths, place


class _Records:
    """The records between the variables and the rows, as far as labels of texts depend on them."""

    def __init__(self, source: RangeSource, place: int, widths: list[int], order: Literal["little", "big"]) -> None:
        self._source = source
        self._place = place
        self._widths = widths
        self._order = order
        self._values: list[bytes] = []
        self.labels_of_texts: list[bytes] = []
        self.encoding = ""

    def read(self) -> None:
        for _ in range(_MAX_VARIABLES):
            match self._number():
                case 3:
                    self._read_values()
                case 4:
                    self._read_labeled()
                case 6:
                    self._place += 80 * self._number()
                case 7:
                    self._read_further()
                case _:
                    return

    def _number(self) -> int:
        self._place += 4
        return int.from_bytes(self._source.read(self._place - 4, 4), self._order)

    def _read_values(self) -> None:
        self._values = []
        for _ in range(min(self._number(), _MAX_VARIABLES)):
            head = self._source.read(self._place, 9)
            if len(head) < 9:
                return
            self._values.append(head[:8])
            self._place += 8 + (head[8] + 8) // 8 * 8

    def _read_labeled(self) -> None:
        labeled = [self._number() for _ in range(min(self._number(), len(self._widths)))]
        if any(not 0 < each <= len(self._widths) or self._widths[each - 1] for each in labeled):
            self.labels_of_texts += self._values

    def _read_further(self) -> None:
        kind, size, count = self._number(), self._number(), self._number()
        if kind == _INTEGERS and count == 8 and not self.encoding:
            self.encoding = _code_page(int.from_bytes(self._source.read(self._place + 28, 4), self._order))
        elif kind == _ENCODING:
            self.encoding = self._source.read(self._place, min(size * count, 64)).decode("ascii", "replace").strip()
        self._place += size * count


def _code_page(number: int) -> str:
    return {65001: "utf-8", 2: "ascii", 20127: "ascii"}.get(number, f"cp{number}")


def _can_be_decoded(value: bytes, encoding: str) -> bool:
    try:
        value.decode(encoding or "ascii")
    except UnicodeDecodeError:
        return False
    except (LookupError, ValueError):  # an encoding that only the library knows, or nobody
        return True
    return True


def warm_up() -> None:
    """Load the converters of the system's C library, which it loads at first use, and unloads when nobody holds them."""
    iconv_open = getattr(ctypes.CDLL(None), "iconv_open", None)
    if iconv_open is not None:
        iconv_open.restype = ctypes.c_void_p
        for encoding in _ENCODINGS:
            iconv_open(b"UTF-8", encoding.encode())


READERS = (
    table_reader("sas", 1, _open_sas),
    table_reader("stata", 1, _open_stata),
    table_reader("spss", 1, _open_spss),
)
