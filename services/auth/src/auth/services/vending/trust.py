"""Policy documents of the roles that `auth` makes in IAM: trust, boundary and denials."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

MAX_DENIAL_CHARACTERS = 2_500
"""Characters of the denial policy: IAM limits the inline policies of a role together."""


def trust_policy(assumer: str, external_id: str | None) -> str:
    """Trust policy: `assumer` may assume the role, if it passes the role's external id."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": assumer}, "Action": "sts:AssumeRole"}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return _document([statement])


def boundary_policy(partition: str, forbidden: Collection[str]) -> str:
    """Denies roles of ours, whatever is attached to them: changes in IAM, assuming roles, the forbidden buckets."""
    statements: list[dict[str, Any]] = [{"Effect": "Deny", "Action": ["iam:*", "sts:AssumeRole*"], "Resource": "*"}]
    arns = [f"arn:{partition}:s3:::{bucket}{suffix}" for bucket in sorted(forbidden) for suffix in ("", "/*")]
    if arns:
        statements.append({"Effect": "Deny", "Action": "s3:*", "Resource": arns})
    return _document(statements)


def denial_policy(denials: Sequence[tuple[str, datetime]]) -> str | None:
    """Denies everything to sessions of these names issued before the given times; None if there are no denials.

    The latest denials are kept if not all fit in MAX_DENIAL_CHARACTERS.
    """
    document = None
    statements: list[Mapping[str, Any]] = []
    for session_name, before in sorted(denials, key=lambda each: each[1], reverse=True):
        condition = {
            "StringLike": {"aws:userid": f"*:{session_name}"},
            "DateLessThan": {"aws:TokenIssueTime": before.strftime("%Y-%m-%dT%H:%M:%SZ")},
        }
        statements.append({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition})
        longer = _document(statements)
        if len(longer) > MAX_DENIAL_CHARACTERS:
            break
        document = longer
    return document


def _document(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))
