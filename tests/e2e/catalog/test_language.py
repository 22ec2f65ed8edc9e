"""The catalog in another language."""

from e2e.catalog.conftest import PACKAGE, PASSWORD
from playwright.sync_api import Page, expect
from support.worlds.system import BUCKET


def test_german_is_chosen_before_signing_in_and_stays(page: Page) -> None:
    page.goto("/signin")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_label("Name oder E-Mail-Adresse").fill("amy-of-the-web")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", name="Daten finden")).to_be_visible()
    page.goto(f"/b/{BUCKET}/packages/{PACKAGE}")
    for _ in range(2):
        expect(page.get_by_role("link", name="2 Revisionen", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Herunterladen")).to_be_visible()
        page.reload()
    page.get_by_role("button", name="Konto", exact=True).click()
    page.get_by_role("menuitem", name="English").click()
    expect(page.get_by_role("button", name="Account", exact=True)).to_be_visible()
