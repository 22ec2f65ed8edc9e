"""Writes of callers whom nobody knows are refused before their bodies are read, whoever checks signatures in the end."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from itertools import product
from uuid import uuid4

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from support.data.signing import Key
from support.faults.large_bodies import BOMBS, send_large_body
from support.worlds.proxy_world import WRITER, OpenProxy, ProxyWorld, settings_for, signed

from s3proxy.main import create_app
from s3proxy.resources import open_resources
from shared.schemas.principal import Level
from shared.schemas.signer import MINTED
from shared.settings import AwsSettings
from shared.testing.auth import FakeAuth
from shared.testing.registry import FakeRegistry
from shared.testing.servers import until

HOST = "wine.s3.eu-west-1.amazonaws.com"
ADDRESSES = [
    f"/{HOST}/a",
    f"/{HOST}/",
    "/s3.eu-west-1.amazonaws.com/wine/a",
    "/eu-west-1/wine/a",
    "/wine/a",
    "/service/catalog/settings.json",
    "/service/catalog/logo.png",
    "/service/objs/amy/" + "0" * 64,
    "/unregistered/a",
    "/",
    "/lambda/search",
]
QUERIES = [
    "",
    "delete",
    "uploads",
    "partNumber=1&uploadId=u",
    "select&select-type=2",
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIAUNKNOWN%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20260101T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature=" + "0" * 64,
    "X-Patchwork-Expires=9999999999&X-Patchwork-Signature=" + "0" * 64,
]
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS")
UNKNOWN = Key("ASIAUNKNOWN", "secret")
KEY_PAIR = Key("PK0123456789ABCDEFGH", "secret", "")
WRONG = replace(WRITER, secret="wrong")
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def credentials(method: str) -> dict[str, Mapping[str, str]]:
    url = f"https://{HOST}/a"
    return {
        "unsigned": {},
        "form": FORM,
        "token": {"Authorization": "Bearer garbage"},
        "unknown key": UNKNOWN.headers(method, url, hashed=False),
        "wrong secret": WRONG.headers(method, url, hashed=False),
        "unknown minted key": replace(UNKNOWN, access_key_id=f"{MINTED}UNKNOWN").headers(method, url, hashed=False),
        "signed for another object": WRITER.headers(method, f"https://{HOST}/b", hashed=False),
    }


@pytest.fixture(params=[True, False], ids=["with STS", "without STS"])
async def app(request: pytest.FixtureRequest, auth: FakeAuth) -> AsyncIterator[FastAPI]:
    """A proxy whose store would not answer: no request may get there."""
    settings = settings_for("http://127.0.0.1:9", sts=request.param, service_bucket="service")
    keys = AwsSettings(
        endpoint_url="http://127.0.0.1:9", access_key_id="root", secret_access_key=SecretStr("root-secret")
    )
    settings = settings.model_copy(update={"aws": keys})
    made, registry = create_app(settings), FakeRegistry(["wine"])
    async with open_resources(settings, registry, auth) as resources:
        made.state.resources = resources
        await until(lambda: registry.asked)
        yield made


async def test_nothing_is_read_of_the_body_of_an_unknown_caller(app: FastAPI) -> None:
    for method, path, query in product(METHODS, ADDRESSES, QUERIES):
        for how, headers in credentials(method).items():
            asked = {"Transfer-Encoding": "chunked", **headers}
            taken = await send_large_body(app, method, path, asked, query=query)
            assert taken.status < 500, (method, path, query, how, taken)
            assert taken.size == 0, (method, path, query, how, taken)


async def test_bombs_of_unknown_callers_are_not_read(app: FastAPI) -> None:
    for method, bomb in product(("PUT", "POST"), BOMBS.values()):
        for query in ("", "delete"):
            headers = {"Content-Length": str(len(bomb.body)), **bomb.headers}
            taken = await send_large_body(app, method, f"/{HOST}/a", headers, bomb.body, query=query)
            assert (taken.status, taken.size) == (403, 0), (method, query, bomb.content_type)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        (None, b"403", b"AccessDenied"),
        (UNKNOWN, b"400", b"ExpiredToken"),
        (Key("AKIAUNKNOWN", "secret", ""), b"403", b"AccessDenied"),
        (WRONG, b"403", b"AccessDenied"),
        (KEY_PAIR, b"403", b"AccessDenied"),
    ],
)
async def test_a_write_of_an_unknown_caller_never_reaches_the_store(
    open_proxy: OpenProxy, method: str, key: Key | None, status: bytes, code: bytes
) -> None:
    stage = await open_proxy()
    headers = key.headers(method, f"https://{HOST}/a", hashed=False) if key else {}
    lines = [f"{name}: {value}" for name, value in headers.items() if value]
    head, body = await stage.get(f"/{HOST}/a", *lines, "Content-Length: 9999999999", method=method)
    assert (head.split(b" ")[1], b"<Code>" + code in body) == (status, True)
    assert stage.store.heads == []


async def test_a_read_with_the_key_pair_of_an_api_key_never_reaches_the_store(
    open_proxy: OpenProxy, auth: FakeAuth
) -> None:
    stage = await open_proxy()
    auth.vend(auth.token_for("amy", {"*": Level.READ}), KEY_PAIR.access_key_id, KEY_PAIR.secret)
    headers = KEY_PAIR.headers("GET", f"https://{HOST}/a")
    lines = [f"{name}: {value}" for name, value in headers.items() if value]
    presigned = KEY_PAIR.presigned(f"https://{HOST}/a").removeprefix("https:/")
    for target, given in ((f"/{HOST}/a", lines), (presigned, [])):
        head, body = await stage.get(target, *given)
        assert (head.split(b" ")[1], b"valid at the package gateway alone" in body) == (b"403", True)
    assert stage.store.heads == []


async def test_a_write_of_a_known_caller_passes_with_its_signature(open_proxy: OpenProxy) -> None:
    stage = await open_proxy()
    lines = signed("DELETE", f"/{HOST}/a")
    assert (await stage.get(f"/{HOST}/a", *lines, method="DELETE"))[0].startswith(b"HTTP/1.1 200")
    assert f"Authorization: {stage.store.headers['authorization']}" in lines


async def test_the_ledger_is_asked_once_for_each_key(open_proxy: OpenProxy, auth: FakeAuth) -> None:
    stage, (key, _) = await open_proxy(), vended(auth)
    before = auth.resolved
    for _ in range(5):
        assert await delete(stage, key) == b"200"
    assert auth.resolved == before + 1


async def test_a_revoked_credential_writes_no_more(open_proxy: OpenProxy, auth: FakeAuth) -> None:
    stage, (key, token) = await open_proxy(), vended(auth)
    assert await delete(stage, key) == b"200"
    auth.revoke(token)
    async with asyncio.timeout(30):
        while (status := await delete(stage, key)) == b"200":
            pass
    assert status == b"400"


async def test_while_auth_is_down_known_callers_write_and_others_get_a_503(
    open_proxy: OpenProxy, auth: FakeAuth
) -> None:
    stage, (key, _) = await open_proxy(), vended(auth)
    assert await delete(stage, key) == b"200"
    auth.down = True
    try:
        assert (await delete(stage, key), await delete(stage, UNKNOWN)) == (b"200", b"503")
        assert (await stage.get(f"/{HOST}/a"))[0].startswith(b"HTTP/1.1 200")
    finally:
        auth.down = False


def vended(auth: FakeAuth) -> tuple[Key, str]:
    """A credential, and the token of the session that got it."""
    key, token = Key(f"ASIA{uuid4().hex[:12].upper()}", "secret"), auth.token_for("amy")
    auth.vend(token, key.access_key_id, key.secret)
    return key, token


async def delete(stage: ProxyWorld, key: Key) -> bytes:
    """Status of the answer to a signed DELETE."""
    headers = key.headers("DELETE", f"https://{HOST}/a", hashed=False)
    head, _ = await stage.get(f"/{HOST}/a", *(f"{each}: {headers[each]}" for each in headers), method="DELETE")
    return head.split(b" ")[1]
