"""Search for people: packages and objects together, in buckets that the caller may read."""

from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from registry.db.buckets import BucketStore
from registry.errors import BucketNotFound
from registry.services.packages import presenters
from registry.services.search.entries import matching_entries
from registry.services.search.matches import Match, matches_of
from registry.services.search.ordering import typed_order
from registry.services.search.query.named_fields import named_field
from registry.services.search.query.query_string import parse, parse_search
from registry.services.search.query.sorting import parse_order
from shared.db.cursors import cursor_time, decode_cursor, encode_cursor
from shared.errors import Invalid, InvalidCursor
from shared.index.records import Hit, ObjectRecord
from shared.index.search.clauses import All, AnyOf, Clause, Equals, Everything, Phrase, Starts, phrases
from shared.index.search.documents import DocumentKind
from shared.index.search.fields import FACET_FIELDS, METADATA, pointer_of
from shared.index.search.predicates import NeedsSearchEngine
from shared.index.search.results import (
    Facet,
    PackageKey,
    SearchBackend,
    SearchOrder,
    SearchPosition,
    SearchResult,
    SearchScope,
)
from shared.schemas.principal import Principal
from shared.schemas.search import (
    FacetRange,
    FacetValueCount,
    FoundItem,
    FoundObject,
    FoundPackage,
    SearchableField,
    SearchableFields,
    SearchFacet,
    SearchMatch,
    SearchResults,
    SearchSuggestion,
)

SearchKind = Literal["package", "object"]

MAX_BUCKETS = 100
MAX_FILTERS = 50
MAX_FACETS = 50
MAX_FIELDS = 1_000
MAX_SUGGESTED_WORDS = 10
MAX_OFFSET = 10_000
"""Hits in an order of `sort` that can be paged through."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    query: str = ""
    buckets: Sequence[str] = ()
    """All that the caller sees, when there are none."""
    kind: SearchKind | None = None
    filters: Sequence[str] = ()
    facets: Sequence[str] = ()
    sort: str | None = None
    all_revisions: bool = False
    position: int | None = None
    """Position in the feed of changes that the answer must have."""
    cursor: str | None = None
    limit: int = 20


class SearchService:
    def __init__(self, buckets: BucketStore, index: SearchBackend) -> None:
        self._buckets = buckets
        self._index = index

    async def search(self, viewer: Principal, asked: SearchRequest) -> SearchResults:
        """An empty query finds everything, newest first. Raises BucketNotFound for a bucket that the viewer does not see."""
        words = parse_search(asked.query)
        clause = _with_filters(words.clause, asked.filters)
        facets = [_facet_field(name) for name in asked.facets]
        order = parse_order(asked.sort) if asked.sort else words.order
        if asked.position is not None:
            await self._index.wait_for(asked.position)
        scope = await self._scope(viewer, asked)
        order = await typed_order(self._index, clause, scope, order)
        after, offset = _decode_cursor(asked.cursor, order)

        def search(searched: SearchScope) -> Awaitable[SearchResult]:
            return self._index.search(
                clause, searched, limit=asked.limit, offset=offset, after=after, order=order, with_text=True
            )

        found = await search(scope)
        if not found.total and _names_a_revision(clause):
            with suppress(NeedsSearchEngine):
                scope = replace(scope, all_revisions=True)
                found = await search(scope)
        entries = await matching_entries(self._index, clause, scope, found.hits)
        return SearchResults(
            items=[_found_item(hit, matches_of(clause, hit), entries) for hit in found.hits],
            next=_next_cursor(found, order, offset + asked.limit),
            total=found.total,
            total_packages=found.packages,
            total_objects=found.total - found.packages,
            facets=[_facet(each) for each in await self._index.facets(clause, scope, facets)] if facets else [],
            as_of=self._index.as_of,
            complete=self._index.complete,
            suggestions=[] if found.total else await self._suggestions(clause, scope),
        )

    async def fields(
        self, viewer: Principal, query: str, *, buckets: Sequence[str], filters: Sequence[str]
    ) -> SearchableFields:
        """Fields of metadata in the packages that match."""
        clause = _with_filters(parse(query), filters)
        scope = await self._scope(viewer, SearchRequest(buckets=buckets, kind="package"))
        found = await self._index.fields(clause, scope)
        return SearchableFields(
            items=[
                SearchableField(field=METADATA + each.path, path=each.path, type=each.type, packages=each.packages)
                for each in found[:MAX_FIELDS]
            ]
        )

    async def _scope(self, viewer: Principal, asked: SearchRequest) -> SearchScope:
        searched = await self._buckets.searched(viewer)
        for bucket in asked.buckets:
            if bucket not in searched.seen:
                raise BucketNotFound(bucket)
        buckets = list(dict.fromkeys(asked.buckets)) or searched.seen
        readable = set(searched.readable)
        return await self._buckets.search_scope(
            viewer,
            [] if asked.kind == "package" else [bucket for bucket in buckets if bucket in readable],
            [] if asked.kind == "object" else buckets,
            all_revisions=asked.all_revisions,
        )

    async def _suggestions(self, clause: Clause, scope: SearchScope) -> list[SearchSuggestion]:
        """The number of items that each word of a search finds alone, and words that are near it."""
        made: dict[str, SearchSuggestion] = {}
        for phrase in phrases(clause):
            word = " ".join(phrase.words)
            if word in made or len(made) == MAX_SUGGESTED_WORDS:
                continue
            count = await self._index.count(Phrase(phrase.words, phrase.field, phrase.prefix), scope)
            near = await self._index.near_words(word, scope) if len(phrase.words) == 1 and not count else []
            made[word] = SearchSuggestion(word=word, count=count, instead=near)
        return list(made.values())


def _with_filters(clause: Clause | None, filters: Sequence[str]) -> Clause:
    parts = [clause, *(parse(each) for each in filters)]
    wanted = tuple(part for part in parts if part is not None)
    return wanted[0] if len(wanted) == 1 else All(wanted) if wanted else Everything()


def _names_a_revision(clause: Clause) -> bool:
    """A pasted hash may be that of an older revision."""
    match clause:
        case All(clauses) | AnyOf(clauses):
            return any(_names_a_revision(each) for each in clauses)
        case Equals("hash") | Starts("hash"):
            return True
        case _:
            return False


def _facet_field(name: str) -> str:
    field = named_field(name).field
    if pointer_of(field) is None and field not in FACET_FIELDS:
        raise Invalid(f"There is no facet of {field}. Facets are: {', '.join(FACET_FIELDS)}, and meta.<path>")
    return field


def _next_cursor(found: SearchResult, order: SearchOrder | None, end: int) -> str | None:
    """A cursor holds the last hit in the order of relevance. In other orders it holds the number of hits before."""
    if not found.more:
        return None
    if order is None and found.last:
        last = found.last
        return encode_cursor(last.score, last.modified.isoformat(), last.kind, last.bucket, last.name)
    return encode_cursor(end) if end < MAX_OFFSET else None


def _decode_cursor(raw: str | None, order: SearchOrder | None) -> tuple[SearchPosition | None, int]:
    if raw is None:
        return None, 0
    if order:
        [offset] = decode_cursor(raw, int)
        if not 0 <= offset < MAX_OFFSET:
            raise InvalidCursor
        return None, offset
    score, modified, kind, bucket, name = decode_cursor(raw, float, str, int, str, str)
    if kind not in set(DocumentKind):
        raise InvalidCursor
    return SearchPosition(score, cursor_time(modified), kind, bucket, name), 0


def _found_item(hit: Hit, matches: list[Match], entries: Mapping[PackageKey, Sequence[str]]) -> FoundItem:
    shown = [SearchMatch(field=each.field, snippet=each.snippet, value=each.value) for each in matches]
    snippet = next((each.snippet for each in matches if each.field in {"readme", "content"}), None)
    found = hit.found
    if isinstance(found, ObjectRecord):
        return FoundObject(
            kind="object",
            bucket=found.bucket,
            key=found.key,
            version_id=found.version_id,
            size=found.size,
            modified=found.modified,
            meta=found.meta,
            deleted=found.deleted,
            score=hit.score,
            snippet=snippet,
            matches=shown,
        )
    latest = found.latest
    header = presenters.header(latest)
    return FoundPackage(
        kind="package",
        bucket=found.bucket,
        name=found.name,
        pointer=hit.tag,
        top_hash=latest.top_hash,
        modified=found.modified,
        author=hit.author,
        message=latest.message,
        workflow=_workflow_id(header.get("workflow")),
        title=found.title,
        description=found.description,
        revisions=found.revisions,
        total_entries=latest.total_entries,
        total_bytes=latest.total_bytes,
        kinds=presenters.kind_totals(latest),
        meta=_metadata(header.get("user_meta")),
        score=hit.score,
        snippet=snippet,
        matches=shown,
        matching_entries=list(entries.get((found.bucket, found.name), ())),
    )


def _metadata(found: Any) -> dict[str, Any]:
    return found if isinstance(found, dict) else {}


def _workflow_id(found: Any) -> str | None:
    id_ = found.get("id") if isinstance(found, dict) else None
    return id_ if isinstance(id_, str) else None


def _facet(found: Facet) -> SearchFacet:
    return SearchFacet(
        field=found.field,
        type=found.type,
        distinct=found.distinct,
        complete=found.complete,
        values=[FacetValueCount(value=each.value, count=each.count) for each in found.values],
        min=found.minimum,
        max=found.maximum,
        buckets=[FacetRange(start=each.start, end=each.end, count=each.count) for each in found.ranges],
    )
