"""Routes for administrators, and the same routes for the registry, which calls them on an administrator's behalf."""

from fastapi import APIRouter, Depends

from auth.routes import api_keys, invitations, policies, roles, sso_config, users
from shared.errors import Forbidden, Unauthenticated
from shared.web.auth import Internal, admin

public = APIRouter(
    prefix="/api/v1",
    dependencies=[Depends(admin)],
    responses={**Unauthenticated.response(), **Forbidden.response()},
)
inner = APIRouter(prefix="/internal", dependencies=[Internal], include_in_schema=False)

for each in (
    users.router,
    roles.router,
    policies.router,
    sso_config.router,
    sso_config.checks,
    api_keys.of_everybody,
    invitations.router,
):
    public.include_router(each)
    inner.include_router(each)
