"""Administration of policies."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path

from auth.errors import PolicyNotFound, TitleTaken, TooManyPolicies, WrongKind
from auth.routes.deps import AllStores, AuthRoute, PolicyWrites
from shared.errors import InvalidCursor
from shared.schemas.page import Page
from shared.schemas.role import Policy, PolicyWrite
from shared.web.pages import Cursor, Limit

router = APIRouter(route_class=AuthRoute, prefix="/admin/policies", tags=["policies"])

PolicyId = Annotated[UUID, Path(examples=["7d8e1c5a-5b1f-4a43-9a52-0a1f6a3c1e55"])]


@router.get("", summary="List policies by title", responses=InvalidCursor.response())
async def list_policies(stores: AllStores, cursor: Cursor = None, limit: Limit = 50) -> Page[Policy]:
    return await stores.policies.page(after=cursor, limit=limit)


@router.post(
    "",
    status_code=201,
    summary="Create a policy",
    responses={**TitleTaken.response(), **TooManyPolicies.response()},
)
async def create_policy(new: PolicyWrite, policies: PolicyWrites) -> Policy:
    return await policies.create(new)


@router.get("/{policy_id}", summary="Get a policy", responses=PolicyNotFound.response())
async def get_policy(policy_id: PolicyId, stores: AllStores) -> Policy:
    return await stores.policies.get(policy_id)


@router.put(
    "/{policy_id}",
    summary="Set a policy's title, what it permits, and which roles have it",
    responses={**PolicyNotFound.response(), **TooManyPolicies.response(), **WrongKind.response()},
)
async def update_policy(policy_id: PolicyId, wanted: PolicyWrite, policies: PolicyWrites) -> Policy:
    return await policies.update(policy_id, wanted)


@router.delete("/{policy_id}", summary="Delete a policy, and take it from roles", responses=PolicyNotFound.response())
async def delete_policy(policy_id: PolicyId, policies: PolicyWrites) -> dict[str, str]:
    await policies.remove(policy_id)
    return {}
