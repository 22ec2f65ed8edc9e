"""The follower as the registry runs it: a process of its own, which ends with its parent and is started again when it ends."""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from support.worlds.follower_world import SELDOM, FollowerWorld, eventually, follower_environment, numbered
from support.worlds.servers import Databases

from registry.follower.following import BEHIND
from registry.follower.reading import ARGV, ChangesBetween, EncodedPage, encode_page, read_pages
from registry.follower.status import FollowerState
from registry.follower.supervisor import FollowerSupervisor
from shared.index.feed import BATCH_CHANGES, FeedStore


@pytest.fixture
def environment(world: FollowerWorld, followed_database: Databases, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of the registry in the environment of processes that the test starts."""
    settings = follower_environment(followed_database, world.directory)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return settings


@pytest.mark.usefixtures("environment")
async def test_a_follower_that_is_killed_is_started_again_and_loses_nothing(world: FollowerWorld) -> None:
    await world.put(*numbered(0, 3000))
    supervisor = FollowerSupervisor(world.directory)
    async with supervisor.running():
        for kill in range(2):
            await eventually(lambda: supervisor.pid is not None and world.directory.is_locked())
            await asyncio.sleep(0.05 * kill)
            assert supervisor.pid
            os.kill(supervisor.pid, signal.SIGKILL)
            await world.put(*numbered(3000 + kill * 10, 3010 + kill * 10))
            await world.remove(*numbered(kill * 10, kill * 10 + 5))
            await eventually(lambda: supervisor.pid is None)
        await world.caught_up()
        assert await world.indexed() == await world.there()
    assert supervisor.pid is None
    assert not world.directory.is_locked()


FAR_BEHIND_SOON = replace(SELDOM, far_behind=100)


@pytest.mark.usefixtures("environment")
async def test_a_follower_that_is_far_behind_has_pages_read_by_another_process(world: FollowerWorld) -> None:
    spans = []

    def read_and_note(span: ChangesBetween) -> AbstractAsyncContextManager[AsyncIterator[EncodedPage]]:
        spans.append(span)
        return read_pages(span)

    pages = 2 * BATCH_CHANGES + BEHIND
    await world.put(*numbered(0, pages), content="red wine")
    await world.put("elsewhere", bucket="beer")
    await world.remove_bucket("beer")
    await world.remove("00000")
    # The engine reads one of these numbers wrong from the JSON that has the fewest digits, and the other from all JSON.
    header = json.dumps({"user_meta": {"share": 95.95452761244793, "level": 9007199254740993}})
    await world.run(
        """
        INSERT INTO index.manifest (bucket, top_hash, key, state, header, message, total_entries, total_bytes, etag, indexed_at)
        VALUES ('wine', 'hash', '', 'ready', :header, '', 0, 0, '', now())
        """,
        "INSERT INTO index.package (bucket, name, top_hash, modified, revisions, readme) VALUES ('wine', 'amy/data', 'hash', now(), 1, '')",
        header=header,
    )
    await world.follow(timing=FAR_BEHIND_SOON, read_pages=read_and_note)
    [begun] = spans
    assert begun.after == 0
    assert begun.new_up_to > pages
    assert await world.indexed() == sorted([*await world.there(), "amy/data"])

    # Documents that the index has are replaced.
    await world.put(*numbered(0, pages), content="white wine")
    await world.follow(timing=FAR_BEHIND_SOON, read_pages=read_and_note)
    assert len(spans) == 2
    assert spans[1].new_up_to == 0
    assert await world.indexed() == sorted([*await world.there(), "amy/data"])


async def test_an_index_is_made_again_when_changes_are_purged_while_somebody_reads_for_its_follower(
    world: FollowerWorld,
) -> None:
    feed = FeedStore(world.statements)
    await world.put("gone")
    await world.follow()
    await world.put("kept")
    first = (await feed.head()).position
    await world.remove("gone")
    await world.put(*numbered(0, BATCH_CHANGES + BEHIND))
    last = (await feed.head()).position
    purged = []

    @asynccontextmanager
    async def read_and_purge(span: ChangesBetween) -> AsyncIterator[AsyncIterator[EncodedPage]]:
        async def pages() -> AsyncIterator[EncodedPage]:
            after, up_to = span.after, first
            while page := await feed.page(after, up_to):
                yield encode_page(page, span)
                after, up_to = page.position, span.up_to
                purged.append(await world.purge_changes(last, datetime.now(UTC) + timedelta(days=1)))

        yield pages()

    await world.follow(timing=FAR_BEHIND_SOON, read_pages=read_and_purge)
    assert purged[0] == 1
    assert await world.indexed() == await world.there()


@pytest.mark.usefixtures("environment")
async def test_an_index_stays_when_all_changes_are_made_again_before_another_process_reads_them(
    world: FollowerWorld,
) -> None:
    keys = list(numbered(0, 2 * BATCH_CHANGES))
    begun_at = list[int]()

    @asynccontextmanager
    async def change_and_read(span: ChangesBetween) -> AsyncIterator[AsyncIterator[EncodedPage]]:
        if not begun_at:
            await world.put(*keys, content="white wine")
        begun_at.append(world.begun_at())
        async with read_pages(span) as pages:
            yield pages

    await world.put(*keys, content="red wine")
    await world.follow(timing=FAR_BEHIND_SOON, read_pages=change_and_read)
    assert len(begun_at) == 2
    assert len({*begun_at, world.begun_at()}) == 1
    assert await world.indexed() == await world.there()


async def test_a_follower_waits_while_nobody_can_read_for_it(
    world: FollowerWorld, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.put(*numbered(0, BATCH_CHANGES + BEHIND))
    monkeypatch.setenv("REGISTRY_DATABASE__URL", "postgresql+asyncpg://nobody@127.0.0.1:9/nowhere")
    stopping = asyncio.Event()
    running = asyncio.create_task(world.follower(FAR_BEHIND_SOON, read_pages=read_pages).run(stopping))
    await eventually(lambda: (status := world.status()) is not None and status.state is FollowerState.WAITING)
    monkeypatch.setenv("REGISTRY_DATABASE__URL", environment["REGISTRY_DATABASE__URL"])
    await world.caught_up(running)
    stopping.set()
    await running
    assert await world.indexed() == await world.there()


@pytest.mark.usefixtures("environment")
async def test_of_two_workers_of_the_registry_one_has_a_follower(world: FollowerWorld) -> None:
    await world.put("a")
    first, second = (FollowerSupervisor(world.directory) for _ in range(2))
    async with first.running():
        await world.caught_up()
        async with second.running():
            await asyncio.sleep(0)
            assert second.pid is None
            await world.put("b")
            await world.caught_up()
            assert second.pid is None
    assert await world.indexed() == ["a", "b"]


async def test_a_follower_ends_with_its_parent(world: FollowerWorld, environment: dict[str, str]) -> None:
    await world.put("a")
    parent = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import subprocess, sys, time; subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE); time.sleep(600)",
        *ARGV,
        env={**os.environ, **environment},
    )
    await world.caught_up()
    status = world.status()
    assert status
    parent.kill()
    await parent.wait()
    await eventually(lambda: not psutil.pid_exists(status.pid) or psutil.Process(status.pid).status() == "zombie")
    assert not world.directory.is_locked()


NO_STEP = 1_000_000
MIN_STEPS = 8


@asynccontextmanager
async def killed_followers(environment: dict[str, str]) -> AsyncIterator[Process]:
    argv = [sys.executable, "-m", "support.faults.killed_follower"]
    variables = {**os.environ, **environment, "PYTHONPATH": ":".join(sys.path)}
    process = await asyncio.create_subprocess_exec(*argv, stdin=PIPE, stdout=PIPE, env=variables)
    assert process.stdin
    yield process
    process.stdin.close()
    assert await process.wait() == 0


async def follow_until(step: int, followers: Process) -> str:
    """Let a follower run that kills itself at this step, and return what became of it."""
    assert followers.stdin
    assert followers.stdout
    followers.stdin.write(f"{step}\n".encode())
    return (await followers.stdout.readline()).decode().strip()


@pytest.mark.parametrize("is_begun", [False, True])
async def test_a_follower_that_is_killed_at_any_step_loses_nothing(
    world: FollowerWorld, environment: dict[str, str], *, is_begun: bool
) -> None:
    """Readers see the index as it was before or as it is after, and the next follower completes it."""
    await world.put(*numbered(0, 20))
    async with killed_followers(environment) as followers:
        for step in itertools.count():
            if is_begun:
                await follow_until(NO_STEP, followers)
                await world.put(f"new {step}", "changed", content=str(step))
                await world.remove(*numbered(step, step + 1))
            else:
                world.directory.remove_index()
            before = await world.indexed()
            outcome = await follow_until(step, followers)
            assert await world.indexed() in (before, await world.there())
            if outcome == "followed":
                break
            assert outcome == "killed"
            assert await follow_until(NO_STEP, followers) == "followed"
            assert await world.indexed() == await world.there()
        assert step > MIN_STEPS
        assert await world.indexed() == await world.there()


def test_an_idle_follower_has_nothing_in_memory_that_it_does_not_use() -> None:
    large = ["alembic", "botocore", "fastapi", "sqlalchemy"]
    script = f"import registry.follower.__main__, sys; print(sys.modules.keys() & {large})"
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "set()\n"
