"""A fake of API keys."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from shared.errors import NotFound
from shared.schemas.api_key import ApiKey, ApiKeyCreate, ApiKeyCreated, ApiKeyFilter, KeyStatus


class FakeApiKeys:
    """Implements `shared.clients.api_keys.ApiKeys` in memory."""

    def __init__(self) -> None:
        self._keys_by_id: dict[UUID, tuple[UUID, str, ApiKey]] = {}

    async def api_keys(self, wanted: ApiKeyFilter, *, of: UUID | None) -> list[ApiKey]:
        given = wanted.model_dump(exclude_none=True)
        given = {{"email": "user_email"}.get(name, name): value for name, value in given.items()}
        found = [key for owner, _, key in self._keys_by_id.values() if of in {None, owner}]
        return [key for key in found if all(getattr(key, name) == value for name, value in given.items())]

    async def api_key(self, key_id: UUID, *, of: UUID | None) -> ApiKey:
        owner, _, key = self._keys_by_id.get(key_id, (None, "", None))
        if key is None or of not in {None, owner}:
            raise NotFound("No such API key")
        return key

    async def create_api_key(self, user_id: UUID, new: ApiKeyCreate) -> ApiKeyCreated:
        now, secret = datetime.now(UTC), f"qk_{uuid4().hex}"
        key = ApiKey(
            id=uuid4(),
            name=new.name,
            fingerprint=f"{secret[:6]}...{secret[-3:]}",
            created_at=now,
            expires_at=now + timedelta(days=new.expires_in_days),
            last_used_at=None,
            user="amy",
            user_email="amy@example.com",
            status=KeyStatus.ACTIVE,
        )
        self._keys_by_id[key.id] = (user_id, secret, key)
        return ApiKeyCreated(api_key=key, secret=secret)

    async def revoke_api_key(self, key_id: UUID, *, of: UUID | None) -> None:
        await self.api_key(key_id, of=of)
        del self._keys_by_id[key_id]

    async def revoke_shown_api_key(self, secret: str, *, of: UUID) -> None:
        for key_id, (owner, known, _) in self._keys_by_id.items():
            if (owner, known) == (of, secret):
                del self._keys_by_id[key_id]
                return
        raise NotFound("No such API key")
