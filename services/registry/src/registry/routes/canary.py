import asyncio
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from registry.canary.report import ReportPeriod, canary_report
from registry.db.canary_runs import KEPT, CanaryRunStore
from registry.errors import NotTheCanary
from registry.routes.deps import Res, Session
from shared.errors import AdminOnly, Invalid, InvalidCursor, RateExceeded, Unauthenticated, Unavailable
from shared.schemas.canary import CANARY_ROLE, CanaryRun, CanaryRunCreate, CanaryRuns
from shared.signed_reports import attach_signature, digest_of
from shared.web.auth import Admin, Viewer
from shared.web.pages import Cursor, Limit
from shared.web.rates import Charged
from shared.web.routing import CallerFirst

router = APIRouter(
    prefix="/api/v1/canary", tags=["canary"], responses=Unauthenticated.response(), route_class=CallerFirst
)


async def canary_account(viewer: Viewer) -> None:
    if viewer.role != CANARY_ROLE:
        raise NotTheCanary(f"Only accounts with the role {CANARY_ROLE} record runs")


@router.post(
    "/runs",
    status_code=201,
    summary="Record a run, for the account of the canary",
    responses={**NotTheCanary.response(), **RateExceeded.response()},
    dependencies=[Depends(canary_account), Charged],
)
async def record_canary_run(new: CanaryRunCreate, session: Session) -> CanaryRun:
    return await CanaryRunStore(session).add(new)


@router.get(
    "/runs",
    summary="List the runs of the canary, newest first, for administrators",
    responses={**AdminOnly.response(), **InvalidCursor.response()},
)
async def list_canary_runs(_: Admin, session: Session, *, cursor: Cursor = None, limit: Limit = 24) -> CanaryRuns:
    return await CanaryRunStore(session).page(after=cursor, limit=limit)


@router.get(
    "/report",
    summary="Get a signed report of the canary's runs, for administrators",
    response_class=Response,
    responses={
        200: {"content": {"text/html": {}}, "description": "An HTML page with its signature at the end."},
        **Invalid.response(),
        **AdminOnly.response(),
        **Unavailable.response(),
    },
)
async def get_canary_report(
    _: Admin,
    session: Session,
    res: Res,
    *,
    days: Annotated[int, Query(ge=1, le=KEPT.days, description="Days up to now.")] = 30,
) -> Response:
    end = datetime.now(UTC).replace(microsecond=0)
    begin = end - timedelta(days=days)
    period = ReportPeriod(res.settings.public.registry_url, begin, end, version("patchwork-registry"))
    document = await asyncio.to_thread(canary_report, period, await CanaryRunStore(session).since(begin))
    signed = attach_signature(document, await res.directory.sign_report(digest_of(document)))
    return Response(
        signed,
        media_type="text/html",
        headers={
            "Content-Disposition": f'attachment; filename="canary-report-{end:%Y-%m-%d}.html"',
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        },
    )
