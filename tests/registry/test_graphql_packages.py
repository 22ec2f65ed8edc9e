"""Packages, revisions and trees over GraphQL."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from support.data.manifests import HELLO, entry
from support.worlds.registry_world import FIRST_PUSH, RegistryWorld, recorded_queries

from shared.db.engine import transaction
from shared.testing.indexer import FakeIndexer

REVISION = """
query ($bucket: String!, $name: String!, $of: String!) {
  package(bucket: $bucket, name: $name) {
    revision(hashOrTag: $of) {
      hash modified message metadata userMeta totalEntries totalBytes workflow { id config }
    }
  }
}
"""
DIRECTORY = """
query ($bucket: String!, $name: String!, $path: String!) {
  package(bucket: $bucket, name: $name) {
    revision {
      file(path: $path) { path size physicalKey metadata }
      dir(path: $path) {
        path
        size
        metadata
        children {
          __typename
          ... on PackageFile { path size physicalKey }
          ... on PackageDir { path size }
        }
      }
    }
  }
}
"""
PAGES = """
query ($bucket: String!, $filter: String, $number: Int, $perPage: Int, $order: PackageListOrder) {
  packages(bucket: $bucket, filter: $filter) {
    total
    page(number: $number, perPage: $perPage, order: $order) { name }
  }
}
"""


async def revision(world: RegistryWorld, of: str = "latest", name: str = "amy/wine") -> Any:
    found = await world.graphql(REVISION, bucket=world.bucket, name=name, of=of)
    return found["package"]["revision"]


async def look(world: RegistryWorld, path: str) -> Any:
    found = await world.graphql(DIRECTORY, bucket=world.bucket, name="amy/wine", path=path)
    return found["package"]["revision"]


async def test_graphql_shows_a_revision_with_its_metadata(world: RegistryWorld) -> None:
    config = f"s3://{world.bucket}/.quilt/workflows/config.yml?versionId=v1"
    header: dict[str, Any] = {
        "message": "first",
        "user_meta": {"source": "UCI"},
        "workflow": {"id": "alpha", "config": config},
    }
    top_hash = await world.package("amy/wine", entry("data/a.csv", size=3), entry("b.csv", size=4), **header)
    assert await revision(world) == {
        "hash": top_hash,
        "modified": "2023-11-14T22:13:21+00:00",
        "message": "first",
        "metadata": {"version": "v0", **header},
        "userMeta": {"source": "UCI"},
        "totalEntries": 2,
        "totalBytes": 7.0,
        "workflow": {"id": "alpha", "config": config},
    }


async def test_a_revision_has_the_same_time_in_every_query(world: RegistryWorld) -> None:
    old = await world.package("amy/wine", entry("a.csv"))
    new = await world.package("amy/wine", entry("b.csv"))
    listed = await world.graphql(
        """query ($bucket: String!) {
          packages(bucket: $bucket) { page { revision { hash modified } } }
          package(bucket: $bucket, name: "amy/wine") {
            revision { hash modified }
            revisions { total page { hash modified } }
          }
        }""",
        bucket=world.bucket,
    )
    pushes = listed["package"]["revisions"]
    assert pushes["total"] == 2
    assert [each["hash"] for each in pushes["page"]] == [new, old]
    newest, oldest = pushes["page"]
    assert newest["modified"] != oldest["modified"]
    assert listed["package"]["revision"] == newest == listed["packages"]["page"][0]["revision"]
    for reference, expected in {new: newest, old: oldest, str(FIRST_PUSH + 1): oldest, old[:8]: oldest}.items():
        assert (await revision(world, reference))["modified"] == expected["modified"], reference


@pytest.mark.parametrize("reference", ["0" * 64, "1234567890", "abc", "%", "v1"])
async def test_an_unknown_revision_is_null_in_graphql(world: RegistryWorld, reference: str) -> None:
    await world.package("amy/wine", entry("a.csv"))
    assert await revision(world, reference) is None


async def test_an_ambiguous_short_hash_is_null_in_graphql(world: RegistryWorld) -> None:
    for ending in ("1", "2"):
        await world.point("amy/wine", f"170000000{ending}", "abcdef" + ending * 58)
    assert await revision(world, "abcdef") is None


async def test_graphql_finds_a_revision_by_its_hash_before_its_pointer_is_indexed(
    world: RegistryWorld, indexer: FakeIndexer
) -> None:
    await world.package("amy/wine", entry("a.csv"))
    new = await world.package("amy/wine", entry("b.csv"), index=False, message="new")

    async def index(bucket: str, top_hash: str) -> None:
        await world.look(bucket, f".quilt/packages/{top_hash}")

    indexer.on_manifest = index
    found = await revision(world, new)
    assert (found["hash"], found["message"], found["totalEntries"]) == (new, "new", 1)


async def test_graphql_shows_a_directory_with_full_paths_and_sizes(world: RegistryWorld) -> None:
    await world.package(
        "amy/wine",
        entry("data/red/a.csv", size=3, meta={"user_meta": {"color": "red"}}),
        entry("data/red/b.csv", size=4),
        entry("data/top.csv", size=5),
        directories={"data/red": {"user_meta": {"kind": "dir"}}},
    )
    root = await look(world, "")
    assert root == {
        "file": None,
        "dir": {
            "path": "",
            "size": 12.0,
            "metadata": None,
            "children": [{"__typename": "PackageDir", "path": "data", "size": 12.0}],
        },
    }
    for path in ("data", "data/"):
        assert (await look(world, path))["dir"]["children"] == [
            {"__typename": "PackageDir", "path": "data/red", "size": 7.0},
            {
                "__typename": "PackageFile",
                "path": "data/top.csv",
                "size": 5.0,
                "physicalKey": "s3://wine/data/top.csv?versionId=v1",
            },
        ]
    assert (await look(world, "data/red"))["dir"]["metadata"] == {"user_meta": {"kind": "dir"}}
    found = await look(world, "data/red/a.csv")
    assert found == {
        "dir": None,
        "file": {
            "path": "data/red/a.csv",
            "size": 3.0,
            "physicalKey": "s3://wine/data/red/a.csv?versionId=v1",
            "metadata": {"user_meta": {"color": "red"}},
        },
    }


@pytest.mark.parametrize("path", ["nothing", "dat", "data/", "data/a.csv/", "data/a.csv/x", "\u00e9"])
async def test_a_missing_path_is_null_in_graphql(world: RegistryWorld, path: str) -> None:
    await world.package("amy/wine", entry("data/a.csv"), entry("x/b.csv"))
    found = await look(world, path)
    assert found["file"] is None
    assert (found["dir"] is None) == (path != "data/")


async def test_the_contents_of_a_small_package_are_one_map(world: RegistryWorld) -> None:
    await world.package("amy/wine", *(entry(f"d{n % 7}/{n}.csv", size=n, meta={"n": n}) for n in range(300)))
    query = """query ($bucket: String!, $max: Int) {
      package(bucket: $bucket, name: "amy/wine") { revision { contentsFlatMap(max: $max) } }
    }"""

    async def contents(most: int | None) -> Any:
        found = await world.graphql(query, bucket=world.bucket, max=most)
        return found["package"]["revision"]["contentsFlatMap"]

    found = await contents(300)
    assert len(found) == 300
    assert found["d6/6.csv"] == {
        "physicalKey": "s3://wine/d6/6.csv?versionId=v1",
        "hash": {"type": "sha2-256-chunked", "value": HELLO},
        "size": 6,
        "meta": {"n": 6},
    }
    assert await contents(299) is None
    assert await contents(None) == found


async def test_an_unreadable_revision_has_no_content_in_graphql(world: RegistryWorld) -> None:
    await world.point("amy/wine", str(FIRST_PUSH), "a" * 64)
    await world.point("amy/wine", "latest", "a" * 64)
    found = await revision(world)
    assert (found["hash"], found["totalEntries"], found["totalBytes"], found["metadata"]) == ("a" * 64, None, None, {})
    assert await look(world, "") == {"file": None, "dir": None}


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["amy/beer", "amy/wine", "bob/wine"]),
        ({"order": "NAME"}, ["amy/beer", "amy/wine", "bob/wine"]),
        ({"filter": "WINE"}, ["amy/wine", "bob/wine"]),
        ({"filter": "*wine"}, ["amy/wine", "bob/wine"]),
        ({"filter": "amy/*"}, ["amy/beer", "amy/wine"]),
        ({"filter": "wine*"}, []),
        ({"filter": "%"}, []),
        ({"number": 2, "perPage": 2}, ["bob/wine"]),
        ({"number": 3, "perPage": 2}, []),
    ],
)
async def test_graphql_lists_packages_in_numbered_pages(
    world: RegistryWorld, asked: dict[str, Any], names: list[str]
) -> None:
    for name in ("amy/wine", "bob/wine", "amy/beer"):
        await world.package(name, entry("a.csv"))
    found = (await world.graphql(PAGES, bucket=world.bucket, **asked))["packages"]
    assert [each["name"] for each in found["page"]] == names
    assert found["total"] == (3 if not asked.get("filter") else len(names))


async def test_graphql_lists_packages_newest_first(world: RegistryWorld) -> None:
    for day, name in enumerate(("amy/wine", "bob/wine", "amy/beer"), 1):
        await world.package(name, entry("a.csv"))
        async with transaction(world.index_sessions) as session:
            change = text(
                "UPDATE index.package SET modified = modified + make_interval(days => :day) "
                "WHERE bucket = :bucket AND name = :name"
            )
            await session.execute(change, {"day": day, "bucket": world.bucket, "name": name})
    found = (await world.graphql(PAGES, bucket=world.bucket, order="MODIFIED"))["packages"]
    assert [each["name"] for each in found["page"]] == ["amy/beer", "bob/wine", "amy/wine"]


@pytest.mark.parametrize("asked", [{"number": 0}, {"perPage": 0}, {"perPage": 1001}, {"number": -1}])
async def test_invalid_page_numbers_and_sizes_are_refused_in_graphql(
    world: RegistryWorld, asked: dict[str, int]
) -> None:
    answer = (await world.ask(PAGES, bucket=world.bucket, **asked)).json()
    assert "Pages are numbered from 1" in answer["errors"][0]["message"]


@pytest.mark.parametrize("caller", ["stranger", "reader", "admin"])
async def test_graphql_shows_packages_to_readers_of_the_bucket(world: RegistryWorld, caller: str) -> None:
    await world.package("amy/wine", entry("a.csv"))
    query = """query ($bucket: String!) {
      package(bucket: $bucket, name: "amy/wine") { name }
      packages(bucket: $bucket) { total }
    }"""
    found = await world.graphql(query, caller, bucket=world.bucket)
    nothing = {"package": None, "packages": None}
    assert found == (nothing if caller == "stranger" else {"package": {"name": "amy/wine"}, "packages": {"total": 1}})


async def test_packages_of_an_unregistered_bucket_are_null_in_graphql(given: RegistryWorld) -> None:
    await given.covered(given.bucket)
    await given.package("amy/wine", entry("a.csv"))
    found = await given.graphql(REVISION, "admin", bucket=given.bucket, name="amy/wine", of="latest")
    assert found == {"package": None}


@pytest.mark.parametrize("count", [1, 12])
async def test_a_page_of_packages_takes_as_many_queries_as_one(
    world: RegistryWorld, engine: AsyncEngine, count: int
) -> None:
    for number in range(count):
        await world.package(f"amy/p{number}", entry(f"data/{number}.csv"), entry("a.csv", size=number))
        await world.package(f"amy/p{number}", entry(f"data/{number}.csv"), entry("b.csv", size=number))
    query = """query ($bucket: String!) {
      packages(bucket: $bucket) {
        total
        page {
          name
          modified
          revisions { total page(perPage: 5) { hash modified message } }
          revision { hash modified totalBytes dir(path: "data") { children { ... on PackageFile { path } } } }
        }
      }
    }"""
    with recorded_queries(engine) as queries:
        found = (await world.graphql(query, bucket=world.bucket))["packages"]
    assert found["total"] == len(found["page"]) == count
    assert all(len(each["revisions"]["page"]) == 2 for each in found["page"])
    assert all(each["revision"]["dir"]["children"] for each in found["page"])
    # Buckets, total, page, pushes, times, and two levels of directories.
    assert len(queries) == 7, queries
