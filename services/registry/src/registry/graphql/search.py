"""Search with filters, extents and cursors, as the catalog does it."""

import json
import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, TypeVar

from ariadne import ObjectType, QueryType
from pydantic import ValidationError

from registry.errors import SearchRefused
from registry.graphql.context import Context, Info
from registry.graphql.unions import InvalidInput, OperationError, always, invalid, marker
from registry.services.packages import presenters
from registry.services.search.catalog_search import (
    CatalogSearch,
    CatalogSearchKind,
    CatalogSearchRequest,
    clause_of,
    object_order,
    package_order,
    request_of_cursor,
)
from registry.services.search.service import word_pattern
from shared.index.records import Hit, ObjectRecord, PackageRecord
from shared.index.search.results import Extents, SearchTooSlow
from shared.index.search.store import SearchStore
from shared.quilt.keys import LATEST

T = TypeVar("T")

DEFAULT_SIZE = 30

query = QueryType()
objects = ObjectType("ObjectsSearchResultSet")
packages = ObjectType("PackagesSearchResultSet")

packages.set_field("filteredUserMetaFacets", always([]))


@dataclass(frozen=True, slots=True)
class ResultSet:
    """A search that found something. `EmptySearchResultSet` is another type."""

    question: CatalogSearchRequest
    extents: Extents

    @property
    def total(self) -> int:
        return self.extents.total

    @property
    def stats(self) -> dict[str, Any]:
        return {
            "modified": _bounds(self.extents.modified),
            "size": _bounds(self.extents.size),
            "entries": _bounds(self.extents.entries),
            "ext": {"values": self.extents.extensions},
            "workflow": {"values": []},
            "user_meta": [],
            "user_meta_truncated": False,
        }


class ObjectsSearchResultSet(ResultSet):
    pass


class PackagesSearchResultSet(ResultSet):
    pass


@query.field("searchObjects")
async def search_objects(_: object, info: Info, **asked: Any) -> Any:
    return await _answer_or_error(_search(info.context, "objects", asked))


@query.field("searchPackages")
async def search_packages(_: object, info: Info, **asked: Any) -> Any:
    if asked.get("user_meta_filters"):
        return invalid("userMetaFilters", "NotSupported", "Fields of metadata cannot be searched for yet")
    return await _answer_or_error(_search(info.context, "packages", asked))


@objects.field("firstPage")
async def first_objects(found: ResultSet, info: Info, size: int | None, order: str | None = None) -> dict[str, Any]:
    question = found.question.model_copy(update={"order": object_order(order)})
    return await _page(info.context, question, size)


@packages.field("firstPage")
async def first_packages(found: ResultSet, info: Info, size: int | None, ordering: str | None = None) -> Any:
    async def page() -> dict[str, Any]:
        question = found.question.model_copy(update={"order": package_order(ordering)})
        return await _page(info.context, question, size)

    return await _answer_or_error(page())


@query.field("searchMoreObjects")
async def search_more_objects(_: object, info: Info, after: str, size: int | None) -> Any:
    return await _answer_or_error(_more(info.context, "objects", after, size))


@query.field("searchMorePackages")
async def search_more_packages(_: object, info: Info, after: str, size: int | None) -> Any:
    return await _answer_or_error(_more(info.context, "packages", after, size))


async def _answer_or_error(answer: Awaitable[T]) -> T | InvalidInput | OperationError:
    try:
        return await answer
    except SearchRefused as error:
        return invalid(error.path, error.name, str(error))
    except SearchTooSlow as error:
        return OperationError("Timeout", str(error))


async def _search(context: Context, kind: CatalogSearchKind, asked: dict[str, Any]) -> ResultSet | dict[str, str]:
    try:
        question = CatalogSearchRequest(
            kind=kind,
            buckets=asked.get("buckets"),
            text=asked.get("search_string") or "",
            filter=asked.get("filter") or {},
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise SearchRefused(".".join(map(str, first["loc"])), "InvalidFilter", first["msg"]) from error
    buckets = await context.readable_buckets(), await context.seen_buckets()
    async with context.database() as session:
        extents = await _catalog_search(context, buckets, session).extents(question)
    if extents is None:
        return marker("EmptySearchResultSet")
    return (PackagesSearchResultSet if kind == "packages" else ObjectsSearchResultSet)(question, extents)


async def _more(context: Context, kind: CatalogSearchKind, after: str, size: int | None) -> dict[str, Any]:
    return await _page(context, request_of_cursor(after, kind), size)


async def _page(context: Context, question: CatalogSearchRequest, size: int | None) -> dict[str, Any]:
    buckets = await context.readable_buckets(), await context.seen_buckets()
    async with context.database() as session:
        page = await _catalog_search(context, buckets, session).page(question, DEFAULT_SIZE if size is None else size)
    words = word_pattern(clause_of(question))
    name = "PackagesSearchResultSetPage" if question.kind == "packages" else "ObjectsSearchResultSetPage"
    return {**marker(name), "cursor": page.cursor, "hits": [_hit(hit, words) for hit in page.hits]}


def _catalog_search(context: Context, buckets: tuple[list[str], list[str]], session: Any) -> CatalogSearch:
    visible = context.visibility.sees_package if context.viewer else None  # without a viewer there are no buckets
    return CatalogSearch(*buckets, SearchStore(session, seconds=context.services.search_seconds, visible=visible))


def _bounds(found: tuple[Any, Any]) -> dict[str, Any]:
    return {"min": found[0], "max": found[1]}


def _hit(hit: Hit, words: re.Pattern[str] | None) -> dict[str, Any]:
    found = hit.found
    return _object_hit(hit, found) if isinstance(found, ObjectRecord) else _package_hit(hit, found, words)


def _object_hit(hit: Hit, found: ObjectRecord) -> dict[str, Any]:
    version = found.version_id or "null"
    return {
        "id": f"{found.bucket}/{found.key}:{version}",
        "score": hit.score,
        "bucket": found.bucket,
        "key": found.key,
        "version": version,
        "size": found.size,
        "modified": found.modified,
        "deleted": False,
        "indexed_content": hit.text or None,
    }


def _package_hit(hit: Hit, found: PackageRecord, words: re.Pattern[str] | None) -> dict[str, Any]:
    latest = found.latest
    first = presenters.header(latest)
    meta = json.dumps(first["user_meta"], ensure_ascii=False) if first.get("user_meta") is not None else None
    workflow = first.get("workflow")

    def matches(text: str | None) -> bool:
        return bool(words and text and words.search(text))

    return {
        "id": f"{found.bucket}/{found.name}:{LATEST}",
        "score": hit.score,
        "bucket": found.bucket,
        "name": found.name,
        "pointer": LATEST,
        "hash": latest.top_hash,
        "size": latest.total_bytes,
        "modified": found.modified,
        "total_entries_count": latest.total_entries,
        "comment": latest.message,
        "meta": meta,
        "workflow": workflow if isinstance(workflow, dict) else None,
        "match_locations": {
            "name": matches(found.name),
            "comment": matches(latest.message),
            "meta": matches(meta),
            "workflow": False,
        },
        "matching_entries": [],
    }


BINDABLES = [query, objects, packages]
