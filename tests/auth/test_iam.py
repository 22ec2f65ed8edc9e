"""Roles in IAM and denials: on a fake, and on a real IAM protocol."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import aioboto3
import httpx
import pytest
from botocore.exceptions import ClientError
from support.worlds.auth_world import Given, app_with, bearer, client_of

from auth.resources import AuthResources
from auth.services.vending.iam import IamService
from auth.services.vending.self_test import Observer
from auth.services.vending.session_policy import MAX_DOCUMENT_CHARACTERS, role_documents
from auth.services.vending.trust import MAX_DENIAL_CHARACTERS, boundary_policy, denial_policy
from shared.aws.clients import open_iam, open_s3
from shared.aws.credentials import open_vendor
from shared.aws.iam import DENIAL, IamRoleKeeper, WantedRole
from shared.aws.iam import NEVER as BOUNDS
from shared.aws.probes import ProbeResult, S3Prober
from shared.errors import Unavailable
from shared.schemas.principal import Level
from shared.settings import AwsSettings
from shared.testing.credentials import FakeProber, FakeRoleKeeper, FakeVendor
from shared.testing.registry import FakeRegistry

MANY = {f"a-bucket-with-quite-a-name-{number:03}": Level.READ_WRITE for number in range(60)}
"""More buckets than a session policy can hold."""
ARN = "arn:aws:iam::123456789012:role/Lab"


@pytest.fixture
def managing(resources: AuthResources) -> AuthResources:
    """Resources of an installation that manages roles in IAM."""
    iam = resources.settings.iam.model_copy(update={"manage": True})
    return replace(resources, settings=resources.settings.model_copy(update={"iam": iam}))


@pytest.fixture
async def given_iam(managing: AuthResources) -> AsyncIterator[Given]:
    async with client_of(app_with(managing)) as client:
        yield Given(managing, client)


@pytest.fixture
def keeper(managing: AuthResources) -> FakeRoleKeeper:
    assert isinstance(managing.role_keeper, FakeRoleKeeper)
    return managing.role_keeper


@pytest.fixture
def iam(managing: AuthResources) -> IamService:
    return IamService(managing)


async def credentials(given: Given, name: str = "amy") -> httpx.Response:
    return await given.client.get("/api/auth/get_credentials", headers=bearer(await given.token(name)))


def resources_of(documents: tuple[str, ...]) -> list[str]:
    return [
        resource
        for document in documents
        for statement in json.loads(document)["Statement"]
        for resource in statement["Resource"]
    ]


def test_many_buckets_are_spread_over_policies_that_fit() -> None:
    documents = role_documents({**MANY, **{f"read-{number:03}": Level.READ for number in range(60)}})
    assert len(documents) > 1
    assert all(len(document) <= MAX_DOCUMENT_CHARACTERS for document in documents)
    found = resources_of(documents)
    assert len(found) == len(set(found)) == 240


def test_a_denial_policy_names_the_latest_sessions_that_fit() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert denial_policy([]) is None
    one = json.loads(denial_policy([("patchwork-amy", now)]) or "")["Statement"]
    assert one == [
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "StringLike": {"aws:userid": "*patchwork-amy"},
                "DateLessThan": {"aws:TokenIssueTime": "2026-11-20T00:00:00Z"},
            },
        }
    ]
    many = denial_policy([(f"patchwork-user{number}", now + timedelta(seconds=number)) for number in range(999)])
    assert many
    assert 2_400 < len(many) <= MAX_DENIAL_CHARACTERS
    assert "patchwork-user998" in many
    assert "patchwork-user1" not in json.loads(many)["Statement"][0]["Condition"]["StringLike"]["aws:userid"]


def test_a_hundred_people_who_were_disabled_within_minutes_are_all_denied() -> None:
    now = datetime(2026, 11, 20, 10, 3, 30, 5000, tzinfo=UTC)
    disabled = [(f"patchwork-u{number}", now + timedelta(seconds=number)) for number in range(100)]
    made = denial_policy(disabled)
    assert made
    assert len(made) <= MAX_DENIAL_CHARACTERS
    until = {
        name: statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
        for statement in json.loads(made)["Statement"]
        for name in statement["Condition"]["StringLike"]["aws:userid"]
    }
    assert until.keys() == {f"*{name}" for name, _ in disabled}
    for name, before in disabled:
        end = datetime.fromisoformat(until[f"*{name}"])
        assert before <= end < before + timedelta(minutes=10), "no credential from before is left out"


async def test_a_small_role_is_not_written_to_iam(given_iam: Given, iam: IamService, keeper: FakeRoleKeeper) -> None:
    await given_iam.role("Small", {"b-1": Level.READ})
    await iam.keep_in_step()
    assert keeper.roles == {}


async def test_a_large_role_is_made_changed_and_removed_in_iam(
    given_iam: Given, iam: IamService, keeper: FakeRoleKeeper
) -> None:
    admin = await given_iam.admin()
    await given_iam.role("Large", MANY)
    await iam.keep_in_step()
    ((name, made),) = keeper.roles.items()
    role = (await given_iam.client.get("/api/v1/admin/roles/Large", headers=admin)).json()
    assert name == f"patchwork-main-{role['id']}"
    assert len(resources_of(made.documents)) == 120
    trust = (await given_iam.client.get("/api/v1/admin/roles/Large/trust", headers=admin)).json()
    assert made.trust == trust["policy"]
    (statement,) = json.loads(made.trust)["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::000000000000:user/patchwork-auth"}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": trust["external_id"]}}
    assert len(trust["external_id"]) >= 32
    await given_iam.permit(admin, "Large", {**MANY, "b-1": Level.READ})
    await iam.keep_in_step()
    assert "arn:aws:s3:::b-1" in resources_of(keeper.roles[name].documents)
    await given_iam.permit(admin, "Large", {"b-1": Level.READ})
    await iam.keep_in_step()
    assert keeper.roles == {}


async def test_failed_writes_to_iam_are_retried(given_iam: Given, iam: IamService, keeper: FakeRoleKeeper) -> None:
    admin = await given_iam.admin()
    await given_iam.role("Large", MANY)
    keeper.down = True
    await iam.keep_in_step()
    keeper.down = False
    await IamService(given_iam.resources).keep_in_step()
    assert len(keeper.roles) == 1
    keeper.down = True
    await given_iam.client.delete("/api/v1/admin/roles/Large", headers=admin)
    await iam.keep_in_step()
    assert len(keeper.roles) == 1
    keeper.down = False
    await IamService(given_iam.resources).keep_in_step()
    assert keeper.roles == {}


async def test_credentials_of_a_large_role_come_from_its_own_iam_role(given_iam: Given, keeper: FakeRoleKeeper) -> None:
    vendor = given_iam.resources.vendor
    assert isinstance(vendor, FakeVendor)
    await given_iam.role("Large", MANY)
    await given_iam.user("amy", roles=["Large"])
    keeper.down = True
    assert (await credentials(given_iam)).status_code == 503
    keeper.down = False
    assert (await credentials(given_iam)).status_code == 200
    assert (vendor.vended[-1][0].partition(".")[2], vendor.vended[-1][1]) == ("patchwork-amy", None)
    assumed = vendor.assumed[-1]
    assert assumed
    assert assumed.arn.endswith(next(iter(keeper.roles)))
    assert assumed.external_id
    assert assumed.external_id in next(iter(keeper.roles.values())).trust


async def test_large_roles_are_refused_unless_iam_is_managed(given: Given) -> None:
    await given.role("Large", MANY)
    await given.user("amy", roles=["Large"])
    answer = await credentials(given)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/too_many_buckets")


async def test_an_unmanaged_role_is_assumed_without_session_policy(given: Given, vendor: FakeVendor) -> None:
    admin = await given.admin()
    await given.client.post("/api/v1/admin/roles", headers=admin, json={"name": "Lab", "arn": ARN})
    await given.user("amy", roles=["Lab"])
    assert (await credentials(given)).status_code == 200
    trust = (await given.client.get("/api/v1/admin/roles/Lab/trust", headers=admin)).json()
    (assumed,) = vendor.assumed
    assert assumed
    assert (assumed.arn, assumed.external_id) == (ARN, trust["external_id"])
    assert [(name.partition(".")[2], *rest) for name, *rest in vendor.vended] == [("patchwork-amy", None, 3600)]
    vendor.refused.add(ARN)
    await given.user("ben", roles=["Lab"])
    answer = await credentials(given, "ben")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/role_refused")


async def test_unmanaged_policies_are_passed_to_assume_role(given: Given, vendor: FakeVendor) -> None:
    admin = await given.admin()
    policy_arn = "arn:aws:iam::123456789012:policy/Inventory"
    made = await given.client.post(
        "/api/v1/admin/policies", headers=admin, json={"title": "Inventory", "arn": policy_arn}
    )
    await given.client.post(
        "/api/v1/admin/roles", headers=admin, json={"name": "Stock", "policies": [made.json()["id"]]}
    )
    await given.user("amy", roles=["Stock"])
    assert (await credentials(given)).status_code == 200
    (assumed,) = vendor.assumed
    assert assumed
    assert (assumed.arn, assumed.policy_arns) == ("arn:aws:iam::000000000000:role/people", (policy_arn,))


async def test_disabled_users_are_denied_in_iam_until_their_credentials_expire(
    given_iam: Given, iam: IamService, keeper: FakeRoleKeeper
) -> None:
    admin = await given_iam.admin()
    await given_iam.user("amy")
    await iam.keep_in_step()
    assert keeper.denials == {}
    await given_iam.client.post("/api/v1/admin/users/amy/disable", headers=admin)
    await iam.keep_in_step()
    assert "patchwork-amy" in (keeper.denials["people"] or "")
    await given_iam.sql("UPDATE auth.denial SET issued_before = issued_before - interval '2 hours'")
    await IamService(given_iam.resources).keep_in_step()
    assert keeper.denials["people"] is None


async def test_a_role_whose_denials_iam_refuses_keeps_them_from_no_other_role(
    given_iam: Given, iam: IamService, keeper: FakeRoleKeeper
) -> None:
    admin = await given_iam.admin()
    await given_iam.user("amy")
    await given_iam.role("Large", MANY)
    await iam.keep_in_step()
    [large] = keeper.roles
    keeper.refused = {"people"}
    await given_iam.client.post("/api/v1/admin/users/amy/disable", headers=admin)
    await iam.keep_in_step()
    assert "patchwork-amy" in (keeper.denials[large] or "")
    assert "people" not in keeper.denials
    keeper.refused = set()
    await IamService(given_iam.resources).keep_in_step()
    assert "patchwork-amy" in (keeper.denials["people"] or "")


async def test_checking_a_role_probes_every_bucket(given: Given) -> None:
    admin, prober, registry = await given.admin(), given.resources.prober, given.resources.registry
    assert isinstance(prober, FakeProber)
    assert isinstance(registry, FakeRegistry)
    registry.names = ["closed", "readable", "writable"]
    await given.role("Good", {"readable": Level.READ, "writable": Level.READ_WRITE})
    prober.found = {"readable": ProbeResult(True, False), "writable": ProbeResult(True, True)}

    async def check(role: str) -> Any:
        return (await given.client.post(f"/api/v1/admin/roles/{role}/check", headers=admin)).json()

    good = await check("Good")
    assert good["ok"], good
    assert [each["found"] for each in good["buckets"]] == [None, "READ", "READ_WRITE"]
    prober.found = {
        "closed": ProbeResult(True, True),
        "readable": ProbeResult(True, True),
        "writable": ProbeResult(True, False),
    }
    bad = await check("Good")
    assert bad["ok"] is False
    assert [each["problem"] for each in bad["buckets"]] == [
        "It should not read, and can",
        "It should not write, and can",
        "It should write, and cannot",
    ]


async def test_permissions_found_in_an_unmanaged_role_are_granted(given: Given, vendor: FakeVendor) -> None:
    admin, prober = await given.admin(), given.resources.prober
    assert isinstance(prober, FakeProber)
    await given.client.post("/api/v1/admin/roles", headers=admin, json={"name": "Lab", "arn": ARN})
    prober.found = {"wine": ProbeResult(True, True)}
    path = "/api/v1/admin/roles/Lab"
    found = (await given.client.post(f"{path}/check", headers=admin)).json()
    verdict = {"bucket": "wine", "expected": None, "found": "READ_WRITE", "problem": None, "ok": True}
    assert found == {"can_assume": True, "problem": None, "ok": True, "buckets": [verdict]}
    assert (await given.client.get(path, headers=admin)).json()["permissions"] == {"wine": "READ_WRITE"}
    vendor.refused.add(ARN)
    refused = (await given.client.post(f"{path}/check", headers=admin)).json()
    assert (refused["can_assume"], refused["ok"]) == (False, False)
    assert "AccessDenied" in refused["problem"]
    assert (await given.client.get(path, headers=admin)).json()["permissions"] == {}


async def test_unmanaged_roles_are_observed_in_the_background(given: Given, vendor: FakeVendor) -> None:
    admin, prober = await given.admin(), given.resources.prober
    assert isinstance(prober, FakeProber)
    prober.found = {"wine": ProbeResult(True, False)}
    observer = Observer(given.resources)
    await given.role("Managed", {"wine": Level.READ})
    await observer.observe_roles()
    assert prober.tried == []
    await given.client.post("/api/v1/admin/roles", headers=admin, json={"name": "Lab", "arn": ARN})
    for _ in range(2):
        await observer.observe_roles()
        role = (await given.client.get("/api/v1/admin/roles/Lab", headers=admin)).json()
        assert role["permissions"] == {"wine": "READ"}
    assert len(prober.tried) == 1
    await given.client.put("/api/v1/admin/roles/Lab", headers=admin, json={"name": "Lab", "arn": f"{ARN}2"})
    vendor.refused.add(f"{ARN}2")
    await observer.observe_roles()
    assert (await given.client.get("/api/v1/admin/roles/Lab", headers=admin)).json()["permissions"] == {}


async def test_checking_a_role_reports_that_it_reaches_a_forbidden_bucket(resources: AuthResources) -> None:
    closing = replace(resources, settings=resources.settings.model_copy(update={"service_bucket": "closed"}))
    prober = closing.prober
    assert isinstance(prober, FakeProber)
    async with client_of(app_with(closing)) as client:
        given = Given(closing, client)
        admin = await given.admin()
        await given.client.post("/api/v1/admin/roles", headers=admin, json={"name": "Lab", "arn": ARN})
        path = "/api/v1/admin/roles/Lab"
        for level, problem in ((None, None), ("READ", "It belongs to the installation, and no role should reach it")):
            prober.found = {"closed": ProbeResult(level is not None, False)}
            found = (await given.client.post(f"{path}/check", headers=admin)).json()
            verdict = found["buckets"][-1]
            assert (verdict["bucket"], verdict["found"], verdict["problem"]) == ("closed", level, problem)
            assert found["ok"] is (level is None)
        assert (await given.client.get(path, headers=admin)).json()["permissions"] == {}
        await given.role("All", {"*": Level.READ_WRITE})
        await given.user("amy", roles=["All"])
        await credentials(given)
    vendor = closing.vendor
    assert isinstance(vendor, FakeVendor)
    denied = json.loads(vendor.vended[-1][1] or "")["Statement"][-1]
    assert (denied["Effect"], denied["Resource"]) == ("Deny", ["arn:aws:s3:::closed", "arn:aws:s3:::closed/*"])


async def test_checking_a_role_without_sts_reports_its_granted_permissions(resources: AuthResources) -> None:
    minting = replace(resources, settings=resources.settings.model_copy(update={"sts": False}))
    assert isinstance(minting.registry, FakeRegistry)
    minting.registry.names = ["closed", "wine"]
    async with client_of(app_with(minting)) as client:
        given = Given(minting, client)
        admin = await given.admin()
        await given.role("Tasters", {"wine": Level.READ})
        await client.post("/api/v1/admin/roles", headers=admin, json={"name": "Lab", "arn": ARN})
        good = (await client.post("/api/v1/admin/roles/Tasters/check", headers=admin)).json()
        assert [(each["bucket"], each["found"]) for each in good["buckets"]] == [("closed", None), ("wine", "READ")]
        assert good["ok"]
        bad = (await client.post("/api/v1/admin/roles/Lab/check", headers=admin)).json()
        assert (bad["ok"], "no STS" in bad["problem"]) == (False, True)


class Aws(Protocol):
    """The AWS emulator that tests/conftest.py starts."""

    url: str
    settings: AwsSettings


OPEN, SHUT = "iam-open", "iam-shut"


@pytest.fixture(scope="module")
async def buckets(aws: Aws) -> None:
    async with open_s3(aws.settings) as s3:
        for bucket in (OPEN, SHUT):
            await s3.create_bucket(Bucket=bucket)


@pytest.fixture
async def real(aws: Aws) -> AsyncIterator[IamRoleKeeper]:
    async with open_iam(aws.settings) as client:
        yield IamRoleKeeper(client)


def wanted(*documents: str, attached: tuple[str, ...] = ()) -> WantedRole:
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return WantedRole("patchwork-test-role", "/patchwork/", policy, documents, NEVER, attached=attached)


NEVER = boundary_policy("aws", {"iam-closed"})


async def policies(aws: Aws) -> tuple[list[str], list[str]]:
    """Documents of the inline and the attached policies."""
    async with open_iam(aws.settings) as client:
        inline = (await client.list_role_policies(RoleName="patchwork-test-role"))["PolicyNames"]
        attached = await client.list_attached_role_policies(RoleName="patchwork-test-role")
        assert BOUNDS in inline
        return sorted(set(inline) - {BOUNDS}), sorted(each["PolicyName"] for each in attached["AttachedPolicies"])


async def test_a_real_iam_gets_changes_and_denials(real: IamRoleKeeper, aws: Aws) -> None:
    small = role_documents({OPEN: Level.READ_WRITE})
    large = role_documents({f"{number:03}-{'x' * 59}": Level.READ for number in range(80)})
    assert len("".join(large)) > 10_240
    arn = await real.put(wanted(*small))
    assert arn.endswith(":role/patchwork/patchwork-test-role")
    assert await policies(aws) == (["buckets-0"], [])
    assert await real.put(wanted(*large)) == arn
    assert await policies(aws) == ([], [f"patchwork-test-role-{number}" for number in range(len(large))])
    for _ in range(6):  # IAM keeps five versions of a policy
        await real.put(wanted(*large))
    await real.put(wanted(*small))
    assert await policies(aws) == (["buckets-0"], [])
    await real.deny("patchwork-test-role", denial_policy([("patchwork-amy", datetime.now(UTC))]))
    assert await policies(aws) == (["buckets-0", DENIAL], [])
    for _ in range(2):
        await real.deny("patchwork-test-role", None)
        await real.remove("patchwork-test-role")
        await real.deny("patchwork-test-role", "{}")
    async with open_iam(aws.settings) as client:
        left = [each["RoleName"] for each in (await client.list_roles())["Roles"]]
    assert "patchwork-test-role" not in left


@pytest.mark.usefixtures("buckets")
async def test_probing_real_credentials_writes_nothing(real: IamRoleKeeper, aws: Aws) -> None:
    arn = await real.put(wanted(*role_documents({OPEN: Level.READ})))
    prober = S3Prober(aws.settings)
    async with open_vendor(aws.settings, arn) as vendor:
        reader = await vendor.vend("patchwork-self-test", None, 3600)
        assert await prober.probe(reader, OPEN) == ProbeResult(can_read=True, can_write=False)
        assert await prober.probe(reader, SHUT) == ProbeResult(can_read=False, can_write=False)
        await real.put(wanted(*role_documents({OPEN: Level.READ_WRITE})))
        writer = await vendor.vend("patchwork-self-test", None, 3600)
        assert await prober.probe(writer, OPEN) == ProbeResult(can_read=True, can_write=True)
        nowhere = S3Prober(aws.settings.model_copy(update={"endpoint_url": "http://127.0.0.1:9"}))
        with pytest.raises(Unavailable):
            await nowhere.probe(writer, OPEN)
    await real.remove("patchwork-test-role")
    async with open_s3(aws.settings) as s3:
        assert "Uploads" not in await s3.list_multipart_uploads(Bucket=OPEN)
        assert "Contents" not in await s3.list_objects_v2(Bucket=OPEN)


async def test_a_role_of_ours_cannot_assume_roles_or_reach_forbidden_buckets(real: IamRoleKeeper, aws: Aws) -> None:
    """The boundary holds whatever policies are attached to the role."""
    async with open_iam(aws.settings) as client, open_s3(aws.settings) as s3:
        await s3.create_bucket(Bucket="iam-closed")
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        made = await client.create_policy(PolicyName="everything", PolicyDocument=json.dumps(everything))
        attached = str(made["Policy"]["Arn"])
        arn = await real.put(wanted(attached=(attached,)))
        other = await client.create_role(RoleName="another", AssumeRolePolicyDocument=wanted().trust)
    async with open_vendor(aws.settings, arn) as vendor:
        vended = await vendor.vend("patchwork-self-test", None, 3600)
    prober = S3Prober(aws.settings)
    assert await prober.probe(vended, OPEN) == ProbeResult(can_read=True, can_write=True)
    assert await prober.probe(vended, "iam-closed") == ProbeResult(can_read=False, can_write=False)
    session = aioboto3.Session(vended.access_key_id, vended.secret_access_key, vended.session_token, "us-east-1")
    async with session.client("sts", endpoint_url=aws.url) as sts:
        with pytest.raises(ClientError, match="AccessDenied"):
            await sts.assume_role(RoleArn=other["Role"]["Arn"], RoleSessionName="amy")
    await real.remove("patchwork-test-role")


async def test_the_assumer_is_the_identity_that_sts_reports(aws: Aws) -> None:
    async with open_vendor(aws.settings, ARN) as vendor:
        assert (await vendor.identity()).startswith("arn:aws:iam::000000000000:")
