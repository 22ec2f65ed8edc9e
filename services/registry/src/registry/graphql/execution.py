"""Runs a document: measures it, validates it against the schema, and only then executes it."""

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
from registry.graphql.pushes import upgrade_variables
from shared.errors import AppError
from shared.schemas.graphql import GraphqlRequest

EXECUTION_TIMEOUT_SECONDS = 30
MAX_CACHED_DOCUMENTS, MAX_CACHED_CHARACTERS = 128, 5_000
"""Parsed documents that are cached, and the longest that is. Clients send the same few."""

log = structlog.get_logger()


async def run(request: GraphqlRequest, context: Context) -> dict[str, Any]:
    """An answer with `data`, and with `errors` if there are any. Raises QueryRefused or QueryTooSlow."""
    document = prepared(request.query)
    cost = measure(document, request.variables or {}).cost
    if cost > MAX_COST:
        raise _refusal(f"The query costs {cost}, and the limit is {MAX_COST}: ask for fewer fields or smaller pages")
    try:
        async with asyncio.timeout(EXECUTION_TIMEOUT_SECONDS):
            result = await _execute(document, request, context)
    except TimeoutError as error:
        raise QueryTooSlow(
            f"The query took more than {EXECUTION_TIMEOUT_SECONDS} s: ask for fewer fields or smaller pages"
        ) from error
    errors = [_format_error(each) for each in result.errors or ()]
    if result.data is None and not any(each.path for each in result.errors or ()):
        raise QueryRefused([dict(each) for each in errors])
    return {"data": result.data, "errors": errors} if errors else {"data": result.data}


def prepared(query: str) -> DocumentNode:
    """A document that is valid and within the limits. Raises QueryRefused."""
    return _parse_cached(query) if len(query) <= MAX_CACHED_CHARACTERS else _parse(query)


def _parse(query: str) -> DocumentNode:
    try:
        document = parse(query, max_tokens=MAX_TOKENS)
        size = measure(document, {})
    except GraphQLSyntaxError as error:
        raise QueryRefused([dict(error.formatted)]) from error
    except RecursionError as error:
        raise _refusal(f"The query goes deeper than {MAX_DEPTH} levels") from error
    if size.depth > MAX_DEPTH:
        raise _refusal(f"The query goes {size.depth} levels deep, and the limit is {MAX_DEPTH}")
    if size.fields > MAX_FIELDS:
        raise _refusal(f"The query asks for {size.fields} fields, and the limit is {MAX_FIELDS}")
    errors = validate(SCHEMA, document)
    if errors:
        raise QueryRefused([dict(each.formatted) for each in errors])
    return document


_parse_cached = lru_cache(MAX_CACHED_DOCUMENTS)(_parse)


async def _execute(document: DocumentNode, request: GraphqlRequest, context: Context) -> ExecutionResult:
    result = execute(
        SCHEMA,
        document,
        context_value=context,
        variable_values=upgrade_variables(request.variables),
        operation_name=request.operationName,
    )
    return result if isinstance(result, ExecutionResult) else await result


def _refusal(message: str) -> QueryRefused:
    return QueryRefused([{"message": message}])


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
