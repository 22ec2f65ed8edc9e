"""Temporary S3 credentials for people: a role assumed with a session policy."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.clients import Credentials, open_sts
from shared.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from types_aiobotocore_sts import STSClient

    from shared.settings import AwsSettings

TIMEOUT_SECONDS = 15.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """What is assumed; the secret that its trust statement wants to hear; IAM policies that narrow it, too."""

    arn: str
    external_id: str | None = None
    policy_arns: tuple[str, ...] = ()


class RoleRefused(Unavailable):
    title = "The role cannot be assumed"
    slug = "role_refused"


class PolicyTooLarge(Exception):
    """The session policy does not fit AWS's packed form."""


class CredentialVendor(Protocol):
    """Vends credentials that may do what both the role and `policy` allow."""

    async def vend(
        self, session_name: str, policy: str | None, seconds: int, role: AssumedRole | None = None
    ) -> Credentials:
        """No role: the one for people. Raises PolicyTooLarge, RoleRefused, or Unavailable when nobody vends now."""
        ...

    async def identity(self) -> str:
        """ARN of who assumes the roles; raises Unavailable."""
        ...


class StsVendor:
    def __init__(self, sts: STSClient, role: AssumedRole, patience: float) -> None:
        self._sts = sts
        self._role = role
        self._patience = patience

    async def vend(
        self, session_name: str, policy: str | None, seconds: int, role: AssumedRole | None = None
    ) -> Credentials:
        asked: dict[str, Any] = {}
        wanted = role or self._role
        if policy:
            asked["Policy"] = policy
        if wanted.policy_arns:
            asked["PolicyArns"] = [{"arn": arn} for arn in wanted.policy_arns]
        if wanted.external_id:
            asked["ExternalId"] = wanted.external_id
        try:
            async with asyncio.timeout(self._patience):
                answer = await self._sts.assume_role(
                    RoleArn=wanted.arn, RoleSessionName=session_name, DurationSeconds=seconds, **asked
                )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "PackedPolicyTooLarge":
                raise PolicyTooLarge from error
            log.warning("assume_role_refused", code=code, error=str(error))
            raise RoleRefused(f"No S3 credentials: STS refused to vend them ({code})") from error
        except (BotoCoreError, OSError, TimeoutError) as error:
            log.warning("assume_role_failed", error=str(error))
            raise Unavailable(f"No S3 credentials: STS does not answer ({type(error).__name__})") from error
        vended = answer["Credentials"]
        return Credentials(
            vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"], vended["Expiration"]
        )

    async def identity(self) -> str:
        try:
            async with asyncio.timeout(self._patience):
                arn = (await self._sts.get_caller_identity())["Arn"]
        except (ClientError, BotoCoreError, OSError, TimeoutError) as error:
            raise Unavailable(f"STS does not say who we are ({type(error).__name__})") from error
        # A session's ARN is good for as long as the session; what trust statements name is the role.
        assumed = re.fullmatch(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.*", arn)
        return f"arn:{assumed[1]}:iam::{assumed[2]}:role/{assumed[3]}" if assumed else arn


@asynccontextmanager
async def open_vendor(
    settings: AwsSettings, role_arn: str, patience: float = TIMEOUT_SECONDS, external_id: str | None = None
) -> AsyncIterator[StsVendor]:
    async with open_sts(settings) as sts:
        yield StsVendor(sts, AssumedRole(role_arn, external_id), patience)
