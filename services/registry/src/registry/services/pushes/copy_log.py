"""The multipart copies that a job has begun, kept in its checkpoint, so that its next attempt continues them."""

import asyncio

from registry.services.pushes.jobs.context import JobContext
from registry.services.transfers.caller_s3 import Transfers
from registry.services.transfers.uploads import UnfinishedUpload


class CopyLog:
    """The `UploadLog` of a job."""

    def __init__(self, job: JobContext) -> None:
        self._job = job
        self._lock = asyncio.Lock()

    async def find(self, bucket: str, key: str) -> UnfinishedUpload | None:
        return self._uploads().get((bucket, key))

    async def put(self, bucket: str, key: str, unfinished: UnfinishedUpload) -> None:
        async with self._lock:
            await self._save({**self._uploads(), (bucket, key): unfinished})

    async def remove(self, bucket: str, key: str) -> None:
        async with self._lock:
            uploads = self._uploads()
            if uploads.pop((bucket, key), None):
                await self._save(uploads)

    async def abandon_all(self, transfers: Transfers) -> None:
        """Delete the parts of all copies in the log, which will not continue."""
        for (bucket, key), unfinished in self._uploads().items():
            await transfers.abandon(bucket, key, unfinished)
            await self.remove(bucket, key)

    def _uploads(self) -> dict[tuple[str, str], UnfinishedUpload]:
        """Unfinished uploads by the bucket and key of their destination."""
        copies = self._job.checkpoint.get("copies", [])
        return {(bucket, key): UnfinishedUpload.model_validate(upload) for bucket, key, upload in copies}

    async def _save(self, uploads: dict[tuple[str, str], UnfinishedUpload]) -> None:
        copies = [[bucket, key, unfinished.model_dump()] for (bucket, key), unfinished in uploads.items()]
        await self._job.save_checkpoint(**{**self._job.checkpoint, "copies": copies})
