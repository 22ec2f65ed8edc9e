from fastapi import APIRouter, Request

from indexer.messages import UnparseableMessage, changed_keys
from indexer.routes.deps import Events, Schedule
from shared.errors import Invalid, Unavailable
from shared.web.auth import Notifier
from shared.web.routing import CallerFirst

router = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Notifier], route_class=CallerFirst)


@router.post("/events", status_code=202, summary="Take an event of S3 by webhook")
async def take_event(request: Request, events: Events, schedule: Schedule) -> None:
    body = (await request.body()).decode(errors="replace")
    try:
        changed_keys(body)
    except UnparseableMessage as error:
        raise Invalid("The body is not an S3 event") from error
    try:
        await events.send(body)
    except Unavailable:
        schedule.scan_all()  # webhooks are not sent again
        raise
