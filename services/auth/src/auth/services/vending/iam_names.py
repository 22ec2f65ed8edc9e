"""Names and ARNs in IAM."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from auth.settings import AuthSettings

_NO_ROLE_ARN = "arn:aws:iam::000000000000:role/none"
"""Source of partition and account for a store without STS: clients expect an ARN for every role and policy."""
MAX_SESSION_NAME = 64
"""Characters; AWS's limit."""
_TOKEN_BYTES = 8
_MAX_OWN_NAME = MAX_SESSION_NAME - 2 * _TOKEN_BYTES - 1


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
        """An ARN for a managed policy, which clients expect; IAM has no such policy."""
        return f"arn:{self.partition}:iam::{self.account}:policy{self.path}{self.prefix}-{policy_id}"


def unique_session_name(user: str) -> str:
    """A new name for a role session of the user. It ends in `session_name`, so that one pattern matches all of the user's."""
    return f"{secrets.token_hex(_TOKEN_BYTES)}.{session_name(user)}"


def session_name(user: str) -> str:
    """Name of the role sessions in which services act for the user, which CloudTrail shows; unique per user."""
    name = re.sub(r"[^A-Za-z0-9_+=,.@-]", "-", f"patchwork-{user}")
    if len(name) <= _MAX_OWN_NAME:
        return name
    return f"{name[: _MAX_OWN_NAME - 13]}.{hashlib.sha256(user.encode()).hexdigest()[:12]}"
