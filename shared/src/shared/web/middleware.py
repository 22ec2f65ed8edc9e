"""ASGI middleware: the caller and the access log, answers to unexpected errors, a limit on bodies, headers for browsers."""

import re
import time
from collections.abc import Mapping
from secrets import token_hex
from types import MappingProxyType

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.caller import bound, is_known
from shared.errors import TooLarge
from shared.metrics import Requests
from shared.schemas.audit import Caller
from shared.web.problems import internal_error, problem_response

MAX_ANONYMOUS_BYTES = 64 << 10
"""Bytes of a body that are read before the caller is known."""
STRICT_TRANSPORT = "max-age=31536000"

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


class ErrorAnswers:
    """Logs an exception that no handler expects, and answers it with a problem, so that the outer middleware sees a 500.

    An answer that has begun cannot be replaced: the server breaks it off.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def watching_send(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watching_send)
        except ClientDisconnect:
            log.info("client_gone")
        except Exception:
            log.exception("unhandled_error")
            if has_begun:
                raise
            await internal_error()(scope, receive, send)


class BodyLimit:
    """Refuses bodies of more than `limit` bytes, by their declared length or while they are read.

    `larger`: patterns of whole paths with another limit, and that limit in bytes. Until the caller is known, the limit is
    MAX_ANONYMOUS_BYTES.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: Mapping[str, int] = MappingProxyType({})) -> None:
        self._app = app
        self._limit = limit
        self._larger = [(re.compile(pattern), limit) for pattern, limit in larger.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _LimitedBody(self._limit_of(scope["path"]), scope, receive)
        answered = False

        async def watching_send(message: Message) -> None:
            nonlocal answered
            # After the limit is exceeded, our refusal replaces the answer of the app to the incomplete body.
            if body.exceeded is None or answered:
                answered = True
                await send(message)

        try:
            body.require_allowed(body.limit)
            await self._app(scope, body.receive, watching_send)
        except TooLarge:
            if body.exceeded is None:
                raise
        if body.exceeded is not None and not answered:
            await _refuse(body.exceeded, scope, receive, send, is_anonymous=body.exceeded < body.limit)

    def _limit_of(self, path: str) -> int:
        return next((larger for pattern, larger in self._larger if pattern.fullmatch(path)), self._limit)


class _LimitedBody:
    """The body of one request, up to its limit."""

    def __init__(self, limit: int, scope: Scope, receive: Receive) -> None:
        self.limit = limit
        self.exceeded: int | None = None
        """The limit that the body exceeds."""
        self._receive = receive
        given = Headers(scope=scope).get("content-length", "")
        self._declared = int(given) if given.isdigit() else 0
        self._seen = 0

    async def receive(self) -> Message:
        """Raises TooLarge."""
        allowed = self.limit if is_known() else min(self.limit, MAX_ANONYMOUS_BYTES)
        self.require_allowed(allowed)
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        self.require_allowed(allowed)
        return message

    def require_allowed(self, allowed: int) -> None:
        """Raises TooLarge for a body of more than `allowed` bytes, declared or read."""
        if max(self._declared, self._seen) > allowed:
            self.exceeded = allowed
            raise TooLarge


async def _refuse(limit: int, scope: Scope, receive: Receive, send: Send, *, is_anonymous: bool = False) -> None:
    whose = " for callers who are not signed in" if is_anonymous else ""
    refusal = TooLarge(f"The body is larger than {limit} bytes, which is the limit of this address{whose}")
    # The connection stays open: if it were closed, a caller that is still sending would get an error instead of the answer.
    await problem_response(refusal.problem())(scope, receive, send)


class SafeHeaders:
    """Keeps browsers from guessing the types of answers, and where the installation has TLS, from asking without it.

    Nothing between us and the caller may store an answer, which may contain a secret, unless its route says that it may.
    """

    def __init__(self, app: ASGIApp, *, has_tls: bool) -> None:
        self._app = app
        self._has_tls = has_tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def safe_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["X-Content-Type-Options"] = "nosniff"
                answer.setdefault("Cache-Control", "no-store")
                if self._has_tls or scope.get("scheme") == "https":
                    answer["Strict-Transport-Security"] = STRICT_TRANSPORT
            await send(message)

        await self._app(scope, receive, safe_send)


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
                answer["Access-Control-Expose-Headers"] = (
                    "Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Link, Location, Retry-After, "
                    "X-Quilt-Info, X-Request-Id"
                )
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
