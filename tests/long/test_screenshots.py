"""Pictures of all pages and of what opens on them, in .state/screenshots, for people to look at: light, dark, phone, large, German.

None may be wider than the screen. With RECORD=1 those that the documentation shows are renewed in docs/images.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from e2e.catalog.conftest import open_session
from PIL import Image
from playwright.sync_api import Browser, Error, Locator, Page, Route, ViewportSize
from support.data.showcase_packages import (
    ALPS,
    ASSAYS,
    COHORT,
    EMBEDDINGS,
    EMPTY,
    HANDBOOK,
    LONG,
    LONG_FILE,
    ORGANOIDS,
)
from support.worlds.showcase import PASSWORD, ROSE, Showcase, make_showcase
from support.worlds.system import ADMIN, BUCKET, ROOT, System, running_system

FOLDER = ROOT / ".state" / "screenshots"
LANGUAGE = ROOT / "catalog" / "src" / "language"
BASE = f"/b/{BUCKET}"
AMY, STAFF, READER, NOBODY = "amy", ADMIN[0], ROSE, ""
MAX_HEIGHT = 2_200
"""Pixels of a page in a picture."""


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    name: str
    size: ViewportSize
    language: str = "en"
    scheme: Any = "light"
    media: Any = "screen"


DESKTOP, PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=390, height=844)
LOOKS = [
    Look("desktop", DESKTOP),
    Look("dark", DESKTOP, scheme="dark"),
    Look("large", ViewportSize(width=1920, height=1080)),
    Look("phone", PHONE),
    Look("desktop-de", DESKTOP, language="de"),
    Look("phone-de", ViewportSize(width=360, height=780), language="de"),
]
OPENED = [LOOKS[0], LOOKS[-1]]
PRINTED = [Look("print", ViewportSize(width=794, height=1123), media="print")]


def texts() -> dict[str, set[str]]:
    """German texts of the catalog, by the English ones."""
    found: dict[str, set[str]] = {}
    text = re.compile(r'^\s+(\w+):\s+"([^"\n]*)",$', re.MULTILINE)
    for path in (LANGUAGE / "en").rglob("*.ts"):
        german = dict(text.findall((LANGUAGE / "de" / path.relative_to(LANGUAGE / "en")).read_text()))
        for key, english in text.findall(path.read_text()):
            if key in german:
                found.setdefault(english, set()).add(german[key])
    return found


GERMAN = texts()


def said(english: str) -> re.Pattern[str]:
    """The text in either language, at the beginning of a name."""
    every = sorted({english, *GERMAN.get(english, ())}, key=len, reverse=True)
    return re.compile(f"^({'|'.join(map(re.escape, every))})")


def button(page: Page, name: str) -> Locator:
    return page.locator("main").get_by_role("button", name=said(name)).first


def click(*names: str) -> Callable[[Page], None]:
    """Click buttons, then items of the menus that they open."""

    def act(page: Page) -> None:
        for at, name in enumerate(names):
            (button(page, name) if at == 0 else page.get_by_role("menuitem", name=said(name)).first).click()

    return act


def choose_rows(number: int, *then: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        for at in range(number):
            page.locator("main tbody").get_by_role("checkbox").nth(at).check()
        if then:
            click(*then)(page)

    return act


def press(*keys: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        for key in keys:
            page.keyboard.press(key)

    return act


def open_account_menu(page: Page) -> None:
    page.locator("header").get_by_role("button", name=said("Account")).click()


def open_details(page: Page) -> None:
    page.locator("main summary").first.click()


def refuse(status: int) -> Callable[[Page], None]:
    """Let the registry refuse to list packages."""

    def act(page: Page) -> None:
        def answer(route: Route) -> None:
            headers = {
                "Access-Control-Allow-Origin": route.request.headers["origin"],
                "Access-Control-Allow-Credentials": "true",
            }
            problem = {
                "type": "/problems/refused",
                "title": "Refused",
                "status": status,
                "detail": "Refused for this picture",
                "message": "Refused for this picture",
                "errors": [],
            }
            route.fulfill(status=status, json=problem, headers=headers)

        page.route(re.compile("/packages[?]|/api/v1/search"), answer)

    return act


def never_answer(page: Page) -> None:
    page.route(re.compile("/api/v1/(buckets|search)"), lambda _: None)


@dataclass(frozen=True)
class Picture:
    """A page, or what opens on it after `act`. `before` is called ahead of the visit."""

    name: str
    path: str
    who: str = AMY
    act: Callable[[Page], None] | None = None
    before: Callable[[Page], None] | None = None
    looks: list[Look] = field(default_factory=lambda: LOOKS)
    settles: bool = True


def package(name: str, tail: str = "") -> str:
    return f"{BASE}/packages/{name}{tail}"


def pages(made: Showcase) -> list[Picture]:
    first, latest = made.top_hashes[ALPS][0], made.top_hashes[ALPS][-1]
    sides = f"?base={first}&head={latest}"
    alps = package(ALPS)
    ways_in = {
        "signin": "/signin",
        "signup": "/signup",
        "reset": "/reset_password",
        "reset-link": "/reset_password/none",
        "confirm": "/confirm/none",
        "activation-error": "/activation_error",
        "install-signed-out": "/install",
    }
    plain = {
        "home": "/",
        "buckets": "/buckets",
        "bucket": BASE,
        "bucket-files": f"{BASE}/tree/",
        "bucket-folder": f"{BASE}/tree/incoming/plate-8/",
        "bucket-file": f"{BASE}/tree/protocols/staining.md",
        "bucket-packages": f"{BASE}/packages",
        "bucket-insight": f"{BASE}/insight",
        "bucket-problems": f"{BASE}/problems",
        "bucket-workflows": f"{BASE}/workflows",
        "bucket-workflow-editor": f"{BASE}/workflows/edit",
        "bucket-preferences": f"{BASE}/preferences",
        "bucket-empty": f"/b/{EMPTY}",
        "bucket-empty-files": f"/b/{EMPTY}/tree/",
        "bucket-empty-packages": f"/b/{EMPTY}/packages",
        "bucket-empty-insight": f"/b/{EMPTY}/insight",
        "bucket-empty-workflows": f"/b/{EMPTY}/workflows",
        "package": alps,
        "package-files": f"{alps}?tab=files",
        "package-metadata": f"{alps}?tab=metadata",
        "package-revisions": f"{alps}/revisions",
        "package-activity": f"{alps}/activity",
        "package-insight": package(COHORT, "/insight"),
        "package-old": f"{alps}/tree/{first}/",
        "package-folder": f"{alps}/tree/latest/figures/",
        "package-of-pictures": package(ORGANOIDS),
        "package-of-runs": package(ASSAYS, "?tab=files"),
        "package-of-reads": package(COHORT),
        "package-of-arrays": package(EMBEDDINGS),
        "package-long": package(LONG, "?tab=files"),
        "package-long-data": package(LONG),
        "package-long-metadata": package(LONG, "?tab=metadata"),
        "file-table": f"{alps}/tree/latest/hourly.csv",
        "file-parquet": f"{alps}/tree/latest/monthly.parquet",
        "file-text": f"{alps}/tree/latest/README.md",
        "file-picture": f"{alps}/tree/latest/figures/map.png",
        "file-notebook": f"{alps}/tree/latest/checks/quality.ipynb",
        "file-report": f"{alps}/tree/latest/checks/report.html",
        "file-array": package(EMBEDDINGS, "/tree/latest/embeddings.npy"),
        "file-long": package(LONG, f"/tree/latest/{LONG_FILE}"),
        "compare": f"{alps}/compare{sides}",
        "compare-file": f"{alps}/compare/file{sides}&path=stations.csv",
        "compare-rows": f"{alps}/compare/rows{sides}&path=stations.csv",
        "create": f"{BASE}/packages/new?prefix=incoming/plate-8/",
        "revise": f"{alps}/revise",
        "promote": f"{alps}/promote",
        "search": "/search?q=temperature",
        "search-all": "/search",
        "search-table": "/search?view=table",
        "search-nothing": "/search?q=temprature+xyzzyplugh",
        "search-mistake": "/search?q=size:abc",
        "queries": "/queries",
        "queries-new": "/queries/new",
        "queries-saved": "/queries/saved",
        "query-result": f"/queries/{made.queries[0]}",
        "query-failed": f"/queries/{made.queries[1]}",
        "query-saved": f"/queries/saved/{made.saved_query}",
        "bookmarks": "/bookmarks",
        "jobs": "/jobs",
        "code": "/code",
        "install": "/install",
        "account": "/account",
        "account-sessions": "/account/sessions",
        "account-keys": "/account/keys",
        "account-s3": "/account/s3",
        "missing-page": "/none",
        "missing-package": package("climate/station"),
        "missing-file": f"{alps}/tree/latest/none.csv",
        "missing-object": f"{BASE}/tree/none.txt",
        "missing-bucket": "/b/none",
        "uri": "/uri",
    }
    administration = {
        "people": "/admin/people",
        "person": "/admin/people/amy",
        "person-myself": "/admin/people/admin",
        "roles": "/admin/roles",
        "role": "/admin/roles/ReadWriteAll",
        "policies": "/admin/policies",
        "policy-new": "/admin/policies/new",
        "buckets": "/admin/buckets",
        "sso": "/admin/sso",
        "keys": "/admin/keys",
        "audit": "/admin/audit",
        "settings": "/admin/settings",
        "status": "/admin/status",
    }
    return [
        *(Picture(name, path, NOBODY) for name, path in ways_in.items()),
        *(Picture(name, path) for name, path in plain.items()),
        *(Picture(f"admin-{name}", path, STAFF) for name, path in administration.items()),
    ]


def openings() -> list[Picture]:
    """Menus, dialogs and states."""
    alps = package(ALPS)
    keys = "/account/keys"
    opened = [
        Picture("open-account-menu", "/", act=open_account_menu),
        Picture("open-keyboard-help", "/", act=press("?")),
        Picture("open-search-help", "/search?q=temperature", act=click("Search help")),
        Picture("open-download", alps, act=click("Download")),
        Picture("open-links", alps, act=click("Download", "Links to the files…")),
        Picture("open-code", alps, act=click("Download", "Commands and code…")),
        Picture("open-citation", alps, act=click("Download", "Cite…")),
        Picture("open-package-menu", alps, act=click("More actions")),
        Picture("open-query-tables", alps, act=click("More actions", "Query the tables…")),
        Picture("open-delete", alps, act=click("More actions", "Delete the package…")),
        Picture("open-go-to-file", alps, act=click("Go to file")),
        Picture("open-chosen-entries", f"{alps}?tab=files", act=choose_rows(2)),
        Picture("open-chosen-objects", f"{BASE}/tree/incoming/plate-8/", act=choose_rows(2)),
        Picture("open-chosen-menu", f"{BASE}/tree/incoming/plate-8/", act=choose_rows(2, "Actions for chosen items")),
        Picture("open-copy", f"{BASE}/tree/incoming/plate-8/", act=choose_rows(2, "Actions for chosen items", "Copy…")),
        Picture("open-new-file", f"{BASE}/tree/", act=click("Make something new", "New file…")),
        Picture("open-insight-table", f"{alps}/insight", act=open_details),
        Picture("open-workflow-trial", f"{BASE}/workflows/edit", act=click("Test")),
        Picture("open-new-key", keys, act=click("Make a key")),
        Picture("open-second-factor", "/account", act=click("Set up a second factor")),
        Picture("open-invite", "/admin/people", STAFF, click("Invite")),
        Picture("open-add-person", "/admin/people", STAFF, click("Add somebody")),
        Picture("open-give-access", "/admin/people/amy", STAFF, click("Give access to a bucket…")),
        Picture("open-make-role", "/admin/roles", STAFF, click("Make a role")),
        Picture("open-self-test", "/admin/roles/ReadAll", STAFF, click("Run it")),
        Picture("open-add-bucket", "/admin/buckets", STAFF, click("Add a bucket")),
        Picture("reader-package", alps, READER),
        Picture("reader-files", f"{BASE}/tree/", READER),
        Picture("reader-revise", f"{alps}/revise", READER),
        Picture("reader-create", f"{BASE}/packages/new", READER),
        Picture("reader-admin", "/admin/people", READER),
        Picture("reader-account", "/account", READER),
        Picture("reader-jobs", "/jobs", READER),
        Picture("reader-queries", "/queries", READER),
        Picture("reader-bookmarks", "/bookmarks", READER),
        Picture("reader-keys", keys, READER),
        Picture("waiting", alps, before=never_answer, settles=False),
        Picture("waiting-home", "/", before=never_answer, settles=False),
        Picture("broken", f"{BASE}/packages", before=refuse(503), settles=False),
        Picture("forbidden", f"{BASE}/packages", before=refuse(403), settles=False),
    ]
    return [replace(picture, looks=OPENED) for picture in opened]


def printed() -> list[Picture]:
    alps = package(ALPS)
    pictures = [
        Picture("package", alps),
        Picture("file-table", f"{alps}/tree/latest/hourly.csv"),
        Picture("package-metadata", f"{alps}?tab=metadata"),
        Picture("insight", f"{alps}/insight"),
        Picture("handbook", package(HANDBOOK)),
    ]
    return [replace(picture, looks=PRINTED) for picture in pictures]


SETTLED = """async () => {
    const pause = milliseconds => new Promise(then => setTimeout(then, milliseconds))
    const waits = each => each.textContent.trim().endsWith("…") && each.parentElement.getBoundingClientRect().top < innerHeight
    const busy = () =>
        document.querySelector("[aria-hidden=true][data-on], main [aria-busy=true]") !== null ||
        [...document.querySelectorAll("main [role=status]")].some(waits)
    for (let quiet = 0, waited = 0; quiet < 4 && waited < 250; waited++) {
        await pause(60)
        quiet = busy() ? 0 : quiet + 1
    }
    await document.fonts.ready
    const finite = document.getAnimations().filter(each => each.effect.getTiming().iterations !== Infinity)
    await Promise.all(finite.map(each => each.finished.catch(() => null)))
}"""
WIDER = """() => {
    const { scrollWidth } = document.scrollingElement
    if (scrollWidth <= innerWidth) return null
    const widest = [...document.querySelectorAll("body *")].find(each => each.getBoundingClientRect().right > innerWidth + 1)
    return `${scrollWidth} of ${innerWidth}: ${widest?.outerHTML.slice(0, 200)}`
}"""


@dataclass
class Gallery:
    """Takes the pictures of one person after the other."""

    browser: Browser
    system: System
    wide: dict[str, str] = field(default_factory=dict)
    """Places wider than the screen."""
    failed: dict[str, str] = field(default_factory=dict)

    def take(self, pictures: list[Picture], looks: list[Look]) -> None:
        for who in dict.fromkeys(picture.who for picture in pictures):
            for look in looks:
                wanted = [picture for picture in pictures if picture.who == who and look in picture.looks]
                if wanted:
                    with self.opened(who, look) as page:
                        for picture in wanted:
                            self.take_one(page, picture, look)

    @contextmanager
    def opened(self, who: str, look: Look) -> Iterator[Page]:
        context = self.browser.new_context(
            base_url=self.system.catalog, color_scheme=look.scheme, viewport=look.size, locale=look.language
        )
        if who:
            open_session(context, self.system, who, ADMIN[1] if who == ADMIN[0] else PASSWORD)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.emulate_media(media=look.media)
        yield page
        context.close()

    def take_one(self, page: Page, picture: Picture, look: Look) -> None:
        name = f"{picture.name}-{look.name}"
        try:
            if picture.before:
                picture.before(page)
            page.goto(picture.path)
            page.locator("main h1, main h2, main [role=status]").first.wait_for(state="attached")
            self.settle(page, picture, look)
            if picture.act:
                picture.act(page)
                page.evaluate(SETTLED)
        except Error as error:
            self.failed[name] = str(error)
        too_wide = page.evaluate(WIDER)
        if too_wide:
            self.wide[name] = too_wide
        path = FOLDER / f"{name}.png"
        if picture.act:
            # What opens is as large as the window.
            page.screenshot(path=path)
        else:
            high = min(max(page.evaluate("document.scrollingElement.scrollHeight"), look.size["height"]), MAX_HEIGHT)
            clip: Any = {"x": 0, "y": 0, "width": look.size["width"], "height": high}
            page.screenshot(path=path, full_page=True, clip=clip)
        page.unroute_all(behavior="ignoreErrors")

    def settle(self, page: Page, picture: Picture, look: Look) -> None:
        """Wait for what the page loads, also where that is below the window."""
        if not picture.settles:
            page.wait_for_timeout(1_500)
            return
        if not picture.act:
            page.set_viewport_size({**look.size, "height": MAX_HEIGHT})
            page.evaluate(SETTLED)
            page.set_viewport_size(look.size)
        page.evaluate(SETTLED)


def first_run(chromium: Browser, folder: Path) -> Gallery:
    """A system in which nothing was done yet."""
    pictures = [Picture(f"first-run-{name}", path, STAFF) for name, path in FIRST_STEPS.items()]
    with running_system(folder) as fresh:
        gallery = Gallery(chromium, fresh)
        gallery.take(pictures, LOOKS)
    return gallery


FIRST_STEPS = {
    "home": "/",
    "bucket": BASE,
    "packages": f"{BASE}/packages",
    "search": "/search",
    "queries": "/queries",
    "status": "/admin/status",
    "audit": "/admin/audit",
}
IN_DOCS = {
    "package-light": ("package-files-desktop", 800),
    "package-phone": ("package-files-phone", 844),
    "home-light": ("home-desktop", 800),
    "search-dark": ("search-dark", 800),
    "revise-dark": ("revise-dark", 800),
    "compare-light": ("compare-desktop", 800),
    "role-dark": ("admin-role-dark", 800),
}
"""Names in docs/images, of which picture they are the upper part, and its height."""


def record(images: Path) -> None:
    for name, (taken, height) in IN_DOCS.items():
        with Image.open(FOLDER / f"{taken}.png") as image:
            file = BytesIO()
            upper = image.convert("RGB").crop((0, 0, image.width, min(image.height, height)))
            upper.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
            (images / f"{name}.png").write_bytes(file.getvalue())


def test_every_page_has_its_pictures_and_none_is_wider_than_the_screen(
    chromium: Browser, system: System, homes: Path, tmp_path: Path
) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    made = make_showcase(system, homes)
    gallery = Gallery(chromium, system)
    gallery.take([*pages(made), *openings(), *printed()], [*LOOKS, *PRINTED])
    fresh = first_run(chromium, tmp_path / "data")
    assert {**gallery.failed, **fresh.failed} == {}
    assert {**gallery.wide, **fresh.wide} == {}
    if os.environ.get("RECORD"):
        record(ROOT / "docs" / "images")
