"""API keys: creation, use, listing, and revocation, also of leaked keys."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from support.worlds.auth_world import INTERNAL, Given, app_with, bearer

from auth.tokens import is_api_key, new_api_key
from shared.clients.auth import AuthClient
from shared.errors import Unauthenticated
from shared.principals import PrincipalCache

KEYS = "/api/v1/keys"


async def make(client: httpx.AsyncClient, caller: dict[str, str], **wanted: Any) -> dict[str, Any]:
    answer = await client.post(KEYS, headers=caller, json={"name": "nightly", **wanted})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def names(client: httpx.AsyncClient, caller: dict[str, str], path: str = KEYS, **wanted: str) -> list[str]:
    answer = await client.get(path, headers=caller, params=wanted)
    assert answer.status_code == 200, answer.text
    return [key["name"] for key in answer.json()["items"]]


def test_api_keys_have_a_checksum() -> None:
    made = new_api_key()
    assert re.fullmatch(r"qk_[0-9A-Za-z]{38}", made)
    assert is_api_key(made)
    swapped = made[:-1] + ("0" if made[-1] != "0" else "1")
    for other in (swapped, made[:-1], made + "0", made.removeprefix("qk_"), "qk_", "", f"qk_{'é' * 38}"):
        assert not is_api_key(other)


async def test_an_api_key_is_shown_once_and_stored_as_a_digest(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    made = await make(client, amy, expires_in_days=7)
    key, secret = made["api_key"], made["secret"]
    assert key == {
        "id": key["id"],
        "name": "nightly",
        "may_administer": False,
        "fingerprint": f"{secret[:6]}...{secret[-3:]}",
        "created_at": key["created_at"],
        "expires_at": key["expires_at"],
        "last_used_at": None,
        "user": "amy",
        "user_email": "amy@example.com",
        "status": "ACTIVE",
        "s3_key_pairs": [],
    }
    life = datetime.fromisoformat(key["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < life <= timedelta(days=7)
    assert (await client.get(f"{KEYS}/{key['id']}", headers=amy)).json() == key
    assert secret not in (await client.get(KEYS, headers=amy)).text
    assert await given.matches("api_key", f"position('{secret[3:]}' in api_key::text) > 0") == 0


@pytest.mark.parametrize(
    "wanted", [{"expires_in_days": 0}, {"expires_in_days": 366}, {"name": " "}, {"name": "x" * 101}, {"more": 1}]
)
async def test_invalid_api_keys_are_not_created(
    given: Given, client: httpx.AsyncClient, wanted: dict[str, Any]
) -> None:
    answer = await client.post(KEYS, headers=await given.caller("amy"), json={"name": "nightly", **wanted})
    assert answer.status_code == 422


async def test_an_api_key_acts_as_its_owner(given: Given, client: httpx.AsyncClient) -> None:
    made = await make(client, await given.caller("amy", roles=["ReadWriteAll"]))
    key = bearer(made["secret"])
    assert (await client.get("/api/me", headers=key)).json()["current_user"] == "amy"
    assert (await client.get("/api/auth/get_credentials", headers=key)).status_code == 200
    question = {"token": made["secret"]}
    resolution = (await client.post("/internal/principal", headers=INTERNAL, json=question)).json()
    assert resolution["expires_at"] == made["api_key"]["expires_at"]
    assert resolution["principal"]["is_api_key"] is True
    assert resolution["principal"]["session_id"] == made["api_key"]["id"]
    assert resolution["principal"]["role"] == "ReadWriteAll"
    assert (await client.get(f"{KEYS}/{made['api_key']['id']}", headers=key)).json()["last_used_at"] is not None


async def test_an_api_key_cannot_start_sessions(given: Given, client: httpx.AsyncClient) -> None:
    key = bearer((await make(client, await given.caller("amy")))["secret"])
    assert (await client.get("/api/code", headers=key)).status_code == 403
    for path in ("/api/refresh", "/api/logout"):
        assert (await client.post(path, headers=key)).status_code == 401
    assert (await client.post("/api/token", data={"refresh_token": key["Authorization"][7:]})).status_code == 401


async def test_expired_keys_and_those_of_disabled_owners_are_refused(given: Given, client: httpx.AsyncClient) -> None:
    admin, amy = await given.admin(), await given.caller("amy")
    made = await make(client, amy)
    key = bearer(made["secret"])
    await client.post("/api/v1/admin/users/amy/disable", headers=admin)
    refused = [await client.get("/api/me", headers=key) for _ in range(3)]
    assert {answer.json()["type"] for answer in refused} == {"/problems/api_key_owner_inactive"}
    await client.post("/api/v1/admin/users/amy/enable", headers=admin)
    assert (await client.get("/api/me", headers=key)).status_code == 200
    await given.sql("DELETE FROM auth.attempt")
    await given.sql("UPDATE auth.api_key SET expires_at = now() - interval '1 s'")
    expired = await client.get("/api/me", headers=key)
    assert (expired.status_code, expired.json()["type"]) == (401, "/problems/api_key_expired")
    path = f"/api/v1/admin/keys/{made['api_key']['id']}"
    assert (await client.get(path, headers=admin)).json()["status"] == "EXPIRED"
    trail = (await client.get("/api/v1/admin/audit", headers=admin, params={"action": "Auth.APIKey"})).json()["items"]
    assert [(each["user"], each["reason"]) for each in trail] == [
        ("amy", "api_key_expired"),
        ("amy", "api_key_owner_inactive"),
    ]


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("qk_", id="empty"),
        pytest.param("qk_nonsense", id="nonsense"),
        pytest.param(new_api_key(), id="unknown"),
        pytest.param(new_api_key()[:-1] + "é", id="not-ascii"),
    ],
)
async def test_malformed_api_keys_are_refused(client: httpx.AsyncClient, secret: str) -> None:
    answer = await client.get("/api/me", headers={b"Authorization": b"Bearer " + secret.encode()})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/api_key_invalid")


async def test_owners_list_and_revoke_their_api_keys(given: Given, client: httpx.AsyncClient) -> None:
    amy, bob = await given.caller("amy"), await given.caller("bob")
    made = [await make(client, amy, name=name) for name in ("first", "second")]
    await make(client, bob, name="third")
    assert await names(client, amy) == ["second", "first"]
    assert await names(client, amy, limit="1") == ["second"]
    assert await names(client, amy, name="first") == ["first"]
    assert await names(client, amy, fingerprint=made[0]["api_key"]["fingerprint"]) == ["first"]
    assert await names(client, amy, status="EXPIRED") == []
    path = f"{KEYS}/{made[0]['api_key']['id']}"
    for method in ("GET", "DELETE"):
        assert (await client.request(method, path, headers=bob)).status_code == 404
    assert (await client.delete(path, headers=amy)).status_code == 204
    assert (await client.get("/api/me", headers=bearer(made[0]["secret"]))).status_code == 401
    assert await names(client, amy) == ["second"]


async def test_administrators_list_and_revoke_all_api_keys(given: Given, client: httpx.AsyncClient) -> None:
    admin, amy = await given.admin(), await given.caller("amy")
    made = await make(client, amy)
    await make(client, admin, name="mine")
    everybodys = "/api/v1/admin/keys"
    assert (await client.get(everybodys, headers=amy)).status_code == 403
    assert await names(client, admin, everybodys) == ["mine", "nightly"]
    assert await names(client, admin, everybodys, email="Amy@Example.com") == ["nightly"]
    assert (await client.delete(f"{everybodys}/{made['api_key']['id']}", headers=admin)).status_code == 204
    assert (await client.get("/api/me", headers=bearer(made["secret"]))).status_code == 401


async def test_anybody_can_revoke_a_leaked_api_key(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    leaked = (await make(client, amy))["secret"]
    stolen = (await make(client, amy, name="a thief's"))["secret"]
    await given.sql(  # as an older version let keys do
        "UPDATE auth.api_key SET made_with = (SELECT id FROM auth.api_key WHERE name = 'nightly')"
        """ WHERE name = 'a thief''s'"""
    )
    owned = (await make(client, amy, name="another"))["secret"]
    path = f"{KEYS}/revoke-leaked"
    for secret in (leaked, leaked, new_api_key(), "nonsense"):
        answer = await client.post(path, json={"secret": secret})
        assert (answer.status_code, answer.content) == (204, b"")
    for secret, status in ((leaked, 401), (stolen, 401), (owned, 200)):
        assert (await client.get("/api/me", headers=bearer(secret))).status_code == status
    refused = [(await client.post(path, json={"secret": new_api_key()})).status_code for _ in range(31)]
    assert refused[-1] == 429


async def test_an_api_key_makes_no_key_and_revokes_only_itself(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    key, other = await make(client, amy), await make(client, amy, name="another")
    with_key = bearer(key["secret"])
    assert (await client.post(KEYS, headers=with_key, json={"name": "n"})).json()[
        "type"
    ] == "/problems/not_for_api_keys"
    refused = await client.delete(f"{KEYS}/{other['api_key']['id']}", headers=with_key)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not_for_api_keys")
    assert (await client.delete(f"{KEYS}/{key['api_key']['id']}", headers=with_key)).status_code == 204
    assert (await client.get("/api/me", headers=with_key)).status_code == 401
    assert (await client.get("/api/me", headers=bearer(other["secret"]))).status_code == 200


async def test_the_number_of_api_keys_is_limited(given: Given, client: httpx.AsyncClient) -> None:
    amy = await given.caller("amy")
    await given.sql(
        "INSERT INTO auth.api_key (id, user_id, name, fingerprint, digest, created_at, expires_at) SELECT"
        " gen_random_uuid(), id, 'k', 'f', sha256(n::text::bytea), now(), now() + interval '1 day'"
        " FROM auth.user, generate_series(1, 100) n WHERE name = 'amy'"
    )
    answer = await client.post(KEYS, headers=amy, json={"name": "one more"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/too_many_api_keys")


async def test_other_services_look_a_key_up_once_and_forget_it_when_it_is_revoked(
    given: Given, client: httpx.AsyncClient
) -> None:
    amy = await given.caller("amy")
    made = await make(client, amy)
    key_id = UUID(made["api_key"]["id"])
    transport = httpx.ASGITransport(app_with(given.resources))
    async with httpx.AsyncClient(transport=transport, base_url="http://auth.test", headers=INTERNAL) as http:
        cache = PrincipalCache(AuthClient(http), issuer="http://registry.test")
        assert (await cache.principal(made["secret"])).credential == f"key:{key_id}"
        await given.sql("UPDATE auth.api_key SET last_used_at = NULL")
        assert (await cache.principal(made["secret"])).name == "amy"
        await cache.report_uses()
        assert (await AuthClient(http).api_key(key_id, of=None)).last_used_at is not None
        await client.delete(f"{KEYS}/{key_id}", headers=amy)
        await cache.poll()
        with pytest.raises(Unauthenticated):
            await cache.principal(made["secret"])
