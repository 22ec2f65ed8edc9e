"""Callers of other services: their credentials, and the callers behind tickets; internal."""

from fastapi import APIRouter

from auth.routes.deps import AuthRoute, Callers, Principals, TicketWrites
from shared.schemas.caller import CallerCredentials, CallerQuestion
from shared.schemas.principal import Resolution
from shared.schemas.ticket import ReadCredentials, ReadQuestion, SignedTicketSet, TicketQuestion, TicketSetQuestion
from shared.web.auth import Internal

router = APIRouter(
    route_class=AuthRoute, prefix="/internal", tags=["internal"], dependencies=[Internal], include_in_schema=False
)


@router.post("/credentials")
async def vend_credentials(question: CallerQuestion, callers: Callers) -> CallerCredentials:
    return await callers.vend(question)


@router.post("/reads")
async def vend_reading_credentials(question: ReadQuestion, callers: Callers) -> ReadCredentials:
    return await callers.vend_reading(question)


@router.post("/tickets")
async def resolve_ticket(question: TicketQuestion, principals: Principals) -> Resolution:
    return await principals.resolve_ticket(question.ticket, begun=question.begun)


@router.post("/ticket-sets")
async def sign_ticket_set(
    question: TicketSetQuestion, principals: Principals, tickets: TicketWrites
) -> SignedTicketSet:
    maker = await principals.find_in_session(question.session_id, question.user_id)
    return await tickets.create_set(maker, question)
