"""Finding packages and files by words, metadata and bounds."""

from e2e.catalog.conftest import PACKAGE, PASSWORD, World, ends
from playwright.sync_api import Page, expect
from support.worlds.system import BUCKET, System, eventually


def test_a_word_finds_the_package_and_its_file(amy: Page) -> None:
    amy.goto("/")
    amy.get_by_role("searchbox").fill("quokkagrape")
    amy.get_by_role("searchbox").press("Enter")
    expect(amy.locator("mark", has_text="quokkagrape").first).to_be_visible()
    expect(amy.get_by_role("link", name=PACKAGE, exact=True)).to_be_visible()
    filters = amy.get_by_role("region", name="Filters")
    filters.get_by_role("checkbox", name="Files").check()
    expect(amy.get_by_role("link", name=PACKAGE, exact=True)).to_have_count(0)
    amy.get_by_role("link", name="amy/wine/README.md").click()
    expect(amy.get_by_role("heading", name="Wine of 2026")).to_be_visible()


def test_metadata_narrows_a_search_and_is_shown_and_the_address_keeps_it(
    amy: Page, system: System, world: World
) -> None:
    registry = system.sign_in("amy-of-the-web", PASSWORD)
    entries = [{"logical_key": "a.txt", "physical_key": f"s3://{BUCKET}/{PACKAGE}/added.txt"}]
    for name, status, level in [("one", "released", 1), ("two", "released", 7), ("three", "draft", 9)]:
        metadata = {"status": status, "qc": {"level": level}}
        push = {"message": "Wallabyassay", "entries": entries, "metadata": metadata}
        made = registry.job(f"/api/v1/buckets/{BUCKET}/packages/assay/{name}/revisions", push)
        assert made["state"] == "done", made
    eventually(lambda: registry.get("/api/v1/search", {"q": "wallabyassay"})["total"] == 3)
    assert world.first

    amy.goto("/search?q=wallabyassay")
    filters, results = amy.get_by_role("region", name="Filters"), amy.get_by_role("region", name="Results")
    expect(amy.get_by_text("3 results")).to_be_visible()
    filters.get_by_role("checkbox", name="released").check()
    expect(amy.get_by_text("2 results")).to_be_visible()
    # The other value of the field can still be ticked.
    expect(filters.get_by_role("checkbox", name="draft")).to_be_visible()
    results.get_by_role("button", name="Columns").click()
    amy.get_by_role("dialog").get_by_role("checkbox", name="qc.level").check()
    amy.keyboard.press("Escape")
    results.get_by_role("button", name="Table").click()
    results.get_by_role("columnheader", name="qc.level").get_by_role("button").click()
    rows = results.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("assay/one")
    results.get_by_role("columnheader", name="qc.level").get_by_role("button").click()
    expect(rows.nth(1)).to_contain_text("assay/two")
    amy.reload()
    expect(rows.nth(1)).to_contain_text("assay/two")
    expect(rows.nth(1).get_by_role("cell", name="7", exact=True)).to_be_visible()
    amy.go_back()
    expect(rows.nth(1)).to_contain_text("assay/one")
    amy.get_by_role("button", name="Remove status: released").click()
    expect(amy.get_by_text("3 results")).to_be_visible()

    amy.goto(f"/b/{BUCKET}/packages?filter=assay/&column=meta:/qc/level&sort=meta:/qc/level:number:desc")
    expect(amy.get_by_text("3 packages", exact=True)).to_be_visible()
    expect(amy.get_by_role("row").nth(1)).to_contain_text("assay/three")


def test_a_search_starts_in_the_bucket_that_is_looked_at(amy: Page) -> None:
    amy.goto(f"/b/{BUCKET}")
    amy.get_by_role("searchbox", name=f"Search in {BUCKET}").fill("harvest")
    amy.get_by_role("searchbox").press("Enter")
    expect(amy).to_have_url(ends(f"/search?q=harvest&buckets={BUCKET}"))
    amy.get_by_role("button", name=f"Remove Bucket: {BUCKET}").click()
    expect(amy).to_have_url(ends("/search?q=harvest"))


def test_nothing_found_says_which_word_has_nothing_and_what_it_may_have_meant(amy: Page) -> None:
    amy.goto("/search?q=harvest quokkagrpae")
    expect(amy.get_by_role("heading", name="Nothing found")).to_be_visible()
    words = amy.get_by_role("list", name="Each word alone")
    expect(words.get_by_role("link", name="alone")).to_be_visible()
    words.get_by_role("link", name="quokkagrape").click()
    expect(amy.get_by_role("link", name=PACKAGE, exact=True)).to_be_visible()


def test_a_query_that_cannot_be_read_points_at_the_place(amy: Page) -> None:
    amy.goto('/search?q=wine "red')
    expect(amy.get_by_role("alert")).to_contain_text("quotation mark")
    expect(amy.get_by_role("img", name="The mistake is at character 6")).to_be_visible()
    amy.keyboard.press("/")
    expect(amy.get_by_role("searchbox")).to_be_focused()


def test_more_results_come_when_wanted(amy: Page) -> None:
    amy.goto("/search?q=key:many*&kind=object")
    results = amy.get_by_role("region", name="Results").get_by_role("listitem").filter(has_text="file-")
    expect(results).to_have_count(30)
    amy.get_by_role("button", name="More results").click()
    expect(results).to_have_count(60)
