"""A JSON Schema of a package's entries, checked one entry at a time: the array that it describes is never built."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any

from typing_extensions import override

from registry.services.workflows.json_schema import Schema, shortened
from shared.schemas.workflow import Violation

Item = dict[str, Any]
"""`logical_key`, `size` and `meta`."""

ENTRIES = "/entries"


class EntryRule(ABC):
    """Is given every entry in turn, and then asked."""

    @abstractmethod
    def take(self, index: int, item: Item) -> None: ...

    @abstractmethod
    def violations(self) -> list[Violation]:
        """None, or at least one."""


def rule_of(schema: Any) -> EntryRule:
    """For what a valid schema of draft 7 says of an array; keywords for other types say nothing of one."""
    if isinstance(schema, bool):
        return _All([] if schema else [_Never("No entries are allowed")])
    return _All(list(_rules(schema)))


def _rules(schema: dict[str, Any]) -> Iterator[EntryRule]:  # noqa: C901 - one line for each keyword
    kinds = schema.get("type", "array")
    if "array" not in ([kinds] if isinstance(kinds, str) else kinds):
        yield _Never(f"Entries are an array, and the schema wants {kinds}")
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
        yield _Fitting([rule_of(each) for each in schema["anyOf"]], exactly_one=False)
    if "oneOf" in schema:
        yield _Fitting([rule_of(each) for each in schema["oneOf"]], exactly_one=True)
    if "not" in schema:
        yield _Not(rule_of(schema["not"]))
    if "if" in schema:
        yield _If(*(rule_of(schema.get(name, True)) for name in ("if", "then", "else")))
    # `uniqueItems` holds: no two entries have one logical key.


class _All(EntryRule):
    def __init__(self, rules: list[EntryRule]) -> None:
        self._parts = rules

    @override
    def take(self, index: int, item: Item) -> None:
        for each in self._parts:
            each.take(index, item)

    @override
    def violations(self) -> list[Violation]:
        return [violation for each in self._parts for violation in each.violations()]


class _Never(EntryRule):
    def __init__(self, message: str) -> None:
        self._message = message

    @override
    def take(self, index: int, item: Item) -> None:
        pass

    @override
    def violations(self) -> list[Violation]:
        return [_of_all(self._message)]


class _Items(EntryRule):
    """Keeps the first violations only."""

    MOST = 100

    def __init__(self, items: Any, additional: Any) -> None:
        self._by_index = [Schema(each) for each in items] if isinstance(items, list) else []
        self._other = Schema(additional if isinstance(items, list) else items)
        self._found: list[Violation] = []

    @override
    def take(self, index: int, item: Item) -> None:
        if len(self._found) < self.MOST:
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
    def take(self, index: int, item: Item) -> None:
        self._found = self._found or self._schema.accepts(item)

    @override
    def violations(self) -> list[Violation]:
        wanted = json.dumps(self._schema.document)
        return [] if self._found else [_of_all(f"None of the entries fits {shortened(wanted)}")]


class _Count(EntryRule):
    def __init__(self, least: float, most: float) -> None:
        self._least = least
        self._most = most
        self._count = 0

    @override
    def take(self, index: int, item: Item) -> None:
        self._count += 1

    @override
    def violations(self) -> list[Violation]:
        if self._count < self._least:
            return [_of_all(f"There are {self._count} entries, and must be at least {self._least:g}")]
        if self._count > self._most:
            return [_of_all(f"There are {self._count} entries, and must be at most {self._most:g}")]
        return []


class _OneOf(EntryRule):
    """`enum` and `const`: keeps no more entries than the longest of the values has."""

    def __init__(self, values: Iterable[Any]) -> None:
        self._schema = Schema({"enum": [*values]})
        self._longest = max((len(each) for each in self._schema.document["enum"] if isinstance(each, list)), default=0)
        self._kept: list[Item] = []

    @override
    def take(self, index: int, item: Item) -> None:
        if len(self._kept) <= self._longest:
            self._kept.append(item)

    @override
    def violations(self) -> list[Violation]:
        fits = len(self._kept) <= self._longest and self._schema.accepts(self._kept)
        return [] if fits else [_of_all("The entries are none of the lists that the schema allows")]


class _Fitting(EntryRule):
    """`anyOf`, or `oneOf`."""

    def __init__(self, rules: list[EntryRule], *, exactly_one: bool) -> None:
        self._rules = rules
        self._exactly_one = exactly_one

    @override
    def take(self, index: int, item: Item) -> None:
        for each in self._rules:
            each.take(index, item)

    @override
    def violations(self) -> list[Violation]:
        found = [each.violations() for each in self._rules]
        fitting = found.count([])
        if fitting == 0:
            return min(found, key=len)
        if self._exactly_one and fitting > 1:
            return [_of_all("The entries fit more than one of the schemas of which they may fit one")]
        return []


class _Not(EntryRule):
    def __init__(self, rule: EntryRule) -> None:
        self._rule = rule

    @override
    def take(self, index: int, item: Item) -> None:
        self._rule.take(index, item)

    @override
    def violations(self) -> list[Violation]:
        return [] if self._rule.violations() else [_of_all("The entries fit a schema that they must not fit")]


class _If(EntryRule):
    def __init__(self, condition: EntryRule, then: EntryRule, otherwise: EntryRule) -> None:
        self._condition = condition
        self._then = then
        self._otherwise = otherwise

    @override
    def take(self, index: int, item: Item) -> None:
        for each in (self._condition, self._then, self._otherwise):
            each.take(index, item)

    @override
    def violations(self) -> list[Violation]:
        return (self._otherwise if self._condition.violations() else self._then).violations()


def _of_all(message: str) -> Violation:
    return Violation(path=ENTRIES, message=message)
