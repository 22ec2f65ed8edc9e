from typing import Any

import httpx
import pytest
from support.people import INTERNAL, Given

from shared.schemas.principal import Level


async def resolved(client: httpx.AsyncClient, caller: dict[str, str]) -> dict[str, Any]:
    token = caller["Authorization"].removeprefix("Bearer ")
    answer = await client.post("/internal/principal", headers=INTERNAL, json={"token": token})
    assert answer.status_code == 200, answer.text
    principal: dict[str, Any] = answer.json()["principal"]
    return principal


async def test_a_role_is_made_changed_and_deleted(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    new = {"name": "Data Curators", "permissions": {"b-1": "READ_WRITE", "*": "READ"}}
    made = await client.post("/api/v1/roles", headers=admin, json=new)
    assert made.status_code == 201
    role = {"id": made.json()["id"], "is_default": False, **new}
    assert made.json() == role
    path = "/api/v1/roles/Data%20Curators"
    assert (await client.get(path, headers=admin)).json() == role
    changed = await client.put(f"{path}/permissions", headers=admin, json={"permissions": {"b-2": "READ"}})
    assert changed.json() == {**role, "permissions": {"b-2": "READ"}}
    listed = (await client.get("/api/v1/roles", headers=admin)).json()
    assert [each["name"] for each in listed["items"]] == ["Data Curators", "ReadAll", "ReadWriteAll"]
    deleted = await client.delete(path, headers=admin)
    assert (deleted.status_code, deleted.json()) == (200, {})
    assert (await client.get(path, headers=admin)).status_code == 404
    assert (await client.post("/api/v1/roles", headers=admin, json=new)).status_code == 201


@pytest.mark.parametrize(
    ("new", "status"),
    [
        ({"name": "ReadAll", "permissions": {}}, 409),
        ({"name": "", "permissions": {}}, 422),
        ({"name": "a/b", "permissions": {}}, 422),
        ({"name": "a\u0000", "permissions": {}}, 422),
        ({"name": "R"}, 422),
        ({"name": "R", "permissions": {"b-1": "WRITE"}}, 422),
        ({"name": "R", "permissions": {"b-*": "READ"}}, 422),
        ({"name": "R", "permissions": {'b"': "READ"}}, 422),
        ({"name": "R", "permissions": {"b-1\n": "READ"}}, 422),
    ],
)
async def test_roles_that_cannot_be(given: Given, client: httpx.AsyncClient, new: dict[str, Any], status: int) -> None:
    answer = await client.post("/api/v1/roles", headers=await given.admin(), json=new)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert await given.count("role") == 2


async def test_roles_in_use_stay(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    await given.role("Curators", {})
    await given.user("amy", roles=["ReadAll", "Curators"])
    for name in ("ReadAll", "Curators"):
        answer = await client.delete(f"/api/v1/roles/{name}", headers=admin)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/role_in_use")
    assert (await client.delete("/api/v1/roles/Nope", headers=admin)).status_code == 404


async def test_permissions_follow_the_active_role_at_once(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    await given.role("Curators", {"b-1": Level.READ_WRITE})
    caller = await given.caller("amy", roles=["ReadAll", "Curators"])
    assert (await resolved(client, caller))["permissions"] == {"*": "READ"}
    wanted = {"roles": ["ReadAll", "Curators"], "active": "Curators"}
    await client.put("/api/v1/users/amy/roles", headers=admin, json=wanted)
    assert (await resolved(client, caller))["permissions"] == {"b-1": "READ_WRITE"}
    body = {"permissions": {"b-2": "READ"}}
    await client.put("/api/v1/roles/Curators/permissions", headers=admin, json=body)
    assert (await resolved(client, caller))["permissions"] == {"b-2": "READ"}
    await client.put("/api/v1/users/amy/roles", headers=admin, json={"roles": []})
    nobody = await resolved(client, caller)
    assert (nobody["role"], nobody["role_id"], nobody["permissions"]) == (None, None, {})


async def test_a_roles_policies_are_summed(given: Given, client: httpx.AsyncClient) -> None:
    await given.role("A", {"b-1": Level.READ_WRITE, "b-2": Level.READ})
    await given.role("B", {"b-1": Level.READ, "b-2": Level.READ_WRITE, "b-3": Level.READ})
    await given.sql(
        "INSERT INTO auth.role_policy (role_id, policy_id) "
        "SELECT role.id, policy.id FROM auth.role, auth.policy WHERE role.name = 'A' AND policy.title = 'B'"
    )
    caller = await given.caller("amy", roles=["A"])
    summed = {"b-1": "READ_WRITE", "b-2": "READ_WRITE", "b-3": "READ"}
    assert (await resolved(client, caller))["permissions"] == summed
