"""Races that a lock or a conditional statement decides: one request overtakes another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from support.fakes.openid_provider import OpenIdProvider, person
from support.fakes.single_sign_on import door_to
from support.worlds.auth_world import PASSWORD, Given, app_with, bearer, client_of
from typing_extensions import override

from auth.db.stores import Stores
from auth.passwords import Hasher
from auth.resources import AuthResources
from auth.tokens import digest
from shared.aws.clients import Credentials
from shared.aws.probes import ProbeResult
from shared.db.engine import transaction
from shared.errors import Unavailable
from shared.schemas.principal import Level
from shared.testing.credentials import FakeProber

USERS = "/api/v1/admin/users"
NEW = "another battery horse"
Headers = dict[str, str]


@pytest.fixture
async def given(committing: AuthResources) -> AsyncIterator[Given]:
    async with client_of(app_with(committing)) as client:
        given = Given(committing, client)
        yield given
        await given.sql("DELETE FROM auth.attempt")


@pytest.fixture
async def admin(given: Given) -> Headers:
    return await given.admin()


async def met(given: Given, task: asyncio.Task[httpx.Response]) -> None:
    """Wait until the task is done, or waits for a lock of the database."""
    async with asyncio.timeout(20):
        while not task.done():
            if await given.is_lock_awaited():
                return
            await asyncio.sleep(0.01)


def asked(request: Awaitable[httpx.Response]) -> asyncio.Task[httpx.Response]:
    return asyncio.ensure_future(request)


class Overtaken(Hasher):
    """Calls `interfere` while it verifies a password."""

    def __init__(self, interfere: Callable[[], Awaitable[httpx.Response]]) -> None:
        super().__init__(time_cost=1, memory_kib=8)
        self._interfere = interfere

    @override
    async def verify(self, hashed: str | None, password: str, *, as_legacy: bool = False) -> bool:
        matches = await super().verify(hashed, password, as_legacy=as_legacy)
        async with asyncio.timeout(20):
            assert (await self._interfere()).status_code == 200
        return matches


Stop = tuple[str, str, Headers | None]
NEW_PASSWORD: Stop = ("PUT", "/password", {"password": NEW})
DISABLED: Stop = ("POST", "/disable", None)


@pytest.mark.parametrize("stop", [NEW_PASSWORD, DISABLED])
@pytest.mark.parametrize("is_outdated", [False, True])
async def test_a_sign_in_fails_if_the_account_changes_during_verification(
    given: Given, admin: Headers, unique: str, stop: Stop, *, is_outdated: bool
) -> None:
    user = await given.user(unique)
    if is_outdated:
        old = Hasher(time_cost=2, memory_kib=16)
        async with transaction(given.resources.sessions) as session:
            await Stores(session).users.set_password(user.id, await old.hash(PASSWORD))
        old.close()
    method, path, body = stop
    hasher = Overtaken(lambda: given.client.request(method, f"{USERS}/{unique}{path}", headers=admin, json=body))
    async with client_of(app_with(replace(given.resources, hasher=hasher))) as client:
        answer = await client.post("/api/login", json={"username": unique, "password": PASSWORD})
    assert answer.status_code == 401
    assert await given.matches("session", f"user_id = '{user.id}'") == 0
    again = [
        (await given.client.post("/api/login", json={"username": unique, "password": each})).status_code
        for each in (PASSWORD, NEW)
    ]
    assert again == [401, 200 if stop is NEW_PASSWORD else 401]
    hasher.close()


async def test_a_password_change_fails_if_an_administrator_set_another_one_during_it(
    given: Given, admin: Headers, unique: str
) -> None:
    caller = await given.caller(unique)
    hasher = Overtaken(lambda: given.client.put(f"{USERS}/{unique}/password", headers=admin, json={"password": NEW}))
    async with client_of(app_with(replace(given.resources, hasher=hasher))) as client:
        change = {"current": PASSWORD, "password": "a thief's battery horse"}
        answer = await client.put("/api/v1/accounts/password", headers=caller, json=change)
    assert answer.json()["title"] == "The current password is not correct"
    assert await given.token(unique, NEW)
    hasher.close()


async def test_ending_all_sessions_also_ends_sessions_that_are_being_started(given: Given, unique: str) -> None:
    user = await given.user(unique)
    thief, owner = bearer(await given.token(unique)), bearer(await given.token(unique))
    shown_in = next(
        each["id"]
        for each in (await given.client.get("/api/v1/sessions", headers=thief)).json()["items"]
        if each["is_current"]
    )

    async def start(stores: Stores) -> bool:
        until = datetime.now(UTC) + timedelta(days=1)
        started = await stores.sessions.add(
            user.id, until, is_browser=False, address="", user_agent="", because_of=shown_in
        )
        return started is not None

    async with transaction(given.resources.sessions) as session:
        assert await start(Stores(session))
        ending = asked(given.client.delete("/api/v1/sessions", headers=owner))
        await met(given, ending)
    assert (await ending).status_code == 204
    assert await given.matches("session", f"user_id = '{user.id}' AND revoked_at IS NULL") == 1
    async with transaction(given.resources.sessions) as session:
        assert not await start(Stores(session))


async def test_the_default_role_cannot_be_deleted_while_a_user_is_given_it(
    given: Given, admin: Headers, unique: str
) -> None:
    await given.role(unique, {"b-1": Level.READ})

    async def choose(role: str) -> None:
        path = "/api/v1/admin/default-role"
        assert (await given.client.put(path, headers=admin, json={"role": role})).status_code == 200

    await choose(unique)
    async with transaction(given.resources.sessions) as session:
        users, roles = Stores(session).users, Stores(session).roles
        role = await roles.find_default_id()
        await choose("ReadAll")
        deleting = asked(given.client.delete(f"/api/v1/admin/roles/{unique}", headers=admin))
        await met(given, deleting)
        user_id = await users.add(name=unique, email=f"{unique}@example.com", password=None, is_admin=False)
        assert role
        await users.set_roles(user_id, [role], role)
    assert (await deleting).status_code == 409


async def test_setting_roles_of_a_user_who_is_being_deleted_is_not_found(
    given: Given, admin: Headers, unique: str
) -> None:
    user = await given.user(unique)
    async with transaction(given.resources.sessions) as session:
        await Stores(session).users.remove(user.id)
        path = f"{USERS}/{unique}/roles"
        giving = asked(given.client.put(path, headers=admin, json={"roles": ["ReadWriteAll"]}))
        await met(given, giving)
    assert (await giving).status_code == 404


async def test_deleting_a_user_who_renews_a_session_does_not_deadlock(
    given: Given, admin: Headers, unique: str
) -> None:
    """Both lock the token before the session, so neither is cancelled for the other."""
    token = (await given.grant(await given.caller(unique)))["refresh_token"]
    async with transaction(given.resources.sessions) as session:
        stores = Stores(session)
        known = await stores.grants.lock_refresh_token(digest(token))
        assert known
        deleting = asked(given.client.delete(f"{USERS}/{unique}", headers=admin))
        await met(given, deleting)
        await stores.sessions.extend(known.session_id, datetime.now(UTC) + timedelta(days=1), max_life=None)
        await stores.grants.add_refresh_token(uuid4().bytes, known.session_id)
    assert (await deleting).status_code == 200


async def test_a_sign_in_that_changes_rights_locks_the_revocation_feed_last(
    given: Given, admin: Headers, unique: str
) -> None:
    """A concurrent change of the same user does not deadlock with the sign-in."""
    text = 'version: "1.0"\ndefault_role: ReadAll\nmappings:\n  - schema: {}\n    roles: [%s]\n'
    idp = OpenIdProvider(person=person(unique))
    async with door_to(given, idp) as door:

        async def sign_in() -> httpx.Response:
            code = (await door.popup())["code"]
            return await door.client.post("/api/login", json={"provider": "idp", "code": code})

        me = await given.client.get("/api/me", headers=bearer((await sign_in()).json()["token"]))
        user = (await given.client.get(f"{USERS}/{me.json()['current_user']}", headers=admin)).json()
        config = "/api/v1/admin/sso-config"
        await given.client.put(config, headers=admin, json={"text": text % "ReadWriteAll"})
        async with transaction(given.resources.sessions) as session:
            stores = Stores(session)
            await stores.users.set_password(user["id"], None)
            signing_in = asked(sign_in())
            await met(given, signing_in)
            await stores.revocations.add(f"user:{user['id']}")
        assert (await signing_in).status_code == 200
        await given.client.delete(config, headers=admin)


class Barrier(FakeProber):
    """A prober whose probes wait until `parties` of them run."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self._all = asyncio.Barrier(parties)

    @override
    async def probe(self, credentials: Credentials, bucket: str) -> ProbeResult:
        await self._all.wait()
        return ProbeResult(can_read=True, can_write=False)


async def test_concurrent_checks_of_a_role_succeed(given: Given, admin: Headers, unique: str) -> None:
    arn = f"arn:aws:iam::123456789012:role/{unique}"
    await given.client.post("/api/v1/admin/roles", headers=admin, json={"name": unique, "arn": arn})
    async with client_of(app_with(replace(given.resources, prober=Barrier(4)))) as client:
        path = f"/api/v1/admin/roles/{unique}/check"
        answers = await asyncio.gather(*(client.post(path, headers=admin) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4


async def test_concurrent_requests_for_mails_keep_to_the_limit(given: Given, unique: str) -> None:
    asking = {"email": f"{unique}@example.com"}
    path = "/api/v1/accounts/reset"
    answers = await asyncio.gather(*(given.client.post(path, json=asking) for _ in range(9)))
    assert sorted(answer.status_code for answer in answers) == [202] * 5 + [429] * 4


async def test_a_reference_to_a_missing_row_is_unavailable(given: Given) -> None:
    with pytest.raises(Unavailable, match="nothing was changed"):
        async with transaction(given.resources.sessions) as session:
            await Stores(session).grants.add_code(uuid4().bytes, uuid4(), datetime.now(UTC))
