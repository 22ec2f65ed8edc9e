"""One contract of archived objects, kept by S3 and by the fake."""

# ruff: noqa: ASYNC110 – S3 sets no events

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from support.worlds.servers import Aws

from shared.aws.archived_objects import (
    ArchivedObjects,
    NotArchived,
    RestorationNotOffered,
    RestorationRunning,
    S3ArchivedObjects,
)
from shared.aws.clients import open_s3
from shared.aws.objects import BucketMissing, ObjectMissing
from shared.testing.archived_objects import FakeArchivedObjects
from shared.testing.objects import FakeObjectStore

BUCKET = f"archived-{uuid4().hex[:8]}"


@dataclass
class Store:
    archived_objects: ArchivedObjects
    put: Callable[[str, str], Any]
    """Puts an object in a storage class."""
    restored: Callable[[str], Any]
    """Waits until an object that is being restored can be read."""


@pytest.fixture(params=["fake", "real"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "fake":
        objects = FakeObjectStore(BUCKET)
        archived_objects = FakeArchivedObjects(objects)

        async def put_fake(key: str, storage_class: str) -> None:
            await objects.put(BUCKET, key, b"old")
            if storage_class != "STANDARD":
                archived_objects.classes[key] = storage_class

        async def finish(key: str) -> None:
            archived_objects.finish(key)

        yield Store(archived_objects, put_fake, finish)
        return
    aws: Aws = request.getfixturevalue("aws")
    async with open_s3(aws.settings) as s3:
        await s3.create_bucket(Bucket=BUCKET)

        async def put(key: str, storage_class: str) -> None:
            await s3.put_object(Bucket=BUCKET, Key=key, Body=b"old", StorageClass=storage_class)  # type: ignore[arg-type]

        async def wait(key: str) -> None:
            async with asyncio.timeout(30):
                while 'ongoing-request="false"' not in (await s3.head_object(Bucket=BUCKET, Key=key))["Restore"]:
                    await asyncio.sleep(0.1)

        yield Store(S3ArchivedObjects(s3), put, wait)
        listed: Any = await s3.list_objects_v2(Bucket=BUCKET)
        for each in listed.get("Contents", []):
            await s3.delete_object(Bucket=BUCKET, Key=each["Key"])
        await s3.delete_bucket(Bucket=BUCKET)


async def test_an_archived_object_is_restored_for_some_days(store: Store) -> None:
    await store.put("old.csv", "GLACIER")
    asked = await store.archived_objects.restore(BUCKET, "old.csv", None, days=3, tier="bulk")
    assert (asked.storage_class, asked.is_readable, asked.expires_at) == ("GLACIER", False, None)
    with pytest.raises(RestorationRunning):
        await store.archived_objects.restore(BUCKET, "old.csv", None, days=3, tier="bulk")
    await store.restored("old.csv")
    longer = await store.archived_objects.restore(BUCKET, "old.csv", None, days=30, tier="standard")
    assert longer.is_readable
    assert longer.expires_at
    assert longer.expires_at > datetime.now(UTC) + timedelta(days=29)


async def test_only_archived_objects_are_restored(store: Store) -> None:
    for key, storage_class in (("new.csv", "STANDARD"), ("rare.csv", "STANDARD_IA"), ("cold.csv", "GLACIER_IR")):
        await store.put(key, "STANDARD" if isinstance(store.archived_objects, FakeArchivedObjects) else storage_class)
        with pytest.raises(NotArchived):
            await store.archived_objects.restore(BUCKET, key, None, days=1, tier="standard")
    with pytest.raises(ObjectMissing):
        await store.archived_objects.restore(BUCKET, "none.csv", None, days=1, tier="standard")
    with pytest.raises((BucketMissing, ObjectMissing)):
        await store.archived_objects.restore(f"{BUCKET}-none", "none.csv", None, days=1, tier="standard")


async def test_a_deep_archive_restores_nothing_within_minutes(store: Store) -> None:
    await store.put("deep.csv", "DEEP_ARCHIVE")
    with pytest.raises(RestorationNotOffered):
        await store.archived_objects.restore(BUCKET, "deep.csv", None, days=1, tier="expedited")
    asked = await store.archived_objects.restore(BUCKET, "deep.csv", None, days=1, tier="standard")
    assert (asked.storage_class, asked.is_readable) == ("DEEP_ARCHIVE", False)
