"""Objects that were deleted in a bucket with versions keep a row with the version and time of their delete marker."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from support.worlds.index_world import BUCKET, IndexWorld
from support.worlds.servers import Databases

from indexer.services.reconcile import MAX_KEYS_TO_READ
from shared.db.statements import open_statements
from shared.index.feed import FeedStore
from shared.index.search.documents import ObjectDocument
from shared.settings import DatabaseSettings

ROWS = "SELECT key, version_id FROM delete_marker ORDER BY key"


@pytest.fixture
async def feed(database: Databases) -> AsyncIterator[FeedStore]:
    async with open_statements(DatabaseSettings(url=SecretStr(database.registry)), "tests") as opened:
        yield FeedStore(opened)


@pytest.fixture
def versioned(stage: IndexWorld) -> IndexWorld:
    """The bucket keeps versions."""
    stage.s3.versioned.add(BUCKET)
    return stage


async def delete(stage: IndexWorld, *keys: str, with_event: bool = True) -> None:
    for key in keys:
        await stage.s3.delete(BUCKET, key)
        if with_event:
            await stage.send_event(key)


async def in_feed(feed: FeedStore) -> dict[str, bool]:
    """Objects of the feed, each with whether it was deleted."""
    found: dict[str, bool] = {}
    position = 0
    while page := await feed.page(position):
        position = page.position
        for key in page.gone:
            found.pop(key.name, None)
        found |= {each.key: each.deleted for each in page.documents if isinstance(each, ObjectDocument)}
    return found


async def test_a_deleted_object_is_in_the_feed_as_such_until_it_is_restored_or_gone_for_good(
    versioned: IndexWorld, feed: FeedStore
) -> None:
    for key in ("a.csv", "b.csv", "c.csv"):
        await versioned.put(key, "x")
    await versioned.work_off_queue()
    await delete(versioned, "a.csv", "b.csv")
    await versioned.work_off_queue()
    assert [key for key, _ in await versioned.rows(ROWS)] == ["a.csv", "b.csv"]
    assert await versioned.rows("SELECT key FROM object") == [("c.csv",)]
    assert await in_feed(feed) == {"a.csv": True, "b.csv": True, "c.csv": False}
    await versioned.put("a.csv", "again")
    versioned.s3.remove_delete_marker(BUCKET, "b.csv")
    await versioned.send_event("b.csv")
    await versioned.work_off_queue()
    assert await versioned.rows(ROWS) == []
    assert await in_feed(feed) == {"a.csv": False, "c.csv": False}


async def test_an_object_deleted_in_a_bucket_without_versions_leaves_nothing(
    stage: IndexWorld, feed: FeedStore
) -> None:
    await stage.put("a.csv", "x")
    await stage.work_off_queue()
    await delete(stage, "a.csv")
    await stage.work_off_queue()
    assert await stage.rows(ROWS) == []
    assert await in_feed(feed) == {}


async def test_a_first_comparison_and_one_that_was_asked_for_find_markers_that_no_event_told(
    versioned: IndexWorld,
) -> None:
    for key in ("a.csv", "b.csv", "kept.csv", ".quilt/named_packages/amy/wine/latest"):
        await versioned.put(key, "x", with_event=False)
    await delete(versioned, "a.csv", "b.csv", ".quilt/named_packages/amy/wine/latest", with_event=False)
    await versioned.reconcile()
    assert [key for key, _ in await versioned.rows(ROWS)] == ["a.csv", "b.csv"]
    versioned.s3.remove_delete_marker(BUCKET, "a.csv")
    await versioned.put("b.csv", "again", with_event=False)
    await versioned.put("z.csv", "x", with_event=False)
    await delete(versioned, "z.csv", with_event=False)
    await versioned.reconcile()
    assert [key for key, _ in await versioned.rows(ROWS)] == ["z.csv"]
    assert await versioned.rows("SELECT key FROM object ORDER BY key") == [("b.csv",), ("kept.csv",)]


async def test_markers_of_many_objects_that_went_at_once_are_found_by_the_next_comparison(
    versioned: IndexWorld,
) -> None:
    keys = [f"{number:04}" for number in range(MAX_KEYS_TO_READ + 50)]
    for key in keys:
        await versioned.put(key, "x", with_event=False)
    await versioned.reconcile()
    await delete(versioned, *keys, with_event=False)
    await versioned.change("UPDATE slice SET suspected_at = now(), requested_at = NULL")
    assert await versioned.worker.reconcile.reconcile_due() == 1
    assert [key for key, _ in await versioned.rows(ROWS)] == keys
    assert await versioned.rows("SELECT count(*) FROM object") == [(0,)]


async def test_removing_a_bucket_removes_its_markers_from_the_index_and_the_feed(
    versioned: IndexWorld, feed: FeedStore
) -> None:
    await versioned.put("a.csv", "x", with_event=False)
    await delete(versioned, "a.csv")
    await versioned.work_off_queue()
    assert len(await versioned.rows(ROWS)) == 1
    versioned.registry.names.remove(BUCKET)
    await versioned.worker.buckets.sync_registered()
    assert await versioned.rows(ROWS) == []
    assert await in_feed(feed) == {}
