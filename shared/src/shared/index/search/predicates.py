"""Translates the clauses of a search into SQL conditions, for objects and for packages.

Names and kinds of the fields are in `clauses` (OBJECT_FIELDS, PACKAGE_FIELDS); OBJECT and PACKAGE below give each of them
a column or, for text, a weight in the document's search vector. A test compares the two. A field that a kind of document
lacks matches none of its documents.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Double, Integer, and_, case, false, func, literal, literal_column, not_, or_, true
from sqlalchemy.dialects.postgresql import TSVECTOR

from shared.index.search.clauses import (
    All,
    AnyOf,
    Between,
    Clause,
    Equals,
    Everything,
    Ids,
    Like,
    Not,
    Nothing,
    Phrase,
    Present,
    Starts,
    Value,
    phrases,
)
from shared.index.tables import IndexedObjectRow, IndexedPackageRow, ManifestRow
from shared.quilt.keys import LATEST

_MAX_WORD_BYTES = 2046
"""Longer words are not in a search vector of Postgres."""

Condition = ColumnElement[bool]

Visible = Callable[[Any, Any], Condition]
"""From the columns of a bucket and of a package name, the condition under which the caller may see the package."""


@dataclass(frozen=True, slots=True)
class SearchableDocument:
    """The columns by which one kind of document is searched."""

    name: Any
    """Key of the object or name of the package."""
    identifier: Any
    """`_id` of the document for Elasticsearch clients."""
    search: Any
    """The search vector."""
    columns: Mapping[str, Any]
    weights: Mapping[str, str]
    """Weights in the search vector by text field."""


OBJECT = SearchableDocument(
    name=IndexedObjectRow.key,
    identifier=IndexedObjectRow.key + ":" + func.coalesce(IndexedObjectRow.version_id, "null"),
    search=IndexedObjectRow.search,
    columns={
        "key": IndexedObjectRow.key,
        "ext": IndexedObjectRow.extension,
        "size": IndexedObjectRow.size,
        "etag": IndexedObjectRow.etag,
        "version_id": func.coalesce(IndexedObjectRow.version_id, "null"),
        "last_modified": IndexedObjectRow.modified,
        "updated": IndexedObjectRow.indexed_at,
        "delete_marker": false(),
    },
    weights={"key_text": "A", "user_meta": "C", "content": "D"},
)
PACKAGE = SearchableDocument(
    name=IndexedPackageRow.name,
    identifier=func.concat(
        "ptr:", func.encode(func.sha256(func.convert_to(IndexedPackageRow.name + "/latest", "UTF8")), "hex")
    ),
    search=IndexedPackageRow.search,
    columns={
        "ptr_name": IndexedPackageRow.name,
        "ptr_tag": literal(LATEST),
        "ptr_last_modified": IndexedPackageRow.modified,
        "mnfst_hash": IndexedPackageRow.top_hash,
        "mnfst_last_modified": ManifestRow.modified,
        "mnfst_stats.total_bytes": ManifestRow.total_bytes,
        "mnfst_stats.total_files": ManifestRow.total_entries,
        "handle": IndexedPackageRow.name,
        "hash": IndexedPackageRow.top_hash,
        "last_modified": IndexedPackageRow.modified,
    },
    weights={
        "ptr_name.text": "A",
        "handle_text": "A",
        "mnfst_message": "B",
        "comment": "B",
        "mnfst_metadata": "C",
        "metadata": "C",
        "readme": "D",
    },
)


def predicate(clause: Clause, document: SearchableDocument) -> Condition:  # noqa: C901, PLR0911 – a case for each kind
    match clause:
        case Everything():
            return true()
        case Nothing():
            return false()
        case All(clauses):
            return and_(true(), *(predicate(each, document) for each in clauses))
        case AnyOf(clauses, at_least):
            return _any_of([predicate(each, document) for each in clauses], at_least)
        case Not(inner):
            return not_(func.coalesce(predicate(inner, document), false()))
        case Phrase():
            return _phrase(clause, document)
        case Ids(values):
            return or_(false(), document.identifier.in_(values))
        case Present(field) if field in document.weights:
            weight: ColumnElement[Any] = literal_column(f"""'{{{document.weights[field].lower()}}}'::"char"[]""")
            return func.length(func.ts_filter(document.search, weight, type_=TSVECTOR)) > 0
        case Like(pattern, None):
            return _like(document.name, pattern)
        case Like(field=str(field)) | Present(field) | Equals(field) | Starts(field) | Between(field):
            column = document.columns.get(field)
            return false() if column is None else _compared(clause, column)
        case Like():
            raise AssertionError("unreachable")
        case _:
            assert_never(clause)


def rank(clause: Clause, document: SearchableDocument) -> ColumnElement[float] | None:
    """Relevance of a document for the words of the clause; None when it has no words."""
    wanted = [query for query in (_tsquery(phrase, document) for phrase in phrases(clause)) if query]
    if not wanted:
        return None
    return func.ts_rank(document.search, func.to_tsquery("simple", " | ".join(f"({query})" for query in wanted)))


def _any_of(conditions: list[Condition], at_least: int) -> Condition:
    if at_least <= 1:
        return or_(false(), *conditions) if at_least else true()
    met: ColumnElement[int] = literal(0, Integer)
    for condition in conditions:
        met = met + case((condition, 1), else_=0)
    return met >= at_least


def _phrase(phrase: Phrase, document: SearchableDocument) -> Condition:
    query = _tsquery(phrase, document)
    found: Condition = document.search.bool_op("@@")(func.to_tsquery("simple", query))
    return found if query else false()


def _tsquery(phrase: Phrase, document: SearchableDocument) -> str:
    """Query in the syntax of `to_tsquery`; empty when nothing can match."""
    weight = document.weights.get(phrase.field, "") if phrase.field else ""
    if (phrase.field and not weight) or any(len(word.encode()) > _MAX_WORD_BYTES for word in phrase.words):
        return ""
    ends = [weight] * len(phrase.words)
    if phrase.prefix:
        ends[-1] = f"*{weight}"
    return " <-> ".join(f"'{word}':{end}" if end else f"'{word}'" for word, end in zip(phrase.words, ends, strict=True))


def _compared(clause: Like | Present | Equals | Starts | Between, column: Any) -> Condition:
    match clause:
        case Like(pattern):
            return _like(column, pattern)
        case Present():
            present: Condition = column.is_not(None)
            return present
        case Equals(_, value):
            equal: Condition = column == _bound(value)
            return equal
        case Starts(_, value):
            starts: Condition = column.startswith(value, autoescape=True)
            return starts
        case Between():
            return _between(clause, column)
        case _:
            assert_never(clause)


def _between(clause: Between, column: Any) -> Condition:
    conditions: list[Condition] = []
    if clause.above is not None:
        conditions.append(column > _bound(clause.above))
    if clause.at_least is not None:
        conditions.append(column >= _bound(clause.at_least))
    if clause.below is not None:
        conditions.append(column < _bound(clause.below))
    if clause.at_most is not None:
        conditions.append(column <= _bound(clause.at_most))
    return and_(true(), *conditions)


def _bound(value: Value) -> Any:
    """A fraction is compared as a double, even with a column of integers."""
    return literal(value, Double) if isinstance(value, float) and not isinstance(value, datetime) else value


def _like(column: Any, pattern: str) -> Condition:
    matched: Condition = column.ilike(like_pattern(pattern))
    return matched


def like_pattern(pattern: str) -> str:
    """A pattern with `*` and `?` (literal after a backslash) as a pattern of LIKE."""
    made = []
    characters = iter(pattern)
    for char in characters:
        if char == "*":
            made.append("%")
        elif char == "?":
            made.append("_")
        else:
            plain = next(characters, "\\") if char == "\\" else char
            made.append("\\" + plain if plain in "%_\\" else plain)
    return "".join(made)
