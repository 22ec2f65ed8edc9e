from fastapi import APIRouter, FastAPI

_routers: dict[str, APIRouter] = {}


def with_shared_routes(app: FastAPI) -> FastAPI:
    """The app, with the routes of the first one of its service: preparing them takes longer than most tests.

    Its lifespan is lost.
    """
    app.router = _routers.setdefault(app.title, app.router)
    return app
