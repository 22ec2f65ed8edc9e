"""The data path: pure ASGI in front of the FastAPI app, because each layer costs more here than the work itself.

It writes no access line per request, since the store has its own log; it logs failures and refusals.
"""

import asyncio
import time
from functools import cached_property
from uuid import uuid4

import aiohttp
import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from s3proxy.errors import (
    InternalError,
    MethodNotAllowed,
    RequestTimeout,
    S3Error,
    StoreTimeout,
    StoreUnreachable,
)
from s3proxy.resources import S3ProxyResources
from s3proxy.routes import browsing, settings_document
from s3proxy.services import addresses, browsers, headers
from s3proxy.services.addresses import Address
from s3proxy.services.bodies import CallerBody, CallerLeft, CallerStalled
from s3proxy.services.browsing import is_quilt_address
from s3proxy.services.caller_watch import CallerWatch
from s3proxy.services.outgoing import Outgoing, unchanged
from shared.caller import bound, current
from shared.metrics import Requests
from shared.schemas.audit import Outcome
from shared.web.internal_access import COMMON

log = structlog.get_logger()

OWN_PATHS = frozenset({"/health/live", "/health/ready", *(route.partition(" ")[2] for route in COMMON)})
ROUTE = "/{bucket}/{key}"
"""Route label of all S3 requests in metrics, but those to the package gateway."""
PACKAGES_ROUTE = "/{bucket}/{author}/{name}/{revision}/{key}"
"""Route label of all requests to the package gateway."""
OWN_PREFIXES = ("/lambda/", "/-/")
"""Prefixes of the API gateway's paths, and of previews. Every other path belongs to S3."""

FORM_PREFIXES = ("/zip/package/", "/zip/dir/")
"""Prefixes to which Quilt's web catalogs post forms."""

_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
_PLAIN = {
    "/": b"S3 Proxy",
    "/robots.txt": b"User-agent: *\nDisallow: /\n",
}


class Passthrough:
    """Middleware that handles S3 requests and leaves the rest to the app."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        resources: S3ProxyResources | None = getattr(scope["app"].state, "resources", None)
        is_for_packages = resources is not None and resources.gateway.concerns(scope)
        if scope["path"] == browsing.COOKIE_PATH and scope["method"] in {"OPTIONS", "POST"} and not is_for_packages:
            await browsing.cookie_answer(Headers(scope=scope))(scope, receive, send)
            return
        if resources is None or (_is_own(scope) and not is_for_packages):
            await self._app(scope, receive, send)
            return
        exchange = Exchange(resources, scope, receive, send)
        self._requests.running += 1
        began = time.perf_counter()
        try:
            await exchange.run()
        except S3Error as error:
            await exchange.refuse(error)
        except Exception:
            log.exception("unhandled_error")
            if exchange.status:
                raise  # the server breaks the answer off
            await exchange.refuse(InternalError())
        finally:
            self._requests.running -= 1
            route = PACKAGES_ROUTE if is_for_packages else ROUTE
            self._requests.done(scope["method"], route, exchange.status, time.perf_counter() - began)


def _is_own(scope: Scope) -> bool:
    """True for what the app answers. Multipart uploads to a bucket `zip` have a query, forms of web catalogs have none."""
    path: str = scope["path"]
    if path in OWN_PATHS or path.startswith(OWN_PREFIXES):
        return True
    if scope["method"] in {"GET", "HEAD"} and is_quilt_address(path):
        return True
    return scope["method"] == "POST" and path.startswith(FORM_PREFIXES) and not scope["query_string"]


class Exchange:
    """One request and its answer."""

    def __init__(self, resources: S3ProxyResources, scope: Scope, receive: Receive, send: Send) -> None:
        self._resources = resources
        self._scope = scope
        self._send = send
        self._body = CallerBody(scope, receive, idle_seconds=resources.idle_seconds, traffic=resources.traffic)
        self._watch = CallerWatch(self._body, idle_seconds=resources.idle_seconds)
        self.status = 0
        """Status of the answer; 0 until it has begun."""

    async def run(self) -> None:
        """Answer the request; raises S3Error when that fails before the answer has begun."""
        method: str = self._scope["method"]
        plain = _PLAIN.get(self._scope["path"])
        if method == "OPTIONS":
            await self._answer(200, b"", [])
        elif method not in _METHODS:
            raise MethodNotAllowed
        elif self._resources.gateway.concerns(self._scope):
            await self._answer_package()
        elif plain is not None:
            await self._answer(200, plain, [(b"content-type", b"text/plain")])
        elif self._resources.signed_objects.concerns(self._scope):
            await self._exchange(await self._resources.signed_objects.sign(self._scope, self._body))
        else:
            address = await self._address()
            if address.bucket == self._resources.service_bucket:
                body, own = await settings_document.answer(self._resources, self._scope, self._body, address)
                await self._answer(200, body, own)
            else:
                await self._exchange(await self._outgoing(address))

    async def refuse(self, error: S3Error) -> None:
        """Answer with the error. An answer that has begun can only be broken off."""
        if self.status:
            return
        path, request_id = self._scope["path"], self._request_id
        known = {"status": error.status, "code": error.code, "reason": str(error), "path": path[:200]}
        log.info("refused", **known, request_id=request_id)
        self._record(error)
        own = [(b"content-type", b"application/xml"), (b"x-amz-request-id", request_id.encode("latin-1"))]
        own += error.headers()
        await self._answer(error.status, error.xml(path), own)

    @cached_property
    def _request_id(self) -> str:
        """The caller's `X-Request-Id` or a new one, sent back as S3 does; only failures need one."""
        given = next((value for name, value in self._scope["headers"] if name == b"x-request-id"), b"")
        return given[:64].decode("latin-1") or uuid4().hex

    def _record(self, error: S3Error) -> None:
        """Write a refusal to the audit trail when the caller is known."""
        if error.status == 403 and current().user_id is not None:
            asked = f"{self._scope['method']} {self._scope['path']}"
            self._put_event("Api.Refused", asked, outcome=Outcome.REFUSED, reason=error.code)

    def _put_event(self, action: str, target: str, *, outcome: Outcome = Outcome.DONE, reason: str = "") -> None:
        trail, caller = self._resources.trail, current()
        if trail is None:
            return
        agent = next((value for name, value in self._scope["headers"] if name == b"user-agent"), b"")
        client = self._scope.get("client") or ("",)
        known = {
            "address": client[0],
            "user_agent": agent.decode("latin-1")[:300],
            "request_id": self._request_id,
        }
        with bound(caller.model_copy(update=known)):
            trail.put(action, target, outcome=outcome, reason=reason)

    async def _answer_package(self) -> None:
        answer = await self._resources.gateway.answer(self._scope)
        if isinstance(answer, Outgoing):
            await self._exchange(answer)
            return
        await self._start(answer.status, answer.headers)
        await self._write(b"" if self._scope["method"] == "HEAD" else answer.body)

    async def _address(self) -> Address:
        raw_path = self._scope["raw_path"].decode("ascii")
        return await self._resources.buckets.resolve(lambda names: addresses.parse(raw_path, names))

    async def _outgoing(self, address: Address) -> Outgoing:
        """The request for the store; raises S3Error before anything is read of its body."""
        resources = self._resources
        if resigned := await resources.minted.resign(self._scope, address, self._body):
            return resigned
        await resources.callers.require_known(self._scope, address)
        return unchanged(self._scope, address, resources.endpoint, self._body)

    async def _exchange(self, outgoing: Outgoing) -> None:
        """Send the request to the store and its answer to the caller; stop when the caller disconnects."""
        try:
            await self._watch.run(self._transfer(outgoing))
        except CallerLeft:
            log.info("client_gone", host=outgoing.host)
        except CallerStalled:
            log.info("caller_stalled", host=outgoing.host)

    async def _transfer(self, outgoing: Outgoing) -> None:
        method, url, host = self._scope["method"], outgoing.url, outgoing.host
        try:
            async with self._resources.store.request(
                method, url, headers=outgoing.headers, data=outgoing.body, allow_redirects=False
            ) as answer:
                await self._download(answer, outgoing)
                if outgoing.pushes and answer.status == 200:
                    self._put_event("Packages.Push", outgoing.pushes)
        except TimeoutError as error:
            raise self._broken(StoreTimeout(), host, error) from error
        except aiohttp.ClientError as error:
            match error.__cause__:  # an error of the body comes wrapped
                case CallerStalled():
                    raise RequestTimeout from error
                case CallerLeft():
                    log.info("client_gone", host=host)
                case S3Error() as refusal:
                    raise refusal from error
                case _:
                    raise self._broken(StoreUnreachable(), host, error) from error

    def _broken(self, answer: S3Error, host: str, error: Exception) -> S3Error:
        """Log a failure of the store. The error is for the caller, who gets it unless the answer has begun."""
        reason = f"{type(error).__name__}: {error}"[:300]
        log.warning("store_failed", host=host, started=bool(self.status), error=reason, request_id=self._request_id)
        return answer

    async def _download(self, answer: aiohttp.ClientResponse, outgoing: Outgoing) -> None:
        if outgoing.present is None:
            await self._start(answer.status, headers.sent_back(answer.raw_headers, answer.status))
        else:
            await self._start(*await outgoing.present(answer))
        content, traffic, watch = answer.content, self._resources.traffic, self._watch
        while not watch.has_whole_answer:
            chunk = await content.readany()
            watch.has_whole_answer = content.at_eof()
            traffic.sent += len(chunk)
            watch.sending_since = time.monotonic()
            await self._send({"type": "http.response.body", "body": chunk, "more_body": not watch.has_whole_answer})
            watch.sending_since = None

    async def _answer(self, status: int, body: bytes, own: list[tuple[bytes, bytes]]) -> None:
        await self._start(status, [*own, (b"content-length", str(len(body)).encode())])
        await self._write(body)

    async def _start(self, status: int, own: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        answer_headers = [*browsers.safe(self._scope, status, own), *headers.cors(self._scope["headers"])]
        if self._body.is_awaited:
            # The body will not come: the server would take the next request for it, which some SDKs send on this connection.
            answer_headers.append((b"connection", b"close"))
        await self._send({"type": "http.response.start", "status": status, "headers": answer_headers})

    async def _write(self, body: bytes) -> None:
        """Send an answer of the proxy itself."""
        try:
            async with asyncio.timeout(self._resources.idle_seconds):
                await self._send({"type": "http.response.body", "body": body, "more_body": False})
        except TimeoutError:
            log.info("caller_stalled", host="")
