"""Which other services, ours and AWS's, a service reaches: for `doctor`, which would otherwise know only what the registry reaches."""

import asyncio
from urllib.parse import urlsplit

import httpx
from fastapi import APIRouter, Request

from shared.settings import InternalSettings
from shared.tls import http_tls
from shared.web.auth import Internal
from shared.web.health import Check, Health, run_checks

REACH_SECONDS = 3.0

router = APIRouter(prefix="/internal", include_in_schema=False, dependencies=[Internal])


@router.get("/reach", summary="Ask the other services whether they answer")
async def get_reach(request: Request) -> Health:
    peers = peers_of(request.app.state.internal, request.app.state.service)
    outside: dict[str, Check] = request.app.state.outside_checks
    async with httpx.AsyncClient(timeout=REACH_SECONDS, verify=http_tls()) as http:
        asked = asyncio.gather(*(_outcome(http, url) for url in peers.values()))
        others, outcomes = await asyncio.gather(run_checks(outside), asked)
    checks = {**dict(zip(peers, outcomes, strict=True)), **others.checks}
    return Health(status="ok" if set(checks.values()) <= {"ok"} else "unready", checks=checks)


def peers_of(internal: InternalSettings, service: str) -> dict[str, str]:
    """URLs of the other services that this one knows, by name."""
    known = {name: getattr(internal, f"{name}_url") for name in ("auth", "registry", "indexer", "s3proxy")}
    return {name: url for name, url in known.items() if url and name != service}


async def _outcome(http: httpx.AsyncClient, url: str) -> str:
    try:
        answer = await http.get(f"{url}/health/live")
    except httpx.HTTPError as error:
        return f"{urlsplit(url).netloc} does not answer ({type(error).__name__})"
    return "ok" if answer.is_success else f"{urlsplit(url).netloc} answers {answer.status_code}"
