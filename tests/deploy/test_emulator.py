"""The embedded AWS server: its access control, its repairs, and its durability against `kill -9`."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError
from support.worlds.servers import Aws, client

from localrun.emulator import ACCOUNT, Emulator
from localrun.testing import free_port
from shared.settings import AwsSettings

BODY = bytes(range(256)) * 64
MIB = 1 << 20


def sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


@pytest.fixture(scope="session")
async def s3(aws: Aws) -> AsyncIterator[Any]:
    async with aws.root("s3") as opened:
        yield opened


@pytest.fixture
async def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = f"b-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]}"
    await s3.create_bucket(Bucket=name)
    await s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


async def test_administration_of_the_emulator_is_refused(aws: Aws, s3: Any, bucket: str) -> None:
    await s3.put_object(Bucket=bucket, Key="kept", Body=b"1")
    async with httpx.AsyncClient(base_url=aws.url) as http:
        for path in (
            "/_ministack/reset",
            "/_localstack/state/reset",
            "/_aws/anything",
            "/_ministack/../_ministack/reset",
        ):
            assert (await http.post(path)).status_code == 403
        assert (await http.get("/_ministack/ready")).status_code == 200
    assert (await s3.list_objects_v2(Bucket=bucket))["KeyCount"] == 1


@pytest.mark.parametrize("service", ["s3", "sqs", "sts", "iam"])
@pytest.mark.parametrize("key", ["test", "000000000000", "123456789012", "AKIAUNKNOWN", "root with a wrong secret"])
async def test_no_well_known_or_forged_key_is_root(aws: Aws, service: str, key: str) -> None:
    known = str(aws.settings.access_key_id) if key.startswith("root") else key
    calls = {"s3": "list_buckets", "sqs": "list_queues", "sts": "get_caller_identity", "iam": "list_users"}
    async with client(service, aws.url, known, "test") as forged:
        with pytest.raises(ClientError, match=r"InvalidAccessKeyId|InvalidClientTokenId|SignatureDoesNotMatch"):
            await getattr(forged, calls[service])()


@pytest.mark.parametrize("service", ["s3", "sqs", "sts", "iam"])
@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 403),
        ("Foo Credential={key}/20260101/us-east-1/{service}/aws4_request", 403),
        (
            "AWS4-HMAC-SHA256 Credential=/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0",
            403,
        ),
        (
            "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0",
            400,
        ),
        ("AWS {key}:c2lnbmF0dXJl", 403),
        ("Bearer {key}", 403),
    ],
)
async def test_unsigned_requests_are_refused(
    aws: Aws, s3: Any, service: str, authorization: str | None, status: int
) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if authorization:
        headers["Authorization"] = authorization.format(key=aws.settings.access_key_id, service=service)
    async with httpx.AsyncClient(base_url=aws.url, headers=headers) as http:
        for content in (
            "Action=CreateUser&UserName=x&Version=2010-05-08",
            "Action=GetCallerIdentity&Version=2011-06-15",
        ):
            assert (await http.post("/", content=content)).status_code == status
        target = {"X-Amz-Target": "AmazonSQS.ListQueues"}
        assert (await http.post("/", content="{}", headers=target)).status_code == status
        assert (await http.put("/forged-bucket")).status_code == status
        assert (await http.get("/")).status_code == status
    assert "forged-bucket" not in {each["Name"] for each in (await s3.list_buckets())["Buckets"]}


async def test_requested_checksums_are_returned(s3: Any, bucket: str) -> None:
    asked = await s3.put_object(Bucket=bucket, Key="a", Body=BODY, ChecksumAlgorithm="SHA256")
    assert asked["ChecksumSHA256"] == sha256(BODY)
    assert "ChecksumSHA256" not in await s3.put_object(Bucket=bucket, Key="b", Body=BODY)

    source = {"Bucket": bucket, "Key": "b"}
    copied = await s3.copy_object(Bucket=bucket, Key="c", CopySource=source, ChecksumAlgorithm="SHA256")
    assert copied["CopyObjectResult"]["ChecksumSHA256"] == sha256(BODY)
    plain = await s3.copy_object(Bucket=bucket, Key="d", CopySource=source)
    assert "ChecksumSHA256" not in plain["CopyObjectResult"]
    head = await s3.head_object(Bucket=bucket, Key="c", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"] == sha256(BODY)


async def test_parts_copied_from_a_version_carry_their_checksum(s3: Any, bucket: str) -> None:
    old = await s3.put_object(Bucket=bucket, Key="a", Body=BODY)
    await s3.put_object(Bucket=bucket, Key="a", Body=b"newer")
    upload = await s3.create_multipart_upload(Bucket=bucket, Key="copy", ChecksumAlgorithm="SHA256")
    to = {"Bucket": bucket, "Key": "copy", "UploadId": upload["UploadId"]}
    source = {"Bucket": bucket, "Key": "a", "VersionId": old["VersionId"]}
    parts = []
    for number, (first, last) in enumerate([(0, 9_999), (10_000, len(BODY) - 1)], 1):
        copied = await s3.upload_part_copy(
            **to, PartNumber=number, CopySource=source, CopySourceRange=f"bytes={first}-{last}"
        )
        told = copied["CopyPartResult"]
        assert told["ChecksumSHA256"] == sha256(BODY[first : last + 1])
        parts.append({"PartNumber": number, "ETag": told["ETag"], "ChecksumSHA256": told["ChecksumSHA256"]})
    with pytest.raises(ClientError, match="not valid for source"):
        await s3.upload_part_copy(**to, PartNumber=1, CopySource=source, CopySourceRange=f"bytes=0-{len(BODY)}")
    done = await s3.complete_multipart_upload(**to, MultipartUpload={"Parts": parts})
    assert done["ChecksumSHA256"].endswith("-2")
    assert await (await s3.get_object(Bucket=bucket, Key="copy"))["Body"].read() == BODY
    await s3.put_object(Bucket=bucket, Key="copy", Body=b"newer")
    head = await s3.head_object(Bucket=bucket, Key="copy", VersionId=done["VersionId"], ChecksumMode="ENABLED")
    assert (head["ChecksumSHA256"], head["ChecksumType"]) == (done["ChecksumSHA256"], "COMPOSITE")


async def test_a_range_of_a_version_is_answered_with_that_range(s3: Any, bucket: str) -> None:
    old = (await s3.put_object(Bucket=bucket, Key="a", Body=BODY, ChecksumAlgorithm="SHA256"))["VersionId"]
    await s3.put_object(Bucket=bucket, Key="a", Body=b"newer")
    for wanted, expected in [("bytes=5-9", BODY[5:10]), ("bytes=16000-", BODY[16000:]), ("bytes=-3", BODY[-3:])]:
        found = await s3.get_object(Bucket=bucket, Key="a", VersionId=old, Range=wanted, ChecksumMode="ENABLED")
        assert found["ResponseMetadata"]["HTTPStatusCode"] == 206
        assert found["ContentRange"].endswith(f"/{len(BODY)}")
        assert await found["Body"].read() == expected
    whole = await s3.get_object(Bucket=bucket, Key="a", VersionId=old, ChecksumMode="ENABLED")
    assert (whole["ChecksumSHA256"], await whole["Body"].read()) == (sha256(BODY), BODY)
    with pytest.raises(ClientError, match=r"416|InvalidRange"):
        await s3.get_object(Bucket=bucket, Key="a", VersionId=old, Range=f"bytes={len(BODY)}-")


async def test_keys_with_control_characters_are_listed_and_covered_by_policies(aws: Aws, s3: Any, bucket: str) -> None:
    keys = sorted(["odd/bell\x07.txt", "odd/line\nfeed.txt", "odd/a&b<c> +é%.txt", "odd/\x7f"])
    for key in keys:
        await s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    listed = await s3.list_object_versions(Bucket=bucket, Prefix="odd/")
    assert [version["Key"] for version in listed["Versions"]] == keys
    first = await s3.list_object_versions(Bucket=bucket, Prefix="odd/", MaxKeys=2)
    rest = await s3.list_object_versions(
        Bucket=bucket,
        Prefix="odd/",
        KeyMarker=first["NextKeyMarker"],
        VersionIdMarker=first.get("NextVersionIdMarker", ""),
    )
    assert [version["Key"] for page in (first, rest) for version in page["Versions"]] == keys
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
            {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{bucket}/*"},
        ],
    }
    async with aws.root("iam") as iam:
        await iam.create_user(UserName=bucket)
        await iam.put_user_policy(UserName=bucket, PolicyName="p", PolicyDocument=json.dumps(policy))
        made = (await iam.create_access_key(UserName=bucket))["AccessKey"]
    async with client("s3", aws.url, made["AccessKeyId"], made["SecretAccessKey"]) as theirs:
        for key in keys:
            answer = await theirs.get_object(Bucket=bucket, Key=key)
            assert await answer["Body"].read() == b"x"
            with pytest.raises(ClientError, match="AccessDenied"):
                await theirs.delete_object(Bucket=bucket, Key=key)


async def test_an_abandoned_long_poll_takes_no_message(aws: Aws) -> None:
    async with aws.root("sqs") as sqs:
        url = (await sqs.create_queue(QueueName="polled"))["QueueUrl"]
        poll = asyncio.create_task(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20))
        await asyncio.sleep(0.5)
        poll.cancel()
        await asyncio.wait([poll])
        await asyncio.sleep(0.5)
        await sqs.send_message(QueueUrl=url, MessageBody="for whoever is there")
        await asyncio.sleep(0.5)
        received = await sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)
        assert [each["Body"] for each in received["Messages"]] == ["for whoever is there"]


@pytest.mark.long
async def test_acknowledged_changes_survive_a_kill(tmp_path: Path) -> None:  # noqa: PLR0915 – one story
    emulator = Emulator(tmp_path, free_port(), "ROOTKEY0123456789", "a secret")
    emulator.prepare()
    process = emulator.start(tmp_path / "log")
    emulator.wait_ready(process)
    aws = Aws(emulator.url, AwsSettings(access_key_id="ROOTKEY0123456789", secret_access_key="a secret"))

    def kill_and_restart() -> None:
        nonlocal process
        process.kill()
        process.wait()
        process = emulator.start(tmp_path / "log")
        emulator.wait_ready(process)

    async with AsyncExitStack() as stack:
        s3, sqs, iam, sts = [await stack.enter_async_context(aws.root(each)) for each in ("s3", "sqs", "iam", "sts")]
        await s3.create_bucket(Bucket="kept")
        kill_and_restart()
        await s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
        kill_and_restart()
        assert (await s3.get_bucket_versioning(Bucket="kept"))["Status"] == "Enabled"

        url = (await sqs.create_queue(QueueName="events"))["QueueUrl"]
        arn = "arn:aws:sqs:us-east-1:000000000000:events"
        allow = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:*", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        await sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        kill_and_restart()
        queues = [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        await s3.put_bucket_notification_configuration(
            Bucket="kept", NotificationConfiguration={"QueueConfigurations": queues}
        )
        await s3.put_bucket_cors(
            Bucket="kept", CORSConfiguration={"CORSRules": [{"AllowedOrigins": ["*"], "AllowedMethods": ["GET"]}]}
        )
        kill_and_restart()
        assert (await s3.get_bucket_cors(Bucket="kept"))["CORSRules"]

        await iam.create_user(UserName="amy")
        key = (await iam.create_access_key(UserName="amy"))["AccessKey"]
        principal = {"AWS": "arn:aws:iam::000000000000:root"}
        trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        rights = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        role = await iam.create_role(
            RoleName="reader", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        document = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
        await iam.put_role_policy(RoleName="reader", PolicyName="s3", PolicyDocument=document)
        kill_and_restart()
        assert (await iam.list_access_keys(UserName="amy"))["AccessKeyMetadata"][0]["AccessKeyId"] == key["AccessKeyId"]

        vended = (await sts.assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="amy"))["Credentials"]
        kill_and_restart()
        keys = (vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"])
        person = await stack.enter_async_context(client("s3", emulator.url, *keys))
        first = await person.put_object(Bucket="kept", Key="a", Body=b"one", Metadata={"k": "v"})
        second = await person.put_object(Bucket="kept", Key="a", Body=b"two")
        kill_and_restart()
        for version, body in [(first, b"one"), (second, b"two")]:
            found = await person.get_object(Bucket="kept", Key="a", VersionId=version["VersionId"])
            assert await found["Body"].read() == body
        await person.delete_object(Bucket="kept", Key="a")
        kill_and_restart()
        with pytest.raises(ClientError, match="NoSuchKey"):
            await person.get_object(Bucket="kept", Key="a")

        upload = await person.create_multipart_upload(Bucket="kept", Key="large", ChecksumAlgorithm="SHA256")
        to = {"Bucket": "kept", "Key": "large", "UploadId": upload["UploadId"]}
        bodies = [b"w" * 5 * MIB, b"x" * 8 * MIB, b"y" * 5 * MIB]
        await person.put_object(Bucket="kept", Key="source", Body=bodies[0])
        copied = await person.upload_part_copy(**to, PartNumber=1, CopySource={"Bucket": "kept", "Key": "source"})
        kill_and_restart()
        await person.put_object(Bucket="kept", Key="source", Body=b"newer")
        kill_and_restart()
        result = copied["CopyPartResult"]
        parts = [{"PartNumber": 1, "ETag": result["ETag"], "ChecksumSHA256": result["ChecksumSHA256"]}]
        for number, body in enumerate(bodies[1:], 2):
            told = await person.upload_part(**to, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
            kill_and_restart()
            parts.append({"PartNumber": number, "ETag": told["ETag"], "ChecksumSHA256": told["ChecksumSHA256"]})
        done = await person.complete_multipart_upload(**to, MultipartUpload={"Parts": parts})
        kill_and_restart()
        found = await person.get_object(Bucket="kept", Key="large", VersionId=done["VersionId"])
        assert await found["Body"].read() == b"".join(bodies)
        assert not list((tmp_path / "state" / "uploads").iterdir())
    process.terminate()
    process.wait()


async def test_a_write_interrupted_by_a_kill_leaves_no_trace(tmp_path: Path) -> None:
    emulator = Emulator(tmp_path, free_port(), "ROOTKEY0123456789", "a secret")
    emulator.prepare()
    process = emulator.start(tmp_path / "log")
    emulator.wait_ready(process)
    async with client("s3", emulator.url, "ROOTKEY0123456789", "a secret") as s3:
        await s3.create_bucket(Bucket="kept")
        await s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
        versions = [(await s3.put_object(Bucket="kept", Key="d/a", Body=body))["VersionId"] for body in (b"1", b"2")]
        process.kill()
        process.wait()

        # As the third write does it: the second version's body aside, the new body, and then no more.
        objects = tmp_path / "objects"
        aside = objects / ".versions" / ACCOUNT / "kept" / versions[1] / "d" / "a"
        aside.parent.mkdir(parents=True)
        aside.write_bytes(b"2")
        (objects / ACCOUNT / "kept" / "d" / "a").write_bytes(b"third")
        (objects / ACCOUNT / "kept" / "d" / "new").write_bytes(b"never answered")
        process = emulator.start(tmp_path / "log")
        emulator.wait_ready(process)

        for version, body in [(None, b"2"), (versions[0], b"1"), (versions[1], b"2")]:
            named = {"VersionId": version} if version else {}
            found = await s3.get_object(Bucket="kept", Key="d/a", **named)
            assert (await found["Body"].read(), found["VersionId"]) == (body, version or versions[1])
        assert [each["Key"] for each in (await s3.list_objects_v2(Bucket="kept"))["Contents"]] == ["d/a"]
    process.terminate()
    process.wait()


async def test_events_name_the_role_session_or_the_key_that_wrote(aws: Aws, s3: Any, bucket: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    rights = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    role = f"writer-{bucket}"
    async with AsyncExitStack() as stack:
        sqs, iam, sts = [await stack.enter_async_context(aws.root(each)) for each in ("sqs", "iam", "sts")]
        url = (await sqs.create_queue(QueueName=role))["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{role}"
        allow = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:*", "Resource": arn}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        await sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        queues = [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        await s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": queues}
        )
        made = await iam.create_role(
            RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        document = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
        await iam.put_role_policy(RoleName=role, PolicyName="s3", PolicyDocument=document)
        vended = (await sts.assume_role(RoleArn=made["Role"]["Arn"], RoleSessionName="1.patchwork-amy"))["Credentials"]
        keys = (vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"])
        person = await stack.enter_async_context(client("s3", aws.url, *keys))
        await person.put_object(Bucket=bucket, Key="signed", Body=b"1")
        presigned = await person.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "presigned"})
        async with httpx.AsyncClient() as http:
            assert (await http.put(presigned, content=b"2")).status_code == 200
        await s3.put_object(Bucket=bucket, Key="root", Body=b"3")
        found: dict[str, tuple[str, str]] = {}
        while found.keys() != {"signed", "presigned", "root"}:
            answer = await sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5, MaxNumberOfMessages=10)
            for message in answer.get("Messages", []):
                for record in json.loads(message["Body"]).get("Records", []):
                    written = record["s3"]["object"]
                    found[written["key"]] = (record["userIdentity"]["principalId"], written["eTag"])
    session = f"AWS:{made['Role']['RoleId']}:1.patchwork-amy"
    etags = [hashlib.md5(body).hexdigest() for body in (b"1", b"2", b"3")]  # noqa: S324 – as S3 has it
    assert found == {
        "signed": (session, etags[0]),
        "presigned": (session, etags[1]),
        "root": (f"AWS:{aws.settings.access_key_id}", etags[2]),
    }
    assert made["Role"]["RoleId"].startswith("AROA")
