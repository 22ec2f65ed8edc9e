"""HTTP between services: one client per peer, whose problems become errors again."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import httpx
import msgspec
from pydantic import BaseModel, SecretStr
from typing_extensions import override

from shared import caller, errors
from shared.settings import InternalSettings
from shared.tls import http_tls
from shared.tracing import TRACE_PARENT, is_tracing, span, trace_parent

Model = TypeVar("Model", bound=BaseModel)

_KNOWN = {
    kind.slug: kind
    for kind in (
        errors.Invalid,
        errors.Unauthenticated,
        errors.Forbidden,
        errors.NotFound,
        errors.Conflict,
        errors.Gone,
        errors.TooLarge,
        errors.TooManyRequests,
    )
}

_REFUSED_SERVICE = frozenset({errors.ServicesOnly.slug, errors.NotForThisService.slug})
"""The refusal concerns the token of this service, never the user for whom it calls."""

_KEEP_ALIVE_SECONDS = 3.0
"""Less than the 5 s after which services close idle connections, so that no request meets a closed one."""

_BY_STATUS: dict[int, type[errors.AppError]] = {kind.status: kind for kind in _KNOWN.values()}
"""Errors for slugs that only one service has."""


@asynccontextmanager
async def open_peer(
    base_url: str, settings: InternalSettings, *, token: SecretStr | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the token of the peer, or with the service's own token if the peer has none of its own."""
    secret = (token or settings.token).get_secret_value()
    headers = {"Authorization": f"Bearer {secret}"}
    # A peer may be replaced at any time: a refused connection is tried again once, perhaps with another task.
    limits = httpx.Limits(keepalive_expiry=_KEEP_ALIVE_SECONDS)
    kind = TracedTransport if is_tracing() else httpx.AsyncHTTPTransport
    transport = kind(http_tls(), retries=1, limits=limits)
    timeout = httpx.Timeout(10, connect=2)
    async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=timeout, transport=transport) as client:
        yield client


class TracedTransport(httpx.AsyncHTTPTransport):
    """Records each request of a trace, and names the trace to the peer. Paths may hold what is secret, so the peer records its route."""

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not trace_parent():
            return await super().handle_async_request(request)
        attributes = {"http.request.method": request.method, "server.address": request.url.host}
        with span(f"{request.method} {request.url.host}", "client", attributes) as begun:
            request.headers[TRACE_PARENT] = trace_parent()
            answer = await super().handle_async_request(request)
            begun.set_attribute("http.response.status_code", answer.status_code)
            return answer


async def call(http: httpx.AsyncClient, method: str, path: str, **options: Any) -> httpx.Response:
    """A 2xx response. Raises the error that the problem of the peer names, or Unavailable when the peer does not answer."""
    headers = {**caller.headers(), **options.pop("headers", {})}
    try:
        answer = await http.request(method, path, headers=headers, **options)
    except httpx.HTTPError as error:
        raise errors.Unavailable(f"{http.base_url.host} does not answer: {type(error).__name__}") from error
    if answer.is_success:
        return answer
    try:
        problem = answer.json()
        slug = str(problem["type"]).removeprefix("/problems/")
        kind = _KNOWN.get(slug) or _BY_STATUS.get(answer.status_code, errors.Unavailable)
    except (ValueError, KeyError, TypeError):
        raise errors.Unavailable(f"{http.base_url.host} answered {answer.status_code}") from None
    if slug in _REFUSED_SERVICE:
        raise errors.Unavailable(f"{http.base_url.host} refused the token of this service: {slug}")
    refusal = kind(problem["detail"])
    refusal.peer_slug = slug
    raise refusal


def parsed(kind: type[Model], answer: httpx.Response) -> Model:
    """The body of a 2xx response. Raises Unavailable for any other body: a proxy before the peer may answer for it."""
    with readable(answer):
        return kind.model_validate_json(answer.content)


@contextmanager
def readable(answer: httpx.Response) -> Iterator[None]:
    """Raises Unavailable when the body of an answer is not what it should be."""
    try:
        yield
    except (ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
        raise errors.Unavailable(f"{answer.url.host} gave an answer that cannot be read") from error
