from fastapi import APIRouter, Response

from registry.routes.deps import Res
from shared.web.health import Check, Health, run_checks

router = APIRouter(tags=["health"])


@router.get(
    "/healthz",
    summary="Whether the whole system is ready: 200 exactly when every service is",
    responses={503: {"model": Health, "description": "Not every service is ready; `checks` says which."}},
)
async def get_system_health(res: Res, response: Response) -> Health:
    async def own() -> None:
        health = await run_checks(res.own_checks)
        if health.status != "ok":
            raise RuntimeError(str(health.checks))

    checks: dict[str, Check] = {"registry": own, **res.peer_checks}
    health = await run_checks(checks)
    response.status_code = 200 if health.status == "ok" else 503
    return health
