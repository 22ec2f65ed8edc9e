"""Second factors: codes of an authenticator app besides the password, and recovery codes instead of them."""

import asyncio
import hashlib
import hmac
import re
import struct
from base64 import b32decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from support.fakes.openid_provider import OpenIdProvider, person
from support.fakes.single_sign_on import door_to
from support.worlds.auth_world import PASSWORD, Given, app_with, bearer, client_of, settings_for, text_of
from support.worlds.oauth_tool import Tool, register

from auth.cli import parser, run
from auth.db.stores import Stores
from auth.encryption import Encryptor
from auth.main import PUBLIC, furnish, prepare
from auth.resources import AuthResources
from auth.routes.deps import enrolling_viewer
from auth.services.keys import KeyService
from shared.db.engine import transaction
from shared.schemas.principal import EVERY_BUCKET
from shared.web import auth as web
from shared.web.routing import dependency_calls

MINE = "/api/v1/accounts/me/second-factor"
SESSION = "/api/v1/session"
ADMINISTERING = {"name": "k", "may_administer": True}
START = 1_800_000_015.0
"""In the middle of a step of 30 seconds."""


@dataclass
class Clock:
    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class Authenticator:
    """An app that makes codes from a secret, as RFC 6238 says."""

    clock: Clock
    secret: str

    def code(self, seconds: int = 0) -> str:
        """The code that is shown `seconds` later."""
        step = int(self.clock.now + seconds) // 30
        digest = hmac.digest(b32decode(self.secret), struct.pack(">Q", step), hashlib.sha1)
        offset = digest[-1] & 15
        return f"{(struct.unpack_from('>I', digest, offset)[0] & 0x7FFFFFFF) % 1_000_000:06}"

    def wrong(self) -> str:
        """A code of no step that is accepted."""
        good = {self.code(seconds) for seconds in (-30, 0, 30)}
        return next(each for each in ("000000", "111111", "222222", "333333") if each not in good)


@dataclass
class World:
    given: Given
    clock: Clock
    client: httpx.AsyncClient
    recovery_codes: list[str] = field(default_factory=list)

    async def sign_in(self, code: str | None = None, *, name: str = "amy", password: str = PASSWORD) -> httpx.Response:
        body = {"username": name, "password": password, **({} if code is None else {"code": code})}
        return await self.client.post(SESSION, json=body)

    async def enrol(self, caller: dict[str, str], password: str = PASSWORD) -> Authenticator:
        """Set up a second factor, whose first code is used up."""
        begun = await self.client.post(MINE, headers=caller, json={"password": password})
        assert begun.status_code == 201, begun.text
        authenticator = Authenticator(self.clock, begun.json()["secret"])
        made = await self.client.post(f"{MINE}/confirm", headers=caller, json={"code": authenticator.code()})
        assert made.status_code == 200, made.text
        self.recovery_codes = made.json()["codes"]
        self.clock.now += 60
        return authenticator


def slug(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


@asynccontextmanager
async def world_of(resources: AuthResources, app: FastAPI, **settings: Any) -> AsyncIterator[World]:
    clock = Clock()
    url = resources.settings.database.url.get_secret_value()
    timed = replace(resources, clock=clock, settings=settings_for(url, **settings))
    furnish(app, timed)
    async with client_of(app) as client:
        yield World(Given(timed, client), clock, client)


@pytest.fixture
async def world(resources: AuthResources, app: FastAPI) -> AsyncIterator[World]:
    async with world_of(resources, app) as world:
        yield world


@pytest.fixture
async def caller(world: World) -> dict[str, str]:
    return await world.given.caller("amy")


async def test_a_second_factor_takes_effect_with_its_first_code(world: World, caller: dict[str, str]) -> None:
    begun = (await world.client.post(MINE, headers=caller, json={"password": PASSWORD})).json()
    parts = urlsplit(begun["uri"])
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Patchwork:amy")
    assert parse_qs(parts.query) == {"secret": [begun["secret"]], "issuer": ["Patchwork"]}
    assert len(b32decode(begun["secret"])) == 20
    assert (await world.sign_in()).status_code == 200, "nothing is asked before a code confirmed the secret"

    authenticator = Authenticator(world.clock, begun["secret"])
    refused = await world.client.post(f"{MINE}/confirm", headers=caller, json={"code": authenticator.wrong()})
    assert slug(refused) == (400, "wrong_code")
    made = await world.client.post(f"{MINE}/confirm", headers=caller, json={"code": authenticator.code()})
    assert len(set(made.json()["codes"])) == 10
    state = (await world.client.get(MINE, headers=caller)).json()
    assert state == {
        "is_available": True,
        "is_demanded": False,
        "is_on": True,
        "added_at": "2027-01-15T08:00:15Z",
        "recovery_codes_left": 10,
    }
    assert slug(await world.sign_in()) == (401, "second_factor_required")
    assert slug(await world.sign_in(authenticator.code())) == (401, "second_factor_refused"), "it was used to confirm"
    world.clock.now += 30
    signed_in = await world.sign_in(authenticator.code())
    assert (signed_in.status_code, signed_in.json().keys()) == (200, {"token", "exp"})


async def test_setting_up_a_second_factor_ends_all_other_sessions(world: World, caller: dict[str, str]) -> None:
    other = bearer(await world.given.token("amy"))
    await world.enrol(caller)
    assert (await world.client.get("/api/me", headers=other)).status_code == 401
    assert (await world.client.get("/api/me", headers=caller)).status_code == 200


@pytest.mark.parametrize(("drift", "is_good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
async def test_codes_of_the_steps_before_and_after_are_accepted(
    world: World, caller: dict[str, str], drift: int, *, is_good: bool
) -> None:
    authenticator = await world.enrol(caller)
    world.clock.now += 120
    answer = await world.sign_in(authenticator.code(drift))
    assert answer.status_code == (200 if is_good else 401)


async def test_a_code_is_good_once_and_makes_older_ones_void(world: World, caller: dict[str, str]) -> None:
    authenticator = await world.enrol(caller)
    world.clock.now += 60
    assert (await world.sign_in(authenticator.code())).status_code == 200
    for seconds in (0, -30):
        assert slug(await world.sign_in(authenticator.code(seconds))) == (401, "second_factor_refused")
    code = authenticator.code(30)
    assert (await world.sign_in(f" {code[:3]} {code[3:]} ")).status_code == 200, "as people type it"


async def test_a_code_signs_in_once_when_it_is_sent_twice_at_once(committing: AuthResources, unique: str) -> None:
    clock = Clock()
    resources = replace(committing, clock=clock)
    async with client_of(app_with(resources)) as client:
        world = World(Given(resources, client), clock, client)
        authenticator = await world.enrol(await world.given.caller(unique))
        code = authenticator.code()
        answers = await asyncio.gather(*(world.sign_in(code, name=unique) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_a_wrong_password_is_answered_the_same_with_and_without_a_second_factor(
    world: World, caller: dict[str, str]
) -> None:
    authenticator = await world.enrol(caller)
    await world.given.user("bob")
    refused = [
        await world.sign_in(code, name=name, password="wrong")
        for name in ("amy", "bob", "nobody")
        for code in (None, authenticator.code(), world.recovery_codes[0])
    ]
    assert {answer.text for answer in refused} == {refused[0].text}
    assert slug(refused[0]) == (401, "login_failed")
    assert (await world.sign_in(authenticator.code())).status_code == 200, "the code is still good"
    assert (await world.sign_in(world.recovery_codes[0])).status_code == 200


async def test_each_recovery_code_signs_in_once(world: World, caller: dict[str, str]) -> None:
    await world.enrol(caller)
    first, second = world.recovery_codes[:2]
    assert (await world.sign_in(first)).status_code == 200
    assert slug(await world.sign_in(first)) == (401, "second_factor_refused")
    assert (await world.sign_in(second.upper().replace("-", " "))).status_code == 200
    assert (await world.client.get(MINE, headers=caller)).json()["recovery_codes_left"] == 8


async def test_new_recovery_codes_end_the_old_ones(world: World, caller: dict[str, str]) -> None:
    authenticator = await world.enrol(caller)
    old = world.recovery_codes
    refused = await world.client.post(f"{MINE}/recovery-codes", headers=caller, json={"code": authenticator.wrong()})
    assert slug(refused) == (400, "wrong_code")
    body = {"code": authenticator.code()}
    new = (await world.client.post(f"{MINE}/recovery-codes", headers=caller, json=body)).json()["codes"]
    assert not {*old} & {*new}
    assert slug(await world.sign_in(old[0])) == (401, "second_factor_refused")
    assert (await world.sign_in(new[0])).status_code == 200


@pytest.mark.parametrize("how", ["code", "recovery code"])
async def test_a_second_factor_is_removed_with_a_code(world: World, caller: dict[str, str], how: str) -> None:
    authenticator = await world.enrol(caller)
    refused = await world.client.post(f"{MINE}/remove", headers=caller, json={"code": authenticator.wrong()})
    assert slug(refused) == (400, "wrong_code")
    code = authenticator.code() if how == "code" else world.recovery_codes[0]
    assert (await world.client.post(f"{MINE}/remove", headers=caller, json={"code": code})).status_code == 204
    assert (await world.sign_in()).status_code == 200
    assert (await world.client.get(MINE, headers=caller)).json()["recovery_codes_left"] == 0
    again = await world.client.post(f"{MINE}/remove", headers=caller, json={"code": code})
    assert slug(again) == (404, "second_factor_not_found")


async def test_wrong_codes_are_limited_like_wrong_passwords(world: World, caller: dict[str, str]) -> None:
    authenticator = await world.enrol(caller)
    wrong = [slug(await world.sign_in(authenticator.wrong())) for _ in range(10)]
    assert wrong == [(401, "second_factor_refused")] * 10
    assert slug(await world.sign_in(authenticator.code())) == (429, "too_many_logins")
    await world.given.sql("UPDATE auth.attempt SET at = at - interval '1 minute'")
    limited = await world.sign_in(authenticator.code())
    assert (slug(limited), limited.headers["Retry-After"]) == ((429, "too_many_codes"), "3600")
    assert (await world.sign_in(world.recovery_codes[0])).status_code == 200, "which nobody can guess"
    await world.given.sql("UPDATE auth.attempt SET at = at - interval '1 hour'")
    assert (await world.sign_in(authenticator.code())).status_code == 200


async def test_one_limit_counts_wrong_codes_of_the_account_page_and_of_sign_ins(
    world: World, caller: dict[str, str]
) -> None:
    authenticator = await world.enrol(caller)
    body = {"code": authenticator.wrong()}
    for path in ["remove"] * 5 + ["recovery-codes"] * 5:
        assert slug(await world.client.post(f"{MINE}/{path}", headers=caller, json=body)) == (400, "wrong_code")
    assert slug(await world.sign_in(authenticator.code())) == (429, "too_many_logins")
    refused = await world.client.post(f"{MINE}/remove", headers=caller, json={"code": authenticator.code()})
    assert slug(refused) == (429, "too_many_logins")


async def test_a_client_that_knows_only_a_password_is_shown_other_ways_in(world: World, caller: dict[str, str]) -> None:
    await world.enrol(caller)
    body = {"username": "amy", "password": PASSWORD}
    refused = await world.client.post("/api/login", json=body)
    assert slug(refused) == (401, "second_factor_required")
    message = refused.json()["message"]
    assert "API key" in message
    assert "http://catalog.test/code" in message
    wrong = await world.client.post("/api/login", json={**body, "password": "wrong"})
    assert wrong.json()["message"] == "Login attempt failed"
    key = (await world.client.post("/api/v1/keys", headers=caller, json={"name": "k"})).json()["secret"]
    assert (await world.client.get("/api/me", headers=bearer(key))).json()["current_user"] == "amy"
    assert await world.given.grant(caller), "with a code from the page"


async def test_a_second_factor_begins_with_the_password_of_its_owner(world: World, caller: dict[str, str]) -> None:
    refused = await world.client.post(MINE, headers=caller, json={"password": "wrong"})
    assert slug(refused) == (400, "wrong_password")
    key = (await world.client.post("/api/v1/keys", headers=caller, json={"name": "k"})).json()["secret"]
    by_key = await world.client.post(MINE, headers=bearer(key), json={"password": PASSWORD})
    assert slug(by_key) == (403, "not_for_api_keys")
    tool = Tool(world.client, (await register(world.client)).json()["client_id"])
    connected = bearer((await tool.connect(caller))["access_token"])
    assert slug(await world.client.post(MINE, headers=connected, json={"password": PASSWORD})) == (403, "not_for_tools")
    for _ in range(9):
        await world.client.post(MINE, headers=caller, json={"password": "wrong"})
    limited = await world.client.post(MINE, headers=caller, json={"password": PASSWORD})
    assert slug(limited) == (429, "too_many_logins")


async def test_a_secret_waits_an_hour_for_its_first_code(world: World, caller: dict[str, str]) -> None:
    begun = (await world.client.post(MINE, headers=caller, json={"password": PASSWORD})).json()
    world.clock.now += 3_601
    body = {"code": Authenticator(world.clock, begun["secret"]).code()}
    late = await world.client.post(f"{MINE}/confirm", headers=caller, json=body)
    assert slug(late) == (404, "second_factor_not_found")
    await world.given.sql("UPDATE auth.second_factor SET created_at = now() - interval '2 hours'")
    await world.given.prune()
    assert await world.given.count("second_factor") == 0


async def test_a_second_factor_is_not_replaced_before_it_is_removed(world: World, caller: dict[str, str]) -> None:
    authenticator = await world.enrol(caller)
    again = await world.client.post(MINE, headers=caller, json={"password": PASSWORD})
    assert slug(again) == (409, "second_factor_exists")
    body = {"code": authenticator.code()}
    confirmed = await world.client.post(f"{MINE}/confirm", headers=caller, json=body)
    assert slug(confirmed) == (409, "second_factor_exists")
    await world.given.prune()
    assert (await world.sign_in(authenticator.code())).status_code == 200


async def test_secrets_are_encrypted_and_recovery_codes_are_stored_as_digests(
    world: World, caller: dict[str, str]
) -> None:
    authenticator = await world.enrol(caller)
    assert await world.given.matches("second_factor", f"secret LIKE '%{authenticator.secret}%'") == 0
    stored = hashlib.sha256(world.recovery_codes[0].replace("-", "").encode()).hexdigest()
    assert await world.given.matches("recovery_code", f"digest = decode('{stored}', 'hex')") == 1


async def test_a_secret_outlives_a_change_of_the_secret_key(resources: AuthResources, app: FastAPI) -> None:
    async with world_of(resources, app) as world:
        authenticator = await world.enrol(await world.given.caller("amy"))
        both = Encryptor("another secret key", "secret key of tests")
        changed = replace(world.given.resources, encryptor=both)
        assert (await sealed_count(changed)) >= 2, "the signing key and the secret"
        furnish(app, replace(changed, encryptor=Encryptor("another secret key")))
        assert (await world.sign_in(authenticator.code())).status_code == 200


async def sealed_count(resources: AuthResources) -> int:
    """Encrypt all with the newest key; returns their number."""
    async with transaction(resources.sessions) as session:
        return await KeyService(Stores(session), resources.encryptor, resources.settings).reseal()


async def test_an_administrator_removes_somebody_elses_second_factor(world: World, caller: dict[str, str]) -> None:
    await world.enrol(caller)
    admin = await world.given.admin()
    url = "/api/v1/admin/users/amy/second-factor"
    assert (await world.client.get("/api/v1/admin/users/amy", headers=admin)).json()["has_second_factor"] is True
    assert slug(await world.client.delete(url, headers=caller)) == (403, "admin_only")
    assert (await world.client.delete(url, headers=admin)).status_code == 204
    assert slug(await world.client.delete(url, headers=admin)) == (404, "second_factor_not_found")
    own = await world.client.delete("/api/v1/admin/users/admin/second-factor", headers=admin)
    assert slug(own) == (403, "not_yourself")
    assert (await world.sign_in()).status_code == 200
    done = "action = 'Users.RemoveSecondFactor' AND target = 'user:amy' AND \"user\" = 'admin'"
    assert await world.given.matches("audit", done) == 1


async def test_a_command_removes_the_second_factor_of_the_only_administrator(
    committing: AuthResources, unique: str
) -> None:
    clock = Clock()
    resources = replace(committing, clock=clock)
    async with client_of(app_with(resources)) as client:
        world = World(Given(resources, client), clock, client)
        await world.enrol(await world.given.caller(unique, is_admin=True))
        said = await run(parser().parse_args(["remove-second-factor", unique]), committing.settings)
        assert said == f"Removed the second factor of {unique}"
        assert (await world.sign_in(name=unique)).status_code == 200


async def test_the_audit_trail_tells_what_became_of_a_second_factor(world: World, caller: dict[str, str]) -> None:
    authenticator = await world.enrol(caller)
    await world.sign_in()
    await world.sign_in(authenticator.wrong())
    await world.sign_in(authenticator.code())
    await world.client.post(f"{MINE}/recovery-codes", headers=caller, json={"code": authenticator.wrong()})
    await world.client.post(f"{MINE}/remove", headers=caller, json={"code": world.recovery_codes[0]})
    trail = await world.client.get(
        "/api/v1/admin/audit", headers=await world.given.admin(), params={"user": "amy", "limit": 7}
    )
    assert [(each["action"], each["outcome"], each["reason"]) for each in reversed(trail.json()["items"])] == [
        ("Auth.SecondFactor.Begin", "done", ""),
        ("Auth.SecondFactor.Add", "done", ""),
        ("Auth.Login", "refused", "second_factor_required"),
        ("Auth.Login", "failed", "second_factor_refused"),
        ("Auth.Login", "done", ""),
        ("Auth.SecondFactor.RenewCodes", "failed", "wrong_code"),
        ("Auth.SecondFactor.Remove", "done", ""),
    ]


class TestDemanded:
    """The settings demand a second factor."""

    async def test_administrators_without_one_reach_nothing_but_its_set_up(
        self, resources: AuthResources, app: FastAPI
    ) -> None:
        async with world_of(resources, app, second_factor="administrators") as world:
            await world.given.user("amy", is_admin=True)
            signed_in = await world.sign_in()
            assert signed_in.status_code == 200
            caller = bearer(signed_in.json()["token"])
            refused, reached = await everywhere(app, world.client, caller)
            assert reached == {
                f"GET {MINE}",
                f"POST {MINE}",
                f"POST {MINE}/confirm",
                "GET /api/v1/accounts/me",
            }
            assert len(refused) > 50, "the walk is broken"
            inside = await world.client.post(
                "/internal/principal",
                headers=bearer("internal-token"),
                json={"token": signed_in.json()["token"]},
            )
            assert slug(inside) == (403, "second_factor_missing"), "so no other service takes the token"
            assert (await world.client.get(MINE, headers=caller)).json()["is_demanded"] is True

            await world.enrol(caller)
            assert (await world.client.get("/api/v1/admin/users", headers=caller)).status_code == 200
            assert (await world.client.get("/api/code", headers=caller)).status_code == 200

    async def test_others_sign_in_with_their_password_alone(self, resources: AuthResources, app: FastAPI) -> None:
        async with world_of(resources, app, second_factor="administrators") as world:
            caller = await world.given.caller("amy")
            assert (await world.client.get("/api/code", headers=caller)).status_code == 200

    async def test_everybody_needs_one_but_those_whom_a_provider_lets_in(self, given: Given, unique: str) -> None:
        idp = OpenIdProvider(person=person(unique))
        async with door_to(given, idp, second_factor="everybody") as door:
            await door.sign_in()
            who = await door.who()
            assert who
            assert who["current_user"] == unique
            renewed = (await door.client.post("/api/v1/session/refresh")).json()
            grant = await door.given.grant(bearer(renewed["token"]))
            me = await door.client.get("/api/me", headers=bearer(grant["access_token"]))
            assert me.status_code == 200, "nor is one wanted in a session that came of it"
            state = (await door.client.get(MINE, headers=bearer(renewed["token"]))).json()
            assert (state["is_available"], state["is_demanded"]) == (False, False)
            begun = await door.client.post(MINE, headers=bearer(renewed["token"]), json={"password": ""})
            assert slug(begun) == (409, "no_password")
            caller = await door.given.caller("amy")
            assert slug(await door.client.get("/api/code", headers=caller)) == (403, "second_factor_missing")

    async def test_a_password_does_not_open_what_the_provider_of_its_owner_opens(
        self, given: Given, unique: str
    ) -> None:
        """Somebody who has a password as well needs a second factor when they sign in with it."""
        await given.user(unique)
        await given.sql(f"UPDATE auth.user SET password_proven = true WHERE name = '{unique}'")  # noqa: S608
        idp = OpenIdProvider(person=person(unique))
        async with door_to(given, idp, second_factor="everybody", sso={"link_accounts": True}) as door:
            await door.sign_in()
            assert await door.who()
            caller = bearer(await door.given.token(unique))
            assert slug(await door.client.get("/api/code", headers=caller)) == (403, "second_factor_missing")

    async def test_keys_of_an_administrator_without_one_administer_nothing(
        self, resources: AuthResources, app: FastAPI
    ) -> None:
        async with world_of(resources, app) as before:
            caller = await before.given.caller("amy", is_admin=True)
            key = (await before.client.post("/api/v1/keys", headers=caller, json=ADMINISTERING)).json()["secret"]
        async with world_of(resources, app, second_factor="administrators") as world:
            assert (await world.client.get("/api/me", headers=bearer(key))).status_code == 200
            refused = await world.client.get("/api/v1/admin/users", headers=bearer(key))
            assert slug(refused) == (403, "admin_only")
            await world.enrol(caller)
            assert (await world.client.get("/api/v1/admin/users", headers=bearer(key))).status_code == 200

    async def test_a_start_empties_what_services_have_cached_about_people(
        self, resources: AuthResources, app: FastAPI
    ) -> None:
        async with world_of(resources, app) as world:
            await prepare(world.given.resources)
            assert await world.given.matches("revocation", f"subject = '{EVERY_BUCKET}'") == 0
        async with world_of(resources, app, second_factor="everybody") as world:
            await prepare(world.given.resources)
            assert await world.given.matches("revocation", f"subject = '{EVERY_BUCKET}'") == 1

    async def test_where_they_are_off_nobody_is_asked(self, resources: AuthResources, app: FastAPI) -> None:
        async with world_of(resources, app) as world:
            caller = await world.given.caller("amy")
            await world.enrol(caller)
        async with world_of(resources, app, second_factor="off") as world:
            assert (await world.sign_in()).status_code == 200
            await world.given.user("bob")
            bob = bearer(await world.given.token("bob"))
            begun = await world.client.post(MINE, headers=bob, json={"password": PASSWORD})
            assert slug(begun) == (403, "second_factor_off")


async def everywhere(app: FastAPI, client: httpx.AsyncClient, caller: dict[str, str]) -> tuple[set[str], set[str]]:
    """Routes that refuse the caller for the missing second factor, and those that do not, of all that want a caller."""
    refused: set[str] = set()
    reached: set[str] = set()
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, APIRoute) or str(route.path).startswith("/health/"):
            continue
        calls = set(dependency_calls(route.dependant))
        for method in route.methods or ():
            name = f"{method} {route.path}"
            if name in PUBLIC or calls & {web.internal, web.scraper}:
                continue
            if enrolling_viewer in calls:
                reached.add(name)
                continue
            path = re.sub(r"{\w+}", "7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55", str(route.path))
            answer = await client.request(method, path, headers=caller)
            (refused if slug(answer) == (403, "second_factor_missing") else reached).add(name)
    return refused, reached


async def test_mails_tell_of_a_second_factor_that_was_added_or_removed(resources: AuthResources, app: FastAPI) -> None:
    async with world_of(resources, app, security_mails=True) as world:
        authenticator = await world.enrol(await world.given.caller("amy"))
        (mail,) = await world.given.mails()
        assert (mail["To"], mail["Subject"]) == ("amy@example.com", "Second factor added to your Patchwork account")
        assert authenticator.secret not in text_of(mail)
        await world.client.delete("/api/v1/admin/users/amy/second-factor", headers=await world.given.admin())
        (mail,) = await world.given.mails()
        assert (mail["To"], mail["Subject"]) == ("amy@example.com", "Second factor removed from your Patchwork account")
