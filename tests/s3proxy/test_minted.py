"""Credentials that `auth` minted, in a real SDK, against a store that only knows the proxy's own keys."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from aiobotocore.config import AioConfig
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from support.worlds.proxy_world import settings_for
from support.worlds.servers import Aws, aws_session
from support.worlds.shared_routes import with_shared_routes
from typing_extensions import override

from s3proxy.errors import AccessDenied, InvalidAddress, InvalidRequest, NotImplementedHere, S3Error
from s3proxy.main import create_app
from s3proxy.resources import open_resources
from s3proxy.services.chunks import WITH_TRAILERS
from s3proxy.services.deletions import rewritten
from shared.audit import AuditQueue
from shared.aws.signatures import SigningScope
from shared.runtime import supervised
from shared.schemas.audit import AuditEvent, Outcome
from shared.schemas.principal import Level
from shared.schemas.signer import MINTED, MINTED_FOR_SERVICES
from shared.settings import AwsSettings
from shared.testing.auth import FakeAuth
from shared.testing.registry import FakeRegistry
from shared.testing.servers import serve, until

from .test_chunks import chunked
from .test_signed import ODD_KEYS as EVERY_ODD_KEY
from .test_signed import client_through

ODD_KEYS = [key for key in EVERY_ODD_KEY if ".." not in key]
"""Keys with `..` are refused where the proxy is the only authority."""
KEY_PAIR = "PK0123456789ABCDEFGH"
MINE, OTHER, UNREGISTERED = "minted-mine", "minted-other", "minted-unregistered"
READ, READ_WRITE = Level.READ, Level.READ_WRITE


@pytest.fixture(scope="module")
async def store(aws: Aws) -> Aws:
    async with aws.root("s3") as s3:
        for bucket in (MINE, OTHER, UNREGISTERED):
            await s3.create_bucket(Bucket=bucket)
            await s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
            await s3.put_object(Bucket=bucket, Key="a b.csv", Body=b"1")
    return aws


@pytest.fixture
def trail() -> list[AuditEvent]:
    return []


@pytest.fixture
async def port(store: Aws, auth: FakeAuth, trail: list[AuditEvent]) -> AsyncIterator[int]:
    async def keep(events: list[AuditEvent]) -> None:
        trail.extend(events)

    registry = FakeRegistry([MINE, OTHER])
    settings = settings_for(None).model_copy(update={"aws": store.settings})
    async with AsyncExitStack() as stack:
        app = with_shared_routes(create_app(settings))
        resources = await stack.enter_async_context(open_resources(settings, registry, auth))
        queue = AuditQueue("s3proxy", keep)
        await stack.enter_async_context(supervised(lambda: queue.run(0.3)))
        app.state.resources = replace(resources, trail=queue)
        await until(lambda: registry.asked)
        yield await stack.enter_async_context(serve(app))


def minted(auth: FakeAuth, permissions: dict[str, Level]) -> AwsSettings:
    key, secret = f"{MINTED}A{uuid4().hex[:15].upper()}", uuid4().hex
    auth.vend(auth.token_for("amy", permissions), key, secret)
    return AwsSettings(access_key_id=key, secret_access_key=SecretStr(secret))


@asynccontextmanager
async def client(port: int, keys: AwsSettings) -> AsyncIterator[Any]:
    """With the proxy as its endpoint."""
    assert keys.secret_access_key
    signing = aws_session(keys.access_key_id, keys.secret_access_key.get_secret_value(), "session-token")
    config = AioConfig(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1})
    async with signing.client("s3", endpoint_url=f"http://127.0.0.1:{port}", config=config) as s3:
        yield s3


async def test_a_writer_may_put_read_list_copy_and_delete(port: int, auth: FakeAuth) -> None:
    async with client(port, minted(auth, {MINE: READ_WRITE})) as s3:
        for key in ODD_KEYS:
            await s3.put_object(Bucket=MINE, Key=f"odd/{key}", Body=key.encode(), Metadata={"name": "x"})
            found = await s3.get_object(Bucket=MINE, Key=f"odd/{key}")
            assert (await found["Body"].read(), found["Metadata"]) == (key.encode(), {"name": "x"})
        listed = await s3.list_objects_v2(Bucket=MINE, Prefix="odd/", MaxKeys=100)
        assert {each["Key"] for each in listed["Contents"]} == {f"odd/{key}" for key in ODD_KEYS}
        begun = await s3.create_multipart_upload(Bucket=MINE, Key="large")
        part = {"Bucket": MINE, "Key": "large", "UploadId": begun["UploadId"]}
        etag = (await s3.upload_part(**part, PartNumber=1, Body=b"x" * (5 << 20)))["ETag"]
        await s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"ETag": etag, "PartNumber": 1}]})
        assert (await s3.head_object(Bucket=MINE, Key="large"))["ContentLength"] == 5 << 20
        await s3.copy_object(Bucket=MINE, Key="copy", CopySource={"Bucket": MINE, "Key": "a b.csv"})
        await s3.delete_object(Bucket=MINE, Key="copy")
        with pytest.raises(ClientError, match="404"):
            await s3.head_object(Bucket=MINE, Key="copy")


async def test_requests_signed_for_addresses_of_aws_are_accepted(port: int, auth: FakeAuth) -> None:
    async with client_through(port, minted(auth, {MINE: READ_WRITE})) as s3:
        await s3.put_object(Bucket=MINE, Key="catalog é", Body=b"2")
        assert await (await s3.get_object(Bucket=MINE, Key="catalog é"))["Body"].read() == b"2"


async def test_the_key_pair_of_an_api_key_is_no_credential_of_the_store(port: int, auth: FakeAuth) -> None:
    auth.vend(auth.token_for("amy", {MINE: READ_WRITE}), KEY_PAIR, "secret")
    keys = AwsSettings(access_key_id=KEY_PAIR, secret_access_key=SecretStr("secret"))
    async with client(port, keys) as s3, httpx.AsyncClient() as http:
        there = {"Bucket": MINE, "Key": "a b.csv"}
        for act in (s3.get_object(**there), s3.put_object(**there), s3.list_objects_v2(Bucket=MINE)):
            with pytest.raises(ClientError, match=r"AccessDenied.* valid at the package gateway alone"):
                await act
        presigned = await s3.generate_presigned_url("get_object", there, 60)
        answer = await http.get(presigned)
        assert (answer.status_code, "package gateway alone" in answer.text) == (403, True)


async def test_presigned_addresses_work_without_credentials(port: int, auth: FakeAuth) -> None:
    async with client(port, minted(auth, {MINE: READ})) as s3, httpx.AsyncClient() as http:
        there = {"Bucket": MINE, "Key": "a b.csv"}
        url = await s3.generate_presigned_url("get_object", {**there, "ResponseContentType": "text/x"}, 60)
        answer = await http.get(url)
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"1", "text/x")
        assert (await http.get(url.replace("a%20b.csv", "other"))).status_code == 403
        put = await s3.generate_presigned_url("put_object", there, 60)
        assert (await http.put(put, content=b"2")).status_code == 403


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("put_object", {"Key": "x", "Body": b""}),
        ("delete_object", {"Key": "a b.csv"}),
        ("create_multipart_upload", {"Key": "x"}),
    ],
)
async def test_readers_may_not_write(port: int, auth: FakeAuth, act: str, given: dict[str, Any]) -> None:
    async with client(port, minted(auth, {MINE: READ, OTHER: READ_WRITE})) as s3:
        assert await (await s3.get_object(Bucket=MINE, Key="a b.csv"))["Body"].read() == b"1"
        with pytest.raises(ClientError, match="AccessDenied"):
            await getattr(s3, act)(Bucket=MINE, **given)


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("get_object", {"Bucket": OTHER, "Key": "a b.csv"}),
        ("list_objects_v2", {"Bucket": OTHER}),
        ("get_object", {"Bucket": UNREGISTERED, "Key": "a b.csv"}),
        ("copy_object", {"Bucket": MINE, "Key": "x", "CopySource": {"Bucket": OTHER, "Key": "a b.csv"}}),
        ("copy_object", {"Bucket": MINE, "Key": "x", "CopySource": {"Bucket": UNREGISTERED, "Key": "a b.csv"}}),
        ("delete_object", {"Bucket": MINE, "Key": "a b.csv", "VersionId": "v"}),
        ("delete_objects", {"Bucket": MINE, "Delete": {"Objects": [{"Key": "a b.csv", "VersionId": "v"}]}}),
        ("put_object", {"Bucket": MINE, "Key": "x", "Body": b"", "ACL": "public-read"}),
        ("put_object_acl", {"Bucket": MINE, "Key": "a b.csv", "ACL": "public-read"}),
        ("put_bucket_versioning", {"Bucket": MINE, "VersioningConfiguration": {"Status": "Suspended"}}),
        ("get_bucket_policy", {"Bucket": MINE}),
        ("create_bucket", {"Bucket": MINE}),
        ("delete_bucket", {"Bucket": MINE}),
    ],
)
async def test_operations_that_no_session_policy_allows_are_refused(
    port: int, auth: FakeAuth, act: str, given: dict[str, Any]
) -> None:
    async with client(port, minted(auth, {MINE: READ_WRITE})) as s3:
        with pytest.raises(ClientError, match="AccessDenied"):
            await getattr(s3, act)(**given)


async def test_refusals_of_known_callers_are_in_the_audit_trail(
    port: int, auth: FakeAuth, trail: list[AuditEvent]
) -> None:
    async with client(port, minted(auth, {MINE: READ})) as s3:
        for _ in range(3):
            with pytest.raises(ClientError, match="AccessDenied"):
                await s3.put_object(Bucket=MINE, Key="x", Body=b"")
    # Those of a second are one row.
    await until(lambda: sum(event.details.get("times", 1) for event in trail) == 3)
    for event in trail:
        assert (event.action, event.outcome, event.target) == ("Api.Refused", Outcome.REFUSED, f"PUT /{MINE}/x")
        assert (event.caller.user, event.caller.address) == ("amy", "127.0.0.1")


async def test_forged_and_expired_signatures_are_refused(port: int, auth: FakeAuth) -> None:
    keys = minted(auth, {MINE: READ_WRITE})
    wrong = keys.model_copy(update={"secret_access_key": SecretStr("wrong")})
    unknown = keys.model_copy(update={"access_key_id": f"{MINTED}UNKNOWN"})
    for each in (wrong, unknown):
        async with client(port, each) as s3:
            with pytest.raises(ClientError, match="AccessDenied"):
                await s3.get_object(Bucket=MINE, Key="a b.csv")


async def test_credentials_of_people_without_a_demanded_second_factor_are_denied(port: int, auth: FakeAuth) -> None:
    """Denied, and not unavailable, which clients would try again."""
    token, key, secret = auth.token_for("amy", {MINE: READ}), f"{MINTED}A{uuid4().hex[:15].upper()}", uuid4().hex
    auth.vend(token, key, secret)
    auth.demand_second_factor(token)
    keys = AwsSettings(access_key_id=key, secret_access_key=SecretStr(secret))
    async with client(port, keys) as s3:
        with pytest.raises(ClientError, match=r"AccessDenied.*second factor"):
            await s3.get_object(Bucket=MINE, Key="a b.csv")


class ChunkedAuth(S3SigV4Auth):
    """As SDKs do it that sign each chunk of a body."""

    kind = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"

    @override
    def payload(self, request: AWSRequest) -> str:
        return self.kind


@pytest.mark.parametrize("trailer", [b"", b"x-amz-checksum-crc32:3VQa3Q=="])
async def test_bodies_that_are_signed_in_chunks_are_accepted(port: int, auth: FakeAuth, trailer: bytes) -> None:
    keys = minted(auth, {MINE: READ_WRITE})
    assert keys.access_key_id
    assert keys.secret_access_key
    url, secret = f"http://127.0.0.1:{port}/{MINE}/chunked", keys.secret_access_key.get_secret_value()
    headers = {"Content-Encoding": "aws-chunked", "x-amz-decoded-content-length": "5"}
    signer = ChunkedAuth(Credentials(keys.access_key_id, secret), "s3", "us-east-1")
    if trailer:
        headers["x-amz-trailer"], signer.kind = "x-amz-checksum-crc32", WITH_TRAILERS
    request = AWSRequest("PUT", url, headers=headers, data=b"1")
    signer.add_auth(request)
    sent = dict(request.headers.items())
    seed, moment = sent["Authorization"].rpartition("Signature=")[2], sent["X-Amz-Date"]
    body = chunked(secret, SigningScope(moment, "us-east-1", "s3"), seed, b"wi", b"ne!", trailer=trailer)
    async with httpx.AsyncClient() as http:
        forged = await http.put(url, content=body.replace(b"ne!", b"no!"), headers=sent)
        assert (forged.status_code, b"<Code>AccessDenied</Code>" in forged.content) == (403, True)
        answer = await http.put(url, content=body, headers=sent)
        assert answer.status_code == 200, answer.text
    async with client(port, keys) as s3:
        found = await s3.get_object(Bucket=MINE, Key="chunked")
        assert await found["Body"].read() == b"wine!"
        assert len((await s3.list_object_versions(Bucket=MINE, Prefix="chunked"))["Versions"]) == 1 + bool(trailer)


async def test_many_objects_are_deleted_at_once(port: int, auth: FakeAuth) -> None:
    keys = [f"many/{key}" for key in (*ODD_KEYS, "<&>\n\"'")]
    async with client(port, minted(auth, {MINE: READ_WRITE, OTHER: READ})) as s3:
        for key in keys:
            await s3.put_object(Bucket=MINE, Key=key, Body=b"")
        named = {"Objects": [{"Key": key} for key in keys[1:]]}
        done = await s3.delete_objects(Bucket=MINE, Delete=named)
        assert {each["Key"] for each in done["Deleted"]} == set(keys[1:])
        listed = await s3.list_objects_v2(Bucket=MINE, Prefix="many/")
        assert [each["Key"] for each in listed["Contents"]] == keys[:1]
        quiet = await s3.delete_objects(Bucket=MINE, Delete={"Objects": [{"Key": keys[0]}], "Quiet": True})
        assert "Deleted" not in quiet
        for bucket, more in ((OTHER, {}), (UNREGISTERED, {}), (MINE, {"VersionId": "v"})):
            with pytest.raises(ClientError, match="AccessDenied"):
                await s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a b.csv", **more}]})
        assert (await s3.head_object(Bucket=OTHER, Key="a b.csv"))["ContentLength"] == 1


@pytest.mark.parametrize("key", [f"../{OTHER}/a b.csv", "x/../y", "./a b.csv", "a/.."])
async def test_no_key_that_a_file_system_would_resolve_reaches_the_store(port: int, auth: FakeAuth, key: str) -> None:
    """Whichever way the key comes: in the path, a document, or a copy's source."""
    keys = minted(auth, {MINE: READ_WRITE, OTHER: READ})
    async with client(port, keys) as s3:
        for act, given in (
            ("put_object", {"Key": key, "Body": b""}),
            ("get_object", {"Key": key}),
            ("delete_object", {"Key": key}),
            ("create_multipart_upload", {"Key": key}),
            ("delete_objects", {"Delete": {"Objects": [{"Key": "many/other"}, {"Key": key}]}}),
            ("copy_object", {"Key": "copied", "CopySource": {"Bucket": MINE, "Key": key}}),
        ):
            with pytest.raises(ClientError, match=r"InvalidURI|HeadObject"):
                await getattr(s3, act)(Bucket=MINE, **given)
        assert (await s3.head_object(Bucket=OTHER, Key="a b.csv"))["ContentLength"] == 1


async def test_the_content_type_is_signed_for_the_store(auth: FakeAuth) -> None:
    """Ceph refuses a request whose content type is not among the signed headers."""
    seen: list[Request] = []

    async def answer(request: Request) -> Response:
        seen.append(request)
        return Response()

    async with serve(Starlette(routes=[Route("/{path:path}", answer, methods=["PUT", "POST"])])) as store_port:
        endpoint = f"http://127.0.0.1:{store_port}"
        aws = AwsSettings(endpoint_url=endpoint, access_key_id="root", secret_access_key=SecretStr("root"))
        settings = settings_for(None).model_copy(update={"aws": aws})
        registry = FakeRegistry([MINE])
        app = create_app(settings)
        async with open_resources(settings, registry, auth) as resources:
            app.state.resources = resources
            await until(lambda: registry.asked)
            async with serve(app) as proxy_port, client(proxy_port, minted(auth, {MINE: READ_WRITE})) as s3:
                await s3.put_object(Bucket=MINE, Key="a.csv", Body=b"1", ContentType="text/csv")
                await s3.delete_objects(Bucket=MINE, Delete={"Objects": [{"Key": "a.csv"}]})
    put, deletion = (each.headers["authorization"].partition("SignedHeaders=")[2].split(",")[0] for each in seen)
    assert "content-type" in put.split(";")
    assert "content-md5" in deletion.split(";")


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        (b"<Delete", InvalidRequest),
        (b"<Delete/>", InvalidRequest),
        (b"<Delete><Object><Key></Key></Object></Delete>", InvalidRequest),
        (b"<!DOCTYPE d [<!ENTITY a 'b'>]><Delete><Object><Key>&a;</Key></Object></Delete>", InvalidRequest),
        (b"<Delete>" + b"<Object><Key>a</Key></Object>" * 1001 + b"</Delete>", InvalidRequest),
        (b"<Delete><Object><Key>a/../b</Key></Object></Delete>", InvalidAddress),
        (b"<Delete><Object><Key>a</Key><ETag>e</ETag></Object></Delete>", NotImplementedHere),
        (b"<D:Delete xmlns:D='x'><D:Object><D:Key>a</D:Key><D:VersionId/></D:Object></D:Delete>", AccessDenied),
    ],
)
def test_invalid_documents_of_delete_objects_are_refused(document: bytes, refusal: type[S3Error]) -> None:
    with pytest.raises(refusal):
        rewritten(document)


async def test_without_sts_only_minted_credentials_are_accepted(store: Aws, auth: FakeAuth) -> None:
    """quilt3 asks without a signature after each refusal, and shows that answer."""
    settings = settings_for(None, sts=False).model_copy(update={"aws": store.settings})
    registry, app = FakeRegistry([MINE]), create_app(settings)
    async with open_resources(settings, registry, auth) as resources:
        app.state.resources = resources
        await until(lambda: registry.asked)
        foreign = AwsSettings(access_key_id="ASIAFOREIGN", secret_access_key=SecretStr("foreign"))
        async with serve(app) as port, client(port, foreign) as s3, httpx.AsyncClient() as http:
            for target in (f"/{MINE}/.quilt/packages/a", f"/{MINE}.s3.us-east-1.amazonaws.com/a b.csv"):
                unsigned = await http.get(f"http://127.0.0.1:{port}{target}")
                assert (unsigned.status_code, b"<Code>AccessDenied</Code>" in unsigned.content) == (403, True)
                assert b"not signed with S3 credentials of this installation" in unsigned.content
            with pytest.raises(ClientError, match="AccessDenied"):
                await s3.get_object(Bucket=MINE, Key="a b.csv")
            async with client(port, minted(auth, {MINE: READ})) as own:
                assert (await own.head_object(Bucket=MINE, Key="a b.csv"))["ContentLength"] == 1


async def test_a_presigned_address_allows_only_the_signed_headers(port: int, auth: FakeAuth) -> None:
    """Not for a copy of something that its signer may read."""
    async with client(port, minted(auth, {MINE: READ_WRITE, OTHER: READ})) as s3, httpx.AsyncClient() as http:
        put = await s3.generate_presigned_url("put_object", {"Bucket": MINE, "Key": "presigned"}, 60)
        copying = await http.put(put, headers={"x-amz-copy-source": f"{OTHER}/a%20b.csv"})
        assert (copying.status_code, b"does not cover x-amz-copy-source" in copying.content) == (403, True)
        assert (await http.put(put, content=b"2")).status_code == 200


PUSH, LATEST = ".quilt/named_packages/amy/wine/1785312000", ".quilt/named_packages/amy/wine/latest"
SECOND_LAYOUT = f".quilt/v2/manifests/amy@wine/{'a' * 64}/manifest.jsonl"


async def author_at(s3: Any, key: str) -> str | None:
    found: dict[str, str] = (await s3.head_object(Bucket=MINE, Key=key))["Metadata"]
    return found.get("patchwork-author")


async def test_pointers_name_their_author_whatever_the_client_says(
    port: int, auth: FakeAuth, trail: list[AuditEvent]
) -> None:
    forged = {"patchwork-author": "ben", "other": "kept"}
    async with client(port, minted(auth, {MINE: READ_WRITE})) as s3:
        for key in (PUSH, LATEST, SECOND_LAYOUT):
            await s3.put_object(Bucket=MINE, Key=key, Body=b"a" * 64)
            assert await author_at(s3, key) == "amy"
            await s3.put_object(Bucket=MINE, Key=key, Body=b"b" * 64, Metadata=forged)
            found = await s3.head_object(Bucket=MINE, Key=key)
            assert found["Metadata"] == {"patchwork-author": "amy", "other": "kept"}
        await s3.put_object(Bucket=MINE, Key="forged", Body=b"c" * 64, Metadata=forged)
        await s3.copy_object(Bucket=MINE, Key=PUSH, CopySource={"Bucket": MINE, "Key": "forged"})
        assert await author_at(s3, PUSH) == "amy"
        begun = await s3.create_multipart_upload(Bucket=MINE, Key=SECOND_LAYOUT, Metadata=forged)
        part = {"Bucket": MINE, "Key": SECOND_LAYOUT, "UploadId": begun["UploadId"]}
        etag = (await s3.upload_part(**part, PartNumber=1, Body=b"d"))["ETag"]
        await s3.complete_multipart_upload(**part, MultipartUpload={"Parts": [{"ETag": etag, "PartNumber": 1}]})
        assert await author_at(s3, SECOND_LAYOUT) == "amy"
        assert await author_at(s3, "forged") == "ben", "other objects are stored as they were sent"
    await until(lambda: any(event.action == "Packages.Push" for event in trail))
    pushes = {(event.caller.user, event.target, event.outcome) for event in trail if event.action == "Packages.Push"}
    assert pushes == {("amy", f"package:{MINE}/amy/wine", Outcome.DONE)}


async def test_a_refused_push_and_one_by_a_service_are_no_push_of_a_client(
    port: int, auth: FakeAuth, trail: list[AuditEvent]
) -> None:
    key, secret = f"{MINTED_FOR_SERVICES}{uuid4().hex[:15].upper()}", uuid4().hex
    auth.vend(auth.token_for("amy", {MINE: READ_WRITE}), key, secret)
    async with client(port, AwsSettings(access_key_id=key, secret_access_key=SecretStr(secret))) as s3:
        await s3.put_object(Bucket=MINE, Key=PUSH, Body=b"b" * 64)
        assert await author_at(s3, PUSH) == "amy"
    async with client(port, minted(auth, {MINE: READ})) as s3:
        with pytest.raises(ClientError, match="AccessDenied"):
            await s3.put_object(Bucket=MINE, Key=PUSH, Body=b"a" * 64)
    await until(lambda: trail)
    assert {event.action for event in trail} == {"Api.Refused"}
