"""Hashes and copies of real objects."""

import random
from dataclasses import replace

import pytest
from support.worlds.transfer_world import Shop
from typing_extensions import override

from registry.services.transfers.digests import CHUNKED, KINDS, PART, DigestKind, digest_of
from registry.services.transfers.errors import HashMismatch, HashUnknown, NotInS3, ObjectChanged, ObjectMissing
from registry.services.transfers.transfers import Transfers, in_s3
from shared.aws.transfers import Content, S3Contents
from shared.quilt.physical_keys import PhysicalKey
from shared.schemas.package import Hash

LARGE = random.Random(1).randbytes(PART + 12345)  # noqa: S311


class Unread(S3Contents):
    """Content that must be judged without reading it."""

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
async def test_a_hash_is_what_reading_would_give(
    *, shop: Shop, transfers: Transfers, key: str, kind: DigestKind, body: bytes, checksum: str
) -> None:
    sums = {
        "": {},
        "SHA256": {"ChecksumAlgorithm": "SHA256"},
        "CRC64NVME": {"ChecksumCRC64NVME": digest_of("CRC64NVME", body)},  # boto cannot make it
    }
    location = await shop.put(key, body, **sums[checksum])
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
async def test_what_s3_knows_need_not_be_read(
    shop: Shop, key: str, body: bytes, checksum: str, kind: DigestKind
) -> None:
    sums = {
        "": {},
        "SHA256": {"ChecksumAlgorithm": "SHA256"},
        "CRC64NVME": {"ChecksumCRC64NVME": digest_of("CRC64NVME", body)},
    }
    location = await shop.put(key, body, **sums[checksum])
    held = await Transfers(Unread(shop.s3)).hash(location, kind)
    assert held.hash.value == digest_of(kind, body)


@pytest.mark.parametrize("part", [PART, 6 << 20], ids=["the rule's parts", "other parts"])
async def test_only_the_rules_parts_make_the_chunked_hash(
    shop: Shop, transfers: Transfers, key: str, part: int
) -> None:
    body = LARGE  # two parts either way
    location = await shop.put_in_parts(key, body, part)
    await shop.put(key, b"newer")
    assert (await transfers.hash(location)).hash.value == digest_of(CHUNKED, body)
    if part == PART:
        await Transfers(Unread(shop.s3)).hash(location)


async def test_the_current_version_is_told(shop: Shop, transfers: Transfers, key: str) -> None:
    await shop.put(key, b"first")
    second = await shop.put(key, b"second")
    held = await transfers.hash(PhysicalKey(shop.source, key, None))
    assert (held.location, held.hash.value) == (second, digest_of(CHUNKED, b"second"))


@pytest.mark.parametrize("body", [b"", b"hello", LARGE], ids=len)
async def test_a_copy_has_its_hash_and_is_made_once(shop: Shop, transfers: Transfers, key: str, body: bytes) -> None:
    source = await shop.put(key, body, ContentType="text/x-wine", Metadata={"colour": "red"})
    await shop.put(key, b"newer")
    said = Hash(type=CHUNKED, value=digest_of(CHUNKED, body))
    done: list[int] = []
    made = await transfers.copy(source, shop.target, key, said, progress=done.append)
    assert (made.size, made.hash, made.skipped, sum(done)) == (len(body), said, False, len(body))
    assert await shop.body(made.location) == body
    found = await shop.s3.head_object(Bucket=shop.target, Key=key)
    assert (found["ContentType"], found["Metadata"]) == ("text/x-wine", {"colour": "red"})
    again = await transfers.copy(source, shop.target, key, said, progress=done.append)
    assert (again.location, again.hash, again.skipped, sum(done)) == (made.location, said, True, 2 * len(body))
    assert (await Transfers(Unread(shop.s3)).hash(made.location)).hash == said


async def test_a_copy_is_known_again_by_its_hash_of_2018(shop: Shop, transfers: Transfers, key: str) -> None:
    source = await shop.put_in_parts(key, b"hello", PART)  # its ETag tells nothing
    said = Hash(type="SHA256", value=digest_of("SHA256", b"hello"))
    made = await transfers.copy(source, shop.target, key, said)
    assert await transfers.copy(source, shop.target, key, said) == replace(made, skipped=True)


async def test_other_content_at_the_target_is_replaced(shop: Shop, transfers: Transfers, key: str) -> None:
    source = await shop.put(key, b"red")
    await shop.put(key, b"ros", shop.target)
    made = await transfers.copy(source, shop.target, key)
    assert (made.skipped, await shop.body(made.location), await shop.versions(key)) == (False, b"red", 2)
    assert (await transfers.copy(source, shop.target, key)).skipped


async def test_between_buckets_without_versions(shop: Shop, transfers: Transfers, key: str) -> None:
    source = await shop.put(key, b"red", shop.plain)
    made = await transfers.copy(source, shop.plain, f"{key}2")
    assert made.location == PhysicalKey(shop.plain, f"{key}2", None)


@pytest.mark.parametrize(("body", "kind"), [(b"hello", CHUNKED), (b"hello", "SHA256"), (LARGE, CHUNKED)])
async def test_a_copy_that_is_not_what_was_said_is_refused(
    *, shop: Shop, transfers: Transfers, key: str, body: bytes, kind: DigestKind
) -> None:
    source = await shop.put(key, body)
    with pytest.raises(HashMismatch):
        await transfers.copy(source, shop.target, key, Hash(type=kind, value="x"))
    assert not await shop.uploads()


async def test_what_was_said_is_verified(shop: Shop, transfers: Transfers, key: str) -> None:
    location = await shop.put(key, b"hello")
    for kind in KINDS:
        said = Hash(type=kind, value=digest_of(kind, b"hello"))
        assert (await transfers.verify(location, said, 5)).hash == said
        with pytest.raises(HashMismatch):
            await transfers.verify(location, Hash(type=kind, value=digest_of(kind, b"hallo")))
    with pytest.raises(HashMismatch, match="5 bytes, not 6"):
        await transfers.verify(location, said, 6)
    with pytest.raises(HashUnknown):
        await transfers.verify(location, Hash(type="MD5", value="x"))


async def test_what_is_missing_is_told(shop: Shop, transfers: Transfers, key: str) -> None:
    version = (await shop.put(key, b"1")).version_id
    await shop.s3.delete_object(Bucket=shop.source, Key=key, VersionId=version or "")
    for location in (
        PhysicalKey(shop.source, "nothing", None),
        PhysicalKey("nowhere-at-all", key, None),
        PhysicalKey(shop.source, key, version),
    ):
        with pytest.raises(ObjectMissing):
            await transfers.hash(location)
        with pytest.raises(ObjectMissing):
            await transfers.copy(location, shop.target, key)


@pytest.mark.parametrize("body", [b"hello", LARGE], ids=len)
async def test_a_source_that_changes_on_the_way_is_told(shop: Shop, key: str, body: bytes) -> None:
    class Changing(S3Contents):
        @override
        async def head(self, location: PhysicalKey) -> Content:
            found = await super().head(location)
            if location.bucket == shop.plain:
                await shop.put(key, body[::-1], shop.plain)
            return found

    transfers = Transfers(Changing(shop.s3))
    source = await shop.put(key, body, shop.plain)
    with pytest.raises(ObjectChanged):
        await transfers.hash(source)
    await shop.put(key, body, shop.plain)
    with pytest.raises(ObjectChanged):
        await transfers.copy(source, shop.target, key)
    assert not await shop.uploads()


@pytest.mark.parametrize("key", ["file:///a", "s3://bucket", "https://host/a", "", "s3:///a"])
def test_physical_keys_are_in_s3(key: str) -> None:
    with pytest.raises(NotInS3):
        in_s3(key)
