"""Order of matches by their scores, with the newest of equals first. Each function gives an exact beginning of it."""

from collections.abc import Iterable
from dataclasses import dataclass

import tantivy
from tantivy import Query

from registry.search_engine.combining import every, unscored
from registry.search_engine.ranking import MAX_WINDOW, Ranked, RankedMatch, key_at, newest_before, total_of
from registry.search_engine.schema import schema
from registry.search_engine.translation import Tier

FIRST_WINDOW = 300
"""Matches that are looked at first. They cost hardly more than the first page, and equal scores seldom go on behind them."""

Place = tuple[float, int]
"""Score and `newest` of a match."""


@dataclass(frozen=True, slots=True)
class _Scored:
    score: float
    newest: int
    address: tantivy.DocAddress


def most_relevant(searcher: tantivy.Searcher, query: Query, wanted: int) -> Ranked:
    """The first matches by score."""
    wanted = min(wanted, MAX_WINDOW)
    window = min(max(wanted + 1, FIRST_WINDOW), MAX_WINDOW + 1)
    first = searcher.search(query, limit=window)
    hits = first.hits
    if len(hits) > wanted:
        last = hits[wanted - 1][0]
        is_whole = len(hits) < window or hits[-1][0] < last
        found = _with_ages(searcher, [hit for hit in hits if hit[0] >= last])
        if not is_whole:
            found = _with_newest_of_equals(searcher, query, found, wanted)
    else:
        found = _with_ages(searcher, hits)
    best = sorted(found, key=lambda each: (-each.score, -each.newest))[:wanted]
    matches = [RankedMatch(key_at(searcher, each.address), each.score, each.newest) for each in best]
    return total_of(first), matches


def following(searcher: tantivy.Searcher, query: Query, after: Place, wanted: int) -> Ranked:
    """Matches after a place. Pages end at MAX_WINDOW."""
    score, newest = after
    window = max(wanted * 4, FIRST_WINDOW)
    while True:
        total, found = most_relevant(searcher, query, window)
        rest = [match for match in found if (-match.score, -match.newest) > (-score, -newest)]
        if len(rest) >= wanted or len(found) < window or window >= MAX_WINDOW:
            return total, rest[:wanted]
        window = min(window * 4, MAX_WINDOW)


def by_tiers(searcher: tantivy.Searcher, tiers: Iterable[Tier], after: Place | None, wanted: int) -> list[RankedMatch]:
    """The first matches after a place, of tiers in the order of their scores."""
    found: list[RankedMatch] = []
    for tier in tiers:
        if after and tier.score > after[0]:
            continue
        before = after[1] if after and tier.score == after[0] else None
        found += newest_before(searcher, tier.query, before, wanted - len(found), score=tier.score)
        if len(found) == wanted:
            break
    return found


def _with_newest_of_equals(
    searcher: tantivy.Searcher, query: Query, found: list[_Scored], wanted: int
) -> list[_Scored]:
    """More matches have the last score than were looked at: take the newest of them.

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
    return _with_ages(
        searcher, [hit for hit in searcher.search(query, limit=limit, count=False).hits if hit[0] == score]
    )


def _with_ages(searcher: tantivy.Searcher, hits: list[tuple[float, tantivy.DocAddress]]) -> list[_Scored]:
    ages = searcher.fast_field_values("newest", [address for _, address in hits])
    return [_Scored(score, int(age or 0), address) for (score, address), age in zip(hits, ages, strict=True)]
