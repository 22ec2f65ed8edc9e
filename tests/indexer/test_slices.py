"""Buckets are compared by slices: ranges of keys, which several indexers share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise

import pytest
from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld, open_world
from support.worlds.servers import Databases
from typing_extensions import override

from indexer.services.reading import ReadingService
from indexer.services.reconcile import MAX_KEYS_TO_READ, MAX_SLICES_TOGETHER, ReconcileService
from shared.aws.objects import ListedObject
from shared.db.engine import Sessions
from shared.errors import Unavailable
from shared.testing.objects import FakeObjectStore
from shared.testing.queues import FakeQueue

SLICE_KEYS = 300
DUE = "UPDATE slice SET compared_at = compared_at - interval '1 hour', requested_at = NULL RETURNING 1"
EXPIRED = "UPDATE slice SET leased_until = now() - interval '1 second' WHERE lease IS NOT NULL RETURNING 1"


def service(stage: IndexWorld, *, requests_a_day: int = 100_000, slice_keys: int = SLICE_KEYS) -> ReconcileService:
    return ReconcileService(
        stage.sessions,
        stage.s3,
        stage.worker.key_indexer,
        interval_seconds=900,
        max_list_requests_a_day=requests_a_day,
        slice_keys=slice_keys,
    )


async def fill(stage: IndexWorld, count: int, *, first: int = 0) -> None:
    await stage.worker.buckets.sync_registered()
    for number in range(first, first + count):
        await stage.put(f"{number:04}.{'csv' if number % 10 == 0 else 'png'}", f"word{number}", with_event=False, n="1")


async def slices(stage: IndexWorld) -> list[tuple[str, str | None, int]]:
    rows = await stage.rows("SELECT lower, upper, listed_objects FROM slice ORDER BY lower")
    found = [(str(lower), upper, count) for lower, upper, count in rows]
    assert found[0][0] == ""
    assert found[-1][1] is None
    assert all(former[1] == latter[0] for former, latter in pairwise(found))
    return found  # type: ignore[return-value]


async def require_indexed_as_in_s3(stage: IndexWorld) -> None:
    listed = [
        (item.key, item.size, item.etag, item.modified)
        async for page in stage.s3.list(BUCKET)
        for item in page
        if not item.key.startswith(".quilt/")
    ]
    assert listed == await stage.rows("SELECT key, size, etag, modified FROM object ORDER BY key")


class PausingStore(FakeObjectStore):
    """Calls `listed` after a page of a listing was made, and before it is given out."""

    listed: Callable[[], Awaitable[object]] | None = None
    last_listed = ""

    @override
    async def list(self, bucket: str, *, prefix: str = "", after: str = "") -> AsyncIterator[list[ListedObject]]:
        async for page in super().list(bucket, prefix=prefix, after=after):
            self.last_listed = bucket
            if self.listed:
                await self.listed()
            yield page


@pytest.fixture
def paused(sessions: Sessions, database: Databases) -> tuple[IndexWorld, PausingStore]:
    store = PausingStore(BUCKET)
    return open_world(sessions, database, FakeQueue(), store), store


async def test_several_indexers_index_a_bucket_by_slices_and_then_read_its_texts(stage: IndexWorld) -> None:
    await fill(stage, 1000)
    for key in ("é/\U0001f377.txt", "\uff5e", "line\nfeed", "it's \\ odd"):
        await stage.put(key, "x", with_event=False)
    await stage.push("amy/wine", "1785312000", *manifest(entry("a")), with_event=False)
    await asyncio.gather(*(service(stage).reconcile_bucket(BUCKET) for _ in range(3)))
    assert await service(stage).reconcile_bucket(BUCKET)
    await require_indexed_as_in_s3(stage)
    assert len(await slices(stage)) == 4
    assert await stage.package("amy/wine")
    [sums] = await stage.rows(
        "SELECT sum(listed_objects), sum(indexed_objects), sum(indexed_pointers), sum(indexed_manifests), sum(unsettled),"
        " bool_and(listed_objects_digest = indexed_objects_digest), bool_and(listed_pointers_digest = indexed_pointers_digest),"
        " bool_and(listed_manifests_digest = indexed_manifests_digest) FROM slice"
    )
    assert sums == (1004, 1004, 2, 1, 0, True, True, True)
    assert await stage.rows("SELECT count(*) FROM object WHERE text <> '' OR meta <> '{}'") == [(104,)]
    await stage.worker.reading.read_all()
    assert await stage.rows("SELECT count(*) FROM object WHERE text <> ''") == [(101,)]
    assert await stage.rows('SELECT count(*) FROM object WHERE meta = \'{"n": "1"}\'') == [(1000,)]
    assert await stage.rows("SELECT count(*) FROM unread_object") == [(0,)]
    assert await stage.found("object", "word990:D") == ["0990.csv"]


async def test_a_bucket_without_changes_is_compared_by_its_listing_alone(stage: IndexWorld) -> None:
    await fill(stage, 1000)
    await service(stage).reconcile_bucket(BUCKET)
    await stage.worker.reading.read_all()
    before = stage.s3.calls
    await service(stage).reconcile_bucket(BUCKET)
    assert stage.s3.calls - before == 4
    assert await stage.rows("SELECT sum(differences) FROM slice") == [(0,)]


async def test_slices_are_split_when_they_grow_and_joined_when_they_shrink(stage: IndexWorld) -> None:
    await fill(stage, 600)
    await service(stage).reconcile_bucket(BUCKET)
    assert [count for _, _, count in await slices(stage)] == [300, 300]
    for number in range(200):
        await stage.put(f"0100-{number:04}.png", "x", with_event=False)
    await service(stage).reconcile_bucket(BUCKET)
    assert [count for _, _, count in await slices(stage)] == [300, 200, 300]
    for number in range(10, 600):
        await stage.s3.delete(BUCKET, f"{number:04}.{'csv' if number % 10 == 0 else 'png'}")
    await service(stage).reconcile_bucket(BUCKET)
    for _ in range(2):
        await stage.rows(f"{DUE.removesuffix(' RETURNING 1')} WHERE lower = '' RETURNING 1")
        await service(stage).reconcile_due()
    assert [count for _, _, count in await slices(stage)] == [210]
    await require_indexed_as_in_s3(stage)


async def test_no_transaction_is_open_while_s3_is_listed(paused: tuple[IndexWorld, PausingStore]) -> None:
    stage, store = paused
    await fill(stage, MAX_KEYS_TO_READ + 50)
    seen = []

    async def look() -> None:
        await asyncio.sleep(0.05)  # the other comparison finds no slice to claim
        open_ones = (
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
        )
        seen.append(await stage.rows(open_ones))

    store.listed = look
    await service(stage).reconcile_bucket(BUCKET)
    await service(stage).reconcile_bucket(BUCKET)
    assert seen == [[(0,)], [(0,)]]


async def test_what_events_bring_while_s3_is_listed_is_newer_than_the_listing(
    paused: tuple[IndexWorld, PausingStore],
) -> None:
    stage, store = paused
    await fill(stage, MAX_KEYS_TO_READ + 50)

    async def overtake() -> None:
        store.listed = None
        await stage.put("0010.csv", "overwritten", with_event=False)
        await stage.put("0011a.csv", "created", with_event=False)
        for key in ("0020.csv", "0021.png"):
            await stage.s3.delete(BUCKET, key)
        assert await stage.index_keys("0010.csv", "0011a.csv", "0020.csv", "0021.png") == {}

    store.listed = overtake
    await service(stage).reconcile_bucket(BUCKET)
    await require_indexed_as_in_s3(stage)
    assert await stage.rows("SELECT text FROM object WHERE key IN ('0010.csv', '0011a.csv') ORDER BY key") == [
        ("overwritten",),
        ("created",),
    ]


async def test_objects_created_while_others_are_found_to_be_gone_are_kept(
    paused: tuple[IndexWorld, PausingStore],
) -> None:
    stage, store = paused
    await fill(stage, MAX_KEYS_TO_READ + 50)
    await service(stage).reconcile_bucket(BUCKET)
    for key in [str(key) for (key,) in await stage.rows("SELECT key FROM object")]:
        await stage.s3.delete(BUCKET, key)

    async def recreate() -> None:
        store.listed = None
        await stage.put("0010.csv", "again", with_event=False)
        await stage.index_keys("0010.csv")

    await stage.put("other.png", "x", with_event=False)
    store.listed = recreate
    await service(stage).reconcile_bucket(BUCKET)
    await require_indexed_as_in_s3(stage)
    assert await stage.rows("SELECT key FROM object ORDER BY key") == [("0010.csv",), ("other.png",)]


async def test_a_late_listing_does_not_bring_back_what_a_newer_one_has_removed(
    paused: tuple[IndexWorld, PausingStore],
) -> None:
    stage, store = paused
    await fill(stage, MAX_KEYS_TO_READ + 50)
    await service(stage).reconcile_bucket(BUCKET)
    for number in range(MAX_KEYS_TO_READ + 20):
        await stage.put(f"{number:04}.{'csv' if number % 10 == 0 else 'png'}", "changed", with_event=False)
    listed, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        store.listed = None
        listed.set()
        await go_on.wait()

    store.listed = wait
    late = asyncio.create_task(service(stage).reconcile_bucket(BUCKET))
    await listed.wait()
    for (key,) in await stage.rows("SELECT key FROM object"):
        await stage.s3.delete(BUCKET, str(key))
    await stage.rows(EXPIRED)
    while not await service(stage).reconcile_bucket(BUCKET):
        pass
    assert await stage.rows("SELECT count(*) FROM object") == [(0,)]
    go_on.set()
    await late
    assert await stage.rows("SELECT count(*) FROM object") == [(0,)]


async def test_removals_are_forgotten_after_an_hour(stage: IndexWorld) -> None:
    await stage.index_keys("gone.txt", "gone-before.txt")
    await stage.rows(
        "UPDATE removed_key SET removed_at = removed_at - interval '2 hours' WHERE key = 'gone-before.txt' RETURNING 1"
    )
    await service(stage).forget_removals()
    assert await stage.rows("SELECT key FROM removed_key") == [("gone.txt",)]


async def test_a_comparison_that_is_cut_off_is_continued_by_another_indexer(
    paused: tuple[IndexWorld, PausingStore],
) -> None:
    stage, store = paused
    await fill(stage, 700)
    pages = 0

    async def stop() -> None:
        nonlocal pages
        pages += 1
        if pages == 2:
            raise asyncio.CancelledError

    store.listed = stop
    with pytest.raises(asyncio.CancelledError):
        await service(stage).reconcile_bucket(BUCKET)
    store.listed = None
    await stage.rows(EXPIRED)
    assert await service(stage).reconcile_bucket(BUCKET)
    await require_indexed_as_in_s3(stage)
    assert sum(count for _, _, count in await slices(stage)) == 700


async def test_an_indexer_that_lost_its_lease_records_nothing(paused: tuple[IndexWorld, PausingStore]) -> None:
    stage, store = paused
    await fill(stage, 50)
    listed, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        store.listed = None
        listed.set()
        await go_on.wait()

    store.listed = wait
    late = asyncio.create_task(service(stage).reconcile_bucket(BUCKET))
    await listed.wait()
    await stage.rows(EXPIRED)
    await stage.put("0050.png", "new", with_event=False)
    while not await service(stage).reconcile_bucket(BUCKET):
        pass  # the late one has claimed the slice again
    expected = await stage.rows("SELECT * FROM slice")
    go_on.set()
    await late
    assert await stage.rows("SELECT * FROM slice") == expected
    await require_indexed_as_in_s3(stage)


async def test_the_budget_of_listing_requests_holds_comparisons_back_but_no_first_indexing(stage: IndexWorld) -> None:
    await fill(stage, 900)
    reconcile = service(stage, requests_a_day=48)
    await reconcile.cover(BUCKET)
    assert await reconcile.reconcile_due() == 3
    await require_indexed_as_in_s3(stage)
    await stage.rows(DUE)
    assert await reconcile.reconcile_due() == 0
    await stage.rows("UPDATE request_budget SET tokens = 2 RETURNING 1")
    assert await reconcile.reconcile_due() == 3
    await stage.rows(DUE)
    assert await reconcile.reconcile_bucket(BUCKET)
    assert await stage.rows("SELECT count(*) FROM slice WHERE compared_at > now() - interval '1 minute'") == [(3,)]


async def test_slices_with_events_and_suspected_ones_are_compared_first(stage: IndexWorld) -> None:
    await fill(stage, 1200)
    reconcile = service(stage)
    await reconcile.reconcile_bucket(BUCKET)
    assert await reconcile.reconcile_due() == 0
    earlier = "compared_at = compared_at - interval '5 minutes', requested_at = NULL, differences = 0"
    await stage.rows(f"UPDATE slice SET {earlier} RETURNING 1")  # noqa: S608
    assert await reconcile.reconcile_due() == 0  # 15 minutes have not passed
    await reconcile.note_changes({BUCKET: ["0650.png"]})
    assert await stage.rows("SELECT lower FROM slice WHERE changes > 0") == [("0599.png",)]
    assert await reconcile.reconcile_due() == 1
    assert await stage.rows("SELECT lower FROM slice WHERE compared_at > now() - interval '1 minute'") == [
        ("0599.png",)
    ]
    await reconcile.suspect()
    assert await reconcile.reconcile_due() == 4


async def test_small_buckets_do_not_wait_for_the_first_indexing_of_a_large_one(
    paused: tuple[IndexWorld, PausingStore],
) -> None:
    stage, store = paused
    stage.registry.names[:] = [BUCKET, "zz-small"]
    store.add_bucket("zz-small")
    await fill(stage, (MAX_SLICES_TOGETHER + 10) * SLICE_KEYS // 10)
    await store.put("zz-small", "a.txt", b"x")
    reconcile = service(stage, slice_keys=SLICE_KEYS // 10)
    await reconcile.cover(BUCKET, "zz-small")
    assert 2 <= await reconcile.reconcile_due() <= MAX_SLICES_TOGETHER
    assert await stage.rows("SELECT count(*) FROM slice WHERE bucket = 'zz-small' AND compared_at IS NOT NULL") == [
        (1,)
    ]
    assert await stage.rows("SELECT count(*) FROM slice WHERE compared_at IS NULL") == [(1,)]


async def test_a_worker_goes_on_until_a_large_bucket_is_indexed(stage: IndexWorld) -> None:
    await fill(stage, (MAX_SLICES_TOGETHER + 10) * SLICE_KEYS // 10)
    stage.worker.reconcile = service(stage, slice_keys=SLICE_KEYS // 10)
    async with stage.worker.running():
        await stage.until(
            "SELECT count(*) FROM object WHERE meta <> '{}'", (MAX_SLICES_TOGETHER + 10) * SLICE_KEYS // 10
        )
    await require_indexed_as_in_s3(stage)


async def test_an_outage_keeps_slices_due(stage: IndexWorld) -> None:
    await fill(stage, 400)
    stage.s3.down = True
    with pytest.raises(Unavailable, match="S3 is down"):
        await service(stage).reconcile_bucket(BUCKET)
    assert await stage.rows("SELECT scanned_at FROM bucket") == [(None,)]
    stage.s3.down = False
    assert await service(stage).reconcile_bucket(BUCKET)
    await require_indexed_as_in_s3(stage)
    assert (await stage.worker.buckets.status(BUCKET)).scanned_at


async def test_a_bucket_that_does_not_answer_keeps_no_other_from_being_compared(
    paused: tuple[IndexWorld, PausingStore],
) -> None:
    stage, store = paused
    store.add_bucket("another")
    stage.registry.names.insert(0, "another")
    await fill(stage, 400)

    async def fail() -> None:
        if store.last_listed == "another":
            raise Unavailable("S3 answers 500")

    store.listed = fail
    await store.put("another", "a.txt", b"x")
    reconcile = service(stage)
    await reconcile.cover("another", BUCKET)
    assert await reconcile.reconcile_due() == 3
    await require_indexed_as_in_s3(stage)
    waiting = "SELECT bucket FROM slice WHERE compared_at IS NULL AND leased_until > now() AND lease IS NULL"
    assert await stage.rows(waiting) == [("another",)]


async def test_a_bucket_is_compared_up_to_the_oldest_comparison_of_its_slices(stage: IndexWorld) -> None:
    await fill(stage, 400)
    await service(stage).reconcile_bucket(BUCKET)
    await stage.rows("UPDATE slice SET compared_at = compared_at - interval '1 day' WHERE lower = '' RETURNING 1")
    assert await service(stage).reconcile_due() == 1
    [(up_to, oldest)] = await stage.rows("SELECT scanned_at, (SELECT min(compared_at) FROM slice) FROM bucket")
    assert up_to == oldest


async def test_objects_that_cannot_be_read_after_a_listing_are_recorded_and_found_by_their_keys(
    stage: IndexWorld,
) -> None:
    await fill(stage, MAX_KEYS_TO_READ + 50)
    stage.s3.failing["0010.csv"] = RuntimeError("a fault of ours")
    await service(stage).reconcile_bucket(BUCKET)
    await stage.worker.reading.read_all()
    await require_indexed_as_in_s3(stage)
    assert await stage.rows("SELECT key FROM unindexed_key") == [("0010.csv",)]
    assert await stage.rows("SELECT count(*) FROM unread_object") == [(0,)]
    stage.s3.failing.clear()
    await service(stage).reconcile_bucket(BUCKET)
    assert await stage.rows("SELECT text FROM object WHERE key = '0010.csv'") == [("word10",)]
    assert await stage.rows("SELECT key FROM unindexed_key") == []


async def test_metadata_is_read_within_the_budget_and_texts_are_always_read(stage: IndexWorld) -> None:
    await fill(stage, MAX_KEYS_TO_READ + 100)
    await service(stage).reconcile_bucket(BUCKET)
    reading = ReadingService(stage.sessions, stage.worker.key_indexer, max_head_requests_a_day=20 * 24)
    assert await reading.read_all() == 30 + 20
    assert await reading.read_all() == 0
    [counts] = await stage.rows(
        "SELECT count(*) FILTER (WHERE text <> ''), count(*) FILTER (WHERE meta <> '{}' AND text = '') FROM object"
    )
    assert counts == (30, 20)
    status = await stage.worker.buckets.status(BUCKET)
    assert status.unread_objects == 250
