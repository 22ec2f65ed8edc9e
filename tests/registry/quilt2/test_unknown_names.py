"""Answers do not tell who has an account, or owns a package that the caller may not see."""

import pytest
from fastapi import FastAPI
from support.faults.unknown_names import answer_without_name, routes_that_name_people
from support.worlds.quilt2_world import Quilt2World, group, root

CONTENTS = root(foo=group())
KNOWN, UNKNOWN = "bob", "nob"


@pytest.fixture
async def made(registry: Quilt2World) -> str:
    await registry.get(KNOWN, "profile")
    await registry.pushed(CONTENTS, who=KNOWN, name=f"{KNOWN}/wine")
    return await registry.pushed(CONTENTS)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize("who", ["amy", None], ids=["another user", "nobody who has signed in"])
async def test_no_route_tells_who_has_an_account(registry: Quilt2World, app: FastAPI, who: str | None) -> None:
    walked = list(routes_that_name_people(app))
    assert len(walked) > 40, "the walk is broken"
    headers = registry.of(who)
    for route in walked:
        _, path = route
        own = {"{owner}": "amy", "{name}": "wine"} if "{user}" in path and "{owner}" in path else {}
        values = own or ({"{name}": "wine"} if "{owner}" in path else {})
        known, unknown = [
            await answer_without_name(registry.http, route, name, headers, values) for name in (KNOWN, UNKNOWN)
        ]
        assert known == unknown, route


async def shared(registry: Quilt2World) -> list[str]:
    users: list[str] = (await registry.get("amy", "access/amy/wine/"))["users"]
    return users


@pytest.mark.usefixtures("made")
async def test_sharing_answers_the_same_for_users_and_for_names_without_an_account(registry: Quilt2World) -> None:
    for name in (KNOWN, UNKNOWN):
        where = f"access/amy/wine/{name}"
        missing = (404, "Package amy/wine does not exist")
        assert await registry.status("amy", "GET", where) == missing
        assert await registry.status("amy", "DELETE", where) == missing
        assert (await registry.ask("amy", "PUT", where)).json() == {}
        assert await registry.status("amy", "PUT", where) == (409, "The user already has access")
        assert (await registry.ask("amy", "GET", where)).json() == {}
    assert await shared(registry) == ["amy", KNOWN, UNKNOWN]
    assert (await registry.get(KNOWN, "access/amy/wine/"))["users"] == ["amy", KNOWN, UNKNOWN]
    for name in (KNOWN, UNKNOWN):
        assert (await registry.ask("amy", "DELETE", f"access/amy/wine/{name}")).json() == {}
    assert await shared(registry) == ["amy"]


async def test_a_name_without_an_account_gives_no_access_to_whoever_takes_it_later(
    registry: Quilt2World, made: str
) -> None:
    where, instance = f"access/amy/wine/{UNKNOWN}", f"package/amy/wine/{made}"
    assert await registry.status("amy", "PUT", where) == (200, "")
    profile = await registry.get(UNKNOWN, "profile")  # the account is there now
    assert profile["packages"]["shared"] == []
    assert (await registry.ask(UNKNOWN, "GET", instance)).status_code == 404
    assert await registry.status("amy", "PUT", where) == (409, "The user already has access")
    for method, status in (("DELETE", 404), ("PUT", 200), ("DELETE", 404)):
        assert (await registry.ask("amy", method, where)).json() == {}
        assert (await registry.ask(UNKNOWN, "GET", instance)).status_code == status
    assert await shared(registry) == ["amy"]
