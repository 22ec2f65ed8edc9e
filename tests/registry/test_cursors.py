"""Cursors that no page ended with."""

import base64
import json

import httpx
from fastapi import FastAPI
from support.data.manifests import entry
from support.faults.hostile_cursors import TIMES, hostile_cursors, require_no_failures
from support.worlds.registry_world import RegistryWorld

from shared.db.cursors import encode_cursor


async def test_no_listing_fails_for_a_cursor(app: FastAPI, client: httpx.AsyncClient, world: RegistryWorld) -> None:
    await world.package("amy/wine", entry("a"), entry("b"))
    await world.package("amy/wine", entry("a"), entry("c"))
    place = {"bucket": world.bucket, "author": "amy", "name": "wine", "revision": "latest"}
    admin = world.headers("admin")
    await require_no_failures(app, client, admin, place, at_least=8, step=3)


async def test_no_graphql_search_fails_for_a_cursor_or_a_time(world: RegistryWorld) -> None:
    more = "query ($after: String!) { searchMorePackages(after: $after) { __typename } }"
    for cursor in list(hostile_cursors())[::5]:
        if "\ud800" not in cursor:
            answer = await world.ask(more, after=cursor)
            assert answer.status_code == 200
            assert answer.json().get("data") == {"searchMorePackages": {"__typename": "InvalidInput"}}, answer.text
    for time in TIMES:
        asked = {"kind": "packages", "filter": {"modified": {"gte": time}}}
        answer = await world.ask(more, after=base64.urlsafe_b64encode(json.dumps(asked).encode()).decode())
        assert answer.json()["data"]["searchMorePackages"]["__typename"] != "OperationError", answer.text
    dated = """query ($bucket: String!, $time: Datetime!) {
        searchPackages(buckets: [$bucket], filter: { modified: { gte: $time } }) { __typename }
    }"""
    for time in TIMES:
        answer = await world.ask(dated, bucket=world.bucket, time=time)
        codes = [each.get("extensions", {}).get("code") for each in answer.json().get("errors", [])]
        assert "internal" not in codes, answer.text
        assert answer.status_code in {200, 400}


async def test_no_revision_is_a_time_that_does_not_exist(world: RegistryWorld) -> None:
    await world.package("amy/wine", entry("a"))
    for time in (*TIMES[:5], "9" * 30, "99999999-01-01", "9999-12-31"):
        answer = await world.get(f"/api/v1/buckets/{world.bucket}/packages/amy/wine/revisions/{time}")
        assert answer.status_code in {200, 404}, (time, answer.text)


async def test_the_page_after_the_first_push_is_empty(world: RegistryWorld) -> None:
    """The pushes after a cursor may be deleted before it is used."""
    await world.package("amy/wine", entry("a"))
    path = f"/api/v1/buckets/{world.bucket}/packages/amy/wine/revisions"
    assert await world.json(path, cursor=encode_cursor("1451631600")) == {"items": [], "next": None}
