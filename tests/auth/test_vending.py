"""Permissions of vended credentials, tested against a real S3 and STS protocol."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError
from pydantic import SecretStr
from support.worlds.auth_world import Given, app_with, bearer, client_of
from support.worlds.servers import Aws, aws_session

from auth.resources import AuthResources
from shared.aws.clients import open_s3
from shared.aws.credentials import open_vendor
from shared.errors import Unavailable
from shared.schemas.principal import EVERY_BUCKET, Level

READ, READ_WRITE = Level.READ, Level.READ_WRITE
MINE, OTHER = "vending-mine", "vending-other"


@pytest.fixture(scope="module")
async def role_arn(aws: Aws) -> str:
    """Makes two versioned buckets with an object each, and a role for people that permits everything in S3."""
    async with open_s3(aws.settings) as s3:
        for bucket in (MINE, OTHER):
            await s3.create_bucket(Bucket=bucket)
            versioned: Any = {"Status": "Enabled"}
            await s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=versioned)
            await s3.put_object(Bucket=bucket, Key="a b.csv", Body=b"1")
    async with aws.root("iam") as iam:
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        made = await iam.create_role(RoleName="vending-people", AssumeRolePolicyDocument=policy(trust))
        everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        await iam.put_role_policy(RoleName="vending-people", PolicyName="s3", PolicyDocument=policy(everything))
    return str(made["Role"]["Arn"])


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture
async def given_aws(resources: AuthResources, aws: Aws, role_arn: str) -> AsyncIterator[Given]:
    async with open_vendor(aws.settings, role_arn) as vendor:
        settings = resources.settings.model_copy(update={"user_role_arn": role_arn})
        furnished = replace(resources, vendor=vendor, settings=settings)
        async with client_of(app_with(furnished)) as client:
            yield Given(furnished, client)


@asynccontextmanager
async def s3_of(given: Given, aws: Aws, permissions: dict[str, Level]) -> AsyncIterator[Any]:
    """An S3 client with the credentials of a user with these permissions."""
    await given.role("Role", permissions)
    await given.user("amy", roles=["Role"])
    answer = await given.client.get("/api/auth/get_credentials", headers=bearer(await given.token()))
    assert answer.status_code == 200, answer.text
    vended = answer.json()
    signing = aws_session(vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"])
    config = AioConfig(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
    async with signing.client("s3", endpoint_url=aws.url, config=config) as s3:
        yield s3


@asynccontextmanager
async def refused() -> AsyncIterator[None]:
    with pytest.raises(ClientError) as caught:
        yield
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


async def reads(s3: Any, bucket: str) -> None:
    listed = await s3.list_objects_v2(Bucket=bucket)
    assert "a b.csv" in [each["Key"] for each in listed["Contents"]]
    versions = await s3.list_object_versions(Bucket=bucket, Prefix="a b.csv")
    version = versions["Versions"][-1]["VersionId"]
    got = await s3.get_object(Bucket=bucket, Key="a b.csv", VersionId=version)
    assert await got["Body"].read() == b"1"
    await s3.head_object(Bucket=bucket, Key="a b.csv", ChecksumMode="ENABLED")


async def writes(s3: Any, bucket: str) -> None:
    at = {"Bucket": bucket, "Key": "new"}
    await s3.put_object(**at, Body=b"2", ChecksumAlgorithm="SHA256")
    await s3.copy_object(Bucket=bucket, Key="copy", CopySource=at)
    upload = await s3.create_multipart_upload(**at)
    part = await s3.upload_part(**at, UploadId=upload["UploadId"], PartNumber=1, Body=b"3")
    assert len((await s3.list_parts(**at, UploadId=upload["UploadId"]))["Parts"]) == 1
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    await s3.complete_multipart_upload(**at, UploadId=upload["UploadId"], MultipartUpload=parts)
    upload = await s3.create_multipart_upload(**at)
    await s3.abort_multipart_upload(**at, UploadId=upload["UploadId"])
    await s3.delete_object(**at)
    await s3.delete_object(Bucket=bucket, Key="copy")


async def cannot_write(s3: Any, bucket: str) -> None:
    at = {"Bucket": bucket, "Key": "a b.csv"}
    async with refused():
        await s3.put_object(**at, Body=b"changed")
    async with refused():
        await s3.create_multipart_upload(**at)
    async with refused():
        await s3.delete_object(**at)
    async with refused():
        await s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": MINE, "Key": "a b.csv"})


async def cannot_read(s3: Any, bucket: str) -> None:
    async with refused():
        await s3.list_objects_v2(Bucket=bucket)
    async with refused():
        await s3.get_object(Bucket=bucket, Key="a b.csv")


async def cannot_configure(s3: Any, bucket: str) -> None:
    async with refused():
        await s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    async with refused():
        await s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    async with refused():
        await s3.delete_bucket(Bucket=bucket)
    versions = await s3.list_object_versions(Bucket=bucket, Prefix="a b.csv")
    async with refused():
        await s3.delete_object(Bucket=bucket, Key="a b.csv", VersionId=versions["Versions"][-1]["VersionId"])


async def test_a_reader_reads_one_bucket(given_aws: Given, aws: Aws) -> None:
    async with s3_of(given_aws, aws, {MINE: READ}) as s3:
        await reads(s3, MINE)
        await cannot_write(s3, MINE)
        await cannot_configure(s3, MINE)
        await cannot_read(s3, OTHER)
        await cannot_write(s3, OTHER)


async def test_a_writer_writes_one_bucket(given_aws: Given, aws: Aws) -> None:
    async with s3_of(given_aws, aws, {MINE: READ_WRITE}) as s3:
        await reads(s3, MINE)
        await writes(s3, MINE)
        await cannot_configure(s3, MINE)
        await cannot_read(s3, OTHER)
        await cannot_write(s3, OTHER)


async def test_a_reader_of_every_bucket_writes_none(given_aws: Given, aws: Aws) -> None:
    async with s3_of(given_aws, aws, {EVERY_BUCKET: READ}) as s3:
        for bucket in (MINE, OTHER):
            await reads(s3, bucket)
            await cannot_write(s3, bucket)


async def test_a_reader_of_every_bucket_may_write_one(given_aws: Given, aws: Aws) -> None:
    async with s3_of(given_aws, aws, {EVERY_BUCKET: READ, MINE: READ_WRITE}) as s3:
        await reads(s3, OTHER)
        await cannot_write(s3, OTHER)
        await reads(s3, MINE)
        await writes(s3, MINE)


async def test_a_writer_of_every_bucket_configures_none(given_aws: Given, aws: Aws) -> None:
    async with s3_of(given_aws, aws, {EVERY_BUCKET: READ_WRITE}) as s3:
        for bucket in (MINE, OTHER):
            await writes(s3, bucket)
            await cannot_configure(s3, bucket)


@pytest.mark.parametrize("wrong", ["role", "address", "key"])
async def test_a_vendor_without_a_usable_role_is_unavailable(aws: Aws, role_arn: str, wrong: str) -> None:
    settings, arn = aws.settings, role_arn
    match wrong:
        case "role":
            arn = f"{role_arn}-that-is-not-there"
        case "address":
            settings = settings.model_copy(update={"endpoint_url": "http://127.0.0.1:1"})
        case _:
            settings = settings.model_copy(
                update={"access_key_id": "AKIAUNKNOWN000000000", "secret_access_key": SecretStr("x")}
            )
    async with open_vendor(settings, arn, timeout_seconds=2) as vendor:
        with pytest.raises(Unavailable, match="STS"):
            await vendor.vend("patchwork-amy", policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}), 3600)
