"""Order of matches by time or by a field. Each function gives an exact beginning of it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import tantivy
from tantivy import Query

from registry.search_engine.combining import every, unscored, without
from registry.search_engine.schema import key_of_id, keyword_of_term, path_key, schema
from registry.search_engine.translation import OBJECT_KINDS, PACKAGE_KINDS, of_kinds, with_value
from shared.errors import Invalid
from shared.index.search.documents import DocumentKey, DocumentKind
from shared.index.search.fields import FIELDS, METADATA, FieldKind
from shared.index.search.results import SearchOrder, ValueType
from shared.quilt.keys import LATEST

MAX_WINDOW = 10_000
"""Matches that a search can page through."""

SortValue = str | float | datetime | bool | None

_SORT_TYPES: tuple[ValueType, ...] = ("number", "datetime", "boolean", "keyword")


@dataclass(frozen=True, slots=True)
class RankedMatch:
    key: DocumentKey
    score: float
    newest: int
    sorted_by: SortValue = None


Ranked = tuple[int, list[RankedMatch]]
"""The number of all matches, and the first of them."""


def count(searcher: tantivy.Searcher, query: Query) -> int:
    return count_kinds(searcher, query)[0]


def total_of(found: tantivy.SearchResult) -> int:
    total: int = found.count  # type: ignore[attr-defined]  # tantivy's types leave it out
    return total


def count_kinds(searcher: tantivy.Searcher, query: Query) -> tuple[int, int]:
    """The number of all matches, and of the packages among them, in one pass that computes no scores."""
    found = searcher.aggregate(query, {"kinds": {"terms": {"field": "kind"}}})["kinds"]["buckets"]
    counts = {int(each["key"]): int(each["doc_count"]) for each in found}
    return sum(counts.values()), sum(counts.get(int(kind), 0) for kind in PACKAGE_KINDS)


def newest_first(searcher: tantivy.Searcher, query: Query, wanted: int) -> Ranked:
    found = searcher.search(query, limit=wanted, order_by_field="newest")
    return total_of(found), _newest_matches(searcher, found, 1.0)


def newest_before(
    searcher: tantivy.Searcher, query: Query, before: int | None, wanted: int, *, score: float = 1.0
) -> list[RankedMatch]:
    """The newest matches that are older than a value of `newest`, if there is one. They get this score."""
    if before is not None:
        older = Query.range_query(schema(), "newest", tantivy.FieldType.Integer, None, before, include_upper=False)
        query = every([query, unscored(older)])
    found = searcher.search(query, limit=wanted, count=False, order_by_field="newest")
    return _newest_matches(searcher, found, score)


def _newest_matches(searcher: tantivy.Searcher, found: tantivy.SearchResult, score: float) -> list[RankedMatch]:
    return [RankedMatch(key_at(searcher, address), score, value) for value, address in found.hits]


def in_order(searcher: tantivy.Searcher, query: Query, order: SearchOrder, wanted: int) -> Ranked:
    """The first matches by a field: those without a value come last, and the newest of equals first."""
    wanted = min(wanted, MAX_WINDOW)
    if order.field.startswith(METADATA):
        return count(searcher, query), _by_path(searcher, query, order, wanted)
    if not FIELDS[order.field].sorts:
        raise Invalid(f"Cannot sort by {order.field}, which is text")
    if order.field in {"kind", "deleted"}:
        return count(searcher, query), _by_kind(searcher, query, order, wanted)
    if order.field == "key":
        by_name = replace(order, field="name")
        objects, first = in_order(searcher, every([query, of_kinds(OBJECT_KINDS)]), by_name, wanted)
        packages, rest = newest_first(searcher, every([query, of_kinds(PACKAGE_KINDS)]), wanted)
        return objects + packages, [*first, *rest][:wanted]
    field = FIELDS[order.field].engine_field
    direction = tantivy.Order.Desc if order.descending else tantivy.Order.Asc

    found = searcher.search(query, limit=wanted + 1, order_by_field=field, order=direction)
    hits, equal = found.hits, list[RankedMatch]()
    if len(hits) > wanted and hits[wanted][0] == (last := hits[wanted - 1][0]):
        hits = [hit for hit in hits if hit[0] != last]
        equal = newest_before(searcher, every([query, unscored(with_value(field, last))]), None, wanted - len(hits))
        equal = [replace(match, sorted_by=_shown_column(order.field, last)) for match in equal]
    ages = searcher.fast_field_values("newest", [address for _, address in hits])
    places = {value: place for place, value in enumerate(dict.fromkeys(value for value, _ in hits))}
    ranked = sorted(zip(hits, ages, strict=True), key=lambda pair: (places[pair[0][0]], -int(pair[1] or 0)))
    matches = [
        RankedMatch(key_at(searcher, address), 1.0, int(age or 0), _shown_column(order.field, value))
        for (value, address), age in ranked[:wanted]
    ]
    return total_of(found), [*matches, *equal]


def _shown_column(field: str, value: SortValue) -> SortValue:
    return _time(value) if FIELDS[field].kind is FieldKind.DATE and value is not None else value


def key_at(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> DocumentKey:
    return key_of_id(searcher.doc(address)["id"][0])


def _by_kind(searcher: tantivy.Searcher, query: Query, order: SearchOrder, wanted: int) -> list[RankedMatch]:
    places: list[tuple[tuple[DocumentKind, ...], SortValue]]
    if order.field == "deleted":
        flags: list[tuple[tuple[DocumentKind, ...], SortValue]]
        flags = [((DocumentKind.OBJECT,), False), ((DocumentKind.DELETED,), True)]
        places = [*(flags[::-1] if order.descending else flags), (PACKAGE_KINDS, None)]
    else:
        places = [(OBJECT_KINDS, "object"), (PACKAGE_KINDS, "package")]
        places = places[::-1] if order.descending else places
    found: list[RankedMatch] = []
    for kinds, value in places:
        matches = newest_before(searcher, every([query, of_kinds(kinds)]), None, wanted)
        found += [replace(match, sorted_by=value) for match in matches]
    return found[:wanted]


def _by_path(searcher: tantivy.Searcher, query: Query, order: SearchOrder, wanted: int) -> list[RankedMatch]:
    key = path_key(order.field.removeprefix(METADATA))
    found: dict[DocumentKey, RankedMatch] = {}
    types = _SORT_TYPES if order.type is None else (order.type,)
    fields = [f"meta_{type_}.{key}" for type_ in types if type_ != "text"]
    for type_, field in zip(types, fields, strict=False):
        for match in _by_column(searcher, query, (field, type_), order.descending, wanted):
            found.setdefault(match.key, match)
        if len(found) >= wanted:
            return list(found.values())[:wanted]
    rest = query
    for field in fields:
        rest = without(rest, Query.exists_query(field))
    for match in newest_before(searcher, rest, None, wanted):
        found.setdefault(match.key, match)
    return list(found.values())[:wanted]


def _by_column(
    searcher: tantivy.Searcher,
    query: Query,
    column: tuple[str, ValueType],
    descending: bool,  # noqa: FBT001
    wanted: int,
) -> list[RankedMatch]:
    """The first matches with a value in a column. A document that has several values counts by its first one."""
    field, type_ = column
    sources = [
        {"value": {"terms": {"field": field, "order": "desc" if descending else "asc"}}},
        {"newest": {"terms": {"field": "newest", "order": "desc"}}},
        *({name: {"terms": {"field": name}}} for name in ("kind", "bucket", "name")),
        {"tag": {"terms": {"field": "tag", "missing_bucket": True}}},
    ]
    asked: dict[str, Any] = {"size": wanted, "sources": sources}
    found: dict[DocumentKey, RankedMatch] = {}
    while True:
        answer = searcher.aggregate(query, {"page": {"composite": asked}})["page"]
        for bucket in answer["buckets"]:
            columns = bucket["key"]
            match = RankedMatch(_key_of_columns(columns), 1.0, columns["newest"], _shown(columns["value"], type_))
            found.setdefault(match.key, match)
        if len(found) >= wanted or len(answer["buckets"]) < wanted:
            return list(found.values())[:wanted]
        asked["after"] = answer["after_key"]


def _key_of_columns(columns: dict[str, object]) -> DocumentKey:
    kind, tag = DocumentKind(int(str(columns["kind"]))), columns["tag"]
    kind = DocumentKind.OBJECT if kind is DocumentKind.DELETED else kind
    name = str(columns["name"]) if kind is not DocumentKind.REVISION else f"{columns['name']}/{tag or LATEST}"
    return DocumentKey(kind, str(columns["bucket"]), name)


def _shown(value: object, type_: ValueType) -> SortValue:
    match type_:
        case "datetime":
            return datetime.fromtimestamp(float(str(value)), UTC)
        case "number":
            return float(str(value))
        case "boolean":
            return value in (True, 1, "true")
        case _:
            return keyword_of_term(str(value))


def _time(value: object) -> SortValue:
    return datetime.fromtimestamp(int(str(value)) / 1e6, UTC)
