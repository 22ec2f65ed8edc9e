"""The configuration of clients and web catalogs."""

import json
from importlib.metadata import version
from typing import Any

import httpx
import pytest
from support.worlds.registry_world import RegistryWorld

from registry.services.sign_in_options import UNKNOWN, SignInOptionsCache
from shared.schemas.sso import SignInProvider
from shared.testing.auth import FakeAuth


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
    }


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
        "version": version("patchwork-registry"),
        "catalog_url": "http://catalog.test",
        "registry_url": "http://registry.test",
        "s3proxy_url": "http://proxy.test",
        "s3_url": None,
        "packages_url": None,
        "region": "eu-central-1",
    }
