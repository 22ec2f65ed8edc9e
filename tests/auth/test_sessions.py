from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from support.worlds.auth_world import Given, bearer

from auth.db.stores import Stores
from auth.services.housekeeping import prune_expired
from auth.services.keys import KeyService
from shared import tokens
from shared.db.engine import transaction


async def old_token(given: Given, token: str, age: timedelta = timedelta(days=31)) -> str:
    """A token of the same session, issued `age` ago."""
    resources = given.resources
    async with transaction(resources.sessions) as session:
        stores = Stores(session)
        claims = await KeyService(stores, resources.encryptor, resources.settings).verify(token)
        key = await stores.keys.find_signing()
    assert key
    then = datetime.now(UTC) - age
    aged = tokens.Claims(claims.user_id, claims.session_id, uuid4().hex, then, then + timedelta(days=30))
    pem = resources.encryptor.decrypt(key.sealed)
    return tokens.sign(aged, issuer=resources.settings.issuer, private_key_pem=pem, kid=key.kid)


async def test_login_redirects_to_the_catalogs_code_page(client: httpx.AsyncClient) -> None:
    answer = await client.get("/login")
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://catalog.test/code")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic YTpi"},
        bearer("a.b.c"),
    ],
)
@pytest.mark.parametrize("path", ["/api/me", "/api/code", "/api/auth/get_credentials"])
async def test_invalid_authorization_headers_are_401(
    client: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["message"]


async def test_tokens_are_accepted_without_the_word_bearer(given: Given, client: httpx.AsyncClient) -> None:
    await given.user("amy")
    answer = await client.get("/api/me", headers={"Authorization": await given.token()})
    assert answer.json()["current_user"] == "amy"


async def test_access_tokens_live_thirty_days(given: Given) -> None:
    grant = await given.grant(await given.caller())
    assert isinstance(grant["expires_at"], int)
    lifetime = datetime.fromtimestamp(grant["expires_at"], UTC) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < lifetime <= timedelta(days=30)


async def test_a_one_time_code_works_once(given: Given, client: httpx.AsyncClient) -> None:
    caller = await given.caller()
    code = (await client.get("/api/code", headers=caller)).json()["code"]
    assert code.isalnum()
    answer = await client.post("/api/token", data={"refresh_token": f" {code}\n"})
    assert answer.status_code == 200
    assert answer.json().keys() == {"refresh_token", "access_token", "expires_at"}
    me = await client.get("/api/me", headers=bearer(answer.json()["access_token"]))
    assert me.json()["current_user"] == "amy"
    again = await client.post("/api/token", data={"refresh_token": code})
    assert again.status_code == 401
    assert again.json()["message"]


async def test_a_one_time_code_expires_after_ten_minutes(given: Given, client: httpx.AsyncClient) -> None:
    code = (await client.get("/api/code", headers=await given.caller())).json()["code"]
    await given.sql("UPDATE auth.code SET expires_at = expires_at - interval '10 minutes'")
    assert (await client.post("/api/token", data={"refresh_token": code})).status_code == 401


async def test_a_one_time_code_is_refused_after_its_session_ended(given: Given, client: httpx.AsyncClient) -> None:
    caller = await given.caller()
    code = (await client.get("/api/code", headers=caller)).json()["code"]
    await client.post("/api/logout", headers=caller)
    assert (await client.post("/api/token", data={"refresh_token": code})).status_code == 401


@pytest.mark.parametrize("secret", ["nonsense", "\x00", "é", "x" * 4096])
async def test_an_unknown_code_or_refresh_token_is_refused(client: httpx.AsyncClient, secret: str) -> None:
    answer = await client.post("/api/token", data={"refresh_token": secret})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/grant_refused")


@pytest.mark.parametrize("secret", ["", "x" * 4097])
async def test_an_empty_or_overlong_refresh_token_is_malformed(client: httpx.AsyncClient, secret: str) -> None:
    answer = await client.post("/api/token", data={"refresh_token": secret})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/malformed")


async def test_codes_and_refresh_tokens_are_kept_as_digests(given: Given, client: httpx.AsyncClient) -> None:
    caller = await given.caller()
    code = (await client.get("/api/code", headers=caller)).json()["code"]
    grant = await given.grant(caller)
    async with transaction(given.resources.sessions) as session:
        grants = Stores(session).grants
        assert await grants.take_code(code.encode()) is None
        assert await grants.lock_refresh_token(grant["refresh_token"].encode()) is None


async def test_refresh_tokens_rotate_with_a_grace_period(given: Given, client: httpx.AsyncClient) -> None:
    first = await given.grant(await given.caller())
    second = (await client.post("/api/token", data={"refresh_token": first["refresh_token"]})).json()
    sibling = (await client.post("/api/token", data={"refresh_token": first["refresh_token"]})).json()
    refresh_tokens = {first["refresh_token"], second["refresh_token"], sibling["refresh_token"]}
    assert len(refresh_tokens) == 3
    for grant in (second, sibling):
        assert (await client.get("/api/me", headers=bearer(grant["access_token"]))).status_code == 200
        assert (await client.post("/api/token", data={"refresh_token": grant["refresh_token"]})).status_code == 200


async def test_reuse_after_the_grace_period_ends_the_session(given: Given, client: httpx.AsyncClient) -> None:
    browser = await given.caller()
    first = await given.grant(browser)
    second = (await client.post("/api/token", data={"refresh_token": first["refresh_token"]})).json()
    await given.sql("UPDATE auth.refresh_token SET rotated_at = rotated_at - interval '11 minutes'")
    reused = await client.post("/api/token", data={"refresh_token": first["refresh_token"]})
    assert reused.status_code == 401
    assert "replaced" in reused.json()["message"]
    assert (await client.get("/api/me", headers=bearer(second["access_token"]))).status_code == 401
    assert (await client.post("/api/token", data={"refresh_token": second["refresh_token"]})).status_code == 401
    assert (await client.get("/api/me", headers=browser)).status_code == 200


async def test_logout_ends_one_session(given: Given, client: httpx.AsyncClient) -> None:
    caller = await given.caller()
    grant = await given.grant(caller)
    answer = await client.post("/api/logout", headers=caller)
    assert (answer.status_code, answer.json()) == (200, {})
    assert (await client.get("/api/me", headers=caller)).status_code == 401
    assert (await client.post("/api/refresh", headers=caller)).status_code == 401
    assert (await client.get("/api/me", headers=bearer(grant["access_token"]))).status_code == 200


async def test_an_expired_token_refreshes_while_its_session_lives(given: Given, client: httpx.AsyncClient) -> None:
    await given.user("amy")
    expired = bearer(await old_token(given, await given.token()))
    refused = await client.get("/api/me", headers=expired)
    assert (refused.status_code, refused.json()["message"]) == (401, "Token expired.")
    answer = await client.post("/api/refresh", headers=expired)
    assert answer.status_code == 200
    assert answer.json().keys() == {"token", "exp"}
    assert (await client.get("/api/me", headers=bearer(answer.json()["token"]))).status_code == 200
    assert (await client.post("/api/logout", headers=expired)).status_code == 200
    assert (await client.post("/api/refresh", headers=expired)).status_code == 401


async def test_sessions_are_extended_by_use_and_end_without_it(given: Given, client: httpx.AsyncClient) -> None:
    grant = await given.grant(await given.caller())
    await given.sql("UPDATE auth.session SET expires_at = expires_at - interval '89 days'")
    renewed = await client.post("/api/token", data={"refresh_token": grant["refresh_token"]})
    assert renewed.status_code == 200
    await given.sql("UPDATE auth.session SET expires_at = expires_at - interval '89 days'")
    assert (await client.get("/api/me", headers=bearer(renewed.json()["access_token"]))).status_code == 200
    await given.sql("UPDATE auth.session SET expires_at = expires_at - interval '1 day'")
    assert (await client.get("/api/me", headers=bearer(renewed.json()["access_token"]))).status_code == 401
    again = await client.post("/api/token", data={"refresh_token": renewed.json()["refresh_token"]})
    assert again.status_code == 401


async def test_expired_rows_are_pruned(given: Given, client: httpx.AsyncClient) -> None:
    caller = await given.caller()
    await given.grant(caller)
    await client.get("/api/code", headers=caller)
    await client.get("/api/auth/get_credentials", headers=caller)
    await client.post("/api/login", json={"username": "x", "password": "y"})
    for statement in (
        "UPDATE auth.session SET expires_at = now() - interval '8 days'",
        "UPDATE auth.credential SET expires_at = now() - interval '1 s'",
        "UPDATE auth.code SET expires_at = now() - interval '1 s'",
        "UPDATE auth.attempt SET at = at - interval '2 hours'",
    ):
        await given.sql(statement)
    async with transaction(given.resources.sessions) as session:
        stores = Stores(session)
        await prune_expired(
            stores, KeyService(stores, given.resources.encryptor, given.resources.settings), audit_days=400
        )
    for table in ("session", "refresh_token", "code", "credential", "attempt"):
        assert await given.count(table) == 0, table


class TestOwnSessions:
    async def test_users_list_their_sessions(self, given: Given, client: httpx.AsyncClient) -> None:
        caller = await given.caller("amy")
        await given.caller("bob")
        code = (await client.get("/api/code", headers=caller)).json()["code"]
        agent = {"User-Agent": "quilt-python/8.0.0"}
        await client.post("/api/token", data={"refresh_token": code}, headers=agent)
        found = (await client.get("/api/v1/sessions", headers=caller)).json()["items"]
        assert [(each["is_current"], each["kind"], each["user_agent"][:12]) for each in found] == [
            (False, "client", "quilt-python"),
            (True, "client", "python-httpx"),
        ]
        assert {each["address"] for each in found} == {"127.0.0.1"}
        current = found[1]
        assert datetime.now(UTC) - datetime.fromisoformat(current["last_seen_at"]) < timedelta(minutes=1)
        assert found[0]["last_seen_at"] is None

    async def test_users_end_only_their_own_sessions(self, given: Given, client: httpx.AsyncClient) -> None:
        here, elsewhere = await given.caller("amy"), bearer(await given.token("amy"))
        bob = await given.caller("bob")
        items = (await client.get("/api/v1/sessions", headers=here)).json()["items"]
        other = next(each["id"] for each in items if not each["is_current"])
        path = f"/api/v1/sessions/{other}"
        assert (await client.delete(path, headers=bob)).status_code == 404
        assert (await client.delete(path, headers=here)).status_code == 204
        assert (await client.delete(path, headers=here)).status_code == 404
        assert (await client.get("/api/me", headers=elsewhere)).status_code == 401
        assert (await client.get("/api/me", headers=here)).status_code == 200

    async def test_users_end_all_their_other_sessions(self, given: Given, client: httpx.AsyncClient) -> None:
        here, elsewhere = await given.caller("amy"), [bearer(await given.token("amy")) for _ in range(2)]
        assert (await client.delete("/api/v1/sessions", headers=here)).status_code == 204
        assert {(await client.get("/api/me", headers=each)).status_code for each in elsewhere} == {401}
        assert len((await client.get("/api/v1/sessions", headers=here)).json()["items"]) == 1


async def test_guesses_of_one_time_codes_are_limited(given: Given, client: httpx.AsyncClient) -> None:
    grant = await given.grant(await given.caller("amy"))
    statuses = [(await client.post("/api/token", data={"refresh_token": f"g{n}"})).status_code for n in range(31)]
    assert statuses == [401] * 30 + [429]
    right = {"refresh_token": grant["refresh_token"]}
    assert (await client.post("/api/token", data=right)).status_code == 429
    await given.sql("UPDATE auth.attempt SET at = at - interval '1 minute'")
    assert (await client.post("/api/token", data=right)).status_code == 200


async def test_the_audit_trail_shows_the_life_of_a_session(given: Given, client: httpx.AsyncClient) -> None:
    caller = await given.caller("amy")
    grant = await given.grant(caller)
    await client.post("/api/token", data={"refresh_token": grant["refresh_token"]})
    await client.post("/api/token", data={"refresh_token": "nonsense"})
    await given.sql("UPDATE auth.refresh_token SET rotated_at = rotated_at - interval '11 minutes'")
    await client.post("/api/token", data={"refresh_token": grant["refresh_token"]})
    await client.post("/api/logout", headers=caller)
    answer = await client.get("/api/v1/admin/audit", headers=await given.admin(), params={"action": "Auth"})
    trail = [(each["action"], each["outcome"], each["user"], each["details"]) for each in answer.json()["items"]]
    assert trail == [
        ("Auth.Login", "done", "admin", {"method": "password"}),
        ("Auth.Logout", "done", "amy", {}),
        ("Auth.RefreshToken", "failed", "", {}),
        ("Auth.TokenReused", "refused", "", {}),
        ("Auth.RefreshToken", "failed", "", {}),
        ("Auth.RefreshToken", "done", "amy", {"method": "refresh"}),
        ("Auth.RefreshToken", "done", "amy", {"method": "code"}),
        ("Auth.IssueCode", "done", "amy", {}),
        ("Auth.Login", "done", "amy", {"method": "password"}),
    ]
