"""The rights of the services in the AWS emulator are minimal, and provisioning them again changes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from support.worlds.servers import Aws, client

from localrun.configuration import Configuration
from localrun.credentials import SystemSecrets
from localrun.emulator import ACCOUNT
from localrun.provision import provision_aws
from localrun.system import QUEUE, SERVICE_BUCKET, USER_ROLE, InnerPorts, System

DENIED = r"AccessDenied|Access Denied|Forbidden"


@pytest.fixture
async def system(aws: Aws, tmp_path: Path) -> System:
    secret = aws.settings.secret_access_key
    keys = SystemSecrets(
        root_key_id=str(aws.settings.access_key_id), root_secret=secret.get_secret_value() if secret else ""
    )
    environment = {"PATCHWORK_S3_PORT": aws.url.rpartition(":")[2], "PATCHWORK_DATA": str(tmp_path)}
    made = System(Configuration.from_environment(environment), keys, InnerPorts.choose())
    await provision_aws(made)
    return made


def as_service(system: System, service: str, kind: str) -> Any:
    return client(kind, system.emulator.url, *system.credentials.aws_keys[service])


async def test_repeated_provisioning_changes_no_key(system: System) -> None:
    before = dict(system.credentials.aws_keys)
    await provision_aws(system)
    assert system.credentials.aws_keys == before
    assert set(before) == {"auth", "registry", "indexer", "s3proxy"}


async def test_a_lost_key_is_replaced(system: System, aws: Aws) -> None:
    lost = system.credentials.aws_keys["indexer"]
    async with aws.root("iam") as iam:
        await iam.delete_access_key(UserName="patchwork-indexer", AccessKeyId=lost[0])
    await provision_aws(system)
    assert system.credentials.aws_keys["indexer"] != lost
    async with as_service(system, "indexer", "sts") as sts:
        assert (await sts.get_caller_identity())["Arn"].endswith("user/patchwork-indexer")


async def test_every_service_has_only_the_rights_that_it_needs(system: System, aws: Aws) -> None:
    async with aws.root("s3") as s3:
        await s3.create_bucket(Bucket="worked-on")
        await s3.put_object(Bucket="worked-on", Key="a", Body=b"1")
    async with as_service(system, "registry", "s3") as s3:
        await s3.put_bucket_versioning(Bucket="worked-on", VersioningConfiguration={"Status": "Enabled"})
        with pytest.raises(ClientError, match=DENIED):
            await s3.put_object(Bucket="worked-on", Key="a", Body=b"2")
        with pytest.raises(ClientError, match=DENIED):
            await s3.delete_bucket(Bucket="worked-on")
    async with as_service(system, "indexer", "s3") as s3:
        assert (await s3.list_object_versions(Bucket="worked-on"))["Versions"]
        assert await (await s3.get_object(Bucket="worked-on", Key="a"))["Body"].read() == b"1"
        with pytest.raises(ClientError, match=DENIED):
            await s3.put_object(Bucket="worked-on", Key="a", Body=b"2")
    async with as_service(system, "auth", "s3") as s3:
        with pytest.raises(ClientError, match=DENIED):
            await s3.get_object(Bucket="worked-on", Key="a")
    async with as_service(system, "auth", "iam") as iam:
        with pytest.raises(ClientError, match=DENIED):
            await iam.create_user(UserName="more")


async def test_auth_vends_what_a_session_policy_allows_and_nobody_else_does(system: System, aws: Aws) -> None:
    async with aws.root("s3") as s3:
        await s3.create_bucket(Bucket="vended-for")
        await s3.put_object(Bucket="vended-for", Key="a", Body=b"1")
    arn = f"arn:aws:iam::{ACCOUNT}:role/{USER_ROLE}"
    read = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::vended-for/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [read]})
    async with as_service(system, "auth", "sts") as sts:
        told = {"RoleArn": arn, "ExternalId": system.credentials.people_external_id}
        keys = (await sts.assume_role(**told, RoleSessionName="amy", Policy=policy))["Credentials"]
    vended = (keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    async with client("s3", aws.url, *vended) as s3:
        assert await (await s3.get_object(Bucket="vended-for", Key="a"))["Body"].read() == b"1"
        with pytest.raises(ClientError, match=DENIED):
            await s3.put_object(Bucket="vended-for", Key="a", Body=b"2")
    async with as_service(system, "auth", "sts") as sts:
        with pytest.raises(ClientError, match=DENIED):
            await sts.assume_role(RoleArn=arn, RoleSessionName="amy")
    for service in ("registry", "indexer"):
        async with as_service(system, service, "sts") as sts:
            with pytest.raises(ClientError, match=DENIED):
                await sts.assume_role(**told, RoleSessionName="amy")


async def test_only_the_registry_may_write_the_service_bucket(system: System, aws: Aws) -> None:
    there = {"Bucket": SERVICE_BUCKET, "Key": "catalog/settings.json"}
    async with as_service(system, "registry", "s3") as s3:
        await s3.put_object(**there, Body=b"{}")
        assert await (await s3.get_object(**there))["Body"].read() == b"{}"
        with pytest.raises(ClientError, match=DENIED):
            await s3.put_object(Bucket=SERVICE_BUCKET, Key="catalog/other", Body=b"")
    everything = {"Effect": "Allow", "Action": ["s3:GetObject*", "s3:PutObject"], "Resource": "arn:aws:s3:::*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    arn = f"arn:aws:iam::{ACCOUNT}:role/{USER_ROLE}"
    async with as_service(system, "auth", "sts") as sts:
        told = {"RoleArn": arn, "ExternalId": system.credentials.people_external_id}
        keys = (await sts.assume_role(**told, RoleSessionName="amy", Policy=policy))["Credentials"]
    async with client("s3", aws.url, keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]) as s3:
        with pytest.raises(ClientError, match=DENIED):
            await s3.get_object(**there)
        with pytest.raises(ClientError, match=DENIED):
            await s3.put_object(**there, Body=b"{}")


async def test_events_reach_the_indexer(system: System, aws: Aws) -> None:
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{QUEUE}"
    async with as_service(system, "registry", "s3") as s3:
        await s3.create_bucket(Bucket="watched")
        queues = [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}]
        await s3.put_bucket_notification_configuration(
            Bucket="watched", NotificationConfiguration={"QueueConfigurations": queues}
        )
    async with aws.root("s3") as s3:
        await s3.put_object(Bucket="watched", Key="a b", Body=b"1")
    url = system.environment("indexer")["INDEXER_EVENTS__QUEUE_URL"]
    seen: list[dict[str, Any]] = []
    async with as_service(system, "indexer", "sqs") as sqs:
        while not seen or "Records" not in seen[-1]:
            for message in (await sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)).get("Messages", []):
                seen.append(json.loads(message["Body"]))
                await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert seen[-1]["Records"][0]["s3"]["object"]["key"] == "a+b"
