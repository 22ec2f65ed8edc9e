"""JSON Lines, and JSON arrays of records. Numbers keep their digits."""

import json
import re
from collections.abc import Iterator, Sequence
from io import BufferedReader, TextIOWrapper
from itertools import islice
from typing import Any

import msgspec
import orjson
import pyarrow as pa
from typing_extensions import override

from shared.readers.errors import UnreadableFile
from shared.readers.source import RangeSource, SourceFile
from shared.readers.tables.engine.answers import table_reader, warm_up_reader
from shared.readers.tables.engine.cells import CellWriter, float_cell, integer_cell
from shared.readers.tables.engine.table import MAX_COUNTED_BYTES, ReadColumn, Table
from shared.readers.tables.text.lines import MAX_LINE_CHARACTERS, TextLines
from shared.readers.tables.text.values import STRING, TextType, count_misfits, infer_type, text_cells, typed_values
from shared.readers.text_decoding import guess_encoding

MAX_SAMPLE_ROWS = 1_000
MAX_SAMPLE_CHARACTERS = 1 << 20
MAX_FIELDS = 10_000
_BATCH_ROWS = 16_384
_MAX_BATCH_CHARACTERS = 8 << 20
_CHUNK_CHARACTERS = 64 << 10
_MAX_ELEMENT_CHARACTERS = 4 << 20

Record = dict[str, msgspec.Raw]
_record_of = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_list_of = msgspec.json.Decoder(list[msgspec.Raw]).decode
_string_of = msgspec.json.Decoder(str).decode
_scan = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str).raw_decode
_BLANK = re.compile(r"[\s,]*")


class JsonTable(Table):
    """Its batches hold strings as they are, and all else as JSON."""

    def __init__(self, source: RangeSource) -> None:
        self._source = source
        self._encoding = guess_encoding(source.read(0, 64 << 10))
        self._is_array = _first_character(source, self._encoding.codec) == "["
        super().__init__(
            format="json" if self._is_array else "jsonl",
            columns=[],
            total=None,
            sequential=True,
            counts_rows=source.size <= MAX_COUNTED_BYTES,
            details={"encoding": self._encoding.label},
        )
        if self._encoding.note:
            self.add_note(self._encoding.note)
        sample = self._sample()
        self._names = list(dict.fromkeys(name for record in sample for name in record))
        if len(self._names) > MAX_FIELDS:
            raise UnreadableFile(f"The records have more than {MAX_FIELDS:,} different fields")
        self._known = frozenset(self._names)
        self._types: list[TextType] = []
        for name in self._names:
            values = [record[name] for record in sample if name in record]
            kind, said = _infer([bytes(value) for value in values if bytes(value) != b"null"])
            self._types.append(kind)
            self.columns.append(ReadColumn(name, said, "JSON", kind.arrow_type))
        self.details["columns"] = len(self.columns)

    def _sample(self) -> list[Record]:
        sample: list[Record] = []
        left = MAX_SAMPLE_CHARACTERS
        for record in islice(self._records(), MAX_SAMPLE_ROWS):
            sample.append(record)
            left -= sum(len(bytes(value)) for value in record.values())
            if left < 0:
                break
        return sample

    @override
    def batches(
        self, columns: Sequence[int], *, offset: int = 0, batch_rows: int | None = None
    ) -> Iterator[pa.RecordBatch]:
        size = max(1, min(batch_rows or _BATCH_ROWS, _BATCH_ROWS, 400_000 // max(len(columns), 1)))
        wanted = [
            (self._names[column], self._types[column] is STRING and self.columns[column].type == "string")
            for column in columns
        ]
        rows: list[list[str | None]] = []
        characters = 0
        for record in islice(self._records(), offset, None):
            if not self._known.issuperset(record):
                self.add_note(
                    f"Later rows have further fields, {next(iter(record.keys() - self._known))!r} for example, which are not shown"
                )
            row = [_text(record.get(name), is_string=is_string) for name, is_string in wanted]
            rows.append(row)
            characters += sum(len(text) for text in row if text)
            if len(rows) == size or characters > _MAX_BATCH_CHARACTERS:
                yield _batch(rows, len(columns))
                rows, characters = [], 0
        if rows:
            yield _batch(rows, len(columns))

    @override
    def values(self, column: int, array: pa.Array) -> pa.Array:
        return typed_values(self._types[column], array)

    @override
    def count_misfits(self, column: int, array: pa.Array, values: pa.Array) -> int:
        return count_misfits(array, values)

    @override
    def cells(self, column: int, array: pa.Array, writer: CellWriter) -> list[Any]:
        if self.columns[column].type == "string":
            return writer.write(array)
        if self._types[column].name in {"integer", "number"}:
            found = text_cells(self._types[column], array, writer)
            return [
                _json_cell(cell, writer) if isinstance(cell, str) and cell[:1] in '"[{tf' else cell for cell in found
            ]
        return [None if text is None else _json_cell(text, writer) for text in array.to_pylist()]

    def _records(self) -> Iterator[Record]:
        return self._elements() if self._is_array else self._lines()

    def _lines(self) -> Iterator[Record]:
        lines = TextLines(self._source, self._encoding)
        for number, line in enumerate(lines, 1):
            if lines.is_cut:
                break
            text = line.strip().removeprefix("\ufeff")
            if text:
                try:
                    yield _parse(text)
                except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
                    self.add_note(f"Line {number:,} is no JSON and is left out")
        if lines.is_cut:
            self._stop(
                f"A line is longer than {MAX_LINE_CHARACTERS >> 20} Mi characters; the table is shown up to there"
            )

    def _elements(self) -> Iterator[Record]:
        """The elements of an array, which may be larger than memory."""
        text = TextIOWrapper(
            BufferedReader(SourceFile(self._source), _CHUNK_CHARACTERS), self._encoding.codec, "replace"
        )
        pending = text.read(_CHUNK_CHARACTERS).removeprefix("\ufeff").lstrip()[1:]
        place = 0
        while True:
            blank = _BLANK.match(pending, place)
            place = blank.end() if blank else place
            if pending.startswith("]", place):
                return
            try:
                _, end = _scan(pending, place)
            except json.JSONDecodeError as error:
                more = text.read(max(_CHUNK_CHARACTERS, len(pending) - place))
                if not more or len(pending) - place > _MAX_ELEMENT_CHARACTERS:
                    self._stop(
                        f"The array cannot be read further: {error.msg if not more else 'an element is too long'}"
                    )
                    return
                pending, place = pending[place:] + more, 0
                continue
            except RecursionError:
                self._stop("The array cannot be read further: an element is nested too deeply")
                return
            yield _parse(pending[place:end])
            place = end

    def _stop(self, note: str) -> None:
        self.truncated = True
        self.add_note(note)


def _first_character(source: RangeSource, codec: str) -> str:
    text = source.read(0, 4096).decode(codec, "replace")
    first = text.removeprefix("\ufeff").lstrip()[:1]
    # lines may be arrays, too: then the first line is a whole one
    line, found, rest = text.partition("\n")
    if first == "[" and found and rest.lstrip().startswith("["):
        try:
            _list_of(line)
        except (msgspec.DecodeError, RecursionError):
            return first
        return ""
    return first


def _parse(text: str) -> Record:
    """An object as it is; the items of an array by number; anything else as `value`."""
    if text.startswith("{"):
        return _record_of(text)
    if text.startswith("["):
        return {f"column {number}": value for number, value in enumerate(_list_of(text), 1)}
    msgspec.json.decode(text)
    return {"value": msgspec.Raw(text.encode())}


def _text(raw: msgspec.Raw | None, *, is_string: bool) -> str | None:
    if raw is None:
        return None
    value = bytes(raw)
    if is_string and value.startswith(b'"'):
        return _string_of(value).encode("utf-8", "replace").decode()
    return None if value == b"null" else value.decode()


def _infer(values: list[bytes]) -> tuple[TextType, str]:
    """How the values are typed, and the name of the type."""
    kinds = {_KINDS.get(value[:1], "number") for value in values}
    if kinds == {"number"}:
        kind = infer_type([value.decode() for value in values])
        return (kind, kind.name) if kind.name in {"integer", "number"} else (TextType("number"), "number")
    if kinds == {"boolean"}:
        return TextType("boolean"), "boolean"
    if len(kinds) == 1:
        return STRING, kinds.pop()
    return STRING, "string" if kinds else "null"


_KINDS = {b'"': "string", b"{": "struct", b"[": "list", b"t": "boolean", b"f": "boolean"}


def _batch(rows: list[list[str | None]], width: int) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if width else []
    return pa.RecordBatch.from_arrays(
        [pa.array(texts, pa.string()) for texts in columns], [str(index) for index in range(width)]
    )


def _json_cell(text: str, writer: CellWriter) -> Any:
    if writer.cut(text) != text:
        return writer.cut(text)
    try:
        return _exact(orjson.loads(text))
    except orjson.JSONDecodeError:
        return text


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _exact(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_exact(item) for item in value]
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return integer_cell(value)
    return float_cell(value) if isinstance(value, float) else value


READER = table_reader("jsonlines", 2, lambda source, _name, _table: JsonTable(source))


def warm_up() -> None:
    """Let the libraries load what they load at first use."""
    warm_up_reader(READER, b'{"number": 1, "text": "a", "list": [1]}\n{"number": 2}\n', "number")
    warm_up_reader(READER, b'[{"number": 1, "text": "a"}, {"number": 2}]', "number")
