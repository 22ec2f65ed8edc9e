"""SQL in the web catalog: from a table to its rows, a chart, a file and a saved query, and the rows of two revisions side by side."""

import csv
import re
from pathlib import Path

import pytest
from e2e.catalog.conftest import PASSWORD, World, sign_in
from playwright.sync_api import Page, expect
from support.worlds.system import BUCKET, REGISTRY

CELLAR = "amy/cellar"
TABLE = "data/stock.csv"
STOCK = f"package('{BUCKET}/{CELLAR}@latest', '{TABLE}')"
RUN_MILLISECONDS = 120_000
"""A guard: a query begins with a process that a busy machine takes its time to start."""
REGIONS = ("Ahr", "Mosel", "Nahe")


def stock(*changed: int) -> str:
    """300 bottles; the changed ones have gained ten litres."""
    rows = [f"{n},{REGIONS[n % 3]},{n * 10 + (10 if n in changed else 0)}" for n in range(300)]
    return "\n".join(["bottle,region,litres", *rows, ""])


@pytest.fixture(scope="module")
def cellar(world: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    folder: Path = tmp_path_factory.mktemp("cellar")
    (folder / "data").mkdir()
    (folder / TABLE).write_text(stock())
    first = world.amy.act("push", CELLAR, REGISTRY, folder, "Stock of spring", "{}")
    (folder / TABLE).write_text(stock(7, 8) + "300,Nahe,5\n")
    second = world.amy.act("push", CELLAR, REGISTRY, folder, "Stock of autumn", "{}")
    return first["top_hash"], second["top_hash"]


@pytest.fixture
def amy(page: Page) -> Page:
    page.goto("/signin")
    sign_in(page, "amy-of-the-web", PASSWORD)
    return page


@pytest.mark.long
def test_a_table_is_queried_drawn_downloaded_and_saved(amy: Page, cellar: tuple[str, str]) -> None:
    page, (_, latest) = amy, cellar
    page.goto(f"/b/{BUCKET}/packages/{CELLAR}/tree/latest/{TABLE}")
    page.get_by_role("link", name="SQL").click()
    editor = page.get_by_role("textbox", name="SQL")
    expect(editor).to_contain_text(f"FROM package('{BUCKET}/{CELLAR}@{latest}', '{TABLE}')")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text(re.compile("100 rows · "))).to_be_visible(timeout=RUN_MILLISECONDS)
    grid = page.get_by_role("grid", name="Rows of the result")
    expect(grid.get_by_role("row", name="2 1 Mosel 10")).to_be_visible()
    expect(page.get_by_role("link", name=f"{CELLAR} {latest[:8]}")).to_be_visible()

    # The editor knows the columns of the file that the statement names.
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(f"SELECT * FROM {STOCK} WHERE lit")  # noqa: S608 – typed by a person
    expect(page.get_by_role("option", name=re.compile("litres"))).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(
        f"SELECT region, sum(litres) AS litres FROM {STOCK} WHERE litres >= $least GROUP BY region ORDER BY region"  # noqa: S608 – typed by a person
    )
    page.get_by_role("textbox", name="least").fill("20")
    page.get_by_role("combobox", name="Type of least").select_option("number")
    editor.click()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_text(re.compile("3 rows · "))).to_be_visible(timeout=RUN_MILLISECONDS)

    page.get_by_role("button", name="Chart").click()
    expect(page.frame_locator("iframe[title='Bars: litres by region']").locator("canvas")).to_be_visible()
    page.get_by_role("combobox", name="Mark").select_option("arc")
    pie = page.frame_locator("iframe[title='Pie: litres by region']").locator("canvas")
    expect(pie).to_be_visible()
    expect(page.locator("figure[aria-busy=false]")).to_be_visible()

    with page.expect_download() as started:
        page.get_by_role("button", name="Download").click()
        page.get_by_role("menuitem", name="CSV").click()
    with started.value.path().open(newline="") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ["region", *REGIONS]

    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Litres by region")
    dialog.get_by_label("least").fill("Smaller bottles are left out")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Litres by region")).to_be_visible()
    page.get_by_label("least").fill("2990")
    page.get_by_role("button", name="Run").click()
    # With the chart that it was saved with.
    expect(page.get_by_text(re.compile("1 row · "))).to_be_visible(timeout=RUN_MILLISECONDS)
    expect(pie).to_be_visible()

    page.get_by_role("link", name="Queries").first.click()
    # What was written, and what ran under its name.
    expect(page.get_by_role("link", name=re.compile("SELECT region, sum"))).to_have_count(1)
    expect(page.get_by_role("link", name="Litres by region")).to_have_count(1)


@pytest.mark.long
def test_a_mistake_is_shown_where_it_is(amy: Page, cellar: tuple[str, str]) -> None:  # noqa: ARG001 – the data
    page = amy
    page.goto("/queries/new")
    page.get_by_role("textbox", name="SQL").click()
    page.keyboard.insert_text(f"SELECT nothing\nFROM {STOCK}")
    page.keyboard.press("ControlOrMeta+Enter")
    page.get_by_role("button", name="Line 1, column 8").click(timeout=RUN_MILLISECONDS)
    expect(page.locator(".cm-mistake")).to_have_text("nothing")


@pytest.mark.long
def test_rows_of_two_revisions_are_compared(amy: Page, cellar: tuple[str, str]) -> None:
    page, (first, latest) = amy, cellar
    page.goto(f"/b/{BUCKET}/packages/{CELLAR}/compare?base={first}&head={latest}")
    page.get_by_role("link", name=f"Compare rows of {TABLE}").click()
    expect(page.get_by_role("button", name="2 changed")).to_be_visible(timeout=RUN_MILLISECONDS)
    expect(page.get_by_role("button", name="1 added")).to_be_visible()
    expect(page.get_by_role("button", name="Rows by bottle")).to_be_visible()
    page.get_by_role("button", name="2 changed").click()
    expect(page.get_by_role("button", name="Remove the filter $change = changed")).to_be_visible()
    grid = page.get_by_role("grid", name="Rows that differ")
    expect(grid.get_by_role("gridcell", name="70 → 80")).to_be_visible()
    # The heads, and no other rows.
    expect(grid.get_by_role("row")).to_have_count(3, timeout=RUN_MILLISECONDS)
    expect(grid.get_by_role("gridcell", name="80 → 90")).to_be_visible()
