"""Single sign-on with an OpenID Connect provider: who gets in, as whom, and who does not."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from jose import jwt
from support.fakes.openid_provider import KEYS, OpenIdProvider, person, query_of, signed_with_public_key, unsigned
from support.fakes.single_sign_on import CATALOG, Door, door_of, door_to, provider_at, refusal
from support.worlds.auth_world import Given, bearer
from support.worlds.oauth_tool import Tool, register

from auth.clients.providers import OpenIdProvider as Known


@pytest.fixture
def idp() -> OpenIdProvider:
    return OpenIdProvider()


@pytest.fixture
async def door(given: Given, idp: OpenIdProvider) -> AsyncIterator[Door]:
    async with door_to(given, idp) as door:
        yield door


async def test_a_new_person_gets_an_account_and_a_session(door: Door) -> None:
    answer = await door.sign_in(next="/b/quilt-example?x=1")
    assert answer.headers["location"] == f"{CATALOG}/b/quilt-example?x=1"
    assert await door.who() == {
        "current_user": "amy",
        "email": "amy@example.com",
        "is_staff": False,
        "is_active": True,
    }
    user = (await door.client.get("/api/v1/admin/users/amy", headers=await door.given.admin())).json()
    assert (user["roles"], user["role"]) == (["ReadAll"], "ReadAll")
    again = await door.sign_in()
    assert again.headers["location"] == f"{CATALOG}/"
    assert await door.given.matches("identity", "subject = 'subject of amy'") == 1
    assert await door.given.matches("audit", "action = 'Auth.Login' AND details->>'method' = 'sso'") == 2


async def test_the_account_is_that_of_the_subject_whatever_its_address(door: Door, idp: OpenIdProvider) -> None:
    await door.sign_in()
    idp.person = person("amy", email="amy.new@example.com")
    await door.sign_in()
    assert (await door.who() or {})["current_user"] == "amy"
    idp.person = person("zoe", email="amy@example.com")  # the address was given to somebody else
    assert refusal(await door.sign_in()) == "sso_failed"


async def test_a_page_of_quilts_signs_in_by_its_popup(door: Door) -> None:
    brought = await door.popup(state="s t&te")
    assert brought["state"] == "s t&te"
    login = {"provider": "idp", "code": brought["code"]}
    answer = await door.client.post("/api/login", json=login)
    assert answer.status_code == 200, answer.text
    me = await door.client.get("/api/me", headers=bearer(answer.json()["token"]))
    assert me.json()["current_user"] == "amy"
    again = await door.client.post("/api/login", json=login)
    assert (again.status_code, again.json()["message"]) == (401, "Login attempt failed")


async def test_names_are_made_from_addresses_until_one_is_free(door: Door, idp: OpenIdProvider) -> None:
    await door.given.user("amy")
    for email, name in [
        ("amy@example.org", "amy-2"),
        ("Amy@Example.net", "amy-3"),
        ("7.of-9@example.org", "u-7-of-9"),
        ("quilt@example.org", "u-quilt"),
    ]:
        idp.person = person(email, email=email)
        await door.sign_in()
        assert (await door.who() or {})["current_user"] == name


async def test_an_account_with_the_verified_address_is_taken_for_theirs(door: Door, idp: OpenIdProvider) -> None:
    await door.given.user("amy")
    idp.person = person("amy", email="AMY@example.com")
    await door.sign_in()
    assert (await door.who() or {})["current_user"] == "amy"
    assert await door.given.matches("audit", "details->>'account_linked' = 'true'") == 1


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_nobody_gets_an_account_by_an_unverified_address(
    door: Door, idp: OpenIdProvider, verified: object
) -> None:
    await door.given.user("amy")
    idp.person = person("mallory", email="amy@example.com", email_verified=verified)
    assert refusal(await door.sign_in()) == "email_unverified"
    idp.person = person("mallory", email_verified=verified)
    assert refusal(await door.sign_in()) == "email_unverified"
    assert await door.who() is None


async def test_a_directory_may_be_trusted_with_addresses(given: Given, idp: OpenIdProvider) -> None:
    idp.person = person("amy", email_verified=None)
    async with door_to(given, idp, provider={"trust_emails": True}) as door:
        await door.sign_in()
        assert (await door.who() or {})["current_user"] == "amy"


async def test_whoever_waits_for_anothers_address_waits_in_vain(given: Given, idp: OpenIdProvider) -> None:
    async with door_to(given, idp, sign_up="open") as door:
        taken = {"username": "mallory", "email": "amy@example.com", "password": "mallory's own secret"}
        assert (await door.client.post("/api/register", json=taken)).status_code == 200
        await door.sign_in()
        assert (await door.who() or {})["current_user"] == "amy"
        assert await given.matches("user", "name = 'mallory'") == 0


async def test_linking_and_new_accounts_can_be_off(given: Given, idp: OpenIdProvider) -> None:
    async with door_to(given, idp, sso={"link_accounts": False}) as door:
        await given.user("amy")
        assert refusal(await door.sign_in()) == "email_taken"
    async with door_to(given, idp, sso={"sign_up": False, "link_accounts": False}) as door:
        assert refusal(await door.sign_in()) == "account_unknown"
        login = {"provider": "idp", "code": (await door.popup())["code"]}
        answer = await door.client.post("/api/login", json=login)
        assert (answer.status_code, answer.json()["message"]) == (401, "User does not exist")


async def test_only_some_domains_may_be_let_in(given: Given, idp: OpenIdProvider) -> None:
    async with door_to(given, idp, provider={"domains": {"example.com"}}) as door:
        for email in ("amy@evil.com", "amy@notexample.com", "amy@example.com.evil.com", "amy@example.com@evil.com"):
            idp.person = person("amy", email=email)
            assert refusal(await door.sign_in()) == "domain_refused"
        idp.person = person("amy", email_verified=False)
        assert refusal(await door.sign_in()) == "email_unverified"
        idp.person = person("amy", email="amy@EXAMPLE.com")
        assert "error" not in (await door.sign_in()).headers["location"]


async def test_a_session_of_theirs_ends_after_a_week_whatever_is_done(door: Door) -> None:
    """The provider does not tell us when somebody leaves; so they have to show up there again."""
    given, client = door.given, door.client
    week = "expires_at BETWEEN now() + interval '6 days' AND now() + interval '7 days 1 minute'"
    await door.sign_in()
    renewed = (await client.post("/api/v1/session/refresh")).json()
    signed_in = bearer(renewed["token"])
    grant = await given.grant(signed_in)  # a client, by a code from the page
    claims = jwt.get_unverified_claims(grant["access_token"])
    assert claims["exp"] - claims["iat"] <= 7 * 86_400
    tool = Tool(client, (await register(client)).json()["client_id"])
    connected = await tool.connect(signed_in)
    popup = (await door.popup())["code"]
    assert (await client.post("/api/login", json={"provider": "idp", "code": popup})).status_code == 200
    refreshed = await client.post("/api/token", data={"refresh_token": grant["refresh_token"]})
    assert refreshed.status_code == 200
    assert await given.count("session") == await given.matches("session", week) == 4
    await given.sql("UPDATE auth.session SET expires_at = now(), ends_at = now()")
    for token in (renewed["token"], grant["access_token"], connected["access_token"], refreshed.json()["access_token"]):
        assert (await client.get("/api/me", headers=bearer(token))).status_code == 401
    assert await door.who() is None
    assert (await tool.refresh(connected["refresh_token"])).status_code == 400
    await given.user("bob")
    await given.token("bob")
    assert await given.matches("session", "ends_at IS NULL AND expires_at > now() + interval '80 days'") == 1


async def test_a_disabled_user_stays_out(door: Door) -> None:
    await door.sign_in()
    await door.client.post("/api/v1/admin/users/amy/disable", headers=await door.given.admin())
    assert refusal(await door.sign_in()) == "sso_failed"


async def test_a_mail_gives_no_password_to_who_signs_in_with_a_provider(door: Door) -> None:
    await door.sign_in()
    assert [mail["To"] for mail in await door.given.mails()] == ["amy@example.com", "admin@example.com"]
    await door.client.post("/api/reset_password", json={"email": "amy@example.com"})
    assert await door.given.mails() == []


async def test_passwords_can_be_off(given: Given, idp: OpenIdProvider) -> None:
    await given.user("amy")
    async with door_to(given, idp, password_sign_in=False, sign_up="open") as door:
        shown = (await door.client.get("/api/v1/sso")).json()
        assert (shown["password"], shown["sign_up"], [each["name"] for each in shown["providers"]]) == (
            False,
            "off",
            ["idp"],
        )
        login = {"username": "amy", "password": "correct horse battery"}
        for path in ("/api/login", "/api/v1/session"):
            answer = await door.client.post(path, json=login)
            assert (answer.status_code, answer.json()["type"]) == (403, "/problems/passwords_off")
        assert (await door.client.post("/api/reset_password", json={"email": "amy@example.com"})).status_code == 403
        sign_up = {"username": "bob", "email": "bob@example.com", "password": "correct horse battery"}
        assert (await door.client.post("/api/register", json=sign_up)).status_code == 501
        await door.sign_in()
        assert (await door.who() or {})["current_user"] == "amy"


# Attacks


def changed(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda claims: {name: value for name, value in {**claims, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"aud": ["patchwork", "another"]},
        {"aud": ["patchwork", "another"], "azp": "another"},
        {"aud": None},
        {"azp": "another"},
        {"iss": "https://evil.test"},
        {"iss": "https://idp.test/"},
        {"iss": None},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 1},
        {"iat": 10**11},
        {"iat": None},
        {"nbf": 10**11},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
    ],
)
async def test_a_token_that_is_not_for_this_sign_in_is_refused(
    door: Door, idp: OpenIdProvider, changes: dict[str, Any]
) -> None:
    idp.tamper = changed(**changes)
    assert refusal(await door.sign_in()) == "sso_failed"
    brought = await door.popup()
    answer = await door.client.post("/api/login", json={"provider": "idp", "code": brought["code"]})
    assert (answer.status_code, answer.json()["message"]) == (401, "Login attempt failed")
    assert await door.given.count("identity") == 0


@pytest.mark.parametrize(
    "sign",
    [
        unsigned,
        signed_with_public_key,
        lambda claims: KEYS[1].sign(claims).rpartition(".")[0] + "." + KEYS[0].sign(claims).rpartition(".")[2],
        lambda claims: type(KEYS[0])("first", KEYS[2].pem).sign(claims),
        KEYS[2].sign,
        lambda _: "not.a.token",
        lambda _: "",
        lambda _: "x" * 70_000,
        lambda claims: KEYS[0].sign(claims) + "x",
    ],
    ids=["none", "hs256", "mixed", "another key", "unknown key", "nonsense", "empty", "long", "changed"],
)
async def test_a_token_that_the_provider_did_not_sign_is_refused(
    door: Door, idp: OpenIdProvider, sign: Callable[[dict[str, Any]], str]
) -> None:
    idp.sign = sign
    assert refusal(await door.sign_in()) == "sso_failed"


async def test_the_providers_keys_may_change_and_are_not_asked_for_without_end(door: Door, idp: OpenIdProvider) -> None:
    await door.sign_in()
    known = door.given.resources.providers["idp"]
    assert isinstance(known, Known)
    idp.keys = [KEYS[1]]
    known._keys_at -= 60
    await door.sign_in()
    assert await door.who()
    idp.requests.clear()
    idp.sign = KEYS[2].sign
    for _ in range(5):
        assert refusal(await door.sign_in()) == "sso_failed"
    assert idp.requests.count("/keys") == 0
    idp.sign = KEYS[0].sign  # which was withdrawn
    assert refusal(await door.sign_in()) == "sso_failed"


async def test_an_answer_is_good_once_and_for_the_browser_that_asked(door: Door) -> None:
    back = await door.visit(await door.begin())
    cookies = dict(door.client.cookies)
    door.client.cookies.clear()
    assert refusal(await door.come_back(back)) == "sso_failed"  # a stranger's browser, made to open it
    back = await door.visit(await door.begin())
    for cookie in door.client.cookies.jar:
        cookie.value = cookies["patchwork-sso"]  # of an earlier sign-in
    assert refusal(await door.come_back(back)) == "sso_failed"
    back = await door.visit(await door.begin())
    assert "error" not in (await door.come_back(back)).headers["location"]
    await door.begin()
    assert refusal(await door.come_back(back)) == "sso_failed"


async def test_an_answer_with_another_state_or_none_is_refused(door: Door) -> None:
    for state in ("", "another"):
        back = httpx.URL(await door.visit(await door.begin())).copy_set_param("state", state)
        assert refusal(await door.come_back(str(back))) == "sso_failed"


async def test_a_sign_in_that_took_too_long_is_refused(door: Door) -> None:
    back = await door.visit(await door.begin())
    await door.given.sql("UPDATE auth.sso_request SET expires_at = now() - interval '1 second'")
    assert refusal(await door.come_back(back)) == "sso_failed"
    await door.given.tidy()
    assert await door.given.count("sso_request") == 0


async def test_a_stolen_code_is_worth_nothing_elsewhere(door: Door) -> None:
    stolen = query_of(await door.visit(await door.begin()))["code"]
    answer = await door.client.post("/api/login", json={"provider": "idp", "code": stolen})
    assert answer.status_code == 401
    back = httpx.URL(await door.visit(await door.begin()))
    other = (await door.popup())["code"]
    answer = await door.come_back(str(back.copy_set_param("code", other)))
    assert refusal(answer) == "sso_failed"


async def test_what_the_provider_refuses_is_refused(door: Door) -> None:
    back = httpx.URL(await door.visit(await door.begin()))
    denied = back.copy_remove_param("code").copy_set_param("error", "access_denied")
    assert refusal(await door.come_back(str(denied))) == "sso_failed"


async def test_answers_of_two_providers_are_not_mixed_up(given: Given, idp: OpenIdProvider) -> None:
    evil = OpenIdProvider(issuer="https://evil.test", keys=[KEYS[1]])
    apps = {"https://idp.test": idp.app(), "https://evil.test": evil.app()}
    providers = {"idp": provider_at(idp.issuer), "evil": provider_at(evil.issuer)}
    async with door_of(given, apps, providers) as door:
        back = httpx.URL(await door.visit(await door.begin("idp")))
        moved = back.copy_with(path="/api/v1/sso/evil/callback")
        assert refusal(await door.come_back(str(moved))) == "sso_failed"
        idp.named_in_answer = "https://evil.test"
        assert refusal(await door.sign_in("idp")) == "sso_failed"
        idp.named_in_answer = None
        back = httpx.URL(await door.visit(await door.begin("idp")))
        assert refusal(await door.come_back(str(back.copy_remove_param("iss")))) == "sso_failed"
        # The same person of another provider is another person.
        evil.person = person("amy", email="amy@evil.test")
        await door.sign_in("idp")
        await door.sign_in("evil")
        assert (await door.who() or {})["email"] == "amy@evil.test"
        brought = await door.popup("evil")
        answer = await door.client.post("/api/login", json={"provider": "idp", "code": brought["code"]})
        assert answer.status_code == 401


@pytest.mark.parametrize(
    "page", ["https://evil.test", "//evil.test", "/\\evil.test", "evil", "/a\r\nX: y", "", "@evil.test", ".evil.test"]
)
async def test_the_browser_is_never_sent_elsewhere(door: Door, page: str) -> None:
    answer = await door.sign_in(next=page)
    assert answer.headers["location"] == f"{CATALOG}/"


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.test"},
        {"jwks_uri": "file:///etc/passwd"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"filler": "x" * 2_000_000},
    ],
)
async def test_a_provider_that_describes_itself_badly_is_not_used(
    given: Given, idp: OpenIdProvider, metadata: dict[str, Any]
) -> None:
    idp.metadata = metadata
    async with door_to(given, idp) as door:
        answer = await door.client.get("/api/v1/sso/idp/start")
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/provider_failed")
        idp.requests.clear()
        assert (await door.client.get("/api/v1/sso/idp/start")).status_code == 503
        assert not idp.requests  # for some seconds nobody waits for it again


async def test_a_provider_that_is_down_is_said_to_be(door: Door, idp: OpenIdProvider) -> None:
    back = await door.visit(await door.begin())
    idp.down = True
    assert refusal(await door.come_back(back)) == "provider_failed"
    assert (await door.client.get("/api/v1/sso/nobody/start")).status_code == 404


async def test_failures_are_limited(door: Door) -> None:
    for _ in range(30):
        assert (await door.client.post("/api/login", json={"provider": "idp", "token": "x"})).status_code == 401
    answer = await door.client.post("/api/login", json={"provider": "idp", "token": "x"})
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/too_many_logins")
    failed = "action = 'Auth.Login' AND outcome = 'failed' AND details->>'provider' = 'idp'"
    assert await door.given.matches("audit", failed) == 30
