"""axe finds nothing on any page in the light, in the dark and on a phone."""

from pathlib import Path

import pytest
from e2e.catalog.conftest import World, make_world
from e2e.catalog.test_accessibility import PHONE, WIDE, violations, walk
from playwright.sync_api import Browser
from support.worlds.system import System


@pytest.fixture(scope="module")
def world(system: System, homes: Path) -> World:
    return make_world(system, homes)


@pytest.mark.usefixtures("world")
def test_no_page_shuts_anybody_out_in_the_light_in_the_dark_or_on_a_phone(chromium: Browser, system: System) -> None:
    context = chromium.new_context(base_url=system.catalog, color_scheme="light", viewport=WIDE)
    page = context.new_page()
    found: dict[str, list[str]] = {}

    def look(path: str) -> None:
        """Dark differs in colours only, and a phone in all but colours."""
        found[path] = violations(page)
        page.emulate_media(color_scheme="dark")
        found[f"{path} dark"] = violations(page, only="color-contrast")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
        found[f"{path} phone"] = violations(page, "color-contrast")
        page.set_viewport_size(WIDE)

    walk(page, look)
    context.close()
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
