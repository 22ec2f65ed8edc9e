"""Queries of tantivy made of others, and of terms."""

from collections.abc import Iterable

from tantivy import Occur, Query

from registry.search_engine.schema import TEXT_FIELDS, schema

_WORDS = frozenset(TEXT_FIELDS)


def every(queries: Iterable[Query]) -> Query:
    found = list(queries)
    if len(found) == 1:
        return found[0]
    return Query.boolean_query([(Occur.Must, query) for query in found]) if found else Query.all_query()


def some(queries: Iterable[Query]) -> Query:
    found = list(queries)
    if len(found) == 1:
        return found[0]
    return Query.boolean_query([(Occur.Should, query) for query in found]) if found else Query.empty_query()


def unscored(query: Query) -> Query:
    return Query.const_score_query(query, 0.0)


def without(query: Query, excluded: Query) -> Query:
    return Query.boolean_query([(Occur.Must, query), (Occur.MustNot, excluded)])


def term(field: str, value: object) -> Query:
    return Query.term_query(schema(), field, value, index_option="freq" if field in _WORDS else "basic")


def terms(field: str, values: Iterable[object]) -> Query:
    found = list(values)
    return Query.term_set_query(schema(), field, found) if found else Query.empty_query()
