"""Access of one person to one more bucket, by a role of their own."""

from typing import Any

import httpx
import pytest
from support.worlds.auth_world import Given

from shared.schemas.principal import Level

USERS, ROLES, POLICIES = "/api/v1/admin/users", "/api/v1/admin/roles", "/api/v1/admin/policies"


class Administrator:
    """Gives access, and looks at what that made."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client = client
        self._headers = headers

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self._client.request(method, path, headers=self._headers, json=body)

    async def give(self, name: str, bucket: str, level: str = "READ") -> httpx.Response:
        return await self.ask("PUT", f"{USERS}/{name}/access/{bucket}", {"level": level})

    async def titles(self) -> set[str]:
        """Names of all roles, titles of all policies, and the people's roles."""
        found = [(await self.ask("GET", path)).json()["items"] for path in (ROLES, POLICIES, USERS)]
        roles, policies, users = found
        return {
            *(f"role {role['name']}: {[each['title'] for each in role['policies']]}" for role in roles),
            *(f"policy {policy['title']}: {policy['permissions']}" for policy in policies),
            *(f"user {user['name']}: {user['roles']}, {user['role']}" for user in users),
        }


@pytest.fixture
async def admin(given: Given, client: httpx.AsyncClient) -> Administrator:
    return Administrator(client, await given.admin())


async def test_a_person_gets_a_role_with_what_they_could_do_and_the_bucket(given: Given, admin: Administrator) -> None:
    await given.role("Botany", {"plants": Level.READ})
    await given.user("amy", roles=["Botany"])
    before = await admin.titles()
    user = (await admin.give("amy", "stones", "READ_WRITE")).json()
    assert (user["roles"], user["role"]) == (["Botany", "Only amy"], "Only amy")
    role = (await admin.ask("GET", f"{ROLES}/Only amy")).json()
    assert role["permissions"] == {"plants": "READ", "stones": "READ_WRITE"}
    assert await admin.titles() - before == {
        "role Only amy: ['Botany', 'Only amy']",
        "policy Only amy: {'stones': 'READ_WRITE'}",
        "user amy: ['Botany', 'Only amy'], Only amy",
    }
    events = (await admin.ask("GET", "/api/v1/admin/audit")).json()["items"][:3]
    assert [event["action"] for event in reversed(events)] == ["Policies.Create", "Roles.Create", "Users.SetRole"]


async def test_a_further_bucket_extends_the_role_that_is_there(given: Given, admin: Administrator) -> None:
    await given.role("Botany", {"plants": Level.READ})
    await given.role("Zoology", {"animals": Level.READ})
    await given.user("amy", roles=["Botany", "Zoology"])
    for bucket, level in (("stones", "READ_WRITE"), ("shells", "READ"), ("stones", "READ")):
        assert (await admin.give("amy", bucket, level)).status_code == 200
    await admin.ask("PATCH", f"{USERS}/amy/roles", {"active": "Zoology"})
    user = (await admin.give("amy", "shells")).json()
    assert (user["roles"], user["role"]) == (["Botany", "Only amy", "Zoology"], "Only amy")
    role = (await admin.ask("GET", f"{ROLES}/Only amy")).json()
    assert role["permissions"] == {"animals": "READ", "plants": "READ", "shells": "READ", "stones": "READ"}


async def test_a_person_without_a_role_and_one_with_a_long_name_get_one(given: Given, admin: Administrator) -> None:
    long = "a" * 64
    for name in ("amy", long):
        await given.user(name, roles=[])
        user = (await admin.give(name, "stones")).json()
        assert user["roles"] == [f"Only {name}"[:64]]


async def test_a_role_that_is_left_from_somebody_of_the_same_name_gives_nothing_of_theirs(
    given: Given, admin: Administrator
) -> None:
    await given.role("Botany", {"plants": Level.READ})
    await given.user("amy", roles=["Botany"])
    await admin.give("amy", "stones", "READ_WRITE")
    assert (await admin.ask("DELETE", f"{USERS}/amy")).status_code == 200
    await given.user("amy", roles=[])
    assert (await admin.give("amy", "shells")).status_code == 200
    role = (await admin.ask("GET", f"{ROLES}/Only amy")).json()
    assert role["permissions"] == {"shells": "READ"}


@pytest.mark.parametrize(
    ("made", "status", "slug"),
    [
        (("POST", ROLES, {"name": "Only amy", "arn": "arn:aws:iam::123456789012:role/amy"}), 409, "wrong_kind"),
        (("POST", POLICIES, {"title": "Only amy", "arn": "arn:aws:iam::123456789012:policy/amy"}), 409, "wrong_kind"),
        (("POST", ROLES, {"name": "Amys", "permissions": {"b-1": "READ"}}), 409, "title_taken"),
        (("PUT", f"{USERS}/bob/roles", {"roles": ["Only amy"]}), 409, "role_in_use"),
        (("PUT", "/api/v1/admin/default-role", {"role": "Only amy"}), 409, "role_in_use"),
        (("POST", POLICIES, {"title": "Eleventh", "permissions": {"b-2": "READ"}}), 400, "too_many_policies"),
        (("PUT", POLICIES, {"title": "Only amy"}), 400, "too_many_permissions"),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
async def test_what_is_refused_leaves_nothing_half_done(
    given: Given, admin: Administrator, made: tuple[str, str, dict[str, Any]], status: int, slug: str
) -> None:
    await given.user("bob")
    await given.user("amy", roles=[])
    if slug == "too_many_policies":
        titles = [f"Policy {number}" for number in range(10)]
        new = [await admin.ask("POST", POLICIES, {"title": title, "permissions": {}}) for title in titles]
        full = {"name": "Full", "policies": [answer.json()["id"] for answer in new]}
        await admin.ask("POST", ROLES, full)
        await admin.ask("PUT", f"{USERS}/amy/roles", {"roles": ["Full"]})
    if slug == "role_in_use":
        await admin.ask("POST", ROLES, {"name": "Only amy", "permissions": {"b-1": "READ"}})
    method, path, body = made
    if slug == "too_many_permissions":
        await admin.give("amy", "shells")
        (own,) = (await admin.ask("GET", f"{ROLES}/Only amy")).json()["policies"]
        path += f"/{own['id']}"
        body = {**body, "permissions": {f"bucket-{number}": "READ" for number in range(1000)}}
    if slug == "title_taken":
        policy = (await admin.ask("POST", POLICIES, {"title": "Only amy", "permissions": {}})).json()
        body = {"name": "Amys", "policies": [policy["id"]]}
    assert (await admin.ask(method, path, body)).status_code in {200, 201}
    before = await admin.titles()
    answer = await admin.give("amy", "stones")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}"), answer.text
    assert await admin.titles() == before
