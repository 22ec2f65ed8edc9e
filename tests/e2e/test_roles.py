"""Roles as the whole system has them: in S3's own answers, wherever the rights came from."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioboto3
import pytest
from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError
from support.worlds.system import BUCKET, Api, System

MANY = {f"a-bucket-with-quite-a-name-{number:03}": "READ" for number in range(60)}
"""More than a session policy can name: the role gets one of its own in IAM."""


@pytest.fixture(scope="module")
def admin(system: System) -> Api:
    return system.sign_in()


@asynccontextmanager
async def s3_of(system: System, api: Api) -> AsyncIterator[Any]:
    vended = api.get("/api/auth/get_credentials")
    session = aioboto3.Session(
        vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"], region_name="us-east-1"
    )
    config = AioConfig(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    async with session.client("s3", endpoint_url=system.s3, config=config) as s3:
        yield s3


def code_of(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


async def readable(s3: Any, there: dict[str, str]) -> bool:
    try:
        await s3.get_object(**there)
    except ClientError as error:
        return code_of(error) != "AccessDenied"
    return True


async def test_a_role_of_many_buckets_works_in_s3_and_ends_with_its_user(system: System, admin: Api) -> None:
    role = {"name": "Librarians", "permissions": {**MANY, BUCKET: "READ_WRITE"}}
    assert admin.request("POST", "/api/v1/admin/roles", json=role).status_code == 201
    system.create_user("lea", "lea's password", "Librarians")
    there = {"Bucket": BUCKET, "Key": "librarians/a.txt"}
    async with s3_of(system, system.sign_in("lea", "lea's password")) as s3:
        await s3.put_object(**there, Body=b"a")
        assert await (await s3.get_object(**there))["Body"].read() == b"a"
        with pytest.raises(ClientError) as refused:
            await s3.put_object(Bucket=next(iter(MANY)), Key="x", Body=b"")
        assert code_of(refused.value) in {"AccessDenied", "NoSuchBucket"}
        check = admin.request("POST", "/api/v1/admin/roles/Librarians/check").json()
        assert check["ok"], check
        assert {each["bucket"]: each["found"] for each in check["buckets"]}[BUCKET] == "READ_WRITE"
        assert admin.request("POST", "/api/v1/admin/users/lea/disable").status_code == 200
        async with asyncio.timeout(10):
            while await readable(s3, there):  # noqa: ASYNC110 – S3 tells nobody
                await asyncio.sleep(0.2)


def test_a_switched_role_takes_effect_at_once(system: System, admin: Api) -> None:
    system.create_user("switcher", "switcher's password", "ReadWriteAll")
    body = {"add": ["ReadAll"]}
    assert admin.request("PATCH", "/api/v1/admin/users/switcher/roles", json=body).status_code == 200
    switcher = system.sign_in("switcher", "switcher's password")
    assert {each["level"] for each in switcher.get("/api/v1/buckets")["items"]} == {"READ_WRITE"}
    text = 'mutation { switchRole(roleName: "ReadAll") { ... on Me { role { name } } } }'
    switched = switcher.request("POST", "/graphql", json={"query": text}).json()
    assert switched["data"]["switchRole"]["role"] == {"name": "ReadAll"}
    began = time.monotonic()
    assert {each["level"] for each in switcher.get("/api/v1/buckets")["items"]} == {"READ"}
    assert time.monotonic() - began < 3
