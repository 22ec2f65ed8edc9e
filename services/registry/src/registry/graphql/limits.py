"""The size of a document, measured before it is executed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from registry.services.search.catalog_search import MAX_SIZE

MAX_TOKENS = 5_000
MAX_DEPTH = 20
MAX_FIELDS = 1_000
MAX_COST = 10_000
MAX_PAGE = 1_000

_COSTS = {
    "__schema": 500,
    "__type": 500,
    "searchObjects": 1_000,
    "searchPackages": 1_000,
    "searchMoreObjects": 1_000,
    "searchMorePackages": 1_000,
    "firstPage": 500,
    "contentsFlatMap": 100,
    "packages": 10,
    "package": 10,
    "page": 10,
    "revision": 5,
    "dir": 5,
    "file": 5,
    "children": 5,
}
"""Costs of fields; the others cost 1."""
_PAGES = {"page": "perPage", "firstPage": "size", "searchMoreObjects": "size", "searchMorePackages": "size"}
"""Fields with pages, and the argument for the page size. Fields below them cost once for each item."""
_MAX_SIZES = {"perPage": MAX_PAGE, "size": MAX_SIZE}
_DEFAULT_PAGE = 30
_ASSUMED_CHILDREN = 10


@dataclass(frozen=True, slots=True)
class DocumentSize:
    fields: int = 0
    """Fields, with fragments in place."""
    depth: int = 0
    cost: int = 0

    def __add__(self, other: "DocumentSize") -> "DocumentSize":
        return DocumentSize(self.fields + other.fields, max(self.depth, other.depth), self.cost + other.cost)


def measure(document: DocumentNode, variables: Mapping[str, Any]) -> DocumentSize:
    """The size of all operations of the document together."""
    measuring = _Measurement(document, variables)
    total = DocumentSize()
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            total += measuring.operation(each)
    return total


class _Measurement:
    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._fragments = {
            each.name.value: each.selection_set
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._variables = dict(variables)
        self._measured: dict[str, DocumentSize] = {}

    def operation(self, operation: OperationDefinitionNode) -> DocumentSize:
        for definition in operation.variable_definitions or ():
            if isinstance(definition.default_value, IntValueNode):
                self._variables.setdefault(definition.variable.name.value, int(definition.default_value.value))
        return self._selection(operation.selection_set)

    def _selection(self, selections: SelectionSetNode) -> DocumentSize:
        total = DocumentSize()
        for each in selections.selections:
            match each:
                case FieldNode():
                    total += self._field(each)
                case InlineFragmentNode():
                    total += self._selection(each.selection_set)
                case FragmentSpreadNode():
                    total += self._fragment(each.name.value)
                case _:
                    pass
        return total

    def _field(self, field: FieldNode) -> DocumentSize:
        own = _COSTS.get(field.name.value, 1)
        if not field.selection_set:
            return DocumentSize(1, 1, own)
        below = self._selection(field.selection_set)
        return DocumentSize(below.fields + 1, below.depth + 1, own + self._repetitions(field) * below.cost)

    def _fragment(self, name: str) -> DocumentSize:
        """Measure a fragment once. Validation refuses one that contains itself or is missing."""
        if name not in self._measured:
            self._measured[name] = DocumentSize()
            if name in self._fragments:
                self._measured[name] = self._selection(self._fragments[name])
        return self._measured[name]

    def _repetitions(self, field: FieldNode) -> int:
        if field.name.value == "children":
            return _ASSUMED_CHILDREN
        if field.name.value not in _PAGES:
            return 1
        name = _PAGES[field.name.value]
        given: Any = None
        for argument in field.arguments or ():
            if argument.name.value == name:
                match argument.value:
                    case IntValueNode(value=digits):
                        given = int(digits)
                    case VariableNode(name=variable):
                        given = self._variables.get(variable.value)
                    case _:
                        pass
        return min(max(1, given), _MAX_SIZES[name]) if isinstance(given, int) else _DEFAULT_PAGE
