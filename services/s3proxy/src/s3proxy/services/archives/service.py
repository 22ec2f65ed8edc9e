"""Archives of revisions, and single files of them, read with the rights of their callers."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import TypeVar

import aiohttp
import structlog
from cachetools import TTLCache

from s3proxy.services.archives.addresses import ArchiveAddress
from s3proxy.services.archives.errors import FilesNotInStore, UnsafeNames
from s3proxy.services.archives.formats import tar_pieces, zip_pieces
from s3proxy.services.archives.listings import ListedFiles
from s3proxy.services.archives.reading import (
    Extent,
    FileReader,
    Piece,
    ReadAhead,
    ReadAheadBudget,
    StoredFile,
    StreamCaller,
)
from s3proxy.services.archives.streams import ArchiveTraffic, ContentStream
from s3proxy.services.bearers import Bearer, BearerCache
from s3proxy.services.previews.objects import ObjectRequests
from s3proxy.services.rights import ReadRights
from shared.clients.registry import Registry
from shared.concurrency import cancelled
from shared.errors import NotFound, Unavailable
from shared.schemas.archive import (
    MAX_ARCHIVE_ENTRIES_PAGE,
    ArchiveEntries,
    ArchiveEntriesQuestion,
    ArchivePlan,
    ArchiveQuestion,
)

FIRST_PAGE = 64
"""Files that the registry is asked for first; archives that are read fast get larger pages, one after the other."""
PAGE_GROWTH = 4
RETRY_SECONDS = (0.2, 1.0, 3.0, 5.0)
"""Pauses before a question that the registry did not answer is asked again."""
BEGUN_SECONDS = 86_400
"""Time for which the further ranges of an archive belong to one download in the audit trail."""
MAX_REMEMBERED_DOWNLOADS = 10_000

Result = TypeVar("Result")

log = structlog.get_logger()


class ArchiveSender:
    def __init__(
        self,
        *,
        store: aiohttp.ClientSession,
        requests: ObjectRequests,
        registry: Registry,
        bearers: BearerCache,
        rights: ReadRights,
        read_ahead_bytes: int,
        max_archives: int,
    ) -> None:
        self._store = store
        self._requests = requests
        self._registry = registry
        self._bearers = bearers
        self._rights = rights
        self.budget = ReadAheadBudget(read_ahead_bytes)
        self._downloads: TTLCache[tuple[object, str], bool] = TTLCache(MAX_REMEMBERED_DOWNLOADS, BEGUN_SECONDS)
        self.traffic = ArchiveTraffic(max_archives)

    async def plan(self, bearer: Bearer, address: ArchiveAddress) -> ArchivePlan:
        """Raises NotFound, UnsafeNames, FilesNotInStore, and what the registry answers."""
        await self._rights.require_readable(bearer.principal, address.bucket)
        plan = await self._registry.plan_archive(_question(bearer, address))
        if plan.unsafe:
            raise UnsafeNames(
                f"{_listed(plan.unsafe)} would be written outside the folder into which an archive is unpacked. Get such files one "
                "by one: by links, or through the package gateway"
            )
        if plan.local:
            raise FilesNotInStore(f"{_listed(plan.local)}: these files are not in the object store")
        for bucket in plan.buckets or ():
            try:
                await self._rights.require_readable(bearer.principal, bucket)
            except NotFound as error:
                raise NotFound(f"Files of this archive are in the bucket {bucket}, which you cannot read") from error
        return plan

    def has_begun(self, bearer: Bearer, address: ArchiveAddress) -> bool:
        """True if the session has begun to download this archive, of which it may want many ranges."""
        return (bearer.principal.session_id, address.etag(address.revision)) in self._downloads

    def note_begin(self, bearer: Bearer, etag: str) -> None:
        self._downloads[bearer.principal.session_id, etag] = True

    def open_tar(
        self, bearer: Bearer, address: ArchiveAddress, plan: ArchivePlan, start: int, end: int
    ) -> ContentStream:
        caller = StreamCaller(bearer)
        pages = self._pages(caller, address, plan.top_hash, tar_offset=start)
        return self._stream(caller, tar_pieces(pages, start, end, plan.tar_bytes), address.bucket, "tar")

    def open_zip(self, bearer: Bearer, address: ArchiveAddress, plan: ArchivePlan) -> ContentStream:
        caller = StreamCaller(bearer)

        def walk() -> AsyncGenerator[ArchiveEntries, None]:
            return self._pages(caller, address, plan.top_hash)

        return self._stream(caller, zip_pieces(walk, plan.zip_bytes), address.bucket, "zip")

    def open_listed_zip(self, bearer: Bearer, bucket: str, listed: ListedFiles) -> ContentStream:
        async def walk() -> AsyncGenerator[ArchiveEntries, None]:
            for page in listed.pages():
                yield page

        return self._stream(StreamCaller(bearer), zip_pieces(walk, listed.zip_bytes), bucket, "zip")

    def open_file(self, bearer: Bearer, bucket: str, file: StoredFile, start: int, end: int) -> ContentStream:
        caller = StreamCaller(bearer)
        pieces: list[Piece] = [Extent(file, start, end - start)] if end > start else []

        async def single() -> AsyncGenerator[Sequence[Piece], None]:
            yield pieces

        return self._stream(caller, single(), bucket, "file")

    def _stream(
        self, caller: StreamCaller, pieces: AsyncGenerator[Sequence[Piece], None], bucket: str, label: str
    ) -> ContentStream:
        reader = FileReader(self._store, self._requests, self._rights, caller)
        read = ReadAhead(reader, pieces, self.budget)
        return ContentStream(
            *(read, caller, self._bearers, self._rights, bucket),
            label=label,
            traffic=self.traffic,
            is_counted=label != "file",
        )

    async def _pages(
        self, caller: StreamCaller, address: ArchiveAddress, top_hash: str, tar_offset: int | None = None
    ) -> AsyncGenerator[ArchiveEntries, None]:
        async def ask(after: str | None, limit: int) -> ArchiveEntries:
            asked = ArchiveEntriesQuestion(
                **_question(caller.bearer, address).model_dump(exclude={"revision", "begun"}),
                revision=top_hash,
                begun=caller.has_begun,
                tar_offset=tar_offset if after is None else None,
                after=after,
                limit=limit,
            )
            page = await _retried(lambda: self._registry.archive_entries(asked))
            caller.has_begun = True
            return page

        limit = FIRST_PAGE
        following: asyncio.Task[ArchiveEntries] | None = asyncio.create_task(ask(None, limit))
        try:
            while following is not None:
                page = await following
                limit = min(PAGE_GROWTH * limit, MAX_ARCHIVE_ENTRIES_PAGE)
                following = asyncio.create_task(ask(page.items[-1].path, limit)) if page.more else None
                yield page
        finally:
            if following is not None:
                await cancelled(following)


def _question(bearer: Bearer, address: ArchiveAddress) -> ArchiveQuestion:
    shown = bearer.presented
    return ArchiveQuestion(
        token=shown.token,
        ticket=shown.ticket,
        bucket=address.bucket,
        package=address.package,
        revision=address.revision,
        path=address.path,
        shard=address.shard,
        selection=address.selection,
    )


async def _retried(ask: Callable[[], Awaitable[Result]]) -> Result:
    """The answer, also when it does not come for a moment. Raises Unavailable at last."""
    for pause in RETRY_SECONDS:
        try:
            return await ask()
        except Unavailable as error:
            log.warning("registry_unavailable", error=str(error))
            await asyncio.sleep(pause)
    return await ask()


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(repr(path[:200]) for path in paths)
