"""One object that cannot be indexed keeps no other from being indexed, and is recorded with the reason."""

import asyncio

import pytest
from support.data.manifests import entry, manifest
from support.worlds.index_world import BUCKET, IndexWorld

from indexer.services import key_indexer
from shared.aws.objects import ObjectUnreadable, Throttled
from shared.errors import Unavailable

UNINDEXED = "SELECT key, reason FROM unindexed_key ORDER BY key"
KEYS = "SELECT key FROM object ORDER BY key"
ERRORS = {
    "refused": ObjectUnreadable("its headers are odd"),
    "failing every time": Unavailable("S3 answers 500"),
    "of no known kind": RuntimeError("a fault of ours"),
}


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
async def test_a_key_that_fails_is_recorded_until_it_is_indexed(stage: IndexWorld, error: Exception) -> None:
    for key in ("a.txt", "bad.txt", "c.txt"):
        await stage.put(key, "x")
    stage.s3.failing["bad.txt"] = error
    await stage.work_off_queue()
    assert await stage.rows(KEYS) == [("a.txt",), ("c.txt",)]
    assert await stage.rows(UNINDEXED) == [("bad.txt", str(error))]
    await stage.put("d.txt", "x", with_event=False)
    await stage.reconcile()
    assert await stage.rows(KEYS) == [("a.txt",), ("c.txt",), ("d.txt",)]
    assert await stage.rows("SELECT count(*) FROM unindexed_key WHERE tried_at > since") == [(1,)]
    assert stage.worker.has_outage is False
    del stage.s3.failing["bad.txt"]
    await stage.put("bad.txt", "y")
    await stage.work_off_queue()
    assert await stage.rows(UNINDEXED) == []


async def test_a_scan_forgets_a_key_that_failed_and_was_deleted(stage: IndexWorld) -> None:
    await stage.put("bad.txt", "x")
    stage.s3.failing["bad.txt"] = ERRORS["refused"]
    await stage.work_off_queue()
    await stage.s3.delete(BUCKET, "bad.txt")
    await stage.reconcile()
    assert len(await stage.rows(UNINDEXED)) == 1
    del stage.s3.failing["bad.txt"]
    await stage.reconcile()
    assert await stage.rows(UNINDEXED) == []


async def test_a_worker_goes_on_receiving_while_one_object_fails(stage: IndexWorld) -> None:
    stage.s3.failing["bad.txt"] = Unavailable("S3 answers 500")
    await stage.put("bad.txt", "x")
    async with stage.worker.running():
        await stage.until("SELECT count(*) FROM unindexed_key", 1)
        for number in range(5):
            await stage.put(f"{number}.txt", "x")
            await stage.until("SELECT count(*) FROM object", number + 1)
        assert stage.worker.has_outage is False


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
async def test_a_pointer_or_a_manifest_that_fails_keeps_no_other_push_out(stage: IndexWorld, error: Exception) -> None:
    names = []
    for number in range(4):
        top_hash, text = manifest(entry(f"{number}"))
        names.append(top_hash)
        await stage.push("amy/wine", f"178531200{number}", top_hash, text, with_event=False)
    bad = [".quilt/named_packages/amy/wine/1785312001", f".quilt/packages/{names[2]}"]
    stage.s3.failing.update(dict.fromkeys(bad, error))
    await stage.reconcile()
    assert [push.tag for push in await stage.revisions("amy/wine")] == ["1785312003", "1785312000"]
    package = await stage.package("amy/wine")
    assert package
    assert package.latest.top_hash == names[3]
    expected = {*bad, ".quilt/named_packages/amy/wine/1785312002"}
    assert {key for key, _ in await stage.rows(UNINDEXED)} == expected
    stage.s3.failing.clear()
    await stage.reconcile()
    assert len(await stage.revisions("amy/wine")) == 4
    assert await stage.rows(UNINDEXED) == []


async def test_many_failures_in_a_row_and_throttling_are_outages(stage: IndexWorld) -> None:
    keys = [f"{number:02}.txt" for number in range(key_indexer.MAX_FAILURES_IN_A_ROW)]
    for key in keys:
        await stage.put(key, "x", with_event=False)
        stage.s3.failing[key] = Unavailable("S3 answers 500")
    with pytest.raises(Unavailable):
        await stage.index_keys(*keys)
    assert await stage.rows(UNINDEXED) == []
    stage.s3.failing = {keys[0]: Throttled("S3 answers SlowDown")}
    with pytest.raises(Throttled):
        await stage.index_keys(*keys)


async def test_an_outage_between_two_tries_is_an_outage(stage: IndexWorld) -> None:
    await stage.put("a.txt", "x", with_event=False)
    await stage.worker.buckets.sync_registered()
    stage.s3.down = True
    with pytest.raises(Unavailable):
        await stage.index_keys("a.txt")
    stage.s3.down = False
    assert await stage.rows(UNINDEXED) == []
    await asyncio.gather(*(stage.index_keys("a.txt") for _ in range(3)))
    assert await stage.rows(KEYS) == [("a.txt",)]


async def test_keys_of_a_bucket_that_is_not_registered_are_not_recorded(stage: IndexWorld) -> None:
    await stage.put("bad.txt", "x", with_event=False)
    stage.s3.failing["bad.txt"] = ERRORS["refused"]
    await stage.index_keys("bad.txt")
    assert len(await stage.rows(UNINDEXED)) == 1
    stage.registry.names.clear()
    await stage.worker.buckets.sync_registered()
    assert await stage.rows(UNINDEXED) == []
    await stage.worker.key_indexer.index_keys(BUCKET, ["bad.txt"])
    assert await stage.rows(UNINDEXED) == []
