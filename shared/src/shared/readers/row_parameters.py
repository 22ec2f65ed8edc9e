"""Parameters of addresses as queries for rows of a table. Pure; raises Invalid."""

import json
from typing import Any

from shared.errors import Invalid
from shared.readers.queries import RowsQuery

OPERATORS = frozenset({"=", "!=", "<", "<=", ">", ">=", "in", "contains", "null"})
MAX_ROWS = 1_000
"""Rows of one answer."""
MAX_CONDITIONS = 50
MAX_COLUMNS = 2_000
"""Columns that one request names."""
MAX_OFFSET = 1 << 53


def rows_query(
    *,
    offset: int,
    limit: int,
    columns: str | None,
    sort: str | None,
    where: str | None,
    table: str | None = None,
    member: str | None = None,
    arrow: bool = False,
) -> RowsQuery:
    return RowsQuery(
        offset=offset,
        limit=limit,
        columns=None if columns is None else parse_names("columns", columns),
        sort=[] if sort is None else parse_names("sort", sort),
        where=[] if where is None else parse_conditions(where),
        table=table,
        member=member,
        arrow=arrow,
    )


def parse_names(parameter: str, text: str) -> list[str]:
    """Names separated by commas, or a JSON list for names that have commas."""
    names = _parse_json(parameter, text) if text.startswith("[") else [name for name in text.split(",") if name]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Invalid(f"{parameter} must be names separated by commas, or a JSON list of names")
    if len(names) > MAX_COLUMNS:
        raise Invalid(f"{parameter} names more than {MAX_COLUMNS:,} columns")
    return names


def parse_conditions(text: str) -> list[tuple[str, str, Any]]:
    """`[[column, operator, value], …]`; `null` needs no value."""
    given = _parse_json("where", text)
    if not isinstance(given, list) or len(given) > MAX_CONDITIONS:
        raise Invalid(f"where must be a JSON list of at most {MAX_CONDITIONS} conditions")
    return [_parse_condition(each) for each in given]


def _parse_condition(given: Any) -> tuple[str, str, Any]:
    match given:
        case [str(column), "null"]:
            return column, "null", True
        case [str(column), "null", bool(value)]:
            return column, "null", value
        case [str(column), "in", list(values)] if all(_is_plain(each) for each in values):
            return column, "in", values
        case [str(column), str(operator), value] if operator in OPERATORS - {"in", "null"} and _is_plain(value):
            return column, operator, value
    raise Invalid(
        f"Unexpected condition in where: {json.dumps(given)[:100]} is not [column, operator, value] with one of the operators "
        f"{' '.join(sorted(OPERATORS))}"
    )


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float | bool)


def _parse_json(parameter: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{parameter} is not valid JSON") from error
