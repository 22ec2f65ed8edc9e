"""Copies in parts that a job has begun, so that whoever goes on with the job goes on with them."""

import asyncio

from registry.services.pushes.jobs.context import JobContext
from registry.services.transfers.caller_s3 import Transfers
from registry.services.transfers.uploads import UnfinishedUpload


class CopyLog:
    """The `UploadLog` of a job, in its checkpoint."""

    def __init__(self, work: JobContext) -> None:
        self._work = work
        self._turn = asyncio.Lock()

    async def find(self, bucket: str, key: str) -> UnfinishedUpload | None:
        return self._known().get((bucket, key))

    async def put(self, bucket: str, key: str, unfinished: UnfinishedUpload) -> None:
        async with self._turn:
            await self._remember({**self._known(), (bucket, key): unfinished})

    async def remove(self, bucket: str, key: str) -> None:
        async with self._turn:
            known = self._known()
            if known.pop((bucket, key), None):
                await self._remember(known)

    async def abandon(self, contents: Transfers) -> None:
        """Nobody will go on with them."""
        for (bucket, key), unfinished in self._known().items():
            await contents.abandon(bucket, key, unfinished)
            await self.remove(bucket, key)

    def _known(self) -> dict[tuple[str, str], UnfinishedUpload]:
        kept = self._work.checkpoint.get("copies", [])
        return {(bucket, key): UnfinishedUpload.model_validate(known) for bucket, key, known in kept}

    async def _remember(self, known: dict[tuple[str, str], UnfinishedUpload]) -> None:
        copies = [[bucket, key, unfinished.model_dump()] for (bucket, key), unfinished in known.items()]
        await self._work.save_checkpoint(**{**self._work.checkpoint, "copies": copies})
