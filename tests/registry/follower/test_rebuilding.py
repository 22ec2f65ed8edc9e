"""`rebuild-search`, beside a running follower and before an upgrade."""

import asyncio
from uuid import uuid4

import pytest
from pydantic import SecretStr
from support.worlds.follower_world import FollowerWorld, numbered
from support.worlds.servers import Aws, Databases

from registry.cli import parser
from registry.follower.opening import open_follower
from registry.settings import FollowerSettings, SearchSettings
from shared.aws.clients import open_s3
from shared.aws.objects import S3ObjectStore
from shared.settings import DatabaseSettings


@pytest.fixture
def settings(world: FollowerWorld, followed_database: Databases) -> FollowerSettings:
    database = DatabaseSettings(url=SecretStr(followed_database.registry))
    return FollowerSettings(database=database, search=SearchSettings(directory=world.directory.root))


async def run(settings: FollowerSettings, *arguments: str) -> str:
    given = parser().parse_args(["rebuild-search", *arguments])
    assert given.settings is FollowerSettings
    return str(await given.run(given, settings))


async def test_the_index_is_built_again_from_postgres(
    world: FollowerWorld, settings: FollowerSettings, capsys: pytest.CaptureFixture[str]
) -> None:
    await world.put("a", "b")
    await world.follow()
    begun = world.begun_at()
    assert "The index has 2 documents" in await run(settings)
    assert world.begun_at() != begun
    assert await world.indexed() == ["a", "b"]
    assert "Changes: " in capsys.readouterr().err


async def test_a_running_follower_builds_its_index_again(world: FollowerWorld, settings: FollowerSettings) -> None:
    await world.put("a", "b")
    with world.directory.locked():
        async with world.following():
            begun = world.begun_at()
            assert await run(settings) == "The follower of this machine has built the index again: it has 2 documents."
            assert world.begun_at() != begun
            assert "A follower runs" in await run(settings, "--if-missing")


async def test_a_snapshot_is_made_once_before_an_upgrade(
    world: FollowerWorld, settings: FollowerSettings, aws: Aws
) -> None:
    bucket = f"service-{uuid4().hex[:8]}"
    await world.put(*numbered(0, 200))
    search = settings.search.model_copy(update={"snapshot_bucket": bucket})
    settings = settings.model_copy(update={"search": search, "aws": aws.settings})
    async with open_s3(aws.settings) as s3:
        await s3.create_bucket(Bucket=bucket)
        assert "Its snapshot has been uploaded" in await run(settings, "--if-missing")
        assert "There is a snapshot" in await run(settings, "--if-missing")
        keys = [each.key async for page in S3ObjectStore(s3).list(bucket) for each in page]
    assert sum("/snapshots/" in key for key in keys) == 1
    await world.put("later")
    other = world.elsewhere()
    elsewhere = settings.model_copy(update={"search": search.model_copy(update={"directory": other.directory.root})})
    other.directory.prepare()
    stopping = asyncio.Event()
    async with open_follower(elsewhere) as follower:
        running = asyncio.create_task(follower.run(stopping))
        await other.caught_up(running)
        status = other.status()
        stopping.set()
        await running
    assert status
    assert status.snapshot_position is not None
    assert await other.indexed() == await world.there()
