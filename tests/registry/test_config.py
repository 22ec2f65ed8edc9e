"""The configuration of clients and web catalogs."""

import json
import re
from base64 import b64decode, b64encode
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from support.environments import ROOT
from support.worlds.registry_world import RegistryWorld

from registry.main import install_resources
from registry.resources import RegistryResources
from registry.services.config.sign_in_options import UNKNOWN, SignInOptionsCache
from registry.settings import ThemeSettings
from registry.theme import DARK_PAGE, LIGHT_PAGE, check_accent
from shared.principals import PrincipalCache
from shared.schemas.sso import SignInProvider
from shared.testing.auth import ISSUER, FakeAuth


async def test_config_json_has_the_fields_of_all_clients_and_catalogs(client: httpx.AsyncClient) -> None:
    answer = await client.get("/config.json", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {
        "navigator_url": "http://catalog.test",
        "registryUrl": "http://registry.test",
        "s3Proxy": "http://proxy.test",
        "s3Endpoint": None,
        "packages_url": None,
        "apiGatewayEndpoint": "http://proxy.test/lambda",
        "binaryApiGatewayEndpoint": "http://proxy.test/lambda",
        "region": "eu-central-1",
        "default_registry_version": 1,
        "telemetry_disabled": True,
        "mode": "PRODUCT",
        "alwaysRequiresAuth": True,
        "passwordAuth": "SIGN_IN_ONLY",
        "ssoAuth": "DISABLED",
        "ssoProviders": "",
        "googleClientId": "",
        "oktaClientId": "",
        "oktaBaseUrl": "",
        "oneLoginClientId": "",
        "oneLoginBaseUrl": "",
        "serviceBucket": "patchwork-service",
        "packageBucket": "",
        "stackVersion": version("patchwork-registry"),
        "signInRedirect": "/",
        "signOutRedirect": "/",
        "mixpanelToken": "",
        "analyticsBucket": "",
        "sentryDSN": "",
        "intercomAppId": "",
        "noDownload": False,
        "noOverviewImages": False,
        "theme": {"name": "Patchwork", "logo": None, "accent": None, "accent_dark": None},
    }


PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")
"""A picture of one pixel."""


async def test_config_json_has_the_name_the_logo_and_the_colours_of_the_installation(
    app: FastAPI, resources: RegistryResources, auth: FakeAuth, tmp_path: Path
) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(PNG)
    theme = ThemeSettings(name="Vineyard data", logo=logo, accent="#7a1f3d", accent_dark="#f2a0b8")
    settings = resources.settings.model_copy(update={"theme": theme})
    install_resources(app, replace(resources, settings=settings), PrincipalCache(auth, issuer=ISSUER))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registry.test") as client:
        found = (await client.get("/config.json")).json()["theme"]
    assert found == {
        "name": "Vineyard data",
        "logo": f"data:image/png;base64,{b64encode(PNG).decode()}",
        "accent": "#7a1f3d",
        "accent_dark": "#f2a0b8",
    }


@pytest.mark.parametrize(
    ("choice", "reason"),
    [
        ({"accent": "#2f8d8e"}, r"text in #2f8d8e on #ffffff has a contrast of 3\.9\d:1; it must be at least 4\.5:1"),
        ({"accent": "#0d7a7e"}, r"text in #0d7a7e on #e2eff0 has a contrast of 4\.3\d:1"),
        ({"accent_dark": "#7a1f3d"}, r"text in #7a1f3d on #191d21 has a contrast of 1\.\d\d:1"),
        ({"accent": "red"}, "pattern"),
        ({"name": "two\nlines"}, "pattern"),
        ({"logo": "text.txt"}, "neither a PNG nor an SVG picture"),
        ({"logo": "large.svg"}, "larger than 64 KiB"),
        ({"logo": "gone.png"}, "does not point to a file"),
    ],
)
def test_a_theme_with_too_little_contrast_or_without_a_picture_is_refused_with_the_reason(
    tmp_path: Path, choice: dict[str, str], reason: str
) -> None:
    (tmp_path / "text.txt").write_text("words")
    (tmp_path / "large.svg").write_text("<svg>" + " " * (64 << 10))
    if "logo" in choice:
        choice = {"logo": str(tmp_path / choice["logo"])}
    with pytest.raises(ValidationError, match=reason):
        ThemeSettings.model_validate(choice)


def test_the_colours_against_which_themes_are_checked_are_those_of_the_catalog() -> None:
    tokens = (ROOT / "catalog" / "src" / "styles" / "tokens.css").read_text()
    found = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\);", tokens))
    accents = dict(re.findall(r"--(accent-light|accent-dark): (#\w{6});", tokens))
    for page, place, accent in ((LIGHT_PAGE, 0, "accent-light"), (DARK_PAGE, 1, "accent-dark")):
        colours = {name: pair.split(", ")[place] for name, pair in found.items()}
        assert page.surface == colours["surface"]
        assert page.others == (colours["bg"], colours["sunken"], colours["hover"])
        assert page.on_accent == colours["on-accent"]
        check_accent(accents[accent], page)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"sign_up": "open"}, ("ENABLED", "DISABLED", "")),
        ({"sign_up": "invite"}, ("SIGN_IN_ONLY", "DISABLED", "")),
        ({"password": False, "names": ["okta", "github", "mine"]}, ("DISABLED", "SIGN_IN_ONLY", "okta")),
        ({"sso_sign_up": True, "names": ["google", "azure"]}, ("SIGN_IN_ONLY", "ENABLED", "google azure")),
    ],
)
async def test_config_json_has_the_sign_in_options_of_auth(
    world: RegistryWorld,
    auth_up: FakeAuth,
    options: dict[str, Any],
    expected: tuple[str, str, str],
) -> None:
    providers = [
        SignInProvider(name=name, label=name, kind="github" if name == "github" else "oidc", start="http://x")
        for name in options.get("names", [])
    ]
    auth_up.options = UNKNOWN.model_copy(update={**options, "providers": providers})
    said = (await world.client.get("/config.json")).json()
    assert (said["passwordAuth"], said["ssoAuth"], said["ssoProviders"]) == expected


async def test_config_json_keeps_the_last_sign_in_options_while_auth_is_down() -> None:
    cache, auth = SignInOptionsCache(), FakeAuth()
    auth.down = True
    assert await cache.options(auth) == UNKNOWN
    auth.down = False
    auth.options = UNKNOWN.model_copy(update={"sign_up": "open"})
    assert await cache.options(auth) == UNKNOWN  # the failure is cached for a second


async def test_config_js_has_the_same_configuration_as_config_json(client: httpx.AsyncClient) -> None:
    answer = await client.get("/config.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-store"
    assigned = answer.text.removeprefix("window.QUILT_CATALOG_CONFIG = ").removesuffix(";\n")
    assert json.loads(assigned) == (await client.get("/config.json")).json()


async def test_everybody_may_ask_for_the_addresses_of_the_installation(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/config")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "name": "Patchwork",
        "version": version("patchwork-registry"),
        "catalog_url": "http://catalog.test",
        "registry_url": "http://registry.test",
        "s3proxy_url": "http://proxy.test",
        "s3_url": None,
        "packages_url": None,
        "region": "eu-central-1",
    }
