"""Statements in traces: their texts, with `?` in place of literals and without their parameters."""

import re
from typing import Any

from asyncpg.connection import LoggedQuery

from shared.tracing import record_child

MAX_TRACED_CHARACTERS = 500
"""Characters of a statement in a trace."""

_LITERAL = re.compile(r"'(?:[^']|'')*'|(?<![$\w])\d+\b")


def trace_statements(connection: Any) -> None:
    """Record what this connection of asyncpg runs, but for statements that were prepared first, in the traces of those who run it."""
    connection.add_query_logger(_record_query)


def record_statement(statement: str, seconds: float, error: BaseException | None = None) -> None:
    text = _LITERAL.sub("?", statement)[:MAX_TRACED_CHARACTERS]
    operation = text.split(None, 1)[0].upper() if text.strip() else "SQL"
    attributes = {"db.system.name": "postgresql", "db.query.text": text, "db.operation.name": operation}
    record_child(operation, "client", seconds, attributes, failure=type(error).__name__ if error else "")


def _record_query(query: LoggedQuery) -> None:
    record_statement(query.query, query.elapsed, query.exception)
