"""One contract, kept by the real store and by the fake."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from support.worlds.servers import Aws

from shared.aws.clients import open_s3
from shared.aws.delete_markers import DeleteMarkers, S3DeleteMarkers
from shared.aws.objects import ObjectStore, S3ObjectStore
from shared.testing.objects import FakeObjectStore

BUCKET = f"markers-{uuid4().hex[:8]}"
PLAIN = f"plain-{uuid4().hex[:8]}"

Stores = tuple[ObjectStore, DeleteMarkers]


@pytest.fixture(params=["fake", "real"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    """A bucket that keeps versions, and one that never did."""
    if request.param == "fake":
        fake = FakeObjectStore(BUCKET, PLAIN)
        fake.versioned.add(BUCKET)
        yield fake, fake
        return
    aws: Aws = request.getfixturevalue("aws")
    async with open_s3(aws.settings) as s3:
        for bucket in (BUCKET, PLAIN):
            await s3.create_bucket(Bucket=bucket)
        await s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield S3ObjectStore(s3), S3DeleteMarkers(s3)
        for bucket in (BUCKET, PLAIN):
            found: Any = await s3.list_object_versions(Bucket=bucket)
            for version in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
                await s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
            await s3.delete_bucket(Bucket=bucket)


async def test_a_delete_marker_is_found_while_it_is_the_newest_version(stores: Stores) -> None:
    objects, markers = stores
    for key in ("a", "a b+c/é", "ab"):
        await objects.put(BUCKET, key, b"x")
    assert await markers.find_delete_marker(BUCKET, "a") is None
    for key in ("a", "a b+c/é"):
        await objects.delete(BUCKET, key)
        found = await markers.find_delete_marker(BUCKET, key)
        assert found is not None
        assert (found.key, bool(found.version_id)) == (key, True)
    assert await markers.find_delete_marker(BUCKET, "ab") is None
    assert await markers.find_delete_marker(BUCKET, "never") is None
    await objects.put(BUCKET, "a", b"again")
    assert await markers.find_delete_marker(BUCKET, "a") is None


async def test_listed_delete_markers_are_those_of_objects_that_are_deleted_now(stores: Stores) -> None:
    objects, markers = stores
    for key in ("a", "b", "c", "d", "e"):
        await objects.put(BUCKET, key, b"x")
    for key in ("a", "c", "d"):
        await objects.delete(BUCKET, key)
    await objects.put(BUCKET, "c", b"again")

    async def listed(after: str) -> tuple[list[str], list[str]]:
        pages = [page async for page in markers.list_delete_markers(BUCKET, after=after)]
        return [each.key for page in pages for each in page.markers], [page.upper for page in pages][-1:]

    assert await listed("") == (["a", "d"], ["e"])
    assert await listed("a") == (["d"], ["e"])
    assert await listed("e") == ([], [])


async def test_a_bucket_says_whether_it_keeps_versions(stores: Stores) -> None:
    _, markers = stores
    assert await markers.keeps_versions(BUCKET)
    assert not await markers.keeps_versions(PLAIN)
    assert not await markers.keeps_versions(f"missing-{uuid4().hex[:8]}")
