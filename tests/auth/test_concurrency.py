"""Concurrent requests, with real commits: each test uses unique users, and nothing is rolled back."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from support.fakes.openid_provider import OpenIdProvider, person
from support.fakes.single_sign_on import door_to
from support.worlds.auth_world import INTERNAL, PASSWORD, Given, app_with, bearer, client_of
from support.worlds.oauth_tool import Tool, register

from auth.db.stores import Stores
from auth.resources import AuthResources
from shared.clients.auth import AuthClient
from shared.db.engine import transaction
from shared.errors import Unauthenticated
from shared.principals import PrincipalCache
from shared.schemas.principal import Level


@pytest.fixture
async def given(committing: AuthResources) -> AsyncIterator[Given]:
    async with client_of(app_with(committing)) as client:
        yield Given(committing, client)


async def test_a_one_time_code_presented_concurrently_works_once(given: Given, unique: str) -> None:
    caller = await given.caller(unique)
    code = (await given.client.get("/api/code", headers=caller)).json()["code"]
    form = {"refresh_token": code}
    answers = await asyncio.gather(*(given.client.post("/api/token", data=form) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_parallel_refreshes_share_their_session(given: Given, unique: str) -> None:
    grant = await given.grant(await given.caller(unique))
    form = {"refresh_token": grant["refresh_token"]}
    answers = await asyncio.gather(*(given.client.post("/api/token", data=form) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 8
    await given.client.post("/api/logout", headers=bearer(answers[0].json()["access_token"]))
    after = [
        (await given.client.get("/api/me", headers=bearer(answer.json()["access_token"]))).status_code
        for answer in answers
    ]
    assert set(after) == {401}


async def test_parallel_failed_logins_are_all_counted(given: Given, unique: str) -> None:
    await given.user(unique)
    wrong = {"username": unique, "password": "wrong"}
    answers = await asyncio.gather(*(given.client.post("/api/login", json=wrong) for _ in range(16)))
    assert sorted(answer.status_code for answer in answers) == [401] * 10 + [429] * 6
    await given.sql("DELETE FROM auth.attempt")


async def test_two_users_cannot_take_one_name(given: Given, unique: str) -> None:
    admin = await given.admin()
    new = {"name": unique, "email": f"{unique}@example.com"}
    posts = [given.client.post("/api/v1/admin/users", headers=admin, json=new) for _ in range(4)]
    assert sorted([answer.status_code for answer in await asyncio.gather(*posts)]) == [201, 409, 409, 409]


async def test_concurrent_changes_of_roles_leave_one_of_them(given: Given, unique: str) -> None:
    admin = await given.admin()
    await given.user(unique)
    path = f"/api/v1/admin/users/{unique}/roles"
    bodies = [{"roles": ["ReadAll"]}, {"roles": ["ReadWriteAll", "ReadAll"]}, {"roles": []}] * 3
    answers = await asyncio.gather(*(given.client.put(path, headers=admin, json=body) for body in bodies))
    assert {answer.status_code for answer in answers} == {200}


async def test_a_person_who_is_given_several_buckets_at_once_has_them_all(given: Given, unique: str) -> None:
    admin = await given.admin()
    await given.user(unique)
    buckets = [f"{unique}-{number}" for number in range(5)]
    path = f"/api/v1/admin/users/{unique}"
    gifts = [given.client.put(f"{path}/access/{bucket}", headers=admin, json={"level": "READ"}) for bucket in buckets]
    switches = [given.client.put(f"{path}/roles", headers=admin, json={"roles": ["ReadAll"]}) for _ in range(3)]
    answers = await asyncio.gather(*gifts, *switches)
    assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
    role = (await given.client.get(f"/api/v1/admin/roles/Only {unique}", headers=admin)).json()
    assert role["permissions"].keys() >= {*buckets}


async def test_a_poller_misses_no_revocation(given: Given) -> None:
    """Writers commit in another order than they began; numbers that a poller has read are final."""
    count = 40

    async def write(number: int) -> None:
        async with transaction(given.resources.sessions) as session:
            await Stores(session).roles.any()
            await asyncio.sleep((number * 7 % 10) / 1000)
            await Stores(session).revocations.add(f"user:{number}")
            await asyncio.sleep((number * 3 % 10) / 1000)

    seen: list[str] = []
    since = (await given.client.get("/internal/revocations", headers=INTERNAL)).json()["seq"]
    writing = asyncio.gather(*map(write, range(count)))
    async with asyncio.timeout(20):
        while len(seen) < count:
            params = {"since": since}
            news = (await given.client.get("/internal/revocations", headers=INTERNAL, params=params)).json()
            assert [event["seq"] for event in news["events"]] == list(range(since + 1, news["seq"] + 1))
            seen += [event["subject"] for event in news["events"]]
            since = news["seq"]
    await writing
    assert sorted(seen) == sorted(f"user:{number}" for number in range(count))


async def test_another_services_cache_follows_changes_and_revocations(given: Given, unique: str) -> None:
    """`PrincipalCache` against the real service, while permissions and sessions change."""
    admin = await given.admin()
    await given.role(unique, {"b-1": Level.READ})
    caller = await given.caller(unique, roles=[unique])
    token = caller["Authorization"].removeprefix("Bearer ")
    transport = httpx.ASGITransport(app_with(given.resources))
    async with httpx.AsyncClient(transport=transport, base_url="http://auth.test", headers=INTERNAL) as http:
        cache = PrincipalCache(AuthClient(http), issuer="http://registry.test")
        assert (await cache.principal(token)).permissions == {"b-1": Level.READ}
        await given.permit(admin, unique, {"b-2": Level.READ_WRITE})
        await cache.poll()
        assert (await cache.principal(token)).permissions == {"b-2": Level.READ_WRITE}
        await given.client.post("/api/logout", headers=caller)
        assert (await cache.principal(token)).name == unique
        await cache.poll()
        with pytest.raises(Unauthenticated):
            await cache.principal(token)
        with pytest.raises(Unauthenticated):
            await cache.principal("nonsense")


async def test_a_flood_of_logins_leaves_room_for_others(given: Given, unique: str) -> None:
    """Logins that wait for a slot of the hasher hold no database connection."""
    await given.user(unique)
    caller = bearer(await given.token(unique))
    right = {"username": unique, "password": PASSWORD}
    flood = asyncio.gather(*(given.client.post("/api/login", json=right) for _ in range(40)))
    others = await asyncio.gather(*(given.client.get("/api/me", headers=caller) for _ in range(10)))
    assert {answer.status_code for answer in others} == {200}
    assert {answer.status_code for answer in await flood} == {200}


async def test_a_tool_code_presented_concurrently_starts_one_session_which_is_ended(given: Given, unique: str) -> None:
    tool = Tool(given.client, (await register(given.client)).json()["client_id"])
    code = await tool.code(await given.caller(unique))
    answers = await asyncio.gather(*(tool.exchange(code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    (served,) = [answer.json() for answer in answers if answer.status_code == 200]
    assert (await given.client.get("/api/me", headers=bearer(served["access_token"]))).status_code == 401
    await given.sql("DELETE FROM auth.attempt")


async def test_a_person_who_signs_in_twice_at_once_gets_one_account(given: Given, unique: str) -> None:
    idp = OpenIdProvider(person=person(unique))
    async with door_to(given, idp) as door:
        codes = [(await door.popup())["code"] for _ in range(4)]
        logins = [{"provider": "idp", "code": code} for code in codes]
        answers = await asyncio.gather(*(door.client.post("/api/login", json=login) for login in logins))
        assert [answer.status_code for answer in answers] == [200] * 4
    assert await given.matches("user", f"name LIKE '{unique}%'") == 1
    assert await given.matches("identity", f"subject = 'subject of {unique}'") == 1
