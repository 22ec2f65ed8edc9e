"""Temporary S3 credentials for users: a role is assumed with a session policy."""

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
    """A role, and how it is assumed."""

    arn: str
    external_id: str | None = None
    """The external id that the trust policy of the role requires."""
    policy_arns: tuple[str, ...] = ()
    """Managed policies that restrict the session, besides the session policy."""


class RoleRefused(Unavailable):
    title = "The role cannot be assumed"
    slug = "role_refused"


class PolicyTooLarge(Exception):
    """The session policy does not fit AWS's packed form."""


class CredentialVendor(Protocol):
    """Vends credentials that allow what both the role and the session policy allow."""

    async def vend(
        self, session_name: str, policy: str | None, seconds: int, role: AssumedRole | None = None
    ) -> Credentials:
        """Valid for `seconds`. Without `role`, the default role for users. Raises PolicyTooLarge, RoleRefused or Unavailable."""
        ...

    async def identity(self) -> str:
        """ARN of the role or user that assumes the roles. Raises Unavailable."""
        ...


class StsVendor:
    def __init__(self, sts: STSClient, role: AssumedRole, timeout_seconds: float) -> None:
        self._sts = sts
        self._role = role
        self._timeout_seconds = timeout_seconds

    async def vend(
        self, session_name: str, policy: str | None, seconds: int, role: AssumedRole | None = None
    ) -> Credentials:
        options: dict[str, Any] = {}
        wanted = role or self._role
        if policy:
            options["Policy"] = policy
        if wanted.policy_arns:
            options["PolicyArns"] = [{"arn": arn} for arn in wanted.policy_arns]
        if wanted.external_id:
            options["ExternalId"] = wanted.external_id
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self._sts.assume_role(
                    RoleArn=wanted.arn, RoleSessionName=session_name, DurationSeconds=seconds, **options
                )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "PackedPolicyTooLarge":
                raise PolicyTooLarge from error
            log.warning("assume_role_refused", code=code, error=str(error))
            raise RoleRefused(f"No S3 credentials: STS refused to assume the role ({code})") from error
        except (BotoCoreError, OSError, TimeoutError) as error:
            log.warning("assume_role_failed", error=str(error))
            raise Unavailable(f"No S3 credentials: STS does not answer ({type(error).__name__})") from error
        vended = answer["Credentials"]
        return Credentials(
            vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"], vended["Expiration"]
        )

    async def identity(self) -> str:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                arn = (await self._sts.get_caller_identity())["Arn"]
        except (ClientError, BotoCoreError, OSError, TimeoutError) as error:
            raise Unavailable(f"STS does not return our identity ({type(error).__name__})") from error
        # Trust policies name the role; the ARN of a session ends with the session.
        assumed = re.fullmatch(r"arn:([\w-]+):sts::(\d+):assumed-role/([^/]+)/.*", arn)
        return f"arn:{assumed[1]}:iam::{assumed[2]}:role/{assumed[3]}" if assumed else arn


@asynccontextmanager
async def open_vendor(
    settings: AwsSettings, role_arn: str, timeout_seconds: float = TIMEOUT_SECONDS, external_id: str | None = None
) -> AsyncIterator[StsVendor]:
    async with open_sts(settings) as sts:
        yield StsVendor(sts, AssumedRole(role_arn, external_id), timeout_seconds)
