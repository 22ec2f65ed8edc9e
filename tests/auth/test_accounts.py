"""Signing up, confirming an address, resetting and changing a password."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from support.worlds.auth_world import PASSWORD, Given, app_with, bearer, client_of, code_in, link_in, text_of

from auth.resources import AuthResources

CATALOG, REGISTRY = "http://catalog.test", "http://registry.test"
AMY = {"username": "amy", "email": "amy@example.com", "password": PASSWORD}
OTHER = "another good password"


def open_to(resources: AuthResources, **changes: Any) -> AuthResources:
    return replace(resources, settings=resources.settings.model_copy(update={"sign_up": "open", **changes}))


@pytest.fixture
async def given(resources: AuthResources) -> AsyncIterator[Given]:
    """A client of an installation where everybody may sign up."""
    opened = open_to(resources)
    async with client_of(app_with(opened)) as client:
        yield Given(opened, client)


@pytest.fixture
def client(given: Given) -> httpx.AsyncClient:
    return given.client


async def login(client: httpx.AsyncClient, password: str = PASSWORD, name: str = "amy") -> int:
    return (await client.post("/api/login", json={"username": name, "password": password})).status_code


async def activate(client: httpx.AsyncClient, mail: EmailMessage) -> int:
    return (await client.post("/api/v1/accounts/activate", json={"link": code_in(mail)})).status_code


async def test_signing_up_from_a_quilt_catalog(given: Given, client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/register", json=AMY)
    assert (answer.status_code, answer.json()) == (200, {})
    assert await login(client) == 401
    (mail,) = await given.mails()
    assert (mail["To"], mail["Subject"]) == ("amy@example.com", "Activate your Patchwork account")
    assert link_in(mail) in text_of(mail, "html")
    assert link_in(mail).startswith(f"{REGISTRY}/activate/")
    followed = await client.get(link_in(mail), headers={"User-Agent": "MailScanner"})
    assert (followed.status_code, followed.headers["location"]) == (302, f"{CATALOG}/confirm/{code_in(mail)}")
    assert await login(client) == 401, "a scanner of mails follows links, and must not confirm an address"
    assert await activate(client, mail) == 204
    assert await login(client) == 200
    mails = await given.mails()
    assert [(each["To"], each["Subject"]) for each in mails] == [
        ("amy@example.com", "Welcome to Patchwork, amy"),
        ("admin@example.com", "New Patchwork user: amy"),
    ]
    assert await activate(client, mail) == 401
    user = (await client.get("/api/v1/admin/users/amy", headers=await given.admin())).json()
    assert (user["roles"], user["is_admin"], user["is_active"]) == (["ReadAll"], False, True)


async def test_signing_up_by_our_own_routes(given: Given, client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/accounts", json=AMY)
    assert (answer.status_code, answer.json()) == (201, {"is_active": False})
    (mail,) = await given.mails()
    shown = {"link": code_in(mail)}
    assert (await client.post("/api/v1/accounts/activate", json=shown)).status_code == 204
    assert (await client.post("/api/v1/accounts/activate", json=shown)).status_code == 401
    assert await login(client) == 200


@pytest.mark.parametrize(
    ("changes", "status", "message"),
    [
        ({"username": "Amy"}, 400, "Invalid username."),
        ({"username": "quilt"}, 400, "Invalid username."),
        ({"username": "public"}, 400, "Invalid username."),
        ({"username": "a b"}, 400, "Invalid username."),
        ({"username": "amy\n"}, 400, "Invalid username."),
        ({"username": "a" * 65}, 400, "Invalid username."),
        ({"email": "amy"}, 400, "Invalid email."),
        ({"email": "amy@example.com\r\nBcc: eve@example.com"}, 400, "Invalid email."),
        ({"email": "amy@example.com,eve@example.com"}, 400, "Invalid email."),
        ({"email": '"<eve@example.com>"@example.com'}, 400, "Invalid email."),
        ({"email": "Eve <eve@example.com>"}, 400, "Invalid email."),
        ({"password": "seven77"}, 400, "Password must be at least 8 characters long."),
        ({"password": "Password1"}, 400, "Password must be harder to guess: it is one of those that are tried first."),
        ({"username": "admin"}, 409, "Username already taken."),
        ({"email": "ADMIN@example.com"}, 409, "Email already taken."),
    ],
)
async def test_refused_sign_ups_have_the_words_that_catalogs_recognise(
    given: Given, client: httpx.AsyncClient, changes: dict[str, str], status: int, message: str
) -> None:
    answer = await client.post("/api/register", json={**AMY, **changes})
    assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert await given.mails() == []
    assert await given.count('"user"') == 1


async def test_tests_for_taken_names_are_limited(client: httpx.AsyncClient) -> None:
    taken = [{**AMY, "username": "admin"}, {**AMY, "email": "admin@example.com"}]
    statuses = [(await client.post("/api/register", json=taken[n % 2])).status_code for n in range(21)]
    assert statuses == [409] * 20 + [429]


async def test_an_unconfirmed_account_is_deleted(given: Given, client: httpx.AsyncClient) -> None:
    await client.post("/api/register", json=AMY)
    await given.sql("UPDATE auth.user SET pending_until = now() - interval '1 s' WHERE name = 'amy'")
    await given.prune()
    assert await given.count('"user"') == 1
    assert await given.mails() == [], "there is nobody to write to any more"


async def test_one_time_links_work_only_for_their_kind(given: Given, client: httpx.AsyncClient) -> None:
    await client.post("/api/register", json=AMY)
    (activation,) = await given.mails()
    wrong = await client.post("/api/change_password", json={"link": code_in(activation), "password": OTHER})
    assert wrong.status_code == 401
    assert await activate(client, activation) == 204
    await client.post("/api/reset_password", json={"email": "amy@example.com"})
    reset = (await given.mails())[-1]
    assert await activate(client, reset) == 401
    await given.sql("UPDATE auth.link SET expires_at = now() - interval '1 s'")
    late = await client.post("/api/change_password", json={"link": code_in(reset), "password": OTHER})
    assert late.status_code == 401


ODD = ["\\ud800", "\\u0000", "\\uffff", "\\u202e"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/register", AMY),
        ("/api/v1/accounts", {**AMY, "invitation": "x"}),
        ("/api/v1/accounts/activate", {"link": "x"}),
        ("/api/reset_password", {"email": "x"}),
        ("/api/change_password", {"link": "x", "password": PASSWORD}),
        ("/api/v1/keys/revoke-leaked", {"secret": "x"}),
    ],
)
async def test_odd_texts_are_refused_without_a_500(
    client: httpx.AsyncClient, path: str, body: dict[str, str], odd: str
) -> None:
    for field, value in body.items():
        text = json.dumps({**body, field: f"{value}ODD"}).replace("ODD", odd)
        answer = await client.post(path, content=text, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, (field, answer.text)


class TestWhoMaySignUp:
    async def test_sign_up_is_refused_where_it_is_off(self, given: Given) -> None:
        async with client_of(app_with(open_to(given.resources, sign_up="off"))) as client:
            answer = await client.post("/api/register", json=AMY)
        assert (answer.status_code, answer.json()["message"]) == (501, "Signup is disabled.")

    async def test_sign_up_can_be_limited_to_domains(self, given: Given) -> None:
        limited = open_to(given.resources, sign_up_domains=frozenset({"example.org"}))
        async with client_of(app_with(limited)) as client:
            answer = await client.post("/api/register", json=AMY)
            assert answer.status_code == 401
            assert "domain example.com is not allowed" in answer.json()["message"]
            fine = await client.post("/api/register", json={**AMY, "email": "amy@Example.org"})
        assert fine.status_code == 200

    async def test_sign_up_without_a_mail_server_is_refused(self, given: Given) -> None:
        async with client_of(app_with(open_to(given.resources, mail=None))) as client:
            for path, body in (("/api/register", AMY), ("/api/reset_password", {"email": "amy@example.com"})):
                answer = await client.post(path, json=body)
                assert answer.status_code == 500
                assert answer.json()["message"].startswith("SMTP settings are invalid")

    async def test_sign_up_without_a_default_role_is_refused(self, given: Given, client: httpx.AsyncClient) -> None:
        await given.sql("UPDATE auth.role SET is_default = false")
        answer = await client.post("/api/register", json=AMY)
        assert (answer.status_code, answer.json()["message"]) == (400, "Default role not set")

    async def test_sign_up_by_invitation(self, given: Given) -> None:
        admin = await given.admin()
        async with client_of(app_with(open_to(given.resources, sign_up="invite"))) as client:
            path, amy = "/api/v1/admin/invitations", {"email": "amy@example.com"}
            assert (await client.post(path, json=amy)).status_code == 401
            assert (await client.post(path, json={"email": "admin@example.com"}, headers=admin)).status_code == 409
            assert (await client.post(path, json=amy, headers=admin)).status_code == 201
            (mail,) = await given.mails()
            assert link_in(mail).startswith(f"{CATALOG}/signup?invitation=")
            assert "admin invites you" in text_of(mail)
            for body in (AMY, {**AMY, "invitation": "nonsense"}):
                refused = await client.post("/api/v1/accounts", json=body)
                assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not_invited")
            invited = {**AMY, "invitation": code_in(mail)}
            elsewhere = await client.post("/api/v1/accounts", json={**invited, "email": "amy@elsewhere.example"})
            assert (elsewhere.status_code, elsewhere.json()) == (201, {"is_active": False}), "to be confirmed as usual"

    async def test_an_invitation_confirms_only_the_invited_address(self, given: Given) -> None:
        admin = await given.admin()
        async with client_of(app_with(open_to(given.resources, sign_up="invite"))) as client:
            await client.post("/api/v1/admin/invitations", json={"email": "amy@example.com"}, headers=admin)
            invited = {**AMY, "invitation": code_in((await given.mails())[0])}
            answer = await client.post("/api/v1/accounts", json=invited)
            assert (answer.status_code, answer.json()) == (201, {"is_active": True})
            assert await login(client) == 200
            again = await client.post("/api/v1/accounts", json={**invited, "username": "eve", "email": "eve@x.org"})
            assert again.status_code == 403


class TestReset:
    async def test_resetting_a_password_from_a_quilt_catalog(self, given: Given, client: httpx.AsyncClient) -> None:
        caller = await given.caller("amy")
        key = await client.post("/api/v1/keys", headers=caller, json={"name": "k"})
        answer = await client.post("/api/reset_password", json={"email": "Amy@Example.com"})
        assert (answer.status_code, answer.json()) == (200, {})
        (mail,) = await given.mails()
        assert (mail["To"], mail["Subject"]) == ("amy@example.com", "Reset your Patchwork password")
        assert link_in(mail).startswith(f"{CATALOG}/reset_password/")
        assert link_in(mail) in text_of(mail, "html")
        assert await login(client) == 200, "the old one is good until then"
        body = {"link": code_in(mail), "password": "short"}
        weak = await client.post("/api/change_password", json=body)
        assert (weak.status_code, weak.json()["message"]) == (400, "Password must be at least 8 characters long.")
        known = await client.post("/api/change_password", json={**body, "password": "amy@example.com"})
        assert known.status_code == 400, "refused passwords leave the link as it is"
        changed = await client.post("/api/change_password", json={**body, "password": OTHER})
        assert (changed.status_code, changed.json()) == (200, {})
        assert (await client.get("/api/me", headers=caller)).status_code == 401
        assert (await client.get("/api/me", headers=bearer(key.json()["secret"]))).status_code == 401
        assert [await login(client), await login(client, OTHER)] == [401, 200]
        (notice,) = await given.mails()
        assert notice["Subject"] == "Your Patchwork password was changed"
        again = await client.post("/api/change_password", json={**body, "password": "a third one, longer"})
        assert again.status_code == 401
        assert again.json()["message"] == "Reset token invalid"
        assert again.json()["error"] == "Reset token invalid."
        assert await login(client, OTHER) == 200

    async def test_resetting_a_password_by_our_own_routes(self, given: Given, client: httpx.AsyncClient) -> None:
        await given.user("amy")
        assert (await client.post("/api/v1/accounts/reset", json={"email": "amy@example.com"})).status_code == 202
        (mail,) = await given.mails()
        body = {"link": code_in(mail), "password": OTHER}
        assert (await client.post("/api/v1/accounts/password", json=body)).status_code == 204
        assert await login(client, OTHER) == 200

    async def test_reset_requests_do_not_reveal_whether_the_account_exists(
        self, given: Given, client: httpx.AsyncClient
    ) -> None:
        await given.user("amy")
        await given.user("gone")
        await client.post("/api/v1/admin/users/gone/disable", headers=await given.admin())
        emails = ["amy@example.com", "nobody@example.com", "gone@example.com", "nonsense", ""]
        answers = [await client.post("/api/reset_password", json={"email": email}) for email in emails]
        assert {(answer.status_code, answer.text) for answer in answers} == {(200, "{}")}
        assert await given.count("mail") == len(emails), "the same work for each"
        assert await given.count("link") == 0
        assert [mail["To"] for mail in await given.mails()] == ["amy@example.com"]

    async def test_a_user_disabled_after_asking_cannot_reset_the_password(
        self, given: Given, client: httpx.AsyncClient
    ) -> None:
        await given.user("amy")
        await client.post("/api/reset_password", json={"email": "amy@example.com"})
        (mail,) = await given.mails()
        await client.post("/api/v1/admin/users/amy/disable", headers=await given.admin())
        answer = await client.post("/api/change_password", json={"link": code_in(mail), "password": OTHER})
        assert (answer.status_code, answer.json()["message"]) == (401, "Reset token invalid")

    async def test_a_user_of_a_provider_cannot_ask_for_a_reset(self, given: Given, client: httpx.AsyncClient) -> None:
        """An administrator can still have a reset mail sent."""
        await given.user("amy")
        await given.sql("UPDATE auth.user SET password = NULL WHERE name = 'amy'")
        await given.sql(
            "INSERT INTO auth.identity SELECT 'http://issuer.test', 's', id, 'okta', now(), now()"
            " FROM auth.user WHERE name = 'amy'"
        )
        answer = await client.post("/api/reset_password", json={"email": "amy@example.com"})
        assert (answer.status_code, await given.mails()) == (200, [])
        admin = await given.admin()
        await client.post("/api/users/reset_password", json={"username": "amy"}, headers=admin)
        assert [mail["To"] for mail in await given.mails()] == ["amy@example.com"]

    async def test_an_unconfirmed_user_who_asks_for_a_reset_gets_the_activation_link(
        self, given: Given, client: httpx.AsyncClient
    ) -> None:
        await client.post("/api/register", json=AMY)
        await client.post("/api/reset_password", json={"email": "amy@example.com"})
        assert [mail["Subject"] for mail in await given.mails()] == ["Activate your Patchwork account"] * 2

    async def test_reset_mails_are_limited_per_address(self, given: Given, client: httpx.AsyncClient) -> None:
        await given.user("amy")
        for email in ("amy@example.com", "nobody@example.com"):
            statuses = [(await client.post("/api/reset_password", json={"email": email})).status_code for _ in range(6)]
            assert statuses == [200] * 5 + [429]

    async def test_guesses_of_one_time_links_are_limited(self, given: Given, client: httpx.AsyncClient) -> None:
        await given.user("amy")
        body = {"link": "x" * 26, "password": OTHER}
        statuses = [(await client.post("/api/change_password", json=body)).status_code for _ in range(31)]
        assert statuses == [401] * 30 + [429]


class TestChange:
    PATH = "/api/v1/accounts/password"

    async def test_changing_the_password_ends_other_sessions(self, given: Given, client: httpx.AsyncClient) -> None:
        here, elsewhere = await given.caller("amy"), bearer(await given.token("amy"))
        answer = await client.put(self.PATH, headers=here, json={"current": PASSWORD, "password": OTHER})
        assert answer.status_code == 204
        assert (await client.get("/api/me", headers=here)).status_code == 200
        assert (await client.get("/api/me", headers=elsewhere)).status_code == 401
        assert [await login(client), await login(client, OTHER)] == [401, 200]
        assert [mail["To"] for mail in await given.mails()] == ["amy@example.com"]

    async def test_changing_the_password_needs_the_current_one_and_limits_guesses(
        self, given: Given, client: httpx.AsyncClient
    ) -> None:
        caller = await given.caller("amy")
        wrong = {"current": "wrong", "password": OTHER}
        answers = [await client.put(self.PATH, headers=caller, json=wrong) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [400] * 10 + [429]

    async def test_an_api_key_cannot_change_the_password(self, given: Given, client: httpx.AsyncClient) -> None:
        made = await client.post("/api/v1/keys", headers=await given.caller("amy"), json={"name": "k"})
        body = {"current": PASSWORD, "password": OTHER}
        answer = await client.put(self.PATH, headers=bearer(made.json()["secret"]), json=body)
        assert answer.status_code == 403
