"""Who may assume a role, and whose sessions may do no more, as IAM wants it said."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

MAX_DENIAL = 2_500
"""Characters of a denial: a role's inline policies have to fit IAM together."""


def trust_policy(assumer: str, external_id: str | None) -> str:
    """For the role of `external_id`; nobody else can have the assumer assume it for them."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": assumer}, "Action": "sts:AssumeRole"}
    if external_id:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return _document([statement])


def bounds(partition: str, forbidden: Collection[str]) -> str:
    """What no role of ours may do, whatever is attached to it: become another one, or reach what is closed."""
    statements: list[dict[str, Any]] = [{"Effect": "Deny", "Action": ["iam:*", "sts:AssumeRole*"], "Resource": "*"}]
    arns = [f"arn:{partition}:s3:::{bucket}{suffix}" for bucket in sorted(forbidden) for suffix in ("", "/*")]
    if arns:
        statements.append({"Effect": "Deny", "Action": "s3:*", "Resource": arns})
    return _document(statements)


def denial_policy(denials: Sequence[tuple[str, datetime]]) -> str | None:
    """Nothing at all for the sessions of these names that were begun before; the latest that fit, None for none."""
    document = None
    statements: list[Mapping[str, Any]] = []
    for session_name, before in sorted(denials, key=lambda each: each[1], reverse=True):
        condition = {
            "StringLike": {"aws:userid": f"*:{session_name}"},
            "DateLessThan": {"aws:TokenIssueTime": before.strftime("%Y-%m-%dT%H:%M:%SZ")},
        }
        statements.append({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition})
        longer = _document(statements)
        if len(longer) > MAX_DENIAL:
            break
        document = longer
    return document


def _document(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))
