"""Search for web catalogs: packages or objects, with filters and extents. A cursor holds the whole request."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError

from registry.errors import SearchRefused
from registry.services.search.query.query_string import parse
from shared.errors import Invalid
from shared.index.records import Hit
from shared.index.search.clauses import All, AnyOf, Between, Clause, Equals, Everything, Like, Nothing
from shared.index.search.results import Extents, SearchOrder, SearchScope
from shared.index.search.store import MAX_COUNTED, SearchStore
from shared.schemas.page import UtcTime

MAX_SIZE = 100
MAX_TERMS = 200

CatalogSearchKind = Literal["packages", "objects"]

_ORDERING = re.compile(
    r"sys:(?P<field>name|modified|size|entries|hash|workflow|comment):(?P<direction>asc|desc)"
    r"|usr:(?:/.*)?:(?:number|datetime|keyword|text|boolean):(?:asc|desc)",
    re.DOTALL,
)
_PACKAGE_ORDERS = {
    "name": "ptr_name",
    "modified": "ptr_last_modified",
    "size": "mnfst_stats.total_bytes",
    "entries": "mnfst_stats.total_files",
    "hash": "mnfst_hash",
}
_OBJECT_ORDERS = {
    "NEWEST": SearchOrder("last_modified", descending=True),
    "OLDEST": SearchOrder("last_modified"),
    "LEX_ASC": SearchOrder("key"),
    "LEX_DESC": SearchOrder("key", descending=True),
}


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
    order: tuple[str, bool] | None = None
    """A field, and whether the order is descending."""
    offset: int = Field(0, ge=0, le=MAX_COUNTED)

    def cursor(self) -> str:
        raw = self.model_dump_json(exclude_defaults=True).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class CatalogSearchPage:
    hits: list[Hit]
    cursor: str | None


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


def package_order(ordering: str | None) -> tuple[str, bool] | None:
    """The order of `sys:<field>:<direction>` or `usr:<JSON pointer>:<type>:<direction>`. Raises SearchRefused."""
    if ordering is None:
        return None
    found = _ORDERING.fullmatch(ordering)
    if not found:
        raise SearchRefused("ordering", "ordering", f"Cannot read the ordering {ordering[:100]!r}")
    if found["field"] not in _PACKAGE_ORDERS:
        raise SearchRefused("ordering", "UnsupportedSort", f"Cannot sort by {ordering[:100]}")
    return _PACKAGE_ORDERS[found["field"]], found["direction"] == "desc"


def object_order(order: str | None) -> tuple[str, bool] | None:
    found = _OBJECT_ORDERS.get(order or "")
    return (found.field, found.descending) if found else None


class CatalogSearch:
    """Searches buckets that the caller may read. Other buckets in a request are ignored."""

    def __init__(self, readable: list[str], seen: list[str], index: SearchStore) -> None:
        """`readable`: buckets in which objects are searched; `seen`: buckets in which packages are."""
        self._readable = readable
        self._seen = seen
        self._index = index

    async def extents(self, question: CatalogSearchRequest) -> Extents | None:
        """Extents of all hits, or None when there are none."""
        buckets = self._buckets(question)
        clause = clause_of(question)
        if not buckets:
            return None
        if question.kind == "packages":
            return await self._index.package_extents(clause, buckets)
        return await self._index.object_extents(clause, buckets)

    async def page(self, question: CatalogSearchRequest, size: int) -> CatalogSearchPage:
        """A page of `size` hits, but at most `MAX_SIZE`."""
        if size < 1:
            raise SearchRefused("size", "InvalidSize", "A page has at least one hit")
        buckets = self._buckets(question)
        limit = min(size, MAX_SIZE)
        found = await self._index.search(
            clause_of(question),
            SearchScope(objects=[], packages=buckets) if question.kind == "packages" else SearchScope(buckets, []),
            limit=limit,
            offset=question.offset,
            order=SearchOrder(*question.order) if question.order else None,
            with_text=question.kind == "objects",
        )
        end = question.offset + limit
        more = found.more and end < MAX_COUNTED
        return CatalogSearchPage(found.hits, question.model_copy(update={"offset": end}).cursor() if more else None)

    def _buckets(self, question: CatalogSearchRequest) -> list[str]:
        buckets = self._seen if question.kind == "packages" else self._readable
        wanted = set(question.buckets or buckets)
        return [bucket for bucket in buckets if bucket in wanted]


def clause_of(question: CatalogSearchRequest) -> Clause:
    """The text and the filters of a request. Raises SearchRefused."""
    wanted = [_words(question.text, "searchString", ()), *_filters(question)]
    return All(tuple(wanted))


def _filters(question: CatalogSearchRequest) -> Iterator[Clause]:
    fields = _PACKAGE_FIELDS if question.kind == "packages" else _OBJECT_FIELDS
    for name in question.filter.model_fields_set:
        given: Any = getattr(question.filter, name)
        if given is None:
            continue
        if name == "workflow":
            raise SearchRefused("filter.workflow", "NotSupported", "Workflows cannot be searched for yet")
        match given:
            case FlagFilter():
                # The index has no deleted objects.
                yield Nothing() if given.true and not given.false else Everything()
            case WordFilter():
                yield _words(given.query_string, f"filter.{name}", (fields[name],))
            case KeywordFilter():
                yield _keywords(fields[name], given)
            case _:
                yield Between(fields[name], at_least=given.gte, at_most=given.lte)


def _words(query: str, path: str, fields: tuple[str, ...]) -> Clause:
    try:
        return parse(query, fields=fields) or Everything()
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
    "name": "ptr_name",
    "hash": "mnfst_hash",
    "comment": "mnfst_message",
    "entries": "mnfst_stats.total_files",
    "size": "mnfst_stats.total_bytes",
    "modified": "ptr_last_modified",
}
_OBJECT_FIELDS = {"key": "key", "ext": "ext", "content": "content", "size": "size", "modified": "last_modified"}
