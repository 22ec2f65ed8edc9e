"""Parser of Elasticsearch's request bodies: a query, and the size, order and fields of its hits."""

import json
from dataclasses import dataclass
from typing import Any

from registry.services.search.query.named_fields import named_field
from registry.services.search.query.query_dsl import parse_query
from registry.services.search.query.values import listed, names, only, single, text
from shared.errors import Invalid
from shared.index.search.clauses import Clause, Everything
from shared.index.search.fields import FIELDS, FieldKind
from shared.index.search.results import SearchOrder

MAX_WINDOW = 10_000
MAX_SIZE = 1_000
DEFAULT_SIZE = 10


@dataclass(frozen=True, slots=True)
class SearchBody:
    clause: Clause
    size: int
    offset: int
    order: SearchOrder | None
    source: "SourceFilter"


@dataclass(frozen=True, slots=True)
class SourceFilter:
    """Fields of documents to show."""

    includes: tuple[str, ...] = ()
    """Empty: all fields."""
    excludes: tuple[str, ...] = ()
    nothing: bool = False


def parse_body(body: dict[str, Any]) -> SearchBody:
    only(body, "the body", {"query", "from", "size", "sort", "_source", "track_total_hits", "track_scores", "version"})
    size = window_part(body.get("size", DEFAULT_SIZE), "size")
    offset = window_part(body.get("from", 0), "from")
    require_window(offset, size)
    return SearchBody(
        clause=parse_query(body["query"]) if body.get("query") else Everything(),
        size=size,
        offset=offset,
        order=_order(body.get("sort")),
        source=parse_source(body.get("_source", True)),
    )


@dataclass(frozen=True, slots=True)
class RevisionAggregation:
    """The number of pushes of one package, or of all with None."""

    name: str | None


def revisions_asked_for(body: str) -> RevisionAggregation | None:
    """The only aggregation that is supported: the catalog of 2022 counts revisions with a script."""
    try:
        match json.loads(body):
            case {
                "query": {"bool": {"must": [{} as which, {"regexp": {"pointer_file": _}}]}},
                "aggs": {"revisions": _},
            }:
                pass
            case _:
                return None
    except (ValueError, RecursionError):
        return None
    match which:
        case {"match_all": _}:
            return RevisionAggregation(None)
        case {"term": {"handle": str(name)}}:
            return RevisionAggregation(text(name))
        case _:
            return None


def window_part(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Invalid(f"{name} must be a number from 0, not {str(value)[:40]!r}")
    return value


def require_window(offset: int, size: int) -> None:
    if size > MAX_SIZE:
        raise Invalid(f"size is at most {MAX_SIZE}, not {size}")
    if offset + size > MAX_WINDOW:
        raise Invalid(f"from + size is at most {MAX_WINDOW}, not {offset + size}: narrow the search")


def parse_source(wanted: object) -> SourceFilter:
    match wanted:
        case True:
            return SourceFilter()
        case False:
            return SourceFilter(nothing=True)
        case str():
            return SourceFilter(includes=names(wanted.split(",")))
        case list():
            return SourceFilter(includes=names(wanted), nothing=not wanted)
        case dict():
            only(wanted, "_source", {"includes", "excludes", "include", "exclude"})
            includes = wanted.get("includes", wanted.get("include", []))
            excludes = wanted.get("excludes", wanted.get("exclude", []))
            return SourceFilter(names(listed(includes)), names(listed(excludes)))
        case _:
            raise Invalid("_source must be true, false, names of fields, or {includes, excludes}")


def _order(sort: object) -> SearchOrder | None:
    wanted = [] if sort is None else listed(sort)
    if not wanted:
        return None
    if len(wanted) > 1:
        raise Invalid("Sorting by more than one field is not supported")
    [by] = wanted
    field, direction = (by, None) if isinstance(by, str) else single(by, "sort")
    if isinstance(direction, dict):
        only(direction, "sort", {"order", "missing", "unmapped_type"})
        direction = direction.get("order")
    if direction not in (None, "asc", "desc"):
        raise Invalid(f"sort must be asc or desc, not {str(direction)[:40]!r}")
    if field == "_score":
        if direction == "asc":
            raise Invalid("Sorting by ascending _score is not supported")
        return None
    named = named_field(field)
    if named.kind is not FieldKind.METADATA and not FIELDS[named.field].sorts:
        raise Invalid(f"Cannot sort by {field}, which is text")
    return SearchOrder(named.field, descending=direction == "desc")
