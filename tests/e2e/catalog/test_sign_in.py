"""Signing in to the catalog, staying signed in, and signing out."""

import pytest
from e2e.catalog.conftest import PACKAGE, PASSWORD, World, account_menu, ends, sign_in
from playwright.sync_api import BrowserContext, Page, expect
from support.worlds.system import BUCKET, Client, System


@pytest.fixture
def amy(page: Page) -> Page:
    page.goto("/signin")
    sign_in(page, "amy-of-the-web", PASSWORD)
    return page


def test_a_wrong_password_is_refused_and_a_right_one_leads_where_one_wanted_to_go(page: Page) -> None:
    page.goto(f"/b/{BUCKET}/packages?filter=wine")
    expect(page).to_have_url(ends(f"/signin?next=%2Fb%2F{BUCKET}%2Fpackages%3Ffilter%3Dwine"))
    page.get_by_label("Name or e-mail address").fill("amy-of-the-web")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not match")
    sign_in(page, "amy-of-the-web", PASSWORD)
    expect(page).to_have_url(ends(f"/b/{BUCKET}/packages?filter=wine"))
    expect(page.get_by_role("link", name=PACKAGE)).to_be_visible()


def test_a_session_outlives_the_page_and_no_script_can_read_it(amy: Page, context: BrowserContext) -> None:
    amy.reload()
    expect(amy.get_by_role("heading", name="Buckets")).to_be_visible()
    stored = amy.evaluate("[document.cookie, JSON.stringify(localStorage), JSON.stringify(sessionStorage)].join()")
    assert "eyJ" not in stored
    assert [cookie["httpOnly"] for cookie in context.cookies()] == [True]


def test_signing_out_ends_it_in_every_tab(amy: Page, context: BrowserContext) -> None:
    other = context.new_page()
    other.goto("/")
    expect(other.get_by_role("heading", name="Buckets")).to_be_visible()
    account_menu(amy).click()
    amy.get_by_role("menuitem", name="Sign out").click()
    expect(amy.get_by_role("heading", name="You are signed out")).to_be_visible()
    expect(other).to_have_url(ends("/signin"))
    amy.goto("/")
    expect(amy).to_have_url(ends("/signin"))


def test_after_signing_in_nobody_is_sent_elsewhere(page: Page, system: System) -> None:
    page.goto("/signin?next=//evil.example/")
    sign_in(page, "amy-of-the-web", PASSWORD)
    expect(page).to_have_url(f"{system.catalog}/")


def test_the_code_of_the_page_logs_the_command_line_in(page: Page, system: System, world: World) -> None:
    client = Client(world.amy.home.parent / "by-code", system)
    client.quilt3("config", system.catalog)
    page.goto(f"{system.registry}/login")
    expect(page).to_have_url(ends("/signin?next=%2Fcode"))
    sign_in(page, "amy-of-the-web", PASSWORD)
    code = page.get_by_label("Code", exact=True)
    expect(page.get_by_role("timer")).to_contain_text("Valid for")
    page.get_by_role("button", name="Copy the code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == code.inner_text()
    done = client.login(copied)
    assert done.returncode == 0, done.stderr
    assert PACKAGE in client.quilt3("list-packages", f"s3://{BUCKET}")
    page.get_by_role("button", name="Make another").click()
    expect(code).not_to_have_text(copied)


def test_the_keyboard_is_enough(page: Page) -> None:
    page.goto("/signin")
    expect(page.get_by_label("Password")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("amy-of-the-web")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Buckets")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("quokkagrape")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="quokkagrape")).to_be_visible()
    link = page.get_by_role("main").get_by_role("link", name=PACKAGE, exact=True)
    expect(link).to_be_visible()
    for _ in range(30):
        page.keyboard.press("Tab")
        if link.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Wine of 2026", level=1)).to_be_visible()
    page.get_by_role("button", name="choose another revision").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="First harvest")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="choose another revision")).to_be_focused()
