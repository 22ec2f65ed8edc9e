"""Elasticsearch's query bodies, as far as they are documented here; what is not is refused by name."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registry.services.query_string import parse, parse_leniently, parse_simple
from registry.services.query_values import exactly, kind_of, text, value_of
from shared.errors import Invalid
from shared.index.clauses import (
    All,
    AnyOf,
    Between,
    Clause,
    Equals,
    Everything,
    Ids,
    Kind,
    Like,
    Not,
    Nothing,
    Phrase,
    Present,
    Starts,
)
from shared.index.queries import cut
from shared.index.search import Order

MAX_DEPTH = 10
MAX_CLAUSES = 200
MAX_TERMS = 1_000
MAX_WINDOW = 10_000
MAX_SIZE = 1_000
DEFAULT_SIZE = 10


@dataclass(frozen=True, slots=True)
class Request:
    clause: Clause
    size: int
    offset: int
    order: Order | None
    source: "Source"


@dataclass(frozen=True, slots=True)
class Source:
    """Which fields of the documents to show."""

    includes: tuple[str, ...] = ()
    """All, when empty."""
    excludes: tuple[str, ...] = ()
    nothing: bool = False


def parse_body(body: dict[str, Any]) -> Request:
    _only(body, "the body", {"query", "from", "size", "sort", "_source", "track_total_hits", "track_scores", "version"})
    size = window_part(body.get("size", DEFAULT_SIZE), "size")
    offset = window_part(body.get("from", 0), "from")
    require_window(offset, size)
    return Request(
        clause=parse_query(body["query"]) if body.get("query") else Everything(),
        size=size,
        offset=offset,
        order=_order(body.get("sort")),
        source=parse_source(body.get("_source", True)),
    )


def window_part(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Invalid(f"{name} is a number from 0, not {str(value)[:40]!r}")
    return value


def require_window(offset: int, size: int) -> None:
    if size > MAX_SIZE:
        raise Invalid(f"size is at most {MAX_SIZE}, not {size}")
    if offset + size > MAX_WINDOW:
        raise Invalid(f"from + size is at most {MAX_WINDOW}, not {offset + size}: narrow the search")


def parse_source(wanted: object) -> Source:
    match wanted:
        case True:
            return Source()
        case False:
            return Source(nothing=True)
        case str():
            return Source(includes=_names(wanted.split(",")))
        case list():
            return Source(includes=_names(wanted), nothing=not wanted)
        case dict():
            _only(wanted, "_source", {"includes", "excludes", "include", "exclude"})
            includes = wanted.get("includes", wanted.get("include", []))
            excludes = wanted.get("excludes", wanted.get("exclude", []))
            return Source(_names(_listed(includes)), _names(_listed(excludes)))
        case _:
            raise Invalid("_source is true, false, names of fields, or {includes, excludes}")


def parse_query(query: object) -> Clause:
    return _Query().clause(query, 1)


class _Query:
    """One query's parse: counts its clauses."""

    def __init__(self) -> None:
        self._clauses = 0

    def clause(self, query: object, depth: int) -> Clause:
        kind, body = _single(query, "A query")
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise Invalid(f"A query has at most {MAX_CLAUSES} clauses")
        if depth > MAX_DEPTH:
            raise Invalid(f"Queries go at most {MAX_DEPTH} deep")
        if kind == "bool":
            return self._bool(body, depth)
        if kind == "constant_score":
            _only(_object(body, kind), kind, {"filter", "boost"})
            return self.clause(_object(body, kind).get("filter"), depth + 1)
        try:
            parser = _LEAVES[kind]
        except KeyError:
            known = ", ".join(sorted([*_LEAVES, "bool", "constant_score"]))
            raise Invalid(f"The query {kind[:80]!r} is not supported. These are: {known}") from None
        return parser(body)

    def _bool(self, body: object, depth: int) -> Clause:
        parts = _object(body, "bool")
        _only(parts, "bool", {"must", "filter", "should", "must_not", "minimum_should_match", "boost"})

        def clauses(name: str) -> list[Clause]:
            return [self.clause(each, depth + 1) for each in _listed(parts.get(name, []))]

        required = [*clauses("must"), *clauses("filter"), *(Not(clause) for clause in clauses("must_not"))]
        optional = clauses("should")
        needs_one = optional and not clauses_given(parts, "must", "filter")
        at_least = _at_least(parts.get("minimum_should_match"), len(optional), default=int(bool(needs_one)))
        if optional and at_least:
            required.append(AnyOf(tuple(optional), at_least))
        return All(tuple(required)) if required else Everything()


def clauses_given(parts: dict[str, Any], *names: str) -> bool:
    return any(parts.get(name) for name in names)


def _at_least(value: object, count: int, *, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, str) and value.removesuffix("%").isdecimal() and len(value) < 5:
        number = int(value.removesuffix("%"))
        return count * number // 100 if value.endswith("%") else number
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_CLAUSES:
        return value
    raise Invalid(f"minimum_should_match is a number or a percentage, not {str(value)[:40]!r}")


def _match_all(body: object) -> Clause:
    _only(_object(body, "match_all"), "match_all", {"boost"})
    return Everything()


def _match_none(body: object) -> Clause:
    _only(_object(body, "match_none"), "match_none", set())
    return Nothing()


def _match(body: object) -> Clause:
    field, options = _field_options(body, "match", {"query", "operator", "minimum_should_match", "boost", "lenient"})
    return _words(field, options)


def _words(field: str | None, options: dict[str, Any]) -> Clause:
    """All or any of the words, in one field or in all."""
    query = options.get("query")
    if field and kind_of(field) is not Kind.TEXT:
        return exactly(field, query)
    phrases = tuple(Phrase((word,), field) for word in cut(text(_scalar(query))))
    _require_few(len(phrases))
    if not phrases:
        return Nothing()
    if _operator(options, "OR") == "AND":
        return All(phrases)
    return AnyOf(phrases, max(1, _at_least(options.get("minimum_should_match"), len(phrases), default=1)))


def _match_phrase(body: object) -> Clause:
    field, options = _field_options(body, "match_phrase", {"query", "boost"})
    return exactly(field, options.get("query"))


def _match_phrase_prefix(body: object) -> Clause:
    field, options = _field_options(body, "match_phrase_prefix", {"query", "boost"})
    value = text(options.get("query"))
    if kind_of(field) is Kind.KEYWORD:
        return Starts(field, value)
    words = tuple(cut(value))
    return Phrase(words, field, prefix=True) if words and kind_of(field) is Kind.TEXT else Nothing()


def _multi_match(body: object) -> Clause:
    options = _object(body, "multi_match")
    known = {"query", "fields", "type", "operator", "minimum_should_match", "boost", "lenient", "tie_breaker"}
    _only(options, "multi_match", known)
    style = options.get("type", "best_fields")
    if style not in {"best_fields", "most_fields", "cross_fields", "phrase"}:
        raise Invalid(f"multi_match of type {str(style)[:40]!r} is not supported")
    fields: tuple[str | None, ...] = _fields(options) or (None,)
    if style == "phrase":
        words = tuple(cut(text(options.get("query"))))
        return AnyOf(tuple(Phrase(words, field) for field in fields)) if words else Nothing()
    return AnyOf(tuple(_words(field, options) for field in fields))


_QUERY_STRING = {"query", "fields", "default_field", "default_operator", "lenient", "analyze_wildcard", "boost"}


def _query_string(body: object) -> Clause:
    options = _object(body, "query_string")
    _only(options, "query_string", _QUERY_STRING)
    read = parse_leniently if options.get("lenient") is True else parse
    operator = _operator(options, "OR", name="default_operator")
    return read(text(options.get("query")), operator=operator, fields=_fields(options)) or Nothing()


def _simple_query_string(body: object) -> Clause:
    options = _object(body, "simple_query_string")
    _only(options, "simple_query_string", _QUERY_STRING - {"default_field"})
    operator = _operator(options, "OR", name="default_operator")
    return parse_simple(text(options.get("query")), operator=operator, fields=_fields(options)) or Nothing()


def _term(body: object) -> Clause:
    field, options = _field_options(body, "term", {"value", "boost"}, short="value")
    return _exact_term(field, options.get("value"))


def _terms(body: object) -> Clause:
    given = {name: value for name, value in _object(body, "terms").items() if name != "boost"}
    field, values = _single(given, "terms")
    if not isinstance(values, list):
        raise Invalid("terms takes a list of values")
    if len(values) > MAX_TERMS:
        raise Invalid(f"terms takes at most {MAX_TERMS} values")
    return AnyOf(tuple(_exact_term(field, value) for value in values))


def _exact_term(field: str, value: object) -> Clause:
    if kind_of(field) is Kind.TEXT:
        words = tuple(cut(text(_scalar(value))))
        return Phrase(words, field) if words else Nothing()
    return Equals(field, value_of(field, value))


def _range(body: object) -> Clause:
    field, options = _field_options(body, "range", {"gt", "gte", "lt", "lte", "boost"}, short=None)
    if kind_of(field) is Kind.TEXT:
        raise Invalid(f"{field} is text, and has no range")
    bounds = {name: value_of(field, value) for name, value in options.items() if value is not None and name != "boost"}
    return Between(field, bounds.get("gt"), bounds.get("gte"), bounds.get("lt"), bounds.get("lte"))


def _prefix(body: object) -> Clause:
    field, options = _field_options(body, "prefix", {"value", "boost"}, short="value")
    value = text(options.get("value"))
    if kind_of(field) is Kind.TEXT:
        words = tuple(cut(value))
        return Phrase(words, field, prefix=True) if words else Nothing()
    _require_keyword(field, "prefix")
    return Starts(field, value)


def _wildcard(body: object) -> Clause:
    known = {"value", "wildcard", "case_insensitive", "boost"}
    field, options = _field_options(body, "wildcard", known, short="value")
    _require_keyword(field, "wildcard")
    return Like(text(options.get("value", options.get("wildcard"))), field)


def _exists(body: object) -> Clause:
    options = _object(body, "exists")
    _only(options, "exists", {"field", "boost"})
    field = text(options.get("field"))
    kind_of(field)
    return Present(field)


def _ids(body: object) -> Clause:
    options = _object(body, "ids")
    _only(options, "ids", {"values", "type", "boost"})
    values = _listed(options.get("values", []))
    if len(values) > MAX_TERMS:
        raise Invalid(f"ids takes at most {MAX_TERMS} values")
    return Ids(tuple(text(value) for value in values))


_LEAVES: dict[str, Callable[[object], Clause]] = {
    "exists": _exists,
    "ids": _ids,
    "match": _match,
    "match_all": _match_all,
    "match_none": _match_none,
    "match_phrase": _match_phrase,
    "match_phrase_prefix": _match_phrase_prefix,
    "multi_match": _multi_match,
    "prefix": _prefix,
    "query_string": _query_string,
    "range": _range,
    "simple_query_string": _simple_query_string,
    "term": _term,
    "terms": _terms,
    "wildcard": _wildcard,
}


def _order(sort: object) -> Order | None:
    wanted = [] if sort is None else _listed(sort)
    if not wanted:
        return None
    if len(wanted) > 1:
        raise Invalid("Sorting by more than one field is not supported")
    [by] = wanted
    field, direction = (by, None) if isinstance(by, str) else _single(by, "sort")
    if isinstance(direction, dict):
        _only(direction, "sort", {"order", "missing", "unmapped_type"})
        direction = direction.get("order")
    if direction not in {None, "asc", "desc"}:
        raise Invalid(f"sort goes asc or desc, not {str(direction)[:40]!r}")
    if field == "_score":
        if direction == "asc":
            raise Invalid("Sorting by ascending _score is not supported")
        return None
    if kind_of(field) is Kind.TEXT:
        raise Invalid(f"Cannot sort by {field}: it is text")
    return Order(field, descending=direction == "desc")


def _fields(options: dict[str, Any]) -> tuple[str, ...]:
    """Known names, without their boosts; none when all fields are meant."""
    given = options.get("fields", options.get("default_field", []))
    names = [name.partition("^")[0] for name in _names(_listed(given))]
    if "*" in names:
        return ()
    _require_few(len(names))
    for name in names:
        kind_of(name)
    return tuple(names)


def _operator(options: dict[str, Any], default: str, name: str = "operator") -> Any:
    operator = str(options.get(name, default)).upper()
    if operator not in {"AND", "OR"}:
        raise Invalid(f"{name} is AND or OR, not {operator[:40]!r}")
    return operator


def _field_options(
    body: object, kind: str, known: set[str], *, short: str | None = "query"
) -> tuple[str, dict[str, Any]]:
    """`{field: {…}}`, or `{field: value}` for the option `short`."""
    field, options = _single(body, kind)
    kind_of(field)
    if not isinstance(options, dict):
        if short is None:
            raise Invalid(f"{kind} on {field} takes an object")
        options = {short: options}
    _only(options, f"{kind} on {field}", known)
    return field, options


def _single(body: object, what: str) -> tuple[str, Any]:
    found = _object(body, what)
    if len(found) != 1:
        raise Invalid(f"{what} has exactly one key, not {len(found)}: {', '.join(sorted(found))[:200]}")
    [(key, value)] = found.items()
    return key, value


def _object(body: object, what: str) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise Invalid(f"{what} takes an object, not {str(body)[:40]!r}")
    return body


def _only(given: dict[str, Any], what: str, known: set[str]) -> None:
    unknown = sorted(given.keys() - known)
    if unknown:
        supported = ", ".join(sorted(known)) or "nothing"
        raise Invalid(f"{unknown[0][:80]!r} is not supported in {what}. These are: {supported}")


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _names(values: list[Any]) -> tuple[str, ...]:
    return tuple(text(value).strip() for value in values)


def _scalar(value: object) -> object:
    """Numbers and truth values are words, too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _require_few(count: int) -> None:
    if count > MAX_CLAUSES:
        raise Invalid(f"A query has at most {MAX_CLAUSES} words and fields")


def _require_keyword(field: str, kind: str) -> None:
    if kind_of(field) is not Kind.KEYWORD:
        raise Invalid(f"{kind} takes a keyword field, which {field} is not")
