"""Administration of roles."""

from typing import Annotated

from fastapi import APIRouter, Path

from auth.errors import (
    DecidedBySsoConfig,
    NamedBySsoConfig,
    NameReserved,
    NameTaken,
    RoleInUse,
    RoleNotFound,
    TooManyPolicies,
    UnknownPolicy,
    WrongKind,
)
from auth.routes.deps import AuthRoute, RoleWrites, SelfTests
from shared.errors import InvalidCursor
from shared.schemas.page import Page
from shared.schemas.role import DefaultRole, DefaultRoleSet, Role, RoleCheck, RoleCreate, RoleTrust, RoleUpdate
from shared.web.pages import Cursor, Limit

router = APIRouter(route_class=AuthRoute, prefix="/admin", tags=["roles"])

RoleInPath = Annotated[
    str, Path(max_length=64, pattern=r"^[^\x00]*$", description="Its id or name.", examples=["Curators"])
]


@router.get("/roles", summary="List roles by name", responses=InvalidCursor.response())
async def list_roles(roles: RoleWrites, cursor: Cursor = None, limit: Limit = 50) -> Page[Role]:
    return await roles.page(after=cursor, limit=limit)


@router.post(
    "/roles",
    status_code=201,
    summary="Create a role",
    responses={**NameTaken.response(), **NameReserved.response()},
)
async def create_role(new: RoleCreate, roles: RoleWrites) -> Role:
    return await roles.create(new)


@router.get("/roles/{role}", summary="Get a role", responses=RoleNotFound.response())
async def get_role(role: RoleInPath, roles: RoleWrites) -> Role:
    return await roles.get(role)


@router.put(
    "/roles/{role}",
    summary="Set a role's name, and its policies or its IAM role",
    responses={
        **RoleNotFound.response(),
        **UnknownPolicy.response(),
        **TooManyPolicies.response(),
        **WrongKind.response(),
    },
)
async def update_role(role: RoleInPath, wanted: RoleUpdate, roles: RoleWrites) -> Role:
    return await roles.update(role, wanted)


@router.delete(
    "/roles/{role}",
    summary="Delete a role that nobody has",
    responses={**RoleNotFound.response(), **RoleInUse.response(), **NamedBySsoConfig.response()},
)
async def delete_role(role: RoleInPath, roles: RoleWrites) -> dict[str, str]:
    await roles.remove(role)
    return {}


@router.get(
    "/roles/{role}/trust",
    summary="Get the trust policy that an existing IAM role needs for a role",
    responses=RoleNotFound.response(),
)
async def get_role_trust(role: RoleInPath, tests: SelfTests) -> RoleTrust:
    return await tests.trust(role)


@router.post(
    "/roles/{role}/check",
    summary="Test that a role can be assumed, and permits what it should and no more",
    description="Nothing is written to the buckets. The permissions found in an unmanaged role are those that the "
    "registry's pages, search and proxy grant to its users from then on.",
    responses=RoleNotFound.response(),
)
async def check_role(role: RoleInPath, tests: SelfTests) -> RoleCheck:
    return await tests.check(role)


@router.get("/default-role", summary="Get the role of new users")
async def get_default_role(roles: RoleWrites) -> DefaultRole:
    return await roles.get_default()


@router.put(
    "/default-role",
    summary="Set the role of new users",
    responses={**RoleNotFound.response(), **DecidedBySsoConfig.response()},
)
async def set_default_role(wanted: DefaultRoleSet, roles: RoleWrites) -> DefaultRole:
    return await roles.set_default(wanted.role)
