from fastapi import APIRouter, Request

from indexer.messages import Unparseable, changed_keys
from indexer.routes.deps import Events, Schedule
from shared.errors import Invalid, Unavailable
from shared.web.auth import Notifier

router = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Notifier])


@router.post("/events", status_code=202, summary="Hear of changes, as S3 tells of them")
async def take_event(request: Request, events: Events, schedule: Schedule) -> None:
    body = (await request.body()).decode(errors="replace")
    try:
        changed_keys(body)
    except Unparseable as error:
        raise Invalid("This is no event of S3's") from error
    try:
        await events.send(body)
    except Unavailable:
        schedule.scan_all()  # who sends webhooks does not try again
        raise
