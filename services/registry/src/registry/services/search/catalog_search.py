"""Search for web catalogs: packages or objects, with filters and extents. A cursor holds the whole request."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from pydantic import BaseModel, Field, ValidationError

from registry.db.buckets import BucketStore
from registry.errors import SearchRefused
from registry.services.search.entries import matching_entries
from registry.services.search.ordering import typed_order
from registry.services.search.query.query_string import parse, parse_search
from shared.errors import Invalid
from shared.index.records import Hit
from shared.index.search.clauses import All, AnyOf, Between, Clause, Equals, Everything, Like, Not, Phrase, Present
from shared.index.search.fields import MAX_POINTER, METADATA, metadata_field, pointer_parts
from shared.index.search.predicates import NeedsSearchEngine
from shared.index.search.results import Extents, Facet, PackageKey, SearchBackend, SearchOrder, SearchScope, ValueType
from shared.schemas.page import UtcTime
from shared.schemas.principal import Principal

MAX_OFFSET = 10_000
MAX_SIZE = 100
MAX_TERMS = 200

CatalogSearchKind = Literal["packages", "objects"]

UserMetaType = Literal["NUMBER", "DATETIME", "KEYWORD", "TEXT", "BOOLEAN"]

_ORDERING = re.compile(
    r"sys:(?P<field>name|modified|size|entries|hash|workflow|comment):(?P<direction>asc|desc)"
    r"|usr:(?P<path>(?:/.*)?):(?P<type>number|datetime|keyword|text|boolean):(?P<usr_direction>asc|desc)",
    re.DOTALL,
)
_PACKAGE_ORDERS = {name: name for name in ("name", "modified", "size", "entries", "hash", "workflow")}
_OBJECT_ORDERS = {
    "NEWEST": SearchOrder("modified", descending=True),
    "OLDEST": SearchOrder("modified"),
    "LEX_ASC": SearchOrder("key"),
    "LEX_DESC": SearchOrder("key", descending=True),
}
MAX_META_FACETS = 100
"""Facets of user metadata in the statistics of a search: the most frequent fields."""


class NumberRange(BaseModel):
    gte: float | None = None
    lte: float | None = None


class DateRange(BaseModel):
    gte: UtcTime | None = None
    lte: UtcTime | None = None


class KeywordFilter(BaseModel):
    terms: list[str] | None = Field(None, max_length=MAX_TERMS)
    wildcard: str | None = None


class WordFilter(BaseModel):
    query_string: str


class FlagFilter(BaseModel):
    true: bool | None = None
    false: bool | None = None


class UserMetaFilter(BaseModel, extra="forbid"):
    """One predicate on what is at a JSON pointer in a package's metadata."""

    path: str = Field(max_length=MAX_POINTER)
    number: NumberRange | None = None
    datetime: DateRange | None = None
    keyword: KeywordFilter | None = None
    text: WordFilter | None = None
    boolean: FlagFilter | None = None


class SearchFilter(BaseModel, extra="forbid"):
    """Filters of packages or of objects. Each kind has its own fields."""

    name: KeywordFilter | None = None
    hash: KeywordFilter | None = None
    workflow: KeywordFilter | None = None
    comment: WordFilter | None = None
    entries: NumberRange | None = None
    size: NumberRange | None = None
    modified: DateRange | None = None
    key: KeywordFilter | None = None
    ext: KeywordFilter | None = None
    content: WordFilter | None = None
    deleted: FlagFilter | None = None


class CatalogSearchRequest(BaseModel):
    kind: CatalogSearchKind
    buckets: list[str] | None = None
    """Buckets to search. None and an empty list mean all that the caller may read."""
    text: str = ""
    filter: SearchFilter = SearchFilter()
    user_meta: list[UserMetaFilter] = Field([], max_length=MAX_TERMS)
    all_revisions: bool = False
    order: tuple[str, bool, ValueType | None] | None = None
    """A field, whether the order is descending, and the type of values of metadata."""
    offset: int = Field(0, ge=0, le=MAX_OFFSET)

    def cursor(self) -> str:
        raw = self.model_dump_json(exclude_defaults=True).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class CatalogSearchPage:
    hits: list[Hit]
    cursor: str | None
    entries: Mapping[PackageKey, Sequence[str]]
    """Logical keys of the entries by which packages match."""


def request_of_cursor(cursor: str, kind: CatalogSearchKind) -> CatalogSearchRequest:
    """The request in a cursor. Raises SearchRefused for a cursor that was not made here."""
    try:
        question = CatalogSearchRequest.model_validate_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValidationError, ValueError) as error:
        raise SearchRefused(
            "after", "InvalidCursor", "The cursor is not valid. Start again from the first page"
        ) from error
    if question.kind != kind:
        raise SearchRefused("after", "InvalidCursor", f"The cursor does not belong to a search for {kind}")
    return question


def package_order(ordering: str | None) -> tuple[str, bool, ValueType | None] | None:
    """The order of `sys:<field>:<direction>` or `usr:<JSON pointer>:<type>:<direction>`. Raises SearchRefused."""
    if ordering is None:
        return None
    found = _ORDERING.fullmatch(ordering)
    if not found:
        raise SearchRefused("ordering", "ordering", f"Cannot read the ordering {ordering[:100]!r}")
    if found["type"]:
        if found["type"] == "text":
            raise SearchRefused("ordering", "UnsupportedSort", f"Cannot sort by {ordering[:100]}, which is text")
        field = _pointer_field(found["path"], "ordering")
        return field, found["usr_direction"] == "desc", cast("ValueType", found["type"])
    if found["field"] not in _PACKAGE_ORDERS:
        raise SearchRefused("ordering", "UnsupportedSort", f"Cannot sort by {ordering[:100]}")
    return _PACKAGE_ORDERS[found["field"]], found["direction"] == "desc", None


def object_order(order: str | None) -> tuple[str, bool, ValueType | None] | None:
    found = _OBJECT_ORDERS.get(order or "")
    return (found.field, found.descending, None) if found else None


def _pointer_field(path: str, place: str) -> str:
    try:
        return metadata_field(pointer_parts(path))
    except ValueError as error:
        raise SearchRefused(place, "InvalidPath", str(error)) from error


@dataclass(frozen=True, slots=True)
class UserMetaFacets:
    facets: list[Facet]
    truncated: bool
    """There are more fields than facets."""


class CatalogSearch:
    """Searches buckets that the caller may read. Other buckets in a request are ignored."""

    def __init__(self, viewer: Principal, buckets: BucketStore, index: SearchBackend) -> None:
        self._viewer = viewer
        self._buckets = buckets
        self._index = index

    async def extents(self, question: CatalogSearchRequest) -> Extents | None:
        """Extents of all hits, or None when there are none."""
        scope = await self._scope(question)
        return await self._index.extents(read_request(question).clause, scope)

    async def page(self, question: CatalogSearchRequest, size: int) -> CatalogSearchPage:
        """A page of `size` hits, but at most `MAX_SIZE`."""
        if size < 1:
            raise SearchRefused("size", "InvalidSize", "A page has at least one hit")
        limit = min(size, MAX_SIZE)
        scope = await self._scope(question)
        read = read_request(question)
        order = SearchOrder(*question.order) if question.order else read.order
        found = await self._index.search(
            read.clause,
            scope,
            limit=limit,
            offset=question.offset,
            order=await typed_order(self._index, read.clause, scope, order),
            with_text=question.kind == "objects",
        )
        end = question.offset + limit
        more = found.more and end < MAX_OFFSET
        cursor = question.model_copy(update={"offset": end}).cursor() if more else None
        entries = await matching_entries(self._index, read.clause, scope, found.hits)
        return CatalogSearchPage(found.hits, cursor, entries)

    async def workflows(self, question: CatalogSearchRequest) -> list[str]:
        """Workflows of the hits."""
        found = await self._facets(question, ["workflow"])
        return [str(each.value) for facet in found for each in facet.values]

    async def user_meta(
        self, question: CatalogSearchRequest, part: str = "", type_: UserMetaType | None = None
    ) -> UserMetaFacets:
        """Facets of the metadata of the hits whose pointers contain `part`; with a type, those at exactly this pointer."""
        scope = await self._scope(question)
        try:
            fields = await self._index.fields(read_request(question).clause, scope)
        except NeedsSearchEngine:
            return UserMetaFacets([], truncated=False)
        fitting = [
            each
            for each in fields
            if (each.path == part and each.type.upper() == type_ if type_ else part.casefold() in each.path.casefold())
        ]
        shown = fitting[:MAX_META_FACETS]
        paths = list(dict.fromkeys(metadata_field(pointer_parts(each.path)) for each in shown))
        wanted = {(METADATA + each.path, each.type) for each in shown}
        found = await self._facets(question, paths) if paths else []
        return UserMetaFacets(
            [facet for facet in found if (facet.field, facet.type) in wanted], truncated=len(fitting) > len(shown)
        )

    async def _facets(self, question: CatalogSearchRequest, fields: list[str]) -> list[Facet]:
        scope = await self._scope(question)
        try:
            return await self._index.facets(read_request(question).clause, scope, fields)
        except NeedsSearchEngine:
            return []

    async def _scope(self, question: CatalogSearchRequest) -> SearchScope:
        of_packages = question.kind == "packages"
        searched = await self._buckets.searched(self._viewer)
        may = searched.seen if of_packages else searched.readable
        wanted = set(question.buckets or may)
        buckets = [bucket for bucket in may if bucket in wanted]
        return await self._buckets.search_scope(
            self._viewer,
            [] if of_packages else buckets,
            buckets if of_packages else [],
            all_revisions=question.all_revisions,
        )


@dataclass(frozen=True, slots=True)
class ReadRequest:
    clause: Clause
    order: SearchOrder | None
    """The order of `sort:` in the text."""


def read_request(question: CatalogSearchRequest) -> ReadRequest:
    """The text and the filters of a request. Raises SearchRefused."""
    try:
        parsed = parse_search(question.text)
    except Invalid as error:
        raise SearchRefused("searchString", "QuerySyntaxError", str(error)) from error
    filters = [*_filters(question), *map(_user_meta_clause, question.user_meta)]
    return ReadRequest(All((parsed.clause or Everything(), *filters)), parsed.order)


def _user_meta_clause(given: UserMetaFilter) -> Clause:
    field = _pointer_field(given.path, "userMetaFilters")
    wanted: list[Clause] = [
        Between(field, at_least=bounds.gte, at_most=bounds.lte)
        for bounds in (given.number, given.datetime)
        if bounds and (bounds.gte is not None or bounds.lte is not None)
    ]
    if given.keyword:
        wanted.append(_keywords(field, given.keyword))
    if given.text:
        wanted.append(_words_at(field, given.text.query_string))
    if given.boolean and given.boolean.true != given.boolean.false:
        wanted.append(Equals(field, bool(given.boolean.true)))
    return All(tuple(wanted)) if wanted else Present(field)


def _words_at(field: str, query: str) -> Clause:
    """All words of a query, in strings of metadata."""
    try:
        parsed = parse(query, fields=("meta",)) or Everything()
    except Invalid as error:
        raise SearchRefused("userMetaFilters", "QuerySyntaxError", str(error)) from error
    return _moved(parsed, field)


def _moved(clause: Clause, field: str) -> Clause:
    """The clause, for one value of metadata instead of all."""
    match clause:
        case Phrase(field="meta"):
            return replace(clause, field=field)
        case Present("meta"):
            return Present(field)
        case All(clauses):
            return All(tuple(_moved(each, field) for each in clauses))
        case AnyOf(clauses, at_least):
            return AnyOf(tuple(_moved(each, field) for each in clauses), at_least)
        case Not(inner):
            return Not(_moved(inner, field))
        case _:
            return clause


def _filters(question: CatalogSearchRequest) -> Iterator[Clause]:
    fields = _PACKAGE_FIELDS if question.kind == "packages" else _OBJECT_FIELDS
    for name in question.filter.model_fields_set:
        given: Any = getattr(question.filter, name)
        if given is None:
            continue
        match given:
            case FlagFilter():
                if given.true and given.false:
                    yield Present("deleted")
                elif given.true or given.false:
                    yield Equals("deleted", bool(given.true))
            case WordFilter():
                yield _words(given.query_string, f"filter.{name}", fields[name])
            case KeywordFilter():
                yield _keywords(fields[name], given)
            case _:
                yield Between(fields[name], at_least=given.gte, at_most=given.lte)


def _words(query: str, path: str, field: str) -> Clause:
    try:
        return parse(query, fields=(field,)) or Everything()
    except Invalid as error:
        raise SearchRefused(path, "QuerySyntaxError", str(error)) from error


def _keywords(field: str, given: KeywordFilter) -> Clause:
    wanted: list[Clause] = []
    if given.terms:
        wanted.append(AnyOf(tuple(Equals(field, term) for term in given.terms)))
    if given.wildcard:
        wanted.append(Like(given.wildcard, field))
    return All(tuple(wanted))


_PACKAGE_FIELDS = {
    "name": "name",
    "hash": "hash",
    "comment": "message",
    "workflow": "workflow",
    "entries": "entries",
    "size": "size",
    "modified": "modified",
}
_OBJECT_FIELDS = {
    "key": "key",
    "ext": "ext",
    "content": "content",
    "deleted": "deleted",
    "size": "size",
    "modified": "modified",
}
