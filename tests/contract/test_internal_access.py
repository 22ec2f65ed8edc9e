"""Every route below `/internal/`, called with the token of each service, against the table in `shared.web.internal_access`."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from support.worlds import auth_world, index_world, proxy_world, registry_world
from support.worlds.servers import Databases

import auth.main
import indexer.main
import registry.main
import s3proxy.main
from shared.clients.transport import call
from shared.errors import AppError
from shared.settings import InternalCaller, InternalSettings, ServiceSettings
from shared.testing.routes import routes_of
from shared.web.internal_access import ACCESS, callers_of

TOKENS: dict[InternalCaller, str] = {
    "core": "token of the core",
    "s3proxy": "token of s3proxy",
    "indexer": "token of indexer",
}
PREVIOUS: dict[InternalCaller, str] = {caller: f"previous {token}" for caller, token in TOKENS.items()}
EVERYTHING = InternalSettings(
    token=SecretStr(TOKENS["core"]),
    other_token=SecretStr(PREVIOUS["core"]),
    s3proxy_token=SecretStr(TOKENS["s3proxy"]),
    other_s3proxy_token=SecretStr(PREVIOUS["s3proxy"]),
    indexer_token=SecretStr(TOKENS["indexer"]),
    other_indexer_token=SecretStr(PREVIOUS["indexer"]),
)
SHARED = InternalSettings(token=SecretStr(TOKENS["core"]))
"""Settings of an installation in which all services have the same token."""
FOR_THE_S3_PROXY = {
    "POST /internal/principal",
    "POST /internal/tickets",
    "POST /internal/reads",
    "POST /internal/entries",
    "POST /internal/archives",
    "POST /internal/archives/entries",
    "POST /internal/browsing-sessions",
    "POST /internal/package-gateway/buckets",
    "POST /internal/package-gateway/keys",
    "POST /internal/package-gateway/pages",
    "GET /internal/signers/{access_key_id}",
    "GET /internal/revocations",
    "DELETE /internal/revocations/listeners/{listener}",
    "POST /internal/audit",
    "GET /internal/buckets",
    "POST /internal/search",
    "GET /internal/catalog/settings",
    "PUT /internal/catalog/settings",
    "GET /internal/catalog/logos/{name}",
    "PUT /internal/catalog/logos/{name}",
}
FOR_THE_INDEXER = {"GET /internal/buckets", "POST /internal/pushes"}


def own(token: str) -> InternalSettings:
    """Settings of a service that has a token of its own, and no other."""
    return InternalSettings(token=SecretStr(token))


@pytest.fixture
def apps(database: Databases) -> dict[str, FastAPI]:
    return apps_with(database, EVERYTHING, s3proxy_token=TOKENS["s3proxy"], indexer_token=TOKENS["indexer"])


def apps_with(
    database: Databases, core: InternalSettings, *, s3proxy_token: str, indexer_token: str
) -> dict[str, FastAPI]:
    def settled(settings: ServiceSettings, internal: InternalSettings) -> Any:
        return settings.model_copy(update={"internal": internal})

    return {
        "auth": auth.main.create_app(settled(auth_world.settings_for(database.auth), core)),
        "registry": registry.main.create_app(settled(registry_world.settings_for(database.registry), core)),
        "s3proxy": s3proxy.main.create_app(settled(proxy_world.settings_for(None), own(s3proxy_token))),
        "indexer": indexer.main.create_app(settled(index_world.settings_for(database), own(indexer_token))),
    }


def internal_routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in sorted(routes_of(app)):
        method, _, path = route.partition(" ")
        if path.startswith("/internal/"):
            yield method, path


async def refusal(app: FastAPI, method: str, route: str, token: str) -> str:
    """The slug with which a route refuses a token; empty if the caller may call it. The app has neither database nor peers."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://service.test") as client:
        path = re.sub(r"\{[^}]+\}", "some", route)
        answer = await client.request(method, path, headers={"Authorization": f"Bearer {token}"}, content=b"{")
    return str(answer.json()["type"]).removeprefix("/problems/") if answer.status_code in {401, 403} else ""


async def permitted(app: FastAPI, token: str) -> set[str]:
    """The routes that the token permits. Fails where a refusal has another slug."""
    found: set[str] = set()
    for method, route in internal_routes(app):
        slug = await refusal(app, method, route, token)
        assert slug in {"", "services_only", "not_for_this_service"}, (method, route, slug)
        if not slug:
            found.add(f"{method} {route}")
    return found


@pytest.mark.parametrize("tokens", [TOKENS, PREVIOUS], ids=["present tokens", "previous tokens"])
@pytest.mark.parametrize("service", ["auth", "registry"])
async def test_each_internal_route_is_open_to_the_services_in_the_table_alone(
    apps: dict[str, FastAPI], service: str, tokens: dict[InternalCaller, str]
) -> None:
    walked = 0
    for method, route in internal_routes(apps[service]):
        wanted = callers_of(service, method, route)
        for caller in get_args(InternalCaller):
            slug = await refusal(apps[service], method, route, tokens[caller])
            assert slug == ("" if caller in wanted else "not_for_this_service"), (caller, method, route)
            walked += 1
        assert await refusal(apps[service], method, route, "another token") == "services_only"
    assert walked >= 3 * 8, "the walk is broken"


async def test_the_tokens_of_s3_proxy_and_indexer_permit_these_routes_and_no_others(apps: dict[str, FastAPI]) -> None:
    for token, expected in ((TOKENS["s3proxy"], FOR_THE_S3_PROXY), (TOKENS["indexer"], FOR_THE_INDEXER)):
        assert await permitted(apps["auth"], token) | await permitted(apps["registry"], token) == expected


@pytest.mark.parametrize("service", ["s3proxy", "indexer"])
async def test_s3_proxy_and_indexer_believe_their_own_token_alone(apps: dict[str, FastAPI], service: str) -> None:
    app = apps[service]
    routes = {f"{method} {route}" for method, route in internal_routes(app)}
    for caller, token in TOKENS.items():
        assert await permitted(app, token) == (routes if caller == service else set())


def test_every_row_of_the_table_has_a_route_and_every_route_a_row(apps: dict[str, FastAPI]) -> None:
    assert ACCESS.keys() == apps.keys()
    for service, app in apps.items():
        routes = {f"{method} {route}" for method, route in internal_routes(app)}
        for row in ACCESS[service]:
            below = row.removeprefix("* ").removesuffix("*")
            assert row in routes or (row.startswith("* ") and any(f" {below}" in route for route in routes)), row
        assert all(callers_of(service, *each) for each in internal_routes(app))
        assert all("core" in callers for callers in ACCESS[service].values())


async def test_without_tokens_of_their_own_all_services_are_one(database: Databases) -> None:
    apps = apps_with(database, SHARED, s3proxy_token=TOKENS["core"], indexer_token=TOKENS["core"])
    for app in apps.values():
        assert await permitted(app, TOKENS["core"]) == {" ".join(each) for each in internal_routes(app)}


async def test_a_refused_token_is_an_outage_for_the_user_and_no_refusal(apps: dict[str, FastAPI]) -> None:
    transport = httpx.ASGITransport(apps["auth"], raise_app_exceptions=False)
    for token in (TOKENS["indexer"], "another token"):
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://auth.test", headers=headers) as peer:
            with pytest.raises(AppError) as caught:
                await call(peer, "GET", "/internal/admin/users")
            assert caught.value.status == 503
