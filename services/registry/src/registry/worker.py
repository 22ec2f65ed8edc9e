"""`python -m registry.worker NAME`: does pushes, or with `--queries` queries, until there were none for a minute, or its standard input ends."""

import argparse
import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from functools import partial
from typing import Protocol

import structlog

from registry.db.access import VisibilityRules
from registry.db.connections import plan_databases
from registry.db.reading import RevisionReadStore
from registry.services.packages.reader import PackageReader
from registry.services.pushes.attempt import JobWorker
from registry.services.queries.attempt import QueryWorker
from registry.services.queries.results import StoredResults
from registry.services.queries.running import QueryTools
from registry.services.queries.table_documents import OpenTables
from registry.services.transfers.caller_s3 import open_caller_s3
from registry.settings import QuerySettings, RegistrySettings
from shared.audit import AuditQueue
from shared.aws.clients import open_s3
from shared.aws.objects import S3ObjectStore
from shared.clients.auth import AuthClient
from shared.clients.indexer import Indexer, IndexerClient
from shared.clients.transport import open_peer
from shared.concurrency import cancelled
from shared.db.engine import Sessions, open_engine, sessions_of
from shared.db.statements import SessionStatements
from shared.index.trees.blocks.processes import block_processes_of, open_block_processes
from shared.index.trees.cache import NodeCache
from shared.logging import configure_logging
from shared.queries.runner import QUERY_FAMILIES, QueryRunner
from shared.runtime import supervised
from shared.sandbox.pool import SandboxPool
from shared.sandbox.requirements import SandboxNotSupported, SandboxTooLarge, available_memory_bytes
from shared.settings import SandboxSettings
from shared.tracing import configure_tracing

IDLE_SECONDS = 60.0
MAX_NODE_CACHE_BYTES = 32 << 20
"""Memory for nodes of package trees, for queries."""

log = structlog.get_logger()


class ClaimingWorker(Protocol):
    async def work(self, stopping: asyncio.Event) -> None: ...

    @property
    def is_worn(self) -> bool:
        """A new process must follow."""
        ...


async def main(settings: RegistrySettings, name: str, *, does_queries: bool) -> None:
    internal = settings.internal
    _, database = await plan_databases(settings)
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(open_engine(database, "registry-worker"))
        auth = await stack.enter_async_context(open_peer(internal.auth_url, internal))
        indexer = await stack.enter_async_context(
            open_peer(internal.indexer_url, internal, token=internal.indexer_token)
        )
        directory = AuthClient(auth)
        trail = AuditQueue("registry", directory.add_audit_events)
        await stack.enter_async_context(supervised(trail.run))
        sessions = sessions_of(engine)
        caller_s3 = partial(open_caller_s3, settings.aws, internal.s3proxy_url, directory)
        worker: ClaimingWorker
        if does_queries:
            tools = await _query_tools(stack, settings, sessions, IndexerClient(indexer))
            worker = QueryWorker(name=name, sessions=sessions, tools=tools, open_caller_s3=caller_s3, trail=trail)
        else:
            worker = JobWorker(
                name=name,
                sessions=sessions,
                indexer=IndexerClient(indexer),
                open_caller_s3=caller_s3,
                trail=trail,
                processes=await stack.enter_async_context(open_block_processes(block_processes_of())),
            )
        await _work(worker)


async def _query_tools(
    stack: AsyncExitStack, settings: RegistrySettings, sessions: Sessions, indexer: Indexer
) -> QueryTools:
    objects = S3ObjectStore(await stack.enter_async_context(open_s3(settings.aws)))
    rules = VisibilityRules(settings.quilt2)
    statements = SessionStatements(sessions)
    reader = PackageReader(RevisionReadStore(statements), NodeCache(MAX_NODE_CACHE_BYTES), indexer, rules)
    pool = SandboxPool(sandbox_settings(settings.queries), QUERY_FAMILIES)
    runner = None
    try:
        runner = QueryRunner(await stack.enter_async_context(pool))
    except (SandboxTooLarge, SandboxNotSupported) as error:
        log.error("query_sandbox_not_started", reason=str(error))  # noqa: TRY400 – the reason says all
    return QueryTools(
        settings=settings.queries,
        sessions=sessions,
        reader=reader,
        open_tables=OpenTables(sessions, rules, objects),
        results=StoredResults(objects, settings.result_bucket) if settings.result_bucket else None,
        runner=runner,
        max_memory_bytes=(available_memory_bytes() - pool.settings.idle_memory_bytes) // settings.queries.at_once,
    )


def sandbox_settings(settings: QuerySettings) -> SandboxSettings:
    """For one query at a time."""
    return SandboxSettings(
        required=settings.sandbox_required,
        workers=1,
        memory_bytes=settings.memory_bytes,
        seconds=settings.seconds,
        cpu_seconds=settings.cpu_seconds,
        max_read_bytes=settings.max_read_bytes,
    )


async def _work(worker: ClaimingWorker) -> None:
    """Do jobs whenever a line arrives on standard input. The end of input, or SIGTERM, interrupts the present job."""
    lines = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    stopping, wanted = asyncio.Event(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # the service handles Ctrl-C, and ends the input

    async def listen() -> None:
        while await lines.readline():
            wanted.set()
        stopping.set()
        wanted.set()

    listening = asyncio.create_task(listen())
    try:
        while not stopping.is_set():
            await worker.work(stopping)
            if worker.is_worn:
                break
            try:
                async with asyncio.timeout(IDLE_SECONDS):
                    await wanted.wait()
            except TimeoutError:
                break
            wanted.clear()
    finally:
        await cancelled(listening)


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m registry.worker", description="Do jobs of the registry.")
    parser.add_argument("name", metavar="NAME", help="name of the worker in the jobs' claims")
    parser.add_argument("--queries", action="store_true", help="run queries in SQL in place of pushes")
    given = parser.parse_args()
    settled = RegistrySettings()
    configure_logging(settled.log, "registry-worker")
    configure_tracing(settled.traces, "registry-worker")
    asyncio.run(main(settled, given.name, does_queries=given.queries))
