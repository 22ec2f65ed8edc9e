"""Routes that know their caller before they read a body. FastAPI reads and parses bodies before it runs dependencies."""

from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from typing_extensions import override

from shared.web.auth import internal, notifier, scraper, viewer

Policy = Callable[[Request], Awaitable[object]]


class CallerFirst(APIRoute):
    """Runs the route's policies before FastAPI reads the body, and once more among the dependencies.

    Whether a caller may do what they ask (`Admin`) is decided with the dependencies.
    """

    policies: ClassVar[tuple[Policy, ...]] = (viewer, internal, scraper, notifier)

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        calls = set(dependency_calls(self.dependant))
        policies = [each for each in self.policies if each in calls]
        if self.body_field is None or not policies:
            return handle

        async def handle_known(request: Request) -> Response:
            for policy in policies:
                await policy(request)
            return await handle(request)

        return handle_known


def dependency_calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    """All that the route depends on, directly or not."""
    for below in dependant.dependencies:
        yield below.call
        yield from dependency_calls(below)
