"""A span for each request, for apps of processes that trace."""

import structlog
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.tracing import TRACE_PARENT, is_tracing, own_parent, span, trace_fields
from shared.web.middleware import route_of

_UNTRACED = ("/health/", "/internal/metrics", "/internal/revocations")
"""Paths that are asked all the time, by machines."""
_IS_TRACED = "patchwork.is_traced"
"""Mark of a request that has a span already."""


def trace_requests(app: FastAPI) -> None:
    """Trace what passes here, if traces are on. Whoever puts middleware around an app that is traced calls it again."""
    if is_tracing():
        app.add_middleware(TraceRequests)


class TraceRequests:
    """Goes on with the trace that `traceparent` names, and puts its id into all lines of the log.

    Only services decide for others whether a trace is recorded, since only they reach `/internal/`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_UNTRACED) or _IS_TRACED in scope:
            await self._app(scope, receive, send)
            return
        scope[_IS_TRACED] = True
        given = Headers(scope=scope).get(TRACE_PARENT, "")
        parent = given if scope["path"].startswith("/internal/") else own_parent(given)
        method = scope["method"]
        with span(method, "server", {"http.request.method": method}, parent=parent) as begun:

            async def watching_send(message: Message) -> None:
                if message["type"] == "http.response.start":
                    begun.set_attribute("http.response.status_code", message["status"])
                    answer = Headers(raw=message["headers"])
                    request_id = answer.get("x-request-id") or answer.get("x-amz-request-id", "")
                    begun.set_attribute("patchwork.request_id", request_id)
                    if message["status"] >= 500:
                        begun.mark_failed(str(message["status"]))
                await send(message)

            with structlog.contextvars.bound_contextvars(**trace_fields()):
                try:
                    await self._app(scope, receive, watching_send)
                finally:
                    if route := route_of(scope):
                        begun.rename(f"{method} {route}")
                        begun.set_attribute("http.route", route)
