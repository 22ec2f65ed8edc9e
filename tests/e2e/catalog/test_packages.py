"""Finding a package and reading its files."""

import re
from pathlib import Path
from urllib.parse import quote

import pytest
from e2e.catalog.conftest import ODD, PACKAGE, PASSWORD, World, ends, sign_in
from playwright.sync_api import Page, expect
from support.foreign.quilt2_client import PYTHON, Quilt2Client
from support.worlds.system import BUCKET, System, eventually

PACKAGES = f"/b/{BUCKET}/packages"
WINE = f"{PACKAGES}/{PACKAGE}"


def test_packages_are_listed_and_filtered(amy: Page) -> None:
    amy.goto("/")
    amy.get_by_role("link", name=BUCKET).click()
    amy.get_by_role("link", name="Packages", exact=True).click()
    expect(amy.get_by_role("link", name="amy/wide")).to_be_visible()
    amy.get_by_label("Filter by name").fill("WINE")
    expect(amy.get_by_role("link", name="amy/wide")).to_have_count(0)
    expect(amy.get_by_role("row", name=PACKAGE)).to_contain_text("Second harvest")
    amy.get_by_label("Filter by name").fill("no such")
    expect(amy.get_by_role("heading", name="No such package")).to_be_visible()


def test_a_package_shows_its_tree_readme_and_metadata(amy: Page) -> None:
    amy.goto(WINE)
    expect(amy.get_by_role("heading", name="Wine of 2026", level=1)).to_be_visible()
    expect(amy.get_by_role("navigation", name="Breadcrumb").get_by_text(PACKAGE)).to_be_visible()
    expect(amy.get_by_role("region", name="Files").get_by_text("Second harvest")).to_be_visible()
    expect(amy.get_by_role("row", name="data/")).to_contain_text("2")
    expect(amy.get_by_role("heading", name="Wine of 2026", level=3)).to_be_visible()
    expect(amy.get_by_role("group", name="Metadata")).to_contain_text("vineyard")
    label = amy.get_by_role("img", name="a label")
    expect(label).to_be_visible()
    assert label.evaluate("image => image.decode().then(() => image.naturalWidth)") == 10
    assert amy.title() == f"{PACKAGE} · Patchwork"
    assert amy.locator("main script, main [onerror]").count() == 0


def test_the_activity_of_a_package_says_who_pushed_what_and_how(amy: Page, world: World) -> None:
    amy.goto(WINE)
    expect(amy.get_by_role("link", name=re.compile("History: [0-9]+ revisions"))).to_be_visible()
    amy.get_by_role("link", name="Activity", exact=True).click()
    push = amy.get_by_role("region", name="Activity").get_by_role("listitem").filter(has_text=world.second[:8])
    expect(push).to_contain_text(f"amy-of-the-web pushed {world.second[:8]} with a client")
    push.get_by_role("link", name="Changes").click()
    expect(amy.get_by_role("cell", name="added.txt")).to_be_visible()


def test_a_file_is_found_through_folders_and_crumbs_lead_back(amy: Page) -> None:
    amy.goto(WINE)
    amy.get_by_role("link", name="data/", exact=True).click()
    amy.get_by_role("link", name="harvest.csv", exact=True).click()
    expect(amy).to_have_url(ends("/tree/latest/data/harvest.csv"))
    table = amy.get_by_role("grid", name="Table of harvest.csv")
    expect(table.get_by_role("columnheader", name="litres")).to_be_visible()
    expect(table.get_by_role("row").nth(3)).to_contain_text("R2")
    expect(amy.get_by_text("300 rows, 3 columns")).to_be_visible()
    table.focus()
    amy.keyboard.press("Control+End")
    expect(table.get_by_role("gridcell", name="R299")).to_be_visible()
    amy.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="data").click()
    amy.get_by_role("link", name="nested.json").click()
    expect(amy.get_by_role("group", name="nested.json")).to_contain_text("Merlot")
    amy.get_by_role("button", name="Text", exact=True).click()
    expect(amy.get_by_role("region", name="Text of nested.json")).to_contain_text('"year": 2026')


def test_a_file_that_cannot_be_shown_can_be_downloaded(amy: Page) -> None:
    amy.goto(f"{WINE}/tree/latest/blob.bin")
    expect(amy.get_by_role("region", name="Bytes of blob.bin")).to_be_visible()
    with amy.expect_download() as download:
        amy.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "blob.bin"
    assert len(download.value.path().read_bytes()) == 2_000


@pytest.mark.parametrize(
    "path",
    [pytest.param(path, marks=pytest.mark.long if path != "100%/%2F.txt" else ()) for path in ODD if "//" not in path],
)
def test_odd_names_are_names(amy: Page, path: str) -> None:
    amy.goto(f"{WINE}/tree/latest/{quote(path)}")
    expect(amy.get_by_role("region", name="Text of")).to_contain_text(ODD[path].decode().strip())


@pytest.mark.long
def test_the_install_code_has_the_addresses_of_this_instance(amy: Page, system: System, world: World) -> None:
    amy.goto(f"{WINE}/tree/{world.first}/data/harvest.csv")
    code = amy.get_by_label("Install to this folder")
    expect(code).to_contain_text(f"--top-hash {world.first}")
    expect(code).to_contain_text("--path data/harvest.csv")
    amy.get_by_role("figure").get_by_role("button", name="Copy", exact=True).click()
    eventually(lambda: world.first in amy.evaluate("navigator.clipboard.readText()"))
    copied = amy.evaluate("navigator.clipboard.readText()")
    done = world.amy.attempt(
        "/bin/sh",
        "-c",
        f'PATH="{world.amy.environment["PATH"]}"; unset AWS_ENDPOINT_URL; cd "$(mktemp -d)"; {copied}; find .',
    )
    assert "harvest.csv" in done.stdout, done.stderr
    amy.get_by_role("link", name="Set it up").click()
    expect(amy.get_by_label("Shell").first).to_contain_text(f"export AWS_ENDPOINT_URL={system.s3}")
    expect(amy.get_by_label("Shell").first).to_contain_text(f"quilt3 config {system.catalog}")


def test_another_revision_is_picked(amy: Page, world: World) -> None:
    amy.goto(WINE)
    expect(amy.get_by_role("link", name="added.txt")).to_be_visible()
    amy.get_by_role("button", name="choose another revision").click()
    amy.get_by_role("menuitem", name="First harvest").click()
    expect(amy).to_have_url(ends(f"/tree/{world.first}/"))
    expect(amy.get_by_text("not the latest")).to_be_visible()
    expect(amy.get_by_role("link", name="added.txt")).to_have_count(0)
    amy.get_by_role("button", name="choose another revision").click()
    amy.get_by_role("menuitem", name="All revisions").click()
    expect(amy.get_by_role("row", name="Second harvest")).to_contain_text("latest")
    amy.get_by_role("link", name="First harvest").click()
    expect(amy).to_have_url(ends(f"/tree/{world.first}/"))


@pytest.mark.long
def test_a_wide_folder_comes_page_by_page(amy: Page) -> None:
    amy.goto(f"{PACKAGES}/amy/wide")
    expect(amy.get_by_role("link", name="file-0000.txt")).to_be_visible()
    assert amy.get_by_role("row").count() < 120
    last = amy.get_by_role("link", name="file-1233.txt")
    for _ in range(60):
        if last.is_visible():
            break
        amy.mouse.wheel(0, 3_000)
        amy.wait_for_timeout(100)
    expect(last).to_be_visible()
    assert amy.get_by_role("row").count() < 120


def test_t_goes_to_a_file_by_a_few_letters_of_its_name(amy: Page) -> None:
    amy.goto(WINE)
    expect(amy.get_by_role("button", name="Go to file")).to_be_visible()
    amy.keyboard.press("t")
    amy.get_by_role("combobox", name="Go to file").fill("nested")
    expect(amy.get_by_role("option", name="data/nested.json", selected=True)).to_be_visible()
    amy.keyboard.press("Enter")
    expect(amy).to_have_url(ends("/tree/latest/data/nested.json"))
    amy.keyboard.press("t")
    expect(amy.get_by_role("dialog", name="Go to file")).to_be_visible()
    amy.keyboard.press("Escape")
    expect(amy.get_by_role("dialog")).to_have_count(0)


def test_a_missing_package_file_or_revision_is_reported(amy: Page) -> None:
    amy.goto(f"{PACKAGES}/amy/nothing")
    expect(amy.get_by_role("alert")).to_contain_text("amy/nothing")
    amy.goto(f"{WINE}/tree/latest/no/such.csv")
    expect(amy.get_by_role("alert")).to_contain_text("no/such.csv")
    amy.goto(f"{WINE}/tree/0123456789/")
    expect(amy.get_by_role("alert")).to_contain_text("0123456789")
    amy.goto("/no/such/page")
    expect(amy.get_by_role("heading", name="There is no such page")).to_be_visible()


def test_a_quilt_2_package_is_shown_to_those_it_is_shared_with(system: System, page: Page, homes: Path) -> None:
    if not (PYTHON / "quilt").exists():
        pytest.skip("the client of the first generation is not here")
    system.create_user("quentin", PASSWORD, "ReadAll")
    author = Quilt2Client(homes / "quentin", system, PYTHON).configured(system.sign_in("quentin", PASSWORD))
    (author.home / "README.md").write_text("# Sencha\n\nOf the pangolinleaf.\n")
    (author.home / "build.yml").write_text("contents:\n  README:\n    file: README.md\n")
    author.quilt("build", "quentin/tea", author.home / "build.yml")
    pushed = author.quilt("push", "quentin/tea")
    where = "/b/package/packages/quentin/tea"
    page.goto("/signin")
    sign_in(page, "rose-of-the-web", PASSWORD)
    page.goto(where)
    expect(page.get_by_text("No package quentin/tea").or_(page.get_by_text("No bucket package"))).to_be_visible()

    author.quilt("access", "add", "quentin/tea", "rose-of-the-web")
    rose = system.sign_in("rose-of-the-web", PASSWORD)
    eventually(lambda: rose.get("/api/v1/search", {"q": "pangolinleaf"})["total"] == 1)
    page.goto("/search?q=pangolinleaf")
    page.get_by_role("link", name="quentin/tea").click()
    expect(page.get_by_role("heading", name="Sencha", level=1)).to_be_visible()
    expect(page.locator('a[href="/b/package/tree/"]')).to_have_count(0)
    page.goto(next(word for word in pushed.split() if word.endswith("/package/quentin/tea")))
    expect(page.get_by_role("heading", name="Sencha", level=1)).to_be_visible()
    page.get_by_role("link", name="README", exact=True).click()
    expect(page.get_by_text("Of the pangolinleaf.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download", exact=True).click()
    assert "pangolinleaf" in Path(download.value.path()).read_text()
