"""Single sign-on with an OpenID Connect provider: accounts, sessions and refusals."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from jose import jwt
from support.fakes.openid_provider import KEYS, OpenIdProvider, person, query_of, signed_with_public_key, unsigned
from support.fakes.single_sign_on import CATALOG, Door, door_of, door_to, provider_at, refusal
from support.worlds.auth_world import PASSWORD, Given, bearer, code_in
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


async def test_a_sign_in_finds_the_account_by_subject_after_the_address_changed(
    door: Door, idp: OpenIdProvider
) -> None:
    await door.sign_in()
    idp.person = person("amy", email="amy.new@example.com")
    await door.sign_in()
    assert (await door.who() or {})["current_user"] == "amy"
    idp.person = person("zoe", email="amy@example.com")  # the address passed to somebody else
    assert refusal(await door.sign_in()) == "sso_failed"


async def test_a_quilt_catalog_signs_in_with_its_popup(door: Door) -> None:
    brought = await door.popup(state="s t&te")
    assert brought["state"] == "s t&te"
    login = {"provider": "idp", "code": brought["code"]}
    answer = await door.client.post("/api/login", json=login)
    assert answer.status_code == 200, answer.text
    me = await door.client.get("/api/me", headers=bearer(answer.json()["token"]))
    assert me.json()["current_user"] == "amy"
    again = await door.client.post("/api/login", json=login)
    assert (again.status_code, again.json()["message"]) == (401, "Login attempt failed")


async def test_user_names_are_derived_from_addresses_until_one_is_free(door: Door, idp: OpenIdProvider) -> None:
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


async def test_a_first_sign_in_links_the_account_with_the_verified_address(door: Door, idp: OpenIdProvider) -> None:
    await door.given.user("amy")
    idp.person = person("amy", email="AMY@example.com")
    await door.sign_in()
    assert (await door.who() or {})["current_user"] == "amy"
    assert await door.given.matches("audit", "details->>'account_linked' = 'true'") == 1


@pytest.mark.parametrize("verified", [False, None, "true", 1])
async def test_an_unverified_address_neither_makes_nor_links_an_account(
    door: Door, idp: OpenIdProvider, verified: object
) -> None:
    await door.given.user("amy")
    idp.person = person("mallory", email="amy@example.com", email_verified=verified)
    assert refusal(await door.sign_in()) == "email_unverified"
    idp.person = person("mallory", email_verified=verified)
    assert refusal(await door.sign_in()) == "email_unverified"
    assert await door.who() is None


async def test_a_trusted_providers_addresses_count_as_verified(given: Given, idp: OpenIdProvider) -> None:
    idp.person = person("amy", email_verified=None)
    async with door_to(given, idp, provider={"trust_emails": True}) as door:
        await door.sign_in()
        assert (await door.who() or {})["current_user"] == "amy"


async def test_a_pending_sign_up_with_anothers_address_is_removed_at_the_owners_sign_in(
    given: Given, idp: OpenIdProvider
) -> None:
    async with door_to(given, idp, sign_up="open") as door:
        taken = {"username": "mallory", "email": "amy@example.com", "password": "mallory's own secret"}
        assert (await door.client.post("/api/register", json=taken)).status_code == 200
        await door.sign_in()
        assert (await door.who() or {})["current_user"] == "amy"
        assert await given.matches("user", "name = 'mallory'") == 0


class TestFirstLink:
    """The first sign-in with a provider, of somebody whose address an account has already."""

    async def account(self, door: Door) -> tuple[dict[str, str], dict[str, str]]:
        """Sign up as amy with a password, and confirm the address; returns a session and a key."""
        new = {"username": "amy", "email": "amy@example.com", "password": PASSWORD}
        assert (await door.client.post("/api/v1/accounts", json=new)).status_code == 201
        shown = {"link": code_in((await door.given.mails())[0])}
        assert (await door.client.post("/api/v1/accounts/activate", json=shown)).status_code == 204
        return await self.signed_in(door, PASSWORD)

    async def signed_in(self, door: Door, password: str) -> tuple[dict[str, str], dict[str, str]]:
        session = bearer(await door.given.token("amy", password))
        key = (await door.client.post("/api/v1/keys", headers=session, json={"name": "k"})).json()["secret"]
        return session, bearer(key)

    async def statuses(self, door: Door, password: str, *callers: dict[str, str]) -> list[int]:
        login = await door.client.post("/api/login", json={"username": "amy", "password": password})
        asked = [await door.client.get("/api/me", headers=each) for each in callers]
        return [login.status_code, *(each.status_code for each in asked)]

    async def test_a_password_from_before_the_address_was_proven_ends_with_all_that_rests_on_it(
        self, given: Given, idp: OpenIdProvider
    ) -> None:
        async with door_to(given, idp, sign_up="open") as door:
            session, key = await self.account(door)
            assert await self.statuses(door, PASSWORD, session, key) == [200, 200, 200]
            await door.sign_in()
            me = await door.who()
            assert me is not None
            assert me["current_user"] == "amy"
            assert await self.statuses(door, PASSWORD, session, key) == [401, 401, 401]
            assert await given.matches("audit", "action = 'Auth.Login' AND details->>'password_removed' = 'true'") == 1

    async def test_a_password_set_with_a_link_to_the_address_stays_and_so_do_keys(
        self, given: Given, idp: OpenIdProvider
    ) -> None:
        async with door_to(given, idp, sign_up="open") as door:
            await self.account(door)
            await door.client.post("/api/v1/accounts/reset", json={"email": "amy@example.com"})
            link, proven = code_in((await given.mails())[-1]), "set with a link"
            answer = await door.client.post("/api/v1/accounts/password", json={"link": link, "password": proven})
            assert answer.status_code == 204
            session, key = await self.signed_in(door, proven)
            await door.sign_in()
            assert await door.who() is not None
            assert await self.statuses(door, proven, session, key) == [200, 401, 200]


async def test_linking_and_sign_up_can_be_switched_off(given: Given, idp: OpenIdProvider) -> None:
    async with door_to(given, idp, sso={"link_accounts": False}) as door:
        await given.user("amy")
        assert refusal(await door.sign_in()) == "email_taken"
    async with door_to(given, idp, sso={"sign_up": False, "link_accounts": False}) as door:
        assert refusal(await door.sign_in()) == "account_unknown"
        login = {"provider": "idp", "code": (await door.popup())["code"]}
        answer = await door.client.post("/api/login", json=login)
        assert (answer.status_code, answer.json()["message"]) == (401, "User does not exist")


async def test_sign_in_can_be_limited_to_domains(given: Given, idp: OpenIdProvider) -> None:
    async with door_to(given, idp, provider={"domains": {"example.com"}}) as door:
        for email in ("amy@evil.com", "amy@notexample.com", "amy@example.com.evil.com", "amy@example.com@evil.com"):
            idp.person = person("amy", email=email)
            assert refusal(await door.sign_in()) == "domain_refused"
        idp.person = person("amy", email_verified=False)
        assert refusal(await door.sign_in()) == "email_unverified"
        idp.person = person("amy", email="amy@EXAMPLE.com")
        assert "error" not in (await door.sign_in()).headers["location"]


async def test_a_session_from_a_provider_ends_after_a_week_even_if_renewed(door: Door) -> None:
    """A provider does not say when it disables somebody, so they must sign in there again."""
    given, client = door.given, door.client
    week = "expires_at BETWEEN now() + interval '6 days' AND now() + interval '7 days 1 minute'"
    await door.sign_in()
    renewed = (await client.post("/api/v1/session/refresh")).json()
    signed_in = bearer(renewed["token"])
    grant = await given.grant(signed_in)  # a client, with a one-time code from the page
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
    assert await given.matches("session", "NOT by_provider AND expires_at > now() + interval '80 days'") == 1


async def test_a_disabled_user_cannot_sign_in_with_a_provider(door: Door) -> None:
    await door.sign_in()
    await door.client.post("/api/v1/admin/users/amy/disable", headers=await door.given.admin())
    assert refusal(await door.sign_in()) == "sso_failed"


async def test_a_user_of_a_provider_gets_no_reset_mail(door: Door) -> None:
    await door.sign_in()
    assert [mail["To"] for mail in await door.given.mails()] == ["amy@example.com", "admin@example.com"]
    await door.client.post("/api/reset_password", json={"email": "amy@example.com"})
    assert await door.given.mails() == []


async def test_password_sign_in_can_be_switched_off(given: Given, idp: OpenIdProvider) -> None:
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
async def test_an_id_token_for_another_sign_in_is_refused(
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
async def test_an_id_token_with_a_foreign_signature_is_refused(
    door: Door, idp: OpenIdProvider, sign: Callable[[dict[str, Any]], str]
) -> None:
    idp.sign = sign
    assert refusal(await door.sign_in()) == "sso_failed"


async def test_changed_provider_keys_are_fetched_but_not_for_every_unknown_key(door: Door, idp: OpenIdProvider) -> None:
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
    idp.sign = KEYS[0].sign  # the key that was withdrawn
    assert refusal(await door.sign_in()) == "sso_failed"


async def test_a_provider_answer_works_once_and_only_in_the_browser_that_began(door: Door) -> None:
    back = await door.visit(await door.begin())
    cookies = dict(door.client.cookies)
    door.client.cookies.clear()
    assert refusal(await door.come_back(back)) == "sso_failed"  # in another browser, as after a login CSRF
    back = await door.visit(await door.begin())
    for cookie in door.client.cookies.jar:
        cookie.value = cookies["patchwork-sso"]  # the cookie of an earlier sign-in
    assert refusal(await door.come_back(back)) == "sso_failed"
    back = await door.visit(await door.begin())
    assert "error" not in (await door.come_back(back)).headers["location"]
    await door.begin()
    assert refusal(await door.come_back(back)) == "sso_failed"


async def test_a_provider_answer_with_wrong_or_missing_state_is_refused(door: Door) -> None:
    for state in ("", "another"):
        back = httpx.URL(await door.visit(await door.begin())).copy_set_param("state", state)
        assert refusal(await door.come_back(str(back))) == "sso_failed"


async def test_a_provider_answer_after_the_time_limit_is_refused(door: Door) -> None:
    back = await door.visit(await door.begin())
    await door.given.sql("UPDATE auth.sso_request SET expires_at = now() - interval '1 second'")
    assert refusal(await door.come_back(back)) == "sso_failed"
    await door.given.prune()
    assert await door.given.count("sso_request") == 0


async def test_a_stolen_provider_code_is_refused_in_another_browser(door: Door) -> None:
    stolen = query_of(await door.visit(await door.begin()))["code"]
    answer = await door.client.post("/api/login", json={"provider": "idp", "code": stolen})
    assert answer.status_code == 401
    back = httpx.URL(await door.visit(await door.begin()))
    other = (await door.popup())["code"]
    answer = await door.come_back(str(back.copy_set_param("code", other)))
    assert refusal(answer) == "sso_failed"


async def test_an_error_answer_of_the_provider_fails_the_sign_in(door: Door) -> None:
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
        # The same subject at another provider is another identity.
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
async def test_the_browser_is_redirected_to_the_catalog_only(door: Door, page: str) -> None:
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
async def test_a_provider_with_invalid_metadata_is_refused(
    given: Given, idp: OpenIdProvider, metadata: dict[str, Any]
) -> None:
    idp.metadata = metadata
    async with door_to(given, idp) as door:
        answer = await door.client.get("/api/v1/sso/idp/start")
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/provider_failed")
        idp.requests.clear()
        assert (await door.client.get("/api/v1/sso/idp/start")).status_code == 503
        assert not idp.requests  # the failure is cached for some seconds


async def test_a_provider_that_is_down_gives_503(door: Door, idp: OpenIdProvider) -> None:
    back = await door.visit(await door.begin())
    idp.down = True
    assert refusal(await door.come_back(back)) == "provider_failed"
    assert (await door.client.get("/api/v1/sso/nobody/start")).status_code == 404


async def test_failed_provider_sign_ins_are_limited(door: Door) -> None:
    for _ in range(30):
        assert (await door.client.post("/api/login", json={"provider": "idp", "token": "x"})).status_code == 401
    answer = await door.client.post("/api/login", json={"provider": "idp", "token": "x"})
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/too_many_logins")
    failed = "action = 'Auth.Login' AND outcome = 'failed' AND details->>'provider' = 'idp'"
    assert await door.given.matches("audit", failed) == 30
