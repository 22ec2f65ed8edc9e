"""Callers who send expensive requests too fast are answered 429; reading packages is not limited."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from support.worlds.registry_world import RegistryWorld

from registry.main import install_resources
from registry.quilt2.routes.deps import charged as quilt2_charged
from registry.resources import RegistryResources
from registry.routes.graphql import charged as graphql_charged
from shared.settings import RateSettings
from shared.web.rates import charge_once
from shared.web.routing import dependency_calls

CHARGED = {
    "POST /graphql",
    "GET /api/v1/search",
    "GET /api/v1/search/fields",
    "GET /api/search",
    "GET /api/search/",
    "POST /api/package_name_valid",
    "POST /api/v1/jobs/{job_id}/resume",
    "POST /api/v1/canary/runs",
    "POST /api/v1/queries",
    "POST /api/v1/queries/{query_id}/run",
    "POST /api/v1/saved-queries/{saved_query_id}/run",
    "POST /api/v1/buckets/{bucket}/packages/{author}/{name}/row-differences",
    "POST /api/v1/buckets/{bucket}/workflows/check",
    "POST /api/v1/buckets/{bucket}/workflows/trial",
    "GET /api/v1/buckets/{bucket}/packages/{author}/{name}/revisions/{revision}/diff.jsonl",
    "POST /api/v1/buckets/{bucket}/packages/{author}/{name}/revisions",
    "POST /api/v1/buckets/{bucket}/packages/{author}/{name}/revisions/{revision}/patch",
    "POST /api/v1/buckets/{bucket}/packages/{author}/{name}/revisions/{revision}/promotion",
    "POST /api/v1/buckets/{bucket}/packages/{author}/{name}/revisions/{revision}/archives",
    "POST /api/v1/buckets/{bucket}/packages/{author}/{name}/revisions/{revision}/links",
    "POST /api/v1/buckets/{bucket}/packages/{author}/{name}/revisions/{revision}/browsing-sessions",
    "POST /api/v1/buckets/{bucket}/restorations",
    "PUT /api/package/{owner}/{name}/{package_hash}",
    "POST /api/package_update/{owner}/{name}/{path:path}",
}
"""The expensive routes."""

Limit = Callable[..., None]


@pytest.fixture
def limit(app: FastAPI, resources: RegistryResources) -> Limit:
    """Sets rates with bursts that are not refilled during the test."""

    def limited(**bursts: int) -> None:
        rates = RateSettings(user_per_second=0.001, network_per_second=0.001, **bursts)
        settings = resources.settings.model_copy(update={"rates": rates})
        install_resources(app, replace(resources, settings=settings), app.state.principals)

    return limited


def routes_that_charge(app: FastAPI) -> Iterator[str]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            calls = set(dependency_calls(route.dependant))
            if calls & {charge_once, graphql_charged, quilt2_charged}:
                yield from (f"{method} {route.path}" for method in route.methods or ())


def test_the_expensive_routes_charge_their_callers(app: FastAPI) -> None:
    assert set(routes_that_charge(app)) == CHARGED


def test_the_documented_routes_that_charge_document_the_refusal(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    for each in CHARGED:
        method, _, path = each.partition(" ")
        if path in paths:
            assert "429" in paths[path][method.lower()]["responses"], each


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/graphql", {"query": "{ me { name } }"}),
        ("GET", "/api/v1/search?q=wine", None),
        ("GET", "/api/search?index=_all&query=wine", None),
        ("POST", "/api/v1/buckets/none/packages/amy/wine/revisions", {"entries": []}),
        ("GET", "/api/v1/buckets/none/packages/amy/wine/revisions/latest/diff.jsonl", None),
    ],
)
async def test_a_user_above_the_rate_is_refused_until_later(
    world: RegistryWorld, limit: Limit, method: str, path: str, body: Any
) -> None:
    limit(user_burst=2)
    headers = world.headers("reader")
    answers = [await world.client.request(method, path, json=body, headers=headers) for _ in range(3)]
    assert [each.status_code == 429 for each in answers] == [False, False, True]
    assert answers[2].json()["type"] == "/problems/rate_exceeded"
    assert 0 < int(answers[2].headers["retry-after"]) <= 1000
    assert (await world.client.request(method, path, json=body, headers=world.headers("admin"))).status_code != 429


async def test_reading_packages_is_not_limited(world: RegistryWorld, limit: Limit) -> None:
    limit(user_burst=1, network_burst=1)
    headers = world.headers("reader")
    package = f"/api/v1/buckets/{world.bucket}/packages/amy/wine"
    paths = ["/api/v1/buckets", package, f"{package}/revisions", f"{package}/revisions/latest/entries", "/api/v1/jobs"]
    for _ in range(3):
        for path in paths:
            assert (await world.client.get(path, headers=headers)).status_code in {200, 404}


async def test_people_without_an_account_are_limited_by_network(app: FastAPI, resources: RegistryResources) -> None:
    catalog = resources.settings.catalog.model_copy(update={"mode": "OPEN"})
    rates = RateSettings(network_per_second=0.001, network_burst=2)
    settings = resources.settings.model_copy(update={"catalog": catalog, "rates": rates})
    install_resources(app, replace(resources, settings=settings), app.state.principals)

    async def asked(address: str) -> int:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://registry.test") as client:
            return (await client.post("/graphql", json={"query": "{ me { name } }"})).status_code

    assert [await asked(f"2001:db8::{host}") for host in range(3)] == [200, 200, 429]
    assert await asked("2001:db8:0:1::1") == 200


async def test_a_costly_document_is_charged_like_several_requests(world: RegistryWorld, limit: Limit) -> None:
    limit(user_burst=6)
    headers = world.headers("reader")
    costly = {"query": "{" + " ".join(f"a{n}: searchPackages {{ __typename }}" for n in range(4)) + "}"}
    assert (await world.client.post("/graphql", json=costly, headers=headers)).status_code == 200
    assert (await world.client.post("/graphql", json=costly, headers=headers)).status_code == 429


async def test_a_large_body_of_a_limited_caller_is_charged_once(world: RegistryWorld, limit: Limit) -> None:
    limit(user_burst=3)
    push = "/api/v1/buckets/none/packages/amy/wine/revisions"
    answers = [await world.client.post(push, json={"entries": []}, headers=world.headers("writer")) for _ in range(4)]
    assert [each.status_code for each in answers] == [404, 404, 404, 429]
