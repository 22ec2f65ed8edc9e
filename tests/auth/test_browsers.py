"""Sessions of our own catalog: a token for the page, a cookie that renews it, and refusal of other sites."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest
from support.worlds.auth_world import PASSWORD, Given, app_with, bearer, client_of, settings_for

from shared.settings import PublicSettings

SESSION = "/api/v1/session"
REFRESH = "/api/v1/session/refresh"
COOKIE = "patchwork-session"
AMY = {"username": "amy", "password": PASSWORD}
CATALOG = "http://catalog.test"
REGISTRY = "http://registry.test"
FOREIGN = ["https://evil.test", "http://catalog.test.evil.test", "http://catalog.test:8080", "null", ""]


def set_cookie(answer: httpx.Response) -> Morsel[str]:
    (morsel,) = SimpleCookie(answer.headers["set-cookie"]).values()
    return morsel


def is_cleared(answer: httpx.Response) -> bool:
    cookie = set_cookie(answer)
    return (cookie.key, cookie.value, cookie["max-age"], cookie["path"]) == (COOKIE, "", "0", SESSION)


async def refresh_with(client: httpx.AsyncClient, refresh_token: str) -> httpx.Response:
    """A client that sends this cookie."""
    client.cookies.clear()
    return await client.post(REFRESH, headers={"Cookie": f"{COOKIE}={refresh_token}"})


@pytest.fixture
async def signed_in(given: Given, client: httpx.AsyncClient) -> httpx.Response:
    await given.user("amy")
    answer = await client.post(SESSION, json=AMY)
    assert answer.status_code == 200
    return answer


async def test_signing_in_gives_a_short_lived_token_and_a_cookie(
    signed_in: httpx.Response, client: httpx.AsyncClient
) -> None:
    body = signed_in.json()
    assert body.keys() == {"token", "exp"}
    life = datetime.fromtimestamp(body["exp"], UTC) - datetime.now(UTC)
    assert timedelta(minutes=59) < life <= timedelta(hours=1)
    assert (await client.get("/api/me", headers=bearer(body["token"]))).json()["current_user"] == "amy"


async def test_the_refresh_cookie_is_http_only_and_limited_to_its_path(signed_in: httpx.Response) -> None:
    cookie = set_cookie(signed_in)
    assert cookie.key == COOKIE
    assert (cookie["path"], cookie["samesite"], cookie["httponly"]) == (SESSION, "strict", True)
    assert (cookie["secure"], cookie["domain"]) == ("", "")
    assert cookie["max-age"] == str(90 * 86400)
    assert cookie.value not in signed_in.text


def cookie_of(answer: httpx.Response, name: str = "__Host-patchwork-session") -> Morsel[str]:
    """One of several cookies of an answer."""
    found = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        found.load(header)
    return found[name]


@asynccontextmanager
async def tls_client(given: Given) -> AsyncIterator[httpx.AsyncClient]:
    public = PublicSettings(
        catalog_url="https://catalog.test", registry_url="https://registry.test", s3proxy_url="https://proxy.test"
    )
    settings = settings_for("postgresql+asyncpg://unused", public=public)
    async with client_of(app_with(replace(given.resources, settings=settings))) as client:
        client.base_url = httpx.URL("https://registry.test")
        yield client


async def test_with_tls_the_refresh_cookie_is_secure_and_prefixed(given: Given) -> None:
    await given.user("amy")
    async with tls_client(given) as client:
        cookie = cookie_of(await client.post(SESSION, json=AMY))
        assert (cookie.key, cookie["secure"]) == ("__Host-patchwork-session", True)
        assert (cookie["path"], cookie["domain"]) == ("/", "")
        assert (await client.post(REFRESH)).status_code == 200


async def test_a_cookie_with_its_former_name_is_read_once_and_replaced(given: Given) -> None:
    await given.user("amy")
    async with tls_client(given) as client:
        issued = cookie_of(await client.post(SESSION, json=AMY)).value
        client.cookies.clear()
        answer = await client.post(REFRESH, headers={"Cookie": f"__Secure-patchwork-session={issued}"})
        assert answer.status_code == 200
        assert cookie_of(answer).key == "__Host-patchwork-session"
        assert cookie_of(answer).value not in {"", issued}
        former = cookie_of(answer, "__Secure-patchwork-session")
        assert (former.value, former["max-age"], former["path"], former["secure"]) == ("", "0", SESSION, True)


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_two_cookies_of_the_same_name_are_refused_and_left_as_they_are(
    signed_in: httpx.Response, given: Given, method: str
) -> None:
    """A host beside ours can add its own cookie, and so make somebody act in another account."""
    own = set_cookie(signed_in).value
    await given.user("mallory")
    login = {**AMY, "username": "mallory"}
    planted = set_cookie(await given.client.post(SESSION, json=login)).value
    given.client.cookies.clear()
    path = REFRESH if method == "POST" else SESSION
    both = {"Cookie": f"{COOKIE}={own}; other=1; {COOKIE}={planted}"}
    answer = await given.client.request(method, path, headers=both)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/cookie_repeated")
    assert "set-cookie" not in answer.headers
    assert (await refresh_with(given.client, own)).status_code == 200


@pytest.mark.parametrize("password", ["wrong", ""])
async def test_a_wrong_password_gives_no_cookie(given: Given, client: httpx.AsyncClient, password: str) -> None:
    await given.user("amy")
    answer = await client.post(SESSION, json={"username": "amy", "password": password})
    assert (answer.status_code, answer.json()["message"]) == (401, "Login attempt failed")
    assert "set-cookie" not in answer.headers


async def test_failed_logins_of_browsers_are_limited(given: Given, client: httpx.AsyncClient) -> None:
    await given.user("amy")
    wrong = {"username": "amy", "password": "wrong"}
    statuses = [(await client.post(path, json=wrong)).status_code for path in ["/api/login"] * 5 + [SESSION] * 6]
    assert statuses == [401] * 10 + [429]


async def test_the_refresh_cookie_rotates(signed_in: httpx.Response, client: httpx.AsyncClient) -> None:
    first = await client.post(REFRESH)
    second = await client.post(REFRESH)
    assert len({set_cookie(answer).value for answer in (signed_in, first, second)}) == 3
    assert len({answer.json()["token"] for answer in (signed_in, first, second)}) == 3
    for answer in (signed_in, first, second):
        assert (await client.get("/api/me", headers=bearer(answer.json()["token"]))).status_code == 200


async def test_two_tabs_may_renew_with_the_same_cookie(signed_in: httpx.Response, client: httpx.AsyncClient) -> None:
    cookie = set_cookie(signed_in).value
    tabs = [await refresh_with(client, cookie) for _ in range(2)]
    assert [tab.status_code for tab in tabs] == [200, 200]
    assert [(await refresh_with(client, set_cookie(tab).value)).status_code for tab in tabs] == [200, 200]


async def test_reuse_of_an_old_cookie_ends_the_session(
    signed_in: httpx.Response, given: Given, client: httpx.AsyncClient
) -> None:
    successor = await client.post(REFRESH)
    await given.sql("UPDATE auth.refresh_token SET rotated_at = rotated_at - interval '11 minutes'")
    reused = await refresh_with(client, set_cookie(signed_in).value)
    assert (reused.status_code, reused.json()["type"]) == (401, "/problems/token_reused")
    assert is_cleared(reused)
    assert (await client.get("/api/me", headers=bearer(successor.json()["token"]))).status_code == 401
    refused = await refresh_with(client, set_cookie(successor).value)
    assert (refused.status_code, is_cleared(refused)) == (401, True)


@pytest.mark.parametrize("cookie", ["", "nonsense", "x" * 4000])
async def test_renewal_without_a_valid_cookie_is_refused(client: httpx.AsyncClient, cookie: str) -> None:
    answer = await refresh_with(client, cookie)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert is_cleared(answer)


async def test_a_disabled_users_cookie_is_refused(
    signed_in: httpx.Response, given: Given, client: httpx.AsyncClient
) -> None:
    await client.post("/api/v1/admin/users/amy/disable", headers=await given.admin())
    answer = await client.post(REFRESH)
    assert (answer.status_code, is_cleared(answer)) == (401, True)
    assert set_cookie(signed_in).value


async def test_signing_out_ends_only_this_session(
    signed_in: httpx.Response, given: Given, client: httpx.AsyncClient
) -> None:
    elsewhere = bearer(await given.token())
    answer = await client.delete(SESSION)
    assert (answer.status_code, answer.content, is_cleared(answer)) == (204, b"", True)
    assert (await client.get("/api/me", headers=bearer(signed_in.json()["token"]))).status_code == 401
    assert (await refresh_with(client, set_cookie(signed_in).value)).status_code == 401
    assert (await client.get("/api/me", headers=elsewhere)).status_code == 200


@pytest.mark.parametrize("cookie", ["", "nonsense"])
async def test_signing_out_without_a_session_succeeds(client: httpx.AsyncClient, cookie: str) -> None:
    answer = await client.delete(SESSION, headers={"Cookie": f"{COOKIE}={cookie}"})
    assert (answer.status_code, is_cleared(answer)) == (204, True)


async def test_a_browsers_access_token_cannot_be_exchanged_or_renewed(
    signed_in: httpx.Response, given: Given, client: httpx.AsyncClient
) -> None:
    page = bearer(signed_in.json()["token"])
    assert (await client.post("/api/refresh", headers=page)).status_code == 401
    stolen = {"refresh_token": set_cookie(signed_in).value}
    assert (await client.post("/api/token", data=stolen)).status_code == 401
    assert (await client.post(REFRESH)).status_code == 200, "refusals use nothing up"
    grant = await given.grant(page)
    assert grant["expires_at"] > signed_in.json()["exp"] + 86400, "a client's session is its own"
    refused = await refresh_with(client, grant["refresh_token"])
    assert (refused.status_code, is_cleared(refused)) == (401, True)
    assert (await client.post("/api/token", data={"refresh_token": grant["refresh_token"]})).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("POST", SESSION), ("POST", REFRESH), ("DELETE", SESSION)])
class TestOrigins:
    @pytest.mark.parametrize("origin", FOREIGN)
    async def test_requests_from_pages_of_other_sites_are_refused(
        self, signed_in: httpx.Response, client: httpx.AsyncClient, method: str, path: str, origin: str
    ) -> None:
        answer = await client.request(method, path, json=AMY, headers={"Origin": origin})
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/foreign_origin")
        assert "set-cookie" not in answer.headers
        assert not answer.headers.keys() & {"access-control-allow-origin", "access-control-allow-credentials"}
        assert (await client.get("/api/me", headers=bearer(signed_in.json()["token"]))).status_code == 200

    @pytest.mark.parametrize("origin", [CATALOG, REGISTRY, None])
    async def test_requests_from_our_own_pages_are_accepted(
        self, signed_in: httpx.Response, client: httpx.AsyncClient, method: str, path: str, origin: str | None
    ) -> None:
        assert signed_in.cookies
        headers = {"Origin": origin} if origin else {}
        answer = await client.request(method, path, json=AMY, headers=headers)
        assert answer.is_success
        with_cookies = origin == CATALOG
        assert answer.headers.get("access-control-allow-origin") == (CATALOG if with_cookies else None)
        assert answer.headers.get("access-control-allow-credentials") == ("true" if with_cookies else None)
        assert answer.headers["vary"] == "Origin"

    @pytest.mark.parametrize("origin", [CATALOG, REGISTRY, *FOREIGN])
    async def test_preflights_allow_credentials_to_the_catalog_alone(
        self, client: httpx.AsyncClient, method: str, path: str, origin: str
    ) -> None:
        asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"}
        answer = await client.options(path, headers={"Origin": origin, **asked})
        assert answer.headers["vary"] == "Origin"
        assert answer.headers["access-control-allow-headers"] == "content-type"
        if origin == CATALOG:
            assert answer.headers["access-control-allow-origin"] == CATALOG
            assert answer.headers["access-control-allow-credentials"] == "true"
        else:
            assert not answer.headers.keys() & {"access-control-allow-origin", "access-control-allow-credentials"}


@pytest.mark.parametrize("path", ["/api/login", "/api/me", "/api/v1/sessions", "/api/v1/admin/users"])
@pytest.mark.parametrize("origin", [CATALOG, FOREIGN[0]])
async def test_other_routes_allow_any_origin_without_credentials(
    client: httpx.AsyncClient, path: str, origin: str
) -> None:
    preflight = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for answer in (await client.options(path, headers=preflight), await client.get(path, headers={"Origin": origin})):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Quilt.Example.com", "https://quilt.example.com"),
        ("https://quilt.example.com:443", "https://quilt.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://localhost:8080/catalog", "http://localhost:8080"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_origins_are_normalised_as_browsers_send_them(url: str, origin: str) -> None:
    assert PublicSettings(catalog_url=url, registry_url="", s3proxy_url="").catalog_origin == origin
