"""Files of a package, and statements that read them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.ipc as pa_ipc

from shared.queries.differences import compare_rows
from shared.queries.engine import open_engine, run_statement
from shared.queries.runner import QueryLimits, QueryRunner, Read
from shared.queries.statements import parse_statement
from shared.queries.types import (
    BoundValue,
    DifferenceArguments,
    DifferenceEnd,
    ParameterValue,
    ParsedStatement,
    QueryEnd,
    QueryFile,
    QuerySource,
    RunAnswer,
    RunArguments,
    StatementProblem,
    TableDefinition,
)
from shared.readers.source import BytesSource
from shared.sandbox.worker_process import TakePart

LIMITS = QueryLimits(max_rows=10_000, max_result_bytes=4 << 20, max_read_bytes=1 << 30)
TOP_HASH = "f" * 64


@dataclass
class _Sent:
    parts: list[bytes]

    @property
    def table(self) -> pa.Table:
        return pa.concat_tables([pa_ipc.open_stream(part).read_all() for part in self.parts])

    @property
    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.table.to_pylist()
        return found


@dataclass
class Ran(_Sent):
    end: QueryEnd


@dataclass
class Compared(_Sent):
    end: DifferenceEnd


@dataclass
class Package:
    """Files one after the other, as a query's worker reads them."""

    contents: Mapping[str, bytes]
    groups: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    """Named groups of a table of Tabulator, by file."""

    @property
    def body(self) -> bytes:
        return b"".join(self.contents.values())

    @property
    def files(self) -> list[QueryFile]:
        files: list[QueryFile] = []
        offset = 0
        for key, content in self.contents.items():
            place = ("amy/wine", key, f"s3://lab/amy/wine/{key}", TOP_HASH)
            files.append(QueryFile(offset, len(content), *place, dict(self.groups.get(key, {}))))
            offset += len(content)
        return files

    def sources(self, parsed: ParsedStatement) -> list[QuerySource]:
        """The files that each call names."""
        files = self.files
        return [
            QuerySource(
                call.ordinal,
                [file for file in files if fnmatch(file.logical_key, call.arguments[1])],
                options=call.options,
            )
            for call in parsed.calls
        ]


def run_here(sql: str, package: Package, parameters: Mapping[str, ParameterValue] | None = None) -> Ran:
    """Run a statement in this process. Raises AssertionError when it has no answer."""
    values = {name: BoundValue.of(value) for name, value in (parameters or {}).items()}
    parsed = _parsed(sql, values)
    return _answer(*_run(parsed, package.sources(parsed), package.body, values))


def run_source(sql: str, package: Package, definition: TableDefinition) -> Ran:
    """Run a statement over a table of Tabulator with all files of a package."""
    return _answer(*_run_source(sql, package, definition))


def table_problem(sql: str, package: Package, definition: TableDefinition) -> StatementProblem:
    found, _ = _run_source(sql, package, definition)
    assert isinstance(found, StatementProblem)
    return found


def run_stream(sql: str, table: pa.Table) -> Ran:
    """Run a statement over a table that the service has made."""
    sink = io.BytesIO()
    with pa_ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    source = QuerySource(0, table=(0, len(sink.getvalue())))
    return _answer(*_run(_parsed(sql, {}), [source], sink.getvalue(), {}))


def run_unparsed(sql: str, package: Package) -> RunAnswer:
    """Run a text as if it had been taken apart, over all files of a package."""
    sources = [QuerySource(0, package.files)]
    found, _ = _run(ParsedStatement(sql, [], []), sources, package.body, {})
    return found


def _parsed(sql: str, values: Mapping[str, BoundValue]) -> ParsedStatement:
    with open_engine(64 << 20) as connection:
        parsed = parse_statement(connection, sql, values)
    assert isinstance(parsed, ParsedStatement), parsed
    return parsed


def _run_source(sql: str, package: Package, definition: TableDefinition) -> tuple[RunAnswer, list[bytes]]:
    source = QuerySource(0, package.files, definition=definition)
    return _run(_parsed(sql, {}), [source], package.body, {})


def _run(
    parsed: ParsedStatement, sources: list[QuerySource], body: bytes, values: dict[str, BoundValue]
) -> tuple[RunAnswer, list[bytes]]:
    encoded = msgspec.msgpack.encode(sources)
    bound = {name: values[name] for name in parsed.parameters}
    places = (len(body), len(encoded))
    arguments = RunArguments(parsed.sql, places, bound, LIMITS.max_rows, LIMITS.max_result_bytes, 256 << 20)
    parts: list[bytes] = []
    return run_statement(BytesSource(body + encoded), arguments, parts.append), parts


def _answer(end: RunAnswer, parts: list[bytes]) -> Ran:
    assert not isinstance(end, StatementProblem), end
    return Ran(parts, end)


class QueryWorld:
    def __init__(self, runner: QueryRunner) -> None:
        self.runner = runner
        self.reads: list[tuple[int, int]] = []

    async def run(
        self,
        sql: str,
        contents: Mapping[str, bytes] | None = None,
        *,
        parameters: Mapping[str, ParameterValue] | None = None,
        limits: QueryLimits = LIMITS,
        sources: list[QuerySource] | None = None,
        read: Read | None = None,
        take: TakePart | None = None,
    ) -> Ran:
        """Run a statement in a worker. Raises what the runner raises."""
        package = Package(contents or {})
        body = package.body
        parts: list[bytes] = []
        self.reads.clear()

        async def read_body(offset: int, length: int) -> bytes:
            self.reads.append((offset, length))
            within = (file.offset <= offset and offset + length <= file.offset + file.size for file in package.files)
            assert any(within), "A read of more than one file"
            return body[offset : offset + length]

        async def keep(batch: bytes) -> None:
            parts.append(batch)

        parsed = await self.runner.parse(sql, "amy", parameters or {})
        end = await self.runner.run(
            *(parsed, sources or package.sources(parsed), len(body), read or read_body),
            parameters=parameters or {},
            limits=limits,
            caller="amy",
            take_batch=take or keep,
        )
        return Ran(parts, end)


def compare_here(
    base: tuple[str, bytes],
    head: tuple[str, bytes],
    keys: list[str] | None,
    *,
    memory_bytes: int = 256 << 20,
    max_rows: int = LIMITS.max_rows,
) -> Compared:
    """Compare two files, which are given by name and content, in this process. Raises AssertionError when there is no answer."""
    files = two_files(base, head)
    arguments = DifferenceArguments(*files, keys, max_rows, LIMITS.max_result_bytes, memory_bytes)
    parts: list[bytes] = []
    end = compare_rows(BytesSource(base[1] + head[1]), arguments, parts.append)
    assert not isinstance(end, StatementProblem), end
    return Compared(parts, end)


def two_files(base: tuple[str, bytes], head: tuple[str, bytes]) -> tuple[QueryFile, QueryFile]:
    """Files one after the other."""
    return (
        QueryFile(0, len(base[1]), "amy/wine", base[0], f"s3://lab/{base[0]}", TOP_HASH),
        QueryFile(len(base[1]), len(head[1]), "amy/wine", head[0], f"s3://lab/{head[0]}", TOP_HASH),
    )
