"""Buckets: registration, description and visibility."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from support.data.manifests import entry
from support.worlds.registry_world import CALLERS, INTERNAL, RegistryWorld, problem

from registry.db.buckets import BucketStore
from registry.errors import BucketNotFound
from shared.db.engine import sessions_of
from shared.errors import Unavailable
from shared.schemas.bucket import BucketUpdate
from shared.schemas.principal import Level, Principal
from shared.testing.buckets import FakeBucketSetup
from shared.testing.indexer import FakeIndexer

BUCKETS = "/api/v1/buckets"


async def test_an_administrator_registers_a_bucket(
    given: RegistryWorld, bucket_setup: FakeBucketSetup, indexer: FakeIndexer
) -> None:
    new = {
        "name": given.bucket,
        "title": "Wines",
        "description": "Of the valley",
        "icon_url": "https://example.com/a.svg",
        "tags": ["red", "white"],
        "relevance_score": 7,
        "file_extensions_to_index": [".csv", ".md"],
        "index_content_bytes": 1_000_000,
        "inventory_url": "s3://reports/inventory/wines/daily",
    }
    answer = await given.client.post(BUCKETS, json=new, headers=given.headers("admin"))
    assert answer.status_code == 201
    shown = answer.json()
    assert shown == {**new, "level": "READ_WRITE", "created_at": shown["created_at"], "created_by": "amy"}
    assert bucket_setup.set_up == [given.bucket]
    assert indexer.scanned == [given.bucket]
    assert await given.json(f"{BUCKETS}/{given.bucket}", "reader") == {**shown, "level": "READ"}


async def test_a_bucket_can_be_registered_with_its_name_only(given: RegistryWorld) -> None:
    answer = await given.client.post(BUCKETS, json={"name": given.bucket}, headers=given.headers("admin"))
    shown = answer.json()
    assert (shown["title"], shown["description"], shown["icon_url"]) == (given.bucket, None, None)
    assert (shown["tags"], shown["relevance_score"]) == ([], 0)


async def test_registering_twice_is_a_conflict_that_names_the_repair(
    world: RegistryWorld, bucket_setup: FakeBucketSetup
) -> None:
    answer = await world.client.post(BUCKETS, json={"name": world.bucket}, headers=world.headers("admin"))
    assert problem(answer) == (
        409,
        f"Bucket {world.bucket} is registered already. PUT /api/v1/buckets/{world.bucket} sets it up again.",
    )
    assert bucket_setup.set_up == []


async def test_a_bucket_that_s3_refuses_is_not_registered(given: RegistryWorld, bucket_setup: FakeBucketSetup) -> None:
    bucket_setup.refuse(given.bucket, "the name is taken by somebody else. Choose another name.")
    answer = await given.client.post(BUCKETS, json={"name": given.bucket}, headers=given.headers("admin"))
    status, message = problem(answer)
    assert (status, "Choose another name" in message) == (409, True)
    assert answer.json()["type"] == "/problems/bucket_refused"
    assert problem(await given.get(f"{BUCKETS}/{given.bucket}", "admin"))[0] == 404


async def test_no_bucket_is_registered_while_s3_cannot_be_reached(
    given: RegistryWorld, bucket_setup: FakeBucketSetup
) -> None:
    bucket_setup.refused[given.bucket] = Unavailable("S3 does not answer")
    answer = await given.client.post(BUCKETS, json={"name": given.bucket}, headers=given.headers("admin"))
    assert problem(answer) == (503, "S3 does not answer")
    assert (await given.client.get("/internal/buckets", headers=INTERNAL)).json() == {"buckets": []}


async def test_a_bucket_is_registered_though_the_indexer_is_down(given: RegistryWorld, indexer: FakeIndexer) -> None:
    indexer.down = True
    answer = await given.client.post(BUCKETS, json={"name": given.bucket}, headers=given.headers("admin"))
    assert answer.status_code == 201


async def test_putting_a_bucket_registers_it_and_then_repairs_it(
    given: RegistryWorld, bucket_setup: FakeBucketSetup, indexer: FakeIndexer
) -> None:
    address, admin = f"{BUCKETS}/{given.bucket}", given.headers("admin")
    first = await given.client.put(address, json={"title": "Wines", "tags": ["red"]}, headers=admin)
    assert (first.status_code, first.json()["title"]) == (201, "Wines")
    bucket_setup.set_up.clear()
    second = await given.client.put(address, json={"description": "Of the valley"}, headers=admin)
    assert (second.status_code, second.json()) == (200, {**first.json(), "description": "Of the valley"})
    assert bucket_setup.set_up == [given.bucket]
    assert indexer.scanned == [given.bucket] * 2


async def test_the_description_of_a_bucket_can_be_changed(world: RegistryWorld) -> None:
    address, admin = f"{BUCKETS}/{world.bucket}", world.headers("admin")
    before = await world.json(address)
    changed = await world.client.patch(address, json={"description": "New", "relevance_score": -1}, headers=admin)
    assert changed.json() == {**before, "description": "New", "relevance_score": -1, "level": "READ_WRITE"}
    cleared = await world.client.patch(address, json={"description": None, "title": None}, headers=admin)
    assert (cleared.json()["description"], cleared.json()["title"]) == (None, world.bucket)
    assert (await world.json(address))["relevance_score"] == -1


async def test_unregistering_forgets_the_bucket_and_keeps_its_data(
    given: RegistryWorld, bucket_setup: FakeBucketSetup
) -> None:
    address, admin = f"{BUCKETS}/{given.bucket}", given.headers("admin")
    await given.client.put(address, json={}, headers=admin)
    assert (await given.client.delete(address, headers=admin)).status_code == 204
    assert bucket_setup.set_up == []
    assert problem(await given.get(address, "admin"))[0] == 404
    assert problem(await given.client.delete(address, headers=admin))[0] == 404


async def test_a_bucket_that_s3_denies_can_be_unregistered(world: RegistryWorld, bucket_setup: FakeBucketSetup) -> None:
    bucket_setup.refuse(world.bucket)
    answer = await world.client.delete(f"{BUCKETS}/{world.bucket}", headers=world.headers("admin"))
    assert answer.status_code == 204


async def test_a_bucket_stays_registered_while_s3_cannot_be_reached(
    world: RegistryWorld, bucket_setup: FakeBucketSetup
) -> None:
    bucket_setup.refused[world.bucket] = Unavailable("S3 does not answer")
    answer = await world.client.delete(f"{BUCKETS}/{world.bucket}", headers=world.headers("admin"))
    assert problem(answer)[0] == 503
    assert (await world.get(f"{BUCKETS}/{world.bucket}")).status_code == 200


async def test_buckets_that_the_role_reads_are_listed_by_name_in_pages(given: RegistryWorld) -> None:
    names = [f"{given.bucket}-{letter}" for letter in "abcd"]
    for name in reversed(names):
        await given.registered(name)
    some = given.caller({names[0]: Level.READ, names[2]: Level.READ_WRITE, names[3]: Level.READ})
    first = (await given.client.get(BUCKETS, params={"limit": 2}, headers=some)).json()
    assert [(each["name"], each["level"]) for each in first["items"]] == [
        (names[0], "READ"),
        (names[2], "READ_WRITE"),
    ]
    second = (await given.client.get(BUCKETS, params={"limit": 2, "cursor": first["next"]}, headers=some)).json()
    assert ([each["name"] for each in second["items"]], second["next"]) == ([names[3]], None)
    everything = (await given.client.get(BUCKETS, headers=given.caller({"*": Level.READ}))).json()
    assert [each["name"] for each in everything["items"]] == names


async def test_an_administrator_without_access_lists_every_bucket_only_when_asking_for_all(
    world: RegistryWorld,
) -> None:
    admin = world.caller({}, is_admin=True)
    assert (await world.client.get(BUCKETS, headers=admin)).json()["items"] == []
    listed = (await world.client.get(BUCKETS, params={"all": True}, headers=admin)).json()["items"]
    assert [(each["name"], each["level"]) for each in listed] == [(world.bucket, None)]
    assert problem(await world.get(BUCKETS, "writer", all="true"))[0] == 403


@pytest.mark.parametrize("caller", CALLERS)
async def test_a_bucket_is_visible_to_readers_writers_and_administrators(world: RegistryWorld, caller: str) -> None:
    one, listed = await world.get(f"{BUCKETS}/{world.bucket}", caller), await world.get(BUCKETS, caller)
    if caller == "anonymous":
        assert (one.status_code, listed.status_code) == (401, 401)
    elif caller == "stranger":
        assert problem(one) == (404, f"No bucket {world.bucket}")
        assert listed.json()["items"] == []
    else:
        assert one.status_code == 200
        assert [each["name"] for each in listed.json()["items"]] == [world.bucket]


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize(
    ("method", "address", "body"),
    [
        ("POST", "", {"name": "another-bucket"}),
        ("PUT", "/another-bucket", {}),
        ("PUT", "/{bucket}", {}),
        ("PATCH", "/{bucket}", {"title": "New"}),
        ("DELETE", "/{bucket}", None),
    ],
)
async def test_only_administrators_change_buckets(
    world: RegistryWorld, caller: str, method: str, address: str, body: dict[str, str] | None
) -> None:
    url = BUCKETS + address.format(bucket=world.bucket)
    answer = await world.client.request(method, url, json=body, headers=world.headers(caller))
    if caller == "admin":
        assert answer.status_code < 300
    else:
        assert problem(answer)[0] == (401 if caller == "anonymous" else 403)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": None},
        {"name": 5},
        {"name": "Upper"},
        {"name": "ab"},
        {"name": "under_score"},
        {"name": "-dash"},
        {"name": "slash/y"},
        {"name": "a" * 64},
        {"name": "fine-name", "title": ""},
        {"name": "fine-name", "title": "x" * 257},
        {"name": "fine-name", "tags": "red"},
        {"name": "fine-name", "tags": [""]},
        {"name": "fine-name", "tags": ["x"] * 33},
        {"name": "fine-name", "icon_url": "javascript:alert(1)"},
        {"name": "fine-name", "relevance_score": "much"},
        {"name": "fine-name", "surprise": 1},
        ["fine-name"],
        "fine-name",
    ],
)
async def test_an_invalid_bucket_is_refused(given: RegistryWorld, body: Any) -> None:
    answer = await given.client.post(BUCKETS, json=body, headers=given.headers("admin"))
    status, message = problem(answer)
    assert (status, bool(message)) == (422, True)


@pytest.mark.parametrize("body", [b"{", b"", b'{"name": "fine-name"', b"\xff\xfe", b'{"name": "a\\ud800b"}'])
async def test_malformed_json_is_refused(given: RegistryWorld, body: bytes) -> None:
    headers = {**given.headers("admin"), "Content-Type": "application/json"}
    answer = await given.client.post(BUCKETS, content=body, headers=headers)
    assert problem(answer)[0] == 422


async def test_text_that_postgres_cannot_hold_is_refused(given: RegistryWorld) -> None:
    body = {"name": given.bucket, "description": "a\x00b"}
    answer = await given.client.post(BUCKETS, json=body, headers=given.headers("admin"))
    assert problem(answer)[0] == 400


async def test_an_oversized_body_is_refused(given: RegistryWorld) -> None:
    body = {"name": given.bucket, "description": "x" * (1 << 20)}
    answer = await given.client.post(BUCKETS, json=body, headers=given.headers("admin"))
    assert problem(answer)[0] == 413


async def test_the_packages_of_each_bucket_that_the_role_reads_are_added_up(given: RegistryWorld) -> None:
    await given.registered()
    await given.registered("elsewhere")
    await given.package("amy/wine", entry("a.csv", size=3), entry("b.png", size=4))
    await given.package("amy/wine", entry("a.csv", size=30), entry("b.png", size=4))
    await given.package("amy/beer", entry("c.csv", size=2))
    await given.package("amy/tea", entry("d.csv", size=9), bucket="elsewhere")
    answer = await given.json("/api/v1/bucket-totals", "reader")
    modified = (await given.json(f"{BUCKETS}/{given.bucket}/packages/amy/beer", "reader"))["modified"]
    assert answer == {
        "items": [
            {
                "bucket": given.bucket,
                "packages": 2,
                "modified": modified,
                "total_bytes": 36,
                "kinds": {"tables": 32, "images": 4, "text": 0, "arrays": 0, "sequences": 0, "other": 0},
            }
        ]
    }
    assert [each["bucket"] for each in (await given.json("/api/v1/bucket-totals", "admin"))["items"]] == sorted(
        [given.bucket, "elsewhere"]
    )
    assert await given.json("/api/v1/bucket-totals", "stranger") == {"items": []}


async def test_other_services_list_all_buckets(world: RegistryWorld) -> None:
    answer = await world.client.get("/internal/buckets", headers=INTERNAL)
    contents = {"file_extensions_to_index": None, "index_content_bytes": None, "inventory_url": None}
    assert answer.json() == {"buckets": [{"name": world.bucket, "region": "eu-central-1", **contents}]}
    assert problem(await world.client.get("/internal/buckets"))[0] == 401
    for headers in (world.headers("admin"), {"Authorization": "Bearer wrong"}):
        assert problem(await world.client.get("/internal/buckets", headers=headers))[0] == 403


async def test_describing_a_bucket_that_is_unregistered_at_the_same_time_is_not_found(
    engine: AsyncEngine,
) -> None:
    async with sessions_of(engine)() as first, sessions_of(engine)() as second:
        add = text(
            "INSERT INTO registry.bucket (name, title, tags, relevance_score, created_at) VALUES ('brief', '', '{}', 0, now())"
        )
        await first.execute(add)
        await first.commit()
        await BucketStore(first).remove("brief")
        pid = await second.scalar(text("SELECT pg_backend_pid()"))
        amy = Principal(
            user_id=UUID(int=1),
            name="amy",
            session_id=UUID(int=2),
            is_admin=True,
            role_id=None,
            role=None,
            permissions={},
        )
        change = BucketUpdate(title="Wines")
        describing = asyncio.create_task(BucketStore(second).describe(amy, "brief", change))
        waits = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid AND wait_event_type = 'Lock'")
        while not await first.scalar(waits, {"pid": pid}):  # noqa: ASYNC110 – what is waited for has no events
            await asyncio.sleep(0.01)
        await first.commit()
        with pytest.raises(BucketNotFound):
            await describing
