"""The rights of a person, a tool and an API key, against the tables in contract/access.toml."""

import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from support.worlds.auth_world import PASSWORD, Given, bearer, code_in
from support.worlds.oauth_tool import Tool, register

from auth.main import PUBLIC
from shared.caller import HEADER
from shared.schemas.principal import Level
from shared.testing.routes import routes_of

TABLE = tomllib.loads((Path(__file__).parents[1] / "contract" / "access.toml").read_text())
WITHOUT_TOKENS = {"anyone", "service", "any-token"}
ONLY_PEOPLE = set(TABLE["only-people"]["auth"])
USERS, KEYS = "/api/v1/admin/users", "/api/v1/keys"
ADMINISTERING = {"name": "administering", "may_administer": True}
Headers = dict[str, str]


@dataclass
class Credentials:
    """A person's own session, the session of a tool that they approved, and their API key."""

    person: Headers
    tool: Headers
    key: Headers
    key_id: str


async def credentials_of(given: Given, name: str, **key: Any) -> Credentials:
    person = bearer(await given.token(name))
    tool = Tool(given.client, (await register(given.client)).json()["client_id"])
    granted = await tool.connect(person)
    made = (await given.client.post(KEYS, headers=person, json={"name": "k", **key})).json()
    return Credentials(person, bearer(granted["access_token"]), bearer(made["secret"]), made["api_key"]["id"])


async def status(given: Given, route: str, headers: Headers) -> int:
    """The status of a request without a body, or with an empty one, for things that do not exist."""
    method, _, path = route.partition(" ")
    path = re.sub(r"\{\w*id\}", str(uuid4()), path)
    path = re.sub(r"\{[^}]*\}", "nothing", path)
    body = None if method in {"GET", "DELETE"} else "{}"
    headers = {**headers, "Content-Type": "application/json"}
    return (await given.client.request(method, path, headers=headers, content=body)).status_code


def test_every_route_with_a_token_is_in_the_access_table(app: FastAPI) -> None:
    listed = {route for policy, routes in TABLE["auth"].items() if policy not in WITHOUT_TOKENS for route in routes}
    walked = {route for route in routes_of(app) if " /internal/" not in route and " /health/" not in route}
    assert listed == walked - (PUBLIC - listed)
    assert listed >= ONLY_PEOPLE


@pytest.mark.long
async def test_every_kind_of_credential_reaches_what_the_access_table_gives_it(given: Given) -> None:
    await given.user("amy")
    await given.user("boss", is_admin=True)
    amy = await credentials_of(given, "amy")
    plain, boss = await credentials_of(given, "boss"), await credentials_of(given, "boss", may_administer=True)
    people = {"amy": amy.person, "boss": boss.person}
    machines = {"tool": amy.tool, "key": amy.key, "boss's tool": boss.tool, "boss's key": plain.key}
    administering = {"boss's administering key": boss.key}
    wrong = []
    for policy, routes in TABLE["auth"].items():
        if policy in WITHOUT_TOKENS:
            continue
        for route in sorted(routes, key=lambda route: (route == "DELETE /api/v1/sessions", route)):
            for who, headers in {**machines, **administering, **people}.items():
                if policy == "admin":
                    allowed = who in {"boss", *administering}
                else:
                    allowed = who in people or route not in ONLY_PEOPLE
                found = await status(given, route, headers)
                if (found not in {401, 403}) is not allowed:
                    wrong.append(f"{route} as {who}: {found}")
    assert not wrong, "\n".join(wrong)


async def test_a_tool_of_an_administrator_administers_nothing(given: Given) -> None:
    await given.user("boss", is_admin=True)
    boss = await credentials_of(given, "boss")
    new = {"name": "mallory", "email": "m@example.com", "password": PASSWORD, "is_admin": True}
    for headers in (boss.tool, boss.key):
        assert (await given.client.post(USERS, headers=headers, json=new)).status_code == 403
        own = await given.client.put(f"{USERS}/boss/password", headers=headers, json={"password": "by the tool 77"})
        assert own.status_code == 403
        assert (await given.client.get("/api/me", headers=headers)).json()["is_staff"] is False
        resolved = await given.client.post(
            "/internal/principal",
            headers=bearer("internal-token"),
            json={"token": headers["Authorization"].removeprefix("Bearer ")},
        )
        assert resolved.json()["principal"]["is_admin"] is False
    assert (await given.client.get("/api/me", headers=boss.person)).json()["is_staff"] is True


async def test_through_the_registry_a_key_revokes_only_itself(given: Given) -> None:
    user = await given.user("amy")
    amy, other = await credentials_of(given, "amy"), await credentials_of(given, "amy")
    path, caller = f"/internal/users/{user.id}/keys", {"user": "amy", "credential": f"key:{amy.key_id}"}
    headers = {**bearer("internal-token"), HEADER: json.dumps(caller)}
    for key, expected in ((other, 403), (amy, 204)):
        secret = key.key["Authorization"].removeprefix("Bearer ")
        shown = await given.client.post(f"{path}/revoke", headers=headers, json={"secret": secret})
        assert shown.status_code == expected
    assert (await given.client.delete(f"{path}/{other.key_id}", headers=headers)).status_code == 403


class TestAdministeringKey:
    async def test_only_an_administrators_own_session_can_make_one(self, given: Given) -> None:
        amy, boss = await given.caller("amy"), await given.caller("boss", is_admin=True)
        refused = await given.client.post(KEYS, headers=amy, json=ADMINISTERING)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/admin_only")
        made = await given.client.post(KEYS, headers=boss, json=ADMINISTERING)
        assert (made.status_code, made.json()["api_key"]["may_administer"]) == (201, True)
        path = f"/internal/users/{(await given.client.get('/api/v1/accounts/me', headers=boss)).json()['id']}/keys"
        inner = await given.client.post(path, headers=bearer("internal-token"), json=ADMINISTERING)
        assert (inner.status_code, inner.json()["type"]) == (403, "/problems/admin_only")
        key = bearer(made.json()["secret"])
        assert (await given.client.get(USERS, headers=key)).status_code == 200
        admin = await given.admin()
        assert (await given.client.patch(f"{USERS}/boss", headers=admin, json={"is_admin": False})).status_code == 200
        assert (await given.client.get(USERS, headers=key)).status_code == 403

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PUT", "/boss/password", {"password": PASSWORD}),
            ("POST", "/boss/reset-password", None),
            ("PATCH", "/boss", {"email": "other@example.com"}),
            ("PUT", "/boss/roles", {"roles": ["ReadAll"]}),
            ("PATCH", "/boss/roles", {"add": ["ReadAll"]}),
            ("DELETE", "/boss/sessions", None),
            ("DELETE", "/boss/sessions/7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55", None),
        ],
    )
    async def test_it_changes_nothing_of_its_owners_account(
        self, given: Given, method: str, path: str, body: dict[str, Any] | None
    ) -> None:
        boss = await given.caller("boss", is_admin=True)
        await given.user("bob")
        key = bearer((await given.client.post(KEYS, headers=boss, json=ADMINISTERING)).json()["secret"])
        answer = await given.client.request(method, USERS + path, headers=key, json=body)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not_for_api_keys")
        of_bob = await given.client.request(method, USERS + path.replace("boss", "bob"), headers=key, json=body)
        assert of_bob.status_code in {200, 204, 404}, "the accounts of others are what it is for"

    async def test_it_revokes_keys_of_others_and_itself_but_none_of_its_owners(self, given: Given) -> None:
        await given.user("boss", is_admin=True)
        await given.user("amy")
        boss, amy = await credentials_of(given, "boss", may_administer=True), await credentials_of(given, "amy")
        other = (await given.client.post(KEYS, headers=boss.person, json={"name": "o"})).json()["api_key"]["id"]
        for key_id, expected in ((amy.key_id, 204), (other, 403), (boss.key_id, 204)):
            answer = await given.client.delete(f"/api/v1/admin/keys/{key_id}", headers=boss.key)
            assert answer.status_code == expected


class TestTool:
    async def test_it_ends_its_own_session_and_no_other(self, given: Given) -> None:
        await given.user("amy")
        amy = await credentials_of(given, "amy")
        listed = (await given.client.get("/api/v1/sessions", headers=amy.tool)).json()["items"]
        own = next(each["id"] for each in listed if each["is_current"])
        other = next(each["id"] for each in listed if not each["is_current"])
        refused = await given.client.delete(f"/api/v1/sessions/{other}", headers=amy.tool)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not_for_tools")
        assert (await given.client.delete(f"/api/v1/sessions/{own}", headers=amy.tool)).status_code == 204
        assert (await given.client.get("/api/me", headers=amy.tool)).status_code == 401
        assert (await given.client.get("/api/me", headers=amy.person)).status_code == 200

    async def permissions(self, given: Given, headers: Headers) -> tuple[str | None, dict[str, str]]:
        token = headers["Authorization"].removeprefix("Bearer ")
        answer = await given.client.post("/internal/principal", headers=bearer("internal-token"), json={"token": token})
        principal = answer.json()["principal"]
        return principal["role"], principal["permissions"]

    async def test_its_role_is_that_of_its_approval_whatever_the_person_switches_to(self, given: Given) -> None:
        await given.role("readers", {"b-1": Level.READ})
        await given.role("writers", {"b-1": Level.READ_WRITE})
        await given.user("amy", roles=["readers", "writers"])
        person = bearer(await given.token("amy"))
        tool = Tool(given.client, (await register(given.client)).json()["client_id"])
        code = await tool.code(person, role="readers")
        switched = await given.client.put("/api/v1/accounts/me/role", headers=person, json={"role": "writers"})
        assert switched.status_code == 200
        grant = (await tool.exchange(code)).json()
        headers = bearer(grant["access_token"])
        assert await self.permissions(given, headers) == ("readers", {"b-1": "READ"})
        assert (await self.permissions(given, person))[0] == "writers"
        headers = bearer((await tool.refresh(grant["refresh_token"])).json()["access_token"])
        assert await self.permissions(given, headers) == ("readers", {"b-1": "READ"})
        admin = await given.admin()
        taken = await given.client.patch(f"{USERS}/amy/roles", headers=admin, json={"remove": ["readers"]})
        assert taken.status_code == 200
        assert await self.permissions(given, headers) == (None, {})
        assert (await given.client.get("/api/auth/get_credentials", headers=headers)).status_code == 403
        assert (await self.permissions(given, person))[0] == "writers"

    async def test_it_is_not_approved_for_another_role_than_the_page_showed(self, given: Given) -> None:
        person = await given.caller("amy", roles=["ReadAll", "ReadWriteAll"])
        tool = Tool(given.client, (await register(given.client)).json()["client_id"])
        stale = await given.client.post("/api/connect/authorize", headers=person, json=tool.query(role="ReadWriteAll"))
        assert (stale.status_code, stale.json()["error"]) == (400, "invalid_request")

    async def test_it_has_nothing_if_the_person_had_no_role(self, given: Given) -> None:
        person = await given.caller("amy", roles=[])
        tool = Tool(given.client, (await register(given.client)).json()["client_id"])
        code = await tool.code(person, role="")
        headers = bearer((await tool.exchange(code)).json()["access_token"])
        admin = await given.admin()
        await given.client.put(f"{USERS}/amy/roles", headers=admin, json={"roles": ["ReadWriteAll"]})
        assert await self.permissions(given, headers) == (None, {})


@dataclass
class Everything:
    """All that lets somebody act for amy, and a mail that lets them take over her account."""

    given: Given
    amy: Credentials
    code: str
    tool_code: str
    tool: Tool
    reset: str

    @classmethod
    async def of(cls, given: Given, **how: Any) -> "Everything":
        await given.user("amy", **how)
        amy = await credentials_of(given, "amy")
        tool = Tool(given.client, (await register(given.client)).json()["client_id"])
        other = bearer(await given.token("amy"))
        code = (await given.client.get("/api/code", headers=other)).json()["code"]
        tool_code = await tool.code(other)
        await given.client.post("/api/v1/accounts/reset", json={"email": "amy@example.com"})
        reset = code_in((await given.mails())[-1])
        return cls(given, amy, code, tool_code, tool, reset)

    async def left(self) -> set[str]:
        """The names of those that still work."""
        client = self.given.client
        alive = {
            name
            for name, headers in (("person", self.amy.person), ("tool", self.amy.tool), ("key", self.amy.key))
            if (await client.get("/api/me", headers=headers)).status_code == 200
        }
        if (await client.post("/api/token", data={"refresh_token": self.code})).status_code == 200:
            alive.add("code")
        if (await self.tool.exchange(self.tool_code)).status_code == 200:
            alive.add("tool's code")
        body = {"link": self.reset, "password": "set by an old link"}
        if (await client.post("/api/v1/accounts/password", json=body)).status_code == 204:
            alive.add("link")
        return alive


class TestChangedCredentials:
    @pytest.mark.parametrize(
        ("method", "path", "body", "left"),
        [
            ("PUT", "/amy/password", {"password": "another battery"}, set()),
            ("POST", "/amy/reset-password", None, set()),
            ("PATCH", "/amy", {"email": "elsewhere@example.com"}, {"key"}),
        ],
    )
    async def test_an_administrators_change_ends_what_rested_on_them(
        self, given: Given, method: str, path: str, body: dict[str, Any] | None, left: set[str]
    ) -> None:
        everything = await Everything.of(given)
        answer = await given.client.request(method, USERS + path, headers=await given.admin(), json=body)
        assert answer.status_code == 200
        assert await everything.left() == left

    async def test_disabling_ends_all_but_keys_which_rest(self, given: Given) -> None:
        everything, admin = await Everything.of(given), await given.admin()
        assert (await given.client.post(f"{USERS}/amy/disable", headers=admin)).status_code == 200
        assert (await given.client.get("/api/me", headers=everything.amy.key)).status_code == 401
        assert (await given.client.post(f"{USERS}/amy/enable", headers=admin)).status_code == 200
        assert await everything.left() == {"key"}

    async def test_a_person_who_changes_their_password_keeps_their_session_and_keys(self, given: Given) -> None:
        everything = await Everything.of(given)
        answer = await given.client.put(
            "/api/v1/accounts/password",
            headers=everything.amy.person,
            json={"current": PASSWORD, "password": "another battery"},
        )
        assert answer.status_code == 204
        assert await everything.left() == {"person", "key"}

    async def test_a_reset_by_mail_ends_everything(self, given: Given) -> None:
        everything = await Everything.of(given)
        body = {"link": everything.reset, "password": "another battery"}
        assert (await given.client.post("/api/v1/accounts/password", json=body)).status_code == 204
        assert await everything.left() == set()

    async def test_an_administrator_who_sets_their_own_password_keeps_the_session(self, given: Given) -> None:
        everything = await Everything.of(given, is_admin=True)
        body = {"password": "another battery"}
        answer = await given.client.put(f"{USERS}/amy/password", headers=everything.amy.person, json=body)
        assert answer.status_code == 200
        assert await everything.left() == {"person"}
