"""A browser, and data for it to look at that the real client pushed."""

import base64
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Locator, Page, expect, sync_playwright
from support.foreign.browser import find_chromium
from support.worlds.system import ADMIN, BUCKET, REGISTRY, Client, System

PASSWORD = "correct horse"
PACKAGE = "amy/wine"
ODD = {
    "a b/c+d.txt": b"blank and plus\n",
    "100%/%2F.txt": b"percent\n",
    "x//y.txt": b"two slashes\n",
    "日本/酒.txt": "純米吟醸\n".encode(),
    "a?b&c=d#e;f,g@h.txt": b"reserved\n",
    "~!*'()$:.txt": b"unreserved, nearly\n",
}
README = """# Wine of 2026

The quokkagrape ripened early. See [the harvest](data/harvest.csv) and ![a label](img/label.png).

<script>document.title = "broken into"</script>
<img src="x" onerror="document.title = 'broken into'">

| region | litres |
|--------|-------:|
| Ahr    |   1200 |

- [x] picked
- [ ] pressed
"""
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC"
)


@dataclass
class World:
    amy: Client
    first: str
    second: str


def make_world(system: System, homes: Path) -> World:
    system.create_user("amy-of-the-web", PASSWORD, "ReadWriteAll")
    system.create_user("rose-of-the-web", PASSWORD, "ReadAll")
    amy = Client(homes / "amy-of-the-web", system)
    amy.sign_in("amy-of-the-web", PASSWORD)
    folder = homes / "wine"
    files = {
        "README.md": README.encode(),
        "data/harvest.csv": b"region,litres,note\n" + b"".join(b"R%d,%d,ok\n" % (n, n * 10) for n in range(300)),
        "data/nested.json": b'{"grapes": {"red": ["Merlot", "Syrah"]}, "year": 2026}\n',
        "img/label.png": PNG,
        "blob.bin": os.urandom(2_000),
        **ODD,
    }
    # Keys that no file system has a path for come later.
    for path, body in files.items():
        if "//" not in path:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(body)
    first = amy.act("push", PACKAGE, REGISTRY, folder, "First harvest", '{"source": "vineyard", "regions": ["Ahr"]}')
    (folder / "added.txt").write_text("new in the second\n")
    second = amy.act("push", PACKAGE, REGISTRY, folder, "Second harvest", '{"source": "vineyard"}')
    entries = [
        {"logical_key": f"file-{number:04}.txt", "physical_key": f"s3://{BUCKET}/{PACKAGE}/added.txt"}
        for number in range(1_234)
    ]
    made = system.sign_in("amy-of-the-web", PASSWORD).job(
        f"/api/v1/buckets/{BUCKET}/packages/amy/wide/revisions", {"message": "Many files", "entries": entries}
    )
    assert made["state"] == "done", made
    odd = {f"odd/{key}": body.hex() for key, body in ODD.items()}
    bucket_readme = b"# About this bucket\n\nSee [the odd ones](odd/).\n"
    many = {f"many/file-{number:02}.txt": b"to be found\n".hex() for number in range(70)}
    amy.act("put", BUCKET, stdin=json.dumps({**odd, **many, "README.md": bucket_readme.hex()}))
    return World(amy, first["top_hash"], second["top_hash"])


@pytest.fixture(scope="package")
def world(system: System, homes: Path) -> World:
    return make_world(system, homes)


@pytest.fixture(scope="package")
def chromium(world: World) -> Iterator[Browser]:  # noqa: ARG001 – the system starts before, on an event loop of its own
    with running_chromium() as browser:
        yield browser


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """As long as it lives this thread runs its event loop, and no other could."""
    found = find_chromium()
    if found is None:
        pytest.skip("NO BROWSER: install chromium, or set PATCHWORK_CHROMIUM to one, to test the web catalog")
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, system: System, world: World) -> Iterator[BrowserContext]:  # noqa: ARG001 – first, data
    context = chromium.new_context(base_url=system.catalog, viewport={"width": 1280, "height": 860})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@contextmanager
def watched(context: BrowserContext) -> Iterator[Page]:
    """Where no page may crash, or want what its policy forbids."""
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    yield page
    page.close()
    assert not wrong


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    with watched(context) as page:
        yield page


def sign_in(page: Page, name: str = ADMIN[0], password: str = ADMIN[1]) -> None:
    page.get_by_label("Name or e-mail address").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(account_menu(page)).to_be_visible()


def account_menu(page: Page) -> Locator:
    """The button that only somebody who is signed in has; "Make my account" is another."""
    return page.get_by_role("button", name="Account", exact=True)


def open_session(context: BrowserContext, system: System, name: str, password: str) -> None:
    """Give the browser the cookie of a session, as the page for signing in does."""
    login, origin = {"username": name, "password": password}, {"Origin": system.catalog}
    answer = context.request.post(f"{system.registry}/api/v1/session", data=login, headers=origin)
    assert answer.ok, answer.text()


@pytest.fixture
def amy(page: Page, context: BrowserContext, system: System) -> Page:
    """An empty page of somebody who is signed in and may write."""
    open_session(context, system, "amy-of-the-web", PASSWORD)
    return page


@pytest.fixture
def admin(page: Page, context: BrowserContext, system: System) -> Page:
    open_session(context, system, *ADMIN)
    return page


def ends(path: str) -> re.Pattern[str]:
    return re.compile(re.escape(path) + "$")


def frame_of(page: Page, title: str) -> Frame:
    """The document in the frame, once it is there."""
    element = page.get_by_title(title, exact=True).element_handle()
    assert element is not None
    found = element.content_frame()
    assert found is not None
    return found
