"""New revisions made in the browser: revised, created, promoted, deleted; compared, and followed as jobs."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from e2e.catalog.conftest import PASSWORD, World, ends, sign_in, watched
from e2e.catalog.test_trouble import refusal
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from support.data.manifests import entry, manifest
from support.worlds.system import Api, System, eventually

LAB, PUBLISHED = "web-lab", "web-published"
VINES = f"/b/{LAB}/packages/amy/vines"
API = f"/api/v1/buckets/{LAB}/packages/amy/vines"
WORKFLOWS = """
version: "1"
default_workflow: told
workflows:
  told: {name: Told, is_message_required: true}
  free: {name: Anything goes}
successors:
  s3://web-published: {title: Published, copy_data: false}
"""
FILES = {
    "README.md": "# Vines\n",
    "data/a.csv": "a\n",
    "data/b.csv": "b\n",
    "data/old.csv": "old\n",
    "gone.txt": "gone\n",
}
BROKEN = "ba" * 32


@dataclass
class Lab:
    api: Api
    first: str
    second: str
    odd: str


@pytest.fixture(scope="module")
def lab(system: System, homes: Path, world: World) -> Lab:
    """A bucket with workflows, a package of two revisions, and two packages that are not as one expects."""
    admin = system.sign_in()
    for bucket in (LAB, PUBLISHED):
        admin.request("PUT", f"/api/v1/buckets/{bucket}", json={"title": bucket.title()})
    folder = homes / "vines"
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    registry = f"s3://{LAB}"
    first = world.amy.act("push", "amy/vines", registry, folder, "Planted", '{"rows": 3, "soil": "slate"}')["top_hash"]
    (folder / "data" / "old.csv").rename(folder / "data" / "new.csv")
    (folder / "data" / "a.csv").write_text("other\n")
    (folder / "gone.txt").unlink()
    (folder / "added.txt").write_text("added\n")
    second = world.amy.act("push", "amy/vines", registry, folder, "Pruned", '{"rows": 4, "soil": "slate"}')["top_hash"]
    odd, body = manifest(
        entry("here.txt", at=f"s3://{LAB}/amy/vines/README.md"),
        entry("local.txt", at="file:///home/amy/local.txt"),
        entry("next door.txt", at=f"s3://{PUBLISHED}/x.txt"),
        entry("unregistered.txt", at="s3://web-elsewhere/x.txt"),
    )
    pointers = {f"amy/odd/{tag}": odd for tag in ("1795200000", "latest")}
    pointers |= {f"amy/broken/{tag}": BROKEN for tag in ("1795200000", "latest")}
    objects = {f".quilt/packages/{odd}": body, f".quilt/packages/{BROKEN}": b"{no manifest\n"}
    objects |= {f".quilt/named_packages/{path}": top_hash.encode() for path, top_hash in pointers.items()}
    objects |= {
        ".quilt/workflows/config.yml": WORKFLOWS.encode(),
        "press/one.txt": b"1\n",
        "press/deep/two.txt": b"2\n",
    }
    world.amy.act("put", LAB, stdin=json.dumps({key: value.hex() for key, value in objects.items()}))
    api = system.sign_in("amy-of-the-web", PASSWORD)
    for name in ("vines", "odd", "broken"):
        eventually(lambda path=f"/api/v1/buckets/{LAB}/packages/amy/{name}": api.request("GET", path).is_success)
    return Lab(api, str(first), str(second), odd)


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, system: System, lab: Lab) -> Iterator[BrowserContext]:  # noqa: ARG001 – first, data
    """Once for all."""
    context = chromium.new_context(base_url=system.catalog, viewport={"width": 1280, "height": 860})
    with watched(context) as page:
        page.goto("/signin")
        sign_in(page, "amy-of-the-web", PASSWORD)
    yield context
    context.close()


@pytest.fixture
def amy(signed_in: BrowserContext) -> Iterator[Page]:
    with watched(signed_in) as page:
        yield page


def act(page: Page, name: str, what: str) -> None:
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name=what).click()


def finish(page: Page) -> None:
    expect(page.get_by_role("region", name="Push").get_by_role("status")).to_have_text("Done", timeout=30_000)


def latest(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.get(API)
    return found


@pytest.mark.long
def test_two_revisions_are_compared(amy: Page, lab: Lab) -> None:
    amy.goto(f"{VINES}/revisions")
    pruned = amy.get_by_role("row", name="Pruned")
    expect(pruned).to_contain_text("latest")
    expect(pruned).to_contain_text("1 added")
    pruned.get_by_role("link", name="Compare").click()
    expect(amy.get_by_role("region", name="Before")).to_contain_text("Planted")
    changes = amy.get_by_role("table", name="Changes")
    expect(changes.get_by_role("row", name="data/new.csv")).to_contain_text("data/old.csv → data/new.csv")
    expect(amy.get_by_role("row", name=re.compile("^rows "))).to_contain_text("34")
    changes.get_by_role("link", name="Compare content of data/a.csv").click()
    expect(amy.get_by_role("table", name="Changed lines of data/a.csv")).to_contain_text("+added: other")
    amy.go_back()
    amy.get_by_role("button", name="1 removed").click()
    expect(amy).to_have_url(re.compile("kind=removed"))
    expect(changes.get_by_role("row")).to_have_count(2)
    changes.get_by_role("button", name="gone.txt").click()
    dialog = amy.get_by_role("dialog", name="gone.txt")
    dialog.get_by_role("link", name="Open file").click()
    expect(amy).to_have_url(ends(f"/tree/{lab.first}/gone.txt"))
    expect(amy.get_by_role("main").get_by_text("gone.txt").first).to_be_visible()
    expect(dialog).to_have_count(0)
    amy.go_back()
    amy.get_by_role("button", name="Swap the sides").click()
    expect(amy.get_by_role("region", name="Before")).to_contain_text("Pruned")
    expect(changes.get_by_role("row", name="added.txt")).to_contain_text("removed")
    amy.get_by_role("button", name="Change… after").click()
    chooser = amy.get_by_role("dialog")
    chooser.get_by_role("list", name="Revisions").get_by_role("button", name="Pruned").click()
    expect(amy.get_by_role("heading", name="The same files")).to_be_visible()


@pytest.mark.long
def test_a_package_is_revised(amy: Page, lab: Lab, tmp_path: Path) -> None:
    amy.goto(VINES)
    amy.get_by_role("link", name="Revise").click()
    act(amy, "README.md", "Rename or move")
    amy.get_by_label("New path in the package").fill("docs/README.md")
    amy.get_by_role("button", name="Move", exact=True).click()
    act(amy, "added.txt", "Edit metadata")
    amy.get_by_role("textbox", name="Metadata", exact=True).fill("[1]")
    expect(amy.get_by_text("Metadata must be a JSON object")).to_be_visible()
    amy.get_by_role("textbox", name="Metadata", exact=True).fill('{"seen": true}')
    amy.get_by_role("button", name="Keep", exact=True).click()
    amy.get_by_role("button", name="data/", exact=True).click()
    act(amy, "b.csv", "Remove")
    expect(amy.get_by_role("row", name="b.csv")).to_contain_text("removed")
    amy.get_by_role("button", name="Add from a bucket").click()
    picker = amy.get_by_role("dialog", name="Add from a bucket")
    picker.get_by_label("All of press/").check()
    picker.get_by_role("button", name="Add 1 item").click()
    (tmp_path / "own.txt").write_text("own\n")
    amy.get_by_label("Files to upload").set_input_files([tmp_path / "own.txt"])
    changes = amy.get_by_role("list", name="Changes")
    expect(changes.get_by_role("listitem")).to_have_count(6)
    changes.get_by_role("button", name="Undo: Add data/press/one.txt").click()
    amy.get_by_role("textbox", name="Package metadata").fill('{"rows": 5}')
    expect(amy.get_by_text("would refuse this push")).to_be_visible()
    amy.reload()
    expect(amy.get_by_text("are kept here")).to_be_visible()
    amy.get_by_label("Message").fill("Revised on the web")
    expect(amy.get_by_text("accepts this push")).to_be_visible()
    amy.get_by_role("button", name="Push the new revision").click()
    finish(amy)
    amy.get_by_role("link", name="Open the new revision").click()
    expect(amy.get_by_role("heading", name="amy/vines", exact=True)).to_be_visible()
    expect(amy.get_by_role("link", name="docs/")).to_be_visible()
    amy.get_by_role("link", name="data/", exact=True).click()
    expect(amy.get_by_role("link", name="own.txt")).to_be_visible()
    expect(amy.get_by_role("link", name="b.csv")).to_have_count(0)
    assert latest(lab.api)["latest"]["user_meta"] == {"rows": 5}
    amy.goto(f"{VINES}/revisions")
    expect(amy.get_by_role("row", name="Revised on the web")).to_contain_text("by amy-of-the-web")


@pytest.mark.long
def test_a_push_meanwhile_is_told_and_the_changes_are_redone(amy: Page, lab: Lab) -> None:
    amy.goto(f"{VINES}/revise")
    act(amy, "added.txt", "Remove")
    amy.get_by_label("Message").fill("Too late")
    before = latest(lab.api)["latest"]["top_hash"]
    body = {"message": "Faster", "operations": [{"op": "annotate", "path": "added.txt", "metadata": {"fast": 1}}]}
    assert lab.api.request("POST", f"{API}/revisions/latest/patch", json=body).status_code == 202
    eventually(lambda: latest(lab.api)["latest"]["top_hash"] != before)
    amy.get_by_role("button", name="Push the new revision").click()
    expect(amy.get_by_text("Another push came first")).to_be_visible(timeout=30_000)
    amy.get_by_role("link", name="Compare").click()
    expect(amy.get_by_role("region", name="After")).to_contain_text("Faster")
    amy.go_back()
    expect(amy.get_by_label("Message")).to_have_value("Too late")
    amy.get_by_role("button", name="Redo on the latest").click()
    amy.get_by_role("button", name="Push the new revision").click()
    finish(amy)
    assert latest(lab.api)["latest"]["message"] == "Too late"


@pytest.mark.long
def test_a_package_is_promoted_to_the_next_bucket(amy: Page, lab: Lab) -> None:
    amy.goto(f"{VINES}/tree/{lab.second}/")
    amy.get_by_role("button", name="More actions").click()
    amy.get_by_role("menuitem", name="Promote").click()
    expect(amy.get_by_label("Destination")).to_have_value(PUBLISHED)
    expect(amy.get_by_role("checkbox", name="Copy the objects")).not_to_be_checked()
    amy.get_by_role("checkbox", name="Copy the objects").check()
    amy.get_by_label("Package", exact=True).fill("nonsense")
    amy.get_by_role("button", name="Promote", exact=True).click()
    expect(amy.get_by_text("AUTHOR/NAME")).to_be_visible()
    amy.get_by_label("Package", exact=True).fill("amy/bottled")
    amy.get_by_role("button", name="Promote", exact=True).click()
    finish(amy)
    amy.get_by_role("link", name="Open the new revision").click()
    expect(amy).to_have_url(re.compile(f"/b/{PUBLISHED}/packages/amy/bottled/tree/"))
    expect(amy.get_by_role("link", name="added.txt")).to_be_visible()


def test_a_package_is_created_from_a_folder_and_deleted_again(amy: Page) -> None:
    amy.goto(f"/b/{LAB}/tree/press/")
    amy.get_by_role("link", name="New package").click()
    expect(amy.get_by_role("row", name="deep/two.txt")).to_be_visible()
    amy.get_by_label("Name", exact=True).fill("amy/vines")
    expect(amy.get_by_text("A package amy/vines exists already")).to_be_visible()
    expect(amy.get_by_role("button", name="Create the package")).to_be_disabled()
    amy.get_by_label("Name", exact=True).fill("amy/pressed")
    amy.get_by_label("Workflow").select_option("free")
    expect(amy.get_by_text("“free” accepts this push")).to_be_visible()
    amy.get_by_role("link", name="Packages", exact=True).first.click()
    expect(amy.get_by_role("heading", name="Packages", exact=True)).to_be_visible()
    amy.go_back()
    expect(amy.get_by_text("What you filled in before is kept here")).to_be_visible()
    expect(amy.get_by_label("Name", exact=True)).to_have_value("amy/pressed")
    amy.get_by_role("button", name="Create the package").click()
    finish(amy)
    amy.get_by_role("link", name="Open the new revision").click()
    expect(amy.get_by_role("link", name="one.txt")).to_be_visible()
    amy.get_by_role("button", name="More actions").click()
    amy.get_by_role("menuitem", name="Delete the package").click()
    dialog = amy.get_by_role("dialog", name="Delete this package?")
    expect(dialog.get_by_role("button", name="Delete package")).to_be_disabled()
    dialog.get_by_label("To confirm, type amy/pressed").fill("amy/pressed")
    dialog.get_by_role("button", name="Delete package").click()
    expect(amy).to_have_url(ends(f"/b/{LAB}/packages"))
    expect(amy.get_by_role("link", name="amy/vines")).to_be_visible()
    expect(amy.get_by_role("link", name="amy/pressed")).to_have_count(0)


@pytest.mark.long
def test_a_job_is_followed_stopped_and_resumed(amy: Page) -> None:
    job: dict[str, Any] = {
        "id": "7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55",
        "kind": "promote",
        "bucket": LAB,
        "name": "amy/large",
    }
    job |= {"result": None, "problem": None, "cancelling": False, "created_by": "amy", "started_at": None}
    job |= {"created_at": "2026-11-20T12:00:00Z", "finished_at": None, "state": "running"}
    job["progress"] = {"stage": "copying", "done": 1_200, "total": 178_000, "unit": "entries"}
    asked: list[str] = []

    def answer(route: Route) -> None:
        action = route.request.url.rpartition("/")[2]
        if route.request.method == "POST":
            asked.append(action)
            job["state"] = {"cancel": "cancelled", "resume": "running"}[action]
        page = {"items": [job], "next": None}
        headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
        body = job if route.request.method == "POST" else page
        route.fulfill(status=200, headers=headers, content_type="application/json", body=json.dumps(body))

    amy.route("**/api/v1/jobs**", answer)
    amy.goto("/jobs")
    expect(amy.get_by_role("link", name="1 job running")).to_be_visible()
    expect(amy.get_by_text("Copying objects · 1,200 of 178,000 entries")).to_be_visible()
    amy.get_by_role("button", name="Cancel").click()
    expect(amy.get_by_text("Stopped", exact=True)).to_be_visible()
    amy.get_by_role("button", name="Resume").click()
    expect(amy.get_by_role("progressbar", name="Copying objects")).to_be_visible()
    job |= {"state": "failed", "problem": json.loads(refusal(503, "S3 is away.")["body"])}
    expect(amy.get_by_role("alert")).to_contain_text("S3 is away.")
    expect(amy.get_by_text("Failures like this often pass")).to_be_visible()
    assert asked == ["cancel", "resume"]


@pytest.mark.long
def test_entries_that_are_not_here_are_marked(amy: Page, lab: Lab) -> None:
    amy.goto(f"/b/{LAB}/packages/amy/odd")
    expect(amy.get_by_role("row", name="local.txt")).to_contain_text("local")
    expect(amy.get_by_role("row", name="next door.txt")).to_contain_text(PUBLISHED)
    expect(amy.get_by_role("row", name="unregistered.txt")).to_contain_text("no access")
    amy.get_by_role("link", name="here.txt").focus()
    amy.keyboard.press("ArrowDown")
    expect(amy.get_by_role("link", name="local.txt")).to_be_focused()
    amy.keyboard.press("Enter")
    expect(amy.get_by_role("heading", name="Only on somebody's machine")).to_be_visible()
    amy.goto(f"/b/{LAB}/packages/amy/odd/tree/{lab.odd}/unregistered.txt")
    expect(amy.get_by_role("heading", name="You may not read this file")).to_be_visible()


def test_a_revision_that_cannot_be_read_is_not_shown_as_good(amy: Page) -> None:
    amy.goto(f"/b/{LAB}")
    amy.get_by_role("link", name="See what is wrong").click()
    amy.get_by_role("link", name="amy/broken").click()
    expect(amy.get_by_role("heading", name="This revision cannot be shown: corrupt")).to_be_visible()
    expect(amy.get_by_role("link", name="Revise")).to_have_count(0)
    amy.get_by_role("link", name="Other revisions").click()
    expect(amy.get_by_role("row", name="Unreadable revision")).to_contain_text("corrupt")


@pytest.mark.long
def test_a_quilt_uri_leads_where_it_says(amy: Page, lab: Lab) -> None:
    amy.goto(f"{VINES}/tree/{lab.first}/data/a.csv")
    expect(amy.get_by_text("quilt+s3://")).to_be_visible()
    uri = amy.get_by_text("quilt+s3://").inner_text()
    assert uri == f"quilt+s3://{LAB}#package=amy/vines@{lab.first}&path=data%2Fa.csv"
    amy.goto(f"/b/{LAB}/packages")  # not where it leads, so that it is seen to lead there
    search = amy.get_by_role("searchbox", name="Search")
    search.fill(f" {uri} ")
    search.press("Enter")
    expect(amy).to_have_url(ends(f"/tree/{lab.first}/data/a.csv"))
    expect(amy.get_by_role("grid", name="Table of a.csv")).to_be_visible()
    expect(search).to_have_value("")
    search.fill(f"quilt+s3://{LAB}#package=amy/none")
    search.press("Enter")
    expect(amy.get_by_role("alert")).to_contain_text("amy/none")


@pytest.mark.long
def test_files_are_deleted(amy: Page) -> None:
    amy.goto(f"/b/{LAB}/tree/press/")
    amy.get_by_label("Choose one.txt").check()
    amy.get_by_label("Choose deep").check()
    amy.get_by_role("button", name="Actions for chosen items").click()
    amy.get_by_role("menuitem", name="Delete…").click()
    amy.get_by_role("dialog", name="Delete 2 items?").get_by_role("button", name="Delete").click()
    expect(amy.get_by_role("heading", name="This folder is empty")).to_be_visible()


def test_a_buckets_workflows_are_shown_or_what_is_wrong_with_them(amy: Page, system: System, world: World) -> None:
    amy.goto(f"/b/{LAB}/workflows/told")
    told = amy.get_by_role("listitem").filter(has=amy.get_by_role("heading", name="Told"))
    expect(told).to_contain_text("default")
    expect(told).to_contain_text("required")
    expect(amy.get_by_role("link", name="Published")).to_be_visible()
    amy.goto(f"/b/{PUBLISHED}/workflows")
    expect(amy.get_by_role("main")).to_contain_text("To change that, press “Edit”")
    system.sign_in().request("PUT", "/api/v1/buckets/web-broken", json={})
    world.amy.act("put", "web-broken", stdin=json.dumps({".quilt/workflows/config.yml": b"version: 1".hex()}))
    amy.goto("/b/web-broken/workflows")
    expect(amy.get_by_role("alert")).to_contain_text("is not a valid workflow configuration")
