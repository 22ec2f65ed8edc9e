"""API keys, which act as their owner, and their S3 key pairs. Of API keys only digests are stored."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from auth.db.stores import Stores
from auth.encryption import Encryptor
from auth.errors import ApiKeyNotFound, TooManyApiKeys, TooManyS3KeyPairs
from auth.services.audit import record
from auth.services.credential_changes import require_not_own_account
from auth.services.limits import LINKS, Limiter
from auth.services.mail.notices import queue_notice
from auth.services.mail.templates import MailKind
from auth.settings import AuthSettings
from auth.tokens import digest, fingerprint, is_api_key, new_api_key, new_s3_key_pair
from shared.caller import current
from shared.errors import AdminOnly
from shared.schemas.api_key import ApiKey, ApiKeyCreate, ApiKeyCreated, KeyStatus, S3KeyPairCreated

MAX_API_KEYS = 100
MAX_S3_KEY_PAIRS = 5
"""S3 key pairs of one API key: enough to replace them one after the other."""


class ApiKeyService:
    def __init__(self, stores: Stores, encryptor: Encryptor, settings: AuthSettings) -> None:
        self._stores = stores
        self._encryptor = encryptor
        self._settings = settings

    async def create(self, user_id: UUID, new: ApiKeyCreate, *, by_administrator: bool) -> ApiKeyCreated:
        """Make a key for a person in a session of their own. Raises AdminOnly or TooManyApiKeys."""
        if new.may_administer and not by_administrator:
            raise AdminOnly("Only administrators can make an API key that may administer")
        await self._stores.lock(f"keys of {user_id}")
        if await self._stores.api_keys.count(user_id) >= MAX_API_KEYS:
            raise TooManyApiKeys(f"You have reached the limit of {MAX_API_KEYS} API keys; revoke one first")
        secret = new_api_key()
        key_id = await self._stores.api_keys.add(
            user_id,
            name=new.name,
            fingerprint=fingerprint(secret),
            digest=digest(secret),
            expires_at=datetime.now(UTC) + timedelta(days=new.expires_in_days),
            may_administer=new.may_administer,
        )
        key = await self._stores.api_keys.get(key_id)
        await self._record("APIKeys.Create", key, days=new.expires_in_days, may_administer=new.may_administer)
        await queue_notice(self._stores, self._settings, MailKind.KEY_MADE, user_id, key=key.name)
        return ApiKeyCreated(api_key=key, secret=secret)

    async def revoke(self, key_id: UUID, *, of: UUID | None) -> None:
        """Revoke a key, which the user `of` must own; keys that it made stay.

        Raises ApiKeyNotFound, and NotForApiKeys if the caller has another key of the same user.
        """
        key = await self._stores.api_keys.get(key_id, of=of)
        if current().credential != f"key:{key_id}":
            require_not_own_account(key.user)
        await self._stores.api_keys.remove(key_id)
        await self._record("APIKeys.Revoke" if of else "APIKeys.Admin.Revoke", key)
        await self._stores.revocations.add(f"key:{key_id}")

    async def revoke_by_secret(self, secret: str, *, of: UUID) -> None:
        holder = await self._stores.api_keys.find(digest(secret)) if is_api_key(secret) else None
        if holder is None or holder.user_id != of:
            raise ApiKeyNotFound("No such API key")
        await self.revoke(holder.key.id, of=of)

    async def revoke_leaked(self, secret: str, address: str) -> None:
        """Revoke a key and all keys that it made, since a thief may have made them.

        Returns nothing, whether the key exists or not. Raises TooManyTries.
        """
        limiter = Limiter(self._stores)
        await limiter.check(LINKS, "", address)
        holder = await self._stores.api_keys.find(digest(secret)) if is_api_key(secret) else None
        if holder is None:
            await limiter.count(LINKS, "", address)
            return
        await self._stores.lock(f"keys of {holder.user_id}")  # waits for a key that is being made with this one
        await self._record("APIKeys.RevokeLeaked", holder.key)
        for key_id in await self._stores.api_keys.remove_with_made(holder.key.id):
            await self._stores.revocations.add(f"key:{key_id}")

    async def create_s3_key_pair(self, key_id: UUID, *, of: UUID) -> S3KeyPairCreated:
        """Make an S3 key pair of a key that the user `of` owns. Raises ApiKeyNotFound or TooManyS3KeyPairs."""
        await self._stores.lock(f"S3 key pairs of {key_id}")
        key = await self._stores.api_keys.get(key_id, of=of)
        if key.status is KeyStatus.EXPIRED:
            raise ApiKeyNotFound("The API key has expired")
        if len(key.s3_key_pairs) >= MAX_S3_KEY_PAIRS:
            raise TooManyS3KeyPairs(f"An API key has at most {MAX_S3_KEY_PAIRS} S3 key pairs; delete one first")
        access_key_id, secret = new_s3_key_pair()
        sealed = self._encryptor.encrypt(secret)
        pair = await self._stores.s3_key_pairs.add(key_id, access_key_id=access_key_id, sealed=sealed)
        await self._record("APIKeys.CreateS3KeyPair", key, access_key_id=access_key_id)
        await queue_notice(self._stores, self._settings, MailKind.S3_KEY_PAIR_MADE, of, key=key.name)
        return S3KeyPairCreated(
            **pair.model_dump(),
            secret_access_key=secret,
            expires_at=key.expires_at,
            endpoint_url=self._settings.public.packages_url or None,
            region=self._settings.aws.region,
        )

    async def delete_s3_key_pair(self, key_id: UUID, access_key_id: str, *, of: UUID | None) -> None:
        """Delete an S3 key pair of a key that the user `of` must own.

        Raises ApiKeyNotFound, S3KeyPairNotFound, and NotForApiKeys if the caller is a key of the same user.
        """
        key = await self._stores.api_keys.get(key_id, of=of)
        require_not_own_account(key.user)
        await self._stores.s3_key_pairs.remove(key_id, access_key_id)
        action = "APIKeys.DeleteS3KeyPair" if of else "APIKeys.Admin.DeleteS3KeyPair"
        await self._record(action, key, access_key_id=access_key_id)
        await self._stores.revocations.add(f"key:{key_id}")

    async def _record(self, action: str, key: ApiKey, **details: Any) -> None:
        await record(
            self._stores,
            action,
            f"key:{key.id}",
            name=key.name,
            fingerprint=key.fingerprint,
            owner=key.user,
            **details,
        )
