"""Everything that lives as long as the process. Tests make their own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from indexer.memory_queue import MemoryQueue
from indexer.settings import IndexerSettings
from shared.aws.clients import open_s3
from shared.aws.delete_markers import DeleteMarkers, S3DeleteMarkers
from shared.aws.objects import ObjectStore, open_objects
from shared.aws.queues import Queue, open_queue
from shared.clients.auth import AuthClient, PushAuthority
from shared.clients.registry import BucketSource, RegistryClient
from shared.clients.transport import open_peer
from shared.db.budget import PooledProcesses, planned_settings
from shared.db.engine import AsyncEngine, Sessions, open_engine, ping, sessions_of
from shared.db.heads import require_head
from shared.index.trees.blocks.processes import BlockProcesses, block_processes_of, open_block_processes
from shared.sandbox.pool import SandboxPool
from shared.web.health import Check


@dataclass(frozen=True, slots=True)
class IndexerResources:
    settings: IndexerSettings
    sessions: Sessions
    objects: ObjectStore
    queue: Queue
    registry: BucketSource
    checks: dict[str, Check]
    sandbox: SandboxPool | None = None
    """Reads the contents of tables and documents. None: they are not read."""
    markers: DeleteMarkers | None = None
    """Without it, deleted objects are not indexed."""
    block_processes: BlockProcesses | None = None
    """Read large manifests. None: threads read them."""
    authors: PushAuthority | None = None
    """Client of `auth`. Without its address there is none, and authors are those that pointers name in their metadata."""


def processes_of(settings: IndexerSettings) -> list[PooledProcesses]:
    return [PooledProcesses(settings.workers, 2, settings.database.pool_size, besides=1)]


@asynccontextmanager
async def open_resources(settings: IndexerSettings) -> AsyncIterator[IndexerResources]:
    async with AsyncExitStack() as stack:
        [database] = await planned_settings(settings.database, "indexer", processes_of(settings))
        engine = await stack.enter_async_context(open_engine(database, "indexer"))
        await require_head(engine, "indexer", "index")
        s3 = await stack.enter_async_context(open_s3(settings.aws))
        objects = await stack.enter_async_context(open_objects(s3, settings.aws))
        queue = await _open_queue(settings, stack)
        registry = await stack.enter_async_context(open_peer(settings.internal.registry_url, settings.internal))
        checks = {"database": _database_check(engine), "s3": objects.ping, "queue": _queue_check(queue)}
        sandbox = await stack.enter_async_context(SandboxPool(settings.sandbox.divided(settings.workers)))
        authors = None
        if settings.internal.auth_url:
            authors = AuthClient(
                await stack.enter_async_context(open_peer(settings.internal.auth_url, settings.internal))
            )
        sessions = sessions_of(engine)
        yield IndexerResources(
            settings,
            sessions,
            objects,
            queue,
            RegistryClient(registry),
            checks,
            sandbox,
            block_processes=await stack.enter_async_context(open_block_processes(block_processes_of(settings.workers))),
            authors=authors,
            markers=S3DeleteMarkers(s3),
        )


async def _open_queue(settings: IndexerSettings, stack: AsyncExitStack) -> Queue:
    if not settings.events.queue_url:
        return MemoryQueue()
    return await stack.enter_async_context(open_queue(settings.aws, settings.events.queue_url))


def _database_check(engine: AsyncEngine) -> Check:
    async def check() -> None:
        await ping(engine)

    return check


def _queue_check(queue: Queue) -> Check:
    async def check() -> None:
        await queue.depth()

    return check
