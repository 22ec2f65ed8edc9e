"""What matches have in common: values with their counts, bounds and ranges, and the fields of metadata."""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import tantivy
from tantivy import Query

from registry.search_engine.schema import keyword_of_term, path_key
from registry.search_engine.translation import ENGINE_FIELDS, MAX_VALUES, PACKAGE_KINDS, every, of_kinds, term
from shared.errors import Invalid
from shared.index.search.documents import DocumentKind
from shared.index.search.fields import FACET_FIELDS, MAX_FACET_VALUES, METADATA, facet_ranges
from shared.index.search.results import (
    MAX_EXTENSIONS,
    ExtensionTotals,
    Extents,
    Facet,
    FacetValue,
    FoundField,
    RangeCount,
    ValueCount,
    ValueType,
)

_NUMBERS = frozenset({"size", "entries"})
_DATES = frozenset({"modified"})
_PATH_TYPES: tuple[ValueType, ...] = ("number", "datetime", "boolean", "keyword")
_MICROSECONDS = 1e6

_KIND_NAMES = {
    int(DocumentKind.PACKAGE): "package",
    int(DocumentKind.REVISION): "package",
    int(DocumentKind.OBJECT): "object",
}


def facets_of(searcher: tantivy.Searcher, query: Query, names: Sequence[str]) -> list[Facet]:
    """Raises Invalid for a field that has no facet."""
    return [facet for name in names for facet in _facets(searcher, query, name)]


def _facets(searcher: tantivy.Searcher, query: Query, name: str) -> Iterator[Facet]:
    if name.startswith(METADATA):
        yield from _facets_of_path(searcher, query, name)
    elif name not in FACET_FIELDS:
        raise Invalid(f"There is no facet of {name}. Facets are: {', '.join(FACET_FIELDS)}")
    elif name == "kind":
        counts = _counts(searcher, query, "kind") or []
        yield from _present(_keyword_facet(name, [(_KIND_NAMES[int(value)], number) for value, number in counts]))
    elif name in _NUMBERS | _DATES:
        yield from _present(_number_facet(searcher, query, name, ENGINE_FIELDS[name]))
    else:
        field = ENGINE_FIELDS[name]
        yield from _present(_column_facet(searcher, query, name, field, "keyword"))


def _present(facet: Facet | None) -> Iterator[Facet]:
    if facet is not None:
        yield facet


def _facets_of_path(searcher: tantivy.Searcher, query: Query, name: str) -> Iterator[Facet]:
    pointer = name.removeprefix(METADATA)
    key = path_key(pointer)
    counted: list[tuple[int, Facet]] = []
    for type_ in _PATH_TYPES:
        field = f"meta_{type_}.{key}"
        if type_ in {"number", "datetime"}:
            facet = _number_facet(searcher, query, name, field, type_)
        else:
            facet = _column_facet(searcher, query, name, field, type_)
        if facet:
            counted.append((int(_one(searcher, query, {"value_count": {"field": field}})["value"]), facet))
    texts = every([query, term("paths", f"text\0{pointer}")])
    if found := searcher.search(texts, limit=1).count:  # type: ignore[attr-defined]
        counted.append((found, Facet(name, "text", 0, complete=False, values=())))
    for _, facet in sorted(counted, key=lambda each: (-each[0], each[1].type)):
        yield facet


def _column_facet(searcher: tantivy.Searcher, query: Query, name: str, field: str, type_: ValueType) -> Facet | None:
    counts = _counts(searcher, query, field)
    if counts is None:
        top = _one(searcher, query, {"terms": {"field": field, "size": MAX_FACET_VALUES}})["buckets"]
        distinct = round(searcher.cardinality(query, field))
        values = [ValueCount(keyword_of_term(str(each["key"])), each["doc_count"]) for each in top]
        return Facet(name, type_, distinct, complete=False, values=values)
    if type_ == "boolean":
        flags: list[tuple[FacetValue, int]] = [(value in (1, True, "true"), number) for value, number in counts]
        return _keyword_facet(name, flags, type_)
    keywords = [(keyword_of_term(str(value)), number) for value, number in counts]
    return _keyword_facet(name, [each for each in keywords if each[0] or name.startswith(METADATA)])


def _keyword_facet(name: str, counts: Sequence[tuple[FacetValue, int]], type_: ValueType = "keyword") -> Facet | None:
    if not counts:
        return None
    summed: dict[FacetValue, int] = {}
    for value, number in counts:
        summed[value] = summed.get(value, 0) + number
    ranked = sorted(summed.items(), key=lambda each: (-each[1], each[0]))
    shown = [ValueCount(value, number) for value, number in ranked[:MAX_FACET_VALUES]]
    return Facet(name, type_, len(ranked), len(shown) == len(ranked), shown)


def _number_facet(
    searcher: tantivy.Searcher, query: Query, name: str, field: str, type_: ValueType | None = None
) -> Facet | None:
    type_ = type_ or ("datetime" if name in _DATES else "number")
    scale = _MICROSECONDS if field in _DATES else 1.0
    stats = _one(searcher, query, {"stats": {"field": field}})
    if not stats["count"]:
        return None
    low, high = float(stats["min"]) / scale, float(stats["max"]) / scale
    about = searcher.cardinality(query, field)
    counts = _counts(searcher, query, field) if about < MAX_VALUES / 2 else None
    if counts is None:  # many distinct numbers have no values
        ranges = _ranges(searcher, query, field, (low, high), scale)
        return Facet(name, type_, round(about), complete=False, values=(), minimum=low, maximum=high, ranges=ranges)
    ranked = sorted(((float(value) / scale, number) for value, number in counts), key=lambda each: (-each[1], each[0]))
    shown = [ValueCount(_plain(value), number) for value, number in ranked[:MAX_FACET_VALUES]]
    ranges = [
        RangeCount(
            start, end, sum(number for value, number in ranked if start <= value and (value < end or end == high))
        )
        for start, end in facet_ranges(low, high)
    ]
    return Facet(name, type_, len(ranked), len(shown) == len(ranked), shown, low, high, ranges)


def _plain(value: float) -> float:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _ranges(
    searcher: tantivy.Searcher, query: Query, field: str, bounds: tuple[float, float], scale: float
) -> list[RangeCount]:
    edges = list(facet_ranges(*bounds))

    def written(edge: float) -> float:
        return edge * scale if "." in field else math.ceil(edge * scale)

    asked = [{"from": written(start), "to": written(end)} for start, end in edges[:-1]]
    asked.append({"from": written(edges[-1][0])})
    found = _one(searcher, query, {"range": {"field": field, "ranges": asked}})["buckets"]
    counts = [each["doc_count"] for each in found if "from" in each]
    return [RangeCount(start, end, count) for (start, end), count in zip(edges, counts, strict=True)]


def _counts(searcher: tantivy.Searcher, query: Query, field: str) -> list[tuple[Any, int]] | None:
    """All values of a field with the number of matches that have each; None when there are too many."""
    asked = {"terms": {"field": field, "size": MAX_VALUES, "segment_size": MAX_VALUES}}
    try:
        found = _one(searcher, query, asked)
    except ValueError:
        return None
    if found["sum_other_doc_count"]:
        return None
    return [(each["key"], each["doc_count"]) for each in found["buckets"]]


def _one(searcher: tantivy.Searcher, query: Query, asked: dict[str, Any]) -> Any:
    return searcher.aggregate(query, {"one": asked})["one"]


def fields_of(searcher: tantivy.Searcher, query: Query) -> list[FoundField]:
    """The paths of metadata in matching packages, the most frequent first."""
    counts = _counts(searcher, every([query, of_kinds(PACKAGE_KINDS)]), "paths") or []
    found = []
    for path, packages in counts:
        type_, _, pointer = str(path).partition("\0")
        found.append(FoundField(pointer, type_, packages))  # type: ignore[arg-type]  # written from ValueType
    return sorted(found, key=lambda each: (-each.packages, each.path, each.type))


def extents_of(searcher: tantivy.Searcher, query: Query) -> Extents | None:
    asked = {
        **{name: {"stats": {"field": name}} for name in ("modified", "size", "entries")},
        "extensions": {"terms": {"field": "extension", "size": MAX_EXTENSIONS + 1, "segment_size": MAX_VALUES}},
    }
    answer = searcher.aggregate(query, asked)
    total = int(answer["modified"]["count"])
    if not total:
        return None
    bounds = {}
    for name in ("size", "entries"):
        low, high = int(answer[name]["min"] or 0), int(answer[name]["max"] or 0)
        bounds[name] = (low if answer[name]["count"] == total else min(low, 0), high)
    extensions = sorted(
        ((each["doc_count"], each["key"]) for each in answer["extensions"]["buckets"] if each["key"]),
        key=lambda each: (-each[0], each[1]),
    )
    return Extents(
        total,
        (_time(answer["modified"]["min"]), _time(answer["modified"]["max"])),
        bounds["size"],
        bounds["entries"],
        sorted(name for _, name in extensions[:MAX_EXTENSIONS]),
    )


def totals_of(searcher: tantivy.Searcher, query: Query) -> list[ExtensionTotals]:
    asked = {
        "terms": {"field": "extension", "size": MAX_VALUES, "segment_size": MAX_VALUES},
        "aggs": {"bytes": {"sum": {"field": "size"}}},
    }
    buckets = _one(searcher, query, asked)["buckets"]
    found = [ExtensionTotals(each["key"], each["doc_count"], int(each["bytes"]["value"])) for each in buckets]
    return sorted(found, key=lambda each: (-each.objects, each.extension))


def _time(microseconds: float) -> datetime:
    return datetime.fromtimestamp(microseconds / _MICROSECONDS, UTC)
