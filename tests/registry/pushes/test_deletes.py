"""Deleting packages and revisions."""

import pytest
from support.data.manifests import entry, manifest
from support.faults.interleave import Interleaved
from support.worlds.push_world import PushWorld


async def test_a_deleted_package_loses_all_its_pointers_but_no_manifest(pushes: PushWorld) -> None:
    top_hash = await pushes.world.package("amy/wine", entry("a"))
    await pushes.world.package("amy/wine", entry("b"))
    await pushes.world.package("amy/wine2", entry("a"))
    headers = pushes.world.headers("writer")
    address = f"{pushes.packages}/amy/wine"
    assert (await pushes.world.client.delete(address, headers=headers)).status_code == 204
    assert await pushes.pointers("amy/wine") == {}
    assert (await pushes.world.get(address)).status_code == 404
    assert (await pushes.world.client.delete(address, headers=headers)).status_code == 404
    assert await pushes.world.objects.head(pushes.world.bucket, f".quilt/packages/{top_hash}")
    assert len(await pushes.pointers("amy/wine2")) == 2


async def test_a_revision_is_deleted_by_tag_by_top_hash_and_as_latest(pushes: PushWorld) -> None:
    hashes = [await pushes.world.package("amy/wine", entry(name)) for name in "abcd"]
    headers = pushes.world.headers("writer")
    tag = next(tag for tag, top_hash in (await pushes.pointers("amy/wine")).items() if top_hash == hashes[0])
    for reference, left in ((tag, "bcd"), (hashes[1][:10], "cd"), ("latest", "c")):
        answer = await pushes.world.client.delete(f"{pushes.packages}/amy/wine/revisions/{reference}", headers=headers)
        assert answer.status_code == 204, answer.text
        pointers = await pushes.pointers("amy/wine")
        assert {hashes["abcd".index(name)] for name in left} == set(pointers.values())
        revision = await pushes.world.json(f"{pushes.packages}/amy/wine/revisions/latest")
        assert revision["top_hash"] == pointers["latest"] == hashes["abcd".index(left[-1])]
    for reference in ("0" * 64, hashes[2][:5], "1"):
        answer = await pushes.world.client.delete(f"{pushes.packages}/amy/wine/revisions/{reference}", headers=headers)
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("caller", "status"), [("anonymous", 401), ("stranger", 404), ("reader", 403), ("writer", 204), ("admin", 204)]
)
async def test_only_writers_of_the_bucket_delete_packages_and_revisions(
    pushes: PushWorld, caller: str, status: int
) -> None:
    await pushes.world.package("amy/wine", entry("a"))
    await pushes.world.package("amy/wine", entry("b"))
    for address in ("amy/wine/revisions/latest", "amy/wine"):
        headers = pushes.world.headers(caller)
        answer = await pushes.world.client.delete(f"{pushes.packages}/{address}", headers=headers)
        assert answer.status_code == status


async def test_revisions_in_layout_2_are_deleted_too(pushes: PushWorld) -> None:
    made = {}
    for name in "ab":
        top_hash, body = manifest(entry(name))
        made[name] = top_hash
        await pushes.world.objects.put(
            pushes.world.bucket, f".quilt/v2/manifests/amy@wine/{top_hash}/manifest.jsonl", body
        )
    tag = ".quilt/v2/tags/amy@wine/latest"
    await pushes.world.objects.put(pushes.world.bucket, tag, made["b"].encode())
    headers = pushes.world.headers("writer")
    address = f"{pushes.packages}/amy/wine"
    answer = await pushes.world.client.delete(f"{address}/revisions/{made['b']}", headers=headers)
    assert answer.status_code == 204, answer.text
    got = await pushes.world.objects.get(pushes.world.bucket, tag, limit=100)
    assert got
    assert got[1].decode() == made["a"]
    assert (await pushes.world.client.delete(address, headers=headers)).status_code == 204
    assert not [each async for page in pushes.world.objects.list(pushes.world.bucket) for each in page]


@pytest.mark.parametrize("address", ["amy/wine", "amy/wine/revisions/latest"])
async def test_a_push_during_a_deletion_stays_the_latest(pushes: PushWorld, address: str) -> None:
    await pushes.world.package("amy/wine", entry("a"))
    pushed = ""

    async def push() -> None:
        nonlocal pushed
        pushed = await pushes.world.package("amy/wine", entry("b"))

    pushes.open_caller_s3.objects = Interleaved(pushes.world.objects, "delete", push)
    answer = await pushes.world.client.delete(f"{pushes.packages}/{address}", headers=pushes.world.headers("writer"))
    assert answer.status_code == 204
    pointers = await pushes.pointers("amy/wine")
    assert (pointers["latest"], set(pointers.values())) == (pushed, {pushed})


async def test_two_concurrent_deletions_leave_a_latest_that_exists(pushes: PushWorld) -> None:
    hashes = [await pushes.world.package("amy/wine", entry(name)) for name in "abc"]
    headers = pushes.world.headers("writer")

    async def delete_the_next_latest() -> None:
        gone = await pushes.world.client.delete(f"{pushes.packages}/amy/wine/revisions/{hashes[1]}", headers=headers)
        assert gone.status_code == 204

    store = Interleaved(pushes.world.objects, "put_over", delete_the_next_latest)
    pushes.open_caller_s3.objects = store
    answer = await pushes.world.client.delete(f"{pushes.packages}/amy/wine/revisions/latest", headers=headers)
    assert (answer.status_code, store.has_acted) == (204, True)
    pointers = await pushes.pointers("amy/wine")
    assert (pointers["latest"], set(pointers.values())) == (hashes[0], {hashes[0]})
