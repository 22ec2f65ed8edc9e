"""Builds the FastAPI app of a service with the parts that all services share."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import MappingProxyType
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute

from shared.errors import Unavailable
from shared.logging import configure_logging
from shared.metrics import Metrics
from shared.settings import ServiceSettings
from shared.tracing import configure_tracing, flush_traces, is_tracing
from shared.web.compression import CompressedAnswers
from shared.web.document import router as document
from shared.web.health import router as health
from shared.web.metrics import router as metrics
from shared.web.middleware import AccessLog, BodyLimit, ErrorAnswers, OpenCors, SafeHeaders
from shared.web.problems import install_problem_handlers
from shared.web.reach import router as reach
from shared.web.route_index import RouteIndex
from shared.web.tracing import trace_requests
from shared.web.workers import group_from_environment

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

MAX_BODY_BYTES = 1 << 20
THREAD_SWITCH_SECONDS = 0.0005
"""Longest time for which another thread keeps the event loop from going on. It waits for this time after each of its system calls, so
Python's own 5 ms would make a request that meets a large body in a thread wait for a tenth of a second."""


def build_app(
    name: str,
    settings: ServiceSettings,
    lifespan: Lifespan,
    routers: list[APIRouter],
    *,
    body_limit: int = MAX_BODY_BYTES,
    larger_bodies: Mapping[str, int] = MappingProxyType({}),
    cookies: Mapping[str, str] = MappingProxyType({}),
    described: Mapping[str, Any] = MappingProxyType({}),
    has_tls: bool = False,
    is_compressed: bool = False,
) -> FastAPI:
    """A FastAPI app with errors, logs, limits, CORS, health and metrics.

    `lifespan` must set `app.state.checks` and, if routes need them, `app.state.principals` and `app.state.resources`. It may
    set `app.state.audit`, which then gets all refusals, set `app.state.outside_checks` of services of AWS without which this one is ready,
    and add to `app.state.metrics`.
    `larger_bodies`: patterns of whole paths with another limit than `body_limit`, and that limit in bytes.
    `cookies`: paths that use a cookie, and the origin whose pages may call them. All other paths are open to any origin.
    `has_tls`: users reach the service by https, whatever a front in between says.
    `is_compressed`: answers are compressed, as `CompressedAnswers` says.
    `described`: paths and components of an OpenAPI document, for what the app offers without routes.
    """
    configure_logging(settings.log, name)
    configure_tracing(settings.traces, name)
    sys.setswitchinterval(THREAD_SWITCH_SECONDS)
    workers = group_from_environment()

    @asynccontextmanager
    async def serving(app: FastAPI) -> AsyncIterator[None]:
        try:
            async with workers.serving(), lifespan(app):
                yield
        finally:
            if is_tracing():
                await asyncio.to_thread(flush_traces)

    app = FastAPI(
        title=f"Patchwork {name}",
        lifespan=serving,
        generate_unique_id_function=operation_id,
        redirect_slashes=False,
        responses=Unavailable.response(),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        # It would look into the environment with each request, and might send tickets elsewhere. Metrics and logs are our own.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.service = name
    app.state.internal = settings.internal
    app.state.metrics = Metrics()
    app.state.workers = workers
    workers.answer("metrics", app.state.metrics.own_text)
    app.state.checks = {}
    app.state.outside_checks = {}
    app.state.audit = None
    app.state.described = described
    for router in [health, document, metrics, reach, *routers]:
        app.include_router(router)
    app.router.middleware_stack = RouteIndex(app.router)
    install_problem_handlers(app)
    # Outermost last.
    app.add_middleware(BodyLimit, limit=body_limit, larger=larger_bodies)
    app.add_middleware(ErrorAnswers)
    if is_compressed:
        app.add_middleware(CompressedAnswers)
    app.add_middleware(OpenCors, cookies=cookies)
    app.add_middleware(SafeHeaders, has_tls=has_tls)
    app.add_middleware(AccessLog, requests=app.state.metrics.requests)
    trace_requests(app)
    return app


def operation_id(route: APIRoute) -> str:
    return route.name
