"""Whether anything has been revoked since, asked so often that it has a connection of its own.

One question at a time: who asks while one is on its way shares the next. So the cost of many is that of few, and the
answer is never older than the question.
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
        self._turn = asyncio.Lock()
        self._next: asyncio.Future[int] | None = None

    async def __call__(self) -> int:
        """Number of the latest revocation; raises Unavailable."""
        if self._next is None:
            self._next = asyncio.ensure_future(self._ask())
        return await asyncio.shield(self._next)

    async def close(self) -> None:
        if self._connection:
            await self._connection.close(timeout=1)

    async def _ask(self) -> int:
        async with self._turn:
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
                raise Unavailable("The database does not answer") from error
