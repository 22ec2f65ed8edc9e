"""Finds the route of a request by the form of its path.

FastAPI tries the patterns of all routes one after the other, and those of an included router twice: 3 µs for each route of a
service that has more than a hundred. Paths of the same form have the same route, so it is looked for once.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from cachetools import LRUCache
from fastapi import APIRouter
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.convertors import PathConvertor, StringConvertor
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

MAX_FORMS = 2_000
"""Forms of paths that are remembered."""
_ANY = "{}"
"""A segment that is no literal part of any route."""
_SEGMENT = re.compile(r"\{[^{}]*\}|[^{}]*")
"""A segment of a template that is one parameter, or none."""


class _Candidate(NamedTuple):
    """A route that matches paths of a form, or may do so."""

    found: RouteContext
    pattern: re.Pattern[str]
    is_fixed: bool
    """Its pattern matches all paths of a form or none."""


class RouteIndex:
    """The application of a router, in front of the router's own, which answers whatever has no route here."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        self._app: ASGIApp = router.app
        self._candidates: list[_Candidate] = []
        self._literals: frozenset[str] = frozenset()
        self._found: LRUCache[tuple[str, ...], Sequence[_Candidate]] = LRUCache(MAX_FORMS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A pattern's end, and the rest of a path, treat a line feed differently from all other characters.
        if scope["type"] == "http" and not scope.get("root_path") and "\n" not in scope["path"]:
            for candidate in self._matching(scope):
                if app := _selected(scope, candidate):
                    scope["router"] = self._router
                    await app(scope, receive, send)
                    return
        await self._app(scope, receive, send)

    def _matching(self, scope: Scope) -> Sequence[_Candidate]:
        if not self._candidates:  # routers are complete with the first request
            self._candidates = list(_candidates(self._router))
            templates = [each.found.path or "" for each in self._candidates]
            self._literals = frozenset(part for each in templates for part in each.split("/") if "{" not in part)
        method, path, literals = scope["method"], scope["path"], self._literals
        form = (method, *[part if part in literals else _ANY for part in path.split("/")])
        matching = self._found.get(form)
        if matching is None:
            matching = [
                each
                for each in self._candidates
                if method in (each.found.methods or ()) and (not each.is_fixed or each.pattern.match(path))
            ]
            self._found[form] = matching
        return matching


def _candidates(router: APIRouter) -> Iterator[_Candidate]:
    """Routes in order, up to the first one of another kind."""
    for found in iter_route_contexts(router.routes):
        if not isinstance(found.original_route, Route):
            return
        convertors = found.param_convertors.values()
        is_fixed = all(type(each) in {StringConvertor, PathConvertor} for each in convertors) and all(
            map(_SEGMENT.fullmatch, (found.path_format or "").split("/"))
        )
        yield _Candidate(found, found.path_regex, is_fixed)


def _selected(scope: Scope, candidate: _Candidate) -> ASGIApp | None:
    """The application of the route if it takes the request, to whose scope the route is added then."""
    found = candidate.found
    context: Any = found._route_context  # noqa: SLF001 – FastAPI's dependencies and handlers look for it
    if context is None or not isinstance(found.original_route, APIRoute):
        route: Any = found.original_route
        match, child_scope = route.matches(scope)
        if match is not Match.FULL:
            return None
        scope.update(child_scope)
        scope["route"] = route
        handle: ASGIApp = route.handle
        return handle
    matched = candidate.pattern.match(scope["path"])
    if matched is None:
        return None
    convertors = found.param_convertors
    scope["path_params"] = {name: convertors[name].convert(text) for name, text in matched.groupdict().items()}
    scope["endpoint"] = found.endpoint
    scope["route"] = found.original_route
    scope["fastapi"] = {"effective_route_context": context}
    app: ASGIApp = context.app
    return app
