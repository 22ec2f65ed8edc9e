"""S3 with a caller's rights, on real STS credentials, and the end of these rights."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import aioboto3
import pytest
from support.worlds.servers import Aws

from auth.services.vending.session_policy import session_policy
from registry.services.transfers.caller_s3 import MIN_LIFETIME, CallerRights, CallerS3Client, open_caller_s3
from registry.services.transfers.digests import CHUNKED, digest_of
from shared.aws.clients import open_s3
from shared.aws.credentials import open_vendor
from shared.aws.objects import ObjectRefused
from shared.errors import Unauthenticated, Unavailable
from shared.quilt.chunked_hash import PART_BYTES
from shared.quilt.physical_keys import PhysicalKey
from shared.runtime import supervised
from shared.schemas.principal import Level, Principal
from shared.schemas.signer import MINTED
from shared.settings import AwsSettings
from shared.testing.auth import FakeAuth

MINE, SEEN, OTHER = (f"{name}-{uuid4().hex[:8]}" for name in ("mine", "seen", "other"))
LARGE = bytes(range(256)) * (PART_BYTES // 128) + b"more"


@pytest.fixture
def auth() -> FakeAuth:
    return FakeAuth()


@pytest.fixture
def amy(auth: FakeAuth) -> Principal:
    return auth.principal_of(auth.token_for("amy"))


@pytest.fixture(scope="module")
async def role_arn(aws: Aws) -> str:
    async with open_s3(aws.settings) as s3:
        for bucket in (MINE, SEEN, OTHER):
            await s3.create_bucket(Bucket=bucket)
            await s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
            await s3.put_object(Bucket=bucket, Key="a b", Body=b"hello")
        await s3.put_object(Bucket=SEEN, Key="large", Body=LARGE)
    secret = aws.settings.secret_access_key
    assert secret
    session = aioboto3.Session(aws.settings.access_key_id, secret.get_secret_value(), region_name="us-east-1")
    async with session.client("iam", endpoint_url=aws.url) as iam:
        name = f"people-{uuid4().hex[:8]}"
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        made = await iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))
        everything = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        await iam.put_role_policy(RoleName=name, PolicyName="s3", PolicyDocument=_policy(everything))
    return str(made["Role"]["Arn"])


@pytest.fixture
async def store(aws: Aws, role_arn: str, auth: FakeAuth, amy: Principal) -> AsyncIterator[CallerS3Client]:
    """S3 with the rights of a caller who may write one bucket and read another."""
    policy = session_policy({MINE: Level.READ_WRITE, SEEN: Level.READ})
    async with open_vendor(aws.settings, role_arn) as vendor:
        vended = await vendor.vend("patchwork-amy", policy, 3600)
    auth.s3_keys = (vended.access_key_id, vended.secret_access_key, vended.session_token)
    async with open_caller_s3(aws.settings, "", auth, amy) as opened:
        yield opened


async def principal_until(rights: CallerRights, condition: Callable[[Principal], bool]) -> Principal:
    """The caller's principal once the revocation feed has been read and the condition holds."""
    async with supervised(lambda: rights.follow_revocations(0.01)), asyncio.timeout(30):
        while not condition(principal := await rights.principal()):  # noqa: ASYNC110 – a feed is polled
            await asyncio.sleep(0.01)
    return principal


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.mark.parametrize("key", ["a b", "large"])
async def test_objects_that_the_caller_may_read_are_copied_and_hashed(store: CallerS3Client, key: str) -> None:
    made = await store.transfers.copy(PhysicalKey(SEEN, key, None), MINE, f"copied/{key}")
    body = LARGE if key == "large" else b"hello"
    assert made.hash
    assert made.hash.value == digest_of(CHUNKED, body)
    assert (await store.transfers.hash(made.location)).hash == made.hash


async def test_s3_refuses_objects_and_buckets_beyond_the_callers_rights(store: CallerS3Client) -> None:
    for work in (
        store.transfers.hash(PhysicalKey(OTHER, "a b", None)),
        store.transfers.copy(PhysicalKey(OTHER, "a b", None), MINE, "stolen"),
        store.transfers.copy(PhysicalKey(MINE, "a b", None), SEEN, "planted"),
        store.transfers.copy(PhysicalKey(SEEN, "large", None), OTHER, "planted"),
    ):
        with pytest.raises(ObjectRefused):
            await work


async def test_the_end_of_the_session_ends_access_to_s3(aws: Aws, auth: FakeAuth) -> None:
    token = auth.token_for("amy")
    async with open_caller_s3(aws.settings, "", auth, auth.principal_of(token)) as store:
        auth.revoke(token)
        with pytest.raises(Unauthenticated):
            await principal_until(store.rights, lambda _: False)
        with pytest.raises(Unauthenticated):
            await store.transfers.hash(PhysicalKey(MINE, "a b", None))
    gone = auth.token_for("bob")
    bob = auth.principal_of(gone)
    auth.revoke(gone)
    with pytest.raises(Unauthenticated):
        async with open_caller_s3(aws.settings, "", auth, bob):
            pytest.fail("unreachable")


@pytest.mark.parametrize(
    ("key", "through"), [(f"{MINTED}AMY", "http://s3proxy.test"), ("ASIAAMY", "http://store.test")]
)
async def test_requests_with_credentials_minted_by_auth_go_through_the_s3_proxy(
    auth: FakeAuth, amy: Principal, key: str, through: str
) -> None:
    auth.s3_keys = (key, "secret", "session")
    store = AwsSettings(endpoint_url="http://store.test")
    async with open_caller_s3(store, "http://s3proxy.test", auth, amy) as opened:
        assert opened.s3.meta.endpoint_url == through


async def test_credentials_are_renewed_before_they_expire(auth: FakeAuth, amy: Principal) -> None:
    rights = CallerRights(auth, amy)
    for _ in range(3):
        await rights.credentials()
    assert len(auth.vended_for) == 1
    auth.s3_lifetime = MIN_LIFETIME - timedelta(seconds=1)
    rights = CallerRights(auth, amy)
    for _ in range(3):
        await rights.credentials()
    assert len(auth.vended_for) == 4


async def test_a_change_of_role_changes_the_callers_rights(auth: FakeAuth, amy: Principal) -> None:
    rights = CallerRights(auth, amy)
    await rights.credentials()
    await auth.switch_role(amy.user_id, "another")
    assert (await principal_until(rights, lambda principal: principal.role == "another")).role == "another"


async def test_rights_are_unavailable_while_auth_cannot_be_reached(auth: FakeAuth, amy: Principal) -> None:
    auth.down = True
    with pytest.raises(Unavailable):
        await CallerRights(auth, amy).credentials()
