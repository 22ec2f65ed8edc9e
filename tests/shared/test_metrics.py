"""The content of metrics, and access to them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr, ValidationError

from shared.errors import Unavailable
from shared.metrics import Metric, Metrics, gauge
from shared.settings import InternalSettings, LogSettings, ServiceSettings
from shared.web.app import build_app
from shared.web.auth import Internal

TOKEN, OTHER, METRICS = ("t" * 32, "o" * 32, "m" * 32)

router = APIRouter()


@router.get("/things/{thing}")
async def get_thing(thing: str) -> str:
    return thing


@router.get("/internal/thing", dependencies=[Internal])
async def get_internal() -> str:
    return "ok"


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.fixture
def app() -> FastAPI:
    internal = InternalSettings(
        token=SecretStr(TOKEN), other_token=SecretStr(OTHER), metrics_token=SecretStr(METRICS), auth_url=""
    )
    settings = ServiceSettings(profile="production", log=LogSettings(level="error"), internal=internal)
    return build_app("test", settings, lifespan, [router])


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def read_metrics(client: httpx.AsyncClient) -> dict[tuple[str, ...], float]:
    """Values of the samples, by name and label values."""
    answer = await client.get("/internal/metrics", headers={"Authorization": f"Bearer {METRICS}"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}


async def test_requests_are_counted_by_route_template_and_not_by_path(client: httpx.AsyncClient) -> None:
    for path in ("/things/a", "/things/b", "/nowhere/x", "/nowhere/y"):
        await client.get(path)
    await client.request("BREW", "/things/a")
    samples = await read_metrics(client)
    assert samples["patchwork_requests_total", "GET", "/things/{thing}", "200"] == 2
    assert samples["patchwork_requests_total", "GET", "none", "404"] == 2
    assert samples["patchwork_request_seconds_count", "GET", "/things/{thing}"] == 2
    assert samples["patchwork_requests_running",] == 1, "the one that asks"
    assert not any("BREW" in sample or "nowhere" in str(sample) for sample in samples)
    assert samples["process_resident_memory_bytes",] > 1e7


async def test_metrics_of_a_probe_that_fails_are_left_out(app: FastAPI, client: httpx.AsyncClient) -> None:
    metrics: Metrics = app.state.metrics

    async def answers() -> list[Metric]:
        return [gauge("patchwork_jobs", "Jobs.", {("state", "queued"): 3})]

    async def does_not() -> list[Metric]:
        raise Unavailable("no")

    metrics.probe(answers)
    metrics.probe(does_not)
    metrics.reads("counter", "patchwork_lookups", "Of a cache.", {("result", "hit"): lambda: 7})
    samples = await read_metrics(client)
    assert samples["patchwork_jobs", "queued"] == 3
    assert samples["patchwork_lookups_total", "hit"] == 7


@pytest.mark.parametrize(
    ("token", "metrics", "internal"),
    [(TOKEN, 200, 200), (OTHER, 200, 200), (METRICS, 200, 403), ("x", 403, 403), ("", 401, 401)],
)
async def test_the_token_for_metrics_is_accepted_only_for_metrics(
    client: httpx.AsyncClient, token: str, metrics: int, internal: int
) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    assert (await client.get("/internal/metrics", headers=headers)).status_code == metrics
    assert (await client.get("/internal/openapi.json", headers=headers)).status_code == internal


async def test_an_empty_token_for_metrics_is_refused() -> None:
    settings = ServiceSettings(internal=InternalSettings(token=SecretStr(TOKEN), other_token=SecretStr("")))
    assert settings.internal.accepted == [settings.internal.token]
    for weak in ({"token": SecretStr("")}, {"token": SecretStr(TOKEN), "metrics_token": SecretStr("short")}):
        with pytest.raises(ValidationError):
            ServiceSettings(internal=InternalSettings(**weak))
