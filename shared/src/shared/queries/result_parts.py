"""Parts of a stored result, as the worker of a query sends them: its columns and first rows as JSON, and the bytes of a Parquet file.

The service passes the bytes on and never decodes them: a file may have taken the worker over.
"""

from typing import Annotated, Any

import msgspec

from shared.readers.errors import UnreadableFile

MAX_FIRST_ROWS = 200
"""Rows that can be shown while the query runs."""
_HEAD, _COUNT, _PROGRESS, _CONTENT = b"H", b"N", b"E", b"P"


class ResultColumn(msgspec.Struct, frozen=True):
    """As `shared.schemas.previews.ColumnDescription`."""

    name: str
    type: str
    source_type: str


class ResultHead(msgspec.Struct, frozen=True):
    columns: list[ResultColumn]
    rows: list[list[Any]] = []
    """The first rows, as JSON values."""


class RowCount(msgspec.Struct, frozen=True):
    """Rows up to now."""

    rows: int


class EngineProgress(msgspec.Struct, frozen=True):
    """The part of its work that the engine has done, as it estimates it."""

    share: Annotated[float, msgspec.Meta(ge=0, le=1)]


class StoredBytes(msgspec.Struct, frozen=True):
    """The next bytes of the Parquet file."""

    content: bytes


class ExportArguments(msgspec.Struct, frozen=True):
    format: str
    """`csv`, `jsonl` or `arrow`."""


ResultPart = ResultHead | RowCount | EngineProgress | StoredBytes

_decode_head = msgspec.json.Decoder(ResultHead).decode
_decode_count = msgspec.json.Decoder(RowCount).decode
_decode_progress = msgspec.json.Decoder(EngineProgress).decode
_encode = msgspec.json.Encoder().encode


def encode_part(part: ResultHead | RowCount | EngineProgress) -> bytes:
    match part:
        case ResultHead():
            return _HEAD + _encode(part)
        case RowCount():
            return _COUNT + _encode(part)
        case EngineProgress():
            return _PROGRESS + _encode(part)


def encode_content(content: bytes) -> bytes:
    return _CONTENT + content


def decode_part(sent: bytes) -> ResultPart:
    """Raises UnreadableFile for what is no part."""
    body = memoryview(sent)[1:]
    try:
        match sent[:1]:
            case b"P":
                return StoredBytes(bytes(body))
            case b"N":
                return _decode_count(body)
            case b"E":
                return _decode_progress(body)
            case b"H":
                return _decode_head(body)
            case _:
                pass
    except (msgspec.DecodeError, RecursionError):
        pass
    raise UnreadableFile("The worker of the query sent what is no part of a result")
