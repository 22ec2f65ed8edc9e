"""Answers to changes of rights, which wait until the services that cache rights have read the change."""

import ast
import asyncio
import hashlib
import hmac
import inspect
import re
import struct
import sys
import time
from base64 import b32decode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from support.fakes.openid_provider import OpenIdProvider, person
from support.fakes.single_sign_on import door_to
from support.worlds.auth_world import INTERNAL, PASSWORD, Given, app_with, bearer, client_of, code_in
from support.worlds.oauth_tool import Tool, register

import auth
from auth.main import create_app
from auth.resources import AuthResources
from auth.revocation_signal import RevocationSignal
from auth.routes.middleware import RevocationBarrier
from auth.services.revocation_feed import RevocationFeedService
from shared.aws.probes import ProbeResult
from shared.clients.auth import AuthClient
from shared.errors import Unauthenticated
from shared.principals import PrincipalCache
from shared.runtime import supervised
from shared.schemas.principal import Level
from shared.testing.credentials import FakeProber
from shared.testing.servers import until

USERS, ROLES, POLICIES = "/api/v1/admin/users", "/api/v1/admin/roles", "/api/v1/admin/policies"
SOURCES = Path(inspect.getfile(auth)).parent
Headers = dict[str, str]
Walked = Awaitable[httpx.Response]


@asynccontextmanager
async def replica_of(resources: AuthResources) -> AsyncIterator[Given]:
    """Another process of `auth` on the same database."""
    own = replace(resources, revocation_signal=RevocationSignal())
    url = own.settings.database.url.get_secret_value()
    async with client_of(app_with(own)) as client, supervised(partial(own.revocation_signal.listen, url)):
        await until(lambda: own.revocation_signal.is_listening)
        yield Given(own, client)


@asynccontextmanager
async def service_at(given: Given) -> AsyncIterator[PrincipalCache]:
    """The cache of a service that follows the feed of this replica."""
    given.client.headers = httpx.Headers()
    transport = httpx.ASGITransport(app_with(given.resources))
    async with httpx.AsyncClient(transport=transport, base_url="http://auth.test", headers=INTERNAL) as peer:
        cache = PrincipalCache(AuthClient(peer), issuer=given.resources.settings.issuer)
        async with supervised(cache.follow):
            await until(lambda: cache.seq is not None)
            yield cache


@pytest.fixture
async def given(committing: AuthResources) -> AsyncIterator[Given]:
    async with replica_of(committing) as given:
        yield given
        await given.sql("DELETE FROM auth.attempt")


@pytest.fixture
async def service(given: Given) -> AsyncIterator[PrincipalCache]:
    async with service_at(given) as service:
        yield service


async def head(given: Given) -> int:
    return int((await given.client.get("/internal/revocations", headers=INTERNAL)).json()["seq"])


def token_of(headers: Headers) -> str:
    return headers["Authorization"].removeprefix("Bearer ")


async def test_a_token_is_refused_by_a_service_once_its_sign_out_is_answered(
    given: Given, service: PrincipalCache, unique: str
) -> None:
    await given.user(unique)
    for _ in range(20):
        token = await given.token(unique)
        await service.principal(token)
        assert (await given.client.post("/api/logout", headers=bearer(token))).status_code == 200
        with pytest.raises(Unauthenticated):
            await service.principal(token)


async def test_a_sign_out_at_one_replica_waits_for_services_at_another(
    given: Given, committing: AuthResources, unique: str
) -> None:
    await given.user(unique)
    async with replica_of(committing) as other, service_at(other) as service:
        for _ in range(10):
            token = await given.token(unique)
            await service.principal(token)
            assert (await given.client.post("/api/logout", headers=bearer(token))).status_code == 200
            with pytest.raises(Unauthenticated):
                await service.principal(token)


@pytest.fixture
async def silent(given: Given) -> AsyncIterator[str]:
    """A listener that never reads further."""
    listener = str(uuid4())
    params: dict[str, Any] = {"since": await head(given), "listener": listener}
    await given.client.get("/internal/revocations", headers=INTERNAL, params=params)
    yield listener
    await given.client.delete(f"/internal/revocations/listeners/{listener}", headers=INTERNAL)


@pytest.mark.usefixtures("silent")
async def test_a_sign_out_is_answered_although_a_service_reads_nothing(given: Given, unique: str) -> None:
    assert (await given.client.post("/api/logout", headers=await given.caller(unique))).status_code == 200


async def test_a_sign_out_waits_until_a_service_has_read_it_or_has_stopped(
    given: Given, silent: str, unique: str
) -> None:
    await given.user(unique)
    seq = await head(given)
    read: dict[str, Any] = {"since": seq + 1, "listener": silent}
    for method, path, params in [
        ("GET", "/internal/revocations", read),
        ("DELETE", f"/internal/revocations/listeners/{silent}", {}),
    ]:
        token = await given.token(unique)
        before = await head(given)
        ending = asyncio.ensure_future(given.client.post("/api/logout", headers=bearer(token)))
        async with asyncio.timeout(20):
            while await head(given) == before:
                pass
        assert not ending.done()
        await given.client.request(method, path, params=params, headers=INTERNAL)
        assert (await ending).status_code == 200


@pytest.mark.usefixtures("silent")
async def test_a_listener_that_was_not_seen_lately_is_not_waited_for(given: Given, unique: str) -> None:
    caller = await given.caller(unique)
    await given.sql("UPDATE auth.revocation_listener SET seen_at = now() - interval '11 seconds'")
    feed = RevocationFeedService(given.resources)
    await given.client.post("/api/logout", headers=caller)
    async with asyncio.timeout(0.9):
        await feed.wait_for_listeners(await head(given))
    await given.sql("UPDATE auth.revocation_listener SET seen_at = now() - interval '1 day'")
    await given.prune()
    assert await given.count("revocation_listener") == 0


async def test_a_waiting_reading_is_answered_by_the_first_revocation(given: Given, unique: str) -> None:
    caller = await given.caller(unique)
    seq = await head(given)
    params = {"since": seq, "wait": 30}
    reading = asyncio.ensure_future(given.client.get("/internal/revocations", headers=INTERNAL, params=params))
    await given.client.post("/api/logout", headers=caller)
    news = (await reading).json()
    assert (news["seq"], news["waits"], [event["seq"] for event in news["events"]]) == (seq + 1, True, [seq + 1])


async def test_a_reading_without_news_is_answered_after_its_time(given: Given) -> None:
    params = {"since": await head(given), "wait": 0.05}
    answer = await given.client.get("/internal/revocations", headers=INTERNAL, params=params)
    assert answer.json() == {"events": [], "seq": params["since"], "reset": False, "waits": True}


@pytest.mark.parametrize("wrong", [{"wait": -1}, {"wait": 31}, {"wait": "nan"}, {"wait": "x"}, {"listener": "x"}])
async def test_invalid_waits_and_listeners_are_refused(client: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    answer = await client.get("/internal/revocations", headers=INTERNAL, params=wrong)
    assert answer.status_code == 422


async def test_waiting_readings_hold_no_connection_and_end_when_the_process_stops(given: Given) -> None:
    params = {"since": await head(given), "wait": 30}
    count = 50
    readings = [
        asyncio.ensure_future(
            given.client.get("/internal/revocations", headers=INTERNAL, params={**params, "listener": str(uuid4())})
        )
        for _ in range(count)
    ]
    async with asyncio.timeout(20):
        while await given.count("revocation_listener") < count:
            pass
    in_use: Callable[[], int] = given.resources.engine.pool.checkedout  # type: ignore[attr-defined]
    await until(lambda: in_use() == 0)
    assert not any(reading.done() for reading in readings)
    given.resources.revocation_signal.stop()
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*readings)
    assert [(answer.status_code, "waits" in answer.json()) for answer in answers] == [(200, False)] * count
    await given.sql("DELETE FROM auth.revocation_listener")


async def test_revocations_are_noticed_after_the_listening_connection_was_lost(
    given: Given, committing: AuthResources, unique: str
) -> None:
    caller = await given.caller(unique)
    signal = given.resources.revocation_signal
    params = {"since": await head(given), "wait": 30}
    reading = asyncio.ensure_future(given.client.get("/internal/revocations", headers=INTERNAL, params=params))
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'auth signal'"
    await given.sql(ending)
    await until(lambda: not signal.is_listening)
    async with client_of(app_with(replace(committing, revocation_signal=RevocationSignal()))) as other:
        await other.post("/api/logout", headers=caller)
    assert (await reading).json()["seq"] == params["since"] + 1
    await until(lambda: signal.is_listening)


async def test_a_listening_connection_that_cannot_be_opened_is_tried_again(given: Given) -> None:
    signal = RevocationSignal()
    async with supervised(partial(signal.listen, "postgresql+asyncpg://nobody@127.0.0.1:1/none")):
        for _ in range(100):
            await asyncio.sleep(0)
        assert not signal.is_listening
    with pytest.raises((OSError, asyncpg.PostgresError)):
        await asyncpg.connect("postgresql://nobody@127.0.0.1:1/none")
    assert given.resources.revocation_signal.is_listening


# The walk: all places that write to the feed.


def places() -> set[tuple[str, int]]:
    """The files and lines in which a service writes to the feed."""
    found = set()
    for path in SOURCES.rglob("*.py"):
        if path.name == "main.py":
            continue  # at the start of a process nobody waits for an answer
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("stores.revocations.add"):
                found.add((str(path), node.lineno))
    return found


@contextmanager
def watched(lines: set[tuple[str, int]]) -> Iterator[set[tuple[str, int]]]:
    """The lines that have run, of these."""
    files = {file for file, _ in lines}
    seen: set[tuple[str, int]] = set()

    def within(frame: FrameType, event: str, _: object) -> Any:
        if event == "line":
            seen.add((frame.f_code.co_filename, frame.f_lineno))
        return within

    before = sys.gettrace()
    sys.settrace(lambda frame, _, __: within if frame.f_code.co_filename in files else None)
    try:
        yield seen
    finally:
        sys.settrace(before)
        seen &= lines


def one_time_code(secret: str) -> str:
    """The present code of an authenticator app (RFC 6238)."""
    step = struct.pack(">Q", int(time.time()) // 30)
    digest = hmac.digest(b32decode(secret), step, hashlib.sha1)
    offset = digest[-1] & 15
    return f"{(struct.unpack_from('>I', digest, offset)[0] & 0x7FFFFFFF) % 1_000_000:06}"


@dataclass
class Walk:
    """Makes one change after another, each of which must be known to the service when it is answered."""

    given: Given
    service: PrincipalCache
    admin: Headers
    name: str

    async def change(self, method: str, path: str, headers: Headers | None = None, **how: Any) -> httpx.Response:
        client: httpx.AsyncClient = how.pop("client", self.given.client)
        return await self.known(client.request(method, path, headers=self.admin if headers is None else headers, **how))

    async def known(self, request: Awaitable[httpx.Response]) -> httpx.Response:
        before = await head(self.given)
        answer = await request
        read = self.service.seq
        assert answer.status_code < 400, answer.text
        now = await head(self.given)
        assert now > before, f"{answer.request.url} wrote nothing to the feed"
        assert read == now, f"{answer.request.url} was answered before the service knew of it"
        return answer

    async def caller(self) -> Headers:
        return bearer(await self.given.token(self.name))

    async def session_id(self, headers: Headers) -> str:
        items = (await self.given.client.get("/api/v1/sessions", headers=headers)).json()["items"]
        return next(str(each["id"]) for each in items if each["is_current"])


async def end_sessions(walk: Walk) -> None:
    client, name = walk.given.client, walk.name
    await walk.change("POST", "/api/logout", await walk.caller())
    ended = await walk.caller()
    await walk.change("DELETE", f"/api/v1/sessions/{await walk.session_id(ended)}", ended)
    await walk.change("DELETE", "/api/v1/sessions", await walk.caller())
    ended = await walk.caller()
    await walk.change("DELETE", f"{USERS}/{name}/sessions/{await walk.session_id(ended)}")
    await walk.change("DELETE", f"{USERS}/{name}/sessions")
    await client.post("/api/v1/session", json={"username": name, "password": PASSWORD})
    await walk.change("DELETE", "/api/v1/session", {})
    tool = Tool(client, (await register(client)).json()["client_id"])
    grant = await tool.connect(await walk.caller())
    form = {"token": grant["refresh_token"], "client_id": tool.client_id}
    await walk.change("POST", "/auth/revoke", {}, data=form)


async def change_passwords_and_rights(walk: Walk) -> None:
    client, name = walk.given.client, walk.name
    change = {"current": PASSWORD, "password": "another battery horse"}
    await walk.change("PUT", "/api/v1/accounts/password", await walk.caller(), json=change)
    await client.post("/api/v1/accounts/reset", json={"email": f"{name}@example.com"})
    mails = [mail for mail in await walk.given.mails() if "reset" in mail.as_string().lower()]
    link = {"link": code_in(mails[-1]), "password": PASSWORD}
    await walk.change("POST", "/api/v1/accounts/password", {}, json=link)
    await walk.change("PUT", f"{USERS}/{name}/password", json={"password": PASSWORD})
    await walk.change("PUT", f"{USERS}/{name}/roles", json={"roles": ["ReadAll", "ReadWriteAll"]})
    await walk.change("PATCH", f"{USERS}/{name}/roles", json={"remove": ["ReadWriteAll"]})
    await walk.change("PATCH", f"{USERS}/{name}/roles", json={"add": ["ReadWriteAll"]})
    for bucket in ("made", "extended"):
        await walk.change("PUT", f"{USERS}/{name}/access/{bucket}", json={"level": "READ"})
    switch = {"role": "ReadWriteAll"}
    await walk.change("PUT", "/api/v1/accounts/me/role", await walk.caller(), json=switch)
    await walk.change("PATCH", f"{USERS}/{name}", json={"is_admin": True})
    await walk.change("POST", f"{USERS}/{name}/disable")
    await client.post(f"{USERS}/{name}/enable", headers=walk.admin)


async def change_second_factors(walk: Walk) -> None:
    mine = "/api/v1/accounts/me/second-factor"
    caller = await walk.caller()
    for is_own in (True, False):
        begun = await walk.given.client.post(mine, headers=caller, json={"password": PASSWORD})
        confirmed = {"code": one_time_code(begun.json()["secret"])}
        codes = (await walk.change("POST", f"{mine}/confirm", caller, json=confirmed)).json()["codes"]
        if is_own:
            await walk.change("POST", f"{mine}/remove", caller, json={"code": codes[0]})
        else:
            await walk.change("DELETE", f"{USERS}/{walk.name}/second-factor")


async def revoke_keys(walk: Walk) -> None:
    client, caller = walk.given.client, await walk.caller()

    async def new_key() -> tuple[str, str]:
        made = (await client.post("/api/v1/keys", headers=caller, json={"name": "k", "expires_in_days": 1})).json()
        return made["api_key"]["id"], made["secret"]

    await walk.change("DELETE", f"/api/v1/keys/{(await new_key())[0]}", caller)
    await walk.change("POST", "/api/v1/keys/revoke-leaked", {}, json={"secret": (await new_key())[1]})
    user = (await client.get("/api/v1/accounts/me", headers=caller)).json()["id"]
    await walk.change("DELETE", f"/internal/users/{user}/keys/{(await new_key())[0]}", INTERNAL)
    key_pairs = f"/api/v1/keys/{(await new_key())[0]}/s3"
    made = (await client.post(key_pairs, headers=caller, json={})).json()
    await walk.change("DELETE", f"{key_pairs}/{made['access_key_id']}", caller)


async def change_roles_and_policies(walk: Walk) -> None:
    client, name = walk.given.client, walk.name
    await walk.given.role(name, {"b-1": Level.READ})
    role = (await client.get(f"{ROLES}/{name}", headers=walk.admin)).json()
    policy = role["policies"][0]
    body = {"title": policy["title"], "permissions": {"b-1": "READ_WRITE"}}
    await walk.change("PUT", f"{POLICIES}/{policy['id']}", json=body)
    await walk.change("PUT", f"{ROLES}/{name}", json={"name": name, "policies": []})
    await walk.change("DELETE", f"{ROLES}/{name}")
    arn = f"arn:aws:iam::123456789012:role/{name}"
    await client.post(ROLES, headers=walk.admin, json={"name": name, "arn": arn})
    prober = walk.given.resources.prober
    assert isinstance(prober, FakeProber)
    prober.found = {"wine": ProbeResult(can_read=True, can_write=True)}
    await walk.change("POST", f"{ROLES}/{name}/check")
    await walk.change("DELETE", f"{ROLES}/{name}")


async def sign_in_with_providers(walk: Walk) -> None:
    idp, config = OpenIdProvider(), "/api/v1/admin/sso-config"
    text = '{"version": "1.0", "default_role": "ReadAll", "mappings": [{"schema": {"required": ["lab"]}, "roles": ["ReadWriteAll"]}]}'
    async with door_to(walk.given, idp, provider={"id_tokens": True}) as door:
        try:
            assert (await door.client.put(config, headers=walk.admin, json={"text": text})).status_code == 200
            idp.person = person(f"{walk.name}x", sub=walk.name)
            await door.sign_in()
            idp.person = person(f"{walk.name}x", sub=walk.name, lab=1)
            address = await door.visit(await door.begin())
            await walk.known(door.come_back(address))
            idp.person = person(f"{walk.name}y", sub=f"{walk.name}y", lab=1)
            sign_up = {"provider": "idp", "token": idp.id_token(), "username": f"{walk.name}y"}
            await walk.change("POST", "/api/register", {}, json=sign_up, client=door.client)
        finally:
            await door.client.delete(config, headers=walk.admin)


async def remove_the_user(walk: Walk) -> None:
    await walk.change("DELETE", f"{USERS}/{walk.name}")


async def test_every_change_of_rights_is_known_to_services_when_it_is_answered(
    given: Given, service: PrincipalCache, unique: str
) -> None:
    await given.user(unique)
    walk = Walk(given, service, await given.admin(), unique)
    with watched(places()) as seen:
        for part in (
            end_sessions,
            change_passwords_and_rights,
            change_second_factors,
            revoke_keys,
            change_roles_and_policies,
            sign_in_with_providers,
            remove_the_user,
        ):
            await part(walk)
    missing = {f"{Path(file).relative_to(SOURCES)}:{line}" for file, line in places() - seen}
    assert not missing, f"no request of the walk writes to the feed at {sorted(missing)}"


def test_nothing_else_writes_to_the_feed() -> None:
    writers = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if re.search(r"Revocation(Feed)?Row\b", path.read_text())
    }
    assert writers == {"db/tables.py", "db/revocations.py"}


def test_all_routes_are_behind_the_barrier_of_revocations(committing: AuthResources) -> None:
    outermost = create_app(committing.settings).user_middleware[0]
    assert outermost.cls is RevocationBarrier  # type: ignore[comparison-overlap]
