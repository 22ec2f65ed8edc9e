"""What the other services ask to work in a caller's name; never routed from outside."""

from fastapi import APIRouter

from auth.routes.deps import Callers
from shared.schemas.caller import CallerCredentials, CallerQuestion
from shared.web.auth import Internal

router = APIRouter(prefix="/internal", tags=["internal"], dependencies=[Internal], include_in_schema=False)


@router.post("/credentials")
async def vend_credentials(question: CallerQuestion, callers: Callers) -> CallerCredentials:
    return await callers.vend(question)
