"""What the S3 proxy asks on behalf of whoever signed."""

from typing import Any

import httpx
from support.worlds.registry_world import INTERNAL, LIBRARY, Shelf

from registry.services.catalog_settings import KEY, MAX_BYTES
from shared.schemas.principal import Principal

SERVICE_BUCKET = "patchwork-service"


def principal(shelf: Shelf, caller: str) -> dict[str, Any]:
    token = shelf.headers(caller)["Authorization"].removeprefix("Bearer ")
    told: Principal = shelf.auth.principal_of(token)
    return told.model_dump(mode="json")


async def search(shelf: Shelf, caller: str, **parameters: str) -> httpx.Response:
    return await shelf.client.post(
        "/internal/search", headers=INTERNAL, params=parameters, json=principal(shelf, caller)
    )


async def test_search_sees_what_the_caller_sees(library: Shelf) -> None:
    found = await search(library, "reader", index="*", query="riesling")
    assert {hit["_index"] for hit in found.json()["hits"]["hits"]} == {LIBRARY, f"{LIBRARY}_packages"}
    hidden = await search(library, "stranger", index="*", query="riesling")
    assert hidden.json()["hits"]["total"] == 0
    assert (await search(library, "stranger", index=LIBRARY, query="riesling")).status_code == 403
    assert (await search(library, "reader", index=LIBRARY, unknown="1")).status_code == 400


async def test_catalog_settings_are_the_administrators(shelf: Shelf) -> None:
    shelf.objects._current[SERVICE_BUCKET] = {}
    address = "/internal/catalog/settings"
    assert (await shelf.client.get(address, headers=INTERNAL)).status_code == 404

    async def write(caller: str, text: str) -> int:
        change = {"writer": principal(shelf, caller), "text": text}
        return (await shelf.client.put(address, headers=INTERNAL, json=change)).status_code

    text = '{"customNavLink":  {"label": "Wiki"}}'
    assert await write("writer", text) == 403
    assert [await write("admin", bad) for bad in ("", "[]", "{", "[" * 100_000, f'{{"a":"{"x" * MAX_BYTES}"}}')] == [
        400
    ] * 5
    assert await write("admin", text) == 204
    found = await shelf.client.get(address, headers=INTERNAL)
    assert (found.text, found.headers["content-type"]) == (text, "application/json")
    assert await shelf.objects.head(SERVICE_BUCKET, KEY)


async def test_only_services_may_ask(shelf: Shelf) -> None:
    for method, path in (("POST", "/internal/search"), ("GET", "/internal/catalog/settings")):
        assert (await shelf.client.request(method, path)).status_code == 401
        assert (await shelf.client.request(method, path, headers=shelf.headers("admin"))).status_code == 403


async def test_the_catalogs_own_bucket_cannot_be_registered(shelf: Shelf) -> None:
    answer = await shelf.client.post("/api/v1/buckets", headers=shelf.headers("admin"), json={"name": SERVICE_BUCKET})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/bucket_refused")
