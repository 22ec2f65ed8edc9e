"""OAuth for tools: registration, approval by a user, tokens, and their end."""

from typing import Any

import httpx
import pytest
from jose import jwt
from support.fakes.openid_provider import query_of
from support.worlds.auth_world import PASSWORD, Given, bearer, settings_for
from support.worlds.oauth_tool import BACK, CHALLENGE, RESOURCE, VERIFIER, Tool, register

from auth.services.oauth.redirects import is_allowed, is_registered
from auth.sso_settings import connect_url_of


@pytest.fixture
async def tool(client: httpx.AsyncClient) -> Tool:
    return Tool(client, (await register(client)).json()["client_id"])


@pytest.fixture
async def amy(given: Given) -> dict[str, str]:
    return await given.caller("amy")


async def alive(client: httpx.AsyncClient, token: str) -> bool:
    return (await client.get("/api/me", headers=bearer(token))).status_code == 200


def refusal(answer: httpx.Response) -> str:
    body = answer.json()
    assert answer.status_code == 400, answer.text
    assert body["error"] == body["error_code"]
    assert body["message"] == body["error_description"]
    return str(body["error"])


async def test_a_tool_registers_is_approved_and_gets_tokens(given: Given, tool: Tool, amy: dict[str, str]) -> None:
    client = given.client
    found = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert found == (await client.get("/.well-known/openid-configuration")).json()
    assert found["authorization_endpoint"] == "http://catalog.test/connect/authorize"
    assert (found["token_endpoint"], found["code_challenge_methods_supported"]) == (
        "http://registry.test/auth/token",
        ["S256"],
    )
    keys = (await client.get("/auth/.well-known/jwks.json")).json()
    assert keys == (await client.get("/.well-known/jwks.json")).json()
    shown = await client.post("/api/connect/validate", json=tool.query())
    assert shown.json() == {"client_name": "QuiltSync", "redirect_host": "127.0.0.1:8765"}
    answer = await client.post("/api/connect/authorize", headers=amy, json=tool.query())
    back = answer.json()["redirect_uri"]
    assert back.startswith(f"{BACK}?")
    assert (query_of(back)["state"], query_of(back)["iss"]) == ("s t", found["issuer"])
    granted = await tool.exchange(query_of(back)["code"])
    assert granted.headers["cache-control"] == "no-store"
    grant = granted.json()
    assert (grant["token_type"], grant["expires_in"], grant["scope"]) == ("Bearer", 3600, "platform")
    assert jwt.get_unverified_claims(grant["access_token"])["aud"] == ["patchwork", RESOURCE]
    headers = bearer(grant["access_token"])
    assert (await client.get("/api/me", headers=headers)).json()["current_user"] == "amy"
    assert (await client.get("/api/auth/get_credentials", headers=headers)).status_code == 200
    for action in ("Register", "Authorize", "Token"):
        assert await given.matches("audit", f"action = 'Connect.{action}' AND outcome = 'done'") == 1


async def test_a_refused_tool_gets_access_denied(given: Given, tool: Tool, amy: dict[str, str]) -> None:
    answer = await given.client.post("/api/connect/refuse", headers=amy, json=tool.query())
    back = answer.json()["redirect_uri"]
    assert back.startswith(f"{BACK}?")
    told = query_of(back)
    assert (told["error"], told["state"], "code" in told) == ("access_denied", "s t", False)
    assert told["iss"] == (await given.client.get("/.well-known/oauth-authorization-server")).json()["issuer"]
    assert await given.matches("audit", "action = 'Connect.Authorize' AND outcome = 'refused'") == 1
    elsewhere = tool.query() | {"redirect_uri": "https://evil.example/"}
    assert (
        refusal(await given.client.post("/api/connect/refuse", headers=amy, json=elsewhere)) == "invalid_redirect_uri"
    )


async def test_a_user_lists_and_ends_sessions_of_tools(given: Given, tool: Tool, amy: dict[str, str]) -> None:
    grant = await tool.connect(amy)
    sessions = (await given.client.get("/api/v1/sessions", headers=amy)).json()["items"]
    (theirs,) = [each for each in sessions if each["application"]]
    assert theirs["application"] == "QuiltSync"
    assert (await given.client.delete(f"/api/v1/sessions/{theirs['id']}", headers=amy)).status_code == 204
    assert not await alive(given.client, grant["access_token"])
    assert refusal(await tool.refresh(grant["refresh_token"])) == "invalid_grant"
    grant = await tool.connect(amy)
    await given.client.post("/api/v1/admin/users/amy/disable", headers=await given.admin())
    assert not await alive(given.client, grant["access_token"])


async def test_reuse_of_a_tools_refresh_token_ends_its_session(given: Given, tool: Tool, amy: dict[str, str]) -> None:
    first = await tool.connect(amy)
    second = (await tool.refresh(first["refresh_token"])).json()
    assert await alive(given.client, second["access_token"])
    assert second["refresh_token"] != first["refresh_token"]
    assert (await tool.refresh(first["refresh_token"])).status_code == 200  # as if the answer was lost
    await given.sql("UPDATE auth.refresh_token SET rotated_at = rotated_at - interval '11 seconds'")
    assert refusal(await tool.refresh(first["refresh_token"])) == "invalid_grant"
    assert not await alive(given.client, second["access_token"])
    assert refusal(await tool.refresh(second["refresh_token"])) == "invalid_grant"


async def test_a_tools_refresh_token_works_only_for_that_tool(given: Given, tool: Tool, amy: dict[str, str]) -> None:
    grant = await tool.connect(amy)
    other = (await register(given.client)).json()["client_id"]
    for client_id in (other, "", "nobody"):
        assert refusal(await tool.refresh(grant["refresh_token"], client_id=client_id)) == "invalid_grant"
    answer = await given.client.post("/api/token", data={"refresh_token": grant["refresh_token"]})
    assert answer.status_code == 401
    quilts = (await given.grant(amy))["refresh_token"]
    for client_id in (tool.client_id, "", "-"):
        assert refusal(await tool.refresh(quilts, client_id=client_id)) == "invalid_grant"
    assert (await tool.refresh(grant["refresh_token"])).status_code == 200


async def test_a_second_use_of_a_tool_code_ends_the_session_of_the_first(
    given: Given, tool: Tool, amy: dict[str, str]
) -> None:
    code = await tool.code(amy)
    grant = (await tool.exchange(code)).json()
    assert refusal(await tool.exchange(code)) == "invalid_grant"
    assert not await alive(given.client, grant["access_token"])
    assert refusal(await tool.refresh(grant["refresh_token"])) == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "w" * 86}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_grant"),
        ({"code_verifier": CHALLENGE}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:1/callback"}, "invalid_grant"),
        ({"redirect_uri": ""}, "invalid_grant"),
        ({"client_id": "another"}, "invalid_grant"),
        ({"code_verifier": VERIFIER[:42]}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({"resource": "https://evil.test/mcp/platform"}, "invalid_resource"),
    ],
)
async def test_a_tool_code_without_its_verifier_and_client_is_refused(
    given: Given, tool: Tool, amy: dict[str, str], changes: dict[str, str], error: str
) -> None:
    assert refusal(await tool.exchange(await tool.code(amy), **changes)) == error
    assert await given.matches("session", "oauth_client_id IS NOT NULL") == 0
    assert await given.matches("audit", "action = 'Connect.Token' AND outcome = 'failed'") == 1


async def test_a_wrong_verifier_uses_up_the_tool_code(given: Given, tool: Tool, amy: dict[str, str]) -> None:
    code = await tool.code(amy)
    assert refusal(await tool.exchange(code, code_verifier="w" * 86)) == "invalid_grant"
    assert refusal(await tool.exchange(code)) == "invalid_grant"
    assert refusal(await tool.exchange("another")) == "invalid_grant"
    late = await tool.code(amy)
    await given.sql("UPDATE auth.oauth_code SET expires_at = now() - interval '1 second'")
    assert refusal(await tool.exchange(late)) == "invalid_grant"
    code = await tool.code(amy)
    await given.client.post("/api/logout", headers=amy)
    assert refusal(await tool.exchange(code)) == "invalid_grant"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": None}, "invalid_client"),
        ({"redirect_uri": "http://127.0.0.1:8765/other"}, "invalid_redirect_uri"),
        ({"redirect_uri": "https://evil.test/callback"}, "invalid_redirect_uri"),
        ({"redirect_uri": None}, "invalid_redirect_uri"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": "platform admin"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"resource": "https://evil.test/mcp"}, "invalid_resource"),
        ({"resource": [RESOURCE, RESOURCE]}, "invalid_resource"),
        ({"resource": ""}, "invalid_resource"),
    ],
)
async def test_invalid_authorization_requests_are_refused(
    tool: Tool, amy: dict[str, str], changes: dict[str, Any], error: str
) -> None:
    for path in ("/api/connect/validate", "/api/connect/authorize"):
        assert refusal(await tool.client.post(path, headers=amy, json=tool.query(**changes))) == error


@pytest.mark.parametrize(
    "changes", [{"code_challenge": None}, {"code_challenge": "short"}, {"code_challenge_method": "plain"}]
)
async def test_an_authorization_request_without_pkce_is_refused(
    tool: Tool, amy: dict[str, str], changes: dict[str, Any]
) -> None:
    answer = await tool.client.post("/api/connect/authorize", headers=amy, json=tool.query(**changes))
    assert refusal(answer) == "invalid_request"


async def test_only_signed_in_people_approve_tools(given: Given, tool: Tool, amy: dict[str, str]) -> None:
    client = given.client
    assert (await client.post("/api/connect/authorize", json=tool.query())).status_code == 401
    key = (await client.post("/api/v1/keys", headers=amy, json={"name": "k"})).json()["secret"]
    grant = await tool.connect(amy)
    for caller in (bearer(key), bearer(grant["access_token"])):
        answer = await client.post("/api/connect/authorize", headers=caller, json=tool.query())
        assert answer.status_code == 403
    tools = bearer(grant["access_token"])
    assert (await client.get("/api/code", headers=tools)).status_code == 403
    assert (await client.post("/api/refresh", headers=tools)).status_code == 401
    assert (await client.post("/api/v1/keys", headers=tools, json={"name": "k"})).status_code == 403
    change = {"current": PASSWORD, "password": "another one altogether"}
    assert (await client.put("/api/v1/accounts/password", headers=tools, json=change)).status_code == 403


async def test_a_tool_revokes_its_tokens(given: Given, tool: Tool, amy: dict[str, str]) -> None:
    for name in ("access_token", "refresh_token"):
        grant = await tool.connect(amy)
        for client_id in ("", "another"):
            form = {"token": grant[name], "client_id": client_id}
            assert (await given.client.post("/auth/revoke", data=form)).status_code == 200
        assert await alive(given.client, grant["access_token"])
        form = {"token": grant[name], "client_id": tool.client_id}
        assert (await given.client.post("/auth/revoke", data=form)).status_code == 200
        assert not await alive(given.client, grant["access_token"])
    # Only sessions of tools can be ended in this way.
    own = amy["Authorization"].removeprefix("Bearer ")
    for client_id in ("", tool.client_id):
        await given.client.post("/auth/revoke", data={"token": own, "client_id": client_id})
    assert await alive(given.client, own)
    assert (await given.client.post("/auth/revoke", data={"token": "x"})).status_code == 200


async def test_tool_registrations_are_limited_and_unused_ones_deleted(
    given: Given, tool: Tool, amy: dict[str, str]
) -> None:
    for _ in range(19):
        assert (await register(given.client)).status_code == 201
    answer = await register(given.client)
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/too_many_tools")
    await tool.connect(amy)
    await given.prune()
    assert await given.count("oauth_client") == 20
    await given.sql("UPDATE auth.oauth_client SET created_at = created_at - interval '25 hours'")
    await given.prune()
    assert await given.count("oauth_client") == 1


@pytest.mark.parametrize(
    ("redirects", "name", "error"),
    [
        (["https://evil.test/x"], "x", "invalid_redirect_uri"),
        ([BACK, "javascript:alert(1)"], "x", "invalid_redirect_uri"),
        ([BACK], "Quilt\u202eSync", "invalid_client_metadata"),
    ],
)
async def test_forbidden_redirect_addresses_cannot_be_registered(
    client: httpx.AsyncClient, redirects: list[str], name: str, error: str
) -> None:
    assert refusal(await register(client, *redirects, name=name)) == error


@pytest.mark.parametrize("body", [{}, {"redirect_uris": "x"}, {"redirect_uris": [BACK] * 11}, []])
async def test_malformed_tool_registrations_are_refused(client: httpx.AsyncClient, body: Any) -> None:
    assert (await client.post("/auth/register", json=body)).status_code == 422
    assert refusal(await client.post("/auth/register", json={"redirect_uris": []})) == "invalid_redirect_uri"


HOSTS = {"tool.example.com", ".apps.example.com", "quilt://", "localhost"}


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost/cb",
        "http://127.0.0.1:1/",
        "http://[::1]:8765/cb",
        "https://tool.example.com/cb?x=1",
        "https://tool.example.com:443/cb",
        "https://a.apps.example.com/",
        "https://a.b.apps.example.com/",
        "quilt://auth/cb",
        "quilt:/cb",
    ],
)
def test_allowed_redirect_addresses_are_accepted(uri: str) -> None:
    assert is_allowed(uri, HOSTS)


@pytest.mark.parametrize(
    "uri",
    [
        "http://tool.example.com/cb",
        "https://tool.example.com:8443/cb",
        "https://apps.example.com/",
        "https://evilapps.example.com/",
        "https://tool.example.com.evil.test/",
        "https://tool.example.com@evil.test/",
        "https://evil.test\\@tool.example.com/",
        "https://evil.test#@tool.example.com/",
        "https://localhost/cb",
        "http://localhost.evil.test/",
        "http://127.0.0.1.evil.test/",
        "http://127.0.0.1@evil.test/",
        "http://128.0.0.1/",
        "http://localhost:x/",
        "http://localhost/cb#fragment",
        "http://localhost/a b",
        "http://localhost/\r\nX: y",
        "https:///cb",
        "other://cb",
        "quilt:cb",
        "javascript://localhost/%0aalert(1)",
        "//localhost/cb",
        "/cb",
        "",
        "http://localhost/" + "x" * 2000,
    ],
)
def test_other_redirect_addresses_are_refused(uri: str) -> None:
    assert not is_allowed(uri, HOSTS | {"javascript://"})


def test_a_loopback_redirect_may_vary_in_its_port_only() -> None:
    known = ["http://127.0.0.1/cb?x=1", "https://tool.example.com/cb"]
    assert is_registered("http://127.0.0.1:5555/cb?x=1", known)
    for uri in (
        "http://localhost:5555/cb?x=1",
        "http://127.0.0.1:5555/cb",
        "http://127.0.0.1:5555/cb/?x=1",
        "https://127.0.0.1:5555/cb?x=1",
        "https://tool.example.com:443/cb",
        "https://tool.example.com/cb/",
        "https://tool.example.com/cb?x",
    ):
        assert not is_registered(uri, known)


@pytest.mark.parametrize(
    ("catalog", "tools"),
    [
        ("https://stack.example.com", "https://stack-connect.example.com"),
        ("https://quilt.lab.example.com", "https://quilt-connect.lab.example.com"),
        ("http://localhost:8080", "https://registry.test"),
        ("https://example:8443", "https://registry.test"),
        ("https://192.0.2.7", "https://registry.test"),
        ("https://stack.example.com:8443", "https://registry.test"),
    ],
)
def test_the_host_for_tools_is_derived_from_the_catalogs(catalog: str, tools: str) -> None:
    assert connect_url_of(catalog, "https://registry.test") == tools


def test_settings_named_like_a_stacks_parameters_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ConnectAllowedHosts": "tool.example.com, .apps.example.com quilt://",
        "GoogleClientId": "g",
        "GoogleClientSecret": "gs",
        "SingleSignOnDomains": "example.com,Example.org",
        "AUTH_PROVIDER": "github",
        "OAUTH_CLIENT_ID_GITHUB": "h",
        "OAUTH_CLIENT_SECRET_GITHUB": "hs",
        "AUTH_SSO__PROVIDERS__OKTA__ISSUER": "https://okta.example.com",
        "AUTH_SSO__PROVIDERS__OKTA__CLIENT_ID": "o",
    }.items():
        monkeypatch.setenv(name, value)
    settings = settings_for("postgresql+asyncpg://unused")
    assert settings.connect.allowed_hosts == {"localhost", "tool.example.com", ".apps.example.com", "quilt://"}
    providers = settings.sso.providers
    assert {name: (each.kind, each.client_id) for name, each in providers.items()} == {
        "okta": ("oidc", "o"),
        "google": ("google", "g"),
        "github": ("github", "h"),
    }
    assert providers["google"].domains == {"example.com", "example.org"}
