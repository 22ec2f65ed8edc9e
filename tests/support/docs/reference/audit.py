"""Every operation that is written to the audit trail, read from the sources."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from typing import get_args

from support.docs.reference.markdown import code, page, table
from support.docs.reference.services import SOURCES

from shared.schemas.job import JobKind

COMPOSED_ACTIONS = {
    "Packages": [kind.capitalize() for kind in get_args(JobKind)],
    "Policies": ["Create", "Update", "Delete"],
    "Tabulator": ["Set", "Rename", "Delete"],
}
"""Namespace to operations, where the code puts the operation's name together."""
NAMESPACES = frozenset(
    {
        *COMPOSED_ACTIONS,
        "APIKeys",
        "Api",
        "Audit",
        "Auth",
        "Buckets",
        "Catalog",
        "Connect",
        "Jobs",
        "Keys",
        "Mail",
        "Objects",
        "Queries",
        "Roles",
        "Settings",
        "SsoConfig",
        "Tickets",
        "Users",
    }
)


def audit_page() -> str:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for source in SOURCES:
        for file in source.rglob("*.py"):
            for namespace, operation in actions_in(ast.parse(file.read_text())):
                found[namespace][operation].add(source.name)
    rows = [
        (code(namespace), ", ".join(map(code, sorted(members))), ", ".join(sorted(set().union(*members.values()))))
        for namespace, members in sorted(found.items())
    ]
    introduction = (
        "The `action` of a row of the [audit trail](../api/audit.md) is `Namespace.Operation`. `shared` are rows that every service\n"
        "can write."
    )
    made = table("namespace", "operations", "service", rows=rows)
    return page("Audit events", "the places that write them", introduction, made)


def actions_in(module: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            beginning = node.values[0].value if isinstance(node.values[0], ast.Constant) else ""
            namespace, dot, _ = str(beginning).partition(".")
            if namespace in NAMESPACES and dot:
                yield from ((namespace, operation) for operation in COMPOSED_ACTIONS[namespace])
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            namespace, _, operation = node.value.partition(".")
            if namespace in NAMESPACES and operation.replace(".", "").isalpha():
                yield namespace, operation
