"""Routes that authenticate the caller before they read the body. FastAPI reads bodies before it runs dependencies."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from typing_extensions import override

from shared.errors import TooLarge
from shared.web.auth import internal, notifier, scraper, viewer
from shared.web.rates import charge_once

Policy = Callable[[Request], Awaitable[object]]

MAX_LOOP_JSON_BYTES = 256 << 10
"""Bytes of a JSON body that is parsed on the event loop. Larger ones are parsed in a thread."""
MAX_JSON_VALUES = 2_000_000
"""Values of a JSON body. Parsing that many takes a third of a second."""


class CallerFirst(APIRoute):
    """Runs the policies of the route before FastAPI reads the body, and again with the dependencies.

    Large JSON bodies are parsed in a thread. Permissions of the caller (`Admin`) are checked only with the dependencies.
    """

    policies: ClassVar[tuple[Policy, ...]] = (viewer, internal, scraper, notifier, charge_once)

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle
        policies: list[Policy] | None = None

        async def handle_authenticated(request: Request) -> Response:
            nonlocal policies
            if policies is None:
                policies = self._policies_for(request)
            if not policies:
                return await handle(request)
            for policy in policies:
                await policy(request)
            accepted = _JsonRequest(request.scope, request.receive)
            await accepted.require_few_values()
            return await handle(accepted)

        return handle_authenticated

    def _policies_for(self, request: Request) -> list[Policy]:
        """The policies of the route and of the routers that include it, which are known with the first request."""
        whole = request.scope.get("fastapi", {}).get("effective_route_context") or self
        calls = set(dependency_calls(whole.dependant))
        return [each for each in self.policies if each in calls]


class _JsonRequest(Request):
    async def require_few_values(self) -> None:
        """Raises TooLarge. Each value of a JSON document follows a comma or begins an array or an object."""
        body = await self.body()
        if len(body) > MAX_JSON_VALUES and sum(map(body.count, (b",", b"[", b"{"))) > MAX_JSON_VALUES:
            raise TooLarge(f"The body has more than {MAX_JSON_VALUES:,} values")

    @override
    async def json(self) -> Any:
        body = await self.body()
        if len(body) <= MAX_LOOP_JSON_BYTES:
            return await super().json()
        return await asyncio.to_thread(json.loads, body, object_hook=_keep)


def _keep(members: dict[str, Any]) -> dict[str, Any]:
    """The object as it is. Only while Python code runs can other threads; the parser in C would hold them up to its end."""
    return members


def dependency_calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    """The functions on which a route depends, directly or through others."""
    for below in dependant.dependencies:
        yield below.call
        yield from dependency_calls(below)
