"""Client of the registry for the API keys that `auth` has."""

from typing import Protocol
from uuid import UUID

import httpx

from shared.clients.transport import call, parsed
from shared.schemas.api_key import ApiKey, ApiKeyCreate, ApiKeyCreated, ApiKeyFilter, LeakedKey
from shared.schemas.page import Page

MAX_LISTED_KEYS = 5_000


class ApiKeys(Protocol):
    """`of` is the user whose keys are used; None, for administrators, stands for the keys of all users."""

    async def api_keys(self, wanted: ApiKeyFilter, *, of: UUID | None) -> list[ApiKey]: ...

    async def api_key(self, key_id: UUID, *, of: UUID | None) -> ApiKey:
        """Raises NotFound."""
        ...

    async def create_api_key(self, user_id: UUID, new: ApiKeyCreate) -> ApiKeyCreated:
        """Raises Conflict when the user has too many keys."""
        ...

    async def revoke_api_key(self, key_id: UUID, *, of: UUID | None) -> None:
        """Raises NotFound."""
        ...

    async def revoke_shown_api_key(self, secret: str, *, of: UUID) -> None:
        """Raises NotFound."""
        ...


class ApiKeyClient:
    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def api_keys(self, wanted: ApiKeyFilter, *, of: UUID | None) -> list[ApiKey]:
        found: list[ApiKey] = []
        params = {"limit": "100", **wanted.model_dump(mode="json", exclude_none=True)}
        while True:
            answer = await call(self._http, "GET", _path(of), params=params)
            page = parsed(Page[ApiKey], answer)
            found.extend(page.items)
            if page.next is None or len(found) >= MAX_LISTED_KEYS:
                return found
            params["cursor"] = page.next

    async def api_key(self, key_id: UUID, *, of: UUID | None) -> ApiKey:
        answer = await call(self._http, "GET", f"{_path(of)}/{key_id}")
        return parsed(ApiKey, answer)

    async def create_api_key(self, user_id: UUID, new: ApiKeyCreate) -> ApiKeyCreated:
        answer = await call(self._http, "POST", _path(user_id), json=new.model_dump(exclude_defaults=True))
        return parsed(ApiKeyCreated, answer)

    async def revoke_api_key(self, key_id: UUID, *, of: UUID | None) -> None:
        await call(self._http, "DELETE", f"{_path(of)}/{key_id}")

    async def revoke_shown_api_key(self, secret: str, *, of: UUID) -> None:
        await call(self._http, "POST", f"{_path(of)}/revoke", json=LeakedKey(secret=secret).model_dump())


def _path(of: UUID | None) -> str:
    return f"/internal/users/{of}/keys" if of else "/internal/admin/keys"
