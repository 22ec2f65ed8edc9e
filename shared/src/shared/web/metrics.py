"""`GET /internal/metrics`. It is below `/internal/`, which is not reachable from outside and requires a secret."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from shared.metrics import Metrics
from shared.web.auth import Scraper
from shared.web.workers import group_of

router = APIRouter(prefix="/internal", dependencies=[Scraper], include_in_schema=False)


@router.get("/metrics")
async def get_metrics(request: Request) -> Response:
    metrics: Metrics = request.app.state.metrics
    others = await group_of(request.app).ask_others("metrics")
    return Response(await metrics.text(others), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})
