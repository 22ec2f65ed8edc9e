"""What others do to a package of Quilt 2 while a request is at it."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from support.worlds.quilt2_world import BUCKET, H1, H2, Registry, file, root
from typing_extensions import override

from registry.main import furnish
from registry.quilt2.package_locks import MAX_CONCURRENT_PUSHES, PackageLocks
from registry.quilt2.services.statistics import StatisticsService
from registry.resources import RegistryResources
from shared.db.engine import Sessions
from shared.testing.objects import FakeObjectStore

ONE, OTHER = root(a=file(H1)), root(b=file(H2))
POINTERS = ".quilt/named_packages/amy/wine/"


class _Deleted(AsyncSession):
    """Somebody else deletes every package before a request's first, second, … question that has one answer."""

    at = 1
    asked = 0

    @override
    async def scalar(self, *arguments: Any, **options: Any) -> Any:
        self.asked += 1
        if self.asked == self.at:
            await super().execute(text("DELETE FROM registry.quilt2_package"))
        return await super().scalar(*arguments, **options)


def overtake(app: FastAPI, resources: RegistryResources, kind: type[AsyncSession]) -> None:
    sessions = async_sessionmaker(class_=kind, **resources.sessions.kw)
    furnish(app, replace(resources, sessions=sessions), app.state.principals)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "comments/amy/wine/", 404),
        ("GET", "package_preview/amy/wine/{}", 404),
        ("GET", "profile", 200),
    ],
)
async def test_a_package_may_be_deleted_while_somebody_looks(
    registry: Registry, app: FastAPI, resources: RegistryResources, *, method: str, path: str, status: int
) -> None:
    made = await registry.pushed(ONE)
    await registry.ask("amy", "PUT", "access/amy/wine/amy@example.com")
    overtake(app, resources, _Deleted)
    answer = await registry.ask("amy", method, path.format(made), json={"contents": "Good"})
    assert answer.status_code == status, answer.text


async def test_a_package_that_comes_and_goes_is_pushed(
    registry: Registry, app: FastAPI, resources: RegistryResources
) -> None:
    class Third(_Deleted):
        at = 3  # looked for, made, and about to be locked

    overtake(app, resources, Third)
    assert (await registry.push(ONE)).status_code == 200


async def test_pushes_within_a_second_are_revisions_of_their_own(registry: Registry, objects: FakeObjectStore) -> None:
    taken = [f"{POINTERS}{int(time.time()) + later}" for later in range(5)]
    for key in taken:
        await objects.put(BUCKET, key, b"another's")
    hashes = {await registry.pushed(each) for each in (ONE, OTHER, OTHER)}
    assert len(hashes) == 2
    pointed = {}
    async for page in objects.list(BUCKET, prefix=POINTERS):
        for each in page:
            got = await objects.get(BUCKET, each.key, limit=100)
            pointed[each.key] = got[1] if got else b""
    assert {pointed[key] for key in taken} == {b"another's"}
    latest = pointed.pop(f"{POINTERS}latest")
    pushed = [body for key, body in pointed.items() if key not in taken]
    assert pushed[-1] == latest
    assert len(set(pushed)) == 2


async def test_who_waits_for_a_package_holds_no_connection(
    registry: Registry, app: FastAPI, resources: RegistryResources
) -> None:
    made = await registry.pushed(ONE)

    class Counted(AsyncSession):
        asked = 0

        @override
        async def execute(self, *arguments: Any, **options: Any) -> Any:
            Counted.asked += 1
            return await super().execute(*arguments, **options)

        @override
        async def scalar(self, *arguments: Any, **options: Any) -> Any:
            Counted.asked += 1
            return await super().scalar(*arguments, **options)

    overtake(app, resources, Counted)
    async with app.state.quilt2.locks.lock_of("amy", "wine"):
        waiting = [
            asyncio.create_task(registry.push(OTHER)),
            asyncio.create_task(registry.ask("amy", "PUT", "tag/amy/wine/latest", json={"hash": made})),
            asyncio.create_task(registry.ask("amy", "PUT", "version/amy/wine/1.0", json={"hash": made})),
            asyncio.create_task(registry.ask("amy", "PUT", "access/amy/wine/public")),
        ]
        _, pending = await asyncio.wait(waiting, timeout=0.3)
        assert pending == set(waiting)
        assert Counted.asked == 0
    assert [(await each).status_code for each in waiting] == [200] * 4


async def test_turns_are_of_a_package_in_any_case_and_few_pushes_go_at_once() -> None:
    turns = PackageLocks()
    assert turns.lock_of("amy", "wine") is turns.lock_of("amy", "WINE") is not turns.lock_of("amy", "beer")
    at_once, most = 0, 0

    async def push(number: int) -> None:
        nonlocal at_once, most
        async with turns.push("amy", f"p{number}"):
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1

    await asyncio.gather(*map(push, range(10)))
    assert most == MAX_CONCURRENT_PUSHES


async def test_all_that_was_noted_is_written_before_it_is_counted(app: FastAPI, sessions: Sessions) -> None:
    async with app.state.quilt2.events.writing:
        counting = asyncio.create_task(StatisticsService(sessions, app.state.quilt2.events).flush())
        await asyncio.sleep(0)
        assert not counting.done()
    await counting
