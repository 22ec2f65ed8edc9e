"""Hashes and copies of objects in the S3 emulator."""

import random
from dataclasses import replace
from typing import Any

import pytest
from support.worlds.transfer_world import TransferWorld
from typing_extensions import override

from registry.services.transfers.digests import CHUNKED, KINDS, DigestKind, digest_of
from registry.services.transfers.errors import HashMismatch, HashUnknown
from registry.services.transfers.s3_transfers import S3Transfers
from shared.aws.objects import ObjectMissing
from shared.aws.transfers import Content, ObjectChanged, S3Contents
from shared.quilt.chunked_hash import PART_BYTES
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.package import Hash

LARGE = random.Random(1).randbytes(PART_BYTES + 12345)  # noqa: S311


class UnreadableContents(S3Contents):
    """Contents that fail a test that reads an object."""

    @override
    async def read(self, content: Content, start: int, end: int) -> bytes:
        raise AssertionError("It was read")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("body", "checksum"),
    [
        *((body, checksum) for body in (b"", b"hello") for checksum in ("", "SHA256", "CRC64NVME")),
        (LARGE, ""),
        (LARGE, "SHA256"),
    ],
    ids=lambda value: len(value) if isinstance(value, bytes) else value,
)
async def test_a_hash_from_checksums_equals_the_hash_of_the_bytes(
    *, world: TransferWorld, transfers: S3Transfers, key: str, kind: DigestKind, body: bytes, checksum: str
) -> None:
    sums = {
        "": {},
        "SHA256": {"ChecksumAlgorithm": "SHA256"},
        "CRC64NVME": {"ChecksumCRC64NVME": digest_of("CRC64NVME", body)},  # boto cannot make it
    }
    location = await world.put(key, body, **sums[checksum])
    done: list[int] = []
    held = await transfers.hash(location, kind, progress=done.append)
    assert (held.location, held.size, held.hash) == (location, len(body), Hash(type=kind, value=digest_of(kind, body)))
    assert sum(done) == len(body)


@pytest.mark.parametrize(
    ("body", "checksum", "kind"),
    [
        (b"", "", CHUNKED),
        (b"hello", "SHA256", CHUNKED),
        (b"hello", "SHA256", "SHA256"),
        (LARGE, "SHA256", "SHA256"),
        (b"hello", "CRC64NVME", "CRC64NVME"),
    ],
    ids=lambda value: len(value) if isinstance(value, bytes) else value,
)
async def test_an_object_is_not_read_if_s3_has_its_checksum(
    world: TransferWorld, key: str, body: bytes, checksum: str, kind: DigestKind
) -> None:
    sums = {
        "": {},
        "SHA256": {"ChecksumAlgorithm": "SHA256"},
        "CRC64NVME": {"ChecksumCRC64NVME": digest_of("CRC64NVME", body)},
    }
    location = await world.put(key, body, **sums[checksum])
    held = await S3Transfers(UnreadableContents(world.s3)).hash(location, kind)
    assert held.hash.value == digest_of(kind, body)


@pytest.mark.parametrize("part", [PART_BYTES, 6 << 20], ids=["parts of 8 MiB", "parts of 6 MiB"])
async def test_checksums_of_parts_give_the_chunked_hash_only_for_parts_of_8_mib(
    world: TransferWorld, transfers: S3Transfers, key: str, part: int
) -> None:
    body = LARGE  # two parts either way
    location = await world.put_in_parts(key, body, part)
    await world.put(key, b"newer")
    assert (await transfers.hash(location)).hash.value == digest_of(CHUNKED, body)
    if part == PART_BYTES:
        await S3Transfers(UnreadableContents(world.s3)).hash(location)


_COLLISION = (
    "d131dd02c5e6eec4693d9a0698aff95c2fcab5{}712467eab4004583eb8fb7f8955ad340609f4b30283e4888325{}1415a085125e8f7cdc99fd91dbd{}2"
    "80373c5bd8823e3156348f5bae6dacd436c919c6dd53e2{}487da03fd02396306d248cda0e99f33420f577ee8ce54b67080{}80d1ec69821bcb6a88393"
    "96f965{}b6ff72a70"
)
SAME_MD5 = (
    bytes.fromhex(_COLLISION.format("8", "7", "f", "b", "a", "2")),
    bytes.fromhex(_COLLISION.format("0", "f", "7", "3", "2", "a")),
)
"""Two files with one MD5: the collision that X. Wang, D. Feng, X. Lai and H. Yu published in 2004."""


async def test_the_hash_of_a_key_names_its_current_version(
    world: TransferWorld, transfers: S3Transfers, key: str
) -> None:
    await world.put(key, b"first")
    second = await world.put(key, b"second")
    held = await transfers.hash(PhysicalKey(world.source, key, None))
    assert (held.location, held.hash.value) == (second, digest_of(CHUNKED, b"second"))


@pytest.mark.parametrize("body", [b"", b"hello", LARGE], ids=len)
async def test_a_copy_keeps_its_hash_and_is_made_once(
    world: TransferWorld, transfers: S3Transfers, key: str, body: bytes
) -> None:
    headers: Any = {"ContentType": "text/x-wine", "Metadata": {"colour": "red"}, "CacheControl": "no-transform"}
    source = await world.put(key, body, **headers, Tagging="site=hill%20%26%20valley&owner=amy")
    await world.put(key, b"newer", Tagging="owner=bob")
    expected = Hash(type=CHUNKED, value=digest_of(CHUNKED, body))
    done: list[int] = []
    made = await transfers.copy(source, world.target, key, expected, progress=done.append)
    assert (made.size, made.hash, made.skipped, sum(done)) == (len(body), expected, False, len(body))
    assert await world.body(made.location) == body
    found = await world.s3.head_object(Bucket=world.target, Key=key)
    assert {name: found.get(name) for name in headers} == headers
    tags = (await world.s3.get_object_tagging(Bucket=world.target, Key=key))["TagSet"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"site": "hill & valley", "owner": "amy"}
    again = await transfers.copy(source, world.target, key, expected, progress=done.append)
    assert (again.location, again.hash, again.skipped, sum(done)) == (made.location, expected, True, 2 * len(body))
    assert (await S3Transfers(UnreadableContents(world.s3)).hash(made.location)).hash == expected


async def test_a_copy_is_recognised_by_its_sha256(world: TransferWorld, transfers: S3Transfers, key: str) -> None:
    source = await world.put_in_parts(
        key, b"hello", PART_BYTES
    )  # the ETag of a multipart upload is no hash of the content
    expected = Hash(type="SHA256", value=digest_of("SHA256", b"hello"))
    made = await transfers.copy(source, world.target, key, expected)
    assert await transfers.copy(source, world.target, key, expected) == replace(made, skipped=True)


async def test_a_copy_replaces_other_content_at_the_destination(
    world: TransferWorld, transfers: S3Transfers, key: str
) -> None:
    source = await world.put(key, b"red")
    await world.put(key, b"ros", world.target)
    made = await transfers.copy(source, world.target, key)
    assert (made.skipped, await world.body(made.location), await world.count_versions(key)) == (False, b"red", 2)


async def test_a_copy_of_an_object_with_a_sha256_is_recognised(
    world: TransferWorld, transfers: S3Transfers, key: str
) -> None:
    source = await world.put(key, b"red", ChecksumAlgorithm="SHA256")
    made = await transfers.copy(source, world.target, key)
    assert await transfers.copy(source, world.target, key) == replace(made, skipped=True)


async def test_an_object_is_its_own_copy(world: TransferWorld, transfers: S3Transfers, key: str) -> None:
    source = await world.put(key, b"red")
    made = await transfers.copy(source, world.source, key)
    assert (made.location, made.skipped) == (source, True)


async def test_an_object_with_the_same_md5_at_the_destination_is_replaced(
    world: TransferWorld, transfers: S3Transfers, key: str
) -> None:
    one, other = SAME_MD5
    source = await world.put(key, one)
    forged = await world.put(key, other, world.target)
    heads = [await transfers.find(location) for location in (source, forged)]
    assert heads[0].etag == heads[1].etag
    made = await transfers.copy(source, world.target, key)
    assert (made.skipped, await world.body(made.location)) == (False, one)


async def test_a_copy_in_a_bucket_without_versions_has_no_version(
    world: TransferWorld, transfers: S3Transfers, key: str
) -> None:
    source = await world.put(key, b"red", world.plain)
    made = await transfers.copy(source, world.plain, f"{key}2")
    assert made.location == PhysicalKey(world.plain, f"{key}2", None)


@pytest.mark.parametrize(("body", "kind"), [(b"hello", CHUNKED), (b"hello", "SHA256"), (LARGE, CHUNKED)])
async def test_a_copy_without_the_expected_hash_is_refused(
    *, world: TransferWorld, transfers: S3Transfers, key: str, body: bytes, kind: DigestKind
) -> None:
    source = await world.put(key, body)
    with pytest.raises(HashMismatch):
        await transfers.copy(source, world.target, key, Hash(type=kind, value="x"))
    assert not await world.uploads()


async def test_verify_accepts_only_the_objects_hash_and_size(
    world: TransferWorld, transfers: S3Transfers, key: str
) -> None:
    location = await world.put(key, b"hello")
    for kind in KINDS:
        expected = Hash(type=kind, value=digest_of(kind, b"hello"))
        assert (await transfers.verify(location, expected, 5)).hash == expected
        with pytest.raises(HashMismatch):
            await transfers.verify(location, Hash(type=kind, value=digest_of(kind, b"hallo")))
    with pytest.raises(HashMismatch, match="5 bytes, not 6"):
        await transfers.verify(location, expected, 6)
    with pytest.raises(HashUnknown):
        await transfers.verify(location, Hash(type="MD5", value="x"))


async def test_missing_objects_buckets_and_versions_are_object_missing(
    world: TransferWorld, transfers: S3Transfers, key: str
) -> None:
    version = (await world.put(key, b"1")).version_id
    await world.s3.delete_object(Bucket=world.source, Key=key, VersionId=version or "")
    for location in (
        PhysicalKey(world.source, "nothing", None),
        PhysicalKey("nowhere-at-all", key, None),
        PhysicalKey(world.source, key, version),
    ):
        with pytest.raises(ObjectMissing):
            await transfers.hash(location)
        with pytest.raises(ObjectMissing):
            await transfers.copy(location, world.target, key)


@pytest.mark.parametrize("body", [b"hello", LARGE], ids=len)
async def test_a_source_that_changes_under_way_is_object_changed(world: TransferWorld, key: str, body: bytes) -> None:
    class ChangingContents(S3Contents):
        @override
        async def head(self, location: PhysicalKey) -> Content:
            found = await super().head(location)
            if location.bucket == world.plain:
                await world.put(key, body[::-1], world.plain)
            return found

    transfers = S3Transfers(ChangingContents(world.s3))
    source = await world.put(key, body, world.plain)
    with pytest.raises(ObjectChanged):
        await transfers.hash(source)
    await world.put(key, body, world.plain)
    with pytest.raises(ObjectChanged):
        await transfers.copy(source, world.target, key)
    assert not await world.uploads()
