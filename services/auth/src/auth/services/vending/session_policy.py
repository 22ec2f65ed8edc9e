"""Permissions of a role as IAM policies: one session policy, or the policies of an IAM role."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from auth.errors import NoAccess, TooManyBuckets
from shared.schemas.principal import EVERY_BUCKET, Level

MAX_SESSION_POLICY_CHARACTERS = 2048
"""AWS's limit for a session policy."""

READ = ("s3:GetObject*", "s3:ListBucket*", "s3:GetBucketLocation", "s3:GetBucketVersioning")
"""Read objects with their versions, tags, attributes and checksums; list keys, versions and uploads."""

WRITE = (
    "s3:PutObject",
    "s3:PutObjectTagging",
    "s3:DeleteObject",
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
    "s3:RestoreObject",
)
"""Write and delete objects, and restore archived ones. Deleting a version and configuring a bucket are left out."""


_VIA_S3 = {"Condition": {"StringLike": {"kms:ViaService": "s3.*"}}}

MAX_DOCUMENT_CHARACTERS = 6144
"""AWS's limit for one managed policy."""
MAX_DOCUMENTS = 10
"""AWS's limit for the managed policies of a role."""


def session_policy(
    permissions: Mapping[str, Level],
    *,
    outside_star: Collection[str] = (),
    partition: str = "aws",
    kms_key_arn: str | None = None,
) -> str:
    """A policy document of at most MAX_CHARACTERS. Raises NoAccess or TooManyBuckets.

    `outside_star`: buckets that `*` does not mean. `kms_key_arn`: key that their objects may be encrypted with.
    """
    policy = _document([*_statements(permissions, outside_star, partition), *_key_statements(kms_key_arn)])
    if len(policy) > MAX_SESSION_POLICY_CHARACTERS:
        raise too_many_buckets(len(permissions))
    return policy


def reading_policy(bucket: str, partition: str = "aws") -> str:
    """A policy document that lets its holder read one bucket. The role that is assumed with it may restrict that further."""
    arn = f"arn:{partition}:s3:::{bucket}"
    decrypt = {**_allow(("kms:Decrypt",), ["*"]), **_VIA_S3}
    return _document([_allow(READ, [arn, f"{arn}/*"]), decrypt])


def role_documents(
    permissions: Mapping[str, Level],
    *,
    outside_star: Collection[str] = (),
    partition: str = "aws",
    kms_key_arn: str | None = None,
) -> tuple[str, ...]:
    """The same permissions as up to MAX_DOCUMENTS policies; raises NoAccess or TooManyBuckets."""
    documents: list[list[dict[str, Any]]] = [_key_statements(kms_key_arn)]
    for statement in _statements(permissions, outside_star, partition):
        for resource in statement["Resource"]:
            with_it = _with_resource(documents[-1], statement, resource)
            if len(_document(with_it)) > MAX_DOCUMENT_CHARACTERS:
                documents.append(_with_resource([], statement, resource))
            else:
                documents[-1] = with_it
    if len(documents) > MAX_DOCUMENTS:
        raise TooManyBuckets(
            f"Your role names {len(permissions)} buckets, more than IAM can hold: {MAX_DOCUMENTS} policies of "
            f"{MAX_DOCUMENT_CHARACTERS:,} characters. Ask an administrator for a role with fewer buckets, or with `*`"
        )
    return tuple(_document(statements) for statements in documents)


def _with_resource(statements: list[dict[str, Any]], more: dict[str, Any], resource: str) -> list[dict[str, Any]]:
    """The statements with one more resource, added to the last statement if it has the same effect and actions."""
    if statements and all(statements[-1][part] == more[part] for part in ("Effect", "Action")):
        last = statements[-1]
        return [*statements[:-1], {**last, "Resource": [*last["Resource"], resource]}]
    return [*statements, {**more, "Resource": [resource]}]


def _statements(
    permissions: Mapping[str, Level], outside_star: Collection[str], partition: str
) -> list[dict[str, Any]]:
    if not permissions:
        raise NoAccess("Your role gives access to no bucket")
    everywhere = permissions.get(EVERY_BUCKET)
    named = sorted(permissions.keys() - {EVERY_BUCKET})
    writable = [bucket for bucket in named if permissions[bucket] is Level.READ_WRITE]
    readable = [bucket for bucket in named if permissions[bucket] is Level.READ]
    arn = f"arn:{partition}:s3:::"
    both = [f"{arn}{bucket}{suffix}" for bucket in writable for suffix in ("", "/*")]
    statements: list[dict[str, Any]]
    if everywhere is Level.READ_WRITE:
        statements = [_allow((*READ, *WRITE), [f"{arn}*"])]
    elif everywhere is Level.READ:
        objects = [f"{arn}{bucket}/*" for bucket in writable]
        statements = [_allow(READ, [f"{arn}*"]), _allow(WRITE, objects)]
    else:
        only_read = [f"{arn}{bucket}{suffix}" for bucket in readable for suffix in ("", "/*")]
        statements = [_allow((*READ, *WRITE), both), _allow(READ, only_read)]
    if everywhere:
        for bucket in sorted(outside_star):
            statements.append(_deny(_denied_actions(permissions.get(bucket)), [f"{arn}{bucket}", f"{arn}{bucket}/*"]))
    return [statement for statement in statements if statement["Resource"] and statement["Action"]]


def _key_statements(kms_key_arn: str | None) -> list[dict[str, Any]]:
    if not kms_key_arn:
        return []
    return [{**_allow(("kms:Decrypt", "kms:GenerateDataKey"), [kms_key_arn]), **_VIA_S3}]


def _denied_actions(named: Level | None) -> tuple[str, ...]:
    """Actions that `*` must not permit in a bucket outside it, given the level at which the role names that bucket."""
    if named is None:
        return ("s3:*",)
    return WRITE if named is Level.READ else ()


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def too_many_buckets(count: int) -> TooManyBuckets:
    return TooManyBuckets(
        f"Your role names {count} buckets, more than temporary credentials can hold: AWS limits a session policy to "
        f"{MAX_SESSION_POLICY_CHARACTERS:,} characters. Ask an administrator for a role with fewer buckets, or with `*`"
    )


def _allow(actions: tuple[str, ...], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resources}


def _deny(actions: tuple[str, ...], resources: list[str]) -> dict[str, Any]:
    return {**_allow(actions, resources), "Effect": "Deny"}
