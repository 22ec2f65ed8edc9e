"""Operations of a worker for queries: to take a statement apart, and to run it."""

import gzip
import io
from collections.abc import Callable
from typing import Protocol

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from shared.queries.choosing import choose_candidates
from shared.queries.differences import compare_rows
from shared.queries.engine import lock_engine, open_engine, run_statement
from shared.queries.statements import parse_statement, table_of
from shared.queries.types import (
    ChoiceAnswer,
    ChoiceArguments,
    ColumnDefinition,
    DifferenceAnswer,
    DifferenceArguments,
    ParseAnswer,
    ParseArguments,
    QueryFile,
    QuerySource,
    RunAnswer,
    RunArguments,
    StatementProblem,
    TableDefinition,
)
from shared.readers.source import BytesSource, RangeSource
from shared.readers.tables import arrow

MEDIA_TYPE = "application/json"
_WARM_UP_BYTES = 256 << 20
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


def choose(source: RangeSource, _name: str, arguments: ChoiceArguments) -> tuple[str, bytes]:
    return MEDIA_TYPE, _encode(choose_candidates(source, arguments))


OPERATIONS: dict[str, tuple[type[msgspec.Struct], Callable[..., tuple[str, bytes]]]] = {
    "parse": (ParseArguments, parse),
    "run": (RunArguments, run),
    "difference": (DifferenceArguments, difference),
    "choose": (ChoiceArguments, choose),
}


def load_family(_family: str) -> None:
    """Use everything once, so that nothing is imported later."""
    arrow.warm_up()
    parquet = io.BytesIO()
    pq.write_table(pa.table({"a": [1, 2], "b": ["x", "y"]}), parquet)
    contents = {
        "1.parquet": parquet.getvalue(),
        "2.csv": b"a,b\n3,z\n",
        "3.jsonl": b'{"a": 4, "b": "w"}\n',
        "4.csv.gz": gzip.compress(b"a,b\n5,v\n"),
    }
    body = b"".join(contents.values())
    files: list[QueryFile] = []
    for name, content in contents.items():
        files.append(QueryFile(sum(file.size for file in files), len(content), "a/b", name, "s3://b/k", "0" * 64))
    table, csv, _, compressed = files
    columns = [ColumnDefinition("a", "INT"), ColumnDefinition("b", "STRING"), ColumnDefinition("c", "DATE")]
    of_csv = TableDefinition(columns, "csv", header=True, continue_on_error=True)
    sources = [
        QuerySource(0, files),
        QuerySource(1, [table], definition=TableDefinition(columns, "parquet", continue_on_error=True)),
        QuerySource(2, [csv, compressed, QueryFile(0, 4, "a/b", "5.csv", "", "")], definition=of_csv),
    ]
    encoded = msgspec.msgpack.encode(sources)
    names = " UNION ALL BY NAME ".join(f"FROM {table_of(source.ordinal)}" for source in sources)
    sql = f"SELECT b, sum(a) AS n, now() AS t FROM ({names}) WHERE \"$logical_key\" <> '' GROUP BY ALL ORDER BY ALL"  # noqa: S608 – own names
    arguments = RunArguments(sql, (len(body), len(encoded)), {}, 10, 1 << 20, _WARM_UP_BYTES)
    parts: list[bytes] = []
    for is_stored in (False, True):
        stored = msgspec.structs.replace(arguments, is_stored=is_stored)
        _require_end(run_statement(BytesSource(body + encoded), stored, parts.append))
    compared = DifferenceArguments(csv, compressed, ["a"], 10, 1 << 20, _WARM_UP_BYTES)
    _require_end(compare_rows(BytesSource(body), compared, parts.append))
    parse(BytesSource(b""), "", ParseArguments("SELECT a FROM package('a', 'b') WHERE a > $least"))


def _require_end(answer: RunAnswer | DifferenceAnswer) -> None:
    if isinstance(answer, StatementProblem):
        raise RuntimeError(answer.text)  # noqa: TRY004 – of no other type


def _encode(answer: ParseAnswer | RunAnswer | DifferenceAnswer | ChoiceAnswer) -> bytes:
    return msgspec.json.encode(answer)
