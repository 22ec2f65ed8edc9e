import asyncio
import json
import random

import pytest
from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld, open_world
from support.worlds.servers import Databases
from typing_extensions import override

from shared.aws.queues import Message
from shared.db.engine import Sessions
from shared.index.tables import ManifestState
from shared.testing.queues import FakeQueue
from shared.testing.servers import until


async def snapshot(stage: IndexWorld) -> list[tuple[object, ...]]:
    """Everything in the index but the times of indexing."""
    return [
        *await stage.rows("SELECT bucket, key, etag, size, text, search::text FROM object ORDER BY key"),
        *await stage.rows("SELECT name, tag, top_hash FROM pointer ORDER BY name, tag"),
        *await stage.rows("SELECT top_hash, state, problem, root, total_entries FROM manifest ORDER BY top_hash"),
        *await stage.rows("SELECT name, top_hash, revisions, readme, search::text FROM package ORDER BY name"),
    ]


async def push_two_packages(stage: IndexWorld, *, with_event: bool = True) -> list[str]:
    """Two pushes of one package and one of another, a change and a deletion; returns the keys."""
    await stage.put("amy/wine/README.md", "good", with_event=with_event)
    for at in ("1785312000", "1785312001"):
        top_hash, text = manifest(entry("README.md", at="s3://wine/amy/wine/README.md"), message=at)
        await stage.push("amy/wine", at, top_hash, text, with_event=with_event)
    await stage.push("bob/tea", "1785312002", *manifest(entry("b")), with_event=with_event)
    await stage.put("changed.txt", "before", with_event=with_event)
    await stage.put("changed.txt", "after", with_event=with_event)
    await stage.put("deleted.txt", "x", with_event=with_event)
    await stage.s3.delete(BUCKET, "deleted.txt")
    if with_event:
        await stage.send_event("deleted.txt")
    return [item.key async for page in stage.s3.list(BUCKET) for item in page] + ["deleted.txt"]


async def test_doubled_and_reordered_events_make_the_same_index(stage: IndexWorld) -> None:
    keys = await push_two_packages(stage)
    await stage.work_off_queue()
    expected = await snapshot(stage)
    assert len(expected) > 8
    shuffled = keys * 3
    random.Random(7).shuffle(shuffled)  # noqa: S311
    for key in shuffled:
        await stage.send_event(key)
    await stage.work_off_queue()
    assert await snapshot(stage) == expected
    assert stage.queue.left == 0


async def test_reconciling_makes_up_for_lost_events(stage: IndexWorld) -> None:
    await push_two_packages(stage)
    await stage.work_off_queue()
    expected = await snapshot(stage)
    for table in ("object", "pointer", "package", "manifest"):
        await stage.rows(f"DELETE FROM {table} RETURNING 1")  # noqa: S608
    await stage.reconcile()
    assert await snapshot(stage) == expected


async def test_events_of_one_batch_are_worked_on_in_any_order(stage: IndexWorld) -> None:
    """All ten messages of a receive: pointers before their manifests, the README last."""
    await push_two_packages(stage, with_event=False)
    keys = sorted([item.key async for page in stage.s3.list(BUCKET) for item in page], reverse=True)
    assert not await stage.index_keys(*keys)
    first = await snapshot(stage)
    await stage.reconcile()
    assert await snapshot(stage) == first


async def test_unparseable_messages_go_to_the_dead_letter_queue_and_the_rest_is_indexed(stage: IndexWorld) -> None:
    await stage.queue.send("{poison")
    await stage.put("a.txt", "x")
    await stage.queue.send('{"Records": [{}]}')
    await stage.put("b.txt", "x")
    async with stage.worker.running():
        await until(lambda: len(stage.queue.dead) == 2, seconds=30)
    assert sorted(stage.queue.dead) == ['{"Records": [{}]}', "{poison"]
    assert stage.queue.left == 0
    assert await stage.rows("SELECT key FROM object ORDER BY key") == [("a.txt",), ("b.txt",)]


async def test_a_key_that_fails_is_received_again_and_the_others_are_indexed(stage: IndexWorld) -> None:
    await stage.put("good.txt", "x")
    await stage.put("bad.txt", "x")
    await stage.put("worse.png", "x")
    stage.s3.refused.add("bad.txt")
    await stage.work_off_queue()
    assert await stage.rows("SELECT key FROM object ORDER BY key") == [("good.txt",), ("worse.png",)]
    assert stage.queue.left == 1


async def test_workers_indexing_one_key_at_once_end_with_what_s3_has(stage: IndexWorld) -> None:
    """The worker that read S3 first and writes last must not win."""
    await stage.put("a.txt", "0")
    await stage.worker.buckets.sync_registered()
    for number in range(10):
        writing = stage.put("a.txt", f"text{number}", with_event=False)
        key_indexer = [stage.worker.key_indexer.index_keys(BUCKET, ["a.txt"]) for _ in range(3)]
        await asyncio.gather(*key_indexer, writing, stage.worker.key_indexer.index_keys(BUCKET, ["a.txt"]))
        await stage.worker.key_indexer.index_keys(BUCKET, ["a.txt"])
        assert await stage.rows("SELECT text FROM object") == [(f"text{number}",)]


async def test_workers_indexing_one_manifest_at_once_read_it_once(stage: IndexWorld) -> None:
    top_hash, text = manifest(*(entry(f"{number:05}") for number in range(3000)))
    await stage.put(f".quilt/packages/{top_hash}", text)
    await stage.worker.buckets.sync_registered()
    before = stage.s3.calls
    await asyncio.gather(
        *(stage.worker.key_indexer.index_keys(BUCKET, [f".quilt/packages/{top_hash}"]) for _ in range(3))
    )
    assert stage.s3.calls - before <= 7  # each looks at its beginning and its head, and one reads it
    found = await stage.manifest(top_hash)
    assert found
    assert found.state is ManifestState.READY


async def test_a_manifest_whose_connection_is_cut_is_read_again_at_once(stage: IndexWorld) -> None:
    """The transaction's connection is cut while the manifest is being read."""
    top_hash, text = manifest(*(entry(f"{number:05}") for number in range(20_000)))
    await stage.push("amy/wine", "1785312000", top_hash, text)
    messages = await stage.queue.receive(wait=0)
    await stage.worker.buckets.sync_registered()
    working = asyncio.create_task(stage.worker.handle(messages))
    cut: list[tuple[object, ...]] = [(0,)]
    while cut == [(0,)]:
        await asyncio.sleep(0.005)
        cut = await stage.rows(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle in transaction'"
            " AND query LIKE '%advisory_xact_lock_shared%'"
        )
    await working
    package = await stage.package("amy/wine")
    assert package
    assert (package.latest.state, package.latest.total_entries) == (ManifestState.READY, 20_000)
    assert stage.queue.left == 0


async def test_events_of_unregistered_buckets_are_dropped(stage: IndexWorld) -> None:
    record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "other"}, "object": {"key": "a"}}}
    await stage.queue.send(json.dumps({"Records": [record]}))
    await stage.work_off_queue()
    assert stage.queue.left == 0
    assert await stage.rows("SELECT name FROM bucket") == [(BUCKET,)]


async def test_messages_wait_while_the_registry_is_down(stage: IndexWorld) -> None:
    stage.registry.down = True
    await stage.put("a.txt", "x")
    async with stage.worker.running():
        await until(lambda: stage.worker.has_outage)
        assert stage.queue.left == 1
        stage.registry.down = False
        await until(lambda: stage.queue.left == 0, seconds=20)
    assert await stage.rows("SELECT key FROM object") == [("a.txt",)]


@pytest.mark.parametrize("what", ["s3", "queue"])
async def test_an_outage_is_followed_by_reconciling(stage: IndexWorld, what: str) -> None:
    stage.worker.receivers = 2
    async with stage.worker.running():
        await until(lambda: stage.worker.schedule.is_empty)
        await stage.put("before.txt", "x")
        await until(lambda: stage.queue.left == 0)
        gone = stage.s3 if what == "s3" else stage.queue
        gone.down = True
        if what == "s3":
            await stage.send_event("before.txt")
        await until(lambda: stage.worker.has_outage)
        gone.down = False
        await stage.put("lost.txt", "x", with_event=False)
        await stage.until("SELECT count(*) FROM object WHERE key = 'lost.txt'", 1)


async def test_stopping_finishes_the_messages_in_hand(stage: IndexWorld) -> None:
    async with stage.worker.running():
        for number in range(30):
            await stage.put(f"{number}.txt", "x")
        await until(lambda: stage.queue.left < 30)
    assert await stage.queue.depth() == stage.queue.left
    assert await stage.rows("SELECT count(*) FROM object") == [(30 - stage.queue.left,)]


class SlowQueue(FakeQueue):
    """Its messages are on their way for a moment after the queue has handed them out."""

    in_transit = False

    @override
    async def receive(self, *, wait: float) -> list[Message]:
        if messages := await super().receive(wait=wait):
            self.in_transit = True
            await asyncio.sleep(0.2)
            self.in_transit = False
        return messages


async def test_stopping_waits_for_messages_in_transit(sessions: Sessions, database: Databases) -> None:
    """Dropped, they would be hidden from every worker until they time out."""
    queue = SlowQueue()
    stage = open_world(sessions, database, queue)
    async with stage.worker.running():
        await stage.put("last.txt", "x")
        await until(lambda: queue.in_transit)
    assert queue.left == 0
    assert await stage.rows("SELECT count(*) FROM object") == [(1,)]


async def test_each_of_two_hundred_small_objects_is_read_once(stage: IndexWorld) -> None:
    await stage.worker.buckets.sync_registered()
    for number in range(200):
        await stage.put(f"{number}.csv", f"a,b\n{number},word{number}\n")
    before = stage.s3.calls
    await stage.work_off_queue()
    assert stage.s3.calls - before == 200
    assert await stage.rows("SELECT count(*) FROM object") == [(200,)]
