"""What clients and web catalogs read first."""

import json
from importlib.metadata import version

import httpx


async def test_config_json_has_what_every_generation_reads(client: httpx.AsyncClient) -> None:
    answer = await client.get("/config.json", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json() == {
        "navigator_url": "http://catalog.test",
        "registryUrl": "http://registry.test",
        "s3Proxy": "http://proxy.test",
        "s3Endpoint": None,
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


async def test_config_js_says_the_same(client: httpx.AsyncClient) -> None:
    answer = await client.get("/config.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-store"
    assigned = answer.text.removeprefix("window.QUILT_CATALOG_CONFIG = ").removesuffix(";\n")
    assert json.loads(assigned) == (await client.get("/config.json")).json()
