"""Searches the index in Postgres. A `SearchBackend`, without what needs the search engine.

It reads at most MAX_COUNTED matches of each kind, which are those that lie first on disk when there are more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Double,
    Select,
    and_,
    func,
    literal,
    null,
    or_,
    select,
    text,
    true,
    tuple_,
    union_all,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from typing_extensions import override

from shared.errors import Invalid
from shared.index.records import Hit
from shared.index.rows import manifest_of, object_record, package_record, packages_with_manifests
from shared.index.search.clauses import Clause
from shared.index.search.fields import MAX_FACET_VALUES
from shared.index.search.predicates import (
    OBJECT,
    PACKAGE,
    NeedsSearchEngine,
    SearchableDocument,
    may_see,
    predicate,
    rank,
    require_column,
)
from shared.index.search.results import (
    ExtensionTotals,
    Extents,
    Facet,
    FoundField,
    PackageKey,
    SearchBackend,
    SearchOrder,
    SearchPosition,
    SearchResult,
    SearchScope,
    SearchTooSlow,
    ValueCount,
)
from shared.index.tables import IndexedObjectRow, IndexedPackageRow, ManifestRow

MAX_COUNTED = 10_000
"""Matches of each kind that a search reads, so that a word in millions of documents does not take minutes."""

_EXTENSION = "ext"
_SWITCH_ON = "switch the search engine on (REGISTRY_SEARCH__BACKEND)"
_QUERY_CANCELED = "57014"
"""SQLSTATE of a statement that exceeded `statement_timeout`."""


class SearchStore(SearchBackend):
    def __init__(self, session: AsyncSession, *, seconds: float) -> None:
        """`seconds`: time limit of each statement."""
        self._session = session
        self._seconds = seconds
        self._as_of = datetime.now(UTC)

    @property
    @override
    def as_of(self) -> datetime:
        return self._as_of

    @property
    @override
    def complete(self) -> bool:
        return True

    @override
    async def wait_for(self, position: int) -> None:
        """Postgres has a change as soon as the feed has its position."""

    @override
    async def search(
        self,
        clause: Clause,
        scope: SearchScope,
        *,
        limit: int,
        offset: int = 0,
        after: SearchPosition | None = None,
        order: SearchOrder | None = None,
        with_text: bool = False,
    ) -> SearchResult:
        """`after` continues a search by relevance after a hit. Raises SearchTooSlow, and Invalid for an order by text."""
        await self._set_timeout()
        matches = self._all_matches(clause, scope, order).cte("matches")
        packages = func.count().filter(matches.c.kind == _PACKAGES)
        totals = select(func.count().label("total"), packages.label("packages")).select_from(matches)
        counted = totals.cte("totals")
        query = select(matches, counted.c.total, counted.c.packages).join(counted, true())
        if after:
            query = query.where(_after(matches.c, after))
        rows = await self._rows(query.order_by(*_sorting(matches.c, order)).limit(limit + 1).offset(offset))
        hits = await self._hits(rows[:limit], with_text=with_text)
        found = rows[0] if rows else (await self._rows(totals))[0]
        return SearchResult(
            hits,
            total=found.total,
            packages=found.packages,
            more=len(rows) > limit,
            last=_position_of(rows[limit - 1]) if limit and len(rows) > limit else None,
        )

    @override
    async def totals(self, buckets: Collection[str]) -> list[ExtensionTotals]:
        """Number and bytes of the objects in the buckets by extension, the most frequent first."""
        await self._set_timeout()
        counted = func.count().label("objects")
        query = (
            select(IndexedObjectRow.extension, counted, func.sum(IndexedObjectRow.size))
            .where(IndexedObjectRow.bucket.in_(buckets))
            .group_by(IndexedObjectRow.extension)
            .order_by(counted.desc(), IndexedObjectRow.extension)
        )
        return [ExtensionTotals(extension, objects, int(size)) for extension, objects, size in await self._rows(query)]

    @override
    async def count(self, clause: Clause, scope: SearchScope) -> int:
        await self._set_timeout()
        matches = self._all_matches(clause, scope, None).subquery()
        return cast("int", (await self._rows(select(func.count()).select_from(matches)))[0][0])

    @override
    async def facets(self, clause: Clause, scope: SearchScope, fields: Sequence[str]) -> list[Facet]:
        """Facets of `ext`. Raises NeedsSearchEngine for others."""
        others = [name for name in fields if name != _EXTENSION]
        if others:
            raise NeedsSearchEngine(f"For a facet of {others[0]}, {_SWITCH_ON}")
        return [await self._extensions(clause, scope)] if fields and scope.objects else []

    async def _extensions(self, clause: Clause, scope: SearchScope) -> Facet:
        await self._set_timeout()
        extension = IndexedObjectRow.extension
        found = self._matches(_OBJECTS, OBJECT, clause, scope, None, extension=extension).subquery()
        counted = func.count()
        query = select(found.c.extension, counted).where(found.c.extension != "").group_by(found.c.extension)
        values = [
            ValueCount(name, count)
            for name, count in await self._rows(query.order_by(counted.desc(), found.c.extension))
        ]
        shown = values[:MAX_FACET_VALUES]
        return Facet(_EXTENSION, "keyword", len(values), len(shown) == len(values), shown)

    @override
    async def fields(self, clause: Clause, scope: SearchScope) -> list[FoundField]:
        raise NeedsSearchEngine(f"For the fields of metadata, {_SWITCH_ON}")

    @override
    async def matching_entries(
        self, clause: Clause, scope: SearchScope, packages: Collection[PackageKey]
    ) -> Mapping[PackageKey, Sequence[str]]:
        """Postgres has no documents of entries."""
        return {}

    @override
    async def near_words(self, word: str, scope: SearchScope) -> list[str]:
        """Postgres knows no words that are near."""
        return []

    @override
    async def extents(self, clause: Clause, scope: SearchScope) -> Extents | None:
        """Extents of all matches; None when there are none."""
        await self._set_timeout()
        matches = self._all_matches(clause, scope, None).cte("matches")
        columns = [matches.c.modified, matches.c.size, matches.c.entries]
        bounds = [bound(column) for column in columns for bound in (func.min, func.max)]
        total, *found = (await self._rows(select(func.count(), *bounds).select_from(matches)))[0]
        if not total:
            return None
        extents = Extents(total, (found[0], found[1]), (found[2], found[3]), (found[4], found[5]))
        if not scope.objects:
            return extents
        extensions = await self._extensions(clause, scope)
        return replace(extents, extensions=sorted(str(each.value) for each in extensions.values))

    async def _hits(self, rows: Sequence[Any], *, with_text: bool) -> list[Hit]:
        """The documents of rows of `_matches`."""
        documents: dict[tuple[int, str, str], Any] = {}
        packages = [(row.bucket, row.name) for row in rows if row.kind == _PACKAGES]
        if packages:
            wanted = packages_with_manifests().where(
                tuple_(IndexedPackageRow.bucket, IndexedPackageRow.name).in_(packages)
            )
            for row, manifest in await self._rows(
                wanted.options(*_deferred_columns(IndexedPackageRow, with_text=with_text))
            ):
                documents[_PACKAGES, row.bucket, row.name] = (
                    package_record(row, manifest),
                    row.readme if with_text else "",
                )
        objects = [(row.bucket, row.name) for row in rows if row.kind == _OBJECTS]
        if objects:
            named = select(IndexedObjectRow).where(tuple_(IndexedObjectRow.bucket, IndexedObjectRow.key).in_(objects))
            for (row,) in await self._rows(named.options(*_deferred_columns(IndexedObjectRow, with_text=with_text))):
                documents[_OBJECTS, row.bucket, row.key] = object_record(row), row.text if with_text else ""
        # A document that was deleted between the two queries is left out.
        found_rows = [(row, documents.get((row.kind, row.bucket, row.name))) for row in rows]
        return [Hit(found[0], row.score, row.sorted_by, found[1]) for row, found in found_rows if found]

    def _all_matches(self, clause: Clause, scope: SearchScope, order: SearchOrder | None) -> CompoundSelect[Any]:
        if scope.all_revisions:
            raise NeedsSearchEngine(f"To search in all revisions, {_SWITCH_ON}")
        return union_all(
            self._matches(
                _PACKAGES,
                PACKAGE,
                clause,
                scope,
                order,
                size=PACKAGE.columns["size"],
                entries=PACKAGE.columns["entries"],
            ),
            self._matches(_OBJECTS, OBJECT, clause, scope, order, size=IndexedObjectRow.size, entries=literal(0)),
        )

    def _matches(
        self,
        kind: int,
        document: SearchableDocument,
        clause: Clause,
        scope: SearchScope,
        order: SearchOrder | None,
        **also: Any,
    ) -> Select[Any]:
        """At most MAX_COUNTED matches in one kind of document: its key, its relevance, and the value to sort by."""
        row: Any = IndexedPackageRow if kind == _PACKAGES else IndexedObjectRow
        score = rank(clause, document)
        by = _sorted_by(document, order)
        query = select(
            literal(kind).label("kind"),
            row.bucket.label("bucket"),
            document.name.label("name"),
            row.modified.label("modified"),
            sql_cast(literal(1.0) if score is None else score, Double).label("score"),
            by.label("sorted_by"),
            *(column.label(name) for name, column in also.items()),
        ).where(row.bucket.in_(scope.packages if kind == _PACKAGES else scope.objects), predicate(clause, document))
        if kind == _PACKAGES:
            query = query.where(may_see(scope.restricted)).outerjoin(ManifestRow, manifest_of(IndexedPackageRow))
        if order:
            query = query.order_by((by.desc() if order.descending else by.asc()).nulls_last())
        elif score is None:
            query = query.order_by(row.modified.desc())
        return select(query.limit(MAX_COUNTED).subquery())

    async def _set_timeout(self) -> None:
        limit = text("SELECT set_config('statement_timeout', :milliseconds, true)")
        await self._session.execute(limit, {"milliseconds": str(int(self._seconds * 1000))})

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> Sequence[Any]:
        try:
            return (await self._session.execute(query)).all()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _QUERY_CANCELED:
                raise SearchTooSlow(f"The search took more than {self._seconds:g} s. Make it narrower") from error
            raise


_PACKAGES, _OBJECTS = 0, 1


def _sorted_by(document: SearchableDocument, order: SearchOrder | None) -> Any:
    if order is None:
        return null()
    require_column(order.field)
    columns = [each.columns[order.field] for each in (OBJECT, PACKAGE) if order.field in each.columns]
    if not columns:
        raise Invalid(f"Cannot sort by {order.field}, which is text")
    own = document.columns.get(order.field)
    return sql_cast(null() if own is None else own, columns[0].type)


def _sorting(columns: Any, order: SearchOrder | None) -> list[Any]:
    best_first = [columns.score.desc(), columns.modified.desc(), columns.kind, columns.bucket, columns.name]
    if order is None:
        return best_first
    by = columns.sorted_by
    return [(by.desc() if order.descending else by.asc()).nulls_last(), *best_first]


def _after(columns: Any, position: SearchPosition) -> ColumnElement[bool]:
    """Condition for the rows after a position in the order of relevance."""
    key = tuple_(columns.kind, columns.bucket, columns.name)
    return or_(
        columns.score < position.score,
        and_(
            columns.score == position.score,
            or_(
                columns.modified < position.modified,
                and_(
                    columns.modified == position.modified,
                    key > tuple_(literal(position.kind), literal(position.bucket), literal(position.name)),
                ),
            ),
        ),
    )


def _position_of(row: Any) -> SearchPosition:
    return SearchPosition(row.score, row.modified, row.kind, row.bucket, row.name)


def _deferred_columns(row: Any, *, with_text: bool) -> list[Any]:
    long = row.readme if row is IndexedPackageRow else row.text
    return [defer(row.search), *([] if with_text else [defer(long)])]
