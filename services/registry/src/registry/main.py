from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from registry.resources import open_resources
from registry.routes import buckets, compat, config, health, internal, packages, search
from registry.settings import Settings
from shared.web.app import build_app

ROUTERS = [
    buckets.router,
    packages.router,
    search.router,
    compat.router,
    config.router,
    health.router,
    internal.router,
]


def create_app(settings: Settings | None = None) -> FastAPI:
    settled = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settled) as opened:
            app.state.resources = opened.resources
            app.state.principals = opened.principals
            app.state.checks = opened.resources.own_checks
            yield

    return build_app("registry", settled, lifespan, ROUTERS)
