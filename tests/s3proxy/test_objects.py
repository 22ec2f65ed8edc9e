"""Objects at addresses that the registry signed, in a real store."""

import gzip
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from support.worlds.proxy_world import settings_for
from support.worlds.servers import Aws
from support.worlds.shared_routes import with_shared_routes

from s3proxy.main import create_app
from s3proxy.resources import open_resources
from shared.object_urls import ObjectUrls, secret_of
from shared.testing.auth import FakeAuth
from shared.testing.registry import FakeRegistry
from shared.testing.servers import serve

BUCKET = "signed-objects"
BODY = b"0123456789" * 1000
HASH, NOTHING = hashlib.sha256(BODY).hexdigest(), hashlib.sha256(b"").hexdigest()


@pytest.fixture
async def urls(aws: Aws, auth: FakeAuth) -> AsyncIterator[ObjectUrls]:
    """Signed URLs of a running proxy that has its own credentials."""
    async with aws.root("s3") as s3:
        await s3.create_bucket(Bucket=BUCKET)
        for each in (await s3.list_objects_v2(Bucket=BUCKET)).get("Contents", []):
            await s3.delete_object(Bucket=BUCKET, Key=each["Key"])
    settings = settings_for(None).model_copy(update={"aws": aws.settings})
    async with AsyncExitStack() as stack:
        app = with_shared_routes(create_app(settings))
        app.state.resources = await stack.enter_async_context(open_resources(settings, FakeRegistry([]), auth))
        port = await stack.enter_async_context(serve(app))
        yield ObjectUrls(secret_of(settings.internal.token.get_secret_value()), f"http://127.0.0.1:{port}")


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient() as opened:
        yield opened


def signed(urls: ObjectUrls, method: str, name: str = HASH, *, seconds: int = 60) -> str:
    return urls.signer(method, BUCKET, "objs/amy/", seconds=seconds)(name)


async def test_an_object_is_missing_put_and_read(urls: ObjectUrls, http: httpx.AsyncClient) -> None:
    assert (await http.head(signed(urls, "HEAD"))).status_code == 404
    assert (await http.put(signed(urls, "PUT"), content=BODY)).status_code == 200
    assert (await http.head(signed(urls, "HEAD"))).headers["content-length"] == str(len(BODY))
    for asked, expected in (("bytes=0-", BODY), ("bytes=9990-", BODY[9990:])):
        answer = await http.get(signed(urls, "GET"), headers={"Range": asked, "Accept-Encoding": "gzip, deflate"})
        assert (answer.status_code, answer.content) == (206, expected)
        assert answer.headers["content-range"] == f"{asked.replace('=', ' ')}{len(BODY) - 1}/{len(BODY)}"
        assert "content-encoding" not in answer.headers
    assert (await http.get(signed(urls, "GET"))).content == BODY


async def test_an_object_is_saved_under_a_name(urls: ObjectUrls, http: httpx.AsyncClient) -> None:
    assert (await http.put(signed(urls, "PUT"), content=BODY)).status_code == 200
    url = urls.signer("GET", BUCKET, "objs/amy/", seconds=60, save_as="grüne Weine & more.csv")(HASH)
    answer = await http.get(url)
    assert (answer.status_code, answer.content) == (200, BODY)
    expected = "attachment; filename*=UTF-8''gr%C3%BCne%20Weine%20%26%20more.csv"
    assert answer.headers["content-disposition"] == expected
    for changed in (url.replace("Weine", "Birnen"), url.replace("X-Patchwork-Name", "X-Patchwork-Nam")):
        assert (await http.get(changed)).status_code == 403


async def test_an_empty_object_can_be_written_and_read(urls: ObjectUrls, http: httpx.AsyncClient) -> None:
    assert (await http.put(signed(urls, "PUT", NOTHING), content=b"")).status_code == 200
    answer = await http.get(signed(urls, "GET", NOTHING))
    assert (answer.status_code, answer.content) == (200, b"")


async def test_compressed_objects_of_old_clients_stay_compressed(urls: ObjectUrls, http: httpx.AsyncClient) -> None:
    packed = gzip.compress(BODY)
    answer = await http.put(signed(urls, "PUT"), content=packed, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 200
    read = await http.get(signed(urls, "GET"), headers={"Range": "bytes=0-"})
    assert (read.headers["content-encoding"], read.content) == ("gzip", BODY)
    assert read.headers["content-range"].endswith(f"/{len(packed)}")


async def test_an_object_is_never_replaced(urls: ObjectUrls, http: httpx.AsyncClient) -> None:
    assert (await http.put(signed(urls, "PUT"), content=BODY)).status_code == 200
    for headers in ({}, {"Content-Encoding": "gzip"}, {"If-None-Match": '"another"'}, {"If-Match": "*"}):
        for content in (BODY, gzip.compress(b"another content")):
            answer = await http.put(signed(urls, "PUT"), content=content, headers=headers)
            assert answer.status_code in {400, 412}, (headers, answer.text)
    answer = await http.get(signed(urls, "GET"))
    assert (answer.content, "content-encoding" in answer.headers) == (BODY, False)


async def test_an_address_for_plain_objects_takes_no_encoding(urls: ObjectUrls, http: httpx.AsyncClient) -> None:
    address = urls.signer("PUT", BUCKET, "objs/bob@amy/", seconds=60, is_plain=True)(HASH)
    packed = gzip.compress(BODY)
    assert (await http.put(address, content=packed, headers={"Content-Encoding": "gzip"})).status_code == 400
    unmarked = address.replace("X-Patchwork-Plain=1&", "")
    assert (await http.put(unmarked, content=packed, headers={"Content-Encoding": "gzip"})).status_code == 403
    assert (await http.put(address, content=b"another content")).status_code == 400
    head = urls.signer("HEAD", BUCKET, "objs/bob@amy/", seconds=60)(HASH)
    assert (await http.head(head)).status_code == 404
    assert (await http.put(address, content=BODY)).status_code == 200
    assert (await http.head(head)).status_code == 200


async def test_a_signed_address_is_valid_for_one_method_one_object_and_a_limited_time(
    urls: ObjectUrls, http: httpx.AsyncClient
) -> None:
    good = signed(urls, "GET")
    other = "0" * 64
    for method, url in [
        ("PUT", good),
        ("HEAD", good),
        ("DELETE", good),
        ("GET", good.replace(HASH, other)),
        ("GET", good.replace("/amy/", "/bob/")),
        ("GET", good.replace("objs", ".quilt")),
        ("GET", f"{good}0"),
        ("GET", good.replace("Expires=", "Expires=1")),
        ("GET", signed(urls, "GET", seconds=-1)),
        ("GET", ObjectUrls(b"another", urls.base).signer("GET", BUCKET, "objs/amy/", seconds=60)(HASH)),
    ]:
        assert (await http.request(method, url, content=b"x" if method == "PUT" else None)).status_code == 403, url
