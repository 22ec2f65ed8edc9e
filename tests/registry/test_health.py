"""The system's health is that of its services."""

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from registry.main import furnish
from registry.resources import Resources, ready_check
from shared.errors import Unavailable
from shared.web.health import Check


async def fine() -> None:
    pass


async def broken() -> None:
    raise Unavailable("answers 503")


@pytest.mark.parametrize("down", [None, "auth", "registry", "indexer", "s3proxy"])
async def test_healthz_is_200_exactly_when_every_service_is_ready(
    app: FastAPI, resources: Resources, client: httpx.AsyncClient, down: str | None
) -> None:
    peers: dict[str, Check] = {name: broken if name == down else fine for name in ("auth", "indexer", "s3proxy")}
    own: dict[str, Check] = {"database": broken if down == "registry" else fine}
    furnish(app, replace(resources, own_checks=own, peer_checks=peers), app.state.principals)
    answer = await client.get("/healthz")
    assert answer.status_code == (503 if down else 200)
    checks = answer.json()["checks"]
    assert {name for name, outcome in checks.items() if outcome != "ok"} == ({down} if down else set())
    assert checks.keys() == {"auth", "registry", "indexer", "s3proxy"}


async def test_readiness_asks_the_database(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "checks": {"database": "ok"}})


@pytest.mark.parametrize("status", [200, 503, None])
async def test_a_peer_is_asked_for_its_readiness(status: int | None) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/health/ready"
        if status is None:
            raise httpx.ConnectError("refused")
        return httpx.Response(status, json={"checks": {"database": "gone"}})

    async with httpx.AsyncClient(base_url="http://peer", transport=httpx.MockTransport(answer)) as peer:
        check = ready_check(peer)
        if status == 200:
            await check()
        else:
            with pytest.raises(Unavailable, match="gone" if status else "does not answer"):
                await check()
