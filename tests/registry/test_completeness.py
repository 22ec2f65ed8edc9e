"""Counts and digests of a bucket in the index, beside those in S3."""

import hashlib

import pytest
from support.data.manifests import entry
from support.worlds.registry_world import RegistryWorld

from indexer.services.reconcile import ReconcileService


def reconcile(world: RegistryWorld) -> ReconcileService:
    return ReconcileService(
        world.index_sessions, world.objects, world.looks, interval_seconds=900, max_list_requests_a_day=1000
    )


async def digest_of(world: RegistryWorld, prefix: str, *, with_size: bool) -> dict[str, object]:
    """As the documentation says how to compute it."""
    total = count = 0
    async for page in world.objects.list(world.bucket, prefix=prefix):
        for item in page:
            if prefix or not item.key.startswith(".quilt/"):
                line = f"{item.etag} {int(item.modified.timestamp())} {item.key}"
                line = f"{item.size} {line}" if with_size else line
                total += int.from_bytes(hashlib.sha256(line.encode()).digest()[:8], "big")
                count += 1
    return {"count": count, "digest": f"{total % 2**64:016x}"}


async def test_counts_and_digests_of_both_sides_can_be_checked(world: RegistryWorld) -> None:
    path = f"/api/v1/buckets/{world.bucket}/completeness"
    nothing = {"count": 0, "digest": "0" * 16}
    never = {"in_s3": nothing, "in_index": nothing}
    assert await world.json(path) == {
        "bucket": world.bucket,
        "compared_up_to": None,
        "compared_at": None,
        "parts": 0,
        "parts_not_compared": 0,
        "parts_suspected": 0,
        "objects": never,
        "pointers": never,
        "manifests": never,
        "differing": 0,
        "unread_objects": 0,
        "inventory": None,
        "problems": 0,
    }
    for key in ("a.txt", "é/\U0001f377.csv", "b c.png"):
        await world.objects.put(world.bucket, key, key.encode())
    await world.package("amy/wine", entry("a"), index=False)
    assert await reconcile(world).reconcile_bucket(world.bucket)
    found = await world.json(path)
    objects = await digest_of(world, "", with_size=True)
    pointers = await digest_of(world, ".quilt/named_packages/", with_size=False)
    manifests = await digest_of(world, ".quilt/packages/", with_size=False)
    assert (objects["count"], pointers["count"], manifests["count"]) == (3, 2, 1)
    assert found == {
        "bucket": world.bucket,
        "compared_up_to": found["compared_at"],
        "compared_at": found["compared_at"],
        "parts": 1,
        "parts_not_compared": 0,
        "parts_suspected": 0,
        "objects": {"in_s3": objects, "in_index": objects},
        "pointers": {"in_s3": pointers, "in_index": pointers},
        "manifests": {"in_s3": manifests, "in_index": manifests},
        "differing": 0,
        "unread_objects": 0,
        "inventory": None,
        "problems": 0,
    }
    assert found["compared_at"] > "2026"


async def test_keys_that_could_not_be_indexed_are_known_to_differ(world: RegistryWorld) -> None:
    for key in ("a.txt", "bad.txt"):
        await world.objects.put(world.bucket, key, b"x")
    world.objects.failing["bad.txt"] = RuntimeError("a fault of ours")
    await reconcile(world).reconcile_bucket(world.bucket)
    world.objects.failing.clear()
    found = await world.json(f"/api/v1/buckets/{world.bucket}/completeness")
    assert (found["differing"], found["problems"]) == (1, 1)
    assert (found["objects"]["in_s3"]["count"], found["objects"]["in_index"]["count"]) == (2, 1)
    assert found["objects"]["in_s3"]["digest"] != found["objects"]["in_index"]["digest"]


async def test_a_bucket_whose_events_may_have_been_lost_says_so(world: RegistryWorld) -> None:
    service = reconcile(world)
    await service.reconcile_bucket(world.bucket)
    await service.suspect()
    found = await world.json(f"/api/v1/buckets/{world.bucket}/completeness")
    assert (found["parts"], found["parts_suspected"]) == (1, 1)


@pytest.mark.parametrize(("caller", "status"), [("anonymous", 401), ("stranger", 404), ("reader", 200), ("admin", 200)])
async def test_completeness_is_for_readers_of_the_bucket(world: RegistryWorld, caller: str, status: int) -> None:
    assert (await world.get(f"/api/v1/buckets/{world.bucket}/completeness", caller)).status_code == status
