"""Results as people read them: pages of rows, and whole files in every format. Both are made in the sandbox, from Parquet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from tempfile import TemporaryFile
from typing import IO, NamedTuple
from uuid import UUID

import structlog

from registry.db.queries import QueryStore
from registry.errors import QueriesNotSetUp, ResultGone, RowsRefused, SqlLimitReached
from registry.services.queries.results import ResultSource, StoredResults
from registry.settings import QuerySettings
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
_CHUNK_BYTES = 1 << 20

log = structlog.get_logger()


class ResultFile(NamedTuple):
    """`chunks` gives all bytes, once."""

    size: int
    chunks: AsyncIterator[bytes]


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

    async def file(self, viewer: Principal, query_id: UUID, wanted: ResultFormat) -> ResultFile:
        """Raises QueryNotFound, ResultGone, RowsRefused, SqlLimitReached, SandboxBusy or SandboxUnavailable."""
        source = await self._open(viewer, query_id)
        if wanted == "parquet":
            return ResultFile(source.size, _read(source))
        reader = await self._sandbox.reader()
        async with AsyncExitStack() as stack:
            file = stack.enter_context(TemporaryFile())  # noqa: SIM115 – its chunks close it

            async def take(part: bytes) -> None:
                try:
                    file.write(part)
                except OSError as error:
                    raise Unavailable(f"The result cannot be converted: {error.strerror}") from error

            try:
                await reader.export(source, ExportArguments(wanted), str(viewer.user_id), take)
            except UnreadableFile as error:
                raise RowsRefused(str(error)) from error
            except SandboxFailed as failure:
                raise SqlLimitReached(f"The conversion {failure.reason}. Download Parquet") from failure
            stack.pop_all()
        return ResultFile(file.tell(), _read_file(file))

    async def _open(self, viewer: Principal, query_id: UUID) -> ResultSource:
        async with transaction(self._sessions) as session:
            found = await QueryStore(session).get(viewer, query_id)
        if found.result is None or self._results is None:
            raise ResultGone
        return await self._results.open(query_id)


async def _read(source: ResultSource) -> AsyncIterator[bytes]:
    for offset in range(0, source.size, _CHUNK_BYTES):
        yield await source.read(offset, min(_CHUNK_BYTES, source.size - offset))


async def _read_file(file: IO[bytes]) -> AsyncIterator[bytes]:
    with file:
        file.seek(0)
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield chunk
