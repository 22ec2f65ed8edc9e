from e2e.catalog.conftest import ends
from playwright.sync_api import Page, expect
from support.worlds.system import BUCKET


def test_an_administrator_adds_a_bucket(admin: Page) -> None:
    admin.goto("/")
    admin.get_by_role("link", name="Add a bucket").click()
    expect(admin).to_have_url(ends("/admin/buckets"))
    admin.get_by_role("button", name="Add a bucket").click()
    dialog = admin.get_by_role("dialog", name="Add a bucket")
    dialog.get_by_label("Bucket name").fill("Not A Name")
    dialog.get_by_role("button", name="Add bucket").click()
    expect(dialog.get_by_text("lower-case letters")).to_be_visible()
    dialog.get_by_label("Bucket name").fill(BUCKET)
    dialog.get_by_role("button", name="Add bucket").click()
    expect(dialog.get_by_role("alert")).to_contain_text(BUCKET)
    dialog.get_by_label("Bucket name").fill("web-made")
    dialog.get_by_label("Title").fill("Made on the web")
    dialog.get_by_label("Tags").fill("new, shiny")
    dialog.get_by_role("button", name="Add bucket").click()
    expect(dialog).to_have_count(0)
    expect(admin.get_by_role("row", name="web-made")).to_contain_text("new, shiny")
    admin.get_by_role("link", name="web-made").click()
    expect(admin.get_by_role("heading", name="No packages yet")).to_be_visible()


def test_others_may_not(amy: Page) -> None:
    amy.goto("/admin/buckets")
    expect(amy.get_by_role("alert")).to_contain_text("Only administrators")
