"""The audit trail, for administrators."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from auth.db.audit import AuditFilter
from auth.db.stores import Stores
from auth.resources import AuthResources
from auth.routes.deps import AllStores, Res
from shared.db.engine import transaction
from shared.errors import Forbidden, InvalidCursor, RateExceeded, Unauthenticated
from shared.schemas.audit import AuditRecord, Outcome
from shared.schemas.page import Page, UtcTime
from shared.web import ndjson
from shared.web.auth import Admin
from shared.web.pages import Cursor, Limit
from shared.web.rates import Charged

router = APIRouter(
    prefix="/api/v1/admin", tags=["audit"], responses={**Unauthenticated.response(), **Forbidden.response()}
)

Text = Annotated[str | None, Query(max_length=1000, pattern=r"^[^\x00]*$")]


def audit_filter(
    *,
    action: Annotated[
        str | None,
        Query(max_length=100, pattern=r"^[A-Za-z.]*$", description="An action, or its namespace.", examples=["Users"]),
    ] = None,
    outcome: Outcome | None = None,
    user: Text = None,
    target: Text = None,
    since: UtcTime | None = None,
    until: UtcTime | None = None,
) -> AuditFilter:
    return AuditFilter(action, outcome, user, target, since, until)


Wanted = Annotated[AuditFilter, Depends(audit_filter)]


@router.get("/audit", summary="List the audit trail, newest first", responses=InvalidCursor.response())
async def list_audit_records(
    _: Admin, wanted: Wanted, stores: AllStores, cursor: Cursor = None, limit: Limit = 50
) -> Page[AuditRecord]:
    return await stores.audit.page(wanted, after=cursor, limit=limit)


@router.get(
    "/audit.jsonl",
    summary="Export the audit trail as JSON Lines, oldest first",
    response_class=StreamingResponse,
    responses={**ndjson.RESPONSE, **RateExceeded.response()},
    dependencies=[Charged],
)
async def export_audit_records(_: Admin, wanted: Wanted, res: Res) -> StreamingResponse:
    return ndjson.ndjson_response(_records(res, wanted))


async def _records(res: AuthResources, wanted: AuditFilter) -> AsyncIterator[str]:
    """Batches of lines. Each batch has its own transaction, so that a slow reader holds no connection."""
    last, more = 0, True
    while more:
        async with transaction(res.sessions) as session:
            batch = await Stores(session).audit.list_batch(wanted, after=last)
        if batch:
            last = batch[-1].id
            yield "".join(record.model_dump_json() + "\n" for record in batch)
        more = bool(batch)
