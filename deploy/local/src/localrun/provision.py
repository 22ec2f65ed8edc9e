"""Provisioning of the AWS emulator: an IAM user with minimal rights for each service, the people's role, queues and buckets.

It is idempotent and runs at every start.
"""

import asyncio
import json
from functools import partial
from typing import Any

from aiobotocore.session import AioSession

from localrun.credentials import SystemSecrets
from localrun.emulator import ACCOUNT, REGION
from localrun.system import DEAD_QUEUE, PACKAGE_BUCKET, QUEUE, SERVICE_BUCKET, USER_ROLE, System, queue_arn

Statement = dict[str, Any]

BUCKETS = ["arn:aws:s3:::*"]
SERVICE = f"arn:aws:s3:::{SERVICE_BUCKET}"
PACKAGES = f"arn:aws:s3:::{PACKAGE_BUCKET}"
READ = [
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:GetObjectAttributes",
    "s3:GetObjectVersionAttributes",
    "s3:GetObjectTagging",
    "s3:GetObjectVersionTagging",
    "s3:ListBucket",
    "s3:ListBucketVersions",
    "s3:GetBucketLocation",
    "s3:GetBucketVersioning",
]
WRITE = [
    "s3:PutObject",
    "s3:PutObjectTagging",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
    "s3:ListBucketMultipartUploads",
    "s3:RestoreObject",
]
BUCKET_SETUP = [
    "s3:CreateBucket",
    "s3:PutBucketVersioning",
    "s3:GetBucketCORS",
    "s3:PutBucketCORS",
    "s3:GetBucketNotification",
    "s3:PutBucketNotification",
]
PEOPLES_ROLE = f"arn:aws:iam::{ACCOUNT}:role/{USER_ROLE}"
OWN_ROLES = [f"arn:aws:iam::{ACCOUNT}:role/patchwork/*", f"arn:aws:iam::{ACCOUNT}:role/patchwork-local-*"]
"""Roles that `auth` creates and maintains. The emulator checks permissions on roles without their path."""
RIGHTS: dict[str, list[Statement]] = {
    "auth": [
        {"Action": "sts:AssumeRole", "Resource": [PEOPLES_ROLE, *OWN_ROLES]},
        {
            "Action": [
                "iam:CreateRole",
                "iam:GetRole",
                "iam:DeleteRole",
                "iam:UpdateAssumeRolePolicy",
                "iam:PutRolePolicy",
                "iam:DeleteRolePolicy",
                "iam:ListRolePolicies",
                "iam:AttachRolePolicy",
                "iam:DetachRolePolicy",
                "iam:ListAttachedRolePolicies",
            ],
            "Resource": OWN_ROLES,
        },
        {
            "Action": [
                "iam:CreatePolicy",
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:ListPolicyVersions",
            ],
            "Resource": "*",  # the emulator supports no other resource
        },
        {"Action": ["iam:PutRolePolicy", "iam:DeleteRolePolicy"], "Resource": PEOPLES_ROLE},
    ],
    "registry": [
        {"Action": [*READ, *BUCKET_SETUP], "Resource": BUCKETS},
        {"Action": ["s3:PutObject"], "Resource": [f"{SERVICE}/catalog/settings.json"]},
        {
            "Action": ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
            "Resource": [f"{SERVICE}/queries/*"],
        },
        {
            "Action": ["s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"],
            "Resource": [f"{PACKAGES}/.quilt/*"],
        },
    ],
    "s3proxy": [
        {"Action": ["s3:GetObject", "s3:PutObject"], "Resource": [f"{PACKAGES}/objs/*", f"{SERVICE}/previews/*"]},
        {
            "Action": ["s3:ListBucket"],
            "Resource": [PACKAGES, SERVICE],
        },  # without it S3 answers 403 for a missing object
    ],
    "indexer": [
        {"Action": READ, "Resource": BUCKETS},
        {
            "Action": [
                "sqs:ReceiveMessage",
                # Stars, because the emulator has separate actions for batches, unlike AWS.
                "sqs:DeleteMessage*",
                "sqs:ChangeMessageVisibility*",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
            ],
            "Resource": [queue_arn(QUEUE)],
        },
    ],
}
PEOPLE: list[Statement] = [
    {"Action": [*READ, *WRITE], "Resource": BUCKETS},
    {"Effect": "Deny", "Action": ["s3:*"], "Resource": [SERVICE, f"{SERVICE}/*"]},
]
"""Upper bound of all vended credentials. Their session policies restrict them to the roles of their owners."""


async def provision_aws(system: System) -> None:
    credentials = system.credentials
    clients: Any = partial(
        AioSession().create_client,
        region_name=REGION,
        endpoint_url=system.emulator.url,
        aws_access_key_id=credentials.root_key_id,
        aws_secret_access_key=credentials.root_secret,
    )
    async with clients("iam") as iam, clients("sqs") as sqs, clients("s3") as s3:
        # Does nothing when they exist.
        made = [s3.create_bucket(Bucket=name) for name in (SERVICE_BUCKET, system.package_bucket)]
        await asyncio.gather(
            _provision_identities(iam, credentials, system.package_bucket), _provision_queues(sqs), *made
        )


async def _provision_identities(iam: Any, credentials: SystemSecrets, package_bucket: str) -> None:
    users = {each["UserName"] for each in (await iam.list_users())["Users"]}
    for service, rights in RIGHTS.items():
        name = f"patchwork-{service}"
        if name not in users:
            await iam.create_user(UserName=name)
        policy = _policy(rights).replace(PACKAGES, f"arn:aws:s3:::{package_bucket}")
        await iam.put_user_policy(UserName=name, PolicyName="service", PolicyDocument=policy)
        existing = {each["AccessKeyId"] for each in (await iam.list_access_keys(UserName=name))["AccessKeyMetadata"]}
        if credentials.aws_keys.get(service, ("", ""))[0] not in existing:
            for stale in existing:
                await iam.delete_access_key(UserName=name, AccessKeyId=stale)
            key = (await iam.create_access_key(UserName=name))["AccessKey"]
            credentials.aws_keys[service] = (key["AccessKeyId"], key["SecretAccessKey"])
    roles = {each["RoleName"] for each in (await iam.list_roles())["Roles"]}
    by_auth = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/patchwork-auth"}
    with_external_id = {"StringEquals": {"sts:ExternalId": credentials.people_external_id}}
    trust = _policy([{"Action": "sts:AssumeRole", "Principal": by_auth, "Condition": with_external_id}])
    if USER_ROLE not in roles:
        await iam.create_role(RoleName=USER_ROLE, AssumeRolePolicyDocument=trust, MaxSessionDuration=43_200)
    await iam.update_assume_role_policy(RoleName=USER_ROLE, PolicyDocument=trust)
    await iam.put_role_policy(RoleName=USER_ROLE, PolicyName="people", PolicyDocument=_policy(PEOPLE))


async def _provision_queues(sqs: Any) -> None:
    fortnight = str(14 * 86_400)
    by_s3 = {"Service": "s3.amazonaws.com"}
    send = _policy([{"Action": "sqs:SendMessage", "Principal": by_s3, "Resource": queue_arn(QUEUE)}])
    dead = {"deadLetterTargetArn": queue_arn(DEAD_QUEUE), "maxReceiveCount": 5}
    wanted = {
        DEAD_QUEUE: {"MessageRetentionPeriod": fortnight},
        QUEUE: {
            "MessageRetentionPeriod": fortnight,
            "VisibilityTimeout": "60",
            "RedrivePolicy": json.dumps(dead),
            "Policy": send,
        },
    }
    for name, attributes in wanted.items():
        url = (await sqs.create_queue(QueueName=name))["QueueUrl"]
        await sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def _policy(statements: list[Statement]) -> str:
    allowed = [{"Effect": "Allow", **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": allowed})
