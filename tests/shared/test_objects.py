"""One contract, kept by the real store and by the fake."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from support.worlds.servers import Aws

from shared.aws.assembly import KnownRange, PartSource, plan_parts
from shared.aws.clients import open_s3
from shared.aws.objects import (
    BucketMissing,
    NotAsSeen,
    ObjectInfo,
    ObjectMissing,
    ObjectRefused,
    ObjectStore,
    ObjectUnreadable,
    S3ObjectStore,
    open_objects,
    translated,
)
from shared.aws.transfers import S3Contents
from shared.errors import AppError, Unavailable
from shared.quilt.physical_keys import PhysicalKey
from shared.settings import AwsSettings
from shared.testing.objects import FakeObjectStore

BUCKET = f"contract-{uuid4().hex[:8]}"


@pytest.fixture(params=["fake", "boto", "direct"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[ObjectStore]:
    """A store with an empty bucket that keeps versions: the real one by boto alone, and with requests of its own."""
    if request.param == "fake":
        yield FakeObjectStore(BUCKET)
        return
    aws: Aws = request.getfixturevalue("aws")
    async with open_s3(aws.settings) as s3:
        await s3.create_bucket(Bucket=BUCKET)
        await s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        async with open_objects(s3, aws.settings) as direct:
            yield direct if request.param == "direct" else S3ObjectStore(s3)
        found: Any = await s3.list_object_versions(Bucket=BUCKET)
        for version in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
            await s3.delete_object(Bucket=BUCKET, Key=version["Key"], VersionId=version["VersionId"])
        await s3.delete_bucket(Bucket=BUCKET)


async def test_an_object_is_read_as_it_was_put(store: ObjectStore) -> None:
    version = await store.put(BUCKET, "a b+c/é.txt", b"hello", meta={"colour": "red"})
    info = await store.head(BUCKET, "a b+c/é.txt")
    assert info
    assert abs(info.modified - datetime.now(UTC)) < timedelta(minutes=1)
    etag = "5d41402abc4b2a76b9719d911017c592"
    assert info == ObjectInfo("a b+c/é.txt", 5, etag, info.modified, version, {"colour": "red"})
    assert await store.get(BUCKET, "a b+c/é.txt", limit=3) == (info, b"hel")
    assert await store.get(BUCKET, "a b+c/é.txt", limit=100) == (info, b"hello")


async def test_a_part_of_an_object_is_read_as_long_as_it_is_there_and_the_same(store: ObjectStore) -> None:
    await store.put(BUCKET, "a", b"0123456789")
    info = await store.head(BUCKET, "a")
    assert info
    assert await store.read_range(BUCKET, "a", info, 0, 10) == b"0123456789"
    assert await store.read_range(BUCKET, "a", info, 3, 4) == b"3456"
    await store.put(BUCKET, "a", b"another content")
    assert await store.read_range(BUCKET, "a", info, 3, 4) == b"3456"
    for changed in (replace(info, etag="0" * 32), replace(info, version_id=None)):
        with pytest.raises(ObjectMissing):
            await store.read_range(BUCKET, "a", changed, 3, 4)


async def test_earlier_versions_of_an_object_stay_readable(store: ObjectStore) -> None:
    first = await store.put(BUCKET, "a", b"first")
    second = await store.put(BUCKET, "a", b"second")
    assert first != second
    got = await store.get(BUCKET, "a", limit=100, version_id=first)
    assert got
    assert (got[0].version_id, got[1]) == (first, b"first")
    await store.delete(BUCKET, "a")
    assert await store.head(BUCKET, "a") is None
    assert await store.get(BUCKET, "a", limit=100) is None
    old = await store.head(BUCKET, "a", second)
    assert old
    assert old.size == 6


async def test_a_copy_has_the_bytes_and_metadata_of_its_source(store: ObjectStore) -> None:
    await store.put(BUCKET, "a b+c/é@x", b"hello", meta={"colour": "red"})
    await store.copy(BUCKET, "a b+c/é@x", "copy of é")
    found = await store.get(BUCKET, "copy of é", limit=100)
    assert found
    assert (found[1], found[0].meta) == (b"hello", {"colour": "red"})
    with pytest.raises(ObjectMissing):
        await store.copy(BUCKET, "missing", "copy")


async def test_an_empty_object_is_found_and_has_no_bytes(store: ObjectStore) -> None:
    await store.put(BUCKET, "empty", b"")
    got = await store.get(BUCKET, "empty", limit=10)
    assert got
    assert (got[0].size, got[1]) == (0, b"")


async def test_a_missing_object_is_none(store: ObjectStore) -> None:
    for bucket in (BUCKET, "no-such-bucket-anywhere"):
        assert await store.head(bucket, "a") is None
        assert await store.get(bucket, "a", limit=10) is None


async def test_a_stream_has_all_bytes_of_the_object(store: ObjectStore) -> None:
    body = bytes(range(256)) * 10_000
    await store.put(BUCKET, "large", body)
    info = await store.head(BUCKET, "large")
    assert info
    async with store.stream(BUCKET, "large", info) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == body
    await store.put(BUCKET, "large", b"another")
    async with store.stream(BUCKET, "large", info) as chunks:
        assert len(b"".join([chunk async for chunk in chunks])) == len(body)
    gone = ObjectInfo("gone", 5, info.etag, info.modified, None)
    with pytest.raises(ObjectMissing):
        async with store.stream(BUCKET, "gone", gone):
            pass


async def test_streaming_an_object_that_has_changed_is_refused(store: ObjectStore) -> None:
    await store.put(BUCKET, "a", b"first")
    info = await store.head(BUCKET, "a")
    assert info
    await store.put(BUCKET, "a", b"second")
    unversioned = ObjectInfo(info.key, info.size, info.etag, info.modified, None)
    with pytest.raises(ObjectMissing):
        async with store.stream(BUCKET, "a", unversioned):
            pass


async def test_listings_are_in_the_order_of_code_points(store: ObjectStore) -> None:
    keys = ["a/b", "a", "a-b", "é", "\U0001f377", "\uff5e", "z", "A"]
    for key in keys:
        await store.put(BUCKET, key, key.encode())
    await store.put(BUCKET, "deleted", b"")
    await store.delete(BUCKET, "deleted")

    async def listed(**options: str) -> list[str]:
        return [item.key async for page in store.list(BUCKET, **options) for item in page]

    assert await listed() == sorted(keys)
    assert await listed(prefix="a") == ["a", "a-b", "a/b"]
    assert await listed(prefix="a", after="a-b") == ["a/b"]
    assert await listed(prefix="nothing") == []
    [item] = [item async for page in store.list(BUCKET, prefix="z") for item in page]
    info = await store.head(BUCKET, "z")
    assert info
    assert (item.size, item.etag, int(item.modified.timestamp())) == (1, info.etag, int(info.modified.timestamp()))


async def test_listing_a_missing_bucket_is_refused(store: ObjectStore) -> None:
    with pytest.raises(BucketMissing):
        await anext(store.list("no-such-bucket-anywhere"))


async def test_a_store_that_does_not_answer_is_unavailable() -> None:
    nowhere = AwsSettings(
        endpoint_url="http://127.0.0.1:9", access_key_id="a", secret_access_key=SecretStr("b"), region="us-east-1"
    )
    async with open_s3(nowhere, attempts=1) as s3, open_objects(s3, nowhere) as store:
        calls = (store.head(BUCKET, "a"), store.get(BUCKET, "a", limit=1), store.put(BUCKET, "a", b""), store.ping())
        for call in calls:
            with pytest.raises(Unavailable):
                await call
        with pytest.raises(Unavailable):
            await anext(store.list(BUCKET))


async def test_a_fake_object_store_can_be_unavailable() -> None:
    store = FakeObjectStore(BUCKET)
    store.down = True
    with pytest.raises(Unavailable):
        await store.ping()


async def test_an_object_is_replaced_only_if_its_etag_is_the_expected_one(store: ObjectStore) -> None:
    await store.put_over(BUCKET, "a", b"first", None)
    first = await store.head(BUCKET, "a")
    assert first
    seen = first.etag
    with pytest.raises(NotAsSeen):
        await store.put_over(BUCKET, "a", b"again", None)
    await store.put_over(BUCKET, "a", b"second", seen)
    with pytest.raises(NotAsSeen):
        await store.put_over(BUCKET, "a", b"third", seen)
    await store.delete(BUCKET, "a")
    with pytest.raises(NotAsSeen):
        await store.put_over(BUCKET, "a", b"fourth", seen)
    await store.put_over(BUCKET, "a", b"fifth", None)
    got = await store.get(BUCKET, "a", limit=10)
    assert got
    assert got[1] == b"fifth"


@pytest.mark.parametrize("size", [0, 3, 5 << 20, (25 << 20) + 7])
async def test_an_upload_has_all_parts_in_order(store: ObjectStore, size: int) -> None:
    body = (bytes(range(251)) * (size // 251 + 1))[:size]
    told: list[int] = []
    etag = await store.upload(BUCKET, "a", (body[at : at + (5 << 20)] for at in range(0, size, 5 << 20)), told.append)
    info = await store.head(BUCKET, "a")
    assert info
    assert info.etag == etag
    assert info.size == sum(told) == size
    async with store.stream(BUCKET, "a", info) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == body


@pytest.mark.parametrize("source", ["the same", "other bytes", "an older ETag", "no object"])
async def test_parts_of_an_object_are_copied_where_they_stand_in_another_and_sent_otherwise(
    store: ObjectStore, source: str
) -> None:
    size = (16 << 20) + 7
    body = (bytes(range(251)) * (size // 251 + 1))[:size]
    other = b"before" + body[:-9] if source != "other bytes" else bytes(size)
    if source != "no object":
        parts = (other[at : at + (5 << 20)] for at in range(0, len(other), 5 << 20))
        await store.upload(BUCKET, "b", parts, lambda _: None)
    info = await store.head(BUCKET, "b")
    etag = info.etag if info and source != "an older ETag" else "0" * 32
    told: list[int] = []
    planned = plan_parts(size, [KnownRange(0, 6, size - 9)])
    assert [part.source_start for part in planned] == [6, None]

    def read(start: int, length: int) -> bytes:
        return body[start : start + length]

    made = await store.assemble(BUCKET, "a", PartSource(BUCKET, "b", etag), planned, read, told.append)
    found = await store.head(BUCKET, "a")
    assert found
    assert found.etag == made
    assert found.size == sum(told) == size
    async with store.stream(BUCKET, "a", found) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == body


@pytest.mark.parametrize(("code", "expected"), [("NotImplemented", ObjectRefused), ("InternalError", Unavailable)])
def test_what_a_store_does_not_have_is_refused_and_what_it_fails_at_is_tried_again(
    code: str, expected: type[AppError]
) -> None:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": 501}}
    with pytest.raises(expected), translated(BUCKET, "a"):
        raise ClientError(answer, "CreateMultipartUpload")


async def test_an_object_whose_parts_cannot_be_read_is_not_assembled(store: ObjectStore) -> None:
    def read(_start: int, _length: int) -> bytes:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.assemble(BUCKET, "a", PartSource(BUCKET, "b", ""), plan_parts(3, []), read, lambda _: None)
    assert await store.head(BUCKET, "a") is None


@given(data=st.data(), length=st.integers(0, 400), min_part_bytes=st.integers(1, 30))
def test_planned_parts_cover_an_object_and_only_the_last_is_small(
    data: st.DataObject, length: int, min_part_bytes: int
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, length), max_size=12)))
    known = [
        KnownRange(start, data.draw(st.integers(0, 9)) + start, end - start)
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    parts = plan_parts(length, known, min_part_bytes)
    assert [part.start for part in parts] == list(accumulate((part.length for part in parts), initial=0))[:-1]
    assert sum(part.length for part in parts) == length
    assert all(part.length >= min_part_bytes for part in parts[:-1])
    assert all(part.length > 0 for part in parts)
    for part in parts:
        if part.source_start is not None:
            [around] = [
                each
                for each in known
                if each.start <= part.start and part.start + part.length <= each.start + each.length
            ]
            assert part.source_start - part.start == around.source_start - around.start
    sent = sum(part.length for part in parts if part.source_start is None)
    unknown = length - sum(each.length for each in known)
    assert sent <= unknown + 2 * min_part_bytes * (len(known) + 1)


async def test_an_upload_that_fails_leaves_no_object_and_no_parts(store: ObjectStore) -> None:
    def parts() -> Iterator[bytes]:
        yield bytes(5 << 20)
        yield bytes(5 << 20)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await store.upload(BUCKET, "a", parts(), lambda _: None)
    assert await store.head(BUCKET, "a") is None


async def test_headers_that_are_not_utf_8_are_read_as_latin_1(aws: Aws) -> None:
    bucket = f"headers-{uuid4().hex[:8]}"
    async with open_s3(aws.settings) as s3, open_objects(s3, aws.settings) as store:
        await s3.create_bucket(Bucket=bucket)
        url = await s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "a.txt"})
        for value in ("café".encode("latin-1"), "café ✓".encode()):
            await _put_raw(url, {b"x-amz-meta-name": value, b"Content-Disposition": "inline; x=ï".encode("latin-1")})
            info = await store.head(bucket, "a.txt")
            got = await store.get(bucket, "a.txt", limit=10)
            assert info
            assert got == (info, b"hello")
            assert info.meta["name"] in {"café", "café ✓"}
            async with store.stream(bucket, "a.txt", info) as chunks:
                assert b"".join([chunk async for chunk in chunks]) == b"hello"
            content = await S3Contents(s3).head(PhysicalKey(bucket, "a.txt", None))
            assert content.headers["ContentDisposition"] == "inline; x=ï"


async def _put_raw(url: str, headers: dict[bytes, bytes]) -> None:
    """PUT `hello` with headers in bytes that no HTTP client sends."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    lines = b"".join(b"%b: %b\r\n" % line for line in headers.items())
    start = (
        f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 5\r\nConnection: close\r\n"
    )
    writer.write(start.encode() + lines + b"\r\nhello")
    answer = await reader.read()
    writer.close()
    assert b" 200 " in answer.partition(b"\r\n")[0], answer


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nx-amz-meta-a: b\x00c\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\n\r\n<Error><<",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: x\r\nLast-Modified: yesterday\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nLast-Modified: Sun, 29 Nov 2026 00:00:00 GMT\r\n\r\nhello",
    ],
)
async def test_an_answer_that_cannot_be_read_refuses_the_object_and_is_no_outage(answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = AwsSettings(
        endpoint_url=f"http://127.0.0.1:{port}",
        access_key_id="a",
        secret_access_key=SecretStr("b"),
        region="us-east-1",
    )
    async with server, open_s3(settings, attempts=1) as s3, open_objects(s3, settings) as direct:
        for store in (S3ObjectStore(s3), direct):
            with pytest.raises(ObjectRefused):
                await store.get(BUCKET, "a", limit=10)


async def test_a_request_that_cannot_be_made_refuses_the_object(aws: Aws) -> None:
    async with open_s3(aws.settings, attempts=1) as s3, open_objects(s3, aws.settings) as store:
        with pytest.raises(ObjectUnreadable):
            await store.head(BUCKET, "")
        with pytest.raises(ObjectRefused):
            await S3Contents(s3).head(PhysicalKey(BUCKET, "", None))


@pytest.mark.parametrize(
    ("answer", "direct_requests"),
    [
        (b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n", 2),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", 2),
        (b"HTTP/1.1 400 Bad Request\r\nx-amz-bucket-region: eu-north-1\r\nContent-Length: 0\r\n\r\n", 1),
    ],
)
async def test_what_a_store_does_not_answer_as_usual_is_asked_again_through_boto(
    answer: bytes, direct_requests: int
) -> None:
    """Buckets of other regions are asked for through boto from then on."""
    good = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: x\r\nLast-Modified: Sun, 29 Nov 2026 00:00:00 GMT\r\n\r\nhello"
    )
    agents = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        agents.append("boto" if b"botocore" in request.lower() else "direct")
        writer.write(good if agents[-1] == "boto" else answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    settings = AwsSettings(endpoint_url=url, access_key_id="a", secret_access_key=SecretStr("b"), region="us-east-1")
    async with server, open_s3(settings, attempts=1) as s3, open_objects(s3, settings) as store:
        for _ in range(2):
            got = await store.get(BUCKET, "a", limit=10)
            assert got
            assert got[1] == b"hello"
    assert agents.count("direct") == direct_requests
    assert agents.count("boto") == 2
