"""Credentials for services that act for a user; internal."""

from fastapi import APIRouter

from auth.routes.deps import AuthRoute, Callers
from shared.schemas.caller import CallerCredentials, CallerQuestion
from shared.web.auth import Internal

router = APIRouter(
    route_class=AuthRoute, prefix="/internal", tags=["internal"], dependencies=[Internal], include_in_schema=False
)


@router.post("/credentials")
async def vend_credentials(question: CallerQuestion, callers: Callers) -> CallerCredentials:
    return await callers.vend(question)
