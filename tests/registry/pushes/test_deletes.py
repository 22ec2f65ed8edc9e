"""Taking packages and revisions away."""

from typing import Any

import pytest
from support.data.manifests import entry, manifest
from support.worlds.push_world import PushWorld


async def test_a_package_goes_with_all_its_pointers(pushes: PushWorld) -> None:
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


async def test_a_revision_goes_by_any_of_its_names(pushes: PushWorld) -> None:
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
async def test_only_who_may_write_deletes(pushes: PushWorld, caller: str, status: int) -> None:
    await pushes.world.package("amy/wine", entry("a"))
    await pushes.world.package("amy/wine", entry("b"))
    for address in ("amy/wine/revisions/latest", "amy/wine"):
        headers = pushes.world.headers(caller)
        answer = await pushes.world.client.delete(f"{pushes.packages}/{address}", headers=headers)
        assert answer.status_code == status


async def test_the_second_layout_is_cleared_as_well(pushes: PushWorld) -> None:
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
async def test_a_push_meanwhile_stays_the_latest(
    pushes: PushWorld, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    await pushes.world.package("amy/wine", entry("a"))
    delete, pushed = pushes.world.objects.delete, ""

    async def push_and_delete(bucket: str, key: str) -> None:
        nonlocal pushed
        pushed = pushed or await pushes.world.package("amy/wine", entry("b"))
        await delete(bucket, key)

    monkeypatch.setattr(pushes.world.objects, "delete", push_and_delete)
    answer = await pushes.world.client.delete(f"{pushes.packages}/{address}", headers=pushes.world.headers("writer"))
    assert answer.status_code == 204
    pointers = await pushes.pointers("amy/wine")
    assert (pointers["latest"], set(pointers.values())) == (pushed, {pushed})


async def test_two_that_delete_leave_no_latest_that_is_gone(pushes: PushWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = [await pushes.world.package("amy/wine", entry(name)) for name in "abc"]
    put_over, others = pushes.world.objects.put_over, 0
    headers = pushes.world.headers("writer")

    async def delete_and_put(bucket: str, key: str, body: bytes, etag: str | None, **options: Any) -> None:
        nonlocal others
        others += 1
        if others == 1:  # what `latest` is about to name
            gone = await pushes.world.client.delete(
                f"{pushes.packages}/amy/wine/revisions/{hashes[1]}", headers=headers
            )
            assert gone.status_code == 204
        await put_over(bucket, key, body, etag, **options)

    monkeypatch.setattr(pushes.world.objects, "put_over", delete_and_put)
    answer = await pushes.world.client.delete(f"{pushes.packages}/amy/wine/revisions/latest", headers=headers)
    assert answer.status_code == 204
    pointers = await pushes.pointers("amy/wine")
    assert (pointers["latest"], set(pointers.values())) == (hashes[0], {hashes[0]})
