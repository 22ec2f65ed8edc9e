"""The object store: objects of S3 and their versions."""

from __future__ import annotations

import hashlib
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    ParamValidationError,
    ValidationError,
)
from botocore.parsers import ResponseParserError

from shared.aws.assembly import MAX_CONCURRENT_BODIES, PartAssembly, upload_in_parts
from shared.aws.object_info import ListedObject, ObjectInfo
from shared.aws.object_requests import DirectObjectRequests, Unanswered, known_version, open_object_requests
from shared.concurrency import ordered_map
from shared.errors import AppError, Conflict, Forbidden, NotFound, Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager

    from types_aiobotocore_s3 import S3Client

    from shared.aws.assembly import PartSource, PlannedPart
    from shared.settings import AwsSettings

__all__ = [
    "CHUNK_BYTES",
    "NO_ANSWER",
    "SLOW_DOWN",
    "ArchivedObjectRefused",
    "BucketMissing",
    "ListedObject",
    "NotAsSeen",
    "ObjectInfo",
    "ObjectMissing",
    "ObjectRefused",
    "ObjectStore",
    "ObjectUnreadable",
    "S3ObjectStore",
    "Throttled",
    "no_answer",
    "open_objects",
    "translated",
]

CHUNK_BYTES = 1 << 20


class ObjectMissing(NotFound):
    title = "The object does not exist, or has changed"
    slug = "object_missing"


class BucketMissing(NotFound):
    title = "The bucket does not exist in S3"
    slug = "bucket_missing"


class NotAsSeen(Conflict):
    title = "The object has changed since it was read"
    slug = "object_not_as_seen"


class ObjectRefused(Forbidden):
    title = "S3 refused access to the object"
    slug = "object_refused"


class ArchivedObjectRefused(ObjectRefused):
    title = "The object is archived. It can be read when it has been restored"
    slug = "archived_object_refused"


class ObjectUnreadable(ObjectRefused):
    """Trying again does not help: the request cannot be made, or its answer cannot be read."""

    title = "S3's answer about the object cannot be read"
    slug = "object_unreadable"


class Throttled(Unavailable):
    title = "S3 receives too many requests. Try again later"
    slug = "throttled"


class ObjectStore(Protocol):
    """All calls raise Unavailable when the store does not answer, Throttled when there are too many requests, and ObjectRefused
    when the store refuses, or when an object's answer cannot be read."""

    async def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo | None:
        """The object's current version, or the given one; None when the object or the bucket does not exist."""

    async def get(
        self, bucket: str, key: str, *, limit: int, version_id: str | None = None
    ) -> tuple[ObjectInfo, bytes] | None:
        """Like `head`, and the first bytes of the object, at most `limit`."""

    def stream(self, bucket: str, key: str, info: ObjectInfo) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """All bytes of the object that `info` describes, in chunks. Raises ObjectMissing when it has changed."""

    async def read_range(self, bucket: str, key: str, info: ObjectInfo, offset: int, length: int) -> bytes:
        """A part of the object that `info` describes, which must lie within it. Raises ObjectMissing when it has changed."""

    def list(self, bucket: str, *, prefix: str = "", after: str = "") -> AsyncIterator[list[ListedObject]]:
        """Objects in order of key, after the key `after`, in batches. Raises BucketMissing."""

    async def put(self, bucket: str, key: str, body: bytes, *, meta: dict[str, str] | None = None) -> str | None:
        """Write an object, and return the id of its version, or None if the bucket is not versioned."""

    async def put_over(
        self, bucket: str, key: str, body: bytes, etag: str | None, *, meta: dict[str, str] | None = None
    ) -> None:
        """Write an object if the current one has this ETag or, with None, if there is none. Otherwise raises NotAsSeen."""

    async def upload(self, bucket: str, key: str, parts: Iterator[bytes], report: Callable[[int], None]) -> str:
        """Write an object of any size, and return its ETag. Each part but the last has at least 5 MiB.

        `report` is called with the bytes of each part. An object of one part that S3 encrypts with a key of KMS has another ETag.
        """

    async def assemble(  # noqa: PLR0917 – an object, and what it is made of
        self,
        bucket: str,
        key: str,
        source: PartSource,
        parts: Sequence[PlannedPart],
        read: Callable[[int, int], bytes],
        report: Callable[[int], None],
    ) -> str:
        """Write an object of parts, some of which are copied from `source` if they stand there, and return its ETag.

        `read` gives bytes of the object: it takes their start and their number, and threads call it at the same time. `report` is
        called with the bytes of each part.
        """

    async def copy(self, bucket: str, key: str, to: str) -> None:
        """Copy an object of at most 5 GB in its bucket, with headers and metadata. Raises ObjectMissing."""

    async def delete(self, bucket: str, key: str) -> None: ...

    async def ping(self) -> None:
        """Raise Unavailable unless the store answers, even with a refusal."""


class S3ObjectStore:
    def __init__(self, s3: S3Client, requests: DirectObjectRequests | None = None) -> None:
        """With `requests`, small objects are read and written without boto."""
        self._s3 = s3
        self._requests = requests

    async def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo | None:
        if self._requests:
            with suppress(Unanswered):
                return await self._requests.head(bucket, key, version_id)
        try:
            with translated(bucket, key):
                return _info(key, await self._s3.head_object(Bucket=bucket, Key=key, **_version(version_id)))
        except NotFound:
            return None

    async def get(
        self, bucket: str, key: str, *, limit: int, version_id: str | None = None
    ) -> tuple[ObjectInfo, bytes] | None:
        if self._requests:
            with suppress(Unanswered):
                return await self._requests.get(bucket, key, version_id, limit=limit)
        try:
            with translated(bucket, key):
                answer = await self._s3.get_object(
                    Bucket=bucket, Key=key, Range=f"bytes=0-{limit - 1}", **_version(version_id)
                )
                async with answer["Body"] as body:
                    return _info(key, answer), await body.content.readexactly(min(limit, answer["ContentLength"]))
        except _RangeRefused:
            info = await self.head(bucket, key, version_id)
            return (info, b"") if info else None
        except NotFound:
            return None

    @asynccontextmanager
    async def stream(self, bucket: str, key: str, info: ObjectInfo) -> AsyncIterator[AsyncIterator[bytes]]:
        with translated(bucket, key):
            answer = await self._s3.get_object(
                Bucket=bucket, Key=key, IfMatch=f'"{info.etag}"', **_version(info.version_id)
            )
        async with answer["Body"] as body, aclosing(_chunks(bucket, key, body)) as chunks:
            yield chunks

    async def read_range(self, bucket: str, key: str, info: ObjectInfo, offset: int, length: int) -> bytes:
        with translated(bucket, key):
            answer = await self._s3.get_object(
                Bucket=bucket,
                Key=key,
                Range=f"bytes={offset}-{offset + length - 1}",
                IfMatch=f'"{info.etag}"',
                **_version(info.version_id),
            )
            async with answer["Body"] as body:
                return bytes(await body.content.readexactly(length))

    async def list(self, bucket: str, *, prefix: str = "", after: str = "") -> AsyncIterator[list[ListedObject]]:
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, StartAfter=after)
        with translated(bucket, prefix):
            async for page in pages:
                yield [
                    ListedObject(found["Key"], found["Size"], found["ETag"].strip('"'), found["LastModified"])
                    for found in page.get("Contents", [])
                ]

    async def put(self, bucket: str, key: str, body: bytes, *, meta: dict[str, str] | None = None) -> str | None:
        if self._requests:
            with suppress(Unanswered):
                return await self._requests.put(bucket, key, body, meta or {}, {})
        with translated(bucket, key):
            answer = await self._s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=meta or {})
            return answer.get("VersionId")

    async def put_over(
        self, bucket: str, key: str, body: bytes, etag: str | None, *, meta: dict[str, str] | None = None
    ) -> None:
        if self._requests:
            with suppress(Unanswered):
                expected = {"If-Match": f'"{etag}"'} if etag else {"If-None-Match": "*"}
                await self._requests.put(bucket, key, body, meta or {}, expected)
                return
        condition: Any = {"IfMatch": f'"{etag}"'} if etag else {"IfNoneMatch": "*"}
        try:
            with translated(bucket, key):
                await self._s3.put_object(Bucket=bucket, Key=key, Body=body, Metadata=meta or {}, **condition)
        except ObjectMissing as error:
            raise NotAsSeen(f"s3://{bucket}/{key} has changed in the meantime") from error

    async def upload(self, bucket: str, key: str, parts: Iterator[bytes], report: Callable[[int], None]) -> str:
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            await self.put(bucket, key, first)
            report(len(first))
            return hashlib.md5(first, usedforsecurity=False).hexdigest()
        sent = chain([first, second], parts)
        with translated(bucket, key):
            place = {"Bucket": bucket, "Key": key}
            return await upload_in_parts(self._s3, place, lambda upload: self._send_parts(upload, sent, report))

    async def _send_parts(self, where: Any, parts: Iterator[bytes], report: Callable[[int], None]) -> Any:
        async def send(numbered: tuple[int, bytes]) -> Any:
            number, part = numbered
            answer = await self._s3.upload_part(**where, PartNumber=number, Body=part)
            report(len(part))
            return {"PartNumber": number, "ETag": answer["ETag"]}

        async with aclosing(ordered_map(MAX_CONCURRENT_BODIES, send, enumerate(parts, 1))) as sent:
            return [part async for part in sent]

    async def assemble(  # noqa: PLR0917 – as the protocol
        self,
        bucket: str,
        key: str,
        source: PartSource,
        parts: Sequence[PlannedPart],
        read: Callable[[int, int], bytes],
        report: Callable[[int], None],
    ) -> str:
        with translated(bucket, key):
            return await PartAssembly(self._s3, bucket, key, source, read).write(parts, report)

    async def copy(self, bucket: str, key: str, to: str) -> None:
        with translated(bucket, key):
            await self._s3.copy_object(Bucket=bucket, Key=to, CopySource={"Bucket": bucket, "Key": key})

    async def delete(self, bucket: str, key: str) -> None:
        with translated(bucket, key):
            await self._s3.delete_object(Bucket=bucket, Key=key)

    async def ping(self) -> None:
        with suppress(ObjectRefused, NotFound), translated("", ""):
            await self._s3.list_buckets()


@asynccontextmanager
async def open_objects(s3: S3Client, settings: AwsSettings) -> AsyncIterator[S3ObjectStore]:
    """The store of a process, with its own credentials."""
    async with open_object_requests(s3, settings) as requests:
        yield S3ObjectStore(s3, requests)


SLOW_DOWN = frozenset(
    {"SlowDown", "503", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "429"}
)
"""Codes of answers to too many requests."""
_TEMPORARY = {"ConditionalRequestConflict", "OperationAborted", "RequestTimeTooSkewed", "RequestTimeout"}


class _RangeRefused(Exception):
    """The object is empty, so no range of it exists."""


def _version(version_id: str | None) -> Any:
    return {"VersionId": version_id} if version_id else {}


def _info(key: str, answer: Any) -> ObjectInfo:
    whole = str(answer.get("ContentRange", "")).rpartition("/")[2]
    return ObjectInfo(
        key=key,
        size=int(whole or answer["ContentLength"]),
        etag=answer["ETag"].strip('"'),
        modified=answer["LastModified"],
        version_id=known_version(answer.get("VersionId")),
        meta=answer.get("Metadata", {}),
        encoding=answer.get("ContentEncoding", ""),
    )


async def _chunks(bucket: str, key: str, body: Any) -> AsyncGenerator[bytes, None]:
    with translated(bucket, key):
        async for chunk in body.content.iter_chunked(CHUNK_BYTES):
            yield chunk


@contextmanager
def translated(bucket: str, key: str) -> Iterator[None]:
    """Translate errors of S3 into ours."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == "NoSuchBucket":
            raise BucketMissing(f"No bucket {bucket} in S3") from error
        if status in {404, 405, 412} or code in {"NoSuchKey", "NoSuchVersion", "PreconditionFailed"}:
            raise ObjectMissing(f"No s3://{bucket}/{key}") from error
        if status == 416:
            raise _RangeRefused from error
        if code in SLOW_DOWN:
            raise Throttled(f"S3 answers {code} for s3://{bucket}/{key}") from error
        if (status >= 500 and code != "NotImplemented") or code in _TEMPORARY:
            raise Unavailable(f"S3 answers {code or status} for s3://{bucket}/{key}") from error
        refused = ArchivedObjectRefused if code == "InvalidObjectState" else ObjectRefused
        raise refused(f"S3 answers {code or status} for s3://{bucket}/{key}") from error
    except NO_ANSWER as error:
        raise no_answer(error, f"s3://{bucket}/{key}") from error


_SAME_EVERY_TIME = (
    ParamValidationError,
    ValidationError,
    FlexibleChecksumError,
    ResponseParserError,
    KeyError,
    TypeError,
    ValueError,
)
"""Errors of requests that cannot be made, and of answers that lack a header or have one that cannot be read."""
NO_ANSWER = (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError, EOFError, *_SAME_EVERY_TIME)
"""Errors of requests that have no answer, or one that cannot be read."""


def no_answer(error: Exception, place: str) -> AppError:
    """The error to raise for one of NO_ANSWER: ObjectUnreadable if it is the same at every try, otherwise Unavailable."""
    cause = error.kwargs.get("error") if type(error) is HTTPClientError else None
    # An error of TLS is both an OSError and a ValueError.
    same_every_time = not isinstance(cause or error, OSError) and (
        isinstance(error, _SAME_EVERY_TIME) or isinstance(cause, ValueError | TypeError | aiohttp.ClientResponseError)
    )
    if same_every_time:
        reason = str(cause or error) or type(cause or error).__name__
        return ObjectUnreadable(f"S3's answer for {place} cannot be read: {reason[:200]}")
    return Unavailable(f"S3 does not answer ({type(error).__name__}) for {place}")
