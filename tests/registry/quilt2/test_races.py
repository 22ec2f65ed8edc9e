"""Requests for a package that other requests change at the same time."""

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from support.worlds.quilt2_world import BUCKET, H1, H2, Quilt2World, file, root
from typing_extensions import override

from registry.main import install_resources
from registry.quilt2.package_locks import PackageLocks
from registry.quilt2.services.statistics import StatisticsService
from registry.resources import RegistryResources
from shared.db.engine import Sessions
from shared.testing.objects import FakeObjectStore

ONE, OTHER = root(a=file(H1)), root(b=file(H2))
POINTERS = ".quilt/named_packages/amy/wine/"
CYCLES = 500
"""Cycles of the event loop. A request that waits for nothing is answered in fewer."""


class _Deleted(AsyncSession):
    """Deletes every package before the `at`-th query of one value."""

    at = 1
    queries = 0

    @override
    async def scalar(self, *arguments: Any, **options: Any) -> Any:
        self.queries += 1
        if self.queries == self.at:
            await super().execute(text("DELETE FROM registry.quilt2_package"))
        return await super().scalar(*arguments, **options)


def overtake(app: FastAPI, resources: RegistryResources, kind: type[AsyncSession]) -> None:
    sessions = async_sessionmaker(class_=kind, **resources.sessions.kw)
    install_resources(app, replace(resources, sessions=sessions), app.state.principals)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "comments/amy/wine/", 404),
        ("GET", "package_preview/amy/wine/{}", 404),
        ("GET", "profile", 200),
    ],
)
async def test_a_request_for_a_package_that_is_deleted_during_it_is_answered(
    registry: Quilt2World, app: FastAPI, resources: RegistryResources, *, method: str, path: str, status: int
) -> None:
    made = await registry.pushed(ONE)
    await registry.ask("amy", "PUT", "access/amy/wine/amy@example.com")
    overtake(app, resources, _Deleted)
    answer = await registry.ask("amy", method, path.format(made), json={"contents": "Good"})
    assert answer.status_code == status, answer.text


async def test_a_push_whose_reserved_name_is_deleted_reserves_it_again(
    registry: Quilt2World, app: FastAPI, resources: RegistryResources
) -> None:
    class DeletedOnce(AsyncSession):
        """Deletes the package as soon as its name is reserved."""

        deletions = 0

        @override
        async def commit(self) -> None:
            await super().commit()
            if DeletedOnce.deletions == 0:
                gone: Any = await self.execute(text("DELETE FROM registry.quilt2_package"))
                DeletedOnce.deletions = gone.rowcount
                await super().commit()

    overtake(app, resources, DeletedOnce)
    assert (await registry.push(ONE)).status_code == 200
    assert DeletedOnce.deletions == 1
    assert (await registry.get("amy", "package/amy/wine/"))["hashes"]


async def test_pushes_within_one_second_are_separate_revisions(registry: Quilt2World, objects: FakeObjectStore) -> None:
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


class _Counted(AsyncSession):
    """Counts statements of all sessions."""

    statements = 0

    @override
    async def execute(self, *arguments: Any, **options: Any) -> Any:
        _Counted.statements += 1
        return await super().execute(*arguments, **options)

    @override
    async def scalar(self, *arguments: Any, **options: Any) -> Any:
        _Counted.statements += 1
        return await super().scalar(*arguments, **options)


async def test_a_request_that_waits_for_a_package_uses_no_connection(
    registry: Quilt2World, app: FastAPI, resources: RegistryResources
) -> None:
    made = await registry.pushed(ONE)
    overtake(app, resources, _Counted)
    async with app.state.quilt2.locks.lock_of("amy", "wine"):
        requests = [
            asyncio.create_task(registry.push(OTHER)),
            asyncio.create_task(registry.ask("amy", "PUT", "tag/amy/wine/latest", json={"hash": made})),
            asyncio.create_task(registry.ask("amy", "PUT", "version/amy/wine/1.0", json={"hash": made})),
            asyncio.create_task(registry.ask("amy", "PUT", "access/amy/wine/public")),
        ]
        for _ in range(CYCLES):
            await asyncio.sleep(0)
        assert not any(each.done() for each in requests)
        assert _Counted.statements == 0
    assert [(await each).status_code for each in requests] == [200] * 4
    assert _Counted.statements > 0


async def test_a_package_and_its_namesakes_have_one_lock() -> None:
    locks = PackageLocks()
    lock = locks.lock_of("amy", "wine")
    assert lock is locks.lock_of("amy", "WINE")
    assert lock is not locks.lock_of("amy", "beer")


async def test_events_are_counted_after_those_that_are_being_written(app: FastAPI, sessions: Sessions) -> None:
    async with app.state.quilt2.events.writing:
        flushing = asyncio.create_task(StatisticsService(sessions, app.state.quilt2.events).flush())
        await asyncio.sleep(0)
        assert not flushing.done()
    await flushing
