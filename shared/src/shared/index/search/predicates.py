"""Translates the clauses of a search into SQL conditions, for objects and for packages.

OBJECT and PACKAGE give the fields of `fields.FIELDS` a column or, for text, a weight in the document's search vector. A field that a
kind of document lacks matches none of its documents. Fields that no column holds need the search engine: ONLY_ENGINE, and all
pointers in user metadata.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, assert_never

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Double,
    Integer,
    Text,
    all_,
    and_,
    any_,
    case,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    true,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from shared.errors import Invalid
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
from shared.index.search.fields import pointer_of
from shared.index.search.patterns import sql_pattern
from shared.index.search.results import PackageReaders
from shared.index.tables import IndexedObjectRow, IndexedPackageRow, ManifestRow
from shared.quilt.keys import LATEST

_MAX_WORD_BYTES = 2046
"""Longer words are not in a search vector of Postgres."""

Condition = ColumnElement[bool]

Visible = Callable[[Any, Any], Condition]
"""From the columns of a bucket and of a package name, the condition under which the caller may see the package."""

ONLY_ENGINE = frozenset({"workflow", "author", "object"})


class NeedsSearchEngine(Invalid):
    title: ClassVar[str] = "This search needs the search engine, but the installation is set to search in Postgres"
    slug = "needs_search_engine"


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
        "name": IndexedObjectRow.key,
        "bucket": IndexedObjectRow.bucket,
        "kind": literal("object"),
        "modified": IndexedObjectRow.modified,
        "size": IndexedObjectRow.size,
        "key": IndexedObjectRow.key,
        "ext": IndexedObjectRow.extension,
        "etag": IndexedObjectRow.etag,
        "version_id": func.coalesce(IndexedObjectRow.version_id, "null"),
        "updated": IndexedObjectRow.indexed_at,
        "deleted": false(),
    },
    weights={"name_text": "A", "meta": "C", "content": "D"},
)
PACKAGE = SearchableDocument(
    name=IndexedPackageRow.name,
    identifier=func.concat(
        "ptr:", func.encode(func.sha256(func.convert_to(IndexedPackageRow.name + "/latest", "UTF8")), "hex")
    ),
    search=IndexedPackageRow.search,
    columns={
        "name": IndexedPackageRow.name,
        "bucket": IndexedPackageRow.bucket,
        "kind": literal("package"),
        "modified": IndexedPackageRow.modified,
        "size": func.coalesce(ManifestRow.total_bytes, 0),
        "hash": IndexedPackageRow.top_hash,
        "pointer": literal(LATEST),
        "entries": func.coalesce(ManifestRow.total_entries, 0),
        "manifest_modified": ManifestRow.modified,
    },
    weights={"name_text": "A", "message": "B", "meta": "C", "readme": "D"},
)


def may_see(restricted: Mapping[str, PackageReaders]) -> Condition:
    """Condition for the packages that the caller sees, in buckets whose packages have readers of their own."""
    name = IndexedPackageRow.name
    return and_(
        true(),
        *(
            or_(
                IndexedPackageRow.bucket != bucket,
                name == any_(literal(sorted(readers.names), ARRAY(Text)))
                if readers.seen
                else name != all_(literal(sorted(readers.names), ARRAY(Text))),
            )
            for bucket, readers in restricted.items()
        ),
    )


def require_column(field: str) -> None:
    """Raises NeedsSearchEngine for a field that no column holds."""
    if pointer_of(field):
        raise NeedsSearchEngine(
            "To search by a field of metadata, switch the search engine on (REGISTRY_SEARCH__BACKEND)"
        )
    if field in ONLY_ENGINE:
        raise NeedsSearchEngine(f"To search by {field}, switch the search engine on (REGISTRY_SEARCH__BACKEND)")


def predicate(clause: Clause, document: SearchableDocument) -> Condition:
    """Raises NeedsSearchEngine for a clause on fields that no column holds, and for one that asks for deleted objects."""
    if "deleted" in document.columns and _asks_for_deleted(clause):
        raise NeedsSearchEngine("To find deleted objects, switch the search engine on (REGISTRY_SEARCH__BACKEND)")
    return _condition(clause, document)


def _asks_for_deleted(clause: Clause, *, negated: bool = False) -> bool:
    match clause:
        case Equals("deleted", value):
            return value is not negated
        case All(clauses) | AnyOf(clauses):
            return any(_asks_for_deleted(each, negated=negated) for each in clauses)
        case Not(inner):
            return _asks_for_deleted(inner, negated=not negated)
        case _:
            return False


def _condition(clause: Clause, document: SearchableDocument) -> Condition:  # noqa: PLR0911 – a case for each kind
    match clause:
        case Everything():
            return true()
        case Nothing():
            return false()
        case All(clauses):
            return and_(true(), *(_condition(each, document) for each in clauses))
        case AnyOf(clauses, at_least):
            return _any_of([_condition(each, document) for each in clauses], at_least)
        case Not(inner):
            return not_(func.coalesce(_condition(inner, document), false()))
        case Phrase():
            return _phrase(clause, document)
        case Ids(values):
            return or_(false(), document.identifier.in_(values))
        case Present(field) if field in document.weights:
            weight: ColumnElement[Any] = literal_column(f"""'{{{document.weights[field].lower()}}}'::"char"[]""")
            return func.length(func.ts_filter(document.search, weight, type_=TSVECTOR)) > 0
        case Like(field=field) | Present(field) | Equals(field) | Starts(field) | Between(field):
            require_column(field)
            column = document.columns.get(field)
            return false() if column is None else _compared(clause, column)
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
    if phrase.field:
        require_column(phrase.field)
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
    matched: Condition = column.ilike(sql_pattern(pattern))
    return matched
