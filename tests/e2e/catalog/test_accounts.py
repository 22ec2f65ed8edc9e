"""People and their own accounts in the catalog, from signing up to letting tools in."""

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from e2e.catalog.conftest import ends, sign_in
from e2e.catalog.mailbox import link_to
from playwright.sync_api import Browser, Page, Route, expect
from support.worlds.system import ADMIN, HTTP, Api, System

PASSWORD = "correct horse"
OTHER = "battery staple"
NAME = "nora-of-the-web"


def add(system: System, name: str, roles: list[str]) -> None:
    new = {"name": name, "email": f"{name}@example.com", "password": PASSWORD, "roles": roles}
    assert system.sign_in().request("POST", "/api/v1/admin/users", json=new).status_code == 201


@pytest.fixture(scope="module")
def nora(chromium: Browser, system: System) -> Iterator[Page]:
    """Somebody of these tests' own, signed in."""
    add(system, NAME, ["ReadAll", "ReadWriteAll"])
    context = chromium.new_context(base_url=system.catalog)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/signin")
    sign_in(page, NAME, PASSWORD)
    yield page
    context.close()


def test_somebody_signs_up_and_confirms_their_address(page: Page, system: System) -> None:
    page.goto("/signin")
    page.get_by_role("link", name="Make an account").click()
    page.get_by_label("User name").fill(ADMIN[0])
    page.get_by_label("E-mail address").fill("joiner@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password, again").fill(OTHER)
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_text("The two passwords are not the same")).to_be_visible()
    page.get_by_label("Password, again").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_text("Username already taken")).to_be_visible()
    page.get_by_label("User name").fill("joiner")
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    link = link_to(system, "joiner@example.com", "/activate/")
    page.goto(link)
    page.get_by_role("button", name="Confirm my address").click()
    expect(page.get_by_text("your account is active")).to_be_visible()
    sign_in(page, "joiner", PASSWORD)
    page.goto(link)
    page.get_by_role("button", name="Confirm my address").click()
    expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()


def test_a_forgotten_password_is_replaced_by_mail(page: Page, system: System) -> None:
    add(system, "forgetful", ["ReadAll"])
    said = []
    for address in ("nobody@example.com", "forgetful@example.com"):
        page.goto("/signin")
        page.get_by_role("link", name="Forgot your password?").click()
        expect(page.get_by_role("heading", name="Forgot your password?")).to_be_visible()
        page.get_by_label("E-mail address").fill(address)
        page.get_by_role("button", name="Send me a link").click()
        expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
        said.append(page.get_by_role("main").inner_text().replace(address, "…"))
    assert said[0] == said[1]
    link = link_to(system, "forgetful@example.com", "/reset_password/")
    for password in ("password", OTHER):
        page.goto(link)
        page.get_by_label("New password", exact=True).fill(password)
        page.get_by_label("New password, again").fill(password)
        page.get_by_role("button", name="Change my password").click()
        if password != OTHER:
            expect(page.get_by_text("harder to guess")).to_be_visible()
    expect(page.get_by_text("Your password is changed")).to_be_visible()
    sign_in(page, "forgetful", OTHER)
    page.goto(link)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password, again").fill(PASSWORD)
    page.get_by_role("button", name="Change my password").click()
    expect(page.get_by_role("alert")).to_contain_text("used already, or has expired")


@pytest.mark.long
def test_providers_are_offered_and_passwords_only_where_they_count(page: Page) -> None:
    okta = {"name": "okta", "label": "Okta", "kind": "oidc", "start": "http://registry.example/api/v1/sso/okta/start"}
    options = {"password": False, "sign_up": "off", "sso_sign_up": True, "providers": [okta]}
    allowed = {"Access-Control-Allow-Origin": "*"}
    page.route("**/api/v1/sso", lambda route: route.fulfill(json=options, headers=allowed))
    page.goto("/signin?next=%2Fcode&error=domain_refused")
    button = page.get_by_role("link", name="Continue with Okta")
    expect(button).to_have_attribute("href", f"{okta['start']}?next=%2Fcode")
    expect(page.get_by_label("Password")).to_have_count(0)
    expect(page.get_by_role("alert")).to_contain_text("that domain may not sign in")
    page.goto("/signup")
    expect(page.get_by_text("Sign-up is off here")).to_be_visible()


def test_one_acts_under_the_role_that_one_chooses(nora: Page, system: System) -> None:
    nora.goto("/account")
    nora.get_by_role("button", name="Switch to ReadWriteAll").click()
    expect(nora.get_by_role("button", name="Switch to ReadAll")).to_be_visible()
    assert system.sign_in(NAME, PASSWORD).get("/api/v1/accounts/me")["role"] == "ReadWriteAll"


def test_a_key_is_shown_once_works_and_ends(nora: Page, system: System) -> None:
    nora.goto("/account/keys")
    nora.get_by_role("button", name="Make a key").click()
    dialog = nora.get_by_role("dialog")
    dialog.get_by_label("Name").fill("nightly import")
    dialog.get_by_label("Valid for").select_option("7")
    dialog.get_by_role("button", name="Make key").click()
    dialog.get_by_role("button", name="Copy").first.click()
    secret = nora.evaluate("navigator.clipboard.readText()")
    assert secret == dialog.get_by_label("API key", exact=True).inner_text()
    key = Api(system.registry, secret)
    assert key.get("/api/v1/accounts/me")["name"] == NAME
    dialog.get_by_role("button", name="Done").click()
    assert secret not in nora.content()
    row = nora.get_by_role("row", name="nightly import")
    expect(row).to_contain_text(secret[-3:])
    row.get_by_role("button", name="Revoke").click()
    nora.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(nora.get_by_role("heading", name="No API keys")).to_be_visible()
    assert key.request("GET", "/api/v1/accounts/me").status_code == 401


def test_sessions_are_seen_and_ended(nora: Page, system: System) -> None:
    agents = ("quilt-python/8.0.0 (Linux 6.1) CPython/3.12.1", "lonely/1.0", "lonely/2.0")
    body = {"username": NAME, "password": PASSWORD}
    answers = [
        HTTP.post(f"{system.registry}/api/login", json=body, headers={"User-Agent": agent}).json() for agent in agents
    ]
    client, *others = (Api(system.registry, answer["token"]) for answer in answers)
    nora.goto("/account/sessions")
    expect(nora.get_by_role("row", name="this one")).to_contain_text("Chrome")
    nora.get_by_role("button", name="End the session of quilt3 8.0.0 on Linux").click()
    expect(nora.get_by_text("quilt3 8.0.0 on Linux")).to_have_count(0)
    assert client.request("GET", "/api/me").status_code == 401
    nora.get_by_role("button", name="End all others").click()
    nora.get_by_role("dialog").get_by_role("button", name="End all others").click()
    expect(nora.get_by_text("lonely")).to_have_count(0)
    assert [other.request("GET", "/api/me").status_code for other in others] == [401, 401]


def test_the_password_is_changed_by_who_knows_it(nora: Page, system: System) -> None:
    nora.goto("/account")
    for current in (OTHER, PASSWORD):
        nora.get_by_label("Current password").fill(current)
        nora.get_by_label("New password", exact=True).fill(OTHER)
        nora.get_by_label("New password, again").fill(OTHER)
        nora.get_by_role("button", name="Change password").click()
        if current == OTHER:
            expect(nora.get_by_text("The current password is not correct")).to_be_visible()
    expect(nora.get_by_text("Your password is changed")).to_be_visible()
    system.sign_in(NAME, OTHER)


def test_a_tool_is_let_in_or_not(nora: Page, system: System) -> None:
    back = "http://127.0.0.1:9/callback"
    wanted = {"client_name": "Quiltlet", "redirect_uris": [back]}
    tool = HTTP.post(f"{system.registry}/auth/register", json=wanted)
    assert tool.status_code == 201, tool.text
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": tool.json()["client_id"],
        "redirect_uri": back,
        "response_type": "code",
        "state": "s t&u",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    landed: list[str] = []

    def land(route: Route) -> None:
        landed.append(route.request.url)
        route.fulfill(body="Back at the tool")

    nora.route(f"{back}*", land)
    nora.goto(f"/connect/authorize?{urlencode(asked)}")
    expect(nora.get_by_role("heading", name="Quiltlet wants to act for you")).to_be_visible()
    expect(nora.get_by_text("127.0.0.1:9")).to_be_visible()
    nora.get_by_role("button", name="Do not allow").click()
    expect(nora.get_by_text("Back at the tool")).to_be_visible()
    refused = parse_qs(urlsplit(landed.pop()).query)
    assert (refused["error"], refused["state"]) == (["access_denied"], ["s t&u"])
    nora.goto(f"/connect/authorize?{urlencode(asked)}")
    nora.get_by_role("button", name="Allow", exact=True).click()
    expect(nora.get_by_text("Back at the tool")).to_be_visible()
    answer = parse_qs(urlsplit(landed[0]).query)
    assert answer["state"] == ["s t&u"]
    assert answer["code"]
    nora.goto(f"/connect/authorize?{urlencode({**asked, 'redirect_uri': 'http://127.0.0.1:9/elsewhere'})}")
    expect(nora.get_by_role("alert")).to_be_visible()
    expect(nora.get_by_role("button", name="Allow", exact=True)).to_have_count(0)


@pytest.mark.long
def test_signing_in_leads_back_to_the_tool_that_asks(page: Page) -> None:
    page.goto("/connect/authorize?client_id=a&state=b")
    expect(page).to_have_url(ends("/signin?next=%2Fconnect%2Fauthorize%3Fclient_id%3Da%26state%3Db"))
