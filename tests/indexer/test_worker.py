import asyncio
import json
import random
import time

import pytest
from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, Stage

from shared.aws.queues import Message
from shared.index.tables import ManifestState
from shared.testing.servers import until


async def snapshot(stage: Stage) -> list[tuple[object, ...]]:
    """All that the index says, except when it learned it."""
    return [
        *await stage.rows("SELECT bucket, key, etag, size, text, search::text FROM object ORDER BY key"),
        *await stage.rows("SELECT name, tag, top_hash FROM pointer ORDER BY name, tag"),
        *await stage.rows("SELECT top_hash, state, problem, root, total_entries FROM manifest ORDER BY top_hash"),
        *await stage.rows("SELECT name, top_hash, revisions, readme, search::text FROM package ORDER BY name"),
    ]


async def scene(stage: Stage, *, tell: bool = True) -> list[str]:
    """Two pushes of one package and one of another, a change and a deletion; returns the keys."""
    await stage.put("amy/wine/README.md", "good", tell=tell)
    for at in ("1785312000", "1785312001"):
        top_hash, text = manifest(entry("README.md", at="s3://wine/amy/wine/README.md"), message=at)
        await stage.push("amy/wine", at, top_hash, text, tell=tell)
    await stage.push("bob/tea", "1785312002", *manifest(entry("b")), tell=tell)
    await stage.put("changed.txt", "before", tell=tell)
    await stage.put("changed.txt", "after", tell=tell)
    await stage.put("deleted.txt", "x", tell=tell)
    await stage.s3.delete(BUCKET, "deleted.txt")
    if tell:
        await stage.tell("deleted.txt")
    return [item.key async for page in stage.s3.list(BUCKET) for item in page] + ["deleted.txt"]


async def test_doubled_and_reordered_events_make_the_same_index(stage: Stage) -> None:
    keys = await scene(stage)
    await stage.work()
    expected = await snapshot(stage)
    assert len(expected) > 8
    shuffled = keys * 3
    random.Random(7).shuffle(shuffled)  # noqa: S311
    for key in shuffled:
        await stage.tell(key)
    await stage.work()
    assert await snapshot(stage) == expected
    assert stage.queue.left == 0


async def test_lost_events_are_made_up_for_by_reconciling(stage: Stage) -> None:
    await scene(stage)
    await stage.work()
    expected = await snapshot(stage)
    for table in ("object", "pointer", "package", "manifest"):
        await stage.rows(f"DELETE FROM {table} RETURNING 1")  # noqa: S608
    await stage.reconcile()
    assert await snapshot(stage) == expected


async def test_events_of_one_batch_are_worked_on_in_any_order(stage: Stage) -> None:
    """All ten messages of a receive: pointers before their manifests, the README last."""
    await scene(stage, tell=False)
    keys = sorted([item.key async for page in stage.s3.list(BUCKET) for item in page], reverse=True)
    assert not await stage.look(*keys)
    first = await snapshot(stage)
    await stage.reconcile()
    assert await snapshot(stage) == first


async def test_poison_goes_to_the_dead_letter_queue_and_the_rest_is_indexed(stage: Stage) -> None:
    await stage.queue.send("{poison")
    await stage.put("a.txt", "x")
    await stage.queue.send('{"Records": [{}]}')
    await stage.put("b.txt", "x")
    async with stage.worker.running():
        await until(lambda: len(stage.queue.dead) == 2, seconds=30)
    assert sorted(stage.queue.dead) == ['{"Records": [{}]}', "{poison"]
    assert stage.queue.left == 0
    assert await stage.rows("SELECT key FROM object ORDER BY key") == [("a.txt",), ("b.txt",)]


async def test_a_key_that_fails_comes_again_and_harms_no_other(stage: Stage) -> None:
    await stage.put("good.txt", "x")
    await stage.put("bad.txt", "x")
    await stage.put("worse.png", "x")
    stage.s3.refused.add("bad.txt")
    await stage.work()
    assert await stage.rows("SELECT key FROM object ORDER BY key") == [("good.txt",), ("worse.png",)]
    assert stage.queue.left == 1


async def test_two_workers_on_one_key_end_with_what_s3_says(stage: Stage) -> None:
    """The one that looked first and writes last must not win."""
    await stage.put("a.txt", "0")
    await stage.worker.buckets.follow()
    for number in range(10):
        writing = stage.put("a.txt", f"text{number}", tell=False)
        key_indexer = [stage.worker.key_indexer.index_keys(BUCKET, ["a.txt"]) for _ in range(3)]
        await asyncio.gather(*key_indexer, writing, stage.worker.key_indexer.index_keys(BUCKET, ["a.txt"]))
        await stage.worker.key_indexer.index_keys(BUCKET, ["a.txt"])
        assert await stage.rows("SELECT text FROM object") == [(f"text{number}",)]


async def test_two_workers_on_one_manifest_read_it_once(stage: Stage) -> None:
    top_hash, text = manifest(*(entry(f"{number:05}") for number in range(3000)))
    await stage.put(f".quilt/packages/{top_hash}", text)
    await stage.worker.buckets.follow()
    before = stage.s3.calls
    await asyncio.gather(
        *(stage.worker.key_indexer.index_keys(BUCKET, [f".quilt/packages/{top_hash}"]) for _ in range(3))
    )
    assert stage.s3.calls - before == 4  # three heads, one stream
    found = await stage.manifest(top_hash)
    assert found
    assert found.state is ManifestState.READY


async def test_a_crash_in_the_middle_leaves_nothing_half_done(stage: Stage) -> None:
    """The transaction's connection is cut while the manifest is being read."""
    top_hash, text = manifest(*(entry(f"{number:05}") for number in range(20_000)))
    await stage.push("amy/wine", "1785312000", top_hash, text)
    messages = await stage.queue.receive(wait=0)
    await stage.worker.buckets.follow()
    working = asyncio.create_task(stage.worker.handle(messages))
    cut: list[tuple[object, ...]] = [(0,)]
    while cut == [(0,)]:
        await asyncio.sleep(0.005)
        cut = await stage.rows(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE state = 'idle in transaction' AND query LIKE '%advisory_xact_lock_shared%'"
        )
    outcome = (await asyncio.gather(working, return_exceptions=True))[0]
    assert outcome is not None
    assert await stage.rows("SELECT count(*) FROM manifest") == [(0,)]
    assert stage.queue.left == 3
    await stage.queue.extend(messages, 0)
    await stage.work()
    package = await stage.package("amy/wine")
    assert package
    assert (package.latest.state, package.latest.total_entries) == (ManifestState.READY, 20_000)
    assert stage.queue.left == 0


async def test_events_of_buckets_that_are_not_ours_are_dropped(stage: Stage) -> None:
    record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "other"}, "object": {"key": "a"}}}
    await stage.queue.send(json.dumps({"Records": [record]}))
    await stage.work()
    assert stage.queue.left == 0
    assert await stage.rows("SELECT name FROM bucket") == [(BUCKET,)]


async def test_messages_wait_while_the_registry_cannot_say_whose_they_are(stage: Stage) -> None:
    stage.registry.down = True
    await stage.put("a.txt", "x")
    async with stage.worker.running():
        await asyncio.sleep(0.3)
        assert stage.queue.left == 1
        stage.registry.down = False
        await until(lambda: stage.queue.left == 0, seconds=20)
    assert await stage.rows("SELECT key FROM object") == [("a.txt",)]


@pytest.mark.parametrize("what", ["s3", "queue"])
async def test_an_outage_is_followed_by_reconciling(stage: Stage, what: str) -> None:
    stage.worker.receivers = 2
    async with stage.worker.running():
        await until(lambda: stage.worker.schedule.is_empty)
        await stage.put("before.txt", "x")
        await until(lambda: stage.queue.left == 0)
        gone = stage.s3 if what == "s3" else stage.queue
        if what == "s3":
            await stage.tell("before.txt")
        gone.down = True
        await asyncio.sleep(0.3)
        gone.down = False
        await stage.put("untold.txt", "x", tell=False)
        await stage.until("SELECT count(*) FROM object WHERE key = 'untold.txt'", 1)


async def test_stopping_finishes_what_is_in_hand(stage: Stage) -> None:
    async with stage.worker.running():
        for number in range(30):
            await stage.put(f"{number}.txt", "x")
        await until(lambda: stage.queue.left < 30)
    assert await stage.queue.depth() == stage.queue.left
    assert await stage.rows("SELECT count(*) FROM object") == [(30 - stage.queue.left,)]


async def test_stopping_waits_for_messages_on_their_way(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue has handed them out: dropped, they would come again only when they are visible again."""
    receive = stage.queue.receive

    async def slow(*, wait: float) -> list[Message]:
        messages = await receive(wait=wait)
        await asyncio.sleep(0.2 if messages else 0)
        return messages

    monkeypatch.setattr(stage.queue, "receive", slow)
    async with stage.worker.running():
        await asyncio.sleep(0.1)
        await stage.put("last.txt", "x")
        await asyncio.sleep(0.1)
    assert stage.queue.left == 0
    assert await stage.rows("SELECT count(*) FROM object") == [(1,)]


async def test_two_hundred_small_objects_take_a_couple_of_seconds(stage: Stage) -> None:
    for number in range(200):
        await stage.put(f"data/{number}.csv", f"a,b\n{number},word{number}\n")
    async with stage.worker.running():
        began = time.monotonic()
        await until(lambda: stage.queue.left == 0, seconds=20)
        took = time.monotonic() - began
    assert await stage.rows("SELECT count(*) FROM object") == [(200,)]
    assert took < 5
