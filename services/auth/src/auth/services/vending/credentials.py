"""Temporary S3 credentials for the caller's active role, recorded in the ledger before they are returned."""

import secrets
from datetime import UTC, datetime, timedelta
from string import ascii_uppercase, digits
from uuid import UUID

import structlog

from auth.db.stores import Stores
from auth.errors import NoAccess
from auth.resources import AuthResources
from auth.services.audit import record
from auth.services.vending.assumptions import assumption_for, reading_assumption
from auth.services.vending.iam import IamService
from auth.services.vending.iam_names import session_name, unique_session_name
from auth.services.vending.session_policy import too_many_buckets
from shared.aws.clients import Credentials
from shared.aws.credentials import PolicyTooLarge
from shared.errors import Invalid, NotFound
from shared.permissions import allows
from shared.schemas.principal import Principal
from shared.schemas.session import VendedCredentials
from shared.schemas.signer import MINTED, MINTED_FOR_SERVICES

CREDENTIAL_TTL_SECONDS = 3600
READING_CREDENTIAL_TTL_SECONDS = 900
"""The shortest time that STS offers."""
_LETTERS = ascii_uppercase + digits

log = structlog.get_logger()


class CredentialService:
    def __init__(self, stores: Stores, resources: AuthResources) -> None:
        self._stores = stores
        self._resources = resources

    async def vend(self, principal: Principal) -> VendedCredentials:
        """Credentials for the user's own client. Raises NoAccess, TooManyBuckets or Unavailable."""
        return await self._vend(principal, None, unique_session_name(principal.name))

    async def vend_for_service(self, principal: Principal) -> VendedCredentials:
        """The same rights, for a service that acts for the user and reports itself what it does."""
        return await self._vend(principal, None)

    async def vend_reading(self, principal: Principal, bucket: str) -> VendedCredentials:
        """Credentials that read one bucket and do nothing else. Raises NotFound, NoAccess, Invalid or Unavailable."""
        if not self._resources.settings.sts:
            raise Invalid("Without STS, the S3 proxy reads with its own credentials")
        if not allows(principal, bucket):
            raise NotFound(f"No bucket {bucket} is registered here")
        return await self._vend(principal, bucket)

    async def _vend(self, principal: Principal, bucket: str | None, session: str | None = None) -> VendedCredentials:
        """`bucket`: the only one that the credentials read; None for everything that the role may do.

        `session`: name of their session, by which events of S3 are matched to the user; None for services, which need no match.
        """
        if principal.role_id is None:
            raise NoAccess("You have no role; an administrator can give you one")
        vended, policy = await self._assume(principal, principal.role_id, bucket, session)
        await self._stores.credentials.add(
            principal,
            access_key_id=vended.access_key_id,
            sealed=self._resources.encryptor.encrypt(vended.secret_access_key),
            policy=policy or "",
            expires_at=vended.expires_at,
        )
        if session and self._resources.settings.sts:
            await self._stores.push_authors.add_session(
                session, principal, access_key_id=vended.access_key_id, expires_at=vended.expires_at
            )
        await record(
            self._stores,
            "Auth.GetAWSCredentials",
            f"credential:{vended.access_key_id}",
            who=(principal.user_id, principal.name),
            role=principal.role,
            reads=bucket or "*",
        )
        log.info("credentials_vended", user_id=str(principal.user_id), access_key_id=vended.access_key_id)
        return VendedCredentials(
            AccessKeyId=vended.access_key_id,
            SecretAccessKey=vended.secret_access_key,
            SessionToken=vended.session_token,
            Expiration=vended.expires_at,
        )

    async def _assume(
        self, principal: Principal, role_id: UUID, bucket: str | None, session: str | None
    ) -> tuple[Credentials, str | None]:
        """The credentials, and the session policy if there is one."""
        if not self._resources.settings.sts:
            if not principal.permissions:
                raise NoAccess("Your role gives access to no bucket")
            return mint(for_service=session is None), None
        role = await self._stores.roles.get(role_id)
        settings = self._resources.settings
        assumption = reading_assumption(role, bucket, settings) if bucket else assumption_for(role, settings)
        seconds = READING_CREDENTIAL_TTL_SECONDS if bucket else CREDENTIAL_TTL_SECONDS
        if assumption.kept_in_iam:
            await IamService(self._resources).require_role(self._stores, role)
        try:
            vended = await self._resources.vendor.vend(
                session or session_name(principal.name), assumption.policy, seconds, assumption.role
            )
        except PolicyTooLarge as error:
            raise too_many_buckets(len(role.granted)) from error
        return vended, assumption.policy


def mint(*, for_service: bool = False) -> Credentials:
    """Credentials for a store without STS, which the S3 proxy finds in the ledger; the session token has no meaning."""
    prefix = MINTED_FOR_SERVICES if for_service else MINTED + secrets.choice(ascii_uppercase)
    access_key_id = prefix + "".join(secrets.choice(_LETTERS) for _ in range(15))
    ends = datetime.now(UTC) + timedelta(seconds=CREDENTIAL_TTL_SECONDS)
    return Credentials(access_key_id, secrets.token_urlsafe(30), secrets.token_urlsafe(30), ends)
