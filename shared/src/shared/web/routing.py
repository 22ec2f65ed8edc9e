"""Routes that authenticate the caller before they read the body. FastAPI reads bodies before it runs dependencies."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from typing_extensions import override

from shared.web.auth import internal, notifier, scraper, viewer
from shared.web.rates import charge_once

Policy = Callable[[Request], Awaitable[object]]


class CallerFirst(APIRoute):
    """Runs the policies of the route before FastAPI reads the body, and again with the dependencies.

    Permissions of the caller (`Admin`) are checked only with the dependencies.
    """

    policies: ClassVar[tuple[Policy, ...]] = (viewer, internal, scraper, notifier, charge_once)

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        calls = set(dependency_calls(self.dependant))
        policies = [each for each in self.policies if each in calls]
        if self.body_field is None or not policies:
            return handle

        async def handle_authenticated(request: Request) -> Response:
            for policy in policies:
                await policy(request)
            return await handle(request)

        return handle_authenticated


def dependency_calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    """The functions on which a route depends, directly or through others."""
    for below in dependant.dependencies:
        yield below.call
        yield from dependency_calls(below)
