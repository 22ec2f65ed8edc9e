"""The SSO configuration: roles from claims at each sign-in, and in a dry run."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.fakes.openid_provider import OpenIdProvider, person
from support.fakes.single_sign_on import Door, door_to, refusal
from support.worlds.auth_world import Given, bearer

from shared.schemas.principal import Level

CONFIG, CHECK = "/api/v1/admin/sso-config", "/api/v1/admin/sso/check"
USERS = "/api/v1/admin/users"


def in_group(name: str) -> dict[str, Any]:
    return {"type": "object", "properties": {"groups": {"contains": {"const": name}}}, "required": ["groups"]}


def document(*mappings: dict[str, Any], **more: Any) -> str:
    return json.dumps({"version": "1.0", "default_role": "ReadAll", "mappings": list(mappings), **more})


LAB = {"schema": in_group("lab"), "roles": ["Curators", "ReadAll"]}
BOSS = {"schema": in_group("boss"), "roles": ["ReadWriteAll"], "admin": True}
BARRED = {"schema": in_group("barred"), "roles": ["ReadAll"], "admin": False}


@pytest.fixture
def idp() -> OpenIdProvider:
    return OpenIdProvider()


@pytest.fixture
async def door(given: Given, idp: OpenIdProvider) -> AsyncIterator[Door]:
    async with door_to(given, idp) as door:
        await given.role("Curators", {"lab": Level.READ_WRITE})
        yield door


async def configure(door: Door, text: str) -> dict[str, str]:
    admin = await door.given.admin()
    answer = await door.client.put(CONFIG, headers=admin, json={"text": text})
    assert answer.status_code == 200, answer.text
    return admin


@pytest.mark.parametrize(
    ("groups", "union", "gets"),
    [
        (["lab"], False, (["Curators", "ReadAll"], False)),
        (["boss"], False, (["ReadWriteAll"], True)),
        (["lab", "boss"], False, (["Curators", "ReadAll"], False)),
        (["lab", "boss"], True, (["Curators", "ReadAll", "ReadWriteAll"], True)),
        (["lab", "boss", "barred"], True, (["Curators", "ReadAll", "ReadWriteAll"], False)),
        (["lab"], True, (["Curators", "ReadAll"], False)),
        (["other"], True, (["ReadAll"], None)),
        ([], False, (["ReadAll"], None)),
    ],
)
async def test_claims_are_mapped_to_roles_and_rights(
    door: Door, idp: OpenIdProvider, groups: list[str], union: object, gets: tuple[list[str], bool | None]
) -> None:
    roles, admin = gets
    headers = await configure(door, document(LAB, BOSS, BARRED, union_roles=union))
    idp.person = person("amy", groups=groups)
    dry = (await door.client.post(CHECK, headers=headers, json={"claims": idp.person})).json()
    assert (sorted(dry["roles"]), dry["is_admin"], dry["by_default"]) == (roles, admin, admin is None)
    await door.sign_in()
    user = (await door.client.get(f"{USERS}/amy", headers=headers)).json()
    assert (sorted(user["roles"]), user["is_admin"]) == (roles, bool(admin))
    assert (user["role"], user["is_sso_only"], user["is_governed"]) == (dry["roles"][0], True, True)


async def test_roles_from_claims_are_set_at_each_sign_in(door: Door, idp: OpenIdProvider) -> None:
    headers = await configure(door, document(LAB, BOSS))
    idp.person = person("amy", groups=["boss"])
    login = {"provider": "idp", "code": (await door.popup())["code"]}
    token = bearer((await door.client.post("/api/login", json=login)).json()["token"])
    assert (await door.client.get(USERS, headers=token)).status_code == 200
    idp.person = person("amy", groups=["lab"])
    await door.sign_in()
    assert (await door.client.get(USERS, headers=token)).status_code == 403
    before = await door.given.count("revocation")
    await door.sign_in()
    assert await door.given.count("revocation") == before
    # No mapping matches: the roles become the default, administrator's rights stay.
    await door.client.put(CONFIG, headers=headers, json={"text": document(BOSS)})
    idp.person = person("amy", groups=["boss"])
    await door.sign_in()
    idp.person = person("amy")
    await door.sign_in()
    user = (await door.client.get(f"{USERS}/amy", headers=headers)).json()
    assert (user["roles"], user["is_admin"]) == (["ReadAll"], True)


async def test_the_active_role_is_kept_while_the_claims_give_it(door: Door, idp: OpenIdProvider) -> None:
    headers = await configure(door, document(LAB))
    idp.person = person("amy", groups=["lab"])
    await door.sign_in()
    theirs = "user_id = (SELECT id FROM auth.user WHERE name = 'amy')"
    await door.given.sql(f"UPDATE auth.user_role SET active = false WHERE {theirs}")  # noqa: S608
    other = "role_id = (SELECT id FROM auth.role WHERE name = 'ReadAll')"
    await door.given.sql(f"UPDATE auth.user_role SET active = true WHERE {theirs} AND {other}")  # noqa: S608
    await door.sign_in()
    assert (await door.client.get(f"{USERS}/amy", headers=headers)).json()["role"] == "ReadAll"


async def test_the_uploader_and_the_last_administrator_keep_their_rights(door: Door, idp: OpenIdProvider) -> None:
    headers = await configure(door, document({"schema": True, "roles": ["ReadAll"], "admin": False}))
    idp.person = person("admin")
    await door.sign_in()
    headers = bearer((await door.client.post("/api/v1/session/refresh")).json()["token"])
    assert (await door.client.get(f"{USERS}/admin", headers=headers)).json()["is_admin"] is True
    await door.given.user("bob", is_admin=True)
    idp.person = person("bob")
    await door.sign_in()
    assert (await door.client.get(f"{USERS}/bob", headers=headers)).json()["is_admin"] is False


async def test_roles_that_claims_decide_cannot_be_set_by_hand(door: Door, idp: OpenIdProvider) -> None:
    headers = await configure(door, document(LAB))
    idp.person = person("amy", groups=["lab"])
    await door.sign_in()
    for method, path, body in [
        ("PUT", f"{USERS}/amy/roles", {"roles": ["ReadWriteAll"]}),
        ("PATCH", f"{USERS}/amy", {"is_admin": True}),
        ("POST", "/api/users/grant_admin", {"username": "amy"}),
        ("POST", "/api/users/set_role", {"username": "amy", "role": "ReadWriteAll"}),
    ]:
        answer = await door.client.request(method, path, headers=headers, json=body)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/governed_by_sso"), path
    await door.given.user("bob")
    assert (await door.client.patch(f"{USERS}/bob", headers=headers, json={"is_admin": True})).status_code == 200
    await door.client.delete(CONFIG, headers=headers)
    assert (await door.client.patch(f"{USERS}/amy", headers=headers, json={"is_admin": True})).status_code == 200


async def test_checking_claims_explains_the_result_and_changes_nothing(door: Door) -> None:
    admin = await door.given.admin()
    claims = {"claims": {"groups": ["boss"]}}
    assert (await door.client.post(CHECK, headers=admin, json=claims)).status_code == 404
    answer = await door.client.post(CHECK, headers=admin, json={**claims, "text": document(LAB, BOSS)})
    assert answer.json() == {
        "roles": ["ReadWriteAll"],
        "is_admin": True,
        "by_default": False,
        "mappings": [
            {
                "index": 0,
                "matches": False,
                "counts": False,
                "why_not": "$.groups: ['boss'] does not contain items matching the given schema",
                "roles": ["Curators", "ReadAll"],
                "admin": None,
            },
            {"index": 1, "matches": True, "counts": True, "why_not": None, "roles": ["ReadWriteAll"], "admin": True},
        ],
    }
    assert (await door.client.get(CONFIG, headers=admin)).status_code == 404
    refused = await door.client.post(CHECK, headers=admin, json={**claims, "text": "[]"})
    assert (refused.status_code, refused.json()["type"]) == (400, "/problems/sso_config_refused")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"properties": []},
        {"$ref": "https://evil.test/schema"},
        {"properties": {"groups": {"items": {"$ref": "file:///etc/passwd"}}}},
        {"$ref": "#/nowhere"},
        {"$ref": "#"},
        {"properties": {"email": {"pattern": "("}}},
    ],
)
async def test_a_mapping_that_cannot_be_applied_is_refused(door: Door, schema: dict[str, Any]) -> None:
    text = document({"schema": schema, "roles": ["ReadAll"]})
    answer = await door.client.put(CONFIG, headers=await door.given.admin(), json={"text": text})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/sso_config_refused")
    assert answer.json()["message"].startswith("mappings[0]: schema")


async def test_a_mapping_with_a_slow_pattern_fails_the_sign_in(door: Door, idp: OpenIdProvider) -> None:
    slow = {"type": "object", "properties": {"nick": {"pattern": "^(a|aa)+$"}}, "required": ["nick"]}
    headers = await configure(door, document({"schema": slow, "roles": ["ReadAll"], "admin": False}, BOSS))
    claims = person("amy", groups=["boss"], nick="a" * 60 + "b")
    dry = await door.client.post(CHECK, headers=headers, json={"claims": claims})
    assert (dry.status_code, dry.json()["type"]) == (400, "/problems/sso_config_refused")
    idp.person = claims
    assert refusal(await door.sign_in()) == "sso_failed"
    assert await door.given.count("identity") == 0
