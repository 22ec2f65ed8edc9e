"""Roles and policies for administrators, read once per request and again after each change."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from registry.graphql.unions import InputError, InvalidInput
from shared.clients.administration import Administration
from shared.errors import AppError, Invalid, Unavailable
from shared.schemas.role import Policy, Role
from shared.schemas.user import User


class AdminCache:
    def __init__(self, administration: Administration, apply_revocations: Callable[[], Awaitable[None]]) -> None:
        self.administration = administration
        self._apply_revocations = apply_revocations
        self._roles: asyncio.Future[list[Role]] | None = None
        self._policies: asyncio.Future[list[Policy]] | None = None
        self._users: asyncio.Future[list[User]] | None = None

    async def some_users(self) -> list[User]:
        if self._users is None:
            self._users = asyncio.ensure_future(self.administration.some_users())
        return await self._users

    async def roles(self) -> list[Role]:
        if self._roles is None:
            self._roles = asyncio.ensure_future(self.administration.roles())
        return await self._roles

    async def policies(self) -> list[Policy]:
        if self._policies is None:
            self._policies = asyncio.ensure_future(self.administration.policies())
        return await self._policies

    async def role(self, wanted: str) -> Role | None:
        """By id or name."""
        return next((each for each in await self.roles() if wanted in {str(each.id), each.name}), None)

    async def policy(self, policy_id: str) -> Policy | None:
        return next((each for each in await self.policies() if str(each.id) == policy_id), None)

    async def forget(self) -> None:
        """Read everything again, and make the change effective here, also when `auth` did not wait for this process."""
        self._roles = self._policies = self._users = None
        try:
            await self._apply_revocations()
        except Unavailable:
            return


def malformed(error: ValidationError, paths: dict[str, str] | None = None) -> InvalidInput:
    """Validation errors as a union member. `paths` gives the schema's names of fields that differ from ours."""
    return InvalidInput(
        tuple(
            InputError((paths or {}).get(str(each["loc"][0]), str(each["loc"][0])), "Invalid", each["msg"])
            for each in error.errors()
            if each["loc"]
        )
    )


def invalid_input(error: ValidationError) -> Invalid:
    """Validation errors for mutations whose unions have no member for them."""
    return Invalid("; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()))


def as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def answer_to(error: AppError, answers: dict[str, Any]) -> Any:
    """The answer for the slug of a refusal by `auth`. Raises the error when there is none."""
    if error.peer_slug not in answers:
        raise error
    return answers[error.peer_slug]
