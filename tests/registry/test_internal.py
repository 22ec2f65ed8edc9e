"""Internal routes, which the S3 proxy calls on behalf of callers."""

from base64 import b64encode
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import httpx
from support.data.manifests import entry
from support.data.signing import Key
from support.worlds.registry_world import INTERNAL, LIBRARY, RegistryWorld

from registry.services.config.catalog_settings import KEY, MAX_BYTES
from shared.aws.signatures import signed_request
from shared.schemas.gateway import MAX_LOGO_BYTES, SignedCall
from shared.signed_calls import passed_on

SERVICE_BUCKET = "patchwork-service"


GATEWAY = "http://localhost:5002/lambda/search"
SETTINGS = f"https://{SERVICE_BUCKET}.s3.us-east-1.amazonaws.com/catalog/settings.json"
LOGO = f"https://s3.us-east-1.amazonaws.com/{SERVICE_BUCKET}/catalog/"


def key_of(world: RegistryWorld, caller: str) -> Key:
    """An S3 credential of the caller."""
    key = Key(f"ASIA{uuid4().hex[:16].upper()}", uuid4().hex)
    token = world.headers(caller)["Authorization"].removeprefix("Bearer ")
    world.auth.vend(token, key.access_key_id, key.secret)
    return key


def signed(key: Key, method: str, url: str, service: str = "s3", **options: Any) -> dict[str, Any]:
    """The parts of a signed request that the S3 proxy passes on."""
    parts = urlsplit(url)
    headers = {"Host": parts.netloc, **key.headers(method, url, service, **options)}
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return passed_on(signed_request(method, parts.path, parts.query.encode(), sent)).model_dump()


async def send_search(world: RegistryWorld, call: dict[str, Any], parameters: dict[str, str]) -> httpx.Response:
    return await world.client.post("/internal/search", headers=INTERNAL, params=parameters, json=call)


async def search(world: RegistryWorld, caller: str, **parameters: str) -> httpx.Response:
    call = signed(key_of(world, caller), "GET", f"{GATEWAY}?{urlencode(parameters)}", "execute-api")
    return await send_search(world, call, SignedCall.model_validate(call).search_parameters())


async def test_internal_search_finds_what_the_caller_may_read(library: RegistryWorld) -> None:
    found = await search(library, "reader", index="_all", query="riesling", retry="0")
    assert {hit["_index"] for hit in found.json()["hits"]["hits"]} == {LIBRARY, f"{LIBRARY}_packages"}
    of_2020 = await search(library, "reader", index="*", query="riesling")
    assert {hit["_index"] for hit in of_2020.json()["hits"]["hits"]} == {LIBRARY}
    hidden = await search(library, "stranger", index="_all", query="riesling")
    assert hidden.json()["hits"]["total"] == 0
    assert (await search(library, "stranger", index=LIBRARY, query="riesling")).status_code == 403
    assert (await search(library, "reader", index=LIBRARY, unknown="1")).status_code == 400


async def test_a_search_is_answered_only_as_somebody_signed_it(library: RegistryWorld) -> None:
    """The S3 proxy can search for nobody who did not just ask it to, and for nothing else."""
    reader = key_of(library, "reader")
    asked = {"index": "_all", "query": "riesling", "retry": "0"}
    url = f"{GATEWAY}?{urlencode(asked)}"
    good = signed(reader, "GET", url, "execute-api")
    assert (await send_search(library, good, asked)).status_code == 200
    old = [[name, "20200101T000000Z" if name == "x-amz-date" else value] for name, value in good["headers"]]
    unsigned = [each for each in good["headers"] if each[0] != "authorization"]
    unknown = Key("ASIAUNKNOWN", reader.secret)
    guessed = Key(reader.access_key_id, "guessed")
    for call in (
        signed(unknown, "GET", url, "execute-api"),
        signed(guessed, "GET", url, "execute-api"),
        signed(reader, "GET", url, "s3"),
        good | {"headers": old},
        good | {"headers": unsigned},
        good | {"query": urlencode(asked | {"query": "merlot"})},
        good | {"path": "/lambda/preview"},
        good | {"method": "POST"},
    ):
        assert (await send_search(library, call, asked)).status_code == 401, call
    elsewhere = signed(reader, "GET", url.replace("search", "preview"), "execute-api")
    for call, parameters in ((good, asked | {"query": "merlot"}), (good, asked | {"size": "1000"}), (elsewhere, asked)):
        refused = await send_search(library, call, parameters)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not_as_signed")
    principal = {**library.auth.principal_of(library.headers("admin")["Authorization"][7:]).model_dump(mode="json")}
    assert (await send_search(library, principal, asked)).status_code == 422, "nobody is believed by name"


async def test_catalog_settings_are_changed_only_as_an_administrator_signed_it(world: RegistryWorld) -> None:
    world.objects.add_bucket(SERVICE_BUCKET)
    admin, text = key_of(world, "admin"), '{"a": 1}'

    async def write(call: dict[str, Any], sent: str = text) -> tuple[int, str]:
        change = {"signed": call, "text": sent}
        answer = await world.client.put("/internal/catalog/settings", headers=INTERNAL, json=change)
        return answer.status_code, answer.json()["type"].removeprefix("/problems/") if answer.content else ""

    good = signed(admin, "PUT", SETTINGS, body=text.encode())
    assert await write(good, '{"a": 2}') == (403, "not_as_signed")
    for url in (SETTINGS.replace("settings", "other"), SETTINGS.replace(SERVICE_BUCKET, "wine"), f"{LOGO}logo.png"):
        assert await write(signed(admin, "PUT", url, body=text.encode())) == (403, "not_as_signed")
    assert await write(signed(admin, "GET", SETTINGS, body=text.encode())) == (403, "not_as_signed")
    guessed = Key(admin.access_key_id, "guessed")
    assert await write(signed(guessed, "PUT", SETTINGS, body=text.encode())) == (401, "unauthenticated")
    assert (await world.client.get("/internal/catalog/settings", headers=INTERNAL)).status_code == 404
    assert await write(good) == (204, "")
    assert await write(signed(admin, "PUT", SETTINGS, hashed=False)) == (204, "")


async def test_catalog_settings_are_changed_by_administrators_only(world: RegistryWorld) -> None:
    world.objects.add_bucket(SERVICE_BUCKET)
    address = "/internal/catalog/settings"
    assert (await world.client.get(address, headers=INTERNAL)).status_code == 404

    async def write(caller: str, text: str) -> int:
        change = {"signed": signed(key_of(world, caller), "PUT", SETTINGS, body=text.encode()), "text": text}
        return (await world.client.put(address, headers=INTERNAL, json=change)).status_code

    text = '{"customNavLink":  {"label": "Wiki"}}'
    assert await write("writer", text) == 403
    assert [await write("admin", bad) for bad in ("", "[]", "{", "[" * 100_000, f'{{"a":"{"x" * MAX_BYTES}"}}')] == [
        400
    ] * 5
    assert await write("admin", text) == 204
    found = await world.client.get(address, headers=INTERNAL)
    assert (found.text, found.headers["content-type"]) == (text, "application/json")
    assert await world.objects.head(SERVICE_BUCKET, KEY)


async def test_the_catalogs_logo_is_a_picture_that_administrators_change(world: RegistryWorld) -> None:
    world.objects.add_bucket(SERVICE_BUCKET)

    async def write(caller: str, name: str, content: bytes) -> int:
        call = signed(key_of(world, caller), "PUT", f"{LOGO}{name}", body=content)
        change = {"signed": call, "content": b64encode(content).decode()}
        address = f"/internal/catalog/logos/{name}"
        return (await world.client.put(address, headers=INTERNAL, json=change)).status_code

    png, jpeg = b"\x89PNG\r\n\x1a\n" + bytes(MAX_LOGO_BYTES - 8), b"\xff\xd8\xff\xe0picture"
    assert await write("writer", "logo.png", png) == 403
    assert await write("admin", "logo.png", b"<html>") == 400
    assert await write("admin", "logo.png", jpeg) == 400
    assert await write("admin", "logo.png", png + b"0") == 400
    assert await write("admin", "logo.svg", b"<svg/>") == 422
    assert (await world.client.get("/internal/catalog/logos/logo.png", headers=INTERNAL)).status_code == 404
    for name, content in (
        ("logo.png", png),
        ("logo.jpg", jpeg),
        ("logo.webp", b"RIFF0000WEBP"),
        ("logo.gif", b"GIF89a"),
    ):
        assert await write("admin", name, content) == 204
        found = await world.client.get(f"/internal/catalog/logos/{name}", headers=INTERNAL)
        assert found.content == content


async def test_internal_routes_are_for_services(world: RegistryWorld) -> None:
    for method, path in (("POST", "/internal/search"), ("GET", "/internal/catalog/settings")):
        assert (await world.client.request(method, path)).status_code == 401
        assert (await world.client.request(method, path, headers=world.headers("admin"))).status_code == 403


async def test_the_bucket_of_the_catalog_settings_cannot_be_registered(world: RegistryWorld) -> None:
    answer = await world.client.post("/api/v1/buckets", headers=world.headers("admin"), json={"name": SERVICE_BUCKET})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/bucket_refused")


async def test_the_object_of_a_package_file_is_found_for_those_who_may_read_the_package(world: RegistryWorld) -> None:
    here = entry("data/a b.csv", at=f"s3://{world.bucket}/x/a%20b.csv?versionId=v1", size=7)
    local = entry("local.csv", at="file:///home/amy/local.csv")
    top_hash = await world.package("amy/wine", here, local)
    query = {"bucket": world.bucket, "path": "data/a b.csv"}

    async def ask(caller: str, path: str = "data/a b.csv", *, by_ticket: bool = False, revision: str = "latest") -> Any:
        token = world.headers(caller)["Authorization"].removeprefix("Bearer ")
        shown = {"ticket": world.auth.ticket_for(token, "/-/rows", query)} if by_ticket else {"token": token}
        asked = {**shown, "bucket": world.bucket, "package": "amy/wine", "revision": revision, "path": path}
        answer = await world.client.post("/internal/entries", headers=INTERNAL, json=asked)
        return answer.json() if answer.status_code == 200 else answer.status_code

    found = {"bucket": world.bucket, "key": "x/a b.csv", "version_id": "v1", "size": 7, "top_hash": top_hash}
    for by_ticket in (False, True):
        assert await ask("reader", by_ticket=by_ticket) == found
        assert await ask("reader", by_ticket=by_ticket, revision=top_hash) == found
        assert await ask("stranger", by_ticket=by_ticket) == 404
    assert await ask("reader", "data") == 404
    assert await ask("reader", "missing.csv") == 404
    assert await ask("reader", "local.csv") == 404
    for wrong in ({"token": "x"}, {"ticket": "x"}):
        asked = {**wrong, "bucket": world.bucket, "package": "amy/wine", "revision": "latest", "path": "data/a b.csv"}
        assert (await world.client.post("/internal/entries", headers=INTERNAL, json=asked)).status_code == 401
    both = {"token": "x", "ticket": "x", "bucket": "b", "package": "a/b", "revision": "latest", "path": "c"}
    assert (await world.client.post("/internal/entries", headers=INTERNAL, json=both)).status_code == 422
