"""Directories and files of revisions on the fast paths and the documented routes."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from support.data.manifests import HELLO, entry
from support.worlds.registry_world import RegistryWorld, problem
from support.worlds.servers import Databases

from registry.db.reading import RevisionReadStore
from registry.services.packages import fast_json
from shared.db.statements import open_statements
from shared.errors import Unavailable
from shared.index.trees.cache import NodeCache
from shared.index.trees.nodes import Child, Index, Leaf, TreeDirectory, TreeFile, encode, pack
from shared.schemas import package as schemas
from shared.schemas.package import EntryPage
from shared.schemas.principal import Level
from shared.settings import DatabaseSettings

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
METAS = st.none() | st.dictionaries(TEXTS, st.none() | st.integers() | TEXTS, min_size=1, max_size=2).map(
    lambda meta: json.dumps(meta).encode()
)
WHERE = st.sampled_from(["s3://mine/a?versionId=v", "s3://theirs/é", "file:///tmp/a", "gs://mine/a"])
FILES = st.builds(TreeFile, TEXTS, WHERE, st.integers(0, 2**62), st.sampled_from(["", "SHA256"]), TEXTS, METAS)
DIRECTORIES = st.builds(
    TreeDirectory, TEXTS, st.binary(), st.binary(), st.integers(0, 2**62), st.integers(0, 2**62), METAS
)


@given(st.lists(FILES | DIRECTORIES, max_size=4), st.sampled_from(["", "é/b"]), st.none() | TEXTS)
def test_fast_json_of_entries_equals_the_json_of_their_models(
    items: list[TreeFile | TreeDirectory], parent: str, cursor: str | None
) -> None:
    expected = EntryPage(items=[model(parent, item) for item in items], next=cursor)
    assert json.loads(fast_json.page(parent, items, {"mine"}, cursor)) == json.loads(expected.model_dump_json())


def model(parent: str, item: TreeFile | TreeDirectory) -> schemas.File | schemas.Directory:
    path = f"{parent}/{item.name}" if parent else item.name
    meta = json.loads(item.meta) if item.meta else None
    if isinstance(item, TreeDirectory):
        return schemas.Directory(
            type="directory", path=path, total_entries=item.entries, total_bytes=item.size, meta=meta
        )
    return schemas.File(
        type="file",
        path=path,
        size=item.size,
        hash=schemas.Hash(type=item.hash_type, value=item.hash_value) if item.hash_type else None,
        physical_key=item.physical_key,
        is_local=item.physical_key.startswith("file:"),
        accessible=item.physical_key.startswith("s3://mine/"),
        meta=meta or {},
    )


async def listed(world: RegistryWorld, caller: dict[str, str]) -> dict[str, tuple[bool, bool]]:
    path = f"/api/v1/buckets/{world.bucket}/packages/amy/mixed/revisions/latest/entries"
    answer = await world.client.get(path, headers=caller)
    assert answer.status_code == 200
    return {item["path"]: (item["accessible"], item["is_local"]) for item in answer.json()["items"]}


async def test_entries_say_whether_the_caller_may_read_their_objects(world: RegistryWorld) -> None:
    other, nowhere = f"{world.bucket}-other", f"{world.bucket}-nowhere"
    await world.registered(other)
    await world.package(
        "amy/mixed",
        entry("here", at=f"s3://{world.bucket}/x"),
        entry("other", at=f"s3://{other}/x?versionId=1"),
        entry("unregistered", at=f"s3://{nowhere}/x"),
        entry("local", at="file:///home/amy/x"),
        entry("elsewhere", at="gs://somewhere/x"),
    )
    closed = {
        "here": (True, False),
        "other": (False, False),
        "unregistered": (False, False),
        "local": (False, True),
        "elsewhere": (False, False),
    }
    assert await listed(world, world.caller({world.bucket: Level.READ})) == closed
    both = world.caller({world.bucket: Level.READ, other: Level.READ, nowhere: Level.READ})
    assert await listed(world, both) == {**closed, "other": (True, False)}
    assert await listed(world, world.headers("admin")) == {**closed, "other": (True, False)}
    one = f"/api/v1/buckets/{world.bucket}/packages/amy/mixed/revisions/latest/entry"
    assert not (await world.json(one, path="other"))["accessible"]
    assert (await world.json(one, "admin", path="other"))["accessible"]


@pytest.mark.parametrize("rest", ["entries", "entry"])
@pytest.mark.parametrize(
    ("caller", "status"), [("anonymous", 401), ("stranger", 404), ("reader", 200), ("writer", 200), ("admin", 200)]
)
async def test_entries_are_readable_by_readers_of_the_bucket(
    world: RegistryWorld, rest: str, caller: str, status: int
) -> None:
    await world.package("amy/wine", entry("a"))
    path = f"/api/v1/buckets/{world.bucket}/packages/amy/wine/revisions/latest/{rest}"
    assert (await world.get(path, caller)).status_code == status
    elsewhere = path.replace(world.bucket, "never-registered")
    assert (await world.get(elsewhere, caller)).status_code == (401 if caller == "anonymous" else 404)


@pytest.mark.parametrize(
    ("query", "status", "count"),
    [
        ("limit=1", 200, 1),
        ("limit=01", 200, 1),
        ("limit=2&path=data", 200, 2),
        ("path=data&limit=%32", 200, 2),
        ("limit=1&limit=2&path=data", 200, 2),
        ("li%6Dit=2&path=data", 200, 2),
        ("li%6Dit=1001", 422, 0),
        ("limit=1000", 200, 1),
        ("limit=0", 422, 0),
        ("limit=1001", 422, 0),
        ("limit=x", 422, 0),
        ("cursor=x", 400, 0),
    ],
)
async def test_a_listing_respects_its_limit_in_every_spelling(
    world: RegistryWorld, query: str, status: int, count: int
) -> None:
    await world.package("amy/wine", *(entry(f"data/{name}") for name in "abc"))
    path = f"/api/v1/buckets/{world.bucket}/packages/amy/wine/revisions/latest/entries"
    answer = await world.client.get(f"{path}?{query}", headers=world.headers("reader"))
    assert answer.status_code == status, answer.text
    assert len(answer.json().get("items", [])) == count
    assert (await world.client.head(path, headers=world.headers("reader"))).status_code == 405


async def test_entries_are_found_by_every_reference(world: RegistryWorld) -> None:
    first = await world.package("amy/wine", entry("a"))
    second = await world.package("amy/wine", entry("b"))
    tag = (await world.json(f"/api/v1/buckets/{world.bucket}/packages/amy/wine/revisions"))["items"][1]["tag"]
    base = f"/api/v1/buckets/{world.bucket}/packages/amy/wine/revisions"
    for reference, name in (
        ("latest", "b"),
        (first, "a"),
        (second, "b"),
        (first[:8], "a"),
        (tag, "a"),
    ):
        found = await world.json(f"{base}/{reference}/entries")
        assert [item["path"] for item in found["items"]] == [name], reference
    for reference in ("f" * 64, "1600000000", "nothing"):
        status, message = problem(await world.get(f"{base}/{reference}/entries"))
        assert (status, "amy/wine" in message) == (404, True)


async def test_statements_of_the_fast_paths_use_read_only_connections_of_their_own(
    world: RegistryWorld, own_database: Databases
) -> None:
    settings = DatabaseSettings(url=SecretStr(own_database.registry), pool_size=2)
    async with open_statements(settings, "tests") as statements:
        store = RevisionReadStore(statements)
        assert await store.find_ready(world.bucket, "amy/wine", "latest") is None
        assert await asyncio.gather(*(store.nodes([b"x"]) for _ in range(5))) == [{}] * 5
        assert await statements.fetch("SELECT current_setting('transaction_read_only')") == [("on",)]
        with pytest.raises(Unavailable):
            await statements.fetch("SELECT pg_terminate_backend(pg_backend_pid())")
        assert await store.registered({world.bucket}) == set()  # not yet committed


def leaf(names: str) -> bytes:
    files: list[Any] = [TreeFile(name, "s3://b/k", 1, "SHA256", HELLO, None) for name in names]
    return pack(encode(Leaf(files)))


def test_the_node_cache_evicts_the_least_recently_used_nodes() -> None:
    cache = NodeCache(2000)
    for name in "abcdefgh":
        cache.add(name.encode(), leaf(name * 3))
        cache.find(b"a")
    assert cache.find(b"a")
    assert cache.find(b"b") is None
    page = cache.find(b"h")
    assert page
    assert page.items
    assert [item.name for item in page.items] == ["h"] * 3
    large = leaf("x" * 500)
    for _ in range(2):
        cache.add(b"large", large)
    again = cache.find(b"large")
    assert again
    assert again.items
    assert len(again.items) == 500
    index = pack(encode(Index([Child("z", b"s", b"i", 1, 2, 3)])))
    assert cache.add(b"index", index).children == [Child("z", b"s", b"i", 1, 2, 3)]
