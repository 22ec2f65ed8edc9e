from typing import Any
from uuid import uuid4

import httpx
import pytest
from support.worlds.auth_world import PASSWORD, Given, bearer

from shared.schemas.principal import Level

ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "/api/v1/admin/users", None),
    ("POST", "/api/v1/admin/users", {"name": "bob", "email": "bob@example.com"}),
    ("GET", "/api/v1/admin/users/admin", None),
    ("POST", "/api/v1/admin/users/admin/enable", None),
    ("POST", "/api/v1/admin/users/admin/disable", None),
    ("PUT", "/api/v1/admin/users/admin/roles", {"roles": []}),
    ("PUT", "/api/v1/admin/users/admin/password", {"password": PASSWORD}),
    ("GET", "/api/v1/admin/roles", None),
    ("POST", "/api/v1/admin/roles", {"name": "R", "permissions": {}}),
    ("GET", "/api/v1/admin/roles/ReadAll", None),
    ("PUT", "/api/v1/admin/roles/ReadAll", {"name": "R", "policies": []}),
    ("DELETE", "/api/v1/admin/roles/ReadAll", None),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_only_administrators_administer_users(
    given: Given, client: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    assert (await client.request(method, path, json=body)).status_code == 401
    answer = await client.request(method, path, json=body, headers=await given.caller("amy", roles=["ReadWriteAll"]))
    assert answer.status_code == 403
    assert answer.json()["message"]


async def test_a_user_is_created_with_the_default_role(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    new = {"name": "amy", "email": "Amy@Example.com", "password": PASSWORD}
    made = await client.post("/api/v1/admin/users", headers=admin, json=new)
    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"],
        "name": "amy",
        "email": "amy@example.com",
        "is_admin": False,
        "is_active": True,
        "role": "ReadAll",
        "roles": ["ReadAll"],
        "is_sso_only": False,
        "is_governed": False,
        "has_second_factor": False,
        "created_at": made.json()["created_at"],
        "last_login": None,
    }
    assert (await client.get("/api/v1/admin/users/amy", headers=admin)).json() == made.json()
    await given.token("amy")
    assert (await client.get("/api/v1/admin/users/amy", headers=admin)).json()["last_login"] is not None


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"name": "admin"}, 409, "user name admin is taken"),
        ({"email": "ADMIN@example.com"}, 409, "admin@example.com is taken"),
        ({"password": "seven77"}, 400, "Password must be at least 8 characters long."),
        ({"roles": ["ReadAll", "Nope"]}, 400, "No such role: Nope"),
        ({"name": "Amy"}, 422, "name"),
        ({"name": "amy\n"}, 422, "name"),
        ({"name": ""}, 422, "name"),
        ({"name": "a" * 65}, 422, "name"),
        ({"email": "amy"}, 422, "email"),
        ({"email": "amy@example.com\u0000"}, 422, "email"),
        ({"password": "x" * 1025}, 422, "password"),
        ({"is_superman": True}, 422, "is_superman"),
    ],
)
async def test_invalid_users_are_refused(
    given: Given, client: httpx.AsyncClient, changes: dict[str, Any], status: int, message: str
) -> None:
    new = {"name": "amy", "email": "amy@example.com", "password": PASSWORD, **changes}
    answer = await client.post("/api/v1/admin/users", headers=await given.admin(), json=new)
    assert answer.status_code == status
    assert message in answer.json()["message"]
    assert await given.count('"user"') == 1


async def test_users_are_listed_page_by_page(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    for name in ("dan", "amy", "cat", "bob"):
        await given.user(name)
    seen: list[list[str]] = []
    cursor: str | None = None
    while cursor or not seen:
        after = {"cursor": cursor} if cursor else {}
        page = (await client.get("/api/v1/admin/users", headers=admin, params={"limit": 2, **after})).json()
        seen.append([user["name"] for user in page["items"]])
        cursor = page["next"]
    assert seen == [["admin", "amy"], ["bob", "cat"], ["dan"]]
    whole = (await client.get("/api/v1/admin/users", headers=admin, params={"limit": 5})).json()
    assert (len(whole["items"]), whole["next"]) == (5, None)


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJcdTAwMDAiXQ", "WyJcdWQ4MDAiXQ"])
async def test_user_cursors_of_other_listings_are_refused(given: Given, client: httpx.AsyncClient, cursor: str) -> None:
    answer = await client.get("/api/v1/admin/users", headers=await given.admin(), params={"cursor": cursor})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid_cursor")


@pytest.mark.parametrize("name", ["nobody", "ADMIN", "%ff", "a b", "%E2%82%AC"])
async def test_unknown_users_are_not_found(given: Given, client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/api/v1/admin/users/{name}", headers=await given.admin())
    assert answer.status_code == 404
    assert answer.json()["message"]


async def test_sessions_that_disabling_ended_stay_ended_after_enabling(given: Given, client: httpx.AsyncClient) -> None:
    admin, caller = await given.admin(), await given.caller("amy")
    grant = await given.grant(caller)
    answer = await client.post("/api/v1/admin/users/amy/disable", headers=admin)
    assert answer.json()["is_active"] is False
    tokens = [caller, bearer(grant["access_token"])]
    for enabled in (False, True):
        if enabled:
            assert (await client.post("/api/v1/admin/users/amy/enable", headers=admin)).json()["is_active"] is True
        assert {(await client.get("/api/me", headers=token)).status_code for token in tokens} == {401}
        assert (await client.post("/api/refresh", headers=caller)).status_code == 401
        exchange = await client.post("/api/token", data={"refresh_token": grant["refresh_token"]})
        assert exchange.status_code == 401
    assert await given.token("amy")


async def test_the_last_administrator_cannot_be_removed(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    answer = await client.post("/api/v1/admin/users/admin/disable", headers=admin)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/last_administrator")
    eve = await given.caller("eve", is_admin=True)
    answer = await client.post("/api/v1/admin/users/eve/disable", headers=eve)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not_yourself")
    assert (await client.post("/api/v1/admin/users/admin/disable", headers=eve)).status_code == 200


async def test_a_new_password_ends_all_sessions(given: Given, client: httpx.AsyncClient) -> None:
    admin, caller = await given.admin(), await given.caller("amy")
    path = "/api/v1/admin/users/amy/password"
    assert (await client.put(path, headers=admin, json={"password": "short"})).status_code == 400
    assert (await client.get("/api/me", headers=caller)).status_code == 200
    assert (await client.put(path, headers=admin, json={"password": "another password"})).status_code == 200
    assert (await client.get("/api/me", headers=caller)).status_code == 401
    old = await client.post("/api/login", json={"username": "amy", "password": PASSWORD})
    assert old.status_code == 401
    assert await given.token("amy", "another password")


async def test_roles_are_given_and_one_of_them_is_active(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    await given.role("Curators", {"b-1": Level.READ_WRITE})
    await given.user("amy")

    async def put(**wanted: Any) -> httpx.Response:
        return await client.put("/api/v1/admin/users/amy/roles", headers=admin, json=wanted)

    answer = (await put(roles=["ReadAll", "Curators", "ReadAll"], active="Curators")).json()
    assert (answer["role"], answer["roles"]) == ("Curators", ["Curators", "ReadAll"])
    answer = (await put(roles=["ReadAll", "Curators"])).json()
    assert answer["role"] == "Curators"  # unchanged
    answer = (await put(roles=["ReadAll"])).json()
    assert answer["role"] == "ReadAll"
    answer = (await put(roles=[])).json()
    assert (answer["role"], answer["roles"]) == (None, [])
    for wanted in (
        {"roles": ["Nope"]},
        {"roles": ["ReadAll"], "active": "Curators"},
        {"roles": [], "active": "ReadAll"},
    ):
        answer = await put(**wanted)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/unknown_role")


async def test_users_are_found_by_name_and_address(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    for name in ("amy", "bob", "amy_lou"):
        await given.caller(name, roles=[])
    for contains, found in {"amy": ["amy", "amy_lou"], "Y_L": ["amy_lou"], "BOB@": ["bob"], "%": []}.items():
        page = (await client.get("/api/v1/admin/users", headers=admin, params={"contains": contains})).json()
        assert [user["name"] for user in page["items"]] == found
    page = (await client.get("/api/v1/admin/users", headers=admin, params={"contains": "amy", "limit": "1"})).json()
    await given.caller("cleo", roles=["ReadWriteAll"])
    having = (await client.get("/api/v1/admin/users", headers=admin, params={"role": "ReadWriteAll"})).json()["items"]
    assert "cleo" in [user["name"] for user in having]
    assert all("ReadWriteAll" in user["roles"] for user in having)
    rest = {"contains": "amy", "cursor": page["next"]}
    assert [
        user["name"] for user in (await client.get("/api/v1/admin/users", headers=admin, params=rest)).json()["items"]
    ] == ["amy_lou"]


async def test_users_switch_between_their_own_roles(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy", roles=["ReadAll", "ReadWriteAll"])
    assert (await client.get("/api/v1/accounts/me", headers=amy)).json()["role"] == "ReadAll"
    switched = await client.put("/api/v1/accounts/me/role", headers=amy, json={"role": "ReadWriteAll"})
    assert (switched.status_code, switched.json()["role"]) == (200, "ReadWriteAll")
    assert (await client.get("/api/v1/accounts/me", headers=amy)).json() == switched.json()
    stranger = await given.caller("bob", roles=["ReadAll"])
    refused = await client.put("/api/v1/accounts/me/role", headers=stranger, json={"role": "ReadWriteAll"})
    assert refused.status_code == 400


async def test_administrators_list_and_end_sessions_of_a_user(given: Given, client: httpx.AsyncClient) -> None:
    admin, amy = await given.admin(), await given.caller("amy")
    other = bearer(await given.token("amy"))
    path = "/api/v1/admin/users/amy/sessions"
    listed = (await client.get(path, headers=admin)).json()["items"]
    assert len(listed) == 2
    assert not any(each["is_current"] for each in listed)
    own = (await client.get("/api/v1/sessions", headers=other)).json()["items"]
    (mine,) = [each["id"] for each in own if each["is_current"]]
    assert (await client.delete(f"{path}/{mine}", headers=admin)).status_code == 204
    assert (await client.get("/api/me", headers=other)).status_code == 401
    assert (await client.get("/api/me", headers=amy)).status_code == 200
    for session_id in (mine, str(uuid4())):
        answer = await client.delete(f"{path}/{session_id}", headers=admin)
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/session_not_found")
    key = (await client.post("/api/v1/keys", headers=amy, json={"name": "k"})).json()["secret"]
    assert (await client.delete(path, headers=admin)).status_code == 204
    assert (await client.get("/api/me", headers=amy)).status_code == 401
    assert (await client.get("/api/me", headers=bearer(key))).status_code == 200
    assert (await client.get(path, headers=admin)).json() == {"items": []}
    for action in ("EndSession", "EndSessions"):
        assert await given.matches("audit", f"action = 'Users.{action}' AND target = 'user:amy'") == 1
    assert (await client.get("/api/v1/admin/users/nobody/sessions", headers=admin)).status_code == 404
