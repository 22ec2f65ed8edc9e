"""Questions of the S3 proxy for whoever signed a request to the package gateway: the registry answers what was signed, and no more."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import msgspec
import pytest
from support.data.manifests import entry
from support.data.signing import Key
from support.worlds.registry_world import FIRST_PUSH, INTERNAL, RegistryWorld

from shared.aws.signatures import signed_request
from shared.clients.package_gateway import GatewayPage, KeyListing, decode_file
from shared.signed_calls import passed_on_reading

HOST = "packages.test"


def key_of(world: RegistryWorld, caller: str = "reader") -> Key:
    key = Key(f"ASIA{uuid4().hex[:16].upper()}", uuid4().hex, None)
    token = world.headers(caller)["Authorization"].removeprefix("Bearer ")
    world.auth.vend(token, key.access_key_id, key.secret)
    return key


def shown(key: Key, path: str, host: str = HOST) -> dict[str, Any]:
    url = f"http://{host}{path}"
    headers = {"Host": host, **key.headers("GET", url)}
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    parts = urlsplit(url)
    return passed_on_reading(signed_request("GET", parts.path, parts.query.encode(), sent)).model_dump()


async def ask(world: RegistryWorld, what: str, signed: dict[str, Any] | None, **asked: Any) -> httpx.Response:
    presented = {"signed": signed} if signed else {"token": world.headers("reader")["Authorization"][7:]}
    return await world.client.post(f"/internal/package-gateway/{what}", headers=INTERNAL, json=presented | asked)


@pytest.fixture
async def wine(world: RegistryWorld) -> RegistryWorld:
    await world.package("amy/wine", entry("data/a.csv"), entry("data/b.csv"), entry("readme.md"))
    return world


async def test_a_page_has_the_files_around_a_key(wine: RegistryWorld) -> None:
    path = f"/{wine.bucket}/amy/wine/latest/data/a.csv"
    question = {"bucket": wine.bucket, "package": "amy/wine", "revision": "latest", "path": "data/a.csv"}
    answer = await ask(wine, "pages", shown(key_of(wine), path), **question)
    assert answer.status_code == 200, answer.text
    page = msgspec.msgpack.decode(answer.content, type=GatewayPage)
    assert (page.names, page.after, page.last, page.pushed_at) == (["a.csv", "b.csv"], None, None, FIRST_PUSH + 1)
    assert decode_file(page.files[0]).physical_key == "s3://wine/data/a.csv?versionId=v1"
    known = await ask(wine, "pages", shown(key_of(wine), path), **question, known=page.tree)
    assert msgspec.msgpack.decode(known.content, type=GatewayPage).names == []
    host = f"{wine.bucket}.{HOST}"
    by_host = await ask(wine, "pages", shown(key_of(wine), "/amy/wine/latest/data/a.csv", host), **question)
    assert by_host.content == answer.content


async def test_questions_about_something_else_than_was_signed_are_refused(wine: RegistryWorld) -> None:
    key = key_of(wine)
    file = shown(key, f"/{wine.bucket}/amy/wine/latest/data/a.csv")
    page = {"bucket": wine.bucket, "package": "amy/wine", "revision": "latest", "path": "data/a.csv"}
    for change in (
        {"path": "data/b.csv"},
        {"revision": str(FIRST_PUSH + 1)},
        {"package": "amy/beer"},
        {"bucket": "other"},
    ):
        refused = await ask(wine, "pages", file, **page | change)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not_as_signed"), change
    listing = shown(key, f"/{wine.bucket}?list-type=2&prefix=amy%2Fwine%2Flatest%2F")
    keys = {"bucket": wine.bucket, "prefix": "amy/wine/latest/", "limit": 10}
    found = msgspec.msgpack.decode((await ask(wine, "keys", listing, **keys)).content, type=KeyListing)
    assert found.contents[0].key == "amy/wine/latest/data/a.csv"
    for change in ({"prefix": ""}, {"prefix": "amy/beer/latest/"}, {"bucket": "other"}):
        assert (await ask(wine, "keys", listing, **keys | change)).status_code == 403, change
    assert (await ask(wine, "keys", file, **keys)).status_code == 403
    assert (await ask(wine, "buckets", listing)).status_code == 403
    assert (await ask(wine, "buckets", shown(key, "/"))).status_code == 200


async def test_only_signed_requests_are_answered(wine: RegistryWorld) -> None:
    """A token reads through the API: the gateway never has one."""
    keys = {"bucket": wine.bucket, "limit": 10}
    assert (await ask(wine, "keys", None, **keys)).status_code == 401
    stale = shown(key_of(wine), f"/{wine.bucket}")
    stale["headers"] = [
        (name, "20200101T000000Z" if name == "x-amz-date" else value) for name, value in stale["headers"]
    ]
    assert (await ask(wine, "keys", stale, **keys)).status_code == 401
    unknown = shown(Key("ASIANOBODY", "secret", None), f"/{wine.bucket}")
    assert (await ask(wine, "keys", unknown, **keys)).status_code == 401


@pytest.mark.parametrize("caller", ["stranger", "reader", "admin"])
async def test_a_bucket_is_listed_to_those_whose_role_reads_it(wine: RegistryWorld, caller: str) -> None:
    answer = await ask(wine, "keys", shown(key_of(wine, caller), f"/{wine.bucket}"), bucket=wine.bucket, limit=10)
    assert answer.status_code == (404 if caller == "stranger" else 200)


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 1_001},
        {"limit": -1},
        {"prefix": "p" * 9_000, "limit": 1},
        {"start": "p" * 9_000, "limit": 1},
    ],
)
async def test_unbounded_questions_are_malformed(wine: RegistryWorld, asked: dict[str, Any]) -> None:
    assert (await ask(wine, "keys", shown(key_of(wine), "/"), bucket=wine.bucket, **asked)).status_code == 422


async def test_packages_are_listed_in_the_order_of_their_keys_from_any_start(world: RegistryWorld) -> None:
    names = ["a/b", "a/b-c", "a/b-c-d", "a/b_c", "a-b/c", "a/bc", "b/a", "ä/x", "a/0"]
    for name in names:
        await world.package(name, entry("x.csv"))
    everything = sorted((f"{name}/latest/x.csv" for name in names), key=str.encode)
    key = key_of(world)

    async def listed(start: str, limit: int, delimiter: str = "") -> list[str]:
        found: list[str] = []
        following: str | None = start
        while following is not None:
            answer = await ask(
                world,
                "keys",
                shown(key, f"/{world.bucket}"),
                bucket=world.bucket,
                start=following,
                limit=limit,
                delimiter=delimiter,
            )
            page = msgspec.msgpack.decode(answer.content, type=KeyListing)
            found += [each.key for each in page.contents] + page.prefixes
            following = page.next
        return found

    starts = [
        "",
        *everything,
        *(f"{each}\0" for each in everything),
        *(f"{name}/" for name in names),
        "a/b-",
        "a/",
        "c",
    ]
    for start in starts:
        assert await listed(start, 1000) == [each for each in everything if each >= start], start
    assert await listed("", 2) == everything
    assert await listed("", 1, "/") == ["a-b/", "a/", "b/", "ä/"]
