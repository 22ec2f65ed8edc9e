"""Client of the registry for administration in `auth`. The registry has checked that the caller is an administrator."""

from typing import Any, TypeVar
from urllib.parse import quote
from uuid import UUID

import httpx
from pydantic import BaseModel

from shared.clients.transport import call, parsed
from shared.errors import NotFound
from shared.schemas.imports import Arrivals, Incomers
from shared.schemas.page import Page
from shared.schemas.role import (
    DefaultRole,
    DefaultRoleSet,
    Policy,
    PolicyWrite,
    Role,
    RoleCreate,
    RoleUpdate,
)
from shared.schemas.sso import SsoConfig, SsoConfigSet
from shared.schemas.user import RolesChange, User, UserCreate, UserUpdate

T = TypeVar("T", bound=BaseModel)

_PAGE_LIMIT = 100


class Administration:
    """Raises the refusals of `auth`, with its slug in `peer_slug`. Methods that may return None do so for what does not exist."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def users(self) -> list[User]:
        return await self._all("users", User)

    async def some_users(self) -> list[User]:
        """One page of users."""
        answer = await self._call("GET", "users", params={"limit": _PAGE_LIMIT})
        return parsed(Page[User], answer).items

    async def user(self, name: str) -> User | None:
        return await self._find(_path("users", name), User)

    async def create_user(self, new: UserCreate) -> User:
        return await self._do("POST", "users", User, new)

    async def update_user(self, name: str, wanted: UserUpdate) -> User:
        return await self._do("PATCH", _path("users", name), User, wanted)

    async def set_active(self, name: str, *, active: bool) -> User:
        return await self._do("POST", _path("users", name, "enable" if active else "disable"), User)

    async def change_roles(self, name: str, change: RolesChange) -> User:
        return await self._do("PATCH", _path("users", name, "roles"), User, change)

    async def reset_password(self, name: str) -> None:
        await self._call("POST", _path("users", name, "reset-password"))

    async def delete_user(self, name: str) -> None:
        await self._call("DELETE", _path("users", name))

    async def take_in(self, incomers: Incomers) -> Arrivals:
        """Import users of another registry."""
        body = incomers.model_dump(mode="json")
        answer = await call(self._http, "POST", "/internal/imports/users", json=body, timeout=60)
        return parsed(Arrivals, answer)

    async def roles(self) -> list[Role]:
        return await self._all("roles", Role)

    async def create_role(self, new: RoleCreate) -> Role:
        return await self._do("POST", "roles", Role, new)

    async def update_role(self, role_id: UUID, wanted: RoleUpdate) -> Role:
        return await self._do("PUT", _path("roles", str(role_id)), Role, wanted)

    async def delete_role(self, role_id: UUID) -> None:
        await self._call("DELETE", _path("roles", str(role_id)))

    async def default_role(self) -> DefaultRole:
        return await self._do("GET", "default-role", DefaultRole)

    async def set_default_role(self, role_id: UUID) -> None:
        await self._do("PUT", "default-role", DefaultRole, DefaultRoleSet(role=str(role_id)))

    async def policies(self) -> list[Policy]:
        return await self._all("policies", Policy)

    async def create_policy(self, new: PolicyWrite) -> Policy:
        return await self._do("POST", "policies", Policy, new)

    async def update_policy(self, policy_id: UUID, wanted: PolicyWrite) -> Policy:
        return await self._do("PUT", _path("policies", str(policy_id)), Policy, wanted)

    async def delete_policy(self, policy_id: UUID) -> None:
        await self._call("DELETE", _path("policies", str(policy_id)))

    async def sso_config(self) -> SsoConfig | None:
        return await self._find("sso-config", SsoConfig)

    async def set_sso_config(self, text: str) -> SsoConfig:
        return await self._do("PUT", "sso-config", SsoConfig, SsoConfigSet(text=text))

    async def remove_sso_config(self) -> None:
        await self._call("DELETE", "sso-config")

    async def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        return await call(self._http, method, f"/internal/admin/{path}", **options)

    async def _do(self, method: str, path: str, kind: type[T], body: BaseModel | None = None) -> T:
        json = body.model_dump(mode="json", exclude_unset=True) if body else None
        return parsed(kind, await self._call(method, path, json=json))

    async def _find(self, path: str, kind: type[T]) -> T | None:
        try:
            return await self._do("GET", path, kind)
        except NotFound:
            return None

    async def _all(self, path: str, kind: type[T]) -> list[T]:
        found: list[T] = []
        cursor: str | None = None
        while True:
            after = {"cursor": cursor} if cursor else {}
            answer = await self._call("GET", path, params={"limit": _PAGE_LIMIT, **after})
            page: Page[T] = parsed(Page[kind], answer)  # type: ignore[valid-type]
            found.extend(page.items)
            cursor = page.next
            if cursor is None:
                return found


def _path(*parts: str) -> str:
    return "/".join(quote(part, safe="") for part in parts)
