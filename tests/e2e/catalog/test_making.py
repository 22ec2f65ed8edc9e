"""Metadata by a form, texts edited in place, and files chosen together, in a browser and with a real store."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from e2e.catalog.conftest import PASSWORD, World
from playwright.sync_api import FilePayload, Page, expect
from support.worlds.system import Api, System, eventually

BUCKET = "web-making"
CONFIG = f"""
version: "1"
default_workflow: measured
workflows:
  measured: {{name: Measured, metadata_schema: season}}
schemas:
  season: {{url: "s3://{BUCKET}/season.json"}}
"""
SEASON = {
    "type": "object",
    "required": ["season"],
    "properties": {"season": {"type": "integer"}, "kind": {"enum": ["red", "white"]}},
}


@pytest.fixture(scope="module")
def api(system: System, world: World) -> Api:
    """A bucket with a workflow whose metadata has a schema, and files."""
    system.sign_in().request("PUT", f"/api/v1/buckets/{BUCKET}", json={"title": "Making"})
    objects = {
        ".quilt/workflows/config.yml": CONFIG.encode(),
        "season.json": json.dumps(SEASON).encode(),
        "raw/one.txt": b"one\n",
        "raw/deep/two.txt": b"two\n",
    }
    world.amy.act("put", BUCKET, stdin=json.dumps({key: value.hex() for key, value in objects.items()}))
    return system.sign_in("amy-of-the-web", PASSWORD)


def write(page: Page, label: str, text: str) -> None:
    editor = page.get_by_role("textbox", name=label)
    expect(page.locator(".cm-content")).to_be_visible()
    editor.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


@pytest.mark.long
def test_a_package_is_made_by_a_form_from_chosen_files_and_its_text_is_edited_in_place(amy: Page, api: Api) -> None:
    amy.goto(f"/b/{BUCKET}/tree/raw/")
    amy.get_by_label("Choose one.txt").check()
    amy.get_by_label("Choose deep").check()
    amy.get_by_role("button", name="Actions for chosen items").click()
    amy.get_by_role("menuitem", name="Make a package of them").click()
    expect(amy.get_by_text("deep/two.txt")).to_be_visible()
    amy.get_by_label("Name", exact=True).fill("amy/made")
    expect(amy.get_by_text("This is required.")).to_be_visible()
    sheet = FilePayload(name="wine.csv", mimeType="text/csv", buffer=b"season,kind,more\n2026,RED,x\n")
    amy.get_by_label("Spreadsheet for package metadata").set_input_files([sheet])
    expect(amy.get_by_label("season (required)")).to_have_value("2026")
    expect(amy.get_by_text("accepts this push")).to_be_visible()
    amy.get_by_role("button", name="Create the package").click()
    amy.get_by_role("link", name="Open the new revision").click(timeout=30_000)
    amy.goto(f"/b/{BUCKET}/packages/amy/made/tree/latest/one.txt")
    amy.get_by_role("link", name="Edit", exact=True).click()
    write(amy, "Text of one.txt", "edited\n")
    amy.get_by_role("button", name="Keep the change").click()
    expect(amy.get_by_role("list", name="Changes")).to_contain_text("Add one.txt")
    amy.get_by_role("button", name="Push the new revision").click()
    amy.get_by_role("link", name="Open the new revision").click(timeout=30_000)
    package = f"/api/v1/buckets/{BUCKET}/packages/amy/made"
    found = api.get(package)
    assert found["revisions"] == 2
    assert found["latest"]["user_meta"] == {"season": 2026, "kind": "red", "more": "x"}
    entry = api.get(f"{package}/revisions/latest/entry?path=one.txt")
    assert (entry["size"], "/amy/made/one.txt?versionId=" in entry["physical_key"]) == (7, True)


@pytest.mark.long
def test_a_file_is_written_moved_and_taken_home_in_an_archive(amy: Page, api: Api) -> None:  # noqa: ARG001 – data
    amy.goto(f"/b/{BUCKET}/tree/notes/")
    amy.get_by_role("button", name="Make something new").click()
    amy.get_by_role("menuitem", name="New file…").click()
    amy.get_by_label("Name", exact=True).fill("first.md")
    amy.get_by_role("button", name="Write it").click()
    write(amy, "Text of first.md", "# First\n")
    amy.get_by_role("button", name="Save", exact=True).click()
    expect(amy.get_by_role("heading", name="First", exact=True)).to_be_visible()
    amy.get_by_role("link", name="Edit", exact=True).click()
    write(amy, "Text of first.md", "# Second\n")
    amy.get_by_role("button", name="Save", exact=True).click()
    expect(amy.get_by_role("heading", name="Second", exact=True)).to_be_visible()
    amy.goto(f"/b/{BUCKET}/tree/notes/")
    amy.get_by_label("Choose first.md").check()
    amy.get_by_role("button", name="Actions for chosen items").click()
    amy.get_by_role("menuitem", name="Move…").click()
    amy.get_by_label("Folder", exact=True).fill("kept/here")
    amy.get_by_role("button", name="Move", exact=True).click()
    expect(amy.get_by_text("1 file moved.")).to_be_visible()
    amy.goto(f"/b/{BUCKET}/tree/")
    amy.evaluate("delete window.showSaveFilePicker")
    amy.get_by_label("Choose kept").check()
    amy.get_by_role("button", name="Download 1 item").click()
    with amy.expect_download() as download:
        amy.get_by_role("button", name="Download ZIP").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {"kept/here/first.md": b"# Second\n"}


@pytest.mark.long  # features/workflows/WorkflowEditorPage.test.tsx has the page, tests/registry the answers
def test_a_workflow_is_tested_on_packages_before_it_is_saved(amy: Page, api: Api) -> None:
    made = api.job(
        f"/api/v1/buckets/{BUCKET}/packages/amy/tested/revisions", {"metadata": {"season": 1}, "entries": []}
    )
    assert made["state"] == "done", made
    amy.goto(f"/b/{BUCKET}/workflows")
    amy.get_by_role("link", name="Edit", exact=True).click()
    amy.get_by_role("button", name="season", exact=True).click()
    stricter = {**SEASON, "properties": {"season": {"minimum": 2000}}}
    write(amy, f"Schema s3://{BUCKET}/season.json", json.dumps(stricter))
    expect(amy.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    amy.get_by_role("button", name="Test", exact=True).click()
    refused = amy.get_by_role("list", name="Packages").get_by_role("listitem").filter(has_text="amy/tested")
    expect(refused).to_contain_text("/metadata/season")
    amy.get_by_role("button", name="Save", exact=True).click()
    expect(amy).to_have_url(re.compile("/workflows$"))
    check = {"name": "amy/tested", "metadata": {"season": 1}}
    eventually(lambda: not api.request("POST", f"/api/v1/buckets/{BUCKET}/workflows/check", json=check).json()["valid"])
