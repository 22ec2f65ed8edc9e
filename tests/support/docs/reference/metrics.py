"""Every metric that the services make, read from their sources."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from support.docs.reference.markdown import code, page, sentence, table
from support.docs.reference.services import SOURCES


def metrics_page() -> str:
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for source in SOURCES:
        for file in sorted(source.rglob("*.py")):
            for row in metrics_in(ast.parse(file.read_text())):
                found[row].add(source.name)
    rows = [
        (code(name), kind, sentence(text), "all" if "shared" in who else ", ".join(sorted(who)))
        for (name, kind, text), who in sorted(found.items())
    ]
    introduction = (
        "What `GET /internal/metrics` of each service tells Prometheus, besides the process's own figures.\n"
        "[Metrics](../operations/metrics.md) has the labels, and what to be alarmed by."
    )
    return page("Metrics", "the services", introduction, table("name", "kind", "", "service", rows=rows))


def metrics_in(module: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Name, kind and help of every metric that the module makes."""
    assigned: dict[str, ast.expr] = dict(constants())
    for node in ordered(module):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned[node.targets[0].id] = node.value
        if isinstance(node, ast.Call):
            arguments = [text for each in node.args for text in texts_in(each, assigned)]
            names = [text for text in arguments if text.startswith("patchwork_")]
            if names and (kind := metric_kind(node, arguments)):
                name = names[0] + ("_total" if kind == "counter" else "")
                yield name, kind, arguments[arguments.index(names[0]) + 1]


def ordered(module: ast.Module) -> list[ast.AST]:
    placed = [node for node in ast.walk(module) if hasattr(node, "lineno")]
    return sorted(placed, key=lambda node: (node.lineno, node.col_offset))  # type: ignore[attr-defined]


@cache
def constants() -> Mapping[str, ast.expr]:
    """Tuples in capitals, which other modules take their metrics from."""
    found: dict[str, ast.expr] = {}
    for source in SOURCES:
        for file in source.rglob("*.py"):
            for node in ast.parse(file.read_text()).body:
                is_constant = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
                if is_constant and isinstance(node.value, ast.Tuple):  # type: ignore[attr-defined]
                    found[node.targets[0].id] = node.value  # type: ignore[attr-defined]
    return found


def texts_in(node: ast.expr, assigned: Mapping[str, ast.expr]) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.Starred) and isinstance(node.value, ast.Name):
        held = assigned.get(node.value.id)
        return [text for each in held.elts for text in texts_in(each, {})] if isinstance(held, ast.Tuple) else []
    if isinstance(node, ast.Name) and node.id in assigned:
        return texts_in(assigned[node.id], {}) if isinstance(assigned[node.id], ast.Constant) else []
    return []


def metric_kind(call: ast.Call, arguments: list[str]) -> str:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    known = {"seconds": "histogram", "gauge": "gauge", "CounterMetricFamily": "counter"}
    if name == "reads":
        return arguments[0]
    return "histogram" if name == "HistogramMetricFamily" else known.get(name, "")
