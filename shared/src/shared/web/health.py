"""Liveness and readiness of a service."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

Check = Callable[[], Awaitable[None]]

CHECK_SECONDS = 2.0

router = APIRouter(tags=["health"], include_in_schema=False)


class Health(BaseModel):
    status: str = Field(examples=["ok"])
    checks: dict[str, str] = Field(examples=[{"database": "ok"}])


async def run_checks(checks: dict[str, Check]) -> Health:
    """Run all checks at once. A check raises an error when its dependency is not usable."""

    async def outcome(check: Check) -> str:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await check()
        except TimeoutError:
            return f"no answer in {CHECK_SECONDS:g} s"
        except Exception as error:  # noqa: BLE001 – after any error the service is not ready
            return f"{type(error).__name__}: {error}"[:200]
        return "ok"

    outcomes = dict(zip(checks, await asyncio.gather(*map(outcome, checks.values())), strict=True))
    return Health(status="ok" if set(outcomes.values()) <= {"ok"} else "unready", checks=outcomes)


@router.get("/health/live", summary="Check that the process is up")
async def live() -> Health:
    return Health(status="ok", checks={})


@router.get("/health/ready", summary="Check that all dependencies of the service answer")
async def ready(request: Request, response: Response) -> Health:
    checks: dict[str, Check] = request.app.state.checks
    health = await run_checks(checks)
    response.status_code = 200 if health.status == "ok" else 503
    return health
