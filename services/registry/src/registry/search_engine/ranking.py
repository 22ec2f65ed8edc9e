"""Order of matches: by relevance with the newest of equals first, or by a field. Each function gives an exact beginning of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import tantivy
from tantivy import Query

from registry.search_engine.schema import key_of_id, keyword_of_term, path_key, schema
from registry.search_engine.translation import (
    ENGINE_FIELDS,
    OBJECT_KINDS,
    PACKAGE_KINDS,
    every,
    of_kinds,
    unscored,
    without,
)
from shared.errors import Invalid
from shared.index.search.documents import DocumentKey, DocumentKind
from shared.index.search.fields import FIELDS, METADATA
from shared.index.search.results import SearchOrder, ValueType
from shared.quilt.keys import LATEST

MAX_WINDOW = 10_000
"""Matches that a search can page through."""

FIRST_WINDOW = 200
"""Newest matches of which those with a score are looked for at first."""

SortValue = str | float | datetime | bool | None

_DATES = frozenset({"modified", "manifest_modified", "updated"})
_SORT_TYPES: tuple[ValueType, ...] = ("number", "datetime", "boolean", "keyword")


@dataclass(frozen=True, slots=True)
class RankedMatch:
    key: DocumentKey
    score: float
    newest: int
    sorted_by: SortValue = None


@dataclass(frozen=True, slots=True)
class _Scored:
    score: float
    newest: int
    address: tuple[int, int]


Ranked = tuple[int, list[RankedMatch]]
"""The number of all matches, and the first of them."""


def count(searcher: tantivy.Searcher, query: Query) -> int:
    return _total(searcher.search(query, limit=1))


def _total(found: tantivy.SearchResult) -> int:
    total: int = found.count  # type: ignore[attr-defined]  # tantivy's types leave it out
    return total


def most_relevant(searcher: tantivy.Searcher, query: Query, wanted: int) -> Ranked:
    """The first matches by score, and the newest of equals first."""
    wanted = min(wanted, MAX_WINDOW)
    first = searcher.search(query, limit=wanted + 1)
    found = _scored(searcher, first)
    if len(found) > wanted and found[wanted].score == found[wanted - 1].score:
        found = _with_newest_of_equals(searcher, query, found, wanted)
    best = sorted(found, key=lambda each: (-each.score, -each.newest))[:wanted]
    matches = [RankedMatch(_key(searcher, tantivy.DocAddress(*each.address)), each.score, each.newest) for each in best]
    return _total(first), matches


def newest_first(searcher: tantivy.Searcher, query: Query, wanted: int, *, below: int | None = None) -> Ranked:
    """The newest matches; with `below`, the newest of those that are older."""
    total = None
    if below is not None:
        total = count(searcher, query)
        older = Query.range_query(schema(), "newest", tantivy.FieldType.Integer, None, below, include_upper=False)
        query = every([query, older])
    found = searcher.search(query, limit=wanted, count=total is None, order_by_field="newest")
    matches = [RankedMatch(_key(searcher, address), 1.0, value) for value, address in found.hits]
    return _total(found) if total is None else total, matches


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
    field = ENGINE_FIELDS[order.field]
    direction = tantivy.Order.Desc if order.descending else tantivy.Order.Asc

    found = searcher.search(query, limit=wanted + 1, order_by_field=field, order=direction)
    hits = found.hits
    if len(hits) > wanted and hits[wanted][0] == hits[wanted - 1][0]:
        hits = searcher.search(query, limit=MAX_WINDOW, count=False, order_by_field=field, order=direction).hits
    ages = searcher.fast_field_values("newest", [address for _, address in hits])
    places = {value: place for place, value in enumerate(dict.fromkeys(value for value, _ in hits))}
    ranked = sorted(zip(hits, ages, strict=True), key=lambda pair: (places[pair[0][0]], -int(pair[1] or 0)))
    show: Callable[[object], SortValue] = _time if order.field in _DATES else lambda value: value  # type: ignore[assignment,return-value]
    matches = [
        RankedMatch(_key(searcher, address), 1.0, int(age or 0), None if value is None else show(value))
        for (value, address), age in ranked[:wanted]
    ]
    return _total(found), matches


def _scored(searcher: tantivy.Searcher, found: tantivy.SearchResult) -> list[_Scored]:
    ages = searcher.fast_field_values("newest", [address for _, address in found.hits])
    return [
        _Scored(score, int(age or 0), (address.segment_ord, address.doc))
        for (score, address), age in zip(found.hits, ages, strict=True)
    ]


def _with_newest_of_equals(
    searcher: tantivy.Searcher, query: Query, found: list[_Scored], wanted: int
) -> list[_Scored]:
    """More matches have the last score than are wanted: take the newest of them.

    They are looked for among the newest matches, then among the best ones, and if these are all equal further and further back.
    """
    last = found[-1].score
    above = [each for each in found if each.score > last]
    size = max(4 * wanted, FIRST_WINDOW)
    while True:
        newest = searcher.search(query, limit=size, count=False, order_by_field="newest").hits
        since = Query.range_query(schema(), "newest", tantivy.FieldType.Integer, newest[-1][0], None)
        equal = _with_score(searcher, every([query, unscored(since)]), size, last)
        if len(above) + len(equal) >= wanted or len(newest) < size:
            return above + equal
        if size < MAX_WINDOW:
            equal = _with_score(searcher, query, MAX_WINDOW, last)
            if len(above) + len(equal) < MAX_WINDOW:
                return above + equal
            size = MAX_WINDOW
        size *= 8


def _with_score(searcher: tantivy.Searcher, query: Query, limit: int, score: float) -> list[_Scored]:
    """Matches with this score, among the best."""
    hits = [hit for hit in searcher.search(query, limit=limit, count=False).hits if hit[0] == score]
    ages = searcher.fast_field_values("newest", [address for _, address in hits])
    return [
        _Scored(score, int(age or 0), (address.segment_ord, address.doc))
        for (_, address), age in zip(hits, ages, strict=True)
    ]


def _key(searcher: tantivy.Searcher, address: tantivy.DocAddress) -> DocumentKey:
    return key_of_id(searcher.doc(address)["id"][0])


def _by_kind(searcher: tantivy.Searcher, query: Query, order: SearchOrder, wanted: int) -> list[RankedMatch]:
    places: list[tuple[tuple[DocumentKind, ...], SortValue]]
    if order.field == "deleted":
        places = [(OBJECT_KINDS, False), (PACKAGE_KINDS, None)]
    else:
        places = [(OBJECT_KINDS, "object"), (PACKAGE_KINDS, "package")]
        places = places[::-1] if order.descending else places
    found: list[RankedMatch] = []
    for kinds, value in places:
        _, matches = newest_first(searcher, every([query, of_kinds(kinds)]), wanted)
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
    for match in newest_first(searcher, rest, wanted)[1]:
        found.setdefault(match.key, match)
    return list(found.values())[:wanted]


def _by_column(
    searcher: tantivy.Searcher,
    query: Query,
    column: tuple[str, ValueType],
    descending: bool,  # noqa: FBT001
    wanted: int,
) -> list[RankedMatch]:
    """A document that has several values comes as often, so that its first place counts."""
    field, type_ = column
    sources = [
        {"value": {"terms": {"field": field, "order": "desc" if descending else "asc"}}},
        {"newest": {"terms": {"field": "newest", "order": "desc"}}},
        *({name: {"terms": {"field": name}}} for name in ("kind", "bucket", "name")),
        {"tag": {"terms": {"field": "tag", "missing_bucket": True}}},
    ]
    asked = {"page": {"composite": {"size": wanted, "sources": sources}}}
    matches = []
    for bucket in searcher.aggregate(query, asked)["page"]["buckets"]:
        key = bucket["key"]
        matches.append(RankedMatch(_key_of_columns(key), 1.0, key["newest"], _shown(key["value"], type_)))
    return matches


def _key_of_columns(columns: dict[str, object]) -> DocumentKey:
    kind, tag = DocumentKind(int(str(columns["kind"]))), columns["tag"]
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
