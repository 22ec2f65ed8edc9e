"""The hash of an object that must be read: in ranges, several at once, with bounded memory."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

from registry.services.transfers.digests import DigestKind, new_digest
from registry.services.transfers.limits import TransferLimits
from shared.aws.transfers import Content, S3Contents
from shared.concurrency import ordered_map

ReportProgress = Callable[[int], None]
"""Called with the number of bytes done since the last call."""


class ObjectHasher:
    """Hashes objects. A block counts against one bound on memory, for all hashes together, from its request to its hashing."""

    def __init__(self, contents: S3Contents, limits: TransferLimits) -> None:
        self._contents = contents
        self._limits = limits
        self._free_blocks = asyncio.Semaphore(limits.max_concurrent_reads)
        self._threads = ThreadPoolExecutor(limits.hash_threads, thread_name_prefix="hash")

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, content: Content, kind: DigestKind, progress: ReportProgress) -> str:
        digest = new_digest(kind, content.size)
        loop = asyncio.get_running_loop()
        held_blocks = 0

        async def read_block(start: int) -> bytes:
            nonlocal held_blocks
            await self._free_blocks.acquire()
            held_blocks += 1
            end = min(start + self._limits.block_bytes, content.size)
            return await self._limits.retries(self._contents.read, content, start, end)

        starts = range(0, content.size, self._limits.block_bytes)
        try:
            async with aclosing(ordered_map(self._limits.max_concurrent_reads, read_block, starts)) as blocks:
                async for block in blocks:
                    await loop.run_in_executor(self._threads, digest.update, block)
                    held_blocks -= 1
                    self._free_blocks.release()
                    progress(len(block))
        finally:
            for _ in range(held_blocks):
                self._free_blocks.release()
        return digest.value()
