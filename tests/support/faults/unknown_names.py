"""Asks each route about somebody who has an account and about somebody who has none, and compares the answers."""

import re
from collections.abc import Collection, Iterator, Mapping

import httpx
from fastapi import FastAPI

from shared.testing.routes import routes_of

NAMED = ("{user}", "{owner}", "{author}", "{name}", "{user_id}")
"""Parameters of paths that can name a person."""


def routes_that_name_people(app: FastAPI, parameters: Collection[str] = NAMED) -> Iterator[tuple[str, str]]:
    """Method and path of the public routes with such a parameter."""
    for route in sorted(routes_of(app)):
        method, _, path = route.partition(" ")
        if not path.startswith("/internal/") and any(each in path for each in parameters):
            yield method, path


async def answer_without_name(
    client: httpx.AsyncClient, route: tuple[str, str], name: str, headers: Mapping[str, str], values: Mapping[str, str]
) -> tuple[int, str]:
    """Status and body, with `NAME` in place of the name. `values` are those of the other parameters; all others are `some`."""
    method, path = route
    for parameter, value in values.items():
        path = path.replace(parameter, value)
    for parameter in NAMED:
        path = path.replace(parameter, name)
    path = re.sub(r"\{[^}]+\}", "some", path)
    body = b"" if method in {"GET", "DELETE", "HEAD"} else b"{}"
    answer = await client.request(method, path, headers={**headers, "Content-Type": "application/json"}, content=body)
    return answer.status_code, answer.text.replace(name, "NAME")
