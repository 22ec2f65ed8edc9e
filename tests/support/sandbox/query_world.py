"""Files of a package, and statements that read them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.ipc as pa_ipc

from shared.queries.engine import open_engine, run_statement
from shared.queries.runner import QueryLimits, QueryRunner
from shared.queries.statements import parse_statement
from shared.queries.types import (
    BoundValue,
    ParameterValue,
    ParsedStatement,
    QueryEnd,
    QueryFile,
    QuerySource,
    RunArguments,
    StatementProblem,
)
from shared.readers.source import BytesSource

LIMITS = QueryLimits(max_rows=10_000, max_result_bytes=4 << 20, max_read_bytes=1 << 30)
TOP_HASH = "f" * 64


@dataclass
class Ran:
    end: QueryEnd
    parts: list[bytes] = field(default_factory=list)

    @property
    def table(self) -> pa.Table:
        return pa.concat_tables([pa_ipc.open_stream(part).read_all() for part in self.parts])

    @property
    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.table.to_pylist()
        return found


@dataclass
class Package:
    """Files one after the other, as a query's worker reads them."""

    contents: Mapping[str, bytes]

    @property
    def body(self) -> bytes:
        return b"".join(self.contents.values())

    def sources(self, parsed: ParsedStatement) -> list[QuerySource]:
        """The files that each call names."""
        files: list[QueryFile] = []
        offset = 0
        for key, content in self.contents.items():
            files.append(QueryFile(offset, len(content), "amy/wine", key, f"s3://lab/amy/wine/{key}", TOP_HASH))
            offset += len(content)
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
    connection = open_engine(64 << 20)
    values = {name: BoundValue.of(value) for name, value in (parameters or {}).items()}
    parsed = parse_statement(connection, sql, values)
    connection.close()
    assert isinstance(parsed, ParsedStatement), parsed
    sources = msgspec.msgpack.encode(package.sources(parsed))
    ends = (len(package.body), len(sources))
    arguments = RunArguments(parsed.sql, ends, values, LIMITS.max_rows, LIMITS.max_result_bytes, 256 << 20)
    parts: list[bytes] = []
    end = run_statement(BytesSource(package.body + sources), arguments, parts.append)
    assert not isinstance(end, StatementProblem), end
    return Ran(end, parts)


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
    ) -> Ran:
        """Run a statement in a worker. Raises what the runner raises."""
        package = Package(contents or {})
        body = package.body
        parts: list[bytes] = []
        self.reads.clear()

        async def read(offset: int, length: int) -> bytes:
            self.reads.append((offset, length))
            return body[offset : offset + length]

        async def take(batch: bytes) -> None:
            parts.append(batch)

        parsed = await self.runner.parse(sql, "amy", parameters or {})
        end = await self.runner.run(
            parsed,
            package.sources(parsed),
            len(body),
            read,
            parameters=parameters or {},
            limits=limits,
            caller="amy",
            take_batch=take,
        )
        return Ran(end, parts)
