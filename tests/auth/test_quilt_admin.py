"""Administration by Quilt's clients and catalogs of 2018 to 2021, with the error texts that they compare."""

from typing import Any

import httpx
import pytest
from support.worlds.auth_world import Given

ARN = "arn:aws:iam::123456789012:role/Lab"


@pytest.fixture
async def call(given: Given, client: httpx.AsyncClient) -> Any:
    headers = await given.admin()

    async def call(method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = await client.request(method, f"/api{path}", headers=headers, json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if status == 200 else answer.json()["message"]

    return call


async def test_quilt_clients_administer_users(call: Any, given: Given, client: httpx.AsyncClient) -> None:
    amy = {"username": "amy"}
    assert await call("POST", "/users/create", {**amy, "email": "amy@example.com"}) == {}
    roles = {each["name"]: each["id"] for each in (await call("GET", "/roles"))["results"]}
    listed = {each["username"]: each for each in (await call("GET", "/users/list"))["results"]}
    assert listed["amy"] == {
        **amy,
        "email": "amy@example.com",
        "date_joined": listed["amy"]["date_joined"],
        "last_login": listed["amy"]["date_joined"],
        "is_superuser": False,
        "is_active": True,
        "role_id": roles["ReadAll"],
    }
    for path, field, value in [
        ("grant_admin", "is_superuser", True),
        ("revoke_admin", "is_superuser", False),
        ("disable", "is_active", False),
        ("enable", "is_active", True),
    ]:
        assert await call("POST", f"/users/{path}", amy) == {}
        assert {each["username"]: each for each in (await call("GET", "/users/list"))["results"]}["amy"][field] is value
    await call("POST", "/users/edit_email", {**amy, "email": "Amy@Example.org"})
    await call("POST", "/users/set_role", {**amy, "role": "ReadWriteAll"})
    user = (await client.get("/api/v1/admin/users/amy", headers=await given.admin())).json()
    assert (user["email"], user["role"], user["roles"]) == ("amy@example.org", "ReadWriteAll", ["ReadWriteAll"])
    await call("POST", "/users/set_role", {**amy, "role": ""})
    assert (await client.get("/api/v1/admin/users/amy", headers=await given.admin())).json()["role"] is None
    assert await call("POST", "/users/delete", amy) == {}
    assert await call("POST", "/users/delete", amy, 404) == "No such user"


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("create", {"username": "A b", "email": "x@y.org"}, (400, "Username is not valid. Usernames must start")),
        ("create", {"username": "admin", "email": "x@y.org"}, (409, "Username already taken.")),
        ("create", {"username": "ben", "email": "nonsense"}, (400, "Invalid email.")),
        ("create", {"username": "ben", "email": "admin@example.com"}, (409, "Email already taken.")),
        (
            "edit_email",
            {"username": "amy", "email": "admin@example.com"},
            (400, "Another user already has that email."),
        ),
        ("edit_email", {"username": "amy", "email": "x"}, (400, "Invalid email.")),
        ("edit_email", {"username": "nobody", "email": "x@y.org"}, (404, "No such user")),
        ("set_role", {"username": "nobody", "role": "ReadAll"}, (400, "No user exists by the provided name.")),
        ("set_role", {"username": "amy", "role": "Nope"}, (400, "No role exists by the provided name.")),
        ("set_role", {"username": "amy", "role": "\N{SNOWMAN}"}, (400, "No role exists by the provided name.")),
        ("disable", {"username": "nobody"}, (404, "No such user")),
        ("delete", {"username": "admin"}, (403, "You cannot delete yourself")),
        ("grant_admin", {"username": "amy", "more": 1}, (422, "")),
    ],
)
async def test_quilt_clients_get_refusals_in_quilts_words(
    call: Any, given: Given, path: str, body: Any, refusal: tuple[int, str]
) -> None:
    await given.user("amy")
    status, message = refusal
    assert (await call("POST", f"/users/{path}", body, status)).startswith(message)


async def test_quilt_administrators_cannot_disable_or_delete_themselves(call: Any, given: Given) -> None:
    await given.user("eve", is_admin=True)
    assert await call("POST", "/users/disable", {"username": "admin"}, 403) == "You cannot disable yourself"
    message = await call("POST", "/users/revoke_admin", {"username": "admin"}, 403)
    assert message == "You cannot take your own administrator's rights"


async def test_quilt_clients_administer_roles(call: Any, given: Given) -> None:
    made = await call("POST", "/roles", {"name": "Lab", "arn": ARN})
    assert made == {"id": made["id"], "name": "Lab", "arn": ARN}
    path = f"/roles/{made['id']}"
    assert await call("GET", path) == made
    changed = await call("PUT", path, {"name": "Labs", "arn": f"{ARN}s"})
    assert changed == {"id": made["id"], "name": "Labs", "arn": f"{ARN}s"}
    assert changed in (await call("GET", "/roles"))["results"]
    for body, status, message in [
        ({"name": "ReadAll", "arn": ARN}, 409, "Role name already exists"),
        ({"name": "-", "arn": ARN}, 400, "Invalid name for role"),
        ({"name": "none", "arn": ARN}, 400, "Invalid name for role"),
        ({"name": "Lab", "arn": "x"}, 400, "Invalid ARN for role"),
    ]:
        assert await call("POST", "/roles", body, status) == message
        assert await call("PUT", path, body, status) == message
    await given.user("amy", roles=["Labs"])
    assert await call("DELETE", path, status=409)
    await call("POST", "/users/set_role", {"username": "amy", "role": ""})
    assert await call("DELETE", path) == {}
    for method in ("GET", "DELETE"):
        assert await call(method, path, status=404) == "Role not found"
    assert await call("PUT", path, {"name": "Lab", "arn": ARN}, 404) == "Role not found"


async def test_a_managed_role_is_renamed_and_stays_managed(call: Any) -> None:
    role = next(each for each in (await call("GET", "/roles"))["results"] if each["name"] == "ReadAll")
    path = f"/roles/{role['id']}"
    assert await call("PUT", path, {"name": "Readers", "arn": role["arn"]}) == {**role, "name": "Readers"}
    await call("PUT", path, {"name": "Readers", "arn": ARN}, 409)
