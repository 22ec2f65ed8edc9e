"""What the other services ask; never routed from outside."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from auth.routes.deps import AllStores, Principals, UserWrites
from shared.schemas.audit import AuditEvents
from shared.schemas.principal import Resolution, Revocations, TokenQuestion
from shared.schemas.user import RoleSwitch, User
from shared.web.auth import Internal

router = APIRouter(prefix="/internal", tags=["internal"], dependencies=[Internal], include_in_schema=False)


@router.post("/principal")
async def resolve_principal(question: TokenQuestion, principals: Principals) -> Resolution:
    return await principals.resolve(question.token)


@router.get("/revocations")
async def list_revocations(
    stores: AllStores, since: Annotated[int | None, Query(ge=0, lt=1 << 63)] = None
) -> Revocations:
    return await stores.revocations.since(since)


@router.get("/users/{user_id}")
async def get_user_by_id(user_id: UUID, stores: AllStores) -> User:
    return await stores.users.get_by_id(user_id)


@router.put("/users/{user_id}/role")
async def switch_role(user_id: UUID, wanted: RoleSwitch, users: UserWrites) -> User:
    return await users.switch_role(user_id, wanted.role)


@router.post("/audit", status_code=204)
async def add_audit_events(given: AuditEvents, stores: AllStores) -> None:
    await stores.audit.add(given.events)
