"""The packages that have an entry that matches.

Where very many entries match, a sample of the entries names most of these packages, and only the others are looked at whole.
"""

from collections.abc import Collection, Iterable
from typing import Any

import tantivy
from tantivy import Query

from registry.search_engine.combining import every, terms, unscored
from registry.search_engine.schema import ENTRIES_PER_SAMPLE, package_term, sample_term
from registry.search_engine.snapshot import IndexSnapshot
from shared.index.search.results import PackageKey

MAX_VALUES = 65_000
"""Distinct values that tantivy's aggregations take."""
MANY_ENTRIES = 20_000
"""Number of matching entries from which looking at each takes longer than a search should."""
_MANY_SAMPLES = MANY_ENTRIES // ENTRIES_PER_SAMPLE


def packages_with(snapshot: IndexSnapshot, query: Query, buckets: Collection[str]) -> list[str]:
    """Terms of the packages in these buckets that have an entry that matches a query for entries. The query is not scored."""
    searcher = snapshot.searcher
    sampled = _counts(searcher, sampled_of(query, buckets)) or {}
    matches = sum(sampled.values()) * ENTRIES_PER_SAMPLE
    if matches < MANY_ENTRIES or (known := snapshot.documents_of_packages(buckets)) is None:
        return _all_packages_with(searcher, query)
    rest = known.keys() - sampled.keys()
    if not rest:
        return list(sampled)
    if sum(known[each] for each in rest) > matches:
        return _all_packages_with(searcher, query)
    return [*sampled, *_all_packages_with(searcher, every([query, _of_packages(rest)]))]


def sampled_entries(
    snapshot: IndexSnapshot, query: Query, packages: Collection[PackageKey], limit: int
) -> dict[PackageKey, list[str]]:
    """Logical keys of entries that match, at most `limit` of each package, where very many of these packages' entries do.

    Nothing where fewer match, so that they can be looked at and ordered. The query is not scored.
    """
    named = {package_term(*package): package for package in packages}
    sample = sampled_of(query, {bucket for bucket, _ in packages})
    names: dict[str, Any] = {"terms": {"field": "name", "size": limit, "segment_size": limit}}
    found = snapshot.searcher.aggregate(
        every([sample, _of_packages(named)]),
        {"packages": {"terms": {"field": "package", "size": len(named)}, "aggs": {"names": names}}},
    )["packages"]["buckets"]
    if sum(each["doc_count"] for each in found) < _MANY_SAMPLES:
        return {}
    return {named[each["key"]]: [name["key"] for name in each["names"]["buckets"]] for each in found}


def sampled_of(query: Query, buckets: Collection[str]) -> Query:
    return every([query, unscored(terms("scope", map(sample_term, buckets)))])


def _of_packages(names: Iterable[str]) -> Query:
    return unscored(terms("package", names))


def _all_packages_with(searcher: tantivy.Searcher, query: Query) -> list[str]:
    found = _counts(searcher, query)
    return _many_packages_with(searcher, query) if found is None else list(found)


def _counts(searcher: tantivy.Searcher, query: Query) -> dict[str, int] | None:
    """Matches of each package; None when there are too many packages."""
    asked: dict[str, Any] = {"terms": {"field": "package", "size": MAX_VALUES, "segment_size": MAX_VALUES}}
    try:
        answer = searcher.aggregate(query, {"packages": asked})["packages"]
    except ValueError:  # too many
        return None
    if answer["sum_other_doc_count"]:
        return None
    return {bucket["key"]: bucket["doc_count"] for bucket in answer["buckets"]}


def _many_packages_with(searcher: tantivy.Searcher, query: Query) -> list[str]:
    """The same for any number of packages, which takes half as long again."""
    found: list[str] = []
    sources: dict[str, Any] = {"size": MAX_VALUES, "sources": [{"package": {"terms": {"field": "package"}}}]}
    while True:
        answer = searcher.aggregate(query, {"page": {"composite": sources}})["page"]
        found += [bucket["key"]["package"] for bucket in answer["buckets"]]
        if len(answer["buckets"]) < MAX_VALUES:
            return found
        sources["after"] = answer["after_key"]
