"""Search for people: packages and objects together, in buckets that the caller may read."""

import re
from collections.abc import Iterable
from typing import Literal

from registry.db.buckets import BucketStore
from registry.errors import BucketNotFound
from registry.services.search.query.query_string import parse
from shared.db.cursors import cursor_time, decode_cursor, encode_cursor
from shared.errors import InvalidCursor
from shared.index.records import Hit, ObjectRecord
from shared.index.search.clauses import Clause, Everything, phrases
from shared.index.search.results import SearchPosition, SearchScope
from shared.index.search.store import SearchStore
from shared.schemas.principal import Principal
from shared.schemas.search import FoundItem, FoundObject, FoundPackage, SearchResults

SearchKind = Literal["package", "object"]

_SNIPPET_BEFORE, _SNIPPET_AFTER = 60, 140
"""Characters of a snippet before and after the start of the first word found."""
MAX_BUCKETS = 100


class SearchService:
    def __init__(self, buckets: BucketStore, index: SearchStore) -> None:
        self._buckets = buckets
        self._index = index

    async def search(
        self,
        viewer: Principal,
        query: str,
        *,
        buckets: list[str],
        kind: SearchKind | None,
        after: str | None,
        limit: int,
    ) -> SearchResults:
        """An empty query finds everything, newest first. Raises BucketNotFound for a bucket that the viewer does not see."""
        clause = parse(query) or Everything()
        scope = await self._scope(viewer, buckets, kind)
        position = _decode_position(after) if after else None
        found = await self._index.search(clause, scope, limit=limit, after=position, with_text=True)
        words = word_pattern(clause)
        return SearchResults(
            items=[_found_item(hit, words) for hit in found.hits],
            next=_cursor(found.last) if found.last else None,
            total=found.total,
        )

    async def _scope(self, viewer: Principal, wanted: list[str], kind: SearchKind | None) -> SearchScope:
        readable, seen = await self._buckets.readable(viewer), await self._buckets.seen(viewer)
        for bucket in wanted:
            if bucket not in seen:
                raise BucketNotFound(bucket)
        buckets = wanted or seen
        objects = [bucket for bucket in buckets if bucket in readable]
        return SearchScope(objects=[] if kind == "package" else objects, packages=[] if kind == "object" else buckets)


def _cursor(position: SearchPosition) -> str:
    return encode_cursor(position.score, position.modified.isoformat(), position.kind, position.bucket, position.name)


def _decode_position(raw: str) -> SearchPosition:
    score, modified, kind, bucket, name = decode_cursor(raw, float, str, int, str, str)
    if kind not in {0, 1}:
        raise InvalidCursor
    return SearchPosition(score, cursor_time(modified), kind, bucket, name)


def _found_item(hit: Hit, words: re.Pattern[str] | None) -> FoundItem:
    snippet = _snippet(hit.text, words)
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
            score=hit.score,
            snippet=snippet,
        )
    latest = found.latest
    return FoundPackage(
        kind="package",
        bucket=found.bucket,
        name=found.name,
        top_hash=latest.top_hash,
        modified=found.modified,
        message=latest.message,
        total_entries=latest.total_entries,
        total_bytes=latest.total_bytes,
        score=hit.score,
        snippet=snippet,
    )


def word_pattern(clause: Clause) -> re.Pattern[str] | None:
    """A pattern for any of the words and phrases in a clause; None if it has none."""
    wanted: Iterable[str] = (r"[\W_]+".join(map(re.escape, phrase.words)) for phrase in phrases(clause))
    pattern = "|".join(wanted)
    return re.compile(rf"(?<![^\W_])(?:{pattern})", re.IGNORECASE) if pattern else None


def _snippet(text: str, words: re.Pattern[str] | None) -> str | None:
    found = words.search(text) if words else None
    if found is None:
        return None
    start, end = max(0, found.start() - _SNIPPET_BEFORE), min(len(text), found.start() + _SNIPPET_AFTER)
    cut = " ".join(text[start:end].split())
    return f"{'… ' if start else ''}{cut}{' …' if end < len(text) else ''}"
