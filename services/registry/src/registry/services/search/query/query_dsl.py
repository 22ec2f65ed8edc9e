"""Parser of Elasticsearch's query DSL, for the queries in docs/compat/elasticsearch.md. Others are refused by name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from registry.services.search.query.named_fields import NamedField, named_field
from registry.services.search.query.query_string import NothingToSearch, parse, parse_leniently, parse_simple
from registry.services.search.query.values import (
    between,
    exactly,
    json_object,
    listed,
    names,
    only,
    single,
    text,
    value_of,
)
from shared.errors import Invalid
from shared.index.search.clauses import (
    All,
    AnyOf,
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
)
from shared.index.search.fields import FieldKind
from shared.index.search.words import cut

MAX_DEPTH = 10
MAX_CLAUSES = 200
MAX_TERMS = 1_000


def parse_query(query: object) -> Clause:
    return _QueryParser().clause(query, 1)


class _QueryParser:
    """Parses one query and counts its clauses."""

    def __init__(self) -> None:
        self._clauses = 0

    def clause(self, query: object, depth: int) -> Clause:
        kind, body = single(query, "A query")
        self._clauses += 1
        if self._clauses > MAX_CLAUSES:
            raise Invalid(f"A query has at most {MAX_CLAUSES} clauses")
        if depth > MAX_DEPTH:
            raise Invalid(f"A query has at most {MAX_DEPTH} levels")
        if kind == "bool":
            return self._bool(body, depth)
        if kind == "constant_score":
            only(json_object(body, kind), kind, {"filter", "boost"})
            return self.clause(json_object(body, kind).get("filter"), depth + 1)
        try:
            parser = _LEAVES[kind]
        except KeyError:
            known = ", ".join(sorted([*_LEAVES, "bool", "constant_score"]))
            raise Invalid(f"The query {kind[:80]!r} is not supported. These are: {known}") from None
        return parser(body)

    def _bool(self, body: object, depth: int) -> Clause:
        parts = json_object(body, "bool")
        only(parts, "bool", {"must", "filter", "should", "must_not", "minimum_should_match", "boost"})

        def clauses(name: str) -> list[Clause]:
            return [self.clause(each, depth + 1) for each in listed(parts.get(name, []))]

        required = [*clauses("must"), *clauses("filter"), *(Not(clause) for clause in clauses("must_not"))]
        optional = clauses("should")
        only_optional = not parts.get("must") and not parts.get("filter")
        at_least = _at_least(parts.get("minimum_should_match"), len(optional), default=int(only_optional))
        if optional and at_least:
            required.append(AnyOf(tuple(optional), at_least))
        return All(tuple(required)) if required else Everything()


def _at_least(value: object, count: int, *, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, str) and value.removesuffix("%").isdecimal() and len(value) < 5:
        number = int(value.removesuffix("%"))
        return count * number // 100 if value.endswith("%") else number
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_CLAUSES:
        return value
    raise Invalid(f"minimum_should_match must be a number or a percentage, not {str(value)[:40]!r}")


def _match_all(body: object) -> Clause:
    only(json_object(body, "match_all"), "match_all", {"boost"})
    return Everything()


def _match_none(body: object) -> Clause:
    only(json_object(body, "match_none"), "match_none", set())
    return Nothing()


def _match(body: object) -> Clause:
    field, options = _field_options(body, "match", {"query", "operator", "minimum_should_match", "boost", "lenient"})
    return _words(field, options)


def _words(field: NamedField | None, options: dict[str, Any]) -> Clause:
    """All or any of the words, in one field or in all."""
    query = options.get("query")
    if field and field.kind is not FieldKind.TEXT:
        return exactly(field, query)
    phrases = tuple(Phrase((word,), field.field if field else None) for word in cut(text(_scalar(query))))
    _require_few(len(phrases))
    if not phrases:
        return Nothing()
    least = max(1, _at_least(options.get("minimum_should_match"), len(phrases), default=1))
    found = All(phrases) if _operator(options, "OR") == "AND" else AnyOf(phrases, least)
    return field.limited(found) if field else found


def _match_phrase(body: object) -> Clause:
    field, options = _field_options(body, "match_phrase", {"query", "boost"})
    return exactly(field, options.get("query"))


def _match_phrase_prefix(body: object) -> Clause:
    field, options = _field_options(body, "match_phrase_prefix", {"query", "boost"})
    value = text(options.get("query"))
    if field.kind is FieldKind.KEYWORD:
        return field.limited(Starts(field.field, value))
    words = tuple(cut(value))
    searchable = words and field.kind in {FieldKind.TEXT, FieldKind.METADATA}
    return field.limited(Phrase(words, field.field, prefix=True)) if searchable else Nothing()


def _multi_match(body: object) -> Clause:
    options = json_object(body, "multi_match")
    known = {"query", "fields", "type", "operator", "minimum_should_match", "boost", "lenient", "tie_breaker"}
    only(options, "multi_match", known)
    style = options.get("type", "best_fields")
    if style not in {"best_fields", "most_fields", "cross_fields", "phrase"}:
        raise Invalid(f"multi_match of type {str(style)[:40]!r} is not supported")
    fields: tuple[NamedField | None, ...] = tuple(map(_document_field, _fields(options))) or (None,)
    if style == "phrase":
        query = text(options.get("query"))
        words = tuple(cut(query))
        whole = tuple(exactly(field, query) if field else Phrase(words) for field in fields)
        return AnyOf(whole) if words else Nothing()
    return AnyOf(tuple(_words(field, options) for field in fields))


_QUERY_STRING = {"query", "fields", "default_field", "default_operator", "lenient", "analyze_wildcard", "boost"}


def _query_string(body: object) -> Clause:
    options = json_object(body, "query_string")
    only(options, "query_string", _QUERY_STRING)
    read = parse_leniently if options.get("lenient") is True else parse
    operator = _operator(options, "OR", name="default_operator")
    try:
        return read(text(options.get("query")), operator=operator, fields=_fields(options)) or Nothing()
    except NothingToSearch:
        return Nothing()


def _simple_query_string(body: object) -> Clause:
    options = json_object(body, "simple_query_string")
    only(options, "simple_query_string", _QUERY_STRING - {"default_field"})
    operator = _operator(options, "OR", name="default_operator")
    return parse_simple(text(options.get("query")), operator=operator, fields=_fields(options)) or Nothing()


def _term(body: object) -> Clause:
    field, options = _field_options(body, "term", {"value", "boost"}, short="value")
    return _exact_term(field, options.get("value"))


def _terms(body: object) -> Clause:
    given = {name: value for name, value in json_object(body, "terms").items() if name != "boost"}
    name, values = single(given, "terms")
    field = _document_field(name)
    if not isinstance(values, list):
        raise Invalid("terms takes a list of values")
    if len(values) > MAX_TERMS:
        raise Invalid(f"terms takes at most {MAX_TERMS} values")
    return AnyOf(tuple(_exact_term(field, value) for value in values))


def _exact_term(field: NamedField, value: object) -> Clause:
    if field.kind is FieldKind.TEXT:
        words = tuple(cut(text(_scalar(value))))
        return field.limited(Phrase(words, field.field)) if words else Nothing()
    if field.kind is FieldKind.METADATA:
        return exactly(field, value)
    return field.limited(Equals(field.field, value_of(field, value)))


def _range(body: object) -> Clause:
    field, options = _field_options(body, "range", {"gt", "gte", "lt", "lte", "boost"}, short=None)
    bounds = {_BOUNDS[name]: value for name, value in options.items() if value is not None and name != "boost"}
    return between(field, **bounds) if bounds else Everything()


_BOUNDS = {"gt": "above", "gte": "at_least", "lt": "below", "lte": "at_most"}


def _prefix(body: object) -> Clause:
    field, options = _field_options(body, "prefix", {"value", "boost"}, short="value")
    value = text(options.get("value"))
    if field.kind is FieldKind.TEXT:
        words = tuple(cut(value))
        return field.limited(Phrase(words, field.field, prefix=True)) if words else Nothing()
    _require_keyword(field, "prefix")
    return field.limited(Starts(field.field, value))


def _wildcard(body: object) -> Clause:
    known = {"value", "wildcard", "case_insensitive", "boost"}
    field, options = _field_options(body, "wildcard", known, short="value")
    _require_keyword(field, "wildcard")
    return field.limited(Like(text(options.get("value", options.get("wildcard"))), field.field))


def _exists(body: object) -> Clause:
    options = json_object(body, "exists")
    only(options, "exists", {"field", "boost"})
    field = _document_field(text(options.get("field")))
    return field.limited(Present(field.field))


def _ids(body: object) -> Clause:
    options = json_object(body, "ids")
    only(options, "ids", {"values", "type", "boost"})
    values = listed(options.get("values", []))
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


def _document_field(name: str) -> NamedField:
    """The field of Elasticsearch's documents: only those of objects have a `size`."""
    return replace(named_field(name), document="object") if name == "size" else named_field(name)


def _fields(options: dict[str, Any]) -> tuple[str, ...]:
    """Names of fields, without their boosts. Empty when all fields are meant."""
    given = options.get("fields", options.get("default_field", []))
    wanted = [name.partition("^")[0] for name in names(listed(given))]
    if "*" in wanted:
        return ()
    _require_few(len(wanted))
    for name in wanted:
        named_field(name)
    return tuple(wanted)


def _operator(options: dict[str, Any], default: str, name: str = "operator") -> Any:
    operator = str(options.get(name, default)).upper()
    if operator not in {"AND", "OR"}:
        raise Invalid(f"{name} is AND or OR, not {operator[:40]!r}")
    return operator


def _field_options(
    body: object, kind: str, known: set[str], *, short: str | None = "query"
) -> tuple[NamedField, dict[str, Any]]:
    """The field and its options: `{field: {…}}`, or `{field: value}` with the value for the option `short`."""
    name, options = single(body, kind)
    field = _document_field(name)
    if not isinstance(options, dict):
        if short is None:
            raise Invalid(f"{kind} on {name} takes an object")
        options = {short: options}
    only(options, f"{kind} on {name}", known)
    return field, options


def _scalar(value: object) -> object:
    """Text of numbers and truth values, which can be searched for as words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _require_few(count: int) -> None:
    if count > MAX_CLAUSES:
        raise Invalid(f"A query has at most {MAX_CLAUSES} words and fields")


def _require_keyword(field: NamedField, kind: str) -> None:
    if field.kind not in {FieldKind.KEYWORD, FieldKind.METADATA}:
        raise Invalid(f"{kind} takes a keyword field, which {field.field} is not")
