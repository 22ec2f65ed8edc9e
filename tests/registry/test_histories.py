"""Histories of packages with the changes of each push; problems of buckets; revisions by time."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from support.data.manifests import entry
from support.worlds.registry_world import FIRST_PUSH, RegistryWorld, problem


def at(world: RegistryWorld, rest: str = "") -> str:
    return f"/api/v1/buckets/{world.bucket}/packages/amy/wine/revisions{rest}"


async def test_a_history_counts_the_changes_of_each_push(world: RegistryWorld) -> None:
    await world.package("amy/wine", entry("a", size=1), entry("b", size=2), message="first")
    await world.package("amy/wine", entry("a", size=5, value="x"), entry("c", size=2, value="y"), message="second")
    await world.package(
        "amy/wine", entry("a", size=5, value="x", meta={"user_meta": {"k": 1}}), entry("d", size=2, value="y")
    )
    nothing = {"added": 0, "removed": 0, "changed": 0, "moved": 0, "metadata": 0}
    items = (await world.json(at(world)))["items"]
    assert [item["changes"] for item in items] == [
        {"entries": 0, "bytes": 0, "counts": {**nothing, "moved": 1, "metadata": 1}},
        {"entries": 0, "bytes": 4, "counts": {**nothing, "added": 1, "removed": 1, "changed": 1}},
        {"entries": 2, "bytes": 3, "counts": {**nothing, "added": 2}},
    ]
    assert [(item["message"], item["total_entries"], item["total_bytes"]) for item in items] == [
        (None, 2, 7),
        ("second", 2, 7),
        ("first", 2, 3),
    ]


async def test_pages_of_a_history_equal_the_whole_history(world: RegistryWorld) -> None:
    for number in range(5):
        await world.package("amy/wine", *(entry(f"{each}") for each in range(number)))
    whole = (await world.json(at(world)))["items"]
    found: list[Any] = []
    cursor = None
    while cursor or not found:
        page = await world.json(at(world), limit=2, **({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next"]
    assert found == whole
    assert [item["changes"]["counts"]["added"] for item in whole] == [1, 1, 1, 1, 0]


async def test_changes_of_an_unreadable_push_are_not_counted(world: RegistryWorld) -> None:
    await world.package("amy/wine", entry("a"))
    await world.point("amy/wine", str(FIRST_PUSH + 50), "f" * 64)
    await world.package("amy/wine", entry("b"))
    items = (await world.json(at(world)))["items"]
    assert [(item["state"], item["changes"] is None) for item in items] == [
        ("missing", True),
        ("ready", False),
        ("ready", False),
    ]


async def test_a_push_by_the_registry_shows_its_author(world: RegistryWorld) -> None:
    top_hash = await world.package("amy/wine", entry("a"))
    key = f".quilt/named_packages/amy/wine/{FIRST_PUSH + 60}"
    await world.objects.put(world.bucket, key, top_hash.encode(), meta={"patchwork-author": "bob"})
    await world.look(world.bucket, key)
    assert [item["author"] for item in (await world.json(at(world)))["items"]] == ["bob", None]


async def test_a_time_refers_to_the_newest_push_up_to_it(world: RegistryWorld) -> None:
    pushed = [await world.package("amy/wine", entry(name)) for name in "ab"]
    for tag, top_hash in zip((1_750_000_000, 1_760_000_000), pushed, strict=True):
        await world.point("amy/wine", str(tag), top_hash)
    exactly = datetime.fromtimestamp(1_750_000_000, UTC)
    for reference, expected in {
        "1750000000": pushed[0],
        "1760000000": pushed[1],
        exactly.isoformat(): pushed[0],
        f"{exactly:%Y-%m-%dT%H:%M:%SZ}": pushed[0],
        exactly.astimezone(timezone(timedelta(hours=5))).isoformat(): pushed[0],
        (exactly - timedelta(seconds=1)).isoformat(): pushed[1],  # the first two pushes are of 2023
        f"{exactly:%Y-%m-%d}": pushed[0],  # a day lasts until its end
        "2030-01-01": pushed[1],
        pushed[0].upper(): pushed[0],
        pushed[0][:8].upper(): pushed[0],
    }.items():
        assert (await world.json(at(world, f"/{reference}")))["top_hash"] == expected, reference
        assert (await world.json(at(world, f"/{reference}/entries")))["items"], reference
    for reference in ("1750000001", "2020-01-01", "yesterday", "0001-01-01", "9999-99-99"):
        assert problem(await world.get(at(world, f"/{reference}")))[0] == 404


async def test_all_problems_of_a_bucket_are_listed(world: RegistryWorld) -> None:
    problems = f"/api/v1/buckets/{world.bucket}/problems"
    assert await world.json(problems) == {"items": [], "next": None}
    good = await world.package("amy/wine", entry("a"))
    await world.put_manifest(world.bucket, "a" * 64, b"not json")
    await world.point("amy/corrupt", str(FIRST_PUSH), "a" * 64)
    await world.point("bob/corrupt", "latest", "a" * 64)
    body = (await world.objects.get(world.bucket, f".quilt/packages/{good}", limit=10_000) or (None, b""))[1]
    await world.put_manifest(world.bucket, "b" * 64, body)
    await world.point("amy/mismatch", "latest", "b" * 64)
    await world.point("amy/missing", "latest", "c" * 64)
    await world.point("amy/pointer", "latest", "no hash")
    await world.objects.put(world.bucket, ".quilt/v2/tags/amy@second/latest", b"no hash")
    await world.look(world.bucket, ".quilt/v2/tags/amy@second/latest")
    found = await world.json(problems)
    assert [(each["key"], each["state"], each["packages"], each["top_hash"]) for each in found["items"]] == [
        (".quilt/named_packages/amy/pointer/latest", "corrupt", ["amy/pointer"], None),
        (f".quilt/packages/{'a' * 64}", "corrupt", ["amy/corrupt", "bob/corrupt"], "a" * 64),
        (f".quilt/packages/{'b' * 64}", "mismatch", ["amy/mismatch"], "b" * 64),
        (f".quilt/packages/{'c' * 64}", "missing", ["amy/missing"], "c" * 64),
        (".quilt/v2/tags/amy@second/latest", "corrupt", ["amy/second"], None),
    ]
    assert all(each["problem"] and each["bucket"] == world.bucket for each in found["items"])
    assert [each["modified"] is None for each in found["items"]] == [False, False, False, True, False]
    keys: list[str] = []
    cursor = None
    while cursor or not keys:
        page = await world.json(problems, limit=2, **({"cursor": cursor} if cursor else {}))
        keys += [each["key"] for each in page["items"]]
        cursor = page["next"]
    assert keys == [each["key"] for each in found["items"]]


@pytest.mark.parametrize(
    ("caller", "status"), [("anonymous", 401), ("stranger", 404), ("reader", 200), ("writer", 200), ("admin", 200)]
)
@pytest.mark.parametrize("rest", ["problems", "packages/amy/wine/revisions"])
async def test_problems_and_histories_are_visible_to_readers_of_the_bucket(
    world: RegistryWorld, rest: str, caller: str, status: int
) -> None:
    await world.package("amy/wine", entry("a"))
    assert (await world.get(f"/api/v1/buckets/{world.bucket}/{rest}", caller)).status_code == status


async def test_a_revision_with_a_problem_is_never_shown_as_ready(world: RegistryWorld) -> None:
    good = await world.package("amy/wine", entry("a"), message="good")
    body = (await world.objects.get(world.bucket, f".quilt/packages/{good}", limit=10_000) or (None, b""))[1]
    for top_hash, text in {"a" * 64: b"not json", "b" * 64: body, "c" * 64: b""}.items():
        if text:
            await world.put_manifest(world.bucket, top_hash, text)
        await world.point("amy/bad", "latest", top_hash)
        status, message = problem(
            await world.get(f"/api/v1/buckets/{world.bucket}/packages/amy/bad/revisions/latest/entries")
        )
        assert (status, top_hash in message) == (409, True)
        data = await world.graphql(
            """query ($bucket: String!) { package(bucket: $bucket, name: "amy/bad") { revision {
                hash totalEntries totalBytes dir(path: "") { path } file(path: "a") { path } contentsFlatMap
            } } }""",
            bucket=world.bucket,
        )
        assert data["package"]["revision"] == {
            "hash": top_hash,
            "totalEntries": None,
            "totalBytes": None,
            "dir": None,
            "file": None,
            "contentsFlatMap": None,
        }
