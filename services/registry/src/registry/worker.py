"""`python -m registry.worker NAME`: does jobs until there were none for a minute, or its standard input ends."""

import argparse
import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from functools import partial

from registry.services.pushes.attempt import JobWorker
from registry.services.transfers.caller_s3 import open_caller_s3
from registry.settings import RegistrySettings
from shared.audit import AuditQueue
from shared.clients.auth import AuthClient
from shared.clients.indexer import IndexerClient
from shared.clients.transport import open_peer
from shared.concurrency import cancelled
from shared.db.engine import open_engine, sessions_of
from shared.logging import configure_logging
from shared.runtime import supervised

IDLE_SECONDS = 60.0
POOL_SIZE = 3


async def main(settings: RegistrySettings, name: str) -> None:
    internal = settings.internal
    database = settings.database.model_copy(update={"pool_size": POOL_SIZE})
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(open_engine(database, "registry-worker"))
        auth = await stack.enter_async_context(open_peer(internal.auth_url, internal))
        indexer = await stack.enter_async_context(
            open_peer(internal.indexer_url, internal, token=internal.indexer_token)
        )
        directory = AuthClient(auth)
        trail = AuditQueue("registry", directory.add_audit_events)
        await stack.enter_async_context(supervised(trail.run))
        worker = JobWorker(
            name=name,
            sessions=sessions_of(engine),
            indexer=IndexerClient(indexer),
            open_caller_s3=partial(open_caller_s3, settings.aws, internal.s3proxy_url, directory),
            trail=trail,
        )
        await _work(worker)


async def _work(worker: JobWorker) -> None:
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
    given = parser.parse_args()
    settled = RegistrySettings()
    configure_logging(settled.log, "registry-worker")
    asyncio.run(main(settled, given.name))
