"""The service's side of a query: a worker of its own for each, which reads what the service gives it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

import msgspec

from shared.queries.types import (
    FAMILY,
    BoundValue,
    ChoiceAnswer,
    ChoiceArguments,
    ChoiceRequest,
    ChosenCandidates,
    DifferenceAnswer,
    DifferenceArguments,
    DifferenceEnd,
    FileCondition,
    LimitName,
    ParameterValue,
    ParseAnswer,
    ParseArguments,
    ParsedStatement,
    QueryEnd,
    QueryFile,
    QuerySource,
    RunAnswer,
    RunArguments,
    StatementProblem,
)
from shared.sandbox.errors import FailureReason, SandboxFailed
from shared.sandbox.families import WorkerFamily
from shared.sandbox.pool import CallBudget, SandboxPool
from shared.sandbox.worker_process import TakePart

NICE = 10
"""A query gets a tenth of a core that other services are busy on: it may take long, and they may not."""
QUERY_FAMILIES: Mapping[str, WorkerFamily] = {FAMILY: WorkerFamily("shared.queries.operations", nice=NICE)}
"""Families of a pool for queries."""
MAX_QUERY_READS = 100_000
_ENGINE_SHARE = 0.6
"""Part of a worker's memory that DuckDB may use: the rest is for Python, buffers and the tables of other readers."""
_LIMITS: dict[FailureReason, LimitName] = {
    "took too long": "seconds",
    "took too much memory": "memory",
    "read too much": "read_bytes",
    "answered too much": "result_bytes",
    "started too many threads": "threads",
}
"""Limits of the sandbox. A worker that ends for another reason has crashed."""

_decode_parsed: Callable[[bytes], ParseAnswer] = msgspec.json.Decoder(ParseAnswer).decode
_decode_end: Callable[[bytes], RunAnswer] = msgspec.json.Decoder(RunAnswer).decode
_decode_difference: Callable[[bytes], DifferenceAnswer] = msgspec.json.Decoder(DifferenceAnswer).decode
_decode_choice: Callable[[bytes], ChoiceAnswer] = msgspec.json.Decoder(ChoiceAnswer).decode

_Answer = TypeVar("_Answer", ParsedStatement, QueryEnd, DifferenceEnd, ChosenCandidates)
Read = Callable[[int, int], Awaitable[bytes]]
"""Exactly `length` bytes from `offset` on, of all files of the query, one after the other."""


class QueryFailed(Exception):
    """The query has no answer. The text is for who asked."""

    def __init__(self, problem: StatementProblem) -> None:
        super().__init__(problem.text)
        self.kind = problem.kind
        self.position = problem.position
        self.limit = problem.limit


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """Without `seconds` or `memory_bytes`, those of the pool hold."""

    max_rows: int
    max_result_bytes: int
    max_read_bytes: int
    seconds: float | None = None
    memory_bytes: int | None = None


class _Bytes:
    """All files of a query as one source, and the list of sources behind them."""

    def __init__(self, read: Read, size: int, sources: bytes) -> None:
        self.size = size + len(sources)
        self._read = read
        self._files_size = size
        self._sources = sources

    async def read(self, offset: int, length: int) -> bytes:
        inside = max(0, min(length, self._files_size - offset))
        content = await self._read(offset, inside) if inside else b""
        start = max(0, offset - self._files_size)
        return content + self._sources[start : start + length - inside]


class QueryRunner:
    """Parses and runs statements in the workers of a pool."""

    def __init__(self, pool: SandboxPool) -> None:
        self._pool = pool

    async def parse(
        self, sql: str, caller: str, parameters: Mapping[str, ParameterValue] | None = None
    ) -> ParsedStatement:
        """Take a statement apart. With `parameters`, which are all that it has, they may stand in the arguments of calls.

        Raises QueryFailed, SandboxBusy and SandboxUnavailable.
        """
        arguments = ParseArguments(sql, None if parameters is None else _bound(parameters))
        answer = await self._call("parse", arguments, _Bytes(_nothing, 0, b""), caller, scope=f"parse {caller}")
        return _answered(_decode_parsed, answer)

    async def run(
        self,
        parsed: ParsedStatement,
        sources: Sequence[QuerySource],
        size: int,
        read: Read,
        *,
        parameters: Mapping[str, ParameterValue],
        limits: QueryLimits,
        caller: str,
        take_batch: TakePart,
        is_stored: bool = False,
    ) -> QueryEnd:
        """Give the rows to `take_batch` as they come: as Arrow streams, of which the first has the columns alone, or as parts of a stored result.

        `size` counts all bytes that `read` reads. Raises QueryFailed, SandboxBusy, SandboxUnavailable, and what `read` raises.
        """
        encoded = msgspec.msgpack.encode(list(sources))
        arguments = RunArguments(
            parsed.sql,
            (size, len(encoded)),
            _bound({name: value for name, value in parameters.items() if name in parsed.parameters}),
            limits.max_rows,
            limits.max_result_bytes,
            self._engine_bytes(limits),
            is_stored,
        )
        source = _Bytes(read, size, encoded)
        answer = await self._call(
            *("run", arguments, source, caller),
            scope=uuid4().hex,
            budget=self._budget(limits),
            take_part=take_batch,
        )
        return _answered(_decode_end, answer)

    async def choose(
        self,
        candidates: bytes,
        tables: Mapping[int, bytes],
        conditions: Sequence[Sequence[FileCondition]],
        *,
        parameters: Mapping[str, ParameterValue],
        limits: QueryLimits,
        caller: str,
    ) -> list[int]:
        """Numbers of the candidates that a statement needs: rows of an Arrow stream, whose first column is their number.

        `tables`: Arrow streams by the ordinal of their call. Raises QueryFailed, SandboxBusy and SandboxUnavailable.
        """
        content = bytearray(candidates)
        sources: list[QuerySource] = []
        for ordinal, table in tables.items():
            sources.append(QuerySource(ordinal, table=(len(content), len(table))))
            content += table
        request = ChoiceRequest(
            (0, len(candidates)), sources, [list(place) for place in conditions], _bound(parameters)
        )
        encoded = msgspec.msgpack.encode(request)
        arguments = ChoiceArguments((len(content), len(encoded)), self._engine_bytes(limits))
        held = bytes(content)

        async def read(offset: int, length: int) -> bytes:
            return held[offset : offset + length]

        source = _Bytes(read, len(held), encoded)
        answer = await self._call(
            *("choose", arguments, source, caller), scope=uuid4().hex, budget=self._budget(limits), ends_worker=True
        )
        return _answered(_decode_choice, answer).numbers

    async def difference(
        self,
        base: QueryFile,
        head: QueryFile,
        keys: Sequence[str] | None,
        read: Read,
        *,
        limits: QueryLimits,
        caller: str,
        take_batch: TakePart,
        is_stored: bool = False,
    ) -> DifferenceEnd:
        """Compare the rows of two tables, and give those that differ to `take_batch`, as `run` does.

        The columns are `$change` (`added`, `removed` or `changed`), the keys, every other column with its value in `head` (in `base` for
        rows that were removed), `$before.<column>` for values that have changed, and `$changed`, the names of the columns that have.
        Raises what `run` raises.
        """
        arguments = DifferenceArguments(
            base,
            head,
            None if keys is None else list(keys),
            limits.max_rows,
            limits.max_result_bytes,
            self._engine_bytes(limits),
            is_stored,
        )
        size = max(base.offset + base.size, head.offset + head.size)
        answer = await self._call(
            *("difference", arguments, _Bytes(read, size, b""), caller),
            scope=uuid4().hex,
            budget=self._budget(limits),
            take_part=take_batch,
        )
        return _answered(_decode_difference, answer)

    def _engine_bytes(self, limits: QueryLimits) -> int:
        return int((limits.memory_bytes or self._pool.settings.memory_bytes) * _ENGINE_SHARE)

    def _budget(self, limits: QueryLimits) -> CallBudget:
        """Computing time grows with the time."""
        settings = self._pool.settings
        seconds = limits.seconds or settings.seconds
        cpu_seconds = settings.cpu_seconds * seconds / settings.seconds
        return CallBudget(seconds, cpu_seconds, limits.memory_bytes, limits.max_read_bytes)

    async def _call(
        self,
        operation: str,
        arguments: msgspec.Struct,
        source: _Bytes,
        caller: str,
        *,
        scope: str,
        budget: CallBudget = CallBudget(),  # noqa: B008 – it is frozen
        take_part: TakePart | None = None,
        ends_worker: bool = False,
    ) -> bytes:
        try:
            answer = await self._pool.run(
                *(operation, FAMILY, "", arguments, source),
                caller=caller,
                scope=scope,
                ends_worker=ends_worker or take_part is not None,
                budget=budget,
                max_reads=MAX_QUERY_READS,
                take_part=take_part,
            )
        except SandboxFailed as failure:
            limit = _LIMITS.get(failure.reason)
            problem = StatementProblem("limit" if limit else "crashed", f"The query {failure.reason}", limit=limit)
            raise QueryFailed(problem) from failure
        return answer.body


def _answered(decode: Callable[[bytes], _Answer | StatementProblem], answer: bytes) -> _Answer:
    """Decode an answer. It is checked, since a file may have taken the worker over. Raises QueryFailed."""
    try:
        found = decode(answer)
    except (msgspec.DecodeError, RecursionError):
        raise QueryFailed(StatementProblem("crashed", "The query crashed")) from None
    if isinstance(found, StatementProblem):
        raise QueryFailed(found)
    return found


async def _nothing(_offset: int, _length: int) -> bytes:
    raise AssertionError("A statement is parsed without files")


def _bound(parameters: Mapping[str, ParameterValue]) -> dict[str, BoundValue]:
    return {name: BoundValue.of(value) for name, value in parameters.items()}
