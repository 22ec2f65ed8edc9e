"""The service's side of stored results: workers of the sandbox read them. A worker serves one person."""

from collections.abc import Mapping

from shared.queries.result_parts import ExportArguments
from shared.readers.queries import RowsQuery
from shared.sandbox.families import WorkerFamily
from shared.sandbox.pool import SandboxPool
from shared.sandbox.worker_process import AsyncRangeSource, TakePart

RESULT_FAMILIES: Mapping[str, WorkerFamily] = {"results": WorkerFamily("shared.queries.result_operations")}
"""Families of a pool for results."""
MAX_RESULT_READS = 100_000


class ResultReader:
    """Methods raise UnreadableFile, SandboxFailed, SandboxBusy, SandboxUnavailable, and what the source raises."""

    def __init__(self, pool: SandboxPool) -> None:
        self._pool = pool

    async def page(self, source: AsyncRangeSource, query: RowsQuery, caller: str) -> bytes:
        """A `RowsPage` as JSON."""
        answer = await self._pool.run("page", "results", "", query, source, caller=caller, scope=caller)
        return answer.body

    async def export(self, source: AsyncRangeSource, wanted: ExportArguments, caller: str, take_part: TakePart) -> None:
        """Give the result in another format to `take_part`, piece by piece."""
        await self._pool.run(
            *("export", "results", "", wanted, source),
            caller=caller,
            scope=caller,
            max_reads=MAX_RESULT_READS,
            take_part=take_part,
        )
