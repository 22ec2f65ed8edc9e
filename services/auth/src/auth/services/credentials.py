"""Temporary S3 credentials from the caller's active role, recorded before they are handed out."""

import re

import structlog

from auth.db.stores import Stores
from auth.errors import NoAccess
from auth.sealing import Sealer
from auth.services.session_policy import session_policy, too_many_buckets
from auth.settings import Settings
from shared.aws.credentials import CredentialVendor, PolicyTooLarge
from shared.schemas.principal import Principal
from shared.schemas.session import VendedCredentials

SECONDS = 3600

log = structlog.get_logger()


class CredentialService:
    def __init__(self, stores: Stores, vendor: CredentialVendor, sealer: Sealer, settings: Settings) -> None:
        self._stores = stores
        self._vendor = vendor
        self._sealer = sealer
        self._partition = settings.user_role_arn.split(":")[1]

    async def vend(self, principal: Principal) -> VendedCredentials:
        if principal.role_id is None:
            raise NoAccess("You have no role; an administrator can give you one")
        policy = session_policy(principal.permissions, partition=self._partition)
        try:
            vended = await self._vendor.vend(session_name(principal.name), policy, SECONDS)
        except PolicyTooLarge as error:
            raise too_many_buckets(len(principal.permissions)) from error
        await self._stores.credentials.add(
            principal,
            access_key_id=vended.access_key_id,
            sealed=self._sealer.seal(vended.secret_access_key),
            policy=policy,
            expires_at=vended.expires_at,
        )
        log.info("credentials_vended", user_id=str(principal.user_id), access_key_id=vended.access_key_id)
        return VendedCredentials(
            AccessKeyId=vended.access_key_id,
            SecretAccessKey=vended.secret_access_key,
            SessionToken=vended.session_token,
            Expiration=vended.expires_at,
        )


def session_name(user: str) -> str:
    """A role session's name, which CloudTrail shows."""
    return re.sub(r"[^A-Za-z0-9_+=,.@-]", "-", f"patchwork-{user}")[:64]
