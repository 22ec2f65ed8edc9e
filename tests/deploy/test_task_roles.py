"""The roles of an installation on AWS may do what their services do, and nothing else: tried on the emulator's IAM."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from botocore.exceptions import ClientError
from support.fakes.cloud import GIVEN, TEMPLATES, Cloud, client, deploying, running_cloud

from localrun.emulator import ACCOUNT, REGION
from shared.aws.iam import IamRoleKeeper, WantedRole

INSTANCE = GIVEN["InstanceName"]
ROLE = UUID(int=7)
DATA, OTHER = "data-of-ours", "of-somebody-else"
DENIED = {"AccessDenied", "AccessDeniedException", "Forbidden", "403"}
TASKS = ["auth", "registry", "s3proxy", "indexer"]
Call = Callable[["Trial"], Awaitable[Any]]


@dataclass(frozen=True)
class Installed:
    cloud: Cloud
    tasks: dict[str, str]
    """Task role of each service."""
    starts: dict[str, str]
    """Execution role of each task."""
    secrets: dict[str, str]
    people: str
    boundary: str
    queue: str
    external_id: str
    service_bucket: str
    package_bucket: str
    access_logs: str
    """Folder with the files of the trail, as a URL."""
    trials: dict[str, "Trial"]
    """Open clients of assumed roles, which are closed at the end."""
    opened: AsyncExitStack


@dataclass(frozen=True)
class Trial:
    """Clients with the rights of a role."""

    installed: Installed
    clients: dict[str, Any]

    def __getattr__(self, service: str) -> Any:
        return self.clients[service]


@pytest.fixture(scope="module")
async def installed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Installed]:
    async with running_cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        await cloud.deploy("1.0", {**GIVEN, "AccessLogs": "trail"})
        logs = (await cloud.nested("Observability"))["AccessLogs"]
        identity, data, start = [await cloud.nested(name) for name in ("Identity", "Data", "Start")]
        secrets = await cloud.nested("Secrets")
        names = {"auth": "Auth", "registry": "Registry", "s3proxy": "S3Proxy", "indexer": "Indexer"}
        async with cloud.client("s3") as s3, cloud.client("iam") as iam:
            for bucket in (DATA, OTHER, data["ServiceBucket"], data["PackageBucket"]):
                if bucket in {DATA, OTHER}:
                    await s3.create_bucket(Bucket=bucket)
                for key in ("a", "objs/a", ".quilt/a", "catalog/settings.json"):
                    await s3.put_object(Bucket=bucket, Key=key, Body=b"1")
            trust = (await iam.get_role(RoleName=name_of(identity["PeopleRole"])))["Role"]["AssumeRolePolicyDocument"]
        async with AsyncExitStack() as opened:
            yield Installed(
                cloud=cloud,
                tasks={service: identity[f"{name}Task"] for service, name in names.items()},
                starts={name: arn for name, arn in start.items() if name.endswith("Start")},
                secrets=secrets,
                people=identity["PeopleRole"],
                boundary=identity["Boundary"],
                queue=data["QueueUrl"],
                external_id=trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"],
                service_bucket=data["ServiceBucket"],
                package_bucket=data["PackageBucket"],
                access_logs=logs,
                trials={},
                opened=opened,
            )


def name_of(arn: str) -> str:
    return arn.rpartition("/")[2]


@asynccontextmanager
async def acting_as(installed: Installed, role: str) -> AsyncIterator[Trial]:
    """As a task: ECS's place in the role's trust statement is taken by the account for a moment."""
    if role in installed.trials:
        yield installed.trials[role]
        return
    cloud = installed.cloud
    async with cloud.client("iam") as iam, cloud.client("sts") as sts:
        before = (await iam.get_role(RoleName=name_of(role)))["Role"]["AssumeRolePolicyDocument"]
        for statement in before["Statement"]:
            assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        us = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        await iam.update_assume_role_policy(RoleName=name_of(role), PolicyDocument=document(us))
        vended = (await sts.assume_role(RoleArn=role, RoleSessionName="task"))["Credentials"]
        await iam.update_assume_role_policy(RoleName=name_of(role), PolicyDocument=json.dumps(before))
    keys = (vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"])
    clients = {
        service: await installed.opened.enter_async_context(client(service, cloud.url, *keys))
        for service in ("s3", "sqs", "sts", "iam", "secretsmanager")
    }
    installed.trials[role] = Trial(installed, clients)
    yield installed.trials[role]


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


async def denied(call: Awaitable[Any]) -> bool:
    """True when AWS refuses the call; other errors are raised."""
    try:
        await call
    except ClientError as error:
        if error.response["Error"]["Code"] not in DENIED:
            raise
        return True
    return False


def own_role(trial: Trial) -> WantedRole:
    who = {"AWS": trial.installed.tasks["auth"]}
    told = {"StringEquals": {"sts:ExternalId": "of this role"}}
    read = {"Effect": "Allow", "Action": ["s3:GetObject", "iam:*"], "Resource": "*"}
    return WantedRole(
        name=f"patchwork-{INSTANCE}-{ROLE}",
        path=f"/patchwork/{INSTANCE}/",
        trust=document({"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole", "Condition": told}),
        documents=(document(read),),
        never=document({"Effect": "Deny", "Action": "sts:*", "Resource": "*"}),
        boundary=trial.installed.boundary,
    )


async def vended(trial: Trial, role: str, external_id: str | None) -> tuple[str, str, str]:
    told = {"ExternalId": external_id} if external_id else {}
    keys = (await trial.sts.assume_role(RoleArn=role, RoleSessionName="patchwork-amy", **told))["Credentials"]
    return keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"]


async def test_auth_may_assume_the_roles_of_people_and_maintain_them(installed: Installed) -> None:
    async with acting_as(installed, installed.tasks["auth"]) as trial:
        keys = await vended(trial, installed.people, installed.external_id)
        async with client("s3", installed.cloud.url, *keys) as s3:
            await s3.put_object(Bucket=DATA, Key="b", Body=b"2")
            for bucket in (OTHER, installed.service_bucket):
                assert await denied(s3.get_object(Bucket=bucket, Key="a"))
        keeper = IamRoleKeeper(trial.iam)
        wanted = own_role(trial)
        arn = await keeper.put(wanted)
        await keeper.put(wanted)
        # Whatever its own policy says, it is bounded.
        keys = await vended(trial, arn, "of this role")
        async with client("s3", installed.cloud.url, *keys) as s3, client("iam", installed.cloud.url, *keys) as iam:
            await s3.get_object(Bucket=DATA, Key="a")
            assert await denied(s3.get_object(Bucket=OTHER, Key="a"))
            assert await denied(iam.create_user(UserName="more"))
        await keeper.put(replace(wanted, documents=(document(*[LONG] * 50),) * 2))
        await keeper.remove(wanted.name)
        everything = {"Effect": "Deny", "Action": "*", "Resource": "*"}
        await keeper.deny(name_of(installed.people), document(everything))
        await keeper.deny(name_of(installed.people), None)


LONG = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data-" + "x" * 40}


@pytest.mark.parametrize("external_id", [None, "another"])
async def test_auth_needs_the_external_id_to_assume_roles(installed: Installed, external_id: str | None) -> None:
    async with acting_as(installed, installed.tasks["auth"]) as trial:
        assert await denied(vended(trial, installed.people, external_id))


async def test_auth_may_not_change_other_things_in_iam(installed: Installed) -> None:
    async with acting_as(installed, installed.tasks["auth"]) as trial:
        wanted, iam = own_role(trial), trial.iam
        unbounded = {"RoleName": wanted.name, "Path": wanted.path, "AssumeRolePolicyDocument": wanted.trust}
        assert await denied(iam.create_role(**unbounded))
        assert await denied(
            iam.create_role(**unbounded, PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")
        )
        bounded = {**unbounded, "PermissionsBoundary": wanted.boundary}
        assert await denied(iam.create_role(**{**bounded, "Path": "/"}))
        assert await denied(iam.create_role(**{**bounded, "RoleName": "patchwork-other-1"}))
        await iam.create_role(**bounded)
        assert await denied(iam.delete_role_permissions_boundary(RoleName=wanted.name))
        admin = "arn:aws:iam::aws:policy/AdministratorAccess"
        assert await denied(iam.put_role_permissions_boundary(RoleName=wanted.name, PermissionsBoundary=admin))
        await iam.put_role_permissions_boundary(RoleName=wanted.name, PermissionsBoundary=wanted.boundary)
        await iam.delete_role(RoleName=wanted.name)
        mine = name_of(installed.tasks["auth"])
        assert await denied(iam.put_role_policy(RoleName=mine, PolicyName="x", PolicyDocument=document(LONG)))
        assert await denied(iam.attach_role_policy(RoleName=mine, PolicyArn=admin))
        assert await denied(iam.update_assume_role_policy(RoleName=mine, PolicyDocument=wanted.trust))
        assert await denied(iam.delete_role(RoleName=name_of(installed.people)))
        assert await denied(
            iam.update_assume_role_policy(RoleName=name_of(installed.people), PolicyDocument=wanted.trust)
        )
        assert await denied(iam.create_policy(PolicyName="x", PolicyDocument=document(LONG)))
        version = {"PolicyArn": installed.boundary, "PolicyDocument": document(LONG), "SetAsDefault": True}
        assert await denied(iam.create_policy_version(**version))
        assert await denied(iam.create_user(UserName="more"))
        assert await denied(iam.create_access_key(UserName="root"))


async def test_auth_leaves_a_boundary_alone_that_is_named_as_its_own_policies_are(installed: Installed) -> None:
    """The boundary has the name of its stack in front; with this stack and instance, it fits the pattern of auth's policies."""
    cloud = installed.cloud
    async with cloud.deployer() as (aws, _):
        wanted = {**GIVEN, "InstanceName": "main", "ObjectLevelLogging": "none"}
        await deploying.deploy(deploying.Deployment("patchwork-main", "1.0", TEMPLATES, wanted), aws)
        stacks = (await aws.cloudformation.describe_stacks())["Stacks"]
    [identity] = [each for each in stacks if each["StackName"].startswith("patchwork-main-Identity")]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in identity["Outputs"]}
    boundary, own = outputs["Boundary"], f"arn:aws:iam::{ACCOUNT}:policy/patchwork/main/patchwork-main-{ROLE}"
    assert ":policy/patchwork/main/patchwork-main-" in boundary
    everything = document({"Effect": "Allow", "Action": "*", "Resource": "*"})

    async with acting_as(installed, outputs["AuthTask"]) as trial:
        iam = trial.iam
        new = {"PolicyName": name_of(own), "Path": "/patchwork/main/", "PolicyDocument": document(LONG)}
        await iam.create_policy(**new)
        await iam.create_policy_version(PolicyArn=own, PolicyDocument=document(LONG), SetAsDefault=True)
        await iam.delete_policy_version(PolicyArn=own, VersionId="v1")
        await iam.delete_policy(PolicyArn=own)

        version = {"PolicyArn": boundary, "PolicyDocument": everything, "SetAsDefault": True}
        assert await denied(iam.create_policy_version(**version))
        assert await denied(iam.set_default_policy_version(PolicyArn=boundary, VersionId="v1"))
        assert await denied(iam.delete_policy_version(PolicyArn=boundary, VersionId="v1"))
        assert await denied(iam.delete_policy(PolicyArn=boundary))
        assert await denied(iam.create_policy(**{**new, "PolicyName": name_of(boundary)}))
    async with cloud.client("iam") as iam:
        versions = (await iam.list_policy_versions(PolicyArn=boundary))["Versions"]
        assert [each["VersionId"] for each in versions if each["IsDefaultVersion"]] == ["v1"]


async def test_the_registry_sets_up_buckets_and_keeps_its_own_objects(installed: Installed) -> None:
    async with acting_as(installed, installed.tasks["registry"]) as trial:
        s3 = trial.s3
        await s3.head_bucket(Bucket=DATA)
        await s3.create_bucket(Bucket="data-more")
        await s3.put_bucket_versioning(Bucket=DATA, VersioningConfiguration={"Status": "Enabled"})
        await s3.get_bucket_versioning(Bucket=DATA)
        rule = {"AllowedOrigins": ["https://quilt.example.com"], "AllowedMethods": ["GET"]}
        await s3.put_bucket_cors(Bucket=DATA, CORSConfiguration={"CORSRules": [rule]})
        await s3.get_bucket_cors(Bucket=DATA)
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name_of(installed.queue)}"
        queues = [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        told = {"QueueConfigurations": queues}
        await s3.put_bucket_notification_configuration(Bucket=DATA, NotificationConfiguration=told)
        await s3.get_bucket_notification_configuration(Bucket=DATA)
        await s3.get_object(Bucket=DATA, Key="a")
        await s3.list_objects_v2(Bucket=DATA)
        for key in ("catalog/settings.json", "search/1/files/a"):
            await s3.put_object(Bucket=installed.service_bucket, Key=key, Body=b"{}")
            await s3.get_object(Bucket=installed.service_bucket, Key=key)
        await s3.delete_object(Bucket=installed.service_bucket, Key="search/1/files/a")
        await s3.put_object(Bucket=installed.package_bucket, Key=".quilt/packages/a", Body=b"{}")
        await s3.get_object(Bucket=installed.package_bucket, Key="objs/a")
        await s3.delete_object(Bucket=installed.package_bucket, Key=".quilt/packages/a")
        upload = {"Bucket": installed.package_bucket, "Key": "objs/bob@amy/a"}
        await s3.put_object(**upload, Body=b"2")
        await s3.copy_object(Bucket=installed.package_bucket, Key="objs/amy/a", CopySource=upload)
        await s3.delete_object(**upload)

        assert await denied(s3.put_object(Bucket=DATA, Key="a", Body=b"2"))
        assert await denied(s3.delete_object(Bucket=DATA, Key="a"))
        assert await denied(s3.delete_bucket(Bucket=DATA))
        assert await denied(s3.put_bucket_policy(Bucket=DATA, Policy=document(LONG)))
        assert await denied(s3.put_object(Bucket=installed.service_bucket, Key="catalog/other", Body=b""))
        assert await denied(s3.delete_object(Bucket=installed.package_bucket, Key="objs/amy/a"))
        assert await denied(s3.put_object(Bucket=installed.package_bucket, Key="a", Body=b"2"))


async def test_the_registry_reads_the_logs_that_it_counts_and_nothing_else_in_their_bucket(
    installed: Installed,
) -> None:
    bucket, _, folder = installed.access_logs.removeprefix("s3://").partition("/")
    assert folder == f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/"
    async with installed.cloud.client("s3") as s3:
        for key in (f"{folder}2026/11/30/a.json.gz", f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/a"):
            await s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    async with acting_as(installed, installed.tasks["registry"]) as trial:
        assert (await trial.s3.list_objects_v2(Bucket=bucket, Prefix=folder))["KeyCount"] == 1
        await trial.s3.get_object(Bucket=bucket, Key=f"{folder}2026/11/30/a.json.gz")
        assert await denied(trial.s3.get_object(Bucket=bucket, Key=f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/a"))
        assert await denied(trial.s3.put_object(Bucket=bucket, Key=f"{folder}b", Body=b"1"))
    async with acting_as(installed, installed.tasks["indexer"]) as trial:
        assert await denied(trial.s3.get_object(Bucket=bucket, Key=f"{folder}2026/11/30/a.json.gz"))


async def test_the_s3_proxy_may_read_and_write_objects_of_packages_and_its_answers_about_files(
    installed: Installed,
) -> None:
    async with acting_as(installed, installed.tasks["s3proxy"]) as trial:
        await trial.s3.put_object(Bucket=installed.package_bucket, Key="objs/b", Body=b"2")
        await trial.s3.get_object(Bucket=installed.package_bucket, Key="objs/b")
        await trial.s3.list_objects_v2(Bucket=installed.package_bucket)
        await trial.s3.put_object(Bucket=installed.service_bucket, Key="previews/00/a", Body=b"2")
        await trial.s3.get_object(Bucket=installed.service_bucket, Key="previews/00/a")
        assert await denied(trial.s3.put_object(Bucket=installed.service_bucket, Key="catalog/settings.json", Body=b""))
        assert await denied(trial.s3.get_object(Bucket=installed.package_bucket, Key=".quilt/a"))
        assert await denied(trial.s3.delete_object(Bucket=installed.package_bucket, Key="objs/b"))
        assert await denied(trial.s3.get_object(Bucket=DATA, Key="a"))
        assert await denied(trial.s3.get_object(Bucket=installed.service_bucket, Key="a"))


async def test_the_indexer_reads_buckets_and_works_off_its_queue(installed: Installed) -> None:
    async with acting_as(installed, installed.tasks["indexer"]) as trial:
        await trial.s3.list_object_versions(Bucket=DATA)
        await trial.s3.get_object(Bucket=DATA, Key="a")
        async with installed.cloud.client("sqs") as root:
            await root.send_message(QueueUrl=installed.queue, MessageBody="{}")
        received = await trial.sqs.receive_message(QueueUrl=installed.queue, MaxNumberOfMessages=1)
        entry = {"Id": "1", "ReceiptHandle": received["Messages"][0]["ReceiptHandle"]}
        longer = [{**entry, "VisibilityTimeout": 60}]
        await trial.sqs.change_message_visibility_batch(QueueUrl=installed.queue, Entries=longer)
        await trial.sqs.delete_message_batch(QueueUrl=installed.queue, Entries=[entry])
        await trial.sqs.get_queue_attributes(QueueUrl=installed.queue, AttributeNames=["All"])

        assert await denied(trial.s3.put_object(Bucket=DATA, Key="a", Body=b"2"))
        assert await denied(trial.s3.get_object(Bucket=installed.service_bucket, Key="a"))
        assert await denied(trial.sqs.send_message(QueueUrl=installed.queue, MessageBody="{}"))
        assert await denied(trial.sqs.purge_queue(QueueUrl=installed.queue))
        dead = f"{installed.queue}-dead"
        assert await denied(trial.sqs.receive_message(QueueUrl=dead))


NOBODY: dict[str, Call] = {
    "another bucket": lambda trial: trial.s3.get_object(Bucket=OTHER, Key="a"),
    "writing to another bucket": lambda trial: trial.s3.put_object(Bucket=OTHER, Key="a", Body=b""),
    "a user": lambda trial: trial.iam.create_user(UserName="more"),
    "a policy": lambda trial: trial.iam.create_policy(PolicyName="x", PolicyDocument=document(LONG)),
    "a role outside": lambda trial: trial.iam.put_role_policy(
        RoleName=name_of(trial.installed.tasks["registry"]), PolicyName="x", PolicyDocument=document(LONG)
    ),
    "being another service": lambda trial: trial.sts.assume_role(
        RoleArn=trial.installed.starts["SetUpStart"], RoleSessionName="xx", ExternalId="xx"
    ),
    "a secret": lambda trial: trial.secretsmanager.get_secret_value(SecretId=trial.installed.secrets["AuthKey"]),
}


@pytest.mark.parametrize("service", TASKS)
@pytest.mark.parametrize("what", NOBODY)
async def test_no_task_role_has_further_rights(installed: Installed, service: str, what: str) -> None:
    async with acting_as(installed, installed.tasks[service]) as trial:
        assert await denied(NOBODY[what](trial))


async def test_only_auth_may_assume_the_roles_of_people(installed: Installed) -> None:
    for service in set(TASKS) - {"auth"}:
        async with acting_as(installed, installed.tasks[service]) as trial:
            assert await denied(vended(trial, installed.people, installed.external_id))


TOKENS = ("InternalToken", "S3ProxyToken", "IndexerToken")
OWN_SECRETS = {
    "AuthStart": {
        "AuthDatabase",
        *TOKENS,
        "AuthKey",
        "FirstAdministrator",
        "MailServer",
        "GoogleClient",
    },
    "RegistryStart": {"RegistryDatabase", *TOKENS},
    "S3ProxyStart": {"S3ProxyToken"},
    "IndexerStart": {"IndexerDatabase", "IndexerToken"},
    "CatalogStart": set(),
    "SetUpStart": {"DatabaseAdmin", "AuthDatabase", "RegistryDatabase", "IndexerDatabase"},
}
OWN_SECRETS["TogetherStart"] = set().union(*OWN_SECRETS.values()) - {"DatabaseAdmin"}


@pytest.mark.parametrize("starter", OWN_SECRETS)
async def test_tasks_are_started_with_their_own_secrets_only(installed: Installed, starter: str) -> None:
    async with acting_as(installed, installed.starts[starter]) as trial:
        get = trial.secretsmanager.get_secret_value
        readable = {name for name, arn in installed.secrets.items() if not await denied(get(SecretId=arn))}
        assert readable == OWN_SECRETS[starter]
        assert await denied(trial.s3.get_object(Bucket=DATA, Key="a"))


async def test_no_iam_user_has_access_keys(installed: Installed) -> None:
    async with installed.cloud.client("iam") as iam:
        assert (await iam.list_users())["Users"] == []
