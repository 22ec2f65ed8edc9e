"""Runs a document once it is prepared and its cost is within the limit."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeGuard

import structlog
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLFormattedError,
    execute,
)

from registry.errors import QueryRefused, QueryTooSlow
from registry.graphql.context import Context
from registry.graphql.documents import prepare, refusal_of
from registry.graphql.executable import SCHEMA
from registry.graphql.limits import MAX_COST
from registry.graphql.pushes import upgrade_variables
from shared.errors import AppError
from shared.schemas.graphql import GraphqlRequest

EXECUTION_TIMEOUT_SECONDS = 30
COST_OF_REQUEST = 1_000
"""Each whole multiple of it in a document's cost is charged like one more request."""

log = structlog.get_logger()


async def run(request: GraphqlRequest, context: Context, charge: Callable[[float], None]) -> dict[str, Any]:
    """An answer with `data`, and with `errors` if there are any. Raises QueryRefused or QueryTooSlow.

    `charge` is called with the price of the document in simple requests.
    """
    document = await prepare(request.query)
    cost = document.cost(request.variables or {})
    if cost > MAX_COST:
        raise refusal_of(f"The query costs {cost}, and the limit is {MAX_COST}: ask for fewer fields or smaller pages")
    charge(cost // COST_OF_REQUEST)
    try:
        async with asyncio.timeout(EXECUTION_TIMEOUT_SECONDS):
            result = await _execute(document.node, request, context)
    except TimeoutError as error:
        raise QueryTooSlow(
            f"The query took more than {EXECUTION_TIMEOUT_SECONDS} s: ask for fewer fields or smaller pages"
        ) from error
    errors = [_format_error(each) for each in result.errors or ()]
    if result.data is None and not any(each.path for each in result.errors or ()):
        raise QueryRefused([dict(each) for each in errors])
    return {"data": result.data, "errors": errors} if errors else {"data": result.data}


async def _execute(document: DocumentNode, request: GraphqlRequest, context: Context) -> ExecutionResult:
    result = execute(
        SCHEMA,
        document,
        context_value=context,
        variable_values=upgrade_variables(request.variables),
        operation_name=request.operationName,
        is_awaitable=_is_awaitable,
    )
    return result if isinstance(result, ExecutionResult) else await result


def _is_awaitable(value: object) -> TypeGuard[Awaitable[Any]]:
    """As graphql-core's own test, which every value of an answer passes, without generators that are coroutines."""
    return hasattr(value, "__await__")


def _format_error(error: GraphQLError) -> GraphQLFormattedError:
    """Expected errors keep their text. Unexpected ones are logged and get a general one."""
    formatted = error.formatted
    cause = error.original_error
    if isinstance(cause, AppError):
        formatted["message"] = cause.problem().detail
        formatted["extensions"] = {"code": cause.slug}
    elif cause and not isinstance(cause, GraphQLError):
        log.error("graphql_resolver_failed", path=error.path, exc_info=cause)
        formatted["message"] = "Something went wrong on our side; it has been logged."
        formatted["extensions"] = {"code": "internal"}
    return formatted
