"""One run of a query: it is taken apart, its sources are resolved, and its rows are stored."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryFile
from typing import IO

from registry.db.queries import DifferenceRequest, QueryClaim, QueryReport, ResolvedCall, StoredResult
from registry.errors import QueriesNotSetUp, SqlCrashed, SqlLimitReached
from registry.services.packages.reader import PackageReader
from registry.services.queries.budgets import budgets_of
from registry.services.queries.candidates import CandidateChoice
from registry.services.queries.problems import error_of
from registry.services.queries.results import StoredResults
from registry.services.queries.segments import ObjectReads
from registry.services.queries.sources import SourceResolver
from registry.services.queries.table_documents import OpenTables
from registry.services.transfers.caller_s3 import CallerS3
from registry.settings import QuerySettings
from shared.db.engine import Sessions
from shared.errors import Unavailable
from shared.queries.result_parts import EngineProgress, ResultHead, RowCount, decode_part
from shared.queries.runner import QueryFailed, QueryLimits, QueryRunner
from shared.queries.types import DifferenceEnd, QueryEnd
from shared.readers.errors import UnreadableFile
from shared.sandbox.worker_process import TakePart
from shared.schemas.principal import Principal
from shared.schemas.queries import RowDifferenceTotals

BASE, HEAD = "base", "head"
"""Calls of a row difference, as its record names them."""


@dataclass(frozen=True, slots=True)
class QueryTools:
    """Parts that all runs of a worker share."""

    settings: QuerySettings
    sessions: Sessions
    reader: PackageReader
    open_tables: OpenTables
    results: StoredResults | None
    """Absent without a bucket for results."""
    runner: QueryRunner | None
    """Absent where the sandbox cannot be started."""
    max_memory_bytes: int = 0
    """The most memory that a role may give a query on this machine. It has that of the settings in any case."""


class QueryRun:
    """Writes what is known to `report` while it runs. `caller_s3` is S3 with the caller's rights."""

    def __init__(self, tools: QueryTools, claim: QueryClaim, report: QueryReport, caller_s3: CallerS3) -> None:
        self._tools = tools
        self._claim = claim
        self._report = report
        self._caller_s3 = caller_s3

    async def run(self) -> StoredResult:
        """Raises CallRefused, SqlError, QueriesNotSetUp, Unauthenticated, SandboxBusy, SandboxUnavailable, and what reads of objects raise."""
        tools, report = self._tools, self._report
        if tools.results is None:
            raise QueriesNotSetUp("There is no bucket for results: set REGISTRY_QUERIES__RESULT_BUCKET")
        if tools.runner is None:
            raise QueriesNotSetUp("The sandbox cannot be started; the log says why")
        began = time.monotonic()
        report.rows = report.read_bytes = report.read_files = report.source_bytes = 0
        report.resolved = report.head = report.engine_progress = None
        report.saved.clear()
        viewer = await self._caller_s3.rights.principal()
        roles = await self._caller_s3.rights.query_budgets()
        budgets = budgets_of(tools.settings, roles, tools.max_memory_bytes)
        limits = budgets.limits(self._claim.request.limit)
        try:
            with TemporaryFile() as file:
                async with asyncio.timeout(2 * budgets.seconds.amount):
                    end = await self._fill(tools.runner, viewer, limits, _Taking(file, report, began).part)
                size = await tools.results.put(self._claim.id, file)
        except TimeoutError:
            raise budgets.explain(SqlLimitReached("The query took too long", limit="seconds")) from None
        except QueryFailed as failed:
            raise budgets.explain(error_of(failed)) from failed
        except UnreadableFile as error:
            raise SqlCrashed(str(error)) from error
        finally:
            report.seconds = time.monotonic() - began
        return StoredResult(
            rows=end.rows,
            bytes=size,
            is_cut=end.is_cut,
            expires_at=datetime.now(UTC) + timedelta(seconds=tools.settings.kept_seconds),
            difference=_totals(end) if isinstance(end, DifferenceEnd) else None,
        )

    async def _fill(
        self, runner: QueryRunner, viewer: Principal, limits: QueryLimits, take_part: TakePart
    ) -> QueryEnd | DifferenceEnd:
        """Give the parts of the result to `take_part`."""
        caller = str(viewer.user_id)
        parameters = {name: bound.unbound for name, bound in self._claim.request.parameters.items()}
        resolver = SourceResolver(
            viewer=viewer,
            reader=self._tools.reader,
            sessions=self._tools.sessions,
            objects=self._caller_s3.objects,
            open_tables=self._tools.open_tables,
            choice=CandidateChoice(runner, caller, parameters, limits),
            pinned=self._claim.request.pinned,
        )
        if self._claim.request.difference is not None:
            return await self._run_difference(
                runner, resolver, caller, self._claim.request.difference, limits=limits, take_part=take_part
            )
        parsed = await runner.parse(self._claim.sql, caller, parameters)
        resolved = await resolver.resolve(parsed.calls)
        reads = self._begin(resolved.calls, ObjectReads(resolved.segments))
        return await runner.run(
            parsed,
            resolved.sources,
            resolved.size,
            reads,
            parameters=parameters,
            limits=limits,
            caller=caller,
            take_batch=take_part,
            is_stored=True,
        )

    async def _run_difference(
        self,
        runner: QueryRunner,
        resolver: SourceResolver,
        caller: str,
        wanted: DifferenceRequest,
        *,
        limits: QueryLimits,
        take_part: TakePart,
    ) -> DifferenceEnd:
        base = await resolver.resolve_file(wanted.base, BASE)
        head = await resolver.resolve_file(wanted.head, HEAD)
        reads = self._begin(resolver.found.calls, ObjectReads(resolver.found.segments))
        return await runner.difference(
            base,
            head,
            wanted.keys,
            reads,
            limits=limits,
            caller=caller,
            take_batch=take_part,
            is_stored=True,
        )

    def _begin(self, resolved: list[ResolvedCall], reads: ObjectReads) -> Callable[[int, int], Awaitable[bytes]]:
        """Report what was resolved, and return the function that reads."""
        self._report.resolved = resolved
        self._report.source_bytes = sum(each.bytes for each in resolved)

        async def read(offset: int, length: int) -> bytes:
            content = await reads.read(offset, length)
            self._report.read_bytes, self._report.read_files = reads.read_bytes, reads.read_objects
            return content

        return read


class _Taking:
    """Takes the parts of a result."""

    def __init__(self, file: IO[bytes], report: QueryReport, began: float) -> None:
        self._file = file
        self._report = report
        self._began = began

    async def part(self, sent: bytes) -> None:
        """Raises UnreadableFile or Unavailable."""
        found = decode_part(sent)
        self._report.seconds = time.monotonic() - self._began
        if isinstance(found, ResultHead):
            self._report.head = found
            self._report.saved.discard("head")
        elif isinstance(found, RowCount):
            self._report.rows = found.rows
        elif isinstance(found, EngineProgress):
            self._report.engine_progress = found.share
        else:
            try:
                self._file.write(found.content)
            except OSError as error:  # the pool would take it for an error of the worker
                raise Unavailable(f"The result cannot be kept: {error.strerror}") from error


def _totals(end: DifferenceEnd) -> RowDifferenceTotals:
    found = end.difference
    return RowDifferenceTotals(
        keys=found.keys,
        added=found.added,
        removed=found.removed,
        changed=found.changed,
        same=found.same,
        added_columns=found.added_columns,
        removed_columns=found.removed_columns,
        cells=found.cells,
        types=found.types,
    )
