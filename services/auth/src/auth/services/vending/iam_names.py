"""What things of ours are called in IAM."""

import hashlib
import re
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from auth.settings import AuthSettings

_NO_ROLE_ARN = "arn:aws:iam::000000000000:role/none"
"""Gives the names where a store has no STS, so that clients find an ARN at every role and policy."""
SESSION_NAME = 64
"""AWS's limit."""


@dataclass(frozen=True, slots=True)
class IamNames:
    partition: str
    account: str
    prefix: str
    path: str

    @classmethod
    def of(cls, settings: AuthSettings) -> Self:
        _, partition, _, _, account, _ = (settings.user_role_arn or _NO_ROLE_ARN).split(":", 5)
        return cls(partition, account, f"patchwork-{settings.iam.instance}", settings.iam.path)

    def role(self, role_id: UUID) -> str:
        return f"{self.prefix}-{role_id}"

    def role_arn(self, role_id: UUID) -> str:
        return f"arn:{self.partition}:iam::{self.account}:role{self.path}{self.role(role_id)}"

    def policy_arn(self, policy_id: UUID) -> str:
        """Nothing in IAM: clients want one of every policy."""
        return f"arn:{self.partition}:iam::{self.account}:policy{self.path}{self.prefix}-{policy_id}"


def session_name(user: str) -> str:
    """A role session's name, which CloudTrail shows; another for every user."""
    name = re.sub(r"[^A-Za-z0-9_+=,.@-]", "-", f"patchwork-{user}")
    if len(name) <= SESSION_NAME:
        return name
    return f"{name[: SESSION_NAME - 13]}.{hashlib.sha256(user.encode()).hexdigest()[:12]}"
