"""API keys, which act as their owner. Only digests are stored."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from auth.db.stores import Stores
from auth.errors import ApiKeyNotFound, TooManyApiKeys
from auth.services.audit import record
from auth.services.credential_changes import require_not_own_account
from auth.services.limits import LINKS, Limiter
from auth.services.mail.notices import queue_notice
from auth.services.mail.templates import MailKind
from auth.settings import AuthSettings
from auth.tokens import digest, fingerprint, is_api_key, new_api_key
from shared.caller import current
from shared.errors import AdminOnly
from shared.schemas.api_key import ApiKey, ApiKeyCreate, ApiKeyCreated

MAX_API_KEYS = 100


class ApiKeyService:
    def __init__(self, stores: Stores, settings: AuthSettings) -> None:
        self._stores = stores
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
