"""The route that is found by the form of a path is the one that FastAPI finds."""

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI, Request, Response
from starlette.routing import Route
from starlette.types import Message, Scope

from shared.web.route_index import RouteIndex

PATHS = [
    "/a",
    "/a/",
    "/a/b",
    "/a/latest",
    "/a/latest/x",
    "/a/b/x",
    "/a/b/y",
    "/a/{}/x",
    "/a/b%2Fc/x",
    "/a//x",
    "/files/b/c/d",
    "/files/",
    "/files/a/latest",
    "/report-1.json",
    "/report-1.csv",
    "/number/12",
    "/number/twelve",
    "/number/twelve/x",
    "/early/b",
    "/nowhere",
    "/a/b\n",
    "/a/latest\n/x",
]


def made(*, is_indexed: bool) -> FastAPI:
    """Routes that overlap, in routers within routers, with parameters of all kinds."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    inner, outer, first = APIRouter(), APIRouter(prefix="/a"), APIRouter()

    async def answer(request: Request) -> dict[str, Any]:
        route = request.scope["fastapi"]["effective_route_context"]
        return {"route": route.path, "params": request.path_params, "name": request.scope["route"].name}

    outer.get("/latest", name="latest")(answer)
    outer.get("/{name}", name="one")(answer)
    outer.post("/{name}", name="write")(answer)
    inner.get("/x", name="x")(answer)
    inner.get("/{rest:path}", name="rest")(answer)
    outer.include_router(inner, prefix="/{name}")
    first.get("/a", name="list")(answer)
    first.get("/files/{path:path}", name="files")(answer)
    first.get("/files/a/latest", name="hidden")(answer)
    first.get("/report-{number}.json", name="report")(answer)
    first.get("/number/{number:int}", name="number")(answer)
    first.get("/number/{text}", name="text")(answer)
    app.include_router(first)
    app.include_router(outer)

    async def early(request: Request) -> Response:
        return Response(f"early {request.path_params}")

    app.router.routes.insert(0, Route("/early/{name}", early))
    if is_indexed:
        app.router.middleware_stack = RouteIndex(app.router)
    return app


async def asked(app: FastAPI, method: str, path: str) -> tuple[int, bytes]:
    """Status and body, for a path that no client could send."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": [], "root_path": ""}
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:])


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
async def test_the_same_route_is_found_as_without_the_index(method: str) -> None:
    plain, indexed = made(is_indexed=False), made(is_indexed=True)
    for path in [*PATHS, *reversed(PATHS)]:  # in the second half, their forms are known
        assert await asked(indexed, method, path) == await asked(plain, method, path), path


async def test_a_route_that_was_added_after_the_first_request_is_found() -> None:
    app = made(is_indexed=True)
    assert (await asked(app, "GET", "/late"))[0] == 404

    @app.get("/late")
    async def answer() -> str:
        return "late"

    assert await asked(app, "GET", "/late") == (200, b'"late"')
