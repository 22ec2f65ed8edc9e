"""Running a document: measured first, then checked against the schema, and only then done."""

import asyncio
from functools import lru_cache
from typing import Any

import structlog
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLFormattedError,
    GraphQLSyntaxError,
    execute,
    parse,
    validate,
)

from registry.errors import QueryRefused, QueryTooSlow
from registry.graphql.context import Context
from registry.graphql.executable import SCHEMA
from registry.graphql.limits import MAX_COST, MAX_DEPTH, MAX_FIELDS, MAX_TOKENS, measure
from registry.graphql.pushes import of_2022
from shared.errors import AppError
from shared.schemas.graphql import GraphqlRequest

EXECUTION_TIMEOUT_SECONDS = 30
KEPT, KEPT_CHARACTERS = 128, 5_000
"""So many documents, if they are no longer, need not be read again: clients send the same few."""

log = structlog.get_logger()


async def run(request: GraphqlRequest, context: Context) -> dict[str, Any]:
    """`data`, and `errors` if there are any. Raises QueryRefused or QueryTooSlow."""
    document = prepared(request.query)
    cost = measure(document, request.variables or {}).cost
    if cost > MAX_COST:
        raise _refusal(f"The query costs {cost}, at most {MAX_COST} are done at once: ask for less or smaller pages")
    try:
        async with asyncio.timeout(EXECUTION_TIMEOUT_SECONDS):
            result = await _executed(document, request, context)
    except TimeoutError as error:
        raise QueryTooSlow(f"The query took more than {EXECUTION_TIMEOUT_SECONDS} s: ask for less at once") from error
    errors = [_shown(each) for each in result.errors or ()]
    if result.data is None and not any(each.path for each in result.errors or ()):
        raise QueryRefused([dict(each) for each in errors])
    return {"data": result.data, "errors": errors} if errors else {"data": result.data}


def prepared(query: str) -> DocumentNode:
    """A document that fits the schema and its limits; raises QueryRefused."""
    return _remembered(query) if len(query) <= KEPT_CHARACTERS else _read(query)


def _read(query: str) -> DocumentNode:
    try:
        document = parse(query, max_tokens=MAX_TOKENS)
        size = measure(document, {})
    except GraphQLSyntaxError as error:
        raise QueryRefused([dict(error.formatted)]) from error
    except RecursionError as error:
        raise _refusal(f"The query goes deeper than {MAX_DEPTH} levels") from error
    if size.depth > MAX_DEPTH:
        raise _refusal(f"The query goes {size.depth} levels deep, at most {MAX_DEPTH} are allowed")
    if size.fields > MAX_FIELDS:
        raise _refusal(f"The query asks for {size.fields} fields, at most {MAX_FIELDS} are allowed")
    wrong = validate(SCHEMA, document)
    if wrong:
        raise QueryRefused([dict(each.formatted) for each in wrong])
    return document


_remembered = lru_cache(KEPT)(_read)


async def _executed(document: DocumentNode, request: GraphqlRequest, context: Context) -> ExecutionResult:
    result = execute(
        SCHEMA,
        document,
        context_value=context,
        variable_values=of_2022(request.variables),
        operation_name=request.operationName,
    )
    return result if isinstance(result, ExecutionResult) else await result


def _refusal(message: str) -> QueryRefused:
    return QueryRefused([{"message": message}])


def _shown(error: GraphQLError) -> GraphQLFormattedError:
    """What we foresee is told as it is; what we do not is logged and told as our fault."""
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
