"""Facets of matches: values with their counts, bounds and ranges, and the fields of metadata."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import tantivy
from tantivy import Query

from registry.search_engine.combining import every, term, unscored
from registry.search_engine.entry_packages import MAX_VALUES
from registry.search_engine.ranking import count
from registry.search_engine.schema import keyword_of_term, path_key
from registry.search_engine.translation import PACKAGE_KINDS, of_kinds
from shared.errors import Invalid
from shared.index.search.documents import DocumentKind
from shared.index.search.fields import FACET_FIELDS, FIELDS, MAX_FACET_VALUES, METADATA, FieldKind, facet_ranges
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

MAX_COUNTED = 1_000
"""Matches up to which the values of every column are counted one by one."""
_MOSTLY_DISTINCT = frozenset({"size", "modified"})
"""Columns that have about as many values as documents."""
_DISTINCT = "distinct values of "
_PATH_TYPES: tuple[ValueType, ...] = ("number", "datetime", "boolean", "keyword")
_MICROSECONDS = 1e6

_KIND_NAMES = {
    int(DocumentKind.PACKAGE): "package",
    int(DocumentKind.REVISION): "package",
    int(DocumentKind.OBJECT): "object",
    int(DocumentKind.DELETED): "object",
}


@dataclass(frozen=True, slots=True)
class _Column:
    """A field of the engine of which a facet is made."""

    facet: str
    field: str
    type: ValueType
    scale: float = 1.0
    """Units of the column in one unit of the facet: times are kept in microseconds."""

    @property
    def is_ordered(self) -> bool:
        return self.type in {"number", "datetime"}


def _columns(name: str) -> list[_Column]:
    """Raises Invalid for a field that has no facet."""
    if name.startswith(METADATA):
        key = path_key(name.removeprefix(METADATA))
        return [_Column(name, f"meta_{type_}.{key}", type_) for type_ in _PATH_TYPES]
    if name not in FACET_FIELDS:
        raise Invalid(f"There is no facet of {name}. Facets are: {', '.join(FACET_FIELDS)}")
    if name == "kind":
        return [_Column(name, "kind", "keyword")]
    row = FIELDS[name]
    if row.kind is FieldKind.DATE:
        return [_Column(name, row.engine_field, "datetime", _MICROSECONDS)]
    return [_Column(name, row.engine_field, "number" if row.kind is FieldKind.NUMBER else "keyword")]


def facets_of(searcher: tantivy.Searcher, query: Query, names: Sequence[str]) -> list[Facet]:
    """Facets of fields in the order of the names; of a path of metadata one for each type, the most frequent first.

    They take two passes over the matches: one for values and bounds, and one for what is between the bounds.
    """
    columns = [column for name in names for column in _columns(name)]
    first = _asked_at_once(searcher, query, _first_questions(columns))
    ordered = [column for column in columns if column.is_ordered and first[column.field]["count"]]
    second = _asked_at_once(searcher, query, {column.field: _second_question(column, first) for column in ordered})
    made: dict[str, list[tuple[int, Facet]]] = {name: [] for name in names}
    for column in columns:
        if not column.is_ordered:
            counted = _keyword_facet(searcher, query, column, first[column.field])
        elif column in ordered:
            counted = _ordered_facet(searcher, query, column, first[column.field], second[column.field])
        else:
            counted = None
        if counted:
            made[column.facet].append(counted)
    for name in names:
        if name.startswith(METADATA) and (texts := _count_texts(searcher, query, name.removeprefix(METADATA))):
            made[name].append((texts, Facet(name, "text", 0, complete=False, values=())))
    return [facet for name in names for _, facet in sorted(made[name], key=lambda each: (-each[0], each[1].type))]


def _first_questions(columns: Sequence[_Column]) -> dict[str, Any]:
    """All values of keywords; bounds of numbers and times, and about how many different ones there are."""
    asked = {
        each.field: {"stats": {"field": each.field}} if each.is_ordered else _all_values(each.field) for each in columns
    }
    may_be_few = [each.field for each in columns if each.is_ordered and each.field not in _MOSTLY_DISTINCT]
    return asked | {f"{_DISTINCT}{field}": {"cardinality": {"field": field}} for field in may_be_few}


def _second_question(column: _Column, first: dict[str, Any]) -> dict[str, Any]:
    """All values of numbers and times where there are few of them, else how many are in each range."""
    if _has_few_values(column, first):
        return _all_values(column.field)
    return _ranges_question(column, _bounds(column, first[column.field]))


def _all_values(field: str) -> dict[str, Any]:
    return {"terms": {"field": field, "size": MAX_VALUES, "segment_size": MAX_VALUES}}


def _asked_at_once(searcher: tantivy.Searcher, query: Query, asked: dict[str, Any]) -> dict[str, Any]:
    """Answers in one pass over the matches. A field with too many values has None."""
    if not asked:
        return {}
    try:
        return dict(searcher.aggregate(query, asked))
    except ValueError:
        if len(asked) == 1:
            return dict.fromkeys(asked)
        return {field: _asked_at_once(searcher, query, {field: each})[field] for field, each in asked.items()}


def _keyword_facet(searcher: tantivy.Searcher, query: Query, column: _Column, answer: Any) -> tuple[int, Facet] | None:
    """The number of values counted, and the facet."""
    if answer is None or answer["sum_other_doc_count"]:
        top = _one(searcher, query, {"terms": {"field": column.field, "size": MAX_FACET_VALUES}})["buckets"]
        values = [ValueCount(keyword_of_term(str(each["key"])), each["doc_count"]) for each in top]
        total = int(_one(searcher, query, {"value_count": {"field": column.field}})["value"])
        distinct = round(searcher.cardinality(query, column.field))
        return total, Facet(column.facet, column.type, distinct, complete=False, values=values)
    counts: dict[FacetValue, int] = {}
    for bucket in answer["buckets"]:
        value = _keyword(column, bucket["key"])
        if value != "" or column.facet.startswith(METADATA):
            counts[value] = counts.get(value, 0) + bucket["doc_count"]
    if not counts:
        return None
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    shown = [ValueCount(value, number) for value, number in ranked[:MAX_FACET_VALUES]]
    made = Facet(column.facet, column.type, len(ranked), len(shown) == len(ranked), shown)
    return sum(counts.values()), made


def _keyword(column: _Column, value: Any) -> FacetValue:
    if column.facet == "kind":
        return _KIND_NAMES[int(value)]
    if column.type == "boolean":
        return value in (1, True, "true")
    return keyword_of_term(str(value))


def _bounds(column: _Column, stats: Any) -> tuple[float, float]:
    return float(stats["min"]) / column.scale, float(stats["max"]) / column.scale


def _ordered_facet(
    searcher: tantivy.Searcher, query: Query, column: _Column, stats: Any, answer: Any
) -> tuple[int, Facet]:
    """Numbers and times: bounds and ranges, and the values where there are not too many."""
    total, (low, high) = int(stats["count"]), _bounds(column, stats)
    is_counted = answer is not None and "sum_other_doc_count" in answer
    if not is_counted or answer["sum_other_doc_count"]:
        found = answer if answer and not is_counted else _one(searcher, query, _ranges_question(column, (low, high)))
        ranges = _ranges((low, high), found)
        return total, Facet(
            column.facet, column.type, MAX_VALUES, complete=False, values=(), minimum=low, maximum=high, ranges=ranges
        )
    counts = [(float(each["key"]) / column.scale, each["doc_count"]) for each in answer["buckets"]]
    ranked = sorted(counts, key=lambda each: (-each[1], each[0]))
    shown = [ValueCount(_plain(value), number) for value, number in ranked[:MAX_FACET_VALUES]]
    ranges = [
        RangeCount(start, end, sum(n for value, n in ranked if start <= value and (value < end or end == high)))
        for start, end in facet_ranges(low, high)
    ]
    complete = len(shown) == len(ranked)
    return total, Facet(column.facet, column.type, len(ranked), complete, shown, low, high, ranges)


def _has_few_values(column: _Column, first: dict[str, Any]) -> bool:
    if first[column.field]["count"] <= MAX_COUNTED:
        return True
    return column.field not in _MOSTLY_DISTINCT and first[f"{_DISTINCT}{column.field}"]["value"] < MAX_VALUES / 2


def _plain(value: float) -> float:
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _ranges_question(column: _Column, bounds: tuple[float, float]) -> dict[str, Any]:
    edges = list(facet_ranges(*bounds))

    def written(edge: float) -> float:
        return edge * column.scale if column.facet.startswith(METADATA) else math.ceil(edge * column.scale)

    asked: list[dict[str, Any]] = [{"key": str(at), "from": written(start)} for at, (start, _) in enumerate(edges)]
    for each, (_, end) in zip(asked, edges[:-1], strict=False):
        each["to"] = written(end)
    return {"range": {"field": column.field, "ranges": asked}}


def _ranges(bounds: tuple[float, float], answer: Any) -> list[RangeCount]:
    counts = {each["key"]: each["doc_count"] for each in answer["buckets"]}
    return [RangeCount(start, end, counts[str(at)]) for at, (start, end) in enumerate(facet_ranges(*bounds))]


def _count_texts(searcher: tantivy.Searcher, query: Query, pointer: str) -> int:
    return count(searcher, every([query, unscored(term("paths", f"text\0{pointer}"))]))


def _one(searcher: tantivy.Searcher, query: Query, asked: dict[str, Any]) -> Any:
    return searcher.aggregate(query, {"one": asked})["one"]


def fields_of(searcher: tantivy.Searcher, query: Query) -> list[FoundField]:
    """The paths of metadata in matching packages, the most frequent first."""
    packages = every([query, of_kinds(PACKAGE_KINDS)])
    answer = _asked_at_once(searcher, packages, {"paths": _all_values("paths")})["paths"]
    if answer is None:
        raise Invalid(f"There are more than {MAX_VALUES:,} fields of metadata. Search for something first")
    found = []
    for bucket in answer["buckets"]:
        type_, _, pointer = str(bucket["key"]).partition("\0")
        found.append(FoundField(pointer, type_, bucket["doc_count"]))  # type: ignore[arg-type]  # written from ValueType
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
