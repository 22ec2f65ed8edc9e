"""Tasks of people who look for data, publish it and look after it, in Chromium: how many clicks each takes, and none needs Python.

A click on anything counts, and so do opening a menu, a key such as Enter, a file that is dropped, and a field that is filled in. Each
task begins where its first words say. With `-s`, the clicks and seconds of all tasks are printed as rows of the table in
docs/benchmarks.md.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from e2e.catalog.conftest import PASSWORD, account_menu, open_session
from e2e.catalog.mailbox import link_to
from e2e.catalog.test_places import DROP
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from pyarrow import parquet
from support.worlds.system import ADMIN, BUCKET, REGISTRY, Client, System, eventually

LAB, PUBLISHED = "tasks-lab", "tasks-published"
STATIONS = "climate/stations"
WHERE = f"/b/{BUCKET}/packages/{STATIONS}"
ROWS = 100_000
CONFIG = f"""
version: "1"
default_workflow: measured
workflows:
  measured: {{name: Measured, metadata_schema: season}}
schemas:
  season: {{url: "s3://{LAB}/season.json"}}
successors:
  s3://{PUBLISHED}: {{title: Published, copy_data: false}}
"""
SEASON = {
    "type": "object",
    "required": ["season"],
    "properties": {"season": {"type": "integer"}, "operator": {"enum": ["amy", "rose"]}},
}
METADATA = {"status": "released", "pi": "Jane Doe", "qc": {"level": 3}}


@dataclass
class CountedPage:
    """A page whose clicks and keys are counted."""

    page: Page
    clicks: int = 0

    def click(self, target: Locator) -> None:
        target.click()
        self.clicks += 1

    def tick(self, target: Locator) -> None:
        target.check()
        self.clicks += 1

    def fill(self, target: Locator, text: str) -> None:
        target.fill(text)
        self.clicks += 1

    def choose(self, target: Locator, option: str) -> None:
        target.select_option(option)
        self.clicks += 1

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)
        self.clicks += 1

    def drag(self, source: Locator, target: Locator) -> None:
        source.drag_to(target)
        self.clicks += 1

    def drop(self, *names: str) -> None:
        assert self.page.evaluate(DROP, ["main", list(names)]) is False
        self.clicks += 1

    def link(self, name: str, *, exact: bool = True) -> None:
        self.click(self.page.get_by_role("link", name=name, exact=exact).first)

    def button(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True))

    def item(self, name: str) -> None:
        self.click(self.page.get_by_role("menuitem", name=name))

    def shows(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("main").get_by_text(text).first).to_be_visible(timeout=60_000)


@dataclass(frozen=True)
class Task:
    name: str
    start: str
    clicks: int
    """As many as it may take."""
    act: Callable[[CountedPage, System], None]
    is_admin: bool = False


def sign_in_by_form(counted: CountedPage, _: System) -> None:
    counted.fill(counted.page.get_by_label("Name or e-mail address"), "amy-of-the-web")
    counted.fill(counted.page.get_by_label("Password"), PASSWORD)
    counted.click(counted.page.get_by_role("main").get_by_role("button", name="Sign in"))
    expect(account_menu(counted.page)).to_be_visible()


def find_by_word(counted: CountedPage, _: System) -> None:
    counted.fill(counted.page.get_by_role("searchbox"), "released")
    counted.press("Enter")
    counted.link(STATIONS, exact=False)
    counted.shows("Hourly temperatures")


def find_by_field(counted: CountedPage, _: System) -> None:
    counted.click(counted.page.get_by_role("searchbox"))
    counted.press("Enter")
    counted.tick(counted.page.get_by_role("region", name="Filters").get_by_role("checkbox", name="released"))
    expect(counted.page.get_by_text("1 result", exact=True)).to_be_visible()


def look_into_csv(counted: CountedPage, _: System) -> None:
    counted.link("Weather stations", exact=False)
    counted.link("hourly.csv", exact=False)
    table = counted.page.get_by_role("grid", name="Table of hourly.csv")
    expect(table.get_by_role("columnheader", name="celsius")).to_be_visible()
    counted.shows(f"{ROWS:,} rows")


def look_into_parquet(counted: CountedPage, _: System) -> None:
    counted.link("Weather stations", exact=False)
    counted.link("hourly.parquet", exact=False)
    expect(counted.page.get_by_role("grid", name="Table of hourly.parquet")).to_be_visible()


def compare_revisions(counted: CountedPage, _: System) -> None:
    counted.link("Revisions")
    counted.click(counted.page.get_by_role("row", name="Second year").get_by_role("link", name="Compare"))
    expect(counted.page.get_by_role("row", name="notes.txt")).to_be_visible()
    counted.click(counted.page.get_by_role("link", name="Compare content of notes.txt"))
    expect(counted.page.get_by_role("table", name="Changed lines of notes.txt")).to_be_visible()


def download_file(counted: CountedPage, _: System) -> None:
    with counted.page.expect_download() as saved:
        counted.button("Download")
    assert saved.value.suggested_filename == "notes.txt"


def download_package(counted: CountedPage, _: System) -> None:
    counted.button("Download")
    with counted.page.expect_download() as saved:
        counted.item("ZIP archive")
    assert saved.value.suggested_filename.endswith(".zip")


def copy_code(counted: CountedPage, _: System) -> None:
    counted.link("Files")
    counted.click(counted.page.get_by_role("figure").get_by_role("button", name="Copy", exact=True).first)
    eventually(lambda: "quilt3 install" in str(counted.page.evaluate("navigator.clipboard.readText()")))


def upload_by_drop(counted: CountedPage, _: System) -> None:
    counted.drop("dropped.txt")
    expect(counted.page.get_by_role("link", name="dropped.txt")).to_be_visible()


def create_from_folder(counted: CountedPage, _: System) -> None:
    counted.drop("one.csv", "two.csv")
    counted.fill(counted.page.get_by_label("Name", exact=True), "amy/dropped")
    counted.button("Upload 2 files")
    expect(counted.page.get_by_role("row", name="two.csv")).to_be_visible()
    counted.button("Create the package")
    expect(counted.page.get_by_role("link", name="Open the new revision")).to_be_visible(timeout=60_000)


def revise(counted: CountedPage, _: System) -> None:
    counted.link("Revise")
    counted.drag(counted.page.get_by_text("notes.txt"), counted.page.get_by_text("old/"))
    counted.click(counted.page.get_by_role("button", name="Actions for hourly.parquet"))
    counted.item("Remove")
    counted.fill(counted.page.get_by_label("Message"), "Tidied")
    counted.button("Push the new revision")
    expect(counted.page.get_by_role("link", name="Open the new revision")).to_be_visible(timeout=60_000)


def fill_by_schema(counted: CountedPage, _: System) -> None:
    counted.fill(counted.page.get_by_label("Name", exact=True), "amy/measured")
    counted.fill(counted.page.get_by_label("season (required)"), "2026")
    counted.choose(counted.page.get_by_label("operator"), "rose")
    counted.shows("accepts this push")
    counted.button("Create the package")
    expect(counted.page.get_by_role("link", name="Open the new revision")).to_be_visible(timeout=60_000)


def promote(counted: CountedPage, _: System) -> None:
    counted.button("More actions")
    counted.item("Promote")
    counted.button("Promote")
    expect(counted.page.get_by_role("link", name="Open the new revision")).to_be_visible(timeout=60_000)


def invite(counted: CountedPage, system: System) -> None:
    counted.button("Invite")
    dialog = counted.page.get_by_role("dialog")
    counted.fill(dialog.get_by_label("E-mail address"), "guest@example.com")
    counted.choose(dialog.get_by_label("Role"), "ReadAll")
    counted.click(dialog.get_by_role("button", name="Send invitation"))
    expect(counted.page.get_by_role("dialog", name="Invited")).to_be_visible()
    assert link_to(system, "guest@example.com", "/signup")


def permit_bucket(counted: CountedPage, system: System) -> None:
    counted.link("rose-of-the-web")
    counted.button("Give access to a bucket…")
    dialog = counted.page.get_by_role("dialog")
    counted.choose(dialog.get_by_label("Bucket"), LAB)
    counted.click(dialog.get_by_role("button", name="Give access"))
    expect(dialog).to_have_count(0)
    rose = system.sign_in("rose-of-the-web", PASSWORD)
    levels = {each["name"]: each["level"] for each in rose.get("/api/v1/buckets")["items"]}
    assert levels == {LAB: "READ_WRITE", BUCKET: "READ", PUBLISHED: "READ"}


def add_bucket(counted: CountedPage, _: System) -> None:
    counted.link("Add a bucket", exact=False)
    counted.button("Add a bucket")
    counted.fill(counted.page.get_by_label("Bucket name"), "tasks-added")
    counted.button("Add bucket")
    expect(counted.page.get_by_role("row", name="tasks-added")).to_be_visible()


def set_up_workflow(counted: CountedPage, _: System) -> None:
    counted.link("Workflows")
    counted.click(counted.page.get_by_role("link", name=re.compile("^(Edit|Write the first one|Set them up)")).first)
    counted.fill(
        counted.page.get_by_role("textbox", name="Configuration"), 'version: "1"\nworkflows:\n  free: {name: Free}\n'
    )
    counted.button("Test")
    expect(counted.page.get_by_role("button", name="Save", exact=True)).to_be_enabled()
    counted.button("Save")
    expect(counted.page).to_have_url(re.compile("/workflows$"))


def see_author(counted: CountedPage, _: System) -> None:
    counted.shows(re.compile("by amy-of-the-web"))


def read_activity(counted: CountedPage, _: System) -> None:
    counted.link("Activity")
    counted.shows(re.compile(r"amy-of-the-web pushed \w{8} with a client"))


def learn_why_nothing_is_found(counted: CountedPage, _: System) -> None:
    counted.fill(counted.page.get_by_role("searchbox"), "hourly temprature")
    counted.press("Enter")
    words = counted.page.get_by_role("list", name="Each word alone")
    expect(words.get_by_role("link", name="temperatures")).to_be_visible()


def cite(counted: CountedPage, _: System) -> None:
    counted.button("Download")
    counted.item("Cite")
    counted.click(counted.page.get_by_role("dialog").get_by_role("button", name="Copy", exact=True).first)
    eventually(lambda: STATIONS in str(counted.page.evaluate("navigator.clipboard.readText()")))


TASKS = [
    Task("sign in", "/signin", 3, sign_in_by_form),
    Task("home: find a package by a word in its metadata, read its README", "/", 3, find_by_word),
    Task("home: find packages by a field of their metadata", "/", 3, find_by_field),
    Task("home: look into a CSV file of 100,000 rows, all of them", "/", 2, look_into_csv),
    Task("home: the same as Parquet", "/", 2, look_into_parquet),
    Task("package: compare two revisions, and the lines of a file", WHERE, 3, compare_revisions),
    Task("file: download it", f"{WHERE}/tree/latest/notes.txt", 1, download_file),
    Task("package: download it as an archive", WHERE, 2, download_package),
    Task("package: copy the code that installs it", WHERE, 2, copy_code),
    Task("bucket: upload by drag and drop", f"/b/{BUCKET}/tree/drops/", 1, upload_by_drop),
    Task("bucket: make a package of files of this computer", f"/b/{BUCKET}/packages", 4, create_from_folder),
    Task("package: move a file, remove another, push", WHERE, 6, revise),
    Task("form: fill in metadata by a schema, push", f"/b/{LAB}/packages/new?prefix=raw/", 4, fill_by_schema),
    Task("package: promote it under a workflow", f"/b/{LAB}/packages/amy/measured", 3, promote),
    Task("people: invite somebody with a role", "/admin/people", 4, invite, is_admin=True),
    Task("people: let one person write to one bucket", "/admin/people", 4, permit_bucket, is_admin=True),
    Task("home: add a bucket", "/", 4, add_bucket, is_admin=True),
    Task("bucket: set up a workflow, tested", f"/b/{PUBLISHED}", 5, set_up_workflow),
    Task("package: see who pushed a revision", WHERE, 0, see_author),
    Task("package: read who did what with it", WHERE, 1, read_activity),
    Task("home: learn why a search finds nothing", "/", 2, learn_why_nothing_is_found),
    Task("package: copy its citation", WHERE, 3, cite),
]


@pytest.fixture(scope="module")
def stocked(system: System, homes: Path) -> System:
    system.create_user("amy-of-the-web", PASSWORD, "ReadWriteAll")
    system.create_user("rose-of-the-web", PASSWORD, "ReadAll")
    admin = system.sign_in()
    for bucket in (LAB, PUBLISHED):
        admin.request("PUT", f"/api/v1/buckets/{bucket}", json={"title": bucket.title()})
    amy = Client(homes / "amy-of-the-web", system)
    amy.sign_in("amy-of-the-web", PASSWORD)
    folder = homes / "stations"
    (folder / "old").mkdir(parents=True)
    rows = {"station": [f"S{n % 97}" for n in range(ROWS)], "celsius": [n % 400 / 10 for n in range(ROWS)]}
    table = pa.table(rows)
    parquet.write_table(table, folder / "hourly.parquet")
    text = "\n".join(f"{station},{celsius}" for station, celsius in zip(*rows.values(), strict=True))
    (folder / "hourly.csv").write_text(f"station,celsius\n{text}\n")
    (folder / "README.md").write_text("# Weather stations\n\nHourly temperatures of 97 stations.\n")
    (folder / "old" / "kept.txt").write_text("kept\n")
    for message, notes in (("First year", "one\n"), ("Second year", "one\ntwo\n")):
        (folder / "notes.txt").write_text(notes)
        amy.act("push", STATIONS, REGISTRY, folder, message, json.dumps(METADATA))
    amy.act("push", "climate/draft", REGISTRY, folder / "old", "Begun", json.dumps({**METADATA, "status": "draft"}))
    objects = {
        ".quilt/workflows/config.yml": CONFIG.encode(),
        "season.json": json.dumps(SEASON).encode(),
        "raw/one.txt": b"one\n",
    }
    amy.act("put", LAB, stdin=json.dumps({key: value.hex() for key, value in objects.items()}))
    api = system.sign_in("amy-of-the-web", PASSWORD)
    eventually(lambda: api.get("/api/v1/search", {"q": "released"})["total_packages"] == 1)
    return system


@pytest.fixture(scope="module")
def contexts(chromium: Browser, stocked: System) -> Iterator[dict[str, BrowserContext]]:
    made = {}
    for name, password in (("amy-of-the-web", PASSWORD), ADMIN, ("", "")):
        context = chromium.new_context(base_url=stocked.catalog, viewport={"width": 1440, "height": 900})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        if name:
            open_session(context, stocked, name, password)
        made[name] = context
    yield made
    for context in made.values():
        context.close()


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_takes_no_more_clicks_than_it_should(
    contexts: dict[str, BrowserContext], stocked: System, task: Task
) -> None:
    who = "" if task.start == "/signin" else ADMIN[0] if task.is_admin else "amy-of-the-web"
    page = contexts[who].new_page()
    page.goto(task.start)
    expect(page.get_by_role("main").get_by_role("heading").first).to_be_attached()
    page.wait_for_load_state("networkidle")
    counted = CountedPage(page)
    began = time.perf_counter()
    task.act(counted, stocked)
    print(f"| {task.name} | {counted.clicks} | {time.perf_counter() - began:.1f} |")  # noqa: T201 – a row of the table
    page.close()
    assert counted.clicks <= task.clicks
