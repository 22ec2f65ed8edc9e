"""A bucket's own files, through the S3 proxy."""

import os
from pathlib import Path

import pytest
from e2e.catalog.conftest import ODD, PASSWORD, sign_in
from playwright.sync_api import Page, expect
from support.worlds.system import BUCKET

FILES = f"/b/{BUCKET}/tree/"


def test_the_overview_shows_the_readme_and_the_latest_packages(amy: Page) -> None:
    amy.goto(f"/b/{BUCKET}")
    expect(amy.get_by_role("heading", name="About this bucket")).to_be_visible()
    expect(amy.get_by_role("link", name="amy/wide")).to_be_visible()
    amy.get_by_role("link", name="the odd ones").click()
    expect(amy.get_by_role("link", name="日本/")).to_be_visible()


@pytest.mark.parametrize(
    "key", ["x//y.txt", *(pytest.param(key, marks=pytest.mark.long) for key in ODD if key != "x//y.txt")]
)
def test_every_key_is_found_by_clicking_and_read_to_the_byte(amy: Page, key: str) -> None:
    amy.goto(FILES)
    segments = ["odd", *key.split("/")]
    for folder in segments[:-1]:
        amy.get_by_role("main").get_by_role("link", name=f"{folder}/", exact=True).click()
    amy.get_by_role("main").get_by_role("link", name=segments[-1], exact=True).click()
    expect(amy.get_by_role("region", name="Text of")).to_contain_text(ODD[key].decode().strip())
    with amy.expect_download() as download:
        amy.get_by_role("button", name="Download").click()
    assert download.value.path().read_bytes() == ODD[key]
    amy.reload()
    expect(amy.get_by_role("region", name="Text of")).to_contain_text(ODD[key].decode().strip())


def test_files_are_uploaded_small_and_large(amy: Page, tmp_path: Path) -> None:
    small, large = tmp_path / "small + odd é.txt", tmp_path / "large.bin"
    small.write_text("small\n")
    large.write_bytes(os.urandom(20 << 20))
    amy.goto(f"{FILES}up/loads/")
    expect(amy.get_by_role("heading", name="This folder is empty")).to_be_visible()
    amy.get_by_label("Files to upload").set_input_files([small, large])
    expect(amy.get_by_role("status").filter(has_text="Uploaded 2 of 2")).to_be_visible(timeout=60_000)
    expect(amy.get_by_role("row", name="large.bin")).to_contain_text("21.0 MB")
    for name, body in ((small.name, small.read_bytes()), (large.name, large.read_bytes())):
        amy.goto(f"{FILES}up/loads/")
        amy.get_by_role("main").get_by_role("link", name=name, exact=True).click()
        with amy.expect_download() as download:
            amy.get_by_role("button", name="Download").click()
        assert download.value.path().read_bytes() == body


def test_an_upload_that_fails_says_so_and_is_tried_again(amy: Page, tmp_path: Path) -> None:
    file = tmp_path / "again.txt"
    file.write_text("again\n")
    amy.goto(f"{FILES}up/again/")
    amy.route("**/again.txt", lambda route: route.fulfill(status=413, body="<Error><Message>Too big</Message></Error>"))
    amy.get_by_label("Files to upload").set_input_files([file])
    expect(amy.get_by_role("alert")).to_be_visible()
    amy.unroute("**/again.txt")
    amy.get_by_role("button", name="Upload again.txt again").click()
    expect(amy.get_by_role("link", name="again.txt", exact=True)).to_be_visible()


def test_files_are_put_in_order(amy: Page) -> None:
    amy.goto(f"{FILES}amy/wine/")
    amy.get_by_role("button", name="Size").click()
    amy.get_by_role("button", name="Size").click()
    expect(amy.get_by_role("columnheader", name="Size")).to_have_attribute("aria-sort", "descending")
    expect(amy.get_by_role("row").nth(1)).to_contain_text("blob.bin")


def test_readers_are_offered_no_upload(page: Page) -> None:
    page.goto(f"/signin?next={FILES}")
    sign_in(page, "rose-of-the-web", PASSWORD)
    expect(page.get_by_role("link", name="odd/")).to_be_visible()
    expect(page.get_by_text("read only")).to_be_visible()
    expect(page.get_by_role("button", name="Upload")).to_have_count(0)


def test_a_file_that_is_not_there(amy: Page) -> None:
    amy.goto(f"{FILES}no/such.txt")
    expect(amy.get_by_role("heading", name="There is no such file")).to_be_visible()
    expect(amy.get_by_role("alert")).to_contain_text("no/such.txt")
