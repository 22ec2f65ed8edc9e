"""Creation and adoption of buckets in S3, which keeps the configuration of others."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aioboto3
import pytest
from botocore.exceptions import ClientError
from pydantic import SecretStr
from support.worlds.servers import Aws

from shared.aws.buckets import EVENTS, PATCHWORK_ID, BucketRefused, BucketSetup, S3BucketSetup
from shared.aws.clients import open_s3
from shared.errors import Unavailable
from shared.settings import AwsSettings
from shared.testing.buckets import FakeBucketSetup

ACCOUNT = "arn:aws:sqs:us-east-1:000000000000:"


def session_of(aws: Aws) -> Any:
    assert aws.settings.secret_access_key
    secret = aws.settings.secret_access_key.get_secret_value()
    return aioboto3.Session(aws.settings.access_key_id, secret, region_name="us-east-1")


@pytest.fixture(scope="module")
async def s3(aws: Aws) -> AsyncIterator[Any]:
    async with open_s3(aws.settings) as client:
        yield client


@pytest.fixture(scope="module")
async def queues(aws: Aws) -> dict[str, str]:
    """Names of queues by their use: two that S3 may send to, and one that it may not."""
    session = session_of(aws)
    names = {kind: f"{kind}-{uuid4().hex[:8]}" for kind in ("ours", "theirs", "closed")}
    async with session.client("sqs", endpoint_url=aws.url) as sqs:
        for kind, name in names.items():
            policy = {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"Service": "s3.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": ACCOUNT + name,
                },
            }
            attributes = {} if kind == "closed" else {"Policy": json.dumps(policy)}
            await sqs.create_queue(QueueName=name, Attributes=attributes)
    return {kind: ACCOUNT + name for kind, name in names.items()}


@pytest.fixture
def name() -> str:
    return f"bucket-{uuid4().hex[:12]}"


def setup_with(s3: Any, queue: str) -> S3BucketSetup:
    return S3BucketSetup(s3, region="us-east-1", queue_arn=queue, origin="http://catalog.test")


@pytest.fixture
def setup(s3: Any, queues: dict[str, str]) -> S3BucketSetup:
    return setup_with(s3, queues["ours"])


async def configured(s3: Any, bucket: str) -> dict[str, Any]:
    """The configuration that the registry sets, read from S3."""
    notification = await s3.get_bucket_notification_configuration(Bucket=bucket)
    return {
        "versioning": (await s3.get_bucket_versioning(Bucket=bucket)).get("Status"),
        "cors": (await s3.get_bucket_cors(Bucket=bucket))["CORSRules"],
        "notification": {key: value for key, value in notification.items() if key != "ResponseMetadata"},
    }


async def test_a_bucket_is_created_with_versioning_cors_and_notifications(
    s3: Any, setup: S3BucketSetup, queues: dict[str, str], name: str
) -> None:
    await setup.ensure(name)
    found = await configured(s3, name)
    assert found["versioning"] == "Enabled"
    [rule] = found["cors"]
    assert (rule["ID"], rule["AllowedOrigins"]) == (PATCHWORK_ID, ["http://catalog.test"])
    assert "x-amz-version-id" in rule["ExposeHeaders"]
    [queue] = found["notification"]["QueueConfigurations"]
    assert (queue["Id"], queue["QueueArn"], sorted(queue["Events"])) == (PATCHWORK_ID, queues["ours"], EVENTS)


async def test_bucket_setup_can_be_repeated(s3: Any, setup: S3BucketSetup, name: str) -> None:
    await setup.ensure(name)
    before = await configured(s3, name)
    await setup.ensure(name)
    assert await configured(s3, name) == before


async def test_an_adopted_bucket_keeps_its_data_rules_and_notifications(
    s3: Any, setup: S3BucketSetup, queues: dict[str, str], name: str
) -> None:
    await s3.create_bucket(Bucket=name)
    await s3.put_object(Bucket=name, Key="kept", Body=b"data")
    theirs = {"ID": "theirs", "AllowedOrigins": ["https://other.example"], "AllowedMethods": ["GET"]}
    await s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [theirs]})
    queue = {
        "Id": "theirs",
        "QueueArn": queues["theirs"],
        "Events": ["s3:ObjectTagging:*"],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "incoming/"}]}},
    }
    await s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"QueueConfigurations": [queue]}
    )
    before = await configured(s3, name)
    for _ in range(2):
        await setup.ensure(name)
        found = await configured(s3, name)
        assert found["cors"][:-1] == before["cors"]
        assert found["cors"][-1]["ID"] == PATCHWORK_ID
        assert found["notification"]["QueueConfigurations"][:-1] == before["notification"]["QueueConfigurations"]
        assert found["notification"]["QueueConfigurations"][-1]["Id"] == PATCHWORK_ID
    body = await (await s3.get_object(Bucket=name, Key="kept"))["Body"].read()
    assert body == b"data"

    await setup.forget(name)
    after = await configured(s3, name)
    assert after["notification"] == before["notification"]
    assert after["versioning"] == "Enabled"


async def test_bucket_setup_repairs_a_changed_configuration(
    s3: Any, setup: S3BucketSetup, queues: dict[str, str], name: str
) -> None:
    await setup.ensure(name)
    before = await configured(s3, name)
    await s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    await setup_with(s3, queues["theirs"]).ensure(name)
    await setup.ensure(name)
    assert await configured(s3, name) == before


async def test_a_queue_that_accepts_no_events_is_named_in_the_refusal(
    s3: Any, queues: dict[str, str], name: str
) -> None:
    with pytest.raises(BucketRefused, match="queue's policy"):
        await setup_with(s3, queues["closed"]).ensure(name)


class OverlapRefusingS3:
    """S3 with a rule that the emulator lacks: two notifications may not receive the same events."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3

    def __getattr__(self, name: str) -> Any:
        return getattr(self._s3, name)

    async def put_bucket_notification_configuration(self, **_: Any) -> None:
        message = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
        raise ClientError({"Error": {"Code": "InvalidArgument", "Message": message}}, "PutBucketNotification")


async def test_notifications_that_receive_the_same_events_are_named(s3: Any, queues: dict[str, str], name: str) -> None:
    await s3.create_bucket(Bucket=name)
    theirs = {"Id": "lake-loader", "QueueArn": queues["theirs"], "Events": ["s3:ObjectCreated:*"]}
    await s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"QueueConfigurations": [theirs]}
    )
    with pytest.raises(BucketRefused, match=f"lake-loader to {queues['theirs']}"):
        await setup_with(OverlapRefusingS3(s3), queues["ours"]).ensure(name)


async def test_a_bucket_in_another_region_is_refused(s3: Any, setup: S3BucketSetup, name: str) -> None:
    where = {"LocationConstraint": "eu-west-1"}
    await s3.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    head = await s3.head_bucket(Bucket=name)
    if head.get("BucketRegion") == "us-east-1":
        pytest.skip("this store has one region")
    with pytest.raises(BucketRefused, match="eu-west-1"):
        await setup.ensure(name)


async def test_a_bucket_that_may_not_be_configured_is_refused_with_a_reason(
    aws: Aws, queues: dict[str, str], name: str
) -> None:
    session = session_of(aws)
    async with session.client("iam", endpoint_url=aws.url) as iam:
        await iam.create_user(UserName=name)
        key = (await iam.create_access_key(UserName=name))["AccessKey"]
    powerless = aws.settings.model_copy(
        update={"access_key_id": key["AccessKeyId"], "secret_access_key": SecretStr(key["SecretAccessKey"])}
    )
    async with open_s3(powerless) as s3:
        with pytest.raises(BucketRefused, match="grant it"):
            await setup_with(s3, queues["ours"]).ensure(name)


async def test_a_bucket_name_that_s3_refuses_is_an_error_with_a_reason(setup: S3BucketSetup) -> None:
    with pytest.raises(BucketRefused, match="lower-case"):
        await setup.ensure("two..dots")


async def test_bucket_setup_is_unavailable_when_the_store_cannot_be_reached(queues: dict[str, str], name: str) -> None:
    nowhere = AwsSettings(endpoint_url="http://127.0.0.1:9", access_key_id="k", secret_access_key=SecretStr("s"))
    async with open_s3(nowhere, attempts=1) as s3:
        with pytest.raises(Unavailable, match="does not answer"):
            await setup_with(s3, queues["ours"]).ensure(name)


@pytest.fixture(params=["real", "fake"])
def either(request: pytest.FixtureRequest, setup: S3BucketSetup) -> BucketSetup:
    return setup if request.param == "real" else FakeBucketSetup()


async def test_fake_and_real_bucket_setups_can_be_repeated_and_forget_missing_buckets(
    either: BucketSetup, name: str
) -> None:
    await either.forget(name)
    await either.ensure(name)
    await either.ensure(name)
    await either.forget(name)
    await either.forget(name)
