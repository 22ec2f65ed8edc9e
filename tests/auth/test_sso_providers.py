"""Peculiarities of Google and GitHub: ID tokens given to pages, user names, and answers without ID tokens."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr
from support.fakes import github
from support.fakes.github import GitHub
from support.fakes.openid_provider import KEYS, OpenIdProvider, person, unsigned
from support.fakes.single_sign_on import Door, door_of, provider_at, refusal
from support.worlds.auth_world import Given, bearer

from auth.sso_settings import GOOGLE, ProviderSettings


@pytest.fixture
def google() -> OpenIdProvider:
    return OpenIdProvider(issuer=GOOGLE, person=person("amy", hd="example.com"))


@pytest.fixture
async def door(given: Given, google: OpenIdProvider) -> AsyncIterator[Door]:
    settings = provider_at("", kind="google", id_tokens=True, domains={"example.com", "gmail.com"})
    async with door_of(given, {GOOGLE: google.app()}, {"google": settings}) as door:
        yield door


async def log_in(door: Door, token: str) -> httpx.Response:
    return await door.client.post("/api/login", json={"provider": "google", "token": token})


async def test_a_catalog_of_2020_signs_up_and_in_with_one_id_token(door: Door, google: OpenIdProvider) -> None:
    token = google.id_token()
    unknown = await log_in(door, token)
    assert (unknown.status_code, unknown.json()["message"]) == (401, "User does not exist")
    sign_up = {"username": "amelia", "provider": "google", "token": token}
    made = await door.client.post("/api/register", json=sign_up)
    assert (made.status_code, made.json()) == (200, {})
    signed_in = await log_in(door, token)
    assert signed_in.json().keys() == {"token", "exp"}
    me = await door.client.get("/api/me", headers=bearer(signed_in.json()["token"]))
    assert (me.json()["current_user"], me.json()["email"]) == ("amelia", "amy@example.com")


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("Not A Name", 400, "Invalid username."),
        ("admin", 409, "Username already taken."),
    ],
)
async def test_sign_up_with_a_provider_checks_the_user_name(
    door: Door, google: OpenIdProvider, name: str, status: int, message: str
) -> None:
    body = {"username": name, "provider": "google", "token": google.id_token()}
    answer = await door.client.post("/api/register", json=body)
    assert (answer.status_code, answer.json()["message"]) == (status, message)


async def test_a_second_sign_up_and_a_foreign_domain_are_refused(door: Door, google: OpenIdProvider) -> None:
    body = {"username": "amelia", "provider": "google", "token": google.id_token()}
    assert (await door.client.post("/api/register", json=body)).status_code == 200
    again = await door.client.post("/api/register", json={**body, "username": "another"})
    assert (again.status_code, again.json()["message"]) == (409, "Email already taken.")
    google.person = person("eve", email="eve@evil.test", hd="evil.test")
    for path in ("/api/register", "/api/login"):
        answer = await door.client.post(path, json={**body, "token": google.id_token()})
        assert (answer.status_code, answer.json()["message"]) == (401, "The domain evil.test is not allowed here.")
    bad = await door.client.post("/api/register", json={**body, "token": google.id_token(aud="another")})
    assert bad.status_code == 401


async def test_google_addresses_count_as_verified_only_if_google_hosts_them(door: Door, google: OpenIdProvider) -> None:
    google.person = person("amy")  # an account at Google with a foreign address, verified once
    assert refusal(await door.sign_in("google")) == "email_unverified"
    google.person = person("amy", email="amy@gmail.com")
    await door.sign_in("google")
    assert (await door.who() or {})["email"] == "amy@gmail.com"
    google.tamper = lambda claims: {**claims, "iss": "accounts.google.com"}
    assert "error" not in (await door.sign_in("google")).headers["location"]
    assert await door.given.matches("identity", f"issuer = '{GOOGLE}'") == 1


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        unsigned(person("amy", iss=GOOGLE, aud="patchwork")),
        KEYS[2].sign(person("amy", iss=GOOGLE, aud="patchwork")),
    ],
)
async def test_malformed_id_tokens_are_refused(door: Door, token: str) -> None:
    answer = await log_in(door, token)
    assert (answer.status_code, answer.json()["message"]) == (401, "Login attempt failed")


async def test_id_tokens_are_refused_unless_the_provider_is_configured_for_them(
    given: Given, google: OpenIdProvider
) -> None:
    async with door_of(given, {GOOGLE: google.app()}, {"google": provider_at("", kind="google")}) as door:
        assert (await log_in(door, google.id_token())).status_code == 401


# GitHub


@pytest.fixture
def hub() -> GitHub:
    return GitHub()


@pytest.fixture
async def github_door(given: Given, hub: GitHub) -> AsyncIterator[Door]:
    settings = ProviderSettings(kind="github", client_id=github.CLIENT, client_secret=SecretStr(github.SECRET))
    apps = {"https://github.com": hub.web(), "https://api.github.com": hub.api()}
    async with door_of(given, apps, {"github": settings}) as door:
        yield door


async def test_the_user_name_is_that_of_github(github_door: Door, hub: GitHub) -> None:
    await github_door.sign_in("github")
    assert await github_door.who() == {
        "current_user": "octo-cat",
        "email": "octocat@example.com",
        "is_staff": False,
        "is_active": True,
    }
    # A new owner of the name is another identity.
    hub.user |= {"id": 1}
    hub.emails[-1]["email"] = "other@example.com"
    assert refusal(await github_door.sign_in("github")) == "name_taken"
    hub.user |= {"id": 583231, "login": "renamed"}
    await github_door.sign_in("github")
    assert (await github_door.who() or {})["current_user"] == "octo-cat"


async def test_an_unverified_github_address_makes_no_account(github_door: Door, hub: GitHub) -> None:
    await github_door.given.user("octocat")
    hub.emails[-1]["verified"] = False  # other addresses are verified, but not primary
    assert refusal(await github_door.sign_in("github")) == "email_unverified"
    hub.emails.clear()
    assert refusal(await github_door.sign_in("github")) == "email_unverified"
    assert await github_door.given.count("identity") == 0


async def test_a_github_user_who_hides_addresses_gets_no_account(github_door: Door, hub: GitHub) -> None:
    hub.scope = "read:user"
    assert refusal(await github_door.sign_in("github")) == "email_unverified"
    hub.scope = "user"  # includes user:email
    await github_door.sign_in("github")
    assert (await github_door.who() or {})["email"] == "octocat@example.com"


async def test_the_primary_github_address_is_found_among_many(github_door: Door, hub: GitHub) -> None:
    more = {"primary": False, "verified": True, "visibility": None}
    hub.emails[:0] = [{"email": f"octo-{number}@example.org", **more} for number in range(40)]
    await github_door.sign_in("github")
    assert (await github_door.who() or {})["email"] == "octocat@example.com"


@pytest.mark.parametrize(
    "refusal_name",
    ["bad_verification_code", "incorrect_client_credentials", "redirect_uri_mismatch", "unverified_user_email"],
)
async def test_a_github_refusal_with_status_200_is_in_the_audit_trail(
    github_door: Door, hub: GitHub, refusal_name: str
) -> None:
    hub.refusing = refusal_name
    assert refusal(await github_door.sign_in("github")) == "sso_failed"
    assert await github_door.given.matches("audit", f"details->>'why' LIKE '%{refusal_name}'") == 1


async def test_a_github_code_works_once_and_in_one_browser(github_door: Door) -> None:
    async def back() -> httpx.URL:
        return httpx.URL(await github_door.visit(await github_door.begin("github")))

    stolen = await back()
    github_door.client.cookies.clear()
    assert refusal(await github_door.come_back(str(stolen))) == "sso_failed"
    for change in ({"code": "0" * 20}, {"state": "another"}, {"iss": "https://evil.test"}):
        changed = (await back()).copy_merge_params(change)
        assert refusal(await github_door.come_back(str(changed))) == "sso_failed"
    elsewhere = (await back()).copy_with(path="/api/v1/sso/github/callback")
    assert refusal(await github_door.come_back(str(elsewhere))) == "sso_failed"
    assert (await github_door.client.get("/oidc-authorize/github?state=x")).status_code == 404
    code = {"provider": "github", "code": "x"}
    assert (await github_door.client.post("/api/login", json=code)).status_code == 401
