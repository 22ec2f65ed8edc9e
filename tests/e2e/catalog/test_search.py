from e2e.catalog.conftest import PACKAGE, ends
from playwright.sync_api import Page, expect
from support.worlds.system import BUCKET


def test_a_word_finds_the_package_and_its_file(amy: Page) -> None:
    amy.get_by_role("searchbox").fill("quokkagrape")
    amy.get_by_role("searchbox").press("Enter")
    expect(amy.locator("mark", has_text="quokkagrape").first).to_be_visible()
    expect(amy.get_by_role("link", name=PACKAGE, exact=True)).to_be_visible()
    facets = amy.get_by_role("navigation", name="Narrow the search")
    facets.get_by_role("link", name="Files").click()
    expect(amy.get_by_role("link", name=PACKAGE, exact=True)).to_have_count(0)
    amy.get_by_role("link", name="amy/wine/README.md").click()
    expect(amy.get_by_role("heading", name="Wine of 2026")).to_be_visible()


def test_a_search_starts_in_the_bucket_that_is_looked_at(amy: Page) -> None:
    amy.goto(f"/b/{BUCKET}")
    amy.get_by_role("searchbox", name=f"Search in {BUCKET}").fill("harvest")
    amy.get_by_role("searchbox").press("Enter")
    expect(amy).to_have_url(ends(f"/search?q=harvest&buckets={BUCKET}"))
    facets = amy.get_by_role("navigation", name="Narrow the search")
    facets.get_by_role("link", name=BUCKET).click()
    expect(amy).to_have_url(ends("/search?q=harvest"))


def test_nothing_found_says_what_to_try(amy: Page) -> None:
    amy.goto("/search?q=xyzzyplugh")
    expect(amy.get_by_role("heading", name="Nothing found")).to_be_visible()


def test_more_results_come_when_wanted(amy: Page) -> None:
    amy.goto("/search?q=file&kind=object")
    expect(amy.get_by_role("listitem").filter(has_text="file-")).to_have_count(30)
    amy.get_by_role("button", name="More results").click()
    expect(amy.get_by_role("listitem").filter(has_text="file-")).to_have_count(60)
