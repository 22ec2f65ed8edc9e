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
from auth.routes.deps import RoleWrites, SelfTests
from shared.errors import InvalidCursor
from shared.schemas.page import Page
from shared.schemas.role import DefaultRole, DefaultRoleSet, Role, RoleCheck, RoleCreate, RoleTrust, RoleUpdate
from shared.web.pages import Cursor, Limit

router = APIRouter(prefix="/admin", tags=["roles"])

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


@router.get("/roles/{role}", summary="One role", responses=RoleNotFound.response())
async def get_role(role: RoleInPath, roles: RoleWrites) -> Role:
    return await roles.get(role)


@router.put(
    "/roles/{role}",
    summary="Set a role's name and policies, or the IAM role that it stands for",
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
    summary="What an existing IAM role's trust policy has to say to be assumed for a role",
    responses=RoleNotFound.response(),
)
async def get_role_trust(role: RoleInPath, tests: SelfTests) -> RoleTrust:
    return await tests.trust(role)


@router.post(
    "/roles/{role}/check",
    summary="Try whether a role can be assumed, and may do what it should and no more",
    description="Nothing is written. What an unmanaged role was found to permit is what the registry's pages, search "
    "and proxy permit its users from then on.",
    responses=RoleNotFound.response(),
)
async def check_role(role: RoleInPath, tests: SelfTests) -> RoleCheck:
    return await tests.check(role)


@router.get("/default-role", summary="The role that new users are given")
async def get_default_role(roles: RoleWrites) -> DefaultRole:
    return await roles.default()


@router.put(
    "/default-role",
    summary="Set the role that new users are given",
    responses={**RoleNotFound.response(), **DecidedBySsoConfig.response()},
)
async def set_default_role(wanted: DefaultRoleSet, roles: RoleWrites) -> DefaultRole:
    return await roles.set_default(wanted.role)
