"""Search with filters, extents and cursors, as the catalog does it."""

import asyncio
import json
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from ariadne import ObjectType, QueryType
from pydantic import ValidationError

from registry.db.buckets import BucketStore
from registry.errors import SearchRefused
from registry.graphql.context import Context, Info
from registry.graphql.unions import InvalidInput, OperationError, invalid, marker
from registry.services.packages import presenters
from registry.services.search.catalog_search import (
    CatalogSearch,
    CatalogSearchKind,
    CatalogSearchRequest,
    UserMetaType,
    object_order,
    package_order,
    read_request,
    request_of_cursor,
)
from registry.services.search.matches import entry_matches, matches_of
from shared.db.engine import AsyncSession
from shared.index.records import Hit, ObjectRecord, PackageRecord
from shared.index.search.clauses import Clause
from shared.index.search.fields import pointer_of
from shared.index.search.predicates import NeedsSearchEngine
from shared.index.search.results import Extents, Facet, PackageKey, SearchTooSlow
from shared.index.trees.nodes import TreeFile
from shared.quilt.metadata import read_metadata

T = TypeVar("T")

DEFAULT_SIZE = 30

query = QueryType()
objects = ObjectType("ObjectsSearchResultSet")
packages = ObjectType("PackagesSearchResultSet")
stats = ObjectType("PackagesSearchStats")
package_hits = ObjectType("SearchHitPackage")


@dataclass(frozen=True, slots=True)
class ResultSet:
    """A search that found something. `EmptySearchResultSet` is another type."""

    question: CatalogSearchRequest
    extents: Extents

    @property
    def total(self) -> int:
        return self.extents.total

    @property
    def stats(self) -> "SearchStats":
        return SearchStats(self.question, self.extents)


class SearchStats:
    def __init__(self, question: CatalogSearchRequest, extents: Extents) -> None:
        self.question = question
        self.extents = extents
        self._user_meta: asyncio.Future[UserMeta] | None = None

    async def found_user_meta(self, context: Context) -> "UserMeta":
        """Read once for the fields that show it."""
        if self._user_meta is None:
            self._user_meta = asyncio.ensure_future(_user_meta(context, self.question))
        return await self._user_meta

    @property
    def modified(self) -> dict[str, Any]:
        return _bounds(self.extents.modified)

    @property
    def size(self) -> dict[str, Any]:
        return _bounds(self.extents.size)

    @property
    def entries(self) -> dict[str, Any]:
        return _bounds(self.extents.entries)

    @property
    def ext(self) -> dict[str, Any]:
        return {"values": self.extents.extensions}


class ObjectsSearchResultSet(ResultSet):
    pass


class PackagesSearchResultSet(ResultSet):
    pass


@query.field("searchObjects")
async def search_objects(_: object, info: Info, **asked: Any) -> Any:
    return await _answer_or_error(_search(info.context, "objects", asked))


@query.field("searchPackages")
async def search_packages(_: object, info: Info, **asked: Any) -> Any:
    return await _answer_or_error(_search(info.context, "packages", asked))


@stats.field("workflow")
async def found_workflows(found: SearchStats, info: Info) -> dict[str, Any]:
    async with info.context.database() as session:
        return {"values": await _catalog_search(info.context, session).workflows(found.question)}


@stats.field("userMeta")
async def found_user_meta(found: SearchStats, info: Info) -> list[dict[str, Any]]:
    return (await found.found_user_meta(info.context)).facets


@stats.field("userMetaTruncated")
async def is_user_meta_truncated(found: SearchStats, info: Info) -> bool:
    return (await found.found_user_meta(info.context)).truncated


@packages.field("filteredUserMetaFacets")
async def filtered_user_meta(
    found: ResultSet,
    info: Info,
    path: str,
    type: UserMetaType | None = None,  # noqa: A002 – GraphQL's name
) -> list[dict[str, Any]]:
    return (await _user_meta(info.context, found.question, path, type)).facets


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
    except NeedsSearchEngine as error:
        return invalid("filter", "NotSupported", str(error))
    except SearchTooSlow as error:
        return OperationError("Timeout", str(error))


async def _search(context: Context, kind: CatalogSearchKind, asked: dict[str, Any]) -> ResultSet | dict[str, str]:
    try:
        question = CatalogSearchRequest(
            kind=kind,
            buckets=asked.get("buckets"),
            text=asked.get("search_string") or "",
            filter=asked.get("filter") or {},
            user_meta=asked.get("user_meta_filters") or [],
            all_revisions=kind == "packages" and not asked.get("latest_only", False),
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise SearchRefused(".".join(map(str, first["loc"])), "InvalidFilter", first["msg"]) from error
    read_request(question)
    if context.viewer is None:
        return marker("EmptySearchResultSet")
    async with context.database() as session:
        search = _catalog_search(context, session)
        try:
            extents = await search.extents(question)
        except NeedsSearchEngine:
            if not question.all_revisions:
                raise
            # Catalogs ask for all revisions by default.
            question = question.model_copy(update={"all_revisions": False})
            extents = await search.extents(question)
    if extents is None:
        return marker("EmptySearchResultSet")
    return (PackagesSearchResultSet if kind == "packages" else ObjectsSearchResultSet)(question, extents)


async def _more(context: Context, kind: CatalogSearchKind, after: str, size: int | None) -> dict[str, Any]:
    return await _page(context, request_of_cursor(after, kind), size)


async def _page(context: Context, question: CatalogSearchRequest, size: int | None) -> dict[str, Any]:
    clause = read_request(question).clause
    async with context.database() as session:
        page = await _catalog_search(context, session).page(question, DEFAULT_SIZE if size is None else size)
    name = "PackagesSearchResultSetPage" if question.kind == "packages" else "ObjectsSearchResultSetPage"
    return {**marker(name), "cursor": page.cursor, "hits": [_hit(hit, clause, page.entries) for hit in page.hits]}


def _catalog_search(context: Context, session: AsyncSession) -> CatalogSearch:
    """Raises Unauthenticated."""
    buckets = BucketStore(session, context.services.packages.rules)
    return CatalogSearch(context.signed_in(), buckets, context.services.search_backend(session))


@dataclass(frozen=True, slots=True)
class UserMeta:
    facets: list[dict[str, Any]]
    truncated: bool


async def _user_meta(
    context: Context, question: CatalogSearchRequest, path: str = "", type_: UserMetaType | None = None
) -> UserMeta:
    async with context.database() as session:
        found = await _catalog_search(context, session).user_meta(question, path, type_)
    return UserMeta([_facet(each) for each in found.facets], found.truncated)


def _facet(found: Facet) -> dict[str, Any]:
    made: dict[str, Any] = {
        **marker(f"{found.type.capitalize()}PackageUserMetaFacet"),
        "path": pointer_of(found.field),
        "sortable": found.type != "text",
    }
    match found.type:
        case "number":
            made["extents"] = _bounds((found.minimum, found.maximum))
        case "datetime":
            made["extents"] = _bounds((_time(found.minimum), _time(found.maximum)))
        case "keyword":
            made["extents"] = {"values": [str(each.value) for each in found.values]}
        case _:
            pass
    return made


def _time(seconds: float | None) -> datetime:
    return datetime.fromtimestamp(seconds or 0, UTC)


@dataclass(frozen=True, slots=True)
class MatchingEntries:
    clause: Clause
    root: bytes | None
    keys: Sequence[str]


@package_hits.field("matchingEntries")
async def matching_entries(hit: dict[str, Any], info: Info) -> list[dict[str, Any]]:
    matching: MatchingEntries = hit["matching_entries"]
    if matching.root is None:
        return []
    info.context.spend(len(matching.keys))
    found = [(key, await info.context.trees.entry(matching.root, key)) for key in matching.keys]
    return [_matching_entry(matching.clause, key, file) for key, file in found if isinstance(file, TreeFile)]


def _matching_entry(clause: Clause, key: str, file: TreeFile) -> dict[str, Any]:
    meta = read_metadata(file.meta).get("user_meta")
    matched = {match.field for match in entry_matches(clause, key, meta)}
    return {
        "logical_key": key,
        "physical_key": file.physical_key,
        "size": file.size,
        "meta": json.dumps(meta, ensure_ascii=False) if meta else None,
        "match_locations": {
            "logical_key": bool(matched & {"name", "ext"}),
            "physical_key": False,
            "meta": any(pointer_of(field) is not None for field in matched),
            "contents": False,
        },
    }


def _bounds(found: tuple[Any, Any]) -> dict[str, Any]:
    return {"min": found[0], "max": found[1]}


def _hit(hit: Hit, clause: Clause, entries: Mapping[PackageKey, Sequence[str]]) -> dict[str, Any]:
    found = hit.found
    if isinstance(found, ObjectRecord):
        return _object_hit(hit, found)
    keys = entries.get((found.bucket, found.name), ())
    return {**_package_hit(hit, found, clause), "matching_entries": MatchingEntries(clause, found.latest.root, keys)}


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
        "deleted": found.deleted,
        "indexed_content": hit.text or None,
    }


def _package_hit(hit: Hit, found: PackageRecord, clause: Clause) -> dict[str, Any]:
    latest = found.latest
    first = presenters.header(latest)
    meta = json.dumps(first["user_meta"], ensure_ascii=False) if first.get("user_meta") is not None else None
    workflow = first.get("workflow")
    matched = {match.field for match in matches_of(clause, hit)}
    return {
        "id": f"{found.bucket}/{found.name}:{hit.tag}",
        "score": hit.score,
        "bucket": found.bucket,
        "name": found.name,
        "pointer": hit.tag,
        "hash": latest.top_hash,
        "size": latest.total_bytes,
        "modified": found.modified,
        "total_entries_count": latest.total_entries,
        "comment": latest.message,
        "meta": meta,
        "workflow": workflow if isinstance(workflow, dict) else None,
        "match_locations": {
            "name": "name" in matched,
            "comment": "message" in matched,
            "meta": "meta" in matched or any(pointer_of(field) is not None for field in matched),
            "workflow": "workflow" in matched,
        },
    }


BINDABLES = [query, objects, packages, stats, package_hits]
