"""Answers each error with a problem document (RFC 9457), whose `message` is for the web catalogs."""

from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from shared.audit import AuditQueue
from shared.errors import AppError, Malformed, Unauthenticated
from shared.schemas.problem import Problem

log = structlog.get_logger()

_HTTP_TITLES = {404: "There is no such address", 405: "This address does not accept this method"}


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(problem.model_dump(), problem.status, headers, media_type="application/problem+json")


def _problem(slug: str, title: str, status: int, detail: str) -> Problem:
    return Problem(type=f"/problems/{slug}", title=title, status=status, detail=detail, message=detail)


async def app_error(request: Request, error: Exception) -> Response:
    expected = cast("AppError", error)
    trail: AuditQueue | None = request.app.state.audit
    anonymous = isinstance(expected, Unauthenticated) and "authorization" not in request.headers
    # Refusals of requests between services are recorded by the service that answers the user.
    if trail and not anonymous and not request.url.path.startswith("/internal/"):
        trail.add_refusal(expected, f"{request.method} {request.url.path}")
    release_frames(error)
    return problem_response(expected.problem(), expected.answer_headers())


async def malformed(_: Request, error: Exception) -> Response:
    found: list[dict[str, Any]] = [
        {"loc": jsonable_encoder(each["loc"]), "msg": each["msg"], "type": each["type"]}
        for each in cast("RequestValidationError", error).errors()
    ]
    detail = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in found)
    release_frames(error)
    return problem_response(Malformed(detail).problem().model_copy(update={"errors": found}))


async def http_error(_: Request, error: Exception) -> Response:
    refused = cast("HTTPException", error)
    title = _HTTP_TITLES.get(refused.status_code, "The request was refused")
    headers = dict(refused.headers or {})
    release_frames(error)
    return problem_response(_problem("http", title, refused.status_code, str(refused.detail)), headers)


def release_frames(error: BaseException | None) -> None:
    """Let the frames of an answered error go, which have the request's body.

    FastAPI keeps some errors in a variable of a frame that the error refers to. The memory of such bodies would be free only
    when all objects are looked at for cycles.
    """
    while error:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def internal_error() -> Response:
    return problem_response(
        _problem("internal", "Internal error", 500, "Something went wrong on our side; it has been logged.")
    )


def install_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(AppError, app_error)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, http_error)
