"""What a search asks for, whoever's language it was written in; `shared.index.search.store` makes SQL of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

Value = str | float | datetime | bool


class Kind(Enum):
    """How a field compares."""

    TEXT = auto()
    """By the words in it."""
    KEYWORD = auto()
    """As a whole."""
    NUMBER = auto()
    DATE = auto()
    FLAG = auto()


OBJECT_FIELDS = {
    "key": Kind.KEYWORD,
    "key_text": Kind.TEXT,
    "ext": Kind.KEYWORD,
    "content": Kind.TEXT,
    "user_meta": Kind.TEXT,
    "size": Kind.NUMBER,
    "etag": Kind.KEYWORD,
    "version_id": Kind.KEYWORD,
    "last_modified": Kind.DATE,
    "updated": Kind.DATE,
    "delete_marker": Kind.FLAG,
}
PACKAGE_FIELDS = {
    "ptr_name": Kind.KEYWORD,
    "ptr_name.text": Kind.TEXT,
    "ptr_tag": Kind.KEYWORD,
    "ptr_last_modified": Kind.DATE,
    "mnfst_hash": Kind.KEYWORD,
    "mnfst_message": Kind.TEXT,
    "mnfst_metadata": Kind.TEXT,
    "mnfst_last_modified": Kind.DATE,
    "mnfst_stats.total_bytes": Kind.NUMBER,
    "mnfst_stats.total_files": Kind.NUMBER,
    "readme": Kind.TEXT,
    # of older package documents
    "handle": Kind.KEYWORD,
    "handle_text": Kind.TEXT,
    "hash": Kind.KEYWORD,
    "comment": Kind.TEXT,
    "metadata": Kind.TEXT,
    "last_modified": Kind.DATE,
}
FIELDS = OBJECT_FIELDS | PACKAGE_FIELDS


@dataclass(frozen=True, slots=True)
class Everything:
    pass


@dataclass(frozen=True, slots=True)
class Nothing:
    pass


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in sequence, anywhere or in one text field."""

    words: tuple[str, ...]
    """Not empty; letters and digits only."""
    field: str | None = None
    prefix: bool = False
    """The last word may go on."""


@dataclass(frozen=True, slots=True)
class Equals:
    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class Starts:
    """A keyword that starts like that."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Like:
    """A keyword that the wildcards `*` and `?` cover, in any case; without a field, the key or the package's name."""

    pattern: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Between:
    field: str
    above: Value | None = None
    at_least: Value | None = None
    below: Value | None = None
    at_most: Value | None = None


@dataclass(frozen=True, slots=True)
class Present:
    field: str


@dataclass(frozen=True, slots=True)
class Ids:
    """Documents by their `_id`."""

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


def phrases(clause: Clause) -> Iterator[Phrase]:
    """What is asked for, without what is asked not to be there."""
    match clause:
        case Phrase():
            yield clause
        case All(clauses) | AnyOf(clauses):
            for each in clauses:
                yield from phrases(each)
        case _:
            return
