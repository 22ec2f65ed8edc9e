"""Position of the newest revocation, read for every request from the cache of principals, on a connection of its own.

Callers that arrive while a query runs share the next query, so an answer is never older than its question.
`shared.db.coalesce.Coalescer` groups different keys in queries of a pool, two at a time; here all callers ask for the
same number over one connection, so one pending future is enough.
"""

import asyncio

import asyncpg

from shared.errors import Unavailable

_HEAD = "SELECT seq FROM auth.revocation_feed"
_TIMEOUT_SECONDS = 5.0


class RevocationHead:
    def __init__(self, url: str) -> None:
        self._dsn = url.replace("postgresql+asyncpg://", "postgresql://")
        self._connection: asyncpg.Connection | None = None
        self._querying = asyncio.Lock()
        self._next: asyncio.Future[int] | None = None

    async def __call__(self) -> int:
        """Raises Unavailable."""
        if self._next is None:
            self._next = asyncio.ensure_future(self._query())
        return await asyncio.shield(self._next)

    async def close(self) -> None:
        if self._connection:
            await self._connection.close(timeout=1)

    async def _query(self) -> int:
        async with self._querying:
            self._next = None
            try:
                if self._connection is None or self._connection.is_closed():
                    options = {"application_name": "auth feed"}
                    self._connection = await asyncpg.connect(
                        self._dsn, timeout=_TIMEOUT_SECONDS, server_settings=options
                    )
                return int(await self._connection.fetchval(_HEAD, timeout=_TIMEOUT_SECONDS))
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                if self._connection:
                    self._connection.terminate()
                self._connection = None
                raise Unavailable("The database is not responding") from error
