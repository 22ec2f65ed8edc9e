"""The size of a document, measured before it is executed."""

from collections import Counter
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
MAX_EQUAL_NAMES = 50
"""Fields with one response name at one place of the answer, which validation compares pair by pair."""
MAX_FRAGMENTS = 50
MAX_COST = 10_000
MAX_PER_PAGE = 1_000
"""Packages or revisions in one page."""

_COSTS = {
    "__schema": 500,
    "__type": 500,
    "searchObjects": 1_000,
    "searchPackages": 1_000,
    "searchMoreObjects": 1_000,
    "searchMorePackages": 1_000,
    "firstPage": 500,
    "stats": 500,
    "filteredUserMetaFacets": 500,
    "matchingEntries": 5,
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
_MAX_SIZES = {"perPage": MAX_PER_PAGE, "size": MAX_SIZE}
_DEFAULT_PAGE = 30
_ASSUMED_CHILDREN = 10
_MAX_VISITS = 2 * MAX_TOKENS
"""Fields and fragments that are visited to count names. Fragments that contain one another would be visited without end."""


@dataclass(frozen=True, slots=True)
class DocumentSize:
    fields: int = 0
    """Fields, with fragments in place."""
    depth: int = 0
    cost: int = 0
    is_variable: bool = False
    """The cost depends on the values of variables."""

    def __add__(self, other: "DocumentSize") -> "DocumentSize":
        return DocumentSize(
            self.fields + other.fields,
            max(self.depth, other.depth),
            self.cost + other.cost,
            self.is_variable or other.is_variable,
        )


def measure(document: DocumentNode, variables: Mapping[str, Any]) -> DocumentSize:
    """The size of all operations of the document together."""
    measuring = _Measurement(document, variables)
    total = DocumentSize()
    for each in document.definitions:
        if isinstance(each, OperationDefinitionNode):
            total += measuring.operation(each)
    return total


@dataclass(frozen=True, slots=True)
class DocumentNames:
    """Fields of the operations, and of the fragments that no operation uses."""

    fields: int
    """Fields with fragments in place; counting ends after MAX_FIELDS."""
    equal: int
    """Most fields with one response name at one place of the answer."""


def measure_names(document: DocumentNode) -> DocumentNames:
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    counting = _NameCounter(fragments)
    roots = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    for number, operation in enumerate(roots):
        counting.add(operation.selection_set, (str(number),))
    for name, fragment in fragments.items():
        if name not in counting.spread:
            counting.add(fragment.selection_set, ("fragment", name))
    return DocumentNames(counting.fields, max(counting.counts.values(), default=0))


class _NameCounter:
    """Counts fields by their place in the answer: the response names that lead to them."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._visits = 0
        self.fields = 0
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.spread: set[str] = set()
        """Names of the fragments that were put in place."""

    def add(self, selections: SelectionSetNode, place: tuple[str, ...], within: frozenset[str] = frozenset()) -> None:
        """`within`: the fragments that the selections are in. Validation refuses one that contains itself."""
        for each in selections.selections:
            self._visits += 1
            if self._visits > _MAX_VISITS or self.fields > MAX_FIELDS:
                self.fields = MAX_FIELDS + 1
                return
            match each:
                case FieldNode():
                    here = (*place, (each.alias or each.name).value)
                    self.fields += 1
                    self.counts[here] += 1
                    if each.selection_set:
                        self.add(each.selection_set, here, within)
                case InlineFragmentNode():
                    self.add(each.selection_set, place, within)
                case FragmentSpreadNode(name=name) if name.value in self._fragments and name.value not in within:
                    self.spread.add(name.value)
                    self.add(self._fragments[name.value].selection_set, place, within | {name.value})
                case _:
                    pass


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
        cost = own + self._repetitions(field) * below.cost
        return DocumentSize(below.fields + 1, below.depth + 1, cost, below.is_variable or _has_variable_page(field))

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


def _has_variable_page(field: FieldNode) -> bool:
    size = _PAGES.get(field.name.value)
    return size is not None and any(
        each.name.value == size and isinstance(each.value, VariableNode) for each in field.arguments or ()
    )
