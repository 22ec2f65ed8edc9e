"""Walks the listings of an app with cursors and times that nobody's page ended with."""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
from fastapi import FastAPI

TIMES = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-01T00:00:00", "2026-01-01", "-1", ""]
_TEXTS = [*TIMES[:3], "-1", "a\x00b", "\ud800", "%ff%00"]
_ODD: dict[type, list[Any]] = {
    str: [*_TEXTS, 1],
    int: [-1, 1 << 31, 1 << 63, -(1 << 64), 10**400, True],
    float: [float("nan"), float("inf"), -1e308, 1],
    bool: [1, "true"],
}
_ID = "00000000-0000-0000-0000-000000000000"
_SHAPES: list[list[Any]] = [
    ["a"],
    [1],
    ["2026-01-01T00:00:00+00:00", _ID],
    [0.5, "2026-01-01T00:00:00+00:00", 0, "b", "a"],
    ["-", True, "a", False],
]
"""Cursors of the kinds that exist."""


def hostile_cursors() -> Iterator[str]:
    """Cursors in which one part is odd, and others that are no cursors at all."""
    for shape in _SHAPES:
        for at, part in enumerate(shape):
            for odd in (*_ODD[type(part)], None):
                yield base64.urlsafe_b64encode(json.dumps([*shape[:at], odd, *shape[at + 1 :]]).encode()).decode()
    yield from ("a", "=", "é", "[", "W10", base64.urlsafe_b64encode(b"[" * 5000).decode())


def listings(app: FastAPI, parameter: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Paths of the listings that take a parameter, with their operations."""
    for path, operations in app.openapi()["paths"].items():
        for each in operations.get("get", {}).get("parameters", []):
            if each["name"] == parameter:
                yield path, operations["get"]


async def require_no_failures(
    app: FastAPI,
    client: httpx.AsyncClient,
    headers: Mapping[str, str],
    place: Mapping[str, str],
    *,
    at_least: int,
    step: int = 1,
) -> None:
    """Each listing answers each cursor, or each one in `step`, with a page, or refuses it."""
    walked = list(listings(app, "cursor"))
    assert len(walked) >= at_least, "the walk is broken"
    cursors = list(hostile_cursors())[::step]
    for path, _ in walked:
        where = path.format(**place)
        plain = await client.get(where, headers=headers)
        assert plain.status_code == 200, (where, plain.text)
        for cursor in cursors:
            answer = await client.get(where, params={"cursor": cursor}, headers=headers)
            assert answer.status_code in {200, 400}, (where, cursor, answer.text)
            if answer.status_code == 400:
                assert answer.json()["type"] == "/problems/invalid_cursor", (where, cursor, answer.text)


def time_parameters(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Paths, and the names of their parameters that are times."""
    for path, operations in app.openapi()["paths"].items():
        for each in operations.get("get", {}).get("parameters", []):
            if "date-time" in json.dumps(each["schema"]):
                yield path, each["name"]
