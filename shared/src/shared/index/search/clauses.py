"""Clauses: the common form of searches in all query languages. Each search backend translates them.

A field is a name in `fields.FIELDS`, or `meta:` and a JSON pointer for user metadata. A document without the field does not match.
In metadata the type of the value decides: `Equals("meta:/level", 3.0)` finds the number and `Equals("meta:/level", "3")` the string,
and of several values at a pointer one must match.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

Value = str | float | datetime | bool


@dataclass(frozen=True, slots=True)
class Everything:
    pass


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in sequence, in any text field or in one, or in a string of metadata. A phrase never spans two fields or values."""

    words: tuple[str, ...]
    """Not empty; letters and digits only."""
    field: str | None = None
    prefix: bool = False
    """The last word may be the beginning of a word."""


@dataclass(frozen=True, slots=True)
class Equals:
    """The value as a whole, with the same case. Not for text fields."""

    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class Starts:
    """A keyword that starts with `value`."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Like:
    """A keyword that as a whole matches a pattern with `*` and `?` (literal after a backslash); case is ignored."""

    pattern: str
    field: str = "name"


@dataclass(frozen=True, slots=True)
class Between:
    field: str
    above: Value | None = None
    at_least: Value | None = None
    below: Value | None = None
    at_most: Value | None = None


@dataclass(frozen=True, slots=True)
class Present:
    """The document has a value in the field; in metadata, at the pointer or below it."""

    field: str


@dataclass(frozen=True, slots=True)
class Ids:
    """Documents by their `_id` in answers for Elasticsearch clients: `KEY:VERSION`, or `ptr:` and a hash of NAME/TAG."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class All:
    clauses: "tuple[Clause, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    clauses: "tuple[Clause, ...]"
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Not:
    clause: "Clause"


Clause = Everything | Nothing | Phrase | Equals | Starts | Like | Between | Present | Ids | All | AnyOf | Not


def names_field(clause: Clause, field: str) -> bool:
    """Some part of the clause is on this field."""
    match clause:
        case Everything() | Nothing() | Ids():
            return False
        case All(clauses) | AnyOf(clauses):
            return any(names_field(each, field) for each in clauses)
        case Not(inner):
            return names_field(inner, field)
        case _:
            return clause.field == field


def phrases(clause: Clause) -> Iterator[Phrase]:
    """The phrases that must or may occur, without those under `Not`."""
    match clause:
        case Phrase():
            yield clause
        case All(clauses) | AnyOf(clauses):
            for each in clauses:
                yield from phrases(each)
        case _:
            return
