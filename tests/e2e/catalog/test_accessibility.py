"""No main page loses the focus or scrolls sideways, and axe finds nothing on it.

tests/long looks at each page, in the light, in the dark and on a phone.
"""

from collections.abc import Callable, Collection

import pytest
from e2e.catalog.conftest import PACKAGE, account_menu, sign_in
from playwright.sync_api import Browser, Page, ViewportSize, expect
from support.worlds.system import BUCKET, ROOT, System

AXE = ROOT / "catalog" / "node_modules" / "axe-core" / "axe.min.js"
WINE = f"/b/{BUCKET}/packages/{PACKAGE}"
PAGES = {
    "/": "quilt-example",
    "/buckets": "quilt-example",
    f"/b/{BUCKET}": "About this bucket",
    f"/b/{BUCKET}/packages": PACKAGE,
    WINE: "Wine of 2026",
    f"{WINE}/revisions": "First harvest",
    f"{WINE}/activity": "pushed",
    f"{WINE}/insight": "Most pushes",
    f"/b/{BUCKET}/insight": "Largest packages",
    f"{WINE}/compare": "added.txt",
    f"{WINE}/revise": "Push the new revision",
    f"{WINE}/promote": "Copy the objects",
    f"/b/{BUCKET}/packages/new?prefix=amy/wine/": "added.txt",
    f"/b/{BUCKET}/problems": "Problems",
    f"/b/{BUCKET}/workflows": "No workflows yet",
    f"/b/{BUCKET}/workflows/edit": "Not tested yet",
    f"/b/{BUCKET}/preferences": "What each key does",
    "/bookmarks": "No bookmarks yet",
    "/queries": "SQL over the tables of packages",
    "/queries/new": "The largest files of a package",
    "/queries/saved": "Yours, and those that others share",
    "/jobs": "Jobs",
    f"{WINE}/tree/latest/data/harvest.csv": "R1",
    f"{WINE}/tree/latest/data/nested.json": "Merlot",
    f"{WINE}/tree/latest/img/label.png": "10 × 10",
    f"/b/{BUCKET}/tree/": "odd/",
    f"/b/{BUCKET}/tree/README.md": "About this bucket",
    f"/b/{BUCKET}/tree/none.txt": "There is no such file",
    "/search?q=harvest": PACKAGE,
    "/search?q=xyzzyplugh": "Nothing found",
    "/code": "Valid for",
    "/account": "ReadWriteAll",
    "/account/sessions": "this one",
    "/account/keys": "API keys",
    "/account/s3": "Packages as folders of an S3 bucket",
    "/admin/people": "Add somebody",
    "/admin/people/admin": "This is you",
    "/admin/roles": "ReadWriteAll",
    "/admin/roles/ReadAll": "Who has it",
    "/admin/policies/new": BUCKET,
    "/admin/buckets": BUCKET,
    "/admin/sso": "Current version",
    "/admin/keys": "The API keys of all people",
    "/admin/audit": "Auth.",
    "/admin/settings": "Open query",
    "/admin/status": "All services are ready",
    "/install": "quilt3 login",
    "/none": "no such page",
}
WAYS_IN = {
    "/signup": "Make an account",
    "/reset_password": "Forgot your password?",
    "/reset_password/none": "Choose a new password",
    "/confirm/none": "Confirm your address",
    "/activation_error": "This link does not work",
}
MAIN = {WINE, f"{WINE}/tree/latest/data/harvest.csv", "/search?q=harvest", "/admin/people"}
WIDE, PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=390, height=844)

SETTLED = """async () => {
    const frame = () => new Promise(requestAnimationFrame)
    await frame(); await frame()
    await Promise.all(document.getAnimations().map(each => each.finished.catch(() => null)))
}"""

FOLLOW_LINK = """path => {
    history.pushState({}, "", path)
    dispatchEvent(new PopStateEvent("popstate"))
}"""


HOLD_FOCUS = "document.querySelector('main a, main button')?.focus()"


def require_followed(page: Page) -> None:
    """The page is announced by its title, and the focus is not lost with what had it on the page before."""
    title = page.title().removesuffix(" · Patchwork")
    expect(page.locator("[data-route]")).to_have_text(title)
    page.wait_for_function("document.activeElement !== document.body")


def violations(page: Page, *without: str, only: str = "") -> list[str]:
    if page.evaluate("!window.axe"):
        page.evaluate(AXE.read_text())
    # Focus guards send the focus on at once; nobody stays on them.
    # No colour is looked at half-way to another.
    page.evaluate(SETTLED)
    options = {
        "resultTypes": ["violations"],
        "rules": {rule: {"enabled": False} for rule in without},
        **({"runOnly": [only]} if only else {}),
    }
    run = "options => axe.run({exclude: [['[data-base-ui-focus-guard]']]}, options)"
    found = page.evaluate(run, options)["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def walk(page: Page, look: Callable[[str], None], only: Collection[str] = (*WAYS_IN, *PAGES)) -> None:
    """Call `look` with the path of each page when it is shown."""

    def visit(path: str) -> None:
        """As a link does, without loading the catalog again. The page between does not show what the next one is known by."""
        page.evaluate(FOLLOW_LINK, "/none")
        expect(page.get_by_text(PAGES["/none"])).to_be_visible()
        page.evaluate(HOLD_FOCUS)
        page.evaluate(FOLLOW_LINK, path)

    page.goto("/signin")
    expect(page.get_by_label("Password")).to_be_visible()
    look("/signin")
    for path, shown in WAYS_IN.items():
        if path not in only:
            continue
        visit(path)
        expect(page.get_by_role("heading", name=shown)).to_be_visible()
        require_followed(page)
        look(path)
    page.goto("/signin")
    sign_in(page)
    for path, shown in PAGES.items():
        if path not in only:
            continue
        visit(path)
        expect(page.get_by_role("main").get_by_text(shown).first).to_be_visible()
        if path != "/none":
            require_followed(page)
        look(path)


@pytest.mark.usefixtures("world")
def test_no_page_shuts_anybody_out(chromium: Browser, system: System) -> None:
    context = chromium.new_context(base_url=system.catalog, color_scheme="light", viewport=WIDE)
    page = context.new_page()
    found: dict[str, list[str]] = {}

    def look(path: str) -> None:
        found[path] = violations(page)
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
        page.set_viewport_size(WIDE)

    walk(page, look, MAIN)
    context.close()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


@pytest.mark.usefixtures("world")
def test_menus_and_dialogs_are_accessible(admin: Page) -> None:
    admin.goto("/admin/buckets")
    account_menu(admin).focus()
    admin.keyboard.press("Enter")  # the first time, it has to be fetched
    expect(admin.get_by_role("menuitem").first).to_be_focused()
    admin.keyboard.press("Escape")
    expect(account_menu(admin)).to_be_focused()
    account_menu(admin).click()
    expect(admin.get_by_role("menuitem", name="Sign out")).to_be_visible()
    # A menu floats above all regions.
    assert violations(admin, "region") == []
    admin.keyboard.press("Escape")
    admin.get_by_role("button", name="Add a bucket").click()
    expect(admin.get_by_role("dialog")).to_be_visible()
    assert violations(admin) == []
    admin.goto("/search?q=harvest")
    admin.get_by_role("button", name="Search help").click()
    expect(admin.get_by_role("dialog", name="What you can type")).to_be_visible()
    assert violations(admin, "region") == []
    admin.goto(WINE)
    admin.get_by_role("button", name="Go to file").click()
    expect(admin.get_by_role("option", name="README.md")).to_be_visible()
    assert violations(admin) == []


def test_the_theme_is_chosen_and_kept(admin: Page) -> None:
    admin.goto("/")
    toggle = admin.get_by_role("button", name="Theme:")
    toggle.click()
    toggle.click()
    expect(toggle).to_have_attribute("aria-label", "Theme: dark. Switch to system")
    admin.reload()
    assert admin.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
