"""Requests killed at every step: nothing acknowledged is lost, no reference is broken, and a repetition ends right."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from support.faults.kill_at_step import Killable, Killed, KillPoint
from support.worlds.quilt2_world import BUCKET, H1, H2, H3, Quilt2World, file, group, root

from registry.main import install_resources
from registry.quilt2.services import trees
from registry.resources import RegistryResources
from shared.db.engine import Sessions
from shared.testing.objects import FakeObjectStore

FIRST, SECOND = root(README=file(H1), a=file(H2)), root(a=file(H3), b=group(c=file(H2)))
MAX_STEPS = 40

Ask = Callable[[Quilt2World, str], Awaitable[httpx.Response]]


async def push_first(registry: Quilt2World, name: str) -> httpx.Response:
    return await registry.push(FIRST, name=name, is_public=True)


async def push_second(registry: Quilt2World, name: str) -> httpx.Response:
    return await registry.push(SECOND, name=name)


async def push_part(registry: Quilt2World, name: str) -> httpx.Response:
    body = {"contents": group(d=file(H3)), "description": "", "sizes": {H3: 1}}
    return await registry.ask("amy", "POST", f"package_update/{name}/b", json=body)


async def tag_first(registry: Quilt2World, name: str) -> httpx.Response:
    return await registry.ask("amy", "PUT", f"tag/{name}/latest", json={"hash": trees.package_hash(FIRST)})


async def delete(registry: Quilt2World, name: str) -> httpx.Response:
    return await registry.ask("amy", "DELETE", f"package/{name}/")


@dataclass(frozen=True)
class World:
    registry: Quilt2World
    app: FastAPI
    resources: RegistryResources
    objects: FakeObjectStore

    def live(self) -> None:
        install_resources(self.app, self.resources, self.app.state.principals)

    async def ask_and_kill(self, ask: Ask, name: str, last: int) -> KillPoint:
        kill_point = KillPoint(last)
        killable: Any = {
            "sessions": Killable(self.resources.sessions, kill_point),
            "objects": Killable(self.objects, kill_point),
        }
        install_resources(self.app, replace(self.resources, **killable), self.app.state.principals)
        asking = asyncio.ensure_future(ask(self.registry, name))
        dying = asyncio.ensure_future(kill_point.killed.wait())
        await asyncio.wait({asking, dying}, return_when=asyncio.FIRST_COMPLETED)
        for each in (asking, dying):
            each.cancel()
            with suppress(Killed, asyncio.CancelledError):
                await each
        self.live()
        return kill_point

    async def pointers(self, name: str) -> dict[str, str]:
        """Top hashes by tag."""
        found, prefix = {}, f".quilt/named_packages/{name}/"
        async for page in self.objects.list(BUCKET, prefix=prefix):
            for each in page:
                got = await self.objects.get(BUCKET, each.key, limit=100)
                found[each.key.removeprefix(prefix)] = got[1].decode() if got else ""
        return found

    async def message(self, top_hash: str) -> str:
        """The message of a manifest, which names its instance."""
        manifest = await self.objects.get(BUCKET, f".quilt/packages/{top_hash}", limit=1 << 20)
        assert manifest, f"there is no manifest {top_hash}"
        return str(json.loads(manifest[1].splitlines()[0])["message"])

    async def rows(self, query: str, **values: Any) -> list[Any]:
        async with self.resources.sessions() as session:
            return list(await session.execute(text(query), values))

    async def require_whole(self, name: str) -> dict[str, str]:
        """Every reference leads somewhere, and whatever a pointer shows belongs to a package; the pointers."""
        pointers = await self.pointers(name)
        for top_hash in pointers.values():
            await self.message(top_hash)
        owner, short = name.split("/")
        named = "FROM registry.quilt2_package AS p WHERE p.owner = :owner AND p.name = :short"
        package = await self.rows(f"SELECT p.id {named}", owner=owner, short=short)
        assert package or not pointers, "pointers of no package are seen by all who read the bucket"
        instances = "SELECT hash, top_hash FROM registry.quilt2_instance WHERE package_id = :id"
        for package_hash, top_hash in await self.rows(instances, id=package[0].id) if package else ():
            assert package_hash in await self.message(top_hash)
        return pointers

    async def require_latest(self, name: str, package_hash: str) -> None:
        """The instance is installed by the client, and is the latest revision."""
        pointers = await self.require_whole(name)
        assert (await self.registry.get("amy", f"package/{name}/{package_hash}"))["contents"]
        assert await self.message(pointers["latest"]) == f"Quilt 2 instance {package_hash}"
        assert pointers["latest"] in {top_hash for tag, top_hash in pointers.items() if tag != "latest"}


@pytest.fixture
async def world(app: FastAPI, resources: RegistryResources, registry: Quilt2World, committed: Sessions) -> World:
    made = World(registry, app, replace(resources, sessions=committed), registry.objects)
    made.live()
    await registry.objects.put(BUCKET, f"objs/amy/{H1}", b"# Wine")
    return made


async def kill_everywhere(world: World, ask: Ask, prepare: tuple[Ask, ...], check: Any) -> list[str]:
    """The steps. Each request has a package of its own, is killed one step later than the one before, and is repeated."""
    for last in range(MAX_STEPS):
        name = f"amy/p{last}"
        for each in prepare:
            assert (await each(world.registry, name)).status_code == 200
        kill_point = await world.ask_and_kill(ask, name, last)
        await check(name, False)
        if not kill_point.killed.is_set():
            await check(name, True)
            return kill_point.steps
        repeated = await ask(world.registry, name)
        assert repeated.status_code == 200 or (ask is delete and repeated.status_code == 404), repeated.text
        await check(name, True)
    raise AssertionError(f"more than {MAX_STEPS} steps")


async def test_a_first_push_killed_at_any_step_shows_nothing_and_is_repeated(world: World) -> None:
    made = trees.package_hash(FIRST)

    async def check(name: str, is_done: bool) -> None:  # noqa: FBT001
        if is_done:
            await world.require_latest(name, made)
            assert (await world.registry.get(None, f"package/{name}/"))["hashes"] == [made]
            return
        await world.require_whole(name)
        seen = [await world.registry.ask(who, "GET", f"package/{name}/") for who in ("amy", "bob", None)]
        answers = {(each.status_code, tuple(each.json().get("hashes", ()))) for each in seen}
        assert answers in ({(404, ())}, {(200, (made,))}), "a package appears as a whole, to all its readers"

    steps = await kill_everywhere(world, push_first, (), check)
    assert steps == [*["database"] * 3, "upload", "database", "put_over", "put", "database"]


async def test_a_second_push_killed_at_any_step_keeps_the_first_and_is_repeated(world: World) -> None:
    async def check(name: str, is_done: bool) -> None:  # noqa: FBT001
        await world.require_whole(name)
        found = await world.registry.get(None, f"package/{name}/{trees.package_hash(FIRST)}")
        assert found["contents"] == FIRST
        if is_done:
            await world.require_latest(name, trees.package_hash(SECOND))

    steps = await kill_everywhere(world, push_second, (push_first,), check)
    assert steps == ["database", "database", "upload", "put_over", "put", "database"]


async def test_the_push_of_a_part_killed_at_any_step_keeps_the_latest_and_is_repeated(world: World) -> None:
    merged = root(**FIRST["children"], b=group(d=file(H3)))
    hashes = (trees.package_hash(FIRST), trees.package_hash(merged))

    async def check(name: str, is_done: bool) -> None:  # noqa: FBT001
        await world.require_whole(name)
        latest = (await world.registry.get("amy", f"tag/{name}/latest"))["hash"]
        assert latest in hashes
        if is_done:
            assert latest == hashes[1]
            await world.require_latest(name, hashes[1])

    steps = await kill_everywhere(world, push_part, (push_first, tag_first), check)
    assert steps == [*["database"] * 4, "upload", "put_over", "put", "database"]


async def test_a_tag_killed_at_any_step_names_an_instance_and_is_repeated(world: World) -> None:
    async def check(name: str, is_done: bool) -> None:  # noqa: FBT001
        pointers = await world.require_whole(name)
        assert (await world.registry.get("amy", f"package/{name}/"))["hashes"] == [
            trees.package_hash(FIRST),
            trees.package_hash(SECOND),
        ]
        if is_done:
            made = trees.package_hash(FIRST)
            assert await world.message(pointers["latest"]) == f"Quilt 2 instance {made}"
            assert (await world.registry.get("amy", f"tag/{name}/latest"))["hash"] == made

    steps = await kill_everywhere(world, tag_first, (push_first, push_second), check)
    assert steps == ["database", "put", "database"]


async def test_a_deletion_killed_at_any_step_is_repeated(world: World) -> None:
    async def check(name: str, is_done: bool) -> None:  # noqa: FBT001
        pointers = await world.require_whole(name)
        if is_done:
            assert not pointers
            assert (await world.registry.ask("amy", "GET", f"package/{name}/")).status_code == 404

    steps = await kill_everywhere(world, delete, (push_first, tag_first), check)
    assert steps == ["database", "delete", "delete", "database"]
