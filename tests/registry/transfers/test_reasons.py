"""Errors of S3 as errors of transfers, and objects of the largest size, on a scripted S3 client."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from typing_extensions import override

from registry.services.transfers.digests import CHUNKED, chunked_of_parts, digest_of
from registry.services.transfers.errors import ObjectTooLarge
from registry.services.transfers.limits import MAX_OBJECT_BYTES
from registry.services.transfers.s3_transfers import S3Transfers
from shared.aws.objects import BucketMissing, ObjectMissing, ObjectRefused, Throttled
from shared.aws.transfers import (
    Content,
    ObjectArchived,
    ObjectChanged,
    Part,
    S3Contents,
    Upload,
    UploadGone,
)
from shared.errors import Unavailable
from shared.quilt.physical_keys import PhysicalKey

HERE = PhysicalKey("b", "k", "v")


class RefusingClient:
    """An S3 client whose calls all raise the same error."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def head_object(self, **_: Any) -> Any:
        raise self._error


@pytest.mark.parametrize(
    ("status", "code", "meaning"),
    [
        (404, "404", ObjectMissing),
        (404, "NoSuchKey", ObjectMissing),
        (404, "NoSuchVersion", ObjectMissing),
        (405, "MethodNotAllowed", ObjectMissing),  # a delete marker
        (404, "NoSuchBucket", BucketMissing),
        (404, "NoSuchUpload", UploadGone),
        (403, "AccessDenied", ObjectRefused),
        (403, "403", ObjectRefused),
        (403, "InvalidObjectState", ObjectArchived),
        (400, "InvalidRequest", ObjectRefused),
        (412, "PreconditionFailed", ObjectChanged),
        (412, "412", ObjectChanged),
        (503, "SlowDown", Throttled),
        (503, "503", Throttled),
        (429, "TooManyRequests", Throttled),
        (500, "InternalError", Unavailable),
        (400, "RequestTimeout", Unavailable),
        (409, "OperationAborted", Unavailable),
    ],
)
async def test_each_error_of_s3_becomes_its_own_error(status: int, code: str, meaning: type[Exception]) -> None:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    client: Any = RefusingClient(ClientError(response, "HeadObject"))
    with pytest.raises(meaning) as raised:
        await S3Contents(client).head(HERE)
    assert raised.type is meaning


async def test_an_unreachable_s3_is_unavailable() -> None:
    client: Any = RefusingClient(EndpointConnectionError(endpoint_url="http://nowhere"))
    with pytest.raises(Unavailable):
        await S3Contents(client).head(HERE)


class VastContents(S3Contents):
    """One object of any size, whose parts are copied instantly."""

    def __init__(self, size: int) -> None:
        self._size = size
        self.parts_made: list[tuple[int, int, int]] = []

    @override
    async def head(self, location: PhysicalKey) -> Content:
        if location.bucket != HERE.bucket:
            raise ObjectMissing("None there")
        return Content(location, self._size, "etag")

    @override
    async def begin(self, content: Content, bucket: str, key: str) -> Upload:
        return Upload(bucket, key, "id")

    @override
    async def copy_part(self, content: Content, upload: Upload, number: int, start: int, end: int) -> Part:
        self.parts_made.append((number, start, end))
        return Part(number, end - start, "etag", _checksum(number))

    @override
    async def complete(self, upload: Upload, parts: Any) -> Content:
        assert [part.number for part in parts] == list(range(1, len(parts) + 1))
        return Content(PhysicalKey(upload.bucket, upload.key, "new"), self._size, "etag")


def _checksum(number: int) -> str:
    return digest_of(CHUNKED, str(number).encode())


async def test_an_object_of_5_tib_is_copied_in_parts_of_1_gib() -> None:
    contents = VastContents(MAX_OBJECT_BYTES)
    done: list[int] = []
    made = await S3Transfers(contents).copy(HERE, "to", "k", progress=done.append)
    gib = 1 << 30
    assert sorted(contents.parts_made) == [(n, (n - 1) * gib, n * gib) for n in range(1, 5 * 1024 + 1)]
    assert sum(done) == made.size == MAX_OBJECT_BYTES
    assert made.hash
    assert made.hash.value == chunked_of_parts([_checksum(number) for number in range(1, 5 * 1024 + 1)])


async def test_an_object_larger_than_5_tib_is_refused() -> None:
    with pytest.raises(ObjectTooLarge):
        await S3Transfers(VastContents(MAX_OBJECT_BYTES + 1)).hash(HERE)
