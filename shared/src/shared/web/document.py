"""The OpenAPI document of a service. The registry fetches those of all services and publishes one document."""

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
_PROBLEMS = (_PROBLEM, *({"$ref": f"#/components/schemas/{name}"} for name in ("QueryProblem", "ArchivedProblem")))
_FASTAPI_SCHEMAS = ("HTTPValidationError", "ValidationError")


@router.get("/openapi.json")
async def get_own_document(request: Request) -> JSONResponse:
    return JSONResponse(document_of(request.app))


def document_of(app: FastAPI) -> Document:
    """The public routes of the app, and the paths and components in `app.state.described`."""
    document = deepcopy(app.openapi())
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _FASTAPI_SCHEMAS:
        schemas.pop(name, None)
    schemas.setdefault("Problem", Problem.model_json_schema())
    for operation in operations(document):
        _document_problems(operation["responses"])
    described: Document = app.state.described
    document["paths"] |= described.get("paths", {})
    for kind, components in described.get("components", {}).items():
        document["components"].setdefault(kind, {}).update(components)
    return document


def operations(document: Document) -> Iterator[dict[str, Any]]:
    for item in document["paths"].values():
        yield from (item[method] for method in ("get", "head", "post", "put", "patch", "delete") if method in item)


def _document_problems(responses: dict[str, Any]) -> None:
    if "422" in responses:
        responses["422"] = {
            "description": Malformed.title,
            "content": {"application/json": {"schema": _PROBLEM}},
        }
    for response in responses.values():
        content = response.get("content", {})
        if content.get("application/json", {}).get("schema") in _PROBLEMS:
            content["application/problem+json"] = content.pop("application/json")
