import httpx
import pytest
from support.worlds.auth_world import PASSWORD, Given, bearer

from auth.db.stores import Stores
from auth.passwords import Hasher
from shared.db.engine import transaction


async def test_users_log_in_by_name_or_address_in_any_case(given: Given, client: httpx.AsyncClient) -> None:
    await given.user("amy")
    for username in ("amy", "AMY", " amy ", "amy@example.com", "Amy@Example.com"):
        answer = await client.post("/api/login", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 200
        assert answer.json().keys() == {"token", "exp"}
        me = await client.get("/api/me", headers=bearer(answer.json()["token"]))
        assert me.json() == {"current_user": "amy", "email": "amy@example.com", "is_staff": False, "is_active": True}


async def test_refused_logins_do_not_reveal_whether_the_account_exists(given: Given, client: httpx.AsyncClient) -> None:
    admin = await given.admin()
    for name in ("amy", "gone"):
        await given.user(name)
    await client.post("/api/v1/admin/users/gone/disable", headers=admin)
    await client.post("/api/v1/admin/users", headers=admin, json={"name": "sso", "email": "sso@example.com"})
    refused = [
        await client.post("/api/login", json={"username": username, "password": password})
        for username, password in [("amy", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("sso", ""), ("", "")]
    ]
    assert {answer.status_code for answer in refused} == {401}
    assert {answer.text for answer in refused} == {refused[0].text}
    assert refused[0].json()["message"] == "Login attempt failed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"username": "amy"}',
        b'{"username": 1, "password": {}}',
        b'{"username": "a\\u0000", "password": "x"}',
        b'{"username": "\\ud800", "password": "x"}',
        b'{"username": "amy", "password": "' + b"x" * 1025 + b'"}',
        b"\xff\xfe",
    ],
)
async def test_malformed_logins_are_422(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/api/login", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/malformed")
    assert answer.json()["message"].startswith("body")


async def test_after_too_many_failures_even_the_right_password_is_refused(
    given: Given, client: httpx.AsyncClient
) -> None:
    await given.user("amy")
    await given.user("bob")
    wrong = {"username": "amy", "password": "wrong"}
    statuses = [(await client.post("/api/login", json=wrong)).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    answer = await client.post("/api/login", json={"username": "amy", "password": PASSWORD})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert await given.token("bob")
    await given.sql("UPDATE auth.attempt SET at = at - interval '1 minute'")
    assert await given.token("amy")


async def test_failed_logins_from_one_address_are_limited_for_all_accounts(
    given: Given, client: httpx.AsyncClient
) -> None:
    await given.user("amy")
    for number in range(30):
        await client.post("/api/login", json={"username": f"user{number}", "password": "wrong"})
    answer = await client.post("/api/login", json={"username": "amy", "password": PASSWORD})
    assert answer.status_code == 429


async def test_a_login_renews_a_hash_of_other_parameters(given: Given) -> None:
    user = await given.user("amy")
    old = Hasher(time_cost=2, memory_kib=16)
    async with transaction(given.resources.sessions) as session:
        await Stores(session).users.set_password(user.id, await old.hash(PASSWORD))
    await given.token("amy")
    async with transaction(given.resources.sessions) as session:
        account = await Stores(session).users.find_account("amy")
    assert account
    assert account.password
    assert not given.resources.hasher.is_outdated(account.password)
    await given.token("amy")


async def test_passwords_are_argon2id_as_owasp_wants_it() -> None:
    hasher = Hasher()
    assert (await hasher.hash("x")).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await hasher.verify(await hasher.hash("x"), "x")
    assert not await hasher.verify("not a hash", "x")
    assert not await hasher.verify(None, "the password of nobody")
    hasher.close()
