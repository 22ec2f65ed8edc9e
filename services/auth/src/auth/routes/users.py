"""Administration of users."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from auth.errors import (
    EmailTaken,
    GovernedBySso,
    LastAdministrator,
    MailNotConfigured,
    NotYourself,
    RoleInUse,
    SecondFactorNotFound,
    TitleTaken,
    TooManyPermissions,
    TooManyPolicies,
    UnknownRole,
    UserNotFound,
    WeakPassword,
    WrongKind,
)
from auth.routes.deps import AllStores, AuthRoute, BucketAccesses, SecondFactors, UserWrites
from shared.errors import InvalidCursor
from shared.schemas.bucket import BucketName
from shared.schemas.page import Page
from shared.schemas.role import BucketAccess
from shared.schemas.user import PasswordSet, RolesChange, RolesSet, User, UserCreate, UserUpdate
from shared.web.pages import Cursor, Limit

router = APIRouter(route_class=AuthRoute, prefix="/admin/users", tags=["users"])

Name = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$", examples=["amy"])]
Contains = Annotated[
    str,
    Query(max_length=320, pattern=r"^[^\x00]*$", description="Part of the name or e-mail address.", examples=["amy"]),
]
HasRole = Annotated[
    str,
    Query(max_length=64, pattern=r"^[^\x00]*$", description="Name of a role that the user has.", examples=["ReadAll"]),
]


@router.get("", summary="List users by name", responses=InvalidCursor.response())
async def list_users(
    stores: AllStores, contains: Contains = "", role: HasRole = "", cursor: Cursor = None, limit: Limit = 50
) -> Page[User]:
    return await stores.users.page(contains=contains, role=role, after=cursor, limit=limit)


@router.post(
    "", status_code=201, summary="Create a user", responses={**EmailTaken.response(), **WeakPassword.response()}
)
async def create_user(new: UserCreate, users: UserWrites) -> User:
    return await users.create(new)


@router.get("/{name}", summary="Get a user", responses=UserNotFound.response())
async def get_user(name: Name, stores: AllStores) -> User:
    return await stores.users.get(name)


@router.patch(
    "/{name}",
    summary="Change a user's address or administrator's rights",
    responses={**UserNotFound.response(), **EmailTaken.response(), **NotYourself.response()},
)
async def update_user(name: Name, wanted: UserUpdate, users: UserWrites) -> User:
    return await users.update(name, wanted)


@router.delete(
    "/{name}",
    summary="Delete a user",
    responses={**UserNotFound.response(), **LastAdministrator.response(), **NotYourself.response()},
)
async def delete_user(name: Name, users: UserWrites) -> dict[str, str]:
    await users.remove(name)
    return {}


@router.post("/{name}/enable", summary="Enable a disabled user", responses=UserNotFound.response())
async def enable_user(name: Name, users: UserWrites) -> User:
    return await users.enable(name)


@router.post(
    "/{name}/disable",
    summary="Disable a user and end their sessions",
    responses={**UserNotFound.response(), **LastAdministrator.response(), **NotYourself.response()},
)
async def disable_user(name: Name, users: UserWrites) -> User:
    return await users.disable(name)


@router.put(
    "/{name}/roles",
    summary="Set a user's roles",
    responses={**UserNotFound.response(), **UnknownRole.response()},
)
async def set_user_roles(name: Name, wanted: RolesSet, users: UserWrites) -> User:
    return await users.set_roles(name, wanted)


@router.patch(
    "/{name}/roles",
    summary="Add and remove roles of a user",
    responses={**UserNotFound.response(), **UnknownRole.response()},
)
async def change_user_roles(name: Name, wanted: RolesChange, users: UserWrites) -> User:
    return await users.change_roles(name, wanted)


@router.put(
    "/{name}/access/{bucket}",
    summary="Let a user read or write a bucket, besides what their active role permits",
    description="Makes or extends the role `Only <name>`, which nobody else has: it permits what the active role permits "
    "and the bucket, and becomes the active one. All of it is done, or nothing.",
    responses={
        **UserNotFound.response(),
        **GovernedBySso.response(),
        **RoleInUse.response(),
        **TitleTaken.response(),
        **WrongKind.response(),
        **TooManyPolicies.response(),
        **TooManyPermissions.response(),
    },
)
async def give_user_access(name: Name, bucket: BucketName, wanted: BucketAccess, accesses: BucketAccesses) -> User:
    return await accesses.give(name, bucket, wanted.level)


@router.post(
    "/{name}/reset-password",
    summary="Remove a user's password and mail them a link to set a new one",
    responses={**UserNotFound.response(), **MailNotConfigured.response()},
)
async def reset_user_password(name: Name, users: UserWrites) -> User:
    return await users.reset_password(name)


@router.put(
    "/{name}/password",
    summary="Set a user's password and end their sessions",
    responses={**UserNotFound.response(), **WeakPassword.response()},
)
async def set_user_password(name: Name, wanted: PasswordSet, users: UserWrites) -> User:
    return await users.set_password(name, wanted.password)


@router.delete(
    "/{name}/second-factor",
    status_code=204,
    summary="Remove a user's second factor, so that the password alone lets them in",
    responses={**UserNotFound.response(), **SecondFactorNotFound.response(), **NotYourself.response()},
)
async def remove_user_second_factor(name: Name, second_factors: SecondFactors) -> None:
    await second_factors.remove_for_user(name)
