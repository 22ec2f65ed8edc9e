"""Pure ASGI middleware: who calls, one access line per request, a limit on bodies, CORS."""

import re
import time
from collections.abc import Mapping
from secrets import token_hex
from types import MappingProxyType

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.caller import bound
from shared.errors import TooLarge
from shared.metrics import Requests
from shared.schemas.audit import Caller
from shared.web.problems import problem_response

log = structlog.get_logger()


class AccessLog:
    """Bind a request id and the caller's address meanwhile; count and log the request when the response has gone."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        request_id = asked.get("x-request-id", "")[:64] or token_hex(16)
        address = scope["client"][0] if scope.get("client") else ""
        caller = Caller(address=address, user_agent=asked.get("user-agent", "")[:300], request_id=request_id)
        status = 0
        self._requests.running += 1
        began = time.perf_counter()

        async def tagged_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id), bound(caller):
            try:
                await self._app(scope, receive, tagged_send)
            finally:
                seconds = time.perf_counter() - began
                route = route_of(scope)
                self._requests.running -= 1
                self._requests.done(scope["method"], route, status, seconds)
                if not scope["path"].startswith("/health/"):
                    log.info(
                        "request",
                        method=scope["method"],
                        route=route or scope["path"],
                        status=status,
                        ms=round(seconds * 1e3, 1),
                    )


def route_of(scope: Scope) -> str | None:
    """The pattern that the request's path fits. FastAPI keeps apart what routers put before it."""
    whole = scope.get("fastapi", {}).get("effective_route_context")
    path: str | None = getattr(whole or scope.get("route"), "path", None)
    return path


class BodyLimit:
    """Refuse bodies above `limit` bytes, by their declared length or as they come.

    `larger`: patterns of whole paths that may be sent more, and how much.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int] = MappingProxyType({})) -> None:
        self._app = app
        self._limit = limit
        self._larger = [(re.compile(pattern), limit) for pattern, limit in larger.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = next((most for pattern, most in self._larger if pattern.fullmatch(scope["path"])), self._limit)
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdigit() and int(declared) > limit:
            await _refuse(limit, scope, receive, send)
            return
        seen = 0
        answered = False

        async def counting_receive() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLarge
            return message

        async def watching_send(message: Message) -> None:
            nonlocal answered
            # Once the limit is passed whatever the app makes of the broken body gives way to our refusal.
            if seen <= limit or answered:
                answered = True
                await send(message)

        try:
            await self._app(scope, counting_receive, watching_send)
        except TooLarge:
            if seen <= limit:
                raise
        if seen > limit and not answered:
            await _refuse(limit, scope, receive, send)


async def _refuse(limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    refusal = TooLarge(f"The body is larger than the {limit} bytes that this service takes")
    # The connection stays open: closed, it would break on whoever is still sending, before they read the answer.
    await problem_response(refusal.problem())(scope, receive, send)


class OpenCors:
    """CORS for any origin: callers prove themselves with a token in a header, never with a cookie.

    Except below the paths in `cookies`, which go by a cookie and are for the pages of one origin each.
    """

    def __init__(self, app: ASGIApp, cookies: Mapping[str, str] = MappingProxyType({})) -> None:
        self._app = app
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        allowed = self._allowed(scope["path"], asked.get("origin"))
        if scope["method"] == "OPTIONS" and {"origin", "access-control-request-method"} <= set(asked):
            preflight = {
                **allowed,
                "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
                "Access-Control-Allow-Headers": asked.get(
                    "access-control-request-headers", "authorization, content-type, accepts"
                ),
                "Access-Control-Max-Age": "3000",
            }
            await Response(headers=preflight)(scope, receive, send)
            return

        async def open_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.update(allowed)
                answer["Access-Control-Expose-Headers"] = "Link, Location, Retry-After, X-Request-Id"
            await send(message)

        await self._app(scope, receive, open_send)

    def _allowed(self, path: str, origin: str | None) -> dict[str, str]:
        """Said with and without an `Origin`, so that no cache can mix the answers up."""
        for below, trusted in self._cookies.items():
            if path == below or path.startswith(f"{below}/"):
                if origin != trusted:
                    return {"Vary": "Origin"}
                return {
                    "Access-Control-Allow-Origin": trusted,
                    "Access-Control-Allow-Credentials": "true",
                    "Vary": "Origin",
                }
        return {"Access-Control-Allow-Origin": "*"}
