"""Policy documents of the roles that `auth` makes in IAM: trust, boundary and denials."""

import json
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from math import ceil
from typing import Any

MAX_DENIAL_CHARACTERS = 2_500
"""Characters of the denial policy: IAM limits the inline policies of a role together."""
_SHARED_SECONDS = (1, 60, 600)


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

    If they do not fit in MAX_DENIAL_CHARACTERS, those of a minute, and then those of ten minutes, share its end as their
    time, which takes few characters for each name. The latest names are kept if not all fit even so.
    """
    latest_first = sorted(denials, key=lambda each: each[1], reverse=True)
    if not latest_first:
        return None
    for seconds in _SHARED_SECONDS:
        document = _document(_denials_by_time(latest_first, seconds))
        if len(document) <= MAX_DENIAL_CHARACTERS:
            return document
    fitting = bisect_right(
        range(len(latest_first)),
        MAX_DENIAL_CHARACTERS,
        key=lambda last: len(_document(_denials_by_time(latest_first[: last + 1], _SHARED_SECONDS[-1]))),
    )
    return _document(_denials_by_time(latest_first[:fitting], _SHARED_SECONDS[-1])) if fitting else None


def _denials_by_time(denials: Sequence[tuple[str, datetime]], seconds: int) -> list[Mapping[str, Any]]:
    """One statement for the names whose times are in the same span of this length.

    A user's sessions have this name, or one that ends in it (`iam_names.unique_session_name`).
    """
    names: dict[datetime, list[str]] = {}
    for session_name, before in denials:
        end = datetime.fromtimestamp(ceil(before.timestamp() / seconds) * seconds, UTC)
        names.setdefault(end, []).append(f"*{session_name}")
    return [
        {
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "StringLike": {"aws:userid": listed[0] if len(listed) == 1 else listed},
                "DateLessThan": {"aws:TokenIssueTime": end.strftime("%Y-%m-%dT%H:%M:%SZ")},
            },
        }
        for end, listed in names.items()
    ]


def _document(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))
