"""Signed requests to the package gateway, which the S3 proxy shows `auth` to get credentials that read a bucket."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from support.data.signing import Key
from support.worlds.auth_world import INTERNAL, Given

from shared.aws.signatures import signed_request
from shared.schemas.principal import Level
from shared.signed_calls import passed_on_reading
from shared.testing.credentials import FakeVendor

from .test_s3_key_pairs import make_key, make_pair

URL = "http://packages.test/b-1/amy/wine/latest/README.md"


def shown(key: Key, method: str = "GET", *, presigned: bool = False, **changes: Any) -> dict[str, Any]:
    """The parts of a signed request that the S3 proxy shows."""
    url = key.presigned(URL) if presigned else URL
    parts = urlsplit(url)
    headers = {"Host": parts.netloc} | ({} if presigned else key.headers(method, url))
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    request = signed_request(method, parts.path, parts.query.encode(), sent)
    return {**passed_on_reading(request).model_dump(), **changes}


async def read(client: httpx.AsyncClient, signed: dict[str, Any], bucket: str = "b-1", **more: Any) -> httpx.Response:
    return await client.post("/internal/reads", headers=INTERNAL, json={"signed": signed, "bucket": bucket, **more})


@pytest.fixture
async def pair(given: Given, client: httpx.AsyncClient) -> tuple[Key, str, dict[str, str]]:
    """An S3 key pair of amy's API key, the key's id, and amy, whose role reads b-1."""
    await given.role("Readers", {"b-1": Level.READ})
    amy = await given.caller("amy", roles=["Readers"])
    made = (await make_key(client, amy))["api_key"]
    found = await make_pair(client, amy, made["id"])
    return Key(found["access_key_id"], found["secret_access_key"], None), made["id"], amy


Pair = tuple[Key, str, dict[str, str]]


@pytest.mark.parametrize("presigned", [False, True])
async def test_a_signed_request_gets_credentials_that_read_one_bucket(
    client: httpx.AsyncClient, pair: Pair, vendor: FakeVendor, *, presigned: bool
) -> None:
    key, _, _ = pair
    answer = await read(client, shown(key, presigned=presigned))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["principal"]["name"], answer.json()["principal"]["kind"]) == ("amy", "key")
    ((_, policy, _),) = vendor.vended
    assert "arn:aws:s3:::b-1/*" in str(policy)
    assert "s3:Put" not in str(policy)
    for bucket in ("b-2", "*"):
        assert (await read(client, shown(key, presigned=presigned), bucket)).status_code == 404
    assert len(vendor.vended) == 1


async def test_a_request_that_was_not_signed_so_gets_no_credentials(
    client: httpx.AsyncClient, pair: Pair, vendor: FakeVendor
) -> None:
    key, _, _ = pair
    good = shown(key)
    wrong = {
        "another path": {**good, "path": "/b-1/amy/wine/latest/other"},
        "another query": {**good, "query": "versionId=null"},
        "another method": {**good, "method": "HEAD"},
        "a write": shown(key, "PUT"),
        "another host": {**good, "headers": [(n, "evil.test" if n == "host" else v) for n, v in good["headers"]]},
        "no headers": {**good, "headers": []},
        "another secret": shown(Key(key.access_key_id, "x" * 40, None)),
        "an unknown key": shown(Key("PK" + "A" * 18, key.secret, None)),
        "an old date": {
            **good,
            "headers": [(n, "20200101T000000Z" if n == "x-amz-date" else v) for n, v in good["headers"]],
        },
    }
    for name, signed in wrong.items():
        assert (await read(client, signed)).status_code == 401, name
    assert (await read(client, good, token="x")).status_code == 422
    assert not vendor.vended


async def test_a_signed_request_reads_nothing_once_its_api_key_is_revoked(
    client: httpx.AsyncClient, pair: Pair
) -> None:
    key, key_id, amy = pair
    signed = shown(key)
    assert (await read(client, signed)).status_code == 200
    assert (await client.delete(f"/api/v1/keys/{key_id}", headers=amy)).status_code == 204
    assert (await read(client, signed)).status_code == 401
