"""Conditions of a statement that files are chosen by before they are opened.

They are parts of WHERE that look at nothing of a row but its file and package, such as `"$pkg_name" LIKE 'amy/%'`, or
`"$pkg_name" IN (SELECT package FROM packages('lab') WHERE "meta.species" = 'mouse')`. They stay in the statement, too.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from shared.queries.types import PACKAGE_COLUMNS, TABLE_FUNCTIONS, FileCondition, SourceCall

CANDIDATES = "patchwork_source_candidates"
"""Table with a row for each file or package that may be chosen."""
CANDIDATE_NUMBER = "$number"
PATH_COLUMNS = frozenset({"$logical_key", "$physical_key"})
"""Columns that a file has, and a package does not."""
TEMPLATE = f'SELECT "{CANDIDATE_NUMBER}" FROM {CANDIDATES} AS c WHERE true'  # noqa: S608 – own names
_VOLATILE = frozenset({"random", "uuid", "gen_random_uuid", "uuidv4", "uuidv7"})

Node = dict[str, Any]


class _Use(NamedTuple):
    """A place where a statement names a call in FROM."""

    node: Node
    is_alone: bool
    """There is no other table, so that names of columns need not be qualified."""


def find_conditions(
    tree: Node, calls: Mapping[str, SourceCall], template: Node, written: Callable[[Node], FileCondition | None]
) -> dict[int, list[list[FileCondition]]]:
    """By ordinal of a call: for each place that names it the conditions of which all must hold.

    A call is left out if a place has none. `calls`: by the table that stands for each. `written`: makes a condition of a statement's tree.
    """
    made_tables = {table for table, call in calls.items() if call.function in TABLE_FUNCTIONS}
    by_node: dict[int, list[FileCondition]] = {}
    for select in nodes_of(tree):
        where = select.get("where_clause")
        if select.get("type") != "SELECT_NODE" or not isinstance(where, dict) or select.get("sample"):
            continue
        for use in _uses(select.get("from_table"), is_alone=True):
            if table_name(use.node) in calls:
                by_node[id(use.node)] = [
                    condition
                    for part in _conjuncts(where)
                    if _is_of_file(part, use, made_tables)
                    and (condition := written(_statement(template, use.node["alias"], part)))
                ]
    found: dict[int, list[list[FileCondition]]] = {}
    for node in nodes_of(tree):
        if node.get("type") == "BASE_TABLE" and (call := calls.get(table_name(node))):
            found.setdefault(call.ordinal, []).append(by_node.get(id(node), []))
    return {ordinal: places for ordinal, places in found.items() if all(places)}


def table_name(node: Node) -> str:
    return str(node.get("table_name", ""))


def needs_path(statement: Node) -> bool:
    return any(name in PATH_COLUMNS for node in nodes_of(statement) for name in map(str.lower, _column(node)))


def _uses(reference: Any, *, is_alone: bool) -> Iterator[_Use]:
    """Tables that a condition in WHERE may be looked at for on its own: those that are joined so that each row is one of theirs."""
    if not isinstance(reference, dict) or reference.get("sample"):
        return
    if reference.get("type") == "BASE_TABLE" and not reference.get("column_name_alias"):
        yield _Use(reference, is_alone)
    elif reference.get("type") == "JOIN":
        is_plain = reference.get("ref_type") in {"REGULAR", "CROSS"} and reference.get("join_type") == "INNER"
        if is_plain:
            yield from _uses(reference.get("left"), is_alone=False)
            yield from _uses(reference.get("right"), is_alone=False)


def _conjuncts(where: Node) -> Iterator[Node]:
    if where.get("type") == "CONJUNCTION_AND":
        for child in where.get("children", []):
            yield from _conjuncts(child)
    else:
        yield where


def _is_of_file(part: Node, use: _Use, made_tables: set[str]) -> bool:
    """It names columns of the file and its package alone. Subqueries read tables that the service makes."""
    alias = str(use.node["alias"]).lower()
    for names in _columns_outside_of_subqueries(part):
        *qualifier, name = map(str.lower, names)
        if name not in PACKAGE_COLUMNS or qualifier not in ([[], [alias]] if use.is_alone else [[alias]]):
            return False
    for node in nodes_of(part):
        if node.get("type") == "BASE_TABLE" and table_name(node) not in made_tables:
            return False
        if str(node.get("function_name", "")).lower() in _VOLATILE:
            return False
    return any(names[-1].lower() in PACKAGE_COLUMNS for names in map(_column, nodes_of(part)) if names)


def _columns_outside_of_subqueries(node: Any) -> Iterator[list[str]]:
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, dict):
            if names := _column(each):
                yield names
            waiting.extend(value for key, value in each.items() if key != "subquery")


def _column(node: Node) -> list[str]:
    """Names of a reference to a column, with its table before it."""
    names = node.get("column_names")
    return [str(name) for name in names] if node.get("class") == "COLUMN_REF" and isinstance(names, list) else []


def _statement(template: Node, alias: str, condition: Node) -> Node:
    """The statement that gives the numbers of the candidates for which the condition holds."""
    made = copy.deepcopy(template)
    select = made["statements"][0]["node"]
    select["from_table"]["alias"] = alias
    select["where_clause"] = condition
    return made


def nodes_of(tree: Any) -> Iterator[Node]:
    """All nodes, those above first. What a caller puts into a node in its turn is walked as well."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(reversed(list(node.values())))
        elif isinstance(node, list):
            waiting.extend(reversed(node))
