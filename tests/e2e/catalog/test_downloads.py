"""Taking packages home: archives, choices, links, a folder of one's own, commands, and key pairs for S3 tools."""

import io
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from e2e.catalog.conftest import ODD, PACKAGE, PNG, README, World, account_menu, sign_in
from e2e.catalog.test_accessibility import PHONE, violations
from playwright.sync_api import Browser, Download, Page, expect
from support.data.signing import Key
from support.worlds.system import BUCKET, System, eventually

WINE = f"/b/{BUCKET}/packages/{PACKAGE}"
HARVEST = b"region,litres,note\n" + b"".join(b"R%d,%d,ok\n" % (n, n * 10) for n in range(300))
FILES = {
    "README.md": README.encode(),
    "data/harvest.csv": HARVEST,
    "data/nested.json": b'{"grapes": {"red": ["Merlot", "Syrah"]}, "year": 2026}\n',
    "img/label.png": PNG,
    "added.txt": b"new in the second\n",
    **{path: body for path, body in ODD.items() if "//" not in path},
}
PICK_OWN_FOLDER = """() => {
    window.showDirectoryPicker = async () => {
        const root = await navigator.storage.getDirectory()
        return root.getDirectoryHandle("wine", { create: true })
    }
}"""
SAVED = """async () => {
    const found = {}
    const walk = async (folder, path) => {
        for await (const [name, handle] of folder.entries())
            if (handle.kind === "directory") await walk(handle, `${path}${name}/`)
            else found[path + name] = Array.from(new Uint8Array(await (await handle.getFile()).arrayBuffer()))
    }
    const root = await navigator.storage.getDirectory()
    await walk(await root.getDirectoryHandle("wine"), "")
    return found
}"""


def open_menu(page: Page, name: str = "Download") -> None:
    page.get_by_role("button", name=name, exact=True).click()


def download(page: Page, item: str) -> Download:
    with page.expect_download() as started:
        page.get_by_role("menuitem", name=item).click()
    return started.value


def test_a_zip_of_the_whole_package_holds_every_file(amy: Page, world: World) -> None:
    amy.goto(WINE)
    open_menu(amy)
    expect(amy.get_by_role("menu")).to_contain_text(f"{len(FILES) + 1} files")
    item = amy.get_by_role("menuitem", name="ZIP archive")
    expect(item).not_to_contain_text("about")
    size = item.inner_text()
    got = download(amy, "ZIP archive")
    assert got.suggested_filename == f"wine-{world.second[:8]}.zip"
    body = Path(got.path()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert archive.testzip() is None
        held = {name: archive.read(name) for name in archive.namelist()}
    assert len(held.pop("blob.bin")) == 2_000
    assert held == FILES
    assert f"{len(body) / 1000:.2f} kB" in size or f"{len(body) / 1000:.1f} kB" in size


def test_a_folder_and_a_choice_are_downloaded_with_their_whole_paths(amy: Page) -> None:
    amy.goto(f"{WINE}/tree/latest/data")
    open_menu(amy)
    with tarfile.open(download(amy, "tar archive").path()) as archive:
        assert archive.getnames() == ["data/harvest.csv", "data/nested.json"]
    amy.goto(WINE)
    amy.get_by_label("Choose img").check()
    amy.get_by_label("Choose README.md").check()
    open_menu(amy, "Download 2 chosen")
    expect(amy.get_by_role("menu")).to_contain_text("2 files")
    with zipfile.ZipFile(download(amy, "ZIP archive").path()) as chosen:
        assert chosen.namelist() == ["README.md", "img/label.png"]
        assert chosen.read("img/label.png") == PNG


@pytest.mark.long
def test_files_are_saved_into_a_folder_with_their_progress(amy: Page) -> None:
    amy.add_init_script(f"({PICK_OWN_FOLDER})()")
    amy.goto(WINE)
    open_menu(amy)
    amy.get_by_role("menuitem", name="Save files to a folder").click()
    dialog = amy.get_by_role("dialog", name="Saving to “wine”")
    expect(dialog.get_by_text("All files are saved.")).to_be_visible()
    expect(dialog.get_by_text(f"{len(FILES) + 1} of {len(FILES) + 1} files")).to_be_visible()
    saved: dict[str, list[int]] = amy.evaluate(SAVED)
    held = {path: bytes(body) for path, body in saved.items()}
    assert len(held.pop("blob.bin")) == 2_000
    assert held == FILES


@pytest.mark.long  # DownloadMenu.test.tsx makes such links, tests/s3proxy reads them until their session ends
def test_links_read_until_the_session_that_made_them_ends(amy: Page) -> None:
    amy.goto(f"{WINE}/tree/latest/data")
    open_menu(amy)
    amy.get_by_role("menuitem", name="Links to the files").click()
    dialog = amy.get_by_role("dialog", name="Links to the files")
    dialog.get_by_role("button", name="Make links").click()
    with amy.expect_download() as started:
        dialog.get_by_role("button", name="Save as a file").click()
    assert started.value.suggested_filename.endswith(".jsonl")
    lines: list[dict[str, Any]] = [json.loads(line) for line in Path(started.value.path()).read_text().splitlines()]
    assert [each["path"] for each in lines] == ["data/harvest.csv", "data/nested.json"]
    for each in lines:
        answer = httpx.get(each["url"])
        assert (answer.status_code, answer.content) == (200, FILES[each["path"]])
    part = httpx.get(lines[0]["url"], headers={"Range": "bytes=0-5"})
    assert (part.status_code, part.content) == (206, b"region")
    swapped = httpx.get(lines[0]["url"].replace("harvest.csv", "nested.json"))
    assert swapped.status_code == 401
    dialog.get_by_label("Kind").select_option("From the object store; nobody can withdraw them")
    dialog.get_by_role("button", name="Make links").click()
    with amy.expect_download() as again:
        dialog.get_by_role("button", name="Save as a file").click()
    stored: list[dict[str, Any]] = [json.loads(line) for line in Path(again.value.path()).read_text().splitlines()]
    assert {each["revocable"] for each in stored} == {False}
    dialog.get_by_role("button", name="Cancel").click()
    account_menu(amy).click()
    amy.get_by_role("menuitem", name="Sign out").click()
    expect(amy.get_by_role("heading", name="You are signed out")).to_be_visible()
    for each in lines:
        assert httpx.get(each["url"]).status_code == 401
    for each in stored:
        answer = httpx.get(each["url"])
        assert (answer.status_code, answer.content) == (200, FILES[each["path"]])


@pytest.mark.long
def test_a_single_file_is_downloaded_as_the_package_has_it(amy: Page) -> None:
    amy.goto(f"{WINE}/tree/latest/data/harvest.csv")
    with amy.expect_download() as started:
        amy.get_by_role("button", name="Download", exact=True).click()
    assert started.value.suggested_filename == "harvest.csv"
    assert Path(started.value.path()).read_bytes() == HARVEST
    amy.get_by_role("button", name="Code", exact=True).click()
    command = amy.get_by_label("curl").inner_text()
    url = command.partition("'")[2].partition("'")[0]
    assert httpx.get(url).content == HARVEST


def test_a_key_pair_from_the_portal_reads_packages_at_the_gateway(amy: Page, system: System) -> None:
    amy.goto("/account/keys")
    amy.get_by_role("button", name="Make a key").click()
    amy.get_by_label("Name").fill("for tools")
    amy.get_by_role("button", name="Make key", exact=True).click()
    amy.get_by_role("button", name="Done").click()
    amy.get_by_role("link", name="S3 access").click()
    amy.get_by_role("button", name="Make a key pair").click()
    amy.get_by_role("button", name="Make key pair").click()
    dialog = amy.get_by_role("dialog", name="Your key pair")
    key = Key(
        dialog.get_by_label("Access key id").inner_text(), dialog.get_by_label("Secret access key").inner_text(), None
    )
    expect(dialog.get_by_label("~/.aws/credentials and ~/.aws/config")).to_contain_text(key.secret)
    dialog.get_by_role("button", name="Done").click()
    expect(amy.get_by_text(key.secret)).to_have_count(0)
    url = f"{system.packages}/{BUCKET}/{PACKAGE}/latest/data/harvest.csv"
    answer = httpx.get(url, headers=key.headers("GET", url))
    assert (answer.status_code, answer.content) == (200, HARVEST)
    row = amy.get_by_role("row", name=key.access_key_id)
    row.get_by_role("button", name="Withdraw").click()
    amy.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(row).to_have_count(0)
    eventually(lambda: httpx.get(url, headers=key.headers("GET", url)).status_code == 403)


@pytest.mark.long
@pytest.mark.usefixtures("world")
def test_downloads_shut_nobody_out(chromium: Browser, system: System) -> None:
    context = chromium.new_context(base_url=system.catalog, color_scheme="dark")
    page = context.new_page()
    page.goto("/signin")
    sign_in(page)
    page.goto(WINE)
    button = page.get_by_role("button", name="Download", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="ZIP archive")).to_be_visible()
    found = {"menu": violations(page, "region")}
    for item, title in (("Links to the files", "Links to the files"), ("Commands and code", "Commands and code")):
        if not page.get_by_role("menu").is_visible():
            button.focus()
            page.keyboard.press("Enter")
        while item not in page.evaluate("document.activeElement.textContent"):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name=title)
        expect(dialog).to_be_visible()
        if title == "Commands and code":
            expect(dialog.get_by_label("curl")).to_be_visible()
        else:
            dialog.get_by_role("button", name="Make links").click()
            expect(dialog.get_by_label("Links", exact=True)).to_be_visible()
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            found[f"{title} {scheme}"] = violations(page)
        page.set_viewport_size(PHONE)
        found[f"{title} phone"] = violations(page, "color-contrast")
        assert dialog.evaluate("each => each.scrollWidth <= each.clientWidth"), f"{title} scrolls sideways"
        page.set_viewport_size({"width": 1280, "height": 860})
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)
    context.close()
    assert {where: each for where, each in found.items() if each} == {}
