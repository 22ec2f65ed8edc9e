"""The hash of an object, read by as many ranges at once as memory is granted."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

from registry.services.transfers.digests import DigestKind, new_digest
from registry.services.transfers.limits import TransferLimits
from registry.services.transfers.ordered import ahead
from shared.aws.transfers import Content, S3Contents

Progress = Callable[[int], None]
"""Told how many bytes more are done."""


class ObjectHasher:
    def __init__(self, contents: S3Contents, limits: TransferLimits) -> None:
        self._contents = contents
        self._limits = limits
        self._blocks = asyncio.Semaphore(limits.reads)
        self._threads = ThreadPoolExecutor(limits.threads, thread_name_prefix="hash")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, content: Content, kind: DigestKind, progress: Progress) -> str:
        digest = new_digest(kind, content.size)
        loop = asyncio.get_running_loop()
        held = 0

        async def read(start: int) -> bytes:
            nonlocal held
            await self._blocks.acquire()
            held += 1
            end = min(start + self._limits.block, content.size)
            return await self._limits.retries(lambda: self._contents.read(content, start, end))

        starts = range(0, content.size, self._limits.block)
        try:
            async with aclosing(ahead(read, starts, self._limits.reads)) as blocks:
                async for block in blocks:
                    await loop.run_in_executor(self._threads, digest.update, block)
                    held -= 1
                    self._blocks.release()
                    progress(len(block))
        finally:
            for _ in range(held):
                self._blocks.release()
        return digest.value()
