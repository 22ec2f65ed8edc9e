"""Entries of packages in the index: after any pushes they are those of the latest revisions."""

import json
from hashlib import sha256

import pytest
from support.data.trees import SMALL_PAGES, Forest, Model, dice, file
from support.worlds.follower_world import BUCKET, FollowerWorld

from registry.db.search_records import SearchRecordStore
from registry.follower.entries import EntryChanges
from registry.search_engine.searching import EngineSearch, SearchIndex
from shared.index.diff.walk import Tree
from shared.index.records import PackageRecord
from shared.index.search.clauses import All, Clause, Equals, Like, Phrase
from shared.index.search.results import SearchScope

SCOPE = SearchScope(objects=[], packages=[BUCKET])


@pytest.fixture
async def pages(world: FollowerWorld) -> Forest:
    await world.run("TRUNCATE index.node", "INSERT INTO index.bucket VALUES (:bucket)", bucket=BUCKET)
    return Forest(SMALL_PAGES)


async def push(world: FollowerWorld, pages: Forest, name: str, files: dict[str, object]) -> Tree:
    """Push a revision with these paths and their user metadata."""
    model = Model()
    for path, meta in files.items():
        parts = tuple(path.split("/"))
        model.files[parts] = file(parts, meta=json.dumps({"user_meta": meta}).encode() if meta else None)
    tree = pages.grow(model)
    top_hash = sha256(tree.storage).hexdigest()
    await world.run(
        """
        INSERT INTO index.node
        SELECT storage, body, '{}' FROM unnest(CAST(:storages AS bytea[]), CAST(:bodies AS bytea[])) AS page (storage, body)
        ON CONFLICT DO NOTHING
        """,
        """
        INSERT INTO index.manifest
            (bucket, top_hash, key, state, header, total_entries, total_bytes, root, identity, etag, indexed_at)
        VALUES (:bucket, :top_hash, '', 'ready', '{}', :entries, 0, :root, :root, '', now()) ON CONFLICT DO NOTHING
        """,
        """
        INSERT INTO index.package (bucket, name, top_hash, modified, revisions, readme, search)
        VALUES (:bucket, :name, :top_hash, now(), 1, '', ''::tsvector)
        ON CONFLICT (bucket, name) DO UPDATE SET top_hash = excluded.top_hash
        """,
        bucket=BUCKET,
        name=name,
        top_hash=top_hash,
        entries=tree.entries,
        root=tree.storage,
        storages=list(pages.bodies),
        bodies=list(pages.bodies.values()),
    )
    return tree


async def entries(world: FollowerWorld, name: str) -> list[str]:
    start = f"{name}/"
    return [each.removeprefix(start) for each in await world.indexed() if each.startswith(start)]


def with_entries(world: FollowerWorld) -> dict[str, object]:
    return {"entries": EntryChanges(world.statements)}


async def test_a_package_is_found_by_the_path_and_metadata_of_a_file(world: FollowerWorld, pages: Forest) -> None:
    await push(world, pages, "amy/wine", {"data/red grapes.csv": {"plate": 12}, "README.md": None})
    await push(world, pages, "amy/bread", {"data/flour.csv": {"plate": 3}})
    await world.follow(**with_entries(world))
    index = SearchIndex(world.directory.index)
    engine = EngineSearch(index, SearchRecordStore(world.statements))
    found_by: dict[Clause, list[str]] = {
        Phrase(("grapes",)): ["data/red grapes.csv"],
        Like("*grapes.csv"): ["data/red grapes.csv"],
        Equals("meta:/plate", 12.0): ["data/red grapes.csv"],
        All((Equals("ext", ".md"), Equals("name", "amy/wine"))): ["README.md"],
        Equals("object", "s3://bucket/data/red grapes.csv"): ["data/red grapes.csv"],
    }
    for clause, found in found_by.items():
        answer = await engine.search(clause, SCOPE, limit=10)
        assert answer.total == 1, clause
        [hit] = answer.hits
        assert isinstance(hit.found, PackageRecord)
        assert hit.found.name == "amy/wine"
        assert await engine.matching_entries(clause, SCOPE, [(BUCKET, "amy/wine")]) == {(BUCKET, "amy/wine"): found}
    assert await engine.count(All((Equals("meta:/plate", 12.0), Phrase(("flour",)))), SCOPE) == 0
    index.close()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 6))])
async def test_entries_follow_random_pushes(world: FollowerWorld, pages: Forest, seed: int) -> None:
    random = dice(seed)
    files: dict[str, object] = {}
    async with world.following(**with_entries(world)):
        for _ in range(12):
            for _ in range(random.randint(1, 25)):
                path = f"{random.choice('abc')}/{random.choice('xyz')}/{random.randint(0, 30)}.csv"
                if path in files and random.random() < 0.5:
                    del files[path]
                else:
                    files[path] = {"n": random.randint(0, 3)}
            files["README.md"] = None
            await push(world, pages, "amy/wine", files)
            if random.random() < 0.6:
                await world.caught_up()
                assert await entries(world, "amy/wine") == sorted(files)
        await world.caught_up()
        assert await entries(world, "amy/wine") == sorted(files)
    await push(world, pages, "amy/wine", {"one": None})
    await world.follow(**with_entries(world))
    assert await entries(world, "amy/wine") == ["one"]


async def test_entries_are_read_again_when_pages_of_the_revision_before_are_gone(
    world: FollowerWorld, pages: Forest
) -> None:
    await push(world, pages, "amy/wine", {f"old/{number}": None for number in range(100)})
    await world.follow(**with_entries(world))
    pages.bodies.clear()
    await world.run("TRUNCATE index.node")
    await push(world, pages, "amy/wine", {"new/1": None, "old/7": None})
    await world.follow(**with_entries(world))
    assert await entries(world, "amy/wine") == ["new/1", "old/7"]


async def test_entries_of_a_revision_without_pages_are_left_out_until_it_changes(
    world: FollowerWorld, pages: Forest
) -> None:
    await push(world, pages, "amy/wine", {"a": None})
    await world.follow(**with_entries(world))
    await push(world, pages, "amy/wine", {f"b{number}": None for number in range(50)})
    await world.run("TRUNCATE index.node")
    await world.follow(**with_entries(world))
    assert await world.indexed() == ["amy/wine"]
    await push(world, pages, "amy/wine", {"c": None})
    await world.follow(**with_entries(world))
    assert await entries(world, "amy/wine") == ["c"]


async def test_a_new_index_has_no_entries_of_a_revision_that_lost_a_page(world: FollowerWorld, pages: Forest) -> None:
    await push(world, pages, "amy/bread", {"flour": None})
    tree = await push(
        world, pages, "amy/wine", {f"{folder}/{number}": None for folder in "abc" for number in range(50)}
    )
    await world.run(
        "DELETE FROM index.node WHERE storage = (SELECT max(storage) FROM index.node WHERE storage <> :root)",
        root=tree.storage,
    )
    await world.follow(**with_entries(world))
    assert await world.indexed() == ["amy/bread", "amy/bread/flour", "amy/wine"]


async def test_entries_go_with_their_package_and_when_they_are_switched_off(
    world: FollowerWorld, pages: Forest
) -> None:
    await push(world, pages, "amy/wine", {"a": None})
    await push(world, pages, "amy/bread", {"b": None})
    await world.follow(**with_entries(world))
    await world.run("DELETE FROM index.package WHERE name = 'amy/wine'")
    await world.follow(**with_entries(world))
    assert await world.indexed() == ["amy/bread", "amy/bread/b"]
    await push(world, pages, "amy/bread", {"b": None, "c": None})
    await world.follow()
    assert await world.indexed() == ["amy/bread"]
    await push(world, pages, "amy/bread", {"c": None})
    await world.follow(**with_entries(world))
    assert await world.indexed() == ["amy/bread", "amy/bread/c"]
