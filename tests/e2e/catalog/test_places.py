"""Places are kept, files go where they are dropped, and the keyboard and screen readers follow."""

import json
from typing import Any

import pytest
from e2e.catalog.conftest import PACKAGE, World, ends
from playwright.sync_api import Page, expect
from support.worlds.system import BUCKET

PACKAGES = f"/b/{BUCKET}/packages"
WINE = f"{PACKAGES}/{PACKAGE}"
WIDE_FILES = 1_234
ROW_HEIGHT = 38

DIAGRAMS = """# Diagrams

![A vine](vine.svg)

```mermaid
---
title: How a push goes
---
flowchart LR
  client[Client] -->|writes| store[(Store)]
  store --> index
```

```mermaid
no such diagram
```
"""
VINE = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><circle cx="20" cy="15" r="9"/></svg>'
LONG = "x" * 116 + ".txt"
LARGE = json.dumps(
    {"id": 10**18 + 1, "ratio": 1.0, "items": [{"n": n, "text": "grape " * 20} for n in range(30_000)]},
    separators=(",", ":"),
)

DROP = """([selector, names]) => {
    const dataTransfer = new DataTransfer()
    for (const name of names) dataTransfer.items.add(new File([name], name))
    const fire = type => document.querySelector(selector)
        .dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer}))
    fire("dragover")
    return fire("drop")
}"""


@pytest.fixture(scope="module")
def files(world: World) -> None:
    stored = {
        "places/diagrams.md": DIAGRAMS,
        "places/vine.svg": VINE,
        f"places/{LONG}": "long\n",
        "places/large.json": LARGE,
    }
    world.amy.act("put", BUCKET, stdin=json.dumps({key: body.encode().hex() for key, body in stored.items()}))


def scrolled(page: Page) -> int:
    return int(page.evaluate("Math.round(scrollY)"))


def drop(page: Page, selector: str, *names: str) -> None:
    """Drop files on the element; the browser must not open them instead of the page."""
    opens: Any = page.evaluate(DROP, [selector, list(names)])
    assert opens is False


def test_back_returns_to_the_place_in_a_long_list_whose_scroll_bar_knows_its_total(amy: Page) -> None:
    amy.goto(f"{PACKAGES}/amy/wide")
    expect(amy.get_by_role("link", name="file-0000.txt")).to_be_visible()
    assert amy.evaluate("document.documentElement.scrollHeight") > WIDE_FILES * ROW_HEIGHT
    amy.evaluate("scrollTo(0, 30_000)")
    row = amy.get_by_role("link", name="file-0790.txt")
    row.scroll_into_view_if_needed()
    place = scrolled(amy)
    assert place > 20_000
    row.click()
    expect(amy.get_by_role("region", name="Text of file-0790.txt")).to_be_visible()
    assert scrolled(amy) == 0
    amy.go_back()
    expect(row).to_be_in_viewport()
    assert abs(scrolled(amy) - place) <= 1
    amy.reload()
    expect(row).to_be_in_viewport()
    assert abs(scrolled(amy) - place) <= 1


@pytest.mark.long
def test_the_end_of_a_long_list_is_filled_where_the_scroll_bar_was_dragged_to(amy: Page) -> None:
    amy.goto(f"{PACKAGES}/amy/wide")
    expect(amy.get_by_role("link", name="file-0000.txt")).to_be_visible()
    amy.evaluate(f"scrollTo(0, {WIDE_FILES * ROW_HEIGHT})")
    expect(amy.get_by_role("link", name=f"file-{WIDE_FILES - 1}.txt")).to_be_visible()


@pytest.mark.long
def test_files_dropped_anywhere_go_where_they_belong(amy: Page) -> None:
    amy.goto(f"/b/{BUCKET}/tree/places/dropped/")
    expect(amy.get_by_role("heading", name="This folder is empty")).to_be_visible()
    drop(amy, "footer", "into-folder.txt")
    expect(amy.get_by_role("link", name="into-folder.txt")).to_be_visible()

    amy.get_by_role("link", name="into-folder.txt").click()
    expect(amy.get_by_role("region", name="Text of into-folder.txt")).to_be_visible()
    drop(amy, "header", "beside-file.txt")
    expect(amy.get_by_role("link", name="beside-file.txt")).to_be_visible()

    amy.goto(f"{WINE}/tree/latest/data")
    expect(amy.get_by_role("link", name="harvest.csv")).to_be_visible()
    drop(amy, "footer", "new-harvest.csv")
    expect(amy.get_by_role("heading", name=f"Revise {PACKAGE}")).to_be_visible()
    changes = amy.get_by_role("list", name="Changes").get_by_role("listitem")
    expect(changes).to_contain_text(["data/new-harvest.csv"])
    drop(amy, "header", "another.csv")
    expect(changes).to_contain_text(["data/new-harvest.csv", "data/another.csv"])
    amy.get_by_role("button", name="Discard all").click()

    amy.goto(PACKAGES)
    expect(amy.get_by_role("link", name=PACKAGE)).to_be_visible()
    expect(amy.get_by_role("link", name="New package")).to_be_visible()  # now the page knows that amy may make one
    drop(amy, "header", "for-a-package.csv")
    expect(amy.get_by_role("heading", name="New package")).to_be_visible()
    expect(amy.get_by_text("1 file will be uploaded")).to_be_visible()
    amy.get_by_label("Name", exact=True).fill("amy/dropped")
    amy.get_by_role("button", name="Upload 1 file").click()
    expect(amy.get_by_role("row", name="for-a-package.csv")).to_be_visible()
    drop(amy, "footer", "more.csv")
    expect(amy.get_by_role("row", name="more.csv")).to_be_visible()

    amy.goto("/account")
    expect(amy.get_by_text("ReadWriteAll").first).to_be_visible()
    drop(amy, "main", "nowhere.csv")
    expect(amy).to_have_url(ends("/account"))


def test_the_first_row_of_a_table_is_near_the_top_of_a_phone(amy: Page) -> None:
    amy.set_viewport_size({"width": 375, "height": 812})
    for address in (f"{WINE}/tree/latest/data/harvest.csv", f"/b/{BUCKET}/tree/{PACKAGE}/data/harvest.csv"):
        amy.goto(address)
        row = amy.get_by_role("grid").get_by_role("gridcell", name="R0", exact=True)
        expect(row).to_be_visible()
        box = row.bounding_box()
        assert box is not None
        assert box["y"] <= 200, f"{address}: {box}"


@pytest.mark.usefixtures("files")
@pytest.mark.long
def test_a_diagram_and_a_picture_without_a_type_are_drawn_and_what_cannot_be_is_shown_as_its_source(amy: Page) -> None:
    amy.goto(f"/b/{BUCKET}/tree/places/diagrams.md")
    vine = amy.get_by_role("img", name="A vine")
    assert vine.evaluate("image => image.decode().then(() => image.naturalWidth)") == 40
    diagram = amy.get_by_role("img", name="Diagram: How a push goes")
    expect(diagram).to_be_visible()
    width, height = diagram.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])")
    assert width > 200
    assert height > 50
    amy.get_by_text("Source", exact=True).click()
    expect(amy.get_by_text("client[Client] -->|writes| store[(Store)]")).to_be_visible()
    expect(amy.get_by_text("The diagram cannot be drawn")).to_be_visible()
    expect(amy.get_by_text("no such diagram", exact=True)).to_be_visible()


@pytest.mark.usefixtures("files")
@pytest.mark.long
def test_nothing_is_cut_off_or_out_of_reach(amy: Page) -> None:
    amy.goto(f"/b/{BUCKET}/tree/places/{LONG}")
    download = amy.get_by_role("button", name="Download")
    expect(download).to_be_in_viewport()
    amy.goto(WINE)
    code = amy.get_by_role("figure", name="Install to this folder").locator("pre")
    expect(code).to_be_visible()
    assert code.evaluate("pre => pre.scrollWidth <= pre.clientWidth")
    amy.emulate_media(color_scheme="dark")
    chosen = amy.get_by_role("group", name="Language").get_by_role("button", pressed=True)
    shadow, accent = chosen.evaluate("button => [getComputedStyle(button).boxShadow, getComputedStyle(button).color]")
    assert shadow.startswith(accent), "a ring as strong as the text says which is chosen"
    amy.goto("/b/no-such-bucket")
    expect(amy.get_by_role("alert")).to_be_visible()
    expect(amy.get_by_role("searchbox", name="Search packages and files")).to_be_visible()
    amy.goto("/buckets")
    titles = amy.get_by_role("main").get_by_role("listitem").get_by_role("heading")
    expect(titles.first).to_be_visible()
    below = "title => title.nextElementSibling.getBoundingClientRect().top - title.getBoundingClientRect().bottom"
    gaps = [each.evaluate(below) for each in titles.all()]
    assert max(gaps) < 10, "the address of a bucket stands at its title, whatever the heights of cards"


@pytest.mark.long
@pytest.mark.usefixtures("files")
def test_a_large_json_file_is_a_tree_that_stays_exact(amy: Page) -> None:
    amy.goto(f"/b/{BUCKET}/tree/places/large.json")
    tree = amy.get_by_role("tree", name="large.json")
    expect(tree.get_by_role("treeitem").nth(0)).to_have_text("id1000000000000000001")
    expect(tree.get_by_role("treeitem").nth(1)).to_have_text("ratio1.0")
    tree.focus()
    amy.keyboard.press("End")
    amy.keyboard.press("ArrowRight")
    expect(amy.get_by_text("30,003 rows")).to_be_visible()
    amy.keyboard.press("End")
    amy.keyboard.press("ArrowRight")
    expect(amy.get_by_text("30,005 rows")).to_be_visible()
    amy.keyboard.press("ArrowDown")
    expect(tree.get_by_role("treeitem").filter(has_text="n29999")).to_be_visible()
    expect(amy.get_by_text(".items[29999].n", exact=True)).to_be_visible()
    assert tree.get_by_role("treeitem").count() < 100


def test_the_keyboard_alone_leads_to_a_file_and_back(amy: Page) -> None:
    amy.goto(f"/b/{BUCKET}")
    expect(amy.get_by_role("heading", name="About this bucket")).to_be_visible()
    amy.keyboard.press("Tab")
    amy.keyboard.press("Enter")
    focused = amy.locator("*:focus")
    expect(focused).to_have_attribute("id", "main")
    amy.get_by_role("link", name="Packages", exact=True).first.focus()
    amy.keyboard.press("Enter")
    expect(amy.get_by_role("heading", name="Packages", exact=True)).to_be_visible()
    amy.get_by_role("link", name=PACKAGE).focus()
    amy.keyboard.press("Enter")
    expect(amy.get_by_role("heading", name="Wine of 2026", level=1)).to_be_visible()
    expect(focused).to_have_attribute("id", "main")
    expect(amy.locator("[data-route]")).to_have_text(PACKAGE)
    amy.get_by_role("link", name="README.md").focus()
    amy.keyboard.press("Home")
    amy.keyboard.press("Enter")
    expect(amy.locator("[data-route]")).to_contain_text(f"in {PACKAGE}")
    expect(focused).to_have_count(1)
    amy.go_back()
    expect(amy.locator("[data-route]")).to_have_text(PACKAGE)
