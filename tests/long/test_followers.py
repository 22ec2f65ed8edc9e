"""Two machines' followers, killed at any moment and robbed of their files, beside many writers: no document is lost, none remains."""

import asyncio
import os
import random
import shutil
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from support.worlds.follower_world import (
    FollowerWorld,
    follower_environment,
    make_followed_database,
    open_follower_world,
)
from support.worlds.servers import Aws, Databases
from tantivy import Occur, Query

from registry.follower.supervisor import FollowerSupervisor
from registry.search_engine.schema import document_id, schema
from registry.search_engine.searching import SearchIndex
from registry.search_engine.snapshot import IndexSnapshot
from shared.aws.clients import open_s3
from shared.index.search.documents import DocumentKey, DocumentKind

WRITERS = 20
BUCKETS = ("wine", "beer")
HARM_SECONDS = 40.0


@pytest.fixture(scope="module")
def followed_database(database: Databases, run_directory: Path) -> Databases:
    return make_followed_database(database, run_directory)


@pytest.fixture
async def world(followed_database: Databases, tmp_path: Path) -> AsyncIterator[FollowerWorld]:
    async with open_follower_world(followed_database, tmp_path / "first", WRITERS) as opened:
        await opened.empty()
        yield opened


async def write(world: FollowerWorld, number: int, deadline: float) -> None:
    chosen = random.Random(number)  # noqa: S311 – not a secret
    while asyncio.get_running_loop().time() < deadline:
        bucket = chosen.choice(BUCKETS)
        keys = sorted({f"{number}/{chosen.randrange(60)}" for _ in range(chosen.randrange(1, 30))})
        await world.put(*keys, bucket=bucket, content=uuid4().hex)
        if chosen.random() < 0.3:
            await world.run(
                "DELETE FROM index.object WHERE bucket = :bucket AND key = ANY(CAST(:keys AS text[]))",
                bucket=bucket,
                keys=keys[:5],
            )
        await asyncio.sleep(chosen.random() / 5)


async def remove_buckets(world: FollowerWorld, deadline: float) -> None:
    while asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(7)
        await world.remove_bucket("beer")


async def harm(world: FollowerWorld, supervisor: FollowerSupervisor, seed: int, deadline: float) -> None:
    chosen = random.Random(seed)  # noqa: S311 – not a secret
    while asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(chosen.random() * 4)
        if supervisor.pid is None:
            continue
        os.kill(supervisor.pid, signal.SIGKILL)
        files = sorted(world.directory.index.glob("*.*")) if world.directory.index.exists() else []
        match chosen.randrange(6):
            case 0 if files:
                torn = chosen.choice(files)
                torn.write_bytes(torn.read_bytes()[: torn.stat().st_size // 2])
            case 1 if files:
                chosen.choice(files).unlink()
            case 2:
                shutil.rmtree(world.directory.index, ignore_errors=True)
            case 3 if files:
                zero_a_part(chosen.choice(files), chosen)
            case _:
                pass


def zero_a_part(file: Path, chosen: random.Random) -> None:
    content = bytearray(file.read_bytes())
    start, end = sorted(chosen.randrange(len(content) + 1) for _ in range(2))
    content[start:end] = bytes(end - start)
    file.write_bytes(content)


async def contents(world: FollowerWorld) -> set[tuple[str, str, str]]:
    rows = await world.statements.fetch("SELECT bucket, key, etag FROM index.object")
    return {(bucket, key, etag) for bucket, key, etag in rows}


async def require_equal(world: FollowerWorld) -> None:
    """The index has each document of Postgres as it is there, and no other."""
    expected = await contents(world)

    def found(snapshot: IndexSnapshot) -> set[tuple[str, str, str]]:
        return {each for each in expected if is_there(snapshot, *each)}

    index = SearchIndex(world.directory.index)
    try:
        assert await index.run(found) == expected
        assert len(await world.indexed()) == len(expected)
    finally:
        index.close()


def is_there(snapshot: IndexSnapshot, bucket: str, key: str, etag: str) -> bool:
    identifier = document_id(DocumentKey(DocumentKind.OBJECT, bucket, key))
    wanted = [Query.term_query(schema(), "id", identifier), Query.term_query(schema(), "etag", etag)]
    query = Query.boolean_query([(Occur.Must, each) for each in wanted])
    return bool(snapshot.searcher.search(query, limit=1).hits)


async def test_followers_that_are_killed_and_torn_end_with_what_postgres_has(
    world: FollowerWorld, followed_database: Databases, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = f"service-{uuid4().hex[:8]}"
    settings = {
        **follower_environment(followed_database, world.directory),
        "REGISTRY_SEARCH__SNAPSHOT_BUCKET": bucket,
        "REGISTRY_SEARCH__SNAPSHOT_SECONDS": "3",
        "REGISTRY_AWS__REGION": aws.settings.region,
        "REGISTRY_AWS__ENDPOINT_URL": str(aws.settings.endpoint_url),
        "REGISTRY_AWS__ACCESS_KEY_ID": str(aws.settings.access_key_id),
        "REGISTRY_AWS__SECRET_ACCESS_KEY": aws.settings.secret_access_key.get_secret_value(),  # type: ignore[union-attr]
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    other = world.elsewhere()
    first = FollowerSupervisor(world.directory)
    second = FollowerSupervisor(
        other.directory, ("env", f"REGISTRY_SEARCH__DIRECTORY={other.directory.root}", *first.argv)
    )
    async with open_s3(aws.settings) as s3:
        await s3.create_bucket(Bucket=bucket)
        async with first.running(), second.running():
            deadline = asyncio.get_running_loop().time() + HARM_SECONDS
            await asyncio.gather(
                *(write(world, number, deadline) for number in range(WRITERS)),
                remove_buckets(world, deadline),
                harm(world, first, 1, deadline),
                harm(other, second, 2, deadline),
            )
            for machine in (world, other):
                await machine.caught_up()
                await require_equal(machine)
            listed = await s3.list_objects_v2(Bucket=bucket, Prefix="search/")
            assert any("/snapshots/" in each["Key"] for each in listed["Contents"])
