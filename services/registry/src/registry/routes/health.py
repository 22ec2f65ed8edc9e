from fastapi import APIRouter, Response

from registry.routes.deps import Res
from shared.web.health import Check, Health, run_checks

router = APIRouter(tags=["health"])


@router.get(
    "/healthz",
    summary="Check the whole system. 200 when every service is ready",
    responses={503: {"model": Health, "description": "A service is not ready. `checks` names it."}},
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
