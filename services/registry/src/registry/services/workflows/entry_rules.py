"""JSON Schemas of the array of a package's entries, checked entry by entry: the array is never built."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from typing_extensions import override

from registry.services.workflows.json_schema import Schema, shortened
from shared.schemas.workflow import Violation

EntryItem = dict[str, Any]
"""An entry as schemas see it: `logical_key`, `size` and `meta`, the user's metadata."""

ENTRIES = "/entries"
"""JSON pointer of the entries in a push."""
_MAX_KEPT_VIOLATIONS = 100


class EntryRule(ABC):
    """A rule that gets all entries in order through `add`, and then has the violations."""

    @abstractmethod
    def add(self, index: int, item: EntryItem) -> None: ...

    @abstractmethod
    def violations(self) -> list[Violation]:
        """The violations; empty if the entries obey the rule."""


def rule_of(schema: Any) -> EntryRule:
    """The rule of a valid schema of draft 7. Keywords for other types than arrays have no effect."""
    if isinstance(schema, bool):
        return _All([] if schema else [_Never("No entries are allowed")])
    return _All(list(_rules(schema)))


def _rules(schema: dict[str, Any]) -> Iterator[EntryRule]:  # noqa: C901 - one line for each keyword
    kinds = schema.get("type", "array")
    if "array" not in ([kinds] if isinstance(kinds, str) else kinds):
        yield _Never(f"Entries are an array, but the schema requires {kinds}")
    if "items" in schema:
        yield _Items(schema["items"], schema.get("additionalItems", True))
    if "contains" in schema:
        yield _Contains(Schema(schema["contains"]))
    if "minItems" in schema or "maxItems" in schema:
        yield _Count(schema.get("minItems", 0), schema.get("maxItems", float("inf")))
    if "const" in schema:
        yield _OneOf([schema["const"]])
    if "enum" in schema:
        yield _OneOf(schema["enum"])
    if "allOf" in schema:
        yield _All([rule_of(each) for each in schema["allOf"]])
    if "anyOf" in schema:
        yield _AnyOrOneOf([rule_of(each) for each in schema["anyOf"]], exactly_one=False)
    if "oneOf" in schema:
        yield _AnyOrOneOf([rule_of(each) for each in schema["oneOf"]], exactly_one=True)
    if "not" in schema:
        yield _Not(rule_of(schema["not"]))
    if "if" in schema:
        yield _If(*(rule_of(schema.get(name, True)) for name in ("if", "then", "else")))
    # `uniqueItems` always holds: no two entries have the same logical key.


class _All(EntryRule):
    def __init__(self, rules: list[EntryRule]) -> None:
        self._parts = rules

    @override
    def add(self, index: int, item: EntryItem) -> None:
        for each in self._parts:
            each.add(index, item)

    @override
    def violations(self) -> list[Violation]:
        return [violation for each in self._parts for violation in each.violations()]


class _Never(EntryRule):
    def __init__(self, message: str) -> None:
        self._message = message

    @override
    def add(self, index: int, item: EntryItem) -> None:
        pass

    @override
    def violations(self) -> list[Violation]:
        return [_violation(self._message)]


class _Items(EntryRule):
    """`items` and `additionalItems`: keeps the first violations only."""

    def __init__(self, items: Any, additional: Any) -> None:
        self._by_index = [Schema(each) for each in items] if isinstance(items, list) else []
        self._other = Schema(additional if isinstance(items, list) else items)
        self._found: list[Violation] = []

    @override
    def add(self, index: int, item: EntryItem) -> None:
        if len(self._found) < _MAX_KEPT_VIOLATIONS:
            schema = self._by_index[index] if index < len(self._by_index) else self._other
            for each in schema.violations(item, f"{ENTRIES}/{index}"):
                message = f"{each.message} (in {shortened(item['logical_key'])})"
                self._found.append(Violation(path=each.path, message=message))

    @override
    def violations(self) -> list[Violation]:
        return self._found


class _Contains(EntryRule):
    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._found = False

    @override
    def add(self, index: int, item: EntryItem) -> None:
        self._found = self._found or self._schema.accepts(item)

    @override
    def violations(self) -> list[Violation]:
        wanted = json.dumps(self._schema.document)
        return [] if self._found else [_violation(f"No entry fits {shortened(wanted)}")]


class _Count(EntryRule):
    def __init__(self, min_items: float, max_items: float) -> None:
        self._min_items = min_items
        self._max_items = max_items
        self._count = 0

    @override
    def add(self, index: int, item: EntryItem) -> None:
        self._count += 1

    @override
    def violations(self) -> list[Violation]:
        if self._count < self._min_items:
            return [
                _violation(f"The package has {self._count} entries; the workflow requires at least {self._min_items:g}")
            ]
        if self._count > self._max_items:
            return [
                _violation(f"The package has {self._count} entries; the workflow allows at most {self._max_items:g}")
            ]
        return []


class _OneOf(EntryRule):
    """`enum` and `const`: keeps at most one entry more than the longest allowed list has."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._schema = Schema({"enum": [*values]})
        self._longest = max((len(each) for each in self._schema.document["enum"] if isinstance(each, list)), default=0)
        self._kept: list[EntryItem] = []

    @override
    def add(self, index: int, item: EntryItem) -> None:
        if len(self._kept) <= self._longest:
            self._kept.append(item)

    @override
    def violations(self) -> list[Violation]:
        fits = len(self._kept) <= self._longest and self._schema.accepts(self._kept)
        return [] if fits else [_violation("The entries are not one of the lists that the schema allows")]


class _AnyOrOneOf(EntryRule):
    """`anyOf` and `oneOf`."""

    def __init__(self, rules: list[EntryRule], *, exactly_one: bool) -> None:
        self._rules = rules
        self._exactly_one = exactly_one

    @override
    def add(self, index: int, item: EntryItem) -> None:
        for each in self._rules:
            each.add(index, item)

    @override
    def violations(self) -> list[Violation]:
        found = [each.violations() for each in self._rules]
        fitting = found.count([])
        if fitting == 0:
            return min(found, key=len)
        if self._exactly_one and fitting > 1:
            return [_violation("The entries fit more than one of the schemas in oneOf")]
        return []


class _Not(EntryRule):
    def __init__(self, rule: EntryRule) -> None:
        self._rule = rule

    @override
    def add(self, index: int, item: EntryItem) -> None:
        self._rule.add(index, item)

    @override
    def violations(self) -> list[Violation]:
        return (
            []
            if self._rule.violations()
            else [_violation("The entries fit the schema in not, which they must not fit")]
        )


class _If(EntryRule):
    def __init__(self, condition: EntryRule, then: EntryRule, otherwise: EntryRule) -> None:
        self._condition = condition
        self._then = then
        self._otherwise = otherwise

    @override
    def add(self, index: int, item: EntryItem) -> None:
        for each in (self._condition, self._then, self._otherwise):
            each.add(index, item)

    @override
    def violations(self) -> list[Violation]:
        return (self._otherwise if self._condition.violations() else self._then).violations()


def _violation(message: str) -> Violation:
    return Violation(path=ENTRIES, message=message)
