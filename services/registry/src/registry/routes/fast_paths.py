"""The routes that are asked most, before all others and without FastAPI's way to them, which costs more than they do.

What is asked in an unusual way goes the usual way: to the documented routes, which answer the same.
"""

import re
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from registry.routes.deps import reading_service, reading_store, resources
from registry.services.packages.reading import ReadingService
from shared.web.auth import viewer

_REVISION = "/api/v1/buckets/{bucket}/packages/{author}/{name}/revisions/{revision}"
_LIMIT = re.compile(rb"(?:^|&)limit=([1-9][0-9]{0,2}|1000)(?:&|$)").search
MAX_LIMIT = "1000"


Answer = Callable[[Request], Awaitable[Response]]


class FastRoute(Route):
    def __init__(self, path: str, answer: Answer) -> None:
        super().__init__(path, answer, methods=["GET"], include_in_schema=False)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            response = await answer(Request(scope, receive, send))
            await response(scope, receive, send)

        self.app = app

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        query: bytes = scope.get("query_string", b"")
        if scope.get("method") != "GET" or (b"limit" in query and not (_LIMIT(query) and query.count(b"limit") == 1)):
            return Match.NONE, {}
        match, child_scope = super().matches(scope)
        if match is not Match.FULL:
            return Match.NONE, {}
        return match, {**child_scope, "route": self}


async def list_entries(request: Request) -> Response:
    caller, reading, at, asked = (
        await viewer(request),
        await _reading(request),
        request.path_params,
        request.query_params,
    )
    found = await reading.entries(
        caller,
        at["bucket"],
        f"{at['author']}/{at['name']}",
        at["revision"],
        asked.get("path", ""),
        after=asked.get("cursor"),
        limit=int(asked.get("limit", MAX_LIMIT)),
    )
    return Response(found, media_type="application/json")


async def get_entry(request: Request) -> Response:
    caller, reading, at = await viewer(request), await _reading(request), request.path_params
    name = f"{at['author']}/{at['name']}"
    found = await reading.entry(caller, at["bucket"], name, at["revision"], request.query_params.get("path", ""))
    return Response(found, media_type="application/json")


async def _reading(request: Request) -> ReadingService:
    return await reading_service(await resources(request), await reading_store(request))


ROUTES = [
    FastRoute(f"{_REVISION}/entry", get_entry),
    FastRoute(f"{_REVISION}/entries", list_entries),
]
