"""ASGI middleware: the caller and the access log, a limit on bodies, CORS."""

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
    """Binds the request id and the caller's address during a request, and counts and logs the request at its end."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = headers.get("x-request-id", "")[:64] or token_hex(16)
        address = scope["client"][0] if scope.get("client") else ""
        caller = Caller(address=address, user_agent=headers.get("user-agent", "")[:300], request_id=request_id)
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
    """The template of the request's route. In FastAPI the prefixes of routers are in a context of their own."""
    whole = scope.get("fastapi", {}).get("effective_route_context")
    path: str | None = getattr(whole or scope.get("route"), "path", None)
    return path


class BodyLimit:
    """Refuses bodies of more than `limit` bytes, by their declared length or while they are read.

    `larger`: patterns of whole paths with another limit, and that limit in bytes.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int] = MappingProxyType({})) -> None:
        self._app = app
        self._limit = limit
        self._larger = [(re.compile(pattern), limit) for pattern, limit in larger.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = next((larger for pattern, larger in self._larger if pattern.fullmatch(scope["path"])), self._limit)
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
            # After the limit is exceeded, our refusal replaces the answer of the app to the incomplete body.
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
    refusal = TooLarge(f"The body is larger than {limit} bytes, which is the limit of this address")
    # The connection stays open: if it were closed, a caller that is still sending would get an error instead of the answer.
    await problem_response(refusal.problem())(scope, receive, send)


class OpenCors:
    """CORS for any origin, since callers authenticate with a token in a header.

    Paths in `cookies` and below authenticate with a cookie, so they are open to pages of one origin each.
    """

    def __init__(self, app: ASGIApp, cookies: Mapping[str, str] = MappingProxyType({})) -> None:
        self._app = app
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        allowed = self._allowed(scope["path"], headers.get("origin"))
        if scope["method"] == "OPTIONS" and {"origin", "access-control-request-method"} <= set(headers):
            preflight = {
                **allowed,
                "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
                "Access-Control-Allow-Headers": headers.get(
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
        """Headers of the answer; the same `Vary` with and without an `Origin`, so that caches keep the answers apart."""
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
