"""Finds routes without a policy."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

from shared.web.auth import POLICIES
from shared.web.routing import dependency_calls


def routes_of(app: FastAPI) -> set[str]:
    """`METHOD /path` of all routes."""
    found = [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute)]
    return {f"{method} {route.path}" for route in found for method in route.methods or ()}


def unguarded(app: FastAPI, policies: tuple[Callable[..., Any], ...] = POLICIES) -> set[str]:
    """`METHOD /path` of the routes that depend on none of `policies`, except those of health."""
    found = [route for route in iter_route_contexts(app.routes) if isinstance(route.original_route, APIRoute)]
    assert found, "no routes at all: the walk is broken"
    return {
        f"{method} {route.path}"
        for route in found
        if not str(route.path).startswith("/health/")
        and not any(call in policies for call in dependency_calls(route.dependant))
        for method in route.methods or ()
    }
