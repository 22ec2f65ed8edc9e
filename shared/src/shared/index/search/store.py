"""Searches the index: objects and packages together, in the buckets that the caller may read."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, cast

from sqlalchemy import ColumnElement, Double, Select, and_, func, literal, null, or_, select, text, tuple_, union_all
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from shared.errors import Invalid
from shared.index.records import Hit, ObjectRecord
from shared.index.rows import manifest_of, object_record, package_record, packages_with_manifests
from shared.index.search.clauses import Clause
from shared.index.search.predicates import OBJECT, PACKAGE, SearchableDocument, Visible, predicate, rank
from shared.index.search.results import (
    MAX_EXTENSIONS,
    ExtensionTotals,
    Extents,
    SearchOrder,
    SearchPosition,
    SearchResult,
    SearchScope,
    SearchTooSlow,
)
from shared.index.tables import IndexedObjectRow, IndexedPackageRow, ManifestRow

MAX_COUNTED = 10_000
"""Matches of each kind that a search reads, so that a word in millions of documents does not take minutes."""

_QUERY_CANCELED = "57014"
"""SQLSTATE of a statement that exceeded `statement_timeout`."""


class SearchStore:
    def __init__(self, session: AsyncSession, *, seconds: float, visible: Visible | None = None) -> None:
        """`seconds`: time limit of each statement. `visible`: condition for the packages that may be seen; all by default."""
        self._session = session
        self._visible = visible
        self._seconds = seconds

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
        matches = union_all(
            self._matches(_PACKAGES, PACKAGE, clause, scope.packages, order),
            self._matches(_OBJECTS, OBJECT, clause, scope.objects, order),
        ).cte("matches")
        total = select(func.count()).select_from(matches)
        query = select(matches, total.scalar_subquery().label("total"))
        if after:
            query = query.where(_after(matches.c, after))
        rows = await self._rows(query.order_by(*_sorting(matches.c, order)).limit(limit + 1).offset(offset))
        hits = await self._hits(rows[:limit], with_text=with_text)
        return SearchResult(
            hits,
            total=rows[0].total if rows else cast("int", (await self._rows(total))[0][0]),
            more=len(rows) > limit,
            last=_position_of(rows[limit - 1]) if limit and len(rows) > limit else None,
        )

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

    async def package_extents(self, clause: Clause, buckets: Collection[str]) -> Extents | None:
        """Extents of the matching packages; None when there are none."""
        await self._set_timeout()
        size, entries = func.coalesce(ManifestRow.total_bytes, 0), func.coalesce(ManifestRow.total_entries, 0)
        found = self._matches(_PACKAGES, PACKAGE, clause, buckets, None, size=size, entries=entries).subquery()
        return await self._extents(found)

    async def object_extents(self, clause: Clause, buckets: Collection[str]) -> Extents | None:
        """Extents of the matching objects; None when there are none."""
        await self._set_timeout()
        extension = IndexedObjectRow.extension
        found = self._matches(
            _OBJECTS, OBJECT, clause, buckets, None, size=IndexedObjectRow.size, entries=literal(0), extension=extension
        )
        matches = found.cte("matches")
        extensions = select(matches.c.extension).where(matches.c.extension != "").group_by(matches.c.extension)
        extensions = extensions.order_by(func.count().desc(), matches.c.extension).limit(MAX_EXTENSIONS)
        extents = await self._extents(matches)
        return extents and replace(extents, extensions=sorted(name for (name,) in await self._rows(extensions)))

    async def _extents(self, matches: Any) -> Extents | None:
        columns = [matches.c.modified, matches.c.size, matches.c.entries]
        bounds = [bound(column) for column in columns for bound in (func.min, func.max)]
        total, *found = (await self._rows(select(func.count(), *bounds).select_from(matches)))[0]
        if not total:
            return None
        return Extents(total, (found[0], found[1]), (found[2], found[3]), (found[4], found[5]))

    async def newest(
        self, buckets: Collection[str], extension: str, *, without: str = "", limit: int
    ) -> list[ObjectRecord]:
        """The newest objects outside `.quilt/`. `extension` and `without` are regular expressions of extensions and keys."""
        await self._set_timeout()
        query = (
            select(IndexedObjectRow)
            .options(defer(IndexedObjectRow.text), defer(IndexedObjectRow.search))
            .where(IndexedObjectRow.bucket.in_(buckets), IndexedObjectRow.extension.regexp_match(extension))
            .where(~IndexedObjectRow.key.startswith(".quilt/"))
            .order_by(IndexedObjectRow.modified.desc(), IndexedObjectRow.bucket, IndexedObjectRow.key)
            .limit(limit)
        )
        if without:
            query = query.where(~IndexedObjectRow.key.regexp_match(without))
        return [object_record(row) for (row,) in await self._rows(query)]

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

    def _matches(
        self,
        kind: int,
        document: SearchableDocument,
        clause: Clause,
        buckets: Collection[str],
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
        ).where(row.bucket.in_(buckets), predicate(clause, document))
        if kind == _PACKAGES:
            if self._visible:
                query = query.where(self._visible(IndexedPackageRow.bucket, IndexedPackageRow.name))
            query = query.outerjoin(ManifestRow, manifest_of(IndexedPackageRow))
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
