"""Administration of roles."""

from typing import Annotated

from fastapi import APIRouter, Path

from auth.errors import NameTaken, RoleInUse, RoleNotFound
from auth.routes.deps import AllStores, RoleWrites
from shared.errors import Forbidden, InvalidCursor, Unauthenticated
from shared.schemas.page import Page
from shared.schemas.role import PermissionsSet, Role, RoleCreate
from shared.web.auth import Admin
from shared.web.pages import Cursor, Limit

router = APIRouter(
    prefix="/api/v1/roles", tags=["roles"], responses={**Unauthenticated.response(), **Forbidden.response()}
)

Name = Annotated[str, Path(max_length=64, pattern=r"^[^\x00]*$", examples=["Curators"])]


@router.get("", summary="List roles by name", responses=InvalidCursor.response())
async def list_roles(_: Admin, stores: AllStores, cursor: Cursor = None, limit: Limit = 50) -> Page[Role]:
    return await stores.roles.page(after=cursor, limit=limit)


@router.post("", status_code=201, summary="Create a role", responses=NameTaken.response())
async def create_role(new: RoleCreate, _: Admin, roles: RoleWrites) -> Role:
    return await roles.create(new)


@router.get("/{name}", summary="One role", responses=RoleNotFound.response())
async def get_role(name: Name, _: Admin, stores: AllStores) -> Role:
    return await stores.roles.get(name)


@router.put("/{name}/permissions", summary="Set what a role permits", responses=RoleNotFound.response())
async def set_role_permissions(name: Name, wanted: PermissionsSet, _: Admin, roles: RoleWrites) -> Role:
    return await roles.set_permissions(name, wanted.permissions)


@router.delete(
    "/{name}",
    summary="Delete a role that nobody has",
    responses={**RoleNotFound.response(), **RoleInUse.response()},
)
async def delete_role(name: Name, _: Admin, roles: RoleWrites) -> dict[str, str]:
    await roles.remove(name)
    return {}
