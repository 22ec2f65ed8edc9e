"""The data path: pure ASGI in front of the FastAPI app, because each layer costs more here than the work itself.

It writes no access line per request (the store has its own log); only what goes wrong is logged.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import cached_property
from typing import cast
from uuid import uuid4

import aiohttp
import structlog
from multidict import CIMultiDict
from starlette.types import ASGIApp, Receive, Scope, Send
from yarl import URL

from s3proxy.errors import (
    MethodNotAllowed,
    RequestTimeout,
    S3Error,
    StoreTimeout,
    StoreUnreachable,
)
from s3proxy.resources import S3ProxyResources
from s3proxy.routes import settings_document
from s3proxy.services import addresses, headers
from s3proxy.services.addresses import Address
from s3proxy.services.chunks import ChunkedBody
from shared.caller import bound, current
from shared.metrics import Requests
from shared.schemas.audit import Outcome

log = structlog.get_logger()

OWN_PATHS = frozenset({"/health/live", "/health/ready", "/internal/metrics", "/internal/openapi.json"})
ROUTE = "/{bucket}/{key}"
"""As metrics call all that is S3's."""
GATEWAY = "/lambda/"
"""Not S3's; everything else is."""

_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
_PLAIN = {
    "/": b"S3 Proxy",
    "/robots.txt": b"User-agent: *\nDisallow: /\n",
}


class Passthrough:
    """Middleware that keeps what is S3's and leaves the rest to the app."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app = app
        self._requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OWN_PATHS or scope["path"].startswith(GATEWAY):
            await self._app(scope, receive, send)
            return
        resources: S3ProxyResources = scope["app"].state.resources
        exchange = Exchange(resources, scope, receive, send)
        self._requests.running += 1
        began = time.perf_counter()
        try:
            await exchange.run()
        except S3Error as error:
            await exchange.refuse(error)
        finally:
            self._requests.running -= 1
            self._requests.done(scope["method"], ROUTE, exchange.status, time.perf_counter() - began)


class CallerStalled(Exception):
    """The caller has not moved a byte for too long."""


class Exchange:
    """One request and its answer."""

    def __init__(self, resources: S3ProxyResources, scope: Scope, receive: Receive, send: Send) -> None:
        self._resources = resources
        self._scope = scope
        self._receive = receive
        self._send = send
        self.status = 0
        """As it was answered, once it was."""
        self._finished = False
        self._gone = False
        self._uploaded = asyncio.Event()
        self._anew: bytes | ChunkedBody | None = None

    async def run(self) -> None:
        """Answer the request; raises S3Error when that cannot be done and nothing has been said yet."""
        method: str = self._scope["method"]
        plain = _PLAIN.get(self._scope["path"])
        if method == "OPTIONS":
            await self._answer(200, b"", [])
        elif method not in _METHODS:
            raise MethodNotAllowed
        elif plain is not None:
            await self._answer(200, plain, [(b"content-type", b"text/plain")])
        elif self._resources.signed_objects.is_asked(self._scope):
            anew = await self._resources.signed_objects.request(self._scope)
            await self._exchange(anew.url, anew.headers)
        else:
            address = await self._address()
            if address.bucket == self._resources.service_bucket:
                body, own = await settings_document.answer(self._resources, self._scope, self._receive, address)
                await self._answer(200, body, own)
            else:
                await self._pass_on(address)

    async def refuse(self, error: S3Error) -> None:
        if self.status:
            return
        path, request_id = self._scope["path"], self._request_id
        told = {"status": error.status, "code": error.code, "reason": str(error), "path": path[:200]}
        log.info("refused", **told, request_id=request_id)
        self._record(error)
        own = [(b"content-type", b"application/xml"), (b"x-amz-request-id", request_id.encode("latin-1"))]
        await self._answer(error.status, error.xml(path), own)

    @cached_property
    def _request_id(self) -> str:
        """The caller's own or a new one, told as S3 tells it; only what goes wrong needs one."""
        given = next((value for name, value in self._scope["headers"] if name == b"x-request-id"), b"")
        return given[:64].decode("latin-1") or uuid4().hex

    def _record(self, error: S3Error) -> None:
        """In the audit trail, when it is known who was refused."""
        trail, caller = self._resources.trail, current()
        if trail is None or error.status != 403 or caller.user_id is None:
            return
        agent = next((value for name, value in self._scope["headers"] if name == b"user-agent"), b"")
        client = self._scope.get("client") or ("",)
        known = {
            "address": client[0],
            "user_agent": agent.decode("latin-1")[:300],
            "request_id": self._request_id,
        }
        with bound(caller.model_copy(update=known)):
            asked = f"{self._scope['method']} {self._scope['path']}"
            trail.put("Api.Refused", asked, outcome=Outcome.REFUSED, reason=error.code)

    async def _address(self) -> Address:
        raw_path = self._scope["raw_path"].decode("ascii")
        return await self._resources.buckets.resolve(lambda names: addresses.parse(raw_path, names))

    async def _pass_on(self, address: Address) -> None:
        anew = await self._resources.minted.resign(self._scope, address, self._receive)
        if anew:
            url, passed, self._anew = anew.url, anew.headers, anew.body
        else:
            query = self._scope["query_string"].decode("ascii")
            base = self._resources.endpoint or f"https://{address.host}"
            url = URL(f"{base}{address.path}{'?' if query else ''}{query}", encoded=True)
            passed = headers.sent_on(self._scope["headers"], address.host)
        await self._exchange(url, passed)

    async def _exchange(self, url: URL, passed: CIMultiDict[str]) -> None:
        me = cast("asyncio.Task[object]", asyncio.current_task())
        watch = asyncio.create_task(self._watch(me))
        try:
            await self._transfer(url, passed)
        except asyncio.CancelledError:
            if not self._gone or me.uncancel():
                raise
            log.info("client_gone", host=passed["Host"])
        finally:
            watch.cancel()

    async def _watch(self, transfer: "asyncio.Task[object]") -> None:
        """Stop the transfer when the caller goes away; until all is uploaded, the upload notices that itself."""
        await self._uploaded.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if not self._finished:
            self._gone = True
            transfer.cancel()

    async def _transfer(self, url: URL, passed: CIMultiDict[str]) -> None:
        host = passed["Host"]
        chunked = any(name == b"transfer-encoding" for name, _ in self._scope["headers"])
        data: bytes | AsyncIterator[bytes] | None = None
        if isinstance(self._anew, bytes):
            data = self._anew
            self._uploaded.set()
        elif chunked or passed.get("Content-Length", "0") != "0":
            data = self._upload()
        else:
            self._uploaded.set()
        try:
            async with self._resources.store.request(
                self._scope["method"], url, headers=passed, data=data, allow_redirects=False
            ) as answer:
                await self._download(answer)
        except CallerStalled:
            log.info("caller_stalled", host=host)
        except TimeoutError as error:
            raise self._broken(StoreTimeout(), host, error) from error
        except aiohttp.ClientError as error:
            if isinstance(error.__cause__, CallerStalled):
                raise RequestTimeout from error
            if isinstance(error.__cause__, S3Error):
                raise error.__cause__ from error
            if self._gone:
                log.info("client_gone", host=host)
                return
            raise self._broken(StoreUnreachable(), host, error) from error

    def _broken(self, answer: S3Error, host: str, error: Exception) -> S3Error:
        """What to tell the caller; when an answer has begun, only breaking the connection can tell them."""
        said = f"{type(error).__name__}: {error}"[:300]
        log.warning("store_failed", host=host, started=bool(self.status), error=said, request_id=self._request_id)
        return answer

    async def _upload(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            try:
                async with asyncio.timeout(self._resources.idle_seconds):
                    message = await self._receive()
            except TimeoutError:
                raise CallerStalled from None
            if message["type"] == "http.disconnect":
                self._gone = True
                raise ConnectionError("The caller left")
            more = message.get("more_body", False)
            body = message.get("body", b"")
            if isinstance(self._anew, ChunkedBody):
                body = self._anew.feed(body)
                if not more:
                    self._anew.close()
            if not more:
                self._uploaded.set()
            if body:
                self._resources.traffic.received += len(body)
                yield body

    async def _download(self, answer: aiohttp.ClientResponse) -> None:
        await self._start(answer.status, headers.sent_back(answer.raw_headers, answer.status))
        while not self._finished:
            chunk = await answer.content.readany()
            self._finished = answer.content.at_eof()
            self._resources.traffic.sent += len(chunk)
            await self._write(chunk, more=not self._finished)

    async def _answer(self, status: int, body: bytes, own: list[tuple[bytes, bytes]]) -> None:
        await self._start(status, [*own, (b"content-length", str(len(body)).encode())])
        await self._write(body, more=False)

    async def _start(self, status: int, own: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        answer_headers = [*own, *headers.cors(self._scope["headers"])]
        await self._send({"type": "http.response.start", "status": status, "headers": answer_headers})

    async def _write(self, body: bytes, *, more: bool) -> None:
        try:
            async with asyncio.timeout(self._resources.idle_seconds):
                await self._send({"type": "http.response.body", "body": body, "more_body": more})
        except TimeoutError:
            raise CallerStalled from None
