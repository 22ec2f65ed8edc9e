"""`/api/search`: answers of the form that Quilt's clients and web catalogs expect from Elasticsearch."""

import json
import time
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from registry.db.buckets import BucketStore, SearchedBuckets
from registry.errors import IndexForbidden
from registry.services.search import hits
from registry.services.search.ordering import typed_order
from registry.services.search.query.query_string import (
    NothingToSearch,
    ParsedQuery,
    parse_leniently,
    parse_search,
    parse_simple,
)
from registry.services.search.query.request_body import (
    MAX_SIZE,
    SearchBody,
    SourceFilter,
    parse_body,
    parse_source,
    require_window,
    revisions_asked_for,
)
from shared.errors import Invalid
from shared.index.listings import ListingStore
from shared.index.records import ObjectRecord
from shared.index.search.clauses import All, AnyOf, Clause, Equals, Everything, Like, Not, Nothing, Starts
from shared.index.search.results import ExtensionTotals, SearchBackend, SearchOrder, SearchResult, SearchScope
from shared.quilt.metadata import require_depth
from shared.schemas.principal import Principal

MAX_BODY = 32_768
MAX_INDICES = 1_000

PACKAGES = "_packages"
_EVERYTHING = frozenset({"_all", "*"})

_IMAGES = AnyOf(
    tuple(Like(f"*{suffix}", "ext") for suffix in (".bmp", ".gif", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp"))
)
_SAMPLE_SUFFIXES = (
    ".csv",
    ".ipynb",
    ".json",
    ".md",
    ".parquet",
    ".pdf",
    ".rmd",
    ".tsv",
    ".txt",
    ".vcf",
    ".xls",
    ".xlsx",
)
_SAMPLES = AnyOf(tuple(Like(f"*{suffix}{gz}", "ext") for suffix in _SAMPLE_SUFFIXES for gz in ("", ".gz")))
_NO_SAMPLES = ("README.md", "README.txt", "README.ipynb", "quilt_summarize.json")
_OWN_FILES = Starts("key", ".quilt/")
_IMAGE_COUNT, _SAMPLE_COUNT = 100, 20
_NEWEST_FIRST = SearchOrder("modified", descending=True)


@dataclass(frozen=True, slots=True)
class ElasticsearchRequest:
    """Query parameters of a request."""

    action: str
    index: str
    query: str = ""
    body: str | None = None
    size: int | None = None
    offset: int | None = None
    source: str | None = None
    filter_path: str | None = None
    retry: int = 0


class ElasticsearchService:
    def __init__(self, buckets: BucketStore, index: SearchBackend, listings: ListingStore) -> None:
        self._buckets = buckets
        self._index = index
        self._listings = listings

    async def answer(self, viewer: Principal, ask: ElasticsearchRequest) -> dict[str, Any]:
        began = time.perf_counter()
        searched = await self._buckets.searched(viewer)
        indices = expand(ask.index, searched, skip_refused=viewer.is_admin)
        scope = await self._buckets.search_scope(viewer, indices.objects, indices.packages)
        answered = await self._run_action(ask, scope)
        envelope = {
            "took": round((time.perf_counter() - began) * 1e3),
            "timed_out": False,
            "_shards": {"total": 1, "successful": 1, "skipped": 0, "failed": 0},
            **answered,
        }
        return _filtered(envelope, ask.filter_path) if ask.filter_path else envelope

    async def _run_action(self, ask: ElasticsearchRequest, scope: SearchScope) -> dict[str, Any]:
        match ask.action:
            case "search":
                return await self._search(_text_request(ask), scope)
            case "freeform":
                return await self._search(_body_request(ask, ask.body or "{}"), scope)
            case "packages":
                return await self._packages(ask, scope)
            case "stats":
                return _stats(await self._index.totals(scope.objects))
            case "images":
                return _newest(await self._newest(All((_IMAGES, Not(_OWN_FILES))), scope, _IMAGE_COUNT))
            case "sample":
                named = [clause for name in _NO_SAMPLES for clause in (Equals("key", name), Like(f"*/{name}", "key"))]
                wanted = All((_SAMPLES, Not(AnyOf((_OWN_FILES, *named)))))
                return _newest(await self._newest(wanted, scope, _SAMPLE_COUNT))
            case unknown:
                raise Invalid(
                    f"No action {unknown[:80]!r}. Actions are: search, freeform, packages, stats, images, sample"
                )

    async def _packages(self, ask: ElasticsearchRequest, scope: SearchScope) -> dict[str, Any]:
        if scope.objects or not ask.index:
            raise Invalid(f"The action packages takes only indices that end in {PACKAGES}")
        if counted := revisions_asked_for(ask.body or ""):
            return _counted(await self._listings.count_revisions(scope.packages, counted.name))
        request = _body_request(ask, ask.body) if ask.body else _text_request(ask, Everything())
        return await self._search(request, scope)

    async def _newest(self, clause: Clause, scope: SearchScope, limit: int) -> list[ObjectRecord]:
        objects = replace(scope, packages=[])
        found = await self._index.search(clause, objects, limit=limit, order=_NEWEST_FIRST)
        return [hit.found for hit in found.hits if isinstance(hit.found, ObjectRecord)]

    async def _search(self, request: SearchBody, scope: SearchScope) -> dict[str, Any]:
        found = await self._index.search(
            request.clause,
            scope,
            limit=request.size,
            offset=request.offset,
            order=await typed_order(self._index, request.clause, scope, request.order),
            with_text=hits.wants_text(request.source),
        )
        return {"hits": _hits(found, request)}


@dataclass(frozen=True, slots=True)
class SearchedIndices:
    objects: list[str]
    packages: list[str]


def expand(index: str, buckets: SearchedBuckets, *, skip_refused: bool) -> SearchedIndices:
    """Buckets of a comma-separated list of indices: those whose objects are searched, and those whose packages are.

    Raises IndexForbidden for an index that the caller may not search or that does not exist; with `skip_refused` only when
    all are such: the catalog of 2022 names all buckets for administrators, also those that their role does not read.
    """
    objects: set[str] = set()
    packages: set[str] = set()
    readable, seen = set(buckets.readable), set(buckets.seen)
    names = [name.strip() for name in index.split(",") if name.strip()]
    if not names:
        raise Invalid(
            "The parameter index is missing. It is _all, a bucket, or a bucket's name and _packages; several are separated by commas"
        )
    if len(names) > MAX_INDICES:
        raise Invalid(f"At most {MAX_INDICES} indices at once")
    allowed = [name for name in names if _searched_bucket(name) in {None, *seen}]
    refused = [name for name in names if name not in allowed]
    if refused and not (skip_refused and allowed):
        raise IndexForbidden(f"The index {refused[0][:100]} does not exist, or you may not search it")
    for name in allowed:
        if name in _EVERYTHING:
            objects.update(readable)
            packages.update(seen)
        elif name == f"*{PACKAGES}":
            packages.update(seen)
        elif name == f"-*{PACKAGES}":
            packages.clear()
        else:
            plain = name.removesuffix("*")
            bucket = plain.removesuffix(PACKAGES)
            if plain == bucket and bucket in readable:
                objects.add(bucket)
            if plain != bucket or name.endswith("*"):
                packages.add(bucket)
    return SearchedIndices(sorted(objects), sorted(packages))


def _searched_bucket(index: str) -> str | None:
    """The bucket that an index names; None for a pattern of all buckets."""
    if index in {*_EVERYTHING, f"*{PACKAGES}", f"-*{PACKAGES}"}:
        return None
    return index.removesuffix("*").removesuffix(PACKAGES)


def _text_request(ask: ElasticsearchRequest, default: Clause | None = None) -> SearchBody:
    parsed = _parse_text(ask.query, ask.retry)
    everything = Everything() if parsed.order else default or Nothing()
    return _with_parameters(SearchBody(parsed.clause or everything, MAX_SIZE, 0, parsed.order, SourceFilter()), ask)


def _parse_text(query: str, retry: int) -> ParsedQuery:
    """Parse strictly at first. Catalogs repeat a query that was refused with a higher `retry`."""
    if retry >= 2:
        return ParsedQuery(parse_simple(query, operator="AND"), None)
    try:
        return parse_search(query)
    except NothingToSearch:
        return ParsedQuery(Nothing(), None)
    except Invalid:
        if not retry:
            raise
        return ParsedQuery(parse_leniently(query), None)


def _body_request(ask: ElasticsearchRequest, body: str) -> SearchBody:
    if len(body) > MAX_BODY:
        raise Invalid(f"The body has {len(body)} characters; at most {MAX_BODY} are read")
    try:
        require_depth(body.encode(errors="replace"))
        parsed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The body is not JSON: {str(error)[:100]}") from error
    if not isinstance(parsed, dict):
        raise Invalid("The body is not a JSON object")
    return _with_parameters(parse_body(parsed), ask)


def _with_parameters(request: SearchBody, ask: ElasticsearchRequest) -> SearchBody:
    """The request, with values that the query parameters replace."""
    changed = replace(
        request,
        size=request.size if ask.size is None else ask.size,
        offset=request.offset if ask.offset is None else ask.offset,
        source=request.source if ask.source is None else parse_source(_true_or_names(ask.source)),
    )
    require_window(changed.offset, changed.size)
    return changed


def _true_or_names(source: str) -> bool | str:
    return {"true": True, "false": False}.get(source, source)


def _hits(found: SearchResult, request: SearchBody) -> dict[str, Any]:
    made = [hits.document(hit, request.source) for hit in found.hits]
    if request.order:
        for shown, hit in zip(made, found.hits, strict=True):
            by = hit.sorted_by
            shown |= {"_score": None, "sort": [by.timestamp() * 1000 if isinstance(by, datetime) else by]}
    scores = [] if request.order else [hit.score for hit in found.hits]
    return {"total": found.total, "max_score": max(scores, default=None), "hits": made}


def _stats(totals: list[ExtensionTotals]) -> dict[str, Any]:
    return {
        "hits": {"total": sum(each.objects for each in totals), "max_score": None, "hits": []},
        "aggregations": {
            "totalBytes": {"value": float(sum(each.size for each in totals))},
            "exts": {
                "doc_count_error_upper_bound": 0,
                "sum_other_doc_count": 0,
                "buckets": [
                    {"key": each.extension, "doc_count": each.objects, "size": {"value": float(each.size)}}
                    for each in by_last_suffix(totals)
                ],
            },
        },
    }


def by_last_suffix(totals: list[ExtensionTotals]) -> list[ExtensionTotals]:
    """Totals by last suffix, so that `.d.ts` counts as `.ts`. Compressed files keep both suffixes and come last."""
    merged: dict[str, ExtensionTotals] = {}
    for each in totals:
        compressed = each.extension.endswith(".gz")
        extension = each.extension if compressed else "".join(each.extension.rpartition(".")[1:])
        before = merged.get(extension, ExtensionTotals(extension, 0, 0))
        merged[extension] = ExtensionTotals(extension, before.objects + each.objects, before.size + each.size)
    return sorted(merged.values(), key=lambda each: (each.extension.endswith(".gz"), -each.objects, each.extension))


def _counted(revisions: int) -> dict[str, Any]:
    return {
        "hits": {"total": revisions, "max_score": None, "hits": []},
        "aggregations": {"revisions": {"value": revisions}},
    }


def _newest(found: list[ObjectRecord]) -> dict[str, Any]:
    """Objects in two forms: collapsed hits for the catalog of 2020, buckets for later ones."""
    buckets = [_latest(each) for each in found]
    collapsed = [{**hits.object_address(each), "_score": None, "_source": {}} for each in found]
    for hit, bucket in zip(collapsed, buckets, strict=True):
        hit["inner_hits"] = {"latest": bucket["latest"]}
    return {
        "hits": {"total": len(found), "max_score": None, "hits": collapsed},
        "aggregations": {"objects": {"buckets": buckets}},
    }


def _latest(found: ObjectRecord) -> dict[str, Any]:
    source = {"key": found.key, "version_id": found.version_id or "null"}
    hit = {**hits.object_address(found), "_score": None, "_source": source}
    return {
        "key": found.key,
        "doc_count": 1,
        "latest": {"hits": {"total": 1, "max_score": None, "hits": [hit]}},
    }


def _filtered(envelope: dict[str, Any], filter_path: str) -> dict[str, Any]:
    """The parts of the answer at the dotted paths, in which `*` stands for any characters of a name."""
    paths = [path.strip().split(".") for path in filter_path.split(",") if path.strip()]
    if any(part == "**" or path[0].startswith("-") for path in paths for part in path):
        raise Invalid("filter_path supports dotted names with *, but not ** and exclusions")
    kept = _at_paths(envelope, paths)
    return kept if isinstance(kept, dict) else {}


def _at_paths(node: Any, paths: list[list[str]]) -> Any:
    """The parts of a node at the paths, or None when there are none."""
    if isinstance(node, list):
        return [kept for kept in (_at_paths(each, paths) for each in node) if kept is not None] or None
    if not isinstance(node, dict):
        return None
    made = {}
    for name, value in node.items():
        rest = [path[1:] for path in paths if fnmatchcase(name, path[0])]
        kept = value if [] in rest else _at_paths(value, rest) if rest else None
        if kept is not None:
            made[name] = kept
    return made or None
