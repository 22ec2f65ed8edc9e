"""Takes a statement apart: one that only reads, and only what table functions name. DuckDB parses it, so no text is searched or replaced."""

import json
from collections.abc import Mapping
from typing import Any

import duckdb
import msgspec

from shared.queries.conditions import CANDIDATES, TEMPLATE, find_conditions, needs_path, nodes_of, table_name
from shared.queries.types import (
    SOURCE_FUNCTIONS,
    BoundValue,
    FileCondition,
    ParsedStatement,
    SourceCall,
    StatementProblem,
)

MAX_STATEMENT_BYTES = 100_000
MAX_SOURCE_CALLS = 50
_TABLES = "patchwork_source_"
_ALLOWED_TABLE_FUNCTIONS = frozenset(
    {"range", "generate_series", "unnest", "json_each", "json_tree", "repeat", "repeat_row"}
)
_ALLOWED_REFERENCES = frozenset(
    {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY", "EXPRESSION_LIST", "PIVOT", "CTE", "COLUMN_DATA"}
)
"""Kinds of nodes in FROM."""
_ALLOWED_QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
"""Kinds of statements within a statement: WITH may also hold INSERT, UPDATE, DELETE and COPY."""
_REFUSED_FUNCTIONS = frozenset(
    {
        *("current_setting", "getenv", "getvariable", "setseed", "nextval", "currval", "txid_current", "write_log"),
        *("parse_duckdb_log_message", "json_execute_serialized_sql", "json_deserialize_sql", "json_serialize_sql"),
        *("json_serialize_plan", "sql_auto_complete", "error", "sleep_ms", "version", "current_database"),
        *("current_schema", "current_schemas", "current_query", "in_search_path", "current_catalog"),
    }
)
"""Functions that show or change the engine instead of data. Those of its list that read files exist as table functions only."""
_REFUSED_PREFIXES = ("duckdb_", "pragma_", "read_", "pg_", "has_", "icu_", "parquet_", "sniff_", "which_")


class StatementRefused(Exception):
    def __init__(self, text: str, position: int | None = None) -> None:
        super().__init__(text)
        self.position = position


def parse_statement(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, BoundValue] | None = None
) -> ParsedStatement | StatementProblem:
    try:
        return _parse(connection, sql, parameters)
    except StatementRefused as refusal:
        return StatementProblem("refused", str(refusal), refusal.position)


def table_of(ordinal: int) -> str:
    """Name of the table with the data of a call."""
    return f"{_TABLES}{ordinal}"


def _parse(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, BoundValue] | None
) -> ParsedStatement:
    if len(sql.encode("utf-8", "replace")) > MAX_STATEMENT_BYTES:
        raise StatementRefused(f"A statement has at most {MAX_STATEMENT_BYTES:,} bytes")
    tree = _tree(connection, sql)
    reader = _StatementReader(sql, values=parameters)
    reader.read(tree["statements"][0])
    if parameters is not None:
        _require_values(reader, parameters)
    tables = {table_of(call.ordinal): call for call in reader.calls.values()}
    rewritten, again = _written(connection, tree, frozenset(tables))
    conditions = _conditions(connection, tree, tables)
    calls = [
        msgspec.structs.replace(call, conditions=conditions.get(call.ordinal, []))
        for call in sorted(tables.values(), key=lambda call: call.ordinal)
    ]
    return ParsedStatement(rewritten, calls, sorted(again.parameters))


def _written(
    connection: duckdb.DuckDBPyConnection, tree: dict[str, Any], tables: frozenset[str]
) -> tuple[str, "_StatementReader"]:
    """The tree as text, which is read again: what will run is checked as well, since it was written and not parsed."""
    text = str(_value(connection, "SELECT json_deserialize_sql(?::JSON)", json.dumps(tree)))
    reader = _StatementReader(text, tables)
    reader.read(_tree(connection, text)["statements"][0])
    return text, reader


def _conditions(
    connection: duckdb.DuckDBPyConnection, tree: dict[str, Any], tables: Mapping[str, SourceCall]
) -> dict[int, list[list[FileCondition]]]:
    """By ordinal of a call: the conditions by which its files are chosen."""
    if not any(call.function in {"package", "tabulator"} for call in tables.values()):
        return {}

    def written(statement: dict[str, Any]) -> FileCondition | None:
        try:
            text, reader = _written(connection, statement, frozenset({*tables, CANDIDATES}))
        except (duckdb.Error, StatementRefused):
            return None
        named = {table_name(node) for node in nodes_of(statement) if node.get("type") == "BASE_TABLE"}
        calls = sorted(tables[name].ordinal for name in named & tables.keys())
        return FileCondition(text, sorted(reader.parameters), calls, needs_path(statement))

    return find_conditions(tree, tables, _tree(connection, TEMPLATE), written)


def _require_values(reader: "_StatementReader", parameters: Mapping[str, BoundValue]) -> None:
    for name, position in reader.parameters.items():
        if name not in parameters:
            raise StatementRefused(f"The parameter ${name} has no value", position)
    if unknown := parameters.keys() - reader.parameters.keys():
        raise StatementRefused(f"The statement has no parameter ${min(unknown)}")


def _tree(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    """The tree of exactly one SELECT. Raises StatementRefused."""
    try:
        tree = json.loads(_value(connection, "SELECT json_serialize_sql(?)", sql))
    except (duckdb.Error, RecursionError) as error:
        raise StatementRefused("The statement is nested too deeply, or cannot be parsed") from error
    if tree.get("error"):
        if tree.get("error_type") == "not implemented":
            raise StatementRefused("Only a SELECT can be run")
        position = str(tree.get("position", ""))
        raise StatementRefused(str(tree.get("error_message", "")), int(position) if position.isdigit() else None)
    if len(tree["statements"]) != 1:
        raise StatementRefused("Run one statement at a time")
    return dict(tree)


def _value(connection: duckdb.DuckDBPyConnection, sql: str, argument: str) -> str:
    row = connection.execute(sql, [argument]).fetchone()
    assert row is not None  # noqa: S101 – a SELECT without FROM has one row
    return str(row[0])


class _StatementReader:
    """Walks a statement's tree, checks each node, and replaces those that name data."""

    def __init__(
        self, sql: str, tables: frozenset[str] = frozenset(), values: Mapping[str, BoundValue] | None = None
    ) -> None:
        """`tables`: those that there are, besides the ones that the statement defines. `values`: of parameters."""
        self._tables = tables
        self._values = values
        self.calls: dict[tuple[Any, ...], SourceCall] = {}
        self.parameters: dict[str, int | None] = {}
        """Where each is named first."""
        self._sql = sql.encode()

    def read(self, statement: dict[str, Any]) -> None:
        names = {str(entry.get("key", "")).lower() for node in nodes_of(statement) for entry in _entries(node)}
        if any(name.startswith(_TABLES) for name in names):
            # They would hide the data.
            raise StatementRefused(f"Names that begin with {_TABLES} are taken")
        for node in nodes_of(statement):
            kind = str(node.get("type", ""))
            if ("cte_map" in node or kind.endswith("_NODE")) and kind not in _ALLOWED_QUERIES:
                raise StatementRefused("Only a SELECT can be run, in WITH, too")
            if "class" in node:
                self._read_expression(node)
            elif "alias" in node and "sample" in node:
                self._read_reference(node, names)

    def _read_expression(self, node: dict[str, Any]) -> None:
        if node["class"] == "PARAMETER":
            self.parameters.setdefault(str(node.get("identifier", "")), self._position(node))
        name = str(node.get("function_name", "")).lower()
        if name in _REFUSED_FUNCTIONS or name.startswith(_REFUSED_PREFIXES):
            raise StatementRefused(f"The function {name} cannot be used", self._position(node))
        if name and len(_path(node)) > 1:
            raise StatementRefused(f"Call {name} by its name alone", self._position(node))

    def _read_reference(self, node: dict[str, Any], names: set[str]) -> None:
        kind = node["type"]
        if kind not in _ALLOWED_REFERENCES:
            raise StatementRefused("DESCRIBE, SHOW and the like cannot be used in a query", self._position(node))
        if kind == "BASE_TABLE":
            path = _path(node) or [node["table_name"]]
            if len(path) != 1 or path[0].lower() not in names | self._tables:
                name = ".".join(path)
                raise StatementRefused(
                    f"There is no table {name}. Name files with package('bucket/author/name@revision', 'path/*.parquet')",
                    self._position(node),
                )
        elif kind == "TABLE_FUNCTION":
            self._read_table_function(node)

    def _read_table_function(self, node: dict[str, Any]) -> None:
        function = node["function"]
        name = str(function["function_name"]).lower()
        if name not in SOURCE_FUNCTIONS:
            if name not in _ALLOWED_TABLE_FUNCTIONS:
                raise StatementRefused(f"The table function {name} cannot be used", self._position(node))
            return
        call = self._call(name, function["arguments"], self._position(node))
        key = (call.function, call.arguments, json.dumps(call.options, sort_keys=True))
        call = self.calls.setdefault(key, call)
        if len(self.calls) > MAX_SOURCE_CALLS:
            raise StatementRefused(f"A statement names at most {MAX_SOURCE_CALLS} sources")
        alias = node["alias"] or name
        kept = {part: node[part] for part in ("sample", "query_location", "query_location_length", "column_name_alias")}
        table = table_of(call.ordinal)
        node.clear()
        node |= kept | {
            "type": "BASE_TABLE",
            "alias": alias,
            "schema_name": "",
            "table_name": table,
            "catalog_name": "",
        }
        node |= {"at_clause": None, "qualified_name": {"path": [table]}}

    def _call(self, name: str, arguments: list[dict[str, Any]], position: int | None) -> SourceCall:
        texts: list[str] = []
        options: dict[str, Any] = {}
        for argument in arguments:
            label, expression = str(argument.get("name", "")), argument.get("expression", argument)
            value = self._argument(expression)
            if label:
                options[label.lower()] = value
            elif isinstance(value, str):
                texts.append(value)
            else:
                raise StatementRefused(
                    f"The arguments of {name} are texts in quotes, or parameters that are texts", position
                )
        least, most = SOURCE_FUNCTIONS[name]
        if not least <= len(texts) <= most:
            raise StatementRefused(f"{name} takes {most} argument{'s' if most > 1 else ''}, not {len(texts)}", position)
        return SourceCall(len(self.calls), name, tuple(texts), options, position)

    def _argument(self, expression: dict[str, Any]) -> Any:
        """The value of a constant or a parameter; None for all else."""
        if expression.get("class") != "PARAMETER":
            return _constant(expression)
        name = str(expression.get("identifier", ""))
        self.parameters.setdefault(name, self._position(expression))
        if self._values is None:
            return None
        if name not in self._values:
            raise StatementRefused(f"The parameter ${name} has no value", self._position(expression))
        return self._values[name].value

    def _position(self, node: dict[str, Any]) -> int | None:
        """The place of a node in characters."""
        place = node.get("query_location")
        if not isinstance(place, int) or place > len(self._sql):
            return None
        return len(self._sql[:place].decode("utf-8", "ignore"))


def _constant(expression: dict[str, Any]) -> Any:
    """The value of a constant; None for all else."""
    literal = expression.get("literal") if expression.get("class") == "CONSTANT" else None
    if not isinstance(literal, dict):
        return None
    text = literal.get("text")
    match literal.get("kind"):
        case "STRING":
            return str(text)
        case "INTEGER":
            return int(str(text))
        case "BOOLEAN":
            return str(text).lower() in {"true", "t", "1"}
        case _:
            return None


def _entries(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Common table expressions of a node."""
    found = node.get("cte_map")
    entries = found.get("map", []) if isinstance(found, dict) else []
    return [entry for entry in entries if isinstance(entry, dict)]


def _path(node: dict[str, Any]) -> list[str]:
    found = node.get("qualified_name")
    return [str(part) for part in found.get("path", [])] if isinstance(found, dict) else []
