"""The latest end of sessions: no renewal goes beyond it, whatever renews them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
from fastapi import FastAPI
from support.worlds.auth_world import PASSWORD, Given, bearer, client_of, settings_for
from support.worlds.oauth_tool import Tool, register

from auth.main import furnish
from auth.resources import AuthResources

SESSION = "/api/v1/session"
AMY = {"username": "amy", "password": PASSWORD}
DAYS_LATER = (
    "UPDATE auth.session SET created_at = created_at - interval '{0} days', ends_at = ends_at - interval '{0} days'"
)


@asynccontextmanager
async def given_with(resources: AuthResources, app: FastAPI, **settings: Any) -> AsyncIterator[Given]:
    changed = settings_for(resources.settings.database.url.get_secret_value(), **settings)
    settled = replace(resources, settings=changed)
    furnish(app, settled)
    async with client_of(app) as client:
        yield Given(settled, client)


async def days_left(given: Given) -> list[int]:
    """Whole days until each session expires, unless it is renewed."""
    found = [n for n in range(400) if await given.matches("session", _expires_in(n))]
    assert sum([await given.matches("session", _expires_in(n)) for n in found]) == await given.count("session")
    return found


def _expires_in(days: int) -> str:
    return f"round(extract(epoch FROM expires_at - now()) / 86400) = {days}"


async def test_renewals_of_every_kind_stop_at_the_latest_end(resources: AuthResources, app: FastAPI) -> None:
    async with given_with(resources, app, session_max_days=365) as given:
        client = given.client
        await given.user("amy")
        page = bearer((await client.post(SESSION, json=AMY)).json()["token"])
        grant = await given.grant(page)
        tool = Tool(client, (await register(client)).json()["client_id"])
        connected = await tool.connect(page)
        password = await given.token("amy")
        assert await days_left(given) == [90]

        await given.sql(DAYS_LATER.format(330))
        assert (await client.post(f"{SESSION}/refresh")).status_code == 200
        renewed = await client.post("/api/token", data={"refresh_token": grant["refresh_token"]})
        assert renewed.status_code == 200
        again = await tool.refresh(connected["refresh_token"])
        assert again.status_code == 200
        assert (await client.post("/api/refresh", headers=bearer(password))).status_code == 200
        assert await days_left(given) == [35]

        await given.sql(DAYS_LATER.format(36) + ", expires_at = now() + interval '1 minute'")
        refused = [
            await client.post(f"{SESSION}/refresh"),
            await client.post("/api/token", data={"refresh_token": renewed.json()["refresh_token"]}),
            await client.post("/api/refresh", headers=bearer(password)),
            await tool.refresh(again.json()["refresh_token"]),
        ]
        assert [answer.status_code for answer in refused] == [401, 401, 401, 400]
        assert (await client.get("/api/me", headers=bearer(password))).status_code == 401


async def test_a_client_ends_with_the_latest_end_of_the_session_that_showed_its_code(
    resources: AuthResources, app: FastAPI
) -> None:
    """Otherwise each code would begin another year."""
    async with given_with(resources, app) as given:
        caller = await given.caller("amy")
        await given.sql(DAYS_LATER.format(360))
        grant = await given.grant(caller)
        assert await given.matches("session", "ends_at < now() + interval '6 days'") == 2
        next_grant = await given.grant(bearer(grant["access_token"]))
        assert await given.matches("session", "ends_at < now() + interval '6 days'") == 3
        assert next_grant["expires_at"] == grant["expires_at"]


async def test_sessions_without_an_end_get_one_at_their_next_renewal(resources: AuthResources, app: FastAPI) -> None:
    async with given_with(resources, app, session_max_days=0) as given:
        old, young = await given.caller("amy"), await given.caller("bob")
        assert await given.matches("session", "ends_at IS NULL") == 2
        await given.sql(
            "UPDATE auth.session SET created_at = created_at - interval '400 days' "
            "WHERE user_id = (SELECT id FROM auth.user WHERE name = 'amy')"
        )
        assert (await given.client.post("/api/refresh", headers=old)).status_code == 200
    async with given_with(resources, app, session_max_days=365) as given:
        refused = await given.client.post("/api/refresh", headers=old)
        assert (refused.status_code, refused.json()["type"]) == (401, "/problems/grant_refused")
        assert (await given.client.post("/api/refresh", headers=young)).status_code == 200
        assert await given.matches(
            "session", "ends_at BETWEEN now() + interval '364 days' AND now() + interval '366 days'"
        )


async def test_the_session_of_a_provider_keeps_its_earlier_end(given: Given, client: httpx.AsyncClient) -> None:
    caller = await given.caller("amy")
    await given.sql("UPDATE auth.session SET ends_at = now() + interval '7 days', by_provider = true")
    assert (await client.post("/api/refresh", headers=caller)).status_code == 200
    assert await days_left(given) == [7]
