"""A request has one id in all services and in the jobs that it starts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import APIRouter, FastAPI, Request
from pydantic import SecretStr
from structlog.contextvars import get_contextvars

from shared.clients.transport import call
from shared.settings import InternalSettings, LogSettings, ServiceSettings
from shared.web.app import build_app

TOKEN = "t" * 32

router = APIRouter()


@router.get("/asks")
async def ask(request: Request) -> str:
    answer = await call(request.app.state.peer, "GET", "/told")
    return str(answer.json())


@router.get("/told")
async def told() -> str:
    return str(get_contextvars()["request_id"])


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield


def service() -> FastAPI:
    internal = InternalSettings(token=SecretStr(TOKEN))
    return build_app("test", ServiceSettings(log=LogSettings(level="error"), internal=internal), lifespan, [router])


async def test_a_called_service_logs_the_id_of_the_callers_request() -> None:
    first, second = service(), service()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(second), base_url="http://second", headers=headers) as peer,
        httpx.AsyncClient(transport=httpx.ASGITransport(first), base_url="http://first") as client,
    ):
        first.state.peer = peer
        for request_id in ("abc", ""):
            answer = await client.get("/asks", headers={"X-Request-Id": request_id} if request_id else {})
            assert answer.json() == answer.headers["x-request-id"]
            assert answer.json() == request_id or not request_id
