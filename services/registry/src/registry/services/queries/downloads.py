"""Results as people read them: pages of rows, and whole files in every format. Both are made in the sandbox, from Parquet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from tempfile import TemporaryFile
from uuid import UUID

import structlog

from registry.db.queries import QueryStore
from registry.errors import QueriesNotSetUp, ResultGone, RowsRefused, SqlLimitReached
from registry.services.queries.results import ResultSource, StoredResults
from registry.settings import QuerySettings
from shared.concurrency import SingleFlight
from shared.db.engine import Sessions, transaction
from shared.errors import Unavailable
from shared.queries.result_parts import ExportArguments
from shared.queries.result_reader import RESULT_FAMILIES, ResultReader
from shared.readers.errors import UnreadableFile
from shared.readers.queries import RowsQuery
from shared.sandbox.errors import SandboxFailed
from shared.sandbox.pool import SandboxPool
from shared.sandbox.requirements import SandboxNotSupported, SandboxTooLarge
from shared.schemas.previews import RowsPage
from shared.schemas.principal import Principal
from shared.schemas.queries import QueryRows, ResultFormat
from shared.settings import SandboxSettings

READER_BYTES = 512 << 20
"""Memory of a process that reads results."""
_IDLE_BYTES = 256 << 20

log = structlog.get_logger()


class ResultSandbox:
    """The sandbox for results, which is opened when the first result is read. Use it as a context."""

    def __init__(self, settings: QuerySettings) -> None:
        self._settings = SandboxSettings(
            required=settings.sandbox_required,
            workers=1,
            memory_bytes=READER_BYTES,
            idle_memory_bytes=_IDLE_BYTES,
            seconds=settings.seconds,
            cpu_seconds=settings.cpu_seconds,
            max_read_bytes=4 * settings.max_result_bytes,
        )
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._reader: ResultReader | None = None
        self.conversions: SingleFlight[tuple[UUID, ResultFormat], None] = SingleFlight()
        """Conversions of results that are under way in this process."""

    async def reader(self) -> ResultReader:
        """Raises QueriesNotSetUp."""
        async with self._opening:
            if self._reader is None:
                try:
                    pool = await self._stack.enter_async_context(SandboxPool(self._settings, RESULT_FAMILIES))
                except (SandboxTooLarge, SandboxNotSupported) as error:
                    log.error("result_sandbox_not_started", reason=str(error))  # noqa: TRY400 – the reason says all
                    raise QueriesNotSetUp("The sandbox cannot be started; the log says why") from error
                self._reader = ResultReader(pool)
        return self._reader

    async def close(self) -> None:
        await self._stack.aclose()


@asynccontextmanager
async def open_result_sandbox(settings: QuerySettings) -> AsyncIterator[ResultSandbox]:
    made = ResultSandbox(settings)
    try:
        yield made
    finally:
        await made.close()


class ResultService:
    def __init__(self, sessions: Sessions, results: StoredResults | None, sandbox: ResultSandbox) -> None:
        self._sessions = sessions
        self._results = results
        self._sandbox = sandbox

    async def rows(self, viewer: Principal, query_id: UUID, wanted: RowsQuery) -> QueryRows:
        """Raises QueryNotFound, ResultGone, RowsRefused, SqlLimitReached, SandboxBusy or SandboxUnavailable."""
        source = await self._open(viewer, query_id)
        reader = await self._sandbox.reader()
        try:
            found = RowsPage.model_validate_json(await reader.page(source, wanted, str(viewer.user_id)))
        except UnreadableFile as error:
            raise RowsRefused(str(error)) from error
        except SandboxFailed as failure:
            raise SqlLimitReached(f"To read these rows {failure.reason}. Ask for fewer columns") from failure
        return QueryRows(
            columns=found.columns, rows=found.rows, offset=found.offset, total=found.total or 0, notes=found.notes
        )

    async def file(self, viewer: Principal, query_id: UUID, wanted: ResultFormat) -> ResultSource:
        """A result in a format. The first time, it is converted and kept beside the result.

        Raises QueryNotFound, ResultGone, RowsRefused, SqlLimitReached, SandboxBusy or SandboxUnavailable.
        """
        source = await self._open(viewer, query_id)
        if wanted == "parquet":
            return source
        results = self._results
        assert results is not None  # noqa: S101 – it has been opened
        found = await results.find(query_id, wanted)
        if found is None:
            # Clients that read several ranges at once wait for one conversion.
            convert = partial(self._convert, results, source, query_id, wanted, str(viewer.user_id))
            await self._sandbox.conversions.run((query_id, wanted), convert)
            found = await results.find(query_id, wanted)
        if found is None:
            raise ResultGone
        return found

    async def _convert(
        self, results: StoredResults, source: ResultSource, query_id: UUID, wanted: ResultFormat, caller: str
    ) -> None:
        reader = await self._sandbox.reader()
        with TemporaryFile() as file:

            async def take(part: bytes) -> None:
                try:
                    file.write(part)
                except OSError as error:
                    raise Unavailable(f"The result cannot be converted: {error.strerror}") from error

            try:
                await reader.export(source, ExportArguments(wanted), caller, take)
            except UnreadableFile as error:
                raise RowsRefused(str(error)) from error
            except SandboxFailed as failure:
                raise SqlLimitReached(f"The conversion {failure.reason}. Download Parquet") from failure
            await results.put(query_id, file, wanted)

    async def _open(self, viewer: Principal, query_id: UUID) -> ResultSource:
        async with transaction(self._sessions) as session:
            found = await QueryStore(session).get(viewer, query_id)
        if found.result is None or self._results is None:
            raise ResultGone
        return await self._results.open(query_id)
