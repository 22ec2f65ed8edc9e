"""Two indexers working on the same key, package or bucket at once."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld, settings_for
from support.worlds.servers import Databases
from typing_extensions import override

from indexer.db.buckets import IndexedBucketStore
from indexer.main import make_worker
from indexer.resources import IndexerResources
from indexer.services.buckets import IndexedBucketService
from shared.db.engine import Sessions, transaction
from shared.schemas.bucket import RegisteredBucket
from shared.testing.registry import FakeRegistry


async def test_a_manifest_read_while_its_pointer_is_written_is_shown(
    stage: IndexWorld, sessions: Sessions, database: Databases
) -> None:
    top_hash, body = manifest(entry("a.csv"), message="late")
    key = f".quilt/packages/{top_hash}"

    class Overtaken(AsyncSession):
        """Before it commits a pointer, the other indexer reads the manifest that has just come."""

        @override
        async def commit(self) -> None:
            if await self.scalar(text("SELECT count(*) FROM pointer")) and not await stage.s3.head(BUCKET, key):
                await stage.put(key, body, with_event=False)
                assert await stage.index_keys(key) == {}
            await super().commit()

    overtaken: Any = async_sessionmaker(class_=Overtaken, **sessions.kw)
    resources = IndexerResources(settings_for(database), overtaken, stage.s3, stage.queue, stage.registry, {})
    await stage.point("amy/wine", "latest", top_hash, with_event=False)
    await stage.worker.buckets.sync_registered()
    assert await make_worker(resources).key_indexer.index_keys(BUCKET, [".quilt/named_packages/amy/wine/latest"]) == {}
    assert await stage.found("package", "late:B") == ["amy/wine"]


@pytest.mark.parametrize("next_time", ["its event comes again", "another indexer starts"])
@pytest.mark.parametrize("way", ["together with others", "alone"])
async def test_a_package_is_written_although_its_indexer_was_killed_after_the_manifest(
    stage: IndexWorld, sessions: Sessions, database: Databases, way: str, next_time: str
) -> None:
    class Killed(BaseException):
        pass

    class Dying(AsyncSession):
        """Its process is killed when it has committed a manifest."""

        @override
        async def commit(self) -> None:
            has_manifest = await self.scalar(text("SELECT count(*) FROM manifest WHERE state = 'ready'"))
            await super().commit()
            if has_manifest:
                raise Killed

    top_hash, body = manifest(entry("a.csv"), message="late")
    await stage.point("amy/wine", "latest", top_hash, with_event=False)
    assert await stage.index_keys(".quilt/named_packages/amy/wine/latest") == {}
    key = f".quilt/packages/{top_hash}"
    await stage.put(key, body, with_event=False)
    dying: Any = async_sessionmaker(class_=Dying, **sessions.kw)
    resources = IndexerResources(settings_for(database), dying, stage.s3, stage.queue, stage.registry, {})
    indexer = make_worker(resources).key_indexer
    with pytest.raises(Killed):
        await (indexer.index_keys(BUCKET, [key]) if way != "alone" else indexer.index_manifest(BUCKET, top_hash))
    assert await stage.found("package", "late:B") == []

    if next_time == "its event comes again":
        assert await stage.index_keys(key) == {}
    else:
        await stage.change("UPDATE unshown_manifest SET noted_at = noted_at - interval '1 hour'")
        async with stage.worker.running():
            await stage.until("SELECT count(*) FROM package WHERE search @@ to_tsquery('simple', 'late:B')", 1)
            await stage.until("SELECT count(*) FROM unshown_manifest", 0)
    assert await stage.found("package", "late:B") == ["amy/wine"]
    assert await stage.rows("SELECT count(*) FROM unshown_manifest") == [(0,)]


async def test_a_manifest_indexed_for_one_package_is_shown_for_all_that_name_it(stage: IndexWorld) -> None:
    top_hash, body = manifest(entry("a.csv"), message="late")
    await stage.point("amy/wine", "latest", top_hash)
    await stage.work_off_queue()
    await stage.put(f".quilt/packages/{top_hash}", body, with_event=False)
    await stage.point("bob/beer", "latest", top_hash)
    await stage.work_off_queue()
    assert await stage.found("package", "late:B") == ["amy/wine", "bob/beer"]


async def test_a_bucket_that_another_indexer_has_just_added_is_kept(sessions: Sessions) -> None:
    class Overtaken(FakeRegistry):
        """While it lists the buckets, another bucket is registered, and the other indexer adds it."""

        @override
        async def buckets(self) -> list[RegisteredBucket]:
            found = await super().buckets()
            async with transaction(sessions) as session:
                await IndexedBucketStore(session).add(["beer"])
            return found

    await IndexedBucketService(sessions, Overtaken([BUCKET])).sync_registered()
    async with transaction(sessions) as session:
        assert await IndexedBucketStore(session).names() == {BUCKET, "beer"}
