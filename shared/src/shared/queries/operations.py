"""Operations of a worker for queries: to take a statement apart, and to run it."""

import io
from collections.abc import Callable
from typing import Protocol

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from shared.queries.differences import compare_rows
from shared.queries.engine import lock_engine, open_engine, run_statement
from shared.queries.statements import parse_statement
from shared.queries.types import (
    DifferenceAnswer,
    DifferenceArguments,
    ParseAnswer,
    ParseArguments,
    QueryFile,
    QuerySource,
    RunAnswer,
    RunArguments,
)
from shared.readers.source import BytesSource, RangeSource
from shared.readers.tables import arrow

MEDIA_TYPE = "application/json"
_WARM_UP_BYTES = 64 << 20
_PARSER_BYTES = 128 << 20


class AnsweredSource(RangeSource, Protocol):
    """A source whose pool takes parts of the answer before its end."""

    def send_part(self, body: bytes) -> None: ...


def parse(_source: RangeSource, _name: str, arguments: ParseArguments) -> tuple[str, bytes]:
    connection = open_engine(_PARSER_BYTES)
    lock_engine(connection)
    with connection:
        return MEDIA_TYPE, _encode(parse_statement(connection, arguments.sql, arguments.parameters))


def run(source: AnsweredSource, _name: str, arguments: RunArguments) -> tuple[str, bytes]:
    return MEDIA_TYPE, _encode(run_statement(source, arguments, source.send_part))


def difference(source: AnsweredSource, _name: str, arguments: DifferenceArguments) -> tuple[str, bytes]:
    return MEDIA_TYPE, _encode(compare_rows(source, arguments, source.send_part))


OPERATIONS: dict[str, tuple[type[msgspec.Struct], Callable[..., tuple[str, bytes]]]] = {
    "parse": (ParseArguments, parse),
    "run": (RunArguments, run),
    "difference": (DifferenceArguments, difference),
}


def load_family(_family: str) -> None:
    """Use everything once, so that nothing is imported later."""
    arrow.warm_up()
    parquet = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), parquet)
    contents = {"1.parquet": parquet.getvalue(), "2.csv": b"a,b\n3,z\n", "3.jsonl": b'{"a": 4, "b": "w"}\n'}
    body = b"".join(contents.values())
    files: list[QueryFile] = []
    for name, content in contents.items():
        files.append(QueryFile(sum(file.size for file in files), len(content), "a/b", name, "s3://b/k", "0" * 64))
    sources = msgspec.msgpack.encode([QuerySource(0, files)])
    sql = "SELECT b, sum(a) AS n, now() AS t FROM patchwork_source_0 WHERE \"$logical_key\" <> '' GROUP BY ALL ORDER BY ALL"
    arguments = RunArguments(sql, (len(body), len(sources)), {}, 10, 1 << 20, _WARM_UP_BYTES)
    parts: list[bytes] = []
    run_statement(BytesSource(body + sources), arguments, parts.append)
    parse(BytesSource(b""), "", ParseArguments("SELECT a FROM package('a', 'b') WHERE a > $least"))


def _encode(answer: ParseAnswer | RunAnswer | DifferenceAnswer) -> bytes:
    return msgspec.json.encode(answer)
