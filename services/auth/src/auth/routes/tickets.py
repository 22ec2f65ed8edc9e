from fastapi import APIRouter, Request

from auth.routes.deps import AuthRoute, TicketWrites
from shared.errors import RateExceeded, Unauthenticated
from shared.schemas.ticket import Ticket, TicketCreate, Tickets, TicketsCreate
from shared.web.auth import Viewer
from shared.web.rates import Charged, charge

router = APIRouter(route_class=AuthRoute, prefix="/api/v1/tickets", tags=["tickets"])

_TICKETS_PER_CHARGE = 20


@router.post(
    "",
    status_code=201,
    summary="Make tickets: addresses of the S3 proxy that their holder may read",
    description="One ticket, or up to 1,000 as `items`. A ticket reads what you may read, at one address with exactly its "
    "parameters, until it expires or your session ends. A ticket makes no tickets.",
    responses={**Unauthenticated.response(), **RateExceeded.response()},
    dependencies=[Charged],
)
async def create_tickets(
    wanted: TicketCreate | TicketsCreate, viewer: Viewer, tickets: TicketWrites, request: Request
) -> Ticket | Tickets:
    if isinstance(wanted, TicketCreate):
        return (await tickets.create(viewer, [wanted]))[0]
    charge(request, len(wanted.items) / _TICKETS_PER_CHARGE)
    return Tickets(items=await tickets.create(viewer, wanted.items))
