"""Why a query has no result, in the form that its record keeps."""

from registry.errors import SqlCrashed, SqlError, SqlFailed, SqlLimitReached, SqlRefused
from registry.services.attempts import problem_of
from registry.services.queries.sources import CallRefused
from shared.queries.runner import QueryFailed
from shared.schemas.queries import SqlPosition, SqlProblem

_KINDS: dict[str, type[SqlError]] = {"refused": SqlRefused, "failed": SqlFailed, "limit": SqlLimitReached}


def error_of(failed: QueryFailed) -> SqlError:
    """The sandbox's answer as an error of the registry."""
    kind = _KINDS.get(failed.kind, SqlCrashed)
    return kind(str(failed), position=failed.position, limit=failed.limit)


def sql_problem_of(error: BaseException | None, sql: str) -> SqlProblem:
    """The problem of a query, with its place in the statement."""
    position = limit = role = None
    if isinstance(error, CallRefused):
        position, error = error.position, error.error
    if isinstance(error, SqlError):
        position = position if position is not None else error.position
        limit, role = error.limit, error.role
    found = problem_of(error).model_dump()
    place = _place(sql, position) if position is not None else None
    return SqlProblem(**found, position=place, limit=limit, role=role)


def _place(sql: str, position: int) -> SqlPosition:
    return SqlPosition(line=sql.count("\n", 0, position) + 1, column=position - sql.rfind("\n", 0, position))
