"""Attempts at the package gateway that must fail: writes, bad signatures, ended callers, and what a caller may not see."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from support.data.signing import Key
from support.worlds.packages_world import PackagesWorld

from registry.db.tables import Quilt2AccessRow, Quilt2PackageRow
from shared.db.engine import transaction
from shared.schemas.principal import Level

from .test_objects import code

PATH = "amy/wine/latest/README.md"


@pytest.fixture
def target(packages: PackagesWorld) -> str:
    return f"/{packages.bucket}/{PATH}"


@pytest.mark.parametrize(
    ("method", "query"),
    [
        ("PUT", ""),
        ("PUT", "?partNumber=1&uploadId=x"),
        ("PUT", "?tagging"),
        ("PUT", "?acl"),
        ("POST", "?uploads"),
        ("POST", "?delete"),
        ("POST", "?restore"),
        ("POST", "?select&select-type=2"),
        ("DELETE", ""),
        ("DELETE", "?versionId=null"),
    ],
)
async def test_every_write_is_refused(packages: PackagesWorld, target: str, method: str, query: str) -> None:
    for path in (target, f"/{packages.bucket}", "/"):
        for caller, rights in (("reader", None), ("writer", {"*": Level.READ_WRITE})):
            answer = await packages.get(path + query, packages.key(caller, rights), method=method)
            assert (answer.status_code, code(answer)) == (403, "AccessDenied"), path
    unsigned = await packages.send(target + query, {}, method=method)
    assert (unsigned.status_code, code(unsigned)) == (403, "AccessDenied")


async def test_unknown_methods_and_bodies_are_refused(packages: PackagesWorld, target: str) -> None:
    for method in ("PATCH", "TRACE", "PROPFIND"):
        answer = await packages.send(target, {}, method=method)
        assert (answer.status_code, code(answer)) == (405, "MethodNotAllowed")
    signed = packages.key().headers("GET", packages.url + target)
    async with httpx.AsyncClient() as client:
        answer = await client.request("GET", packages.url + target, headers=signed, content=b"body")
    assert (answer.status_code, code(answer)) == (400, "InvalidRequest")


async def test_other_services_of_the_proxy_are_not_on_this_host(packages: PackagesWorld) -> None:
    for path in ("/health/live", "/internal/metrics", "/-/preview", "/lambda/preview", "/", "/robots.txt"):
        answer = await packages.send(path, {})
        assert (answer.status_code, code(answer)) == (403, "AccessDenied"), path


Change = Callable[[dict[str, str]], Any]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda headers: headers.clear(), "AccessDenied"),
        (lambda headers: headers.pop("Authorization"), "AccessDenied"),
        (lambda headers: headers.update(Authorization="Bearer x"), "AuthorizationHeaderMalformed"),
        (lambda headers: headers.update(Authorization="AWS key:signature"), "AuthorizationHeaderMalformed"),
        (
            lambda headers: headers.update(Authorization=headers["Authorization"][:-64] + "0" * 64),
            "SignatureDoesNotMatch",
        ),
        (lambda headers: headers.update({"X-Amz-Date": "20200101T000000Z"}), "RequestTimeTooSkewed"),
        (lambda headers: headers.pop("X-Amz-Date"), "RequestTimeTooSkewed"),
        (lambda headers: headers.update({"x-amz-security-token": "added"}), "SignatureDoesNotMatch"),
        (lambda headers: headers.update({"x-amz-request-payer": "requester"}), "SignatureDoesNotMatch"),
        (lambda headers: headers.update({"X-Amz-Content-SHA256": "0" * 64}), "SignatureDoesNotMatch"),
        (
            lambda headers: headers.update(Authorization=headers["Authorization"].replace("host;", "")),
            "SignatureDoesNotMatch",
        ),
    ],
)
async def test_a_changed_signature_is_refused(
    packages: PackagesWorld, target: str, change: Change, refusal: str
) -> None:
    headers = packages.key().headers("GET", packages.url + target)
    change(headers)
    answer = await packages.send(target, headers)
    assert (answer.status_code, code(answer)) == (400 if "Malformed" in refusal else 403, refusal)


def scoped(key: Key, url: str, region: str, service: str) -> dict[str, str]:
    request = AWSRequest("GET", url)
    S3SigV4Auth(Credentials(key.access_key_id, key.secret), service, region).add_auth(request)
    return dict(request.headers.items())


async def test_a_signature_for_another_region_or_service_is_refused(packages: PackagesWorld, target: str) -> None:
    for region, service in (("eu-west-1", "s3"), ("us-east-1", "execute-api"), ("us-east-1", "sts")):
        answer = await packages.send(target, scoped(packages.key(), packages.url + target, region, service))
        assert (answer.status_code, code(answer)) == (400, "AuthorizationHeaderMalformed")
        assert answer.headers["x-amz-bucket-region"] == "us-east-1"
        assert "<Region>us-east-1</Region>" in answer.text


async def test_a_signature_holds_for_its_request_alone(packages: PackagesWorld, target: str) -> None:
    signed = packages.key().headers("GET", packages.url + target)
    assert (await packages.send(target, signed)).status_code == 200
    others = [
        (target.replace("README.md", "data/a.csv"), "GET", {}),
        (f"{target}?versionId=null", "GET", {}),
        (f"/{packages.bucket}", "GET", {}),
        (target.replace("README", "READM%45"), "GET", {}),
        (target, "HEAD", {}),
        (target, "GET", {"Host": f"{packages.bucket}.{packages.host}"}),
        (f"/{PATH}", "GET", {"Host": f"{packages.bucket}.{packages.host}"}),
    ]
    for path, method, more in others:
        answer = await packages.send(path, signed | more, method=method)
        assert answer.status_code == 403, path


def presigned(key: Key, url: str, seconds: int, *, method: str = "GET", ago: int = 0) -> str:
    request = AWSRequest(method, url)
    signer = S3SigV4QueryAuth(Credentials(key.access_key_id, key.secret), "s3", "us-east-1", expires=seconds)
    then = datetime.now(UTC) - timedelta(seconds=ago)
    request.context["timestamp"] = then.strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(request)  # type: ignore[attr-defined]  # not in the stubs
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))  # type: ignore[attr-defined]
    return str(request.url).removeprefix(f"http://{url.partition('://')[2].partition('/')[0]}")


async def test_presigned_addresses_are_read_until_they_expire(packages: PackagesWorld, target: str) -> None:
    url = packages.url + target
    assert (await packages.send(presigned(packages.key(), url, 60), {})).content == b"# Wine\n"
    assert (await packages.send(presigned(packages.key(), url, 604_800, ago=604_000), {})).status_code == 200
    listing = f"{packages.url}/{packages.bucket}?{urlencode({'list-type': 2, 'prefix': 'amy/wine/latest/'})}"
    assert (await packages.send(presigned(packages.key(), listing, 60), {})).status_code == 200
    refused = {
        "expired": (presigned(packages.key(), url, 60, ago=61), {}, 403),
        "too long": (presigned(packages.key(), url, 604_801), {}, 403),
        "in the future": (presigned(packages.key(), url, 60, ago=-1_000), {}, 403),
        "other path": (presigned(packages.key(), url, 60).replace("README.md", "data/a.csv"), {}, 403),
        "longer": (presigned(packages.key(), url, 60).replace("X-Amz-Expires=60", "X-Amz-Expires=600"), {}, 403),
        "more parameters": (presigned(packages.key(), url, 60) + "&response-content-type=text%2Fhtml", {}, 403),
        "more headers": (presigned(packages.key(), url, 60), {"x-amz-checksum-mode": "ENABLED"}, 403),
        "for HEAD": (presigned(packages.key(), url, 60, method="HEAD"), {}, 403),
        "two signatures": (presigned(packages.key(), url, 60), packages.key().headers("GET", url), 400),
        "without a date": (presigned(packages.key(), url, 60).replace("X-Amz-Date", "X-Amz-Dat"), {}, 403),
    }
    for name, (path, headers, status) in refused.items():
        assert (await packages.send(path, headers)).status_code == status, name


async def test_keys_that_were_never_vended_are_unknown(packages: PackagesWorld, target: str) -> None:
    for access_key_id, token, refusal in (
        ("ASIANOBODY", None, (403, "InvalidAccessKeyId")),
        ("PKAAAAAAAAAAAAAAAAAA", None, (403, "InvalidAccessKeyId")),
        ("ASIANOBODY", "token", (400, "ExpiredToken")),
    ):
        answer = await packages.get(target, Key(access_key_id, "secret", token))
        assert (answer.status_code, code(answer)) == refusal
    guessed = await packages.get(target, Key(packages.key().access_key_id, "wrong", None))
    assert (guessed.status_code, code(guessed)) == (403, "SignatureDoesNotMatch")


async def test_the_key_pair_of_an_api_key_reads_until_the_key_is_revoked(packages: PackagesWorld, target: str) -> None:
    token = packages.auth.token_for("program", {packages.bucket: Level.READ})
    key = Key(f"PK{uuid4().hex[:18].upper()}", uuid4().hex, None)
    packages.auth.vend(token, key.access_key_id, key.secret)
    assert (await packages.get(target, key)).status_code == 200
    packages.auth.revoke(token)
    await packages.has_followed()
    answer = await packages.get(target, key)
    assert (answer.status_code, code(answer)) == (403, "InvalidAccessKeyId")


async def test_everything_ends_with_the_session(packages: PackagesWorld, target: str) -> None:
    key = packages.key("leaver", {packages.bucket: Level.READ})
    address = presigned(key, packages.url + target, 600)
    for path in (target, f"/{packages.bucket}?list-type=2", "/"):
        assert (await packages.get(path, key)).status_code == 200
    assert (await packages.send(address, {})).status_code == 200
    packages.auth.revoke(packages.tokens["leaver"])
    await packages.has_followed()
    for path in (target, f"/{packages.bucket}?list-type=2", "/"):
        assert (await packages.get(path, key)).status_code == 403
    assert (await packages.send(address, {})).status_code == 403


async def test_what_was_read_ends_with_the_right(packages: PackagesWorld, target: str) -> None:
    key = packages.key("mover", {packages.bucket: Level.READ})
    assert (await packages.get(target, key)).status_code == 200
    packages.auth.permit(packages.tokens["mover"], {packages.other: Level.READ})
    await packages.has_followed()
    assert code(await packages.get(target, key)) == "NoSuchKey"
    assert code(await packages.get(f"/{packages.bucket}?list-type=2", key)) == "NoSuchBucket"


async def test_a_bucket_that_the_role_does_not_read_does_not_exist(packages: PackagesWorld) -> None:
    await packages.push("amy/hidden", {"a.csv": b"secret"}, bucket=packages.other)
    for bucket in (packages.other, "unregistered", "patchwork-service"):
        found = await packages.get(f"/{bucket}/amy/hidden/latest/a.csv")
        assert (found.status_code, code(found)) == (404, "NoSuchKey"), bucket
        for query in ("", "?list-type=2", "?list-type=2&prefix=amy%2Fhidden%2Flatest%2F", "?location", "?versioning"):
            answer = await packages.get(f"/{bucket}{query}")
            assert (answer.status_code, code(answer)) == (404, "NoSuchBucket"), (bucket, query)
        assert (await packages.get(f"/{bucket}", method="HEAD")).status_code == 404


async def test_a_file_in_a_bucket_that_the_caller_may_not_read_is_no_key(packages: PackagesWorld) -> None:
    at = await packages.put(packages.other, "secret.csv", b"secret")
    await packages.link("amy/thief", {"secret.csv": (at, b"secret")})
    path = f"/{packages.bucket}/amy/thief/latest/secret.csv"
    for method in ("GET", "HEAD"):
        assert (await packages.get(path, method=method)).status_code == 404
    both = packages.key("of two", {packages.bucket: Level.READ, packages.other: Level.READ})
    assert (await packages.get(path, both)).content == b"secret"
    # The owner's reading is in the cache now.
    assert code(await packages.get(path)) == "NoSuchKey"
    assert (await packages.get(f"{path}?attributes", x_amz_object_attributes="ETag")).status_code == 404


async def test_packages_of_the_first_generation_are_for_their_readers(packages: PackagesWorld) -> None:
    await packages.push("amy/shared", {"a.csv": b"1"}, bucket=packages.shared)
    await packages.push("amy/private", {"a.csv": b"2"}, bucket=packages.shared)
    async with transaction(packages.registry.sessions) as session:
        for name, reader in (("shared", "friend"), ("private", "amy")):
            row = Quilt2PackageRow(owner="amy", name=name)
            session.add(row)
            await session.flush()
            session.add(Quilt2AccessRow(package_id=row.id, user=reader))
    friend = packages.key("friend", {packages.shared: Level.READ})
    listed = await packages.get(f"/{packages.shared}?list-type=2", friend)
    assert "amy/shared/latest/a.csv" in listed.text
    assert "private" not in listed.text
    folders = await packages.get(f"/{packages.shared}?delimiter=%2F&prefix=amy%2F", friend)
    assert "private" not in folders.text
    assert (await packages.get(f"/{packages.shared}/amy/shared/latest/a.csv", friend)).content == b"1"
    for path in ("/amy/private/latest/a.csv", "/amy/none/latest/a.csv"):
        assert code(await packages.get(f"/{packages.shared}{path}", friend)) == "NoSuchKey"
    for prefix in ("amy%2Fprivate%2F", "amy%2Fprivate%2Flatest%2F"):
        empty = await packages.get(f"/{packages.shared}?list-type=2&delimiter=%2F&prefix={prefix}", friend)
        assert (empty.status_code, "<KeyCount>0</KeyCount>" in empty.text) == (200, True)


async def test_an_unreadable_revision_says_so(packages: PackagesWorld) -> None:
    await packages.registry.put_manifest(packages.bucket, "f" * 64, b"no manifest\n")
    await packages.registry.point("amy/broken", "latest", "f" * 64)
    for path in (f"/{packages.bucket}/amy/broken/latest/a.csv", f"/{packages.bucket}?prefix=amy%2Fbroken%2Flatest%2F"):
        answer = await packages.get(path)
        assert (answer.status_code, code(answer)) == (409, "RevisionUnreadable")


async def test_an_outage_of_auth_or_the_registry_is_no_refusal(packages: PackagesWorld, target: str) -> None:
    packages.auth.down = True
    try:
        stranger = Key("ASIASTRANGER", "secret", None)
        packages.auth.vend(packages.auth.token_for("stranger"), stranger.access_key_id, stranger.secret)
        answer = await packages.get(target, stranger)
    finally:
        packages.auth.down = False
    assert (answer.status_code, code(answer)) == (503, "ServiceUnavailable")
