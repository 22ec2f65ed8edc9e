"""A service of which nothing is left but what all services have, for tests with several workers."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request
from pydantic import SecretStr

from shared.caller import current
from shared.rates import RequestRates
from shared.settings import InternalSettings, LogSettings, RateSettings, ServiceSettings
from shared.web.app import build_app
from shared.web.workers import group_of

BURST = 10
TOKEN = "x" * 32

router = APIRouter()
woken = 0


@router.get("/pid")
async def get_pid() -> dict[str, int]:
    return {"pid": os.getpid(), "woken": woken}


@router.post("/wake")
async def wake(request: Request) -> None:
    request.app.state.wake()


@router.post("/expensive")
async def charge(request: Request, cost: Annotated[float, Query()] = 1.0) -> dict[str, int]:
    rates: RequestRates = request.app.state.rates
    rates.charge(current(), cost)
    return {"pid": os.getpid()}


def note_waking() -> None:
    global woken  # noqa: PLW0603 – a number of the process
    woken += 1


def create_app() -> FastAPI:
    """`WORKER_APP_LOG`: a file to which each leading worker adds its process id."""

    @asynccontextmanager
    async def work_once() -> AsyncIterator[None]:
        with Path(os.environ["WORKER_APP_LOG"]).open("a") as file:  # noqa: ASYNC230 – one short line
            file.write(f"{os.getpid()}\n")
        yield

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        group = group_of(app)
        app.state.rates = RequestRates(
            RateSettings(network_per_second=0.001, network_burst=BURST), shared=group.rates_file
        )
        app.state.wake = group.everywhere("wake", note_waking)
        async with group.leading(work_once):
            yield

    settings = ServiceSettings(log=LogSettings(level="warning"), internal=InternalSettings(token=SecretStr(TOKEN)))
    return build_app("registry", settings, lifespan, [router])
