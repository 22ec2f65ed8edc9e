"""The public web catalogs of 2021 and 2022, from their own bundles, in a browser: all that can work away from AWS."""

import json
import zipfile
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from e2e.catalog.conftest import PACKAGE, PASSWORD, PNG, World
from playwright.sync_api import Browser, Page, Route, expect
from support.environments import is_made
from support.foreign.public_catalog import bundle, served
from support.worlds.system import BUCKET, ROOT, System

FOREIGN = ("amazonaws.com", "api.github.com", "gravatar.com", "quiltdata.com")
"""Hosts that the page asks for what nobody has here: what it signs for AWS itself, and decoration."""


@pytest.fixture(scope="module", params=[pytest.param("2021", marks=pytest.mark.long), "2022"])
def generation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def quilt_catalog(generation: str, system: System) -> Iterator[str]:
    files = bundle(generation)
    if not is_made(f"quilt-catalog-{generation}") or not files.is_dir():
        pytest.skip(f"Quilt's web catalog is NOT TESTED: `make .state/quilt-catalog-{generation}` fetches it")
    with served(files, system.catalog) as url:
        yield url


@pytest.fixture
def visitor(chromium: Browser, world: World, quilt_catalog: str) -> Iterator[Page]:  # noqa: ARG001 – data first
    """A page that reaches this machine only, and nothing of whose own breaks."""
    context = chromium.new_context(base_url=quilt_catalog, viewport={"width": 1280, "height": 860})
    page = context.new_page()
    asked: list[str] = []
    broken: list[str] = []

    def local_only(route: Route) -> None:
        host = urlsplit(route.request.url).hostname or ""
        if host == "localhost":
            route.continue_()
        else:
            asked.append(host)
            route.abort()

    page.route("**/*", local_only)
    page.on("response", lambda got: broken.append(f"{got.status} {got.url}") if got.status >= 500 else None)
    yield page
    context.close()
    assert not broken
    assert {host for host in asked if not host.endswith(FOREIGN)} == set()


def sign_in(page: Page, name: str = "amy-of-the-web", password: str = PASSWORD) -> None:
    page.goto("/")
    page.locator("input:not([type=password])").first.fill(name)  # its label is not tied to it
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(name).first).to_be_visible()


def test_from_signing_in_to_a_file_and_to_what_is_searched_for(visitor: Page, world: World) -> None:
    page = visitor
    sign_in(page)
    bucket = page.get_by_role("link", name=BUCKET).first
    expect(bucket).to_be_visible()

    page.goto(f"/b/{BUCKET}")
    expect(page.get_by_text("Objects by File Extension")).to_be_visible()
    expect(page.get_by_text("About this bucket")).to_be_visible()

    page.get_by_role("tab", name="Packages").or_(page.get_by_role("link", name="Packages")).first.click()
    page.get_by_role("link", name=PACKAGE, exact=True).first.click()
    for name in ("README.md", "data", "img"):
        expect(page.get_by_role("link", name=name).or_(page.get_by_text(name, exact=True)).first).to_be_visible()
    expect(page.get_by_text("Wine of 2026")).to_be_visible()

    page.goto(f"/b/{BUCKET}/packages/{PACKAGE}/tree/latest/data/nested.json")
    expect(page.get_by_text("grapes").first).to_be_visible()

    page.goto(f"/b/{BUCKET}/packages/{PACKAGE}/tree/{world.first}/")
    expect(page.get_by_text("blob.bin")).to_be_visible()
    expect(page.get_by_text("added.txt")).to_have_count(0)

    page.goto("/search?q=quokkagrape")
    expect(page.get_by_text(f"{PACKAGE}@{world.second[:10]}").or_(page.get_by_text(PACKAGE)).first).to_be_visible()


@pytest.mark.long
def test_tables_and_pictures_are_shown(visitor: Page, generation: str) -> None:
    page = visitor
    sign_in(page)
    page.goto(f"/b/{BUCKET}/packages/{PACKAGE}/tree/latest/data/harvest.csv")
    if generation == "2021":
        expect(page.get_by_role("cell", name="R299", exact=True)).to_be_visible()
    else:
        expect(page.locator("perspective-viewer").get_by_text("litres").first).to_be_visible()

    page.goto(f"/b/{BUCKET}/packages/{PACKAGE}/tree/latest/img/label.png")
    picture = page.locator("img[src^='blob:'], img[src*='/lambda/thumbnail']").first
    expect(picture).to_be_visible()
    assert picture.evaluate("each => each.complete && each.naturalWidth") > 0


@pytest.mark.long
def test_packages_and_folders_are_downloaded_as_zip_archives(visitor: Page) -> None:
    page = visitor
    sign_in(page)
    page.goto(f"/b/{BUCKET}/packages/{PACKAGE}/tree/latest/")
    expect(page.get_by_text("blob.bin").first).to_be_visible()
    held = zip_by(page, "Download package")
    assert {name: held[name] for name in ("added.txt", "img/label.png")} == {
        "added.txt": b"new in the second\n",
        "img/label.png": PNG,
    }
    assert len(held["blob.bin"]) == 2_000
    page.goto(f"/b/{BUCKET}/packages/{PACKAGE}/tree/latest/data/")
    expect(page.get_by_text("nested.json").first).to_be_visible()
    assert sorted(zip_by(page, "Download sub-package")) == ["data/harvest.csv", "data/nested.json"]
    page.goto(f"/b/{BUCKET}/tree/many/")
    expect(page.get_by_text("file-00.txt").first).to_be_visible()
    folder = zip_by(page, "Download directory")
    assert len(folder) == 70
    assert set(folder.values()) == {b"to be found\n"}


def zip_by(page: Page, button: str) -> dict[str, bytes]:
    """The files of the archive that the browser saves when the button is pressed."""
    with page.expect_download() as started:
        page.get_by_role("button", name=button, exact=True).click()
    with zipfile.ZipFile(started.value.path()) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


LOOKED_INTO = {
    "looked/notes.ipynb": "plain/test4.ipynb",
    "looked/gems.parquet": "tables/v0.7.1.parquet",
    "looked/founders.xlsx": "tables/founders.xlsx",
    "looked/gems.tsv": "",
    "looked/crazy.pdf": "documents/crazyones.pdf",
    "looked/photo.jpg": "pictures/hopper.jpg",
}
"""Keys of objects, and the files of the readers' corpus that they are."""


@pytest.fixture(scope="module")
def looked_into(world: World) -> None:
    corpus = ROOT / "tests" / "readers" / "corpus"
    contents = {
        key: (corpus / file).read_bytes() if file else b"stone\tprice\nemerald\t12\nopal\t7\n"
        for key, file in LOOKED_INTO.items()
    }
    world.amy.act("put", BUCKET, stdin=json.dumps({key: content.hex() for key, content in contents.items()}))


@pytest.mark.usefixtures("looked_into")
@pytest.mark.long
def test_notebooks_tables_and_pictures_of_many_kinds_are_shown(visitor: Page, generation: str) -> None:
    page = visitor
    sign_in(page)

    def look(name: str) -> None:
        page.goto(f"/b/{BUCKET}/tree/looked/{name}")

    look("notes.ipynb")
    expect(page.get_by_text("Printed Using Python")).to_be_visible()
    expect(page.get_by_text("hello", exact=True).last).to_be_visible()

    for name, column, cell in (
        ("gems.parquet", "clarity", "SI2"),
        ("founders.xlsx", "first_name", "John"),
        ("gems.tsv", "stone", "emerald"),
    ):
        look(name)
        if generation == "2021":
            expect(page.get_by_role("columnheader", name=column, exact=True)).to_be_visible()
            expect(page.get_by_role("cell", name=cell, exact=True).first).to_be_visible()
        else:
            expect(page.locator("perspective-viewer").get_by_text(column, exact=True).first).to_be_visible()
            expect(page.locator("perspective-viewer").get_by_text(cell, exact=True).first).to_be_visible()

    for name in ("photo.jpg", "crazy.pdf"):
        look(name)
        picture = page.locator("img[src^='blob:'], img[src*='/lambda/thumbnail']").first
        expect(picture).to_be_visible()
        page.wait_for_function("each => each.complete && each.naturalWidth > 0", arg=picture.element_handle())


@pytest.mark.long
def test_an_administrator_searches_all_buckets_although_the_role_does_not_read_each(
    visitor: Page, world: World
) -> None:
    page = visitor
    sign_in(page, "admin", "quilt")
    page.goto("/search?q=quokkagrape")
    expect(page.get_by_text(f"{PACKAGE}@{world.second[:10]}").or_(page.get_by_text(PACKAGE)).first).to_be_visible()
