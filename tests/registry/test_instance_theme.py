"""Name, logo and colours that administrators choose in the catalog."""

import struct
import zlib
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from support.worlds.registry_world import RegistryWorld, problem

from registry.logos import MAX_LOGO_BYTES, harmless_logo
from registry.main import install_resources
from registry.resources import Caches, RegistryResources
from registry.services.config.instance_theme import StoredThemeCache
from registry.settings import ThemeSettings
from shared.db.engine import open_engine, sessions_of
from shared.settings import DatabaseSettings

THEME = "/api/v1/theme"
NOTHING = {"name": "Patchwork", "logo": None, "accent": None, "accent_dark": None}
DEFAULTS = dict.fromkeys(("name", "logo", "accent", "accent_dark"), "default")


def png(width: int = 4, height: int = 4, *extra: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    others = b"".join(chunk(b"tEXt", each) for each in extra)
    return b"\x89PNG\r\n\x1a\n" + head + others + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def url(content: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{b64encode(content).decode()}"


async def change(world: RegistryWorld, path: str = THEME, caller: str = "admin", **wanted: Any) -> httpx.Response:
    method = "POST" if path.endswith("/preview") else "PATCH"
    return await world.client.request(method, path, json=wanted, headers=world.headers(caller))


@asynccontextmanager
async def with_settings(app: FastAPI, resources: RegistryResources, **theme: Any) -> AsyncIterator[None]:
    settings = resources.settings.model_copy(update={"theme": ThemeSettings(**theme)})
    install_resources(app, replace(resources, settings=settings), app.state.principals)
    yield


async def test_everybody_gets_the_look_that_an_administrator_chose_and_the_default_when_it_is_given_up(
    world: RegistryWorld,
) -> None:
    before = await world.json(THEME, "admin")
    assert before == {"theme": NOTHING, "sources": DEFAULTS, "changed_at": None, "changed_by": None}
    chosen = {"name": " Vineyard data ", "logo": url(png()), "accent": "#7A1F3D", "accent_dark": "#f2a0b8"}
    made = (await change(world, **chosen)).json()
    shown = {"name": "Vineyard data", "logo": url(png()), "accent": "#7a1f3d", "accent_dark": "#f2a0b8"}
    assert (made["theme"], made["sources"]) == (shown, dict.fromkeys(DEFAULTS, "catalog"))
    assert made["changed_by"] == "amy"
    assert (await world.client.get("/config.json")).json()["theme"] == shown
    assert (await world.client.get("/api/v1/config")).json()["name"] == "Vineyard data"
    await change(world, accent=None)
    after = await world.json(THEME, "admin")
    assert after["theme"] == {**shown, "accent": None}
    assert after["sources"] == {**dict.fromkeys(DEFAULTS, "catalog"), "accent": "default"}
    await change(world, name=None, logo=None, accent_dark=None)
    assert (await world.client.get("/config.json")).json()["theme"] == NOTHING


QUOTED = b"<svg xmlns='http://www.w3.org/2000/svg' desc='%b'/>" % (b'"' * 20_000)
"""It is small, and large when its quotation marks are written as entities."""


async def test_a_preview_shows_what_a_change_would_make_and_changes_nothing(world: RegistryWorld) -> None:
    shown = (await change(world, f"{THEME}/preview", name="Lab", accent="#7a1f3d")).json()
    assert shown["theme"] == {**NOTHING, "name": "Lab", "accent": "#7a1f3d"}
    assert (await world.json(THEME, "admin"))["theme"] == NOTHING


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        (
            {"accent": "#2f8d8e"},
            "accent: text in #2f8d8e on #ffffff has a contrast of 3.95:1; it must be at least 4.5:1",
        ),
        ({"accent_dark": "#7a1f3d"}, "accent_dark: text in #7a1f3d on #191d21 has a contrast of"),
        ({"name": "  "}, "name: the name has no letters"),
        ({"logo": "https://example.com/logo.png"}, "logo: the logo is neither a PNG nor an SVG picture"),
        ({"logo": url(b"GIF89a")}, "logo: the logo is neither a PNG nor an SVG picture"),
        ({"logo": url(png()[:-4])}, "logo: the logo is a damaged PNG picture"),
        ({"logo": url(png(4000, 1))}, "logo: the logo has 4000 × 1 pixels; at most 2048 × 2048 are allowed"),
        ({"logo": url(b"<svg" + b" " * MAX_LOGO_BYTES)}, "logo: the logo is larger than 64 KiB"),
        ({"logo": url(QUOTED, "image/svg+xml")}, "logo: the logo is larger than 64 KiB"),
        ({"logo": url(b"<svg/>", "image/svg+xml")}, "logo: the logo is XML, but no SVG picture"),
        (
            {"logo": url(b"<?xml version='1.0' encoding='none'?><svg/>", "image/svg+xml")},
            "logo: the logo is a damaged SVG picture",
        ),
        (
            {"logo": url(b"<svg xmlns='http://www.w3.org/2000/svg'>", "image/svg+xml")},
            "logo: the logo is a damaged SVG",
        ),
        (
            {"logo": url(b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "image/svg+xml")},
            "logo: the logo is an SVG picture with",
        ),
    ],
)
async def test_a_change_that_does_not_fit_is_refused_with_the_reason(
    world: RegistryWorld, wanted: dict[str, str], reason: str
) -> None:
    for path in (THEME, f"{THEME}/preview"):
        status, message = problem(await change(world, path, **wanted))
        assert (status, message[: len(reason)]) == (400, reason)
    assert (await world.json(THEME, "admin"))["theme"] == NOTHING


@pytest.mark.parametrize("end_of_line", ["\n", "\x85", "\u2028"])
async def test_a_name_that_no_mail_could_carry_is_refused(world: RegistryWorld, end_of_line: str) -> None:
    assert (await change(world, name=f"Vineyard{end_of_line}data")).status_code == 422


async def test_a_setting_wins_over_the_catalog_and_cannot_be_changed_there(
    world: RegistryWorld, app: FastAPI, resources: RegistryResources
) -> None:
    await change(world, name="From the catalog", accent="#7a1f3d")
    async with with_settings(app, resources, name="From the setting"):
        found = await world.json(THEME, "admin")
        assert (found["theme"]["name"], found["theme"]["accent"]) == ("From the setting", "#7a1f3d")
        assert found["sources"] == {**DEFAULTS, "name": "setting", "accent": "catalog"}
        status, message = problem(await change(world, name="Other"))
        assert (status, message) == (
            409,
            "name is set by REGISTRY_THEME__NAME, which wins. Change the setting, or remove it",
        )
        assert (await change(world, name=None)).status_code == 200
    async with with_settings(app, resources):
        assert (await world.json(THEME, "admin"))["theme"] == {**NOTHING, "accent": "#7a1f3d"}


async def test_only_administrators_change_the_look(world: RegistryWorld) -> None:
    for caller, status in (("anonymous", 401), ("writer", 403)):
        assert (await change(world, caller=caller, name="Lab")).status_code == status
        assert (await change(world, f"{THEME}/preview", caller=caller, name="Lab")).status_code == status
        assert (await world.get(THEME, caller)).status_code == status


SVG = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 8 8" onload="a()">
  <style>.a{fill:url(#g) !important}</style><style>@import "//evil.test/a.css"</style>
  <style><tspan>@import "//evil.test/b.css"</tspan></style>
  <defs><linearGradient id="g" xlink:href="#h"><stop offset="0" stop-color="#123456"/></linearGradient></defs>
  <script>alert(1)</script><foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>
  <a href="javascript:alert(1)"><path d="M0 0h8v8z"/></a><image href="http://evil.test/p.png"/><use href="#g"/>
  <path class="a" d="M0 0h4" fill="url(#g)" style="background:url(//evil.test/x)" onclick="b()"/><text>1 &lt; 2</text>
</svg>"""


def test_a_logo_keeps_its_shapes_and_loses_what_runs_or_loads_something() -> None:
    made = harmless_logo(SVG.encode())
    head, _, content = made.partition(",")
    assert head == "data:image/svg+xml;base64"
    left = "".join(b64decode(content).decode().split("\n"))
    for gone in ("script", "evil", "onload", "onclick", "javascript", "foreignObject", "<a", "<use", "<image", "xhtml"):
        assert gone not in left, gone
    for kept in (
        'viewBox="0 0 8 8"',
        '<path class="a" d="M0 0h4" fill="url(#g)">',
        "<text>1 &lt; 2</text>",
        "<style>.a{fill:url(#g) !important}</style>",
        'href="#h"',
    ):
        assert kept in left, kept
    assert harmless_logo(b64decode(content)) == made


def test_a_logo_loses_the_texts_of_a_png_picture() -> None:
    assert harmless_logo(png(4, 4, b"Author\0amy", b"Place\0home")) == url(png())


async def test_pages_keep_the_look_while_the_database_is_down(
    world: RegistryWorld, app: FastAPI, resources: RegistryResources
) -> None:
    await change(world, name="Vineyard data")
    assert (await world.client.get("/config.json")).json()["theme"]["name"] == "Vineyard data"
    nowhere = DatabaseSettings(url=SecretStr("postgresql+asyncpg://nobody:x@127.0.0.1:9/nothing"))
    resources.caches.theme.forget()
    async with open_engine(nowhere, "tests") as engine:
        install_resources(app, replace(resources, sessions=sessions_of(engine)), app.state.principals)
        assert (await world.client.get("/config.json")).json()["theme"]["name"] == "Vineyard data"
        fresh = replace(resources, sessions=sessions_of(engine), caches=Caches(theme=StoredThemeCache()))
        install_resources(app, fresh, app.state.principals)
        assert (await world.client.get("/config.json")).json()["theme"] == NOTHING
