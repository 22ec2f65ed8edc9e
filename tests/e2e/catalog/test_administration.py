"""Administration in the catalog: people, roles, policies, single sign-on, keys, buckets and the audit trail."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.catalog.conftest import account_menu, ends, sign_in
from e2e.catalog.mailbox import link_to
from playwright.sync_api import Browser, Locator, Page, expect
from support.worlds.system import BUCKET, Api, System

PASSWORD = "correct horse"
SSO = """version: "1.0"
default_role: ReadAll
mappings:
  - schema: {type: object, properties: {groups: {contains: {const: lab}}}, required: [groups]}
    roles: [ReadWriteAll]
    admin: true
"""


@pytest.fixture(scope="module")
def api(system: System) -> Api:
    return system.sign_in()


@pytest.fixture(scope="module")
def boss(chromium: Browser, system: System, api: Api) -> Iterator[Page]:  # noqa: ARG001 – first, the system
    context = chromium.new_context(base_url=system.catalog, accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/signin")
    sign_in(page)
    yield page
    context.close()


def confirm(page: Page, name: str, within: Locator | None = None) -> None:
    """Press a button that asks once more, and agree."""
    (within or page.get_by_role("main")).get_by_role("button", name=name).click()
    page.get_by_role("dialog").get_by_role("button", name=name).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_person_is_added_found_given_roles_kept_out_and_let_go(boss: Page, system: System, api: Api) -> None:
    boss.goto("/")
    account_menu(boss).click()
    boss.get_by_role("menuitem", name="Administration").click()
    boss.get_by_role("button", name="Add somebody").click()
    dialog = boss.get_by_role("dialog")
    dialog.get_by_label("User name").fill("Odd Name")
    dialog.get_by_label("E-mail address").fill("odile@example.com")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.get_by_text("A lower-case letter")).to_be_visible()
    dialog.get_by_label("User name").fill("odile")
    dialog.get_by_role("button", name="Add").click()
    expect(boss).to_have_url(ends("/admin/people/odile"))
    assert "/reset_password/" in link_to(system, "odile@example.com", "/reset_password/")

    boss.get_by_role("navigation", name="Administration").get_by_role("link", name="People").click()
    boss.get_by_label("Find by name or address").fill("ODILE@")
    expect(boss.get_by_role("row")).to_have_count(2)
    boss.get_by_role("link", name="odile").click()
    boss.get_by_role("checkbox", name="ReadWriteAll").check()
    boss.get_by_role("radio", name="ReadWriteAll is active").check()
    boss.get_by_role("button", name="Save roles").click()
    # While the roles are sent it is disabled as well, and busy.
    expect(boss.locator("button:disabled:not([aria-busy])", has_text="Save roles")).to_be_visible()
    assert api.get("/api/v1/admin/users/odile")["role"] == "ReadWriteAll"

    body = {"password": PASSWORD}
    assert api.request("PUT", "/api/v1/admin/users/odile/password", json=body).status_code == 200
    odile = system.sign_in("odile", PASSWORD)
    key = odile.request("POST", "/api/v1/keys", json={"name": "forgotten"}).json()["secret"]
    boss.goto("/admin/keys")
    boss.get_by_label("Find by e-mail address").fill("odile@example.com")
    confirm(boss, "Revoke", boss.get_by_role("row", name="forgotten"))
    expect(boss.get_by_text("No keys match")).to_be_visible()
    assert Api(system.registry, key).request("GET", "/api/me").status_code == 401

    boss.goto("/admin/people/odile")
    confirm(boss, "Disable")
    expect(boss.get_by_text("disabled", exact=True)).to_be_visible()
    assert odile.request("GET", "/api/me").status_code == 401
    boss.get_by_role("button", name="Enable").click()
    expect(boss.get_by_text("disabled", exact=True)).to_have_count(0)
    confirm(boss, "Make administrator")
    expect(boss.get_by_text("administrator", exact=True)).to_be_visible()
    confirm(boss, "Delete")
    expect(boss).to_have_url(ends("/admin/people"))
    assert api.request("GET", "/api/v1/admin/users/odile").status_code == 404
    boss.goto("/admin/people/admin")
    expect(boss.get_by_role("button", name="Disable")).to_be_disabled()


def test_somebody_is_signed_out(boss: Page, system: System) -> None:
    system.create_user("sibyl", PASSWORD, "ReadAll")
    signed_in = [system.sign_in("sibyl", PASSWORD) for _ in range(2)]

    def found() -> list[int]:
        return sorted(each.request("GET", "/api/me").status_code for each in signed_in)

    boss.goto("/admin/people/sibyl")
    end = boss.get_by_role("button", name="End the session of")
    expect(end).to_have_count(2)
    end.first.click()
    expect(end).to_have_count(1)
    assert found() == [200, 401]
    confirm(boss, "End all")
    expect(boss.get_by_text("Not signed in anywhere")).to_be_visible()
    assert found() == [401, 401]


@pytest.mark.long
def test_somebody_is_invited(boss: Page, page: Page, system: System) -> None:
    boss.goto("/admin/people")
    for email in ("guest@example.com", "wrong@example.com"):
        boss.get_by_role("button", name="Invite").click()
        boss.get_by_role("dialog").get_by_label("E-mail address").fill(email)
        boss.get_by_role("dialog").get_by_label("User name").fill(email.partition("@")[0])
        boss.get_by_role("dialog").get_by_label("Role").select_option("ReadWriteAll")
        boss.get_by_role("dialog").get_by_role("button", name="Send invitation").click()
        boss.get_by_role("dialog", name="Invited").get_by_role("button", name="Done").click()
    invitations = boss.get_by_role("table", name="Invitations")
    expect(invitations.get_by_role("row", name="guest@example.com")).to_contain_text("ReadWriteAll")
    confirm(boss, "Withdraw", within=invitations.get_by_role("row", name="wrong@example.com"))
    expect(invitations.get_by_role("row", name="wrong@example.com")).to_have_count(0)
    page.goto(link_to(system, "guest@example.com", "/signup"))
    expect(page.get_by_label("User name")).to_have_value("guest")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password, again").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(account_menu(page)).to_be_visible()
    boss.reload()
    expect(boss.get_by_role("link", name="guest", exact=True)).to_be_visible()
    expect(boss.get_by_role("table", name="Invitations")).to_have_count(0)


@pytest.mark.long
def test_a_role_is_made_of_policies_and_tried(boss: Page, api: Api, system: System) -> None:
    boss.goto("/admin/policies")
    boss.get_by_role("link", name="Make a policy").click()
    boss.get_by_label("Title").fill("Read the examples")
    boss.get_by_role("radio", name=f"Read: {BUCKET}").check()
    boss.get_by_role("button", name="Make policy").click()
    expect(boss.get_by_role("heading", name="Read the examples")).to_be_visible()

    boss.goto("/admin/roles")
    boss.get_by_role("button", name="Make a role").click()
    boss.get_by_role("dialog").get_by_label("Name").fill("Visitors")
    boss.get_by_role("dialog").get_by_role("button", name="Make role").click()
    expect(boss).to_have_url(ends("/admin/roles/Visitors"))
    boss.get_by_role("checkbox", name="Read the examples").check()
    boss.get_by_role("button", name="Save role").click()
    expect(boss.get_by_text(f"May read {BUCKET}")).to_be_visible()
    boss.get_by_role("button", name="Run it").click()
    verdicts = boss.get_by_role("list", name="Verdict per bucket")
    expect(verdicts.get_by_role("listitem").filter(has_text=BUCKET)).to_contain_text("Read")
    expect(boss.get_by_text("All is as it should be")).to_be_visible()

    boss.get_by_role("button", name="Make it the default").click()
    expect(boss.get_by_text("default", exact=True)).to_be_visible()
    assert api.get("/api/v1/admin/default-role")["role"]["name"] == "Visitors"
    api.request("PUT", "/api/v1/admin/default-role", json={"role": "ReadAll"})
    system.create_user("vera", "vera's password", "Visitors")
    boss.reload()
    expect(boss.get_by_role("link", name="vera")).to_be_visible()
    boss.get_by_role("main").get_by_role("button", name="Delete role").click()
    boss.get_by_role("dialog").get_by_role("button", name="Delete role").click()
    expect(boss.get_by_role("alert")).to_contain_text("assigned to users")
    assert api.request("PUT", "/api/v1/admin/users/vera/roles", json={"roles": ["ReadAll"]}).status_code == 200
    boss.get_by_role("dialog").get_by_role("button", name="Delete role").click()
    expect(boss).to_have_url(ends("/admin/roles"))


@pytest.mark.long
def test_an_iam_role_is_told_whom_to_trust(boss: Page) -> None:
    boss.goto("/admin/roles")
    boss.get_by_role("button", name="Make a role").click()
    dialog = boss.get_by_role("dialog")
    dialog.get_by_role("button", name="Unmanaged").click()
    dialog.get_by_label("Name").fill("Archivists")
    dialog.get_by_label("ARN").fill("arn:aws:iam::123456789012:role/Archivists")
    dialog.get_by_role("button", name="Make role").click()
    figure = boss.get_by_role("figure").filter(has_text="Trust policy")
    figure.get_by_role("button", name="Copy").click()
    policy = json.loads(boss.evaluate("navigator.clipboard.readText()"))
    assert "sts:ExternalId" in json.dumps(policy["Statement"])
    boss.get_by_role("button", name="Run it").click()
    expect(boss.get_by_role("alert")).to_contain_text("cannot be assumed")


def test_the_sso_configuration_is_tried_before_it_is_set(boss: Page, api: Api) -> None:
    boss.goto("/admin/sso")
    text = boss.get_by_label("YAML or JSON")
    text.fill(SSO.replace("default_role: ReadAll", "defaultrole: ReadAll"))
    boss.get_by_role("button", name="Save configuration").click()
    expect(boss.get_by_role("alert").first).to_contain_text("default_role")
    text.fill(SSO)
    claims = boss.get_by_label("Claims of an ID token")
    for given, said in {
        "{": "not JSON",
        '{"groups": ["lab"]}': "the role ReadWriteAll and be an administrator",
        '{"groups": []}': "the role ReadAll, the default, as no mapping fits",
    }.items():
        claims.fill(given)
        boss.get_by_role("button", name="Try these claims").click()
        expect(boss.get_by_role("main")).to_contain_text(said)
    assert api.request("GET", "/api/v1/admin/sso-config").status_code == 404
    boss.get_by_role("button", name="Save configuration").click()
    expect(boss.get_by_text("Set by")).to_be_visible()
    assert api.get("/api/v1/admin/sso-config")["text"] == SSO
    confirm(boss, "Remove it")
    expect(boss.get_by_text("None. People who sign in")).to_be_visible()


def test_the_audit_trail_is_searched_and_exported(boss: Page, api: Api, tmp_path: Path) -> None:
    api.request("POST", "/api/v1/admin/users", json={"name": "traced", "email": "traced@example.com"})
    boss.goto("/admin/audit")
    boss.get_by_label("What", exact=True).select_option("Users")
    boss.get_by_label("Target").fill("user:traced")
    expect(boss.get_by_role("row")).to_have_count(2)
    expect(boss).to_have_url(ends("/admin/audit?action=Users&target=user%3Atraced"))
    boss.get_by_role("button", name="Users.Create").click()
    expect(boss.get_by_role("dialog", name="Users.Create")).to_contain_text("user:traced")
    boss.keyboard.press("Escape")
    with boss.expect_download() as download:
        boss.get_by_role("button", name="Export as JSON Lines").click()
    download.value.save_as(tmp_path / "audit.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [(line["action"], line["target"]) for line in lines] == [("Users.Create", "user:traced")]
    boss.get_by_role("button", name="Clear filters").click()
    expect(boss.get_by_role("table")).to_contain_text("Auth.")
    boss.get_by_label("From", exact=True).fill("2099-01-01T00:00")
    expect(boss.get_by_text("No records match")).to_be_visible()


@pytest.mark.long
def test_a_bucket_is_described_and_unregistered(boss: Page, api: Api) -> None:
    assert api.request("POST", "/api/v1/buckets", json={"name": "web-passing"}).status_code == 201
    boss.goto("/admin/buckets")
    boss.get_by_role("button", name="Edit web-passing").click()
    dialog = boss.get_by_role("dialog")
    dialog.get_by_label("Title").fill("Passing by")
    dialog.get_by_label("Tags").fill("old, dusty")
    dialog.get_by_role("button", name="Save").click()
    row = boss.get_by_role("row", name="web-passing")
    expect(row).to_contain_text("Passing by")
    expect(row).to_contain_text("old, dusty")
    confirm(boss, "Unregister", row)
    expect(row).to_have_count(0)
    assert api.request("GET", "/api/v1/buckets/web-passing").status_code == 404


@pytest.mark.long
def test_a_failing_list_says_so_and_recovers(boss: Page) -> None:
    boss.route("**/api/v1/admin/roles*", lambda route: route.fulfill(status=403, json={"detail": "Not today."}))
    boss.goto("/admin/roles")
    expect(boss.get_by_role("alert")).to_contain_text("You may not see this")
    boss.unroute("**/api/v1/admin/roles*")
    boss.get_by_role("button", name="Try again").click()
    expect(boss.get_by_role("link", name="ReadAll", exact=True)).to_be_visible()


def test_the_instance_is_looked_after(boss: Page, api: Api) -> None:
    boss.goto("/admin")
    tabs = boss.get_by_role("navigation", name="Administration")
    expect(tabs.get_by_role("link", name="People")).to_have_attribute("aria-current", "page")
    boss.goto("/admin/settings")
    rule = boss.get_by_role("group", name="ro-crate")
    rule.get_by_role("button", name="On").click()
    expect(rule.get_by_role("button", name="On")).to_have_attribute("aria-pressed", "true")
    assert api.get("/api/v1/settings")["event_rules"]["ro-crate"]
    rule.get_by_role("button", name="Off").click()
    expect(rule.get_by_role("button", name="Off")).to_have_attribute("aria-pressed", "true")
    unready = {"status": "unready", "checks": {"registry": "ok", "indexer": "Unavailable: answers 503"}}
    boss.route("**/healthz", lambda route: route.fulfill(status=503, json=unready))
    tabs.get_by_role("link", name="Status").click()
    services = boss.get_by_role("region", name="Services")
    expect(services.get_by_role("listitem").filter(has_text="indexer")).to_contain_text("answers 503")
    expect(services.get_by_role("listitem").filter(has_text="registry")).to_contain_text("ready")
    boss.unroute("**/healthz")
    boss.reload()
    expect(services.get_by_role("listitem").filter(has_text="s3proxy")).to_contain_text("ready")


LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/><script>alert(1)</script></svg>"""
ACCENT_OF_PAGE = "getComputedStyle(document.documentElement).getPropertyValue('--accent-light')"


def test_the_look_that_an_administrator_chooses_is_on_all_pages_and_goes_back(
    boss: Page, chromium: Browser, system: System
) -> None:
    refused: list[str] = []
    boss.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    boss.goto("/admin/settings")
    boss.get_by_label("Name", exact=True).fill("Vineyard data")
    boss.get_by_label("Colour in light pages", exact=True).fill("#7a1f3d")
    boss.get_by_label("Picture of the logo").set_input_files(
        {"name": "logo.svg", "mimeType": "image/svg+xml", "buffer": LOGO}
    )
    preview = boss.get_by_role("region", name="Preview")
    expect(preview.get_by_text("Vineyard data")).to_have_count(2)
    expect(preview.locator("img")).to_have_count(2)
    boss.get_by_role("button", name="Save").click()
    home = boss.get_by_role("link", name="Vineyard data, home")
    expect(home.locator("img")).to_be_visible()
    boss.reload()
    expect(home.locator("img")).to_be_visible()
    assert home.locator("img").evaluate("picture => picture.naturalWidth") > 0
    assert boss.evaluate(ACCENT_OF_PAGE) == "#7a1f3d"
    visitor = chromium.new_page(base_url=system.catalog)
    visitor.goto("/signin")
    expect(visitor.get_by_role("banner")).to_contain_text("Vineyard data")
    visitor.close()
    confirm(boss, "Back to default")
    expect(boss.get_by_role("link", name="Patchwork, home")).to_be_visible()
    assert boss.evaluate(ACCENT_OF_PAGE) == "#0d5f63"
    assert refused == []
