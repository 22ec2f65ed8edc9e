"""A service's own part of the OpenAPI document; the registry asks every service for its part, and publishes one."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import JSONResponse

from shared.errors import Malformed
from shared.schemas.problem import Problem
from shared.web.auth import Internal

Document = dict[str, Any]

router = APIRouter(prefix="/internal", dependencies=[Internal], include_in_schema=False)

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")


@router.get("/openapi.json")
async def get_own_document(request: Request) -> JSONResponse:
    return JSONResponse(document_of(request.app))


def document_of(app: FastAPI) -> Document:
    """The app's public routes, and what it says to do that no route does (`app.state.described`)."""
    document = deepcopy(app.openapi())
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FASTAPIS_OWN:
        schemas.pop(name, None)
    schemas.setdefault("Problem", Problem.model_json_schema())
    for operation in operations(document):
        _say_how_it_fails(operation["responses"])
    described: Document = app.state.described
    document["paths"] |= described.get("paths", {})
    for kind, components in described.get("components", {}).items():
        document["components"].setdefault(kind, {}).update(components)
    return document


def operations(document: Document) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from (item[method] for method in ("get", "head", "post", "put", "patch", "delete") if method in item)


def _say_how_it_fails(responses: dict[str, Any]) -> None:
    if "422" in responses:
        responses["422"] = {
            "description": Malformed.title,
            "content": {"application/json": {"schema": _PROBLEM}},
        }
    for response in responses.values():
        content = response.get("content", {})
        if content.get("application/json", {}).get("schema") == _PROBLEM:
            content["application/problem+json"] = content.pop("application/json")
