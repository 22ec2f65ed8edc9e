"""The OpenAPI document of all services, and the page that shows it."""

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from support.data.openapi_document import PUBLIC
from support.worlds.registry_world import problem

from registry.main import install_resources
from registry.resources import RegistryResources
from registry.services.openapi import Document, merge
from shared.clients.documents import DocumentSource, PeerDocument
from shared.errors import Unavailable


def part(path: str, **schemas: Any) -> Document:
    answer = {"$ref": f"#/components/schemas/{next(iter(schemas), 'Nothing')}"}
    operation = {"operationId": path.strip("/"), "responses": {"200": {"schema": answer}}}
    return {"openapi": "3.1.0", "paths": {path: {"get": operation}}, "components": {"schemas": schemas}}


def answer_of(document: Document, path: str) -> str:
    reference: str = document["paths"][path]["get"]["responses"]["200"]["schema"]["$ref"]
    return reference.rpartition("/")[2]


def says(document: Document) -> DocumentSource:
    async def source() -> Document:
        return document

    return source


async def down() -> Document:
    raise Unavailable("The service auth did not return its OpenAPI document")


def test_schemas_that_services_share_are_merged() -> None:
    shared = {"type": "object", "title": "Problem"}
    merged = merge({"registry": part("/a", Problem=shared), "auth": part("/b", Problem=shared)}, "1", PUBLIC)
    assert merged["paths"].keys() == {"/a", "/b"}
    assert merged["components"]["schemas"] == {"Problem": shared}


def test_different_schemas_of_one_name_get_different_names() -> None:
    ours, theirs = {"title": "Thing", "type": "string"}, {"title": "Thing", "type": "object"}
    lists = {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}
    own = part("/a", Things=lists, Thing=ours, Thingy=ours)
    merged = merge({"registry": own, "auth": part("/b", Things=lists, Thing=theirs, Thingy=ours)}, "1", PUBLIC)
    schemas = merged["components"]["schemas"]
    assert schemas.keys() == {"Things", "Thing", "Thingy", "AuthThings", "AuthThing"}
    assert (schemas["Thing"], schemas["AuthThing"]) == (ours, theirs)
    assert schemas["AuthThings"]["items"] == {"$ref": "#/components/schemas/AuthThing"}
    assert (answer_of(merged, "/a"), answer_of(merged, "/b")) == ("Things", "AuthThings")


def test_each_path_has_its_server() -> None:
    merged = merge({"registry": part("/a"), "s3proxy": part("/b")}, "1", PUBLIC)
    assert merged["servers"][0]["url"] == PUBLIC.registry_url
    assert merged["paths"]["/b"]["servers"] == [{"url": PUBLIC.s3proxy_url}]
    assert "servers" not in merged["paths"]["/a"]


async def test_the_openapi_document_is_public(
    app: FastAPI, resources: RegistryResources, client: httpx.AsyncClient
) -> None:
    sources = {"auth": says(part("/api/login")), "s3proxy": says(part("/bytes"))}
    install_resources(app, replace(resources, peer_documents=sources), app.state.principals)
    answer = await client.get("/openapi.json", headers={"Origin": "https://tools.example"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    document = answer.json()
    assert {"/api/login", "/bytes", "/api/v1/buckets"} <= document["paths"].keys()
    assert document["servers"][0]["url"] == "http://registry.test"
    assert not [path for path in document["paths"] if path.startswith(("/internal", "/health/", "/docs", "/openapi"))]


async def test_the_openapi_document_fails_when_a_service_is_down(
    app: FastAPI, resources: RegistryResources, client: httpx.AsyncClient
) -> None:
    install_resources(app, replace(resources, peer_documents={"auth": down}), app.state.principals)
    assert problem(await client.get("/openapi.json")) == (503, "The service auth did not return its OpenAPI document")


async def test_a_service_is_asked_for_its_document_once_a_minute() -> None:
    now, asked, broken = 0.0, 0, False

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal asked
        assert request.url.path == "/internal/openapi.json"
        asked += 1
        return httpx.Response(502) if broken else httpx.Response(200, json={"asked": asked})

    async with httpx.AsyncClient(base_url="http://peer", transport=httpx.MockTransport(answer)) as peer:
        source = PeerDocument("auth", peer, clock=lambda: now)
        assert [await source() for _ in range(2)] == [{"asked": 1}] * 2
        now = 61
        assert await source() == {"asked": 2}
        now, broken = 122, True
        with pytest.raises(
            Unavailable, match="The service auth did not return its OpenAPI document: peer answered 502"
        ):
            await source()
        broken = False
        assert await source() == {"asked": 4}


async def test_the_docs_page_loads_nothing_from_other_hosts(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert all(address.startswith(("/", "data:,")) for address in loaded)
    assert not re.search(r"<script(?![^>]* src=)|<style|style=|onload=", page.text)
    for address in (address for address in loaded if address.startswith("/docs/")):
        asset = await client.get(address)
        assert (asset.status_code, asset.headers["x-content-type-options"]) == (200, "nosniff")
        assert asset.headers["content-type"].startswith(("text/javascript", "text/css"))
        assert not re.search(rb"url\(\s*[\"']?(?:https?:)?//", asset.content) or address.endswith(".js")


@pytest.mark.parametrize("asset", ["redoc.standalone.js", "index.html", "..%2fmain.py", "../main.py"])
async def test_the_docs_page_has_no_other_files(client: httpx.AsyncClient, asset: str) -> None:
    assert (await client.get(f"/docs/{asset}")).status_code == 404
