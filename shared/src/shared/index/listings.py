"""Packages and pushes with totals and by page number, for web catalogs; many packages in few queries."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import BigInteger, ColumnElement, and_, cast, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from shared.index.records import PackageRecord, RevisionRecord
from shared.index.rows import manifest_of, package_record, packages_with_manifests, revision_record
from shared.index.search.patterns import sql_pattern
from shared.index.search.predicates import Visible
from shared.index.tables import IndexedBucketRow, IndexedPackageRow, ManifestRow, PointerRow
from shared.quilt.keys import LATEST

Key = tuple[str, str]
"""A bucket and the name of a package in it."""


class ListingStore:
    """Reads the index in one session. The caller decides which buckets may be read."""

    def __init__(self, session: AsyncSession, visible: Visible | None = None) -> None:
        """`visible`: SQL condition for the packages that may be read; all by default."""
        self._session = session
        self._visible = visible

    async def count_packages(self, bucket: str, matching: str = "") -> int:
        query = select(func.count()).select_from(IndexedPackageRow).where(*self._matching(bucket, matching))
        return await self._session.scalar(query) or 0

    async def packages(
        self, bucket: str, matching: str = "", *, newest_first: bool, offset: int, limit: int
    ) -> list[PackageRecord]:
        """Packages by name, or newest first. `matching`: a part of the name, or a pattern with `*` and `?`; case is ignored."""
        order = (
            [IndexedPackageRow.modified.desc(), IndexedPackageRow.name] if newest_first else [IndexedPackageRow.name]
        )
        query = packages_with_manifests().where(*self._matching(bucket, matching)).order_by(*order)
        found = (await self._session.execute(query.offset(offset).limit(limit))).all()
        return [package_record(row, manifest) for row, manifest in found]

    async def revisions(self, packages: Collection[Key], *, offset: int, limit: int) -> dict[Key, list[RevisionRecord]]:
        """The same page of the pushes of each package, newest first."""
        age = (func.length(PointerRow.tag).desc(), PointerRow.tag.desc())
        number = func.row_number().over(partition_by=(PointerRow.bucket, PointerRow.name), order_by=age)
        numbered = (
            select(PointerRow.bucket, PointerRow.name, PointerRow.tag, PointerRow.layout, number.label("number"))
            .where(tuple_(PointerRow.bucket, PointerRow.name).in_(packages), PointerRow.tag != LATEST)
            .subquery()
        )
        is_numbered = and_(
            *(numbered.c[name] == getattr(PointerRow, name) for name in ("bucket", "name", "tag", "layout"))
        )
        query = (
            select(PointerRow, ManifestRow)
            .join(numbered, is_numbered)
            .outerjoin(ManifestRow, manifest_of(PointerRow))
            .where(numbered.c.number > offset, numbered.c.number <= offset + limit)
            .order_by(numbered.c.number)
        )
        found: dict[Key, list[RevisionRecord]] = {package: [] for package in packages}
        for row, manifest in (await self._session.execute(query)).all():
            found[row.bucket, row.name].append(revision_record(row, manifest))
        return found

    async def count_revisions(self, buckets: Collection[str], name: str | None = None) -> int:
        """Number of pushes of a package, or of all packages in the buckets."""
        query = select(func.count()).select_from(PointerRow)
        query = query.where(PointerRow.bucket.in_(buckets), PointerRow.tag != LATEST)
        if name is not None:
            query = query.where(PointerRow.name == name)
        if self._visible:
            query = query.where(self._visible(PointerRow.bucket, PointerRow.name))
        return await self._session.scalar(query) or 0

    async def pushed_at(self, revisions: Sequence[tuple[str, str, str]]) -> Mapping[tuple[str, str, str], datetime]:
        """Time of the last push of each revision (bucket, name, top hash). Revisions without a push are left out."""
        seconds = cast(PointerRow.tag, BigInteger)
        revision = (PointerRow.bucket, PointerRow.name, PointerRow.top_hash)
        query = (
            select(*revision, func.max(seconds))
            .where(tuple_(*revision).in_(revisions), PointerRow.tag != LATEST)
            .group_by(*revision)
        )
        return {
            (bucket, name, top_hash): datetime.fromtimestamp(when, UTC)
            for bucket, name, top_hash, when in await self._session.execute(query)
        }

    async def scanned_at(self, buckets: Collection[str]) -> Mapping[str, datetime | None]:
        """Time at which the last full scan of each bucket ended."""
        query = select(IndexedBucketRow.name, IndexedBucketRow.scanned_at).where(IndexedBucketRow.name.in_(buckets))
        return {row.name: row.scanned_at for row in await self._session.execute(query)}

    def _matching(self, bucket: str, matching: str) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [IndexedPackageRow.bucket == bucket]
        if matching:
            whole = matching if "*" in matching or "?" in matching else f"*{matching}*"
            conditions.append(IndexedPackageRow.name.ilike(sql_pattern(whole)))
        if self._visible:
            conditions.append(self._visible(IndexedPackageRow.bucket, IndexedPackageRow.name))
        return conditions
