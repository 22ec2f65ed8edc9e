"""Pictures of every page in .state/screenshots: light, dark, on a phone and on a large screen. They are for people to look at."""

import re
import shutil
from pathlib import Path

import pytest
from e2e.catalog.conftest import World, make_world, sign_in
from e2e.catalog.test_accessibility import FOLLOW_LINK, PAGES, SETTLED, WAYS_IN
from playwright.sync_api import Browser, Page, ViewportSize, expect
from support.worlds.system import ROOT, System

FOLDER = ROOT / ".state" / "screenshots"
SIZES = {
    "desktop": ViewportSize(width=1280, height=860),
    "phone": ViewportSize(width=375, height=812),
    "large": ViewportSize(width=1920, height=1080),
}


@pytest.fixture(scope="module")
def world(system: System, homes: Path) -> World:
    return make_world(system, homes)


def take(page: Page, name: str) -> None:
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)
        page.evaluate(SETTLED)
        page.screenshot(path=FOLDER / f"{name}-{size}.png")
    page.set_viewport_size(SIZES["desktop"])
    page.emulate_media(color_scheme="dark")
    page.evaluate(SETTLED)
    page.screenshot(path=FOLDER / f"{name}-dark.png")
    page.emulate_media(color_scheme="light")


def name_of(path: str) -> str:
    return re.sub(r"[^\w.-]+", "_", path).strip("_") or "home"


def test_every_page_has_its_pictures(chromium: Browser, system: System, world: World) -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    assert world.first
    context = chromium.new_context(base_url=system.catalog, color_scheme="light", viewport=SIZES["desktop"])
    page = context.new_page()
    page.goto("/signin")
    expect(page.get_by_label("Password")).to_be_visible()
    take(page, "signin")
    for path, shown in WAYS_IN.items():
        page.goto(path)
        expect(page.get_by_role("heading", name=shown)).to_be_visible()
        take(page, name_of(path))
    page.goto("/signin")
    sign_in(page)
    for path, shown in PAGES.items():
        page.evaluate(FOLLOW_LINK, path)
        expect(page.get_by_role("main").get_by_text(shown).first).to_be_visible()
        page.wait_for_load_state("networkidle")
        take(page, name_of(path))
    context.close()
    assert len(list(FOLDER.iterdir())) == 4 * (1 + len(WAYS_IN) + len(PAGES))
