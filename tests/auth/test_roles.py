from dataclasses import replace
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from support.worlds.auth_world import INTERNAL, Given, app_with, client_of, settings_for

from auth.resources import AuthResources
from shared.schemas.principal import Level

NOBODY = "00000000-0000-4000-8000-000000000000"
ARN = "arn:aws:iam::123456789012:role/lab/Curators"
POLICY_ARN = "arn:aws:iam::123456789012:policy/ReadInventory"
ROLES, POLICIES = "/api/v1/admin/roles", "/api/v1/admin/policies"


async def resolved(client: httpx.AsyncClient, caller: dict[str, str]) -> dict[str, Any]:
    token = caller["Authorization"].removeprefix("Bearer ")
    answer = await client.post("/internal/principal", headers=INTERNAL, json={"token": token})
    assert answer.status_code == 200, answer.text
    principal: dict[str, Any] = answer.json()["principal"]
    return principal


class Admin:
    """An administrator's client, which checks the status of each answer."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self._client = client
        self.headers = headers

    async def __call__(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = await self._client.request(method, path, headers=self.headers, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def refused(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        answer = await self._client.request(method, path, headers=self.headers, json=body)
        return answer.status_code, answer.json()["type"].removeprefix("/problems/")


@pytest.fixture
async def admin(given: Given, client: httpx.AsyncClient) -> Admin:
    return Admin(client, await given.admin())


async def test_a_role_is_made_where_the_store_has_no_sts(resources: AuthResources) -> None:
    url = resources.engine.url.render_as_string(hide_password=False)
    settings = settings_for(url, sts=False, user_role_arn="")
    without_sts = replace(resources, settings=settings)
    async with client_of(app_with(without_sts)) as client:
        admin = Admin(client, await Given(without_sts, client).admin())
        made = await admin("POST", ROLES, {"name": "Curators", "permissions": {"b-1": "READ_WRITE"}}, 201)
        assert made["arn"] == f"arn:aws:iam::000000000000:role/patchwork/patchwork-main-{made['id']}"
        assert made in (await admin("GET", ROLES))["items"]
        await admin("GET", "/api/v1/admin/default-role")
        assert (await client.get("/api/roles", headers=admin.headers)).status_code == 200


@pytest.mark.parametrize(("arn", "sts"), [("", True), ("people", False), ("arn:aws:iam::1:user/people", True)])
def test_a_role_that_cannot_be_assumed_stops_the_start(arn: str, *, sts: bool) -> None:
    with pytest.raises(ValidationError, match=r"(?i)user_role_arn"):
        settings_for("postgresql://unused", sts=sts, user_role_arn=arn)


async def test_a_role_is_made_changed_and_deleted(admin: Admin) -> None:
    new = {"name": "Data Curators", "permissions": {"b-1": "READ_WRITE", "*": "READ"}}
    made = await admin("POST", ROLES, new, 201)
    (own,) = made["policies"]
    role = {
        "id": made["id"],
        "is_default": False,
        "managed": True,
        "arn": f"arn:aws:iam::000000000000:role/patchwork/patchwork-main-{made['id']}",
        "policies": [{"id": own["id"], "title": "Data Curators"}],
        "query_budgets": dict.fromkeys(("seconds", "memory_bytes", "read_bytes", "rows")),
        **new,
    }
    assert made == role
    for path in (f"{ROLES}/Data%20Curators", f"{ROLES}/{made['id']}"):
        assert await admin("GET", path) == role
    more = await admin("POST", POLICIES, {"title": "More", "permissions": {"b-1": "READ", "b-2": "READ_WRITE"}}, 201)
    changed = await admin("PUT", path, {"name": "Curators", "policies": [own["id"], more["id"]]})
    assert changed["permissions"] == {"b-1": "READ_WRITE", "*": "READ", "b-2": "READ_WRITE"}
    assert (changed["id"], changed["name"]) == (made["id"], "Curators")
    listed = (await admin("GET", ROLES))["items"]
    assert [each["name"] for each in listed] == ["Curators", "ReadAll", "ReadWriteAll"]
    assert await admin("DELETE", f"{ROLES}/Curators") == {}
    await admin("GET", path, status=404)
    assert (await admin("GET", f"{POLICIES}/{more['id']}"))["roles"] == []


async def test_deleting_a_role_deletes_the_policy_made_for_it(admin: Admin) -> None:
    new = {"name": "R", "permissions": {"b-1": "READ"}}
    for _ in range(2):
        await admin("POST", ROLES, new, 201)
        await admin("DELETE", f"{ROLES}/R")


async def test_a_role_may_stand_for_one_of_iam(admin: Admin) -> None:
    made = await admin("POST", ROLES, {"name": "Lab", "arn": ARN}, 201)
    assert (made["managed"], made["arn"], made["policies"], made["permissions"]) == (False, ARN, [], {})
    path = f"{ROLES}/{made['id']}"
    assert (await admin("PUT", path, {"name": "Lab 2", "arn": f"{ARN}2"}))["arn"] == f"{ARN}2"
    assert await admin.refused("PUT", path, {"name": "Lab", "policies": []}) == (409, "wrong_kind")
    assert await admin.refused("PUT", f"{ROLES}/ReadAll", {"name": "ReadAll", "arn": ARN}) == (409, "wrong_kind")
    policy = {"title": "P", "permissions": {}, "roles": [made["id"]]}
    assert await admin.refused("POST", POLICIES, policy) == (409, "wrong_kind")


@pytest.mark.parametrize(
    ("new", "status", "slug"),
    [
        ({"name": "ReadAll", "permissions": {}}, 409, "title_taken"),
        ({"name": "ReadAll", "policies": []}, 409, "name_taken"),
        ({"name": "None", "permissions": {}}, 400, "name_reserved"),
        ({"name": NOBODY, "permissions": {}}, 400, "name_reserved"),
        ({"name": "R", "policies": [NOBODY]}, 400, "unknown_policy"),
        ({"name": "R", "policies": [f"{n:08}{NOBODY[8:]}" for n in range(11)]}, 400, "too_many_policies"),
        ({"name": "R"}, 422, "malformed"),
        ({"name": "R", "policies": [], "arn": ARN}, 422, "malformed"),
        ({"name": "R", "arn": "arn:aws:iam::1:user/x"}, 422, "malformed"),
        ({"name": "", "permissions": {}}, 422, "malformed"),
        ({"name": "a/b", "permissions": {}}, 422, "malformed"),
        ({"name": "a\u0000", "permissions": {}}, 422, "malformed"),
        ({"name": "R", "permissions": {"b-1": "WRITE"}}, 422, "malformed"),
        ({"name": "R", "permissions": {"b-*": "READ"}}, 422, "malformed"),
        ({"name": "R", "permissions": {'b"': "READ"}}, 422, "malformed"),
        ({"name": "R", "permissions": {"b-1\n": "READ"}}, 422, "malformed"),
        ({"name": "R", "permissions": {}, "query_budgets": {"seconds": 0}}, 422, "malformed"),
        ({"name": "R", "permissions": {}, "query_budgets": {"memory_bytes": 1000}}, 422, "malformed"),
        ({"name": "R", "permissions": {}, "query_budgets": {"second": 9}}, 422, "malformed"),
    ],
)
async def test_invalid_roles_are_refused(
    given: Given, admin: Admin, new: dict[str, Any], status: int, slug: str
) -> None:
    assert await admin.refused("POST", ROLES, new) == (status, slug)
    assert await given.count("role") == 2


async def test_roles_in_use_cannot_be_deleted(given: Given, admin: Admin) -> None:
    await given.role("Curators", {})
    await given.user("amy", roles=["ReadAll", "Curators"])
    for name in ("ReadAll", "Curators"):
        assert await admin.refused("DELETE", f"{ROLES}/{name}") == (409, "role_in_use")
    assert (await admin.refused("DELETE", f"{ROLES}/Nope"))[0] == 404


async def test_the_default_role_is_what_new_users_get(given: Given, admin: Admin) -> None:
    await given.role("Guests", {})
    path = "/api/v1/admin/default-role"
    assert (await admin("GET", path))["role"]["name"] == "ReadAll"
    assert (await admin("PUT", path, {"role": "Guests"}))["role"]["name"] == "Guests"
    assert (await given.user("amy")).role == "Guests"
    assert await admin("PUT", path, {"role": None}) == {"role": None}
    assert (await given.user("ben")).role is None
    assert (await admin.refused("PUT", path, {"role": "Nope"}))[0] == 404


async def test_a_policy_is_made_changed_and_deleted(given: Given, admin: Admin) -> None:
    await given.role("A", {"b-1": Level.READ})
    role = await admin("GET", f"{ROLES}/A")
    new = {"title": "Plates", "permissions": {"b-1": "READ_WRITE"}, "roles": [role["id"]]}
    made = await admin("POST", POLICIES, new, 201)
    held = [{"id": role["id"], "name": "A"}]
    assert made == {**new, "id": made["id"], "managed": True, "arn": None, "roles": held}
    caller = await given.caller("amy", roles=["A"])
    assert (await resolved(given.client, caller))["permissions"] == {"b-1": "READ_WRITE"}
    path = f"{POLICIES}/{made['id']}"
    changed = await admin("PUT", path, {"title": "Wells", "permissions": {"b-2": "READ"}})
    assert (changed["title"], changed["roles"]) == ("Wells", held)
    assert (await resolved(given.client, caller))["permissions"] == {"b-1": "READ", "b-2": "READ"}
    assert [each["title"] for each in (await admin("GET", POLICIES))["items"]] == [
        "A",
        "ReadAll",
        "ReadWriteAll",
        "Wells",
    ]
    assert await admin("DELETE", path) == {}
    assert (await resolved(given.client, caller))["permissions"] == {"b-1": "READ"}
    assert (await admin.refused("GET", path)) == (404, "policy_not_found")


async def test_a_policy_may_stand_for_one_of_iam(admin: Admin) -> None:
    made = await admin("POST", POLICIES, {"title": "Inventory", "arn": POLICY_ARN}, 201)
    assert (made["managed"], made["arn"], made["permissions"]) == (False, POLICY_ARN, {})
    assert await admin.refused("POST", POLICIES, {"title": "Again", "arn": POLICY_ARN}) == (409, "arn_taken")
    path = f"{POLICIES}/{made['id']}"
    assert await admin.refused("PUT", path, {"title": "x", "permissions": {}}) == (409, "wrong_kind")


async def test_invalid_policies_are_refused(given: Given, admin: Admin) -> None:
    ids = [(await admin("POST", POLICIES, {"title": f"P{n}", "permissions": {}}, 201))["id"] for n in range(10)]
    full = await admin("POST", ROLES, {"name": "Full", "policies": ids}, 201)
    for new, refusal in [
        ({"title": "ReadAll", "permissions": {}}, (409, "title_taken")),
        ({"title": "New", "permissions": {}, "roles": [NOBODY]}, (400, "unknown_role")),
        ({"title": "New", "permissions": {}, "roles": [full["id"]]}, (400, "too_many_policies")),
        ({"title": "New"}, (422, "malformed")),
        ({"title": "", "permissions": {}}, (422, "malformed")),
        ({"title": "New", "permissions": {}, "arn": POLICY_ARN}, (422, "malformed")),
    ]:
        assert await admin.refused("POST", POLICIES, new) == refusal
    assert await given.count("policy") == 12


async def test_permissions_follow_the_active_role_at_once(
    given: Given, admin: Admin, client: httpx.AsyncClient
) -> None:
    await given.role("Curators", {"b-1": Level.READ_WRITE})
    caller = await given.caller("amy", roles=["ReadAll", "Curators"])
    assert (await resolved(client, caller))["permissions"] == {"*": "READ"}
    path = "/api/v1/admin/users/amy/roles"
    await admin("PUT", path, {"roles": ["ReadAll", "Curators"], "active": "Curators"})
    assert (await resolved(client, caller))["permissions"] == {"b-1": "READ_WRITE"}
    await given.permit(admin.headers, "Curators", {"b-2": Level.READ})
    assert (await resolved(client, caller))["permissions"] == {"b-2": "READ"}
    await admin("PUT", path, {"roles": []})
    nobody = await resolved(client, caller)
    assert (nobody["role"], nobody["role_id"], nobody["permissions"]) == (None, None, {})


@pytest.mark.parametrize(
    ("change", "active", "roles"),
    [
        ({"add": ["C"]}, "A", ["A", "B", "C"]),
        ({"add": ["C"], "active": "C"}, "C", ["A", "B", "C"]),
        ({"remove": ["B"]}, "A", ["A"]),
        ({"remove": ["A"]}, "B", ["B"]),
        ({"remove": ["A"], "fallback": "C"}, "C", ["B", "C"]),
        ({"remove": ["A", "B"]}, None, []),
        ({"remove": ["A"], "add": ["C"]}, "B", ["B", "C"]),
    ],
)
async def test_roles_of_a_user_are_added_and_removed(
    given: Given, admin: Admin, change: dict[str, Any], active: str | None, roles: list[str]
) -> None:
    for name in ("A", "B", "C"):
        await given.role(name, {})
    await given.user("amy", roles=["A", "B"])
    user = await admin("PATCH", "/api/v1/admin/users/amy/roles", change)
    assert (user["role"], user["roles"]) == (active, roles)


@pytest.mark.parametrize(
    "change", [{"add": ["Nope"]}, {"remove": ["Nope"]}, {"remove": ["A", "B"], "fallback": "Nope"}]
)
async def test_changing_roles_by_an_unknown_name_is_refused(given: Given, admin: Admin, change: dict[str, Any]) -> None:
    for name in ("A", "B"):
        await given.role(name, {})
    await given.user("amy", roles=["A", "B"])
    path = "/api/v1/admin/users/amy"
    assert await admin.refused("PATCH", f"{path}/roles", change) == (400, "unknown_role")
    assert (await admin("GET", path))["roles"] == ["A", "B"]


async def test_budgets_of_queries_are_kept_until_they_are_set(admin: Admin) -> None:
    new = {"name": "R", "permissions": {}, "query_budgets": {"seconds": 600, "rows": 5}}
    made = await admin("POST", ROLES, new, 201)
    none = {"seconds": None, "memory_bytes": None, "read_bytes": None, "rows": None}
    assert made["query_budgets"] == none | {"seconds": 600, "rows": 5}
    kept = {"name": "R", "policies": [policy["id"] for policy in made["policies"]]}
    path = f"{ROLES}/R"
    assert (await admin("PUT", path, kept))["query_budgets"] == made["query_budgets"]
    changed = await admin("PUT", path, kept | {"query_budgets": {"seconds": 90}})
    assert changed["query_budgets"] == none | {"seconds": 90}
    assert await admin("GET", path) == changed
    assert (await admin("PUT", path, kept | {"query_budgets": {}}))["query_budgets"] == none
    found = [each for each in (await admin("GET", "/api/v1/admin/audit"))["items"] if each["target"] == "role:R"]
    recorded = [(each["details"].get("query_budgets_before"), each["details"].get("query_budgets")) for each in found]
    assert recorded[::-1] == [
        ({}, {"seconds": 600, "rows": 5}),
        (None, None),
        ({"seconds": 600, "rows": 5}, {"seconds": 90}),
        ({"seconds": 90}, {}),
    ]


async def test_changes_of_rights_are_in_the_audit_trail(given: Given, admin: Admin) -> None:
    await admin("POST", ROLES, {"name": "R", "arn": ARN}, 201)
    await given.user("amy")
    await admin("PATCH", "/api/v1/admin/users/amy", {"is_admin": True})
    await admin("DELETE", "/api/v1/admin/users/amy")
    found = (await admin("GET", "/api/v1/admin/audit"))["items"]
    assert {(each["action"], each["target"], each["user"]) for each in found} >= {
        ("Roles.Create", "role:R", "admin"),
        ("Users.GrantAdmin", "user:amy", "admin"),
        ("Users.Delete", "user:amy", "admin"),
    }
