"""Browsing sessions: who gets one, who keeps it alive or ends it, and whose ticket the S3 proxy gets for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from support.data.manifests import entry
from support.worlds.registry_world import INTERNAL, RegistryWorld, problem

from registry.db.browsing_sessions import MAX_BROWSING_SESSIONS_OF_USER
from shared import tickets
from shared.clients.registry import RegistryClient
from shared.db.engine import transaction
from shared.errors import NotFound
from shared.testing.auth import ISSUER

CREATE = (
    """mutation ($scope: String!, $ttl: Int!) { done: browsingSessionCreate(scope: $scope, ttl: $ttl) { ...Answer } }"""
)
REFRESH = """mutation ($id: ID!, $ttl: Int!) { done: browsingSessionRefresh(id: $id, ttl: $ttl) { ...Answer } }"""
DISPOSE = (
    """mutation ($id: ID!) { done: browsingSessionDispose(id: $id) { __typename ... on OperationError { name } } }"""
)
FIELDS = """ fragment Answer on %s {
  __typename
  ... on BrowsingSession { id expires }
  ... on InvalidInput { errors { path } }
  ... on OperationError { name }
}"""


@pytest.fixture
async def wine(world: RegistryWorld) -> str:
    return await world.package("amy/wine", entry("report/index.html"))


@pytest.fixture
def s3proxy(app: FastAPI) -> RegistryClient:
    """The registry as the S3 proxy asks it."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return RegistryClient(httpx.AsyncClient(transport=transport, base_url="http://registry.test", headers=INTERNAL))


async def create(world: RegistryWorld, caller: str = "reader", revision: str = "latest", **options: Any) -> Any:
    return await world.client.post(
        f"/api/v1/buckets/{world.bucket}/packages/amy/wine/revisions/{revision}/browsing-sessions",
        headers=world.headers(caller),
        json=options,
    )


async def test_a_session_has_the_revision_of_its_beginning_and_its_makers_ticket(
    world: RegistryWorld, wine: str, s3proxy: RegistryClient
) -> None:
    made = (await create(world, seconds=60)).json()
    await world.package("amy/wine", entry("other.html"))
    assert made["url"] == f"http://proxy.test/-/browse/{made['id']}/"
    found = await s3proxy.browsing_session(made["id"])
    assert (found.bucket, found.package, found.top_hash) == (world.bucket, "amy/wine", wine)
    claims = tickets.verify(found.ticket, (await world.auth.keys())[0], issuer=ISSUER)
    reader = world.auth.principal_of(world.headers("reader")["Authorization"].removeprefix("Bearer "))
    assert (claims.user_id, claims.session_id) == (reader.user_id, reader.session_id)
    assert claims.permits(found.ticket, f"/-/browse/{made['id']}", ())
    assert not claims.permits(found.ticket, "/-/browse/another", ())
    lives = found.expires_at - datetime.now(UTC)
    assert timedelta(seconds=50) < lives <= timedelta(seconds=60)


async def test_its_maker_alone_keeps_a_session_alive_and_ends_it(
    world: RegistryWorld, wine: str, s3proxy: RegistryClient
) -> None:
    made = (await create(world, revision=wine[:8], seconds=5)).json()
    place = f"/api/v1/browsing-sessions/{made['id']}"
    for caller in ("stranger", "writer", "admin"):
        for method, path in (("POST", f"{place}/refresh"), ("DELETE", place)):
            refused = await world.client.request(
                method, path, headers=world.headers(caller), json={} if method == "POST" else None
            )
            assert refused.json()["type"] == "/problems/browsing_session_not_found", caller
    refreshed = await world.client.post(f"{place}/refresh", headers=world.headers("reader"), json={"seconds": 900})
    assert refreshed.json()["expires_at"] > made["expires_at"]
    assert (await s3proxy.browsing_session(made["id"])).top_hash == wine
    assert (await world.client.delete(place, headers=world.headers("reader"))).status_code == 204
    assert (await world.client.delete(place, headers=world.headers("reader"))).status_code == 404
    with pytest.raises(NotFound):
        await s3proxy.browsing_session(made["id"])


async def test_a_session_that_has_expired_is_gone(world: RegistryWorld, wine: str, s3proxy: RegistryClient) -> None:
    made = (await create(world, revision=wine)).json()
    async with transaction(world.sessions) as session:
        await session.execute(text("UPDATE registry.browsing_session SET expires_at = now()"))
    with pytest.raises(NotFound):
        await s3proxy.browsing_session(made["id"])
    late = await world.client.post(
        f"/api/v1/browsing-sessions/{made['id']}/refresh", headers=world.headers("reader"), json={}
    )
    assert late.status_code == 404


@pytest.mark.usefixtures("wine")
async def test_who_may_not_read_the_package_begins_no_session(world: RegistryWorld) -> None:
    assert (await create(world, "anonymous")).status_code == 401
    assert problem(await create(world, "stranger"))[0] == 404
    assert problem(await create(world, revision="1"))[0] == 404
    for seconds in (0, 3_601):
        assert (await create(world, seconds=seconds)).status_code == 422


@pytest.mark.usefixtures("wine")
async def test_further_sessions_of_a_user_end_the_oldest(world: RegistryWorld, s3proxy: RegistryClient) -> None:
    first = (await create(world, seconds=5)).json()
    async with transaction(world.sessions) as session:
        await session.execute(
            text(
                "INSERT INTO registry.browsing_session (id, owner_id, bucket, package, top_hash, ticket, expires_at) "
                "SELECT sha256(number::text::bytea), owner_id, bucket, package, top_hash, ticket, expires_at + interval '1 minute' "
                "FROM registry.browsing_session, generate_series(2, :most) AS number WHERE bucket = :bucket"
            ),
            {"most": MAX_BROWSING_SESSIONS_OF_USER, "bucket": world.bucket},
        )
    assert await s3proxy.browsing_session(first["id"])
    another = (await create(world, seconds=3_600)).json()
    assert await s3proxy.browsing_session(another["id"])
    with pytest.raises(NotFound):
        await s3proxy.browsing_session(first["id"])


async def test_quilts_catalogs_begin_refresh_and_end_sessions(
    world: RegistryWorld, wine: str, s3proxy: RegistryClient
) -> None:
    created = CREATE + FIELDS % "BrowsingSessionCreateResult"
    refreshed = REFRESH + FIELDS % "BrowsingSessionRefreshResult"
    scope = f"quilt+s3://{world.bucket}#package=amy/wine@{wine}"

    async def done(query: str, caller: str = "reader", **variables: Any) -> Any:
        return (await world.graphql(query, caller, **variables))["done"]

    made = await done(created, scope=scope, ttl=60)
    assert made["__typename"] == "BrowsingSession"
    assert datetime.fromisoformat(made["expires"]) > datetime.now(UTC)
    assert (await s3proxy.browsing_session(made["id"])).top_hash == wine
    again = await done(refreshed, id=made["id"], ttl=180)
    assert (again["id"], again["expires"] > made["expires"]) == (made["id"], True)
    not_found = {"__typename": "OperationError", "name": "SessionNotFound"}
    assert await done(refreshed, "writer", id=made["id"], ttl=180) == not_found
    assert await done(DISPOSE, "writer", id=made["id"]) == not_found
    assert await done(DISPOSE, id=made["id"]) == {"__typename": "Ok"}
    assert await done(DISPOSE, id=made["id"]) == not_found
    elsewhere = await done(created, scope="quilt+s3://nobodys-bucket#package=amy/wine", ttl=60)
    assert elsewhere == {"__typename": "OperationError", "name": "BucketNotFound"}
    for wrong, ttl, path in (("s3://x", 60, "scope"), (scope, 0, "ttl")):
        assert await done(created, scope=wrong, ttl=ttl) == {"__typename": "InvalidInput", "errors": [{"path": path}]}
