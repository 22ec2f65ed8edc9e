"""`python -m registry.follower`: keeps the search index up to date until its standard input ends."""

import argparse
import asyncio
import signal
import sys
from contextlib import AsyncExitStack

import structlog

from registry.follower.directory import DirectoryForbidden, DirectoryLocked
from registry.follower.opening import directory_of, open_follower
from registry.follower.reading import ChangesBetween, write_pages
from registry.settings import FollowerSettings
from shared.concurrency import cancelled
from shared.logging import configure_logging
from shared.runtime import settle_heap

THREAD_SWITCH_SECONDS = 0.0005
"""Longest time for which the thread that writes the index keeps the event loop from reading the next page, each time data arrive."""

log = structlog.get_logger()


async def main(settings: FollowerSettings) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopping.set)
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # the service handles Ctrl-C, and ends the input
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)

    async def listen() -> None:
        while await lines.read(1024):
            pass
        stopping.set()

    async with AsyncExitStack() as stack:
        stack.enter_context(directory_of(settings.search).locked())
        follower = await stack.enter_async_context(open_follower(settings))
        listening = asyncio.create_task(listen())
        settle_heap()
        try:
            await follower.run(stopping)
        finally:
            await cancelled(listening)


if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m registry.follower", description="Keep the search index up to date.")
    parser.add_argument(
        "--read",
        nargs=3,
        type=int,
        metavar=("AFTER", "UP_TO", "NEW_UP_TO"),
        help="instead, read changes for a follower that is far behind",
    )
    span = parser.parse_args().read
    settled = FollowerSettings()  # from the environment
    configure_logging(settled.log, "registry-follower")
    sys.setswitchinterval(THREAD_SWITCH_SECONDS)
    try:
        asyncio.run(write_pages(settled, ChangesBetween(*span)) if span else main(settled))
    except (DirectoryLocked, DirectoryForbidden) as error:
        log.warning("follower_not_started", reason=str(error))
        sys.exit(1)
