"""Hashes and copies of real objects, in the emulator."""

import random
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from support.servers import Aws

from registry.transfers.digests import CHUNKED, KINDS, PART, Kind, digest_of
from registry.transfers.errors import HashMismatch, ObjectMissing
from registry.transfers.transfers import Transfers, open_transfers
from shared.aws.clients import open_s3
from shared.index.locations import Location
from shared.schemas.package import Hash

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

FROM = f"from-{uuid4().hex[:8]}"
TO = f"to-{uuid4().hex[:8]}"
LARGE = random.Random(1).randbytes(2 * PART + 12345)  # noqa: S311


@pytest.fixture(scope="module")
async def s3(aws: Aws) -> AsyncIterator["S3Client"]:
    async with open_s3(aws.settings) as s3:
        for bucket in (FROM, TO):
            await s3.create_bucket(Bucket=bucket)
            await s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        yield s3


@pytest.fixture
def transfers(s3: "S3Client") -> Iterator[Transfers]:
    with open_transfers(s3) as transfers:
        yield transfers


@pytest.fixture
def key() -> str:
    return f"d {uuid4().hex}/é+.bin"


async def put(s3: "S3Client", key: str, body: bytes, **options: Any) -> Location:
    told = await s3.put_object(Bucket=FROM, Key=key, Body=body, **options)
    return Location(FROM, key, told["VersionId"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [b"", b"hello", LARGE], ids=len)
@pytest.mark.parametrize("checksum", ["", "SHA256", "CRC64NVME"])
async def test_a_hash_is_what_reading_would_give(
    *, s3: "S3Client", transfers: Transfers, key: str, kind: Kind, body: bytes, checksum: str
) -> None:
    sums = {
        "": {},
        "SHA256": {"ChecksumAlgorithm": "SHA256"},
        "CRC64NVME": {"ChecksumCRC64NVME": digest_of("CRC64NVME", body)},  # boto cannot make it
    }
    location = await put(s3, key, body, **sums[checksum])
    done: list[int] = []
    held = await transfers.hash(location, kind, progress=done.append)
    assert (held.location, held.size, held.hash) == (location, len(body), Hash(type=kind, value=digest_of(kind, body)))
    assert sum(done) == len(body)
    assert await transfers.verify(location, held.hash, len(body)) == held


async def test_the_current_version_is_told(s3: "S3Client", transfers: Transfers, key: str) -> None:
    await put(s3, key, b"first")
    second = await put(s3, key, b"second")
    held = await transfers.hash(Location(FROM, key, None))
    assert (held.location, held.hash.value) == (second, digest_of(CHUNKED, b"second"))


@pytest.mark.parametrize("body", [b"", b"hello", LARGE], ids=len)
async def test_a_copy_has_its_hash_and_is_made_once(
    s3: "S3Client", transfers: Transfers, key: str, body: bytes
) -> None:
    source = await put(s3, key, body, ContentType="text/x-wine", Metadata={"colour": "red"})
    await put(s3, key, b"newer")
    said = Hash(type=CHUNKED, value=digest_of(CHUNKED, body))
    done: list[int] = []
    made = await transfers.copy(source, TO, key, said, progress=done.append)
    assert (made.size, made.hash, made.skipped, sum(done)) == (len(body), said, False, len(body))
    found = await s3.get_object(Bucket=TO, Key=key, VersionId=made.location.version_id or "")
    assert (found["ContentType"], found["Metadata"]) == ("text/x-wine", {"colour": "red"})
    assert await found["Body"].read() == body
    again = await transfers.copy(source, TO, key, said, progress=done.append)
    assert (again.location, again.hash, again.skipped, sum(done)) == (made.location, said, True, 2 * len(body))
    assert (await transfers.hash(made.location)).hash == said


@pytest.mark.parametrize("body", [b"hello", LARGE], ids=len)
async def test_a_copy_that_is_not_what_was_said_is_refused(
    s3: "S3Client", transfers: Transfers, key: str, body: bytes
) -> None:
    source = await put(s3, key, body)
    with pytest.raises(HashMismatch):
        await transfers.copy(source, TO, key, Hash(type=CHUNKED, value="x"))
    with pytest.raises(HashMismatch):
        await transfers.verify(source, Hash(type="SHA256", value="x"))
    assert not (await s3.list_multipart_uploads(Bucket=TO)).get("Uploads")


async def test_what_is_missing_is_told(transfers: Transfers, key: str) -> None:
    for location in (Location(FROM, key, None), Location("nowhere-at-all", key, None)):
        with pytest.raises(ObjectMissing):
            await transfers.hash(location)
        with pytest.raises(ObjectMissing):
            await transfers.copy(location, TO, key)
