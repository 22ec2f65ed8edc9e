"""Requests signed by a real SDK for AWS's own hosts, sent through the proxy to a store that checks the signatures."""

import asyncio
import hashlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import psutil
import pytest
from aiobotocore.config import AioConfig
from botocore.exceptions import ClientError
from fastapi import FastAPI
from support.worlds.proxy_world import settings_for
from support.worlds.servers import aws_session
from support.worlds.shared_routes import with_shared_routes
from yarl import URL

from localrun.child_processes import before_exec
from s3proxy.main import create_app
from s3proxy.resources import open_resources
from shared.schemas.principal import Revocations
from shared.schemas.signer import Signer
from shared.settings import AwsSettings
from shared.testing.auth import FakeAuth
from shared.testing.registry import FakeRegistry
from shared.testing.servers import serve, until

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

BUCKET = "signed-wine"
REGION = "us-east-1"

ODD_KEYS = ["plain.txt", "a b+c%é/日本", "x//y/z", "x//y/../z", "tilde~(1)!*'", "q?u&e=s#t", "%2F%2f", "trailing/", "ü"]

Retarget = Callable[[str, str], str]
"""Signed host and raw target to the proxy's target."""


def form_2026(host: str, target: str) -> str:
    return f"/{host}{target}"


def form_2020(host: str, target: str) -> str:
    bucket, _, rest = host.partition(".s3.")
    return f"/{rest.removesuffix('.amazonaws.com')}/{bucket}{target}"


@asynccontextmanager
async def client_through(
    port: int, settings: AwsSettings, retarget: Retarget = form_2026, secret: str | None = None, **s3: Any
) -> AsyncIterator["S3Client"]:
    """An SDK client that signs for AWS and then sends to the proxy instead, as web catalogs do."""
    key = settings.secret_access_key
    signing = aws_session(settings.access_key_id, secret or (key.get_secret_value() if key else None))

    def re_target(request: Any, **_: Any) -> None:
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        request.url = f"http://127.0.0.1:{port}{retarget(parts.netloc, target)}"

    config = AioConfig(
        signature_version="s3v4", retries={"max_attempts": 1}, s3={"us_east_1_regional_endpoint": "regional", **s3}
    )
    async with signing.client("s3", config=config) as client:
        client.meta.events.register("before-send.s3", re_target)
        yield client


Connect = Callable[..., Awaitable["S3Client"]]


@pytest.fixture
async def port(aws: Any, auth: FakeAuth) -> AsyncIterator[int]:
    """A proxy in front of the emulator, with one registered bucket. The keys that may do everything are in the ledger."""
    settings = settings_for(aws.url)
    auth.vend(auth.token_for("amy"), aws.settings.access_key_id, aws.settings.secret_access_key.get_secret_value())
    async with AsyncExitStack() as stack:
        registry = FakeRegistry([BUCKET])
        resources = await stack.enter_async_context(open_resources(settings, registry, auth))
        app = with_shared_routes(create_app(settings))
        app.state.resources = resources
        await until(lambda: registry.asked)
        opened = await stack.enter_async_context(serve(app))
        async with client_through(opened, aws.settings) as s3:
            await s3.create_bucket(Bucket=BUCKET)
            await s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield opened


@pytest.fixture
async def connect(port: int, aws: Any) -> AsyncIterator[Connect]:
    async with AsyncExitStack() as stack:

        async def connected(**options: Any) -> "S3Client":
            return await stack.enter_async_context(client_through(port, aws.settings, **options))

        yield connected


@pytest.mark.parametrize(
    ("retarget", "addressing"), [(form_2026, "virtual"), (form_2026, "path"), (form_2020, "virtual")]
)
async def test_odd_keys_verify_in_every_form_of_address(connect: Connect, retarget: Retarget, addressing: str) -> None:
    s3 = await connect(retarget=retarget, addressing_style=addressing)
    prefix = f"{retarget.__name__}-{addressing}/"
    for key in ODD_KEYS:
        await s3.put_object(Bucket=BUCKET, Key=prefix + key, Body=key.encode(), Metadata={"key": "value 1"})
        found = await s3.get_object(Bucket=BUCKET, Key=prefix + key)
        assert (await found["Body"].read(), found["Metadata"]) == (key.encode(), {"key": "value 1"})
        assert (await s3.head_object(Bucket=BUCKET, Key=prefix + key))["ContentLength"] == len(key.encode())
    listed = await s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    assert {item["Key"] for item in listed["Contents"]} == {prefix + key for key in ODD_KEYS}


async def test_a_wrong_signature_is_refused_by_the_store(connect: Connect) -> None:
    s3 = await connect(secret="wrong", addressing_style="virtual")
    with pytest.raises(ClientError) as refused:
        await s3.get_object(Bucket=BUCKET, Key="plain.txt")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


async def test_an_unregistered_bucket_is_refused_whatever_the_signature(connect: Connect) -> None:
    s3 = await connect()
    with pytest.raises(ClientError) as refused:
        await s3.create_bucket(Bucket="unregistered")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert refused.value.response["Error"]["Message"] == "The bucket unregistered is not registered here"


async def test_versions_ranges_and_conditions_pass_through_the_proxy(connect: Connect) -> None:
    s3 = await connect()
    first = await s3.put_object(Bucket=BUCKET, Key="v", Body=b"0123456789")
    second = await s3.put_object(Bucket=BUCKET, Key="v", Body=b"abcdefghij")
    old = await s3.get_object(Bucket=BUCKET, Key="v", VersionId=first["VersionId"], Range="bytes=2-4")
    assert (await old["Body"].read(), old["ContentRange"]) == (b"234", "bytes 2-4/10")
    new = await s3.get_object(Bucket=BUCKET, Key="v", IfMatch=second["ETag"])
    assert await new["Body"].read() == b"abcdefghij"
    with pytest.raises(ClientError) as unchanged:
        await s3.get_object(Bucket=BUCKET, Key="v", IfNoneMatch=second["ETag"])
    assert unchanged.value.response["ResponseMetadata"]["HTTPStatusCode"] == 304
    versions = await s3.list_object_versions(Bucket=BUCKET, Prefix="v")
    assert {version["VersionId"] for version in versions["Versions"]} == {first["VersionId"], second["VersionId"]}


async def test_missing_and_deleted_objects_are_404_with_their_headers(connect: Connect) -> None:
    s3 = await connect()
    await s3.put_object(Bucket=BUCKET, Key="gone", Body=b"x")
    assert (await s3.delete_object(Bucket=BUCKET, Key="gone"))["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(ClientError) as deleted:
        await s3.head_object(Bucket=BUCKET, Key="gone")
    answer = deleted.value.response["ResponseMetadata"]
    assert (answer["HTTPStatusCode"], answer["HTTPHeaders"]["x-amz-delete-marker"]) == (404, "true")


async def test_a_multipart_upload_passes_through_the_proxy(connect: Connect) -> None:
    s3 = await connect()
    parts = [os.urandom(5 << 20), b"the end"]
    upload = await s3.create_multipart_upload(Bucket=BUCKET, Key="m/big file", ChecksumAlgorithm="SHA256")
    done: list[Any] = []
    for number, body in enumerate(parts, 1):
        part = await s3.upload_part(
            Bucket=BUCKET,
            Key="m/big file",
            UploadId=upload["UploadId"],
            PartNumber=number,
            Body=body,
            ChecksumAlgorithm="SHA256",
        )
        done.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    await s3.complete_multipart_upload(
        Bucket=BUCKET, Key="m/big file", UploadId=upload["UploadId"], MultipartUpload={"Parts": done}
    )
    found = await s3.get_object(Bucket=BUCKET, Key="m/big file")
    assert await found["Body"].read() == b"".join(parts)


async def test_the_store_decides_about_copies_from_other_buckets(connect: Connect) -> None:
    s3 = await connect()
    with pytest.raises(ClientError) as refused:
        await s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": "no-such-bucket", "Key": "a"})
    assert refused.value.response["Error"]["Code"] == "NoSuchBucket"
    await s3.put_object(Bucket=BUCKET, Key="a +b", Body=b"original")
    await s3.copy_object(Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": "a +b"})
    assert await (await s3.get_object(Bucket=BUCKET, Key="copy"))["Body"].read() == b"original"


@pytest.mark.parametrize("form", [form_2026, form_2020])
async def test_presigned_addresses_work_through_the_proxy(connect: Connect, port: int, form: Retarget) -> None:
    s3 = await connect(addressing_style="virtual")
    await s3.put_object(Bucket=BUCKET, Key="pre signed/ü+", Body=b"signed before")
    parameters = {
        "Bucket": BUCKET,
        "Key": "pre signed/ü+",
        "ResponseContentDisposition": 'attachment; filename="a b.txt"',
    }
    parts = urlsplit(await s3.generate_presigned_url("get_object", Params=parameters))
    url = f"http://127.0.0.1:{port}" + form(parts.netloc, f"{parts.path}?{parts.query}")
    async with aiohttp.ClientSession() as browser:
        async with browser.get(URL(url, encoded=True), headers={"Origin": "http://page"}) as answer:
            assert (answer.status, await answer.read()) == (200, b"signed before")
            assert answer.headers["Content-Disposition"] == 'attachment; filename="a b.txt"'
            assert answer.headers.getall("Access-Control-Allow-Origin") == ["*"]
        async with browser.get(URL(url + "0", encoded=True)) as answer:
            assert answer.status == 403


@pytest.mark.parametrize("form", [form_2026, form_2020])
async def test_an_upload_to_a_presigned_address_passes_through_the_proxy(
    connect: Connect, port: int, form: Retarget
) -> None:
    s3 = await connect(addressing_style="virtual")
    parts = urlsplit(await s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "put/ü +"}))
    url = f"http://127.0.0.1:{port}" + form(parts.netloc, f"{parts.path}?{parts.query}")
    async with aiohttp.ClientSession() as browser:
        async with browser.put(URL(url, encoded=True), data=b"uploaded") as answer:
            assert answer.status == 200
        async with browser.put(URL(url + "0", encoded=True), data=b"changed") as answer:
            assert (answer.status, b"does not match the address" in await answer.read()) == (403, True)
    assert await (await s3.get_object(Bucket=BUCKET, Key="put/ü +"))["Body"].read() == b"uploaded"


async def test_large_bodies_stream_in_bounded_memory(aws: Any, auth: FakeAuth, unused_tcp_port: int) -> None:
    """The proxy as a process of its own: 50 MB up and down without growing by it."""
    body = os.urandom(1 << 20) * 50
    environment = {
        **os.environ,
        "S3PROXY_PROFILE": "development",
        "S3PROXY_INTERNAL__TOKEN": "t",
        "S3PROXY_AWS__ENDPOINT_URL": aws.url,
    }
    auth.vend(auth.token_for("amy"), aws.settings.access_key_id, aws.settings.secret_access_key.get_secret_value())
    async with fake_peers([BUCKET], auth) as peers_url:
        environment["S3PROXY_INTERNAL__REGISTRY_URL"] = environment["S3PROXY_INTERNAL__AUTH_URL"] = peers_url
        arguments = ["-m", "uvicorn", "s3proxy.main:create_app", "--factory", "--port", str(unused_tcp_port)]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            "--no-access-log",
            "--log-level",
            "error",
            env=environment,
            preexec_fn=before_exec(),
        )
        try:
            await answering(f"http://127.0.0.1:{unused_tcp_port}/health/ready")
            memory = psutil.Process(process.pid).memory_info
            async with client_through(unused_tcp_port, aws.settings) as s3:
                await s3.put_object(Bucket=BUCKET, Key="warm", Body=b"x")
                before = memory().rss
                await s3.put_object(Bucket=BUCKET, Key="large", Body=body)
                found = await s3.get_object(Bucket=BUCKET, Key="large")
                digest, highest = hashlib.sha256(), 0
                async for chunk in found["Body"].content.iter_chunked(1 << 18):
                    digest.update(chunk)
                    highest = max(highest, memory().rss)
            assert digest.digest() == hashlib.sha256(body).digest()
            assert highest - before < 16 << 20
        finally:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def fake_peers(names: list[str], auth: FakeAuth) -> AsyncIterator[str]:
    """The registry and `auth` at one URL."""
    app = FastAPI()

    @app.get("/internal/revocations")
    async def revocations(since: int | None = None, wait: float = 0) -> Revocations:
        return await auth.revocations(since, wait=wait)

    @app.get("/internal/signers/{access_key_id}")
    async def signer(access_key_id: str) -> Signer:
        return await auth.signer(access_key_id)

    @app.get("/internal/buckets")
    async def buckets() -> dict[str, Any]:
        return {"buckets": [{"name": name, "region": REGION} for name in names]}

    async with serve(app) as port:
        yield f"http://127.0.0.1:{port}"


async def answering(url: str) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        while True:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
