"""S3 key pairs of API keys, at the package gateway of a running system."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aioboto3
import pytest
from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError
from support.worlds.system import BUCKET, HTTP, Api, System

PASSWORD = "gwen's password"
WINE = b"variety,price\nriesling,12\n"
PREFIX = "gwen/cellar/latest/"
END_SECONDS = 10


@dataclass
class Cellar:
    """A package, and the person who pushed it."""

    system: System
    api: Api

    def key(self) -> str:
        made = self.api.request("POST", "/api/v1/keys", json={"name": "notebooks"})
        assert made.status_code == 201, made.text
        return str(made.json()["api_key"]["id"])

    def pair(self, key: str) -> dict[str, Any]:
        made = self.api.request("POST", f"/api/v1/keys/{key}/s3")
        assert made.status_code == 201, made.text
        pair: dict[str, Any] = made.json()
        return pair


@asynccontextmanager
async def client(keys: tuple[str, str, str | None], url: str) -> AsyncIterator[Any]:
    config = AioConfig(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
    session = aioboto3.Session(*keys, region_name="us-east-1")
    async with session.client("s3", endpoint_url=url, config=config) as s3:
        yield s3


def keys_of(pair: Mapping[str, Any]) -> tuple[str, str, str | None]:
    return pair["access_key_id"], pair["secret_access_key"], None


@pytest.fixture(scope="module")
async def cellar(system: System) -> Cellar:
    system.create_user("gwen", PASSWORD, "ReadWriteAll")
    api = system.sign_in("gwen", PASSWORD)
    vended = api.get("/api/auth/get_credentials")
    keys = (vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"])
    async with client(keys, system.s3) as s3:
        await s3.put_object(Bucket=BUCKET, Key="gwen/wine.csv", Body=WINE)
    entries = [
        {"logical_key": name, "physical_key": f"s3://{BUCKET}/gwen/wine.csv"}
        for name in ("README.md", "data/wine é.csv")
    ]
    body = {"message": "First", "entries": entries}
    job = await asyncio.to_thread(api.job, f"/api/v1/buckets/{BUCKET}/packages/gwen/cellar/revisions", body)
    assert job["state"] == "done", job
    return Cellar(system, api)


async def test_a_key_pair_reads_packages_at_the_gateway(cellar: Cellar) -> None:
    pair = cellar.pair(cellar.key())
    assert pair["endpoint_url"] == cellar.system.packages
    assert HTTP.get(f"{cellar.system.registry}/api/v1/config").json()["packages_url"] == cellar.system.packages
    async with client(keys_of(pair), pair["endpoint_url"]) as s3:
        listed = await s3.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX)
        assert [each["Key"] for each in listed["Contents"]] == [f"{PREFIX}README.md", f"{PREFIX}data/wine é.csv"]
        there = {"Bucket": BUCKET, "Key": f"{PREFIX}data/wine é.csv"}
        assert await (await s3.get_object(**there))["Body"].read() == WINE
        part = await s3.get_object(**there, Range="bytes=8-12")
        assert (await part["Body"].read(), part["ContentRange"]) == (WINE[8:13], f"bytes 8-12/{len(WINE)}")
        with pytest.raises(ClientError, match=r"AccessDenied|MethodNotAllowed"):
            await s3.put_object(**there, Body=b"changed")


async def test_a_key_pair_is_no_credential_at_the_s3_proxy(cellar: Cellar) -> None:
    pair = cellar.pair(cellar.key())
    async with client(keys_of(pair), cellar.system.s3proxy) as s3:
        with pytest.raises(ClientError, match="valid at the package gateway alone"):
            await s3.get_object(Bucket=BUCKET, Key="gwen/wine.csv")


@pytest.mark.parametrize("ended", ["pair", "key"])
async def test_a_key_pair_that_has_ended_reads_nothing_within_seconds(cellar: Cellar, ended: str) -> None:
    key = cellar.key()
    pair = cellar.pair(key)
    there = {"Bucket": BUCKET, "Key": f"{PREFIX}README.md"}
    async with client(keys_of(pair), pair["endpoint_url"]) as s3:
        assert await (await s3.get_object(**there))["Body"].read() == WINE
        path = f"/api/v1/keys/{key}" if ended == "key" else f"/api/v1/keys/{key}/s3/{pair['access_key_id']}"
        assert cellar.api.request("DELETE", path).status_code == 204
        async with asyncio.timeout(END_SECONDS):
            while await reads(s3, there):  # noqa: ASYNC110 – nothing tells it
                await asyncio.sleep(0.1)


async def reads(s3: Any, there: Mapping[str, str]) -> bool:
    try:
        await s3.get_object(**there)
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] not in {401, 403, 404}
    return True
