"""Temporary S3 credentials for people: a role assumed with a session policy."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import structlog
from botocore.exceptions import BotoCoreError, ClientError

from shared.aws.clients import open_sts
from shared.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from types_aiobotocore_sts import STSClient

    from shared.settings import AwsSettings

PATIENCE_SECONDS = 15.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Credentials:
    access_key_id: str
    secret_access_key: str
    session_token: str
    expires_at: datetime


class PolicyTooLarge(Exception):
    """The session policy does not fit AWS's packed form."""


class CredentialVendor(Protocol):
    """Vends credentials that may do what both the role and `policy` allow.

    Raises PolicyTooLarge, or Unavailable when nobody vends just now.
    """

    async def vend(self, session_name: str, policy: str, seconds: int) -> Credentials: ...


class StsVendor:
    def __init__(self, sts: STSClient, role_arn: str, patience: float) -> None:
        self._sts = sts
        self._role_arn = role_arn
        self._patience = patience

    async def vend(self, session_name: str, policy: str, seconds: int) -> Credentials:
        try:
            async with asyncio.timeout(self._patience):
                answer = await self._sts.assume_role(
                    RoleArn=self._role_arn, RoleSessionName=session_name, Policy=policy, DurationSeconds=seconds
                )
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code == "PackedPolicyTooLarge":
                raise PolicyTooLarge from error
            log.warning("assume_role_refused", code=code, error=str(error))
            raise Unavailable(f"No S3 credentials: STS refused to vend them ({code})") from error
        except (BotoCoreError, OSError, TimeoutError) as error:
            log.warning("assume_role_failed", error=str(error))
            raise Unavailable(f"No S3 credentials: STS does not answer ({type(error).__name__})") from error
        vended = answer["Credentials"]
        return Credentials(
            vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"], vended["Expiration"]
        )


@asynccontextmanager
async def open_vendor(
    settings: AwsSettings, role_arn: str, patience: float = PATIENCE_SECONDS
) -> AsyncIterator[StsVendor]:
    async with open_sts(settings) as sts:
        yield StsVendor(sts, role_arn, patience)
