"""Administration for Quilt's clients and web catalogs of 2018 to 2021: shapes, addresses and error texts are theirs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field, ValidationError

from auth.errors import (
    EmailTaken,
    LastAdministrator,
    MailNotConfigured,
    NameReserved,
    NameTaken,
    NotYourself,
    RoleInUse,
    RoleNotFound,
    UnknownRole,
    UserNotFound,
)
from auth.routes.deps import AllStores, AuthRoute, RoleWrites, UserWrites, resources
from shared.errors import AppError, Forbidden, Invalid, Unauthenticated
from shared.schemas.role import Role, RoleCreate, RoleUpdate
from shared.schemas.user import USER_NAME_REFUSAL, RolesSet, User, UserCreate, UserUpdate
from shared.web.auth import admin
from shared.web.routing import Policy

NOT_ENABLED = "This endpoint is not enabled."


async def enabled(request: Request) -> None:
    """Raises Invalid if the endpoints for users are switched off."""
    res = await resources(request)
    if not res.settings.user_endpoints and request.url.path.startswith("/api/users/"):
        raise Invalid(NOT_ENABLED)


class QuiltAdminRoute(AuthRoute):
    policies: ClassVar[tuple[Policy, ...]] = (enabled, *AuthRoute.policies)


router = APIRouter(
    route_class=QuiltAdminRoute,
    prefix="/api",
    tags=["quilt"],
    dependencies=[Depends(enabled), Depends(admin)],
    responses={**Unauthenticated.response(), **Forbidden.response()},
)

_ID = "7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"
RoleId = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$", examples=[_ID])]
_PAGE = 100
_Text = Annotated[str, Field(max_length=320, pattern=r"^[^\x00]*$")]


class QuiltUser(BaseModel):
    username: str = Field(examples=["amy"])
    email: str = Field(examples=["amy@example.com"])
    date_joined: datetime
    last_login: datetime
    is_superuser: bool
    is_active: bool
    role_id: UUID | None


class QuiltUsers(BaseModel):
    results: list[QuiltUser]


class QuiltRole(BaseModel):
    id: UUID
    name: str = Field(examples=["Curators"])
    arn: str = Field(examples=["arn:aws:iam::123456789012:role/Curators"])


class QuiltRoles(BaseModel):
    results: list[QuiltRole]


class UserNamed(BaseModel, extra="forbid"):
    username: _Text = Field(examples=["amy"])


class UserAddressed(UserNamed):
    email: _Text = Field(examples=["amy@example.com"])


class UserGiven(UserNamed):
    role: _Text = Field(description="Name of a role; empty for none.", examples=["Curators"])


class RoleWritten(BaseModel, extra="forbid"):
    name: _Text = Field(examples=["Curators"])
    arn: _Text = Field(examples=["arn:aws:iam::123456789012:role/Curators"])
    id: str | None = Field(None, examples=[_ID])


@router.get("/users/list", summary="List users")
async def list_quilt_users(stores: AllStores) -> QuiltUsers:
    ids = {role.name: role.id for role in await stores.roles.all()}
    users: list[User] = []
    cursor: str | None = None
    while True:
        page = await stores.users.page(after=cursor, limit=_PAGE)
        users.extend(page.items)
        cursor = page.next
        if cursor is None:
            break
    return QuiltUsers(results=[_user(each, ids) for each in users])


@router.post(
    "/users/create",
    summary="Create a user, and mail them a link to set a password",
    responses={**Invalid.response(), **NameTaken.response()},
)
async def create_quilt_user(new: UserAddressed, users: UserWrites) -> dict[str, str]:
    with _translated(_USER_TEXTS):
        await users.create(UserCreate(name=new.username, email=new.email))
    return {}


@router.post("/users/delete", summary="Delete a user", responses={**UserNotFound.response(), **NotYourself.response()})
async def delete_quilt_user(named: UserNamed, users: UserWrites) -> dict[str, str]:
    await users.remove(named.username)
    return {}


@router.post(
    "/users/disable",
    summary="Disable a user and end their sessions",
    responses={**UserNotFound.response(), **NotYourself.response(), **LastAdministrator.response()},
)
async def disable_quilt_user(named: UserNamed, users: UserWrites) -> dict[str, str]:
    await users.disable(named.username)
    return {}


@router.post(
    "/users/reset_password",
    summary="Remove a user's password and mail them a link to set a new one",
    responses={**UserNotFound.response(), **MailNotConfigured.response()},
)
async def reset_quilt_password(named: UserNamed, users: UserWrites) -> dict[str, str]:
    await users.reset_password(named.username)
    return {}


@router.post("/users/enable", summary="Enable a disabled user", responses=UserNotFound.response())
async def enable_quilt_user(named: UserNamed, users: UserWrites) -> dict[str, str]:
    await users.enable(named.username)
    return {}


@router.post("/users/grant_admin", summary="Grant administrator's rights", responses=UserNotFound.response())
async def grant_admin(named: UserNamed, users: UserWrites) -> dict[str, str]:
    await users.set_admin(named.username, admin=True)
    return {}


@router.post(
    "/users/revoke_admin",
    summary="Revoke administrator's rights",
    responses={**UserNotFound.response(), **NotYourself.response(), **LastAdministrator.response()},
)
async def revoke_admin(named: UserNamed, users: UserWrites) -> dict[str, str]:
    await users.set_admin(named.username, admin=False)
    return {}


@router.post(
    "/users/edit_email",
    summary="Set a user's address",
    responses={**UserNotFound.response(), **Invalid.response()},
)
async def edit_email(wanted: UserAddressed, users: UserWrites) -> dict[str, str]:
    with _translated(_ADDRESS_TEXTS):
        await users.update(wanted.username, UserUpdate(email=wanted.email))
    return {}


@router.post("/users/set_role", summary="Set a user's one role, or none", responses=Invalid.response())
async def set_quilt_role(wanted: UserGiven, users: UserWrites) -> dict[str, str]:
    with _translated(_ROLE_GRANT_TEXTS):
        await users.set_roles(wanted.username, RolesSet(roles=[wanted.role] if wanted.role else []))
    return {}


@router.get("/roles", summary="List roles")
async def list_quilt_roles(roles: RoleWrites) -> QuiltRoles:
    return QuiltRoles(results=[_role(each) for each in await roles.all()])


@router.post(
    "/roles",
    summary="Create a role that stands for an IAM role",
    responses={**Invalid.response(), **NameTaken.response()},
)
async def create_quilt_role(new: RoleWritten, roles: RoleWrites) -> QuiltRole:
    with _translated(_ROLE_TEXTS):
        return _role(await roles.create(RoleCreate(name=new.name, arn=new.arn)))


@router.get("/roles/{role_id}", summary="Get a role", responses=RoleNotFound.response())
async def get_quilt_role(role_id: RoleId, roles: RoleWrites) -> QuiltRole:
    with _translated(_ROLE_TEXTS):
        return _role(await roles.get(role_id))


@router.put(
    "/roles/{role_id}",
    summary="Set a role's name and the IAM role that it stands for",
    responses={**RoleNotFound.response(), **NameTaken.response(), **Invalid.response()},
)
async def update_quilt_role(role_id: RoleId, wanted: RoleWritten, roles: RoleWrites) -> QuiltRole:
    with _translated(_ROLE_TEXTS):
        before = await roles.get(role_id)
        change: dict[str, Any] = {"arn": wanted.arn}
        if before.managed and wanted.arn == before.arn:
            change = {"policies": [policy.id for policy in before.policies]}
        return _role(await roles.update(role_id, RoleUpdate(name=wanted.name, **change)))


@router.delete(
    "/roles/{role_id}",
    summary="Delete a role that nobody has",
    responses={**RoleNotFound.response(), **RoleInUse.response()},
)
async def delete_quilt_role(role_id: RoleId, roles: RoleWrites) -> dict[str, str]:
    with _translated(_ROLE_TEXTS):
        await roles.remove(role_id)
    return {}


Translations = Mapping[type[AppError] | str, tuple[type[AppError], str]]

_USER_TEXTS: Translations = {
    "name": (Invalid, USER_NAME_REFUSAL),
    "email": (Invalid, "Invalid email."),
    NameTaken: (NameTaken, "Username already taken."),
    EmailTaken: (EmailTaken, "Email already taken."),
}
_ADDRESS_TEXTS: Translations = {**_USER_TEXTS, EmailTaken: (Invalid, "Another user already has that email.")}
_ROLE_GRANT_TEXTS: Translations = {
    "roles": (Invalid, "No role exists by the provided name."),
    UnknownRole: (UnknownRole, "No role exists by the provided name."),
    UserNotFound: (Invalid, "No user exists by the provided name."),
}
_ROLE_TEXTS: Translations = {
    "name": (Invalid, "Invalid name for role"),
    "arn": (Invalid, "Invalid ARN for role"),
    NameReserved: (NameReserved, "Invalid name for role"),
    NameTaken: (NameTaken, "Role name already exists"),
    RoleNotFound: (RoleNotFound, "Role not found"),
}


@contextmanager
def _translated(words: Translations) -> Iterator[None]:
    """Raise an error with Quilt's text for it, found by the type of the error or by the malformed field."""
    try:
        yield
    except AppError as error:
        kind, text = words.get(type(error), (type(error), str(error)))
        raise kind(text) from error
    except ValidationError as error:
        kind, text = words[str(error.errors()[0]["loc"][0])]
        raise kind(text) from error


def _user(user: User, role_ids: dict[str, UUID]) -> QuiltUser:
    return QuiltUser(
        username=user.name,
        email=user.email,
        date_joined=user.created_at,
        last_login=user.last_login or user.created_at,
        is_superuser=user.is_admin,
        is_active=user.is_active,
        role_id=role_ids.get(user.role) if user.role else None,
    )


def _role(role: Role) -> QuiltRole:
    return QuiltRole(id=role.id, name=role.name, arn=role.arn)
