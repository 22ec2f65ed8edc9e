"""Answers of readers in the service bucket, which survive the process and are shared by all replicas."""

import structlog

from s3proxy.services.previews.cache import MAX_STORED_BYTES, PREFIX
from s3proxy.services.previews.objects import ObjectName, ObjectRequests
from shared.aws.process_credentials import ProcessKeys
from shared.errors import AppError, NotFound
from shared.sandbox.families import MEDIA_TYPES

log = structlog.get_logger()


class StoredAnswers:
    """Implements `AnswerStore`. A bucket that cannot be reached costs time only."""

    def __init__(self, requests: ObjectRequests, bucket: str, keys: ProcessKeys) -> None:
        self._requests = requests
        self._bucket = bucket
        self._keys = keys

    async def read(self, key: str) -> tuple[str, bytes] | None:
        try:
            made = self._requests.signed(self._name(key), await self._keys.current())
            media_type, body = await self._requests.read_whole(made, MAX_STORED_BYTES)
        except NotFound:
            return None
        except AppError as error:
            log.warning("stored_preview_not_read", error=str(error))
            return None
        return (media_type, body) if media_type in MEDIA_TYPES else None

    async def write(self, key: str, media_type: str, body: bytes) -> None:
        try:
            await self._requests.write_whole(self._name(key), await self._keys.current(), media_type, body)
        except AppError as error:
            log.warning("preview_not_stored", error=str(error))

    def _name(self, key: str) -> ObjectName:
        return ObjectName(self._bucket, f"{PREFIX}{key[:2]}/{key}")
