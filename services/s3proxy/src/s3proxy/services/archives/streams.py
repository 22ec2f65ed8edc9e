"""Answers that go on for long: their bytes, and whether their caller may still have them."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from s3proxy.services.archives.errors import TooManyArchives, problem_of
from s3proxy.services.archives.reading import ReadAhead, StreamCaller
from s3proxy.services.bearers import BearerCache
from s3proxy.services.rights import ReadRights
from shared.errors import Unavailable

CHECK_SECONDS = 3.0
"""Pause between two looks at whether the session of an answer's caller lasts."""
MAX_FAILED_CHECKS = 4
"""Looks in a row that may fail because `auth` does not respond."""
MAX_CONCURRENT_ARCHIVES_OF_USER = 50
"""Archives that one process sends to one user at the same time; each connection of a parallel download counts."""

log = structlog.get_logger()


@dataclass(slots=True)
class ArchiveTraffic:
    """Archives and files that were sent since the process started, and that are being sent."""

    max_running: int
    """Archives that may be sent at the same time."""
    sent: Counter[str] = field(default_factory=Counter)
    """Bytes by format."""
    ended: Counter[str] = field(default_factory=Counter)
    """Archives by their end: `complete`, `cut` by us, or `left` by the caller."""
    running: Counter[UUID] = field(default_factory=Counter)
    """Archives that are being sent, by user."""

    def enter(self, user_id: UUID) -> None:
        """Raises TooManyArchives."""
        if self.running.total() >= self.max_running or self.running[user_id] >= MAX_CONCURRENT_ARCHIVES_OF_USER:
            raise TooManyArchives
        self.running[user_id] += 1

    def leave(self, user_id: UUID) -> None:
        self.running[user_id] -= 1
        if not self.running[user_id]:
            del self.running[user_id]


class ContentStream:
    """The bytes of one answer, which end at once when its caller's session does."""

    def __init__(
        self,
        read: ReadAhead,
        caller: StreamCaller,
        bearers: BearerCache,
        rights: ReadRights,
        bucket: str,
        *,
        label: str,
        traffic: ArchiveTraffic,
        is_counted: bool,
    ) -> None:
        """`bucket`: the one that the caller must be able to read until the end. `is_counted`: it is an archive, of which few run at a time."""
        self._read = read
        self._caller = caller
        self._bearers = bearers
        self._rights = rights
        self._bucket = bucket
        self.label = label
        self.traffic = traffic
        self._user_id: UUID | None = None
        self._is_counted = is_counted

    async def begin(self) -> None:
        """Begin to read. Raises what is known to fail before the first byte is sent, naming the files."""
        user_id = self._caller.bearer.principal.user_id
        if self._is_counted:
            self.traffic.enter(user_id)
            self._user_id = user_id
        try:
            failures = await self._read.begin()
        except BaseException:
            await self.close()
            raise
        if failures:
            await self.close()
            raise problem_of(failures)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        async with aclosing(self._read.chunks()) as chunks:
            async for chunk in chunks:
                yield chunk

    async def watch(self) -> None:
        """Return when the caller's session, or their right to read the bucket, has ended."""
        failed = 0
        while failed < MAX_FAILED_CHECKS:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                bearer = await self._bearers.find_begun(self._caller.bearer)
                await self._rights.require_readable(bearer.principal, self._bucket)
            except Unavailable as error:
                failed += 1
                log.warning("caller_unknown", error=str(error))
            else:
                self._caller.bearer = bearer
                failed = 0

    async def close(self) -> None:
        await self._read.close()
        if self._user_id is not None:
            self.traffic.leave(self._user_id)
            self._user_id = None
