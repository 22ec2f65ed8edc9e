"""A second factor in the catalog: somebody sets it up, signs in with it, and an administrator removes it."""

import time
from collections.abc import Iterator

import pytest
from e2e.catalog.conftest import PASSWORD, account_menu, sign_in, watched
from e2e.catalog.test_accessibility import violations
from playwright.sync_api import Browser, Page, expect
from pyotp import TOTP
from support.worlds.system import HTTP, System

NAME = "zoe-of-the-web"


@pytest.fixture
def page(chromium: Browser, system: System) -> Iterator[Page]:
    context = chromium.new_context(base_url=system.catalog, viewport={"width": 1280, "height": 860})
    with watched(context) as page:
        yield page
    context.close()


def sign_out(page: Page) -> None:
    page.goto("/signout")
    page.get_by_role("link", name="Sign in again").click()


def begin_sign_in(page: Page) -> None:
    sign_out(page)
    page.get_by_label("Name or e-mail address").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def enter(page: Page, label: str, code: str) -> None:
    page.get_by_label(label).fill(code)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_a_second_factor_is_set_up_used_and_removed_by_an_administrator(
    page: Page, chromium: Browser, system: System
) -> None:
    system.create_user(NAME, PASSWORD, "ReadAll")
    page.goto("/signin")
    sign_in(page, NAME, PASSWORD)
    page.goto("/account")
    page.get_by_role("button", name="Set up a second factor").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("img", name="QR code for the authenticator app")).to_be_visible()
    assert violations(page) == []
    authenticator = TOTP(page.get_by_label("Secret", exact=True).inner_text())
    page.get_by_label("Code that the app shows").fill(authenticator.now())
    page.get_by_role("button", name="Switch on").click()
    shown = page.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(shown).to_have_count(10)
    assert violations(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    codes = shown.all_inner_texts()
    assert download.value.path().read_text().split("\n\n")[1].split() == codes
    page.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("On: an authenticator app")).to_be_visible()

    password_alone = HTTP.post(f"{system.registry}/api/login", json={"username": NAME, "password": PASSWORD})
    assert password_alone.json()["type"] == "/problems/second_factor_required"
    assert f"{system.catalog}/code" in password_alone.json()["message"]

    begin_sign_in(page)
    # The next step's code is good already, and the present one's may be used up.
    enter(page, "Code of your authenticator app", authenticator.at(time.time() + 30))
    expect(account_menu(page)).to_be_visible()

    begin_sign_in(page)
    page.get_by_role("button", name="Use a recovery code").click()
    assert violations(page) == []
    enter(page, "Recovery code", "0000-0000-0000-0000")
    expect(page.get_by_role("alert")).to_contain_text("The code is wrong, or it was used already")
    enter(page, "Recovery code", codes[0])
    expect(account_menu(page)).to_be_visible()
    page.goto("/account")
    expect(page.get_by_text("9 left")).to_be_visible()

    context = chromium.new_context(base_url=system.catalog)
    admin = context.new_page()
    admin.goto("/signin")
    sign_in(admin)
    admin.goto(f"/admin/people/{NAME}")
    admin.get_by_role("button", name="Remove second factor").click()
    admin.get_by_role("dialog").get_by_role("button", name="Remove second factor").click()
    expect(admin.get_by_role("button", name="Remove second factor")).to_have_count(0)
    context.close()
    sign_out(page)
    sign_in(page, NAME, PASSWORD)
