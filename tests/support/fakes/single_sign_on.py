"""An auth service with single sign-on providers, and a browser that signs in with them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from support.fakes.openid_provider import CLIENT, SECRET, OpenIdProvider, query_of
from support.worlds.auth_world import Given, client_of, settings_for

from auth.clients.provider_http import ProviderHttp
from auth.clients.providers import providers_of
from auth.main import create_app, furnish
from auth.sso_settings import ProviderSettings, SsoSettings

REGISTRY, CATALOG = "http://registry.test", "http://catalog.test"


def provider_at(issuer: str, **changes: Any) -> ProviderSettings:
    known = {"issuer": issuer, "client_id": CLIENT, "client_secret": SecretStr(SECRET)}
    return ProviderSettings(**{**known, **changes})


@dataclass
class Door:
    """A browser that signs in with the provider `idp`. `outside` reaches the providers."""

    given: Given
    client: httpx.AsyncClient
    outside: httpx.AsyncClient

    async def begin(self, name: str = "idp", **query: str) -> str:
        answer = await self.client.get(f"/api/v1/sso/{name}/start", params=query)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def visit(self, address: str) -> str:
        """Open the provider's page, where its person signs in at once; returns the address of the redirect."""
        answer = await self.outside.get(address)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["location"])

    async def come_back(self, address: str) -> httpx.Response:
        assert address.startswith(REGISTRY)
        return await self.client.get(address)

    async def sign_in(self, name: str = "idp", **query: str) -> httpx.Response:
        return await self.come_back(await self.visit(await self.begin(name, **query)))

    async def popup(self, name: str = "idp", state: str = "the page's") -> dict[str, str]:
        """Sign in with the popup of a Quilt catalog; returns the query with which it comes back."""
        answer = await self.client.get(f"/oidc-authorize/{name}", params={"state": state})
        assert answer.status_code == 302, answer.text
        landed = await self.visit(answer.headers["location"])
        assert landed.startswith(f"{CATALOG}/oauth-callback?")
        return query_of(landed)

    async def who(self) -> dict[str, Any] | None:
        """The user of the browser's session, or None."""
        renewed = await self.client.post("/api/v1/session/refresh")
        if renewed.status_code != 200:
            return None
        me = await self.client.get("/api/me", headers={"Authorization": renewed.json()["token"]})
        found: dict[str, Any] = me.json()
        return found


def refusal(answer: httpx.Response) -> str:
    """The slug with which the browser was redirected to the sign-in page."""
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith(f"{CATALOG}/signin?error="), answer.headers["location"]
    assert "patchwork-session" not in str(answer.headers.get_list("set-cookie"))
    return query_of(answer.headers["location"])["error"]


@asynccontextmanager
async def door_of(
    given: Given,
    apps: dict[str, Any],
    providers: dict[str, ProviderSettings],
    **settings: Any,
) -> AsyncIterator[Door]:
    """`apps`: the providers that the service reaches, by origin."""
    sso = SsoSettings(providers=providers, **{"sign_up": True, **settings.pop("sso", {})})
    settled = settings_for("postgresql+asyncpg://unused", sso=sso, **settings)
    mounts = {origin: httpx.ASGITransport(app) for origin, app in apps.items()}
    async with httpx.AsyncClient(mounts=mounts, transport=httpx.MockTransport(nowhere)) as outside:
        made = providers_of(settled.sso.providers, ProviderHttp(outside))
        resources = replace(given.resources, settings=settled, providers=made)
        furnish(_app(), resources)
        async with client_of(_app()) as client:
            yield Door(Given(resources, client), client, outside)


@cache
def _app() -> FastAPI:
    """Built once, because its routes are prepared at first use."""
    return create_app(settings_for("postgresql+asyncpg://unused"))


def nowhere(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("There is nobody", request=request)


@asynccontextmanager
async def door_to(given: Given, idp: OpenIdProvider, **settings: Any) -> AsyncIterator[Door]:
    how = settings.pop("provider", {})
    async with door_of(given, {idp.issuer: idp.app()}, {"idp": provider_at(idp.issuer, **how)}, **settings) as door:
        yield door
