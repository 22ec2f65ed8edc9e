from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from support.worlds.auth_world import INTERNAL, Given, bearer

from auth.db.stores import Stores
from shared.db.engine import transaction
from shared.schemas.agreement import Agreement

NOBODY = "00000000-0000-4000-8000-000000000000"
INTERNALS = [
    ("POST", "/internal/principal"),
    ("GET", "/internal/revocations"),
    ("GET", "/internal/agreement"),
    ("GET", f"/internal/users/{NOBODY}"),
    ("PUT", f"/internal/users/{NOBODY}/role"),
]


async def feed(client: httpx.AsyncClient, since: int | None = None) -> dict[str, Any]:
    params = {} if since is None else {"since": since}
    answer = await client.get("/internal/revocations", headers=INTERNAL, params=params)
    assert answer.status_code == 200, answer.text
    news: dict[str, Any] = answer.json()
    return news


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), (bearer("wrong"), 403), (bearer("internal-token-and-more"), 403), (bearer("é"), 403)],
)
@pytest.mark.parametrize(("method", "path"), INTERNALS)
async def test_internal_routes_refuse_callers_without_the_services_token(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await client.request(method, path, headers=raw, json={"token": "x"})
    assert answer.status_code == status


async def test_a_principal_is_resolved(given: Given, client: httpx.AsyncClient) -> None:
    user = await given.user("amy")
    token = await given.token()
    answer = await client.post("/internal/principal", headers=INTERNAL, json={"token": token})
    resolution = answer.json()
    assert resolution["principal"] == {
        "user_id": str(user.id),
        "name": "amy",
        "session_id": resolution["principal"]["session_id"],
        "kind": "person",
        "is_api_key": False,
        "is_admin": False,
        "role_id": resolution["principal"]["role_id"],
        "role": "ReadAll",
        "permissions": {"*": "READ"},
        "apart": [],
    }
    lifetime = datetime.fromisoformat(resolution["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=29) < lifetime <= timedelta(days=30)
    assert resolution["seq"] == (await feed(client))["seq"]


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "qk_unknown"])
async def test_an_invalid_token_resolves_to_nobody(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.post("/internal/principal", headers=INTERNAL, json={"token": token})
    kind = "api_key_invalid" if token.startswith("qk_") else "unauthenticated"
    assert (answer.status_code, answer.json()["type"]) == (401, f"/problems/{kind}")


async def test_the_feed_lists_every_revocation(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    user = await given.user("amy")
    caller = bearer(await given.token())
    question = {"token": caller["Authorization"][7:]}
    principal = (await client.post("/internal/principal", headers=INTERNAL, json=question)).json()["principal"]
    await given.role("Curators", {})
    role = (await client.get("/api/v1/admin/roles/Curators", headers=admin)).json()
    policy, role_id = f"/api/v1/admin/policies/{role['policies'][0]['id']}", role["id"]
    start = (await feed(client))["seq"]
    for method, path, headers, body, subject in [
        ("POST", "/api/logout", caller, None, f"session:{principal['session_id']}"),
        ("PUT", "/api/v1/admin/users/amy/roles", admin, {"roles": ["Curators"]}, f"user:{user.id}"),
        ("PUT", "/api/v1/admin/users/amy/password", admin, {"password": "another password"}, f"user:{user.id}"),
        ("POST", "/api/v1/admin/users/amy/disable", admin, None, f"user:{user.id}"),
        ("PUT", policy, admin, {"title": "Curators", "permissions": {"b-1": "READ"}}, f"role:{role_id}"),
        ("PUT", "/api/v1/admin/roles/Curators", admin, {"name": "Gardeners", "policies": []}, f"role:{role_id}"),
        ("PATCH", "/api/v1/admin/users/amy", admin, {"is_admin": True}, f"user:{user.id}"),
        ("DELETE", "/api/v1/admin/users/amy", admin, None, f"user:{user.id}"),
        ("DELETE", "/api/v1/admin/roles/Gardeners", admin, None, f"role:{role_id}"),
    ]:
        before = (await feed(client))["seq"]
        assert (await client.request(method, path, headers=headers, json=body)).status_code == 200
        news = await feed(client, since=before)
        assert news == {"events": [{"seq": before + 1, "subject": subject}], "seq": before + 1, "reset": False}
    assert [event["seq"] for event in (await feed(client, since=start))["events"]] == list(range(start + 1, start + 10))


async def test_a_new_follower_gets_the_head_of_the_feed(given: Given, client: httpx.AsyncClient) -> None:
    await client.post("/api/logout", headers=await given.caller())
    news = await feed(client)
    assert (news["events"], news["reset"]) == ([], False)
    assert await feed(client, since=news["seq"]) == news


async def test_a_follower_behind_the_pruned_feed_is_told_to_reset(given: Given, client: httpx.AsyncClient) -> None:
    start = (await feed(client))["seq"]
    for name in ("amy", "bob"):
        await client.post("/api/logout", headers=await given.caller(name))
    await given.sql(f"UPDATE auth.revocation SET at = at - interval '2 hours' WHERE seq = {start + 1}")  # noqa: S608
    async with transaction(given.resources.sessions) as session:
        await Stores(session).revocations.prune(before=datetime.now(UTC) - timedelta(hours=1))
    assert (await feed(client, since=start))["reset"] is True
    assert (await feed(client, since=start + 1))["reset"] is False
    assert [event["seq"] for event in (await feed(client, since=start + 1))["events"]] == [start + 2]
    assert (await feed(client, since=start + 3))["reset"] is True  # as after a restore of an older backup
    await given.sql("UPDATE auth.revocation SET at = at - interval '2 hours'")
    async with transaction(given.resources.sessions) as session:
        await Stores(session).revocations.prune(before=datetime.now(UTC) - timedelta(hours=1))
    assert await feed(client, since=start + 2) == {"events": [], "seq": start + 2, "reset": False}


@pytest.mark.parametrize("since", ["-1", "x", str(1 << 63)])
async def test_invalid_feed_positions_are_refused(client: httpx.AsyncClient, since: str) -> None:
    answer = await client.get("/internal/revocations", headers=INTERNAL, params={"since": since})
    assert answer.status_code == 422


async def test_services_read_users_and_switch_their_role(given: Given, client: httpx.AsyncClient) -> None:
    user = await given.user("amy")
    await given.role("Curators", {})
    roles = {"roles": ["ReadAll", "Curators"], "active": "ReadAll"}
    await client.put("/api/v1/admin/users/amy/roles", headers=await given.admin(), json=roles)
    address = f"/internal/users/{user.id}"
    known = (await client.get(address, headers=INTERNAL)).json()
    assert (known["name"], known["role"], known["roles"]) == ("amy", "ReadAll", ["Curators", "ReadAll"])
    start = (await feed(client))["seq"]
    switched = await client.put(f"{address}/role", headers=INTERNAL, json={"role": "Curators"})
    assert switched.json() == {**known, "role": "Curators"}
    assert [event["subject"] for event in (await feed(client, since=start))["events"]] == [f"user:{user.id}"]


async def test_switching_to_a_role_of_another_user_is_refused(given: Given, client: httpx.AsyncClient) -> None:
    user = await given.user("amy")
    answer = await client.put(f"/internal/users/{user.id}/role", headers=INTERNAL, json={"role": "ReadWriteAll"})
    assert answer.status_code == 400
    assert (await client.get(f"/internal/users/{NOBODY}", headers=INTERNAL)).status_code == 404


async def test_the_agreement_lists_the_shared_settings(client: httpx.AsyncClient) -> None:
    told = (await client.get("/internal/agreement", headers=INTERNAL)).json()
    assert told.keys() == Agreement.model_fields.keys()
    assert None not in told.values()
